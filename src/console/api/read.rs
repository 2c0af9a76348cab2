//! What is served, and what is wrong.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::asked_rules::AskedRules;
use super::sent::SentQuery;
use super::{ApiError, encoded, view};
use crate::config::Language;
use crate::console::Desk;
use crate::console::access::User;
use crate::console::ask::now::{Board, BoardQuestion};
use crate::console::ask::parse_time;
use crate::console::ask::roster::{Hole, Roster, RosterQuestion, holes_of};
use crate::console::draft::preview::PlannedProblem;
use crate::params::{CodedJson, CodedSentence};
use crate::rules::{ActiveRules, HeldVersion, RulesAuthority};
use crate::shown::coverage::{CoverageJson, Survey};
use crate::shown::explanation::{Asked, ExplainReport};
use crate::shown::local;
use routing::call::Call;
use routing::coverage::Question;
use routing::moment::Moment;
use routing::number::Number;
use routing::route::Router;
use routing::snapshot::Snapshot;
use routing::tickets::FirstTicket;

/// More days than these nobody looks at at once.
const MAX_DAYS: u16 = 92;

#[derive(Debug, Deserialize)]
pub(super) struct NowQuery {
    at: Option<String>,
    caller: Option<String>,
    queue: Option<String>,
}

pub(super) async fn now(
    _user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<NowQuery>,
) -> Result<Response, ApiError> {
    let make = move |served: &ActiveRules| {
        let snapshot = &served.snapshot;
        let question = BoardQuestion {
            at: time(query.at.as_deref(), snapshot)?,
            caller: given(query.caller.as_deref()),
            queue: given(query.queue.as_deref()),
        };
        encoded(&Board::of(snapshot, &question))
    };
    view(&desk, make).await
}

#[derive(Debug, Deserialize)]
pub(super) struct DaysQuery {
    from: Option<String>,
    days: Option<u16>,
    caller: Option<String>,
    queue: Option<String>,
    /// As this draft would make the rules.
    draft: Option<i64>,
}

impl DaysQuery {
    fn question(&self, snapshot: &Snapshot, days: u16) -> Result<RosterQuestion<'_>, ApiError> {
        Ok(RosterQuestion {
            from: date(self.from.as_deref(), snapshot)?,
            days: self.days.unwrap_or(days).clamp(1, MAX_DAYS),
            caller: given(self.caller.as_deref()),
            queue: given(self.queue.as_deref()),
        })
    }
}

pub(super) async fn roster(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<DaysQuery>,
) -> Result<Response, ApiError> {
    let asked = AskedRules::with_draft(&desk, &user, query.draft).await?;
    let make = move |snapshot: &Snapshot| {
        let question = query.question(snapshot, 7)?;
        encoded(&Roster::of(snapshot, &question))
    };
    asked.view(&desk, make).await
}

#[derive(Serialize)]
struct Holes<'s> {
    holes: Vec<Hole<'s>>,
}

pub(super) async fn holes(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<DaysQuery>,
) -> Result<Response, ApiError> {
    let asked = AskedRules::with_draft(&desk, &user, query.draft).await?;
    let make = move |snapshot: &Snapshot| {
        let question = query.question(snapshot, 14)?;
        let holes = holes_of(snapshot, &question);
        encoded(&Holes { holes })
    };
    asked.view(&desk, make).await
}

pub(super) async fn coverage(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<DaysQuery>,
) -> Result<Response, ApiError> {
    let file = desk.database.rules.display().to_string();
    let rules = AskedRules::with_draft(&desk, &user, query.draft).await?;
    let make = move |snapshot: &Snapshot| {
        let asked = query.question(snapshot, 14)?;
        let question = Question {
            from: asked.from,
            days: asked.days,
            queue: asked.queue,
            caller: asked
                .caller
                .and_then(|caller| Number::from_table(caller, &snapshot.settings.country_code)),
        };
        let coverage = routing::coverage::coverage(snapshot, &question);
        let survey = Survey {
            file: &file,
            snapshot,
            question: &question,
            coverage: &coverage,
            language: Language::En,
        };
        encoded(&CoverageJson::of(&survey))
    };
    rules.view(&desk, make).await
}

#[derive(Debug, Deserialize)]
pub(super) struct ExplainQuery {
    queue: Option<String>,
    to: Option<String>,
    from: Option<String>,
    at: Option<String>,
    #[serde(default)]
    waited: u32,
    call_id: Option<String>,
    language: Option<String>,
    /// By the rules of this version.
    version: Option<u64>,
}

pub(super) async fn explain(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<ExplainQuery>,
) -> Result<Response, ApiError> {
    let language = user.language();
    let asked = AskedRules::of_version(&desk, query.version).await?;
    let make = move |snapshot: &Snapshot| query.explained(snapshot, language);
    asked.view(&desk, make).await
}

impl ExplainQuery {
    fn explained(&self, snapshot: &Snapshot, user: Language) -> Result<Vec<u8>, ApiError> {
        let language = self.language.as_deref().and_then(Language::of_code);
        let language = language.unwrap_or(user);
        let at = time(self.at.as_deref(), snapshot)?;
        let moment = Moment::of(snapshot, at);
        let number = |typed: &'_ Option<String>| {
            let typed = given(typed.as_deref())?;
            Number::from_table(typed, &snapshot.settings.country_code).map(Number::into_owned)
        };
        let call = Call {
            queue_id: given(self.queue.as_deref()).unwrap_or_default(),
            call_id: given(self.call_id.as_deref()).unwrap_or("example"),
            from: number(&self.from),
            to: number(&self.to),
        };
        let mut router = Router::new(snapshot, &moment);
        let explanation = router.explain(&call, self.waited, &mut FirstTicket);
        let asked = Asked {
            call: &call,
            waited: self.waited,
            at,
            moment: &moment,
            language,
        };
        encoded(&ExplainReport::new(&asked, &explanation, None))
    }
}

/// The version in force, and what becomes of the newest edit.
#[derive(Serialize)]
pub(super) struct InForce {
    version: u64,
    hash: String,
    since: String,
    source: &'static str,
    time_zone: String,
    edit_refused: bool,
    held: Option<HeldView>,
    fault: Option<String>,
    errors: usize,
    warnings: usize,
    rules: usize,
    agents: usize,
    groups: usize,
}

/// A version that waits for somebody to confirm it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct HeldView {
    hash: String,
    reasons: Vec<String>,
    /// The same with their codes.
    objections: Vec<CodedJson>,
    until: String,
}

impl HeldView {
    pub(super) fn new(held: &HeldVersion, language: Language) -> Self {
        Self {
            hash: format!("{:016x}", held.fingerprint),
            reasons: CodedSentence::all(&held.reasons, language),
            objections: CodedSentence::json(&held.reasons, language),
            until: held.until.to_string(),
        }
    }
}

impl InForce {
    pub(super) fn new(live: &RulesAuthority, language: Language) -> Self {
        let (status, served) = (live.status(), live.served());
        let zone = &served.snapshot.settings.time_zone;
        let errors = status.problems.iter().filter(|problem| problem.is_error());
        let errors = errors.count();
        Self {
            version: served.version,
            hash: format!("{:016x}", served.fingerprint),
            since: local(served.since, zone),
            source: served.source.name(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            edit_refused: status.is_refused,
            held: status
                .held
                .as_ref()
                .map(|held| HeldView::new(held, language)),
            fault: status.fault,
            errors: errors + status.unnamed.errors,
            warnings: status.problems.len() - errors + status.unnamed.warnings,
            rules: served.snapshot.rules.len(),
            agents: served.snapshot.agents.len(),
            groups: served.snapshot.groups.len(),
        }
    }
}

pub(super) async fn status(
    user: User,
    State(desk): State<Arc<Desk>>,
) -> Result<Response, ApiError> {
    let language = user.language();
    let made = desk.work(move |desk| encoded(&InForce::new(&desk.live, language)));
    Ok(super::json_bytes(made.await??))
}

#[derive(Serialize)]
struct ProblemsView {
    #[serde(flatten)]
    in_force: InForce,
    problems: Vec<PlannedProblem>,
    file_remarks: Vec<String>,
    journal_fault: Option<String>,
    state_fault: Option<String>,
}

pub(super) async fn problems(
    user: User,
    State(desk): State<Arc<Desk>>,
) -> Result<Response, ApiError> {
    /// More nobody reads at once.
    const MAX_PROBLEMS: usize = 500;
    let language = user.language();
    let made = desk.work(move |desk| {
        let status = desk.live.status();
        let problems = status.problems.iter().take(MAX_PROBLEMS);
        encoded(&ProblemsView {
            in_force: InForce::new(&desk.live, language),
            problems: problems
                .map(|problem| PlannedProblem::new(problem, language))
                .collect(),
            file_remarks: status.file_remarks,
            journal_fault: status.journal_fault,
            state_fault: status.state.fault,
        })
    });
    Ok(super::json_bytes(made.await??))
}

/// A parameter that says something.
pub(super) fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The time of an address; without one now.
pub(super) fn time(text: Option<&str>, snapshot: &Snapshot) -> Result<Timestamp, ApiError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(clock::now());
    };
    parse_time(text, &snapshot.settings.time_zone).ok_or_else(|| {
        ApiError::unclear(
            "no_time",
            format_args!("'{text}' is no time; write 2026-11-27T20:00, in the rules' time zone"),
        )
    })
}

/// The date of an address; without one today.
fn date(text: Option<&str>, snapshot: &Snapshot) -> Result<Date, ApiError> {
    let at = time(text, snapshot)?;
    Ok(at.to_zoned(snapshot.settings.time_zone.clone()).date())
}
