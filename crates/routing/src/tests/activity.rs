//! Evaluation 5 and 6: what depends on who took which calls.

use std::collections::HashMap;

use super::fixture::{Asked, Rules, call, check};
use crate::activity::{Activity, AgentActivity, LastAgent};
use crate::lint::unheard_of_calls;
use crate::tickets::{FirstTicket, Ring, Tickets};

/// What is known of agents, and of the one caller there is.
#[derive(Clone, Debug, Default)]
struct Known {
    agents: HashMap<&'static str, AgentActivity>,
    last: Option<(&'static str, u64)>,
}

impl Known {
    /// Nobody talks: how many seconds each has been free, and how many calls each took.
    fn of(agents: &[(&'static str, u64, u32)]) -> Self {
        let known = |(id, seconds, calls_taken): &(&'static str, u64, u32)| {
            (
                *id,
                AgentActivity {
                    talking: false,
                    idle_ms: Some(seconds * 1000),
                    calls_taken: *calls_taken,
                    ..AgentActivity::default()
                },
            )
        };
        Self {
            agents: agents.iter().map(known).collect(),
            last: None,
        }
    }

    fn talking(mut self, agent: &'static str) -> Self {
        self.agents.entry(agent).or_default().talking = true;
        self
    }

    fn last(agent: &'static str, seconds_ago: u64) -> Self {
        Self {
            last: Some((agent, seconds_ago)),
            ..Self::default()
        }
    }

    #[track_caller]
    fn check(&self, rules: &Rules, asked: &Asked, expected: &str) {
        assert_eq!(
            asked.answer(&rules.snapshot(), &mut self.clone()),
            expected,
            "{self:?}"
        );
    }
}

impl Activity for Known {
    fn agent(&self, id: &str) -> AgentActivity {
        self.agents.get(id).copied().unwrap_or_default()
    }

    fn last_agent(&self, caller: &str) -> Option<LastAgent> {
        let (id, seconds_ago) = self.last.filter(|_| caller == "84986776777")?;
        Some(LastAgent {
            id: id.into(),
            seconds_ago,
        })
    }
}

impl Tickets for Known {
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize {
        FirstTicket.begin_with(ring)
    }
}

fn group(strategy: &str, agents: &str) -> Rules {
    let rules = Rules::new()
        .group("team", strategy)
        .rule("rule")
        .ring("team");
    agents.split(' ').fold(rules, |rules, agent| {
        rules.agent(agent).member("team", agent)
    })
}

#[test]
fn nothing_known_is_as_weighted() {
    for strategy in ["weighted", "longest_idle", "fewest_calls"] {
        let rules = group(strategy, "hoa lan mai minh nam");
        check(&rules, &call(), "rule: nam lan hoa mai minh");
        check(&rules, &call().nth(2), "rule: nam hoa minh mai lan");
    }
}

#[test]
fn who_has_been_free_for_longest_comes_first_and_who_talks_last() {
    let rules = group("longest_idle", "hoa lan mai minh nam");
    let known = Known::of(&[
        ("hoa", 10, 1),
        ("mai", 500, 9),
        ("minh", 60, 0),
        ("nam", 999, 0),
    ])
    .talking("nam");
    known.check(&rules, &call(), "rule: lan mai minh hoa nam");
    known.check(&rules, &call().nth(2), "rule: lan mai minh hoa nam");
}

#[test]
fn who_took_the_fewest_calls_comes_first_and_who_talks_last() {
    let rules = group("fewest_calls", "hoa lan mai minh nam");
    let known = Known::of(&[("hoa", 10, 3), ("mai", 500, 1), ("minh", 60, 2)]).talking("lan");
    known.check(&rules, &call(), "rule: nam mai minh hoa lan");
}

#[test]
fn of_those_who_took_as_many_calls_who_has_been_free_for_longest_comes_first() {
    let rules = group("fewest_calls", "hoa lan mai minh nam");
    let known = Known::of(&[
        ("hoa", 10, 1),
        ("lan", 30, 1),
        ("mai", 20, 1),
        ("minh", 5, 0),
    ]);
    known.check(&rules, &call(), "rule: nam minh lan mai hoa");
}

#[test]
fn whoever_is_alike_draws() {
    let alike = [
        ("hoa", 10, 3),
        ("lan", 10, 3),
        ("mai", 10, 3),
        ("minh", 10, 3),
        ("nam", 10, 3),
    ];
    for strategy in ["longest_idle", "fewest_calls"] {
        let rules = group(strategy, "hoa lan mai minh nam");
        Known::of(&alike).check(&rules, &call(), "rule: nam lan hoa mai minh");
        Known::of(&alike).check(&rules, &call().nth(2), "rule: nam hoa minh mai lan");
    }
}

#[test]
fn levels_and_weight_nought_come_before_what_is_known() {
    for strategy in ["longest_idle", "fewest_calls"] {
        let rules = group(strategy, "hoa minh")
            .agent("lan")
            .member("team", "lan")
            .with("level", 2);
        let rules = rules.agent("mai").member("team", "mai").with("weight", 0);
        let known = Known::of(&[
            ("hoa", 1, 9),
            ("minh", 2, 8),
            ("lan", 99, 0),
            ("mai", 99, 0),
        ])
        .talking("hoa");
        known.check(&rules, &call(), "rule: minh hoa mai lan");
    }
}

#[test]
fn the_callers_last_agent_is_rung() {
    let rules = Rules::new()
        .team("team", "hoa minh")
        .rule("rule")
        .step("last_agent")
        .ring("team");
    Known::last("minh", 60).check(&rules, &call(), "rule: minh hoa");
    Known::last("minh", 60).check(&rules, &call().from("0986 776 777"), "rule: minh hoa");
    Known::last("minh", 60).check(&rules, &call().from("84911111111"), "rule: hoa minh");
    Known::last("minh", 60).check(&rules, &call().from(""), "rule: hoa minh");
    Known::default().check(&rules, &call(), "rule: hoa minh");
}

#[test]
fn who_took_a_call_too_long_ago_or_is_gone_is_nobody() {
    const DAY: u64 = 86_400;
    let rules = Rules::new()
        .team("team", "hoa minh")
        .rule("rule")
        .step("last_agent")
        .ring("team");
    Known::last("minh", 30 * DAY).check(&rules, &call(), "rule: minh hoa");
    Known::last("minh", 30 * DAY + 1).check(&rules, &call(), "rule: hoa minh");
    Known::last("gone", 60).check(&rules, &call(), "rule: hoa minh");
    let a_week = rules.clone().setting("last_agent_days", "7");
    Known::last("minh", 8 * DAY).check(&a_week, &call(), "rule: hoa minh");
    let away = rules.away("minh", "2026-01-01", None);
    Known::last("minh", 60).check(&away, &call(), "rule: hoa");
}

#[test]
fn with_a_group_the_last_agent_must_be_on_shift_in_it() {
    let rules = Rules::new()
        .team("night", "lan")
        .with_shift("nights")
        .team("team", "hoa minh")
        .agent("mai");
    let rules = rules
        .schedule("nights")
        .weekly("daily", "20:00", "08:00")
        .rule("rule");
    let rules = rules
        .step("last_agent")
        .with("group_id", "night")
        .ring("team");
    Known::last("mai", 60).check(&rules, &call(), "rule: hoa minh");
    Known::last("lan", 60).check(&rules, &call(), "rule: hoa minh");
    Known::last("lan", 60).check(&rules, &call().at("2026-11-23 21:00"), "rule: lan hoa minh");
}

#[test]
fn what_depends_on_events_says_so_as_long_as_none_come() {
    let rules = group("longest_idle", "hoa")
        .group("other", "fewest_calls")
        .group("third", "weighted");
    let rules = rules.rule("again").step("last_agent");
    let problems: Vec<_> = unheard_of_calls(&rules.snapshot())
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = [
        "groups.strategy of 'other': 'fewest_calls' depends on call events, and the journal has none: without them it is \
         as weighted; let Stringee post call events to /events of the server",
        "groups.strategy of 'team': 'longest_idle' depends on call events, and the journal has none: without them it is \
         as weighted; let Stringee post call events to /events of the server",
        "rule_steps.target of '2/2': 'last_agent' depends on call events, and the journal has none: without them it rings \
         nobody; let Stringee post call events to /events of the server",
    ];
    assert_eq!(problems, expected);
}
