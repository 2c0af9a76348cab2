//! A rule's name, place, switch and steps as a form; what differs from the tables becomes a draft.

use std::collections::HashMap;

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use routing::snapshot::{Rule, Snapshot, Step, Target};
use serde_json::{Map, Value};

use super::drafts::begin;
use super::visit::Visit;
use super::why::target_name;
use crate::console::draft::edit::EditJson;

/// Columns of a step that the form has.
const STEP_COLUMNS: [&str; 5] = [
    "group_id",
    "after_seconds",
    "max_agents",
    "max_level",
    "answer_timeout",
];

pub(super) fn rule_form(visit: &Visit, snapshot: &Snapshot, rule: &Rule) -> Markup {
    let w = &visit.w.drafts;
    html! {
        details.sec #edit {
            summary { (w.edit) }
            form.stack method="post" action={ "/rules/" (rule.id) } {
                div.row {
                    div.field { label for="name" { (w.rule_name) } input.in #name name="name" value=(rule.name) required; }
                    div.field.small-field { label for="position" { (w.position) } input.in #position name="position" inputmode="numeric" value=(rule.position) required; }
                    label.option { input type="checkbox" name="enabled" value="1" checked[rule.enabled]; " " (w.enabled) }
                }
                @for step in &rule.steps { (step_fields(visit, snapshot, step)) }
                button.btn.main { (w.preview) }
            }
        }
    }
}

fn step_fields(visit: &Visit, snapshot: &Snapshot, step: &Step) -> Markup {
    let w = &visit.w.drafts;
    let field = |column: &str, label: &str, value: Option<String>, none: &str| {
        let name = format!("{}.{column}", step.number);
        html! {
            div.field {
                label for=(name) { (label) }
                input.in id=(name) name=(name) inputmode="numeric" value=[value] placeholder=(none);
            }
        }
    };
    let group_name = format!("{}.group_id", step.number);
    html! {
        fieldset.card.pad {
            legend { ((w.step)(step.number)) }
            div.grid4 {
                (field("after_seconds", w.wait_seconds, Some(step.after_seconds.to_string()), "0"))
                @if let Target::Group(chosen) = step.target {
                    div.field {
                        label for=(group_name) { (w.group) }
                        select.in id=(group_name) name=(group_name) {
                            @for (index, group) in snapshot.groups.iter() { option value=(group.id) selected[index == chosen] { (group.name) } }
                        }
                    }
                } @else { p.small { (target_name(visit.w, snapshot, step)) } }
                (field("max_agents", w.most, step.max_agents.map(|most| most.to_string()), w.everybody))
                (field("max_level", w.level_to, step.max_level.map(|level| level.to_string()), w.everybody))
                (field("answer_timeout", w.ring_seconds, step.answer_timeout.map(|seconds| seconds.to_string()), w.usual))
            }
        }
    }
}

/// What the form shows when nobody has touched it, by the names of its fields.
fn shown(snapshot: &Snapshot, rule: &Rule) -> HashMap<String, String> {
    let mut values = HashMap::from([
        ("name".to_owned(), rule.name.to_string()),
        ("position".to_owned(), rule.position.to_string()),
        ("enabled".to_owned(), u8::from(rule.enabled).to_string()),
    ]);
    for step in &rule.steps {
        let group = match step.target {
            Target::Group(group) => snapshot.groups.get(group).map(|group| group.id.to_string()),
            _ => None,
        };
        let of_step = [
            group,
            Some(step.after_seconds.to_string()),
            step.max_agents.map(|most| most.to_string()),
            step.max_level.map(|level| level.to_string()),
            step.answer_timeout.map(|seconds| seconds.to_string()),
        ];
        for (column, value) in STEP_COLUMNS.into_iter().zip(of_step) {
            values.insert(
                format!("{}.{column}", step.number),
                value.unwrap_or_default(),
            );
        }
    }
    values
}

pub(super) async fn edit(
    visit: Visit,
    Path(id): Path<i64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let edits = {
        let served = visit.desk.live.served();
        let snapshot = &served.snapshot;
        let rule = snapshot.rules.iter().find(|(_, rule)| rule.id == id);
        rule.map(|(_, rule)| edits_of(snapshot, rule, fields))
    };
    match edits {
        None => visit.missing().await,
        Some(edits) if edits.is_empty() => Redirect::to(&format!("/rules/{id}")).into_response(),
        Some(edits) => begin(visit, edits).await,
    }
}

/// What differs from what was shown.
fn edits_of(snapshot: &Snapshot, rule: &Rule, mut fields: Vec<(String, String)>) -> Vec<EditJson> {
    if !fields.iter().any(|(name, _)| name == "enabled") {
        // A browser does not send a box that is not ticked.
        fields.push(("enabled".to_owned(), "0".to_owned()));
    }
    let before = shown(snapshot, rule);
    let mut of_rule = Map::new();
    let mut of_steps: Vec<(String, Map<String, Value>)> = Vec::new();
    for (name, value) in fields {
        let value = value.trim().to_owned();
        if before.get(&name).is_none_or(|old| *old == value) {
            continue;
        }
        match name.split_once('.') {
            None => {
                of_rule.insert(name, value.into());
            }
            Some((step, column)) => {
                let set = (column.to_owned(), Value::from(value));
                match of_steps.iter_mut().find(|(known, _)| known == step) {
                    Some((_, columns)) => columns.extend([set]),
                    None => of_steps.push((step.to_owned(), Map::from_iter([set]))),
                }
            }
        }
    }
    let edit = |table: &str, key: String, set| EditJson {
        table: table.to_owned(),
        key: Some(key),
        set: Some(set),
        add: None,
        delete: false,
    };
    let mut edits = Vec::new();
    if !of_rule.is_empty() {
        edits.push(edit("rules", rule.id.to_string(), of_rule));
    }
    for (step, set) in of_steps {
        edits.push(edit("rule_steps", format!("{}/{step}", rule.id), set));
    }
    edits
}
