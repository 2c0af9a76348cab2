//! A contact center to begin with.

use serde_json::{Value, json};

use super::collection::Collection;
use super::state::{Record, State};
use routing::hash::hash;

/// How large a sample is to be.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Agents; they are dealt to the queues' own groups in turn.
    pub agents: u32,
    /// Queues, each with a hotline, a group of its own, and one that all of them share as a reserve.
    pub queues: u32,
}

/// Names to tell the agents apart.
const NAMES: [&str; 10] = [
    "Hoa", "Minh", "Lan", "Tuấn", "Linh", "Đức", "Mai", "Nam", "Thảo", "Quân",
];
/// What the first queues are for.
const QUEUES: [&str; 4] = ["Sales", "Support", "Orders", "Complaints"];
/// Each one of so many agents is in the reserve as well, and has a telephone.
const ONE_IN: u32 = 5;

impl Sample {
    /// The state; the same again for the same size.
    pub fn state(self) -> State {
        let mut state = State {
            project_id: 25,
            api_key_sid: "SK.0.emulator".to_owned(),
            api_key_secret: "secret-of-the-emulated-api-key".to_owned(),
            signing_key: Some("signing-key-of-the-emulated-project".to_owned()),
            ..State::default()
        };
        let reserve = id("GR", "reserve");
        push(
            &mut state,
            Collection::Groups,
            json!({"id": reserve, "name": "Reserve"}),
        );
        for queue in 0..self.queues.max(1) {
            add_queue(&mut state, queue, &reserve);
        }
        for agent in 1..=self.agents {
            add_agent(&mut state, agent, self.queues.max(1), &reserve);
        }
        state
    }
}

fn add_queue(state: &mut State, number: u32, reserve: &str) {
    let name = name(&QUEUES, number);
    let (queue, group) = (id("QU", &name), id("GR", &name));
    push(
        state,
        Collection::Queues,
        json!({"id": queue, "name": name}),
    );
    push(
        state,
        Collection::Groups,
        json!({"id": group, "name": format!("{name} team")}),
    );
    for (group, primary) in [(&*group, true), (reserve, false)] {
        let routing = id("GR_RO", &format!("{queue} {group}"));
        let row =
            json!({"id": routing, "queue_id": queue, "group_id": group, "primary_group": primary});
        push(state, Collection::GroupRoutings, row);
    }
    let hotline = format!("8424730820{:02}", number + 1);
    push(
        state,
        Collection::Numbers,
        json!({"id": id("NU", &hotline), "number": hotline, "queue_id": queue}),
    );
}

fn add_agent(state: &mut State, number: u32, queues: u32, reserve: &str) {
    let user_id = format!("agent_{number}");
    let agent = id("AG", &user_id);
    let is_reserve = number.is_multiple_of(ONE_IN);
    let phone = if is_reserve {
        format!("849099{number:05}")
    } else {
        String::new()
    };
    let row = json!({
        "id": agent, "name": format!("{} {number}", in_turn(&NAMES, number - 1)), "stringee_user_id": user_id,
        "manual_status": "AVAILABLE", "routing_type": 1, "phone_number": phone,
    });
    push(state, Collection::Agents, row);
    let own = id("GR", &name(&QUEUES, (number - 1) % queues));
    push(
        state,
        Collection::GroupAgents,
        json!({"group_id": own, "agent_id": agent}),
    );
    if is_reserve {
        push(
            state,
            Collection::GroupAgents,
            json!({"group_id": reserve, "agent_id": agent}),
        );
    }
}

/// One of some names, in turn; a number is added once all are taken.
fn name(names: &[&str], number: u32) -> String {
    let name = in_turn(names, number);
    match usize::try_from(number).unwrap_or(0) / names.len() {
        0 => name.to_owned(),
        round => format!("{name} {}", round + 1),
    }
}

fn in_turn<'n>(names: &[&'n str], number: u32) -> &'n str {
    let at = usize::try_from(number).unwrap_or(0) % names.len();
    names.get(at).copied().unwrap_or("")
}

/// Adds a record with the defaults of its kind.
fn push(state: &mut State, collection: Collection, fields: Value) {
    if let Value::Object(fields) = fields {
        let record: Record = collection.with_defaults(fields);
        state.list_mut(collection).push(record);
    }
}

/// An id in Stringee's form, the same again for the same thing.
pub(super) fn id(prefix: &str, of: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut rest = u128::from(hash(&[prefix, of])) << 64 | u128::from(hash(&[of, prefix, "2"]));
    let letter = |rest: u128| match usize::try_from(rest % 32) {
        Ok(at) => LETTERS.get(at).copied().unwrap_or(b'A'),
        Err(_) => b'A',
    };
    let mut id = format!("{prefix}_");
    for _ in 0..16 {
        id.push(char::from(letter(rest)));
        rest /= 32;
    }
    id
}
