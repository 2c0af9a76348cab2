//! `/drafts` and `/drafts/{id}`: edits that somebody prepares, what they would do, and their commit.

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::draft_view::{DraftPage, draft_body};
use super::editor::fault_text;
use super::layout::Tab;
use super::sheet::{Fields, sent};
use super::visit::{Page, PageError, Visit};
use crate::config::Language;
use crate::console::draft::commit::{
    CommitOrder, CommitState, NotCommitted, SeenFigures, is_reason_enough,
};
use crate::console::draft::edit::{EditFault, EditJson, NotedEdit};
use crate::console::draft::kept::{KeptDraft, commit_and_note};
use crate::console::draft::trial::{noted, tried};
use crate::console::words::{Words, day_and_time};
use crate::store::refusal_in_vietnamese;

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DraftDone {
    done: String,
}

/// What becomes of a draft.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DraftForm {
    act: String,
    reason: String,
    planned_hash: String,
    somebody_else: String,
    nobody: String,
}

pub(super) async fn page(visit: Visit, Query(DraftDone { done }): Query<DraftDone>) -> Response {
    visit.page(move |visit| list(visit, &done)).await
}

fn list(visit: &Visit, done: &str) -> Result<Page, PageError> {
    let w = visit.w;
    let mut rows = visit.desk.file()?.drafts()?;
    rows.retain(|row| visit.user.sees_those_of(&row.user_name));
    let said = said(w, done);
    let body = html! {
        div.stack.narrow {
            h1 { (w.drafts.all) }
            @if let Some(said) = said { p.notice.good role="status" { (said) } }
            @if rows.is_empty() { p.card.pad { (w.drafts.none) } }
            ul.cards {
                @for row in &rows {
                    li.card.pad.line {
                        a.pick href={ "/drafts/" (row.id) } { (w.drafts.title) " " (row.id) }
                        p.muted {
                            ((w.drafts.of_user)(&row.user_name)) " · " (day_and_time(w, visit.local(row.changed_at)))
                            @if row.offered_at.is_some() { " · " (w.drafts.offered) }
                        }
                    }
                }
            }
        }
    };
    Ok(Page {
        title: w.drafts.all.to_owned(),
        tab: Tab::None,
        body,
    })
}

/// What has come of a commit.
fn said(w: &Words, done: &str) -> Option<&'static str> {
    match done {
        "in_force" => Some(w.drafts.in_force),
        "held" => Some(w.drafts.is_held),
        "refused" => Some(w.drafts.is_refused),
        "waiting" => Some(w.drafts.is_waiting),
        "offered" => Some(w.drafts.offered),
        _ => None,
    }
}

async fn find(visit: &Visit, id: i64) -> Result<KeptDraft, PageError> {
    let found = KeptDraft::find(&visit.desk, id).await?;
    let found = found.filter(|draft| visit.user.sees_those_of(&draft.row.user_name));
    found.ok_or(PageError::Missing)
}

pub(super) async fn one(visit: Visit, Path(id): Path<i64>) -> Response {
    match find(&visit, id).await {
        Ok(draft) => show(visit, draft, None).await,
        Err(error) => visit.page(|_| Err(error)).await,
    }
}

/// The draft with what it would do, and a sentence if something was tried in vain.
async fn show(visit: Visit, draft: KeptDraft, fault: Option<String>) -> Response {
    let tried = tried(&visit.desk, &visit.user, draft.edits.clone(), true).await;
    visit
        .page(move |visit| {
            let w = visit.w;
            let (preview, fault) = match tried {
                Ok((_, tried)) => (Some(tried.preview), fault),
                Err(refusal) => (None, Some(fault.unwrap_or(refused(w, &refusal)))),
            };
            let view = DraftPage {
                visit,
                draft: &draft,
                preview: preview.as_ref(),
                fault: fault.as_deref(),
            };
            Ok(Page {
                title: w.drafts.title.to_owned(),
                tab: Tab::None,
                body: draft_body(&view),
            })
        })
        .await
}

/// What the tables say to a row.
pub(super) fn refusal(w: &Words, reason: &str) -> String {
    match refusal_in_vietnamese(reason).filter(|_| w.language == Language::Vi) {
        Some((_, meaning)) => meaning,
        None => reason.to_owned(),
    }
}

/// Why something was not done, in words.
pub(super) fn refused(w: &Words, not_committed: &NotCommitted) -> String {
    let said = match not_committed {
        NotCommitted::Conflict(_) => w.drafts.conflicts,
        NotCommitted::PreviewChanged(_) => w.drafts.changed_meanwhile,
        NotCommitted::Problems(_) => w.drafts.problems,
        NotCommitted::Nothing => w.report.nothing_differs,
        NotCommitted::Busy => w.drafts.busy,
        NotCommitted::NoRows => w.drafts.not_read,
        NotCommitted::MayNot(why) => why_not(w, why),
        NotCommitted::Refused(rows) => {
            let reasons = rows.iter().map(|row| refusal(w, &row.reason));
            let reasons: Vec<String> = reasons.collect();
            return reasons.join(" ");
        }
        other => return other.to_string(),
    };
    said.to_owned()
}

/// Why somebody may not commit.
pub(super) fn why_not(w: &Words, code: &str) -> &'static str {
    match code {
        "viewer" => w.drafts.viewer,
        "admins_table" => w.drafts.admins_table,
        "other_group" => w.drafts.other_group,
        "leaves_nobody" => w.drafts.leaves_nobody,
        "conflict" => w.drafts.conflicts,
        "problems" => w.drafts.problems,
        _ => "",
    }
}

pub(super) async fn act(
    visit: Visit,
    Path(id): Path<i64>,
    Form(form): Form<DraftForm>,
) -> Response {
    let draft = match find(&visit, id).await {
        Ok(draft) => draft,
        Err(error) => return visit.page(|_| Err(error)).await,
    };
    if let Some(number) = form.act.strip_prefix("drop-") {
        return drop_edit(visit, draft, number).await;
    }
    match &*form.act {
        "discard" => discard(visit, draft).await,
        "offer" => offer(visit, draft, form.reason).await,
        "mine" => take_mine(visit, draft).await,
        _ => apply(visit, draft, form).await,
    }
}

impl DraftForm {
    /// Of a form that has more fields than these.
    pub(super) fn of(fields: &Fields) -> Self {
        let value = |name| sent(fields, name).to_owned();
        Self {
            act: "apply".to_owned(),
            reason: value("reason"),
            planned_hash: value("planned_hash"),
            somebody_else: value("somebody_else"),
            nobody: value("nobody"),
        }
    }
}

async fn drop_edit(visit: Visit, mut draft: KeptDraft, number: &str) -> Response {
    let place = number
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    if let Some(place) = place.filter(|place| *place < draft.edits.len()) {
        draft.edits.remove(place);
    }
    kept(visit, draft).await
}

/// Bases the edits on the rows as they are now, which somebody has seen: their values count.
async fn take_mine(visit: Visit, mut draft: KeptDraft) -> Response {
    for edit in &mut draft.edits {
        edit.base = None;
    }
    match noted(&visit.desk, draft.edits.clone()).await {
        Ok(edits) => kept(visit, KeptDraft { edits, ..draft }).await,
        Err(refusal) => {
            visit
                .page(move |_| Err(PageError::Broken(refusal.into())))
                .await
        }
    }
}

async fn discard(visit: Visit, draft: KeptDraft) -> Response {
    let (id, revision) = (draft.row.id, draft.row.revision);
    let removed = visit
        .desk
        .filed(move |file| file.delete_draft(id, revision))
        .await;
    match removed {
        Ok(_) => Redirect::to("/drafts").into_response(),
        Err(error) => visit.page(|_| Err(error.into())).await,
    }
}

async fn offer(visit: Visit, mut draft: KeptDraft, reason: String) -> Response {
    draft.row.offered_at = Some(clock::now());
    draft.row.reason = Some(reason).filter(|reason| !reason.trim().is_empty());
    match draft.save(&visit.desk).await {
        Ok(_) => Redirect::to("/drafts?done=offered").into_response(),
        Err(error) => visit.page(|_| Err(error.into())).await,
    }
}

async fn apply(visit: Visit, draft: KeptDraft, form: DraftForm) -> Response {
    let w = visit.w;
    if !is_reason_enough(&draft.edits, &form.reason) {
        return show(visit, draft, Some(w.drafts.reason_short.to_owned())).await;
    }
    let figures = form
        .somebody_else
        .parse()
        .ok()
        .zip(form.nobody.parse().ok());
    let expected = figures.map(|(somebody_else, nobody)| SeenFigures {
        planned_hash: form.planned_hash,
        somebody_else,
        nobody,
    });
    let order = CommitOrder {
        edits: draft.edits.clone(),
        reason: form.reason,
        expected,
    };
    match commit_and_note(&visit.desk, &visit.user, order).await {
        Ok((_, committed)) => {
            let (id, revision) = (draft.row.id, draft.row.revision);
            let removed = visit
                .desk
                .filed(move |file| file.delete_draft(id, revision))
                .await;
            if let Err(error) = removed {
                tracing::error!(%error, "a draft that was applied is still there");
            }
            let done = match committed.state {
                CommitState::InForce => "in_force",
                CommitState::Held => "held",
                CommitState::Refused => "refused",
                CommitState::Waiting => "waiting",
            };
            Redirect::to(&format!("/drafts?done={done}")).into_response()
        }
        Err(refusal) => {
            let fault = refused(w, &refusal);
            show(visit, draft, Some(fault)).await
        }
    }
}

/// Begins a draft with edits, and leads to what they would do.
pub(super) async fn begin(visit: Visit, edits: Vec<EditJson>) -> Response {
    let parsed: Result<Vec<NotedEdit>, EditFault> = edits.iter().map(NotedEdit::parse).collect();
    keep_parsed(visit, parsed, "/drafts").await
}

/// The same of edits that have been parsed; some know the rows that they are based on.
pub(super) async fn keep(visit: Visit, edits: Vec<NotedEdit>) -> Response {
    match noted(&visit.desk, edits).await {
        Ok(edits) => {
            let draft = KeptDraft::new(&visit.desk, &visit.user, edits);
            kept(visit, draft).await
        }
        Err(refusal) => {
            visit
                .page(move |_| Err(PageError::Broken(refusal.into())))
                .await
        }
    }
}

/// The same of what a form has sent; where nothing differs, it leads back.
pub(super) async fn keep_parsed(
    visit: Visit,
    edits: Result<Vec<NotedEdit>, EditFault>,
    back: &str,
) -> Response {
    match edits {
        Ok(edits) if edits.is_empty() => Redirect::to(back).into_response(),
        Ok(edits) => keep(visit, edits).await,
        Err(fault) => {
            let said = fault_text(visit.w, &fault);
            visit.page(|_| Err(PageError::Unclear(said))).await
        }
    }
}

/// Applies edits that somebody has looked at; what cannot be applied stays a draft.
pub(super) async fn keep_and_apply(
    visit: Visit,
    edits: Vec<NotedEdit>,
    form: DraftForm,
) -> Response {
    let mut draft = KeptDraft::new(&visit.desk, &visit.user, edits);
    draft.row.reason = Some(form.reason.clone());
    match draft.save(&visit.desk).await {
        Ok(Some(draft)) => apply(visit, draft, form).await,
        Ok(None) => Redirect::to("/drafts").into_response(),
        Err(error) => visit.page(|_| Err(error.into())).await,
    }
}

async fn kept(visit: Visit, draft: KeptDraft) -> Response {
    match draft.save(&visit.desk).await {
        Ok(Some(draft)) => Redirect::to(&format!("/drafts/{}", draft.row.id)).into_response(),
        Ok(None) => Redirect::to("/drafts").into_response(),
        Err(error) => visit.page(|_| Err(error.into())).await,
    }
}
