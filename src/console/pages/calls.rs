//! `/calls` and `/calls/{id}`: what was answered, from the journal, and why by the rules of now.

use std::path::PathBuf;

use axum::extract::{Path, Query};
use axum::response::Response;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use maud::{Markup, html};
use routing::call::Call;
use routing::moment::Moment;
use routing::number::Number;
use routing::route::Router;
use routing::snapshot::Snapshot;
use routing::tickets::FirstTicket;
use serde::Deserialize;

use super::layout::Tab;
use super::names::ShortNames;
use super::rule_tests::{TestCall, keep_as_test};
use super::visit::{Page, PageError, Visit};
use super::why::WhyView;
use crate::console::words::{Words, day_and_time, hotline};
use crate::store::{DecisionQuery, DecisionRow, JOURNAL_FILE, JournalFile, StoreError};

/// Calls on a page.
const PAGE: usize = 50;

/// What an address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CallsAddress {
    from: String,
    to: String,
    caller: String,
    agent: String,
}

/// What the journal says; `None`: there is none yet.
async fn read(visit: &Visit, query: &DecisionQuery) -> Result<Option<Vec<DecisionRow>>, PageError> {
    let path: PathBuf = visit.desk.database.state.join(JOURNAL_FILE);
    let mut journal = match JournalFile::open_to_read(&path).await {
        Err(StoreError::NoJournal { .. }) => return Ok(None),
        opened => opened?,
    };
    let rows = journal.decisions(query).await?;
    journal.close().await?;
    Ok(Some(rows))
}

pub(super) async fn page(visit: Visit, Query(asked): Query<CallsAddress>) -> Response {
    let query = query(&visit, &asked);
    let rows = read(&visit, &query).await;
    visit
        .page(move |visit| Ok(list(visit, &asked, rows?.as_deref())))
        .await
}

fn query(visit: &Visit, asked: &CallsAddress) -> DecisionQuery {
    let served = visit.desk.live.served();
    let settings = &served.snapshot.settings;
    let midnight = |text: &str, days: i64| -> Option<Timestamp> {
        let date: Date = text.parse().ok()?;
        let date = date.checked_add(days.days()).ok()?;
        settings.time_zone.to_timestamp(date.at(0, 0, 0, 0)).ok()
    };
    let caller = asked.caller.trim();
    let known = Number::from_table(caller, &settings.country_code);
    let callers = known.map(|number| vec![caller.to_owned(), number.as_str().to_owned()]);
    DecisionQuery {
        from: midnight(&asked.from, 0),
        to: midnight(&asked.to, 1),
        callers: callers.filter(|_| !caller.is_empty()).unwrap_or_default(),
        agent: Some(asked.agent.trim().to_owned()).filter(|agent| !agent.is_empty()),
        calls: Some(PAGE),
        ..DecisionQuery::default()
    }
}

fn list(visit: &Visit, asked: &CallsAddress, rows: Option<&[DecisionRow]>) -> Page {
    let w = visit.w;
    let served = visit.desk.live.served();
    let names = ShortNames::of(&served.snapshot);
    let body = html! {
        div.lead { h1 { (w.calls.title) } }
        (filters(w, asked))
        @match rows {
            None => p.card.pad { (w.calls.no_journal) },
            Some([]) => p.card.pad { (w.calls.none) },
            Some(rows) => {
                ol.cards.calls {
                    @for answers in rows.chunk_by(|one, other| one.call_id == other.call_id) {
                        (call_card(visit, &served.snapshot, &names, answers))
                    }
                }
            },
        }
    };
    Page {
        title: w.calls.title.to_owned(),
        tab: Tab::Calls,
        body,
    }
}

fn filters(w: &Words, asked: &CallsAddress) -> Markup {
    html! {
        form.row.card.pad method="get" action="/calls" data-live="#live" {
            div.field { label for="from" { (w.calls.from) } input.in #from type="date" name="from" value=(asked.from); }
            div.field { label for="to" { (w.calls.to) } input.in #to type="date" name="to" value=(asked.to); }
            div.field { label for="caller" { (w.calls.caller) } input.in #caller name="caller" value=(asked.caller) inputmode="tel" autocomplete="off"; }
            div.field { label for="agent" { (w.calls.agent) } input.in #agent name="agent" value=(asked.agent) autocomplete="off"; }
            noscript { button.btn { (w.calls.find) } }
        }
    }
}

/// A call with its last answer: rows come with the newest first.
fn call_card(
    visit: &Visit,
    snapshot: &Snapshot,
    names: &ShortNames<'_>,
    answers: &[DecisionRow],
) -> Markup {
    let w = visit.w;
    let Some(last) = answers.first() else {
        return html! {};
    };
    let from = last.from.as_deref().map(hotline);
    let id =
        percent_encoding::utf8_percent_encode(&last.call_id, percent_encoding::NON_ALPHANUMERIC);
    html! {
        li.card.line {
            a.pick href={ "/calls/" (id) } {
                span.num { (from.as_deref().unwrap_or(w.calls.anonymous)) }
                br; span.muted.small { (day_and_time(w, visit.local(last.first_at))) }
            }
            div {
                p { (outcome(w, last)) " " span.muted { (line(snapshot, last)) } }
                p.small { (people(snapshot, names, last)) }
            }
        }
    }
}

fn outcome(w: &Words, row: &DecisionRow) -> Markup {
    let (class, said) = match &*row.outcome {
        "rule" => ("rung", row.rule.as_deref().unwrap_or(w.calls.by_rule)),
        "blocked" => ("", w.calls.blocked),
        "fallback" => ("fallback", w.calls.fallback),
        _ => ("nobody", w.calls.nobody),
    };
    html! { span.tag.{ (class) } { (said) } }
}

/// Which hotline and queue a call came in by.
fn line(snapshot: &Snapshot, row: &DecisionRow) -> String {
    let to = row.to.as_deref().unwrap_or_default();
    let to = snapshot
        .hotline_name(to)
        .map_or_else(|| hotline(to), str::to_owned);
    let queue = snapshot.queue_names.get(&*row.queue_id);
    let queue = queue.map_or(&*row.queue_id, |name| name);
    if to.is_empty() {
        queue.to_owned()
    } else {
        format!("{to} · {queue}")
    }
}

/// Who was offered, in order, by the names that they have now.
fn people(snapshot: &Snapshot, names: &ShortNames<'_>, row: &DecisionRow) -> String {
    let offered: Vec<serde_json::Value> = serde_json::from_str(&row.agents).unwrap_or_default();
    let name = |offer: &serde_json::Value| {
        let id = offer.get(0)?.as_str()?;
        let agent = snapshot.agent(id).map(|agent| names.agent(agent));
        Some(agent.unwrap_or_else(|| id.to_owned()))
    };
    let names: Vec<String> = offered.iter().filter_map(name).collect();
    names.join(" → ")
}

pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    let query = DecisionQuery {
        call_id: Some(id),
        ..DecisionQuery::default()
    };
    let rows = read(&visit, &query).await;
    visit.page(move |visit| call_page(visit, rows?)).await
}

fn call_page(visit: &Visit, rows: Option<Vec<DecisionRow>>) -> Result<Page, PageError> {
    let w = visit.w;
    let mut rows = rows.unwrap_or_default();
    rows.reverse();
    let first = rows.first().ok_or(PageError::Missing)?;
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let names = ShortNames::of(snapshot);
    let from = first.from.as_deref().map(hotline);
    let body = html! {
        div.stack.narrow {
            a.back-link href="/calls" { (w.calls.back) }
            div.lead {
                h1.num { (from.as_deref().unwrap_or(w.calls.anonymous)) }
                p.muted { (day_and_time(w, visit.local(first.first_at))) " · " (line(snapshot, first)) }
            }
            section.card.pad.stack {
                h2 { (w.calls.answers) }
                ol.plain {
                    @for row in &rows {
                        li.stack {
                            div.row.spread {
                                span { (outcome(w, row)) " " ((w.calls.waited)(row.waited.into())) }
                                span.muted.small.num { (visit.local(row.first_at).strftime("%H:%M:%S")) " · " ((w.calls.asks)(row.asks)) " · " (w.calls.version) " " (row.version) }
                            }
                            p { (people(snapshot, &names, row)) }
                        }
                    }
                }
            }
            (why(visit, snapshot, &names, first))
        }
    };
    Ok(Page {
        title: w.calls.title.to_owned(),
        tab: Tab::Calls,
        body,
    })
}

/// The call, asked again at its first moment.
fn why(visit: &Visit, snapshot: &Snapshot, names: &ShortNames<'_>, row: &DecisionRow) -> Markup {
    let w = visit.w;
    let is_masked = row
        .from
        .as_deref()
        .is_some_and(|from| from.starts_with('…'));
    let country = &snapshot.settings.country_code;
    let number = |text: &Option<String>| {
        let text = text.as_deref()?;
        Number::from_wire(text, country).map(Number::into_owned)
    };
    let call = Call {
        queue_id: &row.queue_id,
        call_id: &row.call_id,
        from: number(&row.from),
        to: number(&row.to),
    };
    let moment = Moment::of(snapshot, row.first_at);
    let mut router = Router::new(snapshot, &moment);
    let explanation = router.explain(&call, row.waited, &mut FirstTicket);
    let view = WhyView {
        w,
        names,
        explanation: &explanation,
    };
    let local = visit.local(row.first_at);
    let name = row
        .from
        .as_deref()
        .map_or_else(|| w.calls.anonymous.to_owned(), hotline);
    let test = TestCall {
        name: &format!("{name}, {}", day_and_time(w, local)),
        queue_id: &row.queue_id,
        from: row.from.as_deref().unwrap_or_default(),
        to: row.to.as_deref().unwrap_or_default(),
        at: local,
        waited: row.waited,
    };
    html! {
        section.card.why.plain aria-labelledby="why" {
            header {
                h2 #why { (w.calls.why) } p.small.muted { (w.calls.why_hint) }
                @if !is_masked { (keep_as_test(w, &test)) }
            }
            @if is_masked { p.pad { (w.calls.masked) } } @else { (view.show()) }
        }
    }
}
