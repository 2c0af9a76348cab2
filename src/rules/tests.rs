//! Tests of what becomes of a version, with a clock that a test moves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::active::Source;
use super::compiled_version::CompiledVersion;
use super::{NotHeld, Readiness, RulesAuthority, SharedVerdict};
use crate::config::RuleTests;
use crate::language::Language;
use crate::params::CodedSentence;
use crate::state::HeldRecord;
use crate::telemetry::Metrics;
use crate::version::VersionInfo;
use routing::compare::ComparedCall;
use routing::problem::Severity;
use routing::schema::{Column, agents, rule_tests, rules};
use routing::table::{Cell, Table, Tables};

const HOLD: Duration = Duration::from_mins(1);

/// What the last good copy of these tests says of itself.
const LAST_GOOD: VersionInfo = VersionInfo {
    number: 1,
    fingerprint: 0,
    accepted: Timestamp::UNIX_EPOCH,
};

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

fn candidate(tables: &Tables) -> CompiledVersion {
    let candidate = CompiledVersion::of(tables, RuleTests::Refuse);
    assert!(candidate.problems.is_empty(), "{:?}", candidate.problems);
    candidate
}

/// A candidate with an agent whose name is missing.
fn wrong() -> CompiledVersion {
    with_errors(&team(&["hoa", "minh", "lan"], None), 1)
}

/// A candidate with so many agents more, whose names are missing.
fn with_errors(tables: &Tables, errors: u8) -> CompiledVersion {
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
    let candidate = CompiledVersion::of(&tables, RuleTests::Refuse);
    assert_eq!(candidate.count(Severity::Error), usize::from(errors));
    candidate
}

/// What is served, and for how long a suspicious version is held.
struct Fixture {
    live: RulesAuthority,
    start: Instant,
}

impl Fixture {
    /// Serves three agents.
    fn new() -> Self {
        let fixture = Self {
            live: RulesAuthority::new(Arc::new(Metrics::new()), HOLD),
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
            .map_or_else(String::new, |held| in_english(&held.reasons))
    }
}

fn in_english(reasons: &[CodedSentence]) -> String {
    CodedSentence::all(reasons, Language::En).join("; ")
}

#[test]
fn the_first_version_is_served_whatever_it_holds() {
    let live = RulesAuthority::new(Arc::new(Metrics::new()), HOLD);
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
    let held = fixture.held();
    assert!(held.ends_with(" hoa in place of hoa, lan, minh"), "{held}");
    assert!(matches!(fixture.live.readiness(), Readiness::Degraded(_)));
    assert!(
        fixture
            .live
            .notice(Language::En)
            .unwrap()
            .contains("`stringee-router accept`")
    );
    let note = fixture.live.notice(Language::Vi).unwrap();
    assert!(note.starts_with("Có việc cần xử lý, từ "), "{note}");
    let sentence = "cuộc gọi được so sánh sẽ đổ chuông cho người khác, ví dụ cuộc gọi";
    assert!(note.contains(sentence), "{note}");
    assert!(note.contains("hoa thay cho hoa, lan, minh;"), "{note}");
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
        (fixture.held(), fixture.live.notice(Language::En)),
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
    assert!(fixture.live.served().snapshot.agent("minh").is_some());
}

#[test]
fn what_is_put_back_in_time_was_never_served() {
    let fixture = Fixture::new();
    fixture.offer(&team(&[], None), 10);
    assert!(
        fixture.held().contains("calls would get nobody from "),
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
    assert_eq!(fixture.live.accept(7, "hoa"), Err(NotHeld::Nothing));
    fixture.offer(&team(&["hoa"], None), 10);
    let held = fixture.live.status().held.unwrap();
    assert_eq!(
        fixture.live.accept(held.fingerprint ^ 1, "hoa"),
        Err(NotHeld::Another(held.fingerprint))
    );
    assert_eq!(fixture.version(), 1);
    let (version, confirmed) = fixture.live.accept(held.fingerprint, "hoa").unwrap();
    assert_eq!((version.number, version.fingerprint), (2, held.fingerprint));
    assert_eq!((confirmed.reasons, fixture.version()), (held.reasons, 2));
    assert_eq!(
        fixture.live.accept(held.fingerprint, "hoa"),
        Err(NotHeld::Nothing)
    );
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
    let held = fixture.held();
    assert!(
        held.contains("1 of 1 calls that were compared would ring other people"),
        "{held}"
    );
}

#[test]
fn a_queue_that_is_asked_about_must_not_lose_everybody() {
    let fixture = Fixture::new();
    let for_another_queue = team(&["hoa", "lan", "minh"], Some("service"));
    let ask = |queue: &str, minutes: i64| {
        let call = ComparedCall {
            queue_id: queue.into(),
            to: None,
            from: None,
        };
        let at = clock::now() - SignedDuration::from_mins(minutes);
        fixture.live.note_call(&call, at);
    };
    ask("once", 2);
    ask("sales", 5);
    ask("sales", 2);
    ask("service", 5);
    ask("service", 2);
    fixture.offer(&for_another_queue, 10);
    let held = fixture.held();
    assert!(
        held.contains("calls in queue 'sales' would get nobody from "),
        "{held}"
    );
    assert!(
        !held.contains("service") && !held.contains("once"),
        "{held}"
    );
}

#[test]
fn a_queue_that_reached_nobody_before_loses_nothing() {
    let fixture = Fixture::new();
    fixture.offer(&team(&["hoa", "lan", "minh"], Some("service")), 1);
    fixture
        .live
        .accept(fixture.live.status().held.unwrap().fingerprint, "hoa")
        .unwrap();
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
fn what_was_held_before_a_start_is_held_on_for_the_rest_of_its_time() {
    let fixture = Fixture::new();
    let one = team(&["hoa"], None);
    fixture.offer(&one, 10);
    let record = fixture.live.held_record(fixture.at(30)).unwrap();
    assert_eq!(record.stood, Duration::from_secs(20));
    let crashed = SignedDuration::from_secs(3);
    let restart = |record: HeldRecord, away: SignedDuration| {
        let fixture = Fixture::new();
        let live = RulesAuthority::new(Arc::new(Metrics::new()), HOLD);
        let three = candidate(&team(&["hoa", "lan", "minh"], None));
        live.serve_copy(three, Source::LastGood, LAST_GOOD);
        let written = clock::now() - away;
        live.recall_held(HeldRecord { written, ..record });
        Fixture { live, ..fixture }
    };
    let again = restart(record.clone(), crashed);
    let recalled = again.live.held_record(again.at(0)).unwrap();
    assert!(recalled.stood >= Duration::from_secs(23), "{recalled:?}");
    again.offer(&one, 0);
    assert_eq!(again.held(), in_english(&record.reasons));
    again.tick(36);
    assert_eq!(again.live.served().source, Source::LastGood);
    again.tick(38);
    assert_eq!(again.live.served().source, Source::Database);

    let clock_is_ahead = restart(record.clone(), SignedDuration::from_hours(2400));
    clock_is_ahead.offer(&one, 0);
    clock_is_ahead.tick(29);
    assert_eq!(clock_is_ahead.live.served().source, Source::LastGood);
    let clock_is_behind = restart(record, SignedDuration::from_hours(-2400));
    clock_is_behind.offer(&one, 0);
    clock_is_behind.tick(41);
    assert_eq!(clock_is_behind.live.served().source, Source::Database);
}

#[test]
fn what_was_put_right_while_the_server_was_down_is_forgotten() {
    let fixture = Fixture::new();
    fixture.offer(&team(&["hoa"], None), 10);
    let record = fixture.live.held_record(fixture.at(30)).unwrap();
    let live = RulesAuthority::new(Arc::new(Metrics::new()), HOLD);
    live.recall_held(record);
    live.judge(
        candidate(&team(&["hoa", "lan", "minh"], None)),
        fixture.at(40),
    );
    assert_eq!(live.held_record(fixture.at(40)), None);
    live.judge(candidate(&team(&["hoa"], None)), fixture.at(40));
    let record = live.held_record(fixture.at(41)).unwrap();
    assert_eq!(record.stood, Duration::from_secs(1));
}

#[test]
fn without_a_time_to_hold_nothing_is_held() {
    let live = RulesAuthority::new(Arc::new(Metrics::new()), Duration::ZERO);
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
    let live = RulesAuthority::new(Arc::new(Metrics::new()), HOLD);
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
    let live = RulesAuthority::new(Arc::new(Metrics::new()), HOLD);
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
    let live = RulesAuthority::new(Arc::new(Metrics::new()), HOLD);
    let three = team(&["hoa", "lan", "minh"], None);
    let served = |candidate: CompiledVersion| {
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
    live.accept(held.unwrap(), "hoa").unwrap();
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
    assert!(CompiledVersion::of(&tables, RuleTests::Refuse).has_errors());
    let warned = CompiledVersion::of(&tables, RuleTests::Warn);
    assert_eq!((warned.has_errors(), warned.problems.len()), (false, 1));
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

/// A version of PostgreSQL, as a mirror has it.
fn mirrored(agents: &[&str], version: u64) -> CompiledVersion {
    let mut candidate = candidate(&team(agents, None));
    candidate.mirrored = Some(version);
    candidate
}

#[test]
fn what_another_server_objects_to_is_held_until_somebody_accepts_it() {
    let live = RulesAuthority::new(Arc::new(Metrics::new()), HOLD);
    live.share_verdicts();
    let now = clock::monotonic();
    live.judge(mirrored(&["hoa", "lan"], 1), now);
    let next = mirrored(&["hoa", "lan", "minh"], 2);
    let fingerprint = next.fingerprint;
    let heard = |version, fingerprint, accepted| SharedVerdict {
        version,
        made: Some(now),
        accepted,
        objections: vec![(
            fingerprint,
            "the server x holds it: nobody is left".to_owned(),
        )],
    };
    // Of another version, or of other rows under this number: nothing that is said counts.
    live.hear_verdict(heard(1, fingerprint, None));
    live.judge(mirrored(&["hoa", "lan", "anna"], 2), now);
    assert_eq!(live.served().version, 2);
    live.hear_verdict(heard(3, fingerprint ^ 1, None));
    live.judge(mirrored(&["hoa", "lan", "thu"], 3), now);
    assert_eq!(live.served().version, 3);
    let mut next = mirrored(&["hoa", "lan", "minh"], 4);
    live.hear_verdict(heard(4, fingerprint, None));
    live.judge(next, now);
    let held = live.status().held.unwrap();
    let reasons = CodedSentence::all(&held.reasons, Language::En);
    assert_eq!(reasons, ["the server x holds it: nobody is left"]);
    let (told, accepted) = live.verdict_to_tell();
    assert_eq!(
        told.unwrap().verdict,
        "accept",
        "by itself it would take it"
    );
    assert_eq!(accepted, None);
    // Accepted elsewhere, and said before it is read again.
    live.hear_verdict(heard(4, fingerprint, Some((fingerprint, "lan".to_owned()))));
    assert_eq!(live.served().version, 4);
    next = mirrored(&["hoa", "lan", "minh", "anna"], 5);
    let fingerprint = next.fingerprint;
    live.hear_verdict(heard(5, fingerprint, None));
    live.judge(next, now);
    live.accept(fingerprint, "hoa").unwrap();
    let told = live.verdict_to_tell().1.unwrap();
    assert_eq!((told.version, &*told.actor), (5, "hoa"));
    live.is_told(None, Some(&told));
    assert_eq!(live.verdict_to_tell().1, None);
}
