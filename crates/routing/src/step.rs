//! What a step may add to an answer, and for how long it says the same.
//!
//! The router takes the open steps of a rule one after the other; each adds to one list, up to its own maximum and up to
//! that of the settings. Whoever is rung already, in the same way, is not listed again, but does not use up the step's
//! maximum either: it counts what the step adds.

use super::arena::Index;
use super::candidate::{Candidate, Dropped};
use super::route::Offer;
use super::snapshot::{Group, Step, Target};

impl Step {
    /// Waited seconds at which it begins or ends, if it has not done so already.
    pub(super) fn next_change(&self, waited: u32) -> Option<u32> {
        if waited < self.after_seconds {
            return Some(self.after_seconds);
        }
        match self.until_seconds {
            Some(until) if waited < until => Some(until),
            _ => None,
        }
    }

    /// Whether its candidates are the same for the next call, if not in the same order.
    pub(super) const fn gathers_alike(&self) -> bool {
        matches!(self.target, Target::Group(_))
    }

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

/// How long the list may become.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// How many offers there were before the step. Only among them can an offer stand already: a step has each agent
    /// only once.
    pub(super) earlier: usize,
    of_step: usize,
    of_list: usize,
}

impl Limits {
    pub(super) fn of(step: &Step, offers: &[Offer], max_agents: usize) -> Self {
        let most = match step.max_agents {
            Some(most) => offers.len().saturating_add(most),
            None => usize::MAX,
        };
        Self {
            earlier: offers.len(),
            of_step: most,
            of_list: max_agents,
        }
    }

    /// Why the list does not take another offer.
    pub(super) fn refusal(self, candidate: &Candidate, offers: &[Offer]) -> Option<Dropped> {
        let same = |offer: &Offer| {
            offer.agent == candidate.agent && offer.routing_type == candidate.routing_type
        };
        if offers.iter().take(self.earlier).any(same) {
            Some(Dropped::AlreadyListed)
        } else if offers.len() >= self.of_step {
            Some(Dropped::OverStepMaximum)
        } else if offers.len() >= self.of_list {
            Some(Dropped::OverListMaximum)
        } else {
            None
        }
    }
}
