//! All that earlier calls have left behind, as a decision asks for it.

use jiff::Timestamp;

use super::Ledger;
use routing::activity::{Activity, AgentActivity, LastAgent};
use routing::spread::StandsFirst;
use routing::tickets::{Ring, Tickets};

/// A call's tickets, and what a ledger knows at a time.
#[derive(Clone, Copy, Debug)]
pub struct Past<'l, T> {
    /// Whose turn it is in groups that rotate.
    pub tickets: T,
    /// Who took which calls.
    pub ledger: &'l Ledger,
    /// When the question is asked.
    pub now: Timestamp,
}

impl<T> Activity for Past<'_, T> {
    fn agent(&self, id: &str) -> AgentActivity {
        self.ledger.agent(id, self.now)
    }

    fn last_agent(&self, caller: &str) -> Option<LastAgent> {
        self.ledger.last_agent(caller, self.now)
    }
}

impl<T: Tickets> Tickets for Past<'_, T> {
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize {
        self.tickets.begin_with(ring)
    }

    fn stands_first(&self, agent: &str) -> StandsFirst {
        self.tickets.stands_first(agent)
    }

    fn set_first(&mut self, agent: Option<&str>) {
        self.tickets.set_first(agent);
    }
}
