//! The rows that `pull` takes over from Stringee: as they stand, as it last wrote them, and how it writes them.
//!
//! What `pull` wrote is not kept anywhere but in the log of changes, where its own edits are marked as such. A row whose
//! log was deleted therefore counts as somebody else's, and is left alone: the safe side.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::StoreError;
use super::connection::{self, Identity};
use super::write::{Editor, Writer};

/// A table that `pull` fills, referenced tables first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PulledTable {
    /// Names of queues.
    Queues,
    /// Agents.
    Agents,
    /// Groups.
    Groups,
    /// Who is in which group.
    GroupMembers,
    /// A rule per queue.
    Rules,
    /// The groups that a rule rings.
    RuleSteps,
}

/// A row's table, and its key as the log of changes has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// The table.
    pub table: PulledTable,
    /// The key; several columns are joined by `/`.
    pub key: String,
}

/// Some columns of a row and their values.
pub type Image = Map<String, Value>;

/// What a plan is made from. Two that are equal lead to the same plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basis {
    /// The rows as they stand, with the columns of [`PulledTable::columns`].
    pub rows: BTreeMap<RowKey, Image>,
    /// The rows that `pull` has written and not removed since: for each column what it last wrote there.
    pub pulled: BTreeMap<RowKey, Image>,
    /// The setting `country_code`.
    pub country_code: Option<String>,
}

/// One edit.
#[derive(Clone, Debug, PartialEq)]
pub enum RowEdit {
    /// A new row.
    Insert(RowKey, Image),
    /// New values for all columns of [`PulledTable::columns`].
    Update(RowKey, Image),
    /// The row goes.
    Delete(RowKey),
}

/// Who a pull is in the log of changes, which is where it finds its own edits again.
pub(super) const ACTOR: &str = "stringee-router";

/// Why, in that log.
pub(super) const REASON: &str = "pull";

/// A person waits for it; another program's transaction may take a while.
const PATIENCE: Duration = Duration::from_secs(5);

impl PulledTable {
    const ALL: [Self; 6] = [
        Self::Queues,
        Self::Agents,
        Self::Groups,
        Self::GroupMembers,
        Self::Rules,
        Self::RuleSteps,
    ];

    /// The table's name.
    pub const fn name(self) -> &'static str {
        self.statements().name
    }

    /// The columns that are taken over, key first; the others are an admin's alone.
    pub const fn columns(self) -> &'static [&'static str] {
        self.statements().columns
    }

    const fn statements(self) -> Statements {
        match self {
            Self::Queues => QUEUES,
            Self::Agents => AGENTS,
            Self::Groups => GROUPS,
            Self::GroupMembers => GROUP_MEMBERS,
            Self::Rules => RULES,
            Self::RuleSteps => RULE_STEPS,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// What is said about one table. The parameters of `insert` and `update` are `columns` in order, those of `delete` the
/// key's columns.
struct Statements {
    name: &'static str,
    columns: &'static [&'static str],
    key_columns: usize,
    select: &'static str,
    insert: &'static str,
    update: &'static str,
    delete: &'static str,
}

const QUEUES: Statements = Statements {
    name: "queues",
    columns: &["id", "name"],
    key_columns: 1,
    select: "select id, json_object('id', id, 'name', name) from queues",
    insert: "insert into queues (id, name) values ($1, $2)",
    update: "update queues set name = $2 where id = $1",
    delete: "delete from queues where id = $1",
};

const AGENTS: Statements = Statements {
    name: "agents",
    columns: &["id", "name", "phone_number", "routing_type", "enabled"],
    key_columns: 1,
    select: "select id, json_object('id', id, 'name', name, 'phone_number', phone_number, 'routing_type', routing_type,
        'enabled', enabled) from agents",
    insert: "insert into agents (id, name, phone_number, routing_type, enabled) values ($1, $2, $3, $4, $5)",
    update: "update agents set name = $2, phone_number = $3, routing_type = $4, enabled = $5 where id = $1",
    delete: "delete from agents where id = $1",
};

const GROUPS: Statements = Statements {
    name: "groups",
    columns: &["id", "name"],
    key_columns: 1,
    select: "select id, json_object('id', id, 'name', name) from groups",
    insert: "insert into groups (id, name) values ($1, $2)",
    update: "update groups set name = $2 where id = $1",
    delete: "delete from groups where id = $1",
};

const GROUP_MEMBERS: Statements = Statements {
    name: "group_members",
    columns: &["group_id", "agent_id"],
    key_columns: 2,
    select:
        "select group_id || '/' || agent_id, json_object('group_id', group_id, 'agent_id', agent_id)
        from group_members",
    insert: "insert into group_members (group_id, agent_id) values ($1, $2)",
    update: "update group_members set agent_id = $2 where group_id = $1 and agent_id = $2",
    delete: "delete from group_members where group_id = $1 and agent_id = $2",
};

const RULES: Statements = Statements {
    name: "rules",
    columns: &["id", "position", "name", "queue_id", "enabled", "note"],
    key_columns: 1,
    select: "select cast(id as text), json_object('id', id, 'position', position, 'name', name, 'queue_id', queue_id,
        'enabled', enabled, 'note', note) from rules",
    insert: "insert into rules (id, position, name, queue_id, enabled, note) values ($1, $2, $3, $4, $5, $6)",
    update: "update rules set position = $2, name = $3, queue_id = $4, enabled = $5, note = $6 where id = $1",
    delete: "delete from rules where id = $1",
};

const RULE_STEPS: Statements = Statements {
    name: "rule_steps",
    columns: &["rule_id", "step", "after_seconds", "group_id"],
    key_columns: 2,
    select:
        "select rule_id || '/' || step, json_object('rule_id', rule_id, 'step', step, 'after_seconds', after_seconds,
        'group_id', group_id) from rule_steps",
    insert: "insert into rule_steps (rule_id, step, after_seconds, group_id) values ($1, $2, $3, $4)",
    update: "update rule_steps set after_seconds = $3, group_id = $4 where rule_id = $1 and step = $2",
    delete: "delete from rule_steps where rule_id = $1 and step = $2",
};

/// Reads what a plan is made from.
///
/// # Errors
/// There is no such database, or it cannot be read.
pub async fn pull_basis(path: &Path) -> Result<Basis, StoreError> {
    let failed = |error| StoreError::new(path, "read the tables", error);
    connection::must_exist(path).await?;
    let options = connection::reading(path).busy_timeout(PATIENCE);
    let mut connection = connection::connect(&options).await.map_err(failed)?;
    let mut transaction = connection.begin().await.map_err(failed)?;
    let identity = Identity::ask(&mut transaction).await.map_err(failed)?;
    identity.must_be_ours(path)?.must_be_readable(path)?;
    let basis = read(&mut transaction).await.map_err(failed)?;
    transaction.rollback().await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    Ok(basis)
}

/// Writes a plan in one transaction, noted in `changes` as ours.
///
/// # Errors
/// Somebody has edited the tables since the plan was made, or a row is refused; then nothing is written.
pub async fn apply_pull(path: &Path, basis: &Basis, edits: &[RowEdit]) -> Result<(), StoreError> {
    let mut writer = Writer::begin(
        path,
        Editor {
            actor: ACTOR,
            reason: REASON,
        },
    )
    .await?;
    let applied = apply(&mut writer, basis, edits).await;
    writer.end(applied).await
}

async fn apply(writer: &mut Writer, basis: &Basis, edits: &[RowEdit]) -> Result<(), StoreError> {
    let path = writer.path.clone();
    let failed = |error| StoreError::new(&path, "write the rows", error);
    if read(&mut writer.connection).await.map_err(failed)? != *basis {
        return Err(StoreError::Moved { path });
    }
    for edit in edits {
        write(&mut writer.connection, edit).await.map_err(failed)?;
    }
    Ok(())
}

async fn read(connection: &mut SqliteConnection) -> Result<Basis, sqlx::Error> {
    let mut basis = Basis::default();
    for table in PulledTable::ALL {
        let rows: Vec<(String, String)> = sqlx::query_as(table.statements().select)
            .fetch_all(&mut *connection)
            .await?;
        for (key, image) in rows {
            basis.rows.insert(RowKey { table, key }, image_of(&image));
        }
    }
    let ours = "select table_name, row_key, before, after from changes where actor = ?1 and reason = ?2 order by id";
    let changes: Vec<Change> = sqlx::query_as(ours)
        .bind(ACTOR)
        .bind(REASON)
        .fetch_all(&mut *connection)
        .await?;
    for change in changes {
        basis.note(change);
    }
    let code = "select value from settings where key = 'country_code'";
    basis.country_code = sqlx::query_scalar(code)
        .fetch_optional(&mut *connection)
        .await?;
    Ok(basis)
}

/// Table, key, and the row before and after.
type Change = (String, String, Option<String>, Option<String>);

impl Basis {
    /// Takes one of our own edits into account; they come oldest first.
    fn note(&mut self, (table, key, before, after): Change) {
        let Some(table) = PulledTable::named(&table) else {
            return;
        };
        let row = RowKey { table, key };
        let Some(after) = after.as_deref().map(image_of) else {
            self.pulled.remove(&row);
            return;
        };
        let before = before.as_deref().map(image_of);
        let written = self.pulled.entry(row).or_default();
        for column in table.columns() {
            // A column that our edit left as it was may be somebody else's.
            let value = after.get(*column).cloned().unwrap_or_default();
            if before
                .as_ref()
                .is_none_or(|before| before.get(*column) != Some(&value))
            {
                written.insert((*column).to_owned(), value);
            }
        }
    }
}

/// A row as SQLite's `json_object` says it.
fn image_of(json: &str) -> Image {
    serde_json::from_str(json).unwrap_or_default()
}

/// Makes one edit, and makes sure that it was made.
async fn write(connection: &mut SqliteConnection, edit: &RowEdit) -> Result<(), sqlx::Error> {
    let (row, image, statement) = match edit {
        RowEdit::Insert(row, image) => (row, Some(image), row.table.statements().insert),
        RowEdit::Update(row, image) => (row, Some(image), row.table.statements().update),
        RowEdit::Delete(row) => (row, None, row.table.statements().delete),
    };
    let mut query = sqlx::query(statement);
    match image {
        Some(image) => {
            for column in row.table.columns() {
                query = match image.get(*column) {
                    Some(Value::String(text)) => query.bind(text),
                    Some(Value::Number(number)) => query.bind(number.as_i64()),
                    _ => query.bind(None::<&str>),
                };
            }
        }
        None => {
            for part in row.key.splitn(row.table.statements().key_columns, '/') {
                query = query.bind(part);
            }
        }
    }
    match query.execute(connection).await?.rows_affected() {
        1 => Ok(()),
        _ => Err(sqlx::Error::RowNotFound),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Executor as _, SqlSafeStr as _};

    use super::super::{Content, create};
    use super::*;

    #[tokio::test]
    async fn every_statement_fits_the_tables() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Demo).await.unwrap();
        let mut connection = connection::connect(&connection::options(&path))
            .await
            .unwrap();
        for table in PulledTable::ALL {
            let Statements {
                select,
                insert,
                update,
                delete,
                columns,
                ..
            } = table.statements();
            for statement in [insert, update, delete] {
                connection.prepare(statement.into_sql_str()).await.unwrap();
            }
            let rows: Vec<(String, String)> = sqlx::query_as(select)
                .fetch_all(&mut connection)
                .await
                .unwrap();
            for (_, image) in rows {
                assert_eq!(
                    image_of(&image).keys().collect::<Vec<_>>(),
                    columns,
                    "{}",
                    table.name()
                );
            }
        }
    }

    fn agent(id: &str, phone: &str) -> RowEdit {
        let row = RowKey {
            table: PulledTable::Agents,
            key: id.to_owned(),
        };
        let image = serde_json::json!(
            {"id": id, "name": id, "phone_number": phone, "routing_type": 1, "enabled": 1}
        );
        RowEdit::Insert(row, image.as_object().unwrap().clone())
    }

    async fn agents(path: &Path) -> Vec<String> {
        let basis = pull_basis(path).await.unwrap();
        basis
            .rows
            .into_keys()
            .filter(|row| row.table == PulledTable::Agents)
            .map(|row| row.key)
            .collect()
    }

    #[tokio::test]
    async fn a_plan_that_is_out_of_date_is_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Empty).await.unwrap();
        let basis = pull_basis(&path).await.unwrap();
        apply_pull(&path, &basis, &[agent("hoa", "84909992666")])
            .await
            .unwrap();
        let error = apply_pull(&path, &basis, &[agent("minh", "84909992667")])
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Moved { .. }), "{error}");
        assert_eq!(agents(&path).await, ["hoa"]);
    }

    #[tokio::test]
    async fn a_plan_with_a_row_that_is_refused_is_not_written_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Empty).await.unwrap();
        let basis = pull_basis(&path).await.unwrap();
        let edits = [agent("hoa", "84909992666"), agent("minh", "none")];
        let error = anyhow::Error::new(apply_pull(&path, &basis, &edits).await.unwrap_err());
        assert!(
            format!("{error:#}").contains("agents.phone_number must be digits"),
            "{error:#}"
        );
        assert_eq!(agents(&path).await, [""; 0]);
    }

    #[test]
    fn only_what_an_edit_of_ours_changed_counts_as_ours() {
        let mut basis = Basis::default();
        let change = |before: Option<&str>, after: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            (
                "queues".to_owned(),
                "Q".to_owned(),
                owned(before),
                owned(after),
            )
        };
        let row = RowKey {
            table: PulledTable::Queues,
            key: "Q".to_owned(),
        };
        basis.note(change(None, Some(r#"{"id": "Q", "name": "Sales"}"#)));
        basis.note(change(
            Some(r#"{"id": "Q", "name": "Bán"}"#),
            Some(r#"{"id": "Q", "name": "Bán"}"#),
        ));
        assert_eq!(basis.pulled[&row]["name"], "Sales");
        basis.note(change(
            Some(r#"{"id": "Q", "name": "Sales"}"#),
            Some(r#"{"id": "Q", "name": "Orders"}"#),
        ));
        assert_eq!(basis.pulled[&row]["name"], "Orders");
        basis.note(change(Some("{}"), None));
        assert_eq!(basis.pulled.get(&row), None);
    }
}
