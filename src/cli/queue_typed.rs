//! A queue as somebody types it: by its id, or by its name in the table `queues`.

use std::path::Path;

use super::output::complain;
use super::rules::snapshot;
use routing::fold::{folded, unaccented};
use routing::snapshot::Snapshot;

/// The id of the queue that is meant by these rules; as it is typed if they cannot be read.
pub(super) async fn queue_id_in(rules: &Path, typed: &str) -> String {
    match snapshot(rules).await {
        Ok(snapshot) => queue_id(&snapshot, typed),
        Err(_) => typed.to_owned(),
    }
}

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
    let called = |alike: &dyn Fn(&str) -> bool| -> Vec<&str> {
        let listed = listed.iter().filter(|(_, name)| alike(name));
        listed.map(|(id, _)| &**id).collect()
    };
    let mut named = called(&|name| folded(name) == folded(typed));
    if named.is_empty() {
        named = called(&|name| unaccented(name.trim()) == unaccented(typed.trim()));
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
