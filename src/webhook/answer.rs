//! The platform's JSON: the answer as it goes out, put together from pieces made when the rules were compiled.
//!
//! Version 2 of the response of `get_list_agents_url`:
//! <https://developer.stringee.com/docs/icc-rest-api/contact-center-queue-management>.

use crate::routing::arena::Index;
use crate::routing::route::Offer;
use crate::routing::snapshot::{Agent, Snapshot};

/// Each agent's object up to the value of `routing_type`, ready to be copied.
#[derive(Debug, Default)]
pub struct AgentHeads {
    bytes: Vec<u8>,
    /// Where each agent's piece ends; it begins where the one before ends.
    ends: Vec<usize>,
}

/// An answer being written, call by call.
#[derive(Debug)]
pub struct Answer<'h> {
    heads: &'h AgentHeads,
    bytes: Vec<u8>,
    is_first_call: bool,
}

impl AgentHeads {
    /// Prepares the agents of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut heads = Self::default();
        for (_, agent) in snapshot.agents.iter() {
            heads.bytes.extend_from_slice(b"{\"stringee_user_id\":");
            push_text(&mut heads.bytes, &agent.id);
            if let Some(number) = &agent.phone_number {
                heads.bytes.extend_from_slice(b",\"phone_number\":");
                push_text(&mut heads.bytes, number);
            }
            heads.bytes.extend_from_slice(b",\"routing_type\":");
            heads.ends.push(heads.bytes.len());
        }
        heads
    }

    fn get(&self, agent: Index<Agent>) -> Option<&[u8]> {
        let place = agent.place();
        let begin = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.bytes.get(begin..*self.ends.get(place)?)
    }
}

impl<'h> Answer<'h> {
    /// An answer to a question of so many calls.
    pub fn new(heads: &'h AgentHeads, calls: usize) -> Self {
        /// Room for a call with two or three agents; a longer answer grows once or twice.
        const CALL_BYTES: usize = 384;
        let mut bytes = Vec::with_capacity(32 + calls.saturating_mul(CALL_BYTES));
        bytes.extend_from_slice(b"{\"version\":2,\"calls\":[");
        Self { heads, bytes, is_first_call: true }
    }

    /// Adds a call's list.
    pub fn push(&mut self, call_id: &str, offers: &[Offer]) {
        let begin: &[u8] = if self.is_first_call { b"{\"callId\":" } else { b",{\"callId\":" };
        self.is_first_call = false;
        self.bytes.extend_from_slice(begin);
        push_text(&mut self.bytes, call_id);
        self.bytes.extend_from_slice(b",\"agents\":[");
        push_offers(&mut self.bytes, self.heads, offers);
        self.bytes.extend_from_slice(b"]}");
    }

    /// The whole answer.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"]}");
        self.bytes
    }
}

/// A list of agents as the JSON array that the platform gets.
pub fn agents_json(heads: &AgentHeads, offers: &[Offer]) -> String {
    let mut bytes = vec![b'['];
    push_offers(&mut bytes, heads, offers);
    bytes.push(b']');
    String::from_utf8_lossy(&bytes).into_owned()
}

fn push_offers(bytes: &mut Vec<u8>, heads: &AgentHeads, offers: &[Offer]) {
    let mut separator: &[u8] = b"";
    for offer in offers {
        let Some(head) = heads.get(offer.agent) else { continue };
        bytes.extend_from_slice(separator);
        bytes.extend_from_slice(head);
        bytes.push(b'0' + offer.routing_type.number());
        bytes.extend_from_slice(b",\"answer_timeout\":");
        push_number(bytes, offer.answer_timeout);
        bytes.push(b'}');
        separator = b",";
    }
}

fn push_number(bytes: &mut Vec<u8>, number: u8) {
    if number >= 100 {
        bytes.push(b'0' + number / 100);
    }
    if number >= 10 {
        bytes.push(b'0' + number / 10 % 10);
    }
    bytes.push(b'0' + number % 10);
}

/// A JSON string. Ids and numbers hardly ever hold a character that needs an escape.
fn push_text(bytes: &mut Vec<u8>, text: &str) {
    let needs_escape = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    if text.bytes().any(needs_escape) {
        bytes.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
        return;
    }
    bytes.push(b'"');
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_timeout_is_written_in_decimal() {
        for number in 0..=u8::MAX {
            let mut bytes = Vec::new();
            push_number(&mut bytes, number);
            assert_eq!(bytes, number.to_string().as_bytes());
        }
    }

    #[test]
    fn every_text_is_a_json_string() {
        for text in ["", "agent_1", "é", "a\"b", "a\\b", "a\nb", "\u{0}", "\u{7f}\u{2028}"] {
            let mut bytes = Vec::new();
            push_text(&mut bytes, text);
            assert_eq!(serde_json::from_slice::<String>(&bytes).unwrap(), text);
        }
    }
}
