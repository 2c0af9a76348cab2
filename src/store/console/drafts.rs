//! Edits that somebody prepares, and those that were committed.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{ConsoleFile, StoreError, at, time};

/// A draft without its edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftHead {
    /// Given by SQLite.
    pub id: i64,
    /// Whose it is.
    pub user_name: String,
    /// The version that it was begun on.
    pub base_version: i64,
    /// Its hash.
    pub base_hash: String,
    /// Counts its changes.
    pub revision: i64,
    /// What they wrote so far.
    pub reason: Option<String>,
    /// When it was changed last.
    pub changed_at: Timestamp,
    /// When it was offered to an admin.
    pub offered_at: Option<Timestamp>,
}

/// One edit of a draft, as it was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftEditRow {
    /// 1, 2, 3 ... in a draft.
    pub number: i64,
    /// The table.
    pub table_name: String,
    /// The row's key; empty for a row that is added.
    pub row_key: String,
    /// `add`, `set` or `delete`.
    pub op: String,
    /// The row that it was based on, as JSON.
    pub base: Option<String>,
    /// The columns' new values, as JSON.
    pub change: Option<String>,
}

/// What was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRow {
    /// Given by SQLite; 0 for a new one.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// The rows before and after, as a JSON array.
    pub edits: String,
    /// What was shown before, as JSON.
    pub preview: Option<String>,
    /// The version that holds them.
    pub version: Option<i64>,
    /// `in_force`, `held`, `refused` or `waiting`.
    pub state: String,
}

/// How many recorded calls a commit was said to ring otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommittedCalls {
    /// The version that holds it.
    pub version: i64,
    /// Calls that would ring somebody else.
    pub somebody_else: i64,
    /// Calls that would ring nobody.
    pub nobody: i64,
}

const DRAFT: &str = "select id, user_name, base_version, base_hash, revision, reason, changed_at, offered_at from drafts";

fn draft(row: &Row<'_>) -> rusqlite::Result<DraftHead> {
    let changed_at: String = row.get(6)?;
    let offered_at: Option<String> = row.get(7)?;
    Ok(DraftHead {
        id: row.get(0)?,
        user_name: row.get(1)?,
        base_version: row.get(2)?,
        base_hash: row.get(3)?,
        revision: row.get(4)?,
        reason: row.get(5)?,
        changed_at: at(&changed_at),
        offered_at: offered_at.as_deref().map(at),
    })
}

impl ConsoleFile {
    /// Writes a draft with its edits in place of what it was, and counts the change; a new one without an id.
    ///
    /// `None`: the draft is gone, or has another revision by now.
    pub fn save_draft(
        &self,
        new: &DraftHead,
        edits: &[DraftEditRow],
    ) -> Result<Option<DraftHead>, StoreError> {
        self.write("save a draft", |connection| {
            let changed_at = time(new.changed_at);
            let id = if new.id == 0 {
                let insert = "insert into drafts
                    (user_name, base_version, base_hash, reason, created_at, changed_at)
                    values (?1, ?2, ?3, ?4, ?5, ?5)";
                let values = params![
                    new.user_name,
                    new.base_version,
                    new.base_hash,
                    new.reason,
                    changed_at
                ];
                connection.execute(insert, values)?;
                connection.last_insert_rowid()
            } else {
                let update = "update drafts set revision = revision + 1, base_version = ?3, base_hash = ?4, reason = ?5,
                    changed_at = ?6, offered_at = ?7 where id = ?1 and revision = ?2";
                let values = params![
                    new.id,
                    new.revision,
                    new.base_version,
                    new.base_hash,
                    new.reason,
                    changed_at,
                    new.offered_at.map(time)
                ];
                if connection.execute(update, values)? == 0 {
                    return Ok(None);
                }
                new.id
            };
            connection.execute("delete from draft_edits where draft_id = ?1", [id])?;
            let insert = "insert into draft_edits (draft_id, number, table_name, row_key, op, base, change)
                values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            for (edit, number) in edits.iter().zip(1_i64..) {
                let DraftEditRow { table_name, row_key, op, base, change, .. } = edit;
                connection.execute(insert, params![id, number, table_name, row_key, op, base, change])?;
            }
            connection.query_row(&format!("{DRAFT} where id = ?1"), [id], draft).optional()
        })
    }

    /// A draft with its edits.
    pub fn draft(&self, id: i64) -> Result<Option<(DraftHead, Vec<DraftEditRow>)>, StoreError> {
        self.ask("read a draft", |connection| {
            let found = connection
                .query_row(&format!("{DRAFT} where id = ?1"), [id], draft)
                .optional()?;
            let Some(found) = found else {
                return Ok(None);
            };
            let sql = "select number, table_name, row_key, op, base, change from draft_edits
                where draft_id = ?1 order by number";
            let mut edits = connection.prepare(sql)?;
            let edits = edits.query_map([id], |row| {
                Ok(DraftEditRow {
                    number: row.get(0)?,
                    table_name: row.get(1)?,
                    row_key: row.get(2)?,
                    op: row.get(3)?,
                    base: row.get(4)?,
                    change: row.get(5)?,
                })
            })?;
            Ok(Some((found, edits.collect::<Result<_, _>>()?)))
        })
    }

    /// All drafts, those that were changed last first.
    pub fn drafts(&self) -> Result<Vec<DraftHead>, StoreError> {
        self.ask("list the drafts", |connection| {
            let mut found = connection.prepare(&format!("{DRAFT} order by changed_at desc, id"))?;
            found.query_map((), draft)?.collect()
        })
    }

    /// Removes a draft of this revision.
    pub fn delete_draft(&self, id: i64, revision: i64) -> Result<bool, StoreError> {
        self.ask("remove a draft", |connection| {
            let sql = "delete from drafts where id = ?1 and revision = ?2";
            Ok(connection.execute(sql, [id, revision])? == 1)
        })
    }

    /// Writes down what was committed; says its id.
    pub fn add_commit(&self, new: &CommitRow) -> Result<i64, StoreError> {
        self.ask("write down a commit", |connection| {
            let sql = "insert into commits (at, actor, reason, edits, preview, version, state)
                values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let CommitRow {
                actor,
                reason,
                edits,
                preview,
                version,
                state,
                ..
            } = new;
            let values = params![time(new.at), actor, reason, edits, preview, version, state];
            connection.execute(sql, values)?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// What was said of recorded calls before these versions were applied here, of several commits of one version all
    /// together; versions that were not applied here are left out.
    pub fn committed_calls(
        &self,
        first: i64,
        last: i64,
    ) -> Result<Vec<CommittedCalls>, StoreError> {
        self.ask("read the commits", |connection| {
            let sql = "select version, sum(preview ->> '$.calls.somebody_else'), sum(preview ->> '$.calls.nobody')
                from commits
                where version between ?1 and ?2 and state = 'in_force' and preview is not null
                group by version";
            let mut found = connection.prepare(sql)?;
            let found = found.query_map([first, last], |row| {
                let somebody_else: Option<i64> = row.get(1)?;
                let nobody: Option<i64> = row.get(2)?;
                Ok(CommittedCalls {
                    version: row.get(0)?,
                    somebody_else: somebody_else.unwrap_or(0),
                    nobody: nobody.unwrap_or(0),
                })
            })?;
            found.collect()
        })
    }

    /// What was committed.
    pub fn commit(&self, id: i64) -> Result<Option<CommitRow>, StoreError> {
        self.ask("read a commit", |connection| {
            let sql = "select id, at, actor, reason, edits, preview, version, state from commits where id = ?1";
            let read = |row: &Row<'_>| {
                let committed: String = row.get(1)?;
                Ok(CommitRow {
                    id: row.get(0)?,
                    at: at(&committed),
                    actor: row.get(2)?,
                    reason: row.get(3)?,
                    edits: row.get(4)?,
                    preview: row.get(5)?,
                    version: row.get(6)?,
                    state: row.get(7)?,
                })
            };
            connection.query_row(sql, [id], read).optional()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, ConsoleFile) {
        let directory = tempfile::tempdir().unwrap();
        let file = ConsoleFile::open(&directory.path().join("console.db")).unwrap();
        (directory, file)
    }

    fn new(user: &str) -> DraftHead {
        DraftHead {
            id: 0,
            user_name: user.to_owned(),
            base_version: 12,
            base_hash: "0ad7".to_owned(),
            revision: 0,
            reason: None,
            changed_at: Timestamp::from_second(1000).unwrap(),
            offered_at: None,
        }
    }

    fn edit(key: &str) -> DraftEditRow {
        DraftEditRow {
            number: 1,
            table_name: "agents".to_owned(),
            row_key: key.to_owned(),
            op: "delete".to_owned(),
            base: Some("{}".to_owned()),
            change: None,
        }
    }

    #[test]
    fn a_draft_is_written_as_a_whole_and_counts_its_changes() {
        let (_directory, file) = file();
        let saved = file
            .save_draft(&new("hoa"), &[edit("a"), edit("b")])
            .unwrap()
            .unwrap();
        assert_eq!(saved.revision, 1);
        let changed = file.save_draft(&saved, &[edit("c")]).unwrap().unwrap();
        assert_eq!(changed.revision, 2);
        let (_, edits) = file.draft(saved.id).unwrap().unwrap();
        assert_eq!(edits, [edit("c")]);
        assert_eq!(file.drafts().unwrap(), [changed]);
    }

    #[test]
    fn whoever_saw_an_earlier_revision_writes_over_nothing() {
        let (_directory, file) = file();
        let saved = file.save_draft(&new("hoa"), &[edit("a")]).unwrap().unwrap();
        file.save_draft(&saved, &[edit("b")]).unwrap();
        assert_eq!(file.save_draft(&saved, &[edit("c")]).unwrap(), None);
        assert!(!file.delete_draft(saved.id, saved.revision).unwrap());
        assert_eq!(file.draft(saved.id).unwrap().unwrap().1, [edit("b")]);
        assert!(file.delete_draft(saved.id, 2).unwrap());
        assert_eq!(file.draft(saved.id).unwrap(), None);
    }

    #[test]
    fn a_commit_is_found_by_its_id() {
        let (_directory, file) = file();
        let commit = CommitRow {
            id: 0,
            at: Timestamp::from_second(5).unwrap(),
            actor: "hoa".to_owned(),
            reason: Some("khách chờ lâu".to_owned()),
            edits: "[]".to_owned(),
            preview: None,
            version: Some(13),
            state: "in_force".to_owned(),
        };
        let id = file.add_commit(&commit).unwrap();
        assert_eq!(file.commit(id).unwrap(), Some(CommitRow { id, ..commit }));
        assert_eq!(file.commit(id + 1).unwrap(), None);
    }
}
