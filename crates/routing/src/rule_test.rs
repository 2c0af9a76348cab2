//! The rules' own tests: what an admin expects, checked before a version goes live.

use std::fmt;

use jiff::Timestamp;

use super::call::Call;
use super::diagnosis::{Ids, Quoted, RowFault};
use super::moment::Moment;
use super::number::Number;
use super::problem::{Problem, Severity, quoted_text};
use super::route::{Outcome, Router};
use super::schema::{Column, rule_tests};
use super::snapshot::Snapshot;
use super::table::Table;
use super::tickets::FirstTicket;

/// A row of `rule_tests`.
#[derive(Clone, Debug)]
pub struct RuleTest {
    /// `rule_tests.id`; [`RuleTest::call_id`] is made of it.
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
    /// Their ids, in order.
    pub ids: Vec<Box<str>>,
    /// Written with a trailing `,*`: others may follow.
    pub open_ended: bool,
}

/// A test that does not hold: what it expects stands in it, and this is what the rules say.
#[derive(Clone, Debug)]
pub struct Failure<'s> {
    /// The test.
    pub test: &'s RuleTest,
    /// The name of the rule that answers.
    pub rule: Option<&'s str>,
    /// Whether no rule finds anybody, and the fallback answers.
    pub is_fallback: bool,
    /// The ids of those who are rung, in order.
    pub agents: Vec<&'s str>,
}

impl ExpectedAgents {
    /// Those who are rung, and nobody else.
    pub fn exactly(ids: &[&str]) -> Self {
        Self {
            ids: ids.iter().map(|id| Box::from(*id)).collect(),
            open_ended: false,
        }
    }

    /// From `'hoa,minh'`, `''` for nobody, or `'hoa,*'` for "begins with".
    pub fn parse(text: &str) -> Self {
        let words = text.split(',').map(str::trim).filter(|id| !id.is_empty());
        let mut ids: Vec<Box<str>> = words.map(Into::into).collect();
        let open_ended = ids.last().is_some_and(|last| &**last == "*");
        ids.truncate(ids.len() - usize::from(open_ended));
        Self { ids, open_ended }
    }

    fn hold(&self, rung: &[&str]) -> bool {
        let long_enough = if self.open_ended {
            rung.len() >= self.ids.len()
        } else {
            rung.len() == self.ids.len()
        };
        long_enough
            && self
                .ids
                .iter()
                .zip(rung)
                .all(|(expected, rung)| **expected == **rung)
    }
}

impl fmt::Display for ExpectedAgents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = self.open_ended.then_some("*");
        let words: Vec<&str> = self.ids.iter().map(|id| &**id).chain(others).collect();
        f.write_str(&words.join(","))
    }
}

/// Runs all tests of the rules, and says which do not hold.
pub(crate) fn failed(snapshot: &Snapshot) -> Vec<Failure<'_>> {
    snapshot
        .tests
        .iter()
        .filter_map(|test| test.run(snapshot))
        .collect()
}

impl RuleTest {
    /// The id of the call of a test that has this id.
    pub fn call_id(id: i64) -> String {
        format!("test-{id}")
    }

    fn run<'s>(&'s self, snapshot: &'s Snapshot) -> Option<Failure<'s>> {
        let moment = Moment::of(snapshot, self.at);
        let country = &snapshot.settings.country_code;
        let number = |raw| Number::from_table(raw, country);
        let call_id = Self::call_id(self.id);
        let call = Call {
            queue_id: &self.queue_id,
            call_id: &call_id,
            from: self.from_number.as_deref().and_then(number),
            to: self.to_number.as_deref().and_then(number),
        };
        let mut router = Router::new(snapshot, &moment);
        let decision = router.route(&call, self.waited, &mut FirstTicket);
        let failure = Failure {
            test: self,
            rule: decision.rule_name(snapshot),
            is_fallback: decision.outcome == Outcome::Fallback,
            agents: decision.agent_ids(snapshot),
        };
        (failure.has_wrong_rule() || failure.has_wrong_agents()).then_some(failure)
    }
}

impl Failure<'_> {
    fn has_wrong_rule(&self) -> bool {
        self.test
            .expect_rule
            .as_deref()
            .is_some_and(|expected| expected != self.rule.unwrap_or(""))
    }

    fn has_wrong_agents(&self) -> bool {
        self.test
            .expect_agents
            .as_ref()
            .is_some_and(|expected| !expected.hold(&self.agents))
    }

    /// The agents to expect if the answer is right: as many as were expected where others may follow.
    pub fn accepted_agents(&self) -> String {
        let expected = self.test.expect_agents.as_ref();
        let open_ended = expected.filter(|expected| expected.open_ended);
        let shown = open_ended.map_or(self.agents.len(), |expected| expected.ids.len());
        let ids = self.agents.iter().take(shown);
        ExpectedAgents {
            ids: ids.map(|id| Box::from(*id)).collect(),
            open_ended: open_ended.is_some() && self.agents.len() > shown,
        }
        .to_string()
    }

    /// A problem for each expectation that fails.
    pub fn problems(&self, severity: Severity) -> Vec<Problem> {
        let rule = self
            .test
            .expect_rule
            .as_deref()
            .filter(|_| self.has_wrong_rule());
        let agents = self
            .test
            .expect_agents
            .as_ref()
            .filter(|_| self.has_wrong_agents());
        let rule = rule.map(|expected| (rule_tests::EXPECT_RULE, expected.to_owned()));
        let agents = agents.map(|expected| (rule_tests::EXPECT_AGENTS, expected.to_string()));
        let wrong = rule.into_iter().chain(agents);
        wrong
            .map(|(column, expected)| self.problem(severity, column, &expected))
            .collect()
    }

    fn problem(&self, severity: Severity, column: Column, expected: &str) -> Problem {
        Problem {
            severity,
            table: Table::RuleTests,
            key: format!("{} {}", self.test.id, self.test.name),
            column: column.name,
            value: quoted_text(expected),
            diagnosis: self.answer().into(),
        }
    }

    fn answer(&self) -> RowFault {
        let agents = Ids(self.agents.iter().map(|id| (*id).to_owned()).collect());
        match self.rule {
            Some(rule) => RowFault::AnsweredByRule {
                rule: Quoted(rule.to_owned()),
                agents,
            },
            None if self.is_fallback => RowFault::AnsweredByFallback { agents },
            None => RowFault::AnsweredByNobody,
        }
    }
}
