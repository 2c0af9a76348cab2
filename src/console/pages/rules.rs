//! `/rules` and `/rules/{id}`: the rules in their order, and one of them in words.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use routing::moment::Moment;
use routing::snapshot::{Rule, Snapshot};

use super::layout::Tab;
use super::names::ShortNames;
use super::rule_form::rule_form;
use super::rule_words::RuleView;
use super::visit::{Page, PageError, Visit};
use crate::clock;
use crate::console::words::Words;

/// More rules are not listed: nobody reads so many, and the page stays small.
const MAX_LISTED: usize = 200;

pub(super) async fn page(visit: Visit) -> Response {
    visit.page(|visit| Ok(list(visit))).await
}

pub(super) async fn one(visit: Visit, Path(id): Path<i64>) -> Response {
    visit.page(move |visit| rule_page(visit, id)).await
}

fn list(visit: &Visit) -> Page {
    let w = visit.w;
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let body = html! {
        div.lead { h1 { (w.rules.title) } p.muted { (w.rules.hint) } }
        @if snapshot.rules.is_empty() { p.card.pad { (w.rules.none) } }
        ol.cards {
            @for (_, rule) in snapshot.rules.iter().take(MAX_LISTED) {
                @let view = RuleView { w, snapshot, rule };
                li.card.rule-card.off[!rule.enabled] {
                    span.num.muted { (rule.position) }
                    div {
                        h2 { a.pick href={ "/rules/" (rule.id) } { (rule.name) } @if !rule.enabled { " " span.tag { (w.rules.is_off) } } }
                        p.small { (view.sentence()) }
                    }
                }
            }
        }
    };
    Page {
        title: w.rules.title.to_owned(),
        tab: Tab::Rules,
        body,
    }
}

fn rule_page(visit: &Visit, id: i64) -> Result<Page, PageError> {
    let w = visit.w;
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let found = snapshot.rules.iter().find(|(_, rule)| rule.id == id);
    let (_, rule) = found.ok_or(PageError::Missing)?;
    let names = ShortNames::of(snapshot);
    let moment = Moment::of(snapshot, clock::now());
    let view = RuleView { w, snapshot, rule };
    let body = html! {
        div.edit.two {
            a.back href="/rules" { (w.rules.all) }
            (sidebar(w, snapshot, id))
            section.card aria-labelledby="rule" {
                div.pad.row.spread {
                    h1 #rule { (rule.name) }
                    span.tag.rung[rule.enabled] { (if rule.enabled { w.rules.is_on } else { w.rules.is_off }) }
                }
                p.sentence { (view.sentence()) }
                (rule_form(visit, snapshot, rule))
                div.sec { h2 { (w.rules.who) } (view.rail(&names, &moment)) }
            }
        }
    };
    Ok(Page {
        title: rule.name.to_string(),
        tab: Tab::Rules,
        body,
    })
}

/// All rules in their order, beside the one that is looked at.
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
    html! {
        nav.card aria-label=(w.rules.in_order) {
            ol.rules tabindex="0" { @for (_, rule) in snapshot.rules.iter().take(MAX_LISTED) { (item(rule)) } }
        }
    }
}
