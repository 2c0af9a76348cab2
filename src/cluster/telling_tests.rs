//! Servers come to agree whatever happens, and every mistake that is planted is found.

#![expect(
    clippy::disallowed_methods,
    reason = "an instant can only be read from the clock"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::model::{Fate, Known, Log, Mistake, Teller};
use super::*;
use crate::facts::{FactOfCalls, SharedFact};

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
    let fact = ToldFact {
        project: 0,
        fact: SharedFact::since(0, 0, FactOfCalls::Waits(1)),
    };
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
            for ToldFact { fact, .. } in teller.known.facts(now) {
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
