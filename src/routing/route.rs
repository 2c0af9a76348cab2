//! The evaluation: the first rule that finds somebody answers the call.

use std::ops::ControlFlow;

use super::arena::Index;
use super::call::{Ask, Call};
use super::candidate::{Candidate, Dropped, Gathering};
use super::explain::{Event, Explanation, Observer, Recorder, Silent, StepState};
use super::matching::mismatch;
use super::moment::Moment;
use super::order::put_in_order;
use super::snapshot::{Action, Agent, Group, RoutingType, Rule, Snapshot, Step, Target};
use super::tickets::Tickets;

/// Routes the calls of one request, one after the other, with one snapshot and one moment.
///
/// It owns the space that a decision needs, so that a call allocates nothing once the first has made room.
#[derive(Debug)]
pub struct Router<'s> {
    snapshot: &'s Snapshot,
    moment: &'s Moment,
    lists: Vec<&'s [Index<Rule>]>,
    candidates: Vec<Candidate>,
    decision: Decision,
}

/// Who is rung for a call, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What led to the list.
    pub outcome: Outcome,
    /// Who is rung, in this order.
    pub offers: Vec<Offer>,
}

/// What led to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The steps of this rule.
    Rule(Index<Rule>),
    /// This rule says that nobody is rung.
    Blocked(Index<Rule>),
    /// No rule found anybody; the members of `settings.fallback_group` are rung.
    Fallback,
    /// No rule found anybody, and neither did the fallback.
    Nobody,
}

/// One agent of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Who.
    pub agent: Index<Agent>,
    /// How they are rung.
    pub routing_type: RoutingType,
    /// Seconds to ring, 3 to 120.
    pub answer_timeout: u8,
}

impl<'s> Router<'s> {
    /// A router for a snapshot at one of its moments.
    pub const fn new(snapshot: &'s Snapshot, moment: &'s Moment) -> Self {
        let decision = Decision { outcome: Outcome::Nobody, offers: Vec::new() };
        Self { snapshot, moment, lists: Vec::new(), candidates: Vec::new(), decision }
    }

    /// Decides who is rung for a call that has waited for so many seconds. Total: it cannot fail.
    pub fn route(&mut self, call: &Call<'_>, waited: u32, tickets: &mut impl Tickets) -> &Decision {
        self.decide(call, waited, tickets, &mut Silent);
        &self.decision
    }

    /// The same decision, with every rule that was tried and everybody who was left out.
    pub fn explain(&mut self, call: &Call<'_>, waited: u32, tickets: &mut impl Tickets) -> Explanation<'s> {
        let mut recorder = Recorder::default();
        self.decide(call, waited, tickets, &mut recorder);
        recorder.finish(self.snapshot, self.decision.clone())
    }

    fn decide<O: Observer<'s>>(&mut self, call: &Call<'_>, waited: u32, tickets: &mut impl Tickets, observer: &mut O) {
        let snapshot = self.snapshot;
        let found = call.from.as_ref().and_then(|from| snapshot.callers.find(from, self.moment.today()));
        let ask = Ask { call, waited, caller: found };
        observer.note(Event::Caller(found));
        self.decision.offers.clear();
        let outcome = if O::EVERY_RULE {
            self.first_that_answers(snapshot.rules.iter().map(|(rule, _)| rule), &ask, tickets, observer)
        } else {
            let mut lists = std::mem::take(&mut self.lists);
            let rules = snapshot.index.matches(&ask, &mut lists);
            let outcome = self.first_that_answers(rules, &ask, tickets, observer);
            self.lists = lists;
            outcome
        };
        self.decision.outcome = outcome.unwrap_or_else(|| self.fall_back(&ask, tickets, observer));
    }

    fn first_that_answers(
        &mut self,
        mut rules: impl Iterator<Item = Index<Rule>>,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) -> Option<Outcome> {
        rules.try_for_each(|rule| self.try_rule(rule, ask, tickets, observer)).break_value()
    }

    fn try_rule(
        &mut self,
        index: Index<Rule>,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) -> ControlFlow<Outcome> {
        let Some(rule) = self.snapshot.rules.get(index) else { return ControlFlow::Continue(()) };
        observer.note(Event::Rule(index));
        if let Some(mismatch) = mismatch(rule, ask, self.moment) {
            observer.note(Event::Mismatch(mismatch));
            return ControlFlow::Continue(());
        }
        if rule.action == Action::Nobody {
            return ControlFlow::Break(Outcome::Blocked(index));
        }
        self.take_steps(rule, ask, tickets, observer);
        if self.decision.offers.is_empty() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(Outcome::Rule(index))
        }
    }

    /// Whom a rule rings once it matches, whether or not it does.
    pub(super) fn ring(
        &mut self,
        rule: &Rule,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) -> &[Offer] {
        self.decision.offers.clear();
        self.take_steps(rule, ask, tickets, observer);
        &self.decision.offers
    }

    fn take_steps(
        &mut self,
        rule: &Rule,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) {
        for step in &rule.steps {
            let state = StepState::of(step, ask.waited);
            observer.note(Event::Step(step.number, state));
            if state == StepState::Open {
                self.take_step(step, ask, tickets, observer);
            }
        }
    }

    fn fall_back(
        &mut self,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) -> Outcome {
        let Some(group) = self.snapshot.settings.fallback else { return Outcome::Nobody };
        observer.note(Event::Fallback(group));
        self.take_step(&Step::whole_group(group), ask, tickets, observer);
        if self.decision.offers.is_empty() { Outcome::Nobody } else { Outcome::Fallback }
    }

    /// Adds whom a step rings to the answer.
    fn take_step(
        &mut self,
        step: &Step,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) {
        self.candidates.clear();
        Gathering { snapshot: self.snapshot, moment: self.moment, step }.gather(ask, &mut self.candidates, observer);
        if let Target::Group(group) = step.target
            && let Some(group) = self.snapshot.groups.get(group)
        {
            put_in_order(&mut self.candidates, group, ask.call, self.snapshot, tickets);
        }
        let in_group = !matches!(step.target, Target::Agent(_) | Target::Owner(None));
        let most = step.max_agents.unwrap_or(usize::MAX);
        let before = self.decision.offers.len();
        for candidate in &self.candidates {
            let added = self.decision.offers.len() - before;
            match self.decision.refusal(candidate, added >= most, self.snapshot.settings.max_agents) {
                None => {
                    self.decision.offers.push(candidate.offer());
                    observer.note(Event::Kept(*candidate));
                }
                Some(reason) => {
                    let (agent, level) = (candidate.agent, in_group.then_some(candidate.level));
                    observer.note(Event::Dropped { agent, level, reason });
                }
            }
        }
    }
}

impl Decision {
    /// The name of the rule that answered.
    pub fn rule_name<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s str> {
        self.rule().and_then(|rule| snapshot.rules.get(rule)).map(|rule| &*rule.name)
    }

    /// The rule that answered.
    pub const fn rule(&self) -> Option<Index<Rule>> {
        match self.outcome {
            Outcome::Rule(rule) | Outcome::Blocked(rule) => Some(rule),
            Outcome::Fallback | Outcome::Nobody => None,
        }
    }

    /// The ids of those who are rung, in order.
    pub fn agent_ids<'s>(&self, snapshot: &'s Snapshot) -> Vec<&'s str> {
        let agent = |offer: &Offer| snapshot.agents.get(offer.agent).map(|agent| &*agent.id);
        self.offers.iter().filter_map(agent).collect()
    }

    /// Why the list does not take another offer.
    fn refusal(&self, candidate: &Candidate, step_is_full: bool, max_agents: usize) -> Option<Dropped> {
        let same = |offer: &Offer| offer.agent == candidate.agent && offer.routing_type == candidate.routing_type;
        if self.offers.iter().any(same) {
            Some(Dropped::AlreadyListed)
        } else if step_is_full {
            Some(Dropped::OverStepMaximum)
        } else if self.offers.len() >= max_agents {
            Some(Dropped::OverListMaximum)
        } else {
            None
        }
    }
}

impl Candidate {
    const fn offer(&self) -> Offer {
        Offer { agent: self.agent, routing_type: self.routing_type, answer_timeout: self.answer_timeout }
    }
}

impl Step {
    /// A step that rings all of a group, as the fallback does.
    pub const fn whole_group(group: Index<Group>) -> Self {
        Self {
            number: 0,
            after_seconds: 0,
            until_seconds: None,
            target: Target::Group(group),
            and_group: None,
            max_level: None,
            max_agents: None,
            routing_type: None,
            answer_timeout: None,
        }
    }
}
