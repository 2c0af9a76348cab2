//! What holds of the reader of questions, whatever the body is: it agrees with a general reader of JSON.

use serde_json::Value;
use stringee::wire::Question;

/// A body is read or refused, without a panic, and what is read is what stands there.
pub(crate) fn holds(body: &[u8]) {
    let read = call_ids(body);
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    if read.is_ok() {
        agree(read, expected(&value));
    }
    // Written again, no key is there twice: now the two must agree about what is refused as well.
    agree(call_ids(value.to_string().as_bytes()), expected(&value));
}

/// The ids of the calls, `None` for one that is a number; nothing if there are no calls.
fn expected(value: &Value) -> Option<Vec<Option<&str>>> {
    let calls = value.as_object()?.get("calls")?.as_array()?;
    let ids = calls
        .iter()
        .filter_map(|call| call.as_object()?.get("callId"));
    let ids = ids.filter_map(|id| match id {
        Value::String(id) if !id.is_empty() => Some(Some(&**id)),
        Value::Number(_) => Some(None),
        _ => None,
    });
    Some(ids.collect())
}

/// The ids of the calls that a body asks about, in the order asked.
fn call_ids(body: &[u8]) -> Result<Vec<String>, String> {
    let question = Question::from_json(body)?;
    let calls = question.calls.into_iter();
    Ok(calls.map(|call| call.call_id.into_owned()).collect())
}

fn agree(read: Result<Vec<String>, String>, expected: Option<Vec<Option<&str>>>) {
    assert_eq!(read.is_ok(), expected.is_some(), "{read:?} {expected:?}");
    let (read, expected) = (read.unwrap_or_default(), expected.unwrap_or_default());
    assert_eq!(read.len(), expected.len(), "{read:?} {expected:?}");
    for (read, expected) in read.iter().zip(expected) {
        assert!(!read.is_empty());
        assert!(
            expected.is_none_or(|expected| expected == read),
            "{read:?} {expected:?}"
        );
    }
}
