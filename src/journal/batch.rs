//! New decisions on their way to the disk: rows of fixed size, and their texts one after the other in one string.

use std::fmt::Write as _;
use std::ops::Range;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Answered;
use super::text::bounded;
use crate::store::NewDecision;
use crate::telemetry::masked;
use routing::hash::hash;
use routing::route::{Decision, Outcome};
use routing::snapshot::{RoutingType, Snapshot};
use stringee::wire::{push_number, push_text};

/// How many decisions a batch takes.
const MAX_ROWS: usize = 8_192;

/// How many bytes of text a batch takes. A stranger can send long ids.
const MAX_BYTES: usize = 1024 * 1024;

/// How many bytes the list of agents takes; of a longer one the first agents are kept.
const MAX_AGENTS_BYTES: usize = 16 * 1024;

/// Decisions that nobody has written yet.
#[derive(Debug, Default)]
pub(super) struct Batch {
    rows: Vec<RowEnds>,
    text: String,
}

/// One decision; its texts end in `text` at these places, the first one begins where the row before ends.
#[derive(Clone, Copy, Debug)]
struct RowEnds {
    key: i64,
    at_ms: i64,
    waited: u32,
    outcome: &'static str,
    rule_id: Option<i64>,
    version: u64,
    begin: usize,
    ends: [usize; TEXTS],
}

/// Call id, queue id, from, to, the rule's name, agents, the hash of the rules.
const TEXTS: usize = 7;

impl Batch {
    /// Adds a decision and returns its key; `None` if the batch is full.
    pub(super) fn push(&mut self, answered: &Answered<'_>, mask: bool) -> Option<i64> {
        let Answered {
            call,
            decision,
            snapshot,
            version: (version, fingerprint),
            ..
        } = answered;
        let from = call.from.as_ref().map_or("", |from| from.as_str());
        let to = call.to.as_ref().map_or("", |to| to.as_str());
        let (call_id, queue_id) = (bounded(call.call_id), bounded(call.queue_id));
        let (from, to) = (&*bounded(from), &*bounded(to));
        let bytes = call_id.len() + queue_id.len() + from.len() + to.len();
        if self.rows.len() >= MAX_ROWS || self.text.len() + bytes > MAX_BYTES {
            return None;
        }
        let begin = self.text.len();
        let rule = decision.rule().and_then(|rule| snapshot.rules.get(rule));
        let ends = [
            self.put(&call_id),
            self.put(&queue_id),
            if mask {
                self.put_masked(from)
            } else {
                self.put(from)
            },
            // The hotline is the company's own.
            self.put(to),
            self.put(&bounded(rule.map_or("", |rule| &rule.name))),
            self.put_agents(decision, snapshot, mask),
            self.put_hash(*fingerprint),
        ];
        let mut row = RowEnds {
            key: 0,
            at_ms: answered.at.as_millisecond(),
            waited: answered.waited,
            outcome: outcome(decision.outcome),
            rule_id: rule.map(|rule| rule.id),
            version: *version,
            begin,
            ends,
        };
        let [call_id, queue_id, _, _, _, agents, _] = self.texts(&row);
        let rule_id = match row.rule_id {
            Some(id) => id.to_string(),
            None => String::new(),
        };
        row.key = hash(&[call_id, queue_id, row.outcome, &rule_id, agents]).cast_signed();
        self.rows.push(row);
        Some(row.key)
    }

    /// Whether there is nothing in it.
    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The decisions as the store takes them.
    pub(super) fn decisions(&self) -> impl Iterator<Item = NewDecision<'_>> {
        self.rows.iter().map(|row| {
            let [call_id, queue_id, from, to, rule, agents, rules_hash] = self.texts(row);
            NewDecision {
                key: row.key,
                call_id,
                at: row.at(),
                waited: row.waited,
                queue_id,
                from: some(from),
                to: some(to),
                outcome: row.outcome,
                rule: row.rule_id.map(|id| (id, rule)),
                agents,
                version: row.version,
                rules_hash,
            }
        })
    }

    fn texts(&self, row: &RowEnds) -> [&str; TEXTS] {
        let mut begin = row.begin;
        row.ends.map(|end| {
            let range = Range { start: begin, end };
            begin = end;
            self.text.get(range).unwrap_or("")
        })
    }

    fn put(&mut self, text: &str) -> usize {
        self.text.push_str(text);
        self.text.len()
    }

    fn put_masked(&mut self, number: &str) -> usize {
        if !number.is_empty() {
            // Writing to a string cannot fail.
            let _infallible = write!(self.text, "{}", masked(number));
        }
        self.text.len()
    }

    fn put_hash(&mut self, fingerprint: u64) -> usize {
        let _infallible = write!(self.text, "{fingerprint:016x}");
        self.text.len()
    }

    /// `[["hoa",1,15],["minh",2,25,"84909992666"]]`: id, routing type, answer timeout, and the telephone that is rung.
    fn put_agents(&mut self, decision: &Decision, snapshot: &Snapshot, mask: bool) -> usize {
        let text = &mut self.text;
        let begin = text.len();
        text.push('[');
        for (at, offer) in decision.offers.iter().enumerate() {
            let Some(agent) = snapshot.agents.get(offer.agent) else {
                continue;
            };
            if text.len() - begin + agent.id.len() > MAX_AGENTS_BYTES {
                break;
            }
            text.push_str(if at == 0 { "[" } else { ",[" });
            push_text(text, &agent.id);
            text.push(',');
            push_number(text, offer.routing_type.number());
            text.push(',');
            push_number(text, offer.answer_timeout);
            if let (RoutingType::Phone, Some(number)) = (offer.routing_type, &agent.phone_number) {
                text.push(',');
                if mask {
                    push_text(text, &masked(number).to_string());
                } else {
                    push_text(text, number);
                }
            }
            text.push(']');
        }
        text.push(']');
        text.len()
    }
}

impl RowEnds {
    fn at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.at_ms).unwrap_or_default()
    }
}

/// An agent as a decision in the journal has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OfferedAgent {
    /// The agent's id.
    pub id: String,
    /// 1: the app, 2: the telephone.
    pub routing_type: u8,
    /// Seconds to ring.
    pub answer_timeout: u8,
    /// The number that was rung, masked if so configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
}

/// Who was offered, read from a decision's `agents`; what somebody has mangled by hand is left out.
pub fn offered(agents: &str) -> Vec<OfferedAgent> {
    let agents: Vec<Value> = serde_json::from_str(agents).unwrap_or_default();
    let small = |value: Option<&Value>| u8::try_from(value?.as_u64()?).ok();
    let offer = |agent: &Value| {
        Some(OfferedAgent {
            id: agent.get(0)?.as_str()?.to_owned(),
            routing_type: small(agent.get(1))?,
            answer_timeout: small(agent.get(2))?,
            phone_number: agent.get(3).and_then(Value::as_str).map(str::to_owned),
        })
    };
    agents.iter().filter_map(offer).collect()
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Rule(_) => "rule",
        Outcome::Blocked(_) => "blocked",
        Outcome::Fallback => "fallback",
        Outcome::Nobody => "nobody",
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
