//! `/callers/import`: a CRM's export is sent, looked through, and made a draft of.

use axum::extract::{Form, Multipart, Path};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::layout::Tab;
use super::visit::{Page, PageError, Visit};
use crate::console::api::imports::{self, EmptyCells, ImportOrder};
use crate::console::words::number;
use crate::store::UploadRow;

/// How a file is taken.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TakeForm {
    empty: EmptyCells,
    tags: String,
}

pub(super) async fn page(visit: Visit) -> Response {
    visit.page(|visit| Ok(framed(visit, &choose(visit)))).await
}

fn framed(visit: &Visit, inside: &Markup) -> Page {
    let f = &visit.w.forms;
    Page {
        title: f.import.to_owned(),
        tab: Tab::Callers,
        body: html! {
            div.stack.narrow {
                a.back-link href="/callers" { (f.all_callers) }
                h1 { (f.import) }
                (inside)
            }
        },
    }
}

fn choose(visit: &Visit) -> Markup {
    let f = &visit.w.forms;
    html! {
        form.card.pad.stack method="post" action="/callers/import" enctype="multipart/form-data" {
            p.muted { (f.import_hint) }
            div.field { label for="file" { (f.file) } input.in #file type="file" name="file" accept=".csv,.tsv,.txt,.xlsx,.xls,.ods" required; }
            button.btn.main { (f.send) }
        }
    }
}

pub(super) async fn send(visit: Visit, mut parts: Multipart) -> Response {
    match receive(&visit, &mut parts).await {
        Ok(id) => Redirect::to(&format!("/callers/import/{id}")).into_response(),
        Err(error) => visit.page(|_| Err(error)).await,
    }
}

async fn receive(visit: &Visit, parts: &mut Multipart) -> Result<i64, PageError> {
    let unclear =
        |error: axum::extract::multipart::MultipartError| PageError::Unclear(error.body_text());
    while let Some(part) = parts.next_field().await.map_err(unclear)? {
        if part.name() == Some("file") {
            let name = part.file_name().unwrap_or("callers.csv").to_owned();
            let bytes = part.bytes().await.map_err(unclear)?;
            return Ok(imports::receive(&visit.desk, &visit.user, name, bytes).await?);
        }
    }
    Err(PageError::Unclear(visit.w.forms.no_file.to_owned()))
}

pub(super) async fn one(visit: Visit, Path(id): Path<i64>) -> Response {
    let row = imports::theirs(&visit.desk, &visit.user, id).await;
    visit
        .page(move |visit| Ok(framed(visit, &found(visit, &row?))))
        .await
}

/// What was found in a file, and how it is to be taken.
fn found(visit: &Visit, row: &UploadRow) -> Markup {
    let (w, f) = (visit.w, &visit.w.forms);
    let found: Value = row
        .found
        .as_deref()
        .and_then(|found| serde_json::from_str(found).ok())
        .unwrap_or_default();
    let text = |name: &str| {
        found
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let count = |name: &str| {
        let count = found.get(name).and_then(Value::as_u64).unwrap_or(0);
        number(w, usize::try_from(count).unwrap_or(usize::MAX))
    };
    let list = |name: &str| -> Vec<String> {
        let list = found
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        list.filter_map(|one| one.as_str().map(str::to_owned))
            .collect()
    };
    if row.state == "failed" {
        return html! { p.notice.no role="alert" { (text("fault")) } (choose(visit)) };
    }
    let (left_out, unknown) = (list("left_out"), list("unknown_owners"));
    html! {
        section.card.pad.stack {
            h2 { (row.file_name) }
            dl.pairs {
                dt { (f.columns) } dd { (text("columns")) }
                dt { (f.lines) } dd.num { (count("lines")) }
                dt { (f.numbers) } dd.num { (count("numbers")) }
                dt { (f.rows_that_differ) } dd.num { (count("rows_that_differ")) }
                dt { (f.left_out) } dd.num { (count("left_out_count")) }
            }
            @if !left_out.is_empty() { ul.small { @for line in &left_out { li { (line) } } } }
            @if !unknown.is_empty() { p.err { (f.unknown_owners) ": " (unknown.join(", ")) } }
        }
        form.card.pad.stack method="post" action={ "/callers/import/" (row.id) } {
            fieldset.stack {
                legend { (f.empty_cells) }
                label.option { input type="radio" name="empty" value="keep" checked; " " (f.keep_empty) }
                label.option { input type="radio" name="empty" value="clear"; " " (f.clear_empty) }
            }
            div.field { label for="tags" { (f.more_tags) } input.in #tags name="tags" placeholder="vip" autocomplete="off"; }
            div.row { button.btn.main { (w.drafts.preview) } a.btn.quiet href="/callers/import" { (f.other_file) } }
        }
    }
}

pub(super) async fn take(
    visit: Visit,
    Path(id): Path<i64>,
    Form(form): Form<TakeForm>,
) -> Response {
    let tags = form
        .tags
        .split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty());
    let order = ImportOrder {
        empty: form.empty,
        tags: tags.map(str::to_owned).collect(),
        ..ImportOrder::default()
    };
    match imports::make_draft(&visit.desk, &visit.user, id, order).await {
        Ok(draft) => Redirect::to(&format!("/drafts/{}", draft.row.id)).into_response(),
        Err(error) => visit.page(|_| Err(error.into())).await,
    }
}
