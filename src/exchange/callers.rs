//! Callers as a CRM exports them: whatever columns it has, numbers as people type them, and an owner by id or name.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use csv::ByteRecord;
use jiff::civil::Date;

use super::csv::{Records, text};
use super::draft::Planned;
use super::headers::Mapping;
use super::place::{Fault, Place};
use super::rule_set::{Row, RuleSet};
use routing::number::{CountryCode, NumberPattern};
use routing::table::{Cell, Table};

/// A CRM's export.
#[derive(Clone, Debug)]
pub struct CallersFile<'f> {
    /// The file, as the person named it.
    pub path: &'f Path,
    /// What it holds.
    pub bytes: &'f [u8],
    /// Which of its columns is which, where the guess is wrong: pairs of a column of `callers` and a name in the file.
    pub overrides: &'f [(String, String)],
    /// Whether callers who are not in the file go. Prefixes stay: no CRM knows them.
    pub delete_missing: bool,
}

/// What a CRM's export comes to.
#[derive(Clone, Debug)]
pub struct CallersDraft {
    /// The rule set with these callers.
    pub planned: Planned,
    /// Which column was taken for which, in words.
    pub columns: String,
    /// Lines that are callers.
    pub callers: usize,
    /// Lines that are left out, with what is wrong with them.
    pub left_out: Vec<Fault>,
    /// Owners whom nobody knows. Their callers keep the owner they had.
    pub unknown_owners: Vec<UnknownOwner>,
}

/// An owner whom nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOwner {
    /// As the file has it.
    pub name: String,
    /// Where it stands first.
    pub first: Place,
    /// In how many lines.
    pub lines: usize,
}

impl CallersFile<'_> {
    /// Reads the file over the rows that are there now; says how many bytes are done, now and then.
    ///
    /// # Errors
    /// What keeps the whole file from being read.
    pub fn read(
        &self,
        present: &RuleSet,
        mut progress: impl FnMut(u64),
    ) -> Result<CallersDraft, Fault> {
        /// Callers between two words about the progress.
        const CALLERS: usize = 10_000;
        let file: Arc<Path> = self.path.into();
        let mut lines = Records::new(&file, self.bytes);
        let empty =
            Place { file, line: 1 }.fault("the file is empty; its first line names the columns");
        let (place, header) = lines.next().ok_or(empty)??;
        let names = header
            .iter()
            .map(|field| text(field).map(|name| name.trim().to_owned()));
        let names: Result<Vec<String>, String> = names.collect();
        let mapping = names
            .and_then(|names| Mapping::of(names, self.overrides))
            .map_err(|what| place.fault(what))?;
        let mut merge = Merge::over(present, mapping);
        while let Some(line) = lines.next() {
            let (place, record) = line?;
            merge.line(&place, &record);
            if merge.rows.len().is_multiple_of(CALLERS) {
                progress(lines.bytes_read());
            }
        }
        Ok(merge.finish(self.delete_missing))
    }
}

/// The present callers, with those of the file taking their places one by one.
struct Merge<'p> {
    present: &'p RuleSet,
    country: CountryCode,
    owners: Owners,
    mapping: Mapping,
    /// The present rows by their number in its one form. Of two with the same number the first counts.
    known: HashMap<Box<str>, usize>,
    /// The numbers of the file in their one form, with their lines.
    lines: HashMap<Box<str>, u64>,
    rows: Vec<(Place, Row)>,
    /// Which of the present rows the file names.
    replaced: Vec<bool>,
    left_out: Vec<Fault>,
    unknown: BTreeMap<String, UnknownOwner>,
}

impl<'p> Merge<'p> {
    fn over(present: &'p RuleSet, mapping: Mapping) -> Self {
        let country = country(present);
        let rows = present.rows(Table::Callers);
        let mut known = HashMap::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            if let Some(Cell::Text(number)) = row.first()
                && let Some(number) = NumberPattern::parse(number, &country)
            {
                known.entry(number.to_string().into()).or_insert(place);
            }
        }
        Self {
            owners: Owners::of(present),
            replaced: vec![false; rows.len()],
            present,
            country,
            mapping,
            known,
            lines: HashMap::new(),
            rows: Vec::new(),
            left_out: Vec::new(),
            unknown: BTreeMap::new(),
        }
    }

    fn line(&mut self, place: &Place, record: &ByteRecord) {
        if let Err(what) = self.take(place, record) {
            self.left_out.push(place.fault(what));
        }
    }

    /// Makes a line a row, or says why it is none.
    fn take(&mut self, place: &Place, record: &ByteRecord) -> Result<(), String> {
        if record.len() != self.mapping.width() {
            return Err(format!(
                "there are {} fields, and the first line names {}",
                record.len(),
                self.mapping.width()
            ));
        }
        let fields: Vec<(usize, usize)> = self.mapping.columns().collect();
        let field = |at: usize| record.get(at).map_or(Ok(""), text).map(str::trim);
        let raw = fields
            .iter()
            .find(|(column, _)| *column == 0)
            .map_or(Ok(""), |(_, at)| field(*at))?;
        let number: Box<str> = number(raw, &self.country)?.into();
        if let Some(line) = self.lines.get(&number) {
            return Err(format!(
                "'{raw}' is the same number as in line {line}, which counts"
            ));
        }
        let at = self.known.get(&number).copied();
        let present = at.and_then(|at| self.present.rows(Table::Callers).get(at));
        let mut cells: Vec<Cell> = present.map_or_else(|| empty(&number), |row| row.to_vec());
        for (column, at) in fields.into_iter().filter(|(column, _)| *column > 0) {
            let name = Table::Callers
                .columns()
                .get(column)
                .map_or("", |column| column.name);
            if let (Some(cell), Some(slot)) =
                (self.cell(name, field(at)?, place)?, cells.get_mut(column))
            {
                *slot = cell;
            }
        }
        if let Some(replaced) = at.and_then(|at| self.replaced.get_mut(at)) {
            *replaced = true;
        }
        self.lines.insert(number, place.line);
        self.rows.push((place.clone(), cells.into()));
        Ok(())
    }

    /// A value as the table has it; `None`: as it was.
    fn cell(&mut self, column: &str, value: &str, place: &Place) -> Result<Option<Cell>, String> {
        if value.is_empty() {
            return Ok(Some(Cell::Null));
        }
        Ok(match column {
            "owner_id" => self.owner(value, place),
            "tags" => Some(tags(value)),
            "expires_on" => Some(Cell::Text(date(value)?.into())),
            _ => Some(value.into()),
        })
    }

    fn owner(&mut self, name: &str, place: &Place) -> Option<Cell> {
        if let Some(id) = self.owners.find(name) {
            return Some(id.into());
        }
        let unknown = self
            .unknown
            .entry(name.to_owned())
            .or_insert_with(|| UnknownOwner {
                name: name.to_owned(),
                first: place.clone(),
                lines: 0,
            });
        unknown.lines += 1;
        None
    }

    fn finish(self, delete_missing: bool) -> CallersDraft {
        let kept = self.present.rows(Table::Callers).iter().zip(&self.replaced).filter(|(row, is_replaced)| {
            let is_prefix = matches!(row.first(), Some(Cell::Text(number)) if number.trim_end().ends_with('*'));
            !**is_replaced && (!delete_missing || is_prefix)
        });
        let kept: Vec<Row> = kept.map(|(row, _)| Row::clone(row)).collect();
        let callers = self.rows.len();
        let mut unknown: Vec<UnknownOwner> = self.unknown.into_values().collect();
        unknown.sort_by_key(|owner| owner.first.line);
        CallersDraft {
            planned: Planned::with(self.present, Table::Callers, self.rows, kept),
            columns: self.mapping.sentence(),
            callers,
            left_out: self.left_out,
            unknown_owners: unknown,
        }
    }
}

/// The code that national numbers lack.
fn country(rules: &RuleSet) -> CountryCode {
    let is_code = |row: &&Row| row.first() == Some(&Cell::from("country_code"));
    let code = rules
        .rows(Table::Settings)
        .iter()
        .find(is_code)
        .and_then(|row| row.get(1));
    match code {
        Some(Cell::Text(code)) => CountryCode::parse(code).unwrap_or_default(),
        _ => CountryCode::default(),
    }
}

/// A new row, of which only the number is known.
fn empty(number: &str) -> Vec<Cell> {
    let mut cells = vec![Cell::Null; Table::Callers.columns().len()];
    if let Some(first) = cells.first_mut() {
        *first = number.into();
    }
    cells
}

/// A number in its one form.
fn number(raw: &str, country: &CountryCode) -> Result<String, String> {
    /// As many digits as the shortest service numbers have, and as many as a number has anywhere.
    const DIGITS: std::ops::RangeInclusive<usize> = 3..=15;
    if raw.is_empty() {
        return Err("there is no number".to_owned());
    }
    let upper = raw.to_ascii_uppercase();
    if upper.contains("E+") && upper.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(format!(
            "'{raw}' is a number that a spreadsheet has shortened; give that column the format 'text'"
        ));
    }
    let is_number = |pattern: &NumberPattern| match pattern {
        NumberPattern::Exact(digits) => DIGITS.contains(&digits.len()) && is_digits(digits),
        NumberPattern::Prefix(digits) => !digits.is_empty() && is_digits(digits),
    };
    let pattern = NumberPattern::parse(raw, country).filter(is_number);
    pattern
        .map(|number| number.to_string())
        .ok_or_else(|| format!("'{raw}' is not a telephone number"))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words with commas, whatever stood between them.
fn tags(value: &str) -> Cell {
    let words: Vec<&str> = value
        .split([',', ';', '|'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        Cell::Null
    } else {
        Cell::Text(words.join(",").into())
    }
}

/// A date as the table has it: `2027-12-31`, or with the day first, as it is written in Vietnam.
fn date(value: &str) -> Result<String, String> {
    let day = value.split([' ', 'T']).next().unwrap_or(value);
    let date = day
        .parse::<Date>()
        .ok()
        .or_else(|| Date::strptime("%d/%m/%Y", day).ok());
    date.map(|date| date.to_string())
        .ok_or_else(|| format!("'{value}' is not a date; write it as 2027-12-31"))
}

/// The agents, by whom callers are owned.
struct Owners {
    ids: HashMap<Box<str>, Box<str>>,
    /// By name in small letters; `None`: several have it.
    names: HashMap<String, Option<Box<str>>>,
}

impl Owners {
    fn of(rules: &RuleSet) -> Self {
        let mut owners = Self {
            ids: HashMap::new(),
            names: HashMap::new(),
        };
        for row in rules.rows(Table::Agents) {
            if let (Some(Cell::Text(id)), Some(Cell::Text(name))) = (row.first(), row.get(1)) {
                owners.ids.insert(id.clone(), id.clone());
                let known = owners.names.entry(name.trim().to_lowercase());
                known
                    .and_modify(|id| *id = None)
                    .or_insert_with(|| Some(id.clone()));
            }
        }
        owners
    }

    /// The agent with this id, else the only one with this name.
    fn find(&self, owner: &str) -> Option<&str> {
        let by_name = || {
            self.names
                .get(&owner.to_lowercase())
                .and_then(Option::as_ref)
        };
        self.ids.get(owner).or_else(by_name).map(|id| &**id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(id: &str, name: &str) -> Row {
        let rest = [
            Cell::Null,
            1.into(),
            Cell::Null,
            1.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
        ];
        [id.into(), name.into()].into_iter().chain(rest).collect()
    }

    fn caller(cells: [Option<&str>; 6]) -> Row {
        cells.map(Cell::from).into()
    }

    /// Three agents, of whom two have one name, and three callers, of whom one is a prefix.
    fn present() -> RuleSet {
        let mut rules = RuleSet::default();
        rules.set(
            Table::Agents,
            vec![
                agent("hoa", "Hoà"),
                agent("minh", "Minh"),
                agent("minh2", "minh"),
            ],
        );
        let callers = [
            caller([
                Some("0986 776 777"),
                Some("Nam"),
                Some("hoa"),
                Some("vip"),
                None,
                Some("old"),
            ]),
            caller([Some("84779*"), None, None, Some("blocked"), None, None]),
            caller([
                Some("84912000000"),
                Some("Mai"),
                None,
                None,
                Some("2027-01-31"),
                None,
            ]),
        ];
        rules.set(Table::Callers, callers.to_vec());
        rules
    }

    fn read(text: &str, delete_missing: bool) -> CallersDraft {
        let file = CallersFile {
            path: Path::new("crm.csv"),
            bytes: text.as_bytes(),
            overrides: &[],
            delete_missing,
        };
        file.read(&present(), |_| ()).unwrap()
    }

    fn callers(draft: &CallersDraft) -> Vec<String> {
        let shown = |cell: &Cell| match cell {
            Cell::Text(text) => text.to_string(),
            _ => "-".to_owned(),
        };
        let rows = draft.planned.rules.rows(Table::Callers).iter();
        rows.map(|row| row.iter().map(shown).collect::<Vec<_>>().join("|"))
            .collect()
    }

    #[test]
    fn a_known_caller_gets_the_files_values_and_keeps_the_others() {
        let draft = read("Phone,Owner,Tags\n+84 986 776 777,minh,\n", false);
        assert_eq!(
            callers(&draft),
            [
                "0986 776 777|Nam|minh|-|-|old",
                "84779*|-|-|blocked|-|-",
                "84912000000|Mai|-|-|2027-01-31|-"
            ]
        );
        assert_eq!((draft.callers, draft.left_out.len()), (1, 0));
        assert_eq!(
            draft
                .planned
                .place(Table::Callers, "0986 776 777")
                .unwrap()
                .line,
            2
        );
    }

    #[test]
    fn a_new_caller_is_written_in_the_one_form_of_numbers() {
        let draft = read(
            "SĐT;Tên;Nhãn;Hết hạn\n0903.000.001;Lý;vip; en |;31/12/2027\n",
            false,
        );
        assert_eq!(
            draft.left_out[0].to_string(),
            "crm.csv, line 2: there are 5 fields, and the first line names 4"
        );
        let draft = read(
            "SĐT;Tên;Nhãn;Hết hạn\n0903.000.001;Lý;\"vip; en |\";31/12/2027\n",
            false,
        );
        assert_eq!(callers(&draft)[2], "84903000001|Lý|-|vip,en|2027-12-31|-");
    }

    #[test]
    fn missing_callers_stay_unless_they_are_to_go_and_prefixes_stay_always() {
        assert_eq!(callers(&read("Phone\n0912000000\n", false)).len(), 3);
        let left = callers(&read("Phone\n0912000000\n", true));
        assert_eq!(
            left,
            ["84779*|-|-|blocked|-|-", "84912000000|Mai|-|-|2027-01-31|-"]
        );
    }

    #[test]
    fn an_owner_is_an_id_or_the_name_of_one_agent_alone() {
        let text = "Phone,Owner\n0911000001,hoa\n0911000002,HOÀ\n0911000003,Minh\n0986776777,Minh\n0911000004,nobody\n";
        let draft = read(text, false);
        let owners = [
            "84911000001|-|hoa",
            "84911000002|-|hoa",
            "84911000003|-|-",
            "84911000004|-|-",
            "0986 776 777|Nam|hoa",
        ];
        let rows = callers(&draft);
        assert!(
            owners
                .iter()
                .all(|owner| rows.iter().any(|row| row.starts_with(owner))),
            "{rows:#?}"
        );
        let unknown: Vec<(&str, u64, usize)> = draft
            .unknown_owners
            .iter()
            .map(|owner| (&*owner.name, owner.first.line, owner.lines))
            .collect();
        assert_eq!(unknown, [("Minh", 4, 2), ("nobody", 6, 1)]);
    }

    #[test]
    fn lines_that_are_no_callers_are_left_out_and_named() {
        let text = "Phone,Name,Expires\n,a,\nn/a,b,\n8.49868E+10,c,\n12,d,\n0911000001,e,soon\n0911000002,f,\n\
                    84 911 000 002,g,\n0911000003,\"h\ni\",2027-02-05 00:00\n0911000004\n*,j,\n";
        let draft = read(text, false);
        let faults: Vec<String> = draft.left_out.iter().map(ToString::to_string).collect();
        let expected = [
            "line 2: there is no number",
            "line 3: 'n/a' is not a telephone number",
            "line 4: '8.49868E+10' is a number that a spreadsheet has shortened; give that column the format 'text'",
            "line 5: '12' is not a telephone number",
            "line 6: 'soon' is not a date; write it as 2027-12-31",
            "line 8: '84 911 000 002' is the same number as in line 7, which counts",
            "line 11: there are 1 fields, and the first line names 3",
            "line 12: '*' is not a telephone number",
        ];
        assert_eq!(faults, expected.map(|line| format!("crm.csv, {line}")));
        assert_eq!(draft.callers, 2);
        assert_eq!(
            callers(&draft).last().unwrap(),
            "84912000000|Mai|-|-|2027-01-31|-"
        );
    }

    #[test]
    fn without_a_number_there_is_nothing_to_read() {
        let refused = |text: &str| {
            let file = CallersFile {
                path: Path::new("crm.csv"),
                bytes: text.as_bytes(),
                overrides: &[],
                delete_missing: false,
            };
            file.read(&present(), |_| ()).unwrap_err().to_string()
        };
        assert_eq!(
            refused(""),
            "crm.csv, line 1: the file is empty; its first line names the columns"
        );
        let advice = "crm.csv, line 1: no column looks like a telephone number; say which: --map number='Id'";
        assert_eq!(refused("Id,Name\n1,a\n"), advice);
    }
}
