//! A draft: what it would do, its edits, and what may be done with it.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::drafts::why_not;
use super::preview_view::PreviewView;
use super::visit::Visit;
use crate::config::Role;
use crate::console::draft::edit::EditOp;
use crate::console::draft::kept::KeptDraft;
use crate::console::draft::preview::{PlannedRow, Preview};
use crate::console::words::Words;

/// Of more rows the first are shown.
const MAX_ROWS: usize = 60;

/// A draft to show.
pub(super) struct DraftPage<'d> {
    pub(super) visit: &'d Visit,
    pub(super) draft: &'d KeptDraft,
    /// `None`: it cannot be tried.
    pub(super) preview: Option<&'d Preview>,
    /// What was tried in vain.
    pub(super) fault: Option<&'d str>,
}

pub(super) fn draft_body(page: &DraftPage<'_>) -> Markup {
    let w = page.visit.w;
    let action = format!("/drafts/{}", page.draft.row.id);
    html! {
        div.lead { h1 { (w.drafts.title) } p.muted { ((w.drafts.edits)(page.draft.edits.len())) " · " ((w.drafts.of_user)(&page.draft.row.user_name)) } }
        @if let Some(fault) = page.fault { p.notice.no role="alert" { (fault) } }
        form.draft method="post" action=(action) {
            @if let Some(preview) = page.preview {
                section.card.preview.wide aria-labelledby="preview" { (PreviewView { visit: page.visit, preview }.show()) }
            }
            (page.edits())
            (page.tray())
        }
    }
}

impl DraftPage<'_> {
    /// The edits, each with a button that takes it out.
    fn edits(&self) -> Markup {
        let w = self.visit.w;
        let planned = self.preview.map_or(&[][..], |preview| &preview.rows);
        html! {
            section.card.pad.stack aria-labelledby="rows" {
                h2 #rows { (w.drafts.rows) }
                @if self.preview.is_some_and(|preview| !preview.conflicts.is_empty()) {
                    div.row { button.btn name="act" value="mine" { (w.drafts.take_mine) } span.muted.small { (w.drafts.take_theirs) } }
                }
                ul.plain {
                    @for (place, edit) in self.draft.edits.iter().take(MAX_ROWS).enumerate() {
                        @let row = planned.iter().find(|row| row.table == edit.table.name() && row.key == edit.key);
                        li.row.spread {
                            span {
                                @let (class, done) = match &edit.op {
                                    EditOp::Add(_) => ("plus", w.changes.added),
                                    EditOp::Set(_) => ("", w.changes.changed),
                                    EditOp::Delete => ("minus", w.changes.removed),
                                };
                                b.{ (class) } { (done) } " " b { (edit.table.name()) " " (edit.key) }
                                @match (&edit.op, row) {
                                    (EditOp::Set(_), Some(row)) => (columns(row)),
                                    (EditOp::Set(image) | EditOp::Add(image), _) => (values(image)),
                                    (EditOp::Delete, _) => {},
                                }
                            }
                            button.btn.quiet name="act" value={ "drop-" (place + 1) } { (w.drafts.drop) }
                        }
                    }
                }
            }
        }
    }

    /// The reason, and what may be done with the draft.
    fn tray(&self) -> Markup {
        let w = self.visit.w;
        let may_commit = self.preview.is_some_and(|preview| preview.may_commit);
        let why_not = self
            .preview
            .and_then(|preview| preview.why_not)
            .map(|code| why_not(w, code));
        html! {
            div.tray role="region" aria-label=(w.drafts.title) {
                span.sum { b { (w.drafts.title) } small { ((w.drafts.edits)(self.draft.edits.len())) }
                    @if let Some(why) = why_not { small.err { (why) } } }
                label.visually-hidden for="reason" { (w.drafts.reason) }
                input.in #reason name="reason" value=[self.draft.row.reason.as_deref()] placeholder=(w.drafts.reason_hint) autocomplete="off";
                button.btn.quiet name="act" value="discard" { (w.drafts.discard) }
                @if may_commit { button.btn.main name="act" value="apply" data-apply { (w.drafts.apply) } }
                @else if self.visit.user.role < Role::Admin { button.btn name="act" value="offer" { (w.drafts.offer) } }
            }
        }
    }
}

/// A row that would differ, in a line.
pub(super) fn planned(w: &Words, row: &PlannedRow) -> Markup {
    let (class, done) = match row.op {
        "insert" => ("plus", w.changes.added),
        "delete" => ("minus", w.changes.removed),
        _ => ("", w.changes.changed),
    };
    html! {
        b.{ (class) } { (done) } " " b { (row.table) " " (row.key) }
        @match (row.op, &row.after) {
            ("insert", Some(image)) => (values(image)),
            ("delete", _) => {},
            _ => (columns(row)),
        }
    }
}

/// The columns of a row that get another value.
fn columns(row: &PlannedRow) -> Markup {
    let (before, after) = (row.before.as_ref(), row.after.as_ref());
    html! {
        @for (column, new) in after.into_iter().flatten() {
            @let old = before.and_then(|before| before.get(column)).unwrap_or(&Value::Null);
            " · " (column) ": " (shown(old)) " → " (shown(new))
        }
    }
}

fn values(image: &Map<String, Value>) -> Markup {
    html! { @for (column, value) in image { @if !value.is_null() { " · " (column) ": " (shown(value)) } } }
}

pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
