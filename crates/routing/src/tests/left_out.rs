//! A cold start with errors: wrong rows are left out, what refers to them goes with them, everything else is served.

use super::fixture::{Asked, Rules, call};
use crate::tickets::FirstTicket;

/// These rows have exactly one problem, in this table, and still answer so.
#[track_caller]
fn serves(rules: &Rules, table: &str, asked: &Asked, expected: &str) {
    let compiled = rules.compiled();
    let tables: Vec<_> = compiled
        .problems
        .iter()
        .map(|problem| problem.table.name())
        .collect();
    assert_eq!(tables, [table], "{:#?}", compiled.problems);
    assert!(compiled.has_errors());
    assert_eq!(asked.answer(&compiled.snapshot, &mut FirstTicket), expected);
}

/// hoa and minh in sales; hoa is every caller's owner and covered by minh.
fn office() -> Rules {
    let rules = Rules::new()
        .schedule("office")
        .weekly("daily", "08:00", "17:30")
        .team("sales", "hoa minh");
    let rules = rules
        .change_agent("hoa", "cover_id", "minh")
        .caller("*")
        .with("owner_id", "hoa");
    rules.group("all", "ordered").member("all", "minh")
}

#[test]
fn members_and_steps_go_with_their_agent() {
    let rules = office()
        .change_agent("minh", "enabled", "no")
        .rule("all")
        .ring("sales")
        .ring_agent("minh");
    serves(&rules, "agents", &call(), "all: hoa");
}

#[test]
fn an_agent_stands_without_a_cover_who_is_left_out() {
    let rules = office()
        .change_agent("minh", "enabled", "no")
        .rule("own")
        .ring_owner();
    serves(&rules, "agents", &call(), "own: hoa");
}

#[test]
fn a_caller_stands_without_an_owner_who_is_left_out() {
    let rules = office()
        .change_agent("hoa", "enabled", "no")
        .caller("84986*")
        .with("owner_id", "hoa");
    let rules = rules
        .with("tags", "vip")
        .rule("own")
        .with("has_owner", 1)
        .ring_owner();
    let rules = rules
        .rule("vip")
        .with("has_owner", 0)
        .with("caller_tag", "vip")
        .ring("sales");
    serves(&rules, "agents", &call(), "vip: minh");
}

#[test]
fn members_steps_and_the_fallback_go_with_their_group() {
    let rules = office()
        .group("care", "random")
        .member("care", "hoa")
        .setting("fallback_group", "care");
    let rules = rules
        .rule("all")
        .ring("care")
        .ring_owner()
        .with("group_id", "care");
    serves(&rules, "groups", &call(), "nobody");
    serves(&rules.ring("sales"), "groups", &call(), "all: hoa minh");
}

#[test]
fn a_step_goes_with_its_second_group() {
    let rules = office()
        .group("english", "random")
        .rule("all")
        .ring("sales")
        .with("and_group_id", "english");
    serves(&rules.ring_agent("minh"), "groups", &call(), "all: minh");
}

#[test]
fn hours_shifts_and_rules_go_with_their_schedule() {
    let rules = office()
        .schedule("tet")
        .with("time_zone", "Saigon")
        .weekly("daily", "08:00", "17:30");
    let rules = rules
        .agent("lan")
        .member("sales", "lan")
        .with("schedule_id", "tet");
    let rules = rules
        .rule("tet")
        .with("schedule_id", "tet")
        .ring("all")
        .rule("sales")
        .ring("sales");
    serves(&rules, "schedules", &call(), "sales: hoa minh");
}

#[test]
fn a_schedule_stands_without_wrong_hours() {
    let rules = office()
        .schedule("night")
        .weekly("daily", "8h", "9h")
        .weekly("daily", "10:00", "11:00");
    let rules = rules
        .rule("night")
        .with("schedule_id", "night")
        .ring("sales");
    serves(&rules, "schedule_hours", &call(), "night: hoa minh");
}

#[test]
fn steps_go_with_their_rule() {
    let rules = office()
        .rule("odd")
        .with("split_percent", 100)
        .ring("all")
        .rule("sales")
        .ring("sales");
    serves(&rules, "rules", &call(), "sales: hoa minh");
}

#[test]
fn a_rule_stands_without_a_wrong_step() {
    let rules = office()
        .rule("sales")
        .ring("all")
        .with("max_level", 0)
        .ring("sales");
    serves(&rules, "rule_steps", &call(), "sales: hoa minh");
}

#[test]
fn a_wrong_setting_has_its_default() {
    let rules = office()
        .setting("time_zone", "Saigon")
        .rule("office")
        .with("schedule_id", "office")
        .ring("sales");
    serves(
        &rules,
        "settings",
        &call().at("2026-11-23T01:00:00Z"),
        "office: hoa minh",
    );
    serves(
        &rules,
        "settings",
        &call().at("2026-11-23T00:59:59Z"),
        "nobody",
    );
}

#[test]
fn of_two_rows_of_one_setting_the_first_is_served() {
    let rules = office()
        .setting("fallback_group", "sales")
        .setting("fallback_group", "all");
    serves(&rules, "settings", &call(), "fallback: hoa minh");
}

#[test]
fn of_two_rows_with_one_id_the_first_is_served() {
    let rules = office()
        .agent("hoa")
        .with("enabled", 0)
        .rule("all")
        .ring_agent("hoa");
    serves(&rules, "agents", &call(), "all: hoa");
}

#[test]
fn a_call_is_answered_whatever_the_tables_hold() {
    let rules = Rules::new()
        .agent("hoa")
        .with("routing_type", 9)
        .rule("all")
        .with("action", "drop")
        .ring_agent("hoa");
    let snapshot = rules.compiled().snapshot;
    assert_eq!(call().answer(&snapshot, &mut FirstTicket), "nobody");
}
