//! `/problems`: which version answers, and everything that is wrong with the newest edit, the files and the journal.

use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};
use routing::diagnosis::{column_label, table_label};
use routing::problem::{Problem, Severity};
use serde::Deserialize;

use super::layout::Tab;
use super::visit::{Page, PageError, Visit};
use crate::config::{Language, Role};
use crate::console::words::{Words, day_and_time, number};
use crate::rules::Status;

/// Of more rows the first are shown.
const MAX_SHOWN: usize = 100;

/// Which version is confirmed.
#[derive(Debug, Deserialize)]
pub(super) struct AcceptForm {
    #[serde(default)]
    hash: String,
}

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AcceptDone {
    done: String,
}

pub(super) async fn page(visit: Visit, Query(AcceptDone { done }): Query<AcceptDone>) -> Response {
    visit.page(move |visit| Ok(show(visit, &done))).await
}

pub(super) async fn accept(visit: Visit, Form(AcceptForm { hash }): Form<AcceptForm>) -> Response {
    let accept = move |visit: &Visit| {
        visit.must_be(Role::Admin)?;
        let fingerprint = u64::from_str_radix(&hash, 16).map_err(|_hash| PageError::Missing)?;
        let done = match visit.desk.live.accept(fingerprint, &visit.user.actor()) {
            Ok((version, _)) => {
                tracing::info!(by = visit.user.name, version = %version, "version accepted");
                "accepted"
            }
            Err(_) => "not_held",
        };
        Ok(format!("/problems?done={done}"))
    };
    visit.then(accept).await
}

fn show(visit: &Visit, done: &str) -> Page {
    let w = visit.w;
    let status = visit.desk.live.status();
    let (errors, advice): (Vec<&Problem>, Vec<&Problem>) = status
        .problems
        .iter()
        .partition(|problem| problem.severity == Severity::Error);
    let is_well = errors.is_empty() && advice.is_empty() && other_faults(&status).is_empty();
    let is_well = is_well && status.held.is_none();
    let body = html! {
        div.stack {
            h1 { (w.problems.title) }
            @match done {
                "accepted" => p.notice.good role="status" { (w.problems.accepted) },
                "not_held" => p.notice.no role="alert" { (w.problems.not_held) },
                _ => {},
            }
            (in_force(visit))
            (held(visit, &status))
            @if is_well { p.notice.good { (w.problems.all_well) } }
            (rows(visit, w.problems.wrong, &errors, status.unnamed.errors))
            (rows(visit, w.problems.advice, &advice, 0))
            (files(visit, &status))
        }
    };
    Page {
        title: w.problems.title.to_owned(),
        tab: Tab::None,
        body,
    }
}

fn in_force(visit: &Visit) -> Markup {
    let (w, served) = (visit.w, visit.desk.live.served());
    html! {
        section.card.pad {
            dl.pairs {
                dt { (w.problems.version) }
                dd { b { ((w.version)(served.version)) } " " span.muted { (w.problems.since) " " (day_and_time(w, visit.local(served.since))) } }
                dt { (w.problems.source) } dd { (served.source.name()) }
                dt { (w.problems.hash) } dd.num { (format!("{:016x}", served.fingerprint)) }
            }
        }
    }
}

fn held(visit: &Visit, status: &Status) -> Markup {
    let w = visit.w;
    html! {
        @if let Some(held) = &status.held {
            section.card.pad.stack {
                h2 { (w.problems.held) }
                ul { @for reason in &held.reasons { li { (reason.said(w.language)) } } }
                p.muted { ((w.held_until)(&day_and_time(w, visit.local(held.until)))) }
                @if visit.user.role == Role::Admin {
                    form method="post" action="/problems" {
                        input type="hidden" name="hash" value=(format!("{:016x}", held.fingerprint));
                        button.btn.main { (w.problems.accept) }
                    }
                }
            }
        }
    }
}

fn rows(visit: &Visit, title: &str, problems: &[&Problem], unnamed: usize) -> Markup {
    let w = visit.w;
    let more = problems.len().saturating_sub(MAX_SHOWN) + unnamed;
    html! {
        @if !problems.is_empty() {
            section.card.pad.stack {
                h2 { (title) " " span.muted { (number(w, problems.len() + unnamed)) } }
                ul.problem-list {
                    @for problem in problems.iter().take(MAX_SHOWN) {
                        li {
                            p { (problem.sentence(w.language)) }
                            p.small.muted { (place(w, problem)) }
                        }
                    }
                }
                @if more > 0 { p.muted { ((w.problems.and_more)(&number(w, more))) } }
            }
        }
    }
}

/// Table, row, column and value; in Vietnamese as people call them.
fn place(w: &Words, problem: &Problem) -> String {
    let (table, column) = (problem.table.name(), problem.column);
    let (table, column) = match w.language {
        Language::En => (table, column),
        Language::Vi => (
            table_label(table).unwrap_or(table),
            column_label(table, column).unwrap_or(column),
        ),
    };
    format!("{table} · {} · {column} · {}", problem.key, problem.value)
}

/// What is wrong beside the rows.
fn other_faults(status: &Status) -> Vec<&str> {
    let faults = [
        &status.fault,
        &status.upgrade_fault,
        &status.state.fault,
        &status.journal_fault,
    ];
    faults
        .into_iter()
        .filter_map(|fault| fault.as_deref())
        .collect()
}

fn files(visit: &Visit, status: &Status) -> Markup {
    let w = visit.w;
    let copy = status
        .state
        .last_good
        .map(|copy| day_and_time(w, visit.local(copy.accepted)));
    let faults = other_faults(status);
    let remarks: Vec<&String> = status
        .file_remarks
        .iter()
        .chain(&status.journal_notes)
        .collect();
    html! {
        section.card.pad.stack {
            h2 { (w.problems.files) }
            p { (w.problems.last_good) ": " (copy.as_deref().unwrap_or(w.problems.none)) }
            @for fault in faults { p.err { (fault) } }
            @if !remarks.is_empty() { ul { @for remark in remarks { li { (remark) } } } }
        }
    }
}
