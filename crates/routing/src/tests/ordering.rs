//! Evaluation 6: the order inside a step.

use std::collections::HashMap;

use super::fixture::{Rules, call, check};
use crate::activity::Activity;
use crate::snapshot::Snapshot;
use crate::tickets::{Place, Ring, Tickets};

/// A rule that rings a group of new agents whose rows are all alike.
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
fn ordered_goes_by_level_then_position_then_agent_id() {
    let rules = group("ordered", "b a")
        .agent("late")
        .member("team", "late")
        .with("position", 101);
    let rules = rules
        .agent("early")
        .member("team", "early")
        .with("position", -5);
    let rules = rules
        .agent("second")
        .member("team", "second")
        .with("position", -9)
        .with("level", 2);
    check(&rules, &call(), "rule: early a b late second");
}

#[test]
fn a_level_comes_before_any_strategy() {
    for strategy in ["ordered", "weighted", "rotate", "sticky"] {
        let rules = group(strategy, "hoa")
            .with("level", 2)
            .with("weight", 1000)
            .with("position", 0);
        let rules = rules.agent("minh").member("team", "minh").with("weight", 1);
        let rules = rules.agent("lan").member("team", "lan").with("level", 9);
        check(&rules, &call(), "rule: minh hoa lan");
    }
}

/// The expected orders of this and the next tests were computed from the formula by another implementation of XXH3.
#[test]
fn weighted_draws_an_order_for_each_call() {
    let rules = group("weighted", "hoa lan mai minh nam");
    check(&rules, &call(), "rule: nam lan hoa mai minh");
    check(&rules, &call().nth(2), "rule: nam hoa minh mai lan");
}

#[test]
fn the_same_call_draws_the_same_order_whoever_calls_and_whenever() {
    let rules = group("weighted", "hoa lan mai minh nam");
    let later = call()
        .at("2027-01-01 00:00")
        .waited(60)
        .from("84919982888")
        .to("")
        .queue("queue_2");
    check(&rules, &later, "rule: nam lan hoa mai minh");
}

#[test]
fn weights_shift_the_draw() {
    let rules = Rules::new()
        .group("team", "weighted")
        .rule("rule")
        .ring("team");
    let rules = [
        ("hoa", 100),
        ("lan", 20),
        ("mai", 1000),
        ("minh", 1),
        ("nam", 300),
    ]
    .into_iter()
    .fold(rules, |rules, (agent, weight)| {
        rules
            .agent(agent)
            .member("team", agent)
            .with("weight", weight)
    });
    check(&rules, &call(), "rule: nam mai hoa lan minh");
}

#[test]
fn weight_nought_comes_last_in_its_level_by_agent_id() {
    let rules = group("weighted", "nam")
        .with("weight", 0)
        .with("position", 1);
    let rules = rules.agent("mai").member("team", "mai").with("weight", 0);
    let rules = rules.agent("minh").member("team", "minh").with("weight", 1);
    let rules = rules
        .agent("an")
        .member("team", "an")
        .with("weight", 0)
        .with("level", 2);
    for number in 0..20 {
        check(&rules, &call().nth(number), "rule: minh mai nam an");
    }
}

#[test]
fn positions_mean_nothing_to_a_weighted_group() {
    let rules = group("weighted", "hoa lan mai minh nam").with("position", 1);
    check(&rules, &call(), "rule: nam lan hoa mai minh");
}

#[test]
fn a_missing_agent_keeps_the_order_of_the_others() {
    let rules = group("weighted", "hoa lan mai minh nam");
    for (missing, expected) in [
        ("nam", "lan hoa mai minh"),
        ("hoa", "nam lan mai minh"),
        ("minh", "nam lan hoa mai"),
    ] {
        check(
            &rules.clone().change_agent(missing, "enabled", 0),
            &call(),
            &format!("rule: {expected}"),
        );
    }
}

#[test]
fn sticky_draws_an_order_for_each_caller() {
    let rules = group("sticky", "hoa lan mai minh nam");
    for number in 0..5 {
        check(
            &rules,
            &call().nth(number).from("84986776777"),
            "rule: minh hoa nam mai lan",
        );
        check(
            &rules,
            &call().nth(number).from("0986 776 777"),
            "rule: minh hoa nam mai lan",
        );
        check(
            &rules,
            &call().nth(number).from("84919982888"),
            "rule: lan nam hoa mai minh",
        );
        check(
            &rules,
            &call().nth(number).from("user_1"),
            "rule: mai nam minh lan hoa",
        );
    }
}

#[test]
fn sticky_draws_for_each_call_of_anonymous_callers() {
    let rules = group("sticky", "hoa lan mai minh nam");
    let anonymous = call().from("");
    check(&rules, &anonymous, "rule: nam lan hoa mai minh");
    check(&rules, &anonymous.nth(2), "rule: nam hoa minh mai lan");
    check(
        &rules,
        &call().from("Withheld").nth(2),
        "rule: nam hoa minh mai lan",
    );
}

#[test]
fn sticky_heeds_weights() {
    let rules = group("sticky", "hoa lan mai nam")
        .agent("minh")
        .member("team", "minh")
        .with("weight", 0);
    check(&rules, &call(), "rule: hoa nam mai lan minh");
}

/// Keeps tickets as the server does, without ever forgetting one.
#[derive(Clone, Debug, Default)]
struct Turns {
    call_id: String,
    tickets: HashMap<(String, String, u8), Place>,
    last: HashMap<(String, u8), Place>,
}

impl Activity for Turns {}

impl Tickets for Turns {
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize {
        let group = (ring.group.to_owned(), ring.level);
        let ticket = (self.call_id.clone(), group.0.clone(), group.1);
        if let Some(place) = self.tickets.get(&ticket) {
            return ring.first_from(place);
        }
        let begin = self
            .last
            .get(&group)
            .map_or(0, |last| ring.first_after(last));
        let place = ring.place(begin).expect("a ring is never empty");
        self.last.insert(group, place.clone());
        self.tickets.insert(ticket, place);
        begin
    }
}

impl Turns {
    #[track_caller]
    fn ask(&mut self, snapshot: &Snapshot, call_id: &str, expected: &str) {
        call_id.clone_into(&mut self.call_id);
        assert_eq!(
            call().id(call_id).answer(snapshot, self),
            format!("rule: {expected}"),
            "{call_id}"
        );
    }
}

#[test]
fn rotate_begins_with_the_one_after_the_last_calls_first() {
    let snapshot = group("rotate", "an binh chi").snapshot();
    let mut turns = Turns::default();
    turns.ask(&snapshot, "call 1", "an binh chi");
    turns.ask(&snapshot, "call 2", "binh chi an");
    turns.ask(&snapshot, "call 3", "chi an binh");
    turns.ask(&snapshot, "call 4", "an binh chi");
}

#[test]
fn rotate_goes_by_position_then_agent_id() {
    let rules = group("rotate", "an binh")
        .agent("chi")
        .member("team", "chi")
        .with("position", 1);
    let snapshot = rules.snapshot();
    let mut turns = Turns::default();
    turns.ask(&snapshot, "call 1", "chi an binh");
    turns.ask(&snapshot, "call 2", "an binh chi");
    turns.ask(&snapshot, "call 3", "binh chi an");
}

#[test]
fn a_call_keeps_its_place_however_often_it_is_asked_about() {
    let snapshot = group("rotate", "an binh chi").snapshot();
    let mut turns = Turns::default();
    for _ in 0..3 {
        turns.ask(&snapshot, "call 1", "an binh chi");
    }
    for _ in 0..3 {
        turns.ask(&snapshot, "call 2", "binh chi an");
        turns.ask(&snapshot, "call 1", "an binh chi");
    }
    turns.ask(&snapshot, "call 3", "chi an binh");
}

#[test]
fn an_absent_member_is_stepped_over() {
    let all = group("rotate", "an binh chi");
    let without_binh = all.clone().change_agent("binh", "enabled", 0).snapshot();
    let all = all.snapshot();
    let mut turns = Turns::default();
    turns.ask(&all, "call 1", "an binh chi");
    turns.ask(&without_binh, "call 2", "chi an");
    turns.ask(&without_binh, "call 3", "an chi");
    turns.ask(&all, "call 4", "binh chi an");
}

#[test]
fn the_turn_goes_on_behind_a_member_who_has_left() {
    let mut turns = Turns::default();
    let all = group("rotate", "an binh chi").snapshot();
    turns.ask(&all, "call 1", "an binh chi");
    turns.ask(&all, "call 2", "binh chi an");
    let without_binh = group("rotate", "an chi").snapshot();
    turns.ask(&without_binh, "call 3", "chi an");
    let with_bao = group("rotate", "an bao chi").snapshot();
    turns.ask(&with_bao, "call 4", "an bao chi");
    turns.ask(&with_bao, "call 5", "bao chi an");
}

#[test]
fn a_call_whose_first_has_left_begins_with_the_next_and_finds_them_again() {
    let mut turns = Turns::default();
    let all = group("rotate", "an binh chi").snapshot();
    let without_chi = group("rotate", "an binh").snapshot();
    for call_id in ["call 1", "call 2"] {
        turns.call_id = call_id.to_owned();
        call().answer(&all, &mut turns);
    }
    turns.ask(&all, "call 3", "chi an binh");
    turns.ask(&without_chi, "call 3", "an binh");
    turns.ask(&all, "call 3", "chi an binh");
    turns.ask(&all, "call 4", "an binh chi");
}

#[test]
fn each_level_rotates_for_itself() {
    let rules = group("rotate", "an binh chi")
        .agent("yen")
        .member("team", "yen")
        .with("level", 2);
    let snapshot = rules
        .agent("xuan")
        .member("team", "xuan")
        .with("level", 2)
        .snapshot();
    let mut turns = Turns::default();
    turns.ask(&snapshot, "call 1", "an binh chi xuan yen");
    turns.ask(&snapshot, "call 2", "binh chi an yen xuan");
    turns.ask(&snapshot, "call 3", "chi an binh xuan yen");
}

#[test]
fn each_group_rotates_for_itself() {
    let rules = group("rotate", "an binh")
        .group("other", "rotate")
        .agent("yen")
        .member("other", "yen");
    let rules = rules
        .agent("xuan")
        .member("other", "xuan")
        .rule("other")
        .with("position", 1);
    let snapshot = rules
        .with("from_number", "84919982888")
        .ring("other")
        .snapshot();
    let mut turns = Turns::default();
    turns.ask(&snapshot, "call 1", "an binh");
    turns.call_id = "call 2".to_owned();
    assert_eq!(
        call()
            .id("call 2")
            .from("84919982888")
            .answer(&snapshot, &mut turns),
        "other: xuan yen"
    );
    turns.ask(&snapshot, "call 3", "binh an");
}

#[test]
fn one_agent_in_turn_is_a_step_of_one() {
    let rules = Rules::new()
        .group("team", "rotate")
        .rule("rule")
        .ring("team")
        .with("max_agents", 1);
    let rules = ["an", "binh"].into_iter().fold(rules, |rules, agent| {
        rules.agent(agent).member("team", agent)
    });
    let snapshot = rules.snapshot();
    let mut turns = Turns::default();
    turns.ask(&snapshot, "call 1", "an");
    turns.ask(&snapshot, "call 2", "binh");
    turns.ask(&snapshot, "call 3", "an");
}

/// Always names the same place.
#[derive(Clone)]
struct Always(usize);

impl Activity for Always {}

impl Tickets for Always {
    fn begin_with(&mut self, _: &Ring<'_>) -> usize {
        self.0
    }
}

#[test]
fn a_place_behind_the_last_member_counts_round() {
    let snapshot = group("rotate", "an binh chi").snapshot();
    assert_eq!(
        call().answer(&snapshot, &mut Always(4)),
        "rule: binh chi an"
    );
    assert_eq!(
        call().answer(&snapshot, &mut Always(usize::MAX - 1)),
        "rule: chi an binh"
    );
}
