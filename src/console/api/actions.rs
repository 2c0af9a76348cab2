//! Several edits in one word: a leave, a stand-in, a swap, an agent's switch, a test's new answer; and to confirm a version
//! that is held.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::drafts::{answer, done, find, kept, parsed};
use super::sent::SentJson;
use super::{ApiError, encoded, json_bytes};
use crate::config::Role;
use crate::console::Desk;
use crate::console::access::User;
use crate::console::draft::commit::CommitOrder;
use crate::console::draft::edit::{EditJson, NotedEdit};
use crate::console::draft::kept::KeptDraft;
use crate::console::draft::preview::TestResult;
use crate::console::draft::times::{NewLeave, NewStandIn, NewSwap};
use crate::console::draft::trial::{noted, tried};
use crate::exchange::Image;
use crate::params::CodedSentence;
use crate::rules::NotHeld;

/// Whether it is done at once; else it becomes a draft, or part of one.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct HowDone {
    #[serde(default)]
    commit: bool,
    #[serde(default)]
    reason: String,
    draft: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Leave {
    agent: String,
    /// Local, or a date.
    from: String,
    until: Option<String>,
    cover: Option<String>,
    note: Option<String>,
    #[serde(flatten)]
    how: HowDone,
}

pub(super) async fn leave(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentJson(leave): SentJson<Leave>,
) -> Result<Response, ApiError> {
    let new = NewLeave {
        agent: &leave.agent,
        from: &leave.from,
        until: leave.until.as_deref(),
        cover: leave.cover.as_deref(),
        note: leave.note.as_deref(),
    };
    act(&desk, &user, &leave.how, vec![new.edit()]).await
}

#[derive(Debug, Deserialize)]
pub(super) struct StandInOrder {
    agent: String,
    /// `None`: nobody takes the place.
    by: Option<String>,
    /// `None`: in all groups.
    group: Option<String>,
    from: String,
    /// `None`: that one date.
    to: Option<String>,
    note: Option<String>,
    #[serde(flatten)]
    how: HowDone,
}

pub(super) async fn stand_in(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentJson(order): SentJson<StandInOrder>,
) -> Result<Response, ApiError> {
    let new = NewStandIn {
        agent: &order.agent,
        by: order.by.as_deref(),
        group: order.group.as_deref(),
        from: &order.from,
        to: order.to.as_ref().unwrap_or(&order.from),
        note: order.note.as_deref(),
    };
    act(&desk, &user, &order.how, vec![new.edit()]).await
}

#[derive(Debug, Deserialize)]
pub(super) struct Swap {
    group: Option<String>,
    /// Whose shift of `date` goes to `with`.
    agent: String,
    date: String,
    /// Whose shift of `with_date` goes to `agent`.
    with: String,
    with_date: String,
    note: Option<String>,
    #[serde(flatten)]
    how: HowDone,
}

pub(super) async fn swap(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentJson(swap): SentJson<Swap>,
) -> Result<Response, ApiError> {
    let new = NewSwap {
        agent: &swap.agent,
        date: &swap.date,
        with: &swap.with,
        with_date: &swap.with_date,
        group: swap.group.as_deref(),
        note: swap.note.as_deref(),
    };
    let edits = new.edits();
    let edits = edits.map_err(|fault| ApiError::unclear("not_two_people", fault))?;
    act(&desk, &user, &swap.how, edits).await
}

#[derive(Debug, Deserialize)]
pub(super) struct AgentOrder {
    agent: String,
    enabled: Option<bool>,
    cover: Option<String>,
    note: Option<String>,
    #[serde(flatten)]
    how: HowDone,
}

pub(super) async fn agent(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentJson(order): SentJson<AgentOrder>,
) -> Result<Response, ApiError> {
    let mut set = Image::new();
    if let Some(enabled) = order.enabled {
        set.insert("enabled".to_owned(), i64::from(enabled).into());
    }
    if let Some(cover) = order.cover {
        set.insert("cover_id".to_owned(), cover.into());
    }
    if let Some(note) = order.note {
        set.insert("note".to_owned(), note.into());
    }
    let edit = EditJson::set("agents", order.agent, set.into());
    act(&desk, &user, &order.how, vec![edit]).await
}

#[derive(Debug, Deserialize)]
pub(super) struct TakeTest {
    /// Ids of tests that fail.
    tests: Vec<i64>,
    #[serde(flatten)]
    how: HowDone,
}

/// Writes what the rules say, with the draft's edits, into tests that fail.
pub(super) async fn take_test(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentJson(order): SentJson<TakeTest>,
) -> Result<Response, ApiError> {
    let edits = match order.how.draft {
        Some(id) => find(&desk, &user, id).await?.edits,
        None => Vec::new(),
    };
    let (_, tried) = tried(&desk, &user, edits, false).await?;
    let failed = tried.preview.tests.failed.iter();
    let meant = failed.filter(|test| order.tests.contains(&test.id));
    let edits: Vec<NotedEdit> = meant.map(TestResult::taken).collect();
    if edits.len() < order.tests.len() {
        return Err(ApiError::unclear(
            "test_holds",
            "some of these tests do not fail",
        ));
    }
    let edits = noted(&desk, edits).await?;
    conclude(&desk, &user, &order.how, edits).await
}

async fn act(
    desk: &Arc<Desk>,
    user: &User,
    how: &HowDone,
    edits: Vec<EditJson>,
) -> Result<Response, ApiError> {
    let edits = noted(desk, parsed(&edits)?).await?;
    conclude(desk, user, how, edits).await
}

/// Commits edits, adds them to a draft, or begins one with them.
pub(super) async fn conclude(
    desk: &Arc<Desk>,
    user: &User,
    how: &HowDone,
    edits: Vec<NotedEdit>,
) -> Result<Response, ApiError> {
    if how.commit {
        let order = CommitOrder {
            edits,
            reason: how.reason.clone(),
            expected: None,
        };
        return done(desk, user, order).await;
    }
    let (status, mut draft) = match how.draft {
        Some(id) => (StatusCode::OK, find(desk, user, id).await?),
        None => (StatusCode::CREATED, KeptDraft::new(desk, user, Vec::new())),
    };
    draft.edits.extend(edits);
    answer(status, kept(draft, desk).await?)
}

/// Which version is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptOrder {
    /// As `status` shows it, so that nobody confirms what they have not seen.
    hash: String,
}

#[derive(Serialize)]
struct AcceptedVersionView {
    version: u64,
    reasons: Vec<String>,
}

/// Confirms the version that is held; admins only.
pub(super) async fn accept(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentJson(order): SentJson<AcceptOrder>,
) -> Result<Response, ApiError> {
    if user.role != Role::Admin {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "may_not",
            "only an admin may confirm a version that is held",
        ));
    }
    let Ok(fingerprint) = u64::from_str_radix(&order.hash, 16) else {
        return Err(ApiError::unclear(
            "no_hash",
            "hash is not one that status shows",
        ));
    };
    let actor = user.actor();
    let accepted = desk
        .work(move |desk| desk.live.accept(fingerprint, &actor))
        .await?;
    match accepted {
        Ok((version, held)) => encoded(&AcceptedVersionView {
            version: version.number,
            reasons: CodedSentence::all(&held.reasons, user.language()),
        })
        .map(json_bytes),
        Err(refusal @ NotHeld::Nothing) => Err(ApiError::missing("not_held", refusal)),
        Err(refusal @ NotHeld::Another(_)) => Err(ApiError::new(
            StatusCode::CONFLICT,
            "another_is_held",
            refusal,
        )),
    }
}
