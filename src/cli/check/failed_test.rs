//! A rule test that does not hold: the call, what was expected of it, and what the rules say.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use routing::problem::Severity;
use routing::rule_test::{Failure, RuleTest};
use routing::snapshot::Snapshot;

/// A failed test in the words of its table.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FailedTest<'p> {
    #[serde(skip)]
    severity: Severity,
    id: i64,
    name: &'p str,
    queue_id: &'p str,
    from_number: Option<&'p str>,
    to_number: Option<&'p str>,
    at: String,
    waited: u32,
    expected: Expected<'p>,
    got: Got<'p>,
}

/// What the test's row says; `None`: whatever.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Expected<'p> {
    rule: Option<&'p str>,
    agents: Option<&'p [Box<str>]>,
    /// Whether others may follow these agents.
    others_may_follow: bool,
    #[serde(skip)]
    agents_text: Option<String>,
}

/// What the rules say.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Got<'p> {
    rule: Option<&'p str>,
    fallback: bool,
    agents: &'p [&'p str],
}

impl<'p> FailedTest<'p> {
    pub(super) fn new(snapshot: &Snapshot, failure: &'p Failure<'p>, severity: Severity) -> Self {
        let RuleTest {
            id,
            name,
            queue_id,
            from_number,
            to_number,
            at,
            waited,
            expect_rule,
            expect_agents,
        } = failure.test;
        let at = at
            .to_zoned(snapshot.settings.time_zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string();
        Self {
            severity,
            id: *id,
            name,
            queue_id,
            from_number: from_number.as_deref(),
            to_number: to_number.as_deref(),
            at,
            waited: *waited,
            expected: Expected {
                rule: expect_rule.as_deref(),
                agents: expect_agents.as_ref().map(|agents| &*agents.ids),
                others_may_follow: expect_agents
                    .as_ref()
                    .is_none_or(|agents| agents.open_ended),
                agents_text: expect_agents.as_ref().map(ToString::to_string),
            },
            got: Got {
                rule: failure.rule,
                fallback: failure.is_fallback,
                agents: &failure.agents,
            },
        }
    }
}

impl Display for FailedTest<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            severity,
            id,
            name,
            queue_id,
            from_number,
            to_number,
            at,
            waited,
            expected,
            got,
        } = self;
        let severity = severity.name();
        writeln!(f, "{severity}: rule test {id} '{name}' does not hold")?;
        write!(
            f,
            "    call      in {queue_id}, from {}, ",
            from_number.unwrap_or("an anonymous caller")
        )?;
        writeln!(
            f,
            "to {}, at {at}, waited {waited} s",
            to_number.unwrap_or("an unknown number")
        )?;
        let rule = expected
            .rule
            .map_or_else(|| "any rule".to_owned(), named_rule);
        writeln!(
            f,
            "    expected  {rule}: {}",
            expected.agents_text.as_deref().map_or("anybody", agents)
        )?;
        let rule = got.rule.map_or_else(
            || {
                if got.fallback {
                    "the fallback"
                } else {
                    "no rule"
                }
                .to_owned()
            },
            named_rule,
        );
        write!(f, "    got       {rule}: {}", agents(&got.agents.join(",")))
    }
}

fn named_rule(rule: &str) -> String {
    if rule.is_empty() {
        "no rule".to_owned()
    } else {
        format!("rule '{rule}'")
    }
}

fn agents(ids: &str) -> &str {
    if ids.is_empty() { "nobody" } else { ids }
}
