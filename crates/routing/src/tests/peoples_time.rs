//! Stand-ins, holidays, hours of every other week, and covers of absences.

use super::fixture::{Rules, call, check};
use super::steps::drops;
use crate::candidate::Dropped;

/// son and thao on night duty, in this order, and vu.
fn night() -> Rules {
    let rules = Rules::new()
        .schedule("night")
        .weekly("daily", "17:30", "08:00")
        .team("duty", "son thao")
        .with_shift("night")
        .agent("vu");
    rules.rule("rule").ring("duty")
}

#[test]
fn who_stands_in_takes_the_place_for_the_shifts_that_start_on_the_dates() {
    let rules = night().stand_in("son", Some("vu"), None, ("2026-12-10", "2026-12-10"));
    for (at, expected) in [
        ("2026-12-10 07:59", "rule: son thao"),
        ("2026-12-10 17:30", "rule: vu thao"),
        ("2026-12-11 07:59", "rule: vu thao"),
        ("2026-12-11 17:30", "rule: son thao"),
    ] {
        check(&rules, &call().at(at), expected);
    }
    let night = call().at("2026-12-10 23:00");
    drops(&rules, &night, "son", Dropped::Replaced);
}

#[test]
fn two_people_swap_by_two_rows() {
    let dates = ("2026-12-10", "2026-12-10");
    let rules = night()
        .stand_in("son", Some("thao"), Some("duty"), dates)
        .stand_in("thao", Some("son"), Some("duty"), dates);
    check(&rules, &call().at("2026-12-10 23:00"), "rule: thao son");
    check(&rules, &call().at("2026-12-11 23:00"), "rule: son thao");
}

#[test]
fn a_place_that_nobody_takes_is_empty() {
    let rules = night().stand_in("son", None, None, ("2026-12-10", "2026-12-12"));
    check(&rules, &call().at("2026-12-11 23:00"), "rule: thao");
}

#[test]
fn a_member_without_a_shift_is_replaced_on_the_dates() {
    let rules = Rules::new().team("sales", "hoa minh").agent("vu");
    let rules = rules.rule("rule").ring("sales").stand_in(
        "hoa",
        Some("vu"),
        None,
        ("2026-11-23", "2026-11-24"),
    );
    for (at, expected) in [
        ("2026-11-22 23:59", "rule: hoa minh"),
        ("2026-11-23 00:00", "rule: vu minh"),
        ("2026-11-24 23:59", "rule: vu minh"),
        ("2026-11-25 00:00", "rule: hoa minh"),
    ] {
        check(&rules, &call().at(at), expected);
    }
}

#[test]
fn of_two_shifts_that_overlap_only_one_is_taken() {
    let rules = Rules::new()
        .schedule("long")
        .weekly("daily", "12:00", "12:00")
        .weekly("daily", "08:00", "12:00")
        .team("duty", "son")
        .with_shift("long")
        .agent("vu");
    let rules = rules.rule("rule").ring("duty").stand_in(
        "son",
        Some("vu"),
        None,
        ("2026-12-10", "2026-12-10"),
    );
    check(&rules, &call().at("2026-12-10 09:00"), "rule: son vu");
    check(&rules, &call().at("2026-12-10 13:00"), "rule: vu");
    check(&rules, &call().at("2026-12-11 09:00"), "rule: son vu");
    check(&rules, &call().at("2026-12-11 13:00"), "rule: son");
}

#[test]
fn the_place_has_level_device_and_ring_time_and_the_second_skill_is_the_persons_own() {
    let rules = Rules::new()
        .agent("vu")
        .with("phone_number", "84909000001")
        .team("sales", "hoa minh")
        .with("level", 2)
        .with("routing_type", 2)
        .with("answer_timeout", 25)
        .team("english", "an");
    let rules = rules.stand_in(
        "minh",
        Some("vu"),
        Some("sales"),
        ("2026-11-23", "2026-11-23"),
    );
    let ring = rules.clone().rule("rule").ring("sales");
    check(&ring, &call(), "rule: hoa vu:2:25");
    let skilled = ring.clone().with("and_group_id", "english");
    check(&skilled, &call(), "nobody");
    let member = rules.member("english", "vu").rule("rule").ring("sales");
    check(
        &member.with("and_group_id", "english"),
        &call(),
        "rule: vu:2:25",
    );
}

#[test]
fn who_has_two_places_is_rung_once_at_the_first() {
    let rules = Rules::new().team("sales", "hoa minh lan");
    let rules = rules.rule("rule").ring("sales").stand_in(
        "hoa",
        Some("lan"),
        None,
        ("2026-11-23", "2026-11-23"),
    );
    check(&rules, &call(), "rule: lan minh");
}

#[test]
fn a_stand_in_who_cannot_be_rung_leaves_the_place_empty() {
    let rules = night()
        .stand_in("son", Some("vu"), None, ("2026-12-10", "2026-12-10"))
        .away("vu", "2026-12-10", None);
    let night = call().at("2026-12-10 23:00");
    check(&rules, &night, "rule: thao");
}

#[test]
fn an_owner_on_shift_may_have_the_place_of_another() {
    let rules = night()
        .caller("84986776777")
        .with("owner_id", "vu")
        .rule("own")
        .with("position", 1)
        .ring_owner()
        .with("group_id", "duty");
    let rules = rules.stand_in("son", Some("vu"), None, ("2026-12-10", "2026-12-10"));
    check(&rules, &call().at("2026-12-10 23:00"), "own: vu");
    check(&rules, &call().at("2026-12-11 23:00"), "rule: son thao");
}

#[test]
fn an_owner_whose_place_is_taken_is_not_on_shift() {
    let rules = night()
        .caller("84986776777")
        .with("owner_id", "son")
        .rule("own")
        .with("position", 1)
        .ring_owner()
        .with("group_id", "duty");
    let rules = rules.stand_in("son", Some("vu"), None, ("2026-12-10", "2026-12-10"));
    check(&rules, &call().at("2026-12-10 23:00"), "rule: vu thao");
    check(&rules, &call().at("2026-12-11 23:00"), "own: son");
}

#[test]
fn the_cover_of_an_absence_comes_before_the_agents_own() {
    let rules = Rules::new()
        .agent("hoa")
        .with("cover_id", "minh")
        .agent("minh")
        .agent("lan");
    let rules = rules
        .caller("84986776777")
        .with("owner_id", "hoa")
        .rule("own")
        .ring_owner()
        .away("hoa", "2026-11-23", Some("2026-11-23"))
        .away("hoa", "2026-11-24", Some("2026-11-24"))
        .with("cover_id", "lan");
    check(&rules, &call().at("2026-11-23 10:00"), "own: minh");
    check(&rules, &call().at("2026-11-24 10:00"), "own: lan");
    check(&rules, &call().at("2026-11-25 10:00"), "own: hoa");
}

/// hoa on weekdays, and on Sunday mornings.
fn with_holidays(on_holidays: &str) -> Rules {
    let rules = Rules::new()
        .schedule("office")
        .with("on_holidays", on_holidays)
        .weekly("mon-sat", "08:00", "17:00")
        .weekly("sun", "09:00", "10:00")
        .team("sales", "hoa")
        .with_shift("office");
    rules.rule("rule").ring("sales")
}

#[test]
fn on_a_holiday_a_schedule_has_what_it_says() {
    // A Monday.
    let holiday = |rules: Rules| rules.holiday("2026-11-23", "2026-11-23");
    let open = |on_holidays, at, is_open: bool| {
        let expected = if is_open { "rule: hoa" } else { "nobody" };
        check(
            &holiday(with_holidays(on_holidays)),
            &call().at(at),
            expected,
        );
    };
    for (at, usual, closed, sun) in [
        ("2026-11-22 09:30", true, true, true),
        ("2026-11-23 08:30", true, false, false),
        ("2026-11-23 09:30", true, false, true),
        ("2026-11-23 16:30", true, false, false),
        ("2026-11-24 16:30", true, true, true),
    ] {
        open("usual", at, usual);
        open("closed", at, closed);
        open("sun", at, sun);
    }
}

#[test]
fn dated_rows_come_before_holidays() {
    let rules = with_holidays("closed")
        .dated("2026-11-23", "2026-11-23")
        .with("start_time", "13:00")
        .with("end_time", "14:00")
        .holiday("2026-11-20", "2026-11-24");
    check(&rules, &call().at("2026-11-23 13:30"), "rule: hoa");
    check(&rules, &call().at("2026-11-24 13:30"), "nobody");
}

#[test]
fn a_holiday_of_every_year_comes_in_its_own_and_in_later_years() {
    let rules = with_holidays("closed")
        .holiday("2026-12-31", "2027-01-01")
        .with("every_year", 1);
    for (at, expected) in [
        ("2026-01-01 09:30", "rule: hoa"),
        ("2025-12-31 09:30", "rule: hoa"),
        ("2026-12-31 09:30", "nobody"),
        ("2027-01-01 09:30", "nobody"),
        ("2027-12-31 09:30", "nobody"),
        ("2031-01-01 09:30", "nobody"),
        ("2031-01-02 09:30", "rule: hoa"),
    ] {
        check(&rules, &call().at(at), expected);
    }
}

#[test]
fn a_range_of_every_year_has_the_leap_day_in_leap_years() {
    let rules = with_holidays("closed")
        .holiday("2027-02-28", "2027-03-01")
        .with("every_year", 1);
    check(&rules, &call().at("2028-02-29 09:30"), "nobody");
    check(&rules, &call().at("2028-03-02 09:30"), "rule: hoa");
}

#[test]
fn a_window_that_began_before_a_holiday_runs_to_its_end() {
    let rules = Rules::new()
        .schedule("night")
        .with("on_holidays", "closed")
        .weekly("daily", "22:00", "06:00")
        .team("duty", "son")
        .with_shift("night")
        .holiday("2026-11-23", "2026-11-23");
    let rules = rules.rule("rule").ring("duty");
    check(&rules, &call().at("2026-11-23 05:59"), "rule: son");
    check(&rules, &call().at("2026-11-23 22:00"), "nobody");
    check(&rules, &call().at("2026-11-24 05:59"), "nobody");
}

#[test]
fn every_other_week_is_reckoned_from_the_week_of_a_date() {
    let rules = |every: i64, of: &str| {
        let rules = Rules::new()
            .schedule("saturday")
            .weekly("sat", "08:00", "12:00")
            .with("every_weeks", every)
            .with("week_of", of)
            .team("sales", "hoa")
            .with_shift("saturday");
        rules.rule("rule").ring("sales")
    };
    // From the Monday to the Sunday of one week.
    for of in ["2026-11-23", "2026-11-28", "2026-11-29"] {
        for (at, expected) in [
            ("2026-11-14 09:00", "rule: hoa"),
            ("2026-11-21 09:00", "nobody"),
            ("2026-11-28 09:00", "rule: hoa"),
            ("2026-12-05 09:00", "nobody"),
            ("2026-12-12 09:00", "rule: hoa"),
        ] {
            check(&rules(2, of), &call().at(at), expected);
        }
        check(&rules(3, of), &call().at("2026-12-19 09:00"), "rule: hoa");
        check(&rules(3, of), &call().at("2026-12-12 09:00"), "nobody");
    }
}

#[test]
fn hotlines_have_names_however_the_number_is_written() {
    use crate::table::Table;
    let rules = Rules::new()
        .row(Table::Hotlines)
        .with("number", "024 7100 1001")
        .with("name", "Sales");
    let snapshot = rules.snapshot();
    assert_eq!(snapshot.hotline_name("842471001001"), Some("Sales"));
    assert_eq!(snapshot.hotline_name("842471001002"), None);
}
