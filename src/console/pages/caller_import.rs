//! `/callers/import`: a CRM's export is sent, looked through, and made a draft of.

use std::collections::BTreeMap;

use axum::extract::{Form, Multipart, Path};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use routing::table::Table;
use serde_json::Value;

use super::layout::Tab;
use super::sheet::{Fields, sent};
use super::visit::{Page, PageError, Visit};
use crate::console::api::ApiError;
use crate::console::api::imports::{self, EmptyCells, ImportOrder};
use crate::console::words::number;
use crate::store::UploadRow;

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
        return html! {
            p.notice.no role="alert" { (text("fault")) }
            @if !list("names").is_empty() {
                form.card.pad.stack method="post" action={ "/callers/import/" (row.id) } {
                    (columns(visit, &found))
                    div.row { button.btn.main name="do" value="again" { (f.read_again) } }
                }
            }
            (choose(visit))
        };
    }
    let (left_out, unknown) = (list("left_out"), list("unknown_owners"));
    html! {
        section.card.pad.stack {
            h2 { (row.file_name) }
            dl.pairs {
                dt { (f.columns) } dd { @for (column, names) in used(&found) { div { (column_name(visit, &column)) ": " (names) } } }
                dt { (f.lines) } dd.num { (count("lines")) }
                dt { (f.numbers) } dd.num { (count("numbers")) }
                dt { (f.rows_that_differ) } dd.num { (count("rows_that_differ")) }
                dt { (f.left_out) } dd.num { (count("left_out_count")) }
            }
            @if !left_out.is_empty() { ul.small { @for line in &left_out { li { (line) } } } }
            @if !unknown.is_empty() { p.err { (f.unknown_owners) ": " (unknown.join(", ")) } }
        }
        form.card.pad.stack method="post" action={ "/callers/import/" (row.id) } {
            details { summary { (f.choose_columns) } div.stack.in-details { (columns(visit, &found)) button.btn name="do" value="again" { (f.read_again) } } }
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

/// A list for each column of callers: as it was guessed, none, or one of the file's; and the first lines beside it.
fn columns(visit: &Visit, found: &Value) -> Markup {
    let f = &visit.w.forms;
    let texts = |value: Option<&Value>| -> Vec<String> {
        let texts = value.and_then(Value::as_array).into_iter().flatten();
        texts
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect()
    };
    let names = texts(found.get("names"));
    let samples = found.get("samples").and_then(Value::as_array);
    let samples: Vec<Vec<String>> = samples
        .into_iter()
        .flatten()
        .map(|line| texts(Some(line)))
        .collect();
    let guessed = |column: &str| {
        let names = texts(found.get("used").and_then(|used| used.get(column)));
        if names.is_empty() {
            "–".to_owned()
        } else {
            names.join(" + ")
        }
    };
    let chosen = |column: &str| {
        let chosen = found.get("map").and_then(|map| map.get(column));
        chosen.and_then(Value::as_str)
    };
    html! {
        div.row {
            @for column in Table::Callers.columns() {
                @let field = format!("map.{}", column.name);
                @let chosen = chosen(column.name);
                div.field {
                    label for=(field) { (column_name(visit, column.name)) }
                    select.in #(field) name=(field) {
                        option value="" { (if chosen.is_none() { (f.guessed)(&guessed(column.name)) } else { f.guess.to_owned() }) }
                        option value="-" selected[chosen == Some("")] { (f.no_column) }
                        @for name in &names { @if !name.is_empty() { option value={ "=" (name) } selected[chosen == Some(name)] { (name) } } }
                    }
                }
            }
        }
        div.scrolls tabindex="0" role="region" aria-label=(f.first_lines) {
            table.plain {
                thead { tr { @for name in &names { th { (name) } } } }
                tbody { @for line in &samples { tr { @for cell in line { td { (cell) } } } } }
            }
        }
    }
}

/// Columns of callers, with the file's that they are read from.
fn used(found: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let used = found.get("used").and_then(Value::as_object);
    for (column, names) in used.into_iter().flatten() {
        let names = names.as_array().into_iter().flatten();
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        all.push((column.clone(), names.join(" + ")));
    }
    all
}

fn column_name<'w>(visit: &Visit, column: &'w str) -> &'w str {
    let w = visit.w;
    match column {
        "number" => w.forms.number,
        "name" => w.forms.name,
        "owner_id" => w.edits.owner,
        "tags" => w.forms.tags,
        "expires_on" => w.forms.expires_on,
        "note" => w.edits.note,
        other => other,
    }
}

pub(super) async fn take(
    visit: Visit,
    Path(id): Path<i64>,
    Form(fields): Form<Fields>,
) -> Response {
    let order = order_of(&fields);
    if sent(&fields, "do") == "again" {
        return match read_again(&visit, id, order).await {
            Ok(()) => Redirect::to(&format!("/callers/import/{id}")).into_response(),
            Err(error) => visit.page(|_| Err(error.into())).await,
        };
    }
    match imports::make_draft(&visit.desk, &visit.user, id, order).await {
        Ok(draft) => Redirect::to(&format!("/drafts/{}", draft.row.id)).into_response(),
        Err(error) => visit.page(|_| Err(error.into())).await,
    }
}

async fn read_again(visit: &Visit, id: i64, order: ImportOrder) -> Result<(), ApiError> {
    let upload = imports::theirs(&visit.desk, &visit.user, id).await?;
    imports::look_through(&visit.desk, upload, order).await
}

/// How a file is taken, as the form says.
fn order_of(fields: &Fields) -> ImportOrder {
    let mut map = BTreeMap::new();
    for (name, value) in fields {
        let Some(column) = name.strip_prefix("map.") else {
            continue;
        };
        if let Some(chosen) = value.strip_prefix(['-', '=']) {
            map.insert(column.to_owned(), chosen.to_owned());
        }
    }
    let tags = sent(fields, "tags").split(',').map(str::trim);
    ImportOrder {
        map,
        empty: match sent(fields, "empty") {
            "clear" => EmptyCells::Clear,
            _ => EmptyCells::Keep,
        },
        tags: tags
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}
