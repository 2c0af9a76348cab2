//! Servers, a log between them, and all that can go wrong: replies that are lost, commits that become visible late, servers
//! and PostgreSQL that crash, fail-overs that lose the last rows.

#![expect(
    clippy::disallowed_methods,
    reason = "an instant can only be read from the clock"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Since when a call waits, in milliseconds of the model's time.
type Firsts = BTreeMap<u64, u64>;

/// PostgreSQL's table.
#[derive(Default)]
struct Log {
    rows: Vec<LogRow>,
}

#[derive(Clone)]
struct LogRow {
    writer: i64,
    number: i64,
    at: u64,
    facts: Vec<WaitingCall>,
    /// From when on others see it.
    visible: u64,
}

/// A server: what it remembers, and what it tells.
struct Teller {
    writer: i64,
    telling: Telling,
    firsts: Firsts,
    /// Whether it tells all that it knows on a new connection.
    tells_all: bool,
    /// Its clock begins somewhere else.
    clock: Instant,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Answered,
    /// It has not arrived.
    Lost,
    /// It was done, and nobody heard so.
    ReplyLost,
    /// It is done later, when its connection is long given up.
    DoneLater,
}

impl Teller {
    fn new(writer: i64) -> Self {
        let clock = Instant::now() + Duration::from_secs(3600 * writer.unsigned_abs());
        Self {
            writer,
            telling: Telling::default(),
            firsts: Firsts::new(),
            tells_all: false,
            clock,
        }
    }

    fn now(&self, ms: u64) -> Instant {
        self.clock + Duration::from_millis(ms)
    }

    /// It is asked about a call.
    fn is_asked(&mut self, key: u64, ms: u64) {
        if self.firsts.contains_key(&key) {
            return;
        }
        self.firsts.insert(key, ms);
        let fact = WaitingCall { key, age_ms: 0 };
        self.telling.learn(&[fact], self.now(ms));
    }

    fn reconnects(&mut self, ms: u64) {
        let now = self.now(ms);
        self.writer += 1_000;
        self.telling.reconnected(now);
        if self.tells_all {
            let age = |first: u64| u32::try_from(ms - first).unwrap();
            let facts: Vec<WaitingCall> = self
                .firsts
                .iter()
                .map(|(key, first)| WaitingCall {
                    key: *key,
                    age_ms: age(*first),
                })
                .collect();
            self.telling.learn(&facts, now);
        }
    }

    /// The same server, which tells all that it knows on a new connection.
    fn telling_all(mut self) -> Self {
        self.tells_all = true;
        self
    }

    /// One request.
    fn round(&mut self, log: &mut Log, ms: u64, fate: Fate) {
        let row = self.telling.next_row(self.now(ms));
        if fate != Fate::Lost
            && let Some((number, facts)) = row
        {
            let visible = if fate == Fate::DoneLater {
                ms + 700
            } else {
                ms
            };
            log.rows.push(LogRow {
                writer: self.writer,
                number,
                at: visible,
                facts,
                visible,
            });
        }
        if fate != Fate::Answered {
            return self.reconnects(ms);
        }
        let is_news = |row: &&LogRow, telling: &Telling| {
            let last = telling
                .heard()
                .get(&row.writer)
                .copied()
                .unwrap_or_default();
            row.writer != self.writer && row.visible <= ms && row.number > last
        };
        let news: Vec<LogRow> = log
            .rows
            .iter()
            .filter(|row| is_news(row, &self.telling))
            .cloned()
            .collect();
        for row in news {
            self.telling.hears(row.writer, row.number);
            for fact in row.facts {
                let first = ms.saturating_sub(u64::from(fact.age_ms) + (ms - row.at));
                let known = self.firsts.entry(fact.key).or_insert(first);
                *known = first.min(*known);
            }
        }
    }
}

/// All servers exchange without trouble, until nothing is left to tell.
fn heal(tellers: &mut [Teller], log: &mut Log, from: u64) {
    for round in 0..40 {
        for teller in &mut *tellers {
            teller.round(log, from + round * 50, Fate::Answered);
        }
    }
}

fn two() -> [Teller; 2] {
    [Teller::new(1), Teller::new(2)]
}

#[test]
fn what_was_told_is_known_to_the_others_with_its_age() {
    let (mut tellers, mut log) = (two(), Log::default());
    tellers[0].is_asked(7, 1_000);
    heal(&mut tellers, &mut log, 1_040);
    assert_eq!(tellers[1].firsts, Firsts::from([(7, 1_000)]));
}

#[test]
fn a_request_that_did_not_arrive_is_told_again() {
    let (mut tellers, mut log) = (two(), Log::default());
    tellers[0].is_asked(7, 0);
    tellers[0].round(&mut log, 10, Fate::Lost);
    heal(&mut tellers, &mut log, 60);
    assert_eq!(tellers[1].firsts.get(&7), Some(&0));
}

#[test]
fn a_commit_that_becomes_visible_after_later_ones_is_not_missed() {
    let (mut tellers, mut log) = (two(), Log::default());
    tellers[0].is_asked(7, 0);
    tellers[0].round(&mut log, 10, Fate::DoneLater);
    tellers[0].is_asked(8, 20);
    heal(&mut tellers, &mut log, 60);
    assert_eq!(tellers[1].firsts, Firsts::from([(7, 0), (8, 20)]));
}

#[test]
fn a_request_that_is_done_when_its_server_has_told_more_and_is_gone_is_not_passed_over() {
    let (mut tellers, mut log) = (two(), Log::default());
    tellers[0].is_asked(1, 0);
    tellers[0].round(&mut log, 0, Fate::Answered);
    tellers[0].is_asked(7, 5);
    tellers[0].round(&mut log, 10, Fate::DoneLater);
    tellers[0].round(&mut log, 60, Fate::Answered);
    tellers[1].round(&mut log, 70, Fate::Answered);
    tellers[0] = Teller::new(3);
    heal(&mut tellers, &mut log, 1_000);
    assert!(tellers[1].firsts.contains_key(&7));
}

#[test]
fn rows_that_a_fail_over_loses_are_told_again() {
    let (mut tellers, mut log) = (two(), Log::default());
    tellers[0].is_asked(7, 0);
    tellers[0].round(&mut log, 10, Fate::Answered);
    log.rows.clear();
    // Five seconds pass until another host answers.
    tellers[0].round(&mut log, 5_000, Fate::Lost);
    heal(&mut tellers, &mut log, 5_050);
    assert_eq!(tellers[1].firsts.get(&7), Some(&0));
}

#[test]
fn a_server_that_starts_again_hears_what_its_earlier_start_told() {
    let (mut tellers, mut log) = (two(), Log::default());
    tellers[0].is_asked(7, 0);
    tellers[0].round(&mut log, 10, Fate::Answered);
    tellers[0] = Teller::new(3);
    heal(&mut tellers, &mut log, 60);
    assert_eq!(tellers[0].firsts.get(&7), Some(&0));
}

#[test]
fn of_two_first_asks_the_earlier_counts_everywhere() {
    let (mut tellers, mut log) = (two(), Log::default());
    tellers[1].is_asked(7, 30);
    tellers[0].is_asked(7, 20);
    heal(&mut tellers, &mut log, 50);
    assert_eq!(tellers[0].firsts, tellers[1].firsts);
    assert_eq!(tellers[0].firsts.get(&7), Some(&20));
}

#[test]
fn what_waits_is_bounded_and_the_rest_is_counted() {
    let mut telling = Telling::default();
    let facts = vec![WaitingCall { key: 1, age_ms: 0 }; MAX_WAITING + 10];
    telling.learn(&facts, Instant::now());
    assert_eq!(telling.take_dropped(), 10);
    let (_, row) = telling.next_row(Instant::now()).unwrap();
    assert_eq!(row.len(), MAX_FACTS);
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    Ask(usize, u64),
    Round(usize, Fate),
    Restart(usize),
    /// A standby takes over that lacks so many milliseconds.
    FailOver(u64),
    Pass(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let fate = prop_oneof![
        6 => Just(Fate::Answered),
        1 => Just(Fate::Lost),
        1 => Just(Fate::ReplyLost),
        1 => Just(Fate::DoneLater),
    ];
    prop_oneof![
        4 => (0..3_usize, 0..20_u64).prop_map(|(teller, key)| Event::Ask(teller, key)),
        10 => (0..3_usize, fate).prop_map(|(teller, fate)| Event::Round(teller, fate)),
        1 => (0..3_usize).prop_map(Event::Restart),
        1 => (0..3_000_u64).prop_map(Event::FailOver),
        6 => (0..400_u64).prop_map(Event::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happened, once all is well every server knows of each call the earliest ask that any of them remembers, and
    /// nobody takes a call to wait for longer than it does.
    #[test]
    fn servers_come_to_agree(events in prop::collection::vec(event(), 0..200)) {
        let (mut tellers, mut log) = ([1, 2, 3].map(|writer| Teller::new(writer).telling_all()), Log::default());
        let (mut now, mut next_writer) = (0, 4);
        let mut truth = Firsts::new();
        for event in events {
            match event {
                Event::Ask(teller, key) => {
                    truth.entry(key).or_insert(now);
                    tellers[teller].is_asked(key, now);
                }
                Event::Round(teller, fate) => tellers[teller].round(&mut log, now, fate),
                Event::Restart(teller) => {
                    tellers[teller] = Teller::new(next_writer).telling_all();
                    next_writer += 1;
                }
                Event::FailOver(lost) => {
                    log.rows.retain(|row| row.visible + lost <= now);
                    // Every connection breaks.
                    for teller in &mut tellers {
                        teller.reconnects(now);
                    }
                }
                Event::Pass(ms) => now += ms,
            }
        }
        let mut earliest = Firsts::new();
        for teller in &tellers {
            for (key, first) in &teller.firsts {
                let known = earliest.entry(*key).or_insert(*first);
                *known = (*first).min(*known);
            }
        }
        heal(&mut tellers, &mut log, now + 1_000);
        for teller in &tellers {
            for (key, first) in &earliest {
                let known = teller.firsts.get(key);
                prop_assert!(known.is_some_and(|known| known <= first), "{key}: {known:?}, not {first}");
            }
            for (key, first) in &teller.firsts {
                prop_assert!(first >= &truth[key], "{key} waits for longer than it does");
            }
        }
    }
}
