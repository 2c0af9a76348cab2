//! What several tests need: a rules database of their own, and somebody else who edits it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot be set up fails there and then"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqlSafeStr as _};
use stringee_router::store::{self, Content};
use tempfile::TempDir;

/// A rules database in a directory of its own, gone at the end of the test.
pub(crate) struct Database {
    directory: TempDir,
}

impl Database {
    /// A database with nothing but settings.
    pub(crate) async fn empty() -> Self {
        Self::create(Content::Empty).await
    }

    /// A database with the demo data.
    pub(crate) async fn demo() -> Self {
        Self::create(Content::Demo).await
    }

    /// A database whose only rule rings these agents, in this order, for the queue `q`.
    pub(crate) async fn ringing(agents: &[&str]) -> Self {
        let database = Self::empty().await;
        let mut shell = database.shell().await;
        Self::ring(&mut shell, agents).await;
        shell.close().await;
        database
    }

    /// The same in the place of the file, with the tables of version 1 or 2; somebody who edits it.
    pub(crate) async fn create_old(&self, version: i64, agents: &[&str]) -> Shell {
        let tables = [
            include_str!("../../migrations/sqlite/0001_rules.sql"),
            include_str!("../../migrations/sqlite/0002_activity.sql"),
        ];
        let migration = |(version, tables): (i64, &'static str)| {
            let (name, kind) = (version.to_string(), MigrationType::Simple);
            Migration::new(version, name.into(), kind, tables.into_sql_str(), false)
        };
        let until = (1..=version).zip(tables);
        std::fs::remove_file(self.path()).unwrap();
        let options = SqliteConnectOptions::new()
            .filename(self.path())
            .create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        let migrator = Migrator::with_migrations(until.map(migration).collect());
        migrator
            .run_direct(None, &mut connection, false)
            .await
            .unwrap();
        connection.close().await.unwrap();
        let mut shell = self.shell().await;
        Self::ring(&mut shell, agents).await;
        shell
    }

    async fn ring(shell: &mut Shell, agents: &[&str]) {
        shell
            .run("insert into groups (id, name, strategy) values ('team', 'Team', 'ordered')")
            .await;
        for (position, agent) in agents.iter().enumerate() {
            shell
                .run(&format!(
                    "insert into agents (id, name) values ('{agent}', '{agent}')"
                ))
                .await;
            let member = format!("('team', '{agent}', {position})");
            shell
                .run(&format!(
                    "insert into group_members (group_id, agent_id, position) values {member}"
                ))
                .await;
        }
        shell
            .run("insert into rules (id, position, name, queue_id) values (1, 10, 'all', 'q')")
            .await;
        shell
            .run("insert into rule_steps (rule_id, step, group_id) values (1, 1, 'team')")
            .await;
    }

    /// The directory that the file stands in.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Where the file stands.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("rules.db")
    }

    /// Somebody else who edits with the defaults of a plain `sqlite3` shell.
    pub(crate) async fn shell(&self) -> Shell {
        Shell::open(&self.path(), false).await
    }

    /// Somebody else who edits with foreign keys switched on, as many database tools do.
    pub(crate) async fn tool(&self) -> Shell {
        Shell::open(&self.path(), true).await
    }

    async fn create(content: Content) -> Self {
        let database = Self {
            directory: TempDir::new().unwrap(),
        };
        store::create(&database.path(), content).await.unwrap();
        database
    }
}

/// A connection without any of our habits: no busy timeout, foreign keys as asked for.
pub(crate) struct Shell(SqliteConnection);

impl Shell {
    /// Opens a file that exists.
    pub(crate) async fn open(path: &Path, foreign_keys: bool) -> Self {
        let options = SqliteConnectOptions::new().filename(path);
        let options = options
            .foreign_keys(foreign_keys)
            .busy_timeout(Duration::ZERO);
        Self(options.connect().await.unwrap())
    }

    /// Ends, with all that SQLite keeps beside the file.
    pub(crate) async fn close(self) {
        sqlx::Connection::close(self.0).await.unwrap();
    }

    /// Runs a script. If it meets somebody who reads, it is run again as a whole, as a person would: several statements
    /// are one transaction for that, unless the script itself says where its transactions begin and end.
    pub(crate) async fn run(&mut self, sql: &str) {
        const TRIES: u32 = 100;
        let mut script = sql.trim();
        while let Some((pragma, rest)) = script
            .split_once(';')
            .filter(|(first, _)| first.starts_with("pragma"))
        {
            self.repeat(pragma, TRIES).await;
            script = rest.trim_start();
        }
        let begins_its_own = script.starts_with("begin");
        let is_whole = begins_its_own || !script.contains(';');
        if is_whole
            || ["commit", "vacuum"]
                .iter()
                .any(|word| script.contains(word))
        {
            self.repeat(script, if is_whole { TRIES } else { 1 }).await;
        } else {
            self.repeat(&format!("begin immediate; {script}; commit"), TRIES)
                .await;
        }
    }

    /// Tries a script so many times, each time from the beginning.
    async fn repeat(&mut self, script: &str, tries: u32) {
        for _ in 0..tries {
            match self.attempt(script).await {
                Ok(()) => return,
                Err(message) if message == "database is locked" => {
                    if script.starts_with("begin") {
                        // There may be nothing to take back.
                        drop(self.attempt("rollback").await);
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(message) => panic!("{message}\n{script}"),
            }
        }
        panic!("the database stays locked\n{script}");
    }

    /// Runs a script; if it is refused, says what SQLite said.
    pub(crate) async fn attempt(&mut self, sql: &str) -> Result<(), String> {
        let script = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
        match self.0.execute(script).await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.as_database_error().unwrap().message().to_owned()),
        }
    }

    /// The rows of a query that gives one text column.
    pub(crate) async fn texts(&mut self, sql: &str) -> Vec<String> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut self.0)
            .await
            .unwrap()
    }
}
