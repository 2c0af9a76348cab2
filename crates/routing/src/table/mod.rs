//! The tables of the rules database as plain rows: what a store hands over and the compiler judges.
//!
//! A [`Cell`] is whatever an admin's tool has left in the file. SQLite keeps text in an integer column if nobody stops
//! it, so nothing is decoded on the way here; the compiler alone decides what is right and says so row by row.

mod cell;
mod rows;

pub use cell::{Cell, CellRef};
pub use rows::{Cells, Rows, Tables};

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
            Self::ScheduleHours => &[
                "id",
                "schedule_id",
                "days",
                "date_from",
                "date_to",
                "start_time",
                "end_time",
            ],
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
            Self::RuleTests => &[
                "id",
                "name",
                "queue_id",
                "from_number",
                "to_number",
                "at",
                "waited",
                "expect_rule",
                "expect_agents",
            ],
        }
    }
}
