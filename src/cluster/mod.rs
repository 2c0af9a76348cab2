//! Several servers on one PostgreSQL: what they have in common is asked for every 50 ms, and calls wait for none of it.
//!
//! ```text
//! any tool --SQL--> PostgreSQL --Exchange: the version--> Follower --> state/mirror.db --> rules::Watcher
//! calls, events --> calls::memory --Exchange: a row of facts--> PostgreSQL --Exchange--> calls::memory of the others
//! ```
//!
//! Without `database.url` nothing here runs.

mod exchange;
mod follower;
mod forwarder;
mod known;
mod telling;
mod verdicts;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::config::{ClusterConfig, Config};
use crate::rules::RulesAuthority;
use crate::state::State;
use crate::store::{MirrorVersion, PostgresError, PostgresPlace};
use crate::telemetry::Metrics;

pub use known::KnownCalls;

/// What this server has to do with the others.
#[derive(Debug)]
pub struct Cluster {
    place: PostgresPlace,
    /// Where servers tell each other of calls, if that is elsewhere.
    facts_place: Option<PostgresPlace>,
    /// Why the one of the rules, and the other, do not answer.
    faults: Mutex<[Option<String>; 2]>,
    /// The place without its password, as people see it.
    name: String,
    project: i64,
    mirror: PathBuf,
    config: ClusterConfig,
    live: Arc<RulesAuthority>,
    state: Arc<State>,
    metrics: Arc<Metrics>,
    /// The version that PostgreSQL holds, as the exchange has heard it last.
    newest: watch::Sender<Option<MirrorVersion>>,
    /// Whether all that others had told before has been heard.
    caught_up: watch::Sender<bool>,
}

impl Cluster {
    /// What the configuration says of other servers; `None` without `database.url`.
    ///
    /// # Errors
    /// The address cannot be understood.
    pub fn new(
        config: &Config,
        live: &Arc<RulesAuthority>,
        state: &Arc<State>,
        metrics: &Arc<Metrics>,
    ) -> Result<Option<Arc<Self>>, PostgresError> {
        let Some(url) = &config.database.url else {
            return Ok(None);
        };
        live.share_verdicts();
        let place: PostgresPlace = url.expose().parse()?;
        let facts_place = match &config.cluster.url {
            Some(url) => Some(url.expose().parse()?),
            None => None,
        };
        Ok(Some(Arc::new(Self {
            name: match &facts_place {
                Some(facts) => format!("{place:?}, and {facts:?}"),
                None => format!("{place:?}"),
            },
            place,
            facts_place,
            faults: Mutex::default(),
            project: config.database.project,
            mirror: config.database.rules.clone(),
            config: config.cluster.clone(),
            live: Arc::clone(live),
            state: Arc::clone(state),
            metrics: Arc::clone(metrics),
            newest: watch::Sender::new(None),
            caught_up: watch::Sender::new(false),
        })))
    }
}
