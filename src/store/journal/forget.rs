//! What is too old: looked at first, then deleted a few rows at a time.

use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::SqliteConnection;

use super::super::StoreError;
use super::super::connection::within;
use super::{CALL_LIMIT, JournalFile, text_of};

/// How many rows of a table go at once, so that nobody waits long for the lock.
const ROWS_AT_ONCE: u64 = 1_000;

/// The same for versions: each takes its changes along, which can be very many.
const VERSIONS_AT_ONCE: u64 = 10;

/// More than one row of so many at once is a large deletion.
const LARGE_SHARE: u64 = 10;

/// A deletion that was due for no longer than this is not large, however many rows it is.
const DUE: SignedDuration = SignedDuration::from_hours(24);

/// What is too old in each table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OldRows {
    decisions: OldOfTable,
    versions: OldOfTable,
    taken: OldOfTable,
    missed: OldOfTable,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct OldOfTable {
    old: u64,
    all: u64,
    /// Whether some row should have been deleted a day ago or earlier.
    is_overdue: bool,
}

impl OldRows {
    /// How many rows that are.
    pub const fn rows(&self) -> u64 {
        self.decisions.old + self.versions.old + self.taken.old + self.missed.old
    }

    /// Whether it is more than a tenth of a table, and not just what a day makes old.
    pub fn is_large(&self) -> bool {
        self.tables()
            .iter()
            .any(|table| table.is_overdue && table.old * LARGE_SHARE > table.all)
    }

    /// No more than a tenth of each table.
    #[must_use]
    pub fn a_tenth(mut self) -> Self {
        let Self {
            decisions,
            versions,
            taken,
            missed,
        } = &mut self;
        for table in [decisions, versions, taken, missed] {
            table.old = table.old.min(table.all.div_ceil(LARGE_SHARE));
        }
        self
    }

    const fn tables(&self) -> [OldOfTable; 4] {
        [self.decisions, self.versions, self.taken, self.missed]
    }
}

/// A table, its time, and what of it is never too old.
macro_rules! old_rows {
    ($table:literal, $at:literal, $only:literal) => {
        concat!(
            "select (select count(*) from ",
            $table,
            " where ",
            $at,
            " < ?1",
            $only,
            "),
                (select count(*) from ",
            $table,
            "),
                exists (select 1 from ",
            $table,
            " where ",
            $at,
            " < ?2",
            $only,
            ")"
        )
    };
}

const OLD_DECISIONS: &str = old_rows!("decisions", "last_at", "");
const OLD_TAKEN: &str = old_rows!("taken_calls", "answered_at", "");
const OLD_MISSED: &str = old_rows!("missed_rings", "rung_at", "");
/// The newest version stays: it is what the next one is compared with.
const OLD_VERSIONS: &str = old_rows!(
    "versions",
    "at",
    " and number < (select max(number) from versions)"
);

const FORGET_DECISIONS: &str = "
    delete from decisions where id in
        (select id from decisions where last_at < ?1 order by last_at limit ?2)";
const FORGET_TAKEN: &str = "
    delete from taken_calls where rowid in
        (select rowid from taken_calls where answered_at < ?1 order by answered_at limit ?2)";
const FORGET_MISSED: &str = "
    delete from missed_rings where (rung_at, agent, call_id) in (
        select rung_at, agent, call_id from missed_rings where rung_at < ?1 order by rung_at limit ?2)";
const FORGET_VERSIONS: &str = "
    delete from versions where number in (
        select number from versions
        where at < ?1 and number < (select max(number) from versions) order by number limit ?2)";

/// The newest time of any row.
const NEWEST: &str = "
    select max(at) from (
        select max(last_at) as at from decisions union all
        select max(at) from versions union all
        select max(answered_at) from taken_calls union all
        select max(rung_at) from missed_rings)";

impl JournalFile {
    /// The newest time in the file; `None` if it is empty.
    pub async fn newest(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let newest =
            sqlx::query_scalar::<_, Option<String>>(NEWEST).fetch_one(&mut self.connection);
        let newest = within(CALL_LIMIT, &self.path, "ask for its newest time", newest).await?;
        Ok(newest.and_then(|newest| newest.parse().ok()))
    }

    /// What is older than a time.
    pub async fn old_rows(&mut self, before: Timestamp) -> Result<OldRows, StoreError> {
        let overdue = text_of(before.checked_sub(DUE).unwrap_or(Timestamp::MIN));
        let before = text_of(before);
        let connection = &mut self.connection;
        let asked = async {
            Ok(OldRows {
                decisions: old_of_table(connection, OLD_DECISIONS, &before, &overdue).await?,
                versions: old_of_table(connection, OLD_VERSIONS, &before, &overdue).await?,
                taken: old_of_table(connection, OLD_TAKEN, &before, &overdue).await?,
                missed: old_of_table(connection, OLD_MISSED, &before, &overdue).await?,
            })
        };
        within(CALL_LIMIT, &self.path, "look for what is too old", asked).await
    }

    /// Deletes some of these rows, which are older than a time, and takes them off. Returns how many.
    pub async fn forget(
        &mut self,
        before: Timestamp,
        rows: &mut OldRows,
    ) -> Result<u64, StoreError> {
        let before = text_of(before);
        let forgotten = async {
            let mut deleted = 0;
            for (statement, table, at_once) in [
                (FORGET_DECISIONS, &mut rows.decisions, ROWS_AT_ONCE),
                (FORGET_TAKEN, &mut rows.taken, ROWS_AT_ONCE),
                (FORGET_MISSED, &mut rows.missed, ROWS_AT_ONCE),
                (FORGET_VERSIONS, &mut rows.versions, VERSIONS_AT_ONCE),
            ] {
                let limit = table.old.min(at_once);
                let delete = sqlx::query(statement)
                    .bind(&before)
                    .bind(limit.cast_signed());
                let gone = delete.execute(&mut self.connection).await?.rows_affected();
                // Somebody else may have deleted some.
                table.old = if gone < limit { 0 } else { table.old - gone };
                deleted += gone;
            }
            Ok(deleted)
        };
        within(CALL_LIMIT, &self.path, "delete what is too old", forgotten).await
    }
}

async fn old_of_table(
    connection: &mut SqliteConnection,
    question: &'static str,
    before: &str,
    overdue: &str,
) -> Result<OldOfTable, sqlx::Error> {
    let counted = sqlx::query_as(question).bind(before).bind(overdue);
    let (old, all, is_overdue): (i64, i64, bool) = counted.fetch_one(connection).await?;
    let count = |rows: i64| u64::try_from(rows).unwrap_or(0);
    Ok(OldOfTable {
        old: count(old),
        all: count(all),
        is_overdue,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{DecisionBatch, DecisionQuery, MissedRingRow, NewDecision};
    use super::*;

    const DAY: i64 = 86_400;

    /// A journal with a decision an hour for so many days, and a version a day.
    async fn journal(days: i64) -> (tempfile::TempDir, JournalFile) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut file = JournalFile::open(&path).await.unwrap();
        let ids: Vec<String> = (0..days * 24).map(|hour| hour.to_string()).collect();
        let rows: Vec<_> = (0..)
            .zip(&ids)
            .map(|(hour, id)| decision(hour * 3_600, id))
            .collect();
        file.write(&DecisionBatch::new(&rows, &[])).await.unwrap();
        for number in 0..days {
            let version = "insert into versions values (?1, ?2, 'a', 'database', 0, 0)";
            let version = sqlx::query(version)
                .bind(number + 1)
                .bind(text_of(at(number * DAY)));
            version.execute(&mut file.connection).await.unwrap();
        }
        (directory, file)
    }

    fn decision(second: i64, call_id: &str) -> NewDecision<'_> {
        NewDecision {
            key: second,
            call_id,
            at: at(second),
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

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    async fn left(file: &mut JournalFile) -> (usize, usize) {
        let decisions = file.decisions(&DecisionQuery::default()).await.unwrap();
        let versions = file.versions(None, None, None).await.unwrap();
        (decisions.len(), versions.len())
    }

    #[tokio::test]
    async fn what_is_too_old_is_deleted_a_few_at_once() {
        let (_directory, mut file) = journal(100).await;
        assert_eq!(file.newest().await.unwrap(), Some(at(100 * DAY - 3_600)));
        let before = at(90 * DAY);
        let mut rows = file.old_rows(before).await.unwrap();
        assert_eq!((rows.rows(), rows.is_large()), (90 * 24 + 90, true));
        let mut steps = 0;
        while rows.rows() > 0 {
            assert!(file.forget(before, &mut rows).await.unwrap() > 0);
            steps += 1;
        }
        assert_eq!((left(&mut file).await, steps), ((240, 10), 9));
    }

    #[tokio::test]
    async fn a_tenth_of_each_table_goes_the_oldest_first() {
        let (_directory, mut file) = journal(100).await;
        let mut rows = file.old_rows(at(90 * DAY)).await.unwrap().a_tenth();
        assert_eq!(rows.rows(), 240 + 10);
        while rows.rows() > 0 {
            file.forget(at(90 * DAY), &mut rows).await.unwrap();
        }
        assert_eq!(left(&mut file).await, (90 * 24, 90));
        let versions = file.versions(None, None, None).await.unwrap();
        assert_eq!(versions.last().unwrap().number, 11);
    }

    #[tokio::test]
    async fn rings_that_were_let_pass_go_like_all_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut file = JournalFile::open(&path).await.unwrap();
        let ring = |day| MissedRingRow {
            call_id: "a".to_owned(),
            agent: "hoa".to_owned(),
            rung_at: at(day * DAY),
        };
        let rings: Vec<_> = (0..100).map(ring).collect();
        let batch = DecisionBatch::new(&[], &[]).with_missed(&rings);
        file.write(&batch).await.unwrap();
        assert_eq!(file.newest().await.unwrap(), Some(at(99 * DAY)));
        let old = file.old_rows(at(90 * DAY)).await.unwrap();
        assert!(old.is_large());
        let mut tenth = old.a_tenth();
        assert_eq!(file.forget(at(90 * DAY), &mut tenth).await.unwrap(), 10);
        let left = file.missed_rings(at(0), 1_000).await.unwrap();
        assert_eq!((left.len(), left[89].rung_at), (90, at(10 * DAY)));
    }

    #[tokio::test]
    async fn the_newest_version_stays_however_old_it_is() {
        let (_directory, mut file) = journal(2).await;
        let before = at(900 * DAY);
        let mut rows = file.old_rows(before).await.unwrap();
        file.forget(before, &mut rows).await.unwrap();
        assert_eq!((rows.rows(), left(&mut file).await), (0, (0, 1)));
    }

    #[tokio::test]
    async fn what_one_day_makes_too_old_is_not_large() {
        let (_directory, mut file) = journal(2).await;
        let old = file.old_rows(at(DAY)).await.unwrap();
        assert_eq!(
            (old.rows(), old.is_large()),
            (25, false),
            "the half, but of one day"
        );
        assert!(file.old_rows(at(DAY + 1)).await.unwrap().is_large());
    }
}
