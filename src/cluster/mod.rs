//! Several servers on one PostgreSQL: what they have in common is asked for every 50 ms, and calls wait for none of it.
//!
//! ```text
//! any tool --SQL--> PostgreSQL --Exchange: the version--> Follower --> state/mirror.db --> rules::Watcher
//! calls, events --> calls::memory --Exchange: a row of facts--> PostgreSQL --Exchange--> calls::memory of the others
//! ```
//!
//! Without `database.url` nothing here runs. A server with several projects has one exchange for all of them, and a
//! connection of its own that asks which projects and versions there are.

mod exchange;
mod follower;
mod forwarder;
mod known;
mod telling;
mod verdicts;
mod versions;

use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, watch};

use crate::config::{ClusterConfig, Config, ServedProjects};
use crate::projects::Projects;
use crate::store::{Postgres, PostgresError, PostgresPlace, ProjectRow};
use crate::telemetry::Metrics;

/// How many of several projects are brought up to date at a time, each with a connection; and of how many all is read
/// beside that, which nobody waits for.
const FOLLOWED_AT_ONCE: usize = 8;
const READ_AT_ONCE: usize = 2;

/// Where the other servers are met.
#[derive(Clone, Debug)]
pub struct ClusterPlaces {
    rules: PostgresPlace,
    /// Where servers tell each other of calls, if that is elsewhere.
    facts: Option<PostgresPlace>,
    config: ClusterConfig,
}

/// What this server has to do with the others.
#[derive(Debug)]
pub struct Cluster {
    places: ClusterPlaces,
    /// Why the place of the rules, and the other, do not answer.
    faults: Mutex<[Option<String>; 2]>,
    /// The places without their passwords, as people see them.
    name: String,
    config: ClusterConfig,
    serves: ServedProjects,
    projects: Arc<Projects>,
    metrics: Arc<Metrics>,
    /// Whether all that others had told before has been heard.
    caught_up: watch::Sender<bool>,
    /// The projects that are to be served, if there are several; `None`: PostgreSQL has not answered yet.
    wanted: watch::Sender<Option<Arc<[ProjectRow]>>>,
    following: Semaphore,
    reading: Semaphore,
}

impl ClusterPlaces {
    /// What the configuration says; `None` without `database.url`.
    ///
    /// # Errors
    /// The address cannot be understood.
    pub fn new(config: &Config) -> Result<Option<Self>, PostgresError> {
        let Some(url) = &config.database.url else {
            return Ok(None);
        };
        let facts = match &config.cluster.url {
            Some(url) => Some(url.expose().parse()?),
            None => None,
        };
        Ok(Some(Self {
            rules: url.expose().parse()?,
            facts,
            config: config.cluster.clone(),
        }))
    }

    /// A connection to the database with the rules.
    async fn connect(&self) -> Result<Postgres, PostgresError> {
        connect_to(&self.rules).await
    }

    /// The same to the one through which servers tell each other.
    async fn connect_for_facts(&self) -> Result<Postgres, PostgresError> {
        connect_to(self.facts.as_ref().unwrap_or(&self.rules)).await
    }
}

async fn connect_to(place: &PostgresPlace) -> Result<Postgres, PostgresError> {
    let mut postgres = Postgres::connect(place).await?;
    postgres.must_be_ours().await?;
    Ok(postgres)
}

impl Cluster {
    /// What these projects have to do with the other servers.
    pub fn new(
        places: ClusterPlaces,
        serves: ServedProjects,
        projects: Arc<Projects>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let rules = &places.rules;
        Self {
            name: match &places.facts {
                Some(facts) => format!("{rules:?}, and {facts:?}"),
                None => format!("{rules:?}"),
            },
            config: places.config.clone(),
            places,
            faults: Mutex::default(),
            serves,
            projects,
            metrics,
            caught_up: watch::Sender::new(false),
            wanted: watch::Sender::new(None),
            following: Semaphore::new(FOLLOWED_AT_ONCE),
            reading: Semaphore::new(READ_AT_ONCE),
        }
    }

    /// The projects that are to be served, if there are several.
    pub fn wanted(&self) -> watch::Receiver<Option<Arc<[ProjectRow]>>> {
        self.wanted.subscribe()
    }

    async fn connect(&self) -> Result<Postgres, PostgresError> {
        self.places.connect().await
    }
}
