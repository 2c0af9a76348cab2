//! Tells systemd how the service stands, where systemd has started it (`Type=notify`). Elsewhere it does nothing.

use std::net::SocketAddr;

use sd_notify::NotifyState;

use crate::shutdown::Tasks;

/// How many signs of life fit into the time after which systemd's watchdog restarts a service without one.
const SIGNS_OF_LIFE: u32 = 3;

/// Says that calls are answered at this address, and from now on that the threads which answer them are alive.
pub fn ready(webhook: SocketAddr, tasks: &Tasks) {
    let status = format!("answering on {webhook}");
    say(&[NotifyState::Ready, NotifyState::Status(&status)]);
    let Some(patience) = sd_notify::watchdog_enabled() else {
        return;
    };
    let shutdown = tasks.token();
    // On the runtime that answers calls: if that hangs, so does this.
    tasks.spawn("systemd", async move {
        let mut signs = tokio::time::interval(patience / SIGNS_OF_LIFE);
        while shutdown.run_until_cancelled(signs.tick()).await.is_some() {
            say(&[NotifyState::Watchdog]);
        }
    });
}

/// Says that the service is about to end, and that this is meant.
pub fn stopping() {
    say(&[NotifyState::Stopping]);
}

fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd cannot be told how the service stands");
    }
}
