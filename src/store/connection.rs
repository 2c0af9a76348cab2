//! Opening the file, and a time limit for every call.

use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::StoreError;
use super::migrations::{APPLICATION_ID, OLDEST_VERSION, SCHEMA_VERSION};

/// How many rows the driver's thread may be ahead of us. Its default of 50 makes the two threads wait for each other.
pub(super) const ROWS_AHEAD: usize = 1000;

/// The options that every connection shares. The file must exist, unless the caller says otherwise.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        // A file that somebody else has made says what its triggers and checks call; they get harmless functions.
        .pragma("trusted_schema", "off")
        .pragma("cell_size_check", "1")
        .disable_statement_logging()
}

/// The options of a connection that cannot write.
pub(super) fn reading(path: &Path) -> SqliteConnectOptions {
    options(path)
        .pragma("query_only", "1")
        .row_buffer_size(ROWS_AHEAD)
}

/// Opens a connection.
pub(super) async fn connect(
    options: &SqliteConnectOptions,
) -> Result<SqliteConnection, sqlx::Error> {
    options.connect().await
}

/// Waits for one call to the database, for `limit` at most.
///
/// The driver's own thread can die and leave a call waiting for ever; SQLite's busy timeout does not see that.
pub(super) async fn within<T>(
    limit: Duration,
    path: &Path,
    doing: &'static str,
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer.map_err(|error| StoreError::new(path, doing, error)),
        Err(_elapsed) => Err(StoreError::Timeout {
            path: path.to_owned(),
            doing,
            limit,
        }),
    }
}

/// Looks whether there is a file, without opening it.
pub(super) async fn must_exist(path: &Path) -> Result<(), StoreError> {
    there(path, tokio::fs::try_exists(path).await)
}

/// The same, by whoever may wait for the disk.
pub(super) fn must_exist_here(path: &Path) -> Result<(), StoreError> {
    there(path, path.try_exists())
}

fn there(path: &Path, found: std::io::Result<bool>) -> Result<(), StoreError> {
    match found {
        Ok(true) => Ok(()),
        Ok(false) => Err(StoreError::NotFound {
            path: path.to_owned(),
        }),
        Err(error) => Err(StoreError::io(path, "look for", error)),
    }
}

/// Whether a database has the tables that no other application has all of.
pub(super) const HAS_OUR_TABLES: &str =
    "select count(*) = 6 from sqlite_master where type = 'table'
    and name in ('_sqlx_migrations', 'settings', 'agents', 'callers', 'rules', 'rule_steps')";

/// The version of those tables, as the migrations noted it.
pub(super) const LAST_MIGRATION: &str =
    "select coalesce(max(version), 0) from _sqlx_migrations where success";

/// Which application's database this is, and in which version.
#[derive(Clone, Copy, Debug)]
pub(super) struct DatabaseIdentity {
    /// `PRAGMA application_id`.
    pub(super) application_id: i64,
    /// `PRAGMA user_version`.
    pub(super) user_version: i64,
}

impl DatabaseIdentity {
    /// Asks the database.
    pub(super) async fn ask(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let application_id = number(connection, "pragma application_id").await?;
        let user_version = number(connection, "pragma user_version").await?;
        let found = Self {
            application_id,
            user_version,
        };
        if found.is_unmarked() && number(connection, HAS_OUR_TABLES).await? == 1 {
            return Ok(Self::marked(number(connection, LAST_MIGRATION).await?));
        }
        Ok(found)
    }

    /// Whether it may be a database that went through `.dump` or `.clone` of SQLite's shell, which leave its marks out.
    pub(super) const fn is_unmarked(self) -> bool {
        self.application_id == 0
    }

    /// Such a database, which has our tables.
    pub(super) fn marked(last_migration: i64) -> Self {
        Self {
            application_id: i64::from(APPLICATION_ID),
            user_version: last_migration,
        }
    }

    /// Refuses another application's database, and versions newer than ours.
    pub(super) fn must_be_ours(self, path: &Path) -> Result<Self, StoreError> {
        if self.application_id != i64::from(APPLICATION_ID) {
            return Err(StoreError::OtherApplication {
                path: path.to_owned(),
                found: self.application_id,
            });
        }
        if self.user_version > SCHEMA_VERSION {
            return Err(StoreError::TooNew {
                path: path.to_owned(),
                found: self.user_version,
            });
        }
        Ok(self)
    }

    /// Refuses versions that lack what we write.
    pub(super) fn must_be_writable(self, path: &Path) -> Result<(), StoreError> {
        if self.user_version < SCHEMA_VERSION {
            return Err(StoreError::NotUpgraded {
                path: path.to_owned(),
                found: self.user_version,
            });
        }
        Ok(())
    }

    /// Refuses versions of which nobody knows what they lack.
    pub(super) fn must_be_readable(self, path: &Path) -> Result<(), StoreError> {
        if self.user_version < OLDEST_VERSION {
            return Err(StoreError::TooOld {
                path: path.to_owned(),
                found: self.user_version,
            });
        }
        Ok(())
    }
}

/// The answer to a question for one number.
///
/// Nothing is kept prepared: an admin may change a table between two calls.
pub(super) async fn number(
    connection: &mut SqliteConnection,
    sql: &'static str,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(sql)
        .persistent(false)
        .fetch_one(connection)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_never_ends_is_given_up() {
        let never = std::future::pending::<Result<(), sqlx::Error>>();
        let error = within(
            Duration::from_millis(1),
            Path::new("rules.db"),
            "wait",
            never,
        )
        .await
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "rules.db: cannot wait: no answer within 1 ms; open it again"
        );
    }
}
