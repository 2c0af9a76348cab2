//! Drafts as the console's file keeps them, and what is written down of a commit.

use std::sync::Arc;

use serde_json::Value;

use super::commit::{CommitOrder, Committed, NotCommitted, commit};
use super::edit::{EditOp, NotedEdit};
use super::overlay::EditOverlay;
use super::preview::PlannedRow;
use crate::console::Desk;
use crate::console::access::User;
use crate::console::desk::DeskError;
use crate::console::desk::News;
use crate::exchange::Image;
use crate::store::{CommitRow, DraftEditRow, DraftHead};
use routing::table::Table;

/// A draft with its edits.
#[derive(Clone, Debug)]
pub(in crate::console) struct KeptDraft {
    pub(in crate::console) row: DraftHead,
    pub(in crate::console) edits: Vec<NotedEdit>,
}

/// Of more keys others need not know.
const MAX_KEYS_TOLD: usize = 100;

impl KeptDraft {
    /// A draft that is not kept yet.
    pub(in crate::console) fn new(desk: &Desk, user: &User, edits: Vec<NotedEdit>) -> Self {
        let served = desk.live.served();
        Self {
            row: DraftHead {
                id: 0,
                user_name: user.name.clone(),
                base_version: i64::try_from(served.version).unwrap_or(i64::MAX),
                base_hash: format!("{:016x}", served.fingerprint),
                revision: 0,
                reason: None,
                changed_at: clock::now(),
                offered_at: None,
            },
            edits,
        }
    }

    /// Keeps it; `None` if somebody else has changed it meanwhile.
    pub(in crate::console) async fn save(
        mut self,
        desk: &Arc<Desk>,
    ) -> Result<Option<Self>, DeskError> {
        self.row.changed_at = clock::now();
        let rows: Vec<DraftEditRow> = self.edits.iter().map(row_of_edit).collect();
        let row = self.row.clone();
        let saved = desk.filed(move |file| file.save_draft(&row, &rows)).await?;
        let saved = saved.map(|row| Self { row, ..self });
        if let Some(draft) = &saved {
            draft.tell(desk);
        }
        Ok(saved)
    }

    /// Tells those who look. Nobody may.
    fn tell(&self, desk: &Desk) {
        let mut tables: Vec<_> = self.edits.iter().map(|edit| edit.table.name()).collect();
        tables.sort_unstable();
        tables.dedup();
        let keys = self.edits.iter().map(|edit| edit.key.clone());
        let news = News::Draft {
            id: self.row.id,
            by: self.row.user_name.clone(),
            tables,
            keys: keys
                .filter(|key| !key.is_empty())
                .take(MAX_KEYS_TOLD)
                .collect(),
        };
        drop(desk.news.send(news));
    }

    /// The draft with this id.
    pub(in crate::console) async fn find(
        desk: &Arc<Desk>,
        id: i64,
    ) -> Result<Option<Self>, DeskError> {
        let found = desk.filed(move |file| file.draft(id)).await?;
        Ok(found.map(|(row, edits)| Self {
            row,
            edits: edits.iter().filter_map(edit_of_row).collect(),
        }))
    }
}

/// Commits, and writes down what was committed. The id says how to take it back.
pub(in crate::console) async fn commit_and_note(
    desk: &Arc<Desk>,
    user: &User,
    order: CommitOrder,
) -> Result<(i64, Committed), NotCommitted> {
    let reason = order.reason.clone();
    let committed = commit(desk, user, order).await?;
    let row = CommitRow {
        id: 0,
        at: clock::now(),
        actor: user.actor(),
        reason: Some(reason),
        edits: serde_json::to_string(&committed.rows).unwrap_or_default(),
        preview: serde_json::to_string(&committed.preview).ok(),
        version: i64::try_from(committed.version).ok(),
        state: committed.state.name().to_owned(),
    };
    let noted = desk.filed(move |file| file.add_commit(&row)).await;
    let id = noted.unwrap_or_else(|error| {
        // It is done all the same; the log of changes has it.
        tracing::error!(%error, "a commit is not written down in console.db");
        0
    });
    tracing::info!(
        actor = user.actor(),
        rows = committed.rows.len(),
        state = committed.state.name(),
        "rules edited in the console"
    );
    Ok((id, committed))
}

/// The rows that an overlay writes, whole.
pub(super) fn written_rows(overlay: &EditOverlay) -> Vec<PlannedRow> {
    let rows = overlay.changes.rows.iter();
    rows.map(PlannedRow::whole).collect()
}

fn row_of_edit(edit: &NotedEdit) -> DraftEditRow {
    let text = |image: &Image| serde_json::to_string(image).ok();
    let (op, change) = match &edit.op {
        EditOp::Add(image) => ("add", text(image)),
        EditOp::Set(image) => ("set", text(image)),
        EditOp::Delete => ("delete", None),
    };
    DraftEditRow {
        number: 0,
        table_name: edit.table.name().to_owned(),
        row_key: edit.key.clone(),
        op: op.to_owned(),
        base: edit.base.as_ref().and_then(text),
        change,
    }
}

fn edit_of_row(row: &DraftEditRow) -> Option<NotedEdit> {
    let image = |text: &Option<String>| match serde_json::from_str(text.as_deref()?) {
        Ok(Value::Object(image)) => Some(image),
        _ => None,
    };
    let mut tables = Table::ALL.into_iter();
    Some(NotedEdit {
        table: tables.find(|table| table.name() == row.table_name)?,
        key: row.row_key.clone(),
        op: match &*row.op {
            "add" => EditOp::Add(image(&row.change)?),
            "set" => EditOp::Set(image(&row.change)?),
            _ => EditOp::Delete,
        },
        base: image(&row.base),
    })
}
