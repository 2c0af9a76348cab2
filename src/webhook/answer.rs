//! The platform's JSON: the answer as it goes out, put together from pieces made when the rules were compiled.
//!
//! Version 2 of the response of `get_list_agents_url`:
//! <https://developer.stringee.com/docs/icc-rest-api/contact-center-queue-management>.

use crate::routing::route::Offer;
use crate::routing::snapshot::{Agent, RoutingType, Snapshot};

/// Each agent's object, ready to be copied.
#[derive(Debug, Default)]
pub struct AgentObjects {
    /// One object after the other, each with a comma in front.
    bytes: Vec<u8>,
    objects: Vec<Object>,
}

/// Where an agent's object stands.
#[derive(Clone, Copy, Debug)]
struct Object {
    begin: usize,
    /// Up to here it is the same however the agent is rung.
    head_end: usize,
    end: usize,
    /// How the agent is rung in the object that stands there: as agents are unless a member or a step says otherwise.
    usual: (RoutingType, u8),
}

/// An answer being written, call by call.
#[derive(Debug)]
pub struct Answer<'o> {
    objects: &'o AgentObjects,
    bytes: Vec<u8>,
    calls: usize,
    is_first_call: bool,
}

impl AgentObjects {
    /// Prepares the agents of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut prepared = Self::default();
        for (_, agent) in snapshot.agents.iter() {
            prepared.add(agent, agent.answer_timeout.unwrap_or(snapshot.settings.answer_timeout));
        }
        prepared
    }

    fn add(&mut self, agent: &Agent, answer_timeout: u8) {
        let bytes = &mut self.bytes;
        let begin = bytes.len();
        bytes.extend_from_slice(b",{\"stringee_user_id\":");
        push_text(bytes, &agent.id);
        if let Some(number) = &agent.phone_number {
            bytes.extend_from_slice(b",\"phone_number\":");
            push_text(bytes, number);
        }
        bytes.extend_from_slice(b",\"routing_type\":");
        let head_end = bytes.len();
        let usual = (agent.routing_type, answer_timeout);
        push_tail(bytes, usual);
        self.objects.push(Object { begin, head_end, end: bytes.len(), usual });
    }

    /// Writes an offer with a comma in front.
    fn push(&self, bytes: &mut Vec<u8>, offer: Offer) {
        let Some(object) = self.objects.get(offer.agent.place()) else { return };
        let rung = (offer.routing_type, offer.answer_timeout);
        let is_usual = object.usual == rung;
        let end = if is_usual { object.end } else { object.head_end };
        bytes.extend_from_slice(self.bytes.get(object.begin..end).unwrap_or_default());
        if !is_usual {
            push_tail(bytes, rung);
        }
    }
}

impl<'o> Answer<'o> {
    /// An answer to a question of so many calls.
    pub fn new(objects: &'o AgentObjects, calls: usize) -> Self {
        /// Room for what stands around the calls, and for the first one with three agents.
        const FIRST_BYTES: usize = 512;
        let mut bytes = Vec::with_capacity(FIRST_BYTES);
        bytes.extend_from_slice(b"{\"version\":2,\"calls\":[");
        Self { objects, bytes, calls, is_first_call: true }
    }

    /// Adds a call's list.
    pub fn push(&mut self, call_id: &str, offers: &[Offer]) {
        let begin: &[u8] = if self.is_first_call { b"{\"callId\":" } else { b",{\"callId\":" };
        self.bytes.extend_from_slice(begin);
        push_text(&mut self.bytes, call_id);
        self.bytes.extend_from_slice(b",\"agents\":");
        push_offers(&mut self.bytes, self.objects, offers);
        self.bytes.push(b'}');
        if std::mem::take(&mut self.is_first_call) && self.calls > 1 {
            // The other calls mostly get lists as long as the first one's: room for all of them at once.
            self.bytes.reserve(self.bytes.len().saturating_mul(self.calls));
        }
    }

    /// The whole answer.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"]}");
        self.bytes
    }
}

/// A list of agents as the JSON array that the platform gets.
pub fn agents_json(objects: &AgentObjects, offers: &[Offer]) -> String {
    let mut bytes = Vec::new();
    push_offers(&mut bytes, objects, offers);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn push_offers(bytes: &mut Vec<u8>, objects: &AgentObjects, offers: &[Offer]) {
    let begin = bytes.len();
    for offer in offers {
        objects.push(bytes, *offer);
    }
    // The first one's comma is where the array begins.
    match bytes.get_mut(begin) {
        Some(first) => *first = b'[',
        None => bytes.push(b'['),
    }
    bytes.push(b']');
}

/// What an object ends with: how the agent is rung.
fn push_tail(bytes: &mut Vec<u8>, (routing_type, answer_timeout): (RoutingType, u8)) {
    bytes.push(b'0' + routing_type.number());
    bytes.extend_from_slice(b",\"answer_timeout\":");
    push_number(bytes, answer_timeout);
    bytes.push(b'}');
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
    fn an_answer_has_room_for_all_calls_once_the_first_is_written() {
        let objects = AgentObjects::default();
        let mut answer = Answer::new(&objects, 50);
        answer.push(&"x".repeat(3000), &[]);
        let room = answer.bytes.capacity();
        for _ in 1..50 {
            answer.push(&"y".repeat(3000), &[]);
        }
        assert_eq!(answer.bytes.capacity(), room);
        let json: serde_json::Value = serde_json::from_slice(&answer.finish()).unwrap();
        assert_eq!(json["calls"].as_array().unwrap().len(), 50);
        assert_eq!(json["calls"][49]["agents"], serde_json::json!([]));
    }

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
