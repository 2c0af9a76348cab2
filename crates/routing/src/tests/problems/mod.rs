//! The compiler's judgement: each wrong row is one sentence that says what to write instead.

mod people;
mod rules;
mod schedules;

use super::fixture::Rules;
use crate::problem::{Problem, Severity};
use crate::table::{Cell, Table};

/// One row of each kind, all right.
fn right() -> Rules {
    let rules = Rules::new()
        .row(Table::Queues)
        .with("id", "queue_1")
        .with("name", "Sales");
    let rules = rules.schedule("office").weekly("mon-fri", "08:00", "17:30");
    let rules = rules
        .team("sales", "hoa")
        .caller("84986776777")
        .with("owner_id", "hoa")
        .with("tags", "vip");
    rules
        .rule("all")
        .ring("sales")
        .test("rings")
        .with("expect_agents", "hoa")
}

fn sentences(problems: &[Problem], severity: Severity) -> Vec<String> {
    assert!(
        problems.iter().all(|problem| problem.severity == severity),
        "{problems:#?}"
    );
    problems.iter().map(ToString::to_string).collect()
}

/// The right rows and what is added to them make exactly these errors.
#[track_caller]
fn refused(rules: &Rules, expected: &[&str]) {
    assert_eq!(
        sentences(&rules.compiled().problems, Severity::Error),
        expected
    );
    assert!(rules.compiled().has_errors());
}

/// The same, with one warning: the version is served.
#[track_caller]
fn warned(rules: &Rules, expected: &str) {
    assert_eq!(
        sentences(&rules.compiled().problems, Severity::Warning),
        [expected]
    );
    assert!(!rules.compiled().has_errors());
}

/// A value in a column of the row that `add` has added last.
#[track_caller]
fn value(add: impl FnOnce(Rules) -> Rules, column: &str, value: impl Into<Cell>, expected: &str) {
    refused(&add(right()).with(column, value), &[expected]);
}

const NULL: Cell = Cell::Null;

#[test]
fn right_rows_have_no_problems() {
    assert_eq!(right().compiled().problems, []);
    assert!(!right().compiled().has_errors());
}

#[test]
fn settings_are_judged() {
    let with = |key, text, expected: &str| refused(&right().setting(key, text), &[expected]);
    with(
        "timezone",
        "Asia/Tokyo",
        "settings.key of 'timezone': 'timezone' is no setting; \
         write one of: time_zone, country_code, answer_timeout, fallback_group, max_agents, \
         last_agent_days, missed_rings, missed_rest_minutes",
    );
    let wrong = |key, text, rest: &str| {
        with(
            key,
            text,
            &format!("settings.value of '{key}': '{text}' {rest}"),
        );
    };
    wrong(
        "time_zone",
        "Saigon",
        "is not a time zone; write a name such as 'Asia/Ho_Chi_Minh'",
    );
    for code in ["084", "+84", "vn", "8484"] {
        wrong(
            "country_code",
            code,
            "is not a country code; write 1 to 3 digits without 0 in front, e.g. '84'",
        );
    }
    for seconds in ["2", "121", "-15", "15 s", "15.0"] {
        wrong(
            "answer_timeout",
            seconds,
            "is not an answer timeout; write seconds from 3 to 120, e.g. '15'",
        );
    }
    for rings in ["-1", "21", "two"] {
        wrong(
            "missed_rings",
            rings,
            "is not a number of rings; write a number from 0 (never) to 20, e.g. '2'",
        );
    }
    for minutes in ["0", "1441", "10 min"] {
        wrong(
            "missed_rest_minutes",
            minutes,
            "is not a number of minutes; write a number from 1 to 1440, e.g. '10'",
        );
    }
    for agents in ["0", "101", "many"] {
        wrong(
            "max_agents",
            agents,
            "is not a number of agents; write a number from 1 to 100, e.g. '20'",
        );
    }
    wrong(
        "fallback_group",
        "night",
        "is no id in groups; add it to groups first, or write an id from there",
    );
}

#[test]
fn a_setting_is_written_once() {
    let rest = "is written twice; delete one of the two rows";
    for (key, text) in [
        ("time_zone", "Asia/Tokyo"),
        ("max_agents", "5"),
        ("fallback_group", "sales"),
    ] {
        refused(
            &right().setting(key, text).setting(key, text),
            &[&format!("settings.key of '{key}': '{key}' {rest}")],
        );
    }
}

#[test]
fn a_setting_without_key_or_value_is_one_problem() {
    let setting = |rules: Rules| rules.setting("answer_timeout", "20");
    value(
        setting,
        "key",
        NULL,
        "settings.key of 'NULL': NULL is missing; write a value",
    );
    value(
        setting,
        "key",
        "",
        "settings.key of '': '' is empty; write a value",
    );
    for key in [
        "time_zone",
        "country_code",
        "answer_timeout",
        "fallback_group",
        "max_agents",
    ] {
        let setting = |rules: Rules| rules.setting(key, "");
        let of = format!("settings.value of '{key}':");
        value(
            setting,
            "value",
            NULL,
            &format!("{of} NULL is missing; write a value"),
        );
        value(
            setting,
            "value",
            " ",
            &format!("{of} ' ' is empty; write a value"),
        );
        value(
            setting,
            "value",
            20,
            &format!("{of} 20 is not text; write it in quotes, as text"),
        );
    }
}

#[test]
fn queues_are_judged() {
    let queue = |rules: Rules| {
        rules
            .row(Table::Queues)
            .with("id", "queue_2")
            .with("name", "Care")
    };
    value(
        queue,
        "id",
        NULL,
        "queues.id of 'NULL': NULL is missing; write a value",
    );
    value(
        queue,
        "name",
        NULL,
        "queues.name of 'queue_2': NULL is missing; write a value",
    );
    value(
        queue,
        "name",
        " ",
        "queues.name of 'queue_2': ' ' is empty; write a value",
    );
}

#[test]
fn two_rows_with_one_id_are_reported_once() {
    let twice = |rules: Rules, table: &str, id: &str| {
        let rest = "is the id of two rows; delete one of them, or give it another id";
        refused(&rules, &[&format!("{table}.id of '{id}': '{id}' {rest}")]);
    };
    twice(right().agent("hoa"), "agents", "hoa");
    twice(right().group("sales", "ordered"), "groups", "sales");
    twice(right().schedule("office"), "schedules", "office");
}

#[test]
fn what_is_not_text_is_shown_in_words() {
    let name = |cell: Cell, expected: &str| {
        value(
            |rules| rules.agent("lan"),
            "name",
            cell,
            &format!("agents.name of 'lan': {expected}"),
        );
    };
    let not_text = "is not text; write it in quotes, as text";
    name(Cell::Real(1.5), &format!("1.5 {not_text}"));
    name(
        Cell::Blob([1, 2, 3].into()),
        &format!("a value of 3 bytes that is not text {not_text}"),
    );
    name(
        "a\0b".into(),
        "'a\\u{0}b' contains a NUL character; type the text anew",
    );
}

#[test]
fn a_long_value_is_cut_and_stays_on_one_line() {
    let zone = format!("line\n{}", "x".repeat(80));
    let rest = "is not a time zone; write a name such as 'Asia/Ho_Chi_Minh'";
    let expected = format!(
        "schedules.time_zone of 'night': 'line\\n{}…' {rest}",
        "x".repeat(55)
    );
    value(
        |rules| rules.schedule("night"),
        "time_zone",
        zone.as_str(),
        &expected,
    );
}

#[test]
fn a_long_or_odd_key_stays_on_one_line() {
    let id = format!("line\n{}", "x".repeat(80));
    let expected = format!(
        "queues.name of 'line\\n{}…': NULL is missing; write a value",
        "x".repeat(55)
    );
    value(
        |rules| rules.row(Table::Queues).with("id", id.as_str()),
        "name",
        NULL,
        &expected,
    );
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_tables() {
    let rules = right()
        .ring("care")
        .rule("odd")
        .with("enabled", 5)
        .agent("lan")
        .with("enabled", 7)
        .with("name", NULL);
    let rules = rules
        .setting("fallback_group", "none")
        .caller("")
        .group("night", "none")
        .test("")
        .with("at", "noon");
    refused(
        &rules,
        &[
            "settings.value of 'fallback_group': 'none' is no id in groups; \
             add it to groups first, or write an id from there",
            "agents.name of 'lan': NULL is missing; write a value",
            "agents.enabled of 'lan': 7 is not a whole number from 0 to 1; write such a number",
            "groups.strategy of 'night': 'none' is not known here; write one of: ordered, weighted, rotate, sticky, \
             longest_idle, fewest_calls",
            "callers.number of '': '' is empty; write a value",
            "rules.enabled of '2': 5 is not a whole number from 0 to 1; write such a number",
            "rule_steps.group_id of '1/2': 'care' is no id in groups; \
             add it to groups first, or write an id from there",
            "rule_tests.at of '2': 'noon' is not a date and time; write it as e.g. '2027-02-05 08:00'",
            "rule_tests.name of '2': '' is empty; write a value",
        ],
    );
}
