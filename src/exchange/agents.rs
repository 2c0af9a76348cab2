//! Agents as a list of people has them: names, numbers as people type them, their groups and shifts.
//!
//! It only adds: an agent who is known gets what the file says, and whoever is not in the file stays as he is. The exact way
//! is a file `agents.csv` as `export` writes it.

use std::collections::HashMap;
use std::path::Path;

use csv::ByteRecord;

use super::csv::text;
use super::draft::Planned;
use super::headers::{place, without_digits};
use super::owners::Owners;
use super::place::{Fault, Place};
use super::rule_set::{Row, RuleSet};
use super::sheet::Sheet;
use super::values::Numbers;
use routing::fold::folded;
use routing::number::CountryCode;
use routing::schema::{agents, group_members};
use routing::table::{Cell, Table};

/// A list of people.
#[derive(Clone, Debug)]
pub struct AgentsFile<'f> {
    /// The file, as the person named it.
    pub path: &'f Path,
    /// What it holds: CSV, or a workbook of Excel.
    pub bytes: &'f [u8],
    /// Which of its columns is which, where the guess is wrong: pairs of a [field](AGENT_FIELDS) and a name in the file.
    pub overrides: &'f [(String, String)],
}

/// What a list of people comes to.
#[derive(Clone, Debug)]
pub struct AgentsDraft {
    /// The rule set with these agents.
    pub planned: Planned,
    /// Which column was taken for which, in words.
    pub columns: String,
    /// Lines that are agents.
    pub lines: usize,
    /// Lines that are left out, with what is wrong with them.
    pub left_out: Vec<Fault>,
    /// Values that are left out, of agents who are not.
    pub values_left_out: Vec<Fault>,
}

/// What a column of the file can be.
pub const AGENT_FIELDS: [&str; 6] = ["id", "name", "phone_number", "group", "shift", "note"];

/// The names that these columns have in people's files, plain, the surest first.
const KNOWN_AS: [&str; 6] = [
    "stringeeuserid userid id agentid username user login account taikhoan taikhoanstringee tendangnhap ma manhanvien manv",
    "name fullname agentname agent employee hovaten hoten ten tennhanvien nhanvien ho tendem firstname lastname",
    "phonenumber phone mobile mobilephone mobilenumber tel telephone cellphone sodienthoai dienthoai dienthoaididong sdt didong",
    "group groups team teams department skill skills queue nhom doi phong phongban bophan kynang",
    "shift shifts schedule workinghours ca calam calamviec calamviec lich lichlamviec",
    "note notes comment remark ghichu mota",
];

/// Where in a line the values of each field stand.
#[derive(Debug)]
struct AgentColumns {
    header: Vec<String>,
    places: [Option<usize>; 6],
}

impl AgentsFile<'_> {
    /// Reads the file over the rows that are there now.
    ///
    /// # Errors
    /// What keeps the whole file from being read.
    pub fn read(&self, present: &RuleSet) -> Result<AgentsDraft, Fault> {
        let columns = |names: &ByteRecord| {
            let columns = AgentColumns::new(names, self.overrides)?;
            let used = columns.places.iter().flatten().count();
            Ok((columns, used))
        };
        let (sheet, columns) = Sheet::under_names(self.path, self.bytes, columns)?;
        let mut merge = AgentMerge::over(present, columns);
        for line in sheet {
            let (place, record) = line?;
            merge.line(&place, &record);
        }
        Ok(merge.finish())
    }
}

impl AgentColumns {
    fn new(names: &ByteRecord, overrides: &[(String, String)]) -> Result<Self, String> {
        let mut header = Vec::with_capacity(names.len());
        for field in names {
            header.push(text(field)?.trim().to_owned());
        }
        let mut places = [None; 6];
        for ((field, known_as), found) in AGENT_FIELDS.iter().zip(KNOWN_AS).zip(&mut places) {
            *found = match overrides.iter().find(|(name, _)| name == field) {
                Some((_, name)) => Some(place(&header, name)?),
                None => known_place(&header, known_as),
            };
        }
        let [id, name, ..] = places;
        if id.is_none() && name.is_none() {
            return Err("no column looks like the agents' ids at Stringee (stringee_user_id); say which: --map id=HEADER".to_owned());
        }
        Ok(Self { header, places })
    }

    /// In words, for whoever wants to see whether the guess was right.
    fn sentence(&self) -> String {
        let mut found = Vec::new();
        for (field, place) in AGENT_FIELDS.iter().zip(self.places) {
            if let Some(place) = place
                && let Some(name) = self.header.get(place)
            {
                found.push(format!("{field} from '{name}'"));
            }
        }
        let mut unused = Vec::new();
        for (place, name) in self.header.iter().enumerate() {
            if !self.places.contains(&Some(place)) {
                unused.push(format!("'{name}'"));
            }
        }
        if unused.is_empty() {
            return found.join(", ");
        }
        format!("{}; not used: {}", found.join(", "), unused.join(", "))
    }

    /// The values of a line in the order of the fields, without the blanks around them and the apostrophe of spreadsheets.
    fn values<'r>(&self, record: &'r ByteRecord) -> Result<[&'r str; 6], String> {
        if record.len() != self.header.len() {
            return Err(format!(
                "there are {} fields, and the line with the names has {}",
                record.len(),
                self.header.len()
            ));
        }
        let mut values = [""; 6];
        for (value, place) in values.iter_mut().zip(self.places) {
            let Some(place) = place else { continue };
            let field = text(record.get(place).unwrap_or_default())?.trim();
            *value = field.strip_prefix('\'').unwrap_or(field);
        }
        Ok(values)
    }
}

/// The present rows, with those of the file taking their places one by one.
struct AgentMerge<'p> {
    present: &'p RuleSet,
    columns: AgentColumns,
    country: CountryCode,
    known: Owners,
    groups: NamedRows,
    shifts: NamedRows,
    /// By id.
    agents: HashMap<String, (Place, Row)>,
    /// By group and agent.
    members: HashMap<(String, String), (Place, Row)>,
    left_out: Vec<Fault>,
    values_left_out: Vec<Fault>,
}

impl<'p> AgentMerge<'p> {
    fn over(present: &'p RuleSet, columns: AgentColumns) -> Self {
        Self {
            present,
            columns,
            country: present.country(),
            known: Owners::new(present),
            groups: NamedRows::of(present, Table::Groups),
            shifts: NamedRows::of(present, Table::Schedules),
            agents: HashMap::new(),
            members: HashMap::new(),
            left_out: Vec::new(),
            values_left_out: Vec::new(),
        }
    }

    fn line(&mut self, place: &Place, record: &ByteRecord) {
        if record.iter().all(|field| field.trim_ascii().is_empty()) {
            return;
        }
        if let Err(what) = self.take(place, record) {
            self.left_out.push(place.fault(what));
        }
    }

    fn take(&mut self, place: &Place, record: &ByteRecord) -> Result<(), String> {
        let [typed, name, phone, groups, shift, note] = self.columns.values(record)?;
        let id = self.id(typed, name)?;
        if let Some((first, _)) = self.agents.get(&id) {
            return Err(format!(
                "'{id}' stands in line {} already, which counts",
                first.line
            ));
        }
        let key = [Cell::from(&*id)];
        let known = self.present.find(Table::Agents, &key);
        let mut row = match known {
            Some(row) => row.to_vec(),
            None => absent(Table::Agents),
        };
        set(&mut row, agents::ID.place, &id);
        set(&mut row, agents::NAME.place, name);
        if known.is_none() && name.is_empty() {
            set(&mut row, agents::NAME.place, &id);
        }
        set(&mut row, agents::NOTE.place, note);
        if !phone.is_empty() {
            match Numbers::read(phone, &self.country) {
                Ok(read) => {
                    let first = read.numbers.first().map_or("", String::as_str);
                    set(&mut row, agents::PHONE_NUMBER.place, first);
                }
                Err(what) => self.values_left_out.push(place.fault(what)),
            }
        }
        self.agents.insert(id.clone(), (place.clone(), row.into()));
        self.join(place, &id, groups, shift);
        Ok(())
    }

    /// The id of the agent in a line: as it stands there, else that of the one agent with this name.
    fn id(&self, typed: &str, name: &str) -> Result<String, String> {
        if typed.starts_with("AG_") {
            return Err(format!(
                "'{typed}' is the id by which Stringee keeps the agent; write the stringee_user_id"
            ));
        }
        if !typed.is_empty() {
            return Ok(typed.to_owned());
        }
        if let Some(known) = self.known.find(name) {
            return Ok(known.to_owned());
        }
        Err(format!(
            "there is no id, and '{name}' is not the name of one agent alone; write the stringee_user_id"
        ))
    }

    /// Makes the agent a member of groups, on a shift if one is named.
    fn join(&mut self, place: &Place, id: &str, groups: &str, shift: &str) {
        let schedule = match self.shifts.find(shift) {
            Ok(schedule) => schedule,
            Err(what) => {
                let what = format!("shift {what}, so the agent is not put into a group");
                return self.values_left_out.push(place.fault(what));
            }
        };
        for group in groups.split([',', ';', '|']).map(str::trim) {
            let group = match self.groups.find(group) {
                Ok(Some(group)) => group,
                Ok(None) => continue,
                Err(what) => {
                    self.values_left_out
                        .push(place.fault(format!("group {what}")));
                    continue;
                }
            };
            let key = [Cell::from(&*group), Cell::from(id)];
            let known = self.present.find(Table::GroupMembers, &key);
            let mut row = match known {
                Some(row) => row.to_vec(),
                None => absent(Table::GroupMembers),
            };
            set(&mut row, group_members::GROUP_ID.place, &group);
            set(&mut row, group_members::AGENT_ID.place, id);
            let shift = schedule.as_deref().unwrap_or("");
            set(&mut row, group_members::SCHEDULE_ID.place, shift);
            let member = (group, id.to_owned());
            self.members.insert(member, (place.clone(), row.into()));
        }
    }

    fn finish(self) -> AgentsDraft {
        let lines = self.agents.len();
        let agents: Vec<(Place, Row)> = self.agents.into_values().collect();
        let members: Vec<(Place, Row)> = self.members.into_values().collect();
        let mut planned = Planned::unchanged(self.present);
        planned.put(Table::Agents, agents);
        planned.put(Table::GroupMembers, members);
        AgentsDraft {
            planned,
            columns: self.columns.sentence(),
            lines,
            left_out: self.left_out,
            values_left_out: self.values_left_out,
        }
    }
}

/// Rows that are named by id or by name.
struct NamedRows {
    table: Table,
    ids: HashMap<String, Option<String>>,
}

impl NamedRows {
    fn of(rules: &RuleSet, table: Table) -> Self {
        let mut ids: HashMap<String, Option<String>> = HashMap::new();
        for row in rules.rows(table) {
            if let (Some(Cell::Text(id)), Some(Cell::Text(name))) = (row.first(), row.get(1)) {
                for word in [folded(id), folded(name)] {
                    let known = ids.entry(word).or_insert_with(|| Some(id.to_string()));
                    if known.as_deref() != Some(&**id) {
                        *known = None;
                    }
                }
            }
        }
        Self { table, ids }
    }

    /// The id that is meant; nothing if nothing is written.
    fn find(&self, typed: &str) -> Result<Option<String>, String> {
        let table = self.table.name();
        match self.ids.get(&folded(typed)) {
            _ if typed.is_empty() => Ok(None),
            Some(Some(id)) => Ok(Some(id.clone())),
            Some(None) => Err(format!(
                "'{typed}' is the name of several {table}; write the id"
            )),
            None => Err(format!(
                "'{typed}' is neither an id nor a name in {table}; add it there first"
            )),
        }
    }
}

/// Where the first of some names stands that a header has, its names without digits.
fn known_place(header: &[String], known_as: &str) -> Option<usize> {
    for known in known_as.split_whitespace() {
        let place = header.iter().position(|name| without_digits(name) == known);
        if place.is_some() {
            return place;
        }
    }
    None
}

/// A new row, as an `INSERT` without values would make it.
fn absent(table: Table) -> Vec<Cell> {
    let columns = table.columns().iter();
    columns
        .map(|column| column.absent.cell().unwrap_or(Cell::Null))
        .collect()
}

/// Writes a value, unless there is none.
fn set(row: &mut [Cell], place: usize, value: &str) {
    if let Some(cell) = row.get_mut(place)
        && !value.is_empty()
    {
        *cell = value.into();
    }
}
