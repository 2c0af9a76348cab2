//! Whose turn it is in a group that rotates. This and [`Activity`] are all that a decision depends on of what earlier
//! calls have left behind.
//!
//! A turn is remembered as the member with whom the last new call began, not as a counter: it stays right when members
//! come and go.

use std::cell::Cell;

use super::activity::{Activity, AgentActivity, LastAgent};
use super::arena::Arena;
use super::candidate::Candidate;
use super::snapshot::Agent;
use super::spread::StandsFirst;

/// Remembers, for one call, where each rotating group began.
///
/// The first ask about a call draws its ticket: it begins with the member after the one that the last new call began
/// with. Later asks find the ticket again. The core only asks; where tickets are kept and for how long is up to the
/// caller.
pub trait Tickets: Activity {
    /// Which of the ring's members this call begins with, as a place in the ring. Too large a place counts round.
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize;

    /// For which calls that wait an agent stands first; asked only where groups spread.
    fn stands_first(&self, _agent: &str) -> StandsFirst {
        StandsFirst::default()
    }

    /// Remembers with whom the call's list begins, if a group that spreads has put them there.
    fn set_first(&mut self, _agent: Option<&str>) {}
}

/// The first member's turn, always, and nothing known of any call: for a question outside the stream of calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct FirstTicket;

impl Activity for FirstTicket {}

impl Tickets for FirstTicket {
    fn begin_with(&mut self, _: &Ring<'_>) -> usize {
        0
    }
}

/// Notices whether a decision depends on what earlier calls have left behind.
#[derive(Debug)]
pub struct Noticing<T> {
    past: T,
    was_asked: Cell<bool>,
}

impl<T> Noticing<T> {
    /// Nothing has been asked yet.
    pub const fn new(past: T) -> Self {
        let was_asked = Cell::new(false);
        Self { past, was_asked }
    }

    /// Whether anything was asked.
    pub const fn was_asked(&self) -> bool {
        self.was_asked.get()
    }
}

impl<T: Activity> Activity for Noticing<T> {
    fn agent(&self, id: &str) -> AgentActivity {
        self.was_asked.set(true);
        self.past.agent(id)
    }

    fn last_agent(&self, caller: &str) -> Option<LastAgent> {
        self.was_asked.set(true);
        self.past.last_agent(caller)
    }
}

impl<T: Tickets> Tickets for Noticing<T> {
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize {
        self.was_asked.set(true);
        self.past.begin_with(ring)
    }

    fn stands_first(&self, agent: &str) -> StandsFirst {
        self.was_asked.set(true);
        self.past.stands_first(agent)
    }

    fn set_first(&mut self, agent: Option<&str>) {
        self.past.set_first(agent);
    }
}

/// The members of one level of a rotating group who can be rung now, by position, then agent id. Never empty.
#[derive(Clone, Copy, Debug)]
pub struct Ring<'a> {
    /// The group's id.
    pub group: &'a str,
    /// The level inside the group.
    pub level: u8,
    pub(super) members: &'a [Candidate],
    pub(super) agents: &'a Arena<Agent>,
}

/// A member's place in the order of a group, which outlives the member's own absence.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    position: i64,
    agent_id: Box<str>,
}

impl Place {
    /// The place of a member.
    pub fn new(position: i64, agent_id: &str) -> Self {
        Self {
            position,
            agent_id: agent_id.into(),
        }
    }

    /// The member's position.
    pub const fn position(&self) -> i64 {
        self.position
    }

    /// The member.
    pub fn agent_id(&self) -> &str {
        &self.agent_id
    }
}

impl Ring<'_> {
    /// The place of the member at an index of the ring.
    pub fn place(&self, index: usize) -> Option<Place> {
        let (position, agent_id) = self.position_and_id(self.members.get(index)?);
        Some(Place::new(position, agent_id))
    }

    /// The index of the member at a place, or of the next one if that member is not there now.
    pub fn first_from(&self, place: &Place) -> usize {
        self.first(|other| other >= (place.position, &place.agent_id))
    }

    /// The index of the next member after a place.
    pub fn first_after(&self, place: &Place) -> usize {
        self.first(|other| other > (place.position, &place.agent_id))
    }

    /// The first member whose place is far enough on; past the end it is the first of all.
    fn first(&self, far_enough: impl Fn((i64, &str)) -> bool) -> usize {
        self.members
            .iter()
            .position(|member| far_enough(self.position_and_id(member)))
            .unwrap_or(0)
    }

    fn position_and_id(&self, member: &Candidate) -> (i64, &str) {
        (
            member.position,
            self.agents.get(member.agent).map_or("", |agent| &agent.id),
        )
    }
}
