//! Call events: what the platform says has happened to a call, tolerantly read.
//!
//! Shape: <https://developer.stringee.com/docs/server/call-events>. Unknown fields and statuses are as good as any;
//! what is not a text or a number counts as absent.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::repair;
use super::value::{Text, is_damaged};

/// The values of an object, as they were sent.
type Fields<'b> = HashMap<String, &'b RawValue>;

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
    /// When, by the platform's clock: milliseconds since 1970, if it was given as a whole number.
    pub stamp_ms: Option<i64>,
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
const MAX_ID_BYTES: usize = 200;

impl CallEvent {
    /// Reads a body, whatever its content type. The error says what is wrong, and where.
    pub fn from_json(body: &[u8]) -> Result<Self, String> {
        let body = String::from_utf8_lossy(repair::without_byte_order_mark(body));
        let read = Self::from_text(&body);
        match repair::lone_surrogates(&body) {
            Some(repaired) if read.is_err() => Self::from_text(&repaired),
            _ => read,
        }
    }

    fn from_text(body: &str) -> Result<Self, String> {
        let event: &RawValue = serde_json::from_str(body).map_err(|error| error.to_string())?;
        if !event.get().starts_with('{') {
            return Err("expected an object".to_owned());
        }
        let event: Fields<'_> =
            serde_json::from_str(event.get()).map_err(|error| error.to_string())?;
        Ok(Self {
            project_id: text(event.get("project_id")).parse().ok(),
            happened: Happened::from_fields(&event),
        })
    }
}

impl Happened {
    fn from_fields(event: &Fields<'_>) -> Option<Self> {
        let (status, call_id) = (text(event.get("call_status")), text(event.get("call_id")));
        if status.is_empty() || call_id.is_empty() || call_id.len() > MAX_ID_BYTES {
            return None;
        }
        Some(Self {
            call_id,
            status: Status::from_word(&status),
            from: party(event.get("from")),
            to: party(event.get("to")),
            stamp_ms: text(event.get("timestamp_ms")).parse().ok(),
        })
    }
}

impl Status {
    fn from_word(word: &str) -> Self {
        match word {
            "ringing" => Self::Ringing,
            "answered" => Self::Answered,
            "agentEnded" => Self::AgentEnded,
            "ended" => Self::Ended,
            _ => Self::Other,
        }
    }
}

/// The number of a side of the call; the ledger keeps it.
/// The number of a side of the call; the ledger keeps it.
fn party(value: Option<&&RawValue>) -> String {
    let Some(value) = value else {
        return String::new();
    };
    let Ok(party) = serde_json::from_str::<Fields<'_>>(value.get()) else {
        return String::new();
    };
    let number = text(party.get("number"));
    if number.len() > MAX_ID_BYTES {
        return String::new();
    }
    number
}

/// A text, or a number taken for text; anything else is as good as nothing.
fn text(value: Option<&&RawValue>) -> String {
    let Some(value) = value else {
        return String::new();
    };
    match Text::from(*value).0 {
        Some(text) if !is_damaged(&text) => text.into_owned(),
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
            stamp_ms: None,
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
        let started = Happened {
            stamp_ms: Some(1_515_859_261_381),
            ..happened(
                "call-vn-1-ZD3IDIXS1J-1515820305477",
                Status::Other,
                from,
                to,
            )
        };
        check(
            include_str!("../../../../tests/fixtures/stringee/call-event-started.json"),
            Some(25),
            started,
        );
        let ended = Happened {
            stamp_ms: Some(1_538_369_461_077),
            ..happened(
                "call-vn-1-ZD3IDIXS1J-1515820305478",
                Status::Ended,
                from,
                to,
            )
        };
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
    fn what_is_no_text_counts_as_absent() {
        let bodies: [&[u8]; 4] = [
            br#"{"call_id":"a","call_status":"answered","from":{"number":"\ud800"},"x":"\udfff"}"#,
            b"{\"call_id\":\"a\",\"call_status\":\"answered\",\"from\":{\"number\":\"\xff\"}}",
            br#"{"call_id":"a","call_status":"answered","from":{"number":1e400},"x":-1e999}"#,
            br#"{"call_id":"a","call_status":"answered","\ud800":1,"from":"84986776777"}"#,
        ];
        let expected = happened("a", Status::Answered, "", "");
        for body in bodies {
            let read = CallEvent::from_json(body).unwrap();
            assert_eq!(
                read.happened.as_ref(),
                Some(&expected),
                "{}",
                body.escape_ascii()
            );
        }
    }

    #[test]
    fn what_does_not_say_what_happened_to_which_call_is_of_no_use() {
        let long = format!(
            r#"{{"call_id":"{}","call_status":"ended"}}"#,
            "x".repeat(MAX_ID_BYTES + 1)
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
        let long = "8".repeat(MAX_ID_BYTES + 1);
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
