//! The parameters of a problem's sentence as JSON.

use routing::diagnosis::{Diagnosis, Param, Params};
use serde_json::{Map, Value, json};

/// Those of one problem, by their names (`docs/codes.md`).
pub(crate) fn params(diagnosis: &Diagnosis) -> Map<String, Value> {
    object(diagnosis.params())
}

fn object(params: Params) -> Map<String, Value> {
    let entry = |(name, param): (&str, Param)| (name.to_owned(), value(param));
    params.into_iter().map(entry).collect()
}

fn value(param: Param) -> Value {
    match param {
        Param::Number(number) => number.into(),
        Param::Text(text) => text.into(),
        Param::Range { from, to } => json!({"from": from, "to": to}),
        Param::List(texts) => texts.into(),
        Param::Each(each) => each.into_iter().map(object).collect(),
    }
}
