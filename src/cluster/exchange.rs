//! The exchange: one request every 50 ms.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Cluster;
use crate::clock;
use crate::rules::ClusterStatus;
use crate::store::{Postgres, PostgresError};
use crate::telemetry::chain;

/// How long it is waited after an attempt to connect that failed.
const PAUSE: Duration = Duration::from_millis(200);

impl Cluster {
    /// Exchanges until the process is to end.
    pub async fn exchange(self: Arc<Self>, shutdown: CancellationToken) {
        let exchanging = async {
            loop {
                let error = self.exchange_on_one_connection().await;
                self.say(Some(&error));
                tokio::time::sleep(PAUSE).await;
            }
        };
        shutdown.run_until_cancelled(exchanging).await;
    }

    /// Exchanges until something goes wrong, and says what.
    async fn exchange_on_one_connection(&self) -> PostgresError {
        let mut postgres = match self.connect().await {
            Ok(postgres) => postgres.with_limit(self.config.deadline()),
            Err(error) => return error,
        };
        let mut rounds = tokio::time::interval(self.config.round());
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            match postgres.mirrored_version(self.project).await {
                Ok(version) => {
                    self.say(None);
                    self.newest.send_if_modified(|newest| {
                        let is_new = newest.as_ref() != Some(&version);
                        *newest = Some(version);
                        is_new
                    });
                }
                Err(error) => return error,
            }
        }
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
