//! `emulate`: plays Stringee, to try things out without an account.

mod api;
mod calls;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::output::{Output, complain};
use stringee_emulator::{Sample, State};

/// Play Stringee's part: its REST API, or a contact center full of callers.
///
/// Everything is kept in a small JSON file that can be edited by hand: project, keys, queues, agents, groups, numbers.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct EmulateArguments {
    #[command(subcommand)]
    action: EmulateAction,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router emulate state center.json --agents 40 --queues 2 > config.toml
  stringee-router emulate api center.json --listen 127.0.0.1:8090
  stringee-router emulate calls center.json --minutes 1 \\
      --url http://127.0.0.1:8080/get_list_agents

Exit codes: 0 done, 1 a promise was broken or no call event was taken, 2 it could not be done.";

#[derive(Debug, Subcommand)]
enum EmulateAction {
    /// Write a state file with a contact center to begin with; prints a configuration that fits
    State {
        /// The file, which must not exist yet
        file: PathBuf,
        /// How many agents; they are dealt to the queues' groups
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=99_999))]
        agents: u32,
        /// How many queues, each with a hotline, a primary group and a common reserve
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=99))]
        queues: u32,
    },
    Api(api::ApiArguments),
    Calls(Box<calls::CallsArguments>),
}

pub(super) async fn run(
    arguments: EmulateArguments,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    match arguments.action {
        EmulateAction::State {
            file,
            agents,
            queues,
        } => {
            let state = Sample { agents, queues }.state();
            state.create(&file)?;
            output.line(configuration(&state))?;
            complain(format_args!(
                "created {}; the configuration printed fits it",
                file.display()
            ));
            Ok(ExitCode::SUCCESS)
        }
        EmulateAction::Api(arguments) => api::run(arguments, output).await,
        EmulateAction::Calls(arguments) => calls::run(*arguments, output).await,
    }
}

/// The sections of a configuration with which commands and server take the emulated platform for theirs.
fn configuration(state: &State) -> String {
    let State {
        project_id,
        api_key_sid,
        api_key_secret,
        signing_key,
        ..
    } = state;
    let stringee = format!(
        "[stringee]\nbase_url = \"http://127.0.0.1:8090\"\napi_key_sid = \"{api_key_sid}\"\n\
         api_key_secret = \"{api_key_secret}\""
    );
    match signing_key {
        None => stringee,
        Some(key) => format!(
            "{stringee}\n\n[[webhook.projects]]\nid = {project_id}\nsigning_keys = [\"{key}\"]"
        ),
    }
}
