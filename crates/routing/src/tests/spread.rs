//! Calls that wait together begin with different agents; who lets rings pass comes last.

use std::collections::{HashMap, HashSet};

use super::fixture::{Rules, call, check};
use crate::activity::{Activity, AgentActivity};
use crate::call::Call;
use crate::number::Number;
use crate::route::Router;
use crate::spread::StandsFirst;
use crate::tickets::{FirstTicket, Ring, Tickets};

/// Which call begins with whom, and what is known of agents.
#[derive(Clone, Debug, Default)]
struct Floor {
    call: String,
    firsts: HashMap<String, String>,
    rung: HashSet<(String, String)>,
    agents: HashMap<&'static str, AgentActivity>,
}

impl Activity for Floor {
    fn agent(&self, id: &str) -> AgentActivity {
        self.agents.get(id).copied().unwrap_or_default()
    }
}

impl Tickets for Floor {
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize {
        FirstTicket.begin_with(ring)
    }

    fn stands_first(&self, agent: &str) -> StandsFirst {
        let firsts = self.firsts.iter();
        let others = firsts.filter(|(call, first)| **call != self.call && **first == agent);
        let was_rung = self.rung.contains(&(self.call.clone(), agent.to_owned()));
        let own = self.firsts.get(&self.call);
        StandsFirst {
            others: u32::try_from(others.count()).unwrap(),
            longest_wait_ms: 0,
            for_this_call: !was_rung && own.is_some_and(|first| first == agent),
        }
    }

    fn set_first(&mut self, agent: Option<&str>) {
        match agent {
            Some(agent) => self.firsts.insert(self.call.clone(), agent.to_owned()),
            None => self.firsts.remove(&self.call),
        };
    }
}

impl Floor {
    fn ask(&mut self, rules: &Rules, call_id: &str) -> String {
        let snapshot = rules.snapshot();
        let moment = call().moment(&snapshot);
        call_id.clone_into(&mut self.call);
        let call = Call {
            queue_id: "queue_1",
            call_id,
            from: None,
            to: None,
        };
        let mut router = Router::new(&snapshot, &moment);
        router.route(&call, 0, self).agent_ids(&snapshot).join(" ")
    }

    fn knows(mut self, agent: &'static str, known: AgentActivity) -> Self {
        self.agents.insert(agent, known);
        self
    }
}

fn spread(strategy: &str) -> Rules {
    team(strategy, 1)
}

fn team(strategy: &str, spread: i64) -> Rules {
    let rules = Rules::new()
        .group("team", strategy)
        .with("spread", spread)
        .rule("rule")
        .ring("team");
    (1..)
        .zip(["an", "binh", "chi"])
        .fold(rules, |rules, (position, agent)| {
            rules
                .agent(agent)
                .member("team", agent)
                .with("position", position)
        })
}

#[test]
fn calls_that_wait_together_begin_with_different_agents() {
    let (rules, mut floor) = (spread("ordered"), Floor::default());
    assert_eq!(floor.ask(&rules, "1"), "an binh chi");
    assert_eq!(floor.ask(&rules, "2"), "binh chi an");
    assert_eq!(floor.ask(&rules, "3"), "chi an binh");
    assert_eq!(floor.ask(&rules, "4"), "an binh chi", "each has one");
    assert_eq!(floor.ask(&rules, "5"), "binh chi an", "an has two");
    assert_eq!(floor.ask(&rules, "2"), "binh chi an", "it keeps its first");
    floor.firsts.remove("3");
    assert_eq!(floor.ask(&rules, "1"), "an chi binh", "chi is free");
}

#[test]
fn a_group_that_does_not_spread_knows_nothing_of_other_calls() {
    let rules = team("ordered", 0);
    let mut floor = Floor::default();
    for call in ["1", "2", "1"] {
        assert_eq!(floor.ask(&rules, call), "an binh chi");
    }
    assert!(floor.firsts.is_empty());
}

#[test]
fn spreading_is_usual_where_call_events_decide() {
    for (strategy, expected) in [
        ("longest_idle", true),
        ("fewest_calls", true),
        ("weighted", false),
        ("ordered", false),
        ("rotate", false),
        ("sticky", false),
    ] {
        let rules = Rules::new().group("team", strategy).agent("an");
        let rules = rules.member("team", "an").rule("rule").ring("team");
        let snapshot = rules.snapshot();
        assert_eq!(snapshot.ranks_calls(), expected, "{strategy}");
    }
}

#[test]
fn levels_stay_and_who_talks_stays_last() {
    let rules = spread("longest_idle")
        .agent("dung")
        .member("team", "dung")
        .with("level", 2);
    let idle = |seconds: u64| AgentActivity {
        idle_ms: Some(seconds * 1000),
        ..AgentActivity::default()
    };
    let talking = AgentActivity {
        talking: true,
        ..AgentActivity::default()
    };
    let mut floor = Floor::default()
        .knows("an", idle(300))
        .knows("binh", idle(200))
        .knows("chi", talking);
    assert_eq!(floor.ask(&rules, "1"), "an binh chi dung");
    assert_eq!(floor.ask(&rules, "2"), "binh an chi dung");
    assert_eq!(floor.ask(&rules, "3"), "an binh chi dung");
}

#[test]
fn whoever_lets_a_ring_pass_does_not_stay_first() {
    let idle = |seconds: u64| AgentActivity {
        idle_ms: Some(seconds * 1000),
        ..AgentActivity::default()
    };
    let rules = spread("longest_idle");
    let mut floor = Floor::default()
        .knows("an", idle(300))
        .knows("binh", idle(200))
        .knows("chi", idle(100));
    assert_eq!(floor.ask(&rules, "1"), "an binh chi");
    floor = floor.knows("an", idle(0));
    assert_eq!(floor.ask(&rules, "1"), "an binh chi", "it keeps its first");
    floor.rung.insert(("1".to_owned(), "an".to_owned()));
    assert_eq!(floor.ask(&rules, "1"), "binh chi an");
}

#[test]
fn who_lets_rings_pass_is_last_for_a_while() {
    let rules = Rules::new()
        .setting("missed_rings", "2")
        .setting("missed_rest_minutes", "5")
        .team("team", "an binh")
        .rule("rule")
        .ring("team");
    for (rings, seconds, expected) in [
        (0, 0, "an binh"),
        (1, 30, "an binh"),
        (2, 30, "binh an"),
        (9, 299, "binh an"),
        (9, 300, "an binh"),
    ] {
        let known = AgentActivity {
            missed_rings: rings,
            missed_ms: seconds * 1000,
            ..AgentActivity::default()
        };
        let mut floor = Floor::default().knows("an", known);
        assert_eq!(
            floor.ask(&rules, "1"),
            expected,
            "{rings} rings, {seconds} s ago"
        );
    }
    check(&rules, &call(), "rule: an binh");
}

#[test]
fn the_first_rule_that_matches_says_the_priority() {
    let rules = Rules::new()
        .team("team", "an")
        .rule("vip")
        .with("priority", 9)
        .with("from_number", "84900000001")
        .ring("team")
        .rule("all")
        .with("priority", 2)
        .ring("team");
    let snapshot = rules.snapshot();
    assert!(snapshot.ranks_calls());
    let moment = call().moment(&snapshot);
    let mut router = Router::new(&snapshot, &moment);
    let country = &snapshot.settings.country_code;
    for (from, expected) in [("0900000001", 9), ("0900000002", 2)] {
        let call = Call {
            queue_id: "queue_1",
            call_id: "a",
            from: Number::from_wire(from, country),
            to: None,
        };
        assert_eq!(router.priority(&call, 0), expected);
    }
}
