//! Lists that ring for longer than a caller waits.

use super::situations::{callers, situations};
use super::{Subject, Suspect};
use crate::diagnosis::Advice;
use crate::explain::Silent;
use crate::problem::Problem;
use crate::route::{Offer, Router};
use crate::snapshot::{Action, Rule};
use crate::tickets::FirstTicket;

/// A queue's `maximum_queue_wait_time` unless somebody has set another (Stringee's queue page).
const CALLERS_PATIENCE_SECONDS: u32 = 60;

/// Whose lists are looked at. Most owners make the same list longer, and one list too long is enough.
const MAX_CALLERS: usize = 20;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for rule in subject.rules() {
        if rule.action == Action::Ring {
            problems.extend(long_list(subject, rule));
        }
    }
    problems
}

/// The longest list of a rule for a call that has just come in, if it rings for too long.
///
/// Later steps are left out: they widen the ring when the first of the list have been rung already.
fn long_list(subject: Subject<'_>, rule: &Rule) -> Option<Problem> {
    let mut callers = callers(subject, rule);
    callers.truncate(MAX_CALLERS);
    let lists = situations(subject, rule, &callers, &[0]).map(|situation| {
        let mut router = Router::new(subject.snapshot, situation.moment);
        RungList::of(router.ring(rule, &situation.ask(), &mut FirstTicket, &mut Silent))
    });
    let RungList {
        agents,
        seconds,
        in_time,
    } = lists.max_by_key(|list| list.seconds)?;
    let step = rule.steps.iter().rfind(|step| step.after_seconds == 0)?;
    if seconds <= CALLERS_PATIENCE_SECONDS {
        return None;
    }
    let advice = Advice::RingsTooLong {
        agents,
        seconds,
        patience: CALLERS_PATIENCE_SECONDS,
        in_time,
    };
    let value = match step.max_agents {
        Some(most) => most.to_string(),
        None => "NULL".to_owned(),
    };
    Some(Suspect::step(rule, step, "max_agents", value).warn(advice))
}

/// How long a list rings.
struct RungList {
    agents: usize,
    seconds: u32,
    /// How many of the agents have rung to their end while the caller is still there.
    in_time: usize,
}

impl RungList {
    fn of(offers: &[Offer]) -> Self {
        let (mut seconds, mut in_time) = (0, 0);
        for offer in offers {
            seconds += u32::from(offer.answer_timeout);
            in_time += usize::from(seconds <= CALLERS_PATIENCE_SECONDS);
        }
        Self {
            agents: offers.len(),
            seconds,
            in_time: in_time.max(1),
        }
    }
}
