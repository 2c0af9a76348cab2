//! One `select` per table, in words one can read.

use routing::table::Table;

/// How the rows of a table are asked for.
pub(super) struct Select {
    /// For messages.
    pub(super) doing: &'static str,
    /// How many rows there are.
    pub(super) count: &'static str,
    /// The rows, with the columns of [`Table::columns`], in the order of the key: the same rows are read in the same
    /// order however they came to be there. Callers are sorted when they have been read.
    pub(super) rows: &'static str,
}

impl Select {
    /// The statements for a table.
    pub(super) const fn of(table: Table) -> Self {
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
}

const SETTINGS: Select = Select {
    doing: "read the table settings",
    count: "select count(*) from settings",
    rows: "select key, value from settings order by key",
};

const QUEUES: Select = Select {
    doing: "read the table queues",
    count: "select count(*) from queues",
    rows: "select id, name from queues order by id",
};

const SCHEDULES: Select = Select {
    doing: "read the table schedules",
    count: "select count(*) from schedules",
    rows: "select id, name, time_zone from schedules order by id",
};

const SCHEDULE_HOURS: Select = Select {
    doing: "read the table schedule_hours",
    count: "select count(*) from schedule_hours",
    rows: "select id, schedule_id, days, date_from, date_to, start_time, end_time from schedule_hours order by id",
};

const AGENTS: Select = Select {
    doing: "read the table agents",
    count: "select count(*) from agents",
    rows: "select id, name, phone_number, routing_type, answer_timeout, enabled, away_from, away_until, cover_id
        from agents order by id",
};

const GROUPS: Select = Select {
    doing: "read the table groups",
    count: "select count(*) from groups",
    rows: "select id, name, strategy from groups order by id",
};

const GROUP_MEMBERS: Select = Select {
    doing: "read the table group_members",
    count: "select count(*) from group_members",
    rows: "select group_id, agent_id, level, position, weight, schedule_id, routing_type, answer_timeout
        from group_members order by group_id, agent_id",
};

const CALLERS: Select = Select {
    doing: "read the table callers",
    count: "select count(*) from callers",
    // As they stand in the file: in the order of their key each of a million would be sought by the index.
    rows: "select number, owner_id, tags, expires_on from callers",
};

const RULES: Select = Select {
    doing: "read the table rules",
    count: "select count(*) from rules",
    rows: "select id, position, name, enabled, queue_id, to_number, from_number, caller_tag, has_owner, schedule_id,
        when_open, split_percent, action
        from rules order by id",
};

const RULE_STEPS: Select = Select {
    doing: "read the table rule_steps",
    count: "select count(*) from rule_steps",
    rows: "select rule_id, step, after_seconds, until_seconds, target, group_id, agent_id, and_group_id, max_level,
        max_agents, routing_type, answer_timeout
        from rule_steps order by rule_id, step",
};

const RULE_TESTS: Select = Select {
    doing: "read the table rule_tests",
    count: "select count(*) from rule_tests",
    rows:
        "select id, name, queue_id, from_number, to_number, at, waited, expect_rule, expect_agents
        from rule_tests order by id",
};

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sqlx::sqlite::SqliteConnection;
    use sqlx::{Executor as _, SqlSafeStr as _, Statement as _};

    use super::super::{connection, migrations};
    use super::*;

    async fn migrated() -> SqliteConnection {
        let options = connection::options(Path::new(":memory:"));
        let mut connection = connection::connect(&options).await.unwrap();
        migrations::migrator().run(&mut connection).await.unwrap();
        connection
    }

    #[tokio::test]
    async fn every_select_gives_the_columns_the_compiler_reads() {
        let mut connection = migrated().await;
        for table in Table::ALL {
            let statement = connection
                .prepare(Select::of(table).rows.into_sql_str())
                .await
                .unwrap();
            let names: Vec<&str> = statement.columns().iter().map(sqlx::Column::name).collect();
            assert_eq!(names, table.columns(), "{}", table.name());
        }
    }

    #[tokio::test]
    async fn every_count_is_of_its_own_table() {
        let mut connection = migrated().await;
        for table in Table::ALL {
            let select = Select::of(table);
            assert_eq!(
                select.count,
                format!("select count(*) from {}", table.name())
            );
            assert_eq!(select.doing, format!("read the table {}", table.name()));
            connection::number(&mut connection, select.count)
                .await
                .unwrap();
        }
    }
}
