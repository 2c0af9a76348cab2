//! Reads all tables at one moment, whoever writes meanwhile.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle};

use super::damage::{self, Check};
use super::load::{self, Access, FileCondition, LastEditor};
use super::{CopyTarget, LoadBudget, Loaded, StoreError, TablePages, aside, connection, write};
use crate::background;
use routing::table::{RowsMark, Table, Tables};

/// How long SQLite waits for somebody else's commit to end while we serve. The next attempt is not far.
const BUSY_TIMEOUT: Duration = Duration::from_millis(50);

/// The same for a command: a person waits, and nobody tries again. And for a copy that nobody else uses.
const PATIENT_BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a small question may take. Longer means that the disk is gone.
const CALL_LIMIT: Duration = Duration::from_millis(1500);

/// How long it may take to read all rows, or to check all pages: ten times what a million callers need on a slow machine.
const ROWS_LIMIT: Duration = Duration::from_secs(30);

/// How long it may take to save them: an edit waits for it.
const SAVE_LIMIT: Duration = Duration::from_secs(5);

/// One connection that only ever reads.
///
/// After an error it has no connection any more and answers [`StoreError::Closed`]: open a new one.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    connection: Option<Connection>,
    budget: LoadBudget,
    for_edits: bool,
    /// Its pages, where it is a copy that nobody writes to.
    file: Option<Arc<File>>,
}

impl Reader {
    /// Opens a database to be read again and again while calls are answered.
    ///
    /// The file itself is opened for writing, so that SQLite can roll back what a crashed editor has left half written;
    /// our statements cannot write. Whose database it is shows when it is loaded.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::connect(path, Access::RollingBack, BUSY_TIMEOUT, LoadBudget::COMMAND).await
    }

    /// Opens a database to be read once, for a person who waits for it: a lock is waited for longer.
    pub async fn open_patiently(path: &Path) -> Result<Self, StoreError> {
        let (access, patience) = (Access::RollingBack, PATIENT_BUSY_TIMEOUT);
        Self::connect(path, access, patience, LoadBudget::COMMAND).await
    }

    /// Opens a copy that nobody else uses. Nothing is written beside it, wherever it stands.
    pub(super) async fn open_copy(path: &Path) -> Result<Self, StoreError> {
        let (access, patience) = (Access::ReadOnly, PATIENT_BUSY_TIMEOUT);
        Self::connect(path, access, patience, LoadBudget::UNLIMITED).await
    }

    /// The same reader, which refuses to load more than this.
    #[must_use]
    pub const fn within_budget(mut self, budget: LoadBudget) -> Self {
        self.budget = budget;
        self
    }

    /// The same reader, which also loads what an edit begins with.
    #[must_use]
    pub const fn for_edits(mut self, for_edits: bool) -> Self {
        self.for_edits = for_edits;
        self
    }

    /// A copy of the database as it is now, to load and to check without a lock on it; nothing if it is so small that a
    /// lock is held for milliseconds only. The copy needs room at `draft`, and what stands there is gone.
    ///
    /// An error leaves this reader as it was.
    pub async fn copy_aside(
        &mut self,
        draft: &Path,
        file: CopyTarget,
    ) -> Result<Option<Self>, StoreError> {
        let draft = draft.to_owned();
        let copying = move |connection: &Connection, path: &Path| {
            Ok(aside::copy(connection, path, &draft, file))
        };
        let copied = self.ask(ROWS_LIMIT, "copy the database", copying).await??;
        Ok(copied.map(|copied| Self {
            path: self.path.clone(),
            connection: Some(copied.connection),
            file: Some(Arc::new(copied.file)),
            budget: self.budget,
            for_edits: self.for_edits,
        }))
    }

    /// Refuses a file that is shorter than it says of itself: somebody is still copying it.
    pub async fn must_be_whole(&mut self, bytes: u64) -> Result<(), StoreError> {
        let asking = move |connection: &Connection, path: &Path| {
            load::must_be_whole(connection, path, bytes)
        };
        self.ask(CALL_LIMIT, "ask how long it is", asking).await
    }

    /// Reads all tables in one transaction.
    pub async fn load(&mut self) -> Result<Loaded, StoreError> {
        self.load_after(None).await
    }

    /// The same, but for the tables of a copy whose pages are those of an earlier copy.
    pub async fn load_after(
        &mut self,
        before: Option<Arc<TablePages>>,
    ) -> Result<Loaded, StoreError> {
        let (budget, for_edits, file) = (self.budget, self.for_edits, self.file.clone());
        let loading = move |connection: &Connection, path: &Path| {
            let unchanged = match (before, file) {
                (Some(before), Some(file)) => before.unchanged(connection, &file),
                _ => Ok(Vec::new()),
            };
            let unchanged = unchanged.unwrap_or_else(|error| {
                tracing::debug!(%error, "the pages of the tables cannot be compared");
                Vec::new()
            });
            load::load(connection, path, budget, for_edits, &unchanged)
        };
        self.ask(ROWS_LIMIT, "read the tables", loading).await
    }

    /// Reads tables of a copy that were not read at first, for whatever is needed of them.
    pub async fn load_more(
        &mut self,
        mut tables: Tables,
        unread: BTreeSet<Table>,
    ) -> Result<Tables, StoreError> {
        let budget = self.budget;
        let loading = move |connection: &Connection, path: &Path| {
            load::load_more(connection, path, budget, &mut tables, &unread)?;
            Ok(tables)
        };
        self.ask(ROWS_LIMIT, "read the tables", loading).await
    }

    /// On which pages of a copy its tables stand, which have these rows; nothing if that cannot be told. What is known of
    /// an earlier copy makes it faster.
    pub async fn table_pages(
        &mut self,
        rows: Vec<RowsMark>,
        before: Option<Arc<TablePages>>,
    ) -> Result<Option<TablePages>, StoreError> {
        let Some(file) = self.file.clone() else {
            return Ok(None);
        };
        let looking = move |connection: &Connection, _: &Path| {
            Ok(TablePages::of(connection, &file, &rows, before.as_deref()))
        };
        let found = self.ask(ROWS_LIMIT, "look for the tables' pages", looking);
        match found.await? {
            Ok(found) => Ok(Some(found)),
            Err(error) => {
                tracing::debug!(%error, "the pages of the tables cannot be told");
                Ok(None)
            }
        }
    }

    /// A number that changes whenever somebody else has committed something to this file.
    ///
    /// Only comparable within one reader. It does not notice that the file was replaced by another one.
    pub async fn data_version(&mut self) -> Result<i64, StoreError> {
        self.ask(CALL_LIMIT, "ask for changes", load::data_version)
            .await
    }

    /// How the file is kept, whatever stands in it.
    pub async fn condition(&mut self) -> Result<FileCondition, StoreError> {
        self.ask(CALL_LIMIT, "ask how the file is kept", load::condition)
            .await
    }

    /// Looks through the whole file for damage. It reads every page: a second or two for a million callers.
    ///
    /// Rows that break a constraint are not damage: the compiler reports them one by one.
    pub async fn check_pages(&mut self) -> Result<(), StoreError> {
        self.check(Check::Pages).await
    }

    /// The same, and whether the indexes hold what the tables do: for bytes that did not come by a commit. It takes twice
    /// as long.
    pub async fn check_whole(&mut self) -> Result<(), StoreError> {
        self.check(Check::Whole).await
    }

    async fn check(&mut self, check: Check) -> Result<(), StoreError> {
        let checking =
            move |connection: &Connection, path: &Path| damage::check(connection, path, check);
        self.ask(ROWS_LIMIT, "check the pages", checking).await
    }

    /// Writes the whole database as it is now to a new file, page by page. It is not synced to the disk.
    ///
    /// An error leaves this reader as it was.
    pub async fn save(&mut self, to: &Path) -> Result<(), StoreError> {
        let to = to.to_owned();
        let saving = move |connection: &Connection, path: &Path| {
            Ok(super::copy::save(connection, path, &to))
        };
        self.ask(SAVE_LIMIT, "save the rules", saving).await?
    }

    /// Whether somebody's own statement may write; nothing of it is run.
    ///
    /// # Errors
    /// It does something else than read or write rows, or is no SQL for these tables.
    pub(super) async fn may_write(&mut self, statement: &str) -> Result<bool, StoreError> {
        let statement = statement.to_owned();
        let asking = move |connection: &Connection, path: &Path| {
            Ok(write::may_write(connection, path, &statement))
        };
        self.ask(CALL_LIMIT, "ask what the SQL does", asking)
            .await?
    }

    /// Closes the connection. Dropping the reader does so as well.
    pub async fn close(mut self) -> Result<(), StoreError> {
        let Some(connection) = self.connection.take() else {
            return Ok(());
        };
        within(CALL_LIMIT, &self.path, "close the connection", |path| {
            load::close(connection, path)
        })
        .await
    }

    async fn connect(
        path: &Path,
        access: Access,
        busy_timeout: Duration,
        budget: LoadBudget,
    ) -> Result<Self, StoreError> {
        let opening = move |path: &Path| {
            connection::must_exist_here(path)?;
            load::connect(path, access, busy_timeout)
        };
        let connection = within(CALL_LIMIT, path, "open a connection", opening).await?;
        Ok(Self {
            path: path.to_owned(),
            connection: Some(connection),
            budget,
            for_edits: false,
            file: None,
        })
    }

    /// Asks a question. Only an answer gives the connection back.
    async fn ask<T: Send + 'static>(
        &mut self,
        limit: Duration,
        doing: &'static str,
        question: impl FnOnce(&Connection, &Path) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = self.connection.take().ok_or_else(|| StoreError::Closed {
            path: self.path.clone(),
        })?;
        let _stop = StopWhenDropped::new(&connection)
            .map_err(|error| StoreError::new(&self.path, doing, error))?;
        let asking = |path: &Path| question(&connection, path).map(|answer| (connection, answer));
        let (connection, answer) = within(limit, &self.path, doing, asking).await?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

/// One of the settings of a rules database, such as `time_zone`; `None` if it has no such row.
pub async fn setting(path: &Path, key: &str) -> Result<Option<String>, StoreError> {
    let mut reader = Reader::open_patiently(path).await?;
    let key = key.to_owned();
    let question =
        move |connection: &Connection, path: &Path| load::setting(connection, path, &key);
    let value = reader.ask(CALL_LIMIT, "read a setting", question).await?;
    reader.close().await?;
    Ok(value)
}

/// Who made the last edit that the log of changes has.
///
/// # Errors
/// The database cannot be read.
pub async fn last_editor(path: &Path) -> Result<Option<LastEditor>, StoreError> {
    let mut reader = Reader::open_patiently(path).await?;
    let doing = "read the log of changes";
    let editor = reader.ask(CALL_LIMIT, doing, load::last_editor).await?;
    reader.close().await?;
    Ok(editor)
}

/// Has SQLite stop at what it is doing once nobody waits for it any more, and what it has not begun to do by then.
pub(super) struct StopWhenDropped {
    running: InterruptHandle,
    is_dropped: Arc<AtomicBool>,
}

impl StopWhenDropped {
    /// For the statements that come next, until this is made anew.
    pub(super) fn new(connection: &Connection) -> rusqlite::Result<Self> {
        /// How many steps of a statement there are from one look to the next: less than a millisecond.
        const STEPS: i32 = 10_000;
        let is_dropped = Arc::new(AtomicBool::new(false));
        let looks = Arc::clone(&is_dropped);
        // An interrupt alone has no effect on a statement that begins a moment later.
        connection.progress_handler(STEPS, Some(move || looks.load(Ordering::Relaxed)))?;
        Ok(Self {
            running: connection.get_interrupt_handle(),
            is_dropped,
        })
    }
}

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.is_dropped.store(true, Ordering::Relaxed);
        self.running.interrupt();
    }
}

/// Does what blocks where it keeps no call waiting, and waits for it, for `limit` at most.
///
/// A disk that does not answer holds its thread for ever; SQLite's busy timeout does not see that.
pub(super) async fn within<T: Send + 'static>(
    limit: Duration,
    path: &Path,
    doing: &'static str,
    work: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let of_thread = path.to_owned();
    match tokio::time::timeout(limit, background::run("store", move || work(&of_thread))).await {
        Ok(Ok(result)) => result,
        Ok(Err(failed)) => Err(StoreError::io(path, doing, std::io::Error::other(failed))),
        Err(_elapsed) => Err(StoreError::Timeout {
            path: path.to_owned(),
            doing,
            limit,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Content, create};

    /// A reader of the demo data.
    async fn reader(directory: &Path) -> Reader {
        let path = directory.join("rules.db");
        create(&path, Content::Demo).await.unwrap();
        Reader::open(&path).await.unwrap()
    }

    #[tokio::test]
    async fn both_drivers_use_the_same_sqlite() {
        assert_eq!(
            rusqlite::version(),
            crate::store::sqlite_version().await.unwrap()
        );
    }

    #[tokio::test]
    async fn our_connection_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let mut reader = reader(directory.path()).await;
        let write = |connection: &Connection, path: &Path| {
            let deleted = connection.execute("delete from settings", ());
            deleted.map_err(|error| StoreError::new(path, "write", error))
        };
        let error = reader.ask(CALL_LIMIT, "write", write).await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            source.contains("attempt to write a readonly database"),
            "{source}"
        );
    }

    #[tokio::test]
    async fn what_takes_too_long_is_given_up_and_stopped() {
        /// More rows than any test waits for.
        const ENDLESS: &str =
            "with recursive number (i) as (select 1 union all select i + 1 from number)
            select count(*) from number";
        let directory = tempfile::tempdir().unwrap();
        let mut reader = reader(directory.path()).await;
        let (sender, ended) = tokio::sync::oneshot::channel();
        let count = move |connection: &Connection, path: &Path| {
            let counted = connection.query_row(ENDLESS, (), |row| row.get::<_, i64>(0));
            drop(sender.send(counted.as_ref().map_err(ToString::to_string).copied()));
            counted.map_err(|error| StoreError::new(path, "count", error))
        };
        let error = reader
            .ask(Duration::from_millis(1), "count", count)
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("rules.db: cannot count: no answer within 1 ms; open it again"),
            "{error}"
        );
        assert_eq!(
            ended.await.unwrap(),
            Err("interrupted".to_owned()),
            "it does not run on for ever"
        );
        assert!(matches!(
            reader.load().await.unwrap_err(),
            StoreError::Closed { .. }
        ));
    }
}
