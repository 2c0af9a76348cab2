//! `/changes`: what was edited, version by version: who, why, and which rows.

use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};
use routing::table::Table;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::calls::choose;
use super::draft_view::shown;
use super::drafts;
use super::layout::Tab;
use super::names::address;
use super::visit::{Page, PageError, Visit};
use crate::console::api::undo::inverse_of;
use crate::console::ask;
use crate::console::ask::AskError;
use crate::console::ask::changes::{ChangedVersion, ChangesQuestion, ChangesView};
use crate::console::words::{Words, day, day_and_time, number};
use crate::store::{Op, RowChange, StoreError};

/// Versions on a page.
const MAX_VERSIONS: u32 = 30;

/// Rows of a version that are shown.
const MAX_ROWS: usize = 20;

pub(super) async fn page(visit: Visit, Query(asked): Query<ChangesQuestion>) -> Response {
    let question = ChangesQuestion {
        limit: Some(MAX_VERSIONS),
        ..asked
    };
    let found = match ask::changes::changes(&visit.desk, &question).await {
        Err(AskError::Store(StoreError::NoJournal { .. })) => Ok(ChangesView::default()),
        found => found,
    };
    visit
        .page(move |visit| Ok(show(visit, &question, &found?)))
        .await
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

fn show(visit: &Visit, asked: &ChangesQuestion, found: &ChangesView) -> Page {
    let w = visit.w;
    let is_narrowed = asked.is_filtered() || !asked.since.is_empty() || !asked.until.is_empty();
    let date = |one: &ChangedVersion| visit.local(one.version.at).date();
    let body = html! {
        div.lead { h1 { (w.changes.title) } }
        (filters(w, asked))
        @if found.versions.is_empty() {
            p.card.pad { (if is_narrowed { w.changes.none_like } else { w.changes.none }) }
        }
        @for versions in found.versions.chunk_by(|one, next| date(one) == date(next)) {
            @if let Some(first) = versions.first() { h2.day { (day(w, date(first))) } }
            ol.cards { @for one in versions { (version_card(visit, one, asked.is_filtered())) } }
        }
        @if let Some(after) = found.after { div.row { a.btn href=(next_page(asked, after)) { (w.people.next) } } }
    };
    Page {
        title: w.changes.title.to_owned(),
        tab: Tab::Changes,
        body,
    }
}

fn next_page(asked: &ChangesQuestion, after: i64) -> String {
    let after = after.to_string();
    let query = [
        ("since", &*asked.since),
        ("until", &asked.until),
        ("actor", &asked.actor),
        ("table", &asked.table),
        ("key", &asked.key),
        ("q", &asked.q),
        ("after", &after),
    ];
    address("/changes", &query)
}

fn filters(w: &Words, asked: &ChangesQuestion) -> Markup {
    let c = &w.changes;
    let tables = Table::ALL.map(|table| (table.name().to_owned(), table.name().to_owned()));
    html! {
        form.filters.card.pad method="get" action="/changes" data-live="#live" {
            div.field { label for="since" { (c.since) } input.in #since type="date" name="since" value=(asked.since); }
            div.field { label for="until" { (c.until) } input.in #until type="date" name="until" value=(asked.until); }
            div.field { label for="actor" { (c.actor) } input.in #actor name="actor" value=(asked.actor) autocomplete="off"; }
            (choose("table", c.table, w.calls.any, &tables, &asked.table))
            @if !asked.key.is_empty() { div.field { label for="key" { (c.key) } input.in #key name="key" value=(asked.key) autocomplete="off"; } }
            div.field { label for="q" { (c.text) } input.in #q type="search" name="q" value=(asked.q) autocomplete="off"; }
            noscript { button.btn { (w.calls.find) } }
        }
    }
}

fn version_card(visit: &Visit, one: &ChangedVersion, is_filtered: bool) -> Markup {
    let (w, version) = (visit.w, &one.version);
    let note = one.rows.iter().find_map(|change| change.note.as_ref());
    let actor = note
        .map(|note| &*note.actor)
        .filter(|actor| *actor != "unknown");
    let reason = note.and_then(|note| note.reason.as_deref());
    let all = usize::try_from(version.changes).unwrap_or(0);
    let shown = one.rows.len().min(MAX_ROWS);
    let more = all.saturating_sub(shown);
    let calls = one
        .calls
        .and_then(|calls| usize::try_from(calls.somebody_else).ok());
    let calls = calls.filter(|calls| *calls > 0);
    html! {
        li.card.pad.stack {
            div.row.spread {
                h3 { (w_version(w, version.number)) " · " (actor.unwrap_or(w.changes.unknown)) }
                span.muted.small.num { (day_and_time(w, visit.local(version.at))) " · " ((w.changes.rows)(&number(w, all))) }
            }
            form.stack.once method="post" action="/changes" {
                div.row.spread {
                    p {
                        (reason.unwrap_or(w.changes.no_reason))
                        @if let Some(calls) = calls { br; span.muted.small { ((w.changes.calls)(&number(w, calls))) } }
                    }
                    @if !one.rows.is_empty() { button.btn name="change" value=(version.number) { (w.forms.undo) } }
                }
                @if !one.rows.is_empty() {
                    details open[is_filtered] {
                        summary { ((w.changes.rows)(&number(w, all))) }
                        ul.in-details.small {
                            @for change in one.rows.iter().take(MAX_ROWS) { (row(w, change, all > 1)) }
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
            b.{ (class) } { (done) } " " a href=(of_row(change)) { (change.table) " " (change.key) }
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

/// All that has become of the same row.
fn of_row(change: &RowChange) -> String {
    address(
        "/changes",
        &[("table", &change.table), ("key", &change.key)],
    )
}

fn image(text: Option<&str>) -> Map<String, Value> {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}
