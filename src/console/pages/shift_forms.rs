//! Forms about one person: their row, a leave that ends early, a shift that is swapped. Each begins a draft.

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use routing::schema::absences;
use routing::table::{Cell, Table};
use serde::Deserialize;

use super::drafts;
use super::layout::Tab;
use super::rule_edit::rows;
use super::rule_form::choice;
use super::sheet::{Fields, RowSheet, SheetForm, Typed};
use super::time_forms::{groups, people, today};
use super::visit::{Page, PageError, Visit};
use crate::console::draft::edit::{EditOp, NotedEdit};
use crate::console::draft::times::NewSwap;
use crate::exchange::{Row, RuleSet, key_text};

/// Which leave ends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BackForm {
    absence: String,
}

/// Whose shift goes to whom.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SwapForm {
    agent: String,
    with: String,
    group: String,
    date: String,
    with_date: String,
}

fn text(row: &Row, place: usize) -> &str {
    match row.get(place) {
        Some(Cell::Text(text)) => text,
        _ => "",
    }
}

/// The minute that it is, as the tables write it.
fn minute(visit: &Visit) -> String {
    visit
        .local(clock::now())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// Leaves that are not over, each with a button that ends it.
pub(super) fn leaves(visit: &Visit, id: &str) -> Markup {
    let w = visit.w;
    let Some(file) = visit.desk.live.rows() else {
        return html! {};
    };
    let today = today(visit).to_string();
    let is_ahead = |row: &&Row| {
        let ends = text(row, absences::ENDS_AT.place);
        let is_over = !ends.is_empty() && ends.get(..10).is_some_and(|date| date < &*today);
        text(row, absences::AGENT_ID.place) == id && !is_over
    };
    let ahead: Vec<&Row> = file
        .editable
        .rules
        .rows(Table::Absences)
        .iter()
        .filter(is_ahead)
        .collect();
    html! {
        @for row in ahead {
            @let ends = text(row, absences::ENDS_AT.place);
            form.card.pad.row.spread method="post" action={ "/people/" (id) "/back" } {
                span {
                    (w.drafts.leave) ": " span.num { (text(row, absences::STARTS_AT.place)) } " – "
                    span.num { (if ends.is_empty() { w.board.until_notice } else { ends }) }
                }
                button.btn name="absence" value=(key_text(Table::Absences, row)) { (w.forms.back_early) }
            }
        }
    }
}

/// Ends a leave now; one that has not begun does not come.
pub(super) async fn back(
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<BackForm>,
) -> Response {
    let now = minute(&visit);
    let found = rows(&visit).map(|file| ended(&file.editable.rules, &id, &form.absence, &now));
    match found {
        Ok(Some(edit)) => drafts::keep(visit, vec![edit]).await,
        Ok(None) => visit.missing().await,
        Err(error) => visit.page(|_| Err(error)).await,
    }
}

fn ended(rules: &RuleSet, agent: &str, key: &str, now: &str) -> Option<NotedEdit> {
    let mut rows = rules.rows(Table::Absences).iter();
    let row = rows.find(|row| {
        key_text(Table::Absences, row) == key && text(row, absences::AGENT_ID.place) == agent
    })?;
    let op = if text(row, absences::STARTS_AT.place) < now {
        EditOp::Set([("ends_at".to_owned(), now.into())].into_iter().collect())
    } else {
        EditOp::Delete
    };
    Some(NotedEdit {
        table: Table::Absences,
        key: key.to_owned(),
        op,
        base: None,
    })
}

pub(super) async fn swap_page(visit: Visit, Query(asked): Query<SwapForm>) -> Response {
    visit.page(move |visit| Ok(swap_form(visit, &asked))).await
}

fn swap_form(visit: &Visit, asked: &SwapForm) -> Page {
    let (w, f) = (visit.w, &visit.w.forms);
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let today = today(visit).to_string();
    let date = |typed: &str| {
        if typed.is_empty() {
            today.clone()
        } else {
            typed.to_owned()
        }
    };
    let body = html! {
        form.card.pad.stack.narrow method="post" action="/swap" {
            h1 { (f.swap) }
            p.muted { (f.swap_hint) }
            div.field {
                label for="group" { (w.drafts.stand_in_group) }
                (groups(w, snapshot, &asked.group))
            }
            div.row {
                div.field { label for="agent" { (f.shift_of) } (people(snapshot, "agent", "–", &asked.agent)) }
                div.field { label for="date" { (f.on_date) } input.in #date type="date" name="date" value=(date(&asked.date)) required; }
            }
            div.row {
                div.field { label for="with" { (f.with_shift_of) } (people(snapshot, "with", "–", &asked.with)) }
                div.field { label for="with_date" { (f.on_date) } input.in #with_date type="date" name="with_date" value=(date(&asked.with_date)) required; }
            }
            button.btn.main { (w.drafts.preview) }
        }
    };
    Page {
        title: f.swap.to_owned(),
        tab: Tab::Roster,
        body,
    }
}

pub(super) async fn swap(visit: Visit, Form(form): Form<SwapForm>) -> Response {
    let swap = NewSwap {
        agent: &form.agent,
        date: &form.date,
        with: &form.with,
        with_date: &form.with_date,
        group: Some(&form.group),
        note: None,
    };
    let Ok(edits) = swap.edits() else {
        let said = visit.w.forms.swap_who.to_owned();
        return visit.page(|_| Err(PageError::Unclear(said))).await;
    };
    drafts::begin(visit, edits).await
}

/// A person's row as a form.
pub(super) fn person_form(visit: &Visit, id: &str) -> Markup {
    let (w, f) = (visit.w, &visit.w.forms);
    let file = visit.desk.live.rows();
    let row = file
        .as_ref()
        .and_then(|file| file.editable.rules.find(Table::Agents, &[id.into()]));
    let sheet = RowSheet::of(Table::Agents, row);
    let form = SheetForm {
        sheet: &sheet,
        problems: &[],
    };
    let devices = [choice("1", w.board.app), choice("2", w.board.mobile)];
    html! {
        @if row.is_some() {
            details.card #edit {
                summary { (f.edit) }
                form.pad.stack method="post" action={ "/people/" (id) } {
                    (form.hidden())
                    div.grid4.wide {
                        (form.input(0, "name", f.name, Typed::Text, ""))
                        (form.input(0, "phone_number", w.people.phone, Typed::Text, "84912000111"))
                        (form.select(0, "routing_type", w.people.device, &devices))
                        (form.input(0, "answer_timeout", w.drafts.ring_seconds, Typed::Whole, w.drafts.usual))
                        (form.input(0, "cover_id", w.people.cover, Typed::Text, w.people.nobody))
                        (form.input(0, "note", w.edits.note, Typed::Text, ""))
                    }
                    button.btn.main { (w.drafts.preview) }
                }
            }
        }
    }
}

pub(super) async fn edit_person(
    visit: Visit,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let edits = RowSheet::sent(Table::Agents, &fields).edits();
    drafts::keep_parsed(visit, edits, &format!("/people/{id}")).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::row_of;

    #[test]
    fn a_leave_ends_now_and_one_to_come_does_not_come() {
        let mut rules = RuleSet::default();
        let row = |id: i64, starts: &str| -> Row {
            let row = json!({"id": id, "agent_id": "hoa", "starts_at": starts});
            row_of(Table::Absences, row.as_object().unwrap()).into()
        };
        rules.set(
            Table::Absences,
            vec![row(1, "2026-11-28"), row(2, "2026-11-28 13:00")],
        );
        let ended = |agent: &str, key: &str| {
            let edit = ended(&rules, agent, key, "2026-11-28 10:05")?;
            serde_json::to_string(&edit.json()).ok()
        };
        let expected = r#"{"table":"absences","key":"1","set":{"ends_at":"2026-11-28 10:05"}}"#;
        assert_eq!(ended("hoa", "1").as_deref(), Some(expected));
        let expected = r#"{"table":"absences","key":"2","delete":true}"#;
        assert_eq!(ended("hoa", "2").as_deref(), Some(expected));
        assert_eq!(ended("an", "1"), None);
        assert_eq!(ended("hoa", "9"), None);
    }
}
