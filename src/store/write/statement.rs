//! Runs somebody's own SQL, one statement after the other.

use std::path::Path;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteConnection;
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Either, Executor as _, SqlSafeStr as _,
    Statement as _,
};

use super::super::cell::cells;
use super::super::connection::{self, DatabaseIdentity, within};
use super::super::error::message;
use super::rows::reason;
use super::{LIMIT, PATIENCE, StoreError, Writer};
use routing::table::Cell;

/// What has come of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Ran {
    /// Rows.
    Selected(Selected),
    /// So many rows were written, those by triggers not counted.
    Wrote(u64),
}

/// The rows of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The names of their columns.
    pub columns: Vec<String>,
    /// The first of them.
    pub rows: Vec<Vec<Cell>>,
    /// How many more there are.
    pub more: usize,
}

/// More rows than anybody reads in a terminal are counted, not kept.
const ROWS_KEPT: usize = 1000;

impl Writer {
    /// Runs one statement of a [`Script`](super::Script).
    ///
    /// # Errors
    /// SQLite or the tables refuse it, and say why.
    pub async fn run(&mut self, statement: &str) -> Result<Ran, StoreError> {
        // Whoever writes to the log, or only speaks of it, can no longer be told by it.
        self.log_is_whole &= !statement.to_ascii_lowercase().contains("changes");
        run(&mut self.connection, &self.path, statement).await
    }
}

/// Runs one statement on a connection that cannot write.
///
/// # Errors
/// SQLite refuses it, and says why.
pub async fn select(path: &Path, statement: &str) -> Result<Ran, StoreError> {
    connection::must_exist(path).await?;
    let doing = "open a connection";
    let options = connection::reading(path).busy_timeout(PATIENCE);
    let mut connection = within(LIMIT, path, doing, connection::connect(&options)).await?;
    let identity = within(
        LIMIT,
        path,
        "ask whose database this is",
        DatabaseIdentity::ask(&mut connection),
    )
    .await?;
    identity.must_be_ours(path)?;
    let ran = run(&mut connection, path, statement).await?;
    within(LIMIT, path, "close the connection", connection.close()).await?;
    Ok(ran)
}

async fn run(
    connection: &mut SqliteConnection,
    path: &Path,
    statement: &str,
) -> Result<Ran, StoreError> {
    let doing = "run the SQL";
    match within(LIMIT, path, doing, async {
        Ok(step_through(connection, statement).await)
    })
    .await?
    {
        Ok(ran) => Ok(ran),
        Err(error) => Err(refused(path, doing, error)),
    }
}

/// Whatever is wrong with somebody's own SQL, SQLite's sentence says it best.
fn refused(path: &Path, doing: &'static str, error: sqlx::Error) -> StoreError {
    let sentence = reason(&message(&error));
    match StoreError::new(path, doing, error) {
        StoreError::Query { path, .. } | StoreError::Refused { path, .. } => StoreError::Refused {
            path,
            doing,
            reason: sentence,
        },
        error => error,
    }
}

async fn step_through(
    connection: &mut SqliteConnection,
    statement: &str,
) -> Result<Ran, sqlx::Error> {
    let sql = || AssertSqlSafe(statement.to_owned()).into_sql_str();
    let prepared = (&mut *connection).prepare(sql()).await?;
    let columns: Vec<String> = prepared
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    let mut selected = Selected {
        columns,
        rows: Vec::new(),
        more: 0,
    };
    let mut written = 0;
    let mut steps = sqlx::raw_sql(sql()).fetch_many(connection);
    while let Some(step) = steps.try_next().await? {
        match step {
            Either::Left(done) => written = done.rows_affected(),
            Either::Right(row) if selected.rows.len() < ROWS_KEPT => {
                selected.rows.push(cells(&row)?);
            }
            Either::Right(_) => selected.more += 1,
        }
    }
    Ok(if selected.columns.is_empty() {
        Ran::Wrote(written)
    } else {
        Ran::Selected(selected)
    })
}
