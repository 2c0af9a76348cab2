//! Whose turn it is in groups that rotate.

use std::time::Duration;

use super::REMEMBERED;
use crate::generations::Generations;
use routing::tickets::{Place, Ring};

/// How many calls' tickets are remembered, and as many again until they are forgotten.
const MAX_TICKETS: usize = 100_000;

/// How many groups' last turns are remembered, and as many again: rules that are rewritten every day leave the turns of
/// groups behind that are no more.
const MAX_RINGS: usize = 100_000;

/// How long a group's last turn is remembered at least. A group that has not been rung for a week begins anew.
const RING_REMEMBERED: Duration = Duration::from_hours(7 * 24);

/// Where rotating groups have begun: at last, and for each call.
#[derive(Debug)]
pub(super) struct Rotation {
    last: Generations<u64, Place>,
    pub(super) tickets: Generations<(u64, u64), Place>,
}

impl Default for Rotation {
    fn default() -> Self {
        Self {
            last: Generations::new(MAX_RINGS, RING_REMEMBERED),
            tickets: Generations::new(MAX_TICKETS, REMEMBERED),
        }
    }
}

impl Rotation {
    pub(super) fn begin_with(
        &mut self,
        ring: &Ring<'_>,
        ring_key: u64,
        call: u64,
        now_ms: u64,
    ) -> usize {
        let last = &mut self.last;
        let mut drawn = None;
        let ticket = self.tickets.entry((call, ring_key), now_ms, || {
            let begin = last
                .get(ring_key)
                .map_or(0, |place| ring.first_after(place));
            drawn = Some(begin);
            ring.place(begin).unwrap_or_default()
        });
        match drawn {
            Some(begin) => {
                *last.entry(ring_key, now_ms, Place::default) = ticket.clone();
                begin
            }
            None => ring.first_from(ticket),
        }
    }
}
