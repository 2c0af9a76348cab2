//! The index over the rules: it leaves out only rules that cannot match, and keeps their order.

use super::fixture::{Asked, Rules, call, check};

/// Many values, the last of them `value`.
fn long_list(value: &str) -> String {
    (0..300)
        .map(|number| format!("8490900{number:04},"))
        .chain([value.to_owned()])
        .collect()
}

/// A rule with one long list and one behind it that matches everything.
#[track_caller]
fn holds_in_a_long_list(column: &str, value: &str, asked: &Asked, other: &Asked) {
    let rules = Rules::new()
        .agent("hoa")
        .agent("minh")
        .caller("84986776777")
        .with("tags", "vip,en");
    let rules = rules
        .rule("listed")
        .with(column, long_list(value).as_str())
        .ring_agent("hoa");
    let rules = rules.rule("others").ring_agent("minh");
    check(&rules, asked, "listed: hoa");
    check(&rules, other, "others: minh");
}

#[test]
fn a_long_list_is_looked_at_whole() {
    holds_in_a_long_list("queue_id", "queue_1", &call(), &call().queue("queue_2"));
    holds_in_a_long_list(
        "to_number",
        "842473082666",
        &call(),
        &call().to("842473082888"),
    );
    holds_in_a_long_list("to_number", "842473*", &call(), &call().to("842474082888"));
    holds_in_a_long_list(
        "from_number",
        "0986776777",
        &call(),
        &call().from("84986776778"),
    );
    holds_in_a_long_list("caller_tag", "en", &call(), &call().from("84986776778"));
}

#[test]
fn lists_that_are_long_together_are_looked_at_whole() {
    let values = |last: &str| {
        (0..19)
            .map(|number| format!("{number},"))
            .chain([last.to_owned()])
            .collect::<String>()
    };
    let rules = Rules::new()
        .agent("hoa")
        .caller("84986776777")
        .with("tags", "vip")
        .rule("all");
    let rules = rules
        .with("queue_id", values("queue_1").as_str())
        .with("to_number", values("8424*").as_str());
    let rules = rules
        .with("from_number", values("0986*").as_str())
        .with("caller_tag", values("vip").as_str());
    let rules = rules.ring_agent("hoa");
    check(&rules, &call(), "all: hoa");
    for other in [
        call().queue("queue_2"),
        call().to("842573082666"),
        call().from("84987776777"),
        call().from("0"),
    ] {
        check(&rules, &other, "nobody");
    }
}

#[test]
fn rules_of_all_shapes_keep_their_order() {
    let conditions = [
        ("to_number", "842473082666"),
        ("caller_tag", "vip"),
        ("from_number", "84986*"),
        ("queue_id", "queue_1"),
        ("to_number", "84247*"),
        ("from_number", "*"),
        ("from_number", "84986776777"),
    ];
    for first in 0..conditions.len() {
        let rules = Rules::new()
            .agent("hoa")
            .caller("84986776777")
            .with("tags", "vip");
        let rules = conditions[first..]
            .iter()
            .fold(rules, |rules, (column, value)| {
                rules
                    .rule(&format!("{column} {value}"))
                    .with(column, *value)
                    .ring_agent("hoa")
            });
        let (column, value) = conditions[first];
        check(
            &rules.rule("any").ring_agent("hoa"),
            &call(),
            &format!("{column} {value}: hoa"),
        );
    }
}

#[test]
fn a_rule_found_by_several_keys_keeps_its_place() {
    let rules = Rules::new()
        .agent("hoa")
        .with("enabled", 0)
        .agent("minh")
        .caller("84986776777")
        .with("tags", "vip,en");
    let rules = rules
        .rule("twice")
        .with("caller_tag", "vip,en")
        .ring_agent("hoa");
    check(
        &rules
            .rule("next")
            .with("from_number", "84986*,8498*,84986776777")
            .ring_agent("minh"),
        &call(),
        "next: minh",
    );
}

#[test]
fn an_identity_of_other_letters_is_cut_only_between_them() {
    let rules = Rules::new()
        .agent("hoa")
        .rule("hoà")
        .with("from_number", "ho*,x*")
        .ring_agent("hoa");
    check(&rules, &call().from("hoà"), "hoà: hoa");
    check(&rules, &call().from("hà"), "nobody");
    let accented = Rules::new()
        .agent("hoa")
        .rule("hoà")
        .with("from_number", "hoà*")
        .ring_agent("hoa");
    check(&accented, &call().from("hoà binh"), "hoà: hoa");
    check(&accented, &call().from("hoàn"), "hoà: hoa");
    check(&accented, &call().from("hoa"), "nobody");
    check(&accented.caller("h*"), &call().from("à"), "nobody");
}

/// Rules of more shapes than are told apart by queue: every length of `to_number` with every one of `from_number`.
#[test]
fn rules_of_very_many_shapes_are_all_found() {
    let (to, from) = ("842473082666", "84986776777");
    let lengths: Vec<(usize, usize)> = (1..=10)
        .flat_map(|to| (1..=10).map(move |from| (to, from)))
        .collect();
    for expected in [0, 62, 63, 64, 99] {
        let rules = lengths.iter().enumerate().fold(
            Rules::new().agent("hoa"),
            |rules, (place, &(to_length, from_length))| {
                let queue = if place == expected {
                    "queue_1"
                } else {
                    "queue_2"
                };
                let rules = rules.rule(&place.to_string()).with("queue_id", queue);
                let rules = rules.with("to_number", &*format!("{to:.to_length$}*"));
                rules
                    .with("from_number", &*format!("{from:.from_length$}*"))
                    .ring_agent("hoa")
            },
        );
        check(&rules, &call(), &format!("{expected}: hoa"));
        check(&rules, &call().queue("queue_3"), "nobody");
    }
}
