//! Who may ask, read anew at SIGHUP: secrets are replaced without a restart.

use tokio_util::sync::CancellationToken;

use super::in_one_line;
use super::options::{ServeOptions, Sources};
use crate::config::WebhookConfig;
use crate::signals::Signals;
use crate::webhook::Gate;

/// Reads the configuration anew, from where the first one came, and gives its section `webhook` to the gate.
pub(super) struct Renewing {
    gate: Gate,
    options: ServeOptions,
    sources: Sources,
}

impl Renewing {
    pub(super) fn new(gate: &Gate, options: ServeOptions, sources: &Sources) -> Self {
        Self {
            gate: gate.clone(),
            options,
            sources: sources.clone(),
        }
    }

    pub(super) async fn run(self, signals: Signals, shutdown: CancellationToken) {
        while shutdown
            .run_until_cancelled(signals.hangup())
            .await
            .is_some()
        {
            self.renew();
        }
    }

    fn renew(&self) {
        let webhook = match self.options.config(&self.sources) {
            Ok(config) => config.webhook,
            Err(error) => {
                let problem = in_one_line(&error.into());
                tracing::error!(problem, "secrets cannot be read anew, those in use stay");
                return;
            }
        };
        self.gate.renew(&webhook);
        tracing::info!(
            secrets = webhook.secrets.len(),
            networks = webhook.networks.len(),
            projects = webhook.projects.len(),
            "secrets are read anew; any other setting needs a restart"
        );
        warn_if_open(&webhook);
    }
}

/// Says so if nothing keeps a stranger from asking.
pub(super) fn warn_if_open(webhook: &WebhookConfig) {
    if webhook.is_open() {
        tracing::warn!(
            "anybody who reaches the webhook is answered, and learns who is rung: set webhook.secrets, webhook.networks, \
             or signing_keys for every project (config.toml explains them)"
        );
    }
}
