//! Evaluation 1 and 3: numbers, and which rule answers.

use super::fixture::{Asked, Rules, call, check};

/// The start of a rule that rings hoa.
fn first_rule() -> Rules {
    Rules::new()
        .team("first", "hoa")
        .team("second", "minh")
        .rule("first")
}

/// A second rule, which rings minh when the first does not answer.
fn or_second(rules: Rules) -> Rules {
    rules.ring("first").rule("second").ring("second")
}

/// Both, the first with one condition.
fn when(column: &str, value: &str) -> Rules {
    or_second(first_rule().with(column, value))
}

#[track_caller]
fn matches(rules: &Rules, asked: &Asked) {
    check(rules, asked, "first: hoa");
}

#[track_caller]
fn passes(rules: &Rules, asked: &Asked) {
    check(rules, asked, "second: minh");
}

#[test]
fn a_rule_without_conditions_matches_every_call() {
    let rules = or_second(first_rule());
    matches(&rules, &call());
    matches(&rules, &call().queue("").from("").to("").waited(u32::MAX));
}

#[test]
fn every_condition_must_hold() {
    let rules = or_second(
        first_rule()
            .with("queue_id", "queue_1")
            .with("from_number", "0986776777"),
    );
    matches(&rules, &call());
    passes(&rules, &call().queue("queue_2"));
    passes(&rules, &call().from("84986776778"));
}

#[test]
fn a_queue_is_one_of_the_ids_letter_by_letter() {
    let rules = when("queue_id", "queue_1, QU_N5QCBUD0FEXRPJRZ");
    matches(&rules, &call().queue("queue_1"));
    matches(&rules, &call().queue("QU_N5QCBUD0FEXRPJRZ"));
    for other in [
        "queue_2",
        "queue_10",
        "QUEUE_1",
        "queue_",
        "",
        "queue_1, QU_N5QCBUD0FEXRPJRZ",
    ] {
        passes(&rules, &call().queue(other));
    }
}

#[test]
fn a_star_means_nothing_in_a_queue_id() {
    passes(&when("queue_id", "queue_*"), &call());
}

#[test]
fn a_hotline_is_one_of_the_numbers() {
    let rules = when("to_number", "842473082666,842473082888");
    matches(&rules, &call().to("842473082666"));
    matches(&rules, &call().to("842473082888"));
    passes(&rules, &call().to("84247308266"));
    passes(&rules, &call().to("8424730826667"));
}

#[test]
fn numbers_match_however_they_are_written() {
    for (written, sent) in [
        ("024 7308 2666", "842473082666"),
        ("+84 24.7308.2666", "btncall_842473082666"),
        ("0084-24-73082666", "%2B842473082666"),
        ("(024) 7308 2666", "02473082666"),
        ("986776777", "84986776777"),
        ("844666531", "84844666531"),
        ("0844666531", "844666531"),
        ("12125550123", "12125550123"),
        ("19001234", "8419001234"),
        ("02471234567", "842471234567"),
        ("user_1", "user_1"),
    ] {
        matches(&when("to_number", written), &call().to(sent));
        matches(&when("from_number", written), &call().from(sent));
    }
}

#[test]
fn nine_digits_from_the_platform_are_not_national() {
    passes(&when("from_number", "986776777"), &call().from("986776777"));
}

#[test]
fn what_is_not_a_number_is_compared_letter_by_letter() {
    passes(&when("from_number", "user_1"), &call().from("User_1"));
    passes(&when("from_number", "user-1"), &call().from("user1"));
    passes(&when("from_number", "anna"), &call().from("btncall_anna"));
}

#[test]
fn the_country_code_is_a_setting() {
    let rules = when("from_number", "030 901820").setting("country_code", "49");
    matches(&rules, &call().from("4930901820"));
    matches(&rules, &call().from("030901820"));
    passes(&rules, &call().from("8430901820"));
}

#[test]
fn a_number_with_a_star_matches_all_that_begin_so() {
    let rules = when("from_number", "84779*,0247*");
    matches(&rules, &call().from("84779123456"));
    matches(&rules, &call().from("0779123456"));
    matches(&rules, &call().from("842471234567"));
    matches(&rules, &call().from("84779"));
    passes(&rules, &call().from("8477"));
    passes(&rules, &call().from("84778123456"));
    passes(&rules, &call().from("2471234567"));
}

#[test]
fn nine_digits_before_a_star_are_taken_as_they_stand() {
    matches(
        &when("from_number", "844666531*"),
        &call().from("84466653199"),
    );
    passes(
        &when("from_number", "986776777*"),
        &call().from("84986776777"),
    );
}

#[test]
fn exact_numbers_and_beginnings_stand_in_one_list() {
    let rules = when("to_number", "842473082666,1900*");
    matches(&rules, &call().to("842473082666"));
    matches(&rules, &call().to("19001234"));
    passes(&rules, &call().to("842473082888"));
}

#[test]
fn anonymous_callers_are_named_by_a_word_of_their_own() {
    let rules = when("from_number", "anonymous,0779*");
    for from in ["", "anonymous", "Restricted", "266696687", "null"] {
        matches(&rules, &call().from(from));
    }
    matches(&rules, &call().from("84779123456"));
    passes(&rules, &call().from("84986776777"));
    passes(&when("to_number", "anonymous"), &call().to(""));
}

#[test]
fn a_call_without_a_number_matches_no_condition_on_it() {
    for pattern in ["84986776777", "84*", "*"] {
        passes(&when("from_number", pattern), &call().from(""));
        passes(&when("to_number", pattern), &call().to(""));
    }
    matches(&when("from_number", "*"), &call());
    matches(&when("to_number", "*"), &call());
}

#[test]
fn tags_are_compared_as_people_read_them() {
    let tagged = |tags: &str| {
        when("caller_tag", "khách quý,VIP")
            .caller("84986776777")
            .with("tags", tags)
    };
    for tags in ["vip", " Vip ,x", "Khách Quý", "kha\u{301}ch quy\u{301}"] {
        matches(&tagged(tags), &call());
    }
    for tags in ["khach quy", "vi p", "vipp"] {
        passes(&tagged(tags), &call());
    }
}

#[test]
fn a_caller_needs_any_of_the_tags() {
    let rules = when("caller_tag", "vip, en")
        .caller("84986776777")
        .with("tags", "vip")
        .caller("84919982888")
        .with("tags", "old,en")
        .caller("84909000001")
        .with("tags", "old")
        .caller("84909000002");
    matches(&rules, &call().from("84986776777"));
    matches(&rules, &call().from("84919982888"));
    passes(&rules, &call().from("84909000001"));
    passes(&rules, &call().from("84909000002"));
    passes(&rules, &call().from("84909000003"));
    passes(&rules, &call().from(""));
}

#[test]
fn tags_are_compared_whole() {
    let rules = when("caller_tag", "vip")
        .caller("84986776777")
        .with("tags", "vip2,v ip,vi");
    passes(&rules, &call());
}

#[test]
fn has_owner_asks_whether_the_row_names_an_owner() {
    let with_callers = |rules: Rules| {
        rules
            .caller("84986776777")
            .with("owner_id", "minh")
            .caller("84919982888")
    };
    let only_with = with_callers(or_second(first_rule().with("has_owner", 1)));
    matches(&only_with, &call().from("84986776777"));
    passes(&only_with, &call().from("84919982888"));
    passes(&only_with, &call().from("84909000001"));
    passes(&only_with, &call().from(""));
    let only_without = with_callers(or_second(first_rule().with("has_owner", 0)));
    passes(&only_without, &call().from("84986776777"));
    matches(&only_without, &call().from("84919982888"));
    matches(&only_without, &call().from("84909000001"));
    matches(&only_without, &call().from(""));
}

#[test]
fn an_owner_who_cannot_be_rung_is_still_an_owner() {
    let rules = or_second(first_rule().with("has_owner", 1))
        .agent("lan")
        .with("enabled", 0);
    matches(
        &rules.caller("84986776777").with("owner_id", "lan"),
        &call(),
    );
}

#[test]
fn a_rule_holds_inside_or_outside_its_schedule() {
    let office = |rules: Rules| rules.schedule("office").weekly("mon-fri", "08:00", "17:30");
    let inside = office(when("schedule_id", "office"));
    matches(&inside, &call().at("2026-11-23 08:00"));
    passes(&inside, &call().at("2026-11-23 07:59"));
    passes(&inside, &call().at("2026-11-23 17:30"));
    let outside = office(or_second(
        first_rule()
            .with("schedule_id", "office")
            .with("when_open", 0),
    ));
    passes(&outside, &call().at("2026-11-23 08:00"));
    matches(&outside, &call().at("2026-11-23 07:59"));
    matches(&outside, &call().at("2026-11-23 17:30"));
}

#[test]
fn a_schedule_without_rows_is_never_open() {
    passes(&when("schedule_id", "empty").schedule("empty"), &call());
}

/// XXH3 of `split`, `7` and the call's id ends in 60 (xxHash 0.8, reference implementation).
#[test]
fn a_share_of_the_calls_is_drawn_by_the_documented_hash() {
    let rules = |percent: i64| or_second(first_rule().with("id", 7).with("split_percent", percent));
    matches(&rules(61), &call());
    matches(&rules(99), &call());
    passes(&rules(60), &call());
    passes(&rules(1), &call());
}

#[test]
fn each_rule_draws_its_share_for_itself() {
    let shared =
        |id: i64| or_second(first_rule().with("id", id).with("split_percent", 50)).snapshot();
    let (seven, eight) = (shared(7), shared(8));
    let tickets = &mut crate::tickets::FirstTicket;
    let differing = (0..200).map(|number| call().nth(number));
    let differing = differing
        .filter(|asked| asked.answer(&seven, tickets) != asked.answer(&eight, tickets))
        .count();
    assert!((60..140).contains(&differing), "{differing} of 200");
}

#[test]
fn lower_position_wins() {
    let rules = Rules::new().team("first", "hoa").team("second", "minh");
    let rules = rules
        .rule("late")
        .with("position", 20)
        .ring("first")
        .rule("early")
        .with("position", 10)
        .ring("second");
    check(&rules, &call(), "early: minh");
}

#[test]
fn a_negative_position_stands_before_all() {
    let rules = or_second(first_rule())
        .rule("urgent")
        .with("position", -1)
        .ring("second");
    check(&rules, &call(), "urgent: minh");
}

#[test]
fn at_one_position_the_lower_id_wins() {
    let rules = Rules::new().team("first", "hoa").team("second", "minh");
    let rules = rules
        .rule("b")
        .with("id", 11)
        .with("position", 5)
        .ring("first");
    let rules = rules
        .rule("a")
        .with("id", 9)
        .with("position", 5)
        .ring("second");
    check(&rules, &call(), "a: minh");
}

#[test]
fn a_disabled_rule_is_skipped() {
    passes(&or_second(first_rule().with("enabled", 0)), &call());
}

#[test]
fn a_rule_that_finds_nobody_is_passed_over() {
    let rules = Rules::new()
        .agent("hoa")
        .with("enabled", 0)
        .team("second", "minh");
    let rules = rules
        .rule("first")
        .ring_agent("hoa")
        .rule("second")
        .ring("second");
    check(&rules, &call(), "second: minh");
}

#[test]
fn a_rule_whose_steps_do_not_count_yet_is_passed_over() {
    let rules = first_rule()
        .ring("first")
        .with("after_seconds", 20)
        .rule("second")
        .ring("second");
    passes(&rules, &call().waited(19));
    matches(&rules, &call().waited(20));
}

#[test]
fn nobody_wins_at_once() {
    let rules = first_rule()
        .with("action", "nobody")
        .with("from_number", "84779*");
    let rules = rules
        .rule("second")
        .ring("second")
        .setting("fallback_group", "first");
    check(&rules, &call().from("84779123456"), "first blocks");
    passes(&rules, &call());
}

#[test]
fn nobody_behind_a_rule_that_answers_is_never_reached() {
    let rules = first_rule()
        .ring("first")
        .rule("spam")
        .with("action", "nobody");
    matches(&rules, &call());
}
