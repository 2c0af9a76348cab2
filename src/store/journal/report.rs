//! The answers of a span of time, call by call: what a report counts.

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::super::StoreError;
use super::{JournalFile, text_of, time_of};

/// What a report needs of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    /// The platform's id of the call.
    pub call_id: String,
    /// The platform's id of the queue.
    pub queue_id: String,
    /// The hotline.
    pub to: Option<String>,
    /// `rule`, `blocked`, `fallback` or `nobody`.
    pub outcome: String,
    /// The rule's id, and its name at that time.
    pub rule: Option<(i64, String)>,
    /// Who was offered first.
    pub first_agent: Option<String>,
    /// Who took the call, if call events have told; of several the last.
    pub taken_by: Option<String>,
    /// When somebody took it first.
    pub taken_at: Option<Timestamp>,
    /// How many times the answer was given.
    pub asks: u64,
    /// When it was first given.
    pub first_at: Timestamp,
    /// When it was last given.
    pub last_at: Timestamp,
    /// For how many seconds the call had waited at `first_at`.
    pub waited: u32,
}

/// The answers to a call stand together, in the order in which they were first given.
const CALL_BY_CALL: &str = "
    select call_id, queue_id, to_number, outcome, rule_id, coalesce(rule, '') as rule,
        case when json_valid(agents) then cast(json_extract(agents, '$[0][0]') as text) end as first_agent,
        (select agent from taken_calls where taken_calls.call_id = decisions.call_id
            order by answered_at desc limit 1) as taken_by,
        (select min(answered_at) from taken_calls where taken_calls.call_id = decisions.call_id) as taken_at,
        asks, first_at, last_at, waited
    from decisions
    where first_at >= ?1 and first_at < ?2
    order by call_id, first_at, id";

impl JournalFile {
    /// Hands over each answer that was first given from a time on and before another, call by call.
    ///
    /// They are not collected here: a week of a large center is millions.
    pub async fn answers(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        mut each: impl FnMut(AnswerRow) + Send,
    ) -> Result<(), StoreError> {
        let rows = sqlx::query(CALL_BY_CALL)
            .bind(text_of(from))
            .bind(text_of(to))
            .fetch(&mut self.connection);
        let read = rows.try_for_each(|row| {
            let row = AnswerRow::of(&row).map(&mut each);
            std::future::ready(row)
        });
        read.await
            .map_err(|error| StoreError::new(&self.path, "read decisions", error))
    }
}

impl AnswerRow {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let rule_id: Option<i64> = row.try_get("rule_id")?;
        let rule: String = row.try_get("rule")?;
        let asks: i64 = row.try_get("asks")?;
        Ok(Self {
            call_id: row.try_get("call_id")?,
            queue_id: row.try_get("queue_id")?,
            to: row.try_get("to_number")?,
            outcome: row.try_get("outcome")?,
            rule: rule_id.map(|id| (id, rule)),
            first_agent: row.try_get("first_agent")?,
            taken_by: row.try_get("taken_by")?,
            taken_at: row.try_get::<Option<&str>, _>("taken_at")?.map(time_of),
            asks: u64::try_from(asks).unwrap_or(0),
            first_at: time_of(row.try_get("first_at")?),
            last_at: time_of(row.try_get("last_at")?),
            waited: row.try_get("waited")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DecisionBatch, NewDecision};
    use super::*;

    fn new<'a>(key: i64, call_id: &'a str, at: i64, agents: &'a str) -> NewDecision<'a> {
        NewDecision {
            key,
            call_id,
            at: Timestamp::from_second(at).unwrap(),
            waited: 15,
            queue_id: "queue_1",
            from: None,
            to: None,
            outcome: "rule",
            rule: Some((7, "Sales")),
            agents,
            version: 3,
            rules_hash: "89abcdef01234567",
        }
    }

    #[tokio::test]
    async fn a_calls_answers_stand_together_and_mangled_agents_are_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = JournalFile::open(&directory.path().join("journal.db"))
            .await
            .unwrap();
        let rows = [
            new(1, "b", 100, r#"[["hoa",1,15],["minh",2,25]]"#),
            new(2, "a", 130, "[[\"minh"),
            new(3, "b", 120, "[]"),
            new(4, "a", 110, r#"[["minh",1,15]]"#),
            new(5, "too early", 99, "[]"),
            new(6, "too late", 200, "[]"),
        ];
        file.write(&DecisionBatch::new(&rows, &[])).await.unwrap();
        let mut answers = Vec::new();
        let (from, to) = (
            Timestamp::from_second(100).unwrap(),
            Timestamp::from_second(200).unwrap(),
        );
        file.answers(from, to, |row| answers.push((row.call_id, row.first_agent)))
            .await
            .unwrap();
        let some = |id: &str| Some(id.to_owned());
        let expected = [
            ("a", some("minh")),
            ("a", None),
            ("b", some("hoa")),
            ("b", None),
        ];
        assert_eq!(
            answers,
            expected.map(|(call, agent)| (call.to_owned(), agent))
        );
    }
}
