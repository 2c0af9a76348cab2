//! `/people/paste`: many people at once, as a spreadsheet has them: name, telephone, group, shift, id at Stringee.

use std::collections::BTreeMap;

use axum::Form;
use axum::response::Response;
use maud::html;
use routing::fold::unaccented;
use routing::number::{CountryCode, Number};
use routing::schema::{Column, agents, group_members};
use routing::table::{Cell, Table};
use serde::Deserialize;
use serde_json::{Value, json};

use super::drafts;
use super::layout::Tab;
use super::rule_edit::rows;
use super::visit::{Page, Visit};
use crate::console::draft::edit::EditJson;
use crate::console::words::Words;
use crate::exchange::{Row, RuleSet};

/// What a first line is called that is no person.
const HEADERS: [&str; 7] = [
    "ten",
    "ho ten",
    "ho va ten",
    "nhan vien",
    "name",
    "full name",
    "agent",
];

/// Lines as they were pasted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PasteForm {
    lines: String,
    /// How many remarks were read before it was sent again.
    remarks: usize,
}

/// What pasted lines come to.
#[derive(Debug, Default)]
struct Pasted {
    edits: Vec<EditJson>,
    /// Line, what stands there.
    unknown_shifts: Vec<(usize, String)>,
    no_numbers: Vec<(usize, String)>,
    remarks: Vec<(usize, PasteRemark)>,
}

/// Why something of a line changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PasteRemark {
    NoName,
    OtherName,
    OtherPhone,
    OtherShift,
    ShiftWithoutGroup,
    MoreCells,
    NothingNew,
}

impl PasteRemark {
    const fn text(self, w: &Words) -> &'static str {
        let p = &w.forms;
        match self {
            Self::NoName => p.no_name,
            Self::OtherName => p.other_name,
            Self::OtherPhone => p.other_phone,
            Self::OtherShift => p.other_shift,
            Self::ShiftWithoutGroup => p.shift_without_group,
            Self::MoreCells => p.more_cells,
            Self::NothingNew => p.nothing_new,
        }
    }
}

/// What the tables have, and the lines before.
struct PasteTables {
    country: CountryCode,
    people: Names,
    groups: Names,
    shifts: Names,
    /// Names and telephones of people by their ids.
    agents: BTreeMap<String, (String, String)>,
    /// Shifts by group and agent.
    members: BTreeMap<(String, String), String>,
}

pub(super) async fn page(visit: Visit) -> Response {
    visit
        .page(|visit| Ok(show(visit, "", &Pasted::default())))
        .await
}

pub(super) async fn paste(visit: Visit, Form(form): Form<PasteForm>) -> Response {
    let file = match rows(&visit) {
        Ok(file) => file,
        Err(error) => return visit.page(|_| Err(error)).await,
    };
    let pasted = Pasted::read(&file.editable.rules, &form.lines);
    let is_wrong = !pasted.unknown_shifts.is_empty() || !pasted.no_numbers.is_empty();
    if pasted.edits.is_empty() || is_wrong || pasted.remarks.len() != form.remarks {
        return visit
            .page(move |visit| Ok(show(visit, &form.lines, &pasted)))
            .await;
    }
    drafts::begin(visit, pasted.edits).await
}

fn show(visit: &Visit, lines: &str, pasted: &Pasted) -> Page {
    let (w, p) = (visit.w, &visit.w.forms);
    let body = html! {
        form.card.pad.stack method="post" action="/people/paste" {
            h1 { (p.paste) }
            p.muted { (p.paste_hint) }
            div.field {
                label for="lines" { (p.paste_columns) }
                textarea.in #lines name="lines" rows="12" required { (lines) }
            }
            @for (line, shift) in &pasted.unknown_shifts { p.err role="alert" { ((p.unknown_shift)(*line, shift)) } }
            @for (line, number) in &pasted.no_numbers { p.err role="alert" { ((p.no_number)(*line, number)) } }
            @for (line, remark) in &pasted.remarks { p.notice role="status" { ((p.line_remark)(*line, remark.text(w))) } }
            @if !pasted.remarks.is_empty() && !pasted.edits.is_empty() {
                input type="hidden" name="remarks" value=(pasted.remarks.len());
                p.muted { (p.go_on) }
            }
            div.row { button.btn.main { (w.drafts.preview) } a.btn.quiet href="/people" { (w.drafts.discard) } }
        }
    };
    Page {
        title: p.paste.to_owned(),
        tab: Tab::People,
        body,
    }
}

impl PasteTables {
    fn of(rules: &RuleSet) -> Self {
        let country = rules.setting("country_code").and_then(CountryCode::parse);
        let country = country.unwrap_or_default();
        let text = |row: &Row, column: &Column| match row.get(column.place) {
            Some(Cell::Text(text)) => text.to_string(),
            _ => String::new(),
        };
        let agents = rules.rows(Table::Agents).iter().map(|row| {
            let phone = text(row, &agents::PHONE_NUMBER);
            let phone = number(&phone, &country).unwrap_or(phone);
            (text(row, &agents::ID), (text(row, &agents::NAME), phone))
        });
        let members = rules.rows(Table::GroupMembers).iter().map(|row| {
            let group = text(row, &group_members::GROUP_ID);
            let member = (group, text(row, &group_members::AGENT_ID));
            (member, text(row, &group_members::SCHEDULE_ID))
        });
        Self {
            people: Names::of(rules, Table::Agents),
            groups: Names::of(rules, Table::Groups),
            shifts: Names::of(rules, Table::Schedules),
            agents: agents.collect(),
            members: members.collect(),
            country,
        }
    }
}

/// A telephone as the tables have it.
fn number(typed: &str, country: &CountryCode) -> Option<String> {
    let number = Number::from_table(typed, country)?;
    let number = number.as_str();
    let is_whole = number.bytes().all(|digit| digit.is_ascii_digit());
    is_whole.then(|| number.to_owned())
}

impl Pasted {
    fn read(rules: &RuleSet, lines: &str) -> Self {
        let mut pasted = Self::default();
        let mut tables = PasteTables::of(rules);
        for (number, line) in (1..).zip(lines.lines()) {
            let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
            let name = cells.first().copied().unwrap_or_default();
            let is_header = number == 1 && HEADERS.contains(&&*unaccented(name));
            if is_header || cells.iter().all(|cell| cell.is_empty()) {
                continue;
            }
            pasted.take(&mut tables, number, &cells);
        }
        pasted
    }

    fn take(&mut self, tables: &mut PasteTables, line: usize, cells: &[&str]) {
        let before = (self.edits.len(), self.remarks.len());
        let cell = |place: usize| cells.get(place).copied().unwrap_or_default();
        let [name, phone, group, shift, id] = std::array::from_fn(cell);
        if name.is_empty() {
            return self.remark(line, PasteRemark::NoName);
        }
        if cells.iter().skip(5).any(|cell| !cell.is_empty()) {
            self.remark(line, PasteRemark::MoreCells);
        }
        let shifts = &tables.shifts;
        let shift = match (shift, shifts.find_id(shift).or_else(|| shifts.find(shift))) {
            ("", _) => String::new(),
            (_, Some(shift)) => shift,
            (_, None) => return self.unknown_shifts.push((line, shift.to_owned())),
        };
        let phone = match (phone, number(phone, &tables.country)) {
            ("", _) => String::new(),
            (_, Some(number)) => number,
            (_, None) => return self.no_numbers.push((line, phone.to_owned())),
        };
        let agent = self.agent(tables, line, (name, &phone, id));
        if !group.is_empty() {
            self.member(tables, line, (group, agent, shift));
        } else if !shift.is_empty() {
            self.remark(line, PasteRemark::ShiftWithoutGroup);
        }
        if before == (self.edits.len(), self.remarks.len()) {
            self.remark(line, PasteRemark::NothingNew);
        }
    }

    /// The id of the person in a line, who comes if nobody is known by it.
    fn agent(
        &mut self,
        tables: &mut PasteTables,
        line: usize,
        (name, phone, id): (&str, &str, &str),
    ) -> String {
        let found = if id.is_empty() {
            tables.people.find(name)
        } else {
            tables.people.find_id(id)
        };
        if let Some(id) = found {
            if let Some((known_name, known_phone)) = tables.agents.get(&id) {
                if unaccented(known_name) != unaccented(name) {
                    self.remark(line, PasteRemark::OtherName);
                }
                if !phone.is_empty() && phone != known_phone {
                    self.remark(line, PasteRemark::OtherPhone);
                }
            }
            return id;
        }
        let id = tables.people.add(id, name);
        // Who has no id at Stringee can be reached by telephone alone.
        let device = if phone.is_empty() { 1 } else { 2 };
        self.add(
            "agents",
            json!({"id": id, "name": name, "phone_number": phone, "routing_type": device}),
        );
        let known = (name.to_owned(), phone.to_owned());
        tables.agents.insert(id.clone(), known);
        id
    }

    fn member(
        &mut self,
        tables: &mut PasteTables,
        line: usize,
        (group, agent, shift): (&str, String, String),
    ) {
        let groups = &mut tables.groups;
        let known = groups.find_id(group).or_else(|| groups.find(group));
        let group = known.unwrap_or_else(|| {
            let id = groups.add("", group);
            self.add("groups", json!({"id": id, "name": group}));
            id
        });
        match tables.members.get(&(group.clone(), agent.clone())) {
            Some(known) if !shift.is_empty() && shift != *known => {
                self.remark(line, PasteRemark::OtherShift);
            }
            Some(_) => {}
            None => {
                self.add(
                    "group_members",
                    json!({"group_id": group, "agent_id": agent, "schedule_id": shift}),
                );
                tables.members.insert((group, agent), shift);
            }
        }
    }

    fn remark(&mut self, line: usize, remark: PasteRemark) {
        self.remarks.push((line, remark));
    }

    fn add(&mut self, table: &str, mut row: Value) {
        if let Some(values) = row.as_object_mut() {
            values.retain(|_, value| value != "");
        }
        self.edits.push(EditJson::add(table, row));
    }
}

/// Rows by their ids and names, as people write them.
pub(super) struct Names {
    /// Ids by what they are called; `None`: several are.
    known: BTreeMap<String, Option<String>>,
    /// By what they are in small letters.
    ids: BTreeMap<String, String>,
}

impl Names {
    pub(super) fn of(rules: &RuleSet, table: Table) -> Self {
        let mut names = Self {
            known: BTreeMap::new(),
            ids: BTreeMap::new(),
        };
        for row in rules.rows(table) {
            if let [Cell::Text(id), Cell::Text(name), ..] = &**row {
                names.note(id, name);
            }
        }
        names
    }

    fn note(&mut self, id: &str, name: &str) {
        self.ids.insert(unaccented(id), id.to_owned());
        let one = self
            .known
            .entry(unaccented(name))
            .or_insert_with(|| Some(id.to_owned()));
        *one = one.take().filter(|known| known == id);
    }

    fn find(&self, name: &str) -> Option<String> {
        self.known.get(&unaccented(name)).cloned().flatten()
    }

    fn find_id(&self, written: &str) -> Option<String> {
        self.ids.get(&unaccented(written)).cloned()
    }

    /// Something new; without an id it gets one like its name.
    pub(super) fn add(&mut self, id: &str, name: &str) -> String {
        let letters = unaccented(name);
        let words: Vec<&str> = letters
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let mut free = if id.is_empty() {
            words.join("_")
        } else {
            id.to_owned()
        };
        let stem = free.clone();
        for number in 2.. {
            if !free.is_empty() && !self.ids.contains_key(&free) {
                break;
            }
            free = format!("{stem}_{number}");
        }
        self.note(&free, name);
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::row_of;

    fn read(lines: &str) -> Pasted {
        let mut rules = RuleSet::default();
        let row = |table: Table, value: Value| row_of(table, value.as_object().unwrap()).into();
        rules.set(
            Table::Agents,
            vec![row(
                Table::Agents,
                json!({"id": "hoa", "name": "Nguyễn Thị Hoa", "phone_number": "84909000001"}),
            )],
        );
        rules.set(
            Table::GroupMembers,
            vec![row(
                Table::GroupMembers,
                json!({"group_id": "truc", "agent_id": "hoa", "schedule_id": "sang"}),
            )],
        );
        rules.set(
            Table::Schedules,
            vec![
                row(Table::Schedules, json!({"id": "sang", "name": "Ca sáng"})),
                row(Table::Schedules, json!({"id": "toi", "name": "Ca tối"})),
            ],
        );
        rules.set(
            Table::Groups,
            vec![
                row(Table::Groups, json!({"id": "cskh", "name": "Chăm sóc"})),
                row(Table::Groups, json!({"id": "truc", "name": "Trực"})),
            ],
        );
        Pasted::read(&rules, lines)
    }

    #[track_caller]
    fn check(lines: &str, expected: &[&str]) {
        let pasted = read(lines);
        let said: Vec<String> = pasted
            .edits
            .iter()
            .map(|edit| {
                format!(
                    "{} {}",
                    edit.table,
                    serde_json::to_string(&edit.add).unwrap()
                )
            })
            .collect();
        assert_eq!(said, expected, "{lines}");
    }

    #[test]
    fn lines_of_a_spreadsheet_become_people_groups_and_members() {
        check(
            "Họ tên\tSĐT\tNhóm\tCa\nĐỗ Văn An\t0912 000 111\tBán hàng\tca sáng\r\n\nLê Bình\t\tBán hàng\t\tbinh01\n",
            &[
                r#"agents {"id":"do_van_an","name":"Đỗ Văn An","phone_number":"84912000111","routing_type":2}"#,
                r#"groups {"id":"ban_hang","name":"Bán hàng"}"#,
                r#"group_members {"group_id":"ban_hang","agent_id":"do_van_an","schedule_id":"sang"}"#,
                r#"agents {"id":"binh01","name":"Lê Bình","routing_type":1}"#,
                r#"group_members {"group_id":"ban_hang","agent_id":"binh01"}"#,
            ],
        );
    }

    #[test]
    fn who_is_known_is_not_added_again_and_two_of_a_name_get_two_ids() {
        check(
            "nguyen thi hoa\t\tCSKH",
            &[r#"group_members {"group_id":"cskh","agent_id":"hoa"}"#],
        );
        check(
            "Hoa\t\t\t\nHoa\t\t\t\th2\n",
            &[
                r#"agents {"id":"hoa_2","name":"Hoa","routing_type":1}"#,
                r#"agents {"id":"h2","name":"Hoa","routing_type":1}"#,
            ],
        );
        check(
            "An\t\tchăm sóc\nAn\t\tcham soc",
            &[
                r#"agents {"id":"an","name":"An","routing_type":1}"#,
                r#"group_members {"group_id":"cskh","agent_id":"an"}"#,
            ],
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line() {
        let pasted = read("An\tgọi sau\nBình\t0912000111\t\tca đêm");
        assert_eq!(pasted.no_numbers, [(1, "gọi sau".to_owned())]);
        assert_eq!(pasted.unknown_shifts, [(2, "ca đêm".to_owned())]);
    }

    #[test]
    fn what_changes_nothing_is_said_with_its_line_and_why() {
        use PasteRemark::*;
        let check = |line: &str, expected: &[PasteRemark]| {
            let said: Vec<_> = read(line).remarks.into_iter().map(|(_, why)| why).collect();
            assert_eq!(said, expected, "{line}");
        };
        check("\t0912000111\tTrực", &[NoName]);
        check("Nguyễn Thị Hoa\t0909 000 001\tTrực\tca sáng", &[NothingNew]);
        check("Nguyễn Thị Hoa\t0909 000 002\tCSKH", &[OtherPhone]);
        check("Nguyễn Thị Hoa\t0909 000 002", &[OtherPhone]);
        check("Nguyễn Thị Hoa\t\tTrực\tCa tối", &[OtherShift]);
        check("Trần Hoa\t\tCSKH\t\thoa", &[OtherName]);
        check("An\t0912000111\t\tCa tối", &[ShiftWithoutGroup]);
        check("An\t\tCSKH\t\t\tviết thêm", &[MoreCells]);
        check("An\t\tCSKH\t\t\t\t", &[]);
        let twice = read("An\t\tCSKH\n\nAn\t0912000111\tCSKH\tCa tối");
        assert_eq!(twice.remarks, [(3, OtherPhone), (3, OtherShift)]);
    }
}
