//! A queue as somebody types it: by its id, or by its name in the table `queues`.

use super::output::complain;
use routing::fold::folded;
use routing::snapshot::Snapshot;

/// The id of the queue that is meant. One that nobody knows is said, and taken as it is: it is routed like any other.
pub(super) fn queue_id(snapshot: &Snapshot, typed: &str) -> String {
    let listed = &snapshot.queue_names;
    let rules = snapshot.rules.iter();
    let in_rules = rules.filter_map(|(_, rule)| rule.conditions.queues.as_deref());
    let mut in_rules = in_rules.flatten().peekable();
    let nobody_names_any = listed.is_empty() && in_rules.peek().is_none();
    let is_known = listed.contains_key(typed) || in_rules.any(|id| **id == *typed);
    if is_known || nobody_names_any {
        return typed.to_owned();
    }
    let named = listed
        .iter()
        .filter(|(_, name)| folded(name) == folded(typed));
    let named: Vec<&str> = named.map(|(id, _)| &**id).collect();
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
    let mut listed: Vec<String> = snapshot
        .queue_names
        .iter()
        .map(|(id, name)| format!("{id} ({name})"))
        .collect();
    listed.sort();
    match listed.len() {
        1..=MAX_LISTED => format!("; there are {}", listed.join(", ")),
        _ => String::new(),
    }
}
