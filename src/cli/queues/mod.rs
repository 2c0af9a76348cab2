//! `queues`: the queues at Stringee, and which webhook they ask.

mod fields;
mod text;
mod connect;

use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::options::Sources;
use super::output::{Output, complain};
use fields::FieldOptions;
use stringee::client::{Client, Queue, QueueFields};

/// See and change the queues at Stringee, and connect them to this service.
///
/// Needs an API key of the project: [stringee] in the configuration, or STRINGEE_ROUTER__STRINGEE__API_KEY_SID and
/// STRINGEE_ROUTER__STRINGEE__API_KEY_SECRET in the environment.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct QueuesArguments {
    #[command(subcommand)]
    action: QueuesAction,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router queues list
  stringee-router queues update QU_N5QCBUD0FEXRPJRZ --wait-greeting \"\" --schedule 2
  stringee-router queues connect QU_N5QCBUD0FEXRPJRZ \\
      --url https://router.example.com/get_list_agents

Exit codes: 0 done, 1 not done because something is not as it should be, 2 it could not be tried.";

#[derive(Debug, Subcommand)]
enum QueuesAction {
    /// List all queues
    List {
        /// Print a JSON array instead of lines
        #[arg(long)]
        json: bool,
    },
    /// Show all fields of a queue
    Show {
        /// The queue's id
        id: String,
        /// Print a JSON object instead of lines
        #[arg(long)]
        json: bool,
    },
    /// Create a queue; what is not given has Stringee's default
    Create {
        #[command(flatten)]
        fields: FieldOptions,
        /// Print a JSON object with the new id
        #[arg(long)]
        json: bool,
    },
    /// Change a queue; only what is given is sent, and "" clears a text
    Update {
        /// The queue's id
        id: String,
        #[command(flatten)]
        fields: FieldOptions,
        /// Print the queue as it is afterwards as a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Delete a queue
    Delete {
        /// The queue's id
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    Connect(connect::ConnectArguments),
    /// Take the webhook away from a queue: Stringee routes its calls by itself again
    Disconnect {
        /// The queue's id
        id: String,
    },
}

pub(super) async fn run(
    arguments: QueuesArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let config = sources.server_config()?;
    let client = config.stringee.client()?;
    match arguments.action {
        QueuesAction::List { json } => list(&client, json, output)?,
        QueuesAction::Show { id, json } => show(&client.queue(&id)?, json, output)?,
        QueuesAction::Create { fields, json } => {
            create(&client, fields.into_fields(), json, output)?;
        }
        QueuesAction::Update { id, fields, json } => {
            update(&client, &id, &fields.into_fields(), json, output)?;
        }
        QueuesAction::Delete { id, yes } => return delete(&client, &id, yes, output),
        QueuesAction::Connect(arguments) => {
            return connect::connect(&arguments, &client, &config, output).await;
        }
        QueuesAction::Disconnect { id } => connect::disconnect(&client, &id, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(client: &Client, json: bool, output: &mut Output) -> anyhow::Result<()> {
    let queues = client.queues()?;
    if json {
        return Ok(output.line(serde_json::to_string_pretty(&queues)?)?);
    }
    Ok(output.line(text::Listed(&queues))?)
}

fn show(queue: &Queue, json: bool, output: &mut Output) -> anyhow::Result<()> {
    if json {
        return Ok(output.line(serde_json::to_string_pretty(queue)?)?);
    }
    Ok(output.line(text::QueueText(queue))?)
}

fn create(
    client: &Client,
    mut fields: QueueFields,
    json: bool,
    output: &mut Output,
) -> anyhow::Result<()> {
    /// What a new queue was given.
    #[derive(Serialize)]
    struct Created {
        id: String,
    }
    // An empty name is refused below with a sentence of its own.
    fields.name.get_or_insert_default();
    check(&fields)?;
    let id = client.create_queue(&fields)?;
    if json {
        return Ok(output.line(serde_json::to_string_pretty(&Created { id })?)?);
    }
    Ok(output.line(format_args!("created queue {id}"))?)
}

fn update(
    client: &Client,
    id: &str,
    fields: &QueueFields,
    json: bool,
    output: &mut Output,
) -> anyhow::Result<()> {
    if *fields == QueueFields::default() {
        bail!(
            "nothing to change was given; `stringee-router queues update --help` lists what can be"
        );
    }
    check(fields)?;
    client.update_queue(id, fields)?;
    if json {
        return show(&client.queue(id)?, true, output);
    }
    Ok(output.line(format_args!("updated queue {id}"))?)
}

fn delete(client: &Client, id: &str, yes: bool, output: &mut Output) -> anyhow::Result<ExitCode> {
    let queue = client.queue(id)?;
    let name = queue.name.as_deref().unwrap_or("without a name");
    if !yes && !confirmed(&format!("Delete queue {id} ({name})?"))? {
        complain("nothing was deleted");
        return Ok(ExitCode::FAILURE);
    }
    client.delete_queue(id)?;
    output.line(format_args!("deleted queue {id} ({name})"))?;
    Ok(ExitCode::SUCCESS)
}

/// Everything that Stringee would not take, before it is asked.
fn check(fields: &QueueFields) -> anyhow::Result<()> {
    match &fields.faults()[..] {
        [] => Ok(()),
        faults => bail!("{}", faults.join("; ")),
    }
}

/// Asks a question that only `y` or `yes` confirms.
pub(super) fn confirmed(question: &str) -> io::Result<bool> {
    let mut terminal = io::stderr().lock();
    write!(terminal, "{question} [y/N] ")?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "y" | "yes"
    ))
}
