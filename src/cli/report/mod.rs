//! `report`: what the journal adds up to.

mod csv;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::journal_source::JournalSource;
use super::options::Sources;
use super::output::{Output, complain};
use super::rules::snapshot;
use super::server::say_if_other_rules_are_served;
use super::times::Times;
use crate::report::{MissedRings, Report, RingTally, Tally, weighted};
use crate::shown::report::{ReportJson, Reported};
use crate::store::JournalFile;
use routing::snapshot::Snapshot;

/// Add up the journal: calls, who was offered first, and how often Stringee asks again.
///
/// It counts calls and asks by queue, hotline and rule, those that met only the fallback or nobody, and the first offers
/// of each agent, beside the agent's weight where the rules as they are now have one. It reads journal.db in the state
/// directory, with or without a running server. A call counts if it was first asked about in the span of time.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReportArguments {
    /// How many days of 24 hours
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=3660))]
    days: u16,
    /// Where they end, such as '2026-11-23 10:00', '2026-11-23' or RFC 3339; without it now
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Print one JSON object instead of text
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print one table as CSV instead of text; its first column says of which section a line is
    #[arg(long)]
    csv: bool,
    /// State directory; without it the configured one (database.state)
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Rules database, for names and weights; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router report
  stringee-router report --days 30 --csv > report.csv
  stringee-router report --days 1 --to 2026-11-24 --json

Exit codes: 0 reported, 2 there is no journal, or it cannot be read.";

pub(super) async fn run(
    arguments: ReportArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let journal = JournalSource::open(sources, arguments.state.clone()).await?;
    let installation = sources.installation(arguments.rules.clone())?;
    let is_text = !arguments.json && !arguments.csv;
    say_if_other_rules_are_served(&installation, is_text, output).await?;
    let rules = installation.rules;
    let times = Times::of(&rules).await;
    let to = match times.parse_some(arguments.to.as_ref())? {
        Some(to) => to,
        None => clock::now(),
    };
    let span = SignedDuration::from_hours(24 * i64::from(arguments.days));
    let from = to.checked_sub(span).context("--days goes back too far")?;
    let own_file = journal.own_file();
    let mut report = read(journal, from, to).await?;
    let snapshot = snapshot_if_any(&rules).await;
    report.missed = missed(own_file, (from, to), &snapshot).await?;
    let weighted = weighted(&snapshot, &report.first_offers);
    let reported = Reported {
        from,
        to,
        snapshot: &snapshot,
        report: &report,
        weighted: &weighted,
    };
    if arguments.json {
        output.line(serde_json::to_string_pretty(&ReportJson::of(&reported))?)?;
    } else if arguments.csv {
        csv::write(&reported, output)?;
    } else {
        output.line(text::ReportText {
            reported: &reported,
            times: &times,
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn read(journal: JournalSource, from: Timestamp, to: Timestamp) -> anyhow::Result<Report> {
    let mut tally = Tally::default();
    let each = |answer| tally.add(answer);
    journal.answers(from, to, each).await?;
    Ok(tally.finish())
}

/// Who let rings pass. Servers do not tell each other, so nobody knows of all of them.
async fn missed(
    own_file: Option<PathBuf>,
    (from, to): (Timestamp, Timestamp),
    snapshot: &Snapshot,
) -> anyhow::Result<BTreeMap<String, MissedRings>> {
    let mut rings = RingTally::new(&snapshot.settings);
    if let Some(path) = own_file {
        let mut journal = JournalFile::open_to_read(&path).await?;
        journal.rings(from, to, |ring| rings.add(ring)).await?;
        journal.close().await?;
    }
    Ok(rings.finish())
}

/// The rules; none if they cannot be read, because a journal can be read without its rules.
async fn snapshot_if_any(rules: &Path) -> Snapshot {
    match snapshot(rules).await {
        Ok(snapshot) => snapshot,
        Err(error) => {
            complain(format_args!(
                "warning: names and weights are missing: {error}"
            ));
            Snapshot::default()
        }
    }
}
