//! A queue as somebody types it: by its id, or by its name in the table `queues`.

use super::output::complain;
use routing::fold::folded;
use routing::snapshot::Snapshot;

/// The id of the queue that is meant. One that nobody knows is said, and taken as it is: it is routed like any other.
pub(super) fn queue_id(snapshot: &Snapshot, typed: &str) -> String {
    let listed = &snapshot.queue_names;
    let mut names_any = !listed.is_empty();
    let mut is_known = listed.contains_key(typed);
    for rule in snapshot.rules.values() {
        for id in rule.conditions.queues.iter().flatten() {
            names_any = true;
            is_known |= **id == *typed;
        }
    }
    if is_known || !names_any {
        return typed.to_owned();
    }
    let mut named: Vec<&str> = Vec::new();
    for (id, name) in listed {
        if folded(name) == folded(typed) {
            named.push(id);
        }
    }
    match *named {
        [id] => id.to_owned(),
        [] => {
            complain(format_args!(
                "note: no rule and no row of queues names the queue '{typed}'{}",
                listed_ones(snapshot)
            ));
            typed.to_owned()
        }
        _ => {
            complain(format_args!(
                "note: several queues are called '{typed}': {}; name one by its id",
                named.join(", ")
            ));
            typed.to_owned()
        }
    }
}

/// What could have been meant, if it is a line of reading.
fn listed_ones(snapshot: &Snapshot) -> String {
    const MAX_LISTED: usize = 5;
    let names = snapshot.queue_names.iter();
    let mut listed: Vec<String> = names.map(|(id, name)| format!("{id} ({name})")).collect();
    listed.sort();
    match listed.len() {
        1..=MAX_LISTED => format!("; there are {}", listed.join(", ")),
        _ => String::new(),
    }
}
