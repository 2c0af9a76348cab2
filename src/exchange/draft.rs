//! Rows as files have them, on the way to a rule set.

use std::collections::{BTreeMap, HashMap};

use super::place::{Fault, Place};
use super::rule_set::{Row, RuleSet, key_text};
use routing::schema::{Absent, Column, Kind};
use routing::table::{Cell, Table};

/// A value as a file has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Integer(i64),
    Text(String),
    /// What no column takes, by its name.
    Other(&'static str),
}

/// The rows of the tables that files name. A table without a place is one that they do not speak of.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    tables: BTreeMap<Table, Vec<DraftRow>>,
    faults: Vec<Fault>,
}

/// A row whose id may still have to be given.
#[derive(Clone, Debug)]
struct DraftRow {
    place: Place,
    cells: Vec<Option<Cell>>,
}

/// The rule set that is meant: what files say, and for tables that they do not name what is there now.
#[derive(Clone, Debug)]
pub struct Planned {
    /// All rows.
    pub rules: RuleSet,
    places: HashMap<(Table, String), Place>,
}

impl Planned {
    /// A rule set whose rows of one table are those given, of which some come from a file.
    pub(super) fn with(
        present: &RuleSet,
        table: Table,
        from_file: Vec<(Place, Row)>,
        others: Vec<Row>,
    ) -> Self {
        let mut rows = others;
        let mut places = HashMap::with_capacity(from_file.len());
        for (place, row) in from_file {
            places.insert((table, key_text(table, &row)), place);
            rows.push(row);
        }
        let mut rules = present.clone();
        rules.set(table, rows);
        Self { rules, places }
    }

    /// The rows as they are there now.
    pub(super) fn unchanged(present: &RuleSet) -> Self {
        Self {
            rules: present.clone(),
            places: HashMap::new(),
        }
    }

    /// Puts rows of a file in the places of those with the same keys, or beside them.
    pub(super) fn put(&mut self, table: Table, from_file: Vec<(Place, Row)>) {
        let mut rows: HashMap<String, Row> = HashMap::new();
        for row in self.rules.rows(table) {
            rows.insert(key_text(table, row), Row::clone(row));
        }
        for (place, row) in from_file {
            let key = key_text(table, &row);
            rows.insert(key.clone(), row);
            self.places.insert((table, key), place);
        }
        self.rules.set(table, rows.into_values().collect());
    }

    /// The line that a row comes from.
    pub fn place(&self, table: Table, key: &str) -> Option<&Place> {
        // Problems name a rule test by its id and its name.
        let key = match table {
            Table::RuleTests => key.split(' ').next().unwrap_or_default(),
            _ => key,
        };
        self.places.get(&(table, key.to_owned()))
    }
}

impl Draft {
    /// Names a table, which has no rows until some are added. False if it has been named already.
    pub(super) fn name(&mut self, table: Table) -> bool {
        let is_new = !self.tables.contains_key(&table);
        self.tables.entry(table).or_default();
        is_new
    }

    /// Notes something wrong.
    pub(super) fn refuse(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Adds a row of which some columns are given; what is wrong with it is noted.
    pub(super) fn add(&mut self, table: Table, place: Place, given: Vec<(&'static Column, Value)>) {
        let mut cells = vec![None; table.columns().len()];
        for (column, value) in given {
            let cell = match value.cell(column) {
                Ok(cell) => cell,
                Err(what) => {
                    self.refuse(place.fault(what));
                    // What is wrong is not missing as well.
                    Cell::Null
                }
            };
            if let Some(slot) = cells.get_mut(column.place) {
                *slot = Some(cell);
            }
        }
        for (column, cell) in table.columns().iter().zip(&mut cells) {
            if cell.is_none() && column.absent == Absent::Refused {
                self.refuse(place.fault(format!("{}.{} is missing", table.name(), column.name)));
            }
            if cell.is_none() {
                *cell = column.absent.cell();
            }
        }
        let rows = self.tables.entry(table).or_default();
        rows.push(DraftRow { place, cells });
    }

    /// Puts the rows in the place of those that are there now. Tables that the files do not name stay as they are.
    ///
    /// # Errors
    /// Everything that is wrong with the files.
    pub fn complete(mut self, present: &RuleSet) -> Result<Planned, Vec<Fault>> {
        let mut planned = Planned {
            rules: present.clone(),
            places: HashMap::new(),
        };
        for (table, rows) in std::mem::take(&mut self.tables) {
            let rows = with_ids(table, rows, present);
            let mut complete = Vec::with_capacity(rows.len());
            for (place, row) in rows {
                let key = key_text(table, &row);
                match planned.places.insert((table, key.clone()), place.clone()) {
                    Some(first) => {
                        let what = format!(
                            "{} has '{key}' already, in line {}",
                            table.name(),
                            first.line
                        );
                        self.refuse(place.fault(what));
                        planned.places.insert((table, key), first);
                    }
                    None => complete.push(row),
                }
            }
            planned.rules.set(table, complete);
        }
        if self.faults.is_empty() {
            return Ok(planned);
        }
        self.faults.sort_by(|one, other| {
            (&one.place.file, one.place.line).cmp(&(&other.place.file, other.place.line))
        });
        Err(self.faults)
    }
}

/// Rows without an id get the next ones that neither the file nor the database has.
fn with_ids(
    table: Table,
    rows: Vec<DraftRow>,
    present: &RuleSet,
) -> impl ExactSizeIterator<Item = (Place, Row)> {
    let mut last = 0;
    for row in &rows {
        if let Some(Some(Cell::Integer(id))) = row.cells.first() {
            last = last.max(*id);
        }
    }
    for row in present.rows(table) {
        if let Some(Cell::Integer(id)) = row.first() {
            last = last.max(*id);
        }
    }
    rows.into_iter().map(move |DraftRow { place, cells }| {
        let cells = cells.into_iter().map(|cell| {
            cell.unwrap_or_else(|| {
                last = last.saturating_add(1);
                Cell::Integer(last)
            })
        });
        (place, cells.collect())
    })
}

impl Value {
    /// The value as a column has it, or what is wrong with it.
    fn cell(self, column: &Column) -> Result<Cell, String> {
        match (column.kind, self) {
            (Kind::Text, Self::Text(text)) => Ok(Cell::Text(text.into())),
            // Who writes 15 for an answer_timeout in settings means the text.
            (Kind::Text, Self::Integer(number)) => Ok(Cell::Text(number.to_string().into())),
            (Kind::Integer, Self::Integer(number)) => Ok(Cell::Integer(number)),
            (Kind::Integer, Self::Text(text)) => {
                Err(format!("{} '{text}' is not a whole number", column.name))
            }
            (Kind::Integer, Self::Other("true or false")) => {
                Err(format!("{}: write 1 for yes, 0 for no", column.name))
            }
            (Kind::Integer, Self::Other(kind)) => {
                Err(format!("{} is {kind}, not a whole number", column.name))
            }
            (Kind::Text, Self::Other(kind)) => {
                Err(format!("{} is {kind}, not a text", column.name))
            }
        }
    }
}

/// The column of a table with this name, or what to say of a name that is none.
pub(super) fn column(table: Table, name: &str) -> Result<&'static Column, String> {
    if let Some(column) = table.column(name) {
        return Ok(column);
    }
    if table == Table::Agents && matches!(name, "away_from" | "away_until") {
        return Err(format!(
            "agents has no column '{name}' any more: write a row of absences (agent_id, starts_at, ends_at), and \
             leave this column out"
        ));
    }
    let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
    Err(format!(
        "{} has no column '{name}'; it has {}",
        table.name(),
        names.join(", ")
    ))
}

/// The table with this name.
///
/// # Errors
/// What to say of a name that is none.
pub fn table(name: &str) -> Result<Table, String> {
    if let Some(table) = Table::ALL.into_iter().find(|table| table.name() == name) {
        return Ok(table);
    }
    let names = Table::ALL.map(Table::name);
    Err(format!(
        "there is no table '{name}'; there are {}",
        names.join(", ")
    ))
}
