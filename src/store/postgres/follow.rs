//! Bringing a mirror to the version that PostgreSQL holds.

use std::path::Path;

use sqlx::postgres::PgRow;

use super::{Postgres, PostgresError};
use crate::exchange::{ChangeSet, RuleSet};
use crate::store::export;
use crate::store::mirror::{self, LogEntry, MirrorVersion, mirror_version};

/// Entries of the log beyond which all rows are read instead.
const MAX_ENTRIES: usize = 50_000;

/// What was done to a mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It held that version.
    Nothing,
    /// So many edits were applied.
    Edits(usize),
    /// All rows were read: there was no mirror, or too much had happened since.
    Whole,
    /// All rows were read: PostgreSQL holds an earlier version than the mirror, or another one of the same number. It has
    /// lost edits, or was restored; so many rows are other than they were.
    Fork(usize),
}

impl Postgres {
    /// The version that PostgreSQL holds.
    ///
    /// # Errors
    /// There is no such project; PostgreSQL is gone.
    pub async fn mirrored_version(&mut self, project: i64) -> Result<MirrorVersion, PostgresError> {
        let doing = "ask for the version";
        let sql = format!(
            "select version, token::text as token from stringee.projects where id = {project}"
        );
        let rows = self.rows(doing, sql).await?;
        let Some(row) = rows.first() else {
            return Err(PostgresError::NoProject {
                place: self.place().to_owned(),
                project,
            });
        };
        Ok(MirrorVersion {
            version: self.get(doing, row, "version")?,
            token: self.get(doing, row, "token")?,
        })
    }

    /// Brings a mirror to the version that PostgreSQL holds, unless it does.
    ///
    /// # Errors
    /// PostgreSQL is gone, or the mirror cannot be written.
    pub async fn follow(&mut self, project: i64, path: &Path) -> Result<Followed, PostgresError> {
        let held = mirror_version(path).await?;
        let begin = "begin isolation level repeatable read read only".to_owned();
        self.run("begin to read", begin).await?;
        let followed = self.follow_from(project, path, held).await;
        // Also after an error: else the connection would stay in that transaction.
        let ended = self.run("end reading", "rollback".to_owned()).await;
        let followed = followed?;
        ended.map(|()| followed)
    }

    async fn follow_from(
        &mut self,
        project: i64,
        path: &Path,
        held: Option<MirrorVersion>,
    ) -> Result<Followed, PostgresError> {
        let new = self.mirrored_version(project).await?;
        let Some(held) = held else {
            let rules = self.rule_set(project).await?;
            mirror::replace(path, rules, new).await?;
            return Ok(Followed::Whole);
        };
        if held == new {
            return Ok(Followed::Nothing);
        }
        if held.version >= new.version {
            let differing = self.put_right(project, path, new).await?;
            return Ok(Followed::Fork(differing));
        }
        let entries = self.entries_since(project, held.version).await?;
        if !is_whole(&entries, &held, &new) {
            let rules = self.rule_set(project).await?;
            mirror::replace(path, rules, new).await?;
            return Ok(Followed::Whole);
        }
        let count = entries.len();
        mirror::apply(path, entries, new).await?;
        Ok(Followed::Edits(count))
    }

    /// Compares all rows with those of a mirror that holds the same version. What differs was edited past the log, there or
    /// here, and is put right; what comes back names it.
    ///
    /// # Errors
    /// PostgreSQL is gone, or the mirror cannot be read or written.
    pub async fn compare(
        &mut self,
        project: i64,
        path: &Path,
    ) -> Result<Vec<String>, PostgresError> {
        let begin = "begin isolation level repeatable read read only".to_owned();
        self.run("begin to read", begin).await?;
        let compared = self.compare_in_transaction(project, path).await;
        let ended = self.run("end reading", "rollback".to_owned()).await;
        let compared = compared?;
        ended.map(|()| compared)
    }

    async fn compare_in_transaction(
        &mut self,
        project: i64,
        path: &Path,
    ) -> Result<Vec<String>, PostgresError> {
        let new = self.mirrored_version(project).await?;
        if mirror_version(path).await?.as_ref() != Some(&new) {
            return Ok(Vec::new());
        }
        let (held, rules) = (export(path).await?, self.rule_set(project).await?);
        let differing = ChangeSet::between(&held, &rules).rows;
        let named: Vec<String> = differing
            .iter()
            .map(|row| format!("{} {}", row.table.name(), row.key()))
            .collect();
        if !named.is_empty() {
            mirror::replace(path, rules, new).await?;
        }
        Ok(named)
    }

    async fn put_right(
        &mut self,
        project: i64,
        path: &Path,
        new: MirrorVersion,
    ) -> Result<usize, PostgresError> {
        let held = export(path).await.unwrap_or_else(|_| RuleSet::default());
        let rules = self.rule_set(project).await?;
        let differing = ChangeSet::between(&held, &rules).rows.len();
        mirror::replace(path, rules, new).await?;
        Ok(differing)
    }

    async fn entries_since(
        &mut self,
        project: i64,
        version: i64,
    ) -> Result<Vec<LogEntry>, PostgresError> {
        let sql = format!(
            "select version, at, actor, reason, table_name, row_key, op, before::text as before, after::text as after
            from stringee.changes where project_id = {project} and version > {version}
            order by version, id limit {}",
            MAX_ENTRIES + 1
        );
        let rows = self.rows("read the log of edits", sql).await?;
        rows.iter().map(|row| self.entry(row)).collect()
    }

    fn entry(&self, row: &PgRow) -> Result<LogEntry, PostgresError> {
        let doing = "read the log of edits";
        Ok(LogEntry {
            version: self.get(doing, row, "version")?,
            at: self.get(doing, row, "at")?,
            actor: self.get(doing, row, "actor")?,
            reason: self.get(doing, row, "reason")?,
            table: self.get(doing, row, "table_name")?,
            key: self.get(doing, row, "row_key")?,
            op: self.get(doing, row, "op")?,
            before: self.get(doing, row, "before")?,
            after: self.get(doing, row, "after")?,
        })
    }
}

/// Whether the entries are all that lies between two versions: each version has at least one, unless somebody has deleted
/// lines of the log.
fn is_whole(entries: &[LogEntry], held: &MirrorVersion, new: &MirrorVersion) -> bool {
    let mut expected = held.version;
    for entry in entries {
        if entry.version != expected {
            expected += 1;
        }
        if entry.version != expected {
            return false;
        }
    }
    entries.len() <= MAX_ENTRIES && expected == new.version
}
