//! What this server knows of calls, as it is told and heard.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::calls::activity::Ledger;
use crate::calls::memory::CallMemory;
use crate::facts::{EventFactKind, FactOfCalls, SharedFact};
use crate::rules::RulesAuthority;

/// All that learns of calls.
#[derive(Clone, Debug)]
pub struct KnownCalls {
    /// Since when they wait, their tickets, with whom they begin.
    pub seen: Arc<CallMemory>,
    /// Who took them.
    pub ledger: Arc<Ledger>,
    /// Which queues are asked about.
    pub live: Arc<RulesAuthority>,
}

impl KnownCalls {
    /// Takes out what was learned since the last time.
    pub(super) fn take_to_tell(&self, now: Instant, time: Timestamp) -> Vec<SharedFact> {
        let mut facts = self.seen.take_to_tell(now);
        facts.extend(self.ledger.take_to_tell(time));
        facts.extend(self.live.take_to_tell(time));
        facts
    }

    /// Takes in what was told so long ago.
    pub(super) fn hear(
        &self,
        facts: &[SharedFact],
        row_age_ms: u64,
        now: Instant,
        time: Timestamp,
    ) {
        self.seen.hear(facts, row_age_ms, now);
        for SharedFact { age_ms, what } in facts {
            let age = Duration::from_millis(row_age_ms.saturating_add(u64::from(*age_ms)));
            let at = time.checked_sub(age).unwrap_or(Timestamp::UNIX_EPOCH);
            match what {
                FactOfCalls::Event(event) => {
                    self.ledger.hear(event, at);
                    match event.kind {
                        EventFactKind::Rung => {
                            self.seen.hear_event(event.call, Some(&event.agent), now);
                        }
                        EventFactKind::Took | EventFactKind::Over => {
                            self.seen.hear_event(event.call, None, now);
                        }
                        EventFactKind::PartEnded => {}
                    }
                }
                FactOfCalls::Asked(line) => self.live.hear_asked(line, at),
                FactOfCalls::Waits(_) | FactOfCalls::Drew(_) | FactOfCalls::Begins(_) => {}
            }
        }
    }
}
