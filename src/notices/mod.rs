//! Tells people when they must look at the rules: an edit was refused, a version is held, or nobody will be rung soon.
//!
//! It watches from aside: neither a call nor an edit waits for it, and what cannot be sent is logged and counted.
//!
//! ```text
//! RulesAuthority -> NoticeWatch (what is new) -> NoticePauses (not too often) -> NoticeWays (webhook, Telegram, mail)
//! ```

mod holes;
mod pauses;
mod texts;
mod watch;
mod ways;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::background;
use crate::config::{Config, Language};
use crate::rules::RulesAuthority;
use crate::telemetry::Metrics;
use pauses::NoticePauses;
pub(crate) use texts::{NoticeKind, NoticeMessage};
use watch::NoticeWatch;
pub(crate) use ways::{NoticeWays, WayOutcome};

/// How often it is looked whether a hole has come near, or a pause is over.
const LOOK: Duration = Duration::from_mins(1);

/// What watches the rules and tells people.
#[derive(Debug)]
pub(crate) struct Notices {
    live: Arc<RulesAuthority>,
    metrics: Arc<Metrics>,
    ways: Arc<NoticeWays>,
    watch: NoticeWatch,
    pauses: NoticePauses,
    language: Language,
}

impl Notices {
    /// Nothing if nobody is to be told.
    pub(crate) fn new(
        config: &Config,
        live: Arc<RulesAuthority>,
        metrics: Arc<Metrics>,
    ) -> Option<Self> {
        let ways = NoticeWays::new(config);
        (!ways.is_empty()).then(|| Self {
            live,
            metrics,
            ways: Arc::new(ways),
            watch: NoticeWatch::default(),
            pauses: NoticePauses::new(config.notices.pause()),
            language: config.language,
        })
    }

    /// Watches until the process is to end.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut changes = self.live.changes();
        changes.mark_changed();
        loop {
            let round = async {
                // The end of the time is one reason to look, a change the other.
                drop(tokio::time::timeout(LOOK, changes.changed()).await);
                self.round().await;
            };
            if shutdown.run_until_cancelled(round).await.is_none() {
                return;
            }
        }
    }

    async fn round(&mut self) {
        let served = Arc::clone(&self.live.served());
        let status = self.live.status();
        let now = clock::now();
        let mut new = self.watch.of_edits(&served, &status, self.language, now);
        if self.watch.must_look_ahead(&served, now) {
            let of_work = Arc::clone(&served);
            let looked = background::run("notices", move || holes::ahead(&of_work.snapshot, now));
            match looked.await {
                Ok(holes) => new.extend(self.watch.of_holes(&served, holes, self.language, now)),
                Err(error) => tracing::error!(%error, "holes cannot be looked for"),
            }
        }
        for notice in new {
            self.pauses.add(notice);
        }
        self.pauses
            .drop_what_is_over(&status, self.watch.has_holes());
        for notice in self.pauses.due(clock::monotonic()) {
            self.send(notice).await;
        }
    }

    /// Sends a notice all ways. Each has its own fault.
    async fn send(&self, notice: NoticeMessage) {
        let ways = Arc::clone(&self.ways);
        let kind = notice.kind.name();
        let sent = background::run("notices", move || ways.send(&notice));
        match sent.await {
            Ok(outcomes) => {
                for outcome in outcomes {
                    match &outcome.fault {
                        None => {
                            self.metrics.notices.sent.inc();
                            tracing::info!(kind, way = outcome.way, "people were told");
                        }
                        Some(fault) => {
                            self.metrics.notices.failed.inc();
                            tracing::error!(
                                kind,
                                way = outcome.way,
                                "a notice was not sent: {fault}"
                            );
                        }
                    }
                }
            }
            Err(error) => {
                self.metrics.notices.failed.inc();
                tracing::error!(kind, %error, "a notice was not sent");
            }
        }
    }
}
