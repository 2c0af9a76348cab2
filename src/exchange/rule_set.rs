//! All rows of a rules database, with all of their columns.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use routing::number::CountryCode;
use routing::schema::settings;
use routing::table::{Cell, Rows, Table, Tables};

/// The cells of one row, in the order of [`Table::columns`]. A copy costs little: it shares them.
pub type Row = Arc<[Cell]>;

/// All rows of all tables. A copy costs little: it shares them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet(BTreeMap<Table, Arc<[Row]>>);

impl RuleSet {
    /// Takes over the rows of a table, in the order of their keys, in place of those it had.
    pub fn set(&mut self, table: Table, mut rows: Vec<Row>) {
        rows.sort_by(|one, other| compare_keys(table, one, other));
        self.0.insert(table, rows.into());
    }

    /// Takes over a table as another rule set has it.
    pub fn share(&mut self, table: Table, other: &Self) {
        match other.0.get(&table) {
            Some(rows) => self.0.insert(table, Arc::clone(rows)),
            None => self.0.remove(&table),
        };
    }

    /// Takes over every table that is the same in another rule set, so that a million rows are in memory once.
    pub fn share_equal(&mut self, other: &Self) {
        for table in Table::ALL {
            if self.rows(table) == other.rows(table) {
                self.share(table, other);
            }
        }
    }

    /// The rows of a table, in the order of their keys.
    pub fn rows(&self, table: Table) -> &[Row] {
        match self.0.get(&table) {
            Some(rows) => rows,
            None => &[],
        }
    }

    /// The text of a setting.
    pub fn setting(&self, key: &str) -> Option<&str> {
        let row = self.find(Table::Settings, &[key.into()])?;
        match row.get(settings::VALUE.place) {
            Some(Cell::Text(value)) => Some(value),
            _ => None,
        }
    }

    /// The country that numbers without a code belong to.
    pub fn country(&self) -> CountryCode {
        let code = self.setting("country_code");
        code.and_then(CountryCode::parse).unwrap_or_default()
    }

    /// The row with the key of another.
    pub fn find(&self, table: Table, key: &[Cell]) -> Option<&Row> {
        let rows = self.rows(table);
        let place = rows.binary_search_by(|row| compare_keys(table, row, key));
        rows.get(place.ok()?)
    }

    /// Whether a table is known to be the same in both, without a look at its rows.
    pub fn shares(&self, table: Table, other: &Self) -> bool {
        match (self.0.get(&table), other.0.get(&table)) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others),
            (None, None) => true,
            _ => false,
        }
    }

    /// What the compiler reads of it.
    pub fn tables(&self) -> Tables {
        let mut tables = Tables::default();
        for table in Table::ALL {
            let places: Vec<usize> = table.compiled().map(|column| column.place).collect();
            let mut rows = Rows::new(table);
            for row in self.rows(table) {
                rows.push(places.iter().filter_map(|place| row.get(*place)));
            }
            tables.set(rows);
        }
        tables
    }
}

/// The cells that name a row.
pub(super) fn key(table: Table, row: &[Cell]) -> &[Cell] {
    row.get(..table.key().len()).unwrap_or(row)
}

/// The key of a row as a person would name it, and as problems do; several key columns are joined by `/`.
pub fn key_text(table: Table, row: &[Cell]) -> String {
    let text = |cell: &Cell| match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => text.to_string(),
        Cell::Blob(_) => "no text".to_owned(),
    };
    let texts: Vec<String> = key(table, row).iter().map(text).collect();
    texts.join("/")
}

/// The order of two rows by their keys, as SQLite has it.
pub(crate) fn compare_keys(table: Table, one: &[Cell], other: &[Cell]) -> Ordering {
    for (one, other) in key(table, one).iter().zip(key(table, other)) {
        let order = compare(one, other);
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Nothing before numbers before texts before bytes. No key holds a fraction, so those only need some order.
fn compare(one: &Cell, other: &Cell) -> Ordering {
    let class = |cell: &Cell| match cell {
        Cell::Null => 0,
        Cell::Integer(_) => 1,
        Cell::Real(_) => 2,
        Cell::Text(_) => 3,
        Cell::Blob(_) => 4,
    };
    match (one, other) {
        (Cell::Integer(one), Cell::Integer(other)) => one.cmp(other),
        (Cell::Real(one), Cell::Real(other)) => one.total_cmp(other),
        (Cell::Text(one), Cell::Text(other)) => one.cmp(other),
        (Cell::Blob(one), Cell::Blob(other)) => one.cmp(other),
        _ => class(one).cmp(&class(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use routing::table::CellRef;

    fn member(group: &str, agent: &str) -> Row {
        let rest = [
            Cell::Integer(1),
            100.into(),
            100.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
        ];
        [group.into(), agent.into()]
            .into_iter()
            .chain(rest)
            .collect()
    }

    #[test]
    fn rows_stand_in_the_order_of_all_columns_of_the_key() {
        let mut rules = RuleSet::default();
        rules.set(
            Table::GroupMembers,
            vec![member("b", "a"), member("a", "é"), member("a", "z")],
        );
        let keys: Vec<String> = rules
            .rows(Table::GroupMembers)
            .iter()
            .map(|row| key_text(Table::GroupMembers, row))
            .collect();
        assert_eq!(keys, ["a/z", "a/é", "b/a"], "by bytes, as SQLite does");
    }

    #[test]
    fn numbers_are_ordered_as_numbers() {
        let row = |id: i64| -> Row { [Cell::Integer(id)].into() };
        let mut rules = RuleSet::default();
        rules.set(Table::Rules, vec![row(10), row(9), row(-1)]);
        let ids: Vec<String> = rules
            .rows(Table::Rules)
            .iter()
            .map(|row| key_text(Table::Rules, row))
            .collect();
        assert_eq!(ids, ["-1", "9", "10"]);
    }

    #[test]
    fn the_compiler_gets_its_columns_and_no_notes() {
        let mut rules = RuleSet::default();
        let caller: Row = ["84986776777", "Nam", "hoa", "vip", "2027-01-31", "a note"]
            .map(Cell::from)
            .into();
        rules.set(Table::Callers, vec![caller]);
        let tables = rules.tables();
        let rows: Vec<_> = tables
            .rows(Table::Callers)
            .map(|row| row.iter().collect::<Vec<_>>())
            .collect();
        assert_eq!(
            rows,
            [["84986776777", "hoa", "vip", "2027-01-31"].map(CellRef::from)]
        );
    }

    #[test]
    fn a_copy_shares_its_tables_until_one_is_set() {
        let mut rules = RuleSet::default();
        rules.set(Table::Agents, Vec::new());
        let mut copy = rules.clone();
        assert!(copy.shares(Table::Agents, &rules) && copy.shares(Table::Groups, &rules));
        copy.set(Table::Agents, Vec::new());
        assert!(!copy.shares(Table::Agents, &rules));
        copy.share(Table::Agents, &rules);
        assert!(copy.shares(Table::Agents, &rules));
    }
}
