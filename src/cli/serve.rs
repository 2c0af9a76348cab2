//! `serve`: answers the webhook until it is told to stop.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;

use crate::config::{Config, DatabaseConfig, OnMissing};
use crate::journal::{self, Journal};
use crate::live::{Keeper, Live, Watcher};
use crate::seen::Seen;
use crate::server::{Limits, Server};
use crate::shutdown::Tasks;
use crate::state::State;
use crate::store::{self, Content};
use crate::telemetry::{self, Metrics, Throttle};
use crate::webhook::{self, Events, Gate, PublicListener, Webhook};
use crate::{admin, clock};

/// Runs the server. Ends with success after SIGTERM or SIGINT, with an error if a part of it fails.
pub(crate) async fn run(config: Config, waiting_speed: u32) -> anyhow::Result<ExitCode> {
    telemetry::init_logs(&config.log)?;
    let tasks = Tasks::new();
    let stop = tasks
        .shutdown_signal()
        .context("cannot listen for signals")?;
    let metrics = Arc::new(Metrics::new());
    let public = Server::bind(config.server.listen, Limits::public(&config.server))?;
    let operators = Server::bind(config.admin.listen, Limits::admin(&config.server))?;
    let state = Arc::new(State::new(
        config.database.state.clone(),
        config.database.backups_kept,
    ));
    ensure_database(&config.database, &state).await?;

    let live = Arc::new(Live::new(Arc::clone(&metrics), config.database.hold()));
    let mut watcher = Watcher::new(
        config.database.rules.clone(),
        config.database.rule_tests,
        Arc::clone(&live),
    );
    if let Ok(Some(last_good)) = state.last_good().await {
        live.number_after(last_good.version);
    }
    watcher.start(&state).await;
    let keeper = Keeper::new(state, config.database.rules.clone(), Arc::clone(&live));
    tracing::info!(webhook = %public.local_addr(), admin = %operators.local_addr(), "listening");
    if waiting_speed != 1 {
        tracing::warn!(
            waiting_speed,
            "waiting is counted faster than the clock: this server is for an emulator only"
        );
    }

    let journal_file = config.database.state.join(journal::FILE);
    let seen = Arc::new(Seen::new(clock::monotonic()).sped_up(waiting_speed));
    let journal = Journal::new(
        &config.journal,
        journal_file,
        Arc::clone(&seen),
        Arc::clone(&live),
        Arc::clone(&metrics),
    );
    let journal = Arc::new(journal);
    let public_listener = public_listener(&config, &live, &seen, &journal, &metrics);
    // Not among the threads that answer: these three wait for disks, and for each other.
    tasks.spawn_aside("journal", Arc::clone(&journal).run(tasks.token()))?;
    tasks.spawn_aside("watcher", watcher.run(tasks.token()))?;
    tasks.spawn_aside("keeper", keeper.run(tasks.token()))?;
    let (public_metrics, admin_metrics) = (Arc::clone(&metrics.public), Arc::clone(&metrics.admin));
    tasks.spawn(
        "webhook",
        public.run(public_listener, tasks.token(), public_metrics),
    );
    tasks.spawn(
        "admin",
        operators.run(
            admin::routes(&config.admin, live, seen, metrics),
            tasks.token(),
            admin_metrics,
        ),
    );
    stop.await;
    let drained = tasks.drain(config.server.drain()).await;
    // Only now is the last call answered.
    journal.close().await;
    drained?;
    Ok(ExitCode::SUCCESS)
}

/// What is answered on the public listener.
fn public_listener(
    config: &Config,
    live: &Arc<Live>,
    seen: &Arc<Seen>,
    journal: &Arc<Journal>,
    metrics: &Arc<Metrics>,
) -> PublicListener {
    let events = Events {
        live: Arc::clone(live),
        ledger: Arc::clone(journal.ledger()),
        gate: Gate::new(&config.webhook),
        body_limit: config.server.body_limit_bytes,
        metrics: Arc::clone(metrics),
        log_lines: Throttle::new(webhook::LOG_LINES_PER_MINUTE),
    };
    let webhook = Webhook {
        live: Arc::clone(live),
        seen: Arc::clone(seen),
        journal: Arc::clone(journal),
        gate: Gate::new(&config.webhook),
        body_limit: config.server.body_limit_bytes,
        metrics: Arc::clone(metrics),
        log_lines: Throttle::new(webhook::LOG_LINES_PER_MINUTE),
    };
    let others = admin::public_health_routes(Arc::clone(live)).merge(events.routes());
    PublicListener { webhook, others }
}

/// Makes the rules database if there is none, this is the first start, and the configuration says so.
async fn ensure_database(config: &DatabaseConfig, state: &State) -> anyhow::Result<()> {
    let path = &config.rules;
    if path.exists() {
        // A file that cannot be read now may be put right while we run: the watcher says so and tries again.
        if let Err(error) = store::upgrade(path).await {
            tracing::error!(%error, "the rules database cannot be brought up to date");
        }
        return Ok(());
    }
    if state.has_history() {
        return must_have_last_good(path, state).await;
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

/// A database that was there before has gone missing. A new one would look like a company without agents, so none is
/// made, and the last good copy has to do.
async fn must_have_last_good(path: &Path, state: &State) -> anyhow::Result<()> {
    let advice = || {
        format!(
            "there is no rules database at {}, though there was one: restore it, for instance from a copy in {}, \
             or remove last-good.db and last-good.json there to begin anew",
            path.display(),
            state.directory().display()
        )
    };
    state
        .last_good()
        .await
        .with_context(advice)?
        .with_context(advice)?;
    Ok(())
}
