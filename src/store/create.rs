//! A new rules database, and an old one brought up to date.
//!
//! Versions 2 and 3 of the tables are written into their texts (`writable_schema`, SQLite's own way to change a CHECK): a
//! table that is rebuilt would lose its triggers, and by ON DELETE CASCADE its members.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::fs;

use super::StoreError;
use super::backup::backup;
use super::connection::{self, DatabaseIdentity, within};
use super::migrations::{DEMO, SCHEMA_VERSION, migrator};
use crate::files::why_not_writable;

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
    create_directory(path).await?;
    let draft = beside(path, ".new");
    begin(&draft).await?;
    let built = build(&draft, content).await;
    let placed = match built {
        Ok(()) => place(&draft, path).await,
        Err(error) => Err(error),
    };
    remove(&draft).await?;
    placed?;
    sync(directory).await
}

/// Creates the directory of a new database.
pub(super) async fn create_directory(path: &Path) -> Result<(), StoreError> {
    let created = fs::create_dir_all(directory_of(path)).await;
    created.map_err(|error| not_created(path, error))
}

/// Creates a draft, for SQLite does not say why it cannot.
pub(super) async fn begin(draft: &Path) -> Result<(), StoreError> {
    remove(draft).await?;
    let created = fs::File::create_new(draft).await;
    match created {
        Ok(_) => Ok(()),
        Err(error) => Err(not_created(draft, error)),
    }
}

fn not_created(path: &Path, error: std::io::Error) -> StoreError {
    match why_not_writable(path, &error) {
        Some(why) => StoreError::NotWritable {
            path: path.to_owned(),
            why,
        },
        None => StoreError::io(path, "create", error),
    }
}

/// What an upgrade has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgraded {
    /// The version that the tables had.
    pub from: i64,
    /// The file as it was before.
    pub copy: PathBuf,
}

/// Brings an existing rules database to the version that this program needs; one that has it already is left alone. A
/// copy of the file as it was is kept in the directory `copies`.
pub async fn upgrade(path: &Path, copies: &Path) -> Result<Option<Upgraded>, StoreError> {
    connection::must_exist(path).await?;
    let failed = |error| StoreError::new(path, "upgrade the tables", error);
    let options = connection::options(path).busy_timeout(UPGRADE_PATIENCE);
    let mut connection = connection::connect(&options).await.map_err(failed)?;
    let identity = DatabaseIdentity::ask(&mut connection)
        .await
        .map_err(failed)?;
    let from = identity.must_be_ours(path)?.user_version;
    if from >= SCHEMA_VERSION {
        connection.close().await.map_err(failed)?;
        return Ok(None);
    }
    // Whoever cannot write now makes no copy either, each time it is tried.
    let probe = connection.execute("begin immediate; rollback").await;
    probe.map_err(failed)?;
    fs::create_dir_all(copies)
        .await
        .map_err(|error| StoreError::io(copies, "create", error))?;
    let now = clock::now().strftime("%Y%m%dT%H%M%SZ");
    let copy = copies.join(format!("version-{from}-of-the-tables-{now}.db"));
    backup(path, &copy).await?;
    if let Err(error) = migrate(&mut connection, path).await {
        remove(&copy).await?;
        return Err(error);
    }
    connection.close().await.map_err(failed)?;
    Ok(Some(Upgraded { from, copy }))
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
        or exists (select 1 from rules) or exists (select 1 from rule_tests)
        or exists (select 1 from holidays) or exists (select 1 from hotlines)";
    connection::must_exist(path).await?;
    let failed = |error| StoreError::new(path, "fill in the demo data", error);
    let options = connection::options(path).busy_timeout(UPGRADE_PATIENCE);
    let mut connection = connection::connect(&options).await.map_err(failed)?;
    let identity = DatabaseIdentity::ask(&mut connection)
        .await
        .map_err(failed)?;
    identity.must_be_ours(path)?.must_be_writable(path)?;
    let held = connection::number(&mut connection, HOLDS_ANYTHING).await;
    if held.map_err(failed)? != 0 {
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
    use super::super::migrations::migrator_to;
    use super::*;
    use crate::store::{Editor, Reader, Writer, export};
    use routing::table::Table;

    /// What an admin of version 1 has written.
    const OLD_ROWS: &str = "
        insert into groups (id, name) values ('sales', 'Sales'), ('night', 'Night');
        insert into schedules (id, name) values ('office', 'Office');
        insert into schedule_hours (schedule_id, days, start_time, end_time)
            values ('office', 'mon-fri', '08:00', '17:30');
        insert into agents (id, name, away_from, away_until, cover_id) values
            ('hoa', 'Hoa', '2026-11-16 08:00', '2026-11-30 08:00', null),
            ('lan', 'Lan', '2026-11-01 08:00', null, 'hoa'), ('minh', 'Minh', null, '2026-12-01 08:00', null),
            ('tuan', 'Tuan', null, null, null);
        insert into group_members (group_id, agent_id, schedule_id) values ('sales', 'hoa', 'office');
        insert into callers (number, owner_id) values ('84986776777', 'hoa');
        insert into rules (id, position, name, split_percent) values (1, 10, 'all', 10), (2, 20, 'rest', null);
        insert into rule_steps (rule_id, step, group_id) values (1, 1, 'sales'), (2, 1, 'sales')";

    /// A database as an earlier version of this program made it.
    async fn old(path: &Path, version: i64) {
        let options = connection::options(path).create_if_missing(true);
        let mut connection = connection::connect(&options).await.unwrap();
        migrator_to(version)
            .run_direct(None, &mut connection, false)
            .await
            .unwrap();
        fill(&mut connection, OLD_ROWS).await.unwrap();
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

    async fn loaded(path: &Path) -> routing::table::Tables {
        let mut reader = Reader::open(path).await.unwrap();
        reader.load().await.unwrap().tables
    }

    #[tokio::test]
    async fn an_old_database_is_read_as_it_is_and_upgraded_to_what_a_new_one_is() {
        for version in 1..SCHEMA_VERSION {
            let directory = tempfile::tempdir().unwrap();
            let (path, new) = (
                directory.path().join("rules.db"),
                directory.path().join("new.db"),
            );
            let copies = directory.path().join("copies");
            old(&path, version).await;
            let (read, exported) = (loaded(&path).await, export(&path).await.unwrap());
            assert_eq!(read.count(Table::Absences), 3);
            assert!(exported.tables() == read);
            // Somebody has the file open all the while.
            let mut editor = connection::connect(&connection::options(&path))
                .await
                .unwrap();
            let word = "update groups set spread = 1 where id = 'sales'";
            let refused = editor.execute(word).await.unwrap_err().to_string();
            assert!(refused.contains("no such column: spread"), "{refused}");
            let upgraded = upgrade(&path, &copies).await.unwrap().unwrap();
            assert_eq!(upgraded.from, version);
            let copy = loaded(&upgraded.copy).await;
            assert!(copy == read, "the copy has the rows as they were");
            assert!(loaded(&path).await == read);
            assert!(export(&path).await.unwrap().tables() == read);
            create(&new, Content::Empty).await.unwrap();
            let mut fresh = connection::connect(&connection::options(&new))
                .await
                .unwrap();
            assert_eq!(texts(&mut editor).await, texts(&mut fresh).await);
            editor.execute(word).await.unwrap();
            for (question, expected) in [
                (
                    "select count(*) from changes where table_name = 'groups' and op = 'update'",
                    1,
                ),
                (
                    "select count(*) from changes where table_name = 'absences' and op = 'insert'",
                    3,
                ),
                ("select count(*) from problems", 0),
                ("select count(*) from callers where owner_id = 'hoa'", 1),
                ("select count(*) from group_members", 1),
            ] {
                let found = connection::number(&mut editor, question).await.unwrap();
                assert_eq!(found, expected, "{question}");
            }
            let damage: String = sqlx::query_scalar("pragma integrity_check")
                .fetch_one(&mut editor)
                .await
                .unwrap();
            assert_eq!(damage, "ok");
        }
    }

    #[tokio::test]
    async fn what_somebody_has_added_to_the_tables_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        old(&path, 2).await;
        let mut editor = connection::connect(&connection::options(&path))
            .await
            .unwrap();
        let added =
            "alter table schedules add column room text; update schedules set room = 'closed';
            alter table agents add column mail text; update agents set mail = id || '@example.com'";
        editor.execute(added).await.unwrap();
        upgrade(&path, directory.path()).await.unwrap().unwrap();
        let rooms =
            "select count(*) from schedules where room = 'closed' and on_holidays = 'usual'";
        let mails = "select count(*) from agents where mail = id || '@example.com'";
        for (question, expected) in [(rooms, 1), (mails, 4)] {
            let found = connection::number(&mut editor, question).await.unwrap();
            assert_eq!(found, expected, "{question}");
        }
    }

    #[tokio::test]
    async fn an_upgrade_that_cannot_be_done_says_why_and_leaves_no_copy() {
        let directory = tempfile::tempdir().unwrap();
        let (path, copies) = (
            directory.path().join("rules.db"),
            directory.path().join("copies"),
        );
        old(&path, 2).await;
        let mut editor = connection::connect(&connection::options(&path))
            .await
            .unwrap();
        editor
            .execute("create view absent as select id from agents where away_until is not null")
            .await
            .unwrap();
        let before = loaded(&path).await;
        let error = upgrade(&path, &copies).await.unwrap_err();
        let said = crate::telemetry::chain(&error);
        assert!(said.contains("error in view absent"), "{said}");
        assert_eq!(std::fs::read_dir(&copies).unwrap().count(), 0);
        assert!(loaded(&path).await == before, "nothing has changed");
        editor.execute("drop view absent").await.unwrap();
        upgrade(&path, &copies).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn an_old_database_is_not_edited() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        old(&path, 1).await;
        let editor = Editor {
            actor: "hoa",
            reason: "an edit",
        };
        let refused = Writer::begin(&path, editor).await.unwrap_err().to_string();
        let advice = "has version 1 of the tables, and what is written needs version 3; a server that serves it \
            brings it up to date, and so does `stringee-router init --upgrade`";
        assert!(refused.ends_with(advice), "{refused}");
    }
}
