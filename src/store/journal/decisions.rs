//! Decisions: written in batches, read by filters.

use std::collections::{HashSet, VecDeque};
use std::future::ready;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::super::StoreError;
use super::super::connection::within;
use super::missed::{self, MissedRingRow};
use super::outbox::PieceKind;
use super::taken::{self, TakenCall};
use super::{CALL_LIMIT, JournalFile, text_of, time_of};

/// An answer that a call has not been given before.
#[derive(Clone, Debug, Serialize)]
pub struct NewDecision<'a> {
    /// The same for the same answer to the same call.
    pub key: i64,
    /// The platform's id of the call.
    pub call_id: &'a str,
    /// When it was given.
    #[serde(serialize_with = "time")]
    pub at: Timestamp,
    /// For how many seconds the call had waited.
    pub waited: u32,
    /// The platform's id of the queue.
    pub queue_id: &'a str,
    /// Who calls; `None`: anonymous.
    pub from: Option<&'a str>,
    /// The hotline.
    pub to: Option<&'a str>,
    /// `rule`, `blocked`, `fallback` or `nobody`.
    pub outcome: &'static str,
    /// The rule's id and name.
    pub rule: Option<(i64, &'a str)>,
    /// Who was offered, as a JSON array.
    pub agents: &'a str,
    /// The version of the rules.
    pub version: u64,
    /// The hash of that version.
    pub rules_hash: &'a str,
}

/// An answer given again.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RepeatedDecision {
    /// Of which answer.
    pub key: i64,
    /// How many times.
    pub asks: u32,
    /// When it was last given.
    #[serde(serialize_with = "time")]
    pub last_at: Timestamp,
}

/// What is to be written, ready for SQLite, in pieces that are written one after the other.
#[derive(Clone, Debug, Default)]
pub struct DecisionBatch {
    pieces: VecDeque<Piece>,
}

/// What is written at once: a JSON array, which becomes rows by one statement.
#[derive(Clone, Debug)]
pub struct Piece {
    /// `None`: it stays with this server.
    kind: Option<PieceKind>,
    statement: &'static str,
    rows: String,
}

/// A row of `decisions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    /// The platform's id of the call.
    pub call_id: String,
    /// When the answer was first given.
    pub first_at: Timestamp,
    /// When it was last given.
    pub last_at: Timestamp,
    /// How many times.
    pub asks: i64,
    /// For how many seconds the call had waited at `first_at`.
    pub waited: u32,
    /// The platform's id of the queue.
    pub queue_id: String,
    /// Who called; `None`: anonymous.
    pub from: Option<String>,
    /// The hotline.
    pub to: Option<String>,
    /// `rule`, `blocked`, `fallback` or `nobody`.
    pub outcome: String,
    /// The rule's id, if a rule answered.
    pub rule_id: Option<i64>,
    /// Its name at that time.
    pub rule: Option<String>,
    /// Who was offered, as a JSON array.
    pub agents: String,
    /// The version of the rules.
    pub version: i64,
    /// The hash of that version.
    pub rules_hash: String,
    /// Who took the call, if call events have told; of several the last.
    pub taken_by: Option<String>,
}

/// Which decisions are asked for: those that are all of this.
#[derive(Clone, Debug, Default)]
pub struct DecisionQuery {
    /// First given at this time or later.
    pub from: Option<Timestamp>,
    /// First given before this time.
    pub to: Option<Timestamp>,
    /// About this call; callers are not looked at then.
    pub call_id: Option<String>,
    /// From any of these callers.
    pub callers: Vec<String>,
    /// Offered to this agent.
    pub agent: Option<String>,
    /// In this queue.
    pub queue: Option<String>,
    /// By the rule with this id.
    pub rule: Option<i64>,
    /// With this outcome, as [`DecisionRow::outcome`].
    pub outcome: Option<String>,
    /// No more than so many.
    pub limit: Option<u32>,
    /// No more than those about so many calls, of which each may have been given several answers.
    pub calls: Option<usize>,
}

/// How many rows one statement writes, and how many bytes of them. What is written at once is also what the file may be
/// too large by for a moment, and its `-wal` file too long.
const MAX_ROWS: usize = 250;
const MAX_BYTES: usize = 128 * 1024;

/// One statement for many rows: a row at a time would cost more in messages to the driver's thread than in work.
const INSERT: &str = "
    insert into decisions (key, call_id, first_at, last_at, asks, waited, queue_id, from_number, to_number, outcome,
        rule_id, rule, agents, version, rules_hash)
    select json_extract(value, '$.key'), json_extract(value, '$.call_id'), json_extract(value, '$.at'),
        json_extract(value, '$.at'), 1, json_extract(value, '$.waited'), json_extract(value, '$.queue_id'),
        json_extract(value, '$.from'), json_extract(value, '$.to'), json_extract(value, '$.outcome'),
        json_extract(value, '$.rule[0]'), json_extract(value, '$.rule[1]'), json_extract(value, '$.agents'),
        json_extract(value, '$.version'), json_extract(value, '$.rules_hash')
    from json_each(?1)
    where true
    on conflict (key) do update set asks = asks + 1, last_at = max(last_at, excluded.last_at)";

const REPEAT: &str = "
    update decisions set asks = decisions.asks + again.asks, last_at = max(decisions.last_at, again.last_at)
    from (select json_extract(value, '$.key') as key, json_extract(value, '$.asks') as asks,
            json_extract(value, '$.last_at') as last_at
        from json_each(?1)) as again
    where decisions.key = again.key";

/// The decisions asked for; the condition on call or callers decides which index is gone through.
macro_rules! newest_first {
    ($of_callers:literal) => {
        concat!(
            "select call_id, first_at, last_at, asks, waited, queue_id, from_number, to_number, outcome, rule_id, rule,
                agents, version, rules_hash,
                (select agent from taken_calls where taken_calls.call_id = decisions.call_id
                    order by answered_at desc limit 1) as taken_by
            from decisions
            where first_at >= coalesce(?1, '') and first_at < coalesce(?2, '9999') and ",
            $of_callers,
            " and (?4 is null or exists (select 1 from json_each(agents) where json_extract(value, '$[0]') = ?4))
                and (?5 is null or queue_id = ?5)
                and (?6 is null or rule_id = ?6)
                and (?7 is null or outcome = ?7)
            order by first_at desc, id desc
            limit coalesce(?8, -1)"
        )
    };
}

const OF_ALL: &str = newest_first!("?3 is null");
const OF_CALL: &str = newest_first!("call_id = ?3");
const OF_CALLERS: &str = newest_first!("from_number in (select value from json_each(?3))");

impl JournalFile {
    /// Writes a piece, all or nothing. The same decision written twice is one row.
    pub async fn write_piece(&mut self, piece: &Piece) -> Result<(), StoreError> {
        if let Some(kind) = piece.kind().filter(|_| self.has_outbox) {
            return self.write_and_put_out(piece, kind).await;
        }
        let write = sqlx::query(piece.statement()).bind(&piece.rows);
        let written = write.execute(&mut self.connection);
        within(CALL_LIMIT, &self.path, "write decisions", written).await?;
        Ok(())
    }

    /// Writes all pieces of a batch.
    pub async fn write(&mut self, batch: &DecisionBatch) -> Result<(), StoreError> {
        for piece in &batch.pieces {
            self.write_piece(piece).await?;
        }
        Ok(())
    }

    /// The decisions asked for, the newest first.
    pub async fn decisions(
        &mut self,
        query: &DecisionQuery,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        let (statement, whose) = match &query.call_id {
            Some(call_id) => (OF_CALL, Some(call_id.clone())),
            None if query.callers.is_empty() => (OF_ALL, None),
            None => (OF_CALLERS, Some(json(&query.callers))),
        };
        let rows = sqlx::query(statement)
            .bind(query.from.map(text_of))
            .bind(query.to.map(text_of))
            .bind(whose)
            .bind(&query.agent)
            .bind(&query.queue)
            .bind(query.rule)
            .bind(&query.outcome)
            .bind(query.limit)
            .fetch(&mut self.connection);
        let mut calls = HashSet::new();
        let mut is_within = |row: &DecisionRow| {
            query.calls.is_none_or(|most| {
                calls.insert(row.call_id.clone());
                calls.len() <= most
            })
        };
        let rows = rows.and_then(|row| ready(DecisionRow::of(&row)));
        let read = rows
            .try_take_while(|row| ready(Ok(is_within(row))))
            .try_collect()
            .await;
        read.map_err(|error| StoreError::new(&self.path, "read decisions", error))
    }
}

impl DecisionBatch {
    /// New decisions, and answers given again.
    pub fn new(new: &[NewDecision<'_>], repeated: &[RepeatedDecision]) -> Self {
        let mut batch = Self::default();
        batch.push(PieceKind::New, new);
        batch.push(PieceKind::Repeated, repeated);
        batch
    }

    /// The same with calls that agents took, or that have ended since.
    #[must_use]
    pub fn with_taken(mut self, calls: &[TakenCall]) -> Self {
        self.push(PieceKind::Taken, calls);
        self
    }

    /// The same with rings that agents have let pass.
    #[must_use]
    pub fn with_missed(mut self, rings: &[MissedRingRow]) -> Self {
        self.push_rows(None, missed::INSERT, rings);
        self
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What is to be written next.
    pub fn first(&self) -> Option<&Piece> {
        self.pieces.front()
    }

    /// Takes that off, as it is written.
    pub fn remove_first(&mut self) {
        self.pieces.pop_front();
    }

    fn push<T: Serialize>(&mut self, kind: PieceKind, rows: &[T]) {
        let statement = match kind {
            PieceKind::New => INSERT,
            PieceKind::Repeated => REPEAT,
            PieceKind::Taken => taken::UPSERT,
        };
        self.push_rows(Some(kind), statement, rows);
    }

    fn push_rows<T: Serialize>(
        &mut self,
        kind: Option<PieceKind>,
        statement: &'static str,
        rows: &[T],
    ) {
        let mut piece = Piece::new(kind, statement);
        for (place, row) in rows.iter().map(json).enumerate() {
            let is_full = piece.rows.len() + row.len() > MAX_BYTES || place % MAX_ROWS == 0;
            if is_full && place > 0 {
                let full = std::mem::replace(&mut piece, Piece::new(kind, statement));
                self.pieces.push_back(full.ended());
            }
            piece.add(&row);
        }
        if !rows.is_empty() {
            self.pieces.push_back(piece.ended());
        }
    }
}

impl Piece {
    /// How many bytes its rows take as JSON.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.rows.len()).unwrap_or(u64::MAX)
    }

    pub(super) const fn kind(&self) -> Option<PieceKind> {
        self.kind
    }

    pub(super) fn rows(&self) -> &str {
        &self.rows
    }

    pub(super) const fn statement(&self) -> &'static str {
        self.statement
    }

    fn new(kind: Option<PieceKind>, statement: &'static str) -> Self {
        let rows = "[".to_owned();
        Self {
            kind,
            statement,
            rows,
        }
    }

    fn add(&mut self, row: &str) {
        if self.rows.len() > 1 {
            self.rows.push(',');
        }
        self.rows.push_str(row);
    }

    fn ended(mut self) -> Self {
        self.rows.push(']');
        self
    }
}

impl DecisionRow {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            call_id: row.try_get("call_id")?,
            first_at: time_of(row.try_get("first_at")?),
            last_at: time_of(row.try_get("last_at")?),
            asks: row.try_get("asks")?,
            waited: row.try_get("waited")?,
            queue_id: row.try_get("queue_id")?,
            from: row.try_get("from_number")?,
            to: row.try_get("to_number")?,
            outcome: row.try_get("outcome")?,
            rule_id: row.try_get("rule_id")?,
            rule: row.try_get("rule")?,
            agents: row.try_get("agents")?,
            version: row.try_get("version")?,
            rules_hash: row.try_get("rules_hash")?,
            taken_by: row.try_get("taken_by")?,
        })
    }
}

/// As JSON; nothing that is written here can fail to be.
fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "[]".to_owned())
}

pub(super) fn time<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text_of(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new<'a>(
        key: i64,
        call_id: &'a str,
        at: i64,
        from: Option<&'a str>,
        agents: &'a str,
    ) -> NewDecision<'a> {
        NewDecision {
            key,
            call_id,
            at: Timestamp::from_second(at).unwrap(),
            waited: 15,
            queue_id: "queue_1",
            from,
            to: Some("842473082666"),
            outcome: "rule",
            rule: Some((7, "Sales")),
            agents,
            version: 3,
            rules_hash: "89abcdef01234567",
        }
    }

    async fn journal() -> (tempfile::TempDir, JournalFile) {
        let directory = tempfile::tempdir().unwrap();
        let file = JournalFile::open(&directory.path().join("journal.db"))
            .await
            .unwrap();
        (directory, file)
    }

    async fn ids(file: &mut JournalFile, query: DecisionQuery) -> Vec<String> {
        file.decisions(&query)
            .await
            .unwrap()
            .into_iter()
            .map(|row| row.call_id)
            .collect()
    }

    #[tokio::test]
    async fn a_decision_is_one_row_however_often_it_is_written() {
        let (_directory, mut file) = journal().await;
        let first = new(-7, "a\0\"b", 100, None, r#"[["hoa",1,15]]"#);
        file.write(&DecisionBatch::new(&[first], &[]))
            .await
            .unwrap();
        let again = RepeatedDecision {
            key: -7,
            asks: 3,
            last_at: Timestamp::from_second(130).unwrap(),
        };
        file.write(&DecisionBatch::new(&[], &[again]))
            .await
            .unwrap();
        let after_a_restart = new(-7, "a\0\"b", 150, None, "[]");
        file.write(&DecisionBatch::new(&[after_a_restart], &[]))
            .await
            .unwrap();
        let rows = file.decisions(&DecisionQuery::default()).await.unwrap();
        let expected = DecisionRow {
            call_id: "a\0\"b".to_owned(),
            first_at: Timestamp::from_second(100).unwrap(),
            last_at: Timestamp::from_second(150).unwrap(),
            asks: 5,
            waited: 15,
            queue_id: "queue_1".to_owned(),
            from: None,
            to: Some("842473082666".to_owned()),
            outcome: "rule".to_owned(),
            rule_id: Some(7),
            rule: Some("Sales".to_owned()),
            agents: r#"[["hoa",1,15]]"#.to_owned(),
            version: 3,
            rules_hash: "89abcdef01234567".to_owned(),
            taken_by: None,
        };
        assert_eq!(rows, [expected]);
    }

    /// Three calls, a second after the other; the last in a queue of its own, answered by no rule.
    async fn three_calls() -> (tempfile::TempDir, JournalFile) {
        let (directory, mut file) = journal().await;
        let two_agents = r#"[["hoa",1,15],["minh",2,25,"84909992666"]]"#;
        let rows = [
            new(1, "a", 100, Some("84986776777"), two_agents),
            new(2, "b", 200, Some("…777"), r#"[["minh\"s",1,15]]"#),
            NewDecision {
                queue_id: "queue_2",
                rule: None,
                ..new(3, "c", 300, None, "[]")
            },
        ];
        file.write(&DecisionBatch::new(&rows, &[])).await.unwrap();
        (directory, file)
    }

    /// The ids that the query finds with one thing of it set.
    async fn found(file: &mut JournalFile, set: impl FnOnce(&mut DecisionQuery)) -> Vec<String> {
        let mut query = DecisionQuery::default();
        set(&mut query);
        ids(file, query).await
    }

    #[tokio::test]
    async fn the_newest_come_first_as_many_as_are_wanted() {
        let (_directory, mut file) = three_calls().await;
        assert_eq!(found(&mut file, |_| ()).await, ["c", "b", "a"]);
        assert_eq!(found(&mut file, |q| q.limit = Some(2)).await, ["c", "b"]);
        let again = new(4, "c", 400, None, r#"[["hoa",1,15]]"#);
        let again = [again];
        file.write(&DecisionBatch::new(&again, &[])).await.unwrap();
        let two = found(&mut file, |q| q.calls = Some(2)).await;
        assert_eq!(two, ["c", "c", "b"]);
        let nine = found(&mut file, |q| q.calls = Some(9)).await;
        assert_eq!(nine, ["c", "c", "b", "a"]);
    }

    #[tokio::test]
    async fn every_filter_narrows() {
        let (_directory, mut file) = three_calls().await;
        let second = |second| Some(Timestamp::from_second(second).unwrap());
        let from = found(&mut file, |q| q.from = second(200)).await;
        assert_eq!(from, ["c", "b"]);
        assert_eq!(found(&mut file, |q| q.to = second(200)).await, ["a"]);
        let minh = Some("minh".to_owned());
        assert_eq!(found(&mut file, |q| q.agent = minh).await, ["a"]);
        let call = Some("b".to_owned());
        assert_eq!(found(&mut file, |q| q.call_id = call).await, ["b"]);
        let queue = Some("queue_2".to_owned());
        assert_eq!(found(&mut file, |q| q.queue = queue).await, ["c"]);
        let callers = vec!["84986776777".to_owned(), "…777".to_owned()];
        assert_eq!(found(&mut file, |q| q.callers = callers).await, ["b", "a"]);
    }
}
