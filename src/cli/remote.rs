//! Another machine's server, asked through the API of its console.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use ureq::Agent;

use super::edit::{EditFlags, Outcome};
use super::http::client;
use super::output::{Output, complain};
use super::queues::confirmed;
use crate::exchange::{ChangeSet, RowEdit, image_of, json_value};

/// How long a server may take: an upload of a million callers.
const LIMIT: Duration = Duration::from_mins(5);

/// Which server is asked.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Another server")]
pub(super) struct RemoteOptions {
    /// Ask the console of this server, such as https://console.example.com, in place of what is on this machine
    #[arg(long, value_name = "URL", requires = "token_file")]
    server: Option<String>,
    /// A file that holds an API token of that console
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
}

/// The console's API of a server.
#[derive(Debug)]
pub(super) struct RemoteServer {
    base: String,
    token: String,
    agent: Agent,
}

/// A parameter of an address; without a value it is left out.
pub(super) type Parameter<'p> = (&'p str, Option<String>);

impl RemoteOptions {
    /// The server, if one is named.
    pub(super) fn server(&self) -> anyhow::Result<Option<RemoteServer>> {
        let (Some(server), Some(file)) = (&self.server, &self.token_file) else {
            return Ok(None);
        };
        let token = fs::read_to_string(file);
        let token = token.with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Some(RemoteServer {
            base: server.trim_end_matches('/').to_owned(),
            token: token.trim().to_owned(),
            agent: client(LIMIT).build().new_agent(),
        }))
    }
}

impl RemoteServer {
    /// What a route says, as JSON.
    pub(super) fn get(&self, path: &str, parameters: &[Parameter<'_>]) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.text(path, parameters)?)?)
    }

    /// What a route says.
    pub(super) fn text(&self, path: &str, parameters: &[Parameter<'_>]) -> anyhow::Result<String> {
        let mut query = Vec::new();
        for (name, value) in parameters {
            if let Some(value) = value {
                let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
                query.push(format!("{name}={value}"));
            }
        }
        let url = format!("{}/api{}{path}?{}", self.base, VERSION, query.join("&"));
        let request = self.agent.get(&url).header("authorization", self.bearer());
        let mut answer = request.call().with_context(|| self.silent())?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(MAX_BYTES)
            .read_to_string()?;
        if answer.status().is_success() {
            return Ok(text);
        }
        bail!(
            "{} answers {}: {}",
            self.base,
            answer.status(),
            title(&text)
        )
    }

    /// Sends JSON; says the status and what was answered.
    pub(super) fn post(&self, path: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        let url = format!("{}/api{}{path}", self.base, VERSION);
        let request = self.agent.post(&url).header("authorization", self.bearer());
        let request = request.header("content-type", "application/json");
        let mut answer = request
            .send(body.to_string())
            .with_context(|| self.silent())?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(MAX_BYTES)
            .read_to_string()?;
        let said = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok((answer.status().as_u16(), said))
    }

    /// Sends JSON, for which there is only one good answer.
    fn must_post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, said) = self.post(path, body)?;
        if (200..300).contains(&status) {
            return Ok(said);
        }
        bail!(
            "{} answers {status}: {}",
            self.base,
            title(&said.to_string())
        )
    }

    /// Shows what an edit would do there, asks, and commits it.
    pub(super) fn conclude(
        &self,
        changes: &ChangeSet,
        flags: &EditFlags,
        reason: &str,
        output: &mut Output,
    ) -> anyhow::Result<Outcome> {
        let edits: Vec<Value> = changes.rows.iter().map(edit).collect();
        if edits.is_empty() {
            output.line("no row differs")?;
            return Ok(Outcome::NothingDiffers);
        }
        let preview = self.must_post("/preview", &json!({ "edits": edits }))?;
        output.line(serde_json::to_string_pretty(&preview)?)?;
        output.flush()?;
        if flags.only_plans() {
            return Ok(Outcome::Planned);
        }
        if let Some(why) = preview.get("why_not").and_then(Value::as_str) {
            complain(format_args!("nothing was changed: {why}"));
            return Ok(Outcome::Refused);
        }
        if !self.is_agreed(flags)? {
            complain("nothing was changed");
            return Ok(Outcome::Refused);
        }
        let draft = self.must_post("/drafts", &json!({ "edits": edits }))?;
        let number = |name: &str| preview.get("calls")?.get(name).cloned();
        let expect = json!({
            "planned_hash": preview.get("planned_hash"), "somebody_else": number("somebody_else"),
            "nobody": number("nobody"),
        });
        let id = draft.get("id").cloned().unwrap_or_default();
        let order = json!({"reason": reason, "expect": expect});
        let done = self.must_post(&format!("/drafts/{id}/commit"), &order)?;
        output.line(serde_json::to_string_pretty(&done)?)?;
        let is_in_force = done.get("state").and_then(Value::as_str) == Some("in_force");
        Ok(if is_in_force {
            Outcome::Done
        } else {
            Outcome::Refused
        })
    }

    fn is_agreed(&self, flags: &EditFlags) -> io::Result<bool> {
        if flags.needs_no_question() {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            complain("there is no terminal to ask at; --yes commits without asking");
            return Ok(false);
        }
        confirmed(&format!("Commit this to {}?", self.base))
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    fn silent(&self) -> String {
        format!("{} does not answer", self.base)
    }
}

/// The version of the API that is spoken.
const VERSION: &str = concat!("/", "v1");

/// The longest answer: all rows of a million callers.
const MAX_BYTES: u64 = 1 << 30;

/// What a server says is wrong.
fn title(text: &str) -> String {
    let said: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    match said.get("title") {
        Some(Value::String(title)) => title.clone(),
        _ => text.trim().to_owned(),
    }
}

fn edit(edit: &RowEdit) -> Value {
    let table = edit.table.name();
    match (&edit.before, &edit.after) {
        (_, None) => json!({"table": table, "key": edit.key(), "delete": true}),
        (None, Some(row)) => json!({"table": table, "add": image_of(edit.table, row)}),
        (Some(_), Some(_)) => {
            let mut set = serde_json::Map::new();
            for (column, _, after) in edit.columns() {
                let value = after.map_or(Value::Null, json_value);
                set.insert(column.name.to_owned(), value);
            }
            json!({"table": table, "key": edit.key(), "set": set})
        }
    }
}
