//! `/changes`: what was edited, version by version: who, why, and which rows.

use axum::Form;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::draft_view::shown;
use super::drafts;
use super::layout::Tab;
use super::visit::{Page, PageError, Visit};
use crate::console::api::undo::inverse_of;
use crate::console::words::{Words, day_and_time, number};
use crate::store::{ChangeQuery, JOURNAL_FILE, JournalFile, Op, RowChange, StoreError, VersionRow};

/// Versions on a page.
const MAX_VERSIONS: u32 = 30;

/// Rows of a version that are shown.
const MAX_ROWS: u32 = 20;

/// A version with the first of its rows.
struct VersionRows {
    version: VersionRow,
    changes: Vec<RowChange>,
}

pub(super) async fn page(visit: Visit) -> Response {
    let versions = read(&visit).await;
    visit.page(move |visit| Ok(show(visit, &versions?))).await
}

async fn read(visit: &Visit) -> Result<Vec<VersionRows>, PageError> {
    let path = visit.desk.database.state.join(JOURNAL_FILE);
    let mut journal = match JournalFile::open_to_read(&path).await {
        Err(StoreError::NoJournal { .. }) => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut all = Vec::new();
    for version in journal.versions(None, None, Some(MAX_VERSIONS)).await? {
        let query = ChangeQuery {
            limit: Some(MAX_ROWS),
            ..ChangeQuery::of(version.number)
        };
        let changes = journal.changes(&query).await?;
        all.push(VersionRows { version, changes });
    }
    journal.close().await?;
    Ok(all)
}

/// Which version, or which change of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UndoForm {
    change: String,
}

/// Begins a draft that takes it back.
pub(super) async fn undo(visit: Visit, Form(UndoForm { change }): Form<UndoForm>) -> Response {
    match inverse_of(&visit.desk, &[change]).await {
        Ok(edits) => drafts::keep(visit, edits).await,
        Err(error) if error.code == "moved_on" => {
            let said = visit.w.forms.moved_on.to_owned();
            visit.page(|_| Err(PageError::Unclear(said))).await
        }
        Err(error) => visit.page(|_| Err(error.into())).await,
    }
}

fn show(visit: &Visit, versions: &[VersionRows]) -> Page {
    let w = visit.w;
    let body = html! {
        div.lead { h1 { (w.changes.title) } }
        @if versions.is_empty() { p.card.pad { (w.changes.none) } }
        ol.cards { @for one in versions { (version_card(visit, one)) } }
    };
    Page {
        title: w.changes.title.to_owned(),
        tab: Tab::Changes,
        body,
    }
}

fn version_card(visit: &Visit, one: &VersionRows) -> Markup {
    let (w, version) = (visit.w, &one.version);
    let note = one.changes.iter().find_map(|change| change.note.as_ref());
    let actor = note
        .map(|note| &*note.actor)
        .filter(|actor| *actor != "unknown");
    let reason = note.and_then(|note| note.reason.as_deref());
    let all = usize::try_from(version.changes).unwrap_or(0);
    let more = all.saturating_sub(one.changes.len());
    html! {
        li.card.pad.stack {
            div.row.spread {
                h2 { (w_version(w, version.number)) " · " (actor.unwrap_or(w.changes.unknown)) }
                span.muted.small.num { (day_and_time(w, visit.local(version.at))) " · " ((w.changes.rows)(&number(w, all))) }
            }
            form.stack.once method="post" action="/changes" {
            div.row.spread {
                p { (reason.unwrap_or(w.changes.no_reason)) }
                @if !one.changes.is_empty() { button.btn name="change" value=(version.number) { (w.forms.undo) } }
            }
            @if !one.changes.is_empty() {
                details {
                    summary { ((w.changes.rows)(&number(w, all))) }
                    ul.in-details.small {
                        @for change in &one.changes { (row(w, change, one.changes.len() > 1)) }
                        @if more > 0 { li.muted { ((w.changes.more_rows)(&number(w, more))) } }
                    }
                }
            }
            }
        }
    }
}

fn w_version(w: &Words, number: i64) -> String {
    (w.version)(number.unsigned_abs())
}

/// A row and the columns that differ, from what to what.
fn row(w: &Words, change: &RowChange, is_one_of_several: bool) -> Markup {
    let (class, done) = match change.op {
        Op::Insert => ("plus", w.changes.added),
        Op::Update => ("", w.changes.changed),
        Op::Delete => ("minus", w.changes.removed),
    };
    let (before, after) = (
        image(change.before.as_deref()),
        image(change.after.as_deref()),
    );
    html! {
        li {
            b.{ (class) } { (done) } " " b { (change.table) " " (change.key) }
            @match change.op {
                Op::Update => {
                    @for (column, new) in &after {
                        @let old = before.get(column).unwrap_or(&Value::Null);
                        @if old != new { " · " (column) ": " (shown(old)) " → " (shown(new)) }
                    }
                },
                Op::Insert | Op::Delete => {
                    @for (column, value) in after.iter().chain(&before) {
                        @if !value.is_null() { " · " (column) ": " (shown(value)) }
                    }
                },
            }
            @if is_one_of_several {
                " " button.link name="change" value={ (change.version) "." (change.number) } { (w.forms.undo) }
            }
        }
    }
}

fn image(text: Option<&str>) -> Map<String, Value> {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}
