//! An edit of ours: one transaction that the table `changes` knows the author of.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::StoreError;
use super::connection::{self, Identity, number, within};

/// How long an edit waits for somebody else's transaction to end. A person waits for it, not a call.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long one statement may take, the wait for a lock included.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// Who edits, and why, for the table `changes`.
#[derive(Clone, Copy, Debug)]
pub struct Editor<'a> {
    /// Who.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// A row of `rule_tests` to be.
#[derive(Clone, Debug)]
pub struct NewRuleTest<'a> {
    /// From [`Edit::next_rule_test_id`].
    pub id: i64,
    /// What is tested.
    pub name: &'a str,
    /// The queue that the call waits in.
    pub queue_id: &'a str,
    /// Who calls; `None`: an anonymous caller.
    pub from_number: Option<&'a str>,
    /// The number that was called.
    pub to_number: Option<&'a str>,
    /// Local time, as `2026-11-23 10:00`.
    pub at: &'a str,
    /// Seconds that the call has waited.
    pub waited: u32,
    /// The name of the rule that answers; `None`: any, or none.
    pub expect_rule: Option<&'a str>,
    /// The ids of the agents who are rung, with commas; empty: nobody.
    pub expect_agents: &'a str,
}

/// One immediate transaction: nobody else edits while it lasts, and everybody reads what stood there before.
///
/// Nothing of it stays unless it is committed.
#[derive(Debug)]
pub struct Edit {
    path: PathBuf,
    connection: SqliteConnection,
}

impl Edit {
    /// Waits for whoever is editing, then begins.
    pub async fn begin(path: &Path, editor: Editor<'_>) -> Result<Self, StoreError> {
        let doing = "begin to edit";
        connection::must_exist(path).await?;
        let options = connection::options(path).busy_timeout(PATIENCE);
        let mut connection = within(CALL_LIMIT, path, doing, connection::connect(&options)).await?;
        let identity = within(CALL_LIMIT, path, "ask whose database this is", Identity::ask(&mut connection)).await?;
        identity.must_be_ours(path)?.must_be_readable(path)?;
        let mut edit = Self { path: path.to_owned(), connection };
        edit.run(doing, sqlx::query("begin immediate")).await?;
        let sign = sqlx::query("insert into editor (actor, reason) values (?1, ?2)");
        edit.run(doing, sign.bind(editor.actor).bind(editor.reason)).await?;
        Ok(edit)
    }

    /// The id that the next rule test gets. It decides about the test's callId, and so about the agents expected.
    pub async fn next_rule_test_id(&mut self) -> Result<i64, StoreError> {
        let question = number(&mut self.connection, "select coalesce(max(id), 0) + 1 from rule_tests");
        within(CALL_LIMIT, &self.path, "read rule_tests", question).await
    }

    /// Adds a row to `rule_tests`.
    pub async fn add_rule_test(&mut self, test: &NewRuleTest<'_>) -> Result<(), StoreError> {
        let insert = sqlx::query(
            "insert into rule_tests
               (id, name, queue_id, from_number, to_number, at, waited, expect_rule, expect_agents)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        );
        let insert = insert.bind(test.id).bind(test.name).bind(test.queue_id).bind(test.from_number);
        let insert = insert.bind(test.to_number).bind(test.at).bind(test.waited);
        let insert = insert.bind(test.expect_rule).bind(test.expect_agents);
        self.run("add a rule test", insert).await
    }

    /// Makes all of it true at once.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let doing = "commit the edit";
        self.run(doing, sqlx::query("delete from editor")).await?;
        self.run(doing, sqlx::query("commit")).await?;
        within(CALL_LIMIT, &self.path, "close the connection", self.connection.close()).await
    }

    /// Runs a statement. Nothing is kept prepared: an admin may change a table between two edits.
    async fn run(
        &mut self,
        doing: &'static str,
        statement: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<(), StoreError> {
        let run = statement.persistent(false).execute(&mut self.connection);
        within(CALL_LIMIT, &self.path, doing, run).await.map(drop)
    }
}
