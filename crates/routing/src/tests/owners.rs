//! Evaluation 5: the caller's owner, and who covers for them.

use super::fixture::{Rules, call, check};

/// Every caller is the first agent's; each agent is covered by the next.
fn chain(agents: &str) -> Rules {
    let ids: Vec<_> = agents.split(' ').collect();
    let covered = ids.windows(2).fold(Rules::new(), |rules, pair| {
        rules.agent(pair[0]).with("cover_id", pair[1])
    });
    covered
        .agent(ids[ids.len() - 1])
        .caller("*")
        .with("owner_id", ids[0])
}

/// Switches an agent off.
fn without(rules: Rules, agent: &str) -> Rules {
    rules.change_agent(agent, "enabled", 0)
}

fn ring_owner(rules: Rules) -> Rules {
    rules.rule("own").ring_owner()
}

#[test]
fn a_caller_with_an_owner_rings_the_owner() {
    let rules = Rules::new()
        .agent("hoa")
        .team("sales", "minh")
        .caller("84986776777")
        .with("owner_id", "hoa");
    let rules = ring_owner(rules).ring("sales").with("after_seconds", 12);
    check(&rules, &call(), "own: hoa");
    check(&rules, &call().waited(12), "own: hoa minh");
}

#[test]
fn a_caller_without_an_owner_passes_the_step_over() {
    let rules = Rules::new()
        .agent("hoa")
        .caller("84986776777")
        .team("sales", "minh");
    let rules = ring_owner(rules).rule("all").ring("sales");
    check(&rules, &call(), "all: minh");
    check(&rules, &call().from("84919982888"), "all: minh");
    check(&rules, &call().from(""), "all: minh");
}

#[test]
fn an_owner_who_can_be_rung_is_not_covered() {
    check(&ring_owner(chain("hoa minh")), &call(), "own: hoa");
}

#[test]
fn a_disabled_owner_is_covered() {
    check(
        &ring_owner(without(chain("hoa minh"), "hoa")),
        &call(),
        "own: minh",
    );
}

#[test]
fn an_owner_on_leave_is_covered_until_they_are_back() {
    let rules = chain("hoa minh").away("hoa", "2026-11-23 08:00", Some("2026-11-30 08:00"));
    let rules = ring_owner(rules);
    check(&rules, &call().at("2026-11-23 07:59"), "own: hoa");
    check(&rules, &call().at("2026-11-23 08:00"), "own: minh");
    check(&rules, &call().at("2026-11-30 08:00"), "own: hoa");
}

#[test]
fn an_absent_owner_without_cover_is_dropped() {
    check(&ring_owner(without(chain("hoa"), "hoa")), &call(), "nobody");
}

#[test]
fn a_cover_who_is_absent_is_covered_in_turn() {
    let rules = without(chain("hoa minh lan"), "hoa").away("minh", "2026-11-23", None);
    check(&ring_owner(rules), &call(), "own: lan");
}

#[test]
fn covers_are_followed_five_times_and_not_six() {
    let absent = |rules, agents: &str| agents.split(' ').fold(rules, without);
    let five = absent(chain("a b c d e f g"), "a b c d e");
    check(&ring_owner(five), &call(), "own: f");
    let six = absent(chain("a b c d e f g"), "a b c d e f");
    check(&ring_owner(six), &call(), "nobody");
}

#[test]
fn covers_in_a_circle_end_with_nobody() {
    let rules =
        without(without(chain("hoa minh"), "hoa"), "minh").change_agent("minh", "cover_id", "hoa");
    let snapshot = ring_owner(rules).compiled().snapshot;
    assert_eq!(
        call().answer(&snapshot, &mut crate::tickets::FirstTicket),
        "nobody"
    );
}

#[test]
fn a_circle_with_somebody_present_rings_them() {
    let rules = without(without(chain("hoa minh lan"), "hoa"), "minh")
        .change_agent("lan", "cover_id", "hoa");
    let snapshot = ring_owner(rules).compiled().snapshot;
    assert_eq!(
        call().answer(&snapshot, &mut crate::tickets::FirstTicket),
        "own: lan"
    );
}

#[test]
fn an_owner_off_shift_elsewhere_is_rung() {
    let rules = Rules::new()
        .schedule("never")
        .team("sales", "hoa")
        .with("schedule_id", "never");
    check(
        &ring_owner(rules.caller("*").with("owner_id", "hoa")),
        &call(),
        "own: hoa",
    );
}

/// hoa owns every caller and is in sales in the morning; the step asks for that.
fn owner_in_sales(owner: &str) -> Rules {
    let rules = Rules::new()
        .schedule("morning")
        .weekly("daily", "08:00", "12:00")
        .group("sales", "ordered");
    let rules = rules
        .agent("hoa")
        .with("phone_number", "84909000001")
        .with("cover_id", "minh")
        .agent("minh");
    let rules = rules
        .member("sales", "hoa")
        .with("schedule_id", "morning")
        .with("level", 3);
    let rules = rules
        .with("routing_type", 2)
        .with("answer_timeout", 25)
        .caller("*")
        .with("owner_id", owner);
    ring_owner(rules).with("group_id", "sales")
}

#[test]
fn with_a_group_the_owner_must_be_on_shift_in_it() {
    let rules = owner_in_sales("hoa");
    check(&rules, &call().at("2026-11-23 11:59"), "own: hoa:2:25");
    check(&rules, &call().at("2026-11-23 12:00"), "nobody");
}

#[test]
fn an_owner_off_shift_is_not_covered() {
    let rules = owner_in_sales("hoa").member("sales", "minh");
    check(&rules, &call().at("2026-11-23 12:00"), "nobody");
}

#[test]
fn with_a_group_an_owner_outside_of_it_is_dropped() {
    check(&owner_in_sales("minh"), &call(), "nobody");
}

#[test]
fn with_a_group_it_is_the_cover_who_must_be_in_it() {
    let rules = without(owner_in_sales("hoa"), "hoa");
    check(&rules, &call(), "nobody");
    check(
        &rules.member("sales", "minh").with("answer_timeout", 40),
        &call(),
        "own: minh:1:40",
    );
}

#[test]
fn a_step_comes_before_the_member_for_owners_too() {
    let rules = owner_in_sales("hoa")
        .with("routing_type", 1)
        .with("answer_timeout", 12);
    check(&rules, &call(), "own: hoa:1:12");
}

#[test]
fn the_maximum_level_holds_for_owners_in_a_group() {
    check(
        &owner_in_sales("hoa").with("max_level", 3),
        &call(),
        "own: hoa:2:25",
    );
    check(
        &owner_in_sales("hoa").with("max_level", 2),
        &call(),
        "nobody",
    );
}

#[test]
fn a_second_group_holds_for_owners() {
    let rules = owner_in_sales("hoa")
        .with("and_group_id", "english")
        .group("english", "ordered");
    check(&rules, &call(), "nobody");
    check(&rules.member("english", "hoa"), &call(), "own: hoa:2:25");
}

#[test]
fn an_owner_without_a_group_is_rung_as_the_agents_row_says() {
    let rules = Rules::new()
        .agent("hoa")
        .with("phone_number", "84909000001")
        .with("routing_type", 2);
    let rules = rules
        .with("answer_timeout", 33)
        .group("sales", "ordered")
        .member("sales", "hoa");
    let rules = rules
        .with("answer_timeout", 44)
        .caller("*")
        .with("owner_id", "hoa");
    check(&ring_owner(rules), &call(), "own: hoa:2:33");
}

#[test]
fn the_owner_of_the_row_that_counts_is_rung() {
    let rules = Rules::new()
        .agent("hoa")
        .agent("minh")
        .caller("84986*")
        .with("owner_id", "minh");
    let rules = rules
        .caller("84986776777")
        .with("owner_id", "hoa")
        .with("expires_on", "2026-11-23");
    let rules = ring_owner(rules);
    check(&rules, &call().at("2026-11-23 12:00"), "own: hoa");
    check(&rules, &call().at("2026-11-24 12:00"), "own: minh");
}
