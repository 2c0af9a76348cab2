//! Facts are a set: joined in whatever order, as often as one likes, it is the same; and it says what the events said.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::super::tests::{agent_activity, events_ledger};
use super::*;

const AGENTS: [&str; 3] = ["hoa", "lan", "minh"];

fn event_time() -> impl Strategy<Value = EventTime> {
    (0..60_000_i64, 0..20_000_i64).prop_map(|(order, late)| EventTime {
        order,
        at: order + late,
    })
}

fn fact() -> impl Strategy<Value = CallFacts> {
    let what = prop_oneof![
        Just(FactKind::Rung),
        Just(FactKind::Took),
        Just(FactKind::PartEnded)
    ];
    let of_agent = (what, 0..AGENTS.len(), event_time()).prop_map(|(what, agent, stamp)| {
        CallFacts::of(Fact {
            what,
            agent: AGENTS[agent].into(),
            stamp,
        })
    });
    prop_oneof![9 => of_agent, 1 => event_time().prop_map(CallFacts::over)]
}

fn joined<'f>(facts: impl IntoIterator<Item = &'f CallFacts>) -> CallFacts {
    let mut all = CallFacts::default();
    for fact in facts {
        all.merge(fact.clone());
    }
    all
}

fn set() -> impl Strategy<Value = CallFacts> {
    prop::collection::vec(fact(), 0..60).prop_map(|facts| joined(&facts))
}

/// What is known of a set of facts, fact by fact and without any care for time.
#[derive(Debug, Default, PartialEq)]
struct Naive {
    facts: BTreeMap<(Millis, FactKind, String), Millis>,
    over: Option<EventTime>,
}

impl Naive {
    fn of(facts: &[CallFacts]) -> Self {
        let mut naive = Self::default();
        for facts in facts {
            for fact in &facts.facts {
                let key = (fact.stamp.order, fact.what, fact.agent.to_string());
                let at = naive.facts.entry(key).or_insert(fact.stamp.at);
                *at = fact.stamp.at.min(*at);
            }
            naive.over = naive.over.into_iter().chain(facts.over).min();
        }
        while naive.facts.len() > MAX_FACTS {
            naive.facts.pop_first();
        }
        naive
    }
}

proptest! {
    #[test]
    fn joining_is_commutative_associative_and_idempotent(one in set(), other in set(), third in set()) {
        prop_assert_eq!(joined([&one, &other]), joined([&other, &one]));
        let (left, right) = (joined([&one, &other]), joined([&other, &third]));
        prop_assert_eq!(joined([&left, &third]), joined([&one, &right]));
        prop_assert_eq!(joined([&one, &one]), one);
    }

    #[test]
    fn a_set_is_what_a_naive_one_is(facts in prop::collection::vec(fact(), 0..60)) {
        let all = joined(&facts);
        prop_assert_eq!(Naive::of(&[all]), Naive::of(&facts));
    }

    /// In any order, some of it twice: the same is known of every agent.
    #[test]
    fn the_order_of_events_is_nothing(
        (events, shuffled, again) in prop::collection::vec((0..4_u64, fact()), 1..40).prop_flat_map(|events| {
            let (shuffled, again) = (Just(events.clone()).prop_shuffle(), subsequence(events.clone(), 0..events.len()));
            (Just(events), shuffled, again)
        })
    ) {
        let (one, other) = (events_ledger(&events), events_ledger(shuffled.iter().chain(&again)));
        for agent in AGENTS {
            for now in [0, 30_000, 61_000, 100_000] {
                prop_assert_eq!(agent_activity(&one, agent, now), agent_activity(&other, agent, now), "{} at {}", agent, now);
            }
        }
    }

    /// At each moment at most one agent has a call; nobody has it who did not take it, or after it is over.
    #[test]
    fn parts_follow_each_other(facts in set()) {
        let parts = facts.parts();
        for pair in parts.windows(2) {
            prop_assert!(pair[0].ended.is_some_and(|ended| ended.order <= pair[1].began.order));
        }
        for part in &parts {
            let took = |fact: &Fact| fact.what == FactKind::Took && fact.agent == part.agent;
            prop_assert!(facts.facts.iter().any(took));
            prop_assert!(facts.over.is_none_or(|over| part.ended.is_some_and(|ended| ended <= over)));
        }
    }
}

fn at(second: Millis) -> EventTime {
    EventTime::new(None, second * 1000)
}

#[track_caller]
fn check_missed(facts: &[(FactKind, &str, Millis)], over: Option<Millis>, expected: &[&str]) {
    let mut all = CallFacts::default();
    for (what, agent, second) in facts {
        all.merge(CallFacts::of(Fact {
            what: *what,
            agent: (*agent).into(),
            stamp: at(*second),
        }));
    }
    if let Some(over) = over {
        all.merge(CallFacts::over(at(over)));
    }
    let missed: Vec<MissedRing> = all.missed_rings().collect();
    let missed: Vec<&str> = missed.iter().map(|ring| &*ring.agent).collect();
    assert_eq!(missed, expected);
}

#[test]
fn who_was_given_no_time_to_answer_has_missed_nothing() {
    let hoa = (FactKind::Rung, "hoa", 0);
    check_missed(&[hoa], None, &["hoa"]);
    check_missed(&[hoa], Some(9), &[]);
    check_missed(&[hoa], Some(10), &["hoa"]);
    check_missed(&[hoa, (FactKind::Took, "lan", 9)], None, &[]);
    check_missed(&[hoa, (FactKind::Took, "hoa", 12)], None, &[]);
    let rung_after = [
        hoa,
        (FactKind::Rung, "lan", 15),
        (FactKind::Took, "lan", 18),
    ];
    check_missed(&rung_after, Some(90), &["hoa"]);
}

#[test]
fn a_stamp_that_cannot_be_is_none() {
    let at = 5_000_000;
    for (stamp, order) in [
        (Some(at - 1), at - 1),
        (Some(at + 1), at),
        (Some(0), at - LONGEST_WAY_MS),
        (Some(Millis::MIN), at - LONGEST_WAY_MS),
        (None, at),
    ] {
        assert_eq!(EventTime::new(stamp, at).order, order, "{stamp:?}");
    }
}
