//! The agents by whom a CRM says that callers are owned.

use std::collections::HashMap;

use super::rule_set::RuleSet;
use routing::fold::folded;
use routing::table::{Cell, Table};

/// The agents by what a CRM may call them.
pub(super) struct Owners {
    ids: HashMap<Box<str>, Box<str>>,
    /// By name, folded; `None`: several have it.
    names: HashMap<String, Option<Box<str>>>,
}

impl Owners {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut owners = Self {
            ids: HashMap::new(),
            names: HashMap::new(),
        };
        for row in rules.rows(Table::Agents) {
            if let (Some(Cell::Text(id)), Some(Cell::Text(name))) = (row.first(), row.get(1)) {
                owners.ids.insert(id.clone(), id.clone());
                let known = owners.names.entry(folded(name));
                known
                    .and_modify(|id| *id = None)
                    .or_insert_with(|| Some(id.clone()));
            }
        }
        owners
    }

    /// The agent with this id, else the only one with this name; of `Name (email)` either part may be one.
    pub(super) fn find(&self, owner: &str) -> Option<&str> {
        if let Some(id) = self.named(owner) {
            return Some(id);
        }
        for part in owner.split(['(', ')', '<', '>']) {
            if let Some(id) = self.named(part.trim()) {
                return Some(id);
            }
        }
        None
    }

    fn named(&self, name: &str) -> Option<&str> {
        if name.is_empty() {
            return None;
        }
        if let Some(id) = self.ids.get(name) {
            return Some(id);
        }
        self.names.get(&folded(name))?.as_deref()
    }
}
