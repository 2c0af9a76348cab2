//! The running server, asked at its admin listener: what it serves, and why that may not be what stands in the file.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;
use ureq::Agent;

use super::http::{local_client, reachable};
use super::options::Installation;
use super::output::{Output, OutputError, complain};
use super::times::Times;
use crate::admin::CONFIRMATION_HEADER;
use crate::config::Config;
use crate::files;

/// A server that may run with this configuration.
#[derive(Debug)]
pub(super) struct RunningServer {
    pub(super) address: SocketAddr,
    client: Agent,
    /// The state directory of this configuration, by its identity.
    state: Option<String>,
    /// Behind a path: the project that is meant.
    query: String,
}

/// What `/status` says, as far as commands need it.
#[derive(Debug, Deserialize)]
pub(super) struct ServerStatus {
    pub(super) rules: ServedRules,
    /// The newest edit was refused; an older version is served.
    pub(super) edit_refused: bool,
    pub(super) held: Option<HeldRules>,
    /// Why the database cannot be read.
    pub(super) fault: Option<String>,
    /// What else is to be known of it as a file.
    #[serde(default)]
    pub(super) file_remarks: Vec<String>,
    #[serde(default)]
    state: ServerState,
    pub(super) problems: Vec<ServerProblem>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ServedRules {
    pub(super) version: u64,
    pub(super) hash: String,
    pub(super) source: String,
    pub(super) since: String,
    pub(super) rules: usize,
    pub(super) agents: usize,
    pub(super) groups: usize,
}

/// What the server has written down of the rules that it serves.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ServerState {
    directory: String,
    identity: Option<String>,
    is_ours: bool,
    fault: Option<String>,
    last_good: Option<CopyState>,
}

#[derive(Debug, Deserialize)]
struct CopyState {
    is_current: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeldRules {
    pub(super) hash: String,
    pub(super) reasons: Vec<String>,
    pub(super) until: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ServerProblem {
    severity: String,
    sentence: String,
}

impl RunningServer {
    /// A server is asked for at most `limit`. It answers at once, so a slow one is not well.
    pub(super) fn new(config: &Config, limit: Duration) -> Self {
        Self {
            address: reachable(config.admin.listen),
            client: local_client(limit),
            state: files::identity(&config.database.state),
            query: match (&config.database.url, config.database.project.one()) {
                (Some(_), Some(number)) => format!("?project={number}"),
                _ => String::new(),
            },
        }
    }

    /// Says that a server which answers here is of another configuration, if it is: it works in another directory.
    pub(super) fn stranger(&self, status: &ServerStatus) -> Option<String> {
        let ServerState {
            identity,
            directory,
            ..
        } = &status.state;
        if identity.is_none() || *identity == self.state {
            return None;
        }
        Some(format!(
            "the server that answers at {} (admin.listen) is another one, with the state directory {directory}",
            self.address
        ))
    }

    /// How the rules stand; `None` if no server answers there.
    pub(super) fn status(&self) -> Result<Option<ServerStatus>, ureq::Error> {
        match self.get("/status") {
            Ok((_, page)) => match serde_json::from_str(&page) {
                Ok(status) => Ok(Some(status)),
                Err(error) => Err(ureq::Error::Other(error.into())),
            },
            Err(ureq::Error::Io(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How the rules stand, for a command that is nothing without a server.
    pub(super) fn must_say(&self) -> anyhow::Result<ServerStatus> {
        let status = self.status().with_context(|| self.no_answer())?;
        status.with_context(|| self.no_answer())
    }

    pub(super) fn no_answer(&self) -> String {
        format!(
            "no answer from {}; is the server running, and is this its admin.listen?",
            self.address
        )
    }

    /// Confirms the version with this hash. Status code and text of the answer.
    pub(super) fn accept(&self, hash: &str, actor: &str) -> anyhow::Result<(u16, String)> {
        let url = format!("http://{}/accept{}", self.address, self.query);
        let question = serde_json::json!({ "hash": hash, "actor": actor }).to_string();
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header(CONFIRMATION_HEADER, "yes");
        let mut answer = request.send(question).with_context(|| self.no_answer())?;
        let text = answer
            .body_mut()
            .read_to_string()
            .with_context(|| self.no_answer())?;
        Ok((answer.status().as_u16(), text))
    }

    /// Status code and text of a page.
    pub(super) fn get(&self, path: &str) -> Result<(u16, String), ureq::Error> {
        let mut answer = self
            .client
            .get(format!("http://{}{path}{}", self.address, self.query))
            .call()?;
        let code = answer.status().as_u16();
        Ok((code, answer.body_mut().read_to_string()?))
    }
}

impl ServerStatus {
    /// Why the server serves something else than what stands in the file; `None` as far as it knows that it does not.
    pub(super) fn difference(&self, times: &Times) -> Option<String> {
        if let Some(held) = &self.held {
            let until = match held.until.parse() {
                Ok(until) => times.show(until).to_string(),
                Err(_) => held.until.clone(),
            };
            let reasons = held.reasons.join(", and ");
            return Some(format!(
                "it holds the file's rules until {until}, because {reasons}; `stringee-router accept` confirms them"
            ));
        }
        if let Some(fault) = &self.fault {
            return Some(format!("it cannot read the file: {fault}"));
        }
        let mut errors = self.errors();
        if self.edit_refused {
            let first = errors.next().unwrap_or("`stringee-router check` says why");
            return Some(format!("it refuses the file's rules: {first}"));
        }
        match &*self.rules.source {
            "database" => None,
            "database_in_part" => Some("it leaves out the rows in error".to_owned()),
            "nothing" => Some("it has not read any rules yet".to_owned()),
            _ => Some("it began with a copy and has not read the file yet".to_owned()),
        }
    }

    /// Whether the version that is served is about to be written into the history, and not there yet.
    fn is_being_recorded(&self) -> bool {
        let state = &self.state;
        let is_current = match &state.last_good {
            Some(copy) => copy.is_current,
            None => false,
        };
        self.rules.source == "database" && state.is_ours && state.fault.is_none() && !is_current
    }

    /// The sentences about what keeps a version from being served.
    pub(super) fn errors(&self) -> impl Iterator<Item = &str> {
        let problems = self.problems.iter();
        let errors = problems.filter(|problem| problem.severity == "error");
        errors.map(|problem| &*problem.sentence)
    }
}

/// Waits until the running server, if there is one, has written into the history what it serves: that comes a moment after
/// "in force".
pub(super) async fn wait_for_history(installation: &Installation) {
    /// A copy of a million callers takes longer on a slow disk; then the history ends with the version before.
    const PATIENCE: Duration = Duration::from_secs(3);
    const ROUND: Duration = Duration::from_millis(50);
    let Some(config) = &installation.config else {
        return;
    };
    let server = RunningServer::new(config, Duration::from_secs(1));
    let recorded = async {
        while let Ok(Some(status)) = server.status() {
            if !status.is_being_recorded() || server.stranger(&status).is_some() {
                break;
            }
            tokio::time::sleep(ROUND).await;
        }
    };
    drop(tokio::time::timeout(PATIENCE, recorded).await);
}

/// Says first of all that the running server serves something else than the file that the command is about.
///
/// It goes before a text, and beside anything that a program reads.
pub(super) async fn say_if_other_rules_are_served(
    installation: &Installation,
    is_text: bool,
    output: &mut Output,
) -> Result<(), OutputError> {
    /// Most often there is no server on this machine at all.
    const LIMIT: Duration = Duration::from_secs(1);
    let Some(config) = &installation.config else {
        return Ok(());
    };
    let server = RunningServer::new(config, LIMIT);
    let Ok(Some(status)) = server.status() else {
        return Ok(());
    };
    if server.stranger(&status).is_some() {
        return Ok(());
    }
    let times = Times::of(&installation.rules).await;
    let Some(difference) = status.difference(&times) else {
        return Ok(());
    };
    let line = format!(
        "Note: the running server serves version {} and not what stands in {}: {difference}",
        status.rules.version,
        installation.rules.display()
    );
    if is_text {
        return output.line(line);
    }
    complain(line);
    Ok(())
}
