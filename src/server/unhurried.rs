//! Waits for something rare beside something frequent, in one task.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// A future that is polled only after it has asked for it itself.
///
/// A connection's task wakes for each request, but its timers and the shutdown have news once in seconds. Asking them
/// each time costs as much as deciding a call does.
pub(super) struct Unhurried<F> {
    future: Pin<Box<F>>,
    bell: Arc<Bell>,
    /// The bell, as the future sees it.
    bell_waker: Waker,
    /// Whom the bell wakes.
    task: Option<Waker>,
}

/// Rung by the future.
#[derive(Debug)]
struct Bell {
    has_rung: AtomicBool,
    task: AtomicWaker,
}

impl<F: Future> Unhurried<F> {
    pub(super) fn new(future: F) -> Self {
        // The first poll is not asked for by anybody.
        let bell = Arc::new(Bell {
            has_rung: AtomicBool::new(true),
            task: AtomicWaker::new(),
        });
        Self {
            future: Box::pin(future),
            bell_waker: Waker::from(Arc::clone(&bell)),
            bell,
            task: None,
        }
    }
}

impl<F: Future> Future for Unhurried<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        if !this
            .task
            .as_ref()
            .is_some_and(|task| task.will_wake(context.waker()))
        {
            this.bell.task.register(context.waker());
            this.task = Some(context.waker().clone());
        }
        // Who rings after the swap wakes the task, which then looks again; what rang before is seen by this poll.
        if !this.bell.has_rung.load(Ordering::Relaxed)
            || !this.bell.has_rung.swap(false, Ordering::AcqRel)
        {
            return Poll::Pending;
        }
        this.future
            .as_mut()
            .poll(&mut Context::from_waker(&this.bell_waker))
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.has_rung.store(true, Ordering::Release);
        self.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::AtomicUsize;

    use futures_util::FutureExt as _;
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn it_is_polled_once_for_each_time_it_asked() {
        let (polls, news) = (AtomicUsize::new(0), Notify::new());
        let mut notified = pin!(news.notified());
        let counted = poll_fn(|context| {
            polls.fetch_add(1, Ordering::Relaxed);
            notified.as_mut().poll(context)
        });
        let mut unhurried = pin!(Unhurried::new(counted));
        for _ in 0..5 {
            assert_eq!(
                poll_fn(|context| Poll::Ready(unhurried.as_mut().poll(context))).await,
                Poll::Pending
            );
        }
        assert_eq!(polls.load(Ordering::Relaxed), 1);
        news.notify_waiters();
        assert_eq!(unhurried.as_mut().now_or_never(), Some(()));
        assert_eq!(polls.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn its_news_wakes_the_task_that_polled_last() {
        let news = Arc::new(Notify::new());
        let notified = Arc::clone(&news);
        let mut unhurried = Box::pin(Unhurried::new(async move { notified.notified().await }));
        // Polled here first, then moved to a task of its own.
        assert_eq!(unhurried.as_mut().now_or_never(), None);
        let (task, ()) = tokio::join!(unhurried, async { news.notify_waiters() });
        assert_eq!(task, ());
    }
}
