//! `queues connect`: lets a queue ask a webhook, once the webhook has answered as it should.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::super::output::{Output, complain};
use super::super::rules;
use crate::config::{Config, Secret};
use routing::lint::phones_without_callout;
use stringee::ask::{Asker, CheckedAnswer, WaitingCall, WaitingCalls};
use stringee::client::{Client, Queue, QueueFields};

/// Let a queue ask this service: try the webhook, set it, and read it back
///
/// The webhook is asked first about a sample call, signed as Stringee signs. If it does not answer as documented, the
/// queue is left as it is. This machine may reach a URL that Stringee cannot, so ring the hotline once afterwards.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ConnectArguments {
    /// The queue's id
    id: String,
    /// The webhook, e.g. https://router.example.com/get_list_agents, with its secret as the last segment if there is one
    #[arg(long)]
    url: String,
    /// The project's signing secret key; without it that of the configuration (webhook.projects), if there is one
    #[arg(long, value_name = "KEY", value_parser = secret)]
    signing_key: Option<Secret>,
    /// The project that the sample call names; without it the first one configured
    #[arg(long, value_name = "ID")]
    project: Option<u64>,
    /// Take a URL without TLS as well, e.g. for the emulator
    #[arg(long)]
    allow_http: bool,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router queues connect QU_N5QCBUD0FEXRPJRZ \\
      --url https://router.example.com/get_list_agents
  stringee-router queues connect QU_N5QCBUD0FEXRPJRZ \\
      --url http://127.0.0.1:8080/get_list_agents --allow-http

Exit codes: 0 connected, 1 the webhook or the queue is not as it should be, 2 it could not be tried.";

#[expect(
    clippy::unnecessary_wraps,
    reason = "clap wants a parser that can fail"
)]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

/// The documented limit of Stringee's other webhooks is 2 s; a person waits a little longer to see what comes.
const LIMIT: Duration = Duration::from_secs(10);

pub(super) async fn connect(
    arguments: &ConnectArguments,
    client: &Client,
    config: &Config,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let ConnectArguments { id, url, .. } = arguments;
    let is_fit =
        url.starts_with("https://") || (arguments.allow_http && url.starts_with("http://"));
    if !is_fit {
        complain(
            "error: the URL must begin with https://; callers' numbers cross the internet (--allow-http takes http://)",
        );
        return Ok(ExitCode::FAILURE);
    }
    let queue = client.queue(id)?;
    match ask(arguments, config) {
        Ok(answer) => output.line(format_args!("the webhook answers: {}", described(&answer)))?,
        Err(error) => {
            complain(format_args!(
                "error: {url} does not answer as it should: {error:#}; the queue is left as it is"
            ));
            return Ok(ExitCode::FAILURE);
        }
    }
    client.update_queue(id, &QueueFields::webhook(url))?;
    let code = read_back(client, id, url, output)?;
    if queue.from_number_callout_to_agent.is_none() {
        warn_about_phones(&config.database.rules, id).await;
    }
    Ok(code)
}

/// Takes the webhook away.
pub(super) fn disconnect(client: &Client, id: &str, output: &mut Output) -> anyhow::Result<()> {
    let queue = client.queue(id)?;
    let Some(url) = queue.get_list_agents_url else {
        return Ok(output.line(format_args!("queue {id} asks no webhook"))?);
    };
    client.update_queue(id, &QueueFields::webhook(""))?;
    if client.queue(id)?.get_list_agents_url.is_some() {
        anyhow::bail!("Stringee has taken the update, but queue {id} still asks {url}");
    }
    Ok(output.line(format_args!("queue {id} no longer asks {url}"))?)
}

/// Asks about a sample call, as the platform would.
fn ask(arguments: &ConnectArguments, config: &Config) -> anyhow::Result<CheckedAnswer> {
    let mut projects = config.webhook.projects.iter();
    let project = match arguments.project {
        Some(id) => projects.find(|project| project.id == id),
        None => projects.next(),
    };
    let configured = project.and_then(|project| project.signing_keys.first());
    let key = arguments.signing_key.as_ref().or(configured);
    let call_id = format!("connect-{}", clock::now().as_millisecond());
    let question = WaitingCalls {
        queue_id: &arguments.id,
        calls: vec![WaitingCall {
            call_id: &call_id,
            from: "84986776777",
            to: "842473082666",
        }],
        project_id: arguments.project.or(project.map(|project| project.id)),
    };
    let answer = Asker::new(key.map(Secret::expose), LIMIT).ask(&arguments.url, &question)?;
    let ids: Vec<&str> = answer.calls.iter().map(|call| &*call.call_id).collect();
    anyhow::ensure!(
        ids == [&*call_id],
        "it was asked about {call_id} and answered about {ids:?}"
    );
    Ok(answer)
}

/// Whether the queue says afterwards what it was told.
fn read_back(
    client: &Client,
    id: &str,
    url: &str,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let queue: Queue = client
        .queue(id)
        .context("the webhook was set, but the queue cannot be read back")?;
    match queue.get_list_agents_url.as_deref() {
        Some(set) if set == url => output.line(format_args!("queue {id} asks {url}"))?,
        Some(other) => {
            complain(format_args!(
                "error: Stringee has taken the update, but queue {id} asks {other}"
            ));
            return Ok(ExitCode::FAILURE);
        }
        // The documented lists do not show this field.
        None => {
            output.line(format_args!("queue {id} was told to ask {url}"))?;
            complain(
                "warning: Stringee's list does not show whom the queue asks; ring the hotline once to be sure",
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn described(answer: &CheckedAnswer) -> String {
    let mut agents: Vec<&str> = Vec::new();
    for call in &answer.calls {
        agents.extend(call.agents.iter().map(|offer| &*offer.user_id));
    }
    match agents.len() {
        0 => "nobody is rung for the sample call; `stringee-router explain` says why".to_owned(),
        1 => format!("{} is rung for the sample call", agents.join("")),
        _ => format!("{} are rung for the sample call", agents.join(", ")),
    }
}

/// Without a number to show, Stringee cannot ring telephones.
async fn warn_about_phones(rules: &Path, queue: &str) {
    match rules::snapshot(rules).await {
        Ok(snapshot) => {
            for warning in phones_without_callout(&snapshot, &[queue], clock::now()) {
                complain(format_args!("warning: {warning}"));
            }
        }
        Err(error) => complain(format_args!(
            "note: whether the rules ring telephones was not checked: {error}"
        )),
    }
}
