//! Rows to be written to the rules database, all or nothing: how an undo and a restore are carried out.
//!
//! The plan is a temporary table on the connection that writes. It is checked against the rows as they stand, carried
//! out in an order that every reference and trigger allows (what others refer to comes first and goes last), and
//! checked again: the rows must be exactly as planned, and no others may have been touched.

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use super::StoreError;
use super::connection::within;
use super::history::{Shape, agrees, first_key, is_row_of};
use super::write::{LIMIT, ORDER, Writer};
use routing::table::Table;

/// How many rows a message names.
const ROWS_NAMED: usize = 5;

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

/// An edit with a plan. [`Plan::end`] ends it.
#[derive(Debug)]
pub(super) struct Plan {
    writer: Writer,
    doing: &'static str,
}

impl Plan {
    /// An empty plan of an edit that has begun.
    pub(super) async fn of(mut writer: Writer, doing: &'static str) -> Result<Self, StoreError> {
        writer.execute(doing, CREATE).await?;
        Ok(Self { writer, doing })
    }

    /// Adds what a statement selects; it binds one text.
    pub(super) async fn add(&mut self, statement: String, text: &str) -> Result<(), StoreError> {
        let statement = sqlx::query(AssertSqlSafe(statement))
            .bind(text)
            .persistent(false);
        within(
            LIMIT,
            &self.writer.path,
            self.doing,
            statement.execute(&mut self.writer.connection),
        )
        .await
        .map(drop)
    }

    /// The columns that a table has both here and in the database `other`.
    pub(super) async fn shared_with_other(&mut self, table: Table) -> Result<Shape, StoreError> {
        let shape = Shape::shared(&mut self.writer.connection, table, ["main", "other"]);
        within(LIMIT, &self.writer.path, self.doing, shape).await
    }

    /// Writes the rows of the plan.
    ///
    /// # Errors
    /// Some row is not as the plan expects it, or writing it would break a rule of the tables.
    pub(super) async fn carry_out(&mut self) -> Result<Written, StoreError> {
        let doing = self.doing;
        let tables = within(
            LIMIT,
            &self.writer.path,
            doing,
            shapes(&mut self.writer.connection),
        )
        .await?;
        self.must_be(&tables, "now", "has been edited since, or is gone")
            .await?;
        let writing = write(&mut self.writer.connection, &tables);
        let written = within(LIMIT, &self.writer.path, doing, writing).await?;
        self.must_be(&tables, "target", "would not be as it is to be")
            .await?;
        self.must_touch_no_others().await?;
        Ok(written)
    }

    /// Ends it with what has come of it.
    pub(super) async fn end(
        self,
        outcome: Result<Written, StoreError>,
    ) -> Result<Written, StoreError> {
        self.writer.end(outcome).await
    }

    /// Gives the edit back if all has gone well; else nothing has happened.
    pub(super) async fn give_back(
        self,
        outcome: Result<Written, StoreError>,
    ) -> Result<(Writer, Written), StoreError> {
        match outcome {
            Ok(written) => Ok((self.writer, written)),
            Err(error) => self.writer.end(Err(error)).await,
        }
    }

    /// Refuses if rows are not as the plan has them in a column: `now` or `target`.
    async fn must_be(
        &mut self,
        tables: &[Shape],
        column: &str,
        otherwise: &str,
    ) -> Result<(), StoreError> {
        for shape in tables {
            let unlike = rows_unlike(&mut self.writer.connection, shape, column);
            let found = within(LIMIT, &self.writer.path, self.doing, unlike).await?;
            if let Some(first) = found.first() {
                let more = if found.len() > 1 { " (and others)" } else { "" };
                return Err(
                    self.refused(format!("{} {first}{more} {otherwise}", shape.table.name()))
                );
            }
        }
        Ok(())
    }

    /// Refuses if a trigger or a foreign key has changed rows that the plan does not name: they came later, and they
    /// refer to a row that was to go.
    async fn must_touch_no_others(&mut self) -> Result<(), StoreError> {
        let others = rows_touched_besides(&mut self.writer.connection, self.writer.last_change);
        let others = within(LIMIT, &self.writer.path, self.doing, others).await?;
        if others.is_empty() {
            return Ok(());
        }
        let named: Vec<&str> = others.iter().take(ROWS_NAMED).map(String::as_str).collect();
        let more = if others.len() > ROWS_NAMED {
            " and others"
        } else {
            ""
        };
        Err(self.refused(format!(
            "{}{more} refer to a row that would go; change them first",
            named.join(", ")
        )))
    }

    fn refused(&self, reason: String) -> StoreError {
        StoreError::Refused {
            path: self.writer.path.clone(),
            doing: self.doing,
            reason,
        }
    }
}

const CREATE: &str = "
    create temporary table plan (
        table_name text not null, row_key text not null,
        op text not null, -- what is to be done: insert, update or delete
        now text,         -- the row as it must stand, as a JSON object; NULL: not there
        target text       -- the row as it is to be; NULL: not there
    )";

/// The tables that the plan writes, in the order in which their rows come.
async fn shapes(connection: &mut SqliteConnection) -> Result<Vec<Shape>, sqlx::Error> {
    let mut shapes = Vec::new();
    for table in ORDER {
        shapes.extend(shape(connection, table).await?);
    }
    Ok(shapes)
}

/// The columns of a table that the plan writes; `None` if the plan has no row of it.
async fn shape(
    connection: &mut SqliteConnection,
    table: Table,
) -> Result<Option<Shape>, sqlx::Error> {
    let image = "select coalesce(target, now) from temp.plan where table_name = ?1 limit 1";
    let image: Option<String> = sqlx::query_scalar(image)
        .bind(table.name())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(image) = image else { return Ok(None) };
    Ok(Some(
        Shape::shared(connection, table, ["main", "main"])
            .await?
            .named_in(&image),
    ))
}

/// Rows of a table that are not as the plan has them in a column.
async fn rows_unlike(
    connection: &mut SqliteConnection,
    shape: &Shape,
    column: &str,
) -> Result<Vec<String>, sqlx::Error> {
    let name = shape.table.name();
    let is_row = is_row_of(shape.table, "r", "coalesce(p.now, p.target)");
    let (absent, agrees) = (
        first_key(shape.table, "r"),
        agrees(&shape.image("r"), &format!("p.{column}")),
    );
    let unlike = format!(
        "select p.row_key from temp.plan p left join main.{name} r on {is_row}
        where p.table_name = '{name}'
            and case when p.{column} is null then {absent} is not null else {absent} is null or not ({agrees}) end
        limit 2"
    );
    sqlx::query_scalar(AssertSqlSafe(unlike))
        .persistent(false)
        .fetch_all(connection)
        .await
}

/// Rows that the log has from us, which is behind this row of it, and the plan has not.
async fn rows_touched_besides(
    connection: &mut SqliteConnection,
    last_change: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let besides = "
        select distinct c.table_name || ' ' || c.row_key from main.changes c
        where c.id > ?1 and not exists (
            select 1 from temp.plan p
            where p.table_name = c.table_name and replace(p.row_key, '//', '/') = c.row_key)
        limit 6";
    sqlx::query_scalar(besides)
        .bind(last_change)
        .persistent(false)
        .fetch_all(connection)
        .await
}

/// Everything between the two checks.
async fn write(
    connection: &mut SqliteConnection,
    tables: &[Shape],
) -> Result<Written, sqlx::Error> {
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
    Ok(written)
}

/// Inserts a table's rows. Agents come without their cover, who may not be there yet.
async fn insert(connection: &mut SqliteConnection, shape: &Shape) -> Result<u64, sqlx::Error> {
    let name = shape.table.name();
    let (columns, values) = (shape.names(), shape.values("p.target"));
    let target = if shape.table == Table::Agents {
        "json_remove(target, '$.cover_id')"
    } else {
        "target"
    };
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
    let (assignments, is_row) = (
        shape.assignments("p.target"),
        is_row_of(shape.table, name, "p.target"),
    );
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
    let delete =
        format!("delete from main.{name} where exists (select 1 from {rows} p where {is_row})");
    let delete = sqlx::query(AssertSqlSafe(delete))
        .bind(name)
        .persistent(false);
    Ok(delete.execute(connection).await?.rows_affected())
}

async fn run(connection: &mut SqliteConnection, statement: String) -> Result<u64, sqlx::Error> {
    let statement = sqlx::query(AssertSqlSafe(statement)).persistent(false);
    Ok(statement.execute(connection).await?.rows_affected())
}
