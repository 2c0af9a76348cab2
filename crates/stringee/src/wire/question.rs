//! The platform's JSON: the question as it comes in, tolerantly read.
//!
//! Shapes: <https://developer.stringee.com/docs/icc-rest-api/contact-center-queue-management>. Nobody guarantees them,
//! so only what is needed is read: unknown fields are skipped, numbers are taken for text, `null` for absent, and of a
//! key that is there twice the last one counts. An id is a name: one sent as a number keeps every digit of it.
//!
//! `serde_json` reads whatever may come. What does come is read by `plain.rs`, in a third of the time.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::value::{Text, is_damaged, name};
use super::{plain, repair};

/// What the platform asks: who may take these calls?
#[derive(Debug, PartialEq, Eq)]
pub struct Question<'b> {
    /// Empty if it was not given.
    pub queue_id: Cow<'b, str>,
    /// The platform's project, if it was given as a whole number.
    pub project_id: Option<u64>,
    /// In the order asked.
    pub calls: Vec<AskedCall<'b>>,
    /// How many elements of `calls` were not calls or had no id.
    pub unusable_calls: usize,
}

/// One waiting call.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AskedCall<'b> {
    /// Never empty.
    pub call_id: Cow<'b, str>,
    /// As it was sent; who calls.
    pub from: Option<Cow<'b, str>>,
    /// As it was sent; the hotline that was called.
    pub to: Option<Cow<'b, str>>,
}

impl<'b> Question<'b> {
    /// Reads a body, whatever its content type. The error says what is wrong, and where.
    ///
    /// A value that is no text, such as bytes that are not UTF-8 or half of a surrogate pair, counts as absent; the
    /// calls are answered all the same.
    pub fn from_json(body: &'b [u8]) -> Result<Self, String> {
        let body = repair::without_byte_order_mark(body);
        let Ok(text) = std::str::from_utf8(body) else {
            let text = String::from_utf8_lossy(body);
            let repaired = repair::lone_surrogates(&text);
            return Self::from_repaired(repaired.as_deref().unwrap_or(&text));
        };
        if let Some(question) = plain::question(text) {
            return Ok(question);
        }
        let read = Self::from_any_json(text);
        match repair::lone_surrogates(text) {
            Some(repaired) if read.is_err() => Self::from_repaired(&repaired),
            _ => read,
        }
    }

    pub(super) fn from_any_json(body: &'b str) -> Result<Self, String> {
        Self::of(serde_json::from_str(body))
    }

    fn of(fields: serde_json::Result<QuestionFields<'b>>) -> Result<Self, String> {
        let fields = fields.map_err(|error| fault(&error))?;
        let Some(Calls { usable, unusable }) = fields.calls else {
            return Err("`calls` is missing".to_owned());
        };
        Ok(Self {
            queue_id: fields.queue_id.0.unwrap_or_default(),
            project_id: fields.project_id.0.and_then(|id| id.parse().ok()),
            calls: usable,
            unusable_calls: unusable,
        })
    }

    /// Reads one call from a query string, as a `GET` has it.
    pub fn from_query(query: &'b str) -> Result<Self, String> {
        let field = |name: &str| {
            for pair in query.split('&').rev() {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                if key == name {
                    let value = from_form(value);
                    return if is_damaged(&value) {
                        None
                    } else {
                        Some(value)
                    };
                }
            }
            None
        };
        let call_id = field("callId").unwrap_or_default();
        if call_id.is_empty() {
            return Err("there is no body, and no `callId` in the query".to_owned());
        }
        Ok(Self {
            queue_id: field("queueId").unwrap_or_default(),
            project_id: field("projectId").and_then(|id| id.parse().ok()),
            calls: vec![AskedCall {
                call_id,
                from: field("from"),
                to: field("to"),
            }],
            unusable_calls: 0,
        })
    }
}

impl Question<'_> {
    /// Reads a body in which [`char::REPLACEMENT_CHARACTER`] stands for what was no text.
    fn from_repaired<'b>(body: &str) -> Result<Question<'b>, String> {
        let whole = |text: Cow<'_, str>| {
            if is_damaged(&text) {
                return None;
            }
            Some(Cow::Owned(text.into_owned()))
        };
        let read = Question::from_any_json(body)?;
        let asked = read.calls.len();
        let mut calls: Vec<AskedCall<'b>> = Vec::new();
        for call in read.calls {
            if let Some(call_id) = whole(call.call_id) {
                calls.push(AskedCall {
                    call_id,
                    from: call.from.and_then(whole),
                    to: call.to.and_then(whole),
                });
            }
        }
        Ok(Question {
            queue_id: whole(read.queue_id).unwrap_or_default(),
            project_id: read.project_id,
            unusable_calls: read.unusable_calls + asked - calls.len(),
            calls,
        })
    }
}

/// What is wrong and where, for the log as well: without the value that was found, which may be a number or a name.
fn fault(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(", expected ") {
        Some((_, expected)) if error.is_data() => format!("expected {expected}"),
        _ => text,
    }
}

/// Undoes the encoding of a form's value.
fn from_form(value: &str) -> Cow<'_, str> {
    if !value.contains(['+', '%']) {
        return Cow::Borrowed(value);
    }
    let spaced = value.replace('+', " ");
    Cow::Owned(
        percent_encoding::percent_decode_str(&spaced)
            .decode_utf8_lossy()
            .into_owned(),
    )
}

/// The fields of the question's object that matter.
#[derive(Default)]
struct QuestionFields<'b> {
    queue_id: Text<'b>,
    project_id: Text<'b>,
    calls: Option<Calls<'b>>,
}

impl<'de> Deserialize<'de> for QuestionFields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = QuestionFields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with `calls`")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<QuestionFields<'de>, A::Error> {
                let mut fields = QuestionFields::default();
                while let Some(key) = map.next_key()? {
                    match key {
                        QuestionKey::QueueId => fields.queue_id = map.next_value()?,
                        QuestionKey::ProjectId => fields.project_id = map.next_value()?,
                        QuestionKey::Calls => fields.calls = Some(map.next_value()?),
                        QuestionKey::Other => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_any(FieldsVisitor)
    }
}

/// Room for the calls of a usual question.
pub(super) const USUAL_CALLS: usize = 4;

/// The elements of `calls`.
struct Calls<'b> {
    usable: Vec<AskedCall<'b>>,
    unusable: usize,
}

impl<'de> Deserialize<'de> for Calls<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CallsVisitor;
        impl<'de> Visitor<'de> for CallsVisitor {
            type Value = Calls<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of calls in `calls`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Calls<'de>, A::Error> {
                let mut calls = Calls {
                    usable: Vec::with_capacity(USUAL_CALLS),
                    unusable: 0,
                };
                while let Some(Element(call)) = seq.next_element()? {
                    match call {
                        Some(call) => calls.usable.push(call),
                        None => calls.unusable += 1,
                    }
                }
                Ok(calls)
            }
        }
        deserializer.deserialize_any(CallsVisitor)
    }
}

/// A call, or `None` for what is not an object or has no `callId`.
struct Element<'b>(Option<AskedCall<'b>>);

impl<'de> Deserialize<'de> for Element<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sent = <&RawValue>::deserialize(deserializer)?.get();
        if !sent.starts_with('{') {
            return Ok(Self(None));
        }
        let CallFields { call_id, from, to } =
            serde_json::from_str(sent).map_err(D::Error::custom)?;
        let call_id = call_id.filter(|call_id| !call_id.is_empty());
        Ok(Self(call_id.map(|call_id| AskedCall { call_id, from, to })))
    }
}

/// The keys of the question's object.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum QuestionKey {
    QueueId,
    ProjectId,
    Calls,
    #[serde(other)]
    Other,
}

/// The keys of a call's object.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum CallKey {
    CallId,
    From,
    To,
    #[serde(other)]
    Other,
}

/// The fields of a call. Of a key that is there twice the last one counts.
#[derive(Default)]
struct CallFields<'b> {
    call_id: Option<Cow<'b, str>>,
    from: Option<Cow<'b, str>>,
    to: Option<Cow<'b, str>>,
}

impl<'de> Deserialize<'de> for CallFields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CallVisitor;
        impl<'de> Visitor<'de> for CallVisitor {
            type Value = CallFields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a call")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CallFields<'de>, A::Error> {
                let mut call = CallFields::default();
                while let Some(key) = map.next_key()? {
                    match key {
                        CallKey::CallId => call.call_id = name(map.next_value()?),
                        CallKey::From => call.from = map.next_value::<Text<'_>>()?.0,
                        CallKey::To => call.to = map.next_value::<Text<'_>>()?.0,
                        CallKey::Other => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(call)
            }
        }
        deserializer.deserialize_map(CallVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(body: &str) -> Question<'_> {
        Question::from_json(body.as_bytes()).unwrap()
    }

    fn call<'a>(call_id: &'a str, from: Option<&'a str>, to: Option<&'a str>) -> AskedCall<'a> {
        AskedCall {
            call_id: call_id.into(),
            from: from.map(Into::into),
            to: to.map(Into::into),
        }
    }

    #[test]
    fn the_documented_question_is_read_without_copies() {
        let body = include_str!("../../../../tests/fixtures/get-list-agents-request-2calls.json");
        let question = question(body);
        assert_eq!(
            (&*question.queue_id, question.project_id),
            ("queue_1", Some(25))
        );
        assert_eq!(question.calls.len(), 2);
        assert!(matches!(
            question.calls[0].from,
            Some(Cow::Borrowed("84986776777"))
        ));
    }

    #[test]
    fn numbers_are_taken_for_text_and_odd_values_for_absent() {
        let body = r#"{"queueId":7,"projectId":"25","calls":[
            {"callId":123,"from":84986776777,"to":null},
            {"callId":"b","from":{"a":[1]},"to":[true,{}]},
            {"callId":"c","from":true,"to":8.4e10}]}"#;
        let question = question(body);
        assert_eq!((&*question.queue_id, question.project_id), ("7", Some(25)));
        let expected = [
            call("123", Some("84986776777"), None),
            call("b", None, None),
            call("c", None, Some("84000000000")),
        ];
        assert_eq!(question.calls, expected);
    }

    #[test]
    fn an_id_sent_as_a_number_keeps_its_digits() {
        for id in [
            "0",
            "-1",
            "18446744073709551616",
            "123456789012345678901234567890",
            "1.50",
            "1E400",
        ] {
            let body = format!(r#"{{"calls":[{{"callId": {id} }}]}}"#);
            assert_eq!(question(&body).calls, [call(id, None, None)]);
        }
    }

    #[test]
    fn what_is_not_a_call_is_counted_and_the_others_stay_in_order() {
        let body = r#"{"calls":[1,{"callId":"a"},null,"x",[],{"from":"1"},{"callId":""},{"callId":{}},{"callId":"b"},false,1.5,-1]}"#;
        let question = question(body);
        assert_eq!(
            question.calls,
            [call("a", None, None), call("b", None, None)]
        );
        assert_eq!(question.unusable_calls, 10);
    }

    #[test]
    fn the_last_of_two_equal_keys_counts_and_unknown_ones_do_not() {
        let body = r#"{"queueId":"x","calls":[{"callId":"no"}],"extra":{"calls":[]},
            "calls":[{"callId":"a","callId":"b","more":[[[]]]}],"queueId":"y"}"#;
        let question = question(body);
        assert_eq!(
            (&*question.queue_id, &*question.calls),
            ("y", &[call("b", None, None)][..])
        );
    }

    #[test]
    fn a_byte_order_mark_and_escapes_are_read() {
        let question = question("\u{feff}{\"c\\u0061lls\":[{\"callId\":\"\\u00e9\\n\"}]}");
        assert_eq!(question.calls, [call("é\n", None, None)]);
    }

    /// Each value that is no text is absent; the question and its other calls are read.
    #[test]
    fn what_is_no_text_counts_as_absent() {
        let read = |body: &[u8]| {
            let read = Question::from_json(body).unwrap();
            let calls = read.calls.iter().map(|call| {
                let part = |part: &Option<Cow<'_, str>>| part.as_deref().unwrap_or("-").to_owned();
                format!("{} {} {}", call.call_id, part(&call.from), part(&call.to))
            });
            let calls: Vec<String> = calls.collect();
            format!(
                "{}: {}; {}",
                read.queue_id,
                calls.join(", "),
                read.unusable_calls
            )
        };
        for odd in [
            br#""\ud800""#.as_slice(),
            br#""84\uDFFF9""#,
            br#""\ud800\u0041""#,
            b"\"\xff\"",
            b"\"\xf0\x9f\"",
            b"\"\xed\xa0\x80\"",
            b"1e400",
            b"-1e400",
            b"{\"a\":[1]}",
            b"true",
            b"null",
        ] {
            let with = |before: &[u8], after: &[u8]| [before, odd, after].concat();
            let from = with(
                br#"{"queueId":"q","calls":[{"callId":"a","from":"#,
                br#","to":"2"},{"callId":"b"}]}"#,
            );
            assert_eq!(read(&from), "q: a - 2, b - -; 0", "{}", odd.escape_ascii());
            let to = with(
                br#"{"queueId":"q","calls":[{"callId":"a","from":"1","to":"#,
                b"}]}",
            );
            assert_eq!(read(&to), "q: a 1 -; 0", "{}", odd.escape_ascii());
            let queue = with(
                br#"{"queueId":"#,
                br#","calls":[{"callId":"a","from":"1"}]}"#,
            );
            assert_eq!(read(&queue), ": a 1 -; 0", "{}", odd.escape_ascii());
            let project = with(
                br#"{"projectId":"#,
                br#","queueId":"q","calls":[{"callId":"a"}]}"#,
            );
            assert_eq!(read(&project), "q: a - -; 0", "{}", odd.escape_ascii());
            let unknown = with(br#"{"queueId":"q","x":"#, br#","calls":[{"callId":"a"}]}"#);
            assert_eq!(read(&unknown), "q: a - -; 0", "{}", odd.escape_ascii());
        }
    }

    #[test]
    fn a_call_whose_id_is_no_text_is_left_out_and_the_others_are_read() {
        for odd in [br#""\ud800""#.as_slice(), b"\"\xff\"", b"{}", b"null"] {
            let body = [br#"{"calls":[{"callId":"#, odd, br#"},{"callId":"b"}]}"#].concat();
            let read = Question::from_json(&body).unwrap();
            assert_eq!(
                read.calls,
                [call("b", None, None)],
                "{}",
                odd.escape_ascii()
            );
            assert_eq!(read.unusable_calls, 1);
        }
    }

    #[test]
    fn a_key_that_is_no_text_is_an_unknown_key() {
        for key in [
            br"\udc00".as_slice(),
            b"\xff",
            br"\ud83d\u0020",
            b"\xff\\udc00",
        ] {
            let body = [
                b"{\"",
                key,
                br#"":1,"calls":[{"callId":"a",""#,
                key,
                br#"":[]}]}"#,
            ]
            .concat();
            let read = Question::from_json(&body).unwrap();
            assert_eq!(
                read.calls,
                [call("a", None, None)],
                "{}",
                key.escape_ascii()
            );
        }
    }

    #[track_caller]
    fn refused(body: &[u8], expected: &str) {
        let error = Question::from_json(body).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_is_no_question_is_named_with_its_place() {
        refused(b"", "EOF while parsing a value at line 1 column 0");
        refused(b"hello", "expected value at line 1 column 1");
        refused(b"[]", "expected an object with `calls`");
        refused(b"{}", "`calls` is missing");
        refused(
            br#"{"calls":{}}"#,
            "expected an array of calls in `calls` at line 1 column 11",
        );
        refused(
            br#"{"calls":null}"#,
            "expected an array of calls in `calls`",
        );
        refused(
            br#"{"calls":[]} x"#,
            "trailing characters at line 1 column 14",
        );
        refused(
            br#"{"calls":[{"callId":1.}]}"#,
            "invalid number at line 1 column 23",
        );
        refused(
            b"{\"calls\":[]}\xff",
            "trailing characters at line 1 column 13",
        );
        refused("[".repeat(200_000).as_bytes(), "");
        refused(
            format!("{{\"calls\":{}", "[".repeat(200_000)).as_bytes(),
            "",
        );
    }

    #[test]
    fn what_was_sent_is_not_repeated() {
        for body in [
            r#""84986776777, expected x""#,
            "84986776777",
            r#"{"calls":"84986776777"}"#,
            r#"{"calls":84986776777}"#,
        ] {
            let error = Question::from_json(body.as_bytes()).unwrap_err();
            assert!(
                error.starts_with("expected an ") && !error.contains("84986776777"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_query_holds_one_call() {
        let question =
            Question::from_query("queueId=q%201&callId=a&from=%2B84986776777&to=1&projectId=25")
                .unwrap();
        assert_eq!(
            (&*question.queue_id, question.project_id),
            ("q 1", Some(25))
        );
        assert_eq!(question.calls, [call("a", Some("+84986776777"), Some("1"))]);
        assert!(Question::from_query("queueId=q").is_err());
        let odd = Question::from_query("queueId=%ff&callId=a&from=%ed%a0%80&to=1").unwrap();
        assert_eq!(odd.queue_id, "");
        assert_eq!(odd.calls, [call("a", None, Some("1"))]);
    }
}
