//! `/rules/{id}` and `/rules/new`: what somebody types is tried at once, and becomes a draft or is applied.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use super::editor::{self, Beside};
use super::layout::Tab;
use super::rule_form::RuleEditor;
use super::rule_sheet::RuleSheet;
use super::sheet::{Fields, sent};
use super::visit::{Page, PageError, Visit};
use crate::console::draft::commit::NotCommitted;
use crate::rules::FileRows;

/// What a new rule begins with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewRule {
    recipe: String,
    /// The rule that it is like.
    copy: Option<i64>,
}

/// The rows of the file.
pub(super) fn rows(visit: &Visit) -> Result<Arc<FileRows>, PageError> {
    let rows = visit.desk.live.rows();
    rows.ok_or_else(|| PageError::Broken(NotCommitted::NoRows.into()))
}

pub(super) async fn page(visit: Visit, Path(id): Path<i64>) -> Response {
    visit
        .page(move |visit| {
            let sheet = RuleSheet::of(&rows(visit)?.editable.rules, id);
            Ok(show(
                visit,
                &sheet.ok_or(PageError::Missing)?,
                false,
                &Beside::default(),
            ))
        })
        .await
}

pub(super) async fn new(visit: Visit, Query(new): Query<NewRule>) -> Response {
    visit
        .page(move |visit| {
            let file = rows(visit)?;
            let rules = &file.editable.rules;
            let like = new.copy.and_then(|id| RuleSheet::of(rules, id));
            let sheet = match like {
                Some(like) => {
                    let name = like.rule.rows.first().map_or("", |row| row.value("name"));
                    let name = (visit.w.edits.copy_of)(name);
                    like.copied(rules, &name)
                }
                None => RuleSheet::new(rules, &new.recipe),
            };
            Ok(show(visit, &sheet, true, &Beside::default()))
        })
        .await
}

fn show(visit: &Visit, sheet: &RuleSheet, is_new: bool, beside: &Beside) -> Page {
    let served = visit.desk.live.served();
    let snapshot = beside.after().unwrap_or(&served.snapshot);
    let editor = RuleEditor {
        visit,
        sheet,
        is_new,
        snapshot,
        beside,
    };
    let name = sheet.rule.rows.first().map_or("", |row| row.value("name"));
    Page {
        title: if name.is_empty() {
            visit.w.edits.new_rule.to_owned()
        } else {
            name.to_owned()
        },
        tab: Tab::Rules,
        body: editor.show(),
    }
}

pub(super) async fn edit(
    visit: Visit,
    Path(id): Path<i64>,
    Form(fields): Form<Fields>,
) -> Response {
    take(visit, Some(id), &fields).await
}

pub(super) async fn add(visit: Visit, Form(fields): Form<Fields>) -> Response {
    take(visit, None, &fields).await
}

/// `None`: a rule that is not there yet.
async fn take(visit: Visit, id: Option<i64>, fields: &Fields) -> Response {
    let file = match rows(&visit) {
        Ok(file) => file,
        Err(error) => return visit.page(|_| Err(error)).await,
    };
    let rules = &file.editable.rules;
    let mut sheet = RuleSheet::sent(id.unwrap_or_else(|| RuleSheet::new(rules, "").id), fields);
    let what = sent(fields, "do");
    sheet.act(rules, what);
    let edits = if what == "delete" {
        sheet.rule.clone().deleted()
    } else {
        sheet.edits()
    };
    editor::take(visit, fields, edits, move |visit, beside| {
        show(visit, &sheet, id.is_none(), beside)
    })
    .await
}
