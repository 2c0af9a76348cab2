//! Evaluation 2: which row of `callers` is the caller's.

use std::sync::Arc;

use super::fixture::{Rules, call, check};
use crate::compile::{compile_after, compile_edit};
use crate::number::Number;
use crate::snapshot::Snapshot;
use crate::table::{Rows, Table};
use crate::tickets::FirstTicket;

/// A rule that rings whom the caller's tag names.
fn by_tag(tags: &str) -> Rules {
    let teams = tags
        .split(' ')
        .fold(Rules::new(), |rules, tag| rules.team(tag, tag));
    tags.split(' ').fold(teams, |rules, tag| {
        rules.rule("tagged").with("caller_tag", tag).ring(tag)
    })
}

#[test]
fn the_exact_row_of_a_caller_comes_before_a_prefix() {
    let rules = by_tag("exact prefix")
        .caller("84779*")
        .with("tags", "prefix");
    let rules = rules.caller("0779 123 456").with("tags", "exact");
    check(&rules, &call().from("84779123456"), "tagged: exact");
    check(&rules, &call().from("84779123457"), "tagged: prefix");
}

#[test]
fn an_exact_row_says_all_even_if_it_says_nothing() {
    let rules = by_tag("prefix")
        .caller("84779*")
        .with("tags", "prefix")
        .caller("84779123456");
    check(&rules, &call().from("84779123456"), "nobody");
}

#[test]
fn the_longest_prefix_of_a_caller_counts() {
    let rules = by_tag("long short any")
        .caller("84779*")
        .with("tags", "short");
    let rules = rules
        .caller("84779123*")
        .with("tags", "long")
        .caller("*")
        .with("tags", "any");
    check(&rules, &call().from("84779123456"), "tagged: long");
    check(&rules, &call().from("84779129456"), "tagged: short");
    check(&rules, &call().from("12125550123"), "tagged: any");
    check(&rules, &call().from("user_1"), "tagged: any");
}

#[test]
fn a_row_counts_up_to_the_end_of_its_last_day() {
    let rules = by_tag("vip")
        .caller("84986776777")
        .with("tags", "vip")
        .with("expires_on", "2026-11-23");
    check(&rules, &call().at("2026-11-23 23:59"), "tagged: vip");
    check(&rules, &call().at("2026-11-24 00:00"), "nobody");
}

#[test]
fn an_expired_exact_row_gives_way_to_a_prefix_row() {
    let rules = by_tag("exact long short");
    let rules = rules
        .caller("84986776777")
        .with("tags", "exact")
        .with("expires_on", "2026-11-21");
    let rules = rules
        .caller("84986*")
        .with("tags", "long")
        .with("expires_on", "2026-11-22");
    let rules = rules.caller("84*").with("tags", "short");
    check(&rules, &call().at("2026-11-21 12:00"), "tagged: exact");
    check(&rules, &call().at("2026-11-22 12:00"), "tagged: long");
    check(&rules, &call().at("2026-11-23 12:00"), "tagged: short");
}

#[test]
fn today_is_a_date_of_the_settings_zone() {
    let rules = by_tag("vip")
        .caller("84986776777")
        .with("tags", "vip")
        .with("expires_on", "2026-11-23");
    check(&rules, &call().at("2026-11-23T16:59:59Z"), "tagged: vip");
    check(&rules, &call().at("2026-11-23T17:00:00Z"), "nobody");
    let new_york = rules.setting("time_zone", "America/New_York");
    check(&new_york, &call().at("2026-11-23T17:00:00Z"), "tagged: vip");
}

#[test]
fn a_caller_may_be_an_identity_or_a_very_long_number() {
    let rules = by_tag("vip")
        .caller("user_1")
        .with("tags", "vip")
        .caller("841234567890123456789")
        .with("tags", "vip");
    check(&rules, &call().from("user_1"), "tagged: vip");
    check(&rules, &call().from("841234567890123456789"), "tagged: vip");
    check(&rules, &call().from("841234567890123456780"), "nobody");
    check(
        &rules
            .clone()
            .caller("9999999999999999999")
            .with("tags", "vip"),
        &call().from("user_1"),
        "tagged: vip",
    );
    check(&rules, &call().from("user_2"), "nobody");
}

#[test]
fn of_two_rows_of_one_number_the_first_counts() {
    let twice = |one: &str, other: &str| {
        let rules = by_tag("first second")
            .caller(one)
            .with("tags", "first")
            .caller(other)
            .with("tags", "second");
        call().answer(&rules.compiled().snapshot, &mut FirstTicket)
    };
    assert_eq!(twice("84986776777", "0986776777"), "tagged: first");
    assert_eq!(twice("84986*", "0986*"), "tagged: first");
}

#[test]
fn an_anonymous_call_has_no_caller() {
    let rules = by_tag("any").caller("*").with("tags", "any");
    check(&rules, &call().from(""), "nobody");
    check(&rules, &call().from("btncall_"), "nobody");
    for from in ["anonymous", "Restricted", "NULL", "266696687"] {
        let rules = rules.clone().caller(from).with("tags", "any");
        check(&rules, &call().from(from), "nobody");
    }
}

/// What the callers of one version become in the next one: taken over or made anew.
#[track_caller]
fn are_taken_over(before: &Rules, after: &Rules, expected: bool) -> Snapshot {
    let before = before.compiled().snapshot;
    let alone = after.compiled();
    let compiled = compile_after(&after.tables(), &before).unwrap();
    let are_the_same = Arc::ptr_eq(&compiled.snapshot.callers, &before.callers);
    assert_eq!(are_the_same, expected, "{before:?}");
    assert_eq!(compiled.problems, alone.problems);
    compiled.snapshot
}

#[test]
fn callers_of_whom_nothing_has_changed_are_taken_over_with_their_tags() {
    let rules = by_tag("gold vip")
        .caller("84779123456")
        .with("tags", "vip, Gold");
    let before = rules
        .clone()
        .rule("another tag before it")
        .with("caller_tag", "new")
        .with("position", -1)
        .ring("gold");
    let snapshot = are_taken_over(&before, &rules, true);
    let asked = call().from("84779123456");
    assert_eq!(asked.answer(&snapshot, &mut FirstTicket), "tagged: gold");
    // Of what was taken over, the next version can take over as much.
    let again = compile_after(&before.tables(), &snapshot).unwrap();
    let again = again.snapshot;
    assert!(Arc::ptr_eq(&again.callers, &snapshot.callers));
}

#[test]
fn callers_are_made_anew_if_anything_they_depend_on_has_changed() {
    let rules = by_tag("vip").caller("84779123456").with("owner_id", "vip");
    let changed = [
        rules.clone().caller("84779123457"),
        rules.clone().with("tags", "vip"),
        rules.clone().agent("an"),
        rules.clone().setting("country_code", "44"),
    ];
    for changed in &changed {
        are_taken_over(&rules, changed, false);
    }
}

#[test]
fn what_is_wrong_with_callers_is_said_again_of_those_that_are_taken_over() {
    let rules = by_tag("vip")
        .caller("84779123456")
        .with("expires_on", "some day");
    are_taken_over(&rules, &rules, false);
    let rules = by_tag("vip").caller("84779123456").caller("0779123456");
    are_taken_over(&rules, &rules, true);
    assert!(!rules.compiled().problems.is_empty());
}

#[test]
fn an_edit_takes_over_the_callers_of_the_version_before() {
    let agents = |rules: Rules| rules.agent("hoa").agent("lan").agent("minh");
    let ask = [
        "84986776777",
        "84779123456",
        "84779000001",
        "user_1",
        "84900000001",
    ];
    let before = agents(Rules::new())
        .caller("0986 776 777")
        .with("tags", "vip")
        .with("owner_id", "hoa")
        .caller("84779*")
        .with("tags", "prefix")
        .caller("84779123456")
        .with("owner_id", "minh")
        .caller("user_1")
        .with("tags", "web")
        .snapshot();
    // Somebody comes before them, an owner goes, two rows go and two come.
    let edited = |rules: Rules| rules.agent("an").agent("lan").agent("minh");
    let come = |rules: Rules| {
        rules
            .caller("84779123456")
            .with("owner_id", "lan")
            .caller("84900000001")
            .with("tags", "new,vip")
    };
    let gone = come(Rules::new().caller("84779123456").caller("84779*")).tables();
    let mut rows = Rows::new(Table::Callers);
    for row in gone.rows(Table::Callers) {
        rows.push(row.iter());
    }
    let found = compile_edit(&come(edited(Rules::new())).tables(), &before, &rows).snapshot;
    let whole = edited(Rules::new())
        .caller("0986 776 777")
        .with("tags", "vip")
        .caller("user_1")
        .with("tags", "web");
    let whole = come(whole).snapshot();
    for number in ask {
        assert_eq!(said(&found, number), said(&whole, number), "{number}");
    }
    let untouched = compile_edit(
        &agents(Rules::new()).tables(),
        &before,
        &Rows::new(Table::Callers),
    );
    for number in ask {
        assert_eq!(
            said(&untouched.snapshot, number),
            said(&before, number),
            "{number}"
        );
    }
}

/// What a version knows of a caller, by ids.
fn said(snapshot: &Snapshot, number: &str) -> String {
    let number = Number::from_table(number, &snapshot.settings.country_code).unwrap();
    let today = jiff::civil::date(2026, 11, 27);
    let Some(found) = snapshot.callers.find(&number, today) else {
        return "unknown".to_owned();
    };
    let owner = found
        .caller
        .owner
        .and_then(|owner| snapshot.agents.get(owner));
    let tags = found
        .caller
        .tags
        .iter()
        .filter_map(|tag| snapshot.tags.get(*tag));
    let mut tags: Vec<&str> = tags.map(|tag| &*tag.0).collect();
    tags.sort_unstable();
    format!(
        "{:?} {tags:?} {:?}",
        owner.map(|owner| &*owner.id),
        found.prefix_length
    )
}
