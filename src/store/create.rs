//! A new rules database, and an old one brought up to date.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::fs;

use super::StoreError;
use super::connection::{self, DatabaseIdentity, within};
use super::migrations::{DEMO, SCHEMA_VERSION, migrator};

/// How long an upgrade waits for somebody else's transaction to end. A person waits for it, not a call.
const UPGRADE_PATIENCE: Duration = Duration::from_secs(5);

/// What a new rules database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The settings, and nobody to ring.
    Empty,
    /// Agents, groups and rules that show every kind of rule.
    Demo,
}

/// Creates a rules database, and its directory if need be.
///
/// It is built beside `path` under another name and put in place when it is complete, so that a crash or a full disk
/// never leaves half a database. Refused if the file, or a journal of an earlier file of that name, exists.
pub async fn create(path: &Path, content: Content) -> Result<(), StoreError> {
    for file in [
        path.to_owned(),
        beside(path, "-journal"),
        beside(path, "-wal"),
    ] {
        must_not_exist(&file).await?;
    }
    let directory = directory_of(path);
    fs::create_dir_all(directory)
        .await
        .map_err(|error| StoreError::io(directory, "create", error))?;
    let draft = beside(path, ".new");
    remove(&draft).await?;
    let built = build(&draft, content).await;
    let placed = match built {
        Ok(()) => place(&draft, path).await,
        Err(error) => Err(error),
    };
    remove(&draft).await?;
    placed?;
    sync(directory).await
}

/// Brings an existing rules database to the version that this program needs; one that has it already is left alone.
pub async fn upgrade(path: &Path) -> Result<(), StoreError> {
    connection::must_exist(path).await?;
    let failed = |error| StoreError::new(path, "upgrade the tables", error);
    let options = connection::options(path).busy_timeout(UPGRADE_PATIENCE);
    let mut connection = connection::connect(&options).await.map_err(failed)?;
    DatabaseIdentity::ask(&mut connection)
        .await
        .map_err(failed)?
        .must_be_ours(path)?;
    migrate(&mut connection, path).await?;
    connection.close().await.map_err(failed)
}

/// Whether an earlier version of this program has made the tables, so that [`upgrade`] has something to do.
pub async fn is_outdated(path: &Path) -> Result<bool, StoreError> {
    connection::must_exist(path).await?;
    let found = async {
        let options = connection::reading(path).busy_timeout(UPGRADE_PATIENCE);
        let mut connection = connection::connect(&options).await?;
        let found = DatabaseIdentity::ask(&mut connection).await?;
        connection.close().await?;
        Ok(found)
    };
    let found = within(
        UPGRADE_PATIENCE * 2,
        path,
        "ask for the version of the tables",
        found,
    )
    .await?;
    Ok(found.must_be_ours(path)?.user_version < SCHEMA_VERSION)
}

/// Fills a rules database that has settings but nobody to ring with the demo data, in one transaction.
pub async fn fill_with_demo(path: &Path) -> Result<(), StoreError> {
    /// Everything that the demo data bring along.
    const HOLDS_ANYTHING: &str = "select exists (select 1 from queues) or exists (select 1 from schedules)
        or exists (select 1 from agents) or exists (select 1 from groups) or exists (select 1 from callers)
        or exists (select 1 from rules) or exists (select 1 from rule_tests)";
    upgrade(path).await?;
    let failed = |error| StoreError::new(path, "fill in the demo data", error);
    let options = connection::options(path).busy_timeout(UPGRADE_PATIENCE);
    let mut connection = connection::connect(&options).await.map_err(failed)?;
    if connection::number(&mut connection, HOLDS_ANYTHING)
        .await
        .map_err(failed)?
        != 0
    {
        return Err(StoreError::NotEmpty {
            path: path.to_owned(),
        });
    }
    fill(&mut connection, DEMO).await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

/// Writes a whole database to a file that does not exist yet.
async fn build(draft: &Path, content: Content) -> Result<(), StoreError> {
    let failed = |error| StoreError::new(draft, "write the tables", error);
    let options = connection::options(draft).create_if_missing(true);
    let mut connection = connection::connect(&options).await.map_err(failed)?;
    migrate(&mut connection, draft).await?;
    if content == Content::Demo {
        fill(&mut connection, DEMO).await.map_err(failed)?;
    }
    connection.close().await.map_err(failed)
}

/// Runs the migrations that the database has not seen yet.
async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    // `run` is the same for anything that gives a connection, and no spawned task can await it.
    let migrated = migrator().run_direct(None, connection, false).await;
    migrated.map_err(|source| StoreError::Migration {
        path: path.to_owned(),
        source,
    })
}

/// Runs a script in one transaction, noted in `changes` as ours.
async fn fill(connection: &mut SqliteConnection, script: &'static str) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    transaction
        .execute("insert into editor (actor, reason) values ('stringee-router', 'init --demo')")
        .await?;
    transaction.execute(sqlx::raw_sql(script)).await?;
    transaction.execute("delete from editor").await?;
    transaction.commit().await
}

/// Gives the finished file its name, without replacing one that somebody has put there meanwhile.
pub(super) async fn place(draft: &Path, path: &Path) -> Result<(), StoreError> {
    match fs::hard_link(draft, path).await {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::AlreadyExists {
                path: path.to_owned(),
            })
        }
        // Some file systems know no hard links.
        Err(_) => fs::rename(draft, path)
            .await
            .map_err(|error| StoreError::io(path, "create", error)),
    }
}

/// Refuses a file that is there.
pub(super) async fn must_not_exist(path: &Path) -> Result<(), StoreError> {
    match fs::try_exists(path).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(StoreError::AlreadyExists {
            path: path.to_owned(),
        }),
        Err(error) => Err(StoreError::io(path, "look for", error)),
    }
}

/// Removes a draft, also one that an earlier attempt has left behind, with its journal.
pub(super) async fn remove(draft: &Path) -> Result<(), StoreError> {
    for file in [beside(draft, "-journal"), draft.to_owned()] {
        match fs::remove_file(&file).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io(&file, "remove", error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Makes the new name survive a power cut.
pub(super) async fn sync(directory: &Path) -> Result<(), StoreError> {
    let synced = async { fs::File::open(directory).await?.sync_all().await };
    synced
        .await
        .map_err(|error| StoreError::io(directory, "sync", error))
}

/// The directory that a file stands in.
pub(super) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    }
}

/// The same path with something added to the file's name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::super::migrations::first_version;
    use super::*;
    use crate::store::{Editor, Reader, Writer};

    /// A database as the first version of this program made it.
    async fn old(path: &Path) {
        let options = connection::options(path).create_if_missing(true);
        let mut connection = connection::connect(&options).await.unwrap();
        first_version()
            .run_direct(None, &mut connection, false)
            .await
            .unwrap();
        fill(&mut connection, DEMO).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The text of every table, index, trigger and view.
    async fn texts(connection: &mut SqliteConnection) -> Vec<String> {
        let texts =
            "select type || ' ' || name || ' ' || coalesce(sql, '') from sqlite_master order by 1";
        sqlx::query_scalar(texts)
            .fetch_all(connection)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn an_old_database_is_read_as_it_is_and_upgraded_to_what_a_new_one_is() {
        let directory = tempfile::tempdir().unwrap();
        let (path, new) = (
            directory.path().join("rules.db"),
            directory.path().join("new.db"),
        );
        old(&path).await;
        let before = Reader::open(&path)
            .await
            .unwrap()
            .load()
            .await
            .unwrap()
            .tables;
        // Somebody has the file open all the while.
        let mut editor = connection::connect(&connection::options(&path))
            .await
            .unwrap();
        let word = "update groups set strategy = 'longest_idle' where id = 'vip'";
        assert!(
            editor
                .execute(word)
                .await
                .unwrap_err()
                .to_string()
                .contains("ordered, weighted, rotate or sticky")
        );
        upgrade(&path).await.unwrap();
        assert!(
            Reader::open(&path)
                .await
                .unwrap()
                .load()
                .await
                .unwrap()
                .tables
                == before
        );
        create(&new, Content::Empty).await.unwrap();
        let mut fresh = connection::connect(&connection::options(&new))
            .await
            .unwrap();
        assert_eq!(texts(&mut editor).await, texts(&mut fresh).await);
        editor.execute(word).await.unwrap();
        let logged = "select count(*) from changes where table_name = 'groups' and op = 'update'";
        assert_eq!(
            connection::number(&mut editor, logged).await.unwrap(),
            1,
            "the triggers are still there"
        );
        assert_eq!(
            connection::number(&mut editor, "select count(*) from problems")
                .await
                .unwrap(),
            0
        );
        let damage: String = sqlx::query_scalar("pragma integrity_check")
            .fetch_one(&mut editor)
            .await
            .unwrap();
        assert_eq!(damage, "ok");
    }

    #[tokio::test]
    async fn what_only_an_old_database_refuses_can_be_had() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        old(&path).await;
        let editor = Editor {
            actor: "hoa",
            reason: "a newer word",
        };
        let mut writer = Writer::begin(&path, editor).await.unwrap();
        let refused = writer
            .run("update groups set strategy = 'longest_idle'")
            .await
            .unwrap_err()
            .to_string();
        let advice = "; this file has version 1 of the tables: `stringee-router init --upgrade` lets them hold more";
        assert!(refused.ends_with(advice), "{refused}");
        let refused = writer
            .run("update queues set id = null")
            .await
            .unwrap_err()
            .to_string();
        assert!(!refused.contains("version 1"), "{refused}");
    }
}
