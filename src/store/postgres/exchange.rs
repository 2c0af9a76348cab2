//! The exchange: one request that tells what this server has learned of calls, and asks what the others have, and for the
//! version of the rules.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;

use super::{Postgres, PostgresError, quoted};
use crate::store::mirror::MirrorVersion;

/// Rows that a reply has of each writer.
const ROWS_AT_ONCE: usize = 500;

/// Servers that are listed.
const MAX_REPLICAS: usize = 100;

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
    /// The project whose version is asked for, if it is here.
    pub project: Option<i64>,
    /// Who tells.
    pub writer: i64,
    /// A row's number and content, if there is something to tell.
    pub row: Option<(i64, Vec<u8>)>,
    /// The last number that was heard of each writer.
    pub heard: &'t BTreeMap<i64, i64>,
}

/// The servers on one PostgreSQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replicas {
    /// Each once, by name.
    pub rows: Vec<ReplicaRow>,
    /// What PostgreSQL's clock said: milliseconds since 1970.
    pub now_ms: i64,
}

/// A server, as it said itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaRow {
    /// Its name.
    pub name: String,
    /// The number of its connection.
    pub writer: i64,
    /// Of the program.
    pub version: String,
    /// How long ago it last said so.
    pub age_ms: i64,
    /// By how much its clock is ahead of PostgreSQL's, if it has found out yet.
    pub clock_ms: Option<i64>,
}

/// What a server says of a version.
#[derive(Clone, Copy, Debug)]
pub struct VerdictRow<'v> {
    /// Its number.
    pub version: u64,
    /// The hash of its rows, as `/status` has it.
    pub hash: &'v str,
    /// `accept`, `hold` or `refuse`.
    pub verdict: &'v str,
    /// Why.
    pub reasons: &'v [String],
}

/// What has come back.
#[derive(Debug)]
pub struct HeardReply {
    /// The version of the rules, if it was asked for.
    pub newest: Option<NewestVersion>,
    /// What others have told.
    pub rows: Vec<HeardRow>,
    /// Whether there may be more.
    pub is_full: bool,
}

/// The newest version of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewestVersion {
    /// Its number.
    pub version: MirrorVersion,
    /// What servers say of it.
    pub judged: JudgedVersion,
}

/// What servers say of the newest version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JudgedVersion {
    /// How long ago it was made, by PostgreSQL's clock.
    pub age_ms: Option<i64>,
    /// The hash of the rows that somebody has accepted, and who.
    pub accepted: Option<(String, String)>,
    /// A server that holds it, the hash of the rows, and why.
    pub objections: Vec<(String, String, Vec<String>)>,
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

    /// Says that this server is there, and by how much its clock is ahead; what comes back are the servers that are.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn beat(
        &mut self,
        joined: Joined,
        name: &str,
        clock_ms: Option<i64>,
    ) -> Result<Replicas, PostgresError> {
        let doing = "say that this server is there";
        let (writer, version) = (joined.writer, quoted(env!("CARGO_PKG_VERSION")));
        let (name, clock_ms) = (
            quoted(name),
            clock_ms.map_or("null".to_owned(), |ms| ms.to_string()),
        );
        // A standby that took over may not have got the row. Of each name the last writer is the one that is there.
        let sql = format!(
            "insert into stringee.replicas (writer, name, version, clock_ms) values ({writer}, {name}, {version}, {clock_ms})
            on conflict (writer) do update set last_at = clock_timestamp(), clock_ms = excluded.clock_ms;
            select * from (
                select distinct on (name) writer, name, version, clock_ms,
                    (extract(epoch from clock_timestamp() - last_at) * 1000)::bigint as age_ms,
                    (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms
                from stringee.replicas order by name, writer desc) newest
            order by name limit {MAX_REPLICAS}"
        );
        let rows = self.rows(doing, sql).await?;
        let mut replicas = Replicas::default();
        for row in &rows {
            replicas.now_ms = self.get(doing, row, "now_ms")?;
            replicas.rows.push(ReplicaRow {
                name: self.get(doing, row, "name")?,
                writer: self.get(doing, row, "writer")?,
                version: self.get(doing, row, "version")?,
                age_ms: self.get(doing, row, "age_ms")?,
                clock_ms: self.get(doing, row, "clock_ms")?,
            });
        }
        Ok(replicas)
    }

    /// Removes what nobody needs any more: facts of more than an hour and beyond a bound, and servers that have long gone.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn clear_facts(&mut self, max_bytes: u64) -> Result<(), PostgresError> {
        // To add all rows up takes a while, so it is done only where there may be too many. Of rows that were deleted the
        // room is there still: so it is asked again.
        let sql = format!(
            "delete from stringee.facts where at < clock_timestamp() - interval '1 hour';
            delete from stringee.replicas where last_at < clock_timestamp() - interval '2 hours';
            delete from stringee.facts f using (
                select writer, seq, sum(octet_length(body)) over (order by at desc, writer, seq) as bytes from stringee.facts
            ) counted
            where (select pg_total_relation_size('stringee.facts')) > {max_bytes}
                and counted.bytes > {max_bytes} and f.writer = counted.writer and f.seq = counted.seq"
        );
        self.run("remove what is too old", sql).await
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
        let (mut newest, mut heard) = (None, Vec::new());
        for row in &rows {
            // What each statement gives is told by its columns.
            if let Ok(number) = self.get(doing, row, "seq") {
                heard.push(HeardRow {
                    writer: self.get(doing, row, "writer")?,
                    number,
                    age_ms: self.get(doing, row, "age")?,
                    body: self.get(doing, row, "body")?,
                });
            } else if self.get::<i64>(doing, row, "version").is_ok() {
                newest = Some(self.newest(row)?);
            }
        }
        if let (Some(project), None) = (request.project, &newest) {
            return Err(self.no_project(project));
        }
        Ok(HeardReply {
            newest,
            is_full: heard.len() >= ROWS_AT_ONCE,
            rows: heard,
        })
    }
}

impl Postgres {
    /// The newest version of a project's rules.
    ///
    /// # Errors
    /// PostgreSQL is gone, or has no such project.
    pub async fn newest_version(&mut self, project: i64) -> Result<NewestVersion, PostgresError> {
        let rows = self.rows("ask for the version", newest_of(project)).await?;
        let newest = rows.first().map(|row| self.newest(row)).transpose()?;
        newest.ok_or_else(|| self.no_project(project))
    }

    fn no_project(&self, project: i64) -> PostgresError {
        PostgresError::NoProject {
            place: self.place().to_owned(),
            project,
        }
    }

    pub(super) fn newest(&self, row: &PgRow) -> Result<NewestVersion, PostgresError> {
        let doing = "ask for the version";
        Ok(NewestVersion {
            version: MirrorVersion {
                version: self.get(doing, row, "version")?,
                token: self.get(doing, row, "token")?,
            },
            judged: self.judged(row)?,
        })
    }

    fn judged(&self, row: &PgRow) -> Result<JudgedVersion, PostgresError> {
        let doing = "exchange what is known of calls";
        let hash: Option<String> = self.get(doing, row, "accepted")?;
        let actor: Option<String> = self.get(doing, row, "accepted_by")?;
        let objections: Option<String> = self.get(doing, row, "objections")?;
        let objections = objections.and_then(|text| serde_json::from_str(&text).ok());
        Ok(JudgedVersion {
            age_ms: self.get(doing, row, "made_ms")?,
            accepted: hash.zip(actor),
            objections: objections.unwrap_or_default(),
        })
    }

    /// Says what a server says of a version.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn tell_verdict(
        &mut self,
        project: i64,
        replica: &str,
        told: &VerdictRow<'_>,
    ) -> Result<(), PostgresError> {
        let VerdictRow {
            version,
            hash,
            verdict,
            reasons,
        } = told;
        let (replica, hash, verdict) = (quoted(replica), quoted(hash), quoted(verdict));
        let reasons: Vec<String> = reasons.iter().map(|reason| quoted(reason)).collect();
        let reasons = reasons.join(", ");
        let sql = format!(
            "insert into stringee.verdicts (project_id, version, replica, hash, verdict, reasons)
            values ({project}, {version}, {replica}, {hash}, {verdict}, array[{reasons}]::text[])
            on conflict (project_id, version, replica) do update
                set hash = excluded.hash, verdict = excluded.verdict, reasons = excluded.reasons, at = clock_timestamp();
            delete from stringee.verdicts where project_id = {project} and version < {version} - 1000;
            delete from stringee.accepted where project_id = {project} and version < {version} - 1000"
        );
        self.run("say what this server says of a version", sql)
            .await
    }

    /// Says that somebody has accepted a version.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn tell_accepted(
        &mut self,
        project: i64,
        version: u64,
        hash: &str,
        actor: &str,
    ) -> Result<(), PostgresError> {
        let (hash, actor) = (quoted(hash), quoted(actor));
        let sql = format!(
            "insert into stringee.accepted (project_id, version, hash, actor) values ({project}, {version}, {hash}, {actor})
            on conflict (project_id, version) do update set hash = excluded.hash, actor = excluded.actor, at = clock_timestamp()"
        );
        self.run("say that a version is accepted", sql).await
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
        where r.writer <> {writer}"
    );
    sql.push_str(&select);
    if let Some(project) = project {
        sql.push(';');
        sql.push_str(&newest_of(*project));
    }
    sql
}

fn newest_of(project: i64) -> String {
    format!("{NEWEST} where p.id = {project}")
}

/// The newest version of projects.
pub(super) const NEWEST: &str = "
    select p.id, p.version, p.token::text as token,
        (extract(epoch from clock_timestamp() - p.changed_at) * 1000)::bigint as made_ms,
        a.hash as accepted, a.actor as accepted_by,
        (select json_agg(json_build_array(v.replica, v.hash, v.reasons))::text from stringee.verdicts v
            where v.project_id = p.id and v.version = p.version and v.verdict = 'hold') as objections
    from stringee.projects p
    left join stringee.accepted a on a.project_id = p.id and a.version = p.version";
