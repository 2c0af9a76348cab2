//! Evaluation 4, 5 and 7: which steps count, who is a candidate, how an agent is rung; and 8: nobody at all.

use super::fixture::{Asked, Rules, call, check};
use crate::candidate::Dropped;
use crate::explain::Note;

/// `asked` leaves `agent` out, for this reason.
#[track_caller]
pub(super) fn drops(rules: &Rules, asked: &Asked, agent: &str, reason: Dropped) {
    let snapshot = rules.snapshot();
    let dropped: Vec<_> = asked.explained(&snapshot, |explanation| {
        let notes = explanation
            .rules
            .iter()
            .flat_map(|rule| &rule.steps)
            .flat_map(|step| &step.notes);
        let of_fallback = explanation.fallback.iter().flat_map(|(_, notes)| notes);
        let dropped = notes.chain(of_fallback).filter_map(|note| match note {
            Note::Dropped { agent, reason, .. } => {
                Some((snapshot.agents.get(*agent)?.id.to_string(), *reason))
            }
            _ => None,
        });
        dropped.collect()
    });
    assert_eq!(dropped, [(agent.to_owned(), reason)], "{asked:?}");
}

/// One rule that rings a team.
fn team(agents: &str) -> Rules {
    Rules::new().team("team", agents).rule("rule").ring("team")
}

#[test]
fn a_step_counts_from_after_until_before_until() {
    let rules = team("hoa")
        .with("after_seconds", 10)
        .with("until_seconds", 20);
    for (waited, expected) in [
        (0, "nobody"),
        (9, "nobody"),
        (10, "rule: hoa"),
        (19, "rule: hoa"),
        (20, "nobody"),
    ] {
        check(&rules, &call().waited(waited), expected);
    }
}

#[test]
fn a_step_without_until_counts_for_ever() {
    check(
        &team("hoa").with("after_seconds", 10),
        &call().waited(u32::MAX),
        "rule: hoa",
    );
}

#[test]
fn steps_that_count_are_joined_in_step_order() {
    let rules = Rules::new()
        .team("a", "hoa lan")
        .team("b", "minh")
        .team("c", "nam")
        .rule("rule");
    let rules = rules
        .ring("a")
        .with("step", 3)
        .ring("b")
        .with("step", 1)
        .with("after_seconds", 20);
    let rules = rules.ring("c").with("step", 2).with("until_seconds", 30);
    check(&rules, &call().waited(0), "rule: nam hoa lan");
    check(&rules, &call().waited(20), "rule: minh nam hoa lan");
    check(&rules, &call().waited(30), "rule: minh hoa lan");
}

#[test]
fn a_level_of_one_step_does_not_mix_with_another_step() {
    let rules = Rules::new()
        .team("a", "hoa")
        .with("level", 9)
        .team("b", "minh")
        .rule("rule")
        .ring("a")
        .ring("b");
    check(&rules, &call(), "rule: hoa minh");
}

#[test]
fn an_agent_is_rung_without_any_group() {
    check(
        &Rules::new().agent("hoa").rule("rule").ring_agent("hoa"),
        &call(),
        "rule: hoa",
    );
}

#[test]
fn a_disabled_agent_is_dropped() {
    let rules = Rules::new()
        .group("team", "ordered")
        .agent("hoa")
        .with("enabled", 0)
        .agent("minh");
    let rules = rules
        .member("team", "hoa")
        .member("team", "minh")
        .rule("rule")
        .ring("team");
    check(&rules, &call(), "rule: minh");
    drops(&rules, &call(), "hoa", Dropped::Disabled);
}

/// hoa, on leave, and minh.
fn on_leave(from: &str, until: Option<&str>) -> Rules {
    let rules = Rules::new()
        .agent("hoa")
        .agent("minh")
        .away("hoa", from, until);
    rules.rule("rule").ring_agent("hoa").ring_agent("minh")
}

#[test]
fn an_agent_on_leave_is_dropped_and_comes_back_by_itself() {
    let rules = on_leave("2026-11-23 08:00", Some("2026-11-24 13:30"));
    for (at, expected) in [
        ("2026-11-23 07:59", "rule: hoa minh"),
        ("2026-11-23 08:00", "rule: minh"),
        ("2026-11-24 13:29", "rule: minh"),
        ("2026-11-24 13:30", "rule: hoa minh"),
    ] {
        check(&rules, &call().at(at), expected);
    }
    drops(&rules, &call(), "hoa", Dropped::Away);
}

#[test]
fn a_leave_may_have_no_end() {
    let from = on_leave("2026-11-23 08:00", None);
    check(&from, &call().at("2026-11-23 07:59"), "rule: hoa minh");
    check(&from, &call().at("2126-11-23 08:00"), "rule: minh");
}

#[test]
fn dates_alone_are_whole_days() {
    for until in ["2026-11-24", "2026-11-25 00:00"] {
        let rules = on_leave("2026-11-23", Some(until));
        check(&rules, &call().at("2026-11-22 23:59"), "rule: hoa minh");
        check(&rules, &call().at("2026-11-23 00:00"), "rule: minh");
        check(&rules, &call().at("2026-11-24 23:59"), "rule: minh");
        check(&rules, &call().at("2026-11-25 00:00"), "rule: hoa minh");
    }
}

#[test]
fn a_second_leave_can_be_entered_before_the_first_is_over() {
    let rules = on_leave("2026-11-23", Some("2026-11-24")).away(
        "hoa",
        "2027-01-04 08:00",
        Some("2027-01-08 17:00"),
    );
    for (at, expected) in [
        ("2026-11-24 10:00", "rule: minh"),
        ("2026-12-24 10:00", "rule: hoa minh"),
        ("2027-01-04 08:00", "rule: minh"),
        ("2027-01-08 17:00", "rule: hoa minh"),
    ] {
        check(&rules, &call().at(at), expected);
    }
}

#[test]
fn a_leave_is_in_the_settings_zone() {
    let rules = on_leave("2026-11-23 08:00", Some("2026-11-23 09:00"));
    check(&rules, &call().at("2026-11-23T01:00:00Z"), "rule: minh");
    let tokyo = rules.setting("time_zone", "Asia/Tokyo");
    check(&tokyo, &call().at("2026-11-23T01:00:00Z"), "rule: hoa minh");
    check(&tokyo, &call().at("2026-11-22T23:00:00Z"), "rule: minh");
}

/// hoa with a shift in the morning, minh in the afternoon.
fn shifts() -> Rules {
    let rules = Rules::new()
        .schedule("morning")
        .weekly("mon-fri", "08:00", "12:00");
    let rules = rules
        .schedule("afternoon")
        .weekly("mon-fri", "12:00", "17:00");
    let rules = rules.group("team", "ordered").agent("hoa").agent("minh");
    rules
        .member("team", "hoa")
        .with("schedule_id", "morning")
        .member("team", "minh")
        .with("schedule_id", "afternoon")
}

#[test]
fn a_member_is_rung_during_the_shift() {
    let rules = shifts().rule("rule").ring("team");
    for (at, expected) in [
        ("2026-11-23 07:59", "nobody"),
        ("2026-11-23 08:00", "rule: hoa"),
        ("2026-11-23 11:59", "rule: hoa"),
        ("2026-11-23 12:00", "rule: minh"),
        ("2026-11-23 17:00", "nobody"),
    ] {
        check(&rules, &call().at(at), expected);
    }
    drops(&rules, &call(), "minh", Dropped::OffShift);
}

#[test]
fn a_target_agent_has_no_shift() {
    check(
        &shifts().rule("rule").ring_agent("minh"),
        &call(),
        "rule: minh",
    );
}

#[test]
fn members_above_the_maximum_level_are_dropped() {
    let rules = Rules::new()
        .team("team", "hoa minh")
        .with("level", 2)
        .rule("rule")
        .ring("team");
    check(
        &rules.clone().with("max_level", 2),
        &call(),
        "rule: hoa minh",
    );
    let first_level = rules.with("max_level", 1);
    check(&first_level, &call(), "rule: hoa");
    drops(&first_level, &call(), "minh", Dropped::AboveMaxLevel);
}

#[test]
fn with_a_second_group_only_its_members_are_rung() {
    let rules = Rules::new()
        .team("sales", "hoa minh")
        .group("english", "ordered")
        .member("english", "hoa");
    let rules = rules
        .rule("rule")
        .ring("sales")
        .with("and_group_id", "english");
    check(&rules, &call(), "rule: hoa");
    drops(&rules, &call(), "minh", Dropped::NotInSecondGroup);
}

#[test]
fn the_shift_and_the_level_in_the_second_group_do_not_matter() {
    let rules = Rules::new()
        .team("sales", "hoa")
        .schedule("never")
        .group("english", "ordered");
    let rules = rules
        .member("english", "hoa")
        .with("schedule_id", "never")
        .with("level", 9)
        .with("answer_timeout", 99);
    let rules = rules
        .rule("rule")
        .ring("sales")
        .with("and_group_id", "english")
        .with("max_level", 1);
    check(&rules, &call(), "rule: hoa");
}

#[test]
fn a_second_group_holds_for_target_agents_too() {
    let rules = Rules::new()
        .agent("hoa")
        .group("english", "ordered")
        .rule("rule")
        .ring_agent("hoa");
    let rules = rules.with("and_group_id", "english");
    check(&rules, &call(), "nobody");
    drops(&rules, &call(), "hoa", Dropped::NotInSecondGroup);
}

#[test]
fn who_is_rung_on_the_phone_needs_a_number() {
    let rules = Rules::new()
        .team("team", "hoa")
        .agent("minh")
        .with("phone_number", "84909000002");
    let rules = rules
        .member("team", "minh")
        .rule("rule")
        .ring("team")
        .with("routing_type", 2);
    check(&rules, &call(), "rule: minh:2:15");
    drops(&rules, &call(), "hoa", Dropped::NoPhoneNumber);
}

#[test]
fn an_agent_is_listed_once() {
    let rules = Rules::new()
        .team("a", "hoa minh")
        .team("b", "lan")
        .member("b", "hoa")
        .with("answer_timeout", 60);
    let rules = rules.rule("rule").ring("a").ring("b");
    check(&rules, &call(), "rule: hoa minh lan");
    drops(&rules, &call(), "hoa", Dropped::AlreadyListed);
}

#[test]
fn an_agent_rung_another_way_is_listed_again() {
    let rules = Rules::new()
        .team("team", "hoa")
        .agent("minh")
        .with("phone_number", "84909000002");
    let rules = rules.member("team", "minh").rule("rule").ring("team");
    let rules = rules
        .ring("team")
        .with("after_seconds", 45)
        .with("routing_type", 2)
        .with("answer_timeout", 25);
    check(&rules, &call().waited(44), "rule: hoa minh");
    check(&rules, &call().waited(45), "rule: hoa minh minh:2:25");
}

#[test]
fn a_step_adds_at_most_its_maximum() {
    let rules = Rules::new()
        .team("a", "hoa lan")
        .team("b", "minh nam")
        .rule("rule");
    let rules = rules
        .ring("a")
        .with("max_agents", 1)
        .ring("b")
        .with("max_agents", 2);
    check(&rules, &call(), "rule: hoa minh nam");
    drops(&rules, &call(), "lan", Dropped::OverStepMaximum);
}

#[test]
fn who_is_listed_already_does_not_count_for_the_step() {
    let rules = Rules::new()
        .team("a", "hoa")
        .team("b", "minh nam")
        .member("b", "hoa")
        .with("position", 0);
    let rules = rules.rule("rule").ring("a").ring("b").with("max_agents", 1);
    check(&rules, &call(), "rule: hoa minh");
}

#[test]
fn the_list_has_at_most_the_maximum_of_the_settings() {
    let rules = Rules::new()
        .setting("max_agents", "3")
        .team("a", "hoa lan")
        .team("b", "minh nam");
    let rules = rules.rule("rule").ring("a").ring("b");
    check(&rules, &call(), "rule: hoa lan minh");
    drops(&rules, &call(), "nam", Dropped::OverListMaximum);
}

#[test]
fn twenty_agents_are_listed_unless_the_settings_say_otherwise() {
    let names: Vec<_> = (10..40).map(|number| format!("agent{number}")).collect();
    check(
        &team(&names.join(" ")),
        &call(),
        &format!("rule: {}", names[..20].join(" ")),
    );
}

/// hoa is rung as the agents' row, the member's row, the step and the settings say; NULL where nothing is given.
fn rung_as(
    settings: Option<&str>,
    agent: Option<i64>,
    member: Option<i64>,
    step: Option<i64>,
) -> Rules {
    let rules = Rules::new()
        .agent("hoa")
        .with("phone_number", "84909000001")
        .with("answer_timeout", agent);
    let rules = rules
        .group("team", "ordered")
        .member("team", "hoa")
        .with("answer_timeout", member);
    let rules = rules.rule("rule").ring("team").with("answer_timeout", step);
    match settings {
        Some(seconds) => rules.setting("answer_timeout", seconds),
        None => rules,
    }
}

#[test]
fn the_answer_timeout_is_the_steps_else_the_members_else_the_agents_else_the_settings() {
    check(
        &rung_as(Some("40"), Some(30), Some(20), Some(10)),
        &call(),
        "rule: hoa:1:10",
    );
    check(
        &rung_as(Some("40"), Some(30), Some(20), None),
        &call(),
        "rule: hoa:1:20",
    );
    check(
        &rung_as(Some("40"), Some(30), None, None),
        &call(),
        "rule: hoa:1:30",
    );
    check(
        &rung_as(Some("40"), None, None, None),
        &call(),
        "rule: hoa:1:40",
    );
    check(&rung_as(None, None, None, None), &call(), "rule: hoa");
}

#[test]
fn the_routing_type_is_the_steps_else_the_members_else_the_agents() {
    for (agent, member, step, expected) in [
        (1, None, None, "rule: hoa"),
        (2, None, None, "rule: hoa:2:15"),
        (1, Some(2), None, "rule: hoa:2:15"),
        (2, Some(1), None, "rule: hoa"),
        (1, Some(1), Some(2), "rule: hoa:2:15"),
        (2, Some(2), Some(1), "rule: hoa"),
    ] {
        let rules = Rules::new()
            .agent("hoa")
            .with("phone_number", "84909000001")
            .with("routing_type", agent);
        let rules = rules
            .group("team", "ordered")
            .member("team", "hoa")
            .with("routing_type", member);
        check(
            &rules.rule("rule").ring("team").with("routing_type", step),
            &call(),
            expected,
        );
    }
}

#[test]
fn a_target_agent_is_rung_as_the_step_or_the_agent_says() {
    let rules = Rules::new()
        .agent("hoa")
        .with("phone_number", "84909000001")
        .with("answer_timeout", 30);
    let rules = rules.rule("rule").ring_agent("hoa");
    check(&rules, &call(), "rule: hoa:1:30");
    check(
        &rules.with("routing_type", 2).with("answer_timeout", 9),
        &call(),
        "rule: hoa:2:9",
    );
}

#[test]
fn when_no_rule_finds_anybody_the_fallback_group_is_rung() {
    let rules = Rules::new()
        .team("office", "hoa")
        .rule("late")
        .ring("office")
        .with("after_seconds", 20);
    let rules = rules
        .group("all", "ordered")
        .agent("minh")
        .agent("lan")
        .setting("fallback_group", "all");
    let rules = rules
        .member("all", "lan")
        .with("level", 2)
        .member("all", "minh")
        .with("answer_timeout", 60);
    check(&rules, &call(), "fallback: minh:1:60 lan");
    check(&rules, &call().waited(20), "late: hoa");
}

#[test]
fn the_fallback_rings_only_who_is_on_shift_now() {
    let rules = shifts().setting("fallback_group", "team");
    check(&rules, &call(), "fallback: hoa");
    check(&rules, &call().at("2026-11-23 12:00"), "fallback: minh");
    check(&rules, &call().at("2026-11-23 17:00"), "nobody");
    drops(&rules, &call(), "minh", Dropped::OffShift);
}

#[test]
fn the_fallback_is_cut_at_the_maximum_of_the_settings() {
    let rules = Rules::new()
        .setting("fallback_group", "team")
        .setting("max_agents", "1")
        .team("team", "hoa minh");
    check(&rules, &call(), "fallback: hoa");
}

#[test]
fn without_rules_and_fallback_nobody_is_rung() {
    check(&Rules::new(), &call(), "nobody");
    check(&team("hoa").with("after_seconds", 1), &call(), "nobody");
}
