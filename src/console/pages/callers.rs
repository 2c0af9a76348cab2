//! `/callers`: known callers, by number, a page at a time; a search by number, name, owner or tag.

use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};
use routing::snapshot::Snapshot;
use routing::table::Table;
use serde::Deserialize;
use serde_json::Value;

use super::layout::Tab;
use super::names::{address, row_address};
use super::visit::{Page, PageError, Visit};
use crate::console::api::EXPORT_CALLERS;
use crate::console::ask::given;
use crate::console::words::{Words, hotline};
use crate::exchange::{Image, Row, image_of};
use crate::store::callers_page;

/// Callers on a page.
const PAGE: u32 = 50;

/// What an address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CallersAddress {
    q: String,
    /// The number of the last caller that was seen.
    after: String,
}

pub(super) async fn page(visit: Visit, Query(asked): Query<CallersAddress>) -> Response {
    let (wanted, after) = (asked.q.trim().to_owned(), asked.after.clone());
    let read = visit.desk.work_on(async move |desk| {
        let rules = &desk.database.rules;
        // One more, to see whether there are more.
        callers_page(rules, given(&wanted), &after, PAGE + 1).await
    });
    let rows = read.await.map_err(PageError::from);
    visit
        .page(move |visit| Ok(list(visit, &asked, &rows??)))
        .await
}

fn list(visit: &Visit, asked: &CallersAddress, rows: &[Row]) -> Page {
    let w = visit.w;
    let served = visit.desk.live.served();
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let images = rows
        .iter()
        .take(most)
        .map(|row| image_of(Table::Callers, row));
    let images: Vec<Image> = images.collect();
    let next = images.last().filter(|_| rows.len() > most).map(|last| {
        let after = text(last, "number");
        address("/callers", &[("q", &asked.q), ("after", &after)])
    });
    let body = html! {
        div.lead { h1 { (w.tab_callers) } }
        div.row {
            a.btn.main href="/callers/new" { (w.forms.add_caller) }
            a.btn href="/callers/import" { (w.forms.import) }
            a.btn href=(EXPORT_CALLERS) download="callers.csv" { (w.forms.export) }
        }
        form.row method="get" action="/callers" data-live="#live" role="search" {
            div.field {
                label for="q" { (w.people.search_callers) }
                input.in #q name="q" type="search" value=(asked.q) autocomplete="off";
            }
            noscript { button.btn { (w.people.find) } }
        }
        @if images.is_empty() { p.card.pad { (w.people.none) } }
        ul.cards { @for image in &images { (card(w, &served.snapshot, image)) } }
        @if let Some(next) = next { p { a.btn href=(next) { (w.people.next) } } }
    };
    Page {
        title: w.tab_callers.to_owned(),
        tab: Tab::Callers,
        body,
    }
}

fn text(image: &Image, column: &str) -> String {
    match image.get(column) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

fn card(w: &Words, snapshot: &Snapshot, image: &Image) -> Markup {
    let (number, name, owner) = (
        text(image, "number"),
        text(image, "name"),
        text(image, "owner_id"),
    );
    let agent = snapshot
        .agent(&owner)
        .and_then(|agent| snapshot.agents.get(agent));
    let tags = text(image, "tags");
    let expires = text(image, "expires_on");
    html! {
        li.card.line.person {
            a.pick href=(row_address("/callers", &number)) {
                (if name.is_empty() { hotline(&number) } else { name.clone() })
                br; span.muted.small.num { (hotline(&number)) }
            }
            div.row.spread {
                span.row { @for tag in tags.split(',').filter(|tag| !tag.trim().is_empty()) { span.tag { (tag.trim()) } } }
                span.muted {
                    @if let Some(agent) = agent { (w.people.owner) ": " (agent.name) }
                    @if !expires.is_empty() { " · " (w.people.until) " " (expires) }
                }
            }
        }
    }
}
