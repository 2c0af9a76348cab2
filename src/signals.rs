//! What signals mean to the service.
//!
//! | signal | meaning |
//! |---|---|
//! | TERM, INT, QUIT | stop: answer what is under way, and end. A second one ends at once |
//! | HUP | read secrets anew |
//! | USR1, USR2, ALRM, VTALRM, PROF, IO, PWR, XCPU | nothing |
//! | XFSZ | nothing: the write that met a limit fails, and whoever wrote says so |
//!
//! They are taken on a thread of its own: whatever hangs, a start that waits for a disk too, the process ends in time.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use std::{io, process, thread};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::telemetry::Logs;

/// The exit code after a stop that did not come to its end, if no signal has asked for it.
const FAILED: i32 = 2;

/// What signals have asked for so far.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    stop: CancellationToken,
    hangup: Arc<Notify>,
}

/// A signal of those that are handled.
#[derive(Clone, Copy)]
enum Meaning {
    /// With the name, and the exit code of a process that ends by it.
    Stop(&'static str, i32),
    Renew,
    Nothing(&'static str),
}

impl Signals {
    /// Takes signals from now on: the handlers stand when this returns. Process 1 of a container would not stop at a
    /// signal without them, and any other would stop without a drain.
    ///
    /// Once `stopping` is cancelled or a signal asks for it, the process ends within `limit`, whatever hangs.
    ///
    /// # Errors
    /// The system refuses a handler or a thread.
    pub fn handle(
        stopping: CancellationToken,
        limit: Duration,
        logs: Option<Logs>,
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let handlers = {
            let _context = runtime.enter();
            Handlers::install()?
        };
        let signals = Self::default();
        let handling = signals.clone().handled(handlers, stopping, limit, logs);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(handling))?;
        Ok(signals)
    }

    /// Resolves once a signal has asked the process to stop.
    pub async fn stop(&self) {
        self.stop.cancelled().await;
    }

    /// Resolves when secrets are to be read anew; several times in a row may count as one.
    pub async fn hangup(&self) {
        self.hangup.notified().await;
    }

    async fn handled(
        self,
        mut handlers: Handlers,
        stopping: CancellationToken,
        limit: Duration,
        logs: Option<Logs>,
    ) {
        let asked = stopping
            .run_until_cancelled(self.wait_for_stop(&mut handlers))
            .await;
        if let Some((signal, _)) = asked {
            tracing::info!(signal, "stopping");
            self.stop.cancel();
        }
        let again = tokio::time::timeout(limit, self.wait_for_stop(&mut handlers)).await;
        let code = match (again, asked) {
            (Ok((_, code)), _) => code,
            (Err(_), Some(_)) => give_up(0, logs.as_ref()),
            (Err(_), None) => give_up(FAILED, logs.as_ref()),
        };
        exit(code);
    }

    /// The name of the next signal that asks for a stop, and its exit code.
    async fn wait_for_stop(&self, handlers: &mut Handlers) -> (&'static str, i32) {
        loop {
            match handlers.next().await {
                Meaning::Stop(signal, code) => return (signal, code),
                Meaning::Renew => self.hangup.notify_one(),
                Meaning::Nothing(signal) => {
                    tracing::info!(signal, "a signal without a meaning here");
                }
            }
        }
    }
}

/// Says so, and passes the code on.
fn give_up(code: i32, logs: Option<&Logs>) -> i32 {
    tracing::warn!("the time to stop is over: what hangs is left behind");
    if let Some(logs) = logs {
        logs.close();
    }
    code
}

#[expect(
    clippy::exit,
    reason = "what hangs cannot be asked to end; all that must last is on disk at any moment"
)]
fn exit(code: i32) -> ! {
    process::exit(code)
}

/// The handlers of all signals that would end the process without one.
struct Handlers {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
    others: Vec<(&'static str, Signal)>,
    /// Not said: a log that has come to its limit would be told of that by a line.
    _file_size: Signal,
}

/// Those that mean nothing here.
const OTHERS: [(&str, rustix::process::Signal); 8] = [
    ("SIGUSR1", rustix::process::Signal::USR1),
    ("SIGUSR2", rustix::process::Signal::USR2),
    ("SIGALRM", rustix::process::Signal::ALARM),
    ("SIGVTALRM", rustix::process::Signal::VTALARM),
    ("SIGPROF", rustix::process::Signal::PROF),
    ("SIGIO", rustix::process::Signal::IO),
    ("SIGPWR", rustix::process::Signal::POWER),
    ("SIGXCPU", rustix::process::Signal::XCPU),
];

impl Handlers {
    fn install() -> io::Result<Self> {
        let by_number = |kind: rustix::process::Signal| signal(SignalKind::from_raw(kind.as_raw()));
        let mut others = Vec::with_capacity(OTHERS.len());
        for (name, kind) in OTHERS {
            others.push((name, by_number(kind)?));
        }
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            others,
            _file_size: by_number(rustix::process::Signal::XFSZ)?,
        })
    }

    async fn next(&mut self) -> Meaning {
        let Self { others, .. } = self;
        let other = poll_fn(|context| {
            for (name, signal) in &mut *others {
                if signal.poll_recv(context).is_ready() {
                    return Poll::Ready(*name);
                }
            }
            Poll::Pending
        });
        tokio::select! {
            _ = self.terminate.recv() => Meaning::Stop("SIGTERM", 143),
            _ = self.interrupt.recv() => Meaning::Stop("SIGINT", 130),
            _ = self.quit.recv() => Meaning::Stop("SIGQUIT", 131),
            _ = self.hangup.recv() => Meaning::Renew,
            name = other => Meaning::Nothing(name),
        }
    }
}
