//! What people and hotlines are called on a page.

use std::collections::HashMap;

use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use routing::arena::Index;
use routing::snapshot::{Agent, Snapshot};

use crate::console::ask::line::LineName;
use crate::console::words::{Words, hotline, short_name};

/// The short names of all agents: the given name, with the first letter of the family where two have the same.
pub(super) struct ShortNames<'s> {
    snapshot: &'s Snapshot,
    counts: HashMap<&'s str, usize>,
}

impl<'s> ShortNames<'s> {
    pub(super) fn of(snapshot: &'s Snapshot) -> Self {
        let mut counts = HashMap::new();
        for (_, agent) in snapshot.agents.iter() {
            *counts.entry(short_name(&agent.name)).or_default() += 1;
        }
        Self { snapshot, counts }
    }

    /// The short name for a full one.
    pub(super) fn short(&self, name: &str) -> String {
        let short = short_name(name);
        let family = name.chars().next().filter(|_| name.trim() != short);
        match family {
            Some(family) if self.counts.get(short).is_some_and(|count| *count > 1) => {
                format!("{short} {family}.")
            }
            _ => short.to_owned(),
        }
    }

    /// An agent's short name.
    pub(super) fn agent(&self, agent: Index<Agent>) -> String {
        let agent = self.snapshot.agents.get(agent);
        agent.map_or_else(String::new, |agent| self.short(&agent.name))
    }

    /// The short name as markup, with the full one to point at.
    pub(super) fn show(&self, name: &str) -> Markup {
        html! { b title=(name) { (self.short(name)) } }
    }
}

/// What a line is called: its name, and its number or its queue.
pub(super) fn line_names(w: &Words, line: &LineName<'_>) -> (String, String) {
    let number = line.hotline.as_deref().map(hotline);
    let queue = line.queue_name.or(line.queue_id);
    match (line.hotline_name, number) {
        (Some(name), Some(number)) => (name.to_owned(), number),
        (_, Some(number)) => (number, queue.unwrap_or_default().to_owned()),
        (_, None) => (
            queue.unwrap_or(w.board.any_queue).to_owned(),
            w.board.any_hotline.to_owned(),
        ),
    }
}

/// A line in an address.
pub(super) fn line_key(line: &LineName<'_>) -> String {
    format!(
        "{}~{}",
        line.queue_id.unwrap_or_default(),
        line.hotline.as_deref().unwrap_or_default()
    )
}

/// What has to be encoded in a query; times and dates are read as they stand there.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':');

/// The address of a row, by its key.
pub(super) fn row_address(path: &str, key: &str) -> String {
    format!("{path}/{}", utf8_percent_encode(key, IN_QUERY))
}

/// An address with a query, its values encoded and the empty ones left out.
pub(super) fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let mut before = '?';
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        let value = utf8_percent_encode(value, IN_QUERY);
        address.extend([before.to_string(), format!("{name}={value}")]);
        before = '&';
    }
    address
}
