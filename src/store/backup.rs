//! Copies of the rules database to keep, and the way back.
//!
//! A backup is made by SQLite itself (`VACUUM INTO`): a copy of the file could catch somebody's commit half way, and
//! closing it would drop SQLite's locks. A restore is an edit like any other, so that the file stays the same one for
//! whoever has it open, for a mount and for its permissions; only where there is no file that can be edited is a copy
//! put in its place.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Connection as _;
use tokio::fs;

use super::connection::{self, within};
use super::create::{
    begin, beside, create_directory, directory_of, must_not_exist, place, remove, sync,
};
use super::damage::is_damage;
use super::{StoreError, copy};

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
    begin(&draft).await?;
    let made = make(rules, &draft).await;
    let placed = match made {
        Ok(()) => place(&draft, to).await,
        Err(error) => Err(error),
    };
    remove(&draft).await?;
    placed?;
    sync(directory_of(to)).await
}

/// Puts a copy of a backup in the place of a rules database that is not there, or is damaged. What was there is kept
/// beside it, under the name that comes back.
///
/// # Errors
/// As for [`backup`].
pub async fn put_in_place(from: &Path, rules: &Path) -> Result<Option<PathBuf>, StoreError> {
    create_directory(rules).await?;
    let there = fs::try_exists(rules)
        .await
        .map_err(|error| StoreError::io(rules, "look for", error))?;
    let aside = if there {
        Some(beside(rules, ".damaged"))
    } else {
        None
    };
    if let Some(aside) = &aside {
        fs::rename(rules, aside)
            .await
            .map_err(|error| StoreError::io(rules, "rename", error))?;
    }
    backup(from, rules).await?;
    Ok(aside)
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
