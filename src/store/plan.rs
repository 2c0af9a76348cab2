//! Rows to be written to the rules database, all or nothing: how an undo and a restore are carried out.
//!
//! The plan is a temporary table on the connection that writes. It is checked against the rows as they stand, carried
//! out in an order that every reference and trigger allows (what others refer to comes first and goes last), and
//! checked again: the rows must be exactly as planned, and no others may have been touched.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::StoreError;
use super::connection::{self, Identity, within};
use super::edit::Editor;
use super::history::{Shape, agrees, first_key, is_row_of};
use crate::routing::table::Table;

/// How long a writer waits for somebody else's transaction to end. A person waits for it, not a call.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the whole may take: a million callers, each with its line in the changes log.
const LIMIT: Duration = Duration::from_mins(10);

/// How many rows a message names.
const ROWS_NAMED: usize = 5;

/// Tables in the order in which rows come; they go the other way round. Settings name a group, so they come last.
const ORDER: [Table; 11] = [
    Table::Queues,
    Table::Schedules,
    Table::ScheduleHours,
    Table::Agents,
    Table::Groups,
    Table::GroupMembers,
    Table::Callers,
    Table::Rules,
    Table::RuleSteps,
    Table::RuleTests,
    Table::Settings,
];

/// What becomes of what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is committed.
    Commit,
    /// It was only to be tried.
    RollBack,
}

/// How many rows were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows that were there no more, or not yet.
    pub inserted: u64,
    /// Rows that were there with other values.
    pub updated: u64,
    /// Rows that are gone now.
    pub deleted: u64,
}

impl Written {
    /// All of them.
    pub const fn total(self) -> u64 {
        self.inserted + self.updated + self.deleted
    }
}

/// A connection that writes to the rules database, in a transaction with an empty plan. [`Plan::end`] closes it.
#[derive(Debug)]
pub(super) struct Plan<'p> {
    path: &'p Path,
    doing: &'static str,
    connection: SqliteConnection,
}

impl<'p> Plan<'p> {
    /// Opens the database; `attached` is another one to read from, under the name `other`.
    pub(super) async fn begin(
        path: &'p Path,
        doing: &'static str,
        attached: Option<&Path>,
    ) -> Result<Self, StoreError> {
        connection::must_exist(path).await?;
        let failed = |error| StoreError::new(path, doing, error);
        let options = connection::options(path).busy_timeout(PATIENCE).foreign_keys(true);
        let mut connection = connection::connect(&options).await.map_err(failed)?;
        if let Some(attached) = attached {
            super::history::attach(&mut connection, attached, "other").await.map_err(failed)?;
        }
        connection.execute("begin immediate").await.map_err(failed)?;
        Identity::ask(&mut connection).await.map_err(failed)?.must_be_ours(path)?.must_be_readable(path)?;
        connection.execute(CREATE).await.map_err(failed)?;
        Ok(Self { path, doing, connection })
    }

    /// Adds what a statement selects; it binds one text.
    pub(super) async fn add(&mut self, statement: String, text: &str) -> Result<(), StoreError> {
        let statement = sqlx::query(AssertSqlSafe(statement)).bind(text).persistent(false);
        within(LIMIT, self.path, self.doing, statement.execute(&mut self.connection)).await.map(|_| ())
    }

    /// The columns that a table has both here and in the database `other`.
    pub(super) async fn shared_with_other(&mut self, table: Table) -> Result<Shape, StoreError> {
        let shape = Shape::shared(&mut self.connection, table, ["main", "other"]);
        within(LIMIT, self.path, self.doing, shape).await
    }

    /// Writes the rows of the plan, as this editor, and ends the transaction.
    ///
    /// # Errors
    /// Some row is not as the plan expects it, or writing it would break a rule of the tables. Nothing is written then.
    pub(super) async fn carry_out(&mut self, editor: Editor<'_>, ending: Ending) -> Result<Written, StoreError> {
        let (path, doing) = (self.path, self.doing);
        let tables = within(LIMIT, path, doing, shapes(&mut self.connection)).await?;
        self.must_be(&tables, "now", "has been edited since, or is gone").await?;
        let written = within(LIMIT, path, doing, write(&mut self.connection, &tables, editor)).await?;
        self.must_be(&tables, "target", "would not be as it is to be").await?;
        self.must_touch_no_others().await?;
        let end = match ending {
            Ending::Commit => "commit",
            Ending::RollBack => "rollback",
        };
        within(LIMIT, path, doing, self.connection.execute(end)).await?;
        Ok(written)
    }

    /// Ends it with what has come of it. What is not committed by then is rolled back, and the lock is free at once.
    pub(super) async fn end<T>(self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        let closed = within(LIMIT, self.path, "close the database", self.connection.close()).await;
        let outcome = outcome?;
        closed.map(|()| outcome)
    }

    /// Refuses if rows are not as the plan has them in a column: `now` or `target`.
    async fn must_be(&mut self, tables: &[Shape], column: &str, otherwise: &str) -> Result<(), StoreError> {
        for shape in tables {
            let unlike = rows_unlike(&mut self.connection, shape, column);
            let found = within(LIMIT, self.path, self.doing, unlike).await?;
            if let Some(first) = found.first() {
                let more = if found.len() > 1 { " (and others)" } else { "" };
                return Err(self.refused(format!("{} {first}{more} {otherwise}", shape.table.name())));
            }
        }
        Ok(())
    }

    /// Refuses if a trigger or a foreign key has changed rows that the plan does not name: they came later, and they
    /// refer to a row that was to go.
    async fn must_touch_no_others(&mut self) -> Result<(), StoreError> {
        let others = within(LIMIT, self.path, self.doing, rows_touched_besides(&mut self.connection)).await?;
        if others.is_empty() {
            return Ok(());
        }
        let named: Vec<&str> = others.iter().take(ROWS_NAMED).map(String::as_str).collect();
        let more = if others.len() > ROWS_NAMED { " and others" } else { "" };
        Err(self.refused(format!("{}{more} refer to a row that would go; change them first", named.join(", "))))
    }

    fn refused(&self, reason: String) -> StoreError {
        StoreError::Refused { path: self.path.to_owned(), doing: self.doing, reason }
    }
}

const CREATE: &str = "
    create temporary table plan (
        table_name text not null, row_key text not null,
        op text not null, -- what is to be done: insert, update or delete
        now text,         -- the row as it must stand, as a JSON object; NULL: not there
        target text       -- the row as it is to be; NULL: not there
    );
    create temporary table before_us as select coalesce(max(id), 0) as last_change from main.changes";

/// The tables that the plan writes, in the order in which their rows come.
async fn shapes(connection: &mut SqliteConnection) -> Result<Vec<Shape>, sqlx::Error> {
    let mut shapes = Vec::new();
    for table in ORDER {
        shapes.extend(shape(connection, table).await?);
    }
    Ok(shapes)
}

/// The columns of a table that the plan writes; `None` if the plan has no row of it.
async fn shape(connection: &mut SqliteConnection, table: Table) -> Result<Option<Shape>, sqlx::Error> {
    let image = "select coalesce(target, now) from temp.plan where table_name = ?1 limit 1";
    let image: Option<String> = sqlx::query_scalar(image).bind(table.name()).fetch_optional(&mut *connection).await?;
    let Some(image) = image else { return Ok(None) };
    Ok(Some(Shape::shared(connection, table, ["main", "main"]).await?.named_in(&image)))
}

/// Rows of a table that are not as the plan has them in a column.
async fn rows_unlike(
    connection: &mut SqliteConnection,
    shape: &Shape,
    column: &str,
) -> Result<Vec<String>, sqlx::Error> {
    let name = shape.table.name();
    let is_row = is_row_of(shape.table, "r", "coalesce(p.now, p.target)");
    let (absent, agrees) = (first_key(shape.table, "r"), agrees(&shape.image("r"), &format!("p.{column}")));
    let unlike = format!(
        "select p.row_key from temp.plan p left join main.{name} r on {is_row}
        where p.table_name = '{name}'
            and case when p.{column} is null then {absent} is not null else {absent} is null or not ({agrees}) end
        limit 2"
    );
    sqlx::query_scalar(AssertSqlSafe(unlike)).persistent(false).fetch_all(connection).await
}

/// Rows that the log has from us, and the plan has not.
async fn rows_touched_besides(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let besides = "
        select distinct c.table_name || ' ' || c.row_key from main.changes c
        where c.id > (select last_change from temp.before_us) and not exists (
            select 1 from temp.plan p
            where p.table_name = c.table_name and replace(p.row_key, '//', '/') = c.row_key)
        limit 6";
    sqlx::query_scalar(besides).persistent(false).fetch_all(connection).await
}

/// Everything between the two checks, in the name of an editor.
async fn write(
    connection: &mut SqliteConnection,
    tables: &[Shape],
    editor: Editor<'_>,
) -> Result<Written, sqlx::Error> {
    // Somebody may have left a row there, or may be editing with one: it is put back.
    let other: Option<(String, Option<String>)> =
        sqlx::query_as("select actor, reason from editor").fetch_optional(&mut *connection).await?;
    set_editor(connection, Some((editor.actor, Some(editor.reason)))).await?;
    let mut written = Written::default();
    for shape in tables {
        written.inserted += insert(connection, shape).await?;
    }
    for shape in tables {
        written.updated += update(connection, shape).await?;
    }
    for shape in tables.iter().rev() {
        written.deleted += delete(connection, shape).await?;
    }
    set_editor(connection, other.as_ref().map(|(actor, reason)| (&**actor, reason.as_deref()))).await?;
    Ok(written)
}

async fn set_editor(
    connection: &mut SqliteConnection,
    editor: Option<(&str, Option<&str>)>,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from editor").execute(&mut *connection).await?;
    if let Some((actor, reason)) = editor {
        let insert = sqlx::query("insert into editor (actor, reason) values (?1, ?2)").bind(actor).bind(reason);
        insert.execute(connection).await?;
    }
    Ok(())
}

/// Inserts a table's rows. Agents come without their cover, who may not be there yet.
async fn insert(connection: &mut SqliteConnection, shape: &Shape) -> Result<u64, sqlx::Error> {
    let name = shape.table.name();
    let (columns, values) = (shape.names(), shape.values("p.target"));
    let target = if shape.table == Table::Agents { "json_remove(target, '$.cover_id')" } else { "target" };
    let insert = format!(
        "insert into main.{name} ({columns})
        select {values} from (
            select {target} as target from temp.plan where table_name = '{name}' and op = 'insert' order by rowid) p"
    );
    run(connection, insert).await
}

/// Updates a table's rows, and gives new agents their cover. Only the former are counted.
async fn update(connection: &mut SqliteConnection, shape: &Shape) -> Result<u64, sqlx::Error> {
    let name = shape.table.name();
    let (assignments, is_row) = (shape.assignments("p.target"), is_row_of(shape.table, name, "p.target"));
    let of = |op: &str| {
        format!(
            "update main.{name} set {assignments} from temp.plan p
            where p.table_name = '{name}' and p.op = '{op}' and {is_row}"
        )
    };
    if shape.table == Table::Agents {
        run(connection, of("insert")).await?;
    }
    run(connection, of("update")).await
}

async fn delete(connection: &mut SqliteConnection, shape: &Shape) -> Result<u64, sqlx::Error> {
    let name = shape.table.name();
    let is_row = is_row_of(shape.table, name, "p.now");
    let rows = "(select now from temp.plan where table_name = ?1 and op = 'delete')";
    let delete = format!("delete from main.{name} where exists (select 1 from {rows} p where {is_row})");
    let delete = sqlx::query(AssertSqlSafe(delete)).bind(name).persistent(false);
    Ok(delete.execute(connection).await?.rows_affected())
}

async fn run(connection: &mut SqliteConnection, statement: String) -> Result<u64, sqlx::Error> {
    let statement = sqlx::query(AssertSqlSafe(statement)).persistent(false);
    Ok(statement.execute(connection).await?.rows_affected())
}
