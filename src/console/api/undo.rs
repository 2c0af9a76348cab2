//! Edits that are taken back: a draft of the inverse.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::ApiError;
use super::actions::{HowDone, conclude};
use super::sent::SentJson;
use crate::console::Desk;
use crate::console::access::User;
use crate::console::ask::calls::open_journal;
use crate::console::draft::commit::NotCommitted;
use crate::console::draft::edit::NotedEdit;
use crate::console::draft::overlay::edits_of;
use crate::plan::taken_back;
use crate::store::{ChangeQuery, Op, RowChange, StoreError, callers_of};
use routing::table::Table;

#[derive(Debug, Deserialize)]
pub(super) struct UndoOrder {
    /// Versions such as `41`, or single changes of them such as `41.2`.
    #[serde(default)]
    changes: Vec<String>,
    /// What a commit has written, such as `c_7`.
    undo: Option<String>,
    #[serde(flatten)]
    how: HowDone,
}

pub(super) async fn undo(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentJson(order): SentJson<UndoOrder>,
) -> Result<Response, ApiError> {
    let changes = match &order.undo {
        Some(commit) => of_commit(&desk, commit).await?,
        None => of_versions(&desk, &order.changes).await?,
    };
    let edits = inverse(&desk, &changes).await?;
    conclude(&desk, &user, &order.how, edits).await
}

/// The edits that take versions, or single changes of them, back.
pub(in crate::console) async fn inverse_of(
    desk: &Arc<Desk>,
    what: &[String],
) -> Result<Vec<NotedEdit>, ApiError> {
    inverse(desk, &of_versions(desk, what).await?).await
}

async fn inverse(desk: &Arc<Desk>, changes: &[RowChange]) -> Result<Vec<NotedEdit>, ApiError> {
    if changes.is_empty() {
        return Err(ApiError::missing(
            "no_such_change",
            "the journal has no such change",
        ));
    }
    let file = desk.live.rows().ok_or(NotCommitted::NoRows)?;
    let numbers: Vec<String> = changes
        .iter()
        .filter(|change| change.table == Table::Callers.name())
        .map(|change| change.key.clone())
        .collect();
    let callers = callers_of(&desk.database.rules, &numbers).await?;
    let mut present = file.editable.rules.clone();
    present.set(Table::Callers, callers);
    let inverse = taken_back(&present, changes)
        .map_err(|moved| ApiError::new(axum::http::StatusCode::CONFLICT, "moved_on", moved))?;
    Ok(edits_of(&inverse))
}

/// What a commit has written, the last row first.
async fn of_commit(desk: &Arc<Desk>, name: &str) -> Result<Vec<RowChange>, ApiError> {
    let id = name.trim_start_matches("c_").parse::<i64>().unwrap_or(0);
    let missing = || ApiError::missing("no_such_commit", "there is no such commit");
    let commit = desk.filed(move |file| file.commit(id)).await?;
    let commit = commit.ok_or_else(missing)?;
    let rows: Vec<Value> = serde_json::from_str(&commit.edits).unwrap_or_default();
    let mut changes = Vec::new();
    for (row, number) in rows.iter().zip(1..) {
        let text = |name| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let image = |name| row.get(name).filter(|image| image.is_object());
        changes.push(RowChange {
            version: commit.version.unwrap_or(0),
            number,
            table: text("table").to_owned(),
            key: text("key").to_owned(),
            op: match text("op") {
                "insert" => Op::Insert,
                "delete" => Op::Delete,
                _ => Op::Update,
            },
            before: image("before").map(ToString::to_string),
            after: image("after").map(ToString::to_string),
            note: None,
        });
    }
    changes.reverse();
    Ok(changes)
}

/// What the journal has of versions and single changes, the newest first.
async fn of_versions(desk: &Arc<Desk>, what: &[String]) -> Result<Vec<RowChange>, ApiError> {
    let mut queries = Vec::new();
    for text in what {
        let (version, number) = match text.split_once('.') {
            Some((version, number)) => (version.parse().ok(), number.parse().ok()),
            None => (text.parse().ok(), None),
        };
        let Some(version) = version.filter(|_| number.is_some() || !text.contains('.')) else {
            return Err(ApiError::unclear(
                "no_change",
                format_args!("'{text}' is no change; write a version such as 41, or 41.2"),
            ));
        };
        let query = ChangeQuery {
            number,
            ..ChangeQuery::of(version)
        };
        queries.push(query);
    }
    let read = desk.work_on(async move |desk| {
        let mut journal = open_journal(&desk).await?;
        let mut changes = Vec::new();
        for query in queries {
            changes.extend(journal.changes(&query).await?);
        }
        journal.close().await?;
        Ok::<_, StoreError>(changes)
    });
    let mut changes = read.await??;
    changes.sort_by_key(|change| (change.version, change.number));
    changes.dedup_by_key(|change| (change.version, change.number));
    changes.reverse();
    Ok(changes)
}
