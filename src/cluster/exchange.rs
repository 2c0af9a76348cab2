//! The exchange: one request every 50 ms.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Cluster;
use super::telling::Telling;
use crate::calls::memory::{CallMemory, decode, encode};
use crate::clock;
use crate::rules::ClusterStatus;
use crate::store::{HeardReply, Joined, Postgres, PostgresError, TellRequest};
use crate::telemetry::chain;

/// How long it is waited after an attempt to connect that failed.
const PAUSE: Duration = Duration::from_millis(200);

/// From one sign of life to the next.
const BEAT: Duration = Duration::from_secs(5);

/// All calls that are remembered are told again so often: the log keeps an hour, and a call may wait for longer.
const ALL_AGAIN: Duration = Duration::from_mins(20);

/// The same after a new connection, at most.
const ALL_AGAIN_AT_MOST: Duration = Duration::from_secs(10);

/// What is kept from one connection to the next.
struct Exchange {
    telling: Telling,
    joined: Option<Joined>,
    next_beat: Instant,
    last_all: Instant,
    /// Whether the others may lack what this server has heard of them, or told them long ago.
    is_doubtful: bool,
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
        let mut postgres = self.connect().await?;
        let joined = postgres.join(&self.config.replica_name()).await?;
        postgres.close().await?;
        Ok(joined)
    }

    /// Exchanges until the process is to end.
    pub async fn exchange(
        self: Arc<Self>,
        joined: Option<Joined>,
        seen: Arc<CallMemory>,
        shutdown: CancellationToken,
    ) {
        let now = clock::monotonic();
        let mut exchange = Exchange {
            telling: Telling::default(),
            joined,
            next_beat: now + BEAT,
            last_all: now,
            is_doubtful: true,
        };
        let exchanging = async {
            loop {
                let error = self.on_one_connection(&mut exchange, &seen).await;
                self.say(Some(&error));
                exchange.reconnects(clock::monotonic());
                tokio::time::sleep(PAUSE).await;
            }
        };
        shutdown.run_until_cancelled(exchanging).await;
    }

    /// Exchanges until something goes wrong, and says what.
    async fn on_one_connection(&self, exchange: &mut Exchange, seen: &CallMemory) -> PostgresError {
        let mut postgres = match self.connect().await {
            Ok(postgres) => postgres.with_limit(self.config.deadline()),
            Err(error) => return error,
        };
        let mut rounds = tokio::time::interval(self.config.round());
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            if let Err(error) = self.round(&mut postgres, exchange, seen).await {
                return error;
            }
        }
    }

    async fn round(
        &self,
        postgres: &mut Postgres,
        exchange: &mut Exchange,
        seen: &CallMemory,
    ) -> Result<(), PostgresError> {
        let name = self.config.replica_name();
        let joined = match exchange.joined {
            Some(joined) => joined,
            None => *exchange.joined.insert(postgres.join(&name).await?),
        };
        let shares = self.config.share_calls && seen.is_shared_by(joined.seed);
        if clock::monotonic() >= exchange.next_beat {
            postgres.beat(joined, &name).await?;
            exchange.next_beat = clock::monotonic() + BEAT;
            let dropped = exchange.telling.take_dropped();
            if dropped > 0 {
                tracing::warn!(
                    dropped,
                    "too many calls to tell other servers of each: they wait there from their first ask"
                );
            }
        }
        loop {
            let now = clock::monotonic();
            exchange.learn(seen, now);
            let row = exchange.telling.next_row(now).filter(|_| shares);
            let request = TellRequest {
                project: self.project,
                writer: joined.writer,
                row: row.map(|(number, facts)| (number, encode(&facts))),
                heard: exchange.telling.heard(),
            };
            let reply = postgres.exchange(&request).await?;
            let is_full = reply.is_full || exchange.telling.has_waiting();
            self.hear(reply, &mut exchange.telling, seen, shares);
            if !is_full {
                break;
            }
        }
        self.say(None);
        self.caught_up.send_replace(true);
        Ok(())
    }

    fn hear(&self, reply: HeardReply, telling: &mut Telling, seen: &CallMemory, shares: bool) {
        // After the reply: so nobody is taken to wait for longer than they do.
        let now = clock::monotonic();
        for row in reply.rows {
            telling.hears(row.writer, row.number);
            if shares {
                seen.hear(&decode(&row.body), row.age_ms.max(0).unsigned_abs(), now);
            }
        }
        self.newest.send_if_modified(|newest| {
            let is_new = newest.as_ref() != Some(&reply.version);
            *newest = Some(reply.version);
            is_new
        });
    }

    /// Waits for the first exchange, for a while.
    pub async fn has_caught_up(&self) {
        let mut caught_up = self.caught_up.subscribe();
        let waiting = caught_up.wait_for(|is_so| *is_so);
        drop(tokio::time::timeout(self.config.start_patience(), waiting).await);
    }

    /// A connection to a database with this program's tables.
    pub(super) async fn connect(&self) -> Result<Postgres, PostgresError> {
        let mut postgres = Postgres::connect(&self.place).await?;
        postgres.must_be_ours().await?;
        Ok(postgres)
    }

    fn say(&self, error: Option<&PostgresError>) {
        self.live.set_cluster(ClusterStatus {
            place: format!("{:?}", self.place),
            heard: error.is_none().then(clock::now),
            fault: error.map(|error| chain(error)),
        });
    }
}

impl Exchange {
    fn learn(&mut self, seen: &CallMemory, now: Instant) {
        self.telling.learn(&seen.take_to_tell(now), now);
        let since = now.saturating_duration_since(self.last_all);
        if since >= ALL_AGAIN || self.is_doubtful && since >= ALL_AGAIN_AT_MOST {
            (self.last_all, self.is_doubtful) = (now, false);
            self.telling.learn(&seen.all_waiting(now), now);
        }
    }

    /// On a new connection: PostgreSQL may have lost what was told last, also by servers that are no more. What it has not
    /// lost it may do only now, after rows of the new connection: under another number, so that nobody passes over it.
    fn reconnects(&mut self, now: Instant) {
        self.joined = None;
        self.telling.reconnected(now);
        self.is_doubtful = true;
    }
}
