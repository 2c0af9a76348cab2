//! Whole rows, between PostgreSQL and a rule set.

use serde_json::{Map, Value};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{Postgres, PostgresError, quoted};
use crate::exchange::{Row, RuleSet};
use crate::store::write::{Batch, RowOp};
use routing::schema::Kind;
use routing::table::{Cell, Table};

/// Rows per statement.
const ROWS_AT_ONCE: usize = 1000;

impl Postgres {
    /// All rows of a project, as the transaction sees them.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn rule_set(&mut self, project: i64) -> Result<RuleSet, PostgresError> {
        let doing = "read the rules";
        let mut rules = RuleSet::default();
        for table in Table::ALL {
            let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
            let (names, name) = (names.join(", "), table.name());
            let select =
                format!("select {names} from stringee.{name} where project_id = {project}");
            let mut rows = Vec::new();
            for row in self.rows(doing, select).await? {
                let row = cells(table, &row);
                rows.push(row.map_err(|error| PostgresError::new(self.place(), doing, error))?);
            }
            rules.set(table, rows);
        }
        Ok(rules)
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// A row is refused, or PostgreSQL is gone. The transaction is of no use then.
    pub(super) async fn write(
        &mut self,
        project: i64,
        batch: &Batch<'_>,
    ) -> Result<(), PostgresError> {
        for rows in batch.rows.chunks(ROWS_AT_ONCE) {
            self.run("write rows", statement(project, batch, rows))
                .await?;
        }
        Ok(())
    }
}

fn statement(project: i64, batch: &Batch<'_>, rows: &[&[Cell]]) -> String {
    let (table, name) = (batch.table, batch.table.name());
    let all: Vec<&str> = batch
        .taken()
        .iter()
        .filter_map(|place| Some(table.columns().get(*place)?.name))
        .collect();
    let names = all.join(", ");
    let given = quoted(
        &rows
            .iter()
            .map(|row| json(table, row))
            .collect::<Value>()
            .to_string(),
    );
    let given = format!("json_populate_recordset(null::stringee.{name}, {given})");
    let same = |column: &&str| format!("t.{column} = given.{column}");
    let is_row: Vec<String> = table.key().iter().map(same).collect();
    let is_row = format!("t.project_id = {project} and {}", is_row.join(" and "));
    match batch.op {
        RowOp::Insert => format!(
            "insert into stringee.{name} (project_id, {names}) select {project}, {names} from {given}"
        ),
        RowOp::Delete => {
            format!("delete from stringee.{name} t using {given} given where {is_row}")
        }
        RowOp::Update => {
            let others = all.iter().filter(|name| !table.key().contains(name));
            let set: Vec<String> = others
                .map(|name| format!("{name} = given.{name}"))
                .collect();
            let set = set.join(", ");
            format!("update stringee.{name} t set {set} from {given} given where {is_row}")
        }
    }
}

fn json(table: Table, row: &[Cell]) -> Value {
    let mut object = Map::new();
    for (column, cell) in table.columns().iter().zip(row) {
        let value = match cell {
            Cell::Null => Value::Null,
            Cell::Integer(number) => (*number).into(),
            Cell::Real(number) => (*number).into(),
            Cell::Text(text) => (&**text).into(),
            Cell::Blob(bytes) => String::from_utf8_lossy(bytes).into(),
        };
        object.insert(column.name.to_owned(), value);
    }
    Value::Object(object)
}

fn cells(table: Table, row: &PgRow) -> Result<Row, sqlx::Error> {
    let mut cells = Vec::with_capacity(table.columns().len());
    for column in table.columns() {
        let cell = match column.kind {
            Kind::Integer => row.try_get::<Option<i64>, _>(column.place)?.into(),
            Kind::Text => row.try_get::<Option<&str>, _>(column.place)?.into(),
        };
        cells.push(cell);
    }
    Ok(cells.into())
}
