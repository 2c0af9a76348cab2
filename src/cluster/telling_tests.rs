//! Servers, a log between them, and all that can go wrong: replies that are lost, commits that become visible late, servers
//! and PostgreSQL that crash, fail-overs that lose the last rows, clocks that differ. Then the same with a mistake in it,
//! which must be found.

#![expect(
    clippy::disallowed_methods,
    reason = "an instant can only be read from the clock"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use routing::tickets::Place;

use super::*;
use crate::facts::{Draw, FactOfCalls, draw_counts, first_ask};

/// Something that a server could do wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mistake {
    NotToldAgainAfterReconnect,
    NotToldAgainByAge,
    OneSequenceForAll,
    WallClocks,
    LastWriterWins,
    TicketsByArrival,
}

/// How long a row stays in the log, in milliseconds.
const KEPT: u64 = 3_600_000;

/// PostgreSQL's table.
#[derive(Default)]
struct Log {
    rows: Vec<LogRow>,
    drawn: i64,
}

#[derive(Clone)]
struct LogRow {
    writer: i64,
    number: i64,
    /// Of a sequence for all, drawn before the commit.
    drawn: i64,
    at: u64,
    facts: Vec<SharedFact>,
    /// From when on others see it.
    visible: u64,
    /// How far the writer's clock is ahead.
    ahead: u64,
}

/// What a server knows: since when calls wait, in milliseconds of the model's time, and their tickets.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    firsts: BTreeMap<u64, u64>,
    tickets: BTreeMap<u64, (u64, Place)>,
}

/// A server: what it remembers, and what it tells.
struct Teller {
    writer: i64,
    /// The writer of its first connection.
    drawer: u64,
    telling: Telling,
    known: Known,
    /// Its clock begins somewhere else.
    clock: Instant,
    ahead: u64,
    /// The newest number of a sequence for all.
    heard: i64,
    mistake: Option<Mistake>,
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
    /// Others see it later than what was committed after it.
    SeenLater,
}

impl Known {
    fn take_in(&mut self, fact: &FactOfCalls, first: u64, mistake: Option<Mistake>) {
        match fact {
            FactOfCalls::Waits(key) => {
                let known = self.firsts.entry(*key).or_insert(first);
                *known = match mistake {
                    Some(Mistake::LastWriterWins) => first,
                    _ => first_ask(*known, first),
                };
            }
            FactOfCalls::Drew(draw) => {
                let heard = (draw.drawer, draw.place.clone());
                let known = self.tickets.entry(draw.call).or_insert(heard.clone());
                let counts = draw_counts((heard.0, &heard.1), (known.0, &known.1));
                if counts && mistake != Some(Mistake::TicketsByArrival) {
                    *known = heard;
                }
            }
            _ => {}
        }
    }

    /// All of it, as it is told.
    fn facts(&self, ms: u64) -> Vec<SharedFact> {
        let waits =
            |(key, first): (&u64, &u64)| SharedFact::since(*first, ms, FactOfCalls::Waits(*key));
        let mut facts: Vec<SharedFact> = self.firsts.iter().map(waits).collect();
        for (call, (drawer, place)) in &self.tickets {
            facts.push(drew(*call, *drawer, place));
        }
        facts
    }
}

fn drew(call: u64, drawer: u64, place: &Place) -> SharedFact {
    let what = FactOfCalls::Drew(Box::new(Draw {
        ring: 1,
        call,
        drawer,
        place: place.clone(),
    }));
    SharedFact { age_ms: 0, what }
}

impl Teller {
    fn new(writer: i64, mistake: Option<Mistake>) -> Self {
        let clock = Instant::now() + Duration::from_secs(3600 * writer.unsigned_abs());
        Self {
            writer,
            drawer: writer.unsigned_abs(),
            telling: Telling::default(),
            known: Known::default(),
            clock,
            ahead: 7_200_000 * (writer.unsigned_abs() % 3),
            heard: 0,
            mistake,
        }
    }

    fn now(&self, ms: u64) -> Instant {
        self.clock + Duration::from_millis(ms)
    }

    /// It is asked about a call.
    fn is_asked(&mut self, key: u64, ms: u64) {
        if self.known.firsts.contains_key(&key) {
            return;
        }
        self.known.firsts.insert(key, ms);
        let fact = SharedFact::since(ms, ms, FactOfCalls::Waits(key));
        self.telling.learn(&[fact], self.now(ms));
    }

    /// A call draws a ticket, unless it is known to have one.
    fn draws(&mut self, call: u64, member: i64, ms: u64) {
        if self.known.tickets.contains_key(&call) {
            return;
        }
        let place = Place::new(member, "a");
        self.telling
            .learn(&[drew(call, self.drawer, &place)], self.now(ms));
        self.known.tickets.insert(call, (self.drawer, place));
    }

    fn reconnects(&mut self, ms: u64) {
        self.telling.hears(self.writer, i64::MAX);
        self.writer += 1_000;
        if self.mistake != Some(Mistake::NotToldAgainAfterReconnect) {
            self.telling.reconnected(self.now(ms));
        }
    }

    /// One request.
    fn round(&mut self, log: &mut Log, ms: u64, fate: Fate) {
        let now = self.now(ms);
        let is_due = self.telling.is_due_to_tell_all(now);
        if is_due && self.mistake != Some(Mistake::NotToldAgainByAge) {
            self.telling.learn(&self.known.facts(ms), now);
        }
        log.rows.retain(|row| row.at + KEPT > ms);
        let row = self.telling.next_row(now);
        if fate != Fate::Lost
            && let Some((number, facts)) = row
        {
            let visible = match fate {
                Fate::DoneLater => ms + 700,
                Fate::SeenLater => ms + 100,
                _ => ms,
            };
            log.drawn += 1;
            log.rows.push(LogRow {
                writer: self.writer,
                number,
                drawn: log.drawn,
                // Its own time is that of its statement, not that of its commit.
                at: if fate == Fate::DoneLater { visible } else { ms },
                facts,
                visible,
                ahead: self.ahead,
            });
        }
        if !matches!(fate, Fate::Answered | Fate::SeenLater) {
            return self.reconnects(ms);
        }
        let news: Vec<LogRow> = log
            .rows
            .iter()
            .filter(|row| row.visible <= ms && self.is_news(row))
            .cloned()
            .collect();
        for row in news {
            self.telling.hears(row.writer, row.number);
            self.heard = self.heard.max(row.drawn);
            for fact in row.facts {
                let mut first = ms.saturating_sub(u64::from(fact.age_ms) + (ms - row.at));
                if self.mistake == Some(Mistake::WallClocks) {
                    first = (first + row.ahead).saturating_sub(self.ahead);
                }
                self.known.take_in(&fact.what, first, self.mistake);
            }
        }
    }

    fn is_news(&self, row: &LogRow) -> bool {
        if row.writer == self.writer {
            return false;
        }
        if self.mistake == Some(Mistake::OneSequenceForAll) {
            return row.drawn > self.heard;
        }
        let last = self.telling.heard().get(&row.writer);
        row.number > last.copied().unwrap_or_default()
    }
}

/// All servers exchange without trouble, until nothing is left to tell.
fn heal(tellers: &mut [Teller], log: &mut Log, from: u64) {
    for round in 0..240 {
        for teller in &mut *tellers {
            teller.round(log, from + round * 50, Fate::Answered);
        }
    }
}

fn two(mistake: Option<Mistake>) -> ([Teller; 2], Log) {
    (
        [1, 2].map(|writer| Teller::new(writer, mistake)),
        Log::default(),
    )
}

/// Whether a server knows since when call 7 waits: since `first`.
fn knows(teller: &Teller, first: u64) -> bool {
    teller.known.firsts.get(&7) == Some(&first)
}

fn told_with_its_age(mistake: Option<Mistake>) -> bool {
    let (mut tellers, mut log) = two(mistake);
    tellers[0].is_asked(7, 20_000_000);
    heal(&mut tellers, &mut log, 20_000_040);
    knows(&tellers[1], 20_000_000)
}

fn a_request_that_did_not_arrive(mistake: Option<Mistake>) -> bool {
    let (mut tellers, mut log) = two(mistake);
    tellers[0].is_asked(7, 0);
    tellers[0].round(&mut log, 10, Fate::Lost);
    // Before all is told once more after some seconds.
    for round in 0..20 {
        tellers[0].round(&mut log, 60 + round * 50, Fate::Answered);
        tellers[1].round(&mut log, 60 + round * 50, Fate::Answered);
    }
    knows(&tellers[1], 0)
}

fn rows_that_a_fail_over_loses(mistake: Option<Mistake>) -> bool {
    let (mut tellers, mut log) = two(mistake);
    tellers[0].is_asked(7, 0);
    tellers[0].round(&mut log, 10, Fate::Answered);
    log.rows.clear();
    // Five seconds pass until another host answers.
    tellers[0].round(&mut log, 5_000, Fate::Lost);
    for round in 0..20 {
        tellers[0].round(&mut log, 5_050 + round * 50, Fate::Answered);
        tellers[1].round(&mut log, 5_050 + round * 50, Fate::Answered);
    }
    knows(&tellers[1], 0)
}

fn a_commit_seen_after_later_ones(mistake: Option<Mistake>) -> bool {
    let (mut tellers, mut log) = two(mistake);
    tellers[0].is_asked(7, 0);
    tellers[0].round(&mut log, 10, Fate::SeenLater);
    let mut third = Teller::new(3, mistake);
    third.is_asked(8, 20);
    third.round(&mut log, 30, Fate::Answered);
    for round in 0..20 {
        tellers[1].round(&mut log, 60 + round * 50, Fate::Answered);
    }
    knows(&tellers[1], 0)
}

fn a_call_that_waits_for_longer_than_the_log_lasts(mistake: Option<Mistake>) -> bool {
    let (mut tellers, mut log) = two(mistake);
    tellers[0].is_asked(7, 0);
    for minute in 0..90 {
        tellers[0].round(&mut log, minute * 60_000, Fate::Answered);
    }
    tellers[1].round(&mut log, 90 * 60_000, Fate::Answered);
    knows(&tellers[1], 0)
}

fn of_two_first_asks_the_earlier_counts(mistake: Option<Mistake>) -> bool {
    let (mut tellers, mut log) = two(mistake);
    tellers[1].is_asked(7, 30);
    tellers[0].is_asked(7, 20);
    heal(&mut tellers, &mut log, 50);
    knows(&tellers[0], 20) && knows(&tellers[1], 20)
}

fn of_two_tickets_the_same_counts_everywhere(mistake: Option<Mistake>) -> bool {
    let (mut tellers, mut log) = two(mistake);
    tellers[1].draws(7, 5, 30);
    tellers[0].draws(7, 3, 40);
    heal(&mut tellers, &mut log, 50);
    tellers[0].known.tickets == tellers[1].known.tickets
}

#[test]
fn every_mistake_is_found() {
    type Case = fn(Option<Mistake>) -> bool;
    let cases: [(Mistake, Case); 7] = [
        (
            Mistake::NotToldAgainAfterReconnect,
            a_request_that_did_not_arrive,
        ),
        (
            Mistake::NotToldAgainAfterReconnect,
            rows_that_a_fail_over_loses,
        ),
        (
            Mistake::NotToldAgainByAge,
            a_call_that_waits_for_longer_than_the_log_lasts,
        ),
        (Mistake::OneSequenceForAll, a_commit_seen_after_later_ones),
        (Mistake::WallClocks, told_with_its_age),
        (
            Mistake::LastWriterWins,
            of_two_first_asks_the_earlier_counts,
        ),
        (
            Mistake::TicketsByArrival,
            of_two_tickets_the_same_counts_everywhere,
        ),
    ];
    for (place, (mistake, holds)) in cases.into_iter().enumerate() {
        assert!(holds(None), "case {place}");
        assert!(!holds(Some(mistake)), "case {place} finds no {mistake:?}");
    }
}

#[test]
fn a_request_that_is_done_when_its_server_has_told_more_and_is_gone_is_not_passed_over() {
    let (mut tellers, mut log) = two(None);
    tellers[0].is_asked(1, 0);
    tellers[0].round(&mut log, 0, Fate::Answered);
    tellers[0].is_asked(7, 5);
    tellers[0].round(&mut log, 10, Fate::DoneLater);
    tellers[0].round(&mut log, 60, Fate::Answered);
    tellers[1].round(&mut log, 70, Fate::Answered);
    tellers[0] = Teller::new(3, None);
    heal(&mut tellers, &mut log, 1_000);
    assert!(tellers[1].known.firsts.contains_key(&7));
}

#[test]
fn a_server_that_starts_again_hears_what_its_earlier_start_told() {
    let (mut tellers, mut log) = two(None);
    tellers[0].is_asked(7, 0);
    tellers[0].draws(7, 2, 0);
    for round in 0..2 {
        tellers[0].round(&mut log, 10 + round, Fate::Answered);
    }
    let before = tellers[0].known.clone();
    tellers[0] = Teller::new(3, None);
    heal(&mut tellers, &mut log, 60);
    assert_eq!(tellers[0].known, before);
}

#[test]
fn what_waits_is_bounded_and_the_rest_is_counted() {
    let mut telling = Telling::default();
    let fact = SharedFact::since(0, 0, FactOfCalls::Waits(1));
    let facts = vec![fact; MAX_WAITING + 10];
    telling.learn(&facts, Instant::now());
    assert_eq!(telling.take_dropped(), 10);
    let (_, row) = telling.next_row(Instant::now()).unwrap();
    assert_eq!(row.len(), MAX_FACTS);
    for writer in 0..5_000 {
        telling.hears(writer, 1);
    }
    assert_eq!(telling.heard().len(), MAX_HEARD);
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    Ask(usize, u64),
    Draw(usize, u64, i64),
    Round(usize, Fate),
    Restart(usize),
    /// A standby takes over that lacks so many milliseconds, and whose clock is so far ahead.
    FailOver(u64),
    Pass(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let fate = prop_oneof![
        6 => Just(Fate::Answered),
        1 => Just(Fate::Lost),
        1 => Just(Fate::ReplyLost),
        1 => Just(Fate::DoneLater),
        1 => Just(Fate::SeenLater),
    ];
    prop_oneof![
        4 => (0..3_usize, 0..20_u64).prop_map(|(teller, key)| Event::Ask(teller, key)),
        3 => (0..3_usize, 0..9_u64, 0..5_i64)
            .prop_map(|(teller, call, member)| Event::Draw(teller, call, member)),
        10 => (0..3_usize, fate).prop_map(|(teller, fate)| Event::Round(teller, fate)),
        1 => (0..3_usize).prop_map(Event::Restart),
        1 => (0..3_000_u64).prop_map(Event::FailOver),
        6 => (0..400_u64).prop_map(Event::Pass),
    ]
}

proptest! {
    // `PROPTEST_CASES=20000` tries as many.

    /// Whatever happened, once all is well every server knows of each call the earliest ask and the lowest ticket that any of
    /// them remembers, all know the same tickets, and nobody takes a call to wait for longer than it does.
    #[test]
    fn servers_come_to_agree(events in prop::collection::vec(event(), 0..200)) {
        let (mut tellers, mut log) = ([1, 2, 3].map(|writer| Teller::new(writer, None)), Log::default());
        let (mut now, mut next_writer) = (0, 4);
        let mut truth = BTreeMap::new();
        for event in events {
            match event {
                Event::Ask(teller, key) => {
                    truth.entry(key).or_insert(now);
                    tellers[teller].is_asked(key, now);
                }
                Event::Draw(teller, call, member) => tellers[teller].draws(call, member, now),
                Event::Round(teller, fate) => tellers[teller].round(&mut log, now, fate),
                Event::Restart(teller) => {
                    tellers[teller] = Teller::new(next_writer, None);
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
        let mut all = Known::default();
        for teller in &tellers {
            for fact in teller.known.facts(now) {
                all.take_in(&fact.what, now - u64::from(fact.age_ms), None);
            }
        }
        heal(&mut tellers, &mut log, now + 1_000);
        for teller in &tellers {
            for (key, first) in &all.firsts {
                let known = teller.known.firsts.get(key);
                prop_assert!(known.is_some_and(|known| known <= first), "{key}: {known:?}, not {first}");
            }
            for (key, first) in &teller.known.firsts {
                prop_assert!(first >= &truth[key], "{key} waits for longer than it does");
            }
            for (call, ticket) in &all.tickets {
                let known = teller.known.tickets.get(call);
                prop_assert!(known.is_some_and(|known| known <= ticket), "{call}: {known:?}, not {ticket:?}");
            }
            prop_assert_eq!(&teller.known.tickets, &tellers[0].known.tickets);
        }
    }
}
