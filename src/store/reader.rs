//! Reads all tables at one moment, whoever writes meanwhile.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::StoreError;
use super::cell::cells;
use super::connection::{self, Identity, number, within};
use super::select::Select;
use crate::routing::table::{Rows, Table, Tables};

/// How long SQLite waits for somebody else's commit to end while we serve. The next attempt is not far.
const BUSY_TIMEOUT: Duration = Duration::from_millis(50);

/// The same for a command: a person waits, and nobody tries again.
const PATIENT_BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a small question may take. Longer means that the driver's thread is gone, or the disk is.
const CALL_LIMIT: Duration = Duration::from_millis(1500);

/// How long counting or reading the rows of one table may take: ten times what a million callers need on a slow machine.
const ROWS_LIMIT: Duration = Duration::from_secs(30);

/// How many rows the driver's thread may be ahead of us. Its default of 50 makes the two threads wait for each other.
const ROWS_AHEAD: usize = 1000;

/// All tables of a rules database, as they stood at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The rows, with the values as they stand in the file.
    pub tables: Tables,
    /// What [`Reader::data_version`] said at that moment.
    pub data_version: i64,
}

/// One connection that only ever reads.
///
/// After an error it has no connection any more and answers [`StoreError::Closed`]: open a new one.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    connection: Option<SqliteConnection>,
}

impl Reader {
    /// Opens a database to be read again and again while calls are answered.
    ///
    /// The file itself is opened for writing, so that SQLite can roll back what a crashed editor has left half written;
    /// our statements cannot write. Whose database it is shows when it is loaded.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::connect(path, BUSY_TIMEOUT).await
    }

    /// Opens a database to be read once, for a person who waits for it: a lock is waited for longer.
    pub async fn open_patiently(path: &Path) -> Result<Self, StoreError> {
        Self::connect(path, PATIENT_BUSY_TIMEOUT).await
    }

    /// Reads all tables in one transaction.
    pub async fn load(&mut self) -> Result<Loaded, StoreError> {
        let mut connection = self.take()?;
        let loaded = load(&mut connection, &self.path).await?;
        self.connection = Some(connection);
        Ok(loaded)
    }

    /// A number that changes whenever somebody else has committed something to this file.
    ///
    /// Only comparable within one reader. It does not notice that the file was replaced by another one.
    pub async fn data_version(&mut self) -> Result<i64, StoreError> {
        let mut connection = self.take()?;
        let version = ask(&mut connection, &self.path, "ask for changes", "pragma data_version").await?;
        self.connection = Some(connection);
        Ok(version)
    }

    /// Looks through the whole file for damage. It reads every page: a second or two for a million callers.
    ///
    /// Rows that break a constraint are not damage: the compiler reports them one by one.
    pub async fn check_pages(&mut self) -> Result<(), StoreError> {
        let mut connection = self.take()?;
        let doing = "check the pages";
        let question = sqlx::query_scalar("pragma quick_check").persistent(false);
        let findings: Vec<String> = within(ROWS_LIMIT, &self.path, doing, question.fetch_all(&mut connection)).await?;
        if let Some(detail) = findings.into_iter().find(|finding| is_damage(finding)) {
            return Err(StoreError::Corrupt { path: self.path.clone(), doing, detail });
        }
        self.connection = Some(connection);
        Ok(())
    }

    /// Closes the connection. Dropping the reader does so as well, some time later.
    pub async fn close(self) -> Result<(), StoreError> {
        match self.connection {
            Some(connection) => within(CALL_LIMIT, &self.path, "close the connection", connection.close()).await,
            None => Ok(()),
        }
    }

    async fn connect(path: &Path, busy_timeout: Duration) -> Result<Self, StoreError> {
        connection::must_exist(path).await?;
        let options = reading(path).busy_timeout(busy_timeout);
        let connection = within(CALL_LIMIT, path, "open a connection", connection::connect(&options)).await?;
        Ok(Self { path: path.to_owned(), connection: Some(connection) })
    }

    /// The connection, which the caller puts back once all went well.
    fn take(&mut self) -> Result<SqliteConnection, StoreError> {
        self.connection.take().ok_or_else(|| StoreError::Closed { path: self.path.clone() })
    }
}

/// One of the settings of a rules database, such as `time_zone`; `None` if it has no such row.
pub async fn setting(path: &Path, key: &str) -> Result<Option<String>, StoreError> {
    let mut reader = Reader::open_patiently(path).await?;
    let mut connection = reader.take()?;
    let value = "select cast(value as text) from settings where key = ?1";
    let value = sqlx::query_scalar(value).bind(key).persistent(false).fetch_optional(&mut connection);
    let value = within(CALL_LIMIT, path, "read a setting", value).await?;
    reader.connection = Some(connection);
    reader.close().await?;
    Ok(value)
}

/// The options of a connection that cannot write.
pub(super) fn reading(path: &Path) -> SqliteConnectOptions {
    connection::options(path).pragma("query_only", "1").row_buffer_size(ROWS_AHEAD)
}

/// Everything at one moment: from the first question to the last, SQLite holds the same state of the file.
pub(super) async fn load(connection: &mut SqliteConnection, path: &Path) -> Result<Loaded, StoreError> {
    let mut transaction = within(CALL_LIMIT, path, "begin to read", connection.begin()).await?;
    let identity = within(CALL_LIMIT, path, "ask whose database this is", Identity::ask(&mut transaction)).await?;
    identity.must_be_ours(path)?.must_be_readable(path)?;
    let data_version = ask(&mut transaction, path, "ask for changes", "pragma data_version").await?;
    let mut tables = Tables::default();
    for table in Table::ALL {
        tables.set(rows(&mut transaction, path, table).await?);
    }
    within(CALL_LIMIT, path, "end reading", transaction.rollback()).await?;
    Ok(Loaded { tables, data_version })
}

/// The rows of one table, as many as it counts.
async fn rows(connection: &mut SqliteConnection, path: &Path, table: Table) -> Result<Rows, StoreError> {
    let Select { doing, count, rows: statement } = Select::of(table);
    let counted = within(ROWS_LIMIT, path, doing, number(connection, count)).await?;
    let collected = async {
        let mut rows = Rows::new(table);
        let mut stream = sqlx::query(statement).persistent(false).fetch(&mut *connection);
        while let Some(row) = stream.try_next().await? {
            rows.push(cells(&row)?);
        }
        Ok(rows)
    };
    let rows = within(ROWS_LIMIT, path, doing, collected).await?;
    let counted = usize::try_from(counted).unwrap_or_default();
    if rows.len() == counted {
        Ok(rows)
    } else {
        Err(StoreError::Incomplete { path: path.to_owned(), doing, counted, read: rows.len() })
    }
}

/// The answer to a small question.
async fn ask(
    connection: &mut SqliteConnection,
    path: &Path,
    doing: &'static str,
    sql: &'static str,
) -> Result<i64, StoreError> {
    within(CALL_LIMIT, path, doing, number(connection, sql)).await
}

/// Whether a line of `quick_check` speaks of the file itself, not of a value that a constraint would have refused.
pub(super) fn is_damage(finding: &str) -> bool {
    const OF_VALUES: [&str; 4] =
        ["CHECK constraint failed in ", "NULL value in ", "NUMERIC value in ", "TEXT value in "];
    finding != "ok" && !OF_VALUES.iter().any(|start| finding.starts_with(start))
}

#[cfg(test)]
mod tests {
    use sqlx::Executor as _;

    use super::*;
    use crate::store::{Content, create};

    #[tokio::test]
    async fn our_connection_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Empty).await.unwrap();
        let mut connection = connection::connect(&reading(&path)).await.unwrap();
        let error = connection.execute("delete from settings").await.unwrap_err();
        assert!(error.to_string().contains("attempt to write a readonly database"), "{error}");
    }
}
