//! What two versions of the rules answer to the same calls.
//!
//! ```text
//! the rules name queues and hotlines -> ComparedCall ┐
//! half hours to come -> SharedSituation              ┴-> Sides -> FirstAnswer by each version
//! ```
//!
//! Indices of one version mean nothing in another, so whoever is rung is known by ids here. Nothing is known of earlier
//! calls: a rotating group begins with its first member, and nobody has taken a call.

mod calls;
mod situations;

pub use calls::{ComparedCall, named_calls, stranger};
pub use situations::{SharedSituation, shared_situations};

use std::collections::BTreeSet;

use super::call::Call;
use super::number::Number;
use super::route::{Decision, Outcome, Router};
use super::snapshot::{RoutingType, Snapshot};
use super::tickets::FirstTicket;

/// One agent who is rung, by what means the same in every version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ringing<'s> {
    /// The agent's id.
    pub id: &'s str,
    /// On the app or on the phone.
    pub routing_type: RoutingType,
    /// The phone's number.
    pub phone_number: Option<&'s str>,
    /// For how many seconds.
    pub answer_timeout: u8,
}

impl Decision {
    /// Who is rung, in order.
    pub fn ringing<'s>(&self, snapshot: &'s Snapshot) -> Vec<Ringing<'s>> {
        let mut ringing = Vec::new();
        for offer in &self.offers {
            if let Some(agent) = snapshot.agents.get(offer.agent) {
                ringing.push(Ringing {
                    id: &agent.id,
                    routing_type: offer.routing_type,
                    phone_number: agent.phone_number.as_deref(),
                    answer_timeout: offer.answer_timeout,
                });
            }
        }
        ringing
    }
}

/// What a caller meets who does not wait for longer than the given waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstAnswer<'s> {
    /// What answers: the first rule that rings somebody at one of the waits, else whatever answers at once.
    pub by: AnsweredBy,
    /// Who is rung then.
    pub ringing: Vec<Ringing<'s>>,
}

/// What answers a call; a rule is known by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// The steps of this rule.
    Rule(i64),
    /// This rule says that nobody is rung.
    Blocked(i64),
    /// No rule finds anybody; the fallback group is rung.
    Fallback,
    /// Nobody is rung.
    Nobody,
}

/// The seconds waited, below `limit`, at which an answer of either version may change: 0, and where steps begin or end.
pub fn waits(before: &Snapshot, after: &Snapshot, limit: u32) -> Vec<u32> {
    let mut waits = step_times([before, after]);
    waits.retain(|wait| *wait < limit);
    waits.insert(0);
    waits.into_iter().collect()
}

/// The seconds of waiting at which a step of any of these versions begins or ends.
pub fn step_times<'s>(versions: impl IntoIterator<Item = &'s Snapshot>) -> BTreeSet<u32> {
    let mut times = BTreeSet::new();
    for snapshot in versions {
        for step in snapshot.rules.values().flat_map(|rule| &rule.steps) {
            times.insert(step.after_seconds);
            times.extend(step.until_seconds);
        }
    }
    times
}

/// Two versions in one situation, to be asked about one call after the other.
#[derive(Debug)]
pub struct Sides<'s> {
    before: Side<'s>,
    after: Side<'s>,
    waits: &'s [u32],
}

#[derive(Debug)]
struct Side<'s> {
    snapshot: &'s Snapshot,
    router: Router<'s>,
}

impl<'s> Sides<'s> {
    /// Two versions in a situation of theirs, with what [`waits`] gives for them.
    pub fn new(
        before: &'s Snapshot,
        after: &'s Snapshot,
        situation: &'s SharedSituation,
        waits: &'s [u32],
    ) -> Self {
        let side = |snapshot, moment| Side {
            snapshot,
            router: Router::new(snapshot, moment),
        };
        Self {
            before: side(before, &situation.before),
            after: side(after, &situation.after),
            waits,
        }
    }

    /// What each of the two answers.
    pub fn answers(&mut self, call: &ComparedCall<'_>) -> (FirstAnswer<'s>, FirstAnswer<'s>) {
        let before = self.before.first_answer(call, self.waits);
        (before, self.after.first_answer(call, self.waits))
    }
}

impl<'s> Side<'s> {
    fn first_answer(&mut self, compared: &ComparedCall<'_>, waits: &[u32]) -> FirstAnswer<'s> {
        let snapshot = self.snapshot;
        let country = &snapshot.settings.country_code;
        let number = |raw| Number::from_wire(raw, country);
        let call = Call {
            queue_id: &compared.queue_id,
            call_id: "compared",
            from: compared.from.as_deref().and_then(number),
            to: compared.to.as_deref().and_then(number),
        };
        let mut at_once = None;
        for waited in waits {
            let decision = self.router.route(&call, *waited, &mut FirstTicket);
            let answer = || FirstAnswer {
                by: AnsweredBy::new(decision.outcome, snapshot),
                ringing: decision.ringing(snapshot),
            };
            if matches!(decision.outcome, Outcome::Rule(_)) {
                return answer();
            }
            at_once.get_or_insert_with(answer);
        }
        at_once.unwrap_or(FirstAnswer {
            by: AnsweredBy::Nobody,
            ringing: Vec::new(),
        })
    }
}

impl AnsweredBy {
    fn new(outcome: Outcome, snapshot: &Snapshot) -> Self {
        let id = |rule| snapshot.rules.get(rule).map_or(i64::MIN, |rule| rule.id);
        match outcome {
            Outcome::Rule(rule) => Self::Rule(id(rule)),
            Outcome::Blocked(rule) => Self::Blocked(id(rule)),
            Outcome::Fallback => Self::Fallback,
            Outcome::Nobody => Self::Nobody,
        }
    }
}
