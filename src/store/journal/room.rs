//! How large the journal may be, and what goes when it is too large: the oldest decisions, and of calls that were taken
//! those that are older. The history of the rules never goes for room.
//!
//! Rows that are deleted leave free pages in the file, which new rows fill. A file that was made with
//! `auto_vacuum = incremental` also gives pages back to the disk, some at a time. One that was made before that is
//! rewritten once if it is small; if it is large it stays as long as it is, and only what is in it is bounded.

use std::path::PathBuf;

use sqlx::sqlite::SqliteConnection;

use super::super::StoreError;
use super::super::connection::{number, within};
use super::{CALL_LIMIT, JournalFile};

/// How many rows go at once, so that nobody waits long for the lock.
const ROWS_AT_ONCE: i64 = 250;

/// How often that is done at most, if there is room in the free pages by then: a smaller bound takes effect bit by bit.
const MAX_STEPS: u32 = 64;

/// How much is given back to the disk at once: 1 MiB.
const PAGES_GIVEN_BACK: i64 = 256;

/// Up to how many bytes of rows a file without `auto_vacuum` is rewritten: about a second.
const MAX_REWRITTEN_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes in the database for a byte of JSON: rows are also in five indexes.
const BYTES_PER_BYTE: u64 = 2;

/// What the journal takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalSize {
    /// The database, its free pages included.
    pub database: u64,
    /// Its pages that hold nothing.
    pub free: u64,
    /// The `-wal` file.
    pub wal: u64,
}

/// How much the journal may take, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalRoom {
    /// The database and its `-wal` file together.
    pub max: u64,
    /// Of that, for the `-wal` file.
    pub wal: u64,
}

impl JournalSize {
    /// All that the disk has of it.
    pub const fn total(&self) -> u64 {
        self.database.saturating_add(self.wal)
    }

    const fn rows(&self) -> u64 {
        self.database.saturating_sub(self.free)
    }
}

impl JournalRoom {
    /// Rows of so many bytes are left, however full the disk is: a few thousand decisions.
    pub const MIN_BYTES: u64 = 1024 * 1024;

    /// What the rows may take.
    fn rows(self) -> u64 {
        self.max.saturating_sub(self.wal).max(Self::MIN_BYTES)
    }
}

impl JournalFile {
    /// What it takes now.
    pub async fn size(&mut self) -> Result<JournalSize, StoreError> {
        let wal = match tokio::fs::metadata(self.wal_path()).await {
            Ok(wal) => wal.len(),
            Err(_missing) => 0,
        };
        let pages = pages(&mut self.connection);
        let (database, free) = within(CALL_LIMIT, &self.path, "ask for its size", pages).await?;
        Ok(JournalSize {
            database,
            free,
            wal,
        })
    }

    /// Deletes the oldest decisions until there is room for so many bytes of new ones. Returns how many rows went.
    ///
    /// # Errors
    /// The file cannot be written, or somebody has been reading it for so long that its `-wal` file is too long.
    pub async fn make_room(&mut self, room: JournalRoom, bytes: u64) -> Result<u64, StoreError> {
        let needed = bytes.saturating_mul(BYTES_PER_BYTE);
        let mut deleted = 0;
        for step in 0.. {
            let size = self.size().await?;
            if size.wal > room.wal.saturating_mul(2) {
                self.cut_wal(size.wal).await?;
            }
            let fits = size.rows().saturating_add(needed) <= room.rows();
            if fits || (step >= MAX_STEPS && size.free >= needed) {
                break;
            }
            let oldest = delete_oldest(&mut self.connection);
            let rows = within(
                CALL_LIMIT,
                &self.path,
                "delete the oldest decisions",
                oldest,
            )
            .await?;
            deleted += rows;
            if rows == 0 {
                break;
            }
        }
        Ok(deleted)
    }

    /// Gives some of what is free back to the disk, if the file is too large or a quarter of it is free. Returns whether
    /// there is more of it.
    pub async fn give_back(&mut self, room: JournalRoom) -> Result<bool, StoreError> {
        let size = self.size().await?;
        let is_large = size.database > room.rows();
        let is_empty = size.free > JournalRoom::MIN_BYTES.max(size.database / 4);
        if size.free == 0 || !(is_large || is_empty) {
            return Ok(false);
        }
        let given = give_back(&mut self.connection);
        within(CALL_LIMIT, &self.path, "give room back", given).await
    }

    /// Lets a small file that was made without `auto_vacuum` give room back from now on; the disk must have the room
    /// for a second and a third one. Returns whether it was rewritten.
    pub async fn rewrite_if_small(&mut self, free_on_disk: u64) -> Result<bool, StoreError> {
        let size = self.size().await?;
        let rows = size.rows();
        if rows > MAX_REWRITTEN_BYTES || rows.saturating_mul(3) > free_on_disk {
            return Ok(false);
        }
        let rewritten = async {
            if number(&mut self.connection, "pragma auto_vacuum").await? != 0 {
                return Ok(false);
            }
            // The connection says what it is to become, see `writing`.
            execute(&mut self.connection, "vacuum").await?;
            Ok(true)
        };
        within(CALL_LIMIT, &self.path, "rewrite the journal", rewritten).await
    }

    /// Moves all of the `-wal` file into the database and cuts it.
    pub(super) async fn cut_wal(&mut self, bytes: u64) -> Result<(), StoreError> {
        let is_busy = number(&mut self.connection, "pragma wal_checkpoint(truncate)");
        match within(CALL_LIMIT, &self.path, "cut the -wal file", is_busy).await? {
            0 => Ok(()),
            _ => Err(StoreError::WalHeld {
                path: self.path.clone(),
                bytes,
            }),
        }
    }

    fn wal_path(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push("-wal");
        name.into()
    }
}

/// Bytes of the database, and bytes of it that are free.
async fn pages(connection: &mut SqliteConnection) -> Result<(u64, u64), sqlx::Error> {
    let bytes = number(connection, "pragma page_size").await?;
    let all = number(connection, "pragma page_count").await?;
    let free = number(connection, "pragma freelist_count").await?;
    let of = |pages: i64| u64::try_from(pages.saturating_mul(bytes)).unwrap_or(0);
    Ok((of(all), of(free)))
}

async fn delete_oldest(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    const DECISIONS: &str = "
        delete from decisions where id in (select id from decisions order by last_at limit ?1)";
    // Of all, what is left begins at the same time.
    const TAKEN: &str = "
        delete from taken_calls where rowid in (
            select rowid from taken_calls
            where answered_at < coalesce((select min(last_at) from decisions), '9999')
            order by answered_at limit ?1)";
    const MISSED: &str = "
        delete from missed_rings where (rung_at, agent, call_id) in (
            select rung_at, agent, call_id from missed_rings
            where rung_at < coalesce((select min(last_at) from decisions), '9999')
            order by rung_at limit ?1)";
    let mut deleted = 0;
    for statement in [DECISIONS, TAKEN, MISSED] {
        let delete = sqlx::query(statement).bind(ROWS_AT_ONCE);
        deleted += delete.execute(&mut *connection).await?.rows_affected();
    }
    Ok(deleted)
}

async fn give_back(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    /// What `pragma auto_vacuum` says of a file that can do so.
    const INCREMENTAL: i64 = 2;
    if number(connection, "pragma auto_vacuum").await? != INCREMENTAL {
        return Ok(false);
    }
    let before = number(connection, "pragma freelist_count").await?;
    execute(connection, "pragma incremental_vacuum(256)").await?;
    let after = number(connection, "pragma freelist_count").await?;
    Ok(after > 0 && before - after >= PAGES_GIVEN_BACK)
}

async fn execute(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<(), sqlx::Error> {
    let statement = sqlx::query(statement).persistent(false);
    statement.execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::Timestamp;

    use super::super::{DecisionBatch, DecisionQuery, MissedRingRow, NewDecision, writing};
    use super::*;
    use crate::store::connection;

    const ROOM: JournalRoom = JournalRoom {
        max: 4 * 1024 * 1024,
        wal: 1024 * 1024,
    };

    async fn open(path: &Path) -> JournalFile {
        let mut file = JournalFile::open(path).await.unwrap();
        file.limit_wal(ROOM.wal).await.unwrap();
        file
    }

    #[tokio::test]
    async fn rings_that_were_let_pass_make_room_as_well() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = open(&directory.path().join("journal.db")).await;
        let rings: Vec<_> = (0..40_000)
            .map(|second| MissedRingRow {
                call_id: format!("{second:0>100}"),
                agent: "hoa".to_owned(),
                rung_at: Timestamp::from_second(second).unwrap(),
            })
            .collect();
        file.write(&DecisionBatch::new(&[], &[]).with_missed(&rings))
            .await
            .unwrap();
        assert!(file.size().await.unwrap().rows() > ROOM.rows());
        assert!(file.make_room(ROOM, 1_000).await.unwrap() > 0);
        let newest = file.missed_rings(Timestamp::UNIX_EPOCH, 1).await.unwrap();
        assert_eq!(newest[0].rung_at, Timestamp::from_second(39_999).unwrap());
    }

    /// Writes decisions of some hundred bytes each, a second after the other.
    async fn write(
        file: &mut JournalFile,
        seconds: std::ops::Range<i64>,
        room: JournalRoom,
    ) -> u64 {
        let ids: Vec<String> = seconds
            .clone()
            .map(|second| format!("{second:0>100}"))
            .collect();
        let rows: Vec<_> = seconds.zip(&ids).map(|(at, id)| decision(at, id)).collect();
        let mut batch = DecisionBatch::new(&rows, &[]);
        let mut deleted = 0;
        while let Some(piece) = batch.first() {
            deleted += file.make_room(room, piece.bytes()).await.unwrap();
            file.write_piece(piece).await.unwrap();
            batch.remove_first();
        }
        deleted
    }

    fn decision(at: i64, call_id: &str) -> NewDecision<'_> {
        NewDecision {
            key: at,
            call_id,
            at: Timestamp::from_second(at).unwrap(),
            waited: 0,
            queue_id: "queue_1",
            from: None,
            to: None,
            outcome: "nobody",
            rule: None,
            agents: "[]",
            version: 1,
            rules_hash: "89abcdef01234567",
        }
    }

    async fn seconds(file: &mut JournalFile) -> Vec<i64> {
        let rows = file.decisions(&DecisionQuery::default()).await.unwrap();
        rows.iter().map(|row| row.first_at.as_second()).collect()
    }

    #[tokio::test]
    async fn the_oldest_go_when_there_is_too_much_and_the_history_stays() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = open(&directory.path().join("journal.db")).await;
        let version =
            "insert into versions values (1, '1970-01-01T00:00:00.000Z', 'a', 'database', 0, 0)";
        execute(&mut file.connection, version).await.unwrap();
        let mut deleted = 0;
        for round in 0..20 {
            deleted += write(&mut file, round * 1000..(round + 1) * 1000, ROOM).await;
            let size = file.size().await.unwrap();
            assert!(size.total() <= ROOM.max, "{size:?} in round {round}");
        }
        let left = seconds(&mut file).await;
        assert_eq!(
            (left[0], deleted + u64::try_from(left.len()).unwrap()),
            (19_999, 20_000)
        );
        assert!(left.len() > 2_000, "{} are left of 4 MiB", left.len());
        assert!(
            left.is_sorted_by(|one, next| one == &(next + 1)),
            "none is missing"
        );
        assert_eq!(file.versions(None, None, None).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn on_a_full_disk_it_still_has_the_newest() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = open(&directory.path().join("journal.db")).await;
        let full = JournalRoom { max: 0, ..ROOM };
        for round in 0..10 {
            write(&mut file, round * 1000..(round + 1) * 1000, full).await;
        }
        let size = file.size().await.unwrap();
        assert!(size.database <= JournalRoom::MIN_BYTES, "{size:?}");
        let left = seconds(&mut file).await;
        assert!(
            left[0] == 9_999 && left.len() > 500,
            "{} are left",
            left.len()
        );
    }

    #[tokio::test]
    async fn room_goes_back_to_the_disk_when_the_bound_is_lowered() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = open(&directory.path().join("journal.db")).await;
        let large = JournalRoom {
            max: 64 * 1024 * 1024,
            ..ROOM
        };
        write(&mut file, 0..20_000, large).await;
        assert!(file.size().await.unwrap().database > ROOM.max);
        for second in 20_000..20_100 {
            write(&mut file, second..second + 1, ROOM).await;
            file.give_back(ROOM).await.unwrap();
        }
        let size = file.size().await.unwrap();
        assert!(size.database <= ROOM.max, "{size:?}");
    }

    #[tokio::test]
    async fn a_small_file_of_an_earlier_version_is_rewritten_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let options = writing(&path)
            .auto_vacuum(sqlx::sqlite::SqliteAutoVacuum::None)
            .create_if_missing(true);
        let mut old = JournalFile::connect(&path, &options).await.unwrap();
        old.migrate().await.unwrap();
        old.close().await.unwrap();
        let mut file = open(&path).await;
        let auto_vacuum = "pragma auto_vacuum";
        assert_eq!(number(&mut file.connection, auto_vacuum).await.unwrap(), 0);
        assert!(
            !file.rewrite_if_small(1_000).await.unwrap(),
            "no room for it"
        );
        assert!(file.rewrite_if_small(u64::MAX).await.unwrap());
        assert!(!file.rewrite_if_small(u64::MAX).await.unwrap());
        assert_eq!(number(&mut file.connection, auto_vacuum).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn somebody_who_reads_for_long_keeps_the_wal_from_growing_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut file = open(&path).await;
        execute(&mut file.connection, "pragma busy_timeout = 1")
            .await
            .unwrap();
        let mut reader = connection::connect(&connection::options(&path))
            .await
            .unwrap();
        execute(&mut reader, "begin").await.unwrap();
        number(&mut reader, "select count(*) from decisions")
            .await
            .unwrap();
        for second in 0..40 {
            write(&mut file, second * 1000..second * 1000 + 100, ROOM).await;
            if file.size().await.unwrap().wal > 2 * ROOM.wal {
                break;
            }
        }
        let error = file.make_room(ROOM, 1).await.unwrap_err();
        assert!(
            error.to_string().contains("-wal file has grown to"),
            "{error}"
        );
        execute(&mut reader, "rollback").await.unwrap();
        file.make_room(ROOM, 1).await.unwrap();
        assert_eq!(file.size().await.unwrap().wal, 0);
    }
}
