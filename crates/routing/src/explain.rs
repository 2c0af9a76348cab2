//! How a decision came about, recorded while it is made.
//!
//! The evaluation tells an `Observer` what it does. While calls are answered that is `Silent`, which the compiler
//! removes; for an explanation it is a `Recorder`. There is one evaluation, so an explanation cannot differ from it.

use super::arena::Index;
use super::callers::Found;
use super::candidate::{Candidate, Dropped};
use super::matching::Mismatch;
use super::moment::Moment;
use super::route::{Decision, Outcome};
use super::snapshot::{Agent, Group, Rule, Snapshot, Step};
use super::spread::StandsFirst;

/// Hears what the evaluation does.
pub(super) trait Observer<'s> {
    /// Whether it wants to hear of what cannot change the answer: rules that the index leaves out, and members who were
    /// found unable to ring for an earlier call already.
    const HEARS_ALL: bool;

    /// Something has happened; belongs to the rule and step noted last.
    fn note(&mut self, event: Event<'s>);
}

/// One thing that happens in an evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event<'s> {
    /// The caller has been looked up.
    Caller(Option<Found<'s>>),
    /// A rule is tried.
    Rule(Index<Rule>),
    /// It does not match.
    Mismatch(Mismatch),
    /// It matches, and one of its steps is looked at.
    Step(i64, StepState),
    /// No rule found anybody: the fallback group is rung.
    Fallback(Index<Group>),
    /// The step rings owners, and the caller has none.
    NoOwner,
    /// The step rings last agents, and none is known for the caller.
    NoLastAgent,
    /// The agent cannot be rung; another one covers for them.
    Covered {
        agent: Index<Agent>,
        reason: Dropped,
        by: Index<Agent>,
    },
    /// The agent is left out.
    Dropped {
        agent: Index<Agent>,
        level: Option<u8>,
        reason: Dropped,
    },
    /// The agent stands first for other calls that wait, and so behind those who do not.
    StandsFirst {
        agent: Index<Agent>,
        first: StandsFirst,
    },
    /// The agent has let so many rings pass that they are put last for a while.
    Rests {
        agent: Index<Agent>,
        rings: u32,
        missed_ms: u64,
    },
    /// The agent is added to the list.
    Kept(Candidate),
}

/// Hears nothing.
pub(super) struct Silent;

impl Observer<'_> for Silent {
    const HEARS_ALL: bool = false;

    fn note(&mut self, _: Event<'_>) {}
}

/// A decision and how it came about.
#[derive(Clone, Debug)]
pub struct Explanation<'s> {
    /// What the indices in it point into.
    pub snapshot: &'s Snapshot,
    /// When it is asked.
    pub moment: &'s Moment,
    /// The caller's row.
    pub caller: Option<Found<'s>>,
    /// Every rule that was tried, in order; the last one answers unless nobody was found.
    pub rules: Vec<RuleTrial>,
    /// The fallback group and what came of it, if no rule found anybody.
    pub fallback: Option<(Index<Group>, Vec<Note>)>,
    /// The decision itself.
    pub decision: Decision,
}

/// What came of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTrial {
    /// Which rule.
    pub rule: Index<Rule>,
    /// How it ended.
    pub verdict: Verdict,
    /// Its steps, if it matched.
    pub steps: Vec<StepTrial>,
}

/// How a rule's trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A condition does not hold.
    Mismatch(Mismatch),
    /// It matches, but nobody can be rung.
    FoundNobody,
    /// It answers the call.
    Answered,
    /// It answers the call with an empty list.
    Blocked,
}

/// What came of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepTrial {
    /// `rule_steps.step`.
    pub number: i64,
    /// Whether it counts yet.
    pub state: StepState,
    /// Who was considered; those who were added stand in the order in which they are rung.
    pub notes: Vec<Note>,
}

/// Whether a step counts for a call that has waited so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Not yet.
    NotYet {
        /// The seconds from which on it counts.
        after_seconds: u32,
    },
    /// It counts.
    Open,
    /// No longer.
    Over {
        /// The seconds at which it ended.
        until_seconds: u32,
    },
}

/// What became of one agent in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Note {
    /// The step rings owners, and the caller has none.
    NoOwner,
    /// The step rings last agents, and none is known for the caller.
    NoLastAgent,
    /// Another agent covers for this one.
    Covered {
        /// Who cannot be rung.
        agent: Index<Agent>,
        /// Why.
        reason: Dropped,
        /// Who covers.
        by: Index<Agent>,
    },
    /// Left out.
    Dropped {
        /// Who.
        agent: Index<Agent>,
        /// The level in the step's group, if it has one and the agent is in it.
        level: Option<u8>,
        /// Why.
        reason: Dropped,
    },
    /// Stands first for other calls that wait, and so behind those who do not.
    StandsFirst {
        /// Who.
        agent: Index<Agent>,
        /// For which calls.
        first: StandsFirst,
    },
    /// Put last for a while.
    Rests {
        /// Who.
        agent: Index<Agent>,
        /// How many rings in a row they have let pass.
        rings: u32,
        /// Milliseconds since the last of these began.
        missed_ms: u64,
    },
    /// Added to the list.
    Kept(Candidate),
}

impl StepState {
    /// The state of a step for a call that has waited for so many seconds.
    pub(super) fn of(step: &Step, waited: u32) -> Self {
        match step.until_seconds {
            _ if waited < step.after_seconds => Self::NotYet {
                after_seconds: step.after_seconds,
            },
            Some(until_seconds) if waited >= until_seconds => Self::Over { until_seconds },
            _ => Self::Open,
        }
    }
}

/// Writes down what it hears.
#[derive(Debug, Default)]
pub(super) struct Recorder<'s> {
    caller: Option<Found<'s>>,
    rules: Vec<RuleTrial>,
    fallback: Option<(Index<Group>, Vec<Note>)>,
}

impl<'s> Observer<'s> for Recorder<'s> {
    const HEARS_ALL: bool = true;

    fn note(&mut self, event: Event<'s>) {
        match event {
            Event::Caller(found) => self.caller = found,
            Event::Rule(rule) => {
                self.rules.push(RuleTrial {
                    rule,
                    verdict: Verdict::FoundNobody,
                    steps: Vec::new(),
                });
            }
            Event::Mismatch(mismatch) => self.set_verdict(Verdict::Mismatch(mismatch)),
            Event::Step(number, state) => {
                if let Some(rule) = self.rules.last_mut() {
                    rule.steps.push(StepTrial {
                        number,
                        state,
                        notes: Vec::new(),
                    });
                }
            }
            Event::Fallback(group) => self.fallback = Some((group, Vec::new())),
            Event::NoOwner => self.add(Note::NoOwner),
            Event::NoLastAgent => self.add(Note::NoLastAgent),
            Event::Covered { agent, reason, by } => self.add(Note::Covered { agent, reason, by }),
            Event::Dropped {
                agent,
                level,
                reason,
            } => self.add(Note::Dropped {
                agent,
                level,
                reason,
            }),
            Event::StandsFirst { agent, first } => self.add(Note::StandsFirst { agent, first }),
            Event::Rests {
                agent,
                rings,
                missed_ms,
            } => self.add(Note::Rests {
                agent,
                rings,
                missed_ms,
            }),
            Event::Kept(candidate) => self.add(Note::Kept(candidate)),
        }
    }
}

/// The same without what cannot change the answer.
#[derive(Debug, Default)]
pub(super) struct MatchRecorder<'s>(pub(super) Recorder<'s>);

impl<'s> Observer<'s> for MatchRecorder<'s> {
    const HEARS_ALL: bool = false;

    fn note(&mut self, event: Event<'s>) {
        self.0.note(event);
    }
}

impl<'s> Recorder<'s> {
    /// The explanation of the decision that was reached.
    pub(super) fn finish(
        mut self,
        snapshot: &'s Snapshot,
        moment: &'s Moment,
        decision: Decision,
    ) -> Explanation<'s> {
        match decision.outcome {
            Outcome::Rule(_) => self.set_verdict(Verdict::Answered),
            Outcome::Blocked(_) => self.set_verdict(Verdict::Blocked),
            Outcome::Fallback | Outcome::Nobody => {}
        }
        Explanation {
            snapshot,
            moment,
            caller: self.caller,
            rules: self.rules,
            fallback: self.fallback,
            decision,
        }
    }

    fn set_verdict(&mut self, verdict: Verdict) {
        if let Some(rule) = self.rules.last_mut() {
            rule.verdict = verdict;
        }
    }

    fn add(&mut self, note: Note) {
        if let Some((_, notes)) = &mut self.fallback {
            notes.push(note);
        } else if let Some(rule) = self.rules.last_mut()
            && let Some(step) = rule.steps.last_mut()
        {
            step.notes.push(note);
        }
    }
}
