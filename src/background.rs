//! Work that must keep no call waiting: on a thread of its own, and behind the threads that answer.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use tokio::sync::oneshot;

/// How far behind other threads the work stands: where all want the same CPU it gets a tenth of what they get, enough
/// to come to an end.
const NICENESS: i32 = 10;

/// The work has come to no end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// A mistake of ours, with what the panic said.
    #[error("panicked: {0}")]
    Panicked(String),
    /// The system gives no thread.
    #[error("cannot start a thread")]
    NoThread(#[from] io::Error),
}

/// Does some work and waits for its result.
///
/// It is not a task of the tokio runtime: these share their threads, and a thread that has stepped back once cannot come
/// forward again. If nobody waits any more, the work still goes on to its end.
///
/// # Errors
/// The work panicked, or there is no thread for it.
pub(crate) async fn run<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failed> {
    let (sender, receiver) = oneshot::channel();
    start(name, move || {
        let result = catch_unwind(AssertUnwindSafe(work));
        drop(sender.send(result));
    })?;
    match receiver.await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(panic)) => Err(Failed::Panicked(said(&*panic))),
        Err(_) => Err(Failed::Panicked("its result was lost".to_owned())),
    }
}

/// Starts some work that nobody waits for.
///
/// # Errors
/// There is no thread for it; the work is dropped.
pub(crate) fn start(name: &'static str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let working = move || {
        step_back();
        work();
    };
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(working)?;
    Ok(())
}

/// Best effort: work that is as important as calls is still done.
fn step_back() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

/// What somebody gave as the reason of a panic.
fn said(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    match panic.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => "no reason given".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The niceness of the calling thread.
    fn niceness() -> i32 {
        rustix::process::nice(0).unwrap()
    }

    #[tokio::test]
    async fn the_work_stands_behind_the_thread_that_waits_for_it() {
        let own = niceness();
        assert_eq!(
            run("work", niceness).await.unwrap(),
            (own + NICENESS).min(19)
        );
        assert_eq!(niceness(), own, "only its own thread steps back");
    }

    #[tokio::test]
    async fn a_panic_is_an_error_that_says_why() {
        let error = run("work", || assert!(niceness() > 40, "a bug in line {}", 7))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "panicked: a bug in line 7");
    }
}
