//! Who took the calls: written with the decisions, read once after a start.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::super::StoreError;
use super::super::connection::within;
use super::decisions::time;
use super::{CALL_LIMIT, JournalFile, text_of, time_of};

/// A call that an agent took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TakenCall {
    /// The platform's id of the call.
    pub call_id: String,
    /// The agent's id.
    pub agent: String,
    /// Who calls; `None`: anonymous.
    pub from: Option<String>,
    /// When the agent answered.
    #[serde(serialize_with = "time")]
    pub answered_at: Timestamp,
    /// When it was over, if it is.
    #[serde(serialize_with = "some_time")]
    pub ended_at: Option<Timestamp>,
}

/// The agent who took a caller's last call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastTaken {
    /// The caller's number.
    pub from: String,
    /// The agent's id.
    pub agent: String,
    /// When they answered.
    pub at: Timestamp,
}

/// A call's end comes later than its beginning, so the same row is written twice. An agent who takes a call again
/// begins a new part; a row has their last one.
pub(super) const UPSERT: &str = "
    insert into taken_calls (call_id, agent, from_number, answered_at, ended_at)
    select json_extract(value, '$.call_id'), json_extract(value, '$.agent'), json_extract(value, '$.from'),
        json_extract(value, '$.answered_at'), json_extract(value, '$.ended_at')
    from json_each(?1)
    where true
    on conflict (call_id, agent) do update set
        answered_at = excluded.answered_at,
        ended_at = case when answered_at = excluded.answered_at
            then coalesce(ended_at, excluded.ended_at) else excluded.ended_at end
    where excluded.answered_at >= answered_at";

/// Of a caller's rows, SQLite takes the other columns from the one with the greatest time.
const LAST: &str = "
    select from_number, agent, max(answered_at) as answered_at
    from taken_calls
    where from_number is not null
    group by from_number
    order by answered_at desc
    limit ?1";

/// How long that may take: three seconds for a million calls, and nobody's call waits for it.
const LAST_LIMIT: Duration = Duration::from_mins(1);

impl JournalFile {
    /// The calls that were taken since a time, the oldest first; of too many the newest.
    pub async fn taken_calls(
        &mut self,
        since: Timestamp,
        most: u32,
    ) -> Result<Vec<TakenCall>, StoreError> {
        let taken = "
            select call_id, agent, from_number, answered_at, ended_at from taken_calls
            where answered_at >= ?1 order by answered_at desc limit ?2";
        let rows = sqlx::query(taken)
            .bind(text_of(since))
            .bind(most)
            .fetch(&mut self.connection);
        let read = rows
            .and_then(|row| std::future::ready(TakenCall::of(&row)))
            .try_collect();
        let mut taken: Vec<TakenCall> = within(
            CALL_LIMIT,
            &self.path,
            "read the calls that were taken",
            read,
        )
        .await?;
        taken.reverse();
        Ok(taken)
    }

    /// The last agent of each caller; of too many callers those whose last call is the youngest.
    pub async fn last_taken(&mut self, most: u32) -> Result<Vec<LastTaken>, StoreError> {
        let rows = sqlx::query(LAST).bind(most).fetch(&mut self.connection);
        let read = rows
            .and_then(|row| std::future::ready(LastTaken::of(&row)))
            .try_collect();
        within(
            LAST_LIMIT,
            &self.path,
            "read the last agents of callers",
            read,
        )
        .await
    }
}

impl TakenCall {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let ended_at: Option<&str> = row.try_get("ended_at")?;
        Ok(Self {
            call_id: row.try_get("call_id")?,
            agent: row.try_get("agent")?,
            from: row.try_get("from_number")?,
            answered_at: time_of(row.try_get("answered_at")?),
            ended_at: ended_at.map(time_of),
        })
    }
}

impl LastTaken {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let at = time_of(row.try_get("answered_at")?);
        Ok(Self {
            from: row.try_get("from_number")?,
            agent: row.try_get("agent")?,
            at,
        })
    }
}

#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
fn some_time<S: serde::Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => time(at, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::super::DecisionBatch;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn taken(
        call_id: &str,
        agent: &str,
        from: Option<&str>,
        answered: i64,
        ended: Option<i64>,
    ) -> TakenCall {
        TakenCall {
            call_id: call_id.to_owned(),
            agent: agent.to_owned(),
            from: from.map(str::to_owned),
            answered_at: at(answered),
            ended_at: ended.map(at),
        }
    }

    async fn journal(calls: &[TakenCall]) -> (tempfile::TempDir, JournalFile) {
        let directory = tempfile::tempdir().unwrap();
        let mut file = JournalFile::open(&directory.path().join("journal.db"))
            .await
            .unwrap();
        file.write(&DecisionBatch::new(&[], &[]).with_taken(calls))
            .await
            .unwrap();
        (directory, file)
    }

    #[tokio::test]
    async fn a_call_and_its_end_are_one_row() {
        let (_directory, mut file) =
            journal(&[taken("a", "hoa", Some("84986776777"), 100, None)]).await;
        let more = [
            taken("a", "hoa", Some("84986776777"), 100, Some(160)),
            taken("a", "minh", Some("84986776777"), 160, None),
            taken("b", "hoa", None, 170, Some(180)),
            taken("b", "hoa", None, 170, Some(190)),
        ];
        file.write(&DecisionBatch::new(&[], &[]).with_taken(&more))
            .await
            .unwrap();
        assert_eq!(file.taken_calls(at(0), 10).await.unwrap(), more[..3]);
        assert_eq!(file.taken_calls(at(160), 10).await.unwrap(), more[1..3]);
        assert_eq!(
            file.taken_calls(at(0), 1).await.unwrap(),
            more[2..3],
            "the newest are kept"
        );
    }

    #[tokio::test]
    async fn who_takes_a_call_again_has_their_last_part() {
        let first = taken("a", "hoa", None, 100, Some(130));
        let again = taken("a", "hoa", None, 160, None);
        let (_directory, mut file) = journal(&[first.clone(), again.clone()]).await;
        assert_eq!(
            file.taken_calls(at(0), 10).await.unwrap(),
            slice::from_ref(&again)
        );
        let ended = TakenCall {
            ended_at: Some(at(190)),
            ..again
        };
        let batch = DecisionBatch::new(&[], &[]).with_taken(&[ended.clone(), first]);
        file.write(&batch).await.unwrap();
        assert_eq!(file.taken_calls(at(0), 10).await.unwrap(), [ended]);
    }

    #[tokio::test]
    async fn each_caller_has_one_last_agent() {
        let calls = [
            taken("a", "hoa", Some("84986776777"), 100, None),
            taken("b", "minh", Some("84986776777"), 300, None),
            taken("c", "hoa", Some("84986776777"), 200, None),
            taken("d", "lan", Some("84911111111"), 50, None),
            taken("e", "lan", None, 400, None),
        ];
        let (_directory, mut file) = journal(&calls).await;
        let last = |from: &str, agent: &str, second| LastTaken {
            from: from.to_owned(),
            agent: agent.to_owned(),
            at: at(second),
        };
        let expected = [
            last("84986776777", "minh", 300),
            last("84911111111", "lan", 50),
        ];
        assert_eq!(file.last_taken(10).await.unwrap(), expected);
        assert_eq!(file.last_taken(1).await.unwrap(), expected[..1]);
    }

    #[tokio::test]
    async fn what_is_too_old_is_deleted() {
        let calls = [
            taken("a", "hoa", None, 100, None),
            taken("b", "hoa", None, 300, None),
        ];
        let (_directory, mut file) = journal(&calls).await;
        let mut old = file.old_rows(at(200)).await.unwrap();
        file.forget(at(200), &mut old).await.unwrap();
        assert_eq!(file.taken_calls(at(0), 10).await.unwrap(), calls[1..]);
    }
}
