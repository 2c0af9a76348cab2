//! `explain`: who is rung for a call, and why.

mod recorded;
mod step_words;
mod text;
mod waiting;
mod save;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use super::edit::{EditFlags, Session};
use super::journal_source::JournalSource;
use super::options::{LanguageOption, Sources};
use super::output::{Output, complain};
use super::queue_typed::queue_id;
use super::remote::{RemoteOptions, RemoteServer};
use super::rules::snapshot;
use super::server::say_if_other_rules_are_served;
use super::times::TypedTime;
use crate::calls::activity::{Ledger, Past};
use crate::config::{JournalConfig, Language};
use crate::journal::{FILE, restore};
use crate::shown::explanation::{Asked, ExplainReport};
use crate::store::{DecisionRow, StoreError};
use recorded::JournalCall;
use routing::call::Call;
use routing::moment::Moment;
use routing::number::Number;
use routing::route::Router;
use routing::snapshot::Snapshot;
use save::TestDraft;
use text::ExplainText;
use waiting::JournaledFirsts;

/// Say who is rung for a call, and why.
///
/// It shows the rules that are tried and why each does not match, the agents considered and why each is left out, and
/// the order. Numbers may be written as people write them. In a group that rotates, a real call begins with the member
/// after the one that the last new call began with; here it begins with the first. Who took which calls is taken from the
/// journal, as it stands now.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainArguments {
    /// A call of the journal (callId), by the rules of the version that answered it
    #[arg(long, value_name = "ID", conflicts_with_all = ["queue", "from", "to", "call_id", "at", "waited", "save_as_test"])]
    call: Option<String>,
    /// Which of the different answers to that call, from 1; without it the newest
    #[arg(long, value_name = "NUMBER", requires = "call")]
    answer: Option<usize>,
    /// The queue in which the call waits: its queueId, or its name in the table queues
    #[arg(
        long,
        value_name = "ID",
        default_value = "",
        hide_default_value = true,
        required_unless_present = "call"
    )]
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
    /// When, as '2026-11-23 10:00' or '10:00' in the rules' time zone, 'yesterday 10:00' or RFC 3339; without it now
    #[arg(long, value_name = "TIME")]
    at: Option<TypedTime>,
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
    /// Keep what is explained as a test of the rules (rule_tests), an edit like any other; the call's id is then that
    /// of the test
    #[arg(long, value_name = "NAME", conflicts_with = "call_id")]
    save_as_test: Option<String>,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    remote: RemoteOptions,
    #[command(flatten)]
    edit: EditFlags,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router explain --queue queue_1 --from 84986776777 --to 842473082666
  stringee-router explain --queue queue_1 --from 0986776777 --at '2027-02-05 13:00' --waited 20
  stringee-router explain --queue queue_1 --at '2027-02-05 13:00' --save-as-test 'Noon before Tết' --yes
  stringee-router explain --call call-vn-1-EHHC6JW1LT-1534145391502

Exit codes: 0 explained, and the test is saved and in force; 1 it is not; 2 the rules cannot be read or are gone. With
--plan: 1 the test would be new, 2 that cannot be said.";

pub(super) async fn run(
    mut arguments: ExplainArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let language = arguments.language.chosen(sources);
    if let Some(server) = arguments.remote.server()? {
        return arguments.ask(&server, language, output);
    }
    let installation = sources.installation(arguments.rules.clone())?;
    let mut path = installation.rules.clone();
    let recorded = arguments.recorded(sources, &path).await?;
    if let Some(recorded) = &recorded {
        arguments.ask_again(&recorded.answer);
        path.clone_from(&recorded.rules);
    } else {
        say_if_other_rules_are_served(&installation, !arguments.json, output).await?;
    }
    let reason = "explain --save-as-test";
    let session =
        Session::without_calls(arguments.edit.clone(), installation, sources, reason).await;
    // While a test is being saved nobody else edits, so that it holds when it is there.
    let draft = match arguments.save_as_test.take() {
        Some(name) => Some(TestDraft::begin(&session, name).await?),
        None => None,
    };
    if let Some(draft) = &draft {
        arguments.call_id = draft.call_id();
    }
    let snapshot = snapshot(&path).await?;
    if arguments.call.is_none() {
        arguments.queue = queue_id(&snapshot, &arguments.queue);
    }
    let at = TypedTime::or_now(arguments.at, &snapshot.settings.time_zone)?;
    let moment = Moment::of(&snapshot, at);
    let call = arguments.call(&snapshot);
    let ledger = arguments.ledger(sources, &snapshot).await?;
    let mut past = Past {
        tickets: arguments
            .firsts(sources, &snapshot, at, draft.is_some())
            .await?,
        ledger: &ledger,
        now: at,
    };
    let explanation = Router::new(&snapshot, &moment).explain(&call, arguments.waited, &mut past);
    let asked = Asked {
        call: &call,
        waited: arguments.waited,
        at,
        moment: &moment,
        language,
    };
    let recorded = recorded.as_ref().map(JournalCall::report);
    let report = ExplainReport::new(&asked, &explanation, recorded);
    if arguments.json {
        output.line(serde_json::to_string_pretty(&report)?)?;
    } else {
        output.line(ExplainText {
            report: &report,
            all: arguments.all,
            language,
        })?;
    }
    let Some(draft) = draft else {
        return Ok(ExitCode::SUCCESS);
    };
    // In JSON it would not be JSON any more.
    let mut complaints = Output::of_complaints();
    let words = if arguments.json {
        &mut complaints
    } else {
        output
    };
    let outcome = draft.save(&arguments, at, &explanation, words).await?;
    complaints.flush()?;
    Ok(outcome.code())
}

impl ExplainArguments {
    /// Asks a server on another machine, about a call by the rules that are in force there.
    fn ask(
        &self,
        server: &RemoteServer,
        language: Language,
        output: &mut Output,
    ) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            self.call.is_none() && self.save_as_test.is_none(),
            "with --server name the call by --queue, --from, --to, --at and --waited"
        );
        let at = self.at.map(TypedTime::in_address).transpose()?;
        let said = server.get(
            "/explain",
            &[
                ("queue", Some(self.queue.clone())),
                ("from", self.from.clone()),
                ("to", self.to.clone()),
                ("at", at),
                ("waited", Some(self.waited.to_string())),
                ("call_id", Some(self.call_id.clone())),
                ("language", Some(language.code().to_owned())),
            ],
        )?;
        output.line(serde_json::to_string_pretty(&said)?)?;
        Ok(ExitCode::SUCCESS)
    }

    /// The call of the journal that is meant, if one is.
    async fn recorded(
        &self,
        sources: &Sources,
        rules: &Path,
    ) -> anyhow::Result<Option<JournalCall>> {
        let Some(call_id) = &self.call else {
            return Ok(None);
        };
        let state = sources.state(self.state.clone())?;
        let journal = JournalSource::open(sources, self.state.clone()).await?;
        let found = JournalCall::find(journal, call_id, self.answer, &state, rules).await?;
        Ok(Some(found))
    }

    /// Asks about a call as it was asked about then.
    fn ask_again(&mut self, answer: &DecisionRow) {
        self.queue.clone_from(&answer.queue_id);
        self.from.clone_from(&answer.from);
        self.to.clone_from(&answer.to);
        self.call_id.clone_from(&answer.call_id);
        self.at = Some(TypedTime::Instant(answer.first_at));
        self.waited = answer.waited;
    }

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

    /// With whom other calls begin, as the journal has it now; a test that is saved knows of none.
    async fn firsts(
        &self,
        sources: &Sources,
        snapshot: &Snapshot,
        at: Timestamp,
        is_test: bool,
    ) -> anyhow::Result<JournaledFirsts> {
        if is_test || !snapshot.ranks_calls() {
            return Ok(JournaledFirsts::default());
        }
        let journal = sources.state(self.state.clone())?.join(FILE);
        match JournaledFirsts::read(&journal, &self.call_id, at).await {
            Ok(firsts) => Ok(firsts),
            Err(StoreError::NoJournal { .. }) => Ok(JournaledFirsts::default()),
            Err(error) => {
                complain(format_args!(
                    "warning: which calls wait beside this one is not known: {error}"
                ));
                Ok(JournaledFirsts::default())
            }
        }
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
