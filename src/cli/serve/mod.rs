//! `serve`: answers the webhook until it is told to stop.

mod project;
mod several;

use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::COULD_NOT_RUN;
use super::options::{ServeOptions, Sources};
use super::renewing::{Renewing, warn_if_open};
use crate::admin::OtherPages;
use crate::cluster::{Cluster, ClusterPlaces};
use crate::config::{Config, DatabaseConfig, OnMissing};
use crate::console::{self, Desk};
use crate::notices::Notices;
use crate::projects::{Project, Projects};
use crate::rules::{RulesAuthority, Source};
use crate::server::{BindError, Limits, Server};
use crate::shutdown::Tasks;
use crate::signals::Signals;
use crate::state::State;
use crate::store::{self, Content};
use crate::telemetry::{Logs, Metrics, Throttle};
use crate::webhook::{self, Events, Gate, PublicListener, Webhook};
use crate::{admin, background, systemd};
use project::{NewProject, parts, upgrade};
use several::SeveralRunning;

/// How long questions wait for the rules at a start without a copy of them. After that they are answered with empty lists.
const QUESTIONS_WAIT: Duration = Duration::from_secs(3);

/// How long a disk may take to say whether a file is there.
const SILENCE: Duration = Duration::from_secs(2);

/// How much longer than the drain the process takes to end at most, whatever hangs.
const LAST_RESORT: Duration = Duration::from_secs(3);

/// Runs the server. Ends with success after a signal, with an error if a part of it fails.
pub(super) async fn run(options: ServeOptions, sources: &Sources) -> anyhow::Result<ExitCode> {
    let config = options.config(sources)?;
    let metrics = Arc::new(Metrics::new());
    let logs = Logs::start(&config.log, &metrics)?;
    let ended = serve(config, metrics, &logs, options, sources).await;
    if !logs.close() && ended.is_err() {
        // The standard error stalls: a complaint there would keep the process for ever.
        return Ok(ExitCode::from(COULD_NOT_RUN));
    }
    ended
}

async fn serve(
    config: Config,
    metrics: Arc<Metrics>,
    logs: &Logs,
    options: ServeOptions,
    sources: &Sources,
) -> anyhow::Result<ExitCode> {
    let waiting_speed = options.waiting_speed();
    let tasks = Tasks::new();
    let limit = config.server.drain() + LAST_RESORT;
    let signals = Signals::handle(tasks.token(), limit, Some(logs.clone()))
        .context("cannot listen for signals")?;
    let stop = tasks.shutdown_signal(signals.clone());
    let (public, operators) = bind(&config)?;
    let served = StartingProjects::new(&config, &metrics, waiting_speed).await?;
    let projects = Arc::clone(&served.projects);
    let operators_address = operators.local_addr();
    let admin_routes = admin::routes(
        &config.admin,
        Arc::clone(&projects),
        Arc::clone(&metrics),
        console_pages(&config, &projects, &tasks),
    );
    let admin_metrics = Arc::clone(&metrics.admin);
    let answering = operators.run(admin_routes, tasks.token(), admin_metrics);
    tasks.spawn("admin", answering);
    let mut stop = pin!(stop);
    // Until there is something to answer from, questions wait in the queue of the listener.
    let started = tokio::select! {
        () = &mut stop => Ok(false),
        started = served.start(&config, &tasks, &metrics) => started.map(|()| true),
    };
    if !matches!(started, Ok(true)) {
        let drained = tasks.drain(config.server.drain()).await;
        started?;
        drained?;
        return Ok(ExitCode::SUCCESS);
    }
    let webhook_address = public.local_addr();
    tracing::info!(webhook = %webhook_address, admin = %operators_address, "listening");
    warn_if_sped_up(waiting_speed);
    let gate = Gate::new(&config.webhook, Arc::clone(&projects));
    warn_if_open(&config.webhook);
    let renewing = Renewing::new(&gate, options, sources);
    tasks.spawn_aside("secrets", renewing.run(signals, tasks.token()))?;
    let public_listener = public_listener(&config, gate, &projects, &metrics);
    let public_metrics = Arc::clone(&metrics.public);
    let answering = public.run(public_listener, tasks.token(), public_metrics);
    tasks.spawn("webhook", answering);
    systemd::ready(webhook_address, &tasks);
    stop.await;
    systemd::stopping();
    let drained = tasks.drain(config.server.drain()).await;
    // Only now is the last call answered.
    let projects = projects.all();
    let closing = projects.iter().map(|project| project.journal.close());
    futures_util::future::join_all(closing).await;
    drained?;
    Ok(ExitCode::SUCCESS)
}

/// The listeners for the platform and for operators.
fn bind(config: &Config) -> Result<(Server, Server), BindError> {
    let limits = Limits::public(&config.server);
    let public = Server::bind(config.server.listen, limits)?;
    let limits = Limits::admin(&config.server, &config.admin);
    let operators = Server::bind(config.admin.listen, limits)?;
    Ok((public, operators))
}

/// The console is of one project.
fn console_pages(config: &Config, projects: &Projects, tasks: &Tasks) -> Option<OtherPages> {
    if !config.console.enabled {
        return None;
    }
    let Projects::One(project) = projects else {
        tracing::info!(
            "the console is of one project, and not served here: for a project that wants it, run a server of its own with \
             one number in database.project"
        );
        return None;
    };
    let desk = Desk::new(config, Arc::clone(&project.live), tasks.token());
    Some(OtherPages {
        routes: console::routes(Arc::new(desk)),
        public_host: config.console.public_host().map(str::to_owned),
    })
}

fn warn_if_sped_up(waiting_speed: u32) {
    if waiting_speed != 1 {
        tracing::warn!(
            waiting_speed,
            "waiting is counted faster than the clock: this server is for an emulator only"
        );
    }
}

/// The projects, of which none runs yet, and the other servers on the same PostgreSQL.
struct StartingProjects {
    projects: Arc<Projects>,
    cluster: Option<Arc<Cluster>>,
    new: NewProject,
}

impl StartingProjects {
    /// Joins the other servers, and reads what the only project remembers of calls.
    async fn new(
        config: &Config,
        metrics: &Arc<Metrics>,
        waiting_speed: u32,
    ) -> anyhow::Result<Self> {
        let places = ClusterPlaces::new(config)?;
        let joined = match &places {
            Some(places) => places.join().await,
            None => None,
        };
        let new = NewProject {
            joined,
            waiting_speed,
        };
        let projects = match config.database.project.one() {
            Some(number) => {
                let project = new.make(config, number, Arc::clone(metrics), 1).await;
                Projects::One(Arc::new(project))
            }
            None => Projects::several(),
        };
        let projects = Arc::new(projects);
        let serves = config.database.project.clone();
        let metrics = Arc::clone(metrics);
        let cluster =
            places.map(|places| Cluster::new(places, serves, Arc::clone(&projects), metrics));
        Ok(Self {
            projects,
            cluster: cluster.map(Arc::new),
            new,
        })
    }

    /// Returns as soon as there is something to answer from.
    async fn start(
        self,
        config: &Config,
        tasks: &Tasks,
        metrics: &Arc<Metrics>,
    ) -> anyhow::Result<()> {
        let Self {
            projects,
            cluster,
            new,
        } = self;
        if let Some(cluster) = &cluster {
            let exchange = Arc::clone(cluster).exchange(new.joined, tasks.token());
            tasks.spawn_aside("exchange", exchange)?;
        }
        match (&*projects, &cluster) {
            (Projects::One(project), _) => {
                start_one(config, project, cluster.clone(), tasks, metrics).await?;
            }
            (Projects::Several(_), Some(cluster)) => {
                let running =
                    SeveralRunning::new(config, Arc::clone(&projects), Arc::clone(cluster), new);
                let (started, is_started) = tokio::sync::oneshot::channel();
                tasks.spawn_aside("projects", running.run(started, tasks.token()))?;
                // An error means that it has ended, which its task says.
                drop(is_started.await);
                cluster.has_caught_up().await;
            }
            // The configuration was refused.
            (Projects::Several(_), None) => {}
        }
        if let Some(cluster) = cluster
            && config.journal.enabled
        {
            let forward = cluster.forward(config.journal.retention(), tasks.token());
            tasks.spawn_aside("forwarder", forward)?;
        }
        Ok(())
    }
}

/// Serves the newest copy of what was accepted, and has the rules database read and watched.
async fn start_one(
    config: &Config,
    project: &Arc<Project>,
    cluster: Option<Arc<Cluster>>,
    tasks: &Tasks,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<()> {
    let (database, live) = (&config.database, &project.live);
    live.serve_newest_copy(&project.state, database.rule_tests)
        .await;
    match &cluster {
        None => ensure_database(database, &project.state, live).await?,
        Some(cluster) => {
            cluster.follow_first(project).await;
            cluster.has_caught_up().await;
        }
    }
    // Not among the threads that answer: these wait for disks, and for each other.
    for (name, part) in parts(config, project, cluster.as_ref(), false, &tasks.token()) {
        tasks.spawn_aside(name, part)?;
    }
    if let Some(notices) = Notices::new(config, Arc::clone(live), Arc::clone(metrics)) {
        tasks.spawn_aside("notices", notices.run(tasks.token()))?;
    }
    live.is_started(QUESTIONS_WAIT).await;
    tasks.spawn_aside("upgrade", upgrade(config, project, tasks.token()))?;
    Ok(())
}

/// What is answered on the public listener.
fn public_listener(
    config: &Config,
    gate: Gate,
    projects: &Arc<Projects>,
    metrics: &Arc<Metrics>,
) -> PublicListener {
    let events = Events {
        gate: gate.clone(),
        body_limit: config.server.body_limit_bytes,
        metrics: Arc::clone(metrics),
        log_lines: Throttle::new(webhook::LOG_LINES_PER_MINUTE),
    };
    let webhook = Webhook {
        gate,
        body_limit: config.server.body_limit_bytes,
        max_calls: config.webhook.max_calls,
        max_answer_bytes: config.webhook.max_answer_bytes,
        metrics: Arc::clone(metrics),
        log_lines: Throttle::new(webhook::LOG_LINES_PER_MINUTE),
    };
    let others = admin::public_health_routes(Arc::clone(projects)).merge(events.routes());
    PublicListener { webhook, others }
}

/// Makes the rules database if there is none, this is the first start, and the configuration says so.
///
/// A database that was there before and has gone missing is not made anew: that would look like a company without agents.
async fn ensure_database(
    config: &DatabaseConfig,
    state: &Arc<State>,
    live: &RulesAuthority,
) -> anyhow::Result<()> {
    let path = config.rules.clone();
    // Where nobody can say, there is a file: the watcher says what is wrong with it.
    if answer(move || path.exists()).await.unwrap_or(true)
        || live.served().source != Source::Nothing
    {
        return Ok(());
    }
    let (path, kept) = (&config.rules, Arc::clone(state));
    if answer(move || kept.has_history()).await.unwrap_or(true) {
        anyhow::bail!(
            "there is no rules database at {}, though there was one, and no copy of it that is whole: restore it, for \
             instance from a copy in {}, or empty that directory to begin anew",
            path.display(),
            state.directory().display()
        );
    }
    let content = match config.on_missing {
        OnMissing::Demo => Content::Demo,
        OnMissing::Empty => Content::Empty,
        OnMissing::Fail => anyhow::bail!(
            "there is no rules database at {}; make one with `stringee-router init`, or set database.on_missing",
            path.display()
        ),
    };
    store::create(path, content).await?;
    tracing::info!(path = %path.display(), ?content, "created the rules database");
    Ok(())
}

/// What a disk says; `None` if it does not answer.
async fn answer<T: Send + 'static>(question: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let asked = background::run("look", question);
    tokio::time::timeout(SILENCE, asked).await.ok()?.ok()
}
