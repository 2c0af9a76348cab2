//! Agents are rung, and pick up or do not.

use std::collections::BTreeSet;

use super::Floor;
use crate::call_event::Status;
use crate::options::{Ringing, WhenRung};
use crate::people::{CallNumber, CallState, EmulatedCall, Event, Millis};
use stringee::ask::OfferedAgent;

/// For ever, as far as an agent who talks can tell.
const BUSY: Millis = Millis::MAX;

impl Floor<'_> {
    /// Rings whoever comes next on a call's list and is free.
    pub(super) fn ring(&mut self, now: Millis, number: CallNumber) {
        let Some(call) = self.call(number) else {
            return;
        };
        let (offers, tried) = self.next_on_list(call, now);
        let is_free = |offer: &OfferedAgent| self.is_free(&offer.user_id, now);
        let (rung, in_vain): (Vec<_>, Vec<_>) = offers.into_iter().partition(is_free);
        let Some(call) = self.calls.get_mut(number) else {
            return;
        };
        call.tried = tried;
        if rung.is_empty() && in_vain.is_empty() {
            return;
        }
        call.attempt += 1;
        call.state = CallState::Ringing(rung.iter().map(|offer| offer.user_id.clone()).collect());
        let attempt = call.attempt;
        let timeouts = rung
            .iter()
            .chain(&in_vain)
            .map(|offer| offer.answer_timeout);
        let longest = timeouts.max().unwrap_or(0);
        self.plan(
            now + u64::from(longest) * 1000,
            Event::RingEnds {
                call: number,
                attempt,
            },
        );
        for offer in rung {
            self.ring_one(now, number, attempt, offer);
        }
        self.rings_in_vain += in_vain.len();
        for offer in in_vain {
            self.happen(now, number, Status::Ringing, Some(offer.user_id));
        }
    }

    /// Who is rung next, and which places of the list have then been tried.
    fn next_on_list(
        &self,
        call: &EmulatedCall,
        now: Millis,
    ) -> (Vec<OfferedAgent>, BTreeSet<usize>) {
        let (mut rung, mut tried): (Vec<OfferedAgent>, _) = (Vec::new(), call.tried.clone());
        for (at, offer) in call.list.iter().enumerate() {
            if tried.contains(&at) || !self.is_rung_next(&offer.user_id, now) {
                continue;
            }
            tried.insert(at);
            if !self.is_offline(offer, now) && !rung.iter().any(|one| one.user_id == offer.user_id)
            {
                rung.push(offer.clone());
                if self.play.assumptions.ringing == Ringing::InOrder {
                    break;
                }
            }
        }
        (rung, tried)
    }

    fn ring_one(&mut self, now: Millis, number: CallNumber, attempt: u32, offer: OfferedAgent) {
        /// Whoever picks up does so within this time, and before the ringing ends.
        const SLOWEST_SECONDS: u32 = 8;
        let agent = offer.user_id;
        let slowest = offer
            .answer_timeout
            .saturating_sub(2)
            .clamp(1, SLOWEST_SECONDS);
        let state = self.agents.entry(agent.clone()).or_default();
        (state.busy_until, state.is_rung) = (BUSY, true);
        self.happen(now, number, Status::Ringing, Some(agent.clone()));
        let Some(call) = self.call(number) else {
            return;
        };
        let attempt_text = attempt.to_string();
        let about = |what: &'static str| -> [&str; 4] { [what, &call.id, &agent, &attempt_text] };
        if self
            .odds
            .happens(self.behaviour().pick_up_percent, &about("pick up"))
        {
            let seconds = 1 + self.odds.below(slowest, &about("delay"));
            self.plan(
                now + u64::from(seconds) * 1000,
                Event::PickUp {
                    call: number,
                    attempt,
                    agent,
                },
            );
        }
    }

    pub(super) fn pick_up(&mut self, now: Millis, number: CallNumber, attempt: u32, agent: String) {
        let Some(call) = self.calls.get_mut(number) else {
            return;
        };
        let CallState::Ringing(rung) = &call.state else {
            return;
        };
        if call.attempt != attempt {
            return;
        }
        let others: Vec<String> = rung.iter().filter(|one| **one != agent).cloned().collect();
        let talk = self.odds.span_ms(
            f64::from(self.play.behaviour.talk_seconds),
            &["talk", &call.id],
        );
        call.state = CallState::Talking {
            agent: agent.clone(),
            since: now,
        };
        self.agents.entry(agent.clone()).or_default().is_rung = false;
        self.open.remove(&number);
        self.plan(now + talk, Event::TalkEnds { call: number });
        self.happen(now, number, Status::Answered, Some(agent));
        self.release(now, now, others);
    }

    pub(super) fn ring_ends(&mut self, now: Millis, number: CallNumber, attempt: u32) {
        let Some(call) = self.calls.get_mut(number) else {
            return;
        };
        let CallState::Ringing(rung) = call.state.clone() else {
            return;
        };
        if call.attempt == attempt {
            call.state = CallState::Waiting;
            self.release(now, now, rung);
            self.ring(now, number);
        }
    }

    /// Agents can be rung again from some time on.
    pub(super) fn release(&mut self, now: Millis, from: Millis, agents: Vec<String>) {
        for agent in agents {
            let state = self.agents.entry(agent.clone()).or_default();
            (state.busy_until, state.is_rung) = (from, false);
            self.plan(from.max(now), Event::Free { agent });
        }
    }

    /// The call that has waited longest and has this agent on its list rings them.
    pub(super) fn offer_to(&mut self, now: Millis, agent: &str) {
        if !self.is_free(agent, now) {
            return;
        }
        let wants = |call: &EmulatedCall| {
            let untried = call
                .list
                .iter()
                .enumerate()
                .filter(|(at, _)| !call.tried.contains(at));
            call.state == CallState::Waiting
                && untried.into_iter().any(|(_, offer)| offer.user_id == agent)
        };
        let first = self
            .open
            .iter()
            .copied()
            .find(|number| self.call(*number).is_some_and(wants));
        if let Some(number) = first {
            self.ring(now, number);
        }
    }

    /// Whether the platform rings an agent: it does not know that somebody is rung for another call, as far as we know.
    fn is_rung_next(&self, agent: &str, now: Millis) -> bool {
        let is_rung = self.agents.get(agent).is_some_and(|state| state.is_rung);
        let rings_all_the_same = self.play.assumptions.when_rung == WhenRung::InVain;
        self.is_free(agent, now) || is_rung && rings_all_the_same
    }

    fn is_free(&self, agent: &str, now: Millis) -> bool {
        self.agents
            .get(agent)
            .is_none_or(|state| state.busy_until <= now)
    }

    /// An app can be offline; a telephone is always there.
    fn is_offline(&self, offer: &OfferedAgent, now: Millis) -> bool {
        /// How long somebody is off or on before it is drawn again.
        const PERIOD_MS: Millis = 300_000;
        let period = (now / PERIOD_MS).to_string();
        offer.routing_type == 1
            && self.odds.happens(
                self.behaviour().offline_percent,
                &["offline", &offer.user_id, &period],
            )
    }
}
