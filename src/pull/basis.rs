//! What a pull is planned from: our rows, and what earlier pulls have written there.

use std::collections::BTreeMap;
use std::fmt;

use crate::exchange::{Image, Row, RowEdit, RuleSet, image_of, key_text, row_of, with_values};
use crate::store::LoggedEdit;
use routing::schema::{Column, agents, callers, group_members, groups, queues, rule_steps, rules};
use routing::table::{Cell, Table};

/// The tables that are filled by a pull.
pub const PULLED: [Table; 6] = [
    Table::Queues,
    Table::Agents,
    Table::Groups,
    Table::GroupMembers,
    Table::Rules,
    Table::RuleSteps,
];

/// The columns that are taken over, key first; the others are an admin's alone.
pub const fn pulled_columns(table: Table) -> &'static [Column] {
    match table {
        Table::Queues => &[queues::ID, queues::NAME],
        Table::Agents => &[
            agents::ID,
            agents::NAME,
            agents::PHONE_NUMBER,
            agents::ROUTING_TYPE,
            agents::ENABLED,
        ],
        Table::Groups => &[groups::ID, groups::NAME],
        Table::GroupMembers => &[group_members::GROUP_ID, group_members::AGENT_ID],
        Table::Rules => &[
            rules::ID,
            rules::POSITION,
            rules::NAME,
            rules::QUEUE_ID,
            rules::ENABLED,
            rules::NOTE,
        ],
        Table::RuleSteps => &[
            rule_steps::RULE_ID,
            rule_steps::STEP,
            rule_steps::AFTER_SECONDS,
            rule_steps::GROUP_ID,
        ],
        _ => &[],
    }
}

/// A row by its table and its key; two key columns are joined by `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// Its table.
    pub table: Table,
    /// Its key.
    pub key: String,
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table.name(), self.key)
    }
}

/// What a plan is made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basis {
    /// The rows as they stand, with their pulled columns.
    pub rows: BTreeMap<RowKey, Image>,
    /// The rows that pulls have written and not removed since: for each column what was last written there.
    pub pulled: BTreeMap<RowKey, Image>,
    /// The setting `country_code`.
    pub country_code: Option<String>,
    /// How many callers each agent owns for whom nobody would cover.
    pub uncovered: BTreeMap<String, usize>,
}

impl Basis {
    /// The rows as they stand, and what the log of changes has from earlier pulls, oldest first.
    pub fn new(present: &RuleSet, logged: Vec<LoggedEdit>) -> Self {
        let mut basis = Self {
            country_code: present.setting("country_code").map(str::to_owned),
            ..Self::default()
        };
        for table in PULLED {
            for row in present.rows(table) {
                let key = key_text(table, row);
                let image = pulled_image(table, &image_of(table, row));
                basis.rows.insert(RowKey { table, key }, image);
            }
        }
        for edit in logged {
            basis.note(edit);
        }
        for caller in present.rows(Table::Callers) {
            let Some(owner @ Cell::Text(id)) = caller.get(callers::OWNER_ID.place) else {
                continue;
            };
            let agent = present.find(Table::Agents, std::slice::from_ref(owner));
            let cover = agent.and_then(|agent| agent.get(agents::COVER_ID.place));
            if cover == Some(&Cell::Null) {
                *basis.uncovered.entry(id.to_string()).or_default() += 1;
            }
        }
        basis
    }

    /// Takes one of our own edits into account; they come oldest first.
    pub(super) fn note(&mut self, (table, key, before, after): LoggedEdit) {
        let Some(table) = PULLED.into_iter().find(|known| known.name() == table) else {
            return;
        };
        let row = RowKey { table, key };
        let image = |text: &str| serde_json::from_str(text).unwrap_or_default();
        let Some(after) = after else {
            self.pulled.remove(&row);
            return;
        };
        let after = image(&after);
        let before: Option<Image> = before.as_deref().map(image);
        let written = self.pulled.entry(row).or_default();
        for (column, value) in pulled_image(table, &after) {
            // A column that our edit left as it was may be somebody else's.
            let is_ours = match &before {
                Some(before) => before.get(&column) != Some(&value),
                None => true,
            };
            if is_ours {
                written.insert(column, value);
            }
        }
    }
}

fn pulled_image(table: Table, image: &Image) -> Image {
    let mut pulled = Image::new();
    for column in pulled_columns(table) {
        let value = image.get(column.name).cloned().unwrap_or_default();
        pulled.insert(column.name.to_owned(), value);
    }
    pulled
}

/// One edit of a row's pulled columns.
#[derive(Clone, Debug, PartialEq)]
pub enum PulledEdit {
    /// A new row.
    Insert(RowKey, Image),
    /// New values for all pulled columns.
    Update(RowKey, Image),
    /// The row goes.
    Delete(RowKey),
}

impl PulledEdit {
    /// The row before and after it.
    pub(super) fn of_row(&self, present: &RuleSet) -> RowEdit {
        let (key, image) = match self {
            Self::Insert(key, image) | Self::Update(key, image) => (key, Some(image)),
            Self::Delete(key) => (key, None),
        };
        let table = key.table;
        let mut rows = present.rows(table).iter();
        let before = rows
            .find(|row| key_text(table, row) == key.key)
            .map(Row::clone);
        let after = image.map(|image| match &before {
            Some(row) => with_values(table, row, image),
            None => row_of(table, image),
        });
        RowEdit {
            table,
            before,
            after: after.map(Into::into),
        }
    }
}
