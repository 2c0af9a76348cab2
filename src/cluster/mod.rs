//! Several servers on one PostgreSQL: what they have in common is asked for every 50 ms, and calls wait for none of it.
//!
//! ```text
//! any tool --SQL--> PostgreSQL --Exchange: the version--> Follower --> state/mirror.db --> rules::Watcher
//! a new call --> calls::memory --Exchange: a row of facts--> PostgreSQL --Exchange--> calls::memory of the others
//! ```
//!
//! Without `database.url` nothing here runs.

mod exchange;
mod follower;
mod telling;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use crate::config::{ClusterConfig, Config};
use crate::rules::RulesAuthority;
use crate::state::State;
use crate::store::{MirrorVersion, PostgresError, PostgresPlace};

/// What this server has to do with the others.
#[derive(Debug)]
pub struct Cluster {
    place: PostgresPlace,
    project: i64,
    mirror: PathBuf,
    config: ClusterConfig,
    live: Arc<RulesAuthority>,
    state: Arc<State>,
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
    ) -> Result<Option<Arc<Self>>, PostgresError> {
        let Some(url) = &config.database.url else {
            return Ok(None);
        };
        Ok(Some(Arc::new(Self {
            place: url.expose().parse()?,
            project: config.database.project,
            mirror: config.database.rules.clone(),
            config: config.cluster.clone(),
            live: Arc::clone(live),
            state: Arc::clone(state),
            newest: watch::Sender::new(None),
            caught_up: watch::Sender::new(false),
        })))
    }
}
