//! The command line: one file per subcommand.
//!
//! What a command finds goes to the standard output; what keeps it from its work goes to the standard error. The exit
//! code is 0 if all is well, 1 if a problem was found, and 2 if the command could not run.
//!
//! The doc comments of arguments are what `--help` prints.
#![expect(clippy::doc_markdown, reason = "a terminal shows the backticks")]

mod options;
mod notices;
mod output;
mod rules;
#[cfg(test)]
mod schemas;
mod queue_typed;
mod times;
mod http;
mod serve;
mod remote;
mod renewing;
mod server;
mod status;
mod init;
mod check;
mod explain;
mod coverage;
mod replay;
mod edit;
mod progress;
mod export;
mod import;
mod sql;
mod accept;
mod console;
mod journal;
mod journal_source;
mod report;
mod history;
mod former;
mod ask;
mod healthcheck;
mod config;
mod queues;
mod pull;
mod emulate;

use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::config::{Language, misspelt};
use options::{Options, ServeOptions, Sources};
use output::{Output, OutputError, complain, with_refusal_advice};

/// Tells Stringee which agents to ring for each waiting call.
///
/// It answers the get_list_agents webhook of Stringee's contact center from rules that are kept in an SQLite database
/// and can be edited while it runs.
#[derive(Debug, Parser)]
#[command(name = "stringee-router", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router init --demo     create the rules database, with rules to learn from
  stringee-router serve           answer calls by it
  stringee-router explain --queue queue_1 --from 84986776777 --to 842473082666
                                  say who is rung for a call, and why

Exit codes: 0 all is well, 1 a problem was found, 2 the command could not run.
Each command has its own --help.";

/// What is to be done. Their descriptions stand where their arguments are.
#[derive(Debug, Subcommand)]
enum Command {
    Serve(ServeOptions),
    Init(init::InitArguments),
    Check(check::CheckArguments),
    Explain(Box<explain::ExplainArguments>),
    Coverage(coverage::CoverageArguments),
    Replay(replay::ReplayArguments),
    Export(export::ExportArguments),
    Import(Box<import::ImportArguments>),
    Sql(Box<sql::SqlArguments>),
    Status(status::StatusArguments),
    Accept(accept::AcceptArguments),
    Console(console::ConsoleArguments),
    Journal(journal::JournalArguments),
    Report(report::ReportArguments),
    History(history::HistoryArguments),
    Ask(ask::AskArguments),
    Healthcheck(healthcheck::HealthcheckArguments),
    Notices(notices::NoticesArguments),
    Config(config::ConfigArguments),
    Queues(Box<queues::QueuesArguments>),
    Pull(Box<pull::PullArguments>),
    Emulate(emulate::EmulateArguments),
    #[command(flatten)]
    Former(former::FormerCommand),
}

/// Does what the program's arguments say, with these variables of the environment.
///
/// # Errors
/// The system gives no threads.
pub fn run(environment: Vec<(String, String)>) -> io::Result<ExitCode> {
    let command = match Cli::try_parse() {
        Ok(command) => command,
        Err(error) if error.kind() == ErrorKind::ValueValidation => {
            complain(in_words(&error.render().to_string()).trim_end());
            return Ok(ExitCode::from(COULD_NOT_RUN));
        }
        Err(error) => error.exit(),
    };
    let runtime = Runtime::new()?;
    let code = runtime.block_on(command.run(environment));
    // What still waits for a disk that hangs must not keep the process.
    runtime.shutdown_background();
    Ok(code)
}

/// What Rust says of a number that is none, as what is to be written.
fn in_words(message: &str) -> String {
    let mut message = message.to_owned();
    for (said, meant) in [
        ("invalid digit found in string", "write a whole number"),
        ("invalid float literal", "write a number such as 1.5"),
        (
            "number too large to fit in target type",
            "this number is too large",
        ),
        (
            "number too small to fit in target type",
            "this number is too small",
        ),
    ] {
        message = message.replace(said, meant);
    }
    message
}

/// All verbs and options, for man pages and the completions of shells.
pub fn command() -> clap::Command {
    Cli::command()
}

impl Cli {
    async fn run(self, environment: Vec<(String, String)>) -> ExitCode {
        for sentence in misspelt(environment.iter().map(|(name, _)| &**name)) {
            complain(format_args!("warning: {sentence}"));
        }
        let sources = Sources::new(self.options, environment.into_iter());
        let command = match self.command {
            Some(command) => command,
            None => Command::Serve(ServeOptions::default()),
        };
        match command.run(&sources).await {
            Ok(code) => code,
            Err(error) if matches!(error.downcast_ref(), Some(OutputError::Closed)) => {
                ExitCode::SUCCESS
            }
            Err(error) => {
                let language = sources
                    .server_config()
                    .map_or(Language::En, |config| config.language);
                let error = format!("error: {}", in_one_line(&error));
                complain(with_refusal_advice(&error, language));
                ExitCode::from(COULD_NOT_RUN)
            }
        }
    }
}

/// An error with its causes, each said once: some libraries repeat the cause in their own message.
fn in_one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

/// The exit code of a command that could not do its work; clap's own for wrong arguments is the same.
const COULD_NOT_RUN: u8 = 2;

impl Command {
    async fn run(self, sources: &Sources) -> anyhow::Result<ExitCode> {
        let mut output = Output::new();
        let code = match self {
            Self::Serve(options) => serve::run(options, sources).await,
            Self::Init(arguments) => init::run(arguments, sources, &mut output).await,
            Self::Check(arguments) => check::run(arguments, sources, &mut output).await,
            Self::Explain(arguments) => explain::run(*arguments, sources, &mut output).await,
            Self::Coverage(arguments) => coverage::run(arguments, sources, &mut output).await,
            Self::Replay(arguments) => replay::run(arguments, sources, &mut output).await,
            Self::Export(arguments) => export::run(arguments, sources, &mut output).await,
            Self::Import(arguments) => import::run(*arguments, sources, &mut output).await,
            Self::Sql(arguments) => sql::run(*arguments, sources, &mut output).await,
            Self::Status(arguments) => status::run(&arguments, sources, &mut output).await,
            Self::Accept(arguments) => accept::run(&arguments, sources, &mut output),
            Self::Console(arguments) => console::run(arguments, sources, &mut output),
            Self::Journal(arguments) => journal::run(arguments, sources, &mut output).await,
            Self::Report(arguments) => report::run(arguments, sources, &mut output).await,
            Self::History(arguments) => history::run(arguments, sources, &mut output).await,
            Self::Ask(arguments) => ask::run(arguments, sources, &mut output).await,
            Self::Healthcheck(arguments) => healthcheck::run(&arguments, sources, &mut output),
            Self::Notices(arguments) => notices::run(&arguments, sources, &mut output),
            Self::Config(arguments) => config::run(&arguments, sources, &mut output),
            Self::Queues(arguments) => queues::run(*arguments, sources, &mut output).await,
            Self::Pull(arguments) => pull::run(*arguments, sources, &mut output).await,
            Self::Emulate(arguments) => emulate::run(arguments, &mut output).await,
            Self::Former(command) => Err(command.what_to_type()),
        }?;
        output.flush()?;
        Ok(code)
    }
}
