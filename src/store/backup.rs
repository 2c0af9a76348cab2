//! Copies of the rules database to keep, and the way back.
//!
//! A backup is made by SQLite itself (`VACUUM INTO`): a copy of the file could catch somebody's commit half way, and
//! closing it would drop SQLite's locks. A restore writes the backup's rows into the file that is there, as one
//! transaction: the file stays the same one for whoever has it open, for a mount and for its permissions, and the changes
//! log says what was restored.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use tokio::fs;

use super::connection::{self, within};
use super::create::{beside, directory_of, must_not_exist, place, remove, sync};
use super::history::difference;
use super::load::is_damage;
use super::plan::{Plan, Written};
use super::write::{Editor, Writer};
use super::{StoreError, copy};
use routing::table::Table;

/// How long the check of a copy may take: ten times what a million callers need on a slow disk.
const CHECK_LIMIT: Duration = Duration::from_mins(1);

/// Writes a copy of a rules database to a new file, whoever edits or serves it meanwhile.
///
/// The copy is complete, checked and on the disk before it gets its name.
///
/// # Errors
/// `to` exists, the database cannot be read, or the disk is full.
pub async fn backup(rules: &Path, to: &Path) -> Result<(), StoreError> {
    must_not_exist(to).await?;
    let draft = beside(to, ".new");
    remove(&draft).await?;
    let made = make(rules, &draft).await;
    let placed = match made {
        Ok(()) => place(&draft, to).await,
        Err(error) => Err(error),
    };
    remove(&draft).await?;
    placed?;
    sync(directory_of(to)).await
}

/// Makes the rules database what a backup holds: row by row if it exists, as a new file if it does not.
///
/// # Errors
/// The backup or the rules database is not one of ours; somebody holds a lock for long; the disk is full. The rules are
/// as they were then.
pub async fn restore(
    from: &Path,
    rules: &Path,
    editor: Editor<'_>,
) -> Result<Restored, StoreError> {
    connection::must_exist(from).await?;
    if !fs::try_exists(rules)
        .await
        .map_err(|error| StoreError::io(rules, "look for", error))?
    {
        return backup(from, rules).await.map(|()| Restored::NewFile);
    }
    let writer = Writer::begin_beside(rules, editor, Some(from)).await?;
    let mut plan = Plan::of(writer, "restore a backup").await?;
    let restored = take_over(&mut plan).await;
    plan.end(restored).await.map(Restored::Rows)
}

async fn take_over(plan: &mut Plan) -> Result<Written, StoreError> {
    for table in Table::ALL {
        let shape = plan.shared_with_other(table).await?;
        let add = format!(
            "insert into temp.plan (table_name, row_key, op, now, target)
            select ?1, row_key, op, before, after from ({})",
            difference(&shape, "main", "other")
        );
        plan.add(add, table.name()).await?;
    }
    plan.carry_out().await
}

/// What a restore has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// There was no rules database; now there is one.
    NewFile,
    /// These rows were written.
    Rows(Written),
}

/// Writes a copy, complete and checked.
async fn make(rules: &Path, draft: &Path) -> Result<(), StoreError> {
    copy(rules, draft).await?;
    check(draft).await?;
    let file = fs::File::open(draft)
        .await
        .map_err(|error| StoreError::io(draft, "open", error))?;
    file.sync_all()
        .await
        .map_err(|error| StoreError::io(draft, "sync", error))
}

/// Looks through a whole copy, its indexes included. Rows that break a constraint are no damage: `check` names them.
async fn check(path: &Path) -> Result<(), StoreError> {
    let doing = "check the copy";
    let checked = async {
        let options = connection::options(path).read_only(true);
        let mut connection = connection::connect(&options).await?;
        let check = sqlx::query_scalar("pragma integrity_check").persistent(false);
        let findings: Vec<String> = check.fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(findings)
    };
    let findings = within(CHECK_LIMIT, path, doing, checked).await?;
    match findings.into_iter().find(|finding| is_damage(finding)) {
        None => Ok(()),
        Some(detail) => Err(StoreError::Corrupt {
            path: path.to_owned(),
            doing,
            detail,
        }),
    }
}
