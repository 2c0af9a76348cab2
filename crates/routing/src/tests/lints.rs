//! Lints: each case that warns has a neighbour that does not, and nothing else is said of either.

use jiff::Timestamp;

use super::fixture::Rules;
use crate::lint::{lint, phones_without_callout};
use crate::table::Table;

/// A Monday, more than 60 days before Tết.
const MONDAY: &str = "2026-11-23T03:00:00Z";

fn warnings(rules: &Rules, now: &str) -> Vec<String> {
    let now: Timestamp = now.parse().unwrap();
    lint(&rules.snapshot(), now)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Exactly these warnings, and no others.
#[track_caller]
fn warns(rules: &Rules, expected: &[&str]) {
    assert_eq!(warnings(rules, MONDAY), expected);
}

#[track_caller]
fn is_silent(rules: &Rules) {
    warns(rules, &[]);
}

/// A team, rung by a rule.
fn sales() -> Rules {
    Rules::new()
        .team("sales", "hoa minh")
        .rule("all")
        .ring("sales")
}

/// Opening hours, used by the first rule.
fn office() -> Rules {
    Rules::new()
        .team("sales", "hoa minh")
        .schedule("office")
        .weekly("mon-fri", "08:00", "17:30")
}

#[test]
fn plain_rules_are_silent() {
    is_silent(&Rules::new());
    is_silent(&sales());
    is_silent(
        &office()
            .rule("open")
            .with("schedule_id", "office")
            .ring("sales"),
    );
}

#[test]
fn a_rule_behind_one_that_answers_always_never_matches() {
    let shadow = "rules.position of '2': 20 puts the rule 'late' behind rule 1 'all', which answers every call that this \
                  one would; write a position below 10 if it is an exception to rule 1; else delete one of the two";
    warns(&sales().rule("late").ring("sales"), &[shadow]);
    warns(
        &sales()
            .rule("late")
            .with("queue_id", "q")
            .with("split_percent", 10)
            .ring("sales"),
        &[shadow],
    );
    warns(&sales().rule("late").with("action", "nobody"), &[shadow]);
    let blocked = Rules::new()
        .rule("all")
        .with("action", "nobody")
        .with("from_number", "0779*");
    warns(
        &blocked
            .rule("late")
            .with("action", "nobody")
            .with("from_number", "84779*,84779123456"),
        &[shadow],
    );
}

#[test]
fn a_rule_that_some_call_reaches_is_not_shadowed() {
    let team = || Rules::new().team("sales", "hoa minh");
    let last = |rules: Rules| rules.rule("last").ring("sales");
    is_silent(&last(
        team().rule("first").with("queue_id", "q").ring("sales"),
    ));
    is_silent(&last(
        team().rule("first").with("split_percent", 99).ring("sales"),
    ));
    is_silent(&last(
        team().rule("first").with("has_owner", 0).ring("sales"),
    ));
    is_silent(&last(
        team().rule("first").with("from_number", "*").ring("sales"),
    ));
    is_silent(&last(
        team().rule("later").ring("sales").with("after_seconds", 1),
    ));
    is_silent(&last(
        team()
            .rule("earlier")
            .ring("sales")
            .with("until_seconds", 60),
    ));
    is_silent(&last(team().rule("off").with("enabled", 0).ring("sales")));
    let narrower = team()
        .rule("first")
        .with("to_number", "842473082666")
        .ring("sales");
    is_silent(
        &narrower
            .rule("second")
            .with("to_number", "84247308*")
            .ring("sales"),
    );
}

#[test]
fn a_rule_whose_people_may_all_be_missing_shadows_nobody() {
    let last = |rules: Rules| {
        rules
            .rule("first")
            .ring("sales")
            .rule("last")
            .ring_agent("tuan")
    };
    let team = |from: &str, until: Option<&str>| {
        Rules::new()
            .agent("tuan")
            .agent("hoa")
            .away("hoa", from, until)
            .group("sales", "ordered")
            .member("sales", "hoa")
    };
    is_silent(&last(team("2027-01-01 08:00", None)));
    is_silent(&last(team("2026-01-01", Some("2026-12-01 08:00"))));
    warns(
        &last(team("2026-01-01", Some("2026-11-01 08:00"))).with("routing_type", 1),
        &[
            "rules.position of '2': 20 puts the rule 'last' behind rule 1 'first', which answers every call that this one \
           would; write a position below 10 if it is an exception to rule 1; else delete one of the two",
        ],
    );
    let shift = office().with_shift("office");
    is_silent(
        &shift
            .clone()
            .rule("first")
            .ring("sales")
            .rule("last")
            .ring("sales"),
    );
}

#[test]
fn a_shift_that_is_the_rules_own_hours_is_always_on() {
    let hours =
        |name: &str, rules: Rules| rules.rule(name).with("schedule_id", "office").ring("sales");
    let found = warnings(
        &hours("late", hours("first", office().with_shift("office"))),
        MONDAY,
    );
    assert!(
        found.len() == 1 && found[0].starts_with("rules.position of '2'"),
        "{found:#?}"
    );
    let closed = office().with_shift("office").agent("tuan");
    let closed = closed
        .rule("night")
        .with("schedule_id", "office")
        .with("when_open", 0)
        .ring_agent("tuan");
    is_silent(&hours("open", closed));
}

#[test]
fn a_step_that_rings_nobody_at_any_time_is_named() {
    let nobody = |group: &str| {
        format!(
            "rule_steps.group_id of '1/1': '{group}' adds nobody at any time: nobody in it is enabled, on shift in the \
             rule's hours and within the step's limits; look at the members, their schedules, and_group_id and \
             max_level; or delete the step"
        )
    };
    let gone = "rule_steps.agent_id of '1/2': 'tuan' adds nobody at any time: the agent is not enabled, away for good or \
                outside of the step's limits; enable the agent or ring another; or delete the step";
    let team = || sales().agent("tuan");
    let off = team().with("enabled", 0);
    warns(&off.clone().ring_agent("tuan"), &[gone]);
    let left = team().away("tuan", "2026-11-01 08:00", None);
    warns(&left.ring_agent("tuan"), &[gone]);
    let empty = Rules::new()
        .agent("hoa")
        .group("empty", "ordered")
        .rule("all")
        .ring("empty")
        .ring_agent("hoa");
    warns(&empty, &[&nobody("empty")]);
    let level = Rules::new()
        .team("sales", "hoa")
        .with("level", 2)
        .rule("all");
    warns(
        &level.ring("sales").with("max_level", 1).ring_agent("hoa"),
        &[&nobody("sales")],
    );
    let skills = Rules::new()
        .team("sales", "hoa")
        .team("english", "minh")
        .rule("all");
    let both = skills
        .ring("sales")
        .with("and_group_id", "english")
        .ring("sales");
    warns(&both, &[&nobody("sales")]);
    is_silent(&team().ring_agent("tuan"));
    is_silent(
        &team()
            .away("tuan", "2026-01-01", Some("2027-06-01 08:00"))
            .ring_agent("tuan"),
    );
    is_silent(&sales().rule("off").with("enabled", 0).ring("sales"));
}

#[test]
fn a_shift_outside_of_the_rules_hours_is_seen_to_the_minute() {
    let night = |start: &str| {
        let rules = office()
            .agent("duc")
            .schedule("night")
            .weekly("daily", start, "24:00");
        let rules = rules
            .group("duty", "ordered")
            .member("duty", "duc")
            .with("schedule_id", "night");
        rules
            .rule("open")
            .with("schedule_id", "office")
            .ring("duty")
            .ring("sales")
    };
    let found = warnings(&night("17:30"), MONDAY);
    assert!(
        found.len() == 1
            && found[0].starts_with("rule_steps.group_id of '1/1': 'duty' adds nobody"),
        "{found:#?}"
    );
    is_silent(&night("17:29"));
}

#[test]
fn a_step_that_only_repeats_an_earlier_one_is_named() {
    let repeats = "rule_steps.group_id of '1/2': 'sales' adds nobody: all whom this step rings are in the list by an \
                   earlier step; ring others, or delete the step";
    warns(&sales().ring("sales").with("after_seconds", 20), &[repeats]);
    let phones = sales().change_agent("hoa", "phone_number", "84909000001");
    let phones = phones.change_agent("minh", "phone_number", "84909000002");
    is_silent(
        &phones
            .ring("sales")
            .with("after_seconds", 20)
            .with("routing_type", 2),
    );
    let limited = Rules::new().team("sales", "hoa minh").rule("all");
    is_silent(
        &limited
            .ring("sales")
            .with("max_agents", 1)
            .ring("sales")
            .with("after_seconds", 20),
    );
    let relaxed = Rules::new()
        .team("sales", "hoa minh")
        .with("level", 2)
        .rule("all");
    is_silent(
        &relaxed
            .ring("sales")
            .with("max_level", 1)
            .ring("sales")
            .with("after_seconds", 20),
    );
    let moved = Rules::new().team("sales", "hoa minh").rule("all");
    is_silent(
        &moved
            .ring("sales")
            .with("until_seconds", 20)
            .ring("sales")
            .with("after_seconds", 20),
    );
    let overlapping = Rules::new().team("sales", "hoa minh").rule("all");
    is_silent(
        &overlapping
            .ring("sales")
            .with("until_seconds", 30)
            .ring("sales")
            .with("after_seconds", 20),
    );
}

#[test]
fn an_owner_step_needs_owners() {
    let rules = |rules: Rules| rules.rule("owned").ring_owner().ring("sales");
    let team = || Rules::new().team("sales", "hoa minh").agent("tuan");
    let known = |owner: &str, rules: Rules| rules.caller("84986776777").with("owner_id", owner);
    let none = "rule_steps.target of '1/1': 'owner' adds nobody: no caller of this rule has an owner who can be rung; \
                give callers an owner, or delete the step";
    is_silent(&rules(known("tuan", team())));
    is_silent(&rules(known("hoa", team())).member("sales", "tuan"));
    warns(&rules(team()).member("sales", "tuan"), &[none]);
    warns(&rules(known("tuan", team().with("enabled", 0))), &[none]);
    is_silent(&rules(known(
        "tuan",
        team().with("enabled", 0).with("cover_id", "hoa"),
    )));
    warns(
        &rules(known("tuan", team()).with("expires_on", "2026-11-22")),
        &[none],
    );
    let without = known("tuan", team())
        .rule("strangers")
        .with("has_owner", 0)
        .ring_owner()
        .ring("sales");
    warns(&without, &[none]);
    let elsewhere = known("tuan", team())
        .rule("owned")
        .ring_owner()
        .with("group_id", "sales")
        .ring("sales");
    warns(&elsewhere, &[none]);
    is_silent(&elsewhere.change_agent("tuan", "cover_id", "hoa"));
}

#[test]
fn an_owner_must_not_be_alone() {
    let known = || {
        Rules::new()
            .team("sales", "hoa minh")
            .caller("84986776777")
            .with("owner_id", "hoa")
    };
    let owned = |rules: Rules| rules.rule("owned").with("has_owner", 1).ring_owner();
    let alone = "rule_steps.target of '1/1': 'owner' rings nobody but the owner: an owner who does not answer keeps the \
                 call from everybody else; add a step that rings a group";
    warns(&owned(known()).rule("all").ring("sales"), &[alone]);
    is_silent(&owned(known()).ring("sales").with("after_seconds", 12));
    is_silent(&owned(known()).ring_agent("minh").rule("all").ring("sales"));
}

#[test]
fn a_list_must_not_ring_for_longer_than_a_caller_waits() {
    let team = || {
        Rules::new()
            .team("sales", "an binh chi dung hoa")
            .rule("all")
            .ring("sales")
    };
    let long = "rule_steps.max_agents of '1/1': NULL lets 5 agents ring for 75 s one after the other; a caller waits for \
                60 s unless the queue says otherwise; limit the list to about 4 agents, or write a shorter answer_timeout";
    warns(&team(), &[long]);
    is_silent(&team().with("max_agents", 4));
    is_silent(&team().with("answer_timeout", 12));
    is_silent(&team().setting("max_agents", "4"));
    is_silent(&team().setting("answer_timeout", "12"));
    is_silent(
        &Rules::new()
            .team("sales", "an binh chi dung")
            .rule("all")
            .ring("sales"),
    );
}

#[test]
fn only_those_on_shift_together_make_a_list_long() {
    let shifts = |afternoon: &str| {
        let rules = Rules::new()
            .schedule("morning")
            .weekly("daily", "08:00", "12:00");
        let rules = rules
            .schedule("afternoon")
            .weekly("daily", afternoon, "17:30");
        let rules = rules.team("early", "an binh chi").with_shift("morning");
        rules
            .team("late", "dung hoa")
            .with_shift("afternoon")
            .rule("all")
            .ring("early")
            .ring("late")
    };
    is_silent(&shifts("12:00"));
    let found = warnings(&shifts("11:59"), MONDAY);
    assert!(
        found.len() == 1
            && found[0].starts_with("rule_steps.max_agents of '1/2': NULL lets 5 agents"),
        "{found:#?}"
    );
}

#[test]
fn owners_make_a_list_longer_unless_they_are_in_it() {
    let owned = |owner: &str| {
        let rules = Rules::new()
            .team("sales", "an binh chi dung")
            .agent("hoa")
            .group("others", "ordered");
        let rules = rules
            .member("others", "hoa")
            .caller("84986776777")
            .with("owner_id", owner);
        rules
            .rule("owned")
            .with("has_owner", 1)
            .ring_owner()
            .ring("sales")
            .rule("others")
            .ring("others")
    };
    is_silent(&owned("an"));
    let found = warnings(&owned("hoa"), MONDAY);
    assert!(
        found.len() == 1
            && found[0].starts_with("rule_steps.max_agents of '1/2': NULL lets 5 agents"),
        "{found:#?}"
    );
}

#[test]
fn later_steps_do_not_make_a_list_long() {
    let rules = Rules::new()
        .team("sales", "an binh chi dung")
        .team("others", "hoa minh")
        .rule("all")
        .ring("sales");
    is_silent(&rules.ring("others").with("after_seconds", 20));
}

#[test]
fn who_is_rung_on_the_phone_needs_a_number() {
    let by_phone = |rules: Rules| {
        rules
            .rule("all")
            .ring("sales")
            .ring("sales")
            .with("routing_type", 2)
    };
    let half =
        Rules::new()
            .team("sales", "hoa minh")
            .change_agent("hoa", "phone_number", "84909000001");
    warns(
        &by_phone(half.clone()),
        &[
            "rule_steps.routing_type of '1/2': 2 leaves out who has no phone_number: minh; write their \
           agents.phone_number, or routing_type NULL",
        ],
    );
    is_silent(&by_phone(half.change_agent(
        "minh",
        "phone_number",
        "84909000002",
    )));
    let off =
        Rules::new()
            .team("sales", "hoa minh")
            .change_agent("hoa", "phone_number", "84909000001");
    is_silent(&by_phone(off.change_agent("minh", "enabled", 0)));
    let member = Rules::new()
        .team("sales", "hoa minh")
        .with("routing_type", 2)
        .rule("all")
        .ring("sales");
    warns(
        &member,
        &[
            "group_members.routing_type of 'sales/minh': 2 leaves the member out: the agent has no phone_number; write \
           agents.phone_number of minh, or routing_type NULL",
        ],
    );
    is_silent(&member.change_agent("minh", "phone_number", "84909000002"));
}

#[test]
fn agents_whom_nothing_names_are_never_rung() {
    let unused = "agents.id of 'tuan': 'tuan' is never rung: in no group, no step's agent, nobody's owner or cover; add \
                  the agent to a group, or write enabled 0";
    warns(&sales().agent("tuan"), &[unused]);
    is_silent(&sales().agent("tuan").with("enabled", 0));
    is_silent(&sales().agent("tuan").member("sales", "tuan"));
    is_silent(
        &sales()
            .agent("tuan")
            .caller("84986776777")
            .with("owner_id", "tuan"),
    );
    is_silent(
        &sales()
            .agent("tuan")
            .change_agent("hoa", "cover_id", "tuan"),
    );
    is_silent(&sales().agent("tuan").ring_agent("tuan"));
}

#[test]
fn groups_that_no_step_names_are_unused() {
    let unused = "groups.id of 'idle': 'idle' is used by no step, and is not the fallback_group; add a step that rings \
                  it, or delete the group";
    let idle = || sales().group("idle", "ordered").member("idle", "hoa");
    warns(&idle(), &[unused]);
    is_silent(&idle().setting("fallback_group", "idle"));
    is_silent(&idle().rule("off").with("enabled", 0).ring("idle"));
    let team = || {
        Rules::new()
            .team("sales", "hoa minh")
            .group("idle", "ordered")
            .member("idle", "hoa")
    };
    is_silent(
        &team()
            .rule("both")
            .ring("sales")
            .with("and_group_id", "idle"),
    );
    is_silent(
        &team()
            .caller("84986776777")
            .with("owner_id", "hoa")
            .rule("all")
            .ring_owner()
            .with("group_id", "idle")
            .ring("sales"),
    );
}

#[test]
fn schedules_that_nothing_names_are_unused() {
    let idle = sales()
        .schedule("office")
        .weekly("mon-fri", "08:00", "17:30");
    warns(
        &idle,
        &[
            "schedules.id of 'office': 'office' is used by no rule and no member; write it where it is meant to count, or \
           delete it",
        ],
    );
}

#[test]
fn schedules_that_never_open_are_named() {
    let never = "schedules.id of 'special': 'special' is not open once in the next 400 days; add rows to \
                 schedule_hours, or delete the schedule";
    let special = || {
        sales()
            .rule("special")
            .with("position", 5)
            .with("schedule_id", "special")
            .ring("sales")
    };
    let rules = |rules: Rules| {
        rules
            .row(Table::Schedules)
            .with("id", "special")
            .with("name", "special")
    };
    warns(&rules(special()), &[never]);
    let past = rules(special())
        .dated("2026-01-01", "2026-11-22")
        .with("start_time", "08:00")
        .with("end_time", "12:00");
    warns(&past, &[never]);
    let closed = rules(special()).dated("2026-12-01", "2026-12-31");
    warns(&closed, &[never]);
    let far = rules(special())
        .dated("2028-01-01", "2028-01-01")
        .with("start_time", "08:00")
        .with("end_time", "12:00");
    warns(&far, &[never]);
    let tonight = rules(special())
        .dated("2026-11-22", "2026-11-22")
        .with("start_time", "12:00")
        .with("end_time", "11:00");
    is_silent(&tonight);
    let last = rules(special())
        .dated("2027-12-27", "2027-12-27")
        .with("start_time", "23:59")
        .with("end_time", "24:00");
    is_silent(&last);
}

#[test]
fn a_rule_for_the_time_when_a_schedule_is_closed_wants_it_to_close() {
    let always = |end: &str| {
        let rules = Rules::new()
            .team("sales", "hoa minh")
            .schedule("always")
            .weekly("daily", "00:00", end);
        rules
            .rule("closed")
            .with("schedule_id", "always")
            .with("when_open", 0)
            .ring("sales")
    };
    warns(
        &always("24:00"),
        &[
            "rules.schedule_id of '1': 'always' with when_open 0 keeps the rule 'closed' from ever matching: it never \
           closes; write when_open 1 or schedule_id NULL, or delete the rule",
        ],
    );
    is_silent(&always("23:58"));
}

/// The first Monday from which on Tết, 2027-02-06, is at most 60 days away.
const SIXTY_DAYS_BEFORE: &str = "2026-12-08T03:00:00Z";

#[test]
fn hours_that_do_not_know_tet_are_named_sixty_days_before() {
    let rules = office()
        .rule("open")
        .with("schedule_id", "office")
        .ring("sales");
    let unaware = "schedules.id of 'office': 'office' has no dated row for Tết (2027-02-06): its weekly hours would \
                   count; add dated rows to schedule_hours for about 2027-02-05 to 2027-02-10, without times if it is \
                   closed";
    assert_eq!(warnings(&rules, SIXTY_DAYS_BEFORE), [unaware]);
    assert_eq!(warnings(&rules, "2026-12-07T03:00:00Z"), [""; 0]);
    assert_eq!(warnings(&rules, "2027-02-06T03:00:00Z"), [unaware]);
    assert_eq!(warnings(&rules, "2027-02-07T03:00:00Z"), [""; 0]);
}

#[test]
fn hours_that_know_tet_or_do_not_care_are_silent() {
    let at = |rules: &Rules, now: &str| assert_eq!(warnings(rules, now), [""; 0]);
    let open = |rules: Rules| {
        rules
            .rule("open")
            .with("schedule_id", "office")
            .ring("sales")
    };
    at(
        &open(office().dated("2027-02-05", "2027-02-10")),
        SIXTY_DAYS_BEFORE,
    );
    let as_usual = office()
        .dated("2027-02-08", "2027-02-08")
        .with("start_time", "08:00")
        .with("end_time", "17:30");
    at(&open(as_usual), SIXTY_DAYS_BEFORE);
    let other = Rules::new().team("sales", "hoa minh").schedule("office");
    at(
        &open(other.clone().weekly("daily", "00:00", "24:00")),
        SIXTY_DAYS_BEFORE,
    );
    at(
        &open(other.weekly("wed", "08:00", "17:30")),
        SIXTY_DAYS_BEFORE,
    );
    at(
        &open(office().setting("country_code", "49")),
        SIXTY_DAYS_BEFORE,
    );
}

#[test]
fn a_tag_that_no_caller_has_is_named_with_the_one_that_was_meant() {
    let tagged = |tags: &str| sales().caller("84986776777").with("tags", tags);
    let rule = |rules: Rules| {
        rules
            .rule("vip")
            .with("position", 5)
            .with("caller_tag", "vip")
            .ring("sales")
    };
    is_silent(&rule(tagged("vip")));
    is_silent(&rule(tagged(" VIP ")));
    warns(
        &rule(tagged("vipp")),
        &[
            "callers.tags of '84986776777': 'vipp' is a tag that no rule names; write 'vip' if that is meant",
            "rules.caller_tag of '2': 'vip' is a tag that no caller has; write 'vipp' if that is meant, or give the tag to \
           callers",
        ],
    );
    warns(
        &rule(sales()),
        &[
            "rules.caller_tag of '2': 'vip' is a tag that no caller has; give the tag to callers, or delete the rule",
        ],
    );
    let expired = rule(tagged("vip").with("expires_on", "2026-11-22"));
    assert_eq!(warnings(&expired, MONDAY).len(), 1);
}

#[test]
fn a_tag_of_callers_wants_a_rule() {
    let tagged = |number: &str, rules: Rules| rules.caller(number).with("tags", "gold");
    let rules = tagged("84779*", tagged("user_1", sales()));
    let expected = "is a tag that no rule names, of 2 callers; write it into rules.caller_tag, or leave it out";
    warns(
        &rules,
        &[&format!("callers.tags of 'user_1': 'gold' {expected}")],
    );
    let off = rules
        .rule("off")
        .with("enabled", 0)
        .with("caller_tag", "Gold");
    is_silent(&off.ring("sales"));
}

#[test]
fn a_rule_for_callers_with_an_owner_wants_owners() {
    let owned = |rules: Rules| {
        rules
            .rule("owned")
            .with("position", 5)
            .with("has_owner", 1)
            .ring("sales")
    };
    warns(
        &owned(sales().caller("84986776777")),
        &[
            "rules.has_owner of '2': 1 never holds: no caller has an owner; write callers.owner_id, or delete the rule",
        ],
    );
    is_silent(&owned(
        sales().caller("84986776777").with("owner_id", "hoa"),
    ));
}

#[test]
fn a_queue_that_is_not_listed_is_hinted_at_where_others_are() {
    let rules = |id: &str| {
        sales()
            .rule("queue")
            .with("position", 5)
            .with("queue_id", id)
            .ring("sales")
    };
    let listed = |id: &str| {
        rules(id)
            .row(Table::Queues)
            .with("id", "QU_SALES")
            .with("name", "Sales")
    };
    is_silent(&rules("QU_SALSE"));
    is_silent(&listed("QU_SALES"));
    let numbered = "rules.queue_id of '2': 'QU_SALES2' is not listed in queues, where others are; look whether the id is \
                    right; if so, add it to queues with a name";
    warns(&listed("QU_SALES2"), &[numbered]);
    warns(
        &listed("QU_SALSE,QU_SALES"),
        &[
            "rules.queue_id of '2': 'QU_SALSE' is not listed in queues, where others are; write 'QU_SALES' if that is \
           meant, or add the queue to queues",
        ],
    );
    warns(
        &listed("5CAI08V9BBU6S0EH"),
        &[
            "rules.queue_id of '2': '5CAI08V9BBU6S0EH' is not listed in queues, where others are; look whether the id is \
           right; if so, add it to queues with a name",
        ],
    );
}

#[test]
fn rules_that_are_switched_off_are_left_alone() {
    let off = |rules: Rules| rules.rule("off").with("enabled", 0);
    is_silent(
        &off(sales())
            .with("caller_tag", "vip")
            .with("has_owner", 1)
            .ring("sales"),
    );
    is_silent(&off(sales()).ring_owner());
}

/// What is said of the queue `q`, which has no number to show when telephones are rung.
fn without_callout(rules: &Rules) -> Vec<String> {
    let warnings = phones_without_callout(&rules.snapshot(), &["q"], MONDAY.parse().unwrap());
    warnings.iter().map(ToString::to_string).collect()
}

/// Two who are rung on the app, with telephones.
fn with_phones() -> Rules {
    let phones =
        Rules::new()
            .team("sales", "hoa minh")
            .change_agent("hoa", "phone_number", "84909000001");
    phones.change_agent("minh", "phone_number", "84909000002")
}

#[test]
fn a_queue_with_no_number_to_show_rings_no_telephones() {
    let advice = |what: &str| {
        let remedy = "`stringee-router queues update q --from-number-callout-to-agent NUMBER`";
        [format!(
            "queues.id of 'q': 'q' has no from_number_callout_to_agent at Stringee, but {what}; {remedy}"
        )]
    };
    let late = with_phones()
        .rule("late")
        .with("queue_id", "p,q")
        .ring("sales")
        .ring("sales");
    let late = late.with("after_seconds", 45).with("routing_type", 2);
    assert_eq!(
        without_callout(&late),
        advice("rule 1 'late' rings hoa by telephone")
    );
    let duty = with_phones()
        .rule("all")
        .ring("sales")
        .team("duty", "lan")
        .change_agent("lan", "phone_number", "84909000003");
    let duty = duty
        .change_agent("lan", "routing_type", 2)
        .setting("fallback_group", "duty");
    assert_eq!(
        without_callout(&duty),
        advice("the fallback group rings lan by telephone")
    );
    let four = ["a", "b", "c", "d"]
        .into_iter()
        .fold(with_phones(), |rules, name| {
            rules.rule(name).ring_agent("minh").with("routing_type", 2)
        });
    let said = advice(
        "rule 1 'a' rings minh by telephone, rule 2 'b' rings minh by telephone, rule 3 'c' rings minh by \
                       telephone, 1 more rule does so",
    );
    assert_eq!(without_callout(&four), said);
}

#[test]
fn a_queue_whose_calls_ring_no_telephone_needs_no_number_to_show() {
    let silent = |rules: Rules| assert_eq!(without_callout(&rules), [""; 0]);
    silent(with_phones().rule("all").ring("sales"));
    silent(
        with_phones()
            .rule("other")
            .with("queue_id", "p")
            .ring("sales")
            .with("routing_type", 2),
    );
    silent(
        with_phones()
            .rule("off")
            .with("enabled", 0)
            .ring("sales")
            .with("routing_type", 2),
    );
    silent(
        sales()
            .rule("no phone")
            .ring("sales")
            .with("routing_type", 2),
    );
    let closed = with_phones()
        .schedule("never")
        .rule("closed")
        .with("schedule_id", "never")
        .ring("sales");
    silent(closed.with("routing_type", 2));
}

#[test]
fn absences_that_overlap_are_named_while_they_are_not_over() {
    let two = |from, until| {
        sales()
            .away("hoa", "2026-11-20", Some("2026-12-10"))
            .away("hoa", from, until)
    };
    let overlaps = "absences.id of '2': 2 overlaps with absence 1 of the same agent; delete one of the two rows, or put \
                    their dates right";
    warns(&two("2026-12-10", Some("2026-12-20")), &[overlaps]);
    warns(&two("2026-12-01", None), &[overlaps]);
    is_silent(&two("2026-12-11", Some("2026-12-20")));
    is_silent(&sales().away("hoa", "2026-01-05", Some("2026-01-09")).away(
        "hoa",
        "2026-01-08",
        Some("2026-01-09"),
    ));
}

#[test]
fn a_stand_in_on_days_without_a_shift_is_named() {
    let night = |dates| {
        let rules = Rules::new()
            .schedule("nights")
            .weekly("fri", "22:00", "06:00")
            .team("duty", "son thao")
            .with_shift("nights");
        rules
            .rule("all")
            .ring("duty")
            .stand_in("son", Some("thao"), None, dates)
    };
    // The night from Friday to Saturday belongs to Friday.
    is_silent(&night(("2026-11-27", "2026-11-27")));
    warns(
        &night(("2026-11-28", "2026-11-28")),
        &[
            "stand_ins.date_from of '1': '2026-11-28' counts on no date: no shift of the member starts on its dates; write \
           the date on which the shift starts: a night belongs to the day on which it begins",
        ],
    );
}

#[test]
fn holidays_that_end_soon_are_named_where_a_schedule_heeds_them() {
    let rules = |on_holidays: &str, to: &str| {
        let rules = Rules::new()
            .schedule("office")
            .with("on_holidays", on_holidays)
            .weekly("mon-fri", "08:00", "17:00")
            .team("sales", "hoa");
        let rules = rules
            .rule("all")
            .with("schedule_id", "office")
            .ring("sales");
        rules
            .holiday("2026-01-01", "2026-01-01")
            .with("every_year", 1)
            .holiday(to, to)
    };
    warns(
        &rules("closed", "2026-12-31"),
        &[
            "holidays.date_to of '2026-12-31': '2026-12-31' is the last holiday that does not come every year, and less than \
           60 days ahead; add the next year's to holidays, Tết and Giỗ Tổ among them",
        ],
    );
    is_silent(&rules("usual", "2026-12-31"));
    is_silent(&rules("closed", "2027-12-31"));
}

#[test]
fn a_share_of_what_other_shares_leave_is_worked_out() {
    let half = |rules: Rules, name: &str| rules.rule(name).with("split_percent", 50).ring("sales");
    let two = half(half(Rules::new().team("sales", "hoa"), "first"), "second");
    let said = |rule: i64, share: &str, first: i64| {
        format!(
            "rules.split_percent of '{rule}': 50 is drawn among the calls that rule {first} leaves, so it is {share} % of \
             all calls; write a larger share if more is meant"
        )
    };
    warns(&two, &[&said(2, "25", 1)]);
    warns(
        &half(two, "third"),
        &[&said(2, "25", 1), &said(3, "12.5", 2)],
    );
    let other = half(Rules::new().team("sales", "hoa"), "first").with("max_level", 1);
    is_silent(&other.rule("rest").ring("sales"));
}

#[test]
fn ids_that_stringee_does_not_ring_by_and_ids_that_differ_by_case_alone() {
    warns(
        &Rules::new()
            .team("sales", "AG_0001 hoa Hoa")
            .rule("all")
            .ring("sales"),
        &[
            "agents.id of 'AG_0001': 'AG_0001' is the id by which Stringee keeps the agent, and not the stringee_user_id, \
             by which an agent is rung; write the stringee_user_id; `stringee-router pull` takes it over",
            "agents.id of 'hoa': 'hoa' differs from 'Hoa' only by case; keep one of the two, or give one of them another \
             id",
        ],
    );
    let rules = sales()
        .row(Table::Queues)
        .with("id", "QU_a")
        .with("name", "a");
    is_silent(&rules);
    let rules = rules
        .row(Table::Queues)
        .with("id", "QU_A")
        .with("name", "b");
    warns(
        &rules,
        &[
            "queues.id of 'QU_a': 'QU_a' differs from 'QU_A' only by case; keep one of the two, or give one of them \
           another id",
        ],
    );
}
