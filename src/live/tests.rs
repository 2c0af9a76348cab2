//! Tests of what becomes of a version, with a clock that a test moves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::candidate::Candidate;
use super::served::Source;
use super::{Live, NotHeld, Readiness};
use crate::clock;
use crate::config::RuleTests;
use crate::telemetry::Metrics;
use crate::version::VersionInfo;
use routing::problem::Severity;
use routing::schema::{Column, agents, rule_tests, rules};
use routing::table::{Cell, Table, Tables};

const HOLD: Duration = Duration::from_mins(1);

/// One group with these agents, rung by one rule, for one queue if one is named.
fn team(agents: &[&str], queue: Option<&str>) -> Tables {
    let mut tables = Tables::default();
    for agent in agents {
        push(
            &mut tables,
            Table::Agents,
            &[("id", (*agent).into()), ("name", (*agent).into())],
        );
        push(
            &mut tables,
            Table::GroupMembers,
            &[("group_id", "team".into()), ("agent_id", (*agent).into())],
        );
    }
    push(
        &mut tables,
        Table::Groups,
        &[("id", "team".into()), ("name", "Team".into())],
    );
    let rule = [
        ("id", 1.into()),
        ("position", 1.into()),
        ("name", "all".into()),
        ("queue_id", queue.into()),
    ];
    push(&mut tables, Table::Rules, &rule);
    push(
        &mut tables,
        Table::RuleSteps,
        &[
            ("rule_id", 1.into()),
            ("step", 1.into()),
            ("group_id", "team".into()),
        ],
    );
    tables
}

/// Adds a row; a column that is not given has the default of the migration.
fn push(tables: &mut Tables, table: Table, given: &[(&str, Cell)]) {
    // What a row cannot do without.
    let usual = [
        (agents::NAME.name, "a name".into()),
        (rules::POSITION.name, 100.into()),
        (rule_tests::AT.name, "2026-11-23 10:00".into()),
    ];
    let value = |column: &Column| {
        let mut all = given.iter().chain(&usual);
        let cell = all.find(|(name, _)| *name == column.name);
        cell.map(|(_, cell)| cell.clone())
            .or_else(|| column.absent.cell())
            .unwrap_or_else(|| "sales".into())
    };
    let row: Vec<Cell> = table.compiled().map(value).collect();
    tables.push(table, &row);
}

fn candidate(tables: &Tables) -> Candidate {
    let candidate = Candidate::of(tables, RuleTests::Refuse);
    assert!(candidate.problems.is_empty(), "{:?}", candidate.problems);
    candidate
}

/// A candidate with an agent whose name is missing.
fn wrong() -> Candidate {
    with_errors(&team(&["hoa", "minh", "lan"], None), 1)
}

/// A candidate with so many agents more, whose names are missing.
fn with_errors(tables: &Tables, errors: u8) -> Candidate {
    let mut tables = tables.clone();
    for number in 0..errors {
        push(
            &mut tables,
            Table::Agents,
            &[
                ("id", format!("wrong{number}").as_str().into()),
                ("name", Cell::Null),
            ],
        );
    }
    let candidate = Candidate::of(&tables, RuleTests::Refuse);
    assert_eq!(candidate.count(Severity::Error), usize::from(errors));
    candidate
}

/// What is served, and for how long a suspicious version is held.
struct Fixture {
    live: Live,
    start: Instant,
}

impl Fixture {
    /// Serves three agents.
    fn new() -> Self {
        let fixture = Self {
            live: Live::new(Arc::new(Metrics::new()), HOLD),
            start: clock::monotonic(),
        };
        fixture.offer(&team(&["hoa", "lan", "minh"], None), 0);
        assert_eq!(fixture.version(), 1);
        fixture
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn offer(&self, tables: &Tables, seconds: u64) {
        self.live.judge(candidate(tables), self.at(seconds));
    }

    fn tick(&self, seconds: u64) {
        self.live.tick(true, self.at(seconds));
    }

    fn version(&self) -> u64 {
        self.live.served().version
    }

    /// The reasons why a version is held; nothing if none is.
    fn held(&self) -> String {
        self.live
            .status()
            .held
            .map_or_else(String::new, |held| held.reasons.join("; "))
    }
}

#[test]
fn the_first_version_is_served_whatever_it_holds() {
    let live = Live::new(Arc::new(Metrics::new()), HOLD);
    live.judge(candidate(&Tables::default()), clock::monotonic());
    assert_eq!(
        (live.served().version, live.served().source),
        (1, Source::Database)
    );
    assert!(matches!(live.readiness(), Readiness::NotReady(_)));
    live.judge(candidate(&team(&["hoa"], None)), clock::monotonic());
    assert_eq!(
        (live.served().version, live.readiness()),
        (2, Readiness::Ready)
    );
}

#[test]
fn a_version_without_most_agents_is_held_until_it_has_stood_for_a_minute() {
    let fixture = Fixture::new();
    fixture.offer(&team(&["hoa"], None), 10);
    assert_eq!(fixture.held(), "2 of 3 agents can no longer be rung");
    assert!(matches!(fixture.live.readiness(), Readiness::Degraded(_)));
    assert!(
        fixture
            .live
            .notice()
            .unwrap()
            .contains("`stringee-router accept`")
    );
    fixture.tick(69);
    assert_eq!(fixture.version(), 1);
    fixture.offer(&team(&["hoa"], None), 69);
    fixture.live.tick(false, fixture.at(70));
    assert_eq!(
        fixture.version(),
        1,
        "an edit that was not read yet may have put it right"
    );
    fixture.tick(70);
    assert_eq!(
        (fixture.version(), fixture.live.readiness()),
        (2, Readiness::Ready)
    );
    assert_eq!(
        (fixture.held(), fixture.live.notice()),
        (String::new(), None)
    );
}

#[test]
fn another_edit_begins_the_minute_anew() {
    let fixture = Fixture::new();
    fixture.offer(&team(&["hoa"], None), 10);
    fixture.offer(&team(&["minh"], None), 60);
    fixture.tick(100);
    assert_eq!(fixture.version(), 1);
    fixture.tick(120);
    assert_eq!(fixture.version(), 2);
    assert!(fixture.live.served().reach.agents.contains("minh"));
}

#[test]
fn what_is_put_back_in_time_was_never_served() {
    let fixture = Fixture::new();
    fixture.offer(&team(&[], None), 10);
    assert!(
        fixture.held().contains("3 of 3 agents"),
        "{}",
        fixture.held()
    );
    fixture.offer(&team(&["hoa", "lan", "minh"], None), 20);
    fixture.tick(200);
    assert_eq!(
        (fixture.version(), fixture.live.readiness()),
        (1, Readiness::Ready)
    );
}

#[test]
fn a_fault_ends_the_holding() {
    let fixture = Fixture::new();
    fixture.offer(&team(&["hoa"], None), 10);
    fixture.live.fault("the file is gone");
    fixture.tick(100);
    assert_eq!((fixture.version(), fixture.held()), (1, String::new()));
    fixture.offer(&team(&["hoa"], None), 110);
    fixture.tick(169);
    assert_eq!(fixture.version(), 1);
    fixture.tick(170);
    assert_eq!(fixture.version(), 2);
}

#[test]
fn somebody_can_confirm_exactly_what_is_held() {
    let fixture = Fixture::new();
    assert_eq!(fixture.live.accept(7), Err(NotHeld::Nothing));
    fixture.offer(&team(&["hoa"], None), 10);
    let held = fixture.live.status().held.unwrap();
    assert_eq!(
        fixture.live.accept(held.fingerprint ^ 1),
        Err(NotHeld::Another(held.fingerprint))
    );
    assert_eq!(fixture.version(), 1);
    let (version, confirmed) = fixture.live.accept(held.fingerprint).unwrap();
    assert_eq!((version.number, version.fingerprint), (2, held.fingerprint));
    assert_eq!((confirmed.reasons, fixture.version()), (held.reasons, 2));
    assert_eq!(fixture.live.accept(held.fingerprint), Err(NotHeld::Nothing));
}

#[test]
fn a_small_team_may_be_replaced_and_half_of_a_large_one_may_go() {
    let fixture = Fixture::new();
    fixture.offer(&team(&["an", "binh", "chi"], None), 1);
    assert_eq!(fixture.held(), "");
    fixture.offer(
        &team(&["an", "binh", "chi", "dung", "em", "giang"], None),
        2,
    );
    fixture.offer(&team(&["an", "binh", "chi"], None), 3);
    assert_eq!((fixture.held(), fixture.version()), (String::new(), 4));
}

#[test]
fn a_large_team_replaced_at_once_is_held() {
    let fixture = Fixture::new();
    fixture.offer(&team(&["a", "b", "c", "d", "e"], None), 1);
    fixture.offer(&team(&["v", "w", "x", "y", "z"], None), 2);
    assert_eq!(fixture.held(), "5 of 5 agents can no longer be rung");
}

#[test]
fn a_queue_asked_about_within_the_hour_must_not_lose_everybody() {
    let fixture = Fixture::new();
    let for_another_queue = team(&["hoa", "lan", "minh"], Some("service"));
    fixture.live.asked("sales", fixture.at(0));
    fixture.live.asked("service", fixture.at(0));
    fixture.offer(&for_another_queue, 30 * 60);
    assert_eq!(
        fixture.held(),
        "queue 'sales', asked about within the last hour, no longer reaches anybody"
    );
    fixture.offer(&team(&["hoa", "lan", "minh"], None), 31 * 60);
    fixture.offer(&for_another_queue, 3 * 3600);
    assert_eq!((fixture.held(), fixture.version()), (String::new(), 2));
}

#[test]
fn a_queue_that_reached_nobody_before_loses_nothing() {
    let fixture = Fixture::new();
    fixture.offer(&team(&["hoa", "lan", "minh"], Some("service")), 1);
    fixture.live.asked("unknown", fixture.at(2));
    let mut renamed = team(&["hoa", "lan", "minh"], Some("service"));
    push(
        &mut renamed,
        Table::Queues,
        &[("id", "service".into()), ("name", "Service".into())],
    );
    fixture.offer(&renamed, 3);
    assert_eq!((fixture.held(), fixture.version()), (String::new(), 3));
}

#[test]
fn without_a_time_to_hold_nothing_is_held() {
    let live = Live::new(Arc::new(Metrics::new()), Duration::ZERO);
    let now = clock::monotonic();
    live.judge(candidate(&team(&["hoa", "lan", "minh"], None)), now);
    live.judge(candidate(&team(&[], None)), now);
    assert_eq!(live.served().version, 2);
}

#[test]
fn errors_refuse_a_version_and_go_away_with_it() {
    let fixture = Fixture::new();
    fixture.live.judge(wrong(), fixture.at(1));
    assert!(fixture.live.status().is_refused);
    assert!(fixture.live.status().degraded_since.is_some());
    assert_eq!(fixture.version(), 1);
    fixture.offer(&team(&["hoa", "lan", "minh"], None), 2);
    assert_eq!(
        (fixture.version(), fixture.live.readiness()),
        (1, Readiness::Ready)
    );
    assert_eq!(fixture.live.status().degraded_since, None);
}

#[test]
fn an_error_takes_the_place_of_what_was_held() {
    let fixture = Fixture::new();
    fixture.offer(&team(&["hoa"], None), 1);
    fixture.live.judge(wrong(), fixture.at(2));
    fixture.tick(100);
    assert_eq!((fixture.version(), fixture.held()), (1, String::new()));
}

#[test]
fn the_last_good_copy_gives_way_to_the_database() {
    let live = Live::new(Arc::new(Metrics::new()), HOLD);
    let rules = team(&["hoa", "lan", "minh"], None);
    let version = VersionInfo {
        number: 9,
        fingerprint: rules.fingerprint(),
        accepted: clock::now(),
    };
    live.serve_copy(candidate(&rules), Source::LastGood, version);
    live.fault("the file is gone");
    let Readiness::Degraded(sentences) = live.readiness() else {
        panic!("{:?}", live.readiness())
    };
    assert!(
        sentences[0].contains("the file is gone") && sentences[1].contains("last good copy"),
        "{sentences:?}"
    );
    assert_eq!(
        (live.served().source, live.accepted()),
        (Source::LastGood, None)
    );
    live.judge(wrong(), clock::monotonic());
    assert_eq!(
        live.served().source,
        Source::LastGood,
        "errors are no better than a good copy"
    );
    live.judge(candidate(&team(&["hoa"], None)), clock::monotonic());
    assert_eq!(
        live.served().source,
        Source::LastGood,
        "the guard knows the copy"
    );
    live.judge(candidate(&rules), clock::monotonic());
    assert_eq!(
        (live.served().source, live.readiness()),
        (Source::Database, Readiness::Ready)
    );
    assert!(live.accepted().is_some());
}

#[test]
fn in_part_is_better_than_nothing_and_not_refused() {
    let live = Live::new(Arc::new(Metrics::new()), HOLD);
    live.judge(wrong(), clock::monotonic());
    live.judge(wrong(), clock::monotonic());
    assert_eq!(
        (live.served().source, live.served().version),
        (Source::DatabaseInPart, 1)
    );
    assert!(!live.status().is_refused && live.accepted().is_none());
}

#[test]
fn what_is_served_in_part_gets_better_error_by_error_until_there_is_none() {
    let live = Live::new(Arc::new(Metrics::new()), HOLD);
    let three = team(&["hoa", "lan", "minh"], None);
    let served = |candidate: Candidate| {
        live.judge(candidate, clock::monotonic());
        (
            live.served().source,
            live.served().version,
            live.status().is_refused,
        )
    };
    assert_eq!(
        served(with_errors(&three, 2)),
        (Source::DatabaseInPart, 1, false)
    );
    assert_eq!(
        served(with_errors(&three, 3)),
        (Source::DatabaseInPart, 1, true),
        "more errors than before"
    );
    assert_eq!(
        served(with_errors(&three, 1)),
        (Source::DatabaseInPart, 2, false),
        "one error is mended"
    );
    assert_eq!(
        served(with_errors(&team(&["hoa", "lan"], None), 1)),
        (Source::DatabaseInPart, 3, false)
    );
    assert_eq!(
        served(with_errors(&team(&[], None), 1)),
        (Source::DatabaseInPart, 3, false)
    );
    let held = live.status().held.map(|held| held.fingerprint);
    live.accept(held.unwrap()).unwrap();
    assert_eq!(
        (live.served().source, live.served().version),
        (Source::DatabaseInPart, 4),
        "the guard is there too"
    );
    assert_eq!(served(candidate(&three)), (Source::Database, 5, false));
    assert_eq!(
        served(with_errors(&three, 1)),
        (Source::Database, 5, true),
        "now there is a good version"
    );
}

#[test]
fn failing_tests_of_the_rules_can_be_warnings() {
    let mut tables = team(&["hoa"], None);
    push(
        &mut tables,
        Table::RuleTests,
        &[("id", 1.into()), ("expect_agents", "minh".into())],
    );
    assert!(Candidate::of(&tables, RuleTests::Refuse).has_errors());
    let warned = Candidate::of(&tables, RuleTests::Warn);
    assert_eq!((warned.has_errors(), warned.problems.len()), (false, 1));
}

/// The agents whom a version can ring, in order.
fn reached(tables: &Tables) -> Vec<Box<str>> {
    let mut agents: Vec<_> = candidate(tables).reach.agents.into_iter().collect();
    agents.sort_unstable();
    agents
}

#[test]
fn whom_a_version_can_ring_is_found_whatever_the_step_names() {
    let mut tables = team(&["hoa", "lan"], Some("sales"));
    for (agent, cover, enabled) in [
        ("an", Some("binh"), 0),
        ("binh", None, 1),
        ("chi", None, 0),
        ("dung", None, 1),
    ] {
        let row = [
            ("id", agent.into()),
            ("cover_id", cover.into()),
            ("enabled", enabled.into()),
        ];
        push(&mut tables, Table::Agents, &row);
    }
    assert_eq!(reached(&tables).join(" "), "hoa lan");
    assert!(!candidate(&tables).reach.has_queue("service"));

    push(
        &mut tables,
        Table::Callers,
        &[("number", "84900000001".into()), ("owner_id", "an".into())],
    );
    let step = |rule: i64| {
        [
            ("rule_id", rule.into()),
            ("step", 2.into()),
            ("after_seconds", 20.into()),
        ]
    };
    let owner = [("target", "owner".into())];
    push(
        &mut tables,
        Table::RuleSteps,
        &[&step(1)[..], &owner].concat(),
    );
    assert_eq!(
        reached(&tables).join(" "),
        "binh hoa lan",
        "who covers an owner"
    );

    let disabled = [
        ("id", 2.into()),
        ("name", "off".into()),
        ("enabled", 0.into()),
    ];
    push(&mut tables, Table::Rules, &disabled);
    let dung = [("target", "agent".into()), ("agent_id", "dung".into())];
    push(
        &mut tables,
        Table::RuleSteps,
        &[&step(2)[..], &dung].concat(),
    );
    assert_eq!(
        reached(&tables).join(" "),
        "binh hoa lan",
        "a disabled rule rings nobody"
    );

    push(&mut tables, Table::Groups, &[("id", "duty".into())]);
    for agent in ["chi", "dung"] {
        push(
            &mut tables,
            Table::GroupMembers,
            &[("group_id", "duty".into()), ("agent_id", agent.into())],
        );
    }
    push(
        &mut tables,
        Table::Settings,
        &[("key", "fallback_group".into()), ("value", "duty".into())],
    );
    assert_eq!(
        reached(&tables).join(" "),
        "binh dung hoa lan",
        "the fallback, but for who is disabled"
    );
    assert!(candidate(&tables).reach.has_queue("service"));
}

#[test]
fn of_many_rows_in_error_the_first_hundred_are_named() {
    let fixture = Fixture::new();
    fixture.live.judge(
        with_errors(&team(&["hoa", "minh", "lan"], None), 250),
        fixture.at(1),
    );
    let Readiness::Degraded(sentences) = fixture.live.readiness() else {
        panic!("rows in error degrade")
    };
    assert_eq!(sentences.len(), 101);
    assert_eq!(sentences[100], "150 more errors in rows");
    let status = fixture.live.status();
    assert_eq!((status.problems.len(), status.unnamed.errors), (100, 150));
}
