//! Versions of the rules, and the rows in which each differs from the one before.

use std::fmt;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::super::StoreError;
use super::{JournalFile, text_of, time_of};

/// A row of `versions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// 1, 2, 3 ...
    pub number: i64,
    /// When it was accepted.
    pub at: Timestamp,
    /// The hash of its rows.
    pub hash: String,
    /// Where it came from.
    pub source: String,
    /// How many rows differ from the version before.
    pub changes: i64,
    /// How many of them the changes log of the rules database does not explain.
    pub not_logged: i64,
}

/// A row of `version_changes`: a row of the rules that differs from the version before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The later version.
    pub version: i64,
    /// 1, 2, 3 ... within the version.
    pub number: i64,
    /// The table of the rules database.
    pub table: String,
    /// The row's key.
    pub key: String,
    /// What has become of the row.
    pub op: Op,
    /// All columns before, as a JSON object; `None` for an insert.
    pub before: Option<String>,
    /// All columns after, as a JSON object; `None` for a delete.
    pub after: Option<String>,
    /// Who and why, if the changes log of the rules database explains it.
    pub note: Option<Note>,
}

/// What the changes log of the rules database says about a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who; `unknown` for an edit in a database tool that did not say.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: String,
}

/// What has become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// It is new.
    Insert,
    /// Some column differs.
    Update,
    /// It is gone.
    Delete,
}

/// Which changes are asked for: those that are all of this.
#[derive(Clone, Debug)]
pub struct ChangeQuery {
    /// Of this version.
    pub version: i64,
    /// The one with this number within its version.
    pub number: Option<i64>,
    /// That are this.
    pub filter: ChangeFilter,
    /// No more than so many.
    pub limit: Option<u32>,
}

/// Which changes are meant: those that are all of this.
#[derive(Clone, Debug, Default)]
pub struct ChangeFilter {
    /// Of this table.
    pub table: Option<String>,
    /// Of the row with this key.
    pub key: Option<String>,
    /// By this user, or by a program of theirs (`hoa via token ci`).
    pub actor: Option<String>,
    /// With this text in the reason, the key, or a value before or after.
    pub text: Option<String>,
}

/// Which versions are asked for: those that are all of this.
#[derive(Clone, Debug, Default)]
pub struct VersionQuery {
    /// With this number.
    pub number: Option<i64>,
    /// Before this one.
    pub before: Option<i64>,
    /// Accepted at this time or later.
    pub since: Option<Timestamp>,
    /// Accepted before this time.
    pub until: Option<Timestamp>,
    /// With a change like this, if it says anything.
    pub filter: ChangeFilter,
    /// No more than so many.
    pub limit: Option<u32>,
}

/// Whether a change is as a [`ChangeFilter`] says; its values are the parameters from 5 on.
macro_rules! is_like {
    () => {
        "(?5 is null or table_name = ?5) and (?6 is null or row_key = ?6)
            and (?7 is null or actor = ?7 or substr(actor, 1, length(?7) + 5) = ?7 || ' via ')
            and (?8 is null or instr(lower(concat_ws(char(10), row_key, reason, before, after)), lower(?8)))"
    };
}

const VERSIONS: &str = concat!(
    "select number, at, hash, source, changes, not_logged from versions
    where (?1 is null or number = ?1) and (?2 is null or number < ?2) and (?3 is null or at >= ?3)
        and (?4 is null or at < ?4)
        and (coalesce(?5, ?6, ?7, ?8) is null
            or exists (select 1 from version_changes where version = versions.number and ",
    is_like!(),
    "))
    order by number desc
    limit coalesce(?9, -1)"
);

const CHANGES: &str = concat!(
    "select version, number, table_name, row_key, op, before, after, logged, actor, reason, edited_at
    from version_changes
    where version = ?1 and (?2 is null or number = ?2) and ",
    is_like!(),
    "
    order by number
    limit coalesce(?3, -1)"
);

impl ChangeQuery {
    /// All changes of a version.
    pub const fn of(version: i64) -> Self {
        Self {
            version,
            number: None,
            filter: ChangeFilter {
                table: None,
                key: None,
                actor: None,
                text: None,
            },
            limit: None,
        }
    }
}

impl JournalFile {
    /// The versions asked for, the newest first.
    pub async fn versions(
        &mut self,
        number: Option<i64>,
        since: Option<Timestamp>,
        limit: Option<u32>,
    ) -> Result<Vec<VersionRow>, StoreError> {
        let query = VersionQuery {
            number,
            since,
            limit,
            ..VersionQuery::default()
        };
        self.versions_like(&query).await
    }

    /// The same, of those with a change that is meant.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn versions_like(
        &mut self,
        query: &VersionQuery,
    ) -> Result<Vec<VersionRow>, StoreError> {
        let rows = sqlx::query(VERSIONS)
            .bind(query.number)
            .bind(query.before)
            .bind(query.since.map(text_of))
            .bind(query.until.map(text_of))
            .bind(&query.filter.table)
            .bind(&query.filter.key)
            .bind(&query.filter.actor)
            .bind(&query.filter.text)
            .bind(query.limit)
            .fetch(&mut self.connection);
        let read = rows
            .and_then(|row| std::future::ready(VersionRow::of(&row)))
            .try_collect()
            .await;
        read.map_err(|error| StoreError::new(&self.path, "read the versions", error))
    }

    /// The changes asked for, in their order.
    pub async fn changes(&mut self, query: &ChangeQuery) -> Result<Vec<RowChange>, StoreError> {
        let rows = sqlx::query(CHANGES)
            .bind(query.version)
            .bind(query.number)
            .bind(query.limit)
            .bind(None::<String>)
            .bind(&query.filter.table)
            .bind(&query.filter.key)
            .bind(&query.filter.actor)
            .bind(&query.filter.text)
            .fetch(&mut self.connection);
        let read = rows
            .and_then(|row| std::future::ready(RowChange::of(&row)))
            .try_collect()
            .await;
        read.map_err(|error| StoreError::new(&self.path, "read the changes", error))
    }
}

/// Writes the row of a version whose changes are there.
pub(in crate::store) async fn count_changes(
    connection: &mut SqliteConnection,
    number: i64,
    version: &crate::store::AcceptedVersion<'_>,
) -> Result<(), sqlx::Error> {
    let insert = "
        insert into versions (number, at, hash, source, changes, not_logged)
        select ?1, ?2, ?3, ?4, count(*), count(*) - coalesce(sum(logged), 0) from version_changes where version = ?1";
    let insert = sqlx::query(insert)
        .bind(number)
        .bind(text_of(version.at))
        .bind(version.hash)
        .bind(version.source);
    insert.execute(connection).await?;
    Ok(())
}

impl VersionRow {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            number: row.try_get("number")?,
            at: time_of(row.try_get("at")?),
            hash: row.try_get("hash")?,
            source: row.try_get("source")?,
            changes: row.try_get("changes")?,
            not_logged: row.try_get("not_logged")?,
        })
    }
}

impl RowChange {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let logged: bool = row.try_get("logged")?;
        let note = || -> Result<Note, sqlx::Error> {
            Ok(Note {
                actor: row.try_get("actor")?,
                reason: row.try_get("reason")?,
                at: row.try_get("edited_at")?,
            })
        };
        Ok(Self {
            version: row.try_get("version")?,
            number: row.try_get("number")?,
            table: row.try_get("table_name")?,
            key: row.try_get("row_key")?,
            op: Op::of(row.try_get("op")?),
            before: row.try_get("before")?,
            after: row.try_get("after")?,
            note: logged.then(note).transpose()?,
        })
    }
}

impl Op {
    /// As in the column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// A constraint keeps the column to these three.
    fn of(text: &str) -> Self {
        match text {
            "insert" => Self::Insert,
            "delete" => Self::Delete,
            _ => Self::Update,
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
