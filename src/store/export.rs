//! All rows with all of their columns, notes as well: what is exported, and what an edit is compared with.

use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::StoreError;
use super::cell::cells;
use super::connection::{self, DatabaseIdentity, within};
use super::reader::Reader;
use super::select;
use super::write::bind;
use crate::exchange::{AddedColumn, Row, RuleSet};
use routing::table::{Cell, Table};

/// How long SQLite waits for somebody else's commit to end. A person waits for it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the rows of one table may take: ten times what a million callers need on a slow machine.
const ROWS_LIMIT: Duration = Duration::from_mins(1);

/// Columns of `agents` until version 2.
const LEFT_COLUMNS: [&str; 2] = ["away_from", "away_until"];

/// All rows of a rules database, as they stood at one moment.
///
/// # Errors
/// As for loading it.
pub async fn export(path: &Path) -> Result<RuleSet, StoreError> {
    connection::must_exist(path).await?;
    // A foreign file may hold more than there is memory, or a view without end in the place of a table. The reader has
    // a budget and looks at no view: what it refuses is not read.
    let mut reader = Reader::open_patiently(path).await?;
    reader.load().await?;
    reader.close().await?;
    let doing = "begin to read";
    let options = connection::reading(path).busy_timeout(BUSY_TIMEOUT);
    let mut connection = within(ROWS_LIMIT, path, doing, connection::connect(&options)).await?;
    let mut transaction = within(ROWS_LIMIT, path, doing, connection.begin()).await?;
    let identity = within(
        ROWS_LIMIT,
        path,
        "ask whose database this is",
        DatabaseIdentity::ask(&mut transaction),
    )
    .await?;
    let identity = identity.must_be_ours(path)?;
    identity.must_be_readable(path)?;
    let mut rules = RuleSet::default();
    for table in Table::ALL {
        let rows = rows(&mut transaction, path, table, identity.user_version).await?;
        rules.set(table, rows);
    }
    within(ROWS_LIMIT, path, "end reading", transaction.rollback()).await?;
    within(ROWS_LIMIT, path, "close the connection", connection.close()).await?;
    Ok(rules)
}

/// The values in columns that somebody has added to the tables.
///
/// # Errors
/// As for loading it.
pub async fn export_added_columns(path: &Path) -> Result<Vec<AddedColumn>, StoreError> {
    let doing = "begin to read";
    let options = connection::reading(path).busy_timeout(BUSY_TIMEOUT);
    let mut connection = within(ROWS_LIMIT, path, doing, connection::connect(&options)).await?;
    let values = added_columns(&mut connection, path).await?;
    within(ROWS_LIMIT, path, "close the connection", connection.close()).await?;
    Ok(values)
}

pub(super) async fn added_columns(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<Vec<AddedColumn>, StoreError> {
    let doing = "read added columns";
    let mut values = Vec::new();
    for table in Table::ALL {
        let names = sqlx::query_scalar("select name from pragma_table_info(?1)").bind(table.name());
        let names = names.persistent(false).fetch_all(&mut *connection);
        let mut names: Vec<String> = within(ROWS_LIMIT, path, doing, names).await?;
        // Those of version 2 and before are rows of absences now.
        let is_left = |name: &str| table == Table::Agents && LEFT_COLUMNS.contains(&name);
        names.retain(|name| table.column(name).is_none() && !is_left(name));
        for column in names {
            let statement = select::added(table, &column);
            let rows = sqlx::query(AssertSqlSafe(statement)).persistent(false);
            let rows = within(ROWS_LIMIT, path, doing, rows.fetch_all(&mut *connection)).await?;
            for row in rows {
                let mut row = within(ROWS_LIMIT, path, doing, async { cells(&row) }).await?;
                if let Some(after) = row.pop() {
                    values.push(AddedColumn {
                        row: row.into(),
                        table,
                        column: column.clone(),
                        before: None,
                        after,
                    });
                }
            }
        }
    }
    Ok(values)
}

/// The row with the key of another.
pub(super) async fn row(
    connection: &mut SqliteConnection,
    path: &Path,
    table: Table,
    key: &[Cell],
) -> Result<Option<Row>, StoreError> {
    let mut found = sqlx::query(AssertSqlSafe(select::by_its_key(table)));
    for cell in key.iter().take(table.key().len()) {
        found = bind(found, cell);
    }
    let found = found.persistent(false).fetch_optional(connection);
    let doing = "read a row";
    let Some(row) = within(ROWS_LIMIT, path, doing, found).await? else {
        return Ok(None);
    };
    let cells = within(ROWS_LIMIT, path, doing, async { cells(&row) }).await?;
    Ok(Some(cells.into()))
}

/// Rows of `callers` by their numbers, in no particular order; those that are not there are left out.
///
/// # Errors
/// The database cannot be read.
pub async fn callers_of(path: &Path, numbers: &[String]) -> Result<Vec<Row>, StoreError> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let doing = "look up callers";
    let options = connection::reading(path).busy_timeout(BUSY_TIMEOUT);
    let mut connection = within(ROWS_LIMIT, path, doing, connection::connect(&options)).await?;
    let mut rows = Vec::new();
    for number in numbers {
        let key = [Cell::Text(number.as_str().into())];
        rows.extend(row(&mut connection, path, Table::Callers, &key).await?);
    }
    within(ROWS_LIMIT, path, "close the connection", connection.close()).await?;
    Ok(rows)
}

/// A page of `callers` in the order of their numbers, behind one of them; with a text, those whose number, name, owner or
/// tags have it.
///
/// # Errors
/// The database cannot be read.
pub async fn callers_page(
    path: &Path,
    text: Option<&str>,
    after: &str,
    limit: u32,
) -> Result<Vec<Row>, StoreError> {
    let doing = "read callers";
    let options = connection::reading(path).busy_timeout(BUSY_TIMEOUT);
    let mut connection = within(ROWS_LIMIT, path, doing, connection::connect(&options)).await?;
    let has_text = text.is_some_and(|text| !text.is_empty());
    let found = sqlx::query(AssertSqlSafe(select::page_of_callers(has_text)));
    let text = text.unwrap_or_default();
    let mut found = found.bind(after).bind(limit);
    if !text.is_empty() {
        found = found.bind(text).bind(digits_of(text));
    }
    let rows = found.persistent(false).fetch_all(&mut connection);
    let rows = within(ROWS_LIMIT, path, doing, rows).await?;
    let mut page = Vec::with_capacity(rows.len());
    for row in &rows {
        page.push(
            within(ROWS_LIMIT, path, doing, async { cells(row) })
                .await?
                .into(),
        );
    }
    within(ROWS_LIMIT, path, "close the connection", connection.close()).await?;
    Ok(page)
}

/// The digits of a number however it is written, without what stands before the part that all ways of writing it have: 0,
/// or the country code of Vietnam. `None`: it is no number, or too little of one.
fn digits_of(text: &str) -> Option<String> {
    const LEAST: usize = 3;
    let is_of_number = |one: char| one.is_ascii_digit() || " +-.()".contains(one);
    if !text.chars().all(is_of_number) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let rest = digits
        .strip_prefix("84")
        .or_else(|| digits.strip_prefix('0'));
    let rest = rest.unwrap_or(&digits);
    (rest.len() >= LEAST).then(|| rest.to_owned())
}

/// The rows of one table, as many as it counts.
pub(super) async fn rows(
    connection: &mut SqliteConnection,
    path: &Path,
    table: Table,
    version: i64,
) -> Result<Vec<Row>, StoreError> {
    let doing = "read all columns";
    let count = sqlx::query_scalar(AssertSqlSafe(select::count(table, version)));
    let counted: i64 = within(
        ROWS_LIMIT,
        path,
        doing,
        count.persistent(false).fetch_one(&mut *connection),
    )
    .await?;
    let counted = usize::try_from(counted).unwrap_or_default();
    let collected = async {
        let mut rows = Vec::with_capacity(counted);
        let mut stream = sqlx::query(AssertSqlSafe(select::everything(table, version)))
            .persistent(false)
            .fetch(&mut *connection);
        while let Some(row) = stream.try_next().await? {
            rows.push(cells(&row)?.into());
        }
        Ok(rows)
    };
    let rows = within(ROWS_LIMIT, path, doing, collected).await?;
    if rows.len() == counted {
        Ok(rows)
    } else {
        Err(StoreError::Incomplete {
            path: path.to_owned(),
            doing,
            counted,
            read: rows.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Content, Reader, create};
    use routing::schema::{Absent, Kind};

    /// Name, type, whether it must be given, default, and place in the key, of each column.
    async fn declared(
        connection: &mut SqliteConnection,
        table: Table,
    ) -> Vec<(String, String, bool, Option<String>, i64)> {
        let sql = "select name, type, \"notnull\", dflt_value, pk from pragma_table_info(?1)";
        sqlx::query_as(sql)
            .bind(table.name())
            .fetch_all(connection)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn the_columns_are_those_of_the_database() {
        let options = connection::options(Path::new(":memory:"));
        let mut connection = connection::connect(&options).await.unwrap();
        super::super::migrations::migrator()
            .run(&mut connection)
            .await
            .unwrap();
        for table in Table::ALL {
            let declared = declared(&mut connection, table).await;
            assert_eq!(declared.len(), table.columns().len(), "{table:?}");
            for (column, (name, kind, is_needed, default, key)) in
                table.columns().iter().zip(declared)
            {
                assert_eq!(column.name, name, "{table:?}");
                assert_eq!(
                    column.kind,
                    if kind == "TEXT" {
                        Kind::Text
                    } else {
                        Kind::Integer
                    },
                    "{table:?}.{name}"
                );
                let absent = match (default, is_needed, key) {
                    (Some(text), ..) => text
                        .parse()
                        .map_or_else(|_| Cell::from(text.trim_matches('\'')), Cell::Integer)
                        .into(),
                    (None, false, 0) => Some(Cell::Null),
                    (None, _, _) => None,
                };
                assert_eq!(column.absent.cell(), absent, "{table:?}.{name}");
                assert_eq!(
                    column.absent == Absent::NextId,
                    !is_needed && key == 1,
                    "{table:?}.{name}"
                );
            }
        }
    }

    #[tokio::test]
    async fn the_compiler_gets_the_same_rows_as_the_server_reads() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Demo).await.unwrap();
        let exported = export(&path).await.unwrap().tables();
        let read = Reader::open(&path)
            .await
            .unwrap()
            .load()
            .await
            .unwrap()
            .tables;
        assert!(exported == read, "the rows differ");
        assert_eq!(exported.fingerprint(), read.fingerprint());
    }
}
