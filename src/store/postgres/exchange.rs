//! The exchange: one request that tells what this server has learned of calls, and asks what the others have, and for the
//! version of the rules.

use std::collections::BTreeMap;

use super::{Postgres, PostgresError, quoted};
use crate::store::mirror::MirrorVersion;

/// Rows that a reply has of each writer.
const ROWS_AT_ONCE: usize = 500;

/// A server that takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The number of this start.
    pub writer: i64,
    /// With which calls are hashed.
    pub seed: u64,
}

/// What is told in a request.
#[derive(Debug)]
pub struct TellRequest<'t> {
    /// The project whose version is asked for.
    pub project: i64,
    /// Who tells.
    pub writer: i64,
    /// A row's number and content, if there is something to tell.
    pub row: Option<(i64, Vec<u8>)>,
    /// The last number that was heard of each writer.
    pub heard: &'t BTreeMap<i64, i64>,
}

/// What has come back.
#[derive(Debug)]
pub struct HeardReply {
    /// The version of the rules.
    pub version: MirrorVersion,
    /// What others have told.
    pub rows: Vec<HeardRow>,
    /// Whether there may be more.
    pub is_full: bool,
}

/// What another server learned in one round.
#[derive(Debug)]
pub struct HeardRow {
    /// Who.
    pub writer: i64,
    /// The row's number.
    pub number: i64,
    /// How old the row is, by PostgreSQL's clock.
    pub age_ms: i64,
    /// The facts.
    pub body: Vec<u8>,
}

impl Postgres {
    /// Draws a number for this connection.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn join(&mut self, name: &str) -> Result<Joined, PostgresError> {
        let doing = "join the other servers";
        let version = env!("CARGO_PKG_VERSION");
        let sql = format!(
            "with joined as (
                insert into stringee.replicas (writer, name, version)
                values (nextval('stringee.writers'), {}, {}) returning writer
            )
            select joined.writer, cluster.seed from joined, stringee.cluster",
            quoted(name),
            quoted(version)
        );
        let rows = self.rows(doing, sql).await?;
        let Some(row) = rows.first() else {
            return Err(PostgresError::NotInstalled {
                place: self.place().to_owned(),
            });
        };
        Ok(Joined {
            writer: self.get(doing, row, "writer")?,
            seed: self.get::<i64>(doing, row, "seed")?.cast_unsigned(),
        })
    }

    /// Says that this server is there, and removes what nobody needs any more: facts of more than an hour, and servers
    /// that have long gone.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn beat(&mut self, joined: Joined, name: &str) -> Result<(), PostgresError> {
        let (writer, version) = (joined.writer, env!("CARGO_PKG_VERSION"));
        // A standby that took over may not have got the row.
        let sql = format!(
            "insert into stringee.replicas (writer, name, version) values ({writer}, {}, {})
            on conflict (writer) do update set last_at = clock_timestamp();
            delete from stringee.facts where at < clock_timestamp() - interval '1 hour';
            delete from stringee.replicas r where last_at < clock_timestamp() - interval '2 hours'",
            quoted(name),
            quoted(version)
        );
        self.run("say that this server is there", sql).await
    }

    /// Tells and hears.
    ///
    /// # Errors
    /// PostgreSQL is gone, or does not answer in time: nobody knows then whether it was told.
    pub async fn exchange(
        &mut self,
        request: &TellRequest<'_>,
    ) -> Result<HeardReply, PostgresError> {
        let doing = "exchange what is known of calls";
        let rows = self.rows(doing, statements(request)).await?;
        let (mut version, mut heard) = (None, Vec::new());
        for row in &rows {
            // What each statement gives is told by its columns.
            if let Ok(number) = self.get(doing, row, "seq") {
                heard.push(HeardRow {
                    writer: self.get(doing, row, "writer")?,
                    number,
                    age_ms: self.get(doing, row, "age")?,
                    body: self.get(doing, row, "body")?,
                });
            } else if let Ok(number) = self.get(doing, row, "version") {
                let token = self.get(doing, row, "token")?;
                version = Some(MirrorVersion {
                    version: number,
                    token,
                });
            }
        }
        let version = version.ok_or_else(|| PostgresError::NoProject {
            place: self.place().to_owned(),
            project: request.project,
        })?;
        Ok(HeardReply {
            version,
            is_full: heard.len() >= ROWS_AT_ONCE,
            rows: heard,
        })
    }
}

/// One text, and so one transaction.
fn statements(request: &TellRequest<'_>) -> String {
    let TellRequest {
        project,
        writer,
        row,
        heard,
    } = request;
    // What a crash of PostgreSQL takes is told again.
    let mut sql = "select set_config('synchronous_commit', 'off', true);".to_owned();
    if let Some((number, body)) = row {
        let mut hex = String::with_capacity(body.len() * 2);
        for byte in body {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
            hex.extend(digits.into_iter().flatten());
        }
        let values = format!("({writer}, {number}, '\\x{hex}')");
        sql.push_str("insert into stringee.facts (writer, seq, body) values ");
        sql.push_str(&values);
        sql.push_str(" on conflict do nothing;");
    }
    let mut known: Vec<String> = heard
        .iter()
        .map(|(writer, number)| format!("({writer}, {number})"))
        .collect();
    // So that there is a list, whoever is known.
    known.push(format!("({writer}, 0)"));
    let known = known.join(", ");
    let select = format!(
        "select f.writer, f.seq, (extract(epoch from clock_timestamp() - f.at) * 1000)::bigint as age, f.body
        from stringee.replicas r left join (values {known}) known (writer, seq) on known.writer = r.writer
        cross join lateral (
            select writer, seq, at, body from stringee.facts
            where writer = r.writer and seq > coalesce(known.seq, 0) order by seq limit {ROWS_AT_ONCE}
        ) f
        where r.writer <> {writer};
        select version, token::text as token from stringee.projects where id = {project}"
    );
    sql.push_str(&select);
    sql
}
