//! The floor alone: no clock, no network, a list that stays the same.

use std::collections::BTreeMap;

use super::*;
use crate::options::{Assumptions, Kept, Ringing, WhenRung};

fn play() -> Play {
    Play {
        seconds: 3600,
        speed: 1,
        calls_per_second: 0.0,
        hotline_rates: Vec::new(),
        seed: 7,
        url: None,
        events_url: None,
        step_seconds: None,
        kept: Kept::Order,
        behaviour: Behaviour {
            talk_seconds: 30,
            offline_percent: 0,
            ..Behaviour::default()
        },
        assumptions: Assumptions::default(),
    }
}

fn offers(agents: &[&str]) -> Vec<OfferedAgent> {
    let offer = |user_id: &&str| OfferedAgent {
        user_id: (*user_id).to_owned(),
        phone_number: None,
        routing_type: 1,
        answer_timeout: 15,
    };
    agents.iter().map(offer).collect()
}

/// Plays an hour in which every question is answered with the same list. Gives all that has happened.
fn hour<'p>(play: &'p Play, calls_per_second: f64, agents: &[&str]) -> (Floor<'p>, Vec<Happening>) {
    hour_of(play, calls_per_second, agents, |_| 0)
}

/// The same with a list for each call that begins further on in the list of all.
fn hour_of<'p>(
    play: &'p Play,
    calls_per_second: f64,
    agents: &[&str],
    begin: impl Fn(CallNumber) -> usize,
) -> (Floor<'p>, Vec<Happening>) {
    let hotline = Hotline {
        number: "84".to_owned(),
        queue: "Q".to_owned(),
        wrap_up_seconds: 10,
        rate: calls_per_second,
    };
    let mut floor = Floor::new(
        play,
        vec![hotline],
        agents.iter().map(|agent| (*agent).to_owned()),
    );
    let mut happened = Vec::new();
    while let Some(now) = floor.next_time().filter(|now| *now <= 3_600_000) {
        if let Some((_, calls)) = floor.step() {
            for call in calls {
                let mut list = offers(agents);
                list.rotate_left(begin(call) % agents.len());
                floor.answered(now, call, list);
            }
        }
        happened.extend(floor.take_happenings());
    }
    (floor, happened)
}

/// The agents of all happenings of a kind, in order.
fn agents_of(happened: &[Happening], status: Status) -> Vec<&str> {
    let meant = happened
        .iter()
        .filter(|happening| happening.status == status);
    meant
        .filter_map(|happening| happening.agent.as_deref())
        .collect()
}

#[test]
fn nobody_has_two_conversations_at_once_nor_one_in_their_pause() {
    let play = play();
    let (floor, happened) = hour(&play, 0.1, &["a", "b", "c"]);
    let mut free_from: BTreeMap<&str, Millis> = BTreeMap::new();
    for happening in &happened {
        let Some(agent) = happening.agent.as_deref() else {
            continue;
        };
        match happening.status {
            Status::Ringing | Status::Answered => {
                assert!(
                    free_from
                        .get(agent)
                        .is_none_or(|from| *from <= happening.at),
                    "{happening:?}"
                );
                if happening.status == Status::Answered {
                    free_from.insert(agent, Millis::MAX);
                }
            }
            Status::AgentEnded => {
                free_from.insert(agent, happening.at + 10_000);
            }
            _ => {}
        }
    }
    assert!(agents_of(&happened, Status::Answered).len() > 100);
    assert!(floor.calls().len() > 300);
}

/// The median of the milliseconds until somebody picked up.
fn median_wait(floor: &Floor<'_>) -> Millis {
    let waits = floor.calls().iter().filter_map(|call| match call.state {
        CallState::Talking { since, .. } | CallState::Served { since, .. } => {
            Some(since - call.arrived)
        }
        _ => None,
    });
    let mut waits: Vec<Millis> = waits.collect();
    waits.sort_unstable();
    waits[waits.len() / 2]
}

#[test]
fn calls_that_begin_with_the_same_agent_ring_in_vain() {
    let agents = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let (mut waits, mut in_vain) = ([0, 0], [0, 0]);
    for seed in 1..=8 {
        let mut play = play();
        play.seed = seed;
        let alike = |_| 0;
        let begins: [&dyn Fn(CallNumber) -> usize; 2] = [&alike, &|call| call];
        for (at, begin) in begins.into_iter().enumerate() {
            let (floor, _) = hour_of(&play, 0.2, &agents, begin);
            waits[at] += median_wait(&floor);
            in_vain[at] += floor.rings_in_vain;
        }
        play.assumptions.when_rung = WhenRung::Skipped;
        let (skipped, _) = hour(&play, 0.2, &agents);
        assert_eq!(skipped.rings_in_vain, 0);
    }
    assert!(
        waits[1] < waits[0] && in_vain[1] < in_vain[0],
        "{waits:?} ms, {in_vain:?} in vain"
    );
}

#[test]
fn the_first_on_the_list_who_is_free_is_rung_first() {
    let mut play = play();
    // So few and short calls that everybody is free again before the next one.
    play.behaviour.talk_seconds = 1;
    let (_, happened) = hour(&play, 0.002, &["a", "b"]);
    let mut first_rung = BTreeMap::new();
    for happening in happened
        .iter()
        .filter(|happening| happening.status == Status::Ringing)
    {
        first_rung
            .entry(happening.call)
            .or_insert_with(|| happening.agent.clone());
    }
    assert!(first_rung.len() > 2);
    assert!(
        first_rung
            .values()
            .all(|agent| agent.as_deref() == Some("a")),
        "{first_rung:?}"
    );
}

#[test]
fn whoever_does_not_pick_up_is_followed_by_the_next_until_all_were_tried() {
    let mut play = play();
    play.behaviour.pick_up_percent = 0;
    play.behaviour.patience_seconds = 100_000;
    let (_, happened) = hour(&play, 0.0005, &["a", "b", "c"]);
    let first_call = happened
        .iter()
        .filter(|happening| happening.call == 0)
        .cloned()
        .collect::<Vec<_>>();
    let rung = agents_of(&first_call, Status::Ringing);
    assert_eq!(
        rung.get(..7),
        Some(&["a", "b", "c", "a", "b", "c", "a"][..])
    );
}

#[test]
fn all_at_once_rings_all_and_one_has_the_call() {
    let mut play = play();
    play.assumptions.ringing = Ringing::AtOnce;
    play.behaviour.talk_seconds = 1;
    let (_, happened) = hour(&play, 0.002, &["a", "b", "c"]);
    assert!(agents_of(&happened, Status::Answered).len() > 2);
    let rings = agents_of(&happened, Status::Ringing).len();
    assert_eq!(rings % 3, 0);
    let answered = happened
        .iter()
        .filter(|happening| happening.status == Status::Answered);
    let mut calls: Vec<CallNumber> = answered.map(|happening| happening.call).collect();
    let all = calls.len();
    calls.dedup();
    assert_eq!(calls.len(), all, "no call is picked up twice");
}

#[test]
fn a_caller_without_patience_is_lost() {
    let mut play = play();
    play.behaviour.pick_up_percent = 0;
    play.behaviour.patience_seconds = 20;
    let (floor, happened) = hour(&play, 0.05, &["a"]);
    assert_eq!(agents_of(&happened, Status::Answered), [""; 0]);
    let lost = floor
        .calls()
        .iter()
        .filter(|call| matches!(call.state, CallState::Lost { .. }))
        .count();
    assert!(
        lost + 5 > floor.calls().len() && lost > 100,
        "{lost} of {}",
        floor.calls().len()
    );
}
