//! The rows that our tables should have, if nobody had edited them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::basis::{Basis, RowKey};
use super::{Choices, Remark};
use crate::exchange::Image;
use routing::number::{CountryCode, Number};
use routing::table::Table;
use stringee::client::{Agent, Center, Queue};

/// The rows, and what could not become one.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) rows: BTreeMap<RowKey, Image>,
    pub(super) remarks: Vec<Remark>,
}

/// Behind an admin's own rules, which people number from 10 or 100 on.
const POSITION: u32 = 1000;

impl Wanted {
    pub(super) fn of(center: &Center, choices: Choices, basis: &Basis) -> Self {
        let mut wanted = Self::default();
        for queue in &center.queues {
            wanted.add(
                Table::Queues,
                &queue.id,
                json!({"id": queue.id, "name": name_of(queue)}),
            );
        }
        for agent in &center.agents {
            wanted.add_agent(agent, basis);
        }
        for group in &center.groups {
            let name = group.name.as_deref().unwrap_or(&group.id);
            wanted.add(
                Table::Groups,
                &group.id,
                json!({"id": group.id, "name": name}),
            );
        }
        wanted.add_members(center);
        wanted.add_rules(center, choices, basis);
        wanted
    }

    fn add(&mut self, table: Table, key: &str, image: Value) {
        let row = RowKey {
            table,
            key: key.to_owned(),
        };
        if key.contains([',', '\0']) || key.trim() != key || key.is_empty() {
            self.remarks.push(Remark::new(
                row,
                "left out: our ids have no commas and no blanks around them",
            ));
        } else if let Value::Object(image) = image {
            self.rows.insert(row, image);
        }
    }

    fn add_agent(&mut self, agent: &Agent, basis: &Basis) {
        let row = |key: &str| RowKey {
            table: Table::Agents,
            key: key.to_owned(),
        };
        let Some(id) = agent.user_id.as_deref() else {
            self.remarks
                .push(Remark::new(row(&agent.id), "left out: no stringee user id"));
            return;
        };
        let phone = match &agent.phone_number {
            Some(phone) => international(phone, basis),
            None => None,
        };
        if phone.is_none() && agent.phone_number.is_some() {
            self.remarks.push(Remark::new(
                row(id),
                "its telephone number is left out: not a number",
            ));
        }
        // Our tables refuse to ring a telephone without a number.
        let routing_type = if agent.routing_type == Some(2) && phone.is_some() {
            2
        } else {
            1
        };
        let name = agent.name.as_deref().unwrap_or(id);
        let image = json!({"id": id, "name": name, "phone_number": phone, "routing_type": routing_type, "enabled": 1});
        self.add(Table::Agents, id, image);
    }

    fn add_members(&mut self, center: &Center) {
        let mut user_ids: BTreeMap<&str, &str> = BTreeMap::new();
        for agent in &center.agents {
            if let Some(user_id) = &agent.user_id {
                user_ids.insert(&agent.id, user_id);
            }
        }
        for member in &center.members {
            // An agent who has gone between two lists, or has no user id, is nobody's member.
            let Some(agent) = user_ids.get(&*member.agent_id) else {
                continue;
            };
            let group = &member.group_id;
            let image = json!({"group_id": group, "agent_id": agent});
            self.add(Table::GroupMembers, &format!("{group}/{agent}"), image);
        }
    }

    fn add_rules(&mut self, center: &Center, choices: Choices, basis: &Basis) {
        let mut ids = RuleIds::of(basis);
        for queue in &center.queues {
            let (id, is_known) = ids.of_queue(&queue.id);
            let groups = groups_of(center, &queue.id);
            if groups.is_empty() && !is_known {
                let row = RowKey {
                    table: Table::Queues,
                    key: queue.id.clone(),
                };
                self.remarks
                    .push(Remark::new(row, "no group serves it: it gets no rule"));
                continue;
            }
            let image = json!({
                "id": id, "position": POSITION, "name": rule_name(center, queue), "queue_id": queue.id, "enabled": 1,
                "note": note_of(center, &queue.id),
            });
            self.add(Table::Rules, &id.to_string(), image);
            self.add_steps(id, &groups, choices, basis);
        }
    }

    /// A step per group. One that was pulled before keeps its number, a new one gets the next.
    fn add_steps(&mut self, rule: i64, groups: &[(&str, bool)], choices: Choices, basis: &Basis) {
        let (pulled, present) = (steps_of(rule, &basis.pulled), steps_of(rule, &basis.rows));
        let mut last = 0;
        for (step, _) in pulled.iter().chain(&present) {
            last = last.max(*step);
        }
        for (group, is_primary) in groups {
            let step = if let Some((step, _)) = pulled.iter().find(|(_, of)| of == group) {
                *step
            } else {
                last += 1;
                last
            };
            let after = if *is_primary {
                0
            } else {
                choices.others_after_seconds
            };
            let image =
                json!({"rule_id": rule, "step": step, "after_seconds": after, "group_id": group});
            self.add(Table::RuleSteps, &format!("{rule}/{step}"), image);
        }
    }
}

/// The ids of the rules that were pulled, and new ones.
struct RuleIds {
    known: BTreeMap<String, i64>,
    last: i64,
}

impl RuleIds {
    fn of(basis: &Basis) -> Self {
        let mut known = BTreeMap::new();
        let mut last = 0;
        for (row, image) in &basis.pulled {
            if let Some(id) = rule_id(row)
                && let Some(Value::String(queue)) = image.get("queue_id")
            {
                known.insert(queue.clone(), id);
            }
        }
        for row in basis.rows.keys().chain(basis.pulled.keys()) {
            last = last.max(rule_id(row).unwrap_or(0));
        }
        Self { known, last }
    }

    /// The id for a queue's rule, and whether there was one before.
    fn of_queue(&mut self, queue: &str) -> (i64, bool) {
        if let Some(id) = self.known.get(queue) {
            return (*id, true);
        }
        self.last += 1;
        (self.last, false)
    }
}

/// The steps of a rule, each with the group that it rings.
fn steps_of(rule: i64, rows: &BTreeMap<RowKey, Image>) -> Vec<(i64, Value)> {
    let mut steps = Vec::new();
    for (row, image) in rows {
        if row.table == Table::RuleSteps
            && image.get("rule_id").and_then(Value::as_i64) == Some(rule)
            && let Some(step) = image.get("step").and_then(Value::as_i64)
            && let Some(group) = image.get("group_id")
        {
            steps.push((step, group.clone()));
        }
    }
    steps
}

fn rule_id(row: &RowKey) -> Option<i64> {
    if row.table != Table::Rules {
        return None;
    }
    row.key.parse().ok()
}

/// The groups that serve a queue, primary ones first.
fn groups_of<'c>(center: &'c Center, queue: &str) -> Vec<(&'c str, bool)> {
    let known: BTreeSet<&str> = center.groups.iter().map(|group| &*group.id).collect();
    let mut groups: BTreeMap<&str, bool> = BTreeMap::new();
    for routing in &center.routings {
        if routing.queue_id == queue && known.contains(&*routing.group_id) {
            *groups.entry(&routing.group_id).or_default() |= routing.primary_group.unwrap_or(true);
        }
    }
    let mut groups: Vec<(&str, bool)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, is_primary)| !is_primary);
    groups
}

fn name_of(queue: &Queue) -> &str {
    queue.name.as_deref().unwrap_or(&queue.id)
}

/// The queue's name, with its id if another queue is named alike: explanations and rule tests go by the rule's name.
fn rule_name(center: &Center, queue: &Queue) -> String {
    let same_name = |other: &&Queue| name_of(other) == name_of(queue);
    let alike = center.queues.iter().filter(same_name).count();
    match alike {
        1 => format!("Stringee: {}", name_of(queue)),
        _ => format!("Stringee: {} ({})", name_of(queue), queue.id),
    }
}

/// Which hotlines lead to a queue.
fn note_of(center: &Center, queue: &str) -> Option<String> {
    let mut hotlines: BTreeSet<&str> = BTreeSet::new();
    for number in &center.numbers {
        if number.queue_id.as_deref() == Some(queue) {
            hotlines.extend(number.number.as_deref());
        }
    }
    if hotlines.is_empty() {
        return None;
    }
    let hotlines: Vec<&str> = hotlines.into_iter().collect();
    Some(format!("hotlines: {}", hotlines.join(", ")))
}

/// A telephone number in the form that our tables keep.
fn international(phone: &str, basis: &Basis) -> Option<String> {
    const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
    let country = CountryCode::parse(basis.country_code.as_deref().unwrap_or("84"))?;
    let number = Number::from_table(phone, &country)?.as_str().to_owned();
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    if !is_number || !DIGITS.contains(&number.len()) {
        return None;
    }
    Some(number)
}
