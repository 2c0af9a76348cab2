//! The question as the platform writes it, read in one pass: by `serde_json` alone, reading took longer than deciding.
//!
//! Only texts without an escape, and whole numbers where a name is not asked for. Whatever looks different, right or
//! wrong, is `None` here and left to the reader in [`super`], which is the one that says what a question is: what is
//! read here must be what it reads.

use std::borrow::Cow;

use super::question::{AskedCall, Question, USUAL_CALLS};

/// Reads a whole body.
pub(super) fn question(body: &str) -> Option<Question<'_>> {
    let mut reader = Reader { body, at: 0 };
    let (mut queue_id, mut project_id, mut calls) = ("", None, None);
    reader.object(|reader, key| {
        match key {
            "queueId" => queue_id = reader.text()?,
            "projectId" => project_id = Some(reader.scalar()?),
            "calls" => calls = Some(reader.calls()?),
            _ => reader.pass_scalar()?,
        }
        Some(())
    })?;
    if !reader.is_at_end() {
        return None;
    }
    let project_id = match project_id {
        Some(Scalar::Number(digits)) => Some(digits.parse().ok()?),
        Some(Scalar::Text(text)) => text.parse().ok(),
        None => None,
    };
    Some(Question {
        queue_id: Cow::Borrowed(queue_id),
        project_id,
        calls: calls?,
        unusable_calls: 0,
    })
}

/// A value that is not a name.
enum Scalar<'b> {
    Text(&'b str),
    /// Digits.
    Number(&'b str),
}

/// A place in the body. A step that fails leaves it anywhere.
struct Reader<'b> {
    body: &'b str,
    at: usize,
}

impl<'b> Reader<'b> {
    fn calls(&mut self) -> Option<Vec<AskedCall<'b>>> {
        let mut calls = Vec::with_capacity(USUAL_CALLS);
        self.take(b'[')?;
        if self.has(b']') {
            return Some(calls);
        }
        loop {
            let begin = self.at;
            let call = self.usual_call().or_else(|| {
                self.at = begin;
                self.call()
            });
            calls.push(call?);
            if !self.has(b',') {
                self.take(b']')?;
                return Some(calls);
            }
        }
    }

    /// A call as the documentation shows it, to the letter: in half the time of looking for its keys one by one.
    fn usual_call(&mut self) -> Option<AskedCall<'b>> {
        let call_id = self.text_after("{\"callId\":\"")?;
        let from = self.text_after("\",\"from\":\"")?;
        let to = self.text_after("\",\"to\":\"")?;
        self.pass("\"}")?;
        AskedCall::known(call_id, Some(from), Some(to))
    }

    /// The text behind a piece of the body that must come next, to the letter. Leaves off before what ends it.
    fn text_after(&mut self, piece: &str) -> Option<&'b str> {
        self.pass(piece)?;
        let begin = self.at;
        self.at += end_of_text(self.body.as_bytes().get(begin..)?)?;
        self.body.get(begin..self.at)
    }

    fn pass(&mut self, piece: &str) -> Option<()> {
        let is_next = self
            .body
            .as_bytes()
            .get(self.at..)?
            .starts_with(piece.as_bytes());
        self.at += piece.len();
        is_next.then_some(())
    }

    /// A call with its keys in whatever order.
    fn call(&mut self) -> Option<AskedCall<'b>> {
        let (mut call_id, mut from, mut to) = ("", None, None);
        self.object(|reader, key| {
            match key {
                "callId" => call_id = reader.text()?,
                "from" => from = Some(reader.text()?),
                "to" => to = Some(reader.text()?),
                _ => reader.pass_scalar()?,
            }
            Some(())
        })?;
        AskedCall::known(call_id, from, to)
    }

    /// Reads an object; `value` reads the value of each key.
    fn object(&mut self, mut value: impl FnMut(&mut Self, &'b str) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.has(b'}') {
            return Some(());
        }
        loop {
            let key = self.text()?;
            self.take(b':')?;
            value(self, key)?;
            if !self.has(b',') {
                return self.take(b'}');
            }
        }
    }

    fn scalar(&mut self) -> Option<Scalar<'b>> {
        if self.next() == Some(b'"') {
            Some(Scalar::Text(self.text()?))
        } else {
            Some(Scalar::Number(self.digits()?))
        }
    }

    /// Goes on past a value that is not needed.
    fn pass_scalar(&mut self) -> Option<()> {
        self.scalar()?;
        Some(())
    }

    /// A text without an escape.
    fn text(&mut self) -> Option<&'b str> {
        self.take(b'"')?;
        let begin = self.at;
        let rest = self.body.as_bytes().get(begin..)?;
        let length = end_of_text(rest)?;
        let is_ended = rest.get(length) == Some(&b'"');
        self.at = begin + length + 1;
        self.body.get(begin..begin + length).filter(|_| is_ended)
    }

    /// A whole number without a sign.
    fn digits(&mut self) -> Option<&'b str> {
        self.next()?;
        let rest = self.body.get(self.at..)?;
        let end = rest.bytes().position(|byte| !byte.is_ascii_digit())?;
        let digits = rest
            .get(..end)
            .filter(|digits| *digits == "0" || !digits.starts_with('0'))?;
        self.at += end;
        // A fraction or an exponent would follow at once.
        (end > 0 && !matches!(rest.as_bytes().get(end), Some(b'.' | b'e' | b'E'))).then_some(digits)
    }

    fn is_at_end(&mut self) -> bool {
        self.next().is_none()
    }

    /// Goes on past a byte that must come next.
    fn take(&mut self, expected: u8) -> Option<()> {
        self.has(expected).then_some(())
    }

    /// Goes on past a byte if it comes next.
    fn has(&mut self, expected: u8) -> bool {
        let is_next = self.next() == Some(expected);
        self.at += usize::from(is_next);
        is_next
    }

    /// The next byte that is not blank.
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = *self.body.as_bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }
}

impl<'b> AskedCall<'b> {
    /// A call with an id.
    fn known(call_id: &'b str, from: Option<&'b str>, to: Option<&'b str>) -> Option<Self> {
        let (from, to) = (from.map(Cow::Borrowed), to.map(Cow::Borrowed));
        (!call_id.is_empty()).then_some(Self {
            call_id: Cow::Borrowed(call_id),
            from,
            to,
        })
    }
}

/// Where the first byte stands that a text does not hold as it is: a quotation mark, a backslash, a control character.
/// Looks at eight bytes at a time, as texts are too short for more.
fn end_of_text(rest: &[u8]) -> Option<usize> {
    const BYTES: usize = size_of::<u64>();
    let (words, tail) = rest.as_chunks::<BYTES>();
    for (at, word) in words.iter().enumerate() {
        let ends = ends_of_text(u64::from_le_bytes(*word));
        if ends != 0 {
            return Some(at * BYTES + usize::try_from(ends.trailing_zeros() / u8::BITS).ok()?);
        }
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    tail.iter()
        .position(ends)
        .map(|at| words.len() * BYTES + at)
}

/// The highest bit of each byte that ends a text. What comes after the first such byte may be wrong: a subtraction
/// borrows from there.
const fn ends_of_text(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    const HIGHEST: u64 = EACH << 7;
    let (quote, backslash) = (word ^ (EACH * 0x22), word ^ (EACH * 0x5c));
    let is_control = word.wrapping_sub(EACH * 0x20) & !word;
    let is_quote = quote.wrapping_sub(EACH) & !quote;
    let is_backslash = backslash.wrapping_sub(EACH) & !backslash;
    (is_control | is_quote | is_backslash) & HIGHEST
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pieces of which a question is made, and of which something near to one is.
    const PIECES: [&str; 44] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\t\r",
        "\"",
        "\\",
        "\"callId\"",
        "\"from\"",
        "\"to\"",
        "\"calls\"",
        "\"queueId\"",
        "\"projectId\"",
        "\"other\"",
        "\"\"",
        "\"84986776777\"",
        "\"é\"",
        "\"\\u0061\"",
        "\"a\u{1}\"",
        "\"25\"",
        "\"+7\"",
        "0",
        "00",
        "25",
        "-1",
        "1.5",
        "2e3",
        "18446744073709551616",
        "true",
        "null",
        "[]",
        "{}",
        "{\"callId\":\"a\"}",
        "{\"callId\":\"a\",\"from\":\"1\",\"to\":\"2\"}",
        "{\"callId\":\"\"}",
        "{\"callId\":7}",
        "\"calls\":[{\"callId\":\"a\"}]",
        "\"calls\":[]",
        "\"queueId\":\"q\"",
        "\"projectId\":25",
    ];

    /// Calls as the documentation shows them, or nearly so.
    fn calls() -> impl Strategy<Value = String> {
        let value = || {
            prop::sample::select(
                &[
                    "\"84986776777\"",
                    "\"é\"",
                    "\"\"",
                    "\"\\n\"",
                    "\"\t\"",
                    "7",
                    "null",
                ][..],
            )
        };
        let end = prop::sample::select(
            &[
                "}",
                "}",
                "}",
                " }",
                ",\"to\":\"3\"}",
                ",\"a\":{}}",
                "\"}",
                "",
            ][..],
        );
        let call = (value(), value(), value(), end).prop_map(|(call_id, from, to, end)| {
            format!("{{\"callId\":{call_id},\"from\":{from},\"to\":{to}{end}")
        });
        prop::collection::vec(call, 0..3)
            .prop_map(|calls| format!("\"calls\":[{}]", calls.join(",")))
    }

    /// Objects of whole fields, of which most are questions, and strings of pieces, of which hardly any is.
    fn bodies() -> impl Strategy<Value = String> {
        let piece = || prop::sample::select(&PIECES[..]);
        let field = prop::sample::select(&PIECES[40..]);
        let odd = (piece(), piece()).prop_map(|(key, value)| format!("{key}:{value}"));
        let field = prop_oneof![4 => field.prop_map(str::to_owned), 2 => calls(), 1 => odd];
        let fields = prop::collection::vec(field, 0..6);
        prop_oneof![
            fields.prop_map(|fields| format!(" {{{}}}", fields.join(" ,"))),
            prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn what_is_read_is_what_any_reader_reads(body in bodies()) {
            if let Some(plain) = question(&body) {
                prop_assert_eq!(Ok(plain), Question::from_any_json(&body));
            }
        }
    }

    proptest! {
        #[test]
        fn a_text_ends_where_its_first_odd_byte_stands(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let ends = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
            prop_assert_eq!(end_of_text(&bytes), bytes.iter().position(ends));
        }
    }

    #[test]
    fn every_byte_is_told_at_every_place() {
        for (byte, at) in (0..=u8::MAX).flat_map(|byte| (0..20).map(move |at| (byte, at))) {
            let mut bytes = [b'x'; 20];
            bytes[at] = byte;
            let ends = byte == b'"' || byte == b'\\' || byte < 0x20;
            assert_eq!(end_of_text(&bytes), ends.then_some(at), "{byte} at {at}");
        }
    }

    #[track_caller]
    fn is_read(body: &str) {
        assert_eq!(
            question(body),
            Some(Question::from_any_json(body).unwrap()),
            "{body}"
        );
    }

    #[test]
    fn what_the_platform_sends_is_read() {
        is_read(include_str!(
            "../../../../tests/fixtures/get-list-agents-request-2calls.json"
        ));
        is_read(r#"{"queueId":"q","calls":[{"callId":"a","from":"1","to":"2"}],"projectId":25}"#);
        is_read("\r\n{ \"calls\" : [ ] , \"projectId\" : \"25\", \"new\": 0, \"newer\": \"é\" }\t");
        is_read(
            r#"{"calls":[{"callId":"a","from":"1","to":"2","to":"3"},{"callId":"b","from":"1","to":"2"}]}"#,
        );
        is_read(
            r#"{"calls":[{"callId":"a","callId":"b","new":"","to":"2"},{"callId":"c"}],"calls":[{"callId":"d"}]}"#,
        );
    }

    #[test]
    fn what_looks_different_is_left_to_others() {
        for body in [
            "",
            "{",
            "{}",
            "[]",
            r#"{"calls":[],}"#,
            r#"{"calls":[1]}"#,
            r#"{"calls":[]} x"#,
            r#"{"calls":[{}]}"#,
            r#"{"calls":[{"callId":""}]}"#,
            r#"{"calls":[{"callId":1}]}"#,
            r#"{"calls":[{"callId":"\u0061"}]}"#,
            r#"{"calls":[],"a":1.5}"#,
            r#"{"calls":[],"a":01}"#,
            r#"{"calls":[],"a":[]}"#,
            r#"{"calls":[],"a":null}"#,
            r#"{"calls":[],"projectId":18446744073709551616}"#,
            "{\"calls\":[],\"a\":\"\u{1}\"}",
            r#"{"calls":null}"#,
        ] {
            assert_eq!(question(body), None, "{body}");
        }
    }
}
