//! `/tests`: calls whose answers are expected, and whether the rules give them.

use std::collections::HashMap;

use axum::Form;
use axum::response::Response;
use jiff::civil::DateTime;
use maud::{Markup, html};
use routing::call::Call;
use routing::moment::Moment;
use routing::number::Number;
use routing::route::Router;
use routing::rule_test::RuleTest;
use routing::snapshot::Snapshot;
use routing::table::Table;
use routing::tickets::FirstTicket;

use super::drafts;
use super::layout::Tab;
use super::preview_view::answer;
use super::rule_edit::rows;
use super::rule_form::choice;
use super::sheet::{Fields, RowSheet, SheetForm, SheetRow, Typed, sent};
use super::visit::{Page, PageError, Visit};
use crate::console::ask::parse_time;
use crate::console::draft::commit::NotCommitted;
use crate::console::draft::edit::EditOp;
use crate::console::draft::preview::TestResult;
use crate::console::draft::trial::tried;
use crate::console::words::{Words, day_and_time, hotline, number};
use crate::exchange::Image;

/// Of more tests the first are shown, those that fail before the others.
const MAX_SHOWN: usize = 200;

/// The tests that fail by now.
async fn failed(visit: &Visit) -> Result<HashMap<i64, TestResult>, NotCommitted> {
    let (_, tried) = tried(&visit.desk, &visit.user, Vec::new(), false).await?;
    let failed = tried.preview.tests.failed.into_iter();
    Ok(failed.map(|test| (test.id, test)).collect())
}

pub(super) async fn page(visit: Visit) -> Response {
    let failed = failed(&visit).await;
    visit
        .page(move |visit| {
            let failed = failed.map_err(|refusal| PageError::Broken(refusal.into()))?;
            Ok(show(visit, &failed))
        })
        .await
}

fn show(visit: &Visit, failed: &HashMap<i64, TestResult>) -> Page {
    let (w, t) = (visit.w, &visit.w.tests);
    let served = visit.desk.live.served();
    let mut tests: Vec<&RuleTest> = served.snapshot.tests.iter().collect();
    tests.sort_by_key(|test| !failed.contains_key(&test.id));
    let (all, passed) = (tests.len(), tests.len().saturating_sub(failed.len()));
    let body = html! {
        div.lead { h1 { (w.edits.tests) } p.muted { ((w.drafts.tests_pass)(passed, all)) } }
        p.muted { (t.hint) }
        form.stack.once method="post" action="/tests" {
            @if !failed.is_empty() { div.row { button.btn.main name="do" value="take" { (t.take_all) } } }
            @if tests.is_empty() { p.card.pad { (t.none) } }
            ul.cards { @for test in tests.iter().take(MAX_SHOWN) { (card(visit, test, failed.get(&test.id))) } }
            @if all > MAX_SHOWN { p.muted { ((w.problems.and_more)(&number(w, all - MAX_SHOWN))) } }
        }
        (add_form(visit, &served.snapshot))
    };
    Page {
        title: w.edits.tests.to_owned(),
        tab: Tab::Rules,
        body,
    }
}

fn card(visit: &Visit, test: &RuleTest, failure: Option<&TestResult>) -> Markup {
    let (w, t) = (visit.w, &visit.w.tests);
    let agents = test.expect_agents.as_ref().map(ToString::to_string);
    let said = |number: &Option<Box<str>>, none: &str| {
        number.as_deref().map_or_else(|| none.to_owned(), hotline)
    };
    html! {
        li.card.pad.row.spread {
            div {
                p { b { (test.name) } " "
                    @if failure.is_some() { span.tag.nobody { (t.fails) } } @else { span.tag.rung { (t.passes) } }
                }
                p.small.muted {
                    (test.queue_id) " · " (said(&test.from_number, w.calls.anonymous)) " → " (said(&test.to_number, w.board.any_hotline))
                    " · " (day_and_time(w, visit.local(test.at))) " · " ((w.calls.waited)(test.waited.into()))
                }
                p.small { (w.drafts.expected) " " (answer(test.expect_rule.as_deref(), agents.as_deref())) }
                @if let Some(failure) = failure {
                    p.small.err { (w.drafts.got) " " (answer(failure.got.rule.as_deref(), failure.got.agents.as_deref())) }
                }
            }
            span.row {
                @if failure.is_some() { button.btn name="do" value={ "take-" (test.id) } { (t.take) } }
                button.btn.quiet name="do" value={ "drop-" (test.id) } aria-label={ (w.remove) ": " (test.name) } { (w.remove) }
            }
        }
    }
}

fn add_form(visit: &Visit, snapshot: &Snapshot) -> Markup {
    let (w, t) = (visit.w, &visit.w.tests);
    let mut queues: Vec<_> = snapshot
        .queue_names
        .iter()
        .map(|(id, name)| choice(id, name))
        .collect();
    queues.sort();
    let now = visit
        .local(clock::now())
        .strftime("%Y-%m-%d %H:%M")
        .to_string();
    let queue = queues.first().map_or("", |(id, _)| id);
    let row = SheetRow::new(&[("queue_id", queue), ("at", &now), ("waited", "0")]);
    let sheet = RowSheet {
        table: Table::RuleTests,
        rows: vec![row],
        base: std::collections::BTreeMap::new(),
    };
    let form = SheetForm {
        sheet: &sheet,
        problems: &[],
    };
    html! {
        form.card.pad.stack method="post" action="/tests" {
            h2 { (t.add) }
            p.muted { (t.add_hint) }
            div.grid4.wide {
                (form.input(0, "name", w.forms.name, Typed::Text, ""))
                (form.select(0, "queue_id", w.edits.queue, &queues))
                (form.input(0, "from_number", w.edits.caller, Typed::Text, w.calls.anonymous))
                (form.input(0, "to_number", w.edits.hotline, Typed::Text, w.edits.any_hotline))
                (form.input(0, "at", t.at, Typed::Text, ""))
                (form.input(0, "waited", w.drafts.wait_seconds, Typed::Whole, "0"))
            }
            div.row { button.btn.main name="do" value="add" { (w.drafts.preview) } }
        }
    }
}

/// A call that becomes a test by a button.
pub(super) struct TestCall<'c> {
    pub(super) name: &'c str,
    pub(super) queue_id: &'c str,
    pub(super) from: &'c str,
    pub(super) to: &'c str,
    pub(super) at: DateTime,
    pub(super) waited: u32,
}

/// The button.
pub(super) fn keep_as_test(w: &Words, call: &TestCall<'_>) -> Markup {
    let at = call.at.strftime("%Y-%m-%d %H:%M").to_string();
    let waited = call.waited.to_string();
    let values = [
        ("name", call.name),
        ("queue_id", call.queue_id),
        ("from_number", call.from),
        ("to_number", call.to),
        ("at", &at),
        ("waited", &waited),
    ];
    html! {
        form.once method="post" action="/tests" {
            @for (column, value) in values { input type="hidden" name={ "rule_tests.0." (column) } value=(value); }
            button.btn name="do" value="add" { (w.tests.keep) }
        }
    }
}

pub(super) async fn act(visit: Visit, Form(fields): Form<Fields>) -> Response {
    match sent(&fields, "do") {
        "add" => add(visit, &fields).await,
        what => match what.strip_prefix("drop-") {
            Some(id) => remove(visit, id).await,
            None => take(visit, what.strip_prefix("take-")).await,
        },
    }
}

/// Writes what the rules say now into one test that fails, or into all of them.
async fn take(visit: Visit, id: Option<&str>) -> Response {
    let failed = match failed(&visit).await {
        Ok(failed) => failed,
        Err(refusal) => return visit.page(|_| Err(PageError::Broken(refusal.into()))).await,
    };
    let mut edits = Vec::new();
    for test in failed
        .values()
        .filter(|test| id.is_none_or(|id| test.id.to_string() == id))
    {
        edits.push(test.taken());
    }
    edits.sort_by_key(|edit| edit.key.clone());
    drafts::keep_parsed(visit, Ok(edits), "/tests").await
}

async fn remove(visit: Visit, id: &str) -> Response {
    let file = match rows(&visit) {
        Ok(file) => file,
        Err(error) => return visit.page(|_| Err(error)).await,
    };
    let id = id.parse::<i64>().unwrap_or(0);
    let sheet = RowSheet::of(
        Table::RuleTests,
        file.editable.rules.find(Table::RuleTests, &[id.into()]),
    );
    drafts::keep_parsed(visit, sheet.deleted(), "/tests").await
}

/// Adds a test that expects what the rules say now.
async fn add(visit: Visit, fields: &Fields) -> Response {
    let sheet = RowSheet::sent(Table::RuleTests, fields);
    let mut edits = match sheet.edits() {
        Ok(edits) => edits,
        fault => return drafts::keep_parsed(visit, fault, "/tests").await,
    };
    let served = std::sync::Arc::clone(&visit.desk.live.served());
    for edit in &mut edits {
        if let EditOp::Add(row) = &mut edit.op {
            expect(&served.snapshot, row);
        }
    }
    drafts::keep_parsed(visit, Ok(edits), "/tests").await
}

/// Fills in what the rules say of a test's call.
fn expect(snapshot: &Snapshot, row: &mut Image) {
    let text = |column: &str| row.get(column).and_then(serde_json::Value::as_str);
    let country = &snapshot.settings.country_code;
    let number = |column: &str| text(column).and_then(|raw| Number::from_table(raw, country));
    let Some(at) = text("at").and_then(|at| parse_time(at, &snapshot.settings.time_zone)) else {
        return;
    };
    // The test gets its id when it is written, and draws may come out otherwise by it: a preview says so.
    let call_id =
        RuleTest::call_id(snapshot.tests.iter().map(|test| test.id).max().unwrap_or(0) + 1);
    let call = Call {
        queue_id: text("queue_id").unwrap_or_default(),
        call_id: &call_id,
        from: number("from_number"),
        to: number("to_number"),
    };
    let waited = row
        .get("waited")
        .and_then(serde_json::Value::as_u64)
        .unwrap_or(0);
    let moment = Moment::of(snapshot, at);
    let mut router = Router::new(snapshot, &moment);
    let decision = router.route(
        &call,
        u32::try_from(waited).unwrap_or(u32::MAX),
        &mut FirstTicket,
    );
    let (rule, agents) = (
        decision.rule_name(snapshot).map(str::to_owned),
        decision.agent_ids(snapshot).join(","),
    );
    if let Some(rule) = rule {
        row.insert("expect_rule".to_owned(), rule.into());
    }
    row.insert("expect_agents".to_owned(), agents.into());
}
