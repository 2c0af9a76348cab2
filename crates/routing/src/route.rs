//! The evaluation: the first rule that finds somebody answers the call.
//!
//! ```text
//! call (queue 'sales', from 84986776777, to 842471083333, waited 21 s)
//!   rule 10 "blocked callers"   caller_tag 'blocked'       does not match
//!   rule 20 "VIP desk"          caller_tag 'vip'           matches; nobody is on shift: the next rule is tried
//!   rule 30 "sales"             queue_id 'sales'           matches
//!     step 1, from second 0     group 'sales'              lan, minh
//!     step 2, from second 20    agent 'supervisor'         joins, as 21 >= 20
//!     step 3, from second 45    mobiles of group 'sales'   not yet
//! answer: lan, minh, supervisor
//! ```
//!
//! A later step widens the ring and never narrows it, so a call whose waiting time was lost is still answered. A rule
//! that rings `nobody` ends the search with an empty list; no rule at all leads to `settings.fallback_group`.

use std::ops::ControlFlow;

use super::activity::Activity;
use super::arena::Index;
use super::call::{Ask, Call};
use super::candidate::{Candidate, Candidates, Gathering, USUAL_TEAM};
use super::explain::{Event, Explanation, MatchRecorder, Observer, Recorder, Silent, StepState};
use super::index::Lists;
use super::matching::mismatch;
use super::moment::Moment;
use super::order::{Turns, as_gathered, put_in_order};
use super::snapshot::{Action, Agent, RoutingType, Rule, Snapshot, Step, Target};
use super::step::Limits;
use super::tickets::Tickets;

/// Routes the calls of one request, one after the other, with one snapshot and one moment.
///
/// It owns the space that a decision needs: once the first call has made room, the others allocate nothing.
#[derive(Debug)]
pub struct Router<'s> {
    snapshot: &'s Snapshot,
    moment: &'s Moment,
    lists: Lists<'s>,
    candidates: Candidates,
    turns: Turns,
    /// The step that `candidates` are of, if they would be the same for another call.
    gathered: Option<&'s Step>,
    /// Whom a group that spreads has put first in the list.
    first: Option<Index<Agent>>,
    decision: Decision,
}

/// Who is rung for a call, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What led to the list.
    pub outcome: Outcome,
    /// Who is rung, in this order.
    pub offers: Vec<Offer>,
    /// Waited seconds from which on the same call may be answered otherwise, because a step begins or ends.
    pub holds_until: u32,
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
    pub fn new(snapshot: &'s Snapshot, moment: &'s Moment) -> Self {
        let decision = Decision {
            outcome: Outcome::Nobody,
            offers: Vec::with_capacity(USUAL_TEAM),
            holds_until: u32::MAX,
        };
        let (lists, candidates, turns) = (Lists::new(), Candidates::new(), Turns::new());
        Self {
            snapshot,
            moment,
            lists,
            candidates,
            turns,
            gathered: None,
            first: None,
            decision,
        }
    }

    /// Decides who is rung for a call that has waited for so many seconds. Total: it cannot fail.
    pub fn route(&mut self, call: &Call<'_>, waited: u32, tickets: &mut impl Tickets) -> &Decision {
        self.decide(call, waited, tickets, &mut Silent);
        &self.decision
    }

    /// The same decision, with every rule that was tried and everybody who was left out.
    pub fn explain(
        &mut self,
        call: &Call<'_>,
        waited: u32,
        tickets: &mut impl Tickets,
    ) -> Explanation<'s> {
        let mut recorder = Recorder::default();
        self.decide(call, waited, tickets, &mut recorder);
        recorder.finish(self.snapshot, self.moment, self.decision.clone())
    }

    /// The same without rules that the index leaves out, and without those who cannot be rung by a step that was looked at
    /// just before.
    pub fn explain_matches(
        &mut self,
        call: &Call<'_>,
        waited: u32,
        tickets: &mut impl Tickets,
    ) -> Explanation<'s> {
        let mut recorder = MatchRecorder::default();
        self.decide(call, waited, tickets, &mut recorder);
        let MatchRecorder(recorder) = recorder;
        recorder.finish(self.snapshot, self.moment, self.decision.clone())
    }

    /// The priority of the first rule that matches a call: which of the calls of a question chooses first.
    pub fn priority(&mut self, call: &Call<'_>, waited: u32) -> u8 {
        let snapshot = self.snapshot;
        if !snapshot.prioritises {
            return 0;
        }
        let ask = self.ask(call, waited);
        let mut lists = std::mem::take(&mut self.lists);
        let mut priority = 0;
        for rule in snapshot.index.matches(&ask, &mut lists) {
            if let Some(rule) = snapshot.rules.get(rule)
                && mismatch(rule, &ask, self.moment).is_none()
            {
                priority = rule.priority;
                break;
            }
        }
        self.lists = lists;
        priority
    }

    /// The call beside what the tables know of its caller.
    fn ask<'a>(&self, call: &'a Call<'a>, waited: u32) -> Ask<'a, 's> {
        let from = call.from.as_ref();
        let caller = from.and_then(|from| self.snapshot.callers.find(from, self.moment.today()));
        Ask {
            call,
            waited,
            caller,
        }
    }

    fn decide<O: Observer<'s>>(
        &mut self,
        call: &Call<'_>,
        waited: u32,
        tickets: &mut impl Tickets,
        observer: &mut O,
    ) {
        let snapshot = self.snapshot;
        let ask = self.ask(call, waited);
        observer.note(Event::Caller(ask.caller));
        self.decision.offers.clear();
        self.decision.holds_until = u32::MAX;
        let outcome = if O::HEARS_ALL {
            let all = snapshot.rules.iter().map(|(rule, _)| rule);
            self.first_that_answers(all, &ask, tickets, observer)
        } else {
            let mut lists = std::mem::take(&mut self.lists);
            let rules = snapshot.index.matches(&ask, &mut lists);
            let outcome = self.first_that_answers(rules, &ask, tickets, observer);
            self.lists = lists;
            outcome
        };
        self.decision.outcome = match outcome {
            Some(outcome) => outcome,
            None => self.fall_back(&ask, tickets, observer),
        };
        if let Some(first) = self.first.take() {
            let first = snapshot.agents.get(first);
            tickets.set_first(first.map(|agent| &*agent.id));
        }
    }

    fn first_that_answers(
        &mut self,
        mut rules: impl Iterator<Item = Index<Rule>>,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) -> Option<Outcome> {
        rules
            .try_for_each(|rule| self.try_rule(rule, ask, tickets, observer))
            .break_value()
    }

    fn try_rule(
        &mut self,
        index: Index<Rule>,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) -> ControlFlow<Outcome> {
        let Some(rule) = self.snapshot.rules.get(index) else {
            return ControlFlow::Continue(());
        };
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
        rule: &'s Rule,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) -> &[Offer] {
        self.decision.offers.clear();
        self.take_steps(rule, ask, tickets, observer);
        &self.decision.offers
    }

    fn take_steps<O: Observer<'s>>(
        &mut self,
        rule: &'s Rule,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut O,
    ) {
        for step in &rule.steps {
            let state = StepState::of(step, ask.waited);
            observer.note(Event::Step(step.number, state));
            if let Some(change) = step.next_change(ask.waited) {
                self.decision.holds_until = self.decision.holds_until.min(change);
            }
            if state == StepState::Open {
                // The calls of one question mostly ring the same step, of whose members only the order differs.
                let is_gathered = match self.gathered {
                    Some(gathered) => std::ptr::eq(gathered, step),
                    None => false,
                };
                if !is_gathered {
                    self.gather(step, ask, &*tickets, observer);
                    let is_like_others = !O::HEARS_ALL && step.gathers_alike();
                    self.gathered = is_like_others.then_some(step);
                }
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
        let Some(group) = self.snapshot.settings.fallback else {
            return Outcome::Nobody;
        };
        observer.note(Event::Fallback(group));
        let step = Step::whole_group(group);
        self.gather(&step, ask, &*tickets, observer);
        self.gathered = None;
        self.take_step(&step, ask, tickets, observer);
        if self.decision.offers.is_empty() {
            Outcome::Nobody
        } else {
            Outcome::Fallback
        }
    }

    /// Finds whom a step may ring, in an order that does not depend on the call.
    fn gather(
        &mut self,
        step: &Step,
        ask: &Ask<'_, 's>,
        activity: &impl Activity,
        observer: &mut impl Observer<'s>,
    ) {
        let Self {
            snapshot,
            moment,
            candidates,
            ..
        } = self;
        let last_agent = match step.target {
            Target::LastAgent(_) => last_agent(snapshot, ask.call, activity),
            _ => None,
        };
        candidates.clear();
        let gathering = Gathering {
            snapshot,
            moment,
            step,
            last_agent,
        };
        gathering.gather(ask, candidates, observer);
    }

    /// Adds those of the candidates to the answer whom a step rings.
    fn take_step(
        &mut self,
        step: &Step,
        ask: &Ask<'_, 's>,
        tickets: &mut impl Tickets,
        observer: &mut impl Observer<'s>,
    ) {
        let mut spreads = false;
        if let Target::Group(group) = step.target
            && let Some(group) = self.snapshot.groups.get(group)
        {
            let Self {
                snapshot,
                candidates,
                turns,
                ..
            } = self;
            put_in_order(
                candidates, turns, group, ask.call, snapshot, tickets, observer,
            );
            spreads = group.spread;
        } else {
            as_gathered(&self.candidates, &mut self.turns);
        }
        let in_group = !matches!(
            step.target,
            Target::Agent(_) | Target::Owner(None) | Target::LastAgent(None)
        );
        let limits = Limits::of(
            step,
            &self.decision.offers,
            self.snapshot.settings.max_agents,
        );
        for turn in &self.turns {
            let Some(candidate) = turn.of(&self.candidates) else {
                continue;
            };
            match limits.refusal(candidate, &self.decision.offers) {
                None => {
                    self.decision.offers.push(candidate.offer());
                    observer.note(Event::Kept(*candidate));
                }
                Some(reason) => {
                    let (agent, level) = (candidate.agent, in_group.then_some(candidate.level));
                    observer.note(Event::Dropped {
                        agent,
                        level,
                        reason,
                    });
                }
            }
        }
        if spreads && limits.earlier == 0 {
            self.first = self.decision.offers.first().map(|offer| offer.agent);
        }
    }
}

/// The agent who took the caller's last call, if it is not too long ago and the rules still know them.
fn last_agent(
    snapshot: &Snapshot,
    call: &Call<'_>,
    activity: &impl Activity,
) -> Option<Index<Agent>> {
    const SECONDS_PER_DAY: u64 = 86_400;
    let last = activity.last_agent(call.from.as_ref()?.as_str())?;
    let longest = u64::from(snapshot.settings.last_agent_days) * SECONDS_PER_DAY;
    if last.seconds_ago > longest {
        return None;
    }
    snapshot.agent(&last.id)
}

impl Decision {
    /// The name of the rule that answered.
    pub fn rule_name<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s str> {
        Some(&snapshot.rules.get(self.rule()?)?.name)
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
}

impl Candidate {
    const fn offer(&self) -> Offer {
        Offer {
            agent: self.agent,
            routing_type: self.routing_type,
            answer_timeout: self.answer_timeout,
        }
    }
}
