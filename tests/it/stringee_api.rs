//! The emulated REST API, served over a real socket.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::net::SocketAddr;

use stringee::client::Client;
use stringee_emulator::{Api, Sample, SharedState};
use stringee_router::config::{Secret, StringeeConfig};
use stringee_router::shutdown::Tasks;

/// An emulated project; it is served for as long as the test's runtime lives.
pub(crate) struct Emulated {
    pub(crate) state: SharedState,
    pub(crate) address: SocketAddr,
}

impl Emulated {
    /// A project of this size. The test needs a runtime with several threads: clients block.
    pub(crate) async fn with(agents: u32, queues: u32) -> Self {
        let state = SharedState::new(Sample { agents, queues }.state());
        let api = Api::bind("127.0.0.1:0".parse().unwrap(), state.clone())
            .await
            .unwrap();
        let (address, tasks) = (api.local_addr(), Tasks::new());
        let stop = tasks.token();
        tasks.spawn("api", async move { api.run(stop).await.unwrap() });
        Self { state, address }
    }

    /// A client with the right key.
    pub(crate) fn client(&self) -> Client {
        self.config().client().unwrap()
    }

    /// What the configuration of such a client says.
    pub(crate) fn config(&self) -> StringeeConfig {
        let state = self.state.lock();
        config(self.address, &state.api_key_sid, &state.api_key_secret)
    }

    /// The same as a section of a file.
    pub(crate) fn config_file(&self) -> String {
        let config = self.config();
        let (sid, secret) = (config.api_key_sid.unwrap(), config.api_key_secret.unwrap());
        let secret = secret.expose();
        format!(
            "[stringee]\nbase_url = '{}'\napi_key_sid = '{sid}'\napi_key_secret = '{secret}'\n",
            config.base_url
        )
    }

    /// The id of the queue with this name.
    pub(crate) fn queue(&self, name: &str) -> String {
        let queues = self.client().queues().unwrap();
        queues
            .into_iter()
            .find(|queue| queue.name.as_deref() == Some(name))
            .unwrap()
            .id
    }
}

/// A client's configuration for whatever listens there.
pub(crate) fn config(address: SocketAddr, sid: &str, secret: &str) -> StringeeConfig {
    StringeeConfig {
        base_url: format!("http://{address}"),
        api_key_sid: Some(sid.to_owned()),
        api_key_secret: Some(Secret::new(secret)),
        timeout_seconds: 5,
        ..StringeeConfig::default()
    }
}
