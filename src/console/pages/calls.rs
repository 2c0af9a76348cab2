//! `/calls` and `/calls/{id}`: what was answered, from the journal, and why.

use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use routing::call::Call;
use routing::moment::Moment;
use routing::number::Number;
use routing::route::Router;
use routing::snapshot::Snapshot;
use routing::tickets::FirstTicket;
use serde::Deserialize;

use super::layout::Tab;
use super::names::{ShortNames, address};
use super::rule_tests::{TestCall, keep_as_test};
use super::visit::{Page, PageError, Visit};
use super::why::WhyView;
use crate::console::api::asked_rules::AskedRules;
use crate::console::ask;
use crate::console::ask::AskError;
use crate::console::ask::calls::{CallsQuestion, CallsView};
use crate::console::words::{Words, day_and_time, hotline};
use crate::store::{DecisionRow, StoreError};

/// More are typed.
const MAX_OPTIONS: usize = 50;

/// What there is; `None`: no journal yet.
fn found(read: Result<CallsView, AskError>) -> Result<Option<CallsView>, AskError> {
    match read {
        Err(AskError::Store(StoreError::NoJournal { .. })) => Ok(None),
        Ok(found) => Ok(Some(found)),
        Err(error) => Err(error),
    }
}

pub(super) async fn page(visit: Visit, Query(asked): Query<CallsQuestion>) -> Response {
    let read = found(ask::calls::calls(&visit.desk, &asked).await);
    visit
        .page(move |visit| Ok(list(visit, &asked, read?.as_ref())))
        .await
}

fn list(visit: &Visit, asked: &CallsQuestion, found: Option<&CallsView>) -> Page {
    let w = visit.w;
    let served = visit.desk.live.served();
    let names = ShortNames::of(&served.snapshot);
    let body = html! {
        div.lead { h1 { (w.calls.title) } }
        (filters(w, &served.snapshot, asked))
        @match found {
            None => p.card.pad { (w.calls.no_journal) },
            Some(found) if found.answers.is_empty() => p.card.pad { (w.calls.none) },
            Some(found) => {
                ol.cards.calls {
                    @for answers in found.answers.chunk_by(|one, other| one.call_id == other.call_id) {
                        (call_card(visit, &served.snapshot, &names, answers))
                    }
                }
                @if let Some(before) = &found.before {
                    div.row { a.btn href=(next_page(asked, before)) { (w.people.next) } }
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

fn next_page(asked: &CallsQuestion, before: &str) -> String {
    let query = [
        ("from", &*asked.from),
        ("to", before),
        ("caller", &asked.caller),
        ("agent", &asked.agent),
        ("queue", &asked.queue),
        ("rule", &asked.rule),
        ("outcome", &asked.outcome),
    ];
    address("/calls", &query)
}

fn filters(w: &Words, snapshot: &Snapshot, asked: &CallsQuestion) -> Markup {
    let c = &w.calls;
    let outcomes = [
        ("rule", c.by_rule),
        ("fallback", c.fallback),
        ("nobody", c.nobody),
        ("blocked", c.blocked),
    ];
    let outcomes = outcomes.map(|(value, name)| (value.to_owned(), name.to_owned()));
    let queues = snapshot.queue_names.iter();
    let mut queues: Vec<(String, String)> = queues
        .map(|(id, name)| (id.to_string(), name.to_string()))
        .collect();
    queues.sort_unstable();
    let rules = snapshot.rules.iter();
    let rules: Vec<(String, String)> = rules
        .map(|(_, rule)| (rule.id.to_string(), rule.name.to_string()))
        .collect();
    // A time is where a page before this one has ended.
    let to = asked.to.split('T').next().unwrap_or_default();
    html! {
        form.filters.card.pad method="get" action="/calls" data-live="#live" {
            div.field { label for="from" { (c.from) } input.in #from type="date" name="from" value=(asked.from); }
            div.field { label for="to" { (c.to) } input.in #to type="date" name="to" value=(to); }
            div.field { label for="caller" { (c.caller) } input.in #caller name="caller" value=(asked.caller) inputmode="tel" autocomplete="off"; }
            div.field { label for="agent" { (c.agent) } input.in #agent name="agent" value=(asked.agent) autocomplete="off"; }
            (choose("outcome", c.outcome, c.any, &outcomes, &asked.outcome))
            (choose("rule", w.rules.rule, c.any, &rules, &asked.rule))
            @if queues.len() > 1 { (choose("queue", w.edits.queue, c.any, &queues, &asked.queue)) }
            noscript { button.btn { (c.find) } }
        }
    }
}

/// A list to choose from; of more than one looks through, the value is typed.
pub(super) fn choose(
    name: &str,
    label: &str,
    any: &str,
    options: &[(String, String)],
    chosen: &str,
) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            @if options.len() > MAX_OPTIONS {
                input.in #(name) name=(name) value=(chosen) autocomplete="off";
            } @else {
                select.in #(name) name=(name) {
                    option value="" { (any) }
                    @for (value, said) in options { option value=(value) selected[*value == *chosen] { (said) } }
                }
            }
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

/// By which rules a call is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Those that answered it.
    Then,
    Now,
    /// As the draft would make them that the user changed last.
    Draft(i64),
}

/// What an address of a call says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CallAddress {
    by: String,
}

/// The rules by which a call is asked again.
struct CallRules {
    by: By,
    rules: AskedRules,
    /// The draft that could be asked as well.
    draft: Option<i64>,
    is_kept: bool,
}

pub(super) async fn one(
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<CallAddress>,
) -> Response {
    let shown = match found(ask::calls::call(&visit.desk, id).await) {
        Ok(Some(found)) if !found.answers.is_empty() => {
            let rules = rules_for(&visit, &found, &asked.by).await;
            rules.map(|rules| (found, rules))
        }
        Ok(_) => Err(PageError::Missing),
        Err(error) => Err(error.into()),
    };
    visit
        .page(move |visit| {
            let (found, rules) = shown?;
            call_page(visit, &found.answers, &rules)
        })
        .await
}

async fn rules_for(visit: &Visit, found: &CallsView, by: &str) -> Result<CallRules, PageError> {
    let desk = &visit.desk;
    let of_visit = visit.clone();
    let draft = desk.work(move |_| of_visit.draft()).await?;
    let draft = draft.map(|draft| draft.id);
    let hash = found.answers.first().map_or("", |first| &first.rules_hash);
    let then = AskedRules::of_hash(desk, hash).await;
    let is_kept = then.is_ok();
    let (by, rules) = match (by, draft, then) {
        ("draft", Some(id), _) => {
            let rules = AskedRules::with_draft(desk, &visit.user, Some(id)).await?;
            (By::Draft(id), rules)
        }
        ("now", _, _) | (_, _, Err(_)) => (By::Now, AskedRules::in_force(desk)),
        (_, _, Ok(rules)) => (By::Then, rules),
    };
    Ok(CallRules {
        by,
        rules,
        draft,
        is_kept,
    })
}

fn call_page(visit: &Visit, answers: &[DecisionRow], rules: &CallRules) -> Result<Page, PageError> {
    let w = visit.w;
    let first = answers.first().ok_or(PageError::Missing)?;
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let names = ShortNames::of(snapshot);
    let from = first.from.as_deref().map(hotline);
    let taken_by = answers.iter().find_map(|row| row.taken_by.as_deref());
    let taken_by = taken_by.map(|id| match snapshot.agent(id) {
        Some(agent) => names.agent(agent),
        None => id.to_owned(),
    });
    let body = html! {
        div.stack.narrow {
            a.back-link href="/calls" { (w.calls.back) }
            div.lead {
                h1.num { (from.as_deref().unwrap_or(w.calls.anonymous)) }
                p.muted { (day_and_time(w, visit.local(first.first_at))) " · " (line(snapshot, first)) }
            }
            section.card.pad.stack {
                h2 { (w.calls.answers) }
                ol.plain-list.stack {
                    @for row in answers {
                        li.stack {
                            div.row.spread {
                                span { (outcome(w, row)) " " ((w.calls.waited)(row.waited.into())) }
                                span.muted.small.num { (visit.local(row.first_at).strftime("%H:%M:%S")) " · " ((w.calls.asks)(row.asks)) " · " (w.calls.version) " " (row.version) }
                            }
                            p { (people(snapshot, &names, row)) }
                        }
                    }
                }
                @if let Some(taken_by) = taken_by { p { span.tag.rung { (w.calls.taken_by) } " " b { (taken_by) } } }
            }
            (why(visit, rules, first))
        }
    };
    Ok(Page {
        title: w.calls.title.to_owned(),
        tab: Tab::Calls,
        body,
    })
}

/// The call, asked again at its first moment.
fn why(visit: &Visit, rules: &CallRules, row: &DecisionRow) -> Markup {
    let w = visit.w;
    let snapshot = rules.rules.snapshot();
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
    let names = ShortNames::of(snapshot);
    let view = WhyView {
        w,
        names: &names,
        explanation: &explanation,
    };
    let local = visit.local(row.first_at);
    let name = match row.from.as_deref() {
        Some(from) => hotline(from),
        None => w.calls.anonymous.to_owned(),
    };
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
                h2 #why { (w.board.why) }
                @if !is_masked { (by_which(w, rules, row)) }
                p.small.muted { (w.calls.why_hint) }
                @if !is_masked && rules.by == By::Now { (keep_as_test(w, &test)) }
            }
            @if is_masked { p.pad { (w.calls.masked) } } @else { (view.show()) }
        }
    }
}

/// The rules that can be asked, each a link.
fn by_which(w: &Words, rules: &CallRules, row: &DecisionRow) -> Markup {
    let version = (w.calls.by_version)(row.version);
    let draft = rules.draft.map(|id| (w.calls.by_draft)(id));
    let draft = draft.as_deref().unwrap_or_default();
    let ways = [
        ("then", &*version, rules.by == By::Then, rules.is_kept),
        ("now", w.calls.by_now, rules.by == By::Now, true),
        (
            "draft",
            draft,
            matches!(rules.by, By::Draft(_)),
            rules.draft.is_some(),
        ),
    ];
    html! {
        nav.row.chips aria-label=(w.calls.by_rules) {
            @for (by, name, is_chosen, is_there) in ways {
                @if is_there { a.btn href={ "?by=" (by) } data-swap="#live" aria-current=[is_chosen.then_some("true")] { (name) } }
            }
        }
        @if !rules.is_kept { p.small { (w.calls.not_kept) } }
    }
}
