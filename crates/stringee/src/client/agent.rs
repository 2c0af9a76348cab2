//! Agents: <https://developer.stringee.com/docs/icc-rest-api/contact-center-agent-management>.

use serde::Deserialize;

use super::page::List;
use super::{ApiError, Client, tolerant};

const AGENTS: List = List {
    doing: "list the agents",
    path: "/v1/agent",
    rows: "agents",
};

/// An agent as Stringee lists them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Agent {
    /// Stringee's own id, such as `AG_XPHOV0V7X71EFH98`; groups name agents by it.
    pub id: String,
    /// The id with which the agent logs in; the webhook names agents by it.
    #[serde(
        default,
        rename = "stringee_user_id",
        deserialize_with = "tolerant::text"
    )]
    pub user_id: Option<String>,
    /// What people call them.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: Option<String>,
    /// Their telephone.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub phone_number: Option<String>,
    /// 1 = app or SIP phone, 2 = telephone; 1 unless given.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub routing_type: Option<u32>,
}

impl Client {
    /// All agents of the project.
    ///
    /// # Errors
    /// As every request: no answer, a refusal, or an answer that is not understood.
    pub fn agents(&self) -> Result<Vec<Agent>, ApiError> {
        self.all(AGENTS, None)
    }
}
