//! What every page and route has at hand: the rules that are served, the console's own file, and a place to work.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::sync::broadcast::Sender;
use tokio_util::sync::CancellationToken;

use super::access::NoRandomness;
use super::draft::trial::TrialCache;
use crate::background;
use crate::config::{Config, ConsoleConfig, DatabaseConfig};
use crate::notices::NoticeWays;
use crate::rules::RulesAuthority;
use crate::store::{CONSOLE_FILE, ConsoleFile, StoreError};

/// How much is worked on at once: what waits for its turn takes no CPU from calls.
const WORKERS: usize = 4;

/// What people do, for others who look at the same.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// A draft was kept.
    Draft {
        id: i64,
        by: String,
        tables: Vec<&'static str>,
        keys: Vec<String>,
    },
    /// Somebody looks at a page.
    Present { who: String, page: String },
}

/// So many are kept for a browser that is slow; it misses those before.
const MAX_NEWS: usize = 64;

/// What every page and route has at hand.
#[derive(Debug)]
pub struct Desk {
    pub(super) config: ConsoleConfig,
    pub(super) database: DatabaseConfig,
    /// Proxies whose identity headers are believed.
    pub(super) trusted_proxies: Vec<IpNet>,
    /// What is served, and what is wrong with the newest edit.
    pub(super) live: Arc<RulesAuthority>,
    /// One password is hashed at a time: each takes 19 MiB.
    pub(super) hashing: Semaphore,
    /// What people do, for those who look.
    pub(super) news: Sender<News>,
    /// How people are told.
    pub(super) notices: NoticeWays,
    working: Semaphore,
    file_path: PathBuf,
    file: Mutex<Option<Arc<ConsoleFile>>>,
    /// What one preview leaves for the next.
    pub(super) trials: TrialCache,
    /// When the server is about to end.
    pub(super) ending: CancellationToken,
}

/// Work that came to no end.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeskError {
    /// The console's file cannot be used.
    #[error(transparent)]
    File(#[from] StoreError),
    /// No secret can be made.
    #[error(transparent)]
    Secret(#[from] NoRandomness),
    /// A mistake of ours, or no thread.
    #[error("the work {0}")]
    Failed(#[from] background::Failed),
}

impl Desk {
    /// The desk of a server; the console's file is opened when it is first needed.
    pub fn new(config: &Config, live: Arc<RulesAuthority>, ending: CancellationToken) -> Self {
        Self {
            config: config.console.clone(),
            trusted_proxies: config.admin.trusted_proxies.clone(),
            live,
            hashing: Semaphore::new(1),
            news: Sender::new(MAX_NEWS),
            notices: NoticeWays::new(config),
            working: Semaphore::new(WORKERS),
            file_path: config.database.state.join(CONSOLE_FILE),
            database: config.database.clone(),
            file: Mutex::default(),
            trials: TrialCache::default(),
            ending,
        }
    }

    /// Does what takes a while, or waits for a disk: on a thread behind those that answer calls.
    pub(super) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        // Never closed, so there is a place in any case.
        let _place = self.working.acquire().await.ok();
        let desk = Arc::clone(self);
        Ok(background::run("console", move || work(&desk)).await?)
    }

    /// The same for work that waits for a database now and then.
    pub(super) async fn work_on<T: Send + 'static, F: Future<Output = T>>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> F + Send + 'static,
    ) -> Result<T, DeskError> {
        let (runtime, desk) = (Handle::current(), Arc::clone(self));
        self.work(move |_| runtime.block_on(work(desk))).await
    }

    /// Does something with the console's file.
    pub(super) async fn filed<T: Send + 'static>(
        self: &Arc<Self>,
        call: impl FnOnce(&ConsoleFile) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, DeskError> {
        Ok(self.work(|desk| call(&*desk.file()?)).await??)
    }

    /// The console's file; waits for the disk.
    pub(super) fn file(&self) -> Result<Arc<ConsoleFile>, StoreError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*file {
            return Ok(Arc::clone(open));
        }
        let opened = Arc::new(ConsoleFile::open(&self.file_path)?);
        *file = Some(Arc::clone(&opened));
        Ok(opened)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::telemetry::Metrics;

    #[tokio::test]
    async fn what_waits_for_a_database_is_work_like_any_other() {
        let live = RulesAuthority::new(Arc::new(Metrics::new()), Duration::ZERO);
        let ending = CancellationToken::new();
        let desk = Desk::new(&Config::default(), Arc::new(live), ending);
        let desk = Arc::new(desk);
        let working = desk.work_on(async |desk| {
            tokio::task::yield_now().await;
            let thread = thread::current().name().map(str::to_owned);
            (thread, desk.working.available_permits())
        });
        let (thread, free) = working.await.unwrap();
        assert_eq!(thread.as_deref(), Some("console"));
        assert_eq!(free, WORKERS - 1);
        assert_eq!(desk.working.available_permits(), WORKERS);
    }
}
