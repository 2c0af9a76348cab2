//! What is wrong with a row.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::exchange::Planned;
use crate::params::params;
use routing::language::Language;
use routing::problem::Problem;

/// One problem.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Finding {
    pub(crate) severity: &'static str,
    pub(crate) table: &'static str,
    pub(crate) key: String,
    pub(crate) column: &'static str,
    pub(crate) value: String,
    pub(crate) code: &'static str,
    pub(crate) params: Map<String, Value>,
    pub(crate) fault: String,
    pub(crate) remedy: String,
    pub(crate) sentence: String,
    /// Where the row stands, if files are checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
}

impl Finding {
    pub(crate) fn new(problem: &Problem, language: Language) -> Self {
        Self {
            severity: problem.severity.name(),
            table: problem.table.name(),
            key: problem.key.clone(),
            column: problem.column,
            value: problem.value.clone(),
            code: problem.diagnosis.code(),
            params: params(&problem.diagnosis),
            fault: problem.diagnosis.fault(),
            remedy: problem.diagnosis.remedy(),
            sentence: problem.line(language),
            place: None,
        }
    }

    pub(crate) fn in_files(problem: &Problem, files: Option<&Planned>, language: Language) -> Self {
        let place = files.and_then(|files| files.place(problem.table, &problem.key));
        Self {
            place: place.map(ToString::to_string),
            ..Self::new(problem, language)
        }
    }
}
