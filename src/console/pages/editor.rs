//! What all forms have in common that are tried while somebody types: the preview beside them, the tray below, and what
//! their buttons do.

use axum::response::Response;
use maud::{Markup, html};
use routing::snapshot::Snapshot;

use super::draft_view::planned;
use super::drafts::{self, DraftForm};
use super::preview_view::PreviewView;
use super::sheet::{Fields, sent};
use super::visit::{Page, Visit};
use crate::console::draft::edit::{EditFault, NotedEdit};
use crate::console::draft::preview::{PlannedProblem, Tried};
use crate::console::draft::trial::tried;
use crate::console::words::Words;

/// Of more rows the first are shown.
const MAX_ROWS: usize = 60;

/// What an edit would do.
#[derive(Default)]
pub(super) struct Beside {
    tried: Option<Tried>,
    fault: Option<String>,
    reason: String,
}

/// Does what a form's button says. Where it only asks what the edit would do, the form is shown with that beside it.
pub(super) async fn take(
    visit: Visit,
    fields: &Fields,
    edits: Result<Vec<NotedEdit>, EditFault>,
    show: impl FnOnce(&Visit, &Beside) -> Page + Send + 'static,
) -> Response {
    match (sent(fields, "do"), edits) {
        ("keep" | "delete", Ok(edits)) if !edits.is_empty() => drafts::keep(visit, edits).await,
        ("apply", Ok(edits)) if !edits.is_empty() => {
            drafts::keep_and_apply(visit, edits, DraftForm::of(fields)).await
        }
        (_, edits) => {
            let mut beside = Beside::of(&visit, edits).await;
            sent(fields, "reason").clone_into(&mut beside.reason);
            visit.page(move |visit| Ok(show(visit, &beside))).await
        }
    }
}

impl Beside {
    async fn of(visit: &Visit, edits: Result<Vec<NotedEdit>, EditFault>) -> Self {
        let fault = match edits {
            Ok(edits) if edits.is_empty() => return Self::default(),
            Ok(edits) => match tried(&visit.desk, &visit.user, edits, true).await {
                Ok((_, tried)) => {
                    return Self {
                        tried: Some(tried),
                        ..Self::default()
                    };
                }
                Err(refusal) => drafts::refused(visit.w, &refusal),
            },
            Err(fault) => fault_text(visit.w, &fault),
        };
        Self {
            fault: Some(fault),
            ..Self::default()
        }
    }

    /// The rules with the edit; `None`: it cannot be tried, or there is none.
    pub(super) fn after(&self) -> Option<&Snapshot> {
        self.tried.as_ref().map(|tried| &tried.after)
    }

    pub(super) fn problems(&self) -> &[PlannedProblem] {
        self.tried
            .as_ref()
            .map_or(&[], |tried| &tried.preview.problems)
    }

    /// The preview, to stand beside the form.
    pub(super) fn aside(&self, visit: &Visit) -> Markup {
        let w = visit.w;
        html! {
            aside.card.preview aria-labelledby="preview" tabindex="0" {
                @if let Some(fault) = &self.fault { p.pad.err role="alert" { (fault) } }
                @match &self.tried {
                    Some(tried) => {
                        (PreviewView { visit, preview: &tried.preview }.show())
                        details #rows {
                            summary { (w.drafts.rows) " (" (tried.preview.rows.len()) ")" }
                            ul.in-details.small { @for row in tried.preview.rows.iter().take(MAX_ROWS) { li { (planned(w, row)) } } }
                        }
                    },
                    None => header { h2 #preview { (w.drafts.if_applied) } p.muted { (w.edits.unchanged) } },
                }
            }
        }
    }

    /// The reason, and what may be done; `back` is the page as nobody has touched it.
    pub(super) fn tray(&self, visit: &Visit, back: &str) -> Markup {
        let w = visit.w;
        let preview = self.tried.as_ref().map(|tried| &tried.preview);
        let rows = preview.map_or(0, |preview| preview.rows.len());
        let tray = html! {
            div.tray role="region" aria-label=(w.drafts.title) {
                span.sum {
                    b { (w.drafts.title) } small { ((w.drafts.edits)(rows)) }
                    @if let Some(code) = preview.and_then(|preview| preview.why_not) { small.err { (drafts::why_not(w, code)) } }
                }
                label.visually-hidden for="reason" { (w.drafts.reason) }
                input.in #reason name="reason" value=(self.reason) placeholder=(w.drafts.reason_hint) autocomplete="off" data-quiet;
                a.btn.quiet href=(back) { (w.drafts.discard) }
                @if rows == 0 { button.btn.main name="do" value="" { (w.drafts.preview) } } @else {
                    button.btn name="do" value="keep" data-whole { (w.edits.keep) }
                }
                @if preview.is_some_and(|preview| preview.may_commit) {
                    button.btn.main name="do" value="apply" data-apply data-whole { (w.drafts.apply) }
                }
            }
        };
        // A script tries what is typed by itself; until then there is nothing to say.
        html! { @if preview.is_some() || self.fault.is_some() { (tray) } @else { noscript { (tray) } } }
    }
}

/// What Enter presses in a form that has other buttons first.
pub(super) fn enter(w: &Words) -> Markup {
    html! { button.visually-hidden name="do" value="" tabindex="-1" aria-hidden="true" { (w.drafts.preview) } }
}

/// What cannot be meant, in words.
pub(super) fn fault_text(w: &Words, fault: &EditFault) -> String {
    match fault {
        EditFault::Value { column, value, .. } => (w.edits.not_this_kind)(column, value),
        EditFault::Missing { column, .. } => (w.edits.column_missing)(column),
        other => other.to_string(),
    }
}
