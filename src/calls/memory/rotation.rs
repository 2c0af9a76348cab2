//! Whose turn it is in groups that rotate.

use std::mem;
use std::time::Duration;

use super::REMEMBERED;
use crate::facts::{Draw, FactOfCalls, SharedFact, draw_counts};
use crate::generations::Generations;
use routing::tickets::{Place, Ring};

/// How many calls' tickets are remembered, and as many again until they are forgotten.
const MAX_TICKETS: usize = 100_000;

/// How many groups' last turns are remembered, and as many again: rules that are rewritten every day leave the turns of
/// groups behind that are no more.
const MAX_RINGS: usize = 100_000;

/// How long a group's last turn is remembered at least. A group that has not been rung for a week begins anew.
const RING_REMEMBERED: Duration = Duration::from_hours(7 * 24);

/// How many draws wait to be written, or told.
const MAX_LEARNED: usize = 16_384;

/// Where rotating groups have begun: at last, and for each call.
#[derive(Debug)]
pub(super) struct Rotation {
    /// Who draws here.
    drawer: u64,
    last: Generations<u64, Turn>,
    pub(super) tickets: Generations<(u64, u64), Ticket>,
    /// The tickets that are new.
    to_write: Vec<(u64, u64)>,
    /// The same for other servers, if there are any.
    to_tell: Option<Vec<(u64, u64)>>,
}

/// A call's place in a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    drawer: u64,
    place: Place,
    drawn_ms: u64,
}

/// The last draw of a ring: of two the greater.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    drawn_ms: u64,
    drawer: u64,
    call: u64,
    place: Place,
}

impl Default for Rotation {
    fn default() -> Self {
        Self {
            drawer: 0,
            last: Generations::new(MAX_RINGS, RING_REMEMBERED),
            tickets: Generations::new(MAX_TICKETS, REMEMBERED),
            to_write: Vec::new(),
            to_tell: None,
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
        let Self { drawer, last, .. } = self;
        let mut drawn = None;
        let ticket = self.tickets.entry((call, ring_key), now_ms, || {
            let begin = last
                .get(ring_key)
                .map_or(0, |turn| ring.first_after(&turn.place));
            drawn = Some(begin);
            Ticket {
                drawer: *drawer,
                place: ring.place(begin).unwrap_or_default(),
                drawn_ms: now_ms,
            }
        });
        let Some(begin) = drawn else {
            return ring.first_from(&ticket.place);
        };
        let turn = ticket.turn(call);
        *last.entry(ring_key, now_ms, Turn::default) = turn;
        self.note((call, ring_key));
        begin
    }

    fn note(&mut self, ticket: (u64, u64)) {
        if self.to_write.len() < MAX_LEARNED {
            self.to_write.push(ticket);
        }
        if let Some(to_tell) = &mut self.to_tell
            && to_tell.len() < MAX_LEARNED
        {
            to_tell.push(ticket);
        }
    }

    /// From now on draws as this one, and other servers are told.
    pub(super) fn tell(&mut self, drawer: u64) {
        self.drawer = drawer;
        self.to_tell = Some(Vec::new());
    }

    /// Takes in what was drawn anywhere. Of a call and ring the lower drawer counts, of a ring the newest draw.
    pub(super) fn hear(&mut self, draw: &Draw, drawn_ms: u64, now_ms: u64) {
        let heard = Ticket {
            drawer: draw.drawer,
            place: draw.place.clone(),
            drawn_ms,
        };
        let key = (draw.call, draw.ring);
        let age_ms = u128::from(now_ms.saturating_sub(drawn_ms));
        let mut turn = heard.turn(draw.call);
        // What is heard does not keep alive what is known: servers that tell each other would never forget it.
        let is_news = match self.tickets.get_mut(key) {
            Some(known) => {
                let counts =
                    draw_counts((heard.drawer, &heard.place), (known.drawer, &known.place));
                if counts {
                    *known = heard;
                } else if known.turn(draw.call).is_same_draw(&turn) {
                    turn = known.turn(draw.call);
                }
                counts
            }
            None if age_ms < REMEMBERED.as_millis() => {
                self.tickets.entry(key, now_ms, || heard);
                true
            }
            None => false,
        };
        let is_newer = match self.last.get(draw.ring) {
            Some(last) => *last < turn && !last.is_same_draw(&turn),
            None => true,
        };
        if is_newer && age_ms < RING_REMEMBERED.as_millis() {
            *self.last.entry(draw.ring, now_ms, Turn::default) = turn;
        }
        if is_news && self.to_write.len() < MAX_LEARNED {
            self.to_write.push(key);
        }
    }

    pub(super) const fn has_learned(&self) -> bool {
        !self.to_write.is_empty()
    }

    /// Takes out the draws that are to be written.
    pub(super) fn take_learned(&mut self, now_ms: u64) -> Vec<SharedFact> {
        let keys = mem::take(&mut self.to_write);
        self.facts(&keys, now_ms)
    }

    /// Takes out the draws that others are to be told of.
    pub(super) fn take_to_tell(&mut self, now_ms: u64) -> Vec<SharedFact> {
        let keys = self.to_tell.as_mut().map(mem::take).unwrap_or_default();
        self.facts(&keys, now_ms)
    }

    /// Those of these draws that are known still.
    pub(super) fn facts(&self, keys: &[(u64, u64)], now_ms: u64) -> Vec<SharedFact> {
        let mut facts = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(ticket) = self.tickets.get(*key) {
                facts.push(ticket.fact(*key, now_ms));
            }
        }
        facts
    }

    /// By what all tickets are known.
    pub(super) fn keys(&self) -> Vec<(u64, u64)> {
        self.tickets.iter().map(|(key, _)| key).collect()
    }

    /// The last turns of groups whose last call is forgotten.
    pub(super) fn turns(&self, now_ms: u64) -> Vec<SharedFact> {
        let mut facts = Vec::new();
        for (ring, turn) in self.last.iter() {
            let key = (turn.call, ring);
            if self.tickets.get(key).is_none() {
                facts.push(turn.ticket().fact(key, now_ms));
            }
        }
        facts
    }
}

impl Ticket {
    fn turn(&self, call: u64) -> Turn {
        Turn {
            drawn_ms: self.drawn_ms,
            drawer: self.drawer,
            call,
            place: self.place.clone(),
        }
    }

    fn fact(&self, (call, ring): (u64, u64), now_ms: u64) -> SharedFact {
        let draw = Draw {
            ring,
            call,
            drawer: self.drawer,
            place: self.place.clone(),
        };
        SharedFact::since(self.drawn_ms, now_ms, FactOfCalls::Drew(Box::new(draw)))
    }
}

impl Turn {
    fn ticket(&self) -> Ticket {
        Ticket {
            drawer: self.drawer,
            place: self.place.clone(),
            drawn_ms: self.drawn_ms,
        }
    }

    /// Ages are measured anew each time, and differ by what a message takes.
    fn is_same_draw(&self, other: &Self) -> bool {
        (self.call, self.drawer, &self.place) == (other.call, other.drawer, &other.place)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draw((call, drawer, member): (u64, u64, i64)) -> Draw {
        Draw {
            ring: 1,
            call,
            drawer,
            place: Place::new(member, "a"),
        }
    }

    fn known(rotation: &Rotation) -> (Vec<(u64, u64, i64)>, Option<Turn>) {
        let mut tickets = Vec::new();
        for ((call, _), ticket) in rotation.tickets.iter() {
            tickets.push((call, ticket.drawer, ticket.place.position()));
        }
        tickets.sort_unstable();
        (tickets, rotation.last.get(1).cloned())
    }

    proptest! {
        /// Tickets and turns are what the set of draws says, in whatever order and however often they are heard.
        #[test]
        fn draws_may_come_in_any_order(
            draws in prop::collection::vec((0..4_u64, 0..3_u64, 0..5_i64), 1..12),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let at = |(call, drawer, member): (u64, u64, i64)| call * 31 + drawer * 7 + member.unsigned_abs();
            let (mut one, mut other) = (Rotation::default(), Rotation::default());
            for what in &draws {
                one.hear(&draw(*what), at(*what), 100);
            }
            let again = order.iter().map(|place| &draws[place.index(draws.len())]);
            for what in again.chain(draws.iter().rev()) {
                other.hear(&draw(*what), at(*what), 100);
            }
            prop_assert_eq!(known(&one), known(&other));
        }
    }

    #[test]
    fn what_is_heard_again_is_neither_written_again_nor_kept_alive_nor_the_last_turn_again() {
        let mut rotation = Rotation::default();
        rotation.hear(&draw((1, 7, 3)), 1_000, 2_000);
        rotation.hear(&draw((2, 7, 4)), 1_010, 2_000);
        assert_eq!(rotation.take_learned(2_000).len(), 2);
        rotation.hear(&draw((1, 7, 3)), 1_020, 2_100);
        assert!(!rotation.has_learned());
        assert_eq!(
            rotation.last.get(1).unwrap().call,
            2,
            "an echo that is late"
        );
        let hour_ms = u64::try_from(REMEMBERED.as_millis()).unwrap();
        for third in 1..=9 {
            let now_ms = 2_000 + third * hour_ms / 3;
            rotation.hear(&draw((1, 7, 3)), 1_000, now_ms);
            rotation.hear(&draw((2 + third, 7, 3)), now_ms, now_ms);
        }
        assert!(rotation.tickets.get((1, 1)).is_none(), "it is too old");
    }

    #[test]
    fn what_is_remembered_is_told_to_the_next_start() {
        let mut rotation = Rotation::default();
        rotation.hear(&draw((1, 7, 3)), 500, 1_000);
        let facts = rotation.take_learned(1_000);
        assert_eq!(facts[0].age_ms, 500);
        assert_eq!(rotation.facts(&rotation.keys(), 1_000), facts);
        assert_eq!(rotation.turns(1_000), []);
        assert!(!rotation.has_learned());
    }
}
