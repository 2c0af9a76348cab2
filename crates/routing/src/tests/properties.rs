//! What holds whatever the rules and the calls are.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::fixture::{Asked, Rules, call, decisions};
use super::generate::{any_call, any_rules, right_rules, spoiled_rules};
use crate::compile::{Compiled, Unread, compile_after};
use crate::snapshot::{Agent, RoutingType, Snapshot};
use crate::table::{Cell, Rows, Table, Tables};
use crate::tickets::FirstTicket;

/// What must hold of every decision. That the explanation, which tries all rules one by one, ends where the answer
/// does, and that a second ask is answered alike, is part of [`Asked::decision`].
fn holds(snapshot: &Snapshot, asked: &Asked) {
    let decision = asked.decision(snapshot, &mut FirstTicket);
    let moment = asked.moment(snapshot);
    let mut seen = HashSet::new();
    for offer in &decision.offers {
        let agent = snapshot
            .agents
            .get(offer.agent)
            .expect("an agent of the snapshot");
        assert!(
            seen.insert((offer.agent, offer.routing_type)),
            "{} is rung twice the same way",
            agent.id
        );
        assert!(
            agent.enabled && !moment.is_away(offer.agent),
            "{} cannot be rung",
            agent.id
        );
        assert!(
            offer.routing_type == RoutingType::App || agent.phone_number.is_some(),
            "{} has no phone",
            agent.id
        );
        assert!(
            (3..=120).contains(&offer.answer_timeout),
            "{} s",
            offer.answer_timeout
        );
    }
    assert!(decision.offers.len() <= snapshot.settings.max_agents);
    assert_eq!(decision.agent_ids(snapshot).len(), decision.offers.len());
}

/// Looking through all agents finds whom the index finds.
fn numbers_lead_to_their_agents(snapshot: &Snapshot) {
    let agents = || snapshot.agents.iter().map(|(_, agent)| agent);
    for number in agents().filter_map(|agent| agent.phone_number.as_deref()) {
        let has_number = |agent: &&Agent| agent.phone_number.as_deref() == Some(number);
        let expected: Vec<_> = agents().filter(has_number).map(|agent| &agent.id).collect();
        let found: Vec<_> = snapshot
            .agents_by_telephone(number)
            .map(|agent| &agent.id)
            .collect();
        assert_eq!(found, expected, "{number}");
    }
    assert_eq!(snapshot.agents_by_telephone("84").count(), 0);
}

fn all_hold(snapshot: &Snapshot, calls: &[Asked]) {
    numbers_lead_to_their_agents(snapshot);
    for asked in calls {
        holds(snapshot, asked);
    }
}

/// The version of `after`, of which only those tables are read that differ, and whatever is needed besides.
fn after_reading_what_differs(after: &Tables, before: &Tables, snapshot: &Snapshot) -> Compiled {
    let mut tables = after.clone();
    for table in Table::ALL {
        if after.mark(table) == before.mark(table) {
            tables.set_unread(after.mark(table));
        }
    }
    assert_eq!(tables.fingerprint(), after.fingerprint());
    loop {
        let needed = match compile_after(&tables, snapshot) {
            Ok(compiled) => return compiled,
            Err(Unread(needed)) => needed,
        };
        assert!(needed.iter().all(|table| !tables.is_read(*table)));
        for table in needed {
            let mut rows = Rows::new(table);
            after.rows(table).for_each(|row| rows.push(row.iter()));
            tables.set(rows);
        }
    }
}

fn calls() -> impl Strategy<Value = Vec<Asked>> {
    prop::collection::vec(any_call(), 1..6)
}

proptest! {
    #[test]
    fn what_is_taken_over_from_the_version_before_changes_no_answer(
        (before, after) in (any_rules(), spoiled_rules()),
        calls in calls(),
    ) {
        let alone = after.compiled();
        for before in [&before, &after] {
            let snapshot = before.compiled().snapshot;
            let lazily = after_reading_what_differs(&after.tables(), &before.tables(), &snapshot);
            for compiled in [compile_after(&after.tables(), &snapshot).unwrap(), lazily] {
                prop_assert_eq!(&compiled.problems, &alone.problems);
                prop_assert_eq!(compiled.unnamed, alone.unnamed);
                for asked in &calls {
                    let one = asked.decision(&compiled.snapshot, &mut FirstTicket);
                    prop_assert_eq!(one, asked.decision(&alone.snapshot, &mut FirstTicket));
                }
            }
        }
    }

    #[test]
    fn a_decision_holds_until_it_says_so(
        rules in right_rules(),
        asked in any_call(),
        waited in 0..120_u32,
        later in 1..60_u32,
    ) {
        let snapshot = rules.compiled().snapshot;
        let at = |waited| asked.clone().waited(waited).decision(&snapshot, &mut FirstTicket);
        let (first, second) = (at(waited), at(waited + later));
        if waited + later < first.holds_until {
            prop_assert_eq!(first, second);
        } else {
            prop_assert!(first.holds_until > waited && second.holds_until > first.holds_until);
        }
    }

    #[test]
    fn right_rules_compile_and_answer(rules in right_rules(), calls in calls()) {
        let compiled = rules.compiled();
        prop_assert!(!compiled.has_errors(), "{:#?}", compiled.problems);
        all_hold(&compiled.snapshot, &calls);
        rules.assessed();
    }

    #[test]
    fn rules_with_wrong_cells_still_answer(rules in spoiled_rules(), calls in calls()) {
        all_hold(&rules.compiled().snapshot, &calls);
    }

    #[test]
    fn whatever_the_rows_are_they_compile(rules in any_rules(), calls in calls()) {
        let compiled = rules.compiled();
        all_hold(&compiled.snapshot, &calls);
        rules.assessed();
        for problem in &compiled.problems {
            prop_assert!(!problem.to_string().contains(char::is_control), "{problem:?}");
        }
    }

    #[test]
    fn the_calls_of_one_question_do_not_depend_on_each_other(
        rules in right_rules(),
        calls in prop::collection::vec(any_call(), 1..30),
    ) {
        let snapshot = rules.compiled().snapshot;
        for (asked, decision) in calls.iter().zip(decisions(&calls, &snapshot)) {
            let alone = asked.clone().at_time_of(&calls[0]).decision(&snapshot, &mut FirstTicket);
            prop_assert_eq!(decision, alone, "{:?}", asked);
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(
        (rules, shuffled) in right_rules().prop_flat_map(|rules| (Just(rules.clone()), rules.shuffled())),
        asked in any_call(),
    ) {
        let answer = |rules: &Rules| asked.answer(&rules.compiled().snapshot, &mut FirstTicket);
        prop_assert_eq!(answer(&rules), answer(&shuffled));
    }

    #[test]
    fn a_missing_agent_does_not_change_the_order_of_the_others(
        strategy in select(&["ordered", "weighted", "sticky"][..]),
        members in prop::collection::vec((1_i64..=3, 0_i64..=3, select(&[0_i64, 1, 20, 100][..])), 2..12),
        missing in any::<Index>(),
        number in 0_u64..100_000,
    ) {
        let rules = Rules::new().group("team", strategy).rule("all").ring("team");
        let rules = members.iter().zip(10..).fold(rules, |rules, ((level, position, weight), id)| {
            let id = format!("agent_{id}");
            let member = rules.agent(&id).member("team", &id).with("level", *level);
            member.with("position", *position).with("weight", *weight)
        });
        let missing = format!("agent_{}", 10 + missing.index(members.len()));
        let without = rules.clone().change_agent(&missing, "enabled", 0).snapshot();
        let (all, asked) = (rules.snapshot(), call().nth(number).from(&number.to_string()));
        let rung = |snapshot| asked.decision(snapshot, &mut FirstTicket).agent_ids(snapshot).join(" ");
        let expected = rung(&all).replace(&missing, "").replace("  ", " ");
        prop_assert_eq!(rung(&without), expected.trim());
    }
}

/// How many of so many consecutive calls ring the first, the second ... agent first.
fn firsts(weights: &[i64], calls: u64) -> Vec<usize> {
    let rules = Rules::new()
        .group("team", "weighted")
        .rule("all")
        .ring("team")
        .with("max_agents", 1);
    let rules = (0..)
        .zip(weights)
        .fold(rules, |rules, (id, weight): (usize, _)| {
            let id = format!("agent_{id}");
            rules.agent(&id).member("team", &id).with("weight", *weight)
        });
    let snapshot = rules.snapshot();
    let mut firsts = vec![0; weights.len()];
    for number in 0..calls {
        let decision = call().nth(number).decision(&snapshot, &mut FirstTicket);
        firsts[decision.offers[0].agent.place()] += 1;
    }
    firsts
}

#[test]
#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "small numbers are exact in an f64"
)]
fn weights_hold_within_a_hundredth_of_twenty_thousand_consecutive_calls() {
    const CALLS: u64 = 20_000;
    for weights in [
        &[100, 100, 100, 20][..],
        &[90, 10],
        &[1000, 100, 10, 1],
        &[100, 0],
    ] {
        let sum: i64 = weights.iter().sum();
        for (weight, count) in weights.iter().zip(firsts(weights, CALLS)) {
            let (share, expected) = (count as f64 / CALLS as f64, *weight as f64 / sum as f64);
            assert!(
                (share - expected).abs() < 0.01,
                "weight {weight} of {weights:?}: {share}"
            );
        }
    }
}

#[test]
fn a_share_of_the_calls_holds_over_consecutive_calls() {
    for percent in [1, 10, 50, 99] {
        let rules = Rules::new()
            .agent("partner")
            .agent("hoa")
            .rule("shared")
            .with("split_percent", percent);
        let snapshot = rules
            .ring_agent("partner")
            .rule("rest")
            .ring_agent("hoa")
            .snapshot();
        let shared = |number: &u64| {
            let decision = call().nth(*number).decision(&snapshot, &mut FirstTicket);
            decision.rule_name(&snapshot) == Some("shared")
        };
        let shared: i64 = (0..5000)
            .filter(shared)
            .count()
            .try_into()
            .expect("few calls");
        assert!(
            (shared - 50 * percent).abs() <= 75,
            "{shared} of 5000 calls at {percent} %"
        );
    }
}

#[test]
fn a_row_of_any_length_has_the_width_of_its_table() {
    for table in Table::ALL {
        for length in [0, 1, 20] {
            let tables = Rules::new().raw(table, vec![Cell::Null; length]).tables();
            assert_eq!(tables.count(table), 1, "{length} cells in {}", table.name());
            assert!(
                tables
                    .rows(table)
                    .all(|row| row.iter().count() == table.width())
            );
        }
    }
}
