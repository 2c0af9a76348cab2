//! `/sql`, for admins: what only reads is shown as a table; what writes is tried, taken back, and made a draft of.

use std::path::Path;
use std::sync::Arc;

use axum::Form;
use axum::response::Response;
use maud::{Markup, html};
use routing::table::Cell;
use serde::Deserialize;
use tempfile::TempDir;

use super::drafts;
use super::layout::Tab;
use super::visit::{Page, PageError, Visit};
use crate::config::Role;
use crate::console::Desk;
use crate::console::draft::edit::NotedEdit;
use crate::console::draft::overlay::edits_of;
use crate::exchange::ChangeSet;
use crate::store::{
    CopyTarget, Editor, Ran, Reader, Script, Selected, StoreError, Writer, copy, select,
};

/// Of more rows the first are shown.
const MAX_ROWS: usize = 200;

/// Statements as they were typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SqlForm {
    sql: String,
}

/// What statements came to.
enum Came {
    Rows(Vec<Selected>),
    Edits(Vec<NotedEdit>),
    Fault(String),
}

pub(super) async fn page(visit: Visit) -> Response {
    visit
        .page(|visit| {
            visit.must_be(Role::Admin)?;
            Ok(show(visit, "", &Came::Rows(Vec::new())))
        })
        .await
}

pub(super) async fn run(visit: Visit, Form(SqlForm { sql }): Form<SqlForm>) -> Response {
    if visit.user.role < Role::Admin {
        return visit.page(|_| Err(PageError::NotAllowed)).await;
    }
    let (script, actor) = (sql.clone(), visit.user.actor());
    let work = async move |desk: Arc<Desk>| came(&desk, &script, &actor).await;
    let came = match visit.desk.work_on(work).await {
        Ok(Ok(came)) => came,
        Ok(Err(error)) => match error.downcast_ref() {
            Some(StoreError::Refused { reason, .. }) => Came::Fault(reason.clone()),
            _ => Came::Fault(format!("{error:#}")),
        },
        Err(error) => return visit.page(|_| Err(error.into())).await,
    };
    match came {
        Came::Edits(edits) if !edits.is_empty() => drafts::keep(visit, edits).await,
        came => visit.page(move |visit| Ok(show(visit, &sql, &came))).await,
    }
}

/// Works on a copy of the file as it is now, so that whoever edits the rules meanwhile waits for nothing of it.
async fn came(desk: &Desk, sql: &str, actor: &str) -> anyhow::Result<Came> {
    // Beside the state: in a container nothing else may be writable.
    let directory = TempDir::new_in(&desk.database.state)?;
    let path = &directory.path().join("rules.db");
    copy_rules(&desk.database.rules, path).await?;
    let script = Script::parse(sql, path).await?;
    if script.only_reads() {
        let mut rows = Vec::new();
        for statement in script.statements() {
            if let Ran::Selected(selected) = select(path, statement).await? {
                rows.push(selected);
            }
        }
        return Ok(Came::Rows(rows));
    }
    let editor = Editor {
        actor,
        reason: "sql",
    };
    let mut writer = Writer::begin(path, editor).await?;
    let tried = differing(&mut writer, &script).await;
    writer.roll_back().await?;
    let (changes, rows) = tried?;
    let edits = edits_of(&changes);
    if edits.is_empty() && !rows.is_empty() {
        return Ok(Came::Rows(rows));
    }
    Ok(Came::Edits(edits))
}

/// In pieces, if the file is large: none of them holds a lock for long.
async fn copy_rules(rules: &Path, to: &Path) -> Result<(), StoreError> {
    let mut reader = Reader::open(rules).await?;
    if reader.copy_aside(to, CopyTarget::Kept).await?.is_none() {
        copy(rules, to).await?;
    }
    reader.close().await
}

/// What differs afterwards, and the rows that were shown on the way.
async fn differing(
    writer: &mut Writer,
    script: &Script,
) -> Result<(ChangeSet, Vec<Selected>), StoreError> {
    let present = writer.rule_set().await?;
    let mut rows = Vec::new();
    for statement in script.statements() {
        if let Ran::Selected(selected) = writer.run(statement).await? {
            rows.push(selected);
        }
    }
    let after = writer.rule_set_after(&present).await?;
    Ok((ChangeSet::between(&present, &after), rows))
}

fn show(visit: &Visit, sql: &str, came: &Came) -> Page {
    let r = &visit.w.report;
    let body = html! {
        div.stack {
            h1 { "SQL" }
            p.muted { (r.sql_hint) }
            form.card.pad.stack method="post" action="/sql" {
                div.field { label for="sql" { (r.statements) } textarea.in #sql name="sql" rows="8" spellcheck="false" required { (sql) } }
                div.row { button.btn.main { (r.run) } }
            }
            @match came {
                Came::Fault(fault) => p.notice.no role="alert" { (drafts::refusal(visit.w, fault)) },
                Came::Edits(_) => p.notice role="status" { (r.nothing_differs) },
                Came::Rows(tables) => { @for table in tables { (rows(visit, table)) } },
            }
        }
    };
    Page {
        title: "SQL".to_owned(),
        tab: Tab::Account,
        body,
    }
}

fn rows(visit: &Visit, selected: &Selected) -> Markup {
    let more = selected.rows.len().saturating_sub(MAX_ROWS) + selected.more;
    html! {
        section.card.pad.scrolls tabindex="0" aria-label=(visit.w.report.rows) {
            table.plain {
                thead { tr { @for column in &selected.columns { th { (column) } } } }
                tbody { @for row in selected.rows.iter().take(MAX_ROWS) { tr { @for cell in row { td { (text(cell)) } } } } }
            }
            p.small.muted { ((visit.w.changes.rows)(&selected.rows.len().to_string())) @if more > 0 { " " ((visit.w.changes.more_rows)(&more.to_string())) } }
        }
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => "–".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => text.to_string(),
        Cell::Blob(bytes) => format!("({} bytes)", bytes.len()),
    }
}
