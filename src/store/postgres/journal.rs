//! The journal that several servers share: their pieces are written here once, whatever becomes of a reply.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{Postgres, PostgresError, quoted};
use crate::store::{
    AnswerRow, DecisionQuery, DecisionRow, LastTaken, Outbox, OutboxPiece, PieceKind, TakenCall,
};

const READ: &str = "read the journal";

impl Postgres {
    /// Writes what waits in a server's outbox, in one transaction; pieces that are there already are passed over.
    ///
    /// # Errors
    /// PostgreSQL is gone, or refuses a row: then nothing was written, unless it went while it committed.
    pub async fn take_pieces(
        &mut self,
        project: i64,
        outbox: &Outbox,
    ) -> Result<(), PostgresError> {
        let doing = "write the journal";
        let source = quoted(&outbox.source);
        let begin = format!(
            "begin; insert into stringee.journal_batches (source, seq) values ({source}, 0) on conflict do nothing;
            select seq from stringee.journal_batches where source = {source} for update"
        );
        let written = self.write_pieces(project, outbox, begin, &source).await;
        if written.as_ref().is_err_and(PostgresError::is_about_rows) {
            // After any other error the connection is of no use.
            self.run(doing, "rollback".to_owned()).await?;
        }
        written
    }

    async fn write_pieces(
        &mut self,
        project: i64,
        outbox: &Outbox,
        begin: String,
        source: &str,
    ) -> Result<(), PostgresError> {
        let doing = "write the journal";
        let rows = self.rows(doing, begin).await?;
        let row = rows.last();
        let known: Option<i64> = row.map(|row| self.get(doing, row, "seq")).transpose()?;
        let known = known.unwrap_or(0);
        for piece in outbox.pieces.iter().filter(|piece| piece.seq > known) {
            self.run(doing, statement(project, piece)).await?;
        }
        let last = outbox.pieces.last().map_or(0, |piece| piece.seq);
        let end = format!(
            "update stringee.journal_batches set seq = greatest(seq, {last}), at = clock_timestamp()
            where source = {source}; commit"
        );
        self.run("commit the journal", end).await
    }

    /// Drops the days that ended before a time.
    ///
    /// # Errors
    /// PostgreSQL is gone, or somebody reads for long.
    pub async fn forget_journal(&mut self, before: Timestamp) -> Result<i64, PostgresError> {
        let doing = "drop the oldest days of the journal";
        let sql = format!(
            "begin; set local lock_timeout = '2s'; select stringee.journal_forget('{before:.3}'::timestamptz::date) as dropped;
            commit"
        );
        let rows = self.rows(doing, sql).await?;
        let row = rows.first();
        let dropped = row.map(|row| self.get(doing, row, "dropped")).transpose()?;
        Ok(dropped.unwrap_or(0))
    }

    /// The decisions asked for, of all servers, the newest first.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn decisions(
        &mut self,
        project: i64,
        query: &DecisionQuery,
    ) -> Result<Vec<DecisionRow>, PostgresError> {
        let limit = query
            .limit
            .map_or_else(String::new, |most| format!("limit {most}"));
        let sql = format!(
            "select call_id, {FIRST_AT}, {LAST_AT}, asks, waited, queue_id, from_number, to_number, outcome, rule_id, rule,
                agents::text as agents, version, rules_hash, {TAKEN_BY}
            from stringee.decisions d where {} order by first_at desc, key {limit}",
            conditions(project, query).join(" and ")
        );
        let (mut decisions, mut calls) = (Vec::new(), HashSet::new());
        for row in self.rows(READ, sql).await? {
            let decision = self.decision(&row)?;
            calls.insert(decision.call_id.clone());
            if query.calls.is_some_and(|most| calls.len() > most) {
                break;
            }
            decisions.push(decision);
        }
        Ok(decisions)
    }

    fn decision(&self, row: &PgRow) -> Result<DecisionRow, PostgresError> {
        let waited: i64 = self.get(READ, row, "waited")?;
        Ok(DecisionRow {
            call_id: self.get(READ, row, "call_id")?,
            first_at: self.time(row, "first_ms")?,
            last_at: self.time(row, "last_ms")?,
            asks: self.get(READ, row, "asks")?,
            waited: u32::try_from(waited).unwrap_or(u32::MAX),
            queue_id: self.get(READ, row, "queue_id")?,
            from: self.get(READ, row, "from_number")?,
            to: self.get(READ, row, "to_number")?,
            outcome: self.get(READ, row, "outcome")?,
            rule_id: self.get(READ, row, "rule_id")?,
            rule: self.get(READ, row, "rule")?,
            agents: self.get(READ, row, "agents")?,
            version: self.get(READ, row, "version")?,
            rules_hash: self.get(READ, row, "rules_hash")?,
            taken_by: self.get(READ, row, "taken_by")?,
        })
    }

    /// Hands over each answer that was first given from a time on and before another, by whichever server, call by call.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn answers(
        &mut self,
        project: i64,
        from: Timestamp,
        to: Timestamp,
        mut each: impl FnMut(AnswerRow) + Send,
    ) -> Result<(), PostgresError> {
        let sql = format!(
            "select call_id, queue_id, to_number, outcome, rule_id, coalesce(rule, '') as rule, agents->0->>0 as first_agent,
                {TAKEN_BY}, {TAKEN_AT}, asks, {FIRST_AT}, {LAST_AT}, waited
            from stringee.decisions d where project_id = {project} and {} and first_at < '{to:.3}'
            order by call_id, first_at, key",
            since(from)
        );
        self.each_row(READ, sql, |row| {
            each(answer(row)?);
            Ok(())
        })
        .await
    }

    /// The calls that were taken since a time, told to whichever server, the oldest first; of too many the newest.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn taken_calls(
        &mut self,
        project: i64,
        since: Timestamp,
        most: u32,
    ) -> Result<Vec<TakenCall>, PostgresError> {
        let sql = format!(
            "select call_id, agent, from_number, (extract(epoch from answered_at) * 1000)::bigint as answered_ms,
                (extract(epoch from ended_at) * 1000)::bigint as ended_ms
            from stringee.taken_calls where project_id = {project} and answered_at >= '{since:.3}'
            order by answered_at desc limit {most}"
        );
        let mut calls = Vec::new();
        for row in self.rows(READ, sql).await?.iter().rev() {
            let ended: Option<i64> = self.get(READ, row, "ended_ms")?;
            calls.push(TakenCall {
                call_id: self.get(READ, row, "call_id")?,
                agent: self.get(READ, row, "agent")?,
                from: self.get(READ, row, "from_number")?,
                answered_at: self.time(row, "answered_ms")?,
                ended_at: ended.map(|ms| Timestamp::from_millisecond(ms).unwrap_or_default()),
            });
        }
        Ok(calls)
    }

    /// The last agent of each caller; of too many callers those whose last call is the youngest.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn last_taken(
        &mut self,
        project: i64,
        most: u32,
    ) -> Result<Vec<LastTaken>, PostgresError> {
        let sql = format!(
            "select * from (
                select distinct on (from_number) from_number, agent,
                    (extract(epoch from answered_at) * 1000)::bigint as answered_ms
                from stringee.taken_calls where project_id = {project} and from_number is not null
                order by from_number, answered_at desc) last
            order by answered_ms desc limit {most}"
        );
        let rows = self.rows(READ, sql).await?;
        let last = |row: &PgRow| {
            Ok(LastTaken {
                from: self.get(READ, row, "from_number")?,
                agent: self.get(READ, row, "agent")?,
                at: self.time(row, "answered_ms")?,
            })
        };
        rows.iter().map(last).collect()
    }

    fn time(&self, row: &PgRow, column: &str) -> Result<Timestamp, PostgresError> {
        let ms = self.get(READ, row, column)?;
        Ok(Timestamp::from_millisecond(ms).unwrap_or_default())
    }
}

const FIRST_AT: &str = "(extract(epoch from first_at) * 1000)::bigint as first_ms";
const LAST_AT: &str = "(extract(epoch from last_at) * 1000)::bigint as last_ms";
const TAKEN_BY: &str = "(select agent from stringee.taken_calls t
    where t.project_id = d.project_id and t.call_id = d.call_id order by answered_at desc limit 1) as taken_by";

fn conditions(project: i64, query: &DecisionQuery) -> Vec<String> {
    let mut all = vec![format!("project_id = {project}")];
    if let Some(from) = query.from {
        all.push(since(from));
    }
    if let Some(to) = query.to {
        all.push(format!("first_at < '{to:.3}'"));
    }
    match &query.call_id {
        Some(call_id) => all.push(format!("call_id = {}", quoted(call_id))),
        None if query.callers.is_empty() => {}
        None => {
            let callers: Vec<String> = query.callers.iter().map(|text| quoted(text)).collect();
            all.push(format!("from_number in ({})", callers.join(", ")));
        }
    }
    if let Some(agent) = &query.agent {
        let agent = quoted(agent);
        all.push(format!(
            "exists (select 1 from json_array_elements(agents) offer where offer->>0 = {agent})"
        ));
    }
    if let Some(queue) = &query.queue {
        all.push(format!("queue_id = {}", quoted(queue)));
    }
    if let Some(rule) = query.rule {
        all.push(format!("rule_id = {rule}"));
    }
    if let Some(outcome) = &query.outcome {
        all.push(format!("outcome = {}", quoted(outcome)));
    }
    all
}

const TAKEN_AT: &str =
    "(select (extract(epoch from min(answered_at)) * 1000)::bigint from stringee.taken_calls t
    where t.project_id = d.project_id and t.call_id = d.call_id) as taken_ms";

/// The day is that of the first ask, which may be before the answer's: so the days before are not looked at.
fn since(from: Timestamp) -> String {
    const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(48);
    let day = from.checked_sub(LONGEST_WAIT).unwrap_or(from);
    format!("first_at >= '{from:.3}' and day >= '{day:.3}'::timestamptz::date")
}

fn answer(row: &PgRow) -> Result<AnswerRow, sqlx::Error> {
    let time = |column: &str| {
        let ms: i64 = row.try_get(column)?;
        Ok::<_, sqlx::Error>(Timestamp::from_millisecond(ms).unwrap_or_default())
    };
    let rule_id: Option<i64> = row.try_get("rule_id")?;
    let rule: String = row.try_get("rule")?;
    let (asks, waited): (i64, i64) = (row.try_get("asks")?, row.try_get("waited")?);
    let taken: Option<i64> = row.try_get("taken_ms")?;
    Ok(AnswerRow {
        call_id: row.try_get("call_id")?,
        queue_id: row.try_get("queue_id")?,
        to: row.try_get("to_number")?,
        outcome: row.try_get("outcome")?,
        rule: rule_id.map(|id| (id, rule)),
        first_agent: row.try_get("first_agent")?,
        taken_by: row.try_get("taken_by")?,
        taken_at: taken.map(|ms| Timestamp::from_millisecond(ms).unwrap_or_default()),
        asks: u64::try_from(asks).unwrap_or(0),
        first_at: time("first_ms")?,
        last_at: time("last_ms")?,
        waited: u32::try_from(waited).unwrap_or(u32::MAX),
    })
}

/// Rows are written in the order of their keys, so that two servers do not wait for each other.
fn statement(project: i64, piece: &OutboxPiece) -> String {
    let (rows, days) = rows_and_days(piece);
    let given = quoted(&rows);
    // A partition cannot be made in a statement that writes there.
    let open: Vec<String> = days.iter().map(|moment| quoted(moment)).collect();
    let open = format!(
        "select stringee.journal_open(day) from
            (select distinct stringee.journal_day(moment) as day from unnest(array[{}]::timestamptz[]) moment) days",
        open.join(", ")
    );
    match piece.kind {
        PieceKind::New => format!(
            "{open};
            with given as (
                select *, count(*) over same as asks, max(at) over same as last_at, row_number() over in_turn as turn
                from json_to_recordset({given}) as g (key bigint, call_id text, at timestamptz, waited bigint, queue_id text,
                    \"from\" text, \"to\" text, outcome text, rule json, agents text, version bigint, rules_hash text)
                window same as (partition by key), in_turn as (partition by key order by at)
            )
            insert into stringee.decisions as d (project_id, day, key, call_id, first_at, last_at, asks, waited, queue_id,
                from_number, to_number, outcome, rule_id, rule, agents, version, rules_hash)
            select {project}, stringee.journal_day(at - make_interval(secs => waited)), key, call_id, at, last_at, asks,
                waited, queue_id, \"from\", \"to\", outcome, (rule->>0)::bigint, rule->>1, agents::json, version, rules_hash
            from given where turn = 1 order by key
            on conflict (project_id, day, key) do update set asks = d.asks + excluded.asks,
                waited = case when excluded.first_at < d.first_at then excluded.waited else d.waited end,
                first_at = least(d.first_at, excluded.first_at), last_at = greatest(d.last_at, excluded.last_at)"
        ),
        PieceKind::Repeated => format!(
            "update stringee.decisions d set asks = d.asks + again.asks, last_at = greatest(d.last_at, again.last_at)
            from (
                select key, stringee.journal_day(last_at) - back as day, sum(asks) as asks, max(last_at) as last_at
                from json_to_recordset({given}) as g (key bigint, asks bigint, last_at timestamptz), generate_series(0, 1) back
                group by 1, 2 order by 1
            ) again
            where d.project_id = {project} and d.day = again.day and d.key = again.key"
        ),
        PieceKind::Taken => format!(
            "{open};
            insert into stringee.taken_calls as t (project_id, day, call_id, agent, from_number, answered_at, ended_at)
            select distinct on (call_id, agent) {project}, stringee.journal_day(answered_at), call_id, agent, \"from\",
                answered_at, ended_at
            from json_to_recordset({given}) as g (call_id text, agent text, \"from\" text, answered_at timestamptz,
                ended_at timestamptz)
            order by call_id, agent, answered_at desc, ended_at desc nulls last
            on conflict (project_id, day, call_id, agent) do update set
                from_number = coalesce(t.from_number, excluded.from_number),
                ended_at = case when excluded.answered_at > t.answered_at + interval '2 seconds' then excluded.ended_at
                    else coalesce(t.ended_at, excluded.ended_at) end,
                answered_at = case when excluded.answered_at > t.answered_at + interval '2 seconds' then excluded.answered_at
                    else least(t.answered_at, excluded.answered_at) end"
        ),
    }
}

/// The rows of a piece as PostgreSQL takes them, and a moment of each day that they belong to.
fn rows_and_days(piece: &OutboxPiece) -> (String, BTreeSet<String>) {
    let mut rows: Value = serde_json::from_str(&piece.rows).unwrap_or_default();
    let mut days = BTreeMap::new();
    for row in rows.as_array_mut().into_iter().flatten() {
        let moment = row.get("at").or_else(|| row.get("answered_at"));
        let moment = moment
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok());
        let waited = row.get("waited").and_then(Value::as_i64).unwrap_or(0);
        if let Some(moment) = moment
            && let Ok(first) = Timestamp::checked_sub(moment, SignedDuration::from_secs(waited))
        {
            let text = format!("{first:.3}");
            days.insert(text.get(..10).unwrap_or_default().to_owned(), text);
        }
        without_nul(row);
    }
    (rows.to_string(), days.into_values().collect())
}

/// A stranger can send a NUL in an id, and PostgreSQL has none in its texts.
fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(values) => values.iter_mut().for_each(without_nul),
        Value::Object(values) => values.values_mut().for_each(without_nul),
        _ => {}
    }
}
