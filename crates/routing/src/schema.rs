//! Every table of the rules database and every column, once: type, default, key.
//!
//! Compiling, reading, files, plans, writing and the tests' fixtures take their columns from here. A column is a value
//! such as [`agents::PHONE_NUMBER`], so a misspelt one does not compile; one that was looked up by its text would
//! be NULL without a word. A test in `store` holds this table against the migrations.

use super::table::Cell;

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The table.
    pub table: Table,
    /// Its name in the database and in files.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What a row has that says nothing about it.
    pub absent: Absent,
    /// Its place in a row of the database.
    pub place: usize,
    /// Its place among the columns that the compiler reads; `None`: it is for people only.
    pub compiled: Option<usize>,
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

impl Table {
    /// The column with this name.
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.columns().iter().find(|column| column.name == name)
    }

    /// The columns that the compiler reads, in the order in which the cells of its rows stand.
    pub fn compiled(self) -> impl Iterator<Item = &'static Column> {
        self.columns()
            .iter()
            .filter(|column| column.compiled.is_some())
    }
}

/// Declares the tables: variant, name, the key's columns, all columns in the order of the database.
macro_rules! tables {
    ($($(#[$doc:meta])* $variant:ident $name:ident [$($key:ident),+] { $($columns:tt)+ })+) => {
        /// A table that the compiler reads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$doc])* $variant,)+ }

        impl Table {
            /// Every table, referenced tables first.
            pub const ALL: [Self; [$(stringify!($name)),+].len()] = [$(Self::$variant),+];

            /// The table's name in the database.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name),)+ }
            }

            /// What is being done while its rows are read, for messages.
            pub const fn reading(self) -> &'static str {
                match self { $(Self::$variant => concat!("read the table ", stringify!($name)),)+ }
            }

            /// The columns that name a row, in order; they are the first ones of the table.
            pub const fn key(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($name::$key.name),+],)+ }
            }

            /// All columns, in the order of the database.
            pub const fn columns(self) -> &'static [Column] {
                match self { $(Self::$variant => $name::COLUMNS,)+ }
            }

            /// How many columns the compiler reads.
            pub const fn width(self) -> usize {
                match self { $(Self::$variant => $name::WIDTH,)+ }
            }
        }

        $(
            #[doc = concat!("The columns of `", stringify!($name), "`.")]
            pub mod $name {
                use super::{Column, Meaning, Table};
                columns!(Table::$variant, 0, 0, []; $($columns)+);
            }
        )+
    };
}

/// Declares the columns of one table, each at the next place, and the lists that they stand in.
macro_rules! columns {
    ($table:expr, $place:expr, $read:expr, [$($done:ident)*];) => {
        pub(super) const COLUMNS: &[Column] = &[$($done),*];
        pub(super) const WIDTH: usize = $read;
    };
    (
        $table:expr, $place:expr, $read:expr, [$($done:ident)*];
        $column:ident = $kind:ident($($name:literal)?) $(.$more:ident($($value:literal)?))*,
        $($rest:tt)*
    ) => {
        #[doc = concat!("`", stringify!($column), "`, in small letters.")]
        pub const $column: Column =
            Meaning::$kind($($name)?)$(.$more($($value)?))*.at($table, $place, $read);
        columns!($table, $place + 1, $read + $column.width(), [$($done)* $column]; $($rest)*);
    };
}

tables! {
    /// Key and value pairs for the whole installation.
    Settings settings [KEY] {
        KEY = text("key").required(),
        VALUE = text("value").required(),
        NOTE = text("note").for_people(),
    }
    /// Names for queue ids.
    Queues queues [ID] {
        ID = text("id").required(),
        NAME = text("name").required(),
        NOTE = text("note").for_people(),
    }
    /// Names for the numbers that callers dial.
    Hotlines hotlines [NUMBER] {
        NUMBER = text("number").required(),
        NAME = text("name").required(),
        NOTE = text("note").for_people(),
    }
    /// Dates on which schedules may have other hours.
    Holidays holidays [ID] {
        ID = id(),
        NAME = text("name").required(),
        DATE_FROM = text("date_from").required(),
        DATE_TO = text("date_to").required(),
        EVERY_YEAR = number("every_year").or_number(0),
        NOTE = text("note").for_people(),
    }
    /// Named opening hours.
    Schedules schedules [ID] {
        ID = text("id").required(),
        NAME = text("name").required(),
        TIME_ZONE = text("time_zone"),
        NOTE = text("note").for_people(),
        ON_HOLIDAYS = text("on_holidays").or_text("usual"),
    }
    /// The windows of the schedules.
    ScheduleHours schedule_hours [ID] {
        ID = id(),
        SCHEDULE_ID = text("schedule_id").required(),
        DAYS = text("days"),
        DATE_FROM = text("date_from"),
        DATE_TO = text("date_to"),
        START_TIME = text("start_time"),
        END_TIME = text("end_time"),
        NOTE = text("note").for_people(),
        EVERY_WEEKS = number("every_weeks").or_number(1),
        WEEK_OF = text("week_of"),
    }
    /// The people who answer.
    Agents agents [ID] {
        ID = text("id").required(),
        NAME = text("name").required(),
        PHONE_NUMBER = text("phone_number"),
        ROUTING_TYPE = number("routing_type").or_number(1),
        ANSWER_TIMEOUT = number("answer_timeout"),
        ENABLED = number("enabled").or_number(1),
        COVER_ID = text("cover_id"),
        NOTE = text("note").for_people(),
    }
    /// When agents are away.
    Absences absences [ID] {
        ID = id(),
        AGENT_ID = text("agent_id").required(),
        STARTS_AT = text("starts_at").required(),
        ENDS_AT = text("ends_at"),
        COVER_ID = text("cover_id"),
        NOTE = text("note").for_people(),
    }
    /// Named sets of agents.
    Groups groups [ID] {
        ID = text("id").required(),
        NAME = text("name").required(),
        STRATEGY = text("strategy").or_text("weighted"),
        NOTE = text("note").for_people(),
        SPREAD = number("spread"),
    }
    /// Who is in which group, at which level.
    GroupMembers group_members [GROUP_ID, AGENT_ID] {
        GROUP_ID = text("group_id").required(),
        AGENT_ID = text("agent_id").required(),
        LEVEL = number("level").or_number(1),
        POSITION = number("position").or_number(100),
        WEIGHT = number("weight").or_number(100),
        SCHEDULE_ID = text("schedule_id"),
        ROUTING_TYPE = number("routing_type"),
        ANSWER_TIMEOUT = number("answer_timeout"),
    }
    /// Who takes whose place in a group on some dates.
    StandIns stand_ins [ID] {
        ID = id(),
        AGENT_ID = text("agent_id").required(),
        BY_ID = text("by_id"),
        GROUP_ID = text("group_id"),
        DATE_FROM = text("date_from").required(),
        DATE_TO = text("date_to").required(),
        NOTE = text("note").for_people(),
    }
    /// Known callers and prefixes.
    Callers callers [NUMBER] {
        NUMBER = text("number").required(),
        NAME = text("name").for_people(),
        OWNER_ID = text("owner_id"),
        TAGS = text("tags"),
        EXPIRES_ON = text("expires_on"),
        NOTE = text("note").for_people(),
    }
    /// When a call is routed how.
    Rules rules [ID] {
        ID = id(),
        POSITION = number("position").required(),
        NAME = text("name").required(),
        ENABLED = number("enabled").or_number(1),
        QUEUE_ID = text("queue_id"),
        TO_NUMBER = text("to_number"),
        FROM_NUMBER = text("from_number"),
        CALLER_TAG = text("caller_tag"),
        HAS_OWNER = number("has_owner"),
        SCHEDULE_ID = text("schedule_id"),
        WHEN_OPEN = number("when_open").or_number(1),
        SPLIT_PERCENT = number("split_percent"),
        ACTION = text("action").or_text("ring"),
        NOTE = text("note").for_people(),
        PRIORITY = number("priority").or_number(0),
    }
    /// Who is rung by a rule, from which second on.
    RuleSteps rule_steps [RULE_ID, STEP] {
        RULE_ID = number("rule_id").required(),
        STEP = number("step").required(),
        AFTER_SECONDS = number("after_seconds").or_number(0),
        UNTIL_SECONDS = number("until_seconds"),
        TARGET = text("target").or_text("group"),
        GROUP_ID = text("group_id"),
        AGENT_ID = text("agent_id"),
        AND_GROUP_ID = text("and_group_id"),
        MAX_LEVEL = number("max_level"),
        MAX_AGENTS = number("max_agents"),
        ROUTING_TYPE = number("routing_type"),
        ANSWER_TIMEOUT = number("answer_timeout"),
    }
    /// The rules' own tests.
    RuleTests rule_tests [ID] {
        ID = id(),
        NAME = text("name").required(),
        QUEUE_ID = text("queue_id").required(),
        FROM_NUMBER = text("from_number"),
        TO_NUMBER = text("to_number"),
        AT = text("at").required(),
        WAITED = number("waited").or_number(0),
        EXPECT_RULE = text("expect_rule"),
        EXPECT_AGENTS = text("expect_agents"),
        NOTE = text("note").for_people(),
    }
}

/// What a column is, before it has a place.
struct Meaning {
    name: &'static str,
    kind: Kind,
    absent: Absent,
    is_compiled: bool,
}

impl Meaning {
    const fn new(name: &'static str, kind: Kind, absent: Absent) -> Self {
        Self {
            name,
            kind,
            absent,
            is_compiled: true,
        }
    }

    const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text, Absent::Null)
    }

    const fn number(name: &'static str) -> Self {
        Self::new(name, Kind::Integer, Absent::Null)
    }

    const fn id() -> Self {
        Self::new("id", Kind::Integer, Absent::NextId)
    }

    const fn required(mut self) -> Self {
        self.absent = Absent::Refused;
        self
    }

    const fn or_number(mut self, number: i64) -> Self {
        self.absent = Absent::Integer(number);
        self
    }

    const fn or_text(mut self, text: &'static str) -> Self {
        self.absent = Absent::Text(text);
        self
    }

    const fn for_people(mut self) -> Self {
        self.is_compiled = false;
        self
    }

    const fn at(self, table: Table, place: usize, compiled: usize) -> Column {
        Column {
            table,
            name: self.name,
            kind: self.kind,
            absent: self.absent,
            place,
            compiled: if self.is_compiled {
                Some(compiled)
            } else {
                None
            },
        }
    }
}

impl Column {
    const fn width(self) -> usize {
        if self.compiled.is_some() { 1 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_comes_first_and_each_column_knows_its_place() {
        for table in Table::ALL {
            let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
            assert!(names.starts_with(table.key()), "{table:?}");
            for (place, column) in table.columns().iter().enumerate() {
                assert_eq!((column.table, column.place), (table, place));
            }
            let compiled: Vec<_> = table
                .compiled()
                .filter_map(|column| column.compiled)
                .collect();
            assert!(compiled.into_iter().eq(0..table.width()), "{table:?}");
        }
    }
}
