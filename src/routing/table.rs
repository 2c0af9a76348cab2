//! The tables of the rules database as plain rows: what a store hands over and the compiler judges.
//!
//! A [`Cell`] is whatever an admin's tool has left in the file. SQLite keeps text in an integer column if nobody stops
//! it, so nothing is decoded on the way here; the compiler alone decides what is right and says so row by row.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::Xxh3;

/// One value as the database holds it, before anybody has judged it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value: "any" or "as usual".
    Null,
    /// A whole number.
    Integer(i64),
    /// A fractional number; no column wants one.
    Real(f64),
    /// Valid UTF-8.
    Text(Box<str>),
    /// Bytes, or text that is not valid UTF-8; no column wants them.
    Blob(Box<[u8]>),
}

/// A table that the compiler reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Key and value pairs for the whole installation.
    Settings,
    /// Names for queue ids.
    Queues,
    /// Named opening hours.
    Schedules,
    /// The windows of the schedules.
    ScheduleHours,
    /// The people who answer.
    Agents,
    /// Named sets of agents.
    Groups,
    /// Who is in which group, at which level.
    GroupMembers,
    /// Known callers and prefixes.
    Callers,
    /// When a call is routed how.
    Rules,
    /// Who is rung by a rule, from which second on.
    RuleSteps,
    /// The rules' own tests.
    RuleTests,
}

impl Table {
    /// Every table, referenced tables first.
    pub const ALL: [Self; 11] = [
        Self::Settings,
        Self::Queues,
        Self::Schedules,
        Self::ScheduleHours,
        Self::Agents,
        Self::Groups,
        Self::GroupMembers,
        Self::Callers,
        Self::Rules,
        Self::RuleSteps,
        Self::RuleTests,
    ];

    /// The table's name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Queues => "queues",
            Self::Schedules => "schedules",
            Self::ScheduleHours => "schedule_hours",
            Self::Agents => "agents",
            Self::Groups => "groups",
            Self::GroupMembers => "group_members",
            Self::Callers => "callers",
            Self::Rules => "rules",
            Self::RuleSteps => "rule_steps",
            Self::RuleTests => "rule_tests",
        }
    }

    /// The columns that name a row to a person, in order.
    pub const fn key(self) -> &'static [&'static str] {
        match self {
            Self::Settings => &["key"],
            Self::Queues
            | Self::Schedules
            | Self::ScheduleHours
            | Self::Agents
            | Self::Groups
            | Self::Rules
            | Self::RuleTests => &["id"],
            Self::GroupMembers => &["group_id", "agent_id"],
            Self::Callers => &["number"],
            Self::RuleSteps => &["rule_id", "step"],
        }
    }

    /// The columns that the compiler reads, in the order in which a row's cells stand. Notes are for people only.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Settings => &["key", "value"],
            Self::Queues => &["id", "name"],
            Self::Schedules => &["id", "name", "time_zone"],
            Self::ScheduleHours => &["id", "schedule_id", "days", "date_from", "date_to", "start_time", "end_time"],
            Self::Agents => &[
                "id",
                "name",
                "phone_number",
                "routing_type",
                "answer_timeout",
                "enabled",
                "away_from",
                "away_until",
                "cover_id",
            ],
            Self::Groups => &["id", "name", "strategy"],
            Self::GroupMembers => &[
                "group_id",
                "agent_id",
                "level",
                "position",
                "weight",
                "schedule_id",
                "routing_type",
                "answer_timeout",
            ],
            Self::Callers => &["number", "owner_id", "tags", "expires_on"],
            Self::Rules => &[
                "id",
                "position",
                "name",
                "enabled",
                "queue_id",
                "to_number",
                "from_number",
                "caller_tag",
                "has_owner",
                "schedule_id",
                "when_open",
                "split_percent",
                "action",
            ],
            Self::RuleSteps => &[
                "rule_id",
                "step",
                "after_seconds",
                "until_seconds",
                "target",
                "group_id",
                "agent_id",
                "and_group_id",
                "max_level",
                "max_agents",
                "routing_type",
                "answer_timeout",
            ],
            Self::RuleTests => {
                &["id", "name", "queue_id", "from_number", "to_number", "at", "waited", "expect_rule", "expect_agents"]
            }
        }
    }
}

/// The rows of one table, cell after cell in the order of [`Table::columns`].
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    table: Table,
    cells: Vec<Cell>,
}

impl Rows {
    /// No rows yet.
    pub const fn new(table: Table) -> Self {
        Self { table, cells: Vec::new() }
    }

    /// Adds one row. A row that is too short is filled up with [`Cell::Null`], one that is too long is cut.
    pub fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        let width = self.table.columns().len();
        let end = self.cells.len() + width;
        self.cells.extend(row.into_iter().take(width));
        self.cells.resize(end, Cell::Null);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.cells.len() / self.table.columns().len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Each row's cells.
    pub fn iter(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks_exact(self.table.columns().len())
    }
}

/// All rows of a rules database, read in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Tables(BTreeMap<Table, Rows>);

impl Default for Tables {
    fn default() -> Self {
        Self(Table::ALL.into_iter().map(|table| (table, Rows::new(table))).collect())
    }
}

impl Tables {
    /// The rows of one table, in the order in which they were read.
    pub fn rows(&self, table: Table) -> impl Iterator<Item = &[Cell]> {
        self.0.get(&table).into_iter().flat_map(Rows::iter)
    }

    /// How many rows one table has.
    pub fn count(&self, table: Table) -> usize {
        self.0.get(&table).map_or(0, Rows::len)
    }

    /// Takes over the rows of one table, in place of those it had.
    pub fn set(&mut self, rows: Rows) {
        self.0.insert(rows.table, rows);
    }

    /// A number that is the same for the same rows, and another for others.
    pub fn fingerprint(&self) -> u64 {
        let mut state = Xxh3::new();
        for (table, rows) in &self.0 {
            state.update(table.name().as_bytes());
            rows.cells.iter().for_each(|cell| cell.feed(&mut state));
        }
        state.digest()
    }

    /// Adds one row to one table.
    pub fn push(&mut self, table: Table, row: impl IntoIterator<Item = Cell>) {
        self.0.entry(table).or_insert_with(|| Rows::new(table)).push(row);
    }
}

impl Cell {
    /// Feeds the kind, the length and the value, so that no two rows of cells feed the same bytes.
    fn feed(&self, state: &mut Xxh3) {
        let (kind, value): (u8, &[u8]) = match self {
            Self::Null => (0, &[]),
            Self::Integer(number) => (1, &number.to_le_bytes()),
            Self::Real(number) => (2, &number.to_le_bytes()),
            Self::Text(text) => (3, text.as_bytes()),
            Self::Blob(bytes) => (4, bytes),
        };
        state.update(&[kind]);
        state.update(&value.len().to_le_bytes());
        state.update(value);
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
