//! One project of a running server: what it is made of, and what runs for it.

use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::answer;
use crate::calls::activity::Ledger;
use crate::calls::memory::{self, CALLS_FILE, CallMemory, Learned};
use crate::cluster::Cluster;
use crate::config::{Config, DatabaseConfig};
use crate::journal::{self, Journal};
use crate::projects::{Project, ProjectKeys};
use crate::rules::{self, Keeper, RulesAuthority, Watcher};
use crate::state::{BACKUP_DIRECTORY, BackupsKept, State};
use crate::store::Joined;
use crate::telemetry::Metrics;

/// What all projects of a process have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewProject {
    /// As whom the other servers were joined, if PostgreSQL has answered.
    pub(super) joined: Option<Joined>,
    pub(super) waiting_speed: u32,
}

impl NewProject {
    /// A project with what it remembers of calls, and without rules yet. It has its part of the room for calls.
    pub(super) async fn make(
        self,
        config: &Config,
        number: i64,
        metrics: Arc<Metrics>,
        parts: usize,
    ) -> Project {
        let database = &config.database;
        let state = State::new(database.state.clone(), backups_kept(database));
        let live = Arc::new(RulesAuthority::new(Arc::clone(&metrics), database.hold()));
        let seen = call_memory(config, self.joined, parts).await;
        let seen = Arc::new(seen.sped_up(self.waiting_speed));
        let mut ledger = Ledger::new(&config.journal).in_part(parts);
        if database.url.is_some() {
            live.share_verdicts();
        }
        if is_shared(config) {
            ledger = ledger.shared(seen.seed());
            live.share_calls();
        }
        let journal = Journal::new(
            &config.journal,
            database.state.join(journal::FILE),
            Arc::clone(&seen),
            Arc::new(ledger),
            Arc::clone(&live),
            Arc::clone(&metrics),
        );
        if database.url.is_some() && config.journal.enabled {
            journal.share().await;
        }
        Project {
            number,
            rules: database.rules.clone(),
            state: Arc::new(state),
            live,
            seen,
            journal: Arc::new(journal),
            metrics,
            keys: ArcSwap::from_pointee(ProjectKeys::default()),
            newest: watch::Sender::new(None),
        }
    }
}

/// A task, by its name.
type ProjectPart = (&'static str, Pin<Box<dyn Future<Output = ()> + Send>>);

/// What runs for a project as long as it is served.
pub(super) fn parts(
    config: &Config,
    project: &Arc<Project>,
    cluster: Option<&Arc<Cluster>>,
    is_one_of_several: bool,
    ending: &CancellationToken,
) -> Vec<ProjectPart> {
    let (database, live) = (&config.database, &project.live);
    let watcher = Watcher::new(project.rules.clone(), database.rule_tests, Arc::clone(live))
        .saving(Arc::clone(&project.state))
        .reading(database)
        .for_edits(config.console.enabled)
        .resting(is_one_of_several);
    let keeper = Keeper::new(
        Arc::clone(&project.state),
        project.rules.clone(),
        Arc::clone(live),
    )
    .in_language(config.language);
    let mut parts: Vec<ProjectPart> = vec![
        ("watcher", Box::pin(watcher.run(ending.clone()))),
        ("keeper", Box::pin(keeper.run(ending.clone()))),
        (
            "journal",
            Box::pin(Arc::clone(&project.journal).run(ending.clone())),
        ),
    ];
    if let Some(cluster) = cluster {
        let follow = Arc::clone(cluster).follow(Arc::clone(project), ending.clone());
        parts.push(("follower", Box::pin(follow)));
        let (restoring, ending) = (
            Arc::clone(cluster).restore(Arc::clone(project)),
            ending.clone(),
        );
        let restore = async move {
            ending.run_until_cancelled(restoring).await;
            ending.cancelled().await;
        };
        parts.push(("restore", Box::pin(restore)));
    }
    parts
}

/// Brings the tables up to date, once there is something to answer from.
pub(super) fn upgrade(
    config: &Config,
    project: &Project,
    ending: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    let copies = config.database.state.join(BACKUP_DIRECTORY);
    rules::upgrade(
        project.rules.clone(),
        copies,
        Arc::clone(&project.live),
        ending,
    )
}

const fn is_shared(config: &Config) -> bool {
    config.database.url.is_some() && config.cluster.share_calls
}

/// What is remembered of the calls that waited when the server was last stopped, or killed.
async fn call_memory(config: &Config, joined: Option<Joined>, parts: usize) -> CallMemory {
    let is_shared = is_shared(config);
    let learned = learned_calls(&config.database).await.unwrap_or_default();
    let mut memory = CallMemory::new(clock::monotonic()).in_part(parts);
    // Without PostgreSQL the file has the seed of the other servers, if this one has ever met them.
    let seed = match joined {
        Some(joined) => joined.seed,
        None => learned.seed,
    };
    if is_shared {
        memory = memory.shared(seed, drawer(joined));
    }
    if learned.rows.is_empty() || is_shared && learned.seed != seed {
        return memory;
    }
    memory.with_past(&learned, clock::now())
}

/// As whom this start draws tickets: by the number that PostgreSQL gave it, else by one that no other start has.
fn drawer(joined: Option<Joined>) -> u64 {
    const NUMBERED: u64 = 1 << 63;
    match joined {
        Some(joined) => joined.writer.unsigned_abs(),
        None => RandomState::new().hash_one("drawer") | NUMBERED,
    }
}

async fn learned_calls(config: &DatabaseConfig) -> Option<Learned> {
    let path = config.state.join(CALLS_FILE);
    let shown = path.display().to_string();
    let learned = match answer(move || memory::read_file(&path)).await {
        Some(Ok(None)) => return None,
        Some(Ok(Some(learned))) => learned,
        Some(Err(error)) => {
            tracing::warn!(%error, "calls that wait now begin to wait anew");
            return None;
        }
        None => {
            tracing::warn!(
                path = shown,
                "the disk is silent: calls that wait now begin to wait anew"
            );
            return None;
        }
    };
    if let Some(byte) = learned.damaged_at {
        let mut calls = 0;
        for (_, of_row) in &learned.rows {
            calls += of_row.len();
        }
        tracing::warn!(
            path = shown,
            byte,
            calls,
            "the file of calls is damaged or cut: it is read up to that byte, and later calls begin to wait anew"
        );
    }
    Some(learned)
}

const fn backups_kept(config: &DatabaseConfig) -> BackupsKept {
    BackupsKept {
        newest: config.backups_kept,
        days: config.backups_days,
        weeks: config.backups_weeks,
        bytes: config.backups_max_bytes,
    }
}
