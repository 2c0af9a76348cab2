//! The exchange: one request every 50 ms.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::telling::Telling;
use super::{Cluster, KnownCalls};
use crate::facts::{decode, encode};
use crate::rules::ReplicaStatus;
use crate::store::{
    HeardReply, Joined, NewestVersion, Postgres, PostgresError, PostgresPlace, ReplicaRow,
    TellRequest,
};
use crate::telemetry::chain;

/// How long it is waited after an attempt to connect that failed.
const PAUSE: Duration = Duration::from_millis(200);

/// From one sign of life to the next.
const BEAT: Duration = Duration::from_secs(5);

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

impl Cluster {
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

    /// Exchanges until the process is to end.
    pub async fn exchange(
        self: Arc<Self>,
        joined: Option<Joined>,
        known: KnownCalls,
        shutdown: CancellationToken,
    ) {
        let now = clock::monotonic();
        let mut exchange = Exchange {
            telling: Telling::default(),
            joined,
            next_beat: now,
            clock_ms: None,
        };
        let exchanging = async {
            loop {
                let error = self.on_one_connection(&mut exchange, &known).await;
                self.say(AskedPlace::Facts, Some(&error));
                exchange.reconnects(clock::monotonic());
                tokio::time::sleep(PAUSE).await;
            }
        };
        let all = async { tokio::join!(exchanging, self.clear(), self.ask_versions()) };
        Box::pin(shutdown.run_until_cancelled(all)).await;
    }

    /// Where servers tell each other elsewhere, asks for the version of the rules, else the exchange does.
    async fn ask_versions(&self) {
        if self.facts_place.is_none() {
            return;
        }
        loop {
            let asking = async {
                let mut postgres = self.connect().await?.with_limit(self.config.deadline());
                let mut rounds = tokio::time::interval(self.config.round());
                rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                loop {
                    rounds.tick().await;
                    self.tell_verdicts(&mut postgres).await?;
                    let newest = postgres.newest_version(self.project).await?;
                    self.say(AskedPlace::Rules, None);
                    self.hear_version(newest, clock::monotonic());
                }
            };
            let asked: Result<(), PostgresError> = asking.await;
            if let Err(error) = asked {
                self.say(AskedPlace::Rules, Some(&error));
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Exchanges until something goes wrong, and says what.
    async fn on_one_connection(
        &self,
        exchange: &mut Exchange,
        known: &KnownCalls,
    ) -> PostgresError {
        let mut postgres = match self.connect_for_facts().await {
            Ok(postgres) => postgres.with_limit(self.config.deadline()),
            Err(error) => return error,
        };
        let mut rounds = tokio::time::interval(self.config.round());
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            if let Err(error) = self.round(&mut postgres, exchange, known).await {
                return error;
            }
        }
    }

    async fn round(
        &self,
        postgres: &mut Postgres,
        exchange: &mut Exchange,
        known: &KnownCalls,
    ) -> Result<(), PostgresError> {
        let name = self.config.replica_name();
        let joined = match exchange.joined {
            Some(joined) => joined,
            None => *exchange.joined.insert(postgres.join(&name).await?),
        };
        let shares = self.config.share_calls && known.seen.is_shared_by(joined.seed);
        self.look_around(postgres, exchange, joined).await?;
        let project = self.facts_place.is_none().then_some(self.project);
        if project.is_some() {
            self.tell_verdicts(postgres).await?;
        }
        loop {
            let now = clock::monotonic();
            exchange.learn(known, now);
            let row = exchange.telling.next_row(now).filter(|_| shares);
            let told = row.as_ref().map_or(0, |(_, facts)| facts.len());
            let request = TellRequest {
                project,
                writer: joined.writer,
                row: row.map(|(number, facts)| (number, encode(&facts))),
                heard: exchange.telling.heard(),
            };
            let reply = postgres.exchange(&request).await?;
            self.metrics.cluster.exchanges.inc();
            self.metrics
                .cluster
                .told
                .inc_by(told.try_into().unwrap_or(0));
            let is_full = reply.is_full || exchange.telling.has_waiting();
            self.hear(reply, &mut exchange.telling, shares.then_some(known));
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
        self.live.set_replicas(shown.collect(), Some(ahead_ms));
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
                let mut postgres = self.connect_for_facts().await?;
                postgres.clear_facts(MAX_FACT_BYTES).await?;
                postgres.close().await
            };
            if let Err(error) = cleared.await {
                tracing::debug!(error = chain(&error), "old facts are removed later");
            }
        }
    }

    fn hear(&self, reply: HeardReply, telling: &mut Telling, known: Option<&KnownCalls>) {
        // After the reply: so nobody is taken to wait for longer than they do.
        let (now, time) = (clock::monotonic(), clock::now());
        if let Some(newest) = reply.newest {
            self.hear_version(newest, now);
        }
        for row in reply.rows {
            telling.hears(row.writer, row.number);
            if let Some(known) = known {
                let age_ms = row.age_ms.max(0).unsigned_abs();
                let facts = decode(&row.body);
                self.metrics
                    .cluster
                    .heard
                    .inc_by(facts.len().try_into().unwrap_or(0));
                known.hear(&facts, age_ms, now, time);
            }
        }
    }

    /// Waits for the first exchange, for a while.
    pub async fn has_caught_up(&self) {
        let mut caught_up = self.caught_up.subscribe();
        let waiting = caught_up.wait_for(|is_so| *is_so);
        drop(tokio::time::timeout(self.config.start_patience(), waiting).await);
    }

    /// Takes in which version of the rules is the newest.
    fn hear_version(&self, heard: NewestVersion, now: Instant) {
        self.hear_verdict(&heard, now);
        self.newest.send_if_modified(|newest| {
            let is_new = newest.as_ref() != Some(&heard.version);
            *newest = Some(heard.version);
            is_new
        });
    }

    /// A connection to the database with the rules.
    pub(super) async fn connect(&self) -> Result<Postgres, PostgresError> {
        connect_to(&self.place).await
    }

    /// The same to the one through which servers tell each other.
    async fn connect_for_facts(&self) -> Result<Postgres, PostgresError> {
        connect_to(self.facts_place.as_ref().unwrap_or(&self.place)).await
    }

    fn say(&self, asked: AskedPlace, error: Option<&PostgresError>) {
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
        self.live.set_cluster(&self.name, fault);
    }
}

/// What PostgreSQL was asked for; it may be two.
#[derive(Clone, Copy, Debug)]
enum AskedPlace {
    Rules,
    Facts,
}

async fn connect_to(place: &PostgresPlace) -> Result<Postgres, PostgresError> {
    let mut postgres = Postgres::connect(place).await?;
    postgres.must_be_ours().await?;
    Ok(postgres)
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
    fn learn(&mut self, known: &KnownCalls, now: Instant) {
        self.telling
            .learn(&known.take_to_tell(now, clock::now()), now);
        if self.telling.is_due_to_tell_all(now) {
            self.telling.learn(&known.seen.all_facts(now), now);
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
