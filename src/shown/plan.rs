//! A plan as JSON.

use serde::Serialize;

use super::check::Finding;
use crate::exchange::{Image, Row, RowEdit, image_of};
use crate::language::Language;
use crate::plan::Plan;
use crate::plan::replay::{Answer, DifferingCall};
use routing::snapshot::RoutingType;

/// What an edit would do.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DescribedPlan<'p> {
    rows: Vec<DescribedRow>,
    calls_tried: usize,
    calls: Vec<DescribedCall<'p>>,
    problems: Vec<Finding>,
    /// How many errors were not there before.
    new_errors: usize,
    remarks: &'p [String],
}

/// A row that differs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DescribedRow {
    table: &'static str,
    key: String,
    before: Option<Image>,
    after: Option<Image>,
}

/// A call that would be answered differently.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DescribedCall<'p> {
    call_id: &'p str,
    queue_id: &'p str,
    from: Option<&'p str>,
    to: Option<&'p str>,
    at: String,
    waited: u32,
    before: DescribedAnswer<'p>,
    after: DescribedAnswer<'p>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DescribedAnswer<'p> {
    rule: Option<&'p str>,
    agents: Vec<DescribedAgent<'p>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DescribedAgent<'p> {
    id: &'p str,
    routing_type: u8,
    answer_timeout: u8,
}

impl<'p> DescribedPlan<'p> {
    pub(crate) fn new(plan: &'p Plan, calls_tried: usize, remarks: &'p [String]) -> Self {
        Self {
            rows: plan.changes.rows.iter().map(DescribedRow::new).collect(),
            calls_tried,
            calls: plan.calls.iter().map(DescribedCall::new).collect(),
            problems: plan
                .problems
                .iter()
                .map(|problem| Finding::new(problem, Language::En))
                .collect(),
            new_errors: plan.new_errors.len(),
            remarks,
        }
    }
}

impl DescribedRow {
    fn new(edit: &RowEdit) -> Self {
        let image = |row: &Row| image_of(edit.table, row);
        Self {
            table: edit.table.name(),
            key: edit.key(),
            before: edit.before.as_ref().map(image),
            after: edit.after.as_ref().map(image),
        }
    }
}

impl<'p> DescribedCall<'p> {
    fn new(differing: &'p DifferingCall) -> Self {
        let call = &differing.call;
        Self {
            call_id: &call.call_id,
            queue_id: &call.queue_id,
            from: call.from.as_deref(),
            to: call.to.as_deref(),
            at: call.at.to_string(),
            waited: call.waited,
            before: DescribedAnswer::new(&differing.before),
            after: DescribedAnswer::new(&differing.after),
        }
    }
}

impl<'p> DescribedAnswer<'p> {
    fn new(answer: &'p Answer) -> Self {
        let agents = answer.offers.iter().map(|offer| DescribedAgent {
            id: &offer.id,
            routing_type: if offer.routing_type == RoutingType::Phone {
                2
            } else {
                1
            },
            answer_timeout: offer.answer_timeout,
        });
        Self {
            rule: answer.rule.as_deref(),
            agents: agents.collect(),
        }
    }
}
