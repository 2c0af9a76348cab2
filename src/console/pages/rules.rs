//! `/rules`: the rules in their order, which can be changed here.

use std::collections::HashMap;

use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};
use routing::snapshot::{Rule, Snapshot};
use routing::table::Table;
use serde::Deserialize;

use super::drafts;
use super::editor::{enter, fault_text};
use super::layout::Tab;
use super::names::address;
use super::rule_edit::rows;
use super::rule_sheet::RECIPES;
use super::rule_words::RuleView;
use super::sheet::{Fields, RowSheet, SheetForm, SheetRow, Typed, sent};
use super::visit::{Page, Visit};
use crate::console::words::Words;
use crate::exchange::RuleSet;

/// More rules are not listed: nobody reads so many, and the page stays small.
const MAX_LISTED: usize = 200;

/// How many stand beside the one that is looked at.
const BESIDE: usize = 40;

/// What an address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RulesAddress {
    /// Not empty: the order is to be changed.
    order: String,
}

pub(super) async fn page(visit: Visit, Query(asked): Query<RulesAddress>) -> Response {
    visit
        .page(move |visit| {
            if asked.order.is_empty() {
                return Ok(list(visit, &plain_list(visit)));
            }
            let sheet = places(&rows(visit)?.editable.rules);
            Ok(list(visit, &order_form(visit, &sheet, None)))
        })
        .await
}

/// The positions of the rules, in their order.
fn places(rules: &RuleSet) -> RowSheet {
    let mut sheet = RowSheet::of(Table::Rules, rules.rows(Table::Rules)).only("position");
    sort(&mut sheet.rows);
    for row in sheet.rows.split_off(MAX_LISTED.min(sheet.rows.len())) {
        sheet.base.remove(&row.key);
    }
    sheet
}

fn position(row: &SheetRow) -> i64 {
    row.value("position").parse().unwrap_or(i64::MAX)
}

fn sort(rows: &mut [SheetRow]) {
    rows.sort_by_key(|row| (position(row), row.key.parse::<i64>().unwrap_or(0)));
}

/// Lets the rule in a place change places with the one before it.
fn raise(rows: &mut [SheetRow], place: usize) {
    let is_clear = rows
        .windows(2)
        .all(|pair| matches!(pair, [one, other] if position(one) < position(other)));
    if !is_clear {
        for (row, number) in rows.iter_mut().zip(1_i64..) {
            row.set("position", (number * 10).to_string());
        }
    }
    if let Some([one, other]) = place
        .checked_sub(1)
        .and_then(|before| rows.get_mut(before..=place))
    {
        std::mem::swap(&mut one.values, &mut other.values);
    }
    sort(rows);
}

/// Another order: tried out on the page, then kept as a draft.
pub(super) async fn order(visit: Visit, Form(fields): Form<Fields>) -> Response {
    let mut sheet = RowSheet::sent(Table::Rules, &fields);
    sort(&mut sheet.rows);
    let what = sent(&fields, "do");
    match what.split_once('-') {
        Some(("up", place)) => raise(&mut sheet.rows, place.parse().unwrap_or(0)),
        Some(("down", place)) => raise(
            &mut sheet.rows,
            place.parse().map_or(0, |place: usize| place + 1),
        ),
        _ => {}
    }
    match sheet.edits() {
        Ok(edits) if what == "keep" && !edits.is_empty() => drafts::keep(visit, edits).await,
        edits => {
            let fault = edits.err().map(|fault| fault_text(visit.w, &fault));
            visit
                .page(move |visit| {
                    let form = order_form(visit, &sheet, fault.as_deref());
                    Ok(list(visit, &form))
                })
                .await
        }
    }
}

fn list(visit: &Visit, rules: &Markup) -> Page {
    let w = visit.w;
    let body = html! {
        div.lead { h1 { (w.rules.title) } p.muted { (w.rules.hint) } }
        div.row {
            a.btn.main href="/rules/new" { (w.edits.add_rule) }
            a.btn href="/rules?order=1" { (w.edits.order) }
            a.btn href="/tests" { (w.edits.tests) }
            span.muted.small { (w.edits.recipes) ":" }
            @for recipe in &RECIPES {
                a.btn.quiet href=(address("/rules/new", &[("recipe", recipe.name)])) { (recipe_name(w, recipe.name)) }
            }
        }
        (rules)
    };
    Page {
        title: w.rules.title.to_owned(),
        tab: Tab::Rules,
        body,
    }
}

fn plain_list(visit: &Visit) -> Markup {
    let w = visit.w;
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    html! {
        @if snapshot.rules.is_empty() { p.card.pad { (w.rules.none) } }
        ol.cards {
            @for (_, rule) in snapshot.rules.iter().take(MAX_LISTED) {
                li.card.rule-card.off[!rule.enabled] {
                    span.num.muted { (rule.position) }
                    div {
                        h2 { a.pick href={ "/rules/" (rule.id) } { (rule.name) } @if !rule.enabled { " " span.tag { (w.rules.is_off) } } }
                        p.small { (RuleView { w, snapshot, rule }.sentence()) }
                    }
                }
            }
        }
    }
}

/// The rules with their positions, to be changed.
fn order_form(visit: &Visit, sheet: &RowSheet, fault: Option<&str>) -> Markup {
    let w = visit.w;
    let served = visit.desk.live.served();
    let rules = served.snapshot.rules.iter();
    let known: HashMap<String, &Rule> =
        rules.map(|(_, rule)| (rule.id.to_string(), rule)).collect();
    let edited = sheet.edits().map_or(0, |edits| edits.len());
    let form = SheetForm {
        sheet,
        problems: &[],
    };
    html! {
        @if let Some(fault) = fault { p.notice.no role="alert" { (fault) } }
        form.stack method="post" action="/rules" data-live="#live" {
            (enter(w))
            (form.hidden())
            ol.cards {
                @for (place, row) in sheet.rows.iter().enumerate() {
                    @let name = known.get(&row.key).map_or(&*row.key, |rule| &rule.name);
                    li.card.rule-card {
                        (form.input(place, "position", w.drafts.position, Typed::Whole, ""))
                        h2 { (name) }
                        span.tools {
                            @for (act, sign, label) in [("up", "↑", w.edits.up), ("down", "↓", w.edits.down)] {
                                button.btn.icon.quiet name="do" value={ (act) "-" (place) } aria-label={ (label) ": " (name) } title=(label) { (sign) }
                            }
                        }
                    }
                }
            }
            @if edited > 0 {
                div.tray role="region" aria-label=(w.drafts.title) {
                    span.sum { b { (w.drafts.title) } small { ((w.drafts.edits)(edited)) } }
                    a.btn.quiet.push href="/rules" { (w.drafts.discard) }
                    button.btn.main name="do" value="keep" data-whole { (w.drafts.preview) }
                }
            }
        }
    }
}

fn recipe_name(w: &Words, recipe: &str) -> &'static str {
    match recipe {
        "block" => w.edits.recipe_block,
        "vip" => w.edits.recipe_vip,
        "owner" => w.edits.recipe_owner,
        _ => w.edits.recipe_closed,
    }
}

/// The rules around one in their order, beside the one that is looked at.
pub(super) fn sidebar(w: &'static Words, snapshot: &Snapshot, id: i64) -> Markup {
    let item = |rule: &Rule| {
        let view = RuleView { w, snapshot, rule };
        html! {
            li {
                a href={ "/rules/" (rule.id) } aria-current=[(rule.id == id).then_some("page")] {
                    span.num { (rule.position) } span { (rule.name) } small { (view.short()) }
                }
            }
        }
    };
    let place = snapshot.rules.iter().position(|(_, rule)| rule.id == id);
    let before = place.unwrap_or(0).saturating_sub(BESIDE / 2);
    html! {
        nav.card aria-label=(w.rules.in_order) {
            ol.rules tabindex="0" { @for (_, rule) in snapshot.rules.iter().skip(before).take(BESIDE) { (item(rule)) } }
            div.foot { a.btn href="/rules/new" { (w.edits.add_rule) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(rows: &[SheetRow]) -> Vec<String> {
        rows.iter()
            .map(|row| format!("{} {}", row.key, position(row)))
            .collect()
    }

    fn row(key: &str, position: &str) -> SheetRow {
        SheetRow {
            key: key.to_owned(),
            ..SheetRow::new(&[("position", position)])
        }
    }

    #[test]
    fn a_rule_goes_up_by_changing_places() {
        let mut rows = [row("7", "10"), row("3", "20"), row("9", "35")];
        raise(&mut rows, 2);
        assert_eq!(order(&rows), ["7 10", "9 20", "3 35"]);
        raise(&mut rows, 0);
        raise(&mut rows, 3);
        assert_eq!(order(&rows), ["7 10", "9 20", "3 35"]);
    }

    #[test]
    fn rules_that_share_a_position_get_one_each() {
        let mut rows = [row("3", "10"), row("7", "10")];
        raise(&mut rows, 1);
        assert_eq!(order(&rows), ["7 10", "3 20"]);
    }
}
