//! Codes and the parameters of their sentences as JSON.

use routing::diagnosis::{Coded, Diagnosis, Param, Params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::language::Language;

/// A sentence with its code, kept for whoever asks later and in either language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodedSentence {
    /// The code, as in `docs/codes.md`.
    pub code: String,
    /// What the sentence is made from.
    pub params: Map<String, Value>,
    /// The sentence in English.
    pub en: String,
    /// In Vietnamese.
    pub vi: String,
}

/// The same as programs get it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CodedJson {
    code: String,
    params: Map<String, Value>,
    pub(crate) sentence: String,
}

impl CodedSentence {
    /// What is to be said.
    pub(crate) fn of(coded: &impl Coded) -> Self {
        Self {
            code: coded.code().to_owned(),
            params: object(coded.params()),
            en: coded.said(Language::En),
            vi: coded.said(Language::Vi),
        }
    }

    /// The sentence.
    pub fn said(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Vi => &self.vi,
        }
    }

    /// Several, without their codes.
    pub(crate) fn all(sentences: &[Self], language: Language) -> Vec<String> {
        let said = sentences.iter().map(|sentence| sentence.said(language));
        said.map(str::to_owned).collect()
    }

    /// Several as programs get them.
    pub(crate) fn json(sentences: &[Self], language: Language) -> Vec<CodedJson> {
        let json = |sentence: &Self| CodedJson {
            code: sentence.code.clone(),
            params: sentence.params.clone(),
            sentence: sentence.said(language).to_owned(),
        };
        sentences.iter().map(json).collect()
    }
}

/// Those of one problem, by their names (`docs/codes.md`).
pub(crate) fn params(diagnosis: &Diagnosis) -> Map<String, Value> {
    object(diagnosis.params())
}

/// Parameters by their names.
pub(crate) fn object(params: Params) -> Map<String, Value> {
    let entry = |(name, param): (&str, Param)| (name.to_owned(), value(param));
    params.into_iter().map(entry).collect()
}

fn value(param: Param) -> Value {
    match param {
        Param::Number(number) => number.into(),
        Param::Text(text) => text.into(),
        Param::Flag(flag) => flag.into(),
        Param::Nothing => Value::Null,
        Param::Range { from, to } => json!({"from": from, "to": to}),
        Param::List(texts) => texts.into(),
        Param::Each(each) => each.into_iter().map(object).collect(),
    }
}
