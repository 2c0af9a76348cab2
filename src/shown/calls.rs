//! Calls as the journal has them.

use serde::Serialize;

use crate::journal::{OfferedAgent, offered};
use crate::store::DecisionRow;
use crate::telemetry::masked;
use routing::number::{CountryCode, Number};

/// The ways in which a caller may stand in the journal: as typed, in the one form of numbers, masked.
pub(crate) fn caller_forms(typed: &str, country: &CountryCode) -> Vec<String> {
    let number = Number::from_table(typed, country);
    let number = number.as_ref().map_or(typed, |number| number.as_str());
    vec![
        typed.to_owned(),
        number.to_owned(),
        masked(number).to_string(),
    ]
}

/// A decision for programs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DecisionJson<'r> {
    call_id: &'r str,
    first_at: String,
    last_at: String,
    asks: i64,
    waited: u32,
    queue_id: &'r str,
    from: Option<&'r str>,
    to: Option<&'r str>,
    outcome: &'r str,
    rule_id: Option<i64>,
    rule: Option<&'r str>,
    agents: Vec<OfferedAgent>,
    version: i64,
    rules_hash: &'r str,
    taken_by: Option<&'r str>,
}

impl<'r> From<&'r DecisionRow> for DecisionJson<'r> {
    fn from(row: &'r DecisionRow) -> Self {
        Self {
            call_id: &row.call_id,
            first_at: row.first_at.to_string(),
            last_at: row.last_at.to_string(),
            asks: row.asks,
            waited: row.waited,
            queue_id: &row.queue_id,
            from: row.from.as_deref(),
            to: row.to.as_deref(),
            outcome: &row.outcome,
            rule_id: row.rule_id,
            rule: row.rule.as_deref(),
            agents: offered(&row.agents),
            version: row.version,
            rules_hash: &row.rules_hash,
            taken_by: row.taken_by.as_deref(),
        }
    }
}
