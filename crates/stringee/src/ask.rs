//! Asks a `get_list_agents` webhook as Stringee does, and reads the answer as strictly as anybody may.
//!
//! For `queues connect`, which tries a webhook before it is set, and for the emulator.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ureq::Agent;

use crate::client::http_agent;
use crate::wire::signature::{SIGNATURE_HEADER, SigningKey};

/// A webhook, and the key with which questions to it are signed.
#[derive(Clone, Debug)]
pub struct Asker {
    http: Agent,
    signing_key: Option<SigningKey>,
}

/// Calls that wait in a queue.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingCalls<'a> {
    /// The queue.
    pub queue_id: &'a str,
    /// The calls.
    pub calls: Vec<WaitingCall<'a>>,
    /// The project; left out if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<u64>,
}

/// A call that waits.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingCall<'a> {
    /// Its id.
    pub call_id: &'a str,
    /// Who calls.
    pub from: &'a str,
    /// The hotline.
    pub to: &'a str,
}

/// What a webhook answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedAnswer {
    /// A list for each call, in the order of the answer.
    pub calls: Vec<AnsweredCall>,
    /// By which version of the rules, if the webhook says so.
    pub version: Option<String>,
}

/// Whom to ring for a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnsweredCall {
    /// The call.
    pub call_id: String,
    /// The agents, the first one first.
    pub agents: Vec<OfferedAgent>,
}

/// An agent to ring.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OfferedAgent {
    /// The id with which the agent logs in.
    #[serde(rename = "stringee_user_id")]
    pub user_id: String,
    /// The telephone, needed with `routing_type` 2.
    #[serde(default)]
    pub phone_number: Option<String>,
    /// 1 = app or SIP phone, 2 = telephone.
    pub routing_type: u8,
    /// For how many seconds.
    pub answer_timeout: u32,
}

/// Why a webhook cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No answer came.
    #[error("no answer")]
    Unreachable(#[source] Box<ureq::Error>),
    /// It refuses, or something before it does.
    #[error("it answered with HTTP status {status}{}", hint(*status))]
    Status {
        /// The status.
        status: u16,
    },
    /// Not the JSON that Stringee documents.
    #[error("its answer is not understood: {fault}")]
    NotUnderstood {
        /// What is wrong with it.
        fault: String,
    },
}

/// The answer's outer object.
#[derive(Deserialize)]
struct Body {
    version: u32,
    calls: Vec<AnsweredCall>,
}

/// The only documented version of the answer.
const VERSION: u32 = 2;

impl Asker {
    /// Somebody who asks, with a signing secret key if questions are to be signed, and with some patience.
    pub fn new(signing_key: Option<&str>, limit: Duration) -> Self {
        Self {
            http: http_agent(limit),
            signing_key: signing_key.map(SigningKey::new),
        }
    }

    /// Asks.
    ///
    /// # Errors
    /// No answer, an answer with another status than 200, or one that is not as documented.
    pub fn ask(&self, url: &str, question: &WaitingCalls<'_>) -> Result<CheckedAnswer, AskError> {
        let unreachable = |error| AskError::Unreachable(Box::new(error));
        // Texts and numbers always have a JSON form.
        let body = serde_json::to_vec(question).unwrap_or_default();
        let mut request = self
            .http
            .post(url)
            .header("content-type", "application/json");
        if let Some(key) = &self.signing_key {
            request = request.header(SIGNATURE_HEADER, key.sign(&body));
        }
        let mut response = request.send(&body[..]).map_err(unreachable)?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_vec().map_err(unreachable)?;
        if status != 200 {
            return Err(AskError::Status { status });
        }
        let version = match response.headers().get("x-rules-version") {
            Some(version) => version.to_str().ok().map(str::to_owned),
            None => None,
        };
        Ok(CheckedAnswer {
            calls: read(&text)?,
            version,
        })
    }
}

fn read(text: &[u8]) -> Result<Vec<AnsweredCall>, AskError> {
    let not_understood = |fault: String| AskError::NotUnderstood { fault };
    let body: Body =
        serde_json::from_slice(text).map_err(|fault| not_understood(fault.to_string()))?;
    if body.version != VERSION {
        return Err(not_understood(format!(
            "version is {}, not {VERSION}",
            body.version
        )));
    }
    Ok(body.calls)
}

/// What a status means when our own server gives it.
fn hint(status: u16) -> &'static str {
    match status {
        401 => ": the signature is missing or wrong; is it the signing key of this project?",
        403 => ": this machine's address is not in webhook.networks",
        404 => ": no webhook there; the path is /get_list_agents, and a secret may have to follow",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_answer_is_read() {
        let calls = read(include_bytes!(
            "../../../tests/fixtures/get-list-agents-response-v2.json"
        ))
        .unwrap();
        let lists: Vec<Vec<&str>> = calls
            .iter()
            .map(|call| call.agents.iter().map(|agent| &*agent.user_id).collect())
            .collect();
        assert_eq!(lists, [vec!["agent_1", "agent_2"], vec!["agent_1"]]);
        assert_eq!(
            calls[0].agents[0].phone_number.as_deref(),
            Some("84909992666")
        );
    }

    #[test]
    fn nobody_is_an_answer_too() {
        let calls = read(include_bytes!(
            "../../../tests/fixtures/stringee/peer-response-chatwoot-fork-nobody.json"
        ))
        .unwrap();
        assert_eq!((calls.len(), calls[0].agents.len()), (1, 0));
    }

    #[test]
    fn what_is_not_as_documented_is_said() {
        let check = |text: &[u8], fault: &str| {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(fault), "{error}");
        };
        check(b"hello", "expected value");
        check(br#"{"version": 1, "calls": []}"#, "version is 1, not 2");
        check(br#"{"calls": []}"#, "missing field `version`");
        let half = include_bytes!(
            "../../../tests/fixtures/stringee/peer-response-booking-crm-minimal.json"
        );
        check(half, "expected a string");
    }
}
