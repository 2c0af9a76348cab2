//! Call events as Stringee posts them to an `event_url`.
//!
//! <https://developer.stringee.com/docs/server/call-events>. That the agent of an inbound call is `to.number` is
//! inferred, not documented.

use serde::Serialize;

/// What has happened to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Status {
    Created,
    Started,
    Ringing,
    Answered,
    AgentEnded,
    Ended,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct CallEvent {
    pub(super) call_status: Status,
    pub(super) call_id: String,
    pub(super) timestamp_ms: i64,
    pub(super) project_id: u64,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) from: Party,
    pub(super) to: Party,
}

/// One end of a call.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Party {
    pub(super) number: String,
    pub(super) alias: String,
    pub(super) is_online: bool,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

impl Party {
    /// Somebody on the telephone network.
    pub(super) fn external(number: &str) -> Self {
        Self {
            number: number.to_owned(),
            alias: number.to_owned(),
            is_online: false,
            kind: "external",
        }
    }

    /// An agent.
    pub(super) fn internal(user_id: &str) -> Self {
        Self {
            number: user_id.to_owned(),
            alias: user_id.to_owned(),
            is_online: true,
            kind: "internal",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_event_has_no_field_that_the_documented_one_has_not() {
        let event = CallEvent {
            call_status: Status::AgentEnded,
            call_id: "call-vn-1-A-1".to_owned(),
            timestamp_ms: 1,
            project_id: 25,
            kind: "stringee_call",
            from: Party::external("84986776777"),
            to: Party::internal("agent_1"),
        };
        let event = serde_json::to_value(event).unwrap();
        let sample: Value = serde_json::from_str(include_str!(
            "../../../tests/fixtures/stringee/call-event-started.json"
        ))
        .unwrap();
        for (name, value) in event.as_object().unwrap() {
            assert!(sample.get(name).is_some(), "{name}");
            for inner in value.as_object().into_iter().flatten() {
                assert!(sample[name].get(inner.0).is_some(), "{name}.{}", inner.0);
            }
        }
        assert_eq!(event["call_status"], "agentEnded");
    }
}
