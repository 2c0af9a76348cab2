//! `/callers/{number}` and `/callers/new`: one known caller, to be edited.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use maud::html;
use routing::table::Table;

use super::drafts;
use super::layout::Tab;
use super::names::{address, row_address};
use super::rule_form::choice;
use super::sheet::{Fields, RowSheet, SheetForm, SheetRow, Typed, sent};
use super::visit::{Page, PageError, Visit};
use crate::console::words::hotline;
use crate::store::callers_of;

pub(super) async fn page(visit: Visit, Path(number): Path<String>) -> Response {
    let rows = callers_of(&visit.desk.database.rules, std::slice::from_ref(&number)).await;
    visit
        .page(move |visit| match rows?.first() {
            Some(row) => Ok(show(visit, &RowSheet::of(Table::Callers, [row]))),
            None => Err(PageError::Missing),
        })
        .await
}

pub(super) async fn new(visit: Visit) -> Response {
    let sheet = RowSheet {
        table: Table::Callers,
        rows: vec![SheetRow::default()],
        base: std::collections::BTreeMap::new(),
    };
    visit.page(move |visit| Ok(show(visit, &sheet))).await
}

pub(super) async fn edit(visit: Visit, Form(fields): Form<Fields>) -> Response {
    let sheet = RowSheet::sent(Table::Callers, &fields);
    let edits = if sent(&fields, "do") == "delete" {
        sheet.deleted()
    } else {
        sheet.edits()
    };
    drafts::keep_parsed(visit, edits, "/callers").await
}

fn show(visit: &Visit, sheet: &RowSheet) -> Page {
    let (w, f) = (visit.w, &visit.w.forms);
    let served = visit.desk.live.served();
    let agents = served
        .snapshot
        .agents
        .iter()
        .map(|(_, agent)| choice(&agent.id, &agent.name));
    let owners: Vec<_> = [choice("", w.people.nobody)]
        .into_iter()
        .chain(agents)
        .collect();
    let form = SheetForm {
        sheet,
        problems: &[],
    };
    let number = form.value(0, "number").to_owned();
    let is_new = sheet.base.is_empty();
    let title = if is_new {
        f.add_caller.to_owned()
    } else {
        hotline(&number)
    };
    let body = html! {
        div.stack.narrow {
            a.back-link href="/callers" { (f.all_callers) }
            h1.num { (title) }
            form.card.pad.stack method="post" action=(if is_new { "/callers/new".to_owned() } else { row_address("/callers", &number) }) {
                (form.hidden())
                @if is_new { (form.input(0, "number", f.number, Typed::Text, "0912 000 111")) } @else { (form.keep(0, "number")) }
                (form.input(0, "name", f.name, Typed::Text, ""))
                (form.select(0, "owner_id", w.edits.owner, &owners))
                (form.input(0, "tags", f.tags, Typed::Text, "vip,en"))
                (form.input(0, "expires_on", f.expires_on, Typed::Date, ""))
                (form.input(0, "note", w.edits.note, Typed::Text, ""))
                div.row {
                    button.btn.main { (w.drafts.preview) }
                    @if !is_new {
                        a.btn href=(address("/", &[("caller", &number)])) { (w.tab_now) }
                        button.btn.quiet.push name="do" value="delete" { (w.remove) }
                    }
                }
            }
        }
    };
    Page {
        title,
        tab: Tab::Callers,
        body,
    }
}
