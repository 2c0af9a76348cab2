//! A rule with its steps, as somebody edits it. Pure.

use routing::table::{Cell, Table};

use super::sheet::{Fields, RowSheet, SheetRow};
use crate::console::draft::edit::{EditFault, NotedEdit};
use crate::exchange::{Row, RuleSet};

/// How far apart the positions of new rules are.
const GAP: i64 = 10;

/// How much longer a call waits for a step that is added.
const STEP_SECONDS: u32 = 15;

/// Rules that many begin with: what they set, and whom they ring.
pub(super) const RECIPES: [Recipe; 4] = [
    Recipe {
        name: "block",
        rule: &[("action", "nobody"), ("from_number", "anonymous")],
        targets: &[],
    },
    Recipe {
        name: "vip",
        rule: &[("caller_tag", "vip")],
        targets: &["group"],
    },
    Recipe {
        name: "owner",
        rule: &[("has_owner", "1")],
        targets: &["owner", "group"],
    },
    Recipe {
        name: "closed",
        rule: &[("when_open", "0")],
        targets: &["group"],
    },
];

/// A rule that many begin with.
pub(super) struct Recipe {
    pub(super) name: &'static str,
    rule: &'static [(&'static str, &'static str)],
    targets: &'static [&'static str],
}

/// A rule with its steps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RuleSheet {
    pub(super) id: i64,
    /// One row.
    pub(super) rule: RowSheet,
    pub(super) steps: RowSheet,
}

impl RuleSheet {
    /// A rule as it stands in the tables.
    pub(super) fn of(rules: &RuleSet, id: i64) -> Option<Self> {
        let rule = rules.find(Table::Rules, &[id.into()])?;
        let is_step = |row: &&Row| row.first() == Some(&Cell::Integer(id));
        let steps = rules.rows(Table::RuleSteps).iter().filter(is_step);
        Some(Self {
            id,
            rule: RowSheet::of(Table::Rules, [rule]),
            steps: RowSheet::of(Table::RuleSteps, steps),
        })
    }

    /// A rule to be, behind all others.
    pub(super) fn new(rules: &RuleSet, recipe: &str) -> Self {
        let recipe = RECIPES.iter().find(|known| known.name == recipe);
        let position = (highest(rules, 1) + GAP).to_string();
        let usual = [
            ("position", &*position),
            ("enabled", "1"),
            ("action", "ring"),
            ("when_open", "1"),
            ("priority", "0"),
        ];
        let mut rule = SheetRow::new(&usual);
        for (column, value) in recipe.map_or(&[][..], |recipe| recipe.rule) {
            rule.set(column, *value);
        }
        if recipe.is_some_and(|recipe| recipe.name == "closed") {
            rule.set("schedule_id", first_id(rules, Table::Schedules));
        }
        let mut sheet = Self {
            id: highest(rules, 0) + 1,
            rule: fresh(Table::Rules, vec![rule]),
            steps: fresh(Table::RuleSteps, Vec::new()),
        };
        for target in recipe.map_or(&["group"][..], |recipe| recipe.targets) {
            sheet.add_step(rules, target);
        }
        sheet
    }

    /// Another rule that is like this one, and tried behind it.
    pub(super) fn copied(mut self, rules: &RuleSet, name: &str) -> Self {
        self.id = highest(rules, 0) + 1;
        for sheet in [&mut self.rule, &mut self.steps] {
            sheet.base.clear();
            for row in &mut sheet.rows {
                row.key.clear();
            }
        }
        if let Some(rule) = self.rule.rows.first_mut() {
            rule.values.remove("id");
            rule.set("name", name);
            let position = rule.value("position").parse::<i64>().unwrap_or(0);
            rule.set("position", (position + 1).to_string());
        }
        self.number();
        self
    }

    /// As a form has sent it.
    pub(super) fn sent(id: i64, fields: &Fields) -> Self {
        let mut sheet = Self {
            id,
            rule: RowSheet::sent(Table::Rules, fields),
            steps: RowSheet::sent(Table::RuleSteps, fields),
        };
        sheet.number();
        sheet
    }

    /// What a button does: `up-1`, `down-1`, `copy-1`, `drop-1`, `add`.
    pub(super) fn act(&mut self, rules: &RuleSet, what: &str) {
        let (act, place) = what.split_once('-').unwrap_or((what, ""));
        let steps = &mut self.steps.rows;
        let place = place.parse().unwrap_or(0_usize);
        match act {
            "up" if place > 0 && place < steps.len() => steps.swap(place, place - 1),
            "down" if place + 1 < steps.len() => steps.swap(place, place + 1),
            "drop" if place < steps.len() => {
                steps.remove(place);
            }
            "copy" if place < steps.len() => {
                let copy = SheetRow {
                    key: String::new(),
                    ..steps.get(place).cloned().unwrap_or_default()
                };
                steps.insert(place + 1, copy);
            }
            "add" => self.add_step(rules, "group"),
            _ => {}
        }
        self.number();
    }

    fn add_step(&mut self, rules: &RuleSet, target: &str) {
        let last = self.steps.rows.last();
        let after = last.map_or(0, |row| {
            row.value("after_seconds").parse().unwrap_or(0) + STEP_SECONDS
        });
        let mut row = SheetRow::new(&[("target", target), ("after_seconds", &after.to_string())]);
        if target == "group" {
            row.set("group_id", first_id(rules, Table::Groups));
        }
        self.steps.rows.push(row);
        self.number();
    }

    /// Gives each step its number. Those that stay in their order keep theirs, so that one that goes leaves the others as
    /// they are; else the numbers go from the top.
    fn number(&mut self) {
        let number = |key: &str| {
            key.rsplit('/')
                .next()
                .and_then(|number| number.parse().ok())
        };
        let mut highest: i64 = self
            .steps
            .base
            .keys()
            .filter_map(|key| number(key))
            .max()
            .unwrap_or(0);
        let mut numbers = Vec::with_capacity(self.steps.rows.len());
        for row in &self.steps.rows {
            numbers.push(number(&row.key).unwrap_or_else(|| {
                highest += 1;
                highest
            }));
        }
        numbers.sort_unstable();
        for (row, number) in self.steps.rows.iter_mut().zip(numbers) {
            let key = format!("{}/{number}", self.id);
            row.set("rule_id", self.id.to_string());
            row.set("step", number.to_string());
            row.key = if self.steps.base.contains_key(&key) {
                key
            } else {
                String::new()
            };
            // Who is chosen for one target is left over when another is.
            let other = match row.value("target") {
                "agent" => "group_id",
                _ => "agent_id",
            };
            row.set(other, "");
        }
    }

    /// What differs from what was shown.
    ///
    /// # Errors
    /// A value that its column cannot have.
    pub(super) fn edits(&self) -> Result<Vec<NotedEdit>, EditFault> {
        let mut rule = self.rule.clone();
        if let Some(row) = rule.rows.first_mut().filter(|row| row.key.is_empty()) {
            row.set("id", self.id.to_string());
        }
        let mut edits = rule.edits()?;
        edits.extend(self.steps.edits()?);
        Ok(edits)
    }
}

fn fresh(table: Table, rows: Vec<SheetRow>) -> RowSheet {
    RowSheet {
        table,
        rows,
        base: std::collections::BTreeMap::new(),
    }
}

/// The highest number in a column of `rules`.
fn highest(rules: &RuleSet, place: usize) -> i64 {
    let number = |row: &Row| match row.get(place) {
        Some(Cell::Integer(number)) => *number,
        _ => 0,
    };
    rules
        .rows(Table::Rules)
        .iter()
        .map(number)
        .max()
        .unwrap_or(0)
}

fn first_id(rules: &RuleSet, table: Table) -> String {
    match rules.rows(table).first().and_then(|row| row.first()) {
        Some(Cell::Text(id)) => id.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::row_of;

    fn rules() -> RuleSet {
        let mut rules = RuleSet::default();
        let row = |table: Table, value: serde_json::Value| -> Row {
            row_of(table, value.as_object().unwrap()).into()
        };
        rules.set(
            Table::Rules,
            vec![row(
                Table::Rules,
                json!({"id": 8, "position": 20, "name": "CSKH"}),
            )],
        );
        rules.set(
            Table::Groups,
            vec![row(Table::Groups, json!({"id": "team", "name": "Team"}))],
        );
        let steps = [(1, 0, "team"), (2, 20, "vip"), (4, 40, "night")];
        let steps = steps.map(|(step, after, group)| {
            row(
                Table::RuleSteps,
                json!({"rule_id": 8, "step": step, "after_seconds": after, "group_id": group}),
            )
        });
        rules.set(Table::RuleSteps, steps.into());
        rules
    }

    #[track_caller]
    fn check(acts: &[&str], expected: &[&str]) {
        let rules = rules();
        let mut sheet = RuleSheet::of(&rules, 8).unwrap();
        sheet.number();
        for act in acts {
            sheet.act(&rules, act);
        }
        let said = |edit: &NotedEdit| {
            let edit = edit.json();
            let values = edit
                .set
                .or(edit.add)
                .map(|values| serde_json::to_string(&values).unwrap());
            format!(
                "{} {}",
                edit.key.unwrap_or_default(),
                values.unwrap_or_default()
            )
        };
        let edits = sheet.edits().unwrap();
        assert_eq!(
            edits.iter().map(said).collect::<Vec<_>>(),
            expected,
            "{acts:?}"
        );
    }

    #[test]
    fn steps_come_go_and_change_places() {
        check(&[], &[]);
        check(&["up-1", "up-1"], &[]);
        check(&["up-0", "down-2", "drop-9", "nonsense"], &[]);
        check(&["drop-1"], &["8/2 "]);
        check(
            &["up-1"],
            &[
                r#"8/1 {"after_seconds":20,"group_id":"vip"}"#,
                r#"8/2 {"after_seconds":0,"group_id":"team"}"#,
            ],
        );
        check(
            &["add"],
            &[r#" {"after_seconds":55,"group_id":"team","rule_id":8,"step":5,"target":"group"}"#],
        );
        check(
            &["copy-1"],
            &[
                r#"8/4 {"after_seconds":20,"group_id":"vip"}"#,
                r#" {"after_seconds":40,"group_id":"night","rule_id":8,"step":5,"target":"group"}"#,
            ],
        );
    }

    #[test]
    fn a_copy_is_a_rule_of_its_own() {
        let rules = rules();
        let copy = RuleSheet::of(&rules, 8).unwrap().copied(&rules, "CSKH 2");
        let edits = copy.edits().unwrap();
        let tables: Vec<_> = edits
            .iter()
            .map(|edit| (edit.table, edit.key.clone()))
            .collect();
        assert_eq!(tables.len(), 4);
        assert!(tables.iter().all(|(_, key)| key.is_empty()), "{tables:?}");
        let rule = edits[0].json().add.unwrap();
        assert_eq!((&rule["id"], &rule["name"]), (&json!(9), &json!("CSKH 2")));
    }

    #[test]
    fn a_recipe_begins_a_rule_behind_the_others() {
        let rules = rules();
        let sheet = RuleSheet::new(&rules, "owner");
        let row = &sheet.rule.rows[0];
        assert_eq!((row.value("position"), row.value("has_owner")), ("30", "1"));
        let targets: Vec<_> = sheet
            .steps
            .rows
            .iter()
            .map(|step| (step.value("target"), step.value("after_seconds")))
            .collect();
        assert_eq!(targets, [("owner", "0"), ("group", "15")]);
    }
}
