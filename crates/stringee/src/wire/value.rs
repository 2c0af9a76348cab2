//! Single values of the platform's JSON, read as what they mean.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A text, or a number taken for text; anything else counts as absent.
#[derive(Default)]
pub(super) struct Text<'b>(pub(super) Option<Cow<'b, str>>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As it was sent: the reader of values refuses a number like 1e400 and half of a surrogate pair, and with them
        // the whole question.
        Ok(Self::from(<&RawValue>::deserialize(deserializer)?))
    }
}

impl<'b> From<&'b RawValue> for Text<'b> {
    fn from(sent: &'b RawValue) -> Self {
        let sent = sent.get();
        Self(if is_number(sent) {
            number(sent)
        } else {
            text(sent)
        })
    }
}

fn is_number(sent: &str) -> bool {
    sent.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// The digits of a whole number, however many; any other number as a float that spreadsheets and scripts make of one.
fn number(sent: &str) -> Option<Cow<'_, str>> {
    let digits = sent.strip_prefix('-').unwrap_or(sent);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Cow::Borrowed(sent));
    }
    let number: f64 = sent.parse().ok()?;
    if !number.is_finite() {
        return None;
    }
    Some(Cow::Owned(number.to_string()))
}

/// What stands in quotes; `None` for any other value, and for a text that cannot be read.
fn text(sent: &str) -> Option<Cow<'_, str>> {
    let inner = sent.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    Some(Cow::Owned(serde_json::from_str(sent).ok()?))
}

/// An id is a name: as a number it keeps every digit and sign of it, as it was sent.
pub(super) fn name(sent: &RawValue) -> Option<Cow<'_, str>> {
    let sent = sent.get();
    if is_number(sent) {
        return Some(Cow::Borrowed(sent));
    }
    text(sent)
}

/// Whether something in the text could not be read.
pub(super) fn is_damaged(text: &str) -> bool {
    text.contains(char::REPLACEMENT_CHARACTER)
}
