//! The rules' own tests, which run before a version goes live.

use super::fixture::Rules;
use crate::assess::assess;
use crate::problem::{Problem, Severity};
use crate::rule_test::Failure;

/// Sales in the morning, nobody for spam, and a fallback.
fn office() -> Rules {
    let rules = Rules::new()
        .schedule("morning")
        .weekly("mon-fri", "08:00", "12:00")
        .team("sales", "hoa minh lan");
    let rules = rules
        .group("duty", "ordered")
        .member("duty", "lan")
        .setting("fallback_group", "duty");
    let rules = rules
        .rule("spam")
        .with("from_number", "84779*")
        .with("action", "nobody")
        .rule("day");
    rules
        .with("schedule_id", "morning")
        .with("queue_id", "queue_1")
        .ring("sales")
}

fn failures(rules: &Rules) -> Vec<Problem> {
    rules.assessed().of_tests
}

#[track_caller]
fn passes(rules: &Rules) {
    assert_eq!(failures(rules), []);
}

#[track_caller]
fn fails(rules: &Rules, expected: &[&str]) {
    let failures: Vec<_> = failures(rules).iter().map(ToString::to_string).collect();
    let remedy = "put the rule right, or the test if the rule is meant so";
    let expected: Vec<_> = expected
        .iter()
        .map(|sentence| format!("rule_tests.{sentence}; {remedy}"))
        .collect();
    assert_eq!(failures, expected);
}

#[test]
fn a_test_that_expects_nothing_passes() {
    passes(&office().test("anything"));
}

#[test]
fn a_test_names_the_rule_and_the_agents_in_order() {
    passes(
        &office()
            .test("day")
            .with("expect_rule", "day")
            .with("expect_agents", "hoa,minh,lan"),
    );
    passes(&office().test("day").with("expect_agents", "hoa, minh, lan"));
}

#[test]
fn no_test_is_run_where_a_row_is_left_out() {
    let failing = office().test("mornings").with("expect_rule", "night");
    assert_eq!(failures(&failing).len(), 1);
    let left_out = failing
        .schedule("evening")
        .weekly("someday", "18:00", "20:00");
    assert!(left_out.compiled().has_errors());
    assert_eq!(failures(&left_out), []);
}

#[test]
fn a_test_that_fails_says_what_the_rules_say() {
    fails(
        &office()
            .test("mornings")
            .with("expect_rule", "night")
            .with("expect_agents", "hoa,lan,minh"),
        &[
            "expect_rule of '1 mornings': 'night' is not what the rules say: rule 'day' answers with 'hoa,minh,lan'",
            "expect_agents of '1 mornings': 'hoa,lan,minh' is not what the rules say: \
             rule 'day' answers with 'hoa,minh,lan'",
        ],
    );
}

#[test]
fn a_list_is_expected_whole_unless_it_ends_in_a_star() {
    let all = "is not what the rules say: rule 'day' answers with 'hoa,minh,lan'";
    let expecting = |agents: &str| office().test("day").with("expect_agents", agents);
    fails(
        &expecting("hoa,minh"),
        &[&format!("expect_agents of '1 day': 'hoa,minh' {all}")],
    );
    passes(&expecting("hoa,minh,*"));
    passes(&expecting("hoa,minh,lan,*"));
    fails(
        &expecting("minh,*"),
        &[&format!("expect_agents of '1 day': 'minh,*' {all}")],
    );
    fails(
        &expecting("hoa,minh,lan,nam,*"),
        &[&format!(
            "expect_agents of '1 day': 'hoa,minh,lan,nam,*' {all}"
        )],
    );
}

#[test]
fn an_empty_text_expects_nobody() {
    let spam = office()
        .test("spam")
        .with("from_number", "0779 123 456")
        .with("expect_agents", "");
    passes(&spam.with("expect_rule", "spam"));
    fails(
        &office().test("spam").with("expect_agents", ""),
        &[
            "expect_agents of '1 spam': '' is not what the rules say: rule 'day' answers with 'hoa,minh,lan'",
        ],
    );
    fails(
        &office()
            .test("spam")
            .with("from_number", "0779123456")
            .with("expect_agents", "hoa"),
        &[
            "expect_agents of '1 spam': 'hoa' is not what the rules say: rule 'spam' answers with ''",
        ],
    );
}

#[test]
fn the_fallback_is_no_rule() {
    let evening = office().test("evening").with("at", "2026-11-23 12:00");
    passes(&evening.clone().with("expect_agents", "lan"));
    let fallback =
        "is not what the rules say: no rule finds anybody; the fallback answers with 'lan'";
    fails(
        &evening.clone().with("expect_agents", ""),
        &[&format!("expect_agents of '1 evening': '' {fallback}")],
    );
    fails(
        &evening.with("expect_rule", "day"),
        &[&format!("expect_rule of '1 evening': 'day' {fallback}")],
    );
}

#[test]
fn without_any_answer_nobody_is_found() {
    let rules = Rules::new()
        .test("nobody")
        .with("expect_agents", "")
        .test("somebody")
        .with("expect_agents", "hoa");
    fails(
        &rules,
        &["expect_agents of '2 somebody': 'hoa' is not what the rules say: no rule finds anybody"],
    );
}

#[test]
fn the_time_is_local_and_the_wait_is_given() {
    let rules = office()
        .ring("duty")
        .with("step", 0)
        .with("after_seconds", 20)
        .test("late")
        .with("waited", 20);
    passes(
        &rules
            .clone()
            .with("at", "2026-11-23 08:00")
            .with("expect_agents", "lan,hoa,minh"),
    );
    passes(
        &rules
            .with("at", "2026-11-23 08:00")
            .with("waited", 19)
            .with("expect_agents", "hoa,minh,lan"),
    );
    passes(
        &office()
            .test("early")
            .with("at", "2026-11-23 07:59")
            .with("expect_agents", "lan"),
    );
}

#[test]
fn numbers_are_read_as_in_the_other_tables() {
    let rules = office()
        .rule("sold")
        .with("position", 1)
        .with("to_number", "024 7308 2666")
        .ring("duty");
    let hotline = |written: &str| {
        rules
            .clone()
            .test("hotline")
            .with("to_number", written)
            .with("expect_rule", "sold")
    };
    for written in ["842473082666", "02473082666", "+84 24 7308 2666"] {
        passes(&hotline(written));
    }
    let known = office()
        .rule("known")
        .with("position", 1)
        .with("from_number", "84986776777")
        .ring("duty");
    passes(
        &known
            .test("nine digits")
            .with("from_number", "986776777")
            .with("expect_rule", "known"),
    );
    let other = "is not what the rules say: rule 'day' answers with 'hoa,minh,lan'";
    fails(
        &hotline("02473082888"),
        &[&format!("expect_rule of '1 hotline': 'sold' {other}")],
    );
}

#[test]
fn the_call_of_a_test_is_named_after_its_row() {
    let rules = Rules::new()
        .group("team", "weighted")
        .rule("all")
        .ring("team");
    let team = ["an", "binh", "chi", "dung"];
    let rules = team
        .into_iter()
        .fold(rules, |rules, id| rules.agent(id).member("team", id));
    let rules = rules
        .test("first")
        .with("expect_agents", "an,binh,chi,dung");
    passes(
        &rules
            .test("second")
            .with("expect_agents", "dung,binh,chi,an"),
    );
}

#[test]
fn every_test_runs() {
    let rules = office()
        .test("one")
        .with("expect_rule", "x")
        .test("two")
        .test("three")
        .with("expect_rule", "y");
    let keys: Vec<_> = failures(&rules)
        .into_iter()
        .map(|failure| failure.key)
        .collect();
    assert_eq!(keys, ["1 one", "3 three"]);
}

#[test]
fn a_server_that_only_warns_of_failed_tests_takes_the_rows() {
    let rules = office().test("mornings").with("expect_rule", "night");
    let warned = assess(&rules.tables(), Severity::Warning);
    assert_eq!((warned.of_tests.len(), warned.has_errors()), (1, false));
    assert_eq!(warned.failed_tests().len(), 1);
    assert!(rules.assessed().has_errors());
}

#[test]
fn the_answer_to_accept_has_the_form_of_what_was_expected() {
    let accepted = |expected: &str| -> Vec<String> {
        let rules = office().test("one").with("expect_agents", expected);
        let assessment = rules.assessed();
        let failed = assessment.failed_tests();
        failed.iter().map(Failure::accepted_agents).collect()
    };
    assert_eq!(accepted("minh"), ["hoa,minh,lan"]);
    assert_eq!(accepted("minh,*"), ["hoa,*"]);
    assert_eq!(accepted("minh,hoa,lan,*"), ["hoa,minh,lan"]);
}

#[test]
fn what_was_wrong_before_is_no_new_error() {
    let new = |before: &Rules, after: &Rules| -> Vec<String> {
        let (before, after) = (before.assessed(), after.assessed());
        let errors = after.new_errors(&before);
        errors.iter().map(|error| error.key.clone()).collect()
    };
    let (good, failing) = (
        office().test("one"),
        office().test("one").with("expect_rule", "night"),
    );
    let broken = |rules: &Rules| rules.clone().setting("time_zone", "Hanoi");
    assert_eq!(new(&good, &good), [""; 0]);
    assert_eq!(new(&good, &failing), ["1 one"]);
    assert_eq!(new(&good, &broken(&good)), ["time_zone"]);
    assert_eq!(new(&broken(&good), &broken(&failing)), [""; 0]);
    let other_answer = failing.clone().change_agent("hoa", "enabled", 0);
    assert_eq!(new(&failing, &other_answer), [""; 0], "it failed before");
    assert_eq!(
        new(&broken(&good), &failing),
        [""; 0],
        "nobody knows whether it failed before"
    );
}
