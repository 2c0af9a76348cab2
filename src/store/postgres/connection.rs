//! A connection to whichever host can be written to, and a time limit for every statement.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::PostgresError;
use super::place::{PostgresPlace, named};

/// How long connecting to one host may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// How long a statement may take for which a person waits: a million callers, each with its line in the log.
const LIMIT: Duration = Duration::from_mins(10);

/// The oldest PostgreSQL that knows all that the tables use: `ON DELETE SET NULL (column)`.
const OLDEST: i32 = 150_000;

/// A connection that can write.
#[derive(Debug)]
pub struct Postgres {
    place: String,
    connection: PgConnection,
    limit: Duration,
}

impl Postgres {
    /// Connects to the first host that can be written to.
    ///
    /// # Errors
    /// None of them can; said of the last one that was tried.
    pub async fn connect(place: &PostgresPlace) -> Result<Self, PostgresError> {
        let mut last = PostgresError::Address {
            fault: "names no host".to_owned(),
        };
        for options in place.hosts() {
            match Self::connect_to(options).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn connect_to(options: &PgConnectOptions) -> Result<Self, PostgresError> {
        const WHO: &str = "select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as standby,
            current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding";
        let place = named(options);
        let doing = "connect";
        let connecting = tokio::time::timeout(CONNECT_LIMIT, options.connect()).await;
        let connection = match connecting {
            Ok(Ok(connection)) => connection,
            Ok(Err(source)) => return Err(PostgresError::Unreachable { place, source }),
            Err(_elapsed) => {
                return Err(PostgresError::Timeout {
                    place,
                    doing,
                    limit: CONNECT_LIMIT,
                });
            }
        };
        let mut postgres = Self {
            place,
            connection,
            limit: CONNECT_LIMIT,
        };
        let rows = postgres.rows(doing, WHO.to_owned()).await?;
        postgres.limit = LIMIT;
        let Some(row) = rows.first() else {
            return Err(postgres.unfit("says nothing of itself"));
        };
        if postgres.get::<bool>(doing, row, "standby")? {
            return Err(PostgresError::Standby {
                place: postgres.place,
            });
        }
        if postgres.get::<i32>(doing, row, "version")? < OLDEST {
            return Err(postgres.unfit("is older than 15: the tables need PostgreSQL 15 or later"));
        }
        if postgres.get::<String>(doing, row, "encoding")? != "UTF8" {
            return Err(postgres
                .unfit("has a database that is not in UTF8: create one WITH ENCODING 'UTF8'"));
        }
        Ok(postgres)
    }

    fn unfit(&self, fault: &str) -> PostgresError {
        PostgresError::Unfit {
            place: self.place.clone(),
            fault: fault.to_owned(),
        }
    }

    /// The same, with another limit for each statement.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Host, port and database.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Runs statements. Several in one text are one transaction, unless the text itself says otherwise.
    ///
    /// # Errors
    /// One of them is refused; the time is up.
    pub(super) async fn run(
        &mut self,
        doing: &'static str,
        sql: String,
    ) -> Result<(), PostgresError> {
        self.rows(doing, sql).await.map(drop)
    }

    /// Runs statements and takes the rows of all of them.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub(super) async fn rows(
        &mut self,
        doing: &'static str,
        sql: String,
    ) -> Result<Vec<PgRow>, PostgresError> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection);
        match tokio::time::timeout(self.limit, rows).await {
            Ok(rows) => rows.map_err(|error| PostgresError::new(&self.place, doing, error)),
            Err(_elapsed) => Err(PostgresError::Timeout {
                place: self.place.clone(),
                doing,
                limit: self.limit,
            }),
        }
    }

    /// Runs a query and hands over each row, without collecting them.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub(super) async fn each_row(
        &mut self,
        doing: &'static str,
        sql: String,
        mut each: impl FnMut(&PgRow) -> Result<(), sqlx::Error> + Send,
    ) -> Result<(), PostgresError> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(&mut self.connection);
        let read = rows.try_for_each(|row| std::future::ready(each(&row)));
        match tokio::time::timeout(self.limit, read).await {
            Ok(read) => read.map_err(|error| PostgresError::new(&self.place, doing, error)),
            Err(_elapsed) => Err(PostgresError::Timeout {
                place: self.place.clone(),
                doing,
                limit: self.limit,
            }),
        }
    }

    /// A value of a row.
    pub(super) fn get<'r, T>(
        &self,
        doing: &'static str,
        row: &'r PgRow,
        column: &str,
    ) -> Result<T, PostgresError>
    where
        T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        row.try_get(column)
            .map_err(|error| PostgresError::new(&self.place, doing, error))
    }

    /// Says goodbye.
    ///
    /// # Errors
    /// The connection is broken.
    pub async fn close(self) -> Result<(), PostgresError> {
        let place = self.place;
        self.connection
            .close()
            .await
            .map_err(|error| PostgresError::new(&place, "close the connection", error))
    }
}
