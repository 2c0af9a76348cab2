//! A rule test that does not hold: the call, what was expected of it, and what the rules say.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::findings::severity_word;
use crate::language::{Language, either};
use routing::problem::Severity;
use routing::rule_test::{Failure, RuleTest};
use routing::snapshot::Snapshot;

/// A failed test in the words of its table.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FailedTest<'p> {
    #[serde(skip)]
    severity: Severity,
    #[serde(skip)]
    language: Language,
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
    pub(super) fn new(
        snapshot: &Snapshot,
        failure: &'p Failure<'p>,
        severity: Severity,
        language: Language,
    ) -> Self {
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
            language,
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
            language,
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
        let language = *language;
        let severity = severity_word(language, severity.name());
        let from = from_number.map_or_else(
            || either!(language, "an anonymous caller", "số ẩn"),
            str::to_owned,
        );
        let to = to_number.map_or_else(
            || either!(language, "an unknown number", "số không rõ"),
            str::to_owned,
        );
        let expected_rule = expected.rule.map_or_else(
            || either!(language, "any rule", "bất kỳ quy tắc nào"),
            |rule| named_rule(language, rule),
        );
        let expected_agents = expected.agents_text.as_deref().map_or_else(
            || either!(language, "anybody", "bất kỳ ai"),
            |ids| agents(language, ids),
        );
        let got_rule = match got.rule {
            Some(rule) => named_rule(language, rule),
            None if got.fallback => either!(language, "the fallback", "nhóm dự phòng"),
            None => named_rule(language, ""),
        };
        let got_agents = agents(language, &got.agents.join(","));
        f.write_str(&either!(
            language,
            "{severity}: rule test {id} '{name}' does not hold\n    \
             call      in {queue_id}, from {from}, to {to}, at {at}, waited {waited} s\n    \
             expected  {expected_rule}: {expected_agents}\n    \
             got       {got_rule}: {got_agents}",
            "{severity}: phép thử {id} '{name}' không đạt\n    \
             cuộc gọi  trong {queue_id}, từ {from}, đến {to}, lúc {at}, đã chờ {waited} giây\n    \
             mong đợi  {expected_rule}: {expected_agents}\n    \
             sẽ là     {got_rule}: {got_agents}",
        ))
    }
}

fn named_rule(language: Language, rule: &str) -> String {
    if rule.is_empty() {
        either!(language, "no rule", "không quy tắc nào")
    } else {
        either!(language, "rule '{rule}'", "quy tắc '{rule}'")
    }
}

fn agents(language: Language, ids: &str) -> String {
    if ids.is_empty() {
        either!(language, "nobody", "không ai")
    } else {
        ids.to_owned()
    }
}
