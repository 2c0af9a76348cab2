//! Writing to the rules database: one immediate transaction that can be looked at before it is committed.
//!
//! Nobody else can write while it lasts; everybody reads what stood there before, the running server as well. Dropped
//! without a commit, it has never been. Every edit of ours goes this way, whatever it is made of.

mod changes_log;
mod rows;
mod apply;
mod authorizer;
mod logged;
mod script;
mod statement;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::connection::{self, DatabaseIdentity, number, within};
use super::migrations::SCHEMA_VERSION;
use super::{StoreError, export};
use crate::exchange::{AddedColumn, Row, RuleSet};
use routing::table::{Cell, Table};

pub use apply::RefusedRow;
pub(super) use apply::batches;
pub(super) use authorizer::may_write;
pub use changes_log::{ChangesKept, write_off_changes};
pub use logged::{LoggedEdit, PULL};
pub(super) use rows::{Batch, RowOp, bind};
pub use script::Script;
pub use statement::{Ran, Selected, select};

/// How long a writer waits for somebody else's transaction to end. A person waits for it, not a call.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long one statement may take: a million callers, each with its line in the changes log, on a slow machine.
const LIMIT: Duration = Duration::from_mins(10);

/// The tables refuse the same without saying who and how many: SQLite before 3.47, which other tools have, takes no
/// sentence that is put together. Triggers of a connection fire before those of the tables.
const NAME_OWNERS: &str = "
    create temp trigger owner_of_callers before delete on main.agents
    when exists (select 1 from callers where owner_id = old.id)
    begin
        select raise(abort, format('''%s'' is the owner of %d caller%s; give them another owner or NULL first (callers.owner_id), or keep the agent with agents.enabled 0 and a cover_id, who then takes them',
            old.id, count(*), iif(count(*) = 1, '', 's')))
        from callers where owner_id = old.id;
    end";

/// Who edits, and why, for the table `changes`.
#[derive(Clone, Copy, Debug)]
pub struct Editor<'a> {
    /// Who.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// An immediate transaction, with foreign keys on and the table `editor` filled.
#[derive(Debug)]
pub struct Writer {
    pub(super) path: PathBuf,
    pub(super) connection: SqliteConnection,
    /// The last row of the changes log that is not ours.
    last_change: i64,
    /// Somebody who has left their row in the table `editor`, or is editing with it: it is put back.
    other_editor: Option<(String, Option<String>)>,
    /// Whether the log has all that we have done: somebody's own SQL may have cut it short.
    log_is_whole: bool,
    /// How much of the log is kept.
    kept: ChangesKept,
}

impl Writer {
    /// Waits until nobody else writes, then begins.
    ///
    /// # Errors
    /// Somebody else writes for too long, or the file is none of ours.
    pub async fn begin(path: &Path, editor: Editor<'_>) -> Result<Self, StoreError> {
        connection::must_exist(path).await?;
        let doing = "begin to edit";
        // A row that REPLACE puts away fires the triggers of its deletion only with recursive triggers, and the log and
        // the references live by those.
        let options = connection::options(path)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            .pragma("recursive_triggers", "on")
            // Pages that are written before the commit would shut out every reader from then on.
            .pragma("cache_spill", "off")
            .row_buffer_size(connection::ROWS_AHEAD);
        let connection = within(LIMIT, path, doing, connection::connect(&options)).await?;
        let mut writer = Self {
            path: path.to_owned(),
            connection,
            last_change: 0,
            other_editor: None,
            log_is_whole: true,
            kept: ChangesKept::default(),
        };
        writer.execute(doing, "begin immediate").await?;
        let identity = within(
            LIMIT,
            path,
            "ask whose database this is",
            DatabaseIdentity::ask(&mut writer.connection),
        )
        .await?;
        identity.must_be_ours(path)?.must_be_writable(path)?;
        writer.execute(doing, NAME_OWNERS).await?;
        let last_change = number(
            &mut writer.connection,
            "select coalesce(max(id), 0) from changes",
        );
        writer.last_change = within(LIMIT, path, doing, last_change).await?;
        let other = sqlx::query_as("select actor, reason from editor").persistent(false);
        writer.other_editor = within(
            LIMIT,
            path,
            doing,
            other.fetch_optional(&mut writer.connection),
        )
        .await?;
        writer
            .sign(doing, Some((editor.actor, Some(editor.reason))))
            .await?;
        Ok(writer)
    }

    /// All rows as they stand in this transaction.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn rule_set(&mut self) -> Result<RuleSet, StoreError> {
        self.rule_set_since(&RuleSet::default(), &Table::ALL).await
    }

    /// The same after an edit, given the rows before it. Only tables that it may have touched are read again.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn rule_set_after(&mut self, before: &RuleSet) -> Result<RuleSet, StoreError> {
        let mut touched = Vec::new();
        for table in Table::ALL {
            if !self.log_is_whole || self.may_have_touched(table).await? {
                touched.push(table);
            }
        }
        self.rule_set_since(before, &touched).await
    }

    /// The last line of the log of changes when the transaction began.
    pub const fn last_change_before(&self) -> i64 {
        self.last_change
    }

    /// The last line of the log of changes by now.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn last_change(&mut self) -> Result<i64, StoreError> {
        let last = number(
            &mut self.connection,
            "select coalesce(max(id), 0) from changes",
        );
        within(LIMIT, &self.path, "look what was edited", last).await
    }

    /// The row with the key of another, as it stands in this transaction.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn row(&mut self, table: Table, key: &[Cell]) -> Result<Option<Row>, StoreError> {
        export::row(&mut self.connection, &self.path, table, key).await
    }

    /// The values in columns that somebody has added to the tables.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn added_columns(&mut self) -> Result<Vec<AddedColumn>, StoreError> {
        export::added_columns(&mut self.connection, &self.path).await
    }

    /// Makes it true, all at once.
    ///
    /// # Errors
    /// Readers keep SQLite from writing for too long, or the disk is full. Nothing has happened then.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.write_off().await?;
        self.end_edit("commit the edit").await
    }

    async fn end_edit(mut self, doing: &'static str) -> Result<(), StoreError> {
        let other = self.other_editor.take();
        self.sign(
            doing,
            other
                .as_ref()
                .map(|(actor, reason)| (&**actor, reason.as_deref())),
        )
        .await?;
        self.execute(doing, "commit").await?;
        within(
            LIMIT,
            &self.path,
            "close the connection",
            self.connection.close(),
        )
        .await
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// The connection is broken; nothing has happened then either.
    pub async fn roll_back(mut self) -> Result<(), StoreError> {
        self.execute("take the edit back", "rollback").await?;
        within(
            LIMIT,
            &self.path,
            "close the connection",
            self.connection.close(),
        )
        .await
    }

    async fn rule_set_since(
        &mut self,
        before: &RuleSet,
        touched: &[Table],
    ) -> Result<RuleSet, StoreError> {
        let mut rules = before.clone();
        for table in touched {
            let (connection, path) = (&mut self.connection, &self.path);
            let rows = export::rows(connection, path, *table, SCHEMA_VERSION).await?;
            rules.set(*table, rows);
        }
        Ok(rules)
    }

    /// Whether the changes log has a row of this table from us, or cannot say so because a trigger is gone.
    async fn may_have_touched(&mut self, table: Table) -> Result<bool, StoreError> {
        const TOUCHED: &str = "
            select exists (select 1 from changes where id > ?2 and table_name = ?1)
                or (select count(*) from sqlite_master
                    where type = 'trigger' and name in (?1 || '_inserted', ?1 || '_updated', ?1 || '_deleted')) < 3";
        let touched = sqlx::query_scalar(TOUCHED)
            .bind(table.name())
            .bind(self.last_change)
            .persistent(false);
        within(
            LIMIT,
            &self.path,
            "look what was edited",
            touched.fetch_one(&mut self.connection),
        )
        .await
    }

    /// Fills the table `editor`, or leaves it empty.
    async fn sign(
        &mut self,
        doing: &'static str,
        editor: Option<(&str, Option<&str>)>,
    ) -> Result<(), StoreError> {
        self.execute(doing, "delete from editor").await?;
        let Some((actor, reason)) = editor else {
            return Ok(());
        };
        let sign = sqlx::query("insert into editor (actor, reason) values (?1, ?2)")
            .bind(actor)
            .bind(reason);
        let signed = sign.persistent(false).execute(&mut self.connection);
        within(LIMIT, &self.path, doing, signed).await?;
        Ok(())
    }

    pub(super) async fn execute(
        &mut self,
        doing: &'static str,
        statement: &'static str,
    ) -> Result<(), StoreError> {
        let run = sqlx::query(statement)
            .persistent(false)
            .execute(&mut self.connection);
        within(LIMIT, &self.path, doing, run).await?;
        Ok(())
    }
}
