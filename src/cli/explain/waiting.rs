//! With whom the calls begin that wait at the moment, as the journal has it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::journal::offered;
use crate::store::{DecisionQuery, JournalFile, StoreError};
use routing::activity::Activity;
use routing::spread::StandsFirst;
use routing::tickets::{FirstTicket, Ring, Tickets};

/// A call that was not asked about for so long does not wait any more.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// How many answers are looked at: more than those of a minute.
const MAX_ANSWERS: u32 = 2_000;

/// For which calls each agent stands first.
#[derive(Clone, Debug, Default)]
pub(super) struct JournaledFirsts(HashMap<String, StandsFirst>);

impl JournaledFirsts {
    /// Of the calls beside this one that wait at this time.
    pub(super) async fn read(
        journal: &Path,
        call_id: &str,
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut file = JournalFile::open_to_read(journal).await?;
        let newest = DecisionQuery {
            to: Some(at),
            limit: Some(MAX_ANSWERS),
            ..DecisionQuery::default()
        };
        let answers = file.decisions(&newest).await?;
        file.close().await?;
        let (mut calls, mut firsts) = (HashSet::new(), Self::default());
        for answer in answers {
            let waits = at.duration_since(answer.last_at) < LONGEST_PAUSE
                && answer.taken_by.is_none()
                && answer.call_id != call_id;
            // The newest answer comes first.
            if !calls.insert(answer.call_id) || !waits {
                continue;
            }
            let Some(first) = offered(&answer.agents).into_iter().next() else {
                continue;
            };
            let asked_ms = at.duration_since(answer.first_at).as_millis();
            let waited_ms = u64::try_from(asked_ms).unwrap_or(0) + u64::from(answer.waited) * 1000;
            let known = firsts.0.entry(first.id).or_default();
            known.others += 1;
            known.longest_wait_ms = known.longest_wait_ms.max(waited_ms);
        }
        Ok(firsts)
    }
}

impl Activity for JournaledFirsts {}

impl Tickets for JournaledFirsts {
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize {
        FirstTicket.begin_with(ring)
    }

    fn stands_first(&self, agent: &str) -> StandsFirst {
        self.0.get(agent).copied().unwrap_or_default()
    }
}
