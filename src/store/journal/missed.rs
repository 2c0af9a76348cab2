//! Rings that agents have let pass: written with the decisions, added up by reports.

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::super::StoreError;
use super::super::connection::within;
use super::decisions::time;
use super::{CALL_LIMIT, JournalFile, text_of, time_of};

/// A ring that an agent has let pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissedRingRow {
    /// The platform's id of the call.
    pub call_id: String,
    /// The agent's id.
    pub agent: String,
    /// When it began.
    #[serde(serialize_with = "time")]
    pub rung_at: Timestamp,
}

/// What an agent has done with a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingRow {
    /// The agent's id.
    pub agent: String,
    /// When it was.
    pub at: Timestamp,
    /// Whether they have taken a call; else they have let a ring pass.
    pub took: bool,
}

/// An event that comes twice tells of the same ring.
pub(super) const INSERT: &str = "
    insert or ignore into missed_rings (rung_at, agent, call_id)
    select json_extract(value, '$.rung_at'), json_extract(value, '$.agent'), json_extract(value, '$.call_id')
    from json_each(?1)";

const RINGS: &str = "
    select agent, rung_at as at, false as took from missed_rings where rung_at >= ?1 and rung_at < ?2
    union all
    select agent, answered_at, true from taken_calls where answered_at >= ?1 and answered_at < ?2
    order by agent, at";

impl JournalFile {
    /// The newest rings that were let pass since a time; so many at most.
    pub async fn missed_rings(
        &mut self,
        since: Timestamp,
        most: u32,
    ) -> Result<Vec<MissedRingRow>, StoreError> {
        let missed = "
            select call_id, agent, rung_at from missed_rings
            where rung_at >= ?1 order by rung_at desc limit ?2";
        let rows = sqlx::query(missed)
            .bind(text_of(since))
            .bind(most)
            .fetch(&mut self.connection);
        let read = rows
            .and_then(|row| std::future::ready(MissedRingRow::of(&row)))
            .try_collect();
        within(CALL_LIMIT, &self.path, "read the rings let pass", read).await
    }

    /// Hands over what agents did with rings from a time on and before another: agent by agent, in the order of time.
    pub async fn rings(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        mut each: impl FnMut(RingRow) + Send,
    ) -> Result<(), StoreError> {
        let rows = sqlx::query(RINGS)
            .bind(text_of(from))
            .bind(text_of(to))
            .fetch(&mut self.connection);
        let read = rows.try_for_each(|row| {
            let row = RingRow::of(&row).map(&mut each);
            std::future::ready(row)
        });
        read.await
            .map_err(|error| StoreError::new(&self.path, "read the rings", error))
    }
}

impl MissedRingRow {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            call_id: row.try_get("call_id")?,
            agent: row.try_get("agent")?,
            rung_at: time_of(row.try_get("rung_at")?),
        })
    }
}

impl RingRow {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            agent: row.try_get("agent")?,
            at: time_of(row.try_get("at")?),
            took: row.try_get("took")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DecisionBatch, TakenCall};
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn missed(call_id: &str, agent: &str, second: i64) -> MissedRingRow {
        MissedRingRow {
            call_id: call_id.to_owned(),
            agent: agent.to_owned(),
            rung_at: at(second),
        }
    }

    #[tokio::test]
    async fn rings_come_agent_by_agent_each_once_and_are_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut file = JournalFile::open(&path).await.unwrap();
        let taken = TakenCall {
            call_id: "b".to_owned(),
            agent: "hoa".to_owned(),
            from: None,
            answered_at: at(150),
            ended_at: None,
        };
        let rings = [
            missed("a", "minh", 120),
            missed("a", "hoa", 110),
            missed("c", "hoa", 200),
            missed("a", "hoa", 110),
        ];
        let batch = DecisionBatch::new(&[], &[]);
        let batch = batch.with_taken(&[taken]).with_missed(&rings);
        file.write(&batch).await.unwrap();
        let expected = [
            ("hoa", 110, false),
            ("hoa", 150, true),
            ("minh", 120, false),
        ];
        assert_eq!(read(&mut file).await, expected.map(row));
        let newest = file.missed_rings(at(115), 10).await.unwrap();
        assert_eq!(newest, [rings[2].clone(), rings[0].clone()]);
        let mut old = file.old_rows(at(115)).await.unwrap();
        file.forget(at(115), &mut old).await.unwrap();
        assert_eq!(
            read(&mut file).await,
            expected[1..].iter().copied().map(row).collect::<Vec<_>>()
        );
    }

    fn row((agent, second, took): (&str, i64, bool)) -> RingRow {
        RingRow {
            agent: agent.to_owned(),
            at: at(second),
            took,
        }
    }

    async fn read(file: &mut JournalFile) -> Vec<RingRow> {
        let mut rows = Vec::new();
        file.rings(at(100), at(200), |row| rows.push(row))
            .await
            .unwrap();
        rows
    }
}
