//! Callers as a CRM exports them: whatever columns it has, numbers as people type them, and an owner by id or name.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use csv::ByteRecord;

use super::csv::text;
use super::draft::Planned;
use super::headers::Mapping;
use super::owners::Owners;
use super::place::{Fault, Place};
use super::rule_set::{Row, RuleSet};
use super::sheet::Sheet;
use super::values::{Numbers, day, tags};
use routing::number::{CountryCode, NumberPattern};
use routing::schema::{Column, callers};
use routing::table::{Cell, Table};

/// A CRM's export.
#[derive(Clone, Debug)]
pub struct CallersFile<'f> {
    /// The file, as the person named it.
    pub path: &'f Path,
    /// What it holds: CSV, or a workbook of Excel.
    pub bytes: &'f [u8],
    /// Which of its columns is which, where the guess is wrong: pairs of a column of `callers` and a name in the file.
    pub overrides: &'f [(String, String)],
    /// Tags that all its callers get.
    pub tags: &'f [String],
    /// Whether callers who are not in the file go. Prefixes stay: no CRM knows them.
    pub delete_missing: bool,
    /// What an empty cell does to a caller who is known.
    pub empty: EmptyCell,
}

/// What an empty cell of the file does to the value that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyCell {
    /// It stays: most CRMs leave out what they do not know.
    Keeps,
    /// It goes.
    Clears,
}

/// What a CRM's export comes to.
#[derive(Clone, Debug)]
pub struct CallersDraft {
    /// The rule set with these callers.
    pub planned: Planned,
    /// Which column was taken for which, in words.
    pub columns: String,
    /// Lines that are callers.
    pub lines: usize,
    /// Their numbers, of which a line may have several.
    pub numbers: usize,
    /// Numbers of before 2018, taken as the new ones.
    pub renumbered: usize,
    /// Lines that are left out, with what is wrong with them.
    pub left_out: Vec<Fault>,
    /// Values that are left out, of callers who are not.
    pub values_left_out: Vec<Fault>,
    /// Owners whom nobody knows. Their callers keep the owner they had.
    pub unknown_owners: Vec<UnknownOwner>,
}

/// The columns of a file, and which of them are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileColumns {
    /// Their names, in their order.
    pub names: Vec<String>,
    /// Columns of `callers`, each with the names of those that it is read from.
    pub used: Vec<(&'static str, Vec<String>)>,
    /// Its first lines.
    pub samples: Vec<Vec<String>>,
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
        /// Lines between two words about the progress.
        const LINES: u64 = 10_000;
        let mapping = |names: &ByteRecord| {
            let mapping = self.mapping(names)?;
            let used = mapping.used();
            Ok((mapping, used))
        };
        let (mut sheet, mapping) = Sheet::under_names(self.path, self.bytes, mapping)?;
        let mut merge = Merge::over(present, mapping, self);
        while let Some(line) = sheet.next() {
            let (place, record) = line?;
            merge.line(&place, &record);
            if place.line.is_multiple_of(LINES) {
                progress(sheet.bytes_read());
            }
        }
        Ok(merge.finish(self.delete_missing))
    }

    /// The columns of the file with some samples, also where none is known to hold numbers.
    ///
    /// # Errors
    /// What keeps it from being read at all.
    pub fn columns(&self) -> Result<FileColumns, Fault> {
        /// Lines that are shown.
        const SAMPLES: usize = 3;
        let mapped = |line: &ByteRecord| {
            let mapping = self.mapping(line)?;
            let used = mapping.used();
            Ok(((texts(line)?, mapping.named()), used))
        };
        let named = |line: &ByteRecord| {
            let names = texts(line)?;
            let count = names.iter().filter(|name| !name.is_empty()).count();
            if count < 2 {
                return Err("no line names columns".to_owned());
            }
            Ok(((names, Vec::new()), count))
        };
        let read = Sheet::under_names(self.path, self.bytes, mapped);
        let read = read.or_else(|_| Sheet::under_names(self.path, self.bytes, named));
        let (mut sheet, (names, used)) = read?;
        let mut samples = Vec::new();
        while samples.len() < SAMPLES
            && let Some(Ok((place, record))) = sheet.next()
        {
            samples.push(texts(&record).map_err(|what| place.fault(what))?);
        }
        Ok(FileColumns {
            names,
            used,
            samples,
        })
    }

    fn mapping(&self, names: &ByteRecord) -> Result<Mapping, String> {
        Mapping::new(texts(names)?, self.overrides)
    }
}

fn texts(record: &ByteRecord) -> Result<Vec<String>, String> {
    let mut texts = Vec::with_capacity(record.len());
    for field in record {
        texts.push(text(field)?.trim().to_owned());
    }
    Ok(texts)
}

/// The present callers, with those of the file taking their places one by one.
struct Merge<'p> {
    present: &'p RuleSet,
    country: CountryCode,
    owners: Owners,
    mapping: Mapping,
    /// Tags that all get.
    tags: &'p [String],
    empty: EmptyCell,
    /// The present rows by their number in its one form. Of two with the same number the first counts.
    known: HashMap<Box<str>, usize>,
    /// The numbers of the file in their one form, with their lines.
    lines: HashMap<Box<str>, u64>,
    rows: Vec<(Place, Row)>,
    /// Which of the present rows the file names.
    replaced: Vec<bool>,
    remarks: Remarks,
    unknown: BTreeMap<String, UnknownOwner>,
}

/// What is said of the file.
#[derive(Default)]
struct Remarks {
    lines: usize,
    renumbered: usize,
    left_out: Vec<Fault>,
    values_left_out: Vec<Fault>,
}

impl<'p> Merge<'p> {
    fn over(present: &'p RuleSet, mapping: Mapping, file: &CallersFile<'p>) -> Self {
        let country = present.country();
        let rows = present.rows(Table::Callers);
        let mut known = HashMap::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            if let Some(Cell::Text(number)) = row.first()
                && let Some(number) = NumberPattern::parse(number, &country)
            {
                let number = number.in_table(&country).into();
                known.entry(number).or_insert(place);
            }
        }
        Self {
            owners: Owners::new(present),
            replaced: vec![false; rows.len()],
            present,
            country,
            mapping,
            tags: file.tags,
            empty: file.empty,
            known,
            lines: HashMap::new(),
            rows: Vec::new(),
            remarks: Remarks::default(),
            unknown: BTreeMap::new(),
        }
    }

    fn line(&mut self, place: &Place, record: &ByteRecord) {
        if record.iter().all(|field| field.trim_ascii().is_empty()) {
            return;
        }
        match self.take(place, record) {
            Ok(()) => self.remarks.lines += 1,
            Err(what) => self.remarks.left_out.push(place.fault(what)),
        }
    }

    /// Makes a row of each number in a line, or says why it has none.
    fn take(&mut self, place: &Place, record: &ByteRecord) -> Result<(), String> {
        if record.len() != self.mapping.width() {
            return Err(format!(
                "there are {} fields, and the line with the names has {}",
                record.len(),
                self.mapping.width()
            ));
        }
        let numbers = self.numbers(place, record)?;
        let values = self.values(place, record)?;
        for number in numbers {
            self.row(place, number, &values);
        }
        Ok(())
    }

    /// The numbers of a line that no line before has; what is wrong with the others is only said.
    fn numbers(&mut self, place: &Place, record: &ByteRecord) -> Result<Vec<String>, String> {
        let mut faults = Vec::new();
        let mut numbers: Vec<String> = Vec::new();
        for at in self.mapping.places(callers::NUMBER) {
            let raw = field(record, *at)?;
            if raw.is_empty() {
                continue;
            }
            let read = match Numbers::read(raw, &self.country) {
                Ok(read) => read,
                Err(what) => {
                    faults.push(what);
                    continue;
                }
            };
            self.remarks.renumbered += read.renumbered;
            for number in read.numbers {
                match self.lines.get(&*number) {
                    Some(line) => faults.push(format!(
                        "'{raw}' is the same number as in line {line}, which counts"
                    )),
                    None if numbers.contains(&number) => {}
                    None => numbers.push(number),
                }
            }
        }
        if numbers.is_empty() {
            let first = faults.into_iter().next();
            return Err(first.unwrap_or_else(|| "there is no number".to_owned()));
        }
        for what in faults {
            self.remarks.values_left_out.push(place.fault(what));
        }
        Ok(numbers)
    }

    /// The values of a line as the table has them; a column that is as it was is not among them.
    fn values(
        &mut self,
        place: &Place,
        record: &ByteRecord,
    ) -> Result<Vec<(Column, Cell)>, String> {
        let mut values = Vec::new();
        let columns: Vec<Column> = self.mapping.others().collect();
        for column in columns {
            let mut fields = Vec::new();
            for at in self.mapping.places(column) {
                let field = field(record, *at)?;
                if !field.is_empty() {
                    fields.push(field);
                }
            }
            let value = fields.join(" ");
            let cell = match column {
                _ if value.is_empty() && self.empty != EmptyCell::Clears => None,
                _ if value.is_empty() => Some(Cell::Null),
                callers::OWNER_ID => self.owner(&value, place),
                callers::EXPIRES_ON => self.date(&value, place),
                _ => Some(Cell::from(&*value)),
            };
            if let Some(cell) = cell {
                values.push((column, cell));
            }
        }
        Ok(values)
    }

    fn date(&mut self, value: &str, place: &Place) -> Option<Cell> {
        if let Some(date) = day(value) {
            return Some(Cell::Text(date.to_string().into()));
        }
        let what = format!("'{value}' is not a date; write it as 2027-12-31");
        self.remarks.values_left_out.push(place.fault(what));
        None
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

    /// Puts the values of a line over the row that the number has, or has not yet.
    fn row(&mut self, place: &Place, number: String, values: &[(Column, Cell)]) {
        let at = self.known.get(&*number).copied();
        let present = at.and_then(|at| self.present.rows(Table::Callers).get(at));
        let mut cells: Vec<Cell> = match present {
            Some(row) => row.to_vec(),
            None => empty(&number),
        };
        for (column, cell) in values {
            if let Some(slot) = cells.get_mut(column.place) {
                slot.clone_from(cell);
            }
        }
        let is_tagged = values.iter().any(|(column, _)| *column == callers::TAGS);
        if let Some(slot) = cells.get_mut(callers::TAGS.place)
            && (is_tagged || !self.tags.is_empty())
        {
            *slot = match &*slot {
                Cell::Text(own) => tags(own, self.tags),
                _ => tags("", self.tags),
            };
        }
        if let Some(at) = at
            && let Some(replaced) = self.replaced.get_mut(at)
        {
            *replaced = true;
        }
        self.lines.insert(number.into(), place.line);
        self.rows.push((place.clone(), cells.into()));
    }

    fn finish(self, delete_missing: bool) -> CallersDraft {
        let mut kept: Vec<Row> = Vec::new();
        for (row, is_replaced) in self.present.rows(Table::Callers).iter().zip(&self.replaced) {
            let is_prefix =
                matches!(row.first(), Some(Cell::Text(number)) if number.trim_end().ends_with('*'));
            if !is_replaced && (!delete_missing || is_prefix) {
                kept.push(Row::clone(row));
            }
        }
        let numbers = self.rows.len();
        let mut unknown: Vec<UnknownOwner> = self.unknown.into_values().collect();
        unknown.sort_by_key(|owner| owner.first.line);
        let Remarks {
            lines,
            renumbered,
            left_out,
            values_left_out,
        } = self.remarks;
        CallersDraft {
            planned: Planned::with(self.present, Table::Callers, self.rows, kept),
            columns: self.mapping.sentence(),
            lines,
            numbers,
            renumbered,
            left_out,
            values_left_out,
            unknown_owners: unknown,
        }
    }
}

/// A field without the blanks around it, and without the apostrophe by which spreadsheets mark a text.
fn field(record: &ByteRecord, at: usize) -> Result<&str, String> {
    let field = text(record.get(at).unwrap_or_default())?.trim();
    Ok(field.strip_prefix('\'').unwrap_or(field))
}

/// A new row, of which only the number is known.
fn empty(number: &str) -> Vec<Cell> {
    let mut cells = vec![Cell::Null; Table::Callers.columns().len()];
    if let Some(first) = cells.first_mut() {
        *first = number.into();
    }
    cells
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
            tags: &[],
            delete_missing,
            empty: EmptyCell::Clears,
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
        assert_eq!((draft.lines, draft.left_out.len()), (1, 0));
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
            "crm.csv, line 2: there are 5 fields, and the line with the names has 4"
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
            "line 4: '8.49868E+10' is a number that a spreadsheet has shortened; give that column the format 'text', and \
             type it anew",
            "line 5: '12' has 2 digits, which no number has; write all its digits, with the country code if it is abroad",
            "line 8: '84 911 000 002' is the same number as in line 7, which counts",
            "line 11: there are 1 fields, and the line with the names has 3",
            "line 12: '*' is not a telephone number",
        ];
        assert_eq!(faults, expected.map(|line| format!("crm.csv, {line}")));
        assert_eq!(draft.lines, 3);
        let odd: Vec<String> = draft
            .values_left_out
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            odd,
            ["crm.csv, line 6: 'soon' is not a date; write it as 2027-12-31"]
        );
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
                tags: &[],
                delete_missing: false,
                empty: EmptyCell::Keeps,
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

    #[test]
    fn every_column_and_every_number_of_a_cell_is_a_caller() {
        let text = "Name,Mobile,Work Phone\n\
                    Sao,0911000001 / 0911000002,024 7100 2000\n\
                    Mai,0912000000,0911000002\n\
                    Old,0169 123 4567,n/a\n";
        let draft = read(text, false);
        let rows = callers(&draft);
        for row in [
            "84911000001|Sao",
            "84911000002|Sao",
            "842471002000|Sao",
            "84912000000|Mai",
            "84391234567|Old",
        ] {
            assert!(
                rows.iter().any(|line| line.starts_with(row)),
                "{row}: {rows:#?}"
            );
        }
        assert_eq!((draft.lines, draft.numbers, draft.renumbered), (3, 5, 1));
        let odd: Vec<String> = draft
            .values_left_out
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            odd,
            [
                "crm.csv, line 3: '0911000002' is the same number as in line 2, which counts",
                "crm.csv, line 4: 'n/a' is not a telephone number",
            ]
        );
        assert!(draft.left_out.is_empty());
    }

    #[test]
    fn names_of_columns_are_found_below_titles_and_blank_lines() {
        for text in [
            "sep=;\nSĐT;Tên\n0903000001;Lý\n",
            "\u{feff}\n\nDanh sách khách hàng, tháng 11\n;\n;\nSĐT;Tên\n0903000001;Lý\n;\n",
            "BÁO CÁO\t\nSĐT\tTên\n'0903000001\tLý\n",
            "SĐT,Tên\n'+84903000001,Lý\n",
        ] {
            let draft = read(text, false);
            assert!(
                callers(&draft).contains(&"84903000001|Lý|-|-|-|-".to_owned()),
                "{text}: {:?}",
                callers(&draft)
            );
            assert!(draft.left_out.is_empty(), "{text}: {:?}", draft.left_out);
        }
    }

    #[test]
    fn every_caller_of_the_file_gets_the_tags_that_are_asked_for() {
        let file = CallersFile {
            path: Path::new("crm.csv"),
            bytes: b"Phone\n0986776777\n0903000001\n",
            overrides: &[],
            tags: &["VIP".to_owned(), "2027".to_owned()],
            delete_missing: false,
            empty: EmptyCell::Keeps,
        };
        let draft = file.read(&present(), |_| ()).unwrap();
        let rows = callers(&draft);
        for row in [
            "0986 776 777|Nam|hoa|vip,2027|-|old",
            "84903000001|-|-|VIP,2027|-|-",
            "84912000000|Mai|-|-|2027-01-31|-",
        ] {
            assert!(rows.contains(&row.to_owned()), "{row}: {rows:#?}");
        }
    }

    #[test]
    fn an_owner_may_stand_with_an_address() {
        let draft = read(
            "Phone,Contact owner\n0911000001,Hoà (hoa@example.com)\n",
            false,
        );
        assert!(callers(&draft).contains(&"84911000001|-|hoa|-|-|-".to_owned()));
        assert!(draft.unknown_owners.is_empty());
    }
}
