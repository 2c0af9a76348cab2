//! Every column of every table, with what stands in for one that is left out.

use routing::table::{Cell, Table};

/// A column as it is written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the database and in files.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What a row has that says nothing about it.
    pub absent: Absent,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
}

/// What a row has in a column that it says nothing about; the same as an `INSERT` would give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Nothing: "any" or "as usual".
    Null,
    /// This number.
    Integer(i64),
    /// This text.
    Text(&'static str),
    /// The next number that no row has.
    NextId,
    /// The row is wrong.
    Refused,
}

impl Absent {
    /// The value, where it is the same for all rows.
    pub fn cell(self) -> Option<Cell> {
        match self {
            Self::Null => Some(Cell::Null),
            Self::Integer(number) => Some(number.into()),
            Self::Text(text) => Some(text.into()),
            Self::NextId | Self::Refused => None,
        }
    }
}

/// The columns of a table, in the order in which the database has them; the key comes first.
pub const fn columns(table: Table) -> &'static [Column] {
    match table {
        Table::Settings => SETTINGS,
        Table::Queues => QUEUES,
        Table::Schedules => SCHEDULES,
        Table::ScheduleHours => SCHEDULE_HOURS,
        Table::Agents => AGENTS,
        Table::Groups => GROUPS,
        Table::GroupMembers => GROUP_MEMBERS,
        Table::Callers => CALLERS,
        Table::Rules => RULES,
        Table::RuleSteps => RULE_STEPS,
        Table::RuleTests => RULE_TESTS,
    }
}

/// How many columns make up the key.
pub const fn key_width(table: Table) -> usize {
    table.key().len()
}

const SETTINGS: &[Column] = &[needed_text("key"), needed_text("value"), text("note")];

const QUEUES: &[Column] = &[needed_text("id"), needed_text("name"), text("note")];

const SCHEDULES: &[Column] = &[
    needed_text("id"),
    needed_text("name"),
    text("time_zone"),
    text("note"),
];

const SCHEDULE_HOURS: &[Column] = &[
    id(),
    needed_text("schedule_id"),
    text("days"),
    text("date_from"),
    text("date_to"),
    text("start_time"),
    text("end_time"),
    text("note"),
];

const AGENTS: &[Column] = &[
    needed_text("id"),
    needed_text("name"),
    text("phone_number"),
    number_or("routing_type", 1),
    number("answer_timeout"),
    number_or("enabled", 1),
    text("away_from"),
    text("away_until"),
    text("cover_id"),
    text("note"),
];

const GROUPS: &[Column] = &[
    needed_text("id"),
    needed_text("name"),
    text_or("strategy", "weighted"),
    text("note"),
];

const GROUP_MEMBERS: &[Column] = &[
    needed_text("group_id"),
    needed_text("agent_id"),
    number_or("level", 1),
    number_or("position", 100),
    number_or("weight", 100),
    text("schedule_id"),
    number("routing_type"),
    number("answer_timeout"),
];

const CALLERS: &[Column] = &[
    needed_text("number"),
    text("name"),
    text("owner_id"),
    text("tags"),
    text("expires_on"),
    text("note"),
];

const RULES: &[Column] = &[
    id(),
    needed_number("position"),
    needed_text("name"),
    number_or("enabled", 1),
    text("queue_id"),
    text("to_number"),
    text("from_number"),
    text("caller_tag"),
    number("has_owner"),
    text("schedule_id"),
    number_or("when_open", 1),
    number("split_percent"),
    text_or("action", "ring"),
    text("note"),
];

const RULE_STEPS: &[Column] = &[
    needed_number("rule_id"),
    needed_number("step"),
    number_or("after_seconds", 0),
    number("until_seconds"),
    text_or("target", "group"),
    text("group_id"),
    text("agent_id"),
    text("and_group_id"),
    number("max_level"),
    number("max_agents"),
    number("routing_type"),
    number("answer_timeout"),
];

const RULE_TESTS: &[Column] = &[
    id(),
    needed_text("name"),
    needed_text("queue_id"),
    text("from_number"),
    text("to_number"),
    needed_text("at"),
    number_or("waited", 0),
    text("expect_rule"),
    text("expect_agents"),
    text("note"),
];

const fn id() -> Column {
    Column {
        name: "id",
        kind: Kind::Integer,
        absent: Absent::NextId,
    }
}

const fn text(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        absent: Absent::Null,
    }
}

const fn needed_text(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        absent: Absent::Refused,
    }
}

const fn text_or(name: &'static str, usual: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        absent: Absent::Text(usual),
    }
}

const fn number(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Integer,
        absent: Absent::Null,
    }
}

const fn needed_number(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Integer,
        absent: Absent::Refused,
    }
}

const fn number_or(name: &'static str, usual: i64) -> Column {
    Column {
        name,
        kind: Kind::Integer,
        absent: Absent::Integer(usual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_comes_first_and_the_compilers_columns_are_all_there() {
        for table in Table::ALL {
            let names: Vec<&str> = columns(table).iter().map(|column| column.name).collect();
            assert!(names.starts_with(table.key()), "{table:?}");
            assert!(
                table.columns().iter().all(|name| names.contains(name)),
                "{table:?}"
            );
        }
    }
}
