//! The exchange: one request every 50 ms.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::telling::Telling;
use super::versions::hear_version;
use super::{Cluster, ClusterPlaces, known};
use crate::facts::{ToldFact, decode, encode};
use crate::projects::{Project, Projects};
use crate::rules::ReplicaStatus;
use crate::store::{HeardReply, Joined, Postgres, PostgresError, ReplicaRow, TellRequest};
use crate::telemetry::chain;

/// How long it is waited after an attempt to connect that failed.
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// From one sign of life to the next.
pub(super) const BEAT: Duration = Duration::from_secs(5);

/// After so long without one a server is not counted any more.
const SILENT_MS: i64 = 15_000;

/// How often what is too old is removed, and how much may stand there.
const CLEARING: Duration = Duration::from_mins(1);
const MAX_FACT_BYTES: u64 = 256 * 1024 * 1024;

/// What is kept from one connection to the next.
struct Exchange {
    telling: Telling,
    joined: Option<Joined>,
    next_beat: Instant,
    /// By how much this server's clock is ahead of PostgreSQL's.
    clock_ms: Option<i64>,
}

impl ClusterPlaces {
    /// Joins the other servers: a number, and the seed with which all of them hash calls. `None`: PostgreSQL has not answered.
    pub async fn join(&self) -> Option<Joined> {
        let joining = async {
            loop {
                match self.try_join().await {
                    Ok(joined) => return joined,
                    Err(error) => {
                        tracing::debug!(error = chain(&error), "PostgreSQL is waited for");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        };
        tokio::time::timeout(self.config.start_patience(), joining)
            .await
            .ok()
    }

    async fn try_join(&self) -> Result<Joined, PostgresError> {
        let mut postgres = self.connect_for_facts().await?;
        let joined = postgres.join(&self.config.replica_name()).await?;
        postgres.close().await?;
        Ok(joined)
    }
}

impl Cluster {
    /// Exchanges until the process is to end.
    pub async fn exchange(self: Arc<Self>, joined: Option<Joined>, shutdown: CancellationToken) {
        let now = clock::monotonic();
        let mut exchange = Exchange {
            telling: Telling::default(),
            joined,
            next_beat: now,
            clock_ms: None,
        };
        let exchanging = async {
            loop {
                let error = self.on_one_connection(&mut exchange).await;
                self.say(AskedPlace::Facts, Some(&error));
                exchange.reconnects(clock::monotonic());
                tokio::time::sleep(PAUSE).await;
            }
        };
        let all = async { tokio::join!(exchanging, self.clear(), self.ask_versions()) };
        Box::pin(shutdown.run_until_cancelled(all)).await;
    }

    /// Exchanges until something goes wrong, and says what.
    async fn on_one_connection(&self, exchange: &mut Exchange) -> PostgresError {
        let mut postgres = match self.places.connect_for_facts().await {
            Ok(postgres) => postgres.with_limit(self.config.deadline()),
            Err(error) => return error,
        };
        let mut rounds = tokio::time::interval(self.config.round());
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            if let Err(error) = self.round(&mut postgres, exchange).await {
                return error;
            }
        }
    }

    async fn round(
        &self,
        postgres: &mut Postgres,
        exchange: &mut Exchange,
    ) -> Result<(), PostgresError> {
        let name = self.config.replica_name();
        let joined = match exchange.joined {
            Some(joined) => joined,
            None => *exchange.joined.insert(postgres.join(&name).await?),
        };
        self.look_around(postgres, exchange, joined).await?;
        let project = match &*self.projects {
            Projects::One(project) if self.places.facts.is_none() => Some(project.number),
            Projects::One(_) | Projects::Several(_) => None,
        };
        if project.is_some() {
            self.tell_verdicts(postgres).await?;
        }
        loop {
            let now = clock::monotonic();
            if self.config.share_calls {
                exchange.learn(&sharing(&self.projects, joined.seed), now);
            }
            let row = exchange.telling.next_row(now);
            let told = row.as_ref().map_or(0, |(_, facts)| facts.len());
            let request = TellRequest {
                project,
                writer: joined.writer,
                row: row.map(|(number, facts)| (number, encode(facts))),
                heard: exchange.telling.heard(),
            };
            let reply = postgres.exchange(&request).await?;
            self.metrics.cluster.exchanges.inc();
            self.metrics
                .cluster
                .told
                .inc_by(told.try_into().unwrap_or(0));
            let is_full = reply.is_full || exchange.telling.has_waiting();
            self.hear(reply, &mut exchange.telling, joined.seed);
            if !is_full {
                break;
            }
        }
        self.say(AskedPlace::Facts, None);
        self.caught_up.send_replace(true);
        Ok(())
    }

    /// Now and then: says that this server is there, looks who else is, and removes what is too old.
    async fn look_around(
        &self,
        postgres: &mut Postgres,
        exchange: &mut Exchange,
        joined: Joined,
    ) -> Result<(), PostgresError> {
        let now = clock::monotonic();
        if now < exchange.next_beat {
            return Ok(());
        }
        exchange.next_beat = now + BEAT;
        let name = self.config.replica_name();
        let replicas = postgres.beat(joined, &name, exchange.clock_ms).await?;
        let time = clock::now();
        let ahead_ms = time.as_millisecond() - replicas.now_ms;
        exchange.clock_ms = Some(ahead_ms);
        let metrics = &self.metrics.cluster;
        let is_there = |replica: &&ReplicaRow| replica.age_ms < SILENT_MS;
        let there = replicas.rows.iter().filter(is_there).count();
        metrics
            .replicas
            .set(i64::try_from(there).unwrap_or(i64::MAX));
        metrics
            .clock
            .set(SignedDuration::from_millis(ahead_ms).as_secs_f64());
        let shown = replicas.rows.into_iter().map(|row| status_of(row, time));
        self.projects.set_replicas(shown.collect(), Some(ahead_ms));
        let dropped = exchange.telling.take_dropped();
        if dropped > 0 {
            metrics
                .dropped
                .inc_by(dropped.try_into().unwrap_or(u64::MAX));
            tracing::warn!(
                dropped,
                "there is more to tell other servers than there is room for: the rest is told with all that is remembered, later"
            );
        }
        Ok(())
    }

    /// Removes what is too old, on a connection of its own: that may take longer than an exchange.
    async fn clear(&self) {
        let mut rounds = tokio::time::interval(CLEARING);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            let cleared = async {
                let mut postgres = self.places.connect_for_facts().await?;
                postgres.clear_facts(MAX_FACT_BYTES).await?;
                postgres.close().await
            };
            if let Err(error) = cleared.await {
                tracing::debug!(error = chain(&error), "old facts are removed later");
            }
        }
    }

    fn hear(&self, reply: HeardReply, telling: &mut Telling, seed: u64) {
        // After the reply: so nobody is taken to wait for longer than they do.
        let (now, time) = (clock::monotonic(), clock::now());
        if let (Some(newest), Projects::One(project)) = (reply.newest, &*self.projects) {
            hear_version(project, newest, now, &self.config);
        }
        for row in reply.rows {
            telling.hears(row.writer, row.number);
            if !self.config.share_calls {
                continue;
            }
            let age_ms = row.age_ms.max(0).unsigned_abs();
            for (number, facts) in decode(&row.body) {
                let count = facts.len().try_into().unwrap_or(0);
                self.metrics.cluster.heard.inc_by(count);
                let project = self.projects.get(number);
                if let Some(project) = project.filter(|one| one.seen.is_shared_by(seed)) {
                    known::hear(&project, &facts, age_ms, now, time);
                }
            }
        }
    }

    /// Waits for the first exchange, for a while.
    pub async fn has_caught_up(&self) {
        let mut caught_up = self.caught_up.subscribe();
        let waiting = caught_up.wait_for(|is_so| *is_so);
        drop(tokio::time::timeout(self.config.start_patience(), waiting).await);
    }

    pub(super) fn say(&self, asked: AskedPlace, error: Option<&PostgresError>) {
        if error.is_some() {
            self.metrics.cluster.faults.inc();
        }
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let [rules, facts] = &mut *faults;
        let fault = match asked {
            AskedPlace::Rules => rules,
            AskedPlace::Facts => facts,
        };
        *fault = error.map(|error| chain(error));
        let fault = faults.iter().flatten().next().cloned();
        self.projects.set_cluster(&self.name, fault);
    }
}

/// What PostgreSQL was asked for; it may be two.
#[derive(Clone, Copy, Debug)]
pub(super) enum AskedPlace {
    Rules,
    Facts,
}

/// The projects that hash calls as the other servers do.
fn sharing(projects: &Projects, seed: u64) -> Vec<Arc<Project>> {
    let mut sharing = projects.all();
    sharing.retain(|project| project.seen.is_shared_by(seed));
    sharing
}

/// A server as `/status` shows it.
fn status_of(row: ReplicaRow, now: Timestamp) -> ReplicaStatus {
    let age = Duration::from_millis(row.age_ms.max(0).unsigned_abs());
    ReplicaStatus {
        name: row.name,
        writer: row.writer,
        version: row.version,
        heard: now.checked_sub(age).unwrap_or(now),
        clock_ms: row.clock_ms,
    }
}

impl Exchange {
    fn learn(&mut self, projects: &[Arc<Project>], now: Instant) {
        let (mut facts, time) = (Vec::new(), clock::now());
        for project in projects {
            let learned = known::take_to_tell(project, now, time);
            facts.extend(ToldFact::of(project.number, learned));
        }
        self.telling.learn(&facts, now);
        if self.telling.is_due_to_tell_all(now) {
            for project in projects {
                let all = ToldFact::of(project.number, project.seen.all_facts(now));
                self.telling.learn(&all.collect::<Vec<_>>(), now);
            }
        }
    }

    /// On a new connection: PostgreSQL may have lost what was told last, also by servers that are no more. What it has not
    /// lost it may do only now, after rows of the new connection: under another number, so that nobody passes over it.
    fn reconnects(&mut self, now: Instant) {
        if let Some(joined) = self.joined.take() {
            // What this server has told itself is no news to it.
            self.telling.hears(joined.writer, i64::MAX);
        }
        self.telling.reconnected(now);
    }
}
