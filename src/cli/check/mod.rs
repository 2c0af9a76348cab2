//! `check`: says everything that is wrong with a rules database, as the server would find it, and what looks wrong.

mod findings;
mod failed_test;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;

use super::COULD_NOT_RUN;
use super::options::{LanguageOption, Sources};
use super::output::Output;
use super::server::say_if_other_rules_are_served;
use super::times::TypedTime;
use crate::exchange::{self, Fault, Format, Planned, RuleSet};
use crate::journal::FILE;
use crate::rules::condition_remarks;
use crate::store::{FileCondition, JournalFile, Reader, StoreError};
use findings::FileFault;
pub(super) use findings::Findings;
use routing::assess::assess;
use routing::lint::{implausible_numbers, lint, phones_without_callout, unheard_of_calls};
use routing::problem::Problem;
use routing::snapshot::Snapshot;
use routing::table::Tables;
use stringee::client::Queue;

/// Check a rules database, or rules as files: say everything that is wrong with them.
///
/// It compiles the rules as the server does, but needs no server, and runs the rules' own tests (rule_tests). A server
/// refuses a version with errors as a whole; warnings pass, as failed tests do where it only warns of them
/// (database.rule_tests). Once no row is in error it also warns of what is allowed and
/// most likely not meant, such as a rule that can never match, looking 400 days ahead. A folder or a file that `export`
/// writes is checked as it stands: a table that it does not have is empty.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArguments {
    /// A database, a folder of CSV files, or a .toml or .json file; without it the configured database (database.rules)
    #[arg(value_name = "FILE|FOLDER")]
    file: Option<PathBuf>,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
    /// Say only what a server says as well: no advice
    #[arg(long)]
    no_lint: bool,
    /// State directory, whose journal says whether call events come; without it the configured one (database.state)
    #[arg(long, value_name = "DIR", conflicts_with = "no_lint")]
    state: Option<PathBuf>,
    /// The date from which the advice looks ahead, such as '2027-01-15'; without it today
    #[arg(long, value_name = "DATE", conflicts_with = "no_lint")]
    from: Option<TypedTime>,
    /// Ask Stringee about its queues as well, and warn of those whose calls ring telephones without a number to show
    /// there (from_number_callout_to_agent); needs an API key, as `queues` does
    #[arg(long, conflicts_with = "no_lint")]
    stringee: bool,
    #[command(flatten)]
    language: LanguageOption,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router check
  stringee-router check edited.db && mv edited.db data/rules.db
  stringee-router check rules/
  stringee-router check --from 2027-01-15
  stringee-router check --language vi

Exit codes: 0 no errors (warnings do not count), 1 errors, 2 the file cannot be read.";

pub(super) async fn run(
    arguments: CheckArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let language = arguments.language.chosen(sources);
    let installation = sources.installation(arguments.file)?;
    say_if_other_rules_are_served(&installation, !arguments.json, output).await?;
    let path = &installation.rules;
    let Read {
        tables,
        condition,
        files,
    } = match read(path).await {
        Ok(Ok(read)) => read,
        Ok(Err(faults)) => return say_faults(path, &faults, arguments.json, output),
        Err(error) if arguments.json => {
            let faults = vec![FileFault::unreadable(path, &error)];
            output.line(serde_json::to_string_pretty(&Findings::unread(
                path, faults,
            ))?)?;
            return Ok(ExitCode::from(COULD_NOT_RUN));
        }
        Err(error) => return Err(error),
    };
    let assessment = assess(&tables, installation.rule_tests().severity());
    let has_wrong_rows = assessment.of_rows.iter().any(Problem::is_error);
    let snapshot = &assessment.snapshot;
    let mut of_rows = assessment.of_rows.clone();
    let queues = if arguments.stringee {
        queues(sources).await?
    } else {
        Vec::new()
    };
    if !arguments.no_lint && !has_wrong_rows {
        let now = TypedTime::or_now(arguments.from, &snapshot.settings.time_zone)?;
        of_rows.extend(advice(snapshot, &tables, &queues, now));
        if snapshot.heeds_activity()
            && !has_heard_of_calls(&sources.state(arguments.state)?.join(FILE)).await
        {
            of_rows.extend(unheard_of_calls(snapshot));
        }
        of_rows.sort_by_key(|problem| problem.table);
    }
    let failed = assessment.failed_tests();
    let mut findings = Findings::new(
        path,
        &assessment,
        &of_rows,
        &failed,
        files.as_ref(),
        language,
    );
    findings.file_remarks = condition_remarks(condition, installation.changes_kept().lines);
    if arguments.json {
        output.line(serde_json::to_string_pretty(&findings)?)?;
    } else {
        findings.write(snapshot, output)?;
    }
    Ok(if findings.errors > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// What is most likely not meant, in rows that are right.
fn advice(snapshot: &Snapshot, tables: &Tables, queues: &[Queue], now: Timestamp) -> Vec<Problem> {
    let mut problems = lint(snapshot, now);
    let country = &snapshot.settings.country_code;
    problems.extend(implausible_numbers(tables, country));
    let without = without_callout(queues, snapshot);
    problems.extend(phones_without_callout(snapshot, &without, now));
    problems
}

/// What is checked.
struct Read {
    tables: Tables,
    /// What is to be known of the database as a file.
    condition: FileCondition,
    files: Option<Planned>,
}

async fn read(path: &Path) -> anyhow::Result<Result<Read, Vec<Fault>>> {
    let (tables, condition, files) = match in_files(path)? {
        Some(Ok(files)) => (files.rules.tables(), FileCondition::default(), Some(files)),
        Some(Err(faults)) => return Ok(Err(faults)),
        None => {
            let (tables, condition) = in_database(path).await?;
            (tables, condition, None)
        }
    };
    Ok(Ok(Read {
        tables,
        condition,
        files,
    }))
}

/// Files that are no rules.
fn say_faults(
    path: &Path,
    faults: &[Fault],
    json: bool,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    if json {
        let faults = faults.iter().map(FileFault::in_file).collect();
        output.line(serde_json::to_string_pretty(&Findings::unread(
            path, faults,
        ))?)?;
    } else {
        for fault in faults {
            output.line(format_args!("error: {fault}"))?;
        }
    }
    Ok(ExitCode::FAILURE)
}

/// The rules of a folder or a file that `export` writes, or what is wrong with it; nothing of any other path.
fn in_files(path: &Path) -> anyhow::Result<Option<Result<Planned, Vec<Fault>>>> {
    if Format::of(path) == Format::Folder && !path.is_dir() {
        return Ok(None);
    }
    let draft = exchange::read(path)?;
    Ok(Some(draft.complete(&RuleSet::default())))
}

/// The rows of a database, and how it is kept as a file.
async fn in_database(path: &Path) -> Result<(Tables, FileCondition), StoreError> {
    let mut reader = Reader::open_patiently(path).await?;
    reader.check_pages().await?;
    let tables = reader.load().await?.tables;
    let condition = reader.condition().await?;
    reader.close().await?;
    Ok((tables, condition))
}

/// Whether a journal knows of any call that an agent took. One that cannot be read knows of none.
async fn has_heard_of_calls(journal: &Path) -> bool {
    let asked = async {
        let mut file = JournalFile::open_to_read(journal).await?;
        let last = file.taken_calls(Timestamp::UNIX_EPOCH, 1).await?;
        file.close().await?;
        Ok::<bool, StoreError>(!last.is_empty())
    };
    asked.await.unwrap_or(false)
}

/// The queues at Stringee.
async fn queues(sources: &Sources) -> anyhow::Result<Vec<Queue>> {
    let client = sources.server_config()?.stringee.client()?;
    Ok(tokio::task::spawn_blocking(move || client.queues())
        .await
        .context("the reading was cut short")??)
}

/// The queues that have no number to show when telephones are rung. Those that neither the rules nor Stringee connect
/// with this service are none of ours.
fn without_callout<'q>(queues: &'q [Queue], snapshot: &Snapshot) -> Vec<&'q str> {
    let mut named: HashSet<&str> = snapshot.queue_names.keys().map(|queue| &**queue).collect();
    for rule in snapshot.rules.values() {
        named.extend(
            rule.conditions
                .queues
                .iter()
                .flatten()
                .map(|queue| &**queue),
        );
    }
    let mut without: Vec<&str> = Vec::new();
    for queue in queues {
        let is_ours = queue.get_list_agents_url.is_some() || named.contains(&*queue.id);
        if is_ours && queue.from_number_callout_to_agent.is_none() {
            without.push(&queue.id);
        }
    }
    without
}
