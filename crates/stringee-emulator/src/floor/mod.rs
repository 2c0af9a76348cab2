//! The floor of the contact center: callers, agents, and the time between them.
//!
//! It knows no clock and no network. It is told that so much emulated time has passed and what was answered, and says
//! what is to be asked and what has happened.

mod ringing;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::call_event::Status;
use super::odds::Odds;
use super::options::{Behaviour, OnEmptyList, Play, WhichCalls};
use super::people::{
    AgentState, CallNumber, CallState, EmulatedCall, Event, Happening, Hotline, Millis,
};
use stringee::ask::OfferedAgent;

/// The people and the calls.
#[derive(Debug)]
pub(super) struct Floor<'p> {
    play: &'p Play,
    odds: Odds,
    hotlines: Vec<Hotline>,
    agents: BTreeMap<String, AgentState>,
    calls: Vec<EmulatedCall>,
    open: BTreeSet<CallNumber>,
    agenda: BinaryHeap<Reverse<(Millis, u64, Event)>>,
    planned: u64,
    happened: Vec<Happening>,
    /// Rings of agents who were rung for another call.
    pub(super) rings_in_vain: usize,
}

impl<'p> Floor<'p> {
    /// Nobody has called yet; the first calls and questions are planned.
    pub(super) fn new(
        play: &'p Play,
        hotlines: Vec<Hotline>,
        agents: impl Iterator<Item = String>,
    ) -> Self {
        let mut floor = Self {
            play,
            odds: Odds::new(play.seed),
            hotlines,
            agents: agents.map(|agent| (agent, AgentState::default())).collect(),
            calls: Vec::new(),
            open: BTreeSet::new(),
            agenda: BinaryHeap::new(),
            planned: 0,
            happened: Vec::new(),
            rings_in_vain: 0,
        };
        for hotline in 0..floor.hotlines.len() {
            floor.plan_arrival(0, hotline, 0);
        }
        let mut queues = BTreeSet::new();
        for hotline in &floor.hotlines {
            queues.insert(hotline.queue.clone());
        }
        let every = u64::from(play.assumptions.ask_every_seconds) * 1000;
        for (nth, queue) in (1..).zip(queues.iter()) {
            // Spread over the pause, so that not all queues are asked about in the same instant.
            let first = every * nth / u64::try_from(queues.len()).unwrap_or(1);
            floor.plan(
                first,
                Event::AskTime {
                    queue: queue.clone(),
                },
            );
        }
        floor
    }

    /// When something happens next.
    pub(super) fn next_time(&self) -> Option<Millis> {
        let Reverse((at, ..)) = self.agenda.peek()?;
        Some(*at)
    }

    /// Lets the next thing happen. Gives the calls to ask about, if it is time to ask.
    pub(super) fn step(&mut self) -> Option<(String, Vec<CallNumber>)> {
        let Reverse((now, _, event)) = self.agenda.pop()?;
        match event {
            Event::Arrival { hotline, nth } => self.arrive(now, hotline, nth),
            Event::AskTime { queue } => return Some(self.ask_time(now, queue)),
            Event::PickUp {
                call,
                attempt,
                agent,
            } => self.pick_up(now, call, attempt, agent),
            Event::RingEnds { call, attempt } => self.ring_ends(now, call, attempt),
            Event::TalkEnds { call } => self.talk_ends(now, call),
            Event::Patience { call } => self.lose(now, call),
            Event::Free { agent } => self.offer_to(now, &agent),
        }
        None
    }

    /// The platform has got a list for a call.
    pub(super) fn answered(&mut self, now: Millis, number: CallNumber, list: Vec<OfferedAgent>) {
        let Some(call) = self.calls.get_mut(number) else {
            return;
        };
        call.asked = true;
        if call.list != list {
            // Whoever has been rung in vain keeps that; places change with the list.
            let mut tried = BTreeSet::new();
            for (at, offer) in (0..).zip(&list) {
                if call
                    .tried
                    .iter()
                    .any(|at| call.list.get(*at) == Some(offer))
                {
                    tried.insert(at);
                }
            }
            call.tried = tried;
            call.list = list;
        }
        if call.tried.len() == call.list.len() {
            call.tried.clear();
        }
        let hangs_up =
            call.list.is_empty() && self.play.assumptions.on_empty_list == OnEmptyList::HangUp;
        match call.state {
            CallState::Waiting if hangs_up => self.lose(now, number),
            CallState::Waiting => self.ring(now, number),
            _ => {}
        }
    }

    /// What has happened since this was last asked.
    pub(super) fn take_happenings(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happened)
    }

    pub(super) fn calls(&self) -> &[EmulatedCall] {
        &self.calls
    }

    pub(super) fn call(&self, number: CallNumber) -> Option<&EmulatedCall> {
        self.calls.get(number)
    }

    pub(super) fn hotline(&self, call: &EmulatedCall) -> Option<&Hotline> {
        self.hotlines.get(call.hotline)
    }

    fn behaviour(&self) -> Behaviour {
        self.play.behaviour
    }

    fn plan(&mut self, at: Millis, event: Event) {
        self.planned += 1;
        self.agenda.push(Reverse((at, self.planned, event)));
    }

    fn plan_arrival(&mut self, now: Millis, hotline: usize, nth: u32) {
        let Some(Hotline { number, rate, .. }) = self.hotlines.get(hotline) else {
            return;
        };
        if *rate > 0.0 {
            let pause = self
                .odds
                .span_ms(1.0 / rate, &["arrival", number, &nth.to_string()]);
            self.plan(now + pause, Event::Arrival { hotline, nth });
        }
    }

    fn arrive(&mut self, now: Millis, hotline: usize, nth: u32) {
        self.plan_arrival(now, hotline, nth + 1);
        let number = self.calls.len();
        let id = call_id(self.play.seed, number);
        let caller = self
            .odds
            .below(self.behaviour().callers.max(1), &["caller", &id]);
        let patience = self.odds.span_ms(
            f64::from(self.behaviour().patience_seconds),
            &["patience", &id],
        );
        self.calls.push(EmulatedCall {
            id,
            from: format!("8498{caller:07}"),
            hotline,
            arrived: now,
            state: CallState::Waiting,
            list: Vec::new(),
            tried: BTreeSet::new(),
            attempt: 0,
            asked: false,
        });
        self.open.insert(number);
        self.plan(now + patience, Event::Patience { call: number });
        self.happen(now, number, Status::Created, None);
        self.happen(now, number, Status::Started, None);
    }

    fn ask_time(&mut self, now: Millis, queue: String) -> (String, Vec<CallNumber>) {
        let every = u64::from(self.play.assumptions.ask_every_seconds.max(1)) * 1000;
        self.plan(
            now + every,
            Event::AskTime {
                queue: queue.clone(),
            },
        );
        let waits = |call: &EmulatedCall| match self.play.assumptions.which_calls {
            WhichCalls::Waiting => call.state == CallState::Waiting,
            WhichCalls::Ringing => matches!(call.state, CallState::Waiting | CallState::Ringing(_)),
            WhichCalls::New => !call.asked && call.state == CallState::Waiting,
        };
        let mut calls = Vec::new();
        for number in &self.open {
            if let Some(call) = self.call(*number)
                && waits(call)
                && let Some(hotline) = self.hotline(call)
                && hotline.queue == queue
            {
                calls.push(*number);
            }
        }
        (queue, calls)
    }

    fn talk_ends(&mut self, now: Millis, number: CallNumber) {
        let Some(call) = self.calls.get_mut(number) else {
            return;
        };
        let CallState::Talking { agent, since } = call.state.clone() else {
            return;
        };
        call.state = CallState::Served {
            agent: agent.clone(),
            since,
        };
        let hotline = call.hotline;
        let hotline = self.hotlines.get(hotline);
        let pause = hotline.map_or(0, |hotline| hotline.wrap_up_seconds);
        self.happen(now, number, Status::AgentEnded, Some(agent.clone()));
        self.happen(now, number, Status::Ended, Some(agent.clone()));
        self.release(now, now + u64::from(pause) * 1000, vec![agent]);
    }

    /// A caller who is still not talking hangs up.
    fn lose(&mut self, now: Millis, number: CallNumber) {
        let Some(call) = self.calls.get_mut(number) else {
            return;
        };
        let rung = match &call.state {
            CallState::Waiting => Vec::new(),
            CallState::Ringing(rung) => rung.clone(),
            _ => return,
        };
        call.state = CallState::Lost { at: now };
        self.open.remove(&number);
        self.happen(now, number, Status::Ended, None);
        self.release(now, now, rung);
    }

    fn happen(&mut self, at: Millis, call: CallNumber, status: Status, agent: Option<String>) {
        self.happened.push(Happening {
            at,
            call,
            status,
            agent,
        });
    }
}

/// Call ids of one server are consecutive numbers, as the real ones are.
fn call_id(seed: u64, number: CallNumber) -> String {
    const FIRST: usize = 1_534_145_391_502;
    let server = super::sample::id("call", &seed.to_string());
    let server: String = server.chars().skip("call_".len()).take(10).collect();
    format!("call-vn-1-{server}-{}", FIRST + number)
}

#[cfg(test)]
mod tests;
