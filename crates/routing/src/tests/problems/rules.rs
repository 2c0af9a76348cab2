//! What is wrong with `rules`, `rule_steps` and `rule_tests`.

use super::super::fixture::Rules;
use super::{NULL, right, value, warned};
use crate::table::Cell;

#[test]
fn rules_are_judged() {
    let rule = |rules: Rules| rules.rule("night").with("action", "nobody");
    let wrong = |column, cell: Cell, expected: &str| {
        value(rule, column, cell, &format!("rules.{expected}"));
    };
    wrong(
        "id",
        NULL,
        "id of 'NULL': NULL is missing; write a whole number",
    );
    wrong(
        "id",
        1.into(),
        "id of '1': 1 is the id of another rule; give one of the two another id",
    );
    let any_number = "is not a whole number; write such a number";
    wrong(
        "position",
        "first".into(),
        &format!("position of '2': 'first' {any_number}"),
    );
    wrong("name", NULL, "name of '2': NULL is missing; write a value");
    wrong(
        "enabled",
        "yes".into(),
        "enabled of '2': 'yes' is not a whole number from 0 to 1; write such a number",
    );
    for column in ["queue_id", "to_number", "from_number", "caller_tag"] {
        wrong(
            column,
            "".into(),
            &format!(
                "{column} of '2': '' is empty; write a value, or NULL for none (DB Browser: Set as NULL)"
            ),
        );
        let rest = "has an empty value between commas; write values with one comma between them";
        wrong(
            column,
            "1,,2".into(),
            &format!("{column} of '2': '1,,2' {rest}"),
        );
        wrong(
            column,
            7.into(),
            &format!("{column} of '2': 7 is not text; write it in quotes, as text"),
        );
    }
    for column in ["to_number", "from_number"] {
        let rest = "holds what is not a number; write digits such as '842473082666', or '0247*'";
        for text in ["1,()", "8*4", "84**"] {
            wrong(
                column,
                text.into(),
                &format!("{column} of '2': '{text}' {rest}"),
            );
        }
    }
    wrong(
        "has_owner",
        2.into(),
        "has_owner of '2': 2 is not a whole number from 0 to 1; write such a number",
    );
    let unknown = "is no id in schedules; add it to schedules first, or write an id from there";
    wrong(
        "schedule_id",
        "day".into(),
        &format!("schedule_id of '2': 'day' {unknown}"),
    );
    wrong(
        "when_open",
        2.into(),
        "when_open of '2': 2 is not a whole number from 0 to 1; write such a number",
    );
    for percent in [0, 100] {
        let rest = "is not a whole number from 1 to 99; write such a number";
        wrong(
            "split_percent",
            percent.into(),
            &format!("split_percent of '2': {percent} {rest}"),
        );
    }
}

#[test]
fn an_action_is_one_of_two() {
    value(
        |rules: Rules| rules.rule("night").with("action", "nobody"),
        "action",
        Cell::from("drop"),
        "rules.action of '2': 'drop' is not known here; write one of: ring, nobody",
    );
}

#[test]
fn a_rule_that_rings_needs_steps() {
    warned(
        &right().rule("night"),
        "rules.action of '2': 'ring' rings nobody: the rule has no steps; \
         add rows to rule_steps, or disable the rule",
    );
    assert_eq!(
        right().rule("night").with("enabled", 0).compiled().problems,
        []
    );
}

#[test]
fn steps_are_judged() {
    let step = |rules: Rules| rules.rule("night").ring("sales");
    let wrong = |column, cell: Cell, expected: &str| {
        value(step, column, cell, &format!("rule_steps.{expected}"));
    };
    let whole = |range: &str| format!("is not a whole number from {range}; write such a number");
    wrong(
        "step",
        "one".into(),
        &format!(
            "step of '2/one': 'one' {}",
            "is not a whole number; write such a number"
        ),
    );
    wrong(
        "after_seconds",
        (-1).into(),
        &format!("after_seconds of '2/2': -1 {}", whole("0 to 86400")),
    );
    wrong(
        "after_seconds",
        NULL,
        "after_seconds of '2/2': NULL is missing; write a whole number from 0 to 86400",
    );
    wrong(
        "until_seconds",
        86_401.into(),
        &format!("until_seconds of '2/2': 86401 {}", whole("0 to 86400")),
    );
    let rest = "is not after after_seconds; write a later second, or NULL for no end";
    wrong(
        "until_seconds",
        0.into(),
        &format!("until_seconds of '2/2': 0 {rest}"),
    );
    wrong(
        "target",
        "everybody".into(),
        "target of '2/2': 'everybody' is not known here; write one of: group, agent, owner, last_agent",
    );
    wrong(
        "group_id",
        NULL,
        "group_id of '2/2': NULL is missing although target is 'group'; write the group that is rung",
    );
    let unknown =
        |table| format!("is no id in {table}; add it to {table} first, or write an id from there");
    wrong(
        "group_id",
        "care".into(),
        &format!("group_id of '2/2': 'care' {}", unknown("groups")),
    );
    wrong(
        "group_id",
        7.into(),
        "group_id of '2/2': 7 is not text; write it in quotes, as text",
    );
    wrong(
        "and_group_id",
        "care".into(),
        &format!("and_group_id of '2/2': 'care' {}", unknown("groups")),
    );
    wrong(
        "agent_id",
        "hoa".into(),
        "agent_id of '2/2': 'hoa' is given although target is not 'agent'; write NULL, or the target 'agent'",
    );
}

#[test]
fn limits_of_steps_are_judged() {
    let step = |rules: Rules| rules.rule("night").ring("sales");
    let wrong = |column, cell: Cell, expected: &str| {
        value(step, column, cell, &format!("rule_steps.{expected}"));
    };
    let whole = |range: &str| format!("is not a whole number from {range}; write such a number");
    wrong(
        "max_level",
        10.into(),
        &format!("max_level of '2/2': 10 {}", whole("1 to 9")),
    );
    wrong(
        "max_agents",
        0.into(),
        &format!("max_agents of '2/2': 0 {}", whole("1 to 100")),
    );
    wrong(
        "routing_type",
        3.into(),
        &format!("routing_type of '2/2': 3 {}", whole("1 to 2")),
    );
    wrong(
        "answer_timeout",
        2.into(),
        &format!("answer_timeout of '2/2': 2 {}", whole("3 to 120")),
    );
}

#[test]
fn steps_that_ring_an_agent_are_judged() {
    let step = |rules: Rules| rules.rule("night").ring_agent("hoa");
    let wrong = |column, cell: Cell, expected: &str| {
        value(step, column, cell, &format!("rule_steps.{expected}"));
    };
    wrong(
        "agent_id",
        NULL,
        "agent_id of '2/2': NULL is missing although target is 'agent'; write the agent who is rung",
    );
    let unknown = "is no id in agents; add it to agents first, or write an id from there";
    wrong(
        "agent_id",
        "nam".into(),
        &format!("agent_id of '2/2': 'nam' {unknown}"),
    );
    let rest = "is given although target is 'agent'; write NULL, or use and_group_id";
    wrong(
        "group_id",
        "sales".into(),
        &format!("group_id of '2/2': 'sales' {rest}"),
    );
    wrong(
        "target",
        NULL,
        "target of '2/2': NULL is missing; write a value",
    );
}

#[test]
fn steps_that_ring_the_owner_are_judged() {
    let step = |rules: Rules| rules.rule("night").ring_owner().with("group_id", "sales");
    assert_eq!(step(right()).compiled().problems, []);
    let expected = "rule_steps.agent_id of '2/2': 'hoa' is given although target is not 'agent'; \
                    write NULL, or the target 'agent'";
    value(step, "agent_id", "hoa", expected);
}

#[test]
fn a_step_belongs_to_a_rule_and_has_a_number_of_its_own() {
    let step = |rules: Rules| rules.ring("sales");
    let missing = "is no id in rules; add the rule first, or delete the step";
    value(
        step,
        "rule_id",
        7,
        &format!("rule_steps.rule_id of '7/2': 7 {missing}"),
    );
    value(
        step,
        "step",
        1,
        "rule_steps.step of '1/1': 1 is the number of two steps of this rule; write another number",
    );
}

#[test]
fn rule_tests_are_judged() {
    let test = |rules: Rules| rules.test("second");
    let wrong = |column, cell: Cell, expected: &str| {
        value(test, column, cell, &format!("rule_tests.{expected}"));
    };
    wrong("name", NULL, "name of '2': NULL is missing; write a value");
    wrong(
        "queue_id",
        NULL,
        "queue_id of '2': NULL is missing; write a value",
    );
    wrong(
        "at",
        NULL,
        "at of '2': NULL is missing; write the local time that is tested, e.g. '2026-11-23 10:00'",
    );
    let rest = "is not a date and time; write it as e.g. '2027-02-05 08:00'";
    wrong("at", "10:00".into(), &format!("at of '2': '10:00' {rest}"));
    wrong(
        "waited",
        (-1).into(),
        "waited of '2': -1 is not a whole number from 0 to 86400; write such a number",
    );
    wrong(
        "from_number",
        84.into(),
        "from_number of '2': 84 is not text; write it in quotes, as text",
    );
    for column in ["from_number", "to_number"] {
        wrong(
            column,
            "0247*".into(),
            &format!(
                "{column} of '2': '0247*' is not a number; write digits such as '84986776777'"
            ),
        );
    }
    wrong(
        "expect_agents",
        1.into(),
        "expect_agents of '2': 1 is not text; write it in quotes, as text",
    );
}
