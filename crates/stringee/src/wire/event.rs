//! Call events: what the platform says has happened to a call, tolerantly read.
//!
//! Shape: <https://developer.stringee.com/docs/server/call-events>. Unknown fields and statuses are as good as any;
//! what is not a text or a number counts as absent.

use serde_json::Value;

/// What an event says.
#[derive(Debug, PartialEq, Eq)]
pub struct CallEvent {
    /// The platform's project, if it was given as a whole number.
    pub project_id: Option<u64>,
    /// What has happened to which call; `None`: it does not say.
    pub happened: Option<Happened>,
}

/// What has happened to a call.
#[derive(Debug, PartialEq, Eq)]
pub struct Happened {
    /// The `callId` of the questions.
    pub call_id: String,
    /// What.
    pub status: Status,
    /// Who calls, as sent; empty if anonymous.
    pub from: String,
    /// Who is called, as sent: an agent's id or telephone number once an agent is rung. That it is, is inferred from
    /// how inbound calls look, not documented.
    pub to: String,
}

/// The statuses from which something follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// An agent is rung.
    Ringing,
    /// An agent has taken the call.
    Answered,
    /// The agent's part in the call is over.
    AgentEnded,
    /// The call is over.
    Ended,
    /// `created`, `started`, and whatever else there may be.
    Other,
}

/// The longest call id or number that is remembered; the platform's ids have some 40 characters.
const MOST_ID_BYTES: usize = 200;

impl CallEvent {
    /// Reads a body, whatever its content type. The error says what is wrong, and where.
    pub fn from_json(body: &[u8]) -> Result<Self, String> {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        let event: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if !event.is_object() {
            return Err("expected an object".to_owned());
        }
        let project_id = text(event.get("project_id")).parse().ok();
        Ok(Self {
            project_id,
            happened: Happened::of(&event),
        })
    }
}

impl Happened {
    fn of(event: &Value) -> Option<Self> {
        let is_usable = |id: &String| (1..=MOST_ID_BYTES).contains(&id.len());
        let status = Some(text(event.get("call_status"))).filter(|status| !status.is_empty())?;
        Some(Self {
            call_id: Some(text(event.get("call_id"))).filter(is_usable)?,
            status: Status::of(&status),
            from: number(event.pointer("/from/number")),
            to: number(event.pointer("/to/number")),
        })
    }
}

impl Status {
    fn of(word: &str) -> Self {
        match word {
            "ringing" => Self::Ringing,
            "answered" => Self::Answered,
            "agentEnded" => Self::AgentEnded,
            "ended" => Self::Ended,
            _ => Self::Other,
        }
    }
}

/// A text that can be somebody's number; the ledger keeps it.
fn number(value: Option<&Value>) -> String {
    Some(text(value))
        .filter(|number| number.len() <= MOST_ID_BYTES)
        .unwrap_or_default()
}

/// A text, or a number taken for text; anything else is as good as nothing.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happened(call_id: &str, status: Status, from: &str, to: &str) -> Happened {
        Happened {
            call_id: call_id.to_owned(),
            status,
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    #[track_caller]
    fn check(body: &str, project_id: Option<u64>, expected: impl Into<Option<Happened>>) {
        assert_eq!(
            CallEvent::from_json(body.as_bytes()),
            Ok(CallEvent {
                project_id,
                happened: expected.into()
            }),
            "{body}"
        );
    }

    #[test]
    fn the_documented_events_are_read() {
        let (from, to) = ("84899199866", "84909985668");
        let started = happened(
            "call-vn-1-ZD3IDIXS1J-1515820305477",
            Status::Other,
            from,
            to,
        );
        check(
            include_str!("../../../../tests/fixtures/stringee/call-event-started.json"),
            Some(25),
            started,
        );
        let ended = happened(
            "call-vn-1-ZD3IDIXS1J-1515820305478",
            Status::Ended,
            from,
            to,
        );
        check(
            include_str!("../../../../tests/fixtures/stringee/call-event-ended.json"),
            Some(25),
            ended,
        );
    }

    #[test]
    fn odd_values_are_absent_and_numbers_are_texts() {
        let body = r#"{"call_id":7,"call_status":"agentEnded","project_id":"25","from":{"number":84986776777},"to":[]}"#;
        check(
            body,
            Some(25),
            happened("7", Status::AgentEnded, "84986776777", ""),
        );
        let body = r#"{"call_id":"a","call_status":"answered","from":null,"to":{"number":{}},"new":[[1]]}"#;
        check(body, None, happened("a", Status::Answered, "", ""));
        check(
            r#"{"call_id":"a","call_status":"teleported"}"#,
            None,
            happened("a", Status::Other, "", ""),
        );
        check(
            "\u{feff}{\"call_id\":\"a\",\"call_status\":1}",
            None,
            happened("a", Status::Other, "", ""),
        );
    }

    #[test]
    fn what_does_not_say_what_happened_to_which_call_is_of_no_use() {
        let long = format!(
            r#"{{"call_id":"{}","call_status":"ended"}}"#,
            "x".repeat(MOST_ID_BYTES + 1)
        );
        for body in [
            "{}",
            r#"{"call_id":"a"}"#,
            r#"{"call_status":"ended"}"#,
            r#"{"call_id":"","call_status":"ended"}"#,
            &long,
        ] {
            check(body, None, None);
        }
    }

    #[test]
    fn a_number_that_cannot_be_one_is_absent() {
        let long = "8".repeat(MOST_ID_BYTES + 1);
        let body = format!(
            r#"{{"call_id":"a","call_status":"answered","from":{{"number":"{long}"}},"to":{{"number":"84"}}}}"#
        );
        check(&body, None, happened("a", Status::Answered, "", "84"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for (body, expected) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("hello", "expected value at line 1 column 1"),
            ("[]", "expected an object"),
            ("7", "expected an object"),
        ] {
            assert_eq!(
                CallEvent::from_json(body.as_bytes()),
                Err(expected.to_owned())
            );
        }
        assert!(CallEvent::from_json("[".repeat(200_000).as_bytes()).is_err());
    }
}
