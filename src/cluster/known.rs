//! What this server knows of calls, as it is told and heard.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::facts::{EventFactKind, FactOfCalls, SharedFact};
use crate::projects::Project;

/// Takes out what was learned of a project's calls since the last time.
pub(super) fn take_to_tell(project: &Project, now: Instant, time: Timestamp) -> Vec<SharedFact> {
    let mut facts = project.seen.take_to_tell(now);
    facts.extend(project.journal.ledger().take_to_tell(time));
    facts.extend(project.live.take_to_tell(time));
    facts
}

/// Takes in what was told so long ago of a project's calls.
pub(super) fn hear(
    project: &Project,
    facts: &[SharedFact],
    row_age_ms: u64,
    now: Instant,
    time: Timestamp,
) {
    let (seen, ledger) = (&project.seen, project.journal.ledger());
    seen.hear(facts, row_age_ms, now);
    for SharedFact { age_ms, what } in facts {
        let age = Duration::from_millis(row_age_ms.saturating_add(u64::from(*age_ms)));
        let at = time.checked_sub(age).unwrap_or(Timestamp::UNIX_EPOCH);
        match what {
            FactOfCalls::Event(event) => {
                ledger.hear(event, at);
                match event.kind {
                    EventFactKind::Rung => seen.hear_event(event.call, Some(&event.agent), now),
                    EventFactKind::Took | EventFactKind::Over => {
                        seen.hear_event(event.call, None, now);
                    }
                    EventFactKind::PartEnded => {}
                }
            }
            FactOfCalls::Asked(line) => project.live.hear_asked(line, at),
            FactOfCalls::Waits(_) | FactOfCalls::Drew(_) | FactOfCalls::Begins(_) => {}
        }
    }
}
