//! The projects that this server answers for: one, whatever a question names, or several, of which each question names one.
//!
//! ```text
//! question -> gate (which project?) -> Projects -> Project { rules, calls, journal } -> routing::route
//! ```
//!
//! Each of several has all that a server has: rules, memory of calls, journal, and a directory of its own. They share
//! listeners, the connection to PostgreSQL, and what keeps strangers out.

mod keys;
mod kept;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::calls::memory::CallMemory;
use crate::journal::Journal;
use crate::rules::{ClusterStatus, ReplicaStatus, RulesAuthority};
use crate::state::State;
use crate::store::{MirrorVersion, ProjectRow};
use crate::telemetry::Metrics;

pub use kept::{keep_row, kept_rows, put_aside};
pub use keys::ProjectKeys;

/// Its rules, and what is remembered and written down of its calls.
#[derive(Debug)]
pub struct Project {
    /// Its number in PostgreSQL; Stringee's, if there are several.
    pub number: i64,
    /// The rules database: where the rules live in PostgreSQL, a mirror of them.
    pub rules: PathBuf,
    /// Its directory.
    pub state: Arc<State>,
    /// The rules that are served.
    pub live: Arc<RulesAuthority>,
    /// The calls that were asked about before.
    pub seen: Arc<CallMemory>,
    /// Where its decisions are written down, and who took which call.
    pub journal: Arc<Journal>,
    /// What is counted of its rules and its journal.
    pub metrics: Arc<Metrics>,
    /// By what requests prove that they are of it.
    pub keys: ArcSwap<ProjectKeys>,
    /// The version that PostgreSQL holds, as far as is known.
    pub newest: watch::Sender<Option<MirrorVersion>>,
}

/// Those that are served.
#[derive(Debug)]
pub enum Projects {
    /// The only one.
    One(Arc<Project>),
    /// Those that questions name.
    Several(SeveralProjects),
}

/// Projects by number. They come and go while calls are answered.
#[derive(Debug, Default)]
pub struct SeveralProjects {
    map: ArcSwap<ProjectMap>,
    cluster: Mutex<ClusterStatus>,
}

#[derive(Debug, Default)]
struct ProjectMap {
    by_number: BTreeMap<i64, Arc<Project>>,
    /// The hash is another one in each process, so the time that a look takes tells nothing of a secret.
    by_secret: HashMap<String, i64>,
}

impl ProjectMap {
    fn new(by_number: BTreeMap<i64, Arc<Project>>) -> Self {
        let mut by_secret = HashMap::new();
        for project in by_number.values() {
            for secret in &project.keys.load().path_secrets {
                by_secret.insert(secret.expose().to_owned(), project.number);
            }
        }
        Self {
            by_number,
            by_secret,
        }
    }
}

impl Projects {
    /// Several, of which none is known yet.
    pub fn several() -> Self {
        Self::Several(SeveralProjects::default())
    }

    /// All of them, by number.
    pub fn all(&self) -> Vec<Arc<Project>> {
        match self {
            Self::One(project) => vec![Arc::clone(project)],
            Self::Several(several) => several.map.load().by_number.values().cloned().collect(),
        }
    }

    /// The one with this number.
    pub fn get(&self, number: i64) -> Option<Arc<Project>> {
        match self {
            Self::One(project) => (project.number == number).then(|| Arc::clone(project)),
            Self::Several(several) => several.map.load().by_number.get(&number).cloned(),
        }
    }

    /// How the server stands with PostgreSQL. What is well is said every 50 ms.
    pub fn set_cluster(&self, place: &str, fault: Option<String>) {
        match self {
            Self::One(project) => project.live.set_cluster(place, fault),
            Self::Several(several) => {
                several.change_cluster(|cluster| {
                    cluster.hears(place, fault);
                });
            }
        }
    }

    /// Which servers share PostgreSQL, and by how much this one's clock is ahead of it.
    pub fn set_replicas(&self, replicas: Vec<ReplicaStatus>, clock_ms: Option<i64>) {
        match self {
            Self::One(project) => project.live.set_replicas(replicas, clock_ms),
            Self::Several(several) => several.change_cluster(|cluster| {
                cluster.replicas = replicas.into();
                cluster.clock_ms = clock_ms;
            }),
        }
    }

    /// How many calls are remembered.
    pub fn calls(&self) -> usize {
        self.all().iter().map(|project| project.seen.calls()).sum()
    }
}

impl SeveralProjects {
    /// How the server stands with PostgreSQL.
    pub fn cluster(&self) -> ClusterStatus {
        let cluster = self.cluster.lock().unwrap_or_else(PoisonError::into_inner);
        cluster.clone()
    }

    fn change_cluster(&self, change: impl FnOnce(&mut ClusterStatus)) {
        change(&mut self.cluster.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whose secret that is.
    pub fn of_secret(&self, secret: &str) -> Option<i64> {
        self.map.load().by_secret.get(secret).copied()
    }

    /// From now on answers for this project as well. Only one task changes which there are.
    pub fn add(&self, project: Arc<Project>) {
        let mut by_number = self.map.load().by_number.clone();
        by_number.insert(project.number, project);
        self.map.store(Arc::new(ProjectMap::new(by_number)));
    }

    /// From now on does not answer for this project.
    pub fn remove(&self, number: i64) {
        let mut by_number = self.map.load().by_number.clone();
        by_number.remove(&number);
        self.map.store(Arc::new(ProjectMap::new(by_number)));
    }

    /// Takes in what PostgreSQL says of its projects; true where that is something else than before.
    pub fn renew(&self, row: &ProjectRow) -> bool {
        let map = self.map.load();
        let Some(project) = map.by_number.get(&row.number) else {
            return false;
        };
        if project.keys.load().is_of(row) {
            return false;
        }
        project.keys.store(Arc::new(ProjectKeys::new(row)));
        self.map
            .store(Arc::new(ProjectMap::new(map.by_number.clone())));
        true
    }
}
