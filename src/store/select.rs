//! How the rows of a table are asked for.
//!
//! A file that an earlier version of this program has made is read as it is until it is brought up to date: what it lacks
//! stands for the defaults.

use super::migrations::SCHEMA_VERSION;
use routing::schema::Column;
use routing::table::Table;

/// How many rows a table has in a file of this version.
pub(super) fn count(table: Table, version: i64) -> String {
    format!("select count(*) from {}", source(table, version))
}

/// The columns that the compiler reads, in the order of the key: the same rows are read in the same order however they
/// came to be there.
pub(super) fn compiled(table: Table, version: i64) -> String {
    // As they stand in the file, to be sorted later: by the index, each of a million would be sought on its own.
    let order = match table {
        Table::Callers => String::new(),
        _ => by_key(table),
    };
    listed(table, version, table.compiled()) + &order
}

/// All columns, in the order of the key.
pub(super) fn everything(table: Table, version: i64) -> String {
    listed(table, version, table.columns().iter()) + &by_key(table)
}

/// All columns of the row with a key.
pub(super) fn by_its_key(table: Table) -> String {
    let key = table.key().iter();
    let key: Vec<String> = key.map(|column| format!("{column} = ?")).collect();
    listed(table, SCHEMA_VERSION, table.columns().iter()) + " where " + &key.join(" and ")
}

/// So many rows of `callers` behind a number, with a text somewhere if one is given, or with these digits in the number.
pub(super) fn page_of_callers(has_text: bool) -> String {
    let mut query = listed(
        Table::Callers,
        SCHEMA_VERSION,
        Table::Callers.columns().iter(),
    );
    query += " where number > ?1";
    if has_text {
        query += " and (instr(number, ?3) or instr(replace(number, ' ', ''), ?4) or instr(lower(name), lower(?3)) or owner_id = ?3
            or instr(',' || replace(tags, ' ', '') || ',', ',' || ?3 || ','))";
    }
    query + " order by number limit ?2"
}

/// The key of each row, and what it has in a column that somebody has added.
pub(super) fn added(table: Table, column: &str) -> String {
    let key = table.key().join(", ");
    let column = column.replace('"', "\"\"");
    format!("select {key}, \"{column}\" from {}", table.name())
}

/// Whether a table is read as it stands in a file of this version.
pub(super) fn is_stored(table: Table, version: i64) -> bool {
    source(table, version) == table.name()
}

/// What stands for a table: the table itself, unless the file is of a version before it.
fn source(table: Table, version: i64) -> &'static str {
    if version >= 3 {
        return table.name();
    }
    match table {
        Table::Schedules => "(select *, 'usual' as on_holidays from schedules)",
        Table::ScheduleHours => "(select *, 1 as every_weeks, null as week_of from schedule_hours)",
        Table::Groups => "(select *, null as spread from groups)",
        Table::Rules => "(select *, 0 as priority from rules)",
        // As the migration carries them over.
        Table::Absences => {
            "(select row_number() over (order by id) as id, id as agent_id,
                coalesce(away_from, '2000-01-01') as starts_at, away_until as ends_at, null as cover_id,
                case when away_from is null then 'away since ever' end as note
            from agents where away_from is not null or away_until is not null)"
        }
        Table::StandIns => {
            "(select 0 as id, null as agent_id, null as by_id, null as group_id, null as date_from,
                null as date_to, null as note where 0)"
        }
        Table::Holidays => {
            "(select 0 as id, null as name, null as date_from, null as date_to, 0 as every_year,
                null as note where 0)"
        }
        Table::Hotlines => "(select null as number, null as name, null as note where 0)",
        Table::Settings
        | Table::Queues
        | Table::Agents
        | Table::GroupMembers
        | Table::Callers
        | Table::RuleSteps
        | Table::RuleTests => table.name(),
    }
}

fn listed(table: Table, version: i64, columns: impl Iterator<Item = &'static Column>) -> String {
    let names: Vec<&str> = columns.map(|column| column.name).collect();
    format!(
        "select {} from {}",
        names.join(", "),
        source(table, version)
    )
}

fn by_key(table: Table) -> String {
    format!(" order by {}", table.key().join(", "))
}
