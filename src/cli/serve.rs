//! `serve`: answers the webhook until it is told to stop.

use std::hash::{BuildHasher as _, RandomState};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::COULD_NOT_RUN;
use super::options::{ServeOptions, Sources};
use super::renewing::{Renewing, warn_if_open};
use crate::admin::OtherPages;
use crate::calls::activity::Ledger;
use crate::calls::memory::{self, CALLS_FILE, CallMemory, Learned};
use crate::cluster::{Cluster, KnownCalls};
use crate::config::{Config, DatabaseConfig, OnMissing};
use crate::console::{self, Desk};
use crate::journal::{self, Journal};
use crate::notices::Notices;
use crate::rules::{self, Keeper, RulesAuthority, Source, Watcher};
use crate::server::{BindError, Limits, Server};
use crate::shutdown::Tasks;
use crate::signals::Signals;
use crate::state::{BACKUP_DIRECTORY, BackupsKept, State};
use crate::store::{self, Content, Joined};
use crate::telemetry::{Logs, Metrics, Throttle};
use crate::webhook::{self, Events, Gate, PublicListener, Webhook};
use crate::{admin, background, systemd};

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
    let (state, live) = state_and_rules(&config.database, &metrics);
    let (known, others) =
        known_calls_and_others(&config, &live, &state, &metrics, waiting_speed).await?;
    let seen = Arc::clone(&known.seen);
    let cluster = others.as_ref().map(|others| Arc::clone(&others.cluster));
    let operators_address = operators.local_addr();
    let admin_routes = admin::routes(
        &config.admin,
        Arc::clone(&live),
        Arc::clone(&seen),
        Arc::clone(&metrics),
        console_pages(&config, &live, &tasks),
    );
    let admin_metrics = Arc::clone(&metrics.admin);
    let answering = operators.run(admin_routes, tasks.token(), admin_metrics);
    tasks.spawn("admin", answering);
    let mut stop = pin!(stop);
    // Until there is something to answer from, questions wait in the queue of the listener.
    let started = tokio::select! {
        () = &mut stop => Ok(false),
        started = start(&config, &state, &live, &tasks, &metrics, others) => started.map(|()| true),
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
    let journal_file = config.database.state.join(journal::FILE);
    let journal = Journal::new(
        &config.journal,
        journal_file,
        known.seen,
        known.ledger,
        Arc::clone(&live),
        Arc::clone(&metrics),
    );
    let journal = Arc::new(journal);
    if let Some(cluster) = cluster {
        share_journal(&config, cluster, &journal, &tasks).await?;
    }
    let gate = Gate::new(&config.webhook);
    warn_if_open(&config.webhook);
    let renewing = Renewing::new(&gate, options, sources);
    tasks.spawn_aside("secrets", renewing.run(signals, tasks.token()))?;
    let public_listener = public_listener(&config, gate, &live, &seen, &journal, &metrics);
    tasks.spawn_aside("journal", Arc::clone(&journal).run(tasks.token()))?;
    let public_metrics = Arc::clone(&metrics.public);
    let answering = public.run(public_listener, tasks.token(), public_metrics);
    tasks.spawn("webhook", answering);
    systemd::ready(webhook_address, &tasks);
    stop.await;
    systemd::stopping();
    let drained = tasks.drain(config.server.drain()).await;
    // Only now is the last call answered.
    journal.close().await;
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

/// The server's own directory, and the rules, of which none are read yet.
fn state_and_rules(
    config: &DatabaseConfig,
    metrics: &Arc<Metrics>,
) -> (Arc<State>, Arc<RulesAuthority>) {
    let state = State::new(config.state.clone(), backups_kept(config));
    let live = RulesAuthority::new(Arc::clone(metrics), config.hold());
    (Arc::new(state), Arc::new(live))
}

fn console_pages(config: &Config, live: &Arc<RulesAuthority>, tasks: &Tasks) -> Option<OtherPages> {
    if !config.console.enabled {
        return None;
    }
    let desk = Desk::new(config, Arc::clone(live), tasks.token());
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

/// The other servers on the same PostgreSQL.
struct OtherServers {
    cluster: Arc<Cluster>,
    joined: Option<Joined>,
    known: KnownCalls,
}

/// Has the journal of this server sent on to the one that all servers share.
async fn share_journal(
    config: &Config,
    cluster: Arc<Cluster>,
    journal: &Arc<Journal>,
    tasks: &Tasks,
) -> anyhow::Result<()> {
    let restoring = Arc::clone(&cluster).restore(Arc::clone(journal));
    let token = tasks.token();
    tasks.spawn_aside("restore", async move {
        token.run_until_cancelled(restoring).await;
        token.cancelled().await;
    })?;
    if config.journal.enabled {
        journal.share().await;
        let retention = config.journal.retention();
        let forward = cluster.forward(Arc::clone(journal), retention, tasks.token());
        tasks.spawn_aside("forwarder", forward)?;
    }
    Ok(())
}

/// What is known of calls, by the hashes that the other servers use, if there are any.
async fn known_calls_and_others(
    config: &Config,
    live: &Arc<RulesAuthority>,
    state: &Arc<State>,
    metrics: &Arc<Metrics>,
    waiting_speed: u32,
) -> anyhow::Result<(KnownCalls, Option<OtherServers>)> {
    let cluster = Cluster::new(config, live, state, metrics)?;
    let joined = match &cluster {
        Some(cluster) => cluster.join().await,
        None => None,
    };
    let seen = call_memory(config, joined).await.sped_up(waiting_speed);
    let mut ledger = Ledger::new(&config.journal);
    if is_shared(config) {
        ledger = ledger.shared(seen.seed());
        live.share_calls();
    }
    let known = KnownCalls {
        seen: Arc::new(seen),
        ledger: Arc::new(ledger),
        live: Arc::clone(live),
    };
    let others = cluster.map(|cluster| OtherServers {
        cluster,
        joined,
        known: known.clone(),
    });
    Ok((known, others))
}

const fn is_shared(config: &Config) -> bool {
    config.database.url.is_some() && config.cluster.share_calls
}

/// Serves the newest copy of what was accepted, and has the rules database read and watched. Returns as soon as there
/// is something to answer from.
async fn start(
    config: &Config,
    state: &Arc<State>,
    live: &Arc<RulesAuthority>,
    tasks: &Tasks,
    metrics: &Arc<Metrics>,
    others: Option<OtherServers>,
) -> anyhow::Result<()> {
    let database = &config.database;
    live.serve_newest_copy(state, database.rule_tests).await;
    match others {
        None => ensure_database(database, state, live).await?,
        Some(OtherServers {
            cluster,
            joined,
            known,
        }) => {
            let exchange = Arc::clone(&cluster).exchange(joined, known, tasks.token());
            tasks.spawn_aside("exchange", exchange)?;
            cluster.follow_first().await;
            cluster.has_caught_up().await;
            tasks.spawn_aside("follower", cluster.follow(tasks.token()))?;
        }
    }
    let rules = &database.rules;
    let watcher = Watcher::new(rules.clone(), database.rule_tests, Arc::clone(live))
        .saving(Arc::clone(state))
        .reading(database)
        .for_edits(config.console.enabled);
    let keeper = Keeper::new(Arc::clone(state), rules.clone(), Arc::clone(live))
        .in_language(config.language);
    // Not among the threads that answer: these wait for disks, and for each other.
    tasks.spawn_aside("watcher", watcher.run(tasks.token()))?;
    tasks.spawn_aside("keeper", keeper.run(tasks.token()))?;
    if let Some(notices) = Notices::new(config, Arc::clone(live), Arc::clone(metrics)) {
        tasks.spawn_aside("notices", notices.run(tasks.token()))?;
    }
    live.is_started(QUESTIONS_WAIT).await;
    let copies = database.state.join(BACKUP_DIRECTORY);
    let upgrading = rules::upgrade(rules.clone(), copies, Arc::clone(live), tasks.token());
    tasks.spawn_aside("upgrade", upgrading)?;
    Ok(())
}

/// What is remembered of the calls that waited when the server was last stopped, or killed.
async fn call_memory(config: &Config, joined: Option<Joined>) -> CallMemory {
    let is_shared = is_shared(config);
    let learned = learned_calls(&config.database).await.unwrap_or_default();
    let mut memory = CallMemory::new(clock::monotonic());
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

/// What is answered on the public listener.
fn public_listener(
    config: &Config,
    gate: Gate,
    live: &Arc<RulesAuthority>,
    seen: &Arc<CallMemory>,
    journal: &Arc<Journal>,
    metrics: &Arc<Metrics>,
) -> PublicListener {
    let events = Events {
        live: Arc::clone(live),
        ledger: Arc::clone(journal.ledger()),
        seen: Arc::clone(seen),
        gate: gate.clone(),
        body_limit: config.server.body_limit_bytes,
        metrics: Arc::clone(metrics),
        log_lines: Throttle::new(webhook::LOG_LINES_PER_MINUTE),
    };
    let webhook = Webhook {
        live: Arc::clone(live),
        seen: Arc::clone(seen),
        journal: Arc::clone(journal),
        gate,
        body_limit: config.server.body_limit_bytes,
        max_calls: config.webhook.max_calls,
        max_answer_bytes: config.webhook.max_answer_bytes,
        metrics: Arc::clone(metrics),
        log_lines: Throttle::new(webhook::LOG_LINES_PER_MINUTE),
    };
    let others = admin::public_health_routes(Arc::clone(live)).merge(events.routes());
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
