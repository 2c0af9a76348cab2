//! Several projects of a running server: each is started when PostgreSQL first names it, and let go when it names it no
//! more. What runs for one of them and fails is started again, and keeps no other from running.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::QUESTIONS_WAIT;
use super::project::{NewProject, parts, upgrade};
use crate::background;
use crate::cluster::Cluster;
use crate::config::{Config, PROJECTS_DIRECTORY};
use crate::projects::{
    Project, ProjectKeys, Projects, SeveralProjects, keep_row, kept_rows, put_aside,
};
use crate::store::ProjectRow;
use crate::telemetry::{Metrics, chain};

/// Into so many parts the room for calls is divided that a server of one project has: 84,000 calls in 5 MB for each.
const PARTS: usize = 16;

/// How many projects are started at a time.
const STARTED_AT_ONCE: usize = 8;

/// How often it is looked whether a project that has gone is to be let go, and how long it is waited before what has
/// failed is started again.
const LOOK: Duration = Duration::from_secs(1);

/// How long the tasks of a project may take to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The projects that run.
pub(super) struct SeveralRunning {
    config: Config,
    projects: Arc<Projects>,
    cluster: Arc<Cluster>,
    new: NewProject,
    running: BTreeMap<i64, RunningProject>,
    /// Numbers of projects whose tasks have ended by themselves.
    ended: (mpsc::UnboundedSender<i64>, mpsc::UnboundedReceiver<i64>),
}

/// What runs for one of them.
struct RunningProject {
    project: Arc<Project>,
    row: ProjectRow,
    tracker: TaskTracker,
    ending: CancellationToken,
    /// Since when PostgreSQL has not named it.
    gone_since: Option<Instant>,
}

/// Says so when a task ends that was not told to, however it does.
struct EndNotice {
    number: i64,
    ending: CancellationToken,
    ended: mpsc::UnboundedSender<i64>,
}

impl Drop for EndNotice {
    fn drop(&mut self) {
        if !self.ending.is_cancelled() {
            // An error means that the process ends.
            let _is_heard = self.ended.send(self.number).is_ok();
        }
    }
}

impl SeveralRunning {
    pub(super) fn new(
        config: &Config,
        projects: Arc<Projects>,
        cluster: Arc<Cluster>,
        new: NewProject,
    ) -> Self {
        Self {
            config: config.clone(),
            projects,
            cluster,
            new,
            running: BTreeMap::new(),
            ended: mpsc::unbounded_channel(),
        }
    }

    /// Runs until the process is to end. Says when those that were there at the start are answered for.
    pub(super) async fn run(mut self, started: oneshot::Sender<()>, shutdown: CancellationToken) {
        let running = async {
            let rows = self.first().await;
            self.reconcile(&rows).await;
            // An error means that nobody waits.
            let _is_heard = started.send(()).is_ok();
            let mut wanted = self.cluster.wanted();
            let mut looks = tokio::time::interval(LOOK);
            loop {
                tokio::select! {
                    Ok(()) = wanted.changed() => {}
                    _ = looks.tick() => {}
                    Some(number) = self.ended.1.recv() => self.start_again(number).await,
                }
                let rows = wanted.borrow_and_update().clone();
                if let Some(rows) = rows {
                    self.reconcile(&rows).await;
                }
            }
        };
        shutdown.run_until_cancelled(running).await;
        let ending = std::mem::take(&mut self.running).into_values();
        futures_util::future::join_all(ending.map(RunningProject::end)).await;
    }

    /// The projects as PostgreSQL names them; without it those that were there before.
    async fn first(&self) -> Arc<[ProjectRow]> {
        let mut wanted = self.cluster.wanted();
        let named = wanted.wait_for(Option::is_some);
        let patience = self.config.cluster.start_patience();
        if let Ok(Ok(named)) = tokio::time::timeout(patience, named).await
            && let Some(rows) = &*named
        {
            return Arc::clone(rows);
        }
        let directory = self.config.database.state.join(PROJECTS_DIRECTORY);
        let kept = background::run("kept", move || kept_rows(&directory)).await;
        let mut rows = match kept {
            Ok(Ok(rows)) => rows,
            Ok(Err(error)) => {
                tracing::error!(%error, "nobody knows which projects there were");
                Vec::new()
            }
            Err(error) => {
                tracing::error!(%error, "nobody knows which projects there were");
                Vec::new()
            }
        };
        rows.retain(|row| self.config.database.project.has(row.number));
        tracing::warn!(
            projects = rows.len(),
            "PostgreSQL has not answered: the projects are those that were there before"
        );
        rows.into()
    }

    /// Starts what is new, lets go what has gone for as long as a version is held, and takes over keys.
    async fn reconcile(&mut self, rows: &[ProjectRow]) {
        let Projects::Several(several) = &*Arc::clone(&self.projects) else {
            return;
        };
        let now = clock::monotonic();
        let mut gone = Vec::new();
        for running in self.running.values_mut() {
            let row = rows.iter().find(|row| row.number == running.project.number);
            match row {
                Some(row) => {
                    running.gone_since = None;
                    if *row != running.row {
                        running.take(row, several);
                    }
                }
                // Where no project is there at all, it is PostgreSQL that has gone wrong.
                None if rows.is_empty() => running.gone_since = None,
                None => {
                    let since = *running.gone_since.get_or_insert(now);
                    if now.saturating_duration_since(since) >= self.config.database.hold() {
                        gone.push(running.project.number);
                    }
                }
            }
        }
        for number in gone {
            if let Some(running) = self.running.remove(&number) {
                several.remove(number);
                forget(running).await;
            }
        }
        let mut new = Vec::new();
        for row in rows {
            if !self.running.contains_key(&row.number) {
                new.push(row.clone());
            }
        }
        let this = &*self;
        let started: Vec<RunningProject> = futures_util::stream::iter(new)
            .map(|row| this.start(row, several))
            .buffer_unordered(STARTED_AT_ONCE)
            .collect()
            .await;
        for running in started {
            self.running.insert(running.project.number, running);
        }
    }

    /// Starts a project, and from then on answers for it.
    async fn start(&self, row: ProjectRow, several: &SeveralProjects) -> RunningProject {
        let (number, metrics) = (row.number, Arc::new(Metrics::new()));
        let config = self.config.for_project(number);
        let project = self.new.make(&config, number, metrics, PARTS).await;
        project.keys.store(Arc::new(ProjectKeys::new(&row)));
        keep(&project, &row);
        project
            .live
            .serve_newest_copy(&project.state, config.database.rule_tests)
            .await;
        self.cluster.follow_first(&project).await;
        let mut running = RunningProject {
            project: Arc::new(project),
            row,
            tracker: TaskTracker::new(),
            ending: CancellationToken::new(),
            gone_since: None,
        };
        self.run_parts(&mut running);
        running.project.live.is_started(QUESTIONS_WAIT).await;
        several.add(Arc::clone(&running.project));
        tracing::info!(
            project = number,
            name = running.row.name,
            "answers for a project"
        );
        running
    }

    fn run_parts(&self, running: &mut RunningProject) {
        running.tracker = TaskTracker::new();
        running.ending = CancellationToken::new();
        let (project, ending) = (&running.project, &running.ending);
        let config = self.config.for_project(project.number);
        let mut all = parts(&config, project, Some(&self.cluster), true, ending);
        let upgrading = upgrade(&config, project, ending.clone());
        all.push(("upgrade", Box::pin(upgrading)));
        for (_, part) in all {
            let notice = EndNotice {
                number: project.number,
                ending: ending.clone(),
                ended: self.ended.0.clone(),
            };
            running.tracker.spawn(async move {
                // Moved in, so that it is dropped however the task ends.
                let _notice = notice;
                part.await;
            });
        }
        running.tracker.close();
    }

    /// A task of a project has ended by itself: all of its tasks begin anew.
    async fn start_again(&mut self, number: i64) {
        let Some(mut running) = self.running.remove(&number) else {
            return;
        };
        // Its other tasks may have said so as well.
        if !running.ending.is_cancelled() {
            tracing::error!(
                project = number,
                "a task of a project has failed: the project's tasks begin anew, its calls are answered meanwhile"
            );
            running.stop().await;
            tokio::time::sleep(LOOK).await;
            self.run_parts(&mut running);
        }
        self.running.insert(number, running);
    }
}

impl RunningProject {
    /// Takes over what PostgreSQL says of it.
    fn take(&mut self, row: &ProjectRow, several: &SeveralProjects) {
        several.renew(row);
        keep(&self.project, row);
        self.row = row.clone();
        tracing::info!(
            project = row.number,
            "a project's name, keys or secrets are renewed"
        );
    }

    async fn stop(&self) {
        self.ending.cancel();
        if tokio::time::timeout(PATIENCE, self.tracker.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                project = self.project.number,
                "tasks of a project are left behind"
            );
        }
    }

    async fn end(self) {
        self.stop().await;
    }
}

/// Ends what runs for a project that is no more.
async fn forget(running: RunningProject) {
    running.stop().await;
    running.project.journal.close().await;
    let (project, directory) = (running.project.number, running.project.state.directory());
    match put_aside(directory, clock::now()) {
        Ok(aside) => tracing::warn!(
            project,
            directory = %aside.display(),
            "a project is no more, and nobody answers for it; what it had stays in another directory"
        ),
        Err(error) => tracing::error!(
            project,
            error = chain(&error),
            "a project is no more, but may be answered for again by a start without PostgreSQL"
        ),
    }
}

/// Best effort: without it a start without PostgreSQL does not answer for the project.
fn keep(project: &Project, row: &ProjectRow) {
    if let Err(error) = keep_row(project.state.directory(), row) {
        tracing::warn!(
            project = row.number,
            error = chain(&error),
            "its keys cannot be kept"
        );
    }
}
