//! `/people/paste`: many people at once, as a spreadsheet has them: name, telephone, group, shift, id at Stringee.

use std::collections::{BTreeMap, BTreeSet};

use axum::Form;
use axum::response::Response;
use maud::html;
use routing::fold::unaccented;
use routing::number::{CountryCode, Number};
use routing::table::{Cell, Table};
use serde::Deserialize;
use serde_json::{Value, json};

use super::drafts;
use super::layout::Tab;
use super::rule_edit::rows;
use super::visit::{Page, Visit};
use crate::console::draft::edit::EditJson;
use crate::exchange::{Image, RuleSet};

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
}

/// What pasted lines come to.
#[derive(Debug, Default)]
struct Pasted {
    edits: Vec<EditJson>,
    /// Line, what stands there.
    unknown_shifts: Vec<(usize, String)>,
    no_numbers: Vec<(usize, String)>,
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
    if pasted.edits.is_empty() || !pasted.unknown_shifts.is_empty() || !pasted.no_numbers.is_empty()
    {
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
            div.row { button.btn.main { (w.drafts.preview) } a.btn.quiet href="/people" { (w.drafts.discard) } }
        }
    };
    Page {
        title: p.paste.to_owned(),
        tab: Tab::People,
        body,
    }
}

impl Pasted {
    fn read(rules: &RuleSet, lines: &str) -> Self {
        let country = rules
            .setting("country_code")
            .and_then(CountryCode::parse)
            .unwrap_or_default();
        let mut pasted = Self::default();
        let mut people = Names::of(rules, Table::Agents);
        let mut groups = Names::of(rules, Table::Groups);
        let shifts = Names::of(rules, Table::Schedules);
        let mut members: BTreeSet<(String, String)> = BTreeSet::new();
        for row in rules.rows(Table::GroupMembers) {
            if let [Cell::Text(group), Cell::Text(agent), ..] = &**row {
                members.insert((group.to_string(), agent.to_string()));
            }
        }
        for (number, line) in (1..).zip(lines.lines()) {
            let mut cells = line.split('\t').map(str::trim);
            let [name, phone, group, shift, id] =
                std::array::from_fn(|_| cells.next().unwrap_or_default());
            if name.is_empty() || number == 1 && HEADERS.contains(&&*unaccented(name)) {
                continue;
            }
            let shift = match (shift, shifts.find_id(shift).or_else(|| shifts.find(shift))) {
                ("", _) => String::new(),
                (_, Some(shift)) => shift,
                (_, None) => {
                    pasted.unknown_shifts.push((number, shift.to_owned()));
                    continue;
                }
            };
            let phone = match (phone, Number::from_table(phone, &country)) {
                ("", _) => String::new(),
                (_, Some(number))
                    if number.as_str().bytes().all(|digit| digit.is_ascii_digit()) =>
                {
                    number.as_str().to_owned()
                }
                _ => {
                    pasted.no_numbers.push((number, phone.to_owned()));
                    continue;
                }
            };
            let known = if id.is_empty() {
                people.find(name)
            } else {
                people.find_id(id)
            };
            let agent = known.unwrap_or_else(|| {
                let id = people.add(id, name);
                // Who has no id at Stringee can be reached by telephone alone.
                let device = if phone.is_empty() { 1 } else { 2 };
                pasted.add(
                    "agents",
                    json!({"id": id, "name": name, "phone_number": phone, "routing_type": device}),
                );
                id
            });
            if group.is_empty() {
                continue;
            }
            let known = groups.find_id(group).or_else(|| groups.find(group));
            let group = known.unwrap_or_else(|| {
                let id = groups.add("", group);
                pasted.add("groups", json!({"id": id, "name": group}));
                id
            });
            if members.insert((group.clone(), agent.clone())) {
                pasted.add(
                    "group_members",
                    json!({"group_id": group, "agent_id": agent, "schedule_id": shift}),
                );
            }
        }
        pasted
    }

    fn add(&mut self, table: &str, row: Value) {
        let mut values = match row {
            Value::Object(values) => values,
            _ => Image::new(),
        };
        values.retain(|_, value| value != "");
        self.edits.push(EditJson {
            table: table.to_owned(),
            key: None,
            set: None,
            add: Some(values),
            delete: false,
        });
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
                json!({"id": "hoa", "name": "Nguyễn Thị Hoa"}),
            )],
        );
        rules.set(
            Table::Schedules,
            vec![row(
                Table::Schedules,
                json!({"id": "sang", "name": "Ca sáng"}),
            )],
        );
        rules.set(
            Table::Groups,
            vec![row(
                Table::Groups,
                json!({"id": "cskh", "name": "Chăm sóc"}),
            )],
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
}
