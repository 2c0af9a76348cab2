//! The rules' own tests: what an admin expects, checked before a version goes live.

use jiff::Timestamp;

use super::call::Call;
use super::moment::Moment;
use super::number::Number;
use super::problem::{Problem, Severity, quoted_text};
use super::route::{Decision, Outcome, Router};
use super::snapshot::Snapshot;
use super::table::Table;
use super::tickets::FirstTicket;

/// A row of `rule_tests`.
#[derive(Clone, Debug)]
pub struct RuleTest {
    /// `rule_tests.id`; the call's id is `test-` and this.
    pub id: i64,
    /// For people.
    pub name: Box<str>,
    /// The queue that is asked for.
    pub queue_id: Box<str>,
    /// Who calls.
    pub from_number: Option<Box<str>>,
    /// The hotline.
    pub to_number: Option<Box<str>>,
    /// When.
    pub at: Timestamp,
    /// Seconds that the call has waited.
    pub waited: u32,
    /// The rule that must answer.
    pub expect_rule: Option<Box<str>>,
    /// Who must be rung.
    pub expect_agents: Option<ExpectedAgents>,
}

/// The agents whom a test expects, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedAgents {
    ids: Vec<Box<str>>,
    /// Written with a trailing `,*`: others may follow.
    open_ended: bool,
}

impl ExpectedAgents {
    /// From `'hoa,minh'`, `''` for nobody, or `'hoa,*'` for "begins with".
    pub fn parse(text: &str) -> Self {
        let words = text.split(',').map(str::trim).filter(|id| !id.is_empty());
        let mut ids: Vec<Box<str>> = words.map(Into::into).collect();
        let open_ended = ids.last().is_some_and(|last| &**last == "*");
        ids.truncate(ids.len() - usize::from(open_ended));
        Self { ids, open_ended }
    }

    fn hold(&self, rung: &[&str]) -> bool {
        let long_enough = if self.open_ended { rung.len() >= self.ids.len() } else { rung.len() == self.ids.len() };
        long_enough && self.ids.iter().zip(rung).all(|(expected, rung)| **expected == **rung)
    }
}

/// Runs all tests of a snapshot; each that fails is a problem of its row.
pub fn failures(snapshot: &Snapshot) -> Vec<Problem> {
    snapshot.tests.iter().flat_map(|test| test.failures(snapshot)).collect()
}

impl RuleTest {
    fn failures(&self, snapshot: &Snapshot) -> Vec<Problem> {
        let moment = Moment::of(snapshot, self.at);
        let country = &snapshot.settings.country_code;
        let number = |raw| Number::from_table(raw, country);
        let call_id = format!("test-{}", self.id);
        let call = Call {
            queue_id: &self.queue_id,
            call_id: &call_id,
            from: self.from_number.as_deref().and_then(number),
            to: self.to_number.as_deref().and_then(number),
        };
        let mut router = Router::new(snapshot, &moment);
        self.judge(snapshot, router.route(&call, self.waited, &mut FirstTicket))
    }

    fn judge(&self, snapshot: &Snapshot, decision: &Decision) -> Vec<Problem> {
        let rung = decision.agent_ids(snapshot);
        let rule = decision.rule_name(snapshot);
        let answer = match (rule, decision.outcome) {
            (Some(rule), _) => format!("rule {} answers with '{}'", quoted_text(rule), rung.join(",")),
            (None, Outcome::Fallback) => {
                format!("no rule finds anybody; the fallback answers with '{}'", rung.join(","))
            }
            (None, _) => "no rule finds anybody".to_owned(),
        };
        let mut problems = Vec::new();
        if let Some(expected) = self.expect_rule.as_deref().filter(|expected| *expected != rule.unwrap_or("")) {
            problems.push(self.problem("expect_rule", expected, &answer));
        }
        if let Some(expected) = self.expect_agents.as_ref().filter(|expected| !expected.hold(&rung)) {
            let more = if expected.open_ended { ",*" } else { "" };
            problems.push(self.problem("expect_agents", &format!("{}{more}", expected.ids.join(",")), &answer));
        }
        problems
    }

    fn problem(&self, column: &'static str, expected: &str, answer: &str) -> Problem {
        Problem {
            severity: Severity::Error,
            table: Table::RuleTests,
            key: format!("{} {}", self.id, self.name),
            column,
            value: quoted_text(expected),
            fault: format!("is not what the rules say: {answer}"),
            remedy: "put the rule right, or the test if the rule is meant so".to_owned(),
        }
    }
}
