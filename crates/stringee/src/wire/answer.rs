//! The platform's JSON: the answer as it goes out, put together from pieces made when the rules were compiled.
//!
//! Version 2 of the response of `get_list_agents_url`:
//! <https://developer.stringee.com/docs/icc-rest-api/contact-center-queue-management>.

use super::json::{push_number, push_text};
use routing::route::Offer;
use routing::snapshot::{Agent, RoutingType, Snapshot};

/// Each agent's object, ready to be copied.
#[derive(Debug, Default)]
pub struct AgentObjects {
    /// One object after the other, each with a comma in front.
    text: String,
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
    text: String,
    calls: usize,
    /// Beyond that nothing is made ready.
    max_bytes: usize,
    is_first_call: bool,
}

impl AgentObjects {
    /// Prepares the agents of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut prepared = Self::default();
        for (_, agent) in snapshot.agents.iter() {
            prepared.add(
                agent,
                agent
                    .answer_timeout
                    .unwrap_or(snapshot.settings.answer_timeout),
            );
        }
        prepared
    }

    fn add(&mut self, agent: &Agent, answer_timeout: u8) {
        let text = &mut self.text;
        let begin = text.len();
        text.push_str(",{\"stringee_user_id\":");
        push_text(text, &agent.id);
        if let Some(number) = &agent.phone_number {
            text.push_str(",\"phone_number\":");
            push_text(text, number);
        }
        text.push_str(",\"routing_type\":");
        let head_end = text.len();
        let usual = (agent.routing_type, answer_timeout);
        push_tail(text, usual);
        self.objects.push(Object {
            begin,
            head_end,
            end: text.len(),
            usual,
        });
    }

    /// Writes an offer, with a comma in front unless it is the first one.
    fn push(&self, text: &mut String, offer: Offer, is_first: bool) {
        let Some(object) = self.objects.get(offer.agent.place()) else {
            return;
        };
        let begin = object.begin + usize::from(is_first);
        let rung = (offer.routing_type, offer.answer_timeout);
        let is_usual = object.usual == rung;
        let end = if is_usual {
            object.end
        } else {
            object.head_end
        };
        text.push_str(self.text.get(begin..end).unwrap_or_default());
        if !is_usual {
            push_tail(text, rung);
        }
    }
}

impl<'o> Answer<'o> {
    /// An answer to a question of so many calls, which is not to get longer than that.
    pub fn new(objects: &'o AgentObjects, calls: usize, max_bytes: usize) -> Self {
        /// Room for what stands around the calls, and for the first one with three agents.
        const FIRST_BYTES: usize = 512;
        /// Room for a few more: how much many need, the first one tells.
        const MORE_BYTES: usize = 256;
        let few_more = calls.saturating_sub(1).min(4);
        let mut text = String::with_capacity(FIRST_BYTES + few_more * MORE_BYTES);
        text.push_str("{\"version\":2,\"calls\":[");
        Self {
            objects,
            text,
            calls,
            max_bytes,
            is_first_call: true,
        }
    }

    /// Adds a call's list.
    pub fn push(&mut self, call_id: &str, offers: &[Offer]) {
        self.text.push_str(if self.is_first_call {
            "{\"callId\":"
        } else {
            ",{\"callId\":"
        });
        push_text(&mut self.text, call_id);
        self.text.push_str(",\"agents\":");
        push_offers(&mut self.text, self.objects, offers);
        self.text.push('}');
        if std::mem::take(&mut self.is_first_call) && self.calls > 1 {
            // The other calls mostly get lists as long as the first one's: room for all of them at once.
            let all = self.text.len().saturating_mul(self.calls);
            self.text.reserve(all.min(self.max_bytes));
        }
    }

    /// How long it is already.
    pub const fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The whole answer.
    pub fn finish(mut self) -> String {
        self.text.push_str("]}");
        self.text
    }
}

/// A list of agents as the JSON array that the platform gets.
pub fn agents_json(objects: &AgentObjects, offers: &[Offer]) -> String {
    let mut text = String::new();
    push_offers(&mut text, objects, offers);
    text
}

fn push_offers(text: &mut String, objects: &AgentObjects, offers: &[Offer]) {
    text.push('[');
    let mut is_first = true;
    for offer in offers {
        objects.push(text, *offer, std::mem::take(&mut is_first));
    }
    text.push(']');
}

/// What an object ends with: how the agent is rung.
fn push_tail(text: &mut String, (routing_type, answer_timeout): (RoutingType, u8)) {
    push_number(text, routing_type.number());
    text.push_str(",\"answer_timeout\":");
    push_number(text, answer_timeout);
    text.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_room_for_all_calls_once_the_first_is_written() {
        let objects = AgentObjects::default();
        let mut answer = Answer::new(&objects, 50, 1 << 20);
        answer.push(&"x".repeat(3000), &[]);
        let room = answer.text.capacity();
        for _ in 1..50 {
            answer.push(&"y".repeat(3000), &[]);
        }
        assert_eq!(answer.text.capacity(), room);
        let json: serde_json::Value = serde_json::from_str(&answer.finish()).unwrap();
        assert_eq!(json["calls"].as_array().unwrap().len(), 50);
        assert_eq!(json["calls"][49]["agents"], serde_json::json!([]));
    }
}
