//! `explain`: who is rung for a call, and why.

mod named;
mod report;
mod rules;
mod reasons;
mod text;
mod save;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::dates::{date_time, instant};
use super::options::Sources;
use super::output::{Output, complain};
use super::rules::snapshot;
use crate::activity::{Ledger, Past};
use crate::clock;
use crate::config::JournalConfig;
use crate::journal::{FILE, restore};
use report::{Asked, Report};
use routing::call::Call;
use routing::moment::Moment;
use routing::number::Number;
use routing::route::Router;
use routing::snapshot::Snapshot;
use routing::tickets::FirstTicket;
use save::Draft;
use text::Text;

/// Say who is rung for a call, and why.
///
/// It shows the rules that are tried and why each does not match, the agents considered and why each is left out, and
/// the order. Numbers may be written as people write them. In a group that rotates, a real call begins with the member
/// after the one that the last new call began with; here it begins with the first. Who took which calls is taken from the
/// journal, as it stands now.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The queue in which the call waits (queueId)
    #[arg(long, value_name = "ID")]
    queue: String,
    /// Who calls; without it an anonymous caller
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// The number that was called
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// The call's id, which shares and draws depend on
    #[arg(long, value_name = "ID", default_value = "example")]
    call_id: String,
    /// Local time in the rules' time zone, such as '2026-11-23 10:00'; without it now
    #[arg(long, value_name = "DATE TIME", value_parser = date_time)]
    at: Option<DateTime>,
    /// For how many seconds the call has waited
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    waited: u32,
    /// Rules database; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// State directory, whose journal says who took which calls; without it the configured one (database.state)
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Show the rules for other queues and numbers as well
    #[arg(long)]
    all: bool,
    /// Print one JSON object instead of text; it always holds all rules
    #[arg(long)]
    json: bool,
    /// Keep what is explained as a test of the rules (rule_tests); the call's id is then that of the test
    #[arg(long, value_name = "NAME", conflicts_with = "call_id")]
    save_as_test: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router explain --queue queue_1 --from 84986776777 --to 842473082666
  stringee-router explain --queue queue_1 --from 0986776777 --at '2027-02-05 13:00' --waited 20
  stringee-router explain --queue queue_1 --at '2027-02-05 13:00' --save-as-test 'Noon before Tết'

Exit codes: 0 explained, 2 the rules cannot be read, or the test cannot be saved.";

pub(super) async fn run(
    mut arguments: Arguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let path = sources.rules(arguments.rules.clone())?;
    // While a test is being saved nobody else edits, so that it holds when it is there.
    let draft = match arguments.save_as_test.take() {
        Some(name) => Some(Draft::begin(&path, name, sources.user()).await?),
        None => None,
    };
    if let Some(draft) = &draft {
        arguments.call_id = draft.call_id();
    }
    let snapshot = snapshot(&path).await?;
    let at = arguments.instant(&snapshot)?;
    let moment = Moment::of(&snapshot, at);
    let call = arguments.call(&snapshot);
    let ledger = arguments.ledger(sources, &snapshot).await?;
    let mut past = Past {
        tickets: FirstTicket,
        ledger: &ledger,
        now: at,
    };
    let explanation = Router::new(&snapshot, &moment).explain(&call, arguments.waited, &mut past);
    let asked = Asked {
        call: &call,
        waited: arguments.waited,
        at,
        moment: &moment,
    };
    let report = Report::new(&asked, &explanation);
    if arguments.json {
        output.line(serde_json::to_string_pretty(&report)?)?;
    } else {
        output.line(Text {
            report: &report,
            all: arguments.all,
        })?;
    }
    if let Some(draft) = draft {
        let saved = draft.save(&arguments, at, &explanation).await?;
        // In JSON it would not be JSON any more.
        if arguments.json {
            complain(saved);
        } else {
            output.line(saved)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// What call events have told, as the journal has it now; nothing if the rules do not ask.
    async fn ledger(&self, sources: &Sources, snapshot: &Snapshot) -> anyhow::Result<Ledger> {
        let ledger = Ledger::new(&JournalConfig::default());
        if snapshot.heeds_activity() {
            let journal = sources.state(self.state.clone())?.join(FILE);
            if let Err(error) = restore(&ledger, &journal, clock::now()).await {
                complain(format_args!(
                    "warning: who took which calls is not known: {error}"
                ));
            }
        }
        Ok(ledger)
    }

    /// When the call is asked about.
    fn instant(&self, snapshot: &Snapshot) -> anyhow::Result<Timestamp> {
        self.at
            .map_or_else(|| Ok(clock::now()), |local| instant(local, snapshot))
    }

    /// The call, with numbers as people write them.
    fn call<'a>(&'a self, snapshot: &Snapshot) -> Call<'a> {
        let country = &snapshot.settings.country_code;
        let number = |raw: &'a String| Number::from_table(raw, country);
        Call {
            queue_id: &self.queue,
            call_id: &self.call_id,
            from: self.from.as_ref().and_then(number),
            to: self.to.as_ref().and_then(number),
        }
    }
}
