//! Coverage: which calls are asked about, and what is said of each half hour.

use jiff::civil::Date;

use super::fixture::Rules;
use crate::coverage::{Answer, Coverage, Question, Reach, coverage};
use crate::number::Number;
use crate::snapshot::Snapshot;

/// A Monday.
fn monday() -> Question<'static> {
    Question {
        from: Date::constant(2026, 11, 23),
        days: 1,
        queue: None,
        caller: None,
    }
}

/// The lines as `queue hotline`; `-` where the rules name none.
#[track_caller]
fn lines(rules: &Rules, question: &Question<'_>, expected: &[&str]) {
    let snapshot = rules.snapshot();
    let coverage = coverage(&snapshot, question);
    let lines = coverage.lines.iter().map(|line| {
        let hotline = line
            .hotline
            .map_or_else(|| "-".to_owned(), ToString::to_string);
        format!("{} {hotline}", line.queue.unwrap_or("-"))
    });
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

/// What is said of the first line, hour by hour from the first half hour that has the answer.
#[track_caller]
fn answers(rules: &Rules, question: &Question<'_>, expected: &[&str]) {
    let snapshot = rules.snapshot();
    let coverage = coverage(&snapshot, question);
    assert_eq!(changes(&snapshot, &coverage), expected);
}

/// Each half hour whose answer differs from that of the one before.
fn changes(snapshot: &Snapshot, coverage: &Coverage<'_>) -> Vec<String> {
    let line = coverage.lines.first().expect("a line");
    let half_hours: Vec<_> = coverage.starts.iter().zip(line.answers()).collect();
    let ranges = half_hours.chunk_by(|one, other| one.1 == other.1);
    let shown = ranges.map(|range| {
        let (start, answer) = range[0];
        let time = start
            .to_zoned(snapshot.settings.time_zone.clone())
            .strftime("%H:%M")
            .to_string();
        format!("{time} {}", shown(snapshot, answer))
    });
    shown.collect()
}

/// `day: hoa|minh of 3`, with a word before it that says how far the rules reach.
fn shown(snapshot: &Snapshot, answer: &Answer) -> String {
    let rule_name = |rule| snapshot.rules.get(rule).map_or("", |rule| &*rule.name);
    let first: Vec<&str> = answer
        .first
        .iter()
        .map(|agent| &*snapshot.agents.get(*agent).unwrap().id)
        .collect();
    let list = format!(
        "{}: {} of {}",
        answer.rule.map_or("", rule_name),
        first.join("|"),
        answer.agents
    );
    let empty: Vec<&str> = answer
        .empty_rules
        .iter()
        .map(|rule| rule_name(*rule))
        .collect();
    let empty = if empty.is_empty() {
        String::new()
    } else {
        format!(" (not {})", empty.join(", "))
    };
    match answer.reach {
        Reach::Rung => format!("{list}{empty}"),
        Reach::Blocked => format!("blocked {list}{empty}"),
        Reach::Later { after_seconds } => format!("after {after_seconds} {list}{empty}"),
        Reach::Fallback => format!("fallback {list}{empty}"),
        Reach::Nobody => format!("nobody{empty}"),
    }
}

fn sales() -> Rules {
    Rules::new().team("sales", "hoa minh")
}

fn office() -> Rules {
    sales()
        .schedule("office")
        .weekly("mon-fri", "08:00", "17:30")
}

#[test]
fn rules_without_queues_and_hotlines_are_one_line() {
    lines(&sales().rule("all").ring("sales"), &monday(), &["- -"]);
    lines(&Rules::new(), &monday(), &["- -"]);
}

#[test]
fn queues_go_with_the_hotlines_that_rules_name_together() {
    let rules = sales()
        .rule("one")
        .with("queue_id", "q1")
        .with("to_number", "02471001001,0283*")
        .ring("sales");
    let rules = rules.rule("two").with("queue_id", "q2").ring("sales");
    lines(&rules, &monday(), &["q1 842471001001", "q1 84283*", "q2 -"]);
    let night = rules.rule("night").with("queue_id", "q1,q2").ring("sales");
    lines(&night, &monday(), &["q1 842471001001", "q1 84283*", "q2 -"]);
    let off = night
        .rule("off")
        .with("enabled", 0)
        .with("queue_id", "q3")
        .with("to_number", "1900123456")
        .ring("sales");
    lines(&off, &monday(), &["q1 842471001001", "q1 84283*", "q2 -"]);
}

#[test]
fn a_hotline_without_a_queue_goes_with_every_queue() {
    let hotline = sales()
        .rule("hotline")
        .with("to_number", "1900123456")
        .ring("sales");
    lines(&hotline, &monday(), &["- 1900123456"]);
    let queue = hotline.rule("queue").with("queue_id", "q1").ring("sales");
    lines(&queue, &monday(), &["q1 1900123456", "q1 -"]);
}

#[test]
fn listed_queues_are_looked_at_and_one_can_be_chosen() {
    let rules = sales().rule("one").with("queue_id", "q1").ring("sales");
    let listed = rules
        .row(crate::table::Table::Queues)
        .with("id", "q2")
        .with("name", "Two");
    lines(&listed, &monday(), &["q1 -", "q2 -"]);
    lines(
        &listed,
        &Question {
            queue: Some("q2"),
            ..monday()
        },
        &["q2 -"],
    );
    lines(
        &listed,
        &Question {
            queue: Some("q3"),
            ..monday()
        },
        &[],
    );
}

#[test]
fn the_answer_is_that_of_the_half_hour() {
    let rules = office()
        .rule("day")
        .with("schedule_id", "office")
        .ring("sales")
        .rule("night")
        .ring_agent("minh");
    answers(
        &rules,
        &monday(),
        &[
            "00:00 night: minh of 1",
            "08:00 day: hoa of 2",
            "17:30 night: minh of 1",
        ],
    );
    let sunday = Question {
        from: Date::constant(2026, 11, 22),
        ..monday()
    };
    answers(&rules, &sunday, &["00:00 night: minh of 1"]);
}

#[test]
fn nobody_the_fallback_and_a_meant_nobody_are_told_apart() {
    let day = || {
        office()
            .rule("day")
            .with("schedule_id", "office")
            .ring("sales")
    };
    answers(
        &day(),
        &monday(),
        &["00:00 nobody", "08:00 day: hoa of 2", "17:30 nobody"],
    );
    let fallback = day()
        .agent("lan")
        .group("duty", "ordered")
        .member("duty", "lan")
        .setting("fallback_group", "duty");
    answers(
        &fallback,
        &monday(),
        &[
            "00:00 fallback : lan of 1",
            "08:00 day: hoa of 2",
            "17:30 fallback : lan of 1",
        ],
    );
    let closed = day().rule("closed").with("action", "nobody");
    let blocked = "blocked closed:  of 0";
    answers(
        &closed,
        &monday(),
        &[
            &format!("00:00 {blocked}"),
            "08:00 day: hoa of 2",
            &format!("17:30 {blocked}"),
        ],
    );
}

#[test]
fn a_rule_that_matches_and_finds_nobody_is_named() {
    let shift = office().with_shift("office").rule("all").ring("sales");
    answers(
        &shift,
        &monday(),
        &[
            "00:00 nobody (not all)",
            "08:00 all: hoa of 2",
            "17:30 nobody (not all)",
        ],
    );
    let next = shift.agent("lan").rule("last").ring_agent("lan");
    let expected = [
        "00:00 last: lan of 1 (not all)",
        "08:00 all: hoa of 2",
        "17:30 last: lan of 1 (not all)",
    ];
    answers(&next, &monday(), &expected);
}

#[test]
fn a_ring_that_opens_later_is_reached_later() {
    let rules = sales().rule("all").ring("sales").with("after_seconds", 20);
    answers(&rules, &monday(), &["00:00 after 20 all: hoa of 2"]);
    let fallback = rules
        .agent("lan")
        .group("duty", "ordered")
        .member("duty", "lan")
        .setting("fallback_group", "duty");
    answers(&fallback, &monday(), &["00:00 after 20 all: hoa of 2"]);
    let next = sales()
        .rule("late")
        .ring("sales")
        .with("after_seconds", 20)
        .rule("all")
        .ring_agent("minh");
    answers(&next, &monday(), &["00:00 all: minh of 1"]);
    let third = sales()
        .change_agent("hoa", "enabled", 0)
        .change_agent("minh", "enabled", 0)
        .agent("lan");
    let third = third
        .rule("all")
        .ring("sales")
        .ring("sales")
        .with("after_seconds", 20);
    answers(
        &third.ring_agent("lan").with("after_seconds", 45),
        &monday(),
        &["00:00 after 45 all: lan of 1"],
    );
}

#[test]
fn everybody_who_may_be_first_is_named() {
    let team = |strategy: &str| {
        let rules = Rules::new()
            .group("team", strategy)
            .agent("an")
            .agent("binh")
            .agent("chi")
            .agent("dung");
        let rules = rules
            .member("team", "an")
            .member("team", "binh")
            .member("team", "chi")
            .with("weight", 0);
        rules
            .member("team", "dung")
            .with("level", 2)
            .rule("all")
            .ring("team")
    };
    answers(&team("ordered"), &monday(), &["00:00 all: an of 4"]);
    answers(&team("weighted"), &monday(), &["00:00 all: an|binh of 4"]);
    answers(&team("sticky"), &monday(), &["00:00 all: an|binh of 4"]);
    answers(&team("rotate"), &monday(), &["00:00 all: an|binh|chi of 4"]);
    answers(
        &team("weighted").with("max_agents", 1),
        &monday(),
        &["00:00 all: an|binh of 1"],
    );
}

#[test]
fn the_caller_is_a_stranger_unless_one_is_named() {
    let rules = sales()
        .agent("lan")
        .caller("84986776777")
        .with("owner_id", "lan")
        .with("tags", "vip");
    let rules = rules
        .caller("849*")
        .with("tags", "vip")
        .rule("vip")
        .with("caller_tag", "vip")
        .ring_owner()
        .ring_agent("lan");
    let rules = rules
        .rule("blocked")
        .with("from_number", "848*")
        .with("action", "nobody")
        .rule("all")
        .ring("sales");
    answers(&rules, &monday(), &["00:00 all: hoa of 2"]);
    let country = rules.snapshot().settings.country_code.clone();
    let from = |caller| Question {
        caller: Number::from_table(caller, &country),
        ..monday()
    };
    answers(&rules, &from("0986 776 777"), &["00:00 vip: lan of 1"]);
    answers(
        &rules,
        &from("0888 000 000"),
        &["00:00 blocked blocked:  of 0"],
    );
}

#[test]
fn a_stranger_is_no_anonymous_caller() {
    let rules = sales()
        .rule("known")
        .with("from_number", "*")
        .ring("sales")
        .rule("anonymous")
        .with("action", "nobody");
    answers(&rules, &monday(), &["00:00 known: hoa of 2"]);
}

#[test]
fn a_caller_may_expire() {
    let rules = sales()
        .agent("lan")
        .caller("84986776777")
        .with("owner_id", "lan")
        .with("expires_on", "2026-11-23");
    let rules = rules
        .rule("owned")
        .with("has_owner", 1)
        .ring_owner()
        .rule("all")
        .ring("sales");
    let country = rules.snapshot().settings.country_code.clone();
    let question = Question {
        days: 2,
        caller: Number::from_table("0986776777", &country),
        ..monday()
    };
    answers(
        &rules,
        &question,
        &["00:00 owned: lan of 1", "00:00 all: hoa of 2"],
    );
}

#[test]
fn the_call_is_in_nobodys_share() {
    let rules = sales()
        .agent("lan")
        .rule("half")
        .with("split_percent", 50)
        .ring_agent("lan");
    let rules = rules
        .rule("most")
        .with("split_percent", 90)
        .ring_agent("lan")
        .rule("rest")
        .ring("sales");
    answers(&rules, &monday(), &["00:00 rest: hoa of 2"]);
}

#[test]
fn a_beginning_of_hotlines_stands_for_those_that_have_no_rule_of_their_own() {
    let rules = sales()
        .agent("lan")
        .rule("own")
        .with("to_number", "84247000*")
        .ring_agent("lan");
    let rules = rules
        .rule("others")
        .with("to_number", "84247*")
        .ring("sales");
    let snapshot = rules.snapshot();
    let coverage = coverage(&snapshot, &monday());
    let said = coverage
        .lines
        .iter()
        .map(|line| shown(&snapshot, line.answers().next().unwrap()));
    assert_eq!(
        said.collect::<Vec<_>>(),
        ["others: hoa of 2", "own: lan of 1"]
    );
}

#[test]
fn an_absence_is_taken_into_account() {
    let rules = sales()
        .away("hoa", "2026-11-23 12:00", None)
        .rule("all")
        .ring("sales");
    answers(
        &rules,
        &monday(),
        &["00:00 all: hoa of 2", "12:00 all: minh of 1"],
    );
}

#[test]
fn days_are_as_long_as_the_clock_on_the_wall_has_them() {
    let count = |zone: &str, from: Date, days: u16| {
        let snapshot = sales()
            .setting("time_zone", zone)
            .rule("all")
            .ring("sales")
            .snapshot();
        coverage(
            &snapshot,
            &Question {
                from,
                days,
                ..monday()
            },
        )
        .starts
        .len()
    };
    assert_eq!(
        count("Asia/Ho_Chi_Minh", Date::constant(2026, 11, 23), 1),
        48
    );
    assert_eq!(
        count("Asia/Ho_Chi_Minh", Date::constant(2026, 11, 23), 14),
        672
    );
    assert_eq!(
        count("Asia/Ho_Chi_Minh", Date::constant(2026, 11, 23), 0),
        0
    );
    assert_eq!(count("America/New_York", Date::constant(2026, 3, 8), 1), 46);
    assert_eq!(
        count("America/New_York", Date::constant(2026, 11, 1), 1),
        50
    );
    assert_eq!(count("Asia/Ho_Chi_Minh", Date::MAX, 14), 0);
}
