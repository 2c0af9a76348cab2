//! Which agent an event names.

use routing::number::Number;
use routing::snapshot::{Agent, RoutingType, Snapshot};

/// Why an event names no agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAgent {
    /// It is neither the id nor the telephone number of an agent.
    Unknown,
    /// Several agents have this number, and it is not known which of them took the call.
    Shared,
}

/// The id of the agent whom an event names by their id or, if they were rung on the telephone, by their number.
///
/// Of several agents who share a number it is the one with `routing_type` 2, if there is one such.
pub fn agent_of<'s>(snapshot: &'s Snapshot, named: &str) -> Result<&'s str, NoAgent> {
    if let Some(agent) = snapshot.agent(named)
        && let Some(agent) = snapshot.agents.get(agent)
    {
        return Ok(&agent.id);
    }
    let country = &snapshot.settings.country_code;
    let number = Number::from_wire(named, country).ok_or(NoAgent::Unknown)?;
    let agents = || snapshot.agents_by_telephone(number.as_str());
    let is_rung_there = |agent: &&Agent| agent.routing_type == RoutingType::Phone;
    let agent = match only(agents().filter(is_rung_there)) {
        Ok(agent) => agent,
        Err(_) => only(agents())?,
    };
    Ok(&agent.id)
}

fn only<'s>(mut agents: impl Iterator<Item = &'s Agent>) -> Result<&'s Agent, NoAgent> {
    let agent = agents.next().ok_or(NoAgent::Unknown)?;
    if agents.next().is_some() {
        Err(NoAgent::Shared)
    } else {
        Ok(agent)
    }
}
