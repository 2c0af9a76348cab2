//! What has changed between two accepted versions of the rules: the server's own comparison, row by row.
//!
//! The changes log inside the rules database is written by triggers, and `INSERT OR REPLACE`, a rebuilt table or a
//! dropped trigger get past them. So the rows themselves are compared, and the log only adds who and why.
//!
//! All of it happens inside of SQLite: two copies are attached to the journal, each table is walked through by its key,
//! and what differs goes straight into `version_changes`. No row passes through this process, so a million callers
//! cost time, but no memory.

mod row_sql;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::connection::within;
use super::journal::count_changes;
use super::{JournalFile, StoreError};
use routing::table::Table;

pub(super) use row_sql::key_of_row;
use row_sql::{Shape, agrees, first_key, key_of_image, same_key};

/// How long a comparison may take. A million changed callers took less than a minute on a busy machine,
/// in a build without optimisation.
const COMPARISON_LIMIT: Duration = Duration::from_mins(5);

/// A version of the rules that was accepted.
#[derive(Clone, Copy, Debug)]
pub struct AcceptedVersion<'a> {
    /// The number it has elsewhere; a higher one is taken if this one is not higher than all before.
    pub number: u64,
    /// The hash of its rows.
    pub hash: &'a str,
    /// When it was accepted.
    pub at: Timestamp,
    /// Where it came from.
    pub source: &'a str,
}

/// Writes a version, with the rows in which its copy differs from the one before, to the journal.
///
/// Returns its number there; `None` if it is the version that was written last, because then it has been written
/// already: a copy comes again after a crash. Without an old copy there is nothing to compare with.
pub async fn record(
    journal: &Path,
    old: Option<&Path>,
    new: &Path,
    version: &AcceptedVersion<'_>,
) -> Result<Option<i64>, StoreError> {
    JournalFile::open(journal).await?.close().await?;
    let recorded = async {
        let options = super::journal::writing(journal);
        let mut connection = super::connection::connect(&options).await?;
        attach(&mut connection, new, "new").await?;
        if let Some(old) = old {
            attach(&mut connection, old, "old").await?;
        }
        let mut transaction = connection.begin_with("begin immediate").await?;
        let number = write(&mut transaction, old.is_some(), version).await?;
        transaction.commit().await?;
        connection.close().await?;
        Ok(number)
    };
    within(
        COMPARISON_LIMIT,
        journal,
        "write what has changed",
        recorded,
    )
    .await
}

/// Attaches a database that is only read.
async fn attach(
    connection: &mut SqliteConnection,
    path: &Path,
    schema: &'static str,
) -> Result<(), sqlx::Error> {
    /// What has a meaning of its own in the path of a URI.
    const RESERVED: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');
    let path = path.to_string_lossy();
    let uri = format!("file:{}?mode=ro", utf8_percent_encode(&path, RESERVED));
    let attach = sqlx::query("attach ?1 as ?2").bind(uri).bind(schema);
    attach.persistent(false).execute(connection).await?;
    Ok(())
}

async fn write(
    connection: &mut SqliteConnection,
    has_old: bool,
    version: &AcceptedVersion<'_>,
) -> Result<Option<i64>, sqlx::Error> {
    let last = "select number, hash from versions order by number desc limit 1";
    let last: Option<(i64, String)> = sqlx::query_as(last)
        .fetch_optional(&mut *connection)
        .await?;
    let after_last = match last {
        Some((_, hash)) if hash == version.hash => return Ok(None),
        Some((number, _)) => number.saturating_add(1),
        None => 1,
    };
    let number = i64::try_from(version.number).unwrap_or(0).max(after_last);
    if has_old {
        for table in Table::ALL {
            compare(connection, table, number).await?;
        }
    }
    count_changes(connection, number, version).await?;
    Ok(Some(number))
}

/// Writes the rows of one table that differ, and who changed them.
async fn compare(
    connection: &mut SqliteConnection,
    table: Table,
    version: i64,
) -> Result<(), sqlx::Error> {
    let name = table.name();
    let old = match has_table(connection, name).await? {
        (false, _) => return Ok(()),
        (true, true) => format!("old.{name}"),
        // The old copy is of a version that did not have it yet.
        (true, false) => format!("(select * from new.{name} where 0)"),
    };
    let before = if old.starts_with("old.") {
        "old"
    } else {
        "new"
    };
    let shape = Shape::shared(connection, table, ["new", before]).await?;
    let insert = format!(
        "insert into main.version_changes (version, number, table_name, row_key, op, before, after)
        select ?1, row_number() over () + (select count(*) from main.version_changes where version = ?1),
            '{}', row_key, op, before, after
        from ({})",
        table.name(),
        difference(&shape, &old, &format!("new.{name}")),
    );
    let insert = sqlx::query(AssertSqlSafe(insert))
        .bind(version)
        .persistent(false);
    let changes = insert.execute(&mut *connection).await?.rows_affected();
    if changes > 0 && has_log(connection).await? {
        explain(connection, table, version).await?;
    }
    Ok(())
}

/// The rows in which a table of one attached database differs from that of another: `row_key`, `op`, `before`, `after`.
///
/// Each row is looked up in the other database by its key. `EXCEPT` would first sort both tables as a whole.
fn difference(shape: &Shape, old: &str, new: &str) -> String {
    let table = shape.table;
    let (before, after) = (shape.image("o"), shape.image("n"));
    let (no_old, no_new) = (first_key(table, "o"), first_key(table, "n"));
    let (old_key, new_key) = (key_of_row(table, "o"), key_of_row(table, "n"));
    let (same_key, equal) = (same_key(table, "o", "n"), shape.equal("o", "n"));
    format!(
        "select {old_key} as row_key, 'delete' as op, {before} as before, null as after
        from {old} o left join {new} n on {same_key}
        where {no_new} is null
        union all
        select {new_key}, case when {no_old} is null then 'insert' else 'update' end,
            case when {no_old} is not null then {before} end, {after}
        from {new} n left join {old} o on {same_key}
        where {no_old} is null or not ({equal})"
    )
}

/// Whether the new copy and the old one have a table.
async fn has_table(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<(bool, bool), sqlx::Error> {
    let question = "select
        (select count(*) from new.sqlite_schema where type = 'table' and name = ?1),
        (select count(*) from old.sqlite_schema where type = 'table' and name = ?1)";
    let answer = sqlx::query_as(question).bind(name).persistent(false);
    let (new, old): (i64, i64) = answer.fetch_one(connection).await?;
    Ok((new > 0, old > 0))
}

/// An admin may have dropped the log.
async fn has_log(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let log = "select count(*) = 2 from (
        select name from new.sqlite_schema where type = 'table' and name = 'changes' union all
        select name from old.sqlite_schema where type = 'table' and name = 'changes')";
    sqlx::query_scalar(log)
        .persistent(false)
        .fetch_one(connection)
        .await
}

/// Adds who, why and when to a table's changes, from the log's entries since the old copy.
///
/// The entries are gone through from the oldest on, so that the newest one about a row remains. Only if that one left
/// the row as it stands now does it explain it; else somebody got past the log later on.
async fn explain(
    connection: &mut SqliteConnection,
    table: Table,
    version: i64,
) -> Result<(), sqlx::Error> {
    let (after, before) = (
        key_of_image(table, "c.after"),
        key_of_image(table, "c.before"),
    );
    let agrees = agrees("version_changes.after", "excluded.after");
    let explains = format!(
        "case when op = 'delete' then excluded.after is null else coalesce({agrees}, 0) end"
    );
    let statement = format!(
        "insert into main.version_changes (version, number, table_name, row_key, op, after, actor, reason, edited_at)
        select ?1, 0, ?2, row_key, 'update', after, actor, reason, at
        from (
            select c.id, case when c.op = 'delete' then {before} else {after} end as row_key, c.after, c.actor,
                c.reason, c.at
            from new.changes c where c.table_name = ?2 and c.id >= ({FIRST_NEW_ENTRY})
            union all
            select c.id, {before}, null, c.actor, c.reason, c.at
            from new.changes c
            where c.table_name = ?2 and c.id >= ({FIRST_NEW_ENTRY}) and c.op = 'update' and {before} <> {after}
            order by 1
        ) as entry
        where exists (
            select 1 from main.version_changes known
            where known.version = ?1 and known.table_name = ?2 and known.row_key = entry.row_key)
        on conflict (version, table_name, row_key) do update set
            logged = {explains},
            actor = case when {explains} then excluded.actor end,
            reason = case when {explains} then excluded.reason end,
            edited_at = case when {explains} then excluded.edited_at end"
    );
    let explained = sqlx::query(AssertSqlSafe(statement))
        .bind(version)
        .bind(table.name())
        .persistent(false);
    match explained.execute(&mut *connection).await {
        Ok(_) => Ok(()),
        Err(error) if error.as_database_error().is_some() => {
            tracing::warn!(%error, table = table.name(), "the changes log of the rules database cannot be read");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The first entry of the log that the old copy does not have. Where the log has been cleared and its ids are given
/// out anew, all entries count as new.
const FIRST_NEW_ENTRY: &str = "
    select coalesce((
        select last.id + 1 from (select max(id) as id, at from old.changes) last
        where exists (select 1 from new.changes same where same.id = last.id and same.at = last.at)), 0)";
