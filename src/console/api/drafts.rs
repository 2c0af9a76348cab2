//! Edits that somebody prepares, what they would do, and their commit.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::read::HeldView;
use super::sent::SentJson;
use super::{ApiError, encoded, json_bytes};
use crate::console::Desk;
use crate::console::access::User;
use crate::console::draft::commit::{
    CommitOrder, CommitState, Committed, NotCommitted, SeenFigures, is_reason_enough,
};
use crate::console::draft::edit::{EditJson, NotedEdit};
use crate::console::draft::kept::{KeptDraft, commit_and_note};
use crate::console::draft::trial::{noted, tried};
use crate::store::{ConsoleFile, DraftHead};

/// More edits than these are an upload.
const MAX_EDITS: usize = 5000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewOrder {
    edits: Vec<EditJson>,
    /// Whether recorded calls are tried; they are unless this says no.
    calls: Option<bool>,
}

pub(super) async fn preview(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentJson(order): SentJson<PreviewOrder>,
) -> Result<Response, ApiError> {
    let edits = parsed(&order.edits)?;
    let (_, tried) = tried(&desk, &user, edits, order.calls.unwrap_or(true)).await?;
    encoded(&tried.preview).map(json_bytes)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftOrder {
    #[serde(default)]
    edits: Vec<EditJson>,
    reason: Option<String>,
}

/// A draft as programs see it.
#[derive(Serialize)]
struct DraftView {
    id: i64,
    user: String,
    base: DraftBase,
    revision: i64,
    reason: Option<String>,
    changed_at: String,
    offered_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edits: Option<Vec<EditView>>,
}

#[derive(Serialize)]
struct DraftBase {
    version: i64,
    hash: String,
}

#[derive(Serialize)]
struct EditView {
    n: usize,
    #[serde(flatten)]
    edit: EditJson,
}

impl DraftView {
    fn new(row: DraftHead, edits: Option<&[NotedEdit]>) -> Self {
        let numbered = |edits: &[NotedEdit]| {
            let edits = edits.iter().zip(1..);
            edits
                .map(|(edit, n)| EditView {
                    n,
                    edit: edit.json(),
                })
                .collect()
        };
        Self {
            id: row.id,
            user: row.user_name,
            base: DraftBase {
                version: row.base_version,
                hash: row.base_hash,
            },
            revision: row.revision,
            reason: row.reason,
            changed_at: row.changed_at.to_string(),
            offered_at: row.offered_at.map(|at| at.to_string()),
            edits: edits.map(numbered),
        }
    }
}

/// A draft, with its revision as `ETag`.
pub(super) fn answer(status: StatusCode, draft: KeptDraft) -> Result<Response, ApiError> {
    let etag = format!("\"{}\"", draft.row.revision);
    let view = DraftView::new(draft.row, Some(&draft.edits));
    Ok((status, [(ETAG, etag)], json_bytes(encoded(&view)?)).into_response())
}

#[derive(Serialize)]
struct Drafts {
    drafts: Vec<DraftView>,
}

/// One's own; admins see all.
pub(super) async fn list(user: User, State(desk): State<Arc<Desk>>) -> Result<Response, ApiError> {
    let mut rows = desk.filed(ConsoleFile::drafts).await?;
    rows.retain(|row| user.sees_those_of(&row.user_name));
    let drafts = rows.into_iter().map(|row| DraftView::new(row, None));
    encoded(&Drafts {
        drafts: drafts.collect(),
    })
    .map(json_bytes)
}

pub(super) async fn begin(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentJson(order): SentJson<DraftOrder>,
) -> Result<Response, ApiError> {
    let edits = noted(&desk, parsed(&order.edits)?).await?;
    let mut draft = KeptDraft::new(&desk, &user, edits);
    draft.row.reason = order.reason;
    answer(StatusCode::CREATED, kept(draft, &desk).await?)
}

pub(super) async fn show(
    user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<i64>,
) -> Result<Response, ApiError> {
    answer(StatusCode::OK, find(&desk, &user, id).await?)
}

/// Adds edits, and writes the reason.
pub(super) async fn change(
    user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    SentJson(order): SentJson<DraftOrder>,
) -> Result<Response, ApiError> {
    let mut draft = matched(&desk, &user, id, &headers).await?;
    draft
        .edits
        .extend(noted(&desk, parsed(&order.edits)?).await?);
    if draft.edits.len() > MAX_EDITS {
        return Err(too_many());
    }
    if order.reason.is_some() {
        draft.row.reason = order.reason;
    }
    answer(StatusCode::OK, kept(draft, &desk).await?)
}

pub(super) async fn discard(
    user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let draft = matched(&desk, &user, id, &headers).await?;
    let revision = draft.row.revision;
    if desk
        .filed(move |file| file.delete_draft(id, revision))
        .await?
    {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(changed_meanwhile())
    }
}

pub(super) async fn discard_edit(
    user: User,
    State(desk): State<Arc<Desk>>,
    Path((id, number)): Path<(i64, usize)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut draft = matched(&desk, &user, id, &headers).await?;
    if number == 0 || number > draft.edits.len() {
        return Err(ApiError::missing(
            "no_such_edit",
            "the draft has no such edit",
        ));
    }
    draft.edits.remove(number - 1);
    answer(StatusCode::OK, kept(draft, &desk).await?)
}

pub(super) async fn preview_of(
    user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<i64>,
) -> Result<Response, ApiError> {
    let draft = find(&desk, &user, id).await?;
    let (_, tried) = tried(&desk, &user, draft.edits, true).await?;
    encoded(&tried.preview).map(json_bytes)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommitRequest {
    #[serde(default)]
    reason: String,
    expect: Option<SeenFigures>,
}

pub(super) async fn commit(
    user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<i64>,
    SentJson(request): SentJson<CommitRequest>,
) -> Result<Response, ApiError> {
    let draft = find(&desk, &user, id).await?;
    let order = CommitOrder {
        edits: draft.edits,
        reason: request.reason,
        expected: request.expect,
    };
    let answer = done(&desk, &user, order).await?;
    let revision = draft.row.revision;
    desk.filed(move |file| file.delete_draft(id, revision))
        .await?;
    Ok(answer)
}

/// Offers a draft to an admin.
pub(super) async fn offer(
    user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut draft = matched(&desk, &user, id, &headers).await?;
    draft.row.offered_at = Some(clock::now());
    answer(StatusCode::OK, kept(draft, &desk).await?)
}

#[derive(Serialize)]
struct CommitView {
    commit: String,
    version: u64,
    state: CommitState,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<HeldView>,
}

/// Commits, and says what has come of it.
pub(super) async fn done(
    desk: &Arc<Desk>,
    user: &User,
    order: CommitOrder,
) -> Result<Response, ApiError> {
    if !is_reason_enough(&order.edits, &order.reason) {
        return Err(ApiError::unclear(
            "reason_missing",
            "write why, in 5 characters at least: rules and settings are edited",
        ));
    }
    let (id, committed) = commit_and_note(desk, user, order).await?;
    let Committed {
        version,
        state,
        held,
        ..
    } = committed;
    let status = if state == CommitState::Waiting {
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    let view = CommitView {
        commit: format!("c_{id}"),
        version,
        state,
        held: held
            .as_ref()
            .map(|held| HeldView::new(held, user.language())),
    };
    Ok((status, json_bytes(encoded(&view)?)).into_response())
}

/// Edits as they were sent.
pub(super) fn parsed(edits: &[EditJson]) -> Result<Vec<NotedEdit>, ApiError> {
    if edits.len() > MAX_EDITS {
        return Err(too_many());
    }
    let mut parsed = Vec::with_capacity(edits.len());
    for (edit, number) in edits.iter().zip(1..) {
        let edit = NotedEdit::parse(edit);
        parsed.push(edit.map_err(|fault| NotCommitted::Fault { number, fault })?);
    }
    Ok(parsed)
}

pub(super) async fn find(desk: &Arc<Desk>, user: &User, id: i64) -> Result<KeptDraft, ApiError> {
    let found = KeptDraft::find(desk, id).await?;
    let found = found.filter(|draft| user.sees_those_of(&draft.row.user_name));
    found.ok_or_else(|| ApiError::missing("no_such_draft", "there is no such draft"))
}

/// The draft, if it is still as the program has seen it.
async fn matched(
    desk: &Arc<Desk>,
    user: &User,
    id: i64,
    headers: &HeaderMap,
) -> Result<KeptDraft, ApiError> {
    let draft = find(desk, user, id).await?;
    let Some(seen) = headers.get(IF_MATCH) else {
        return Err(ApiError::new(
            StatusCode::PRECONDITION_REQUIRED,
            "if_match_missing",
            "send If-Match with the draft's ETag",
        ));
    };
    if seen.as_bytes() == format!("\"{}\"", draft.row.revision).as_bytes() {
        Ok(draft)
    } else {
        Err(changed_meanwhile())
    }
}

/// Keeps a draft, unless somebody else has changed it.
pub(super) async fn kept(draft: KeptDraft, desk: &Arc<Desk>) -> Result<KeptDraft, ApiError> {
    draft.save(desk).await?.ok_or_else(changed_meanwhile)
}

fn changed_meanwhile() -> ApiError {
    ApiError::new(
        StatusCode::PRECONDITION_FAILED,
        "changed_meanwhile",
        "the draft has been changed since it was read",
    )
}

fn too_many() -> ApiError {
    ApiError::unclear(
        "too_many_edits",
        format_args!("a draft has at most {MAX_EDITS} edits"),
    )
}
