//! The tasks that must end before the process does.
//!
//! The tasks of the service run until they are told to stop. One that ends before that has failed, whether it panicked
//! or just returned: a server without its watcher would go on answering from rules that nobody renews. So its end stops
//! the others, and the process exits with failure for its supervisor to start afresh.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::signals::Signals;

/// The tasks of the service.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    shutdown: CancellationToken,
    failure: Arc<OnceLock<TaskFailure>>,
}

/// A task ended although nobody asked it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("task {task} {end}")]
pub struct TaskFailure {
    /// The task's name.
    pub task: &'static str,
    /// How it ended.
    pub end: End,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It returned before shutdown.
    Returned,
    /// It panicked.
    Panicked,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Returned => "ended by itself",
            Self::Panicked => "panicked",
        })
    }
}

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task that runs until [`Tasks::token`] is cancelled.
    ///
    /// If it ends before that, or panics at any time, all are told to stop and [`Tasks::drain`] reports it.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(self.noticed(name, task));
    }

    /// Starts a task like [`Tasks::spawn`] does, on a thread of its own: a lock or a disk that it waits for keeps no
    /// call waiting.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn spawn_aside(
        &self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (task, tracked) = (self.noticed(name, task), self.tracker.token());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let working = move || {
            let _tracked = tracked;
            runtime.block_on(task);
        };
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(working)?;
        Ok(())
    }

    /// A task whose end is noticed.
    fn noticed<F: Future<Output = ()> + Send + 'static>(
        &self,
        name: &'static str,
        task: F,
    ) -> impl Future<Output = ()> + Send + use<F> {
        let ending = Ending {
            name,
            tasks: self.clone(),
        };
        async move {
            // Moved in, so that it is dropped however the task ends.
            let _ending = ending;
            task.await;
        }
    }

    /// Cancelled when the tasks are to stop.
    pub fn token(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Resolves when a signal asks for a stop, or when a task has failed.
    pub fn shutdown_signal(&self, signals: Signals) -> impl Future<Output = ()> + use<> {
        let failed = self.token();
        async move {
            tokio::select! {
                () = signals.stop() => {}
                () = failed.cancelled() => {}
            }
        }
    }

    /// Tells all tasks to stop and waits for them, no longer than `deadline`.
    ///
    /// Tasks that are not done by then are left behind: an operator's stop does not fail because a stranger's request
    /// stalls.
    ///
    /// # Errors
    /// A task ended before it was asked to, or panicked; the first one that did.
    pub async fn drain(self, deadline: Duration) -> Result<(), TaskFailure> {
        self.shutdown.cancel();
        self.tracker.close();
        let drained = tokio::time::timeout(deadline, self.tracker.wait()).await;
        if drained.is_err() {
            tracing::warn!(
                tasks = self.tracker.len(),
                "tasks are left behind, the time to stop is over"
            );
        }
        match self.failure.get() {
            Some(failure) => Err(*failure),
            None => Ok(()),
        }
    }
}

/// Notices the end of a task: dropped with it.
struct Ending {
    name: &'static str,
    tasks: Tasks,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let end = if thread::panicking() {
            End::Panicked
        } else {
            End::Returned
        };
        if end == End::Returned && self.tasks.shutdown.is_cancelled() {
            return;
        }
        let failure = TaskFailure {
            task: self.name,
            end,
        };
        // Only the first failure is the cause; later ones may follow from it.
        if self.tasks.failure.set(failure).is_ok() {
            tracing::error!(task = failure.task, "{failure}, stopping");
        }
        self.tasks.shutdown.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for any test; none waits for it.
    const LONG: Duration = Duration::from_secs(30);

    async fn drain_after(
        task: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), TaskFailure> {
        let tasks = Tasks::new();
        tasks.spawn("tested", task);
        tasks.token().cancelled().await;
        tasks.drain(LONG).await
    }

    #[tokio::test]
    async fn tasks_that_end_when_told_to_are_no_failure() {
        let tasks = Tasks::new();
        let token = tasks.token();
        tasks.spawn("tested", async move { token.cancelled().await });
        assert_eq!(tasks.drain(LONG).await, Ok(()));
    }

    #[tokio::test]
    async fn a_task_that_ends_by_itself_stops_the_others_and_is_reported() {
        let failure = drain_after(async {}).await.unwrap_err();
        assert_eq!(failure.to_string(), "task tested ended by itself");
    }

    #[tokio::test]
    async fn a_task_that_panics_stops_the_others_and_is_reported() {
        let failure = drain_after(async { panic!("of a test") })
            .await
            .unwrap_err();
        assert_eq!(failure.to_string(), "task tested panicked");
    }

    #[tokio::test]
    async fn a_task_aside_is_waited_for() {
        let tasks = Tasks::new();
        let (token, has_ended) = (tasks.token(), Arc::new(OnceLock::new()));
        let ended = Arc::clone(&has_ended);
        let task = async move {
            token.cancelled().await;
            ended.get_or_init(|| ());
        };
        tasks.spawn_aside("tested", task).unwrap();
        assert_eq!(tasks.drain(LONG).await, Ok(()));
        assert_eq!(has_ended.get(), Some(&()));
    }

    #[tokio::test]
    async fn a_task_aside_that_ends_by_itself_is_reported() {
        for (panics, end) in [(false, End::Returned), (true, End::Panicked)] {
            let tasks = Tasks::new();
            tasks
                .spawn_aside("tested", async move { assert!(!panics, "of a test") })
                .unwrap();
            tasks.token().cancelled().await;
            assert_eq!(
                tasks.drain(LONG).await,
                Err(TaskFailure {
                    task: "tested",
                    end
                })
            );
        }
    }

    #[tokio::test]
    async fn a_panic_while_stopping_is_reported() {
        let tasks = Tasks::new();
        let token = tasks.token();
        tasks.spawn("tested", async move {
            token.cancelled().await;
            panic!("of a test");
        });
        assert_eq!(
            tasks.drain(LONG).await,
            Err(TaskFailure {
                task: "tested",
                end: End::Panicked
            })
        );
    }

    #[tokio::test]
    async fn the_first_failure_is_the_one_reported() {
        let tasks = Tasks::new();
        let token = tasks.token();
        tasks.spawn("first", async {});
        tasks.spawn("second", async move {
            token.cancelled().await;
            panic!("of a test");
        });
        tasks.token().cancelled().await;
        assert_eq!(tasks.drain(LONG).await.unwrap_err().task, "first");
    }

    #[tokio::test]
    async fn a_task_that_does_not_stop_is_left_behind() {
        let tasks = Tasks::new();
        tasks.spawn("tested", std::future::pending());
        assert_eq!(tasks.drain(Duration::ZERO).await, Ok(()));
    }

    #[tokio::test]
    async fn a_failed_task_asks_for_shutdown() {
        let tasks = Tasks::new();
        let failed = tasks.shutdown_signal(Signals::default());
        tasks.spawn("tested", async {});
        failed.await;
    }
}
