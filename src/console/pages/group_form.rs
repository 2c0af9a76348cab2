//! `/groups/{id}` and `/groups/new`: who is in a group, at which level, on which shift.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use routing::snapshot::Snapshot;
use routing::table::{Cell, Table};

use super::editor::{self, Beside, enter};
use super::layout::Tab;
use super::paste::Names;
use super::people::{PeopleView, level_lane};
use super::rule_edit::rows;
use super::rule_form::choice;
use super::sheet::{Choice, Fields, RowSheet, SheetForm, SheetRow, Typed, sent, suggesting};
use super::visit::{Page, PageError, Visit};
use crate::console::draft::edit::{EditFault, NotedEdit};
use crate::exchange::{Row, RuleSet};

/// Larger groups are edited as files.
const MAX_MEMBERS: usize = 100;

/// A group with its members, as somebody edits it.
#[derive(Clone, Debug, PartialEq)]
struct GroupSheet {
    /// One row.
    group: RowSheet,
    members: RowSheet,
}

impl GroupSheet {
    fn of(rules: &RuleSet, id: &str) -> Option<Self> {
        let group = rules.find(Table::Groups, &[id.into()])?;
        let is_member = |row: &&Row| row.first() == Some(&Cell::from(id));
        let members = rules.rows(Table::GroupMembers).iter().filter(is_member);
        let mut members = RowSheet::of(Table::GroupMembers, members);
        let number = |row: &SheetRow, column: &str| row.value(column).parse::<i64>().unwrap_or(0);
        members
            .rows
            .sort_by_key(|row| (number(row, "level"), number(row, "position")));
        Some(Self {
            group: RowSheet::of(Table::Groups, [group]),
            members,
        })
    }

    fn new() -> Self {
        let fresh = |table, rows| RowSheet {
            table,
            rows,
            base: BTreeMap::new(),
        };
        Self {
            group: fresh(
                Table::Groups,
                vec![SheetRow::new(&[("strategy", "weighted")])],
            ),
            members: fresh(Table::GroupMembers, Vec::new()),
        }
    }

    fn sent(fields: &Fields) -> Self {
        Self {
            group: RowSheet::sent(Table::Groups, fields),
            members: RowSheet::sent(Table::GroupMembers, fields),
        }
    }

    /// What a button does: `add`, with who is chosen; `drop-1`.
    fn act(&mut self, what: &str, agent: &str) {
        let members = &mut self.members.rows;
        if what == "add"
            && !agent.is_empty()
            && !members.iter().any(|row| row.value("agent_id") == agent)
        {
            let last = members.last();
            let position = last.map_or(0, |row| row.value("position").parse().unwrap_or(0)) + 10;
            let level = last.map_or("1", |row| row.value("level")).to_owned();
            let values = [
                ("agent_id", agent),
                ("level", &*level),
                ("position", &position.to_string()),
                ("weight", "100"),
            ];
            members.push(SheetRow::new(&values));
        }
        let place = what
            .strip_prefix("drop-")
            .and_then(|place| place.parse().ok());
        if let Some(place) = place.filter(|place| *place < members.len()) {
            members.remove(place);
        }
    }

    /// What differs from what was shown; a new group gets an id like its name.
    fn edits(&self, rules: &RuleSet) -> Result<Vec<NotedEdit>, EditFault> {
        let mut sheet = self.clone();
        let mut id = String::new();
        if let Some(row) = sheet.group.rows.first_mut() {
            if row.key.is_empty() {
                let name = row.value("name").to_owned();
                id = Names::of(rules, Table::Groups).add("", &name);
                row.set("id", id.as_str());
            } else {
                id.clone_from(&row.key);
            }
        }
        for row in &mut sheet.members.rows {
            row.set("group_id", id.as_str());
            // Who was taken out and put in again stays.
            let key = format!("{id}/{}", row.value("agent_id"));
            if sheet.members.base.contains_key(&key) {
                row.key = key;
            }
        }
        let mut edits = sheet.group.edits()?;
        edits.extend(sheet.members.edits()?);
        Ok(edits)
    }
}

pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    visit
        .page(move |visit| {
            let sheet = GroupSheet::of(&rows(visit)?.editable.rules, &id);
            Ok(show(
                visit,
                &sheet.ok_or(PageError::Missing)?,
                Some(&id),
                &Beside::default(),
            ))
        })
        .await
}

pub(super) async fn new(visit: Visit) -> Response {
    visit
        .page(|visit| Ok(show(visit, &GroupSheet::new(), None, &Beside::default())))
        .await
}

pub(super) async fn edit(
    visit: Visit,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    take(visit, Some(id), &fields).await
}

pub(super) async fn add(visit: Visit, Form(fields): Form<Fields>) -> Response {
    take(visit, None, &fields).await
}

/// `None`: a group that is not there yet.
async fn take(visit: Visit, id: Option<String>, fields: &Fields) -> Response {
    let file = match rows(&visit) {
        Ok(file) => file,
        Err(error) => return visit.page(|_| Err(error)).await,
    };
    let mut sheet = GroupSheet::sent(fields);
    let what = sent(fields, "do");
    sheet.act(what, sent(fields, "who"));
    let edits = if what == "delete" {
        sheet.group.clone().deleted()
    } else {
        sheet.edits(&file.editable.rules)
    };
    editor::take(visit, fields, edits, move |visit, beside| {
        show(visit, &sheet, id.as_deref(), beside)
    })
    .await
}

fn show(visit: &Visit, sheet: &GroupSheet, id: Option<&str>, beside: &Beside) -> Page {
    let w = visit.w;
    let served = visit.desk.live.served();
    let snapshot = beside.after().unwrap_or(&served.snapshot);
    let form = SheetForm {
        sheet: &sheet.group,
        problems: beside.problems(),
    };
    let name = form.value(0, "name").to_owned();
    let view = PeopleView::of(w, snapshot);
    let mut groups = snapshot.groups.iter().map(|(_, group)| group);
    let group = groups.find(|group| id.is_some_and(|id| *group.id == *id));
    let strategies = [
        choice("ordered", w.board.ordered),
        choice("weighted", w.board.weighted),
        choice("rotate", w.board.rotate),
        choice("sticky", w.board.sticky),
        choice("longest_idle", w.board.longest_idle),
        choice("fewest_calls", w.board.fewest_calls),
    ];
    let spread = [
        choice("", w.drafts.usual),
        choice("1", w.edits.spread_on),
        choice("0", w.edits.spread_off),
    ];
    let action = format!("/groups/{}", id.unwrap_or("new"));
    let body = html! {
        form.edit.two method="post" action=(action) data-live="#live" {
            (enter(w))
            a.back.shown href="/people" { (w.people.back) }
            section.card aria-labelledby="group" {
                (form.hidden())
                div.pad.row {
                    h1.visually-hidden #group { (w.drafts.group) " " (name) }
                    (form.input(0, "name", w.forms.name, Typed::Text, ""))
                    (form.select(0, "strategy", w.people.strategy, &strategies))
                    (form.select(0, "spread", w.edits.spread, &spread))
                    (form.input(0, "note", w.edits.note, Typed::Text, ""))
                }
                @if sheet.members.rows.len() <= MAX_MEMBERS { (members(visit, snapshot, sheet, beside)) } @else { (kept(sheet)) }
                @if let Some(group) = group {
                    div.sec { h2 { (w.edits.now) } @for level in group.members.chunk_by(|one, other| one.level == other.level) { (level_lane(&view, level)) } }
                    div.sec.row { button.btn.quiet.push name="do" value="delete" data-whole { (w.edits.delete_group) } }
                }
            }
            (beside.aside(visit))
            (beside.tray(visit, if id.is_some() { &action } else { "/people" }))
        }
    };
    Page {
        title: if name.is_empty() {
            w.edits.new_group.to_owned()
        } else {
            name
        },
        tab: Tab::People,
        body,
    }
}

/// Members of a large group, who are not shown as fields.
fn kept(sheet: &GroupSheet) -> Markup {
    let none = RowSheet {
        rows: Vec::new(),
        base: BTreeMap::new(),
        ..sheet.members.clone()
    };
    SheetForm {
        sheet: &none,
        problems: &[],
    }
    .hidden()
}

fn members(visit: &Visit, snapshot: &Snapshot, sheet: &GroupSheet, beside: &Beside) -> Markup {
    let w = visit.w;
    let form = SheetForm {
        sheet: &sheet.members,
        problems: beside.problems(),
    };
    let schedules = snapshot
        .schedules
        .iter()
        .map(|(_, schedule)| choice(&schedule.id, &schedule.name));
    let shifts: Vec<Choice> = [choice("", w.people.always)]
        .into_iter()
        .chain(schedules)
        .collect();
    let devices = [
        choice("", w.drafts.usual),
        choice("1", w.board.app),
        choice("2", w.board.mobile),
    ];
    let name = |place: usize| {
        let id = form.value(place, "agent_id");
        let agent = snapshot
            .agent(id)
            .and_then(|agent| snapshot.agents.get(agent));
        agent.map_or(id, |agent| &agent.name)
    };
    html! {
        div.sec {
            h2 { (w.people.members) }
            (form.hidden())
            @for place in 0..sheet.members.rows.len() {
                div.window {
                    (form.keep(place, "agent_id"))
                    b.who-is { (name(place)) }
                    (form.input(place, "level", w.people.level, Typed::Whole, "1"))
                    (form.input(place, "position", w.drafts.position, Typed::Whole, ""))
                    (form.input(place, "weight", w.edits.weight, Typed::Whole, "100"))
                    (form.select(place, "schedule_id", w.edits.shift, &shifts))
                    (form.select(place, "routing_type", w.edits.rung_on, &devices))
                    (form.input(place, "answer_timeout", w.drafts.ring_seconds, Typed::Whole, w.drafts.usual))
                    button.btn.icon.quiet name="do" value={ "drop-" (place) } aria-label={ (w.remove) " " (name(place)) } title=(w.remove) { "✕" }
                }
            }
            div.row {
                div.field {
                    label for="who" { (w.edits.add_member) }
                    (suggesting(Table::Agents, &html! { input.in #who name="who" autocomplete="off" data-quiet; }))
                }
                div.row.end { button.btn name="do" value="add" { (w.edits.add_member) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::row_of;

    #[test]
    fn members_come_and_go_and_who_comes_back_stays() {
        let mut rules = RuleSet::default();
        let row = |table: Table, value: serde_json::Value| -> Row {
            row_of(table, value.as_object().unwrap()).into()
        };
        rules.set(
            Table::Groups,
            vec![row(Table::Groups, json!({"id": "team", "name": "Team"}))],
        );
        let member = |agent: &str, position: i64| {
            row(
                Table::GroupMembers,
                json!({"group_id": "team", "agent_id": agent, "position": position}),
            )
        };
        rules.set(
            Table::GroupMembers,
            vec![member("an", 10), member("binh", 20)],
        );
        let said = |acts: &[(&str, &str)]| {
            let mut sheet = GroupSheet::of(&rules, "team").unwrap();
            for (what, agent) in acts {
                sheet.act(what, agent);
            }
            let edits = sheet.edits(&rules).unwrap();
            edits
                .iter()
                .map(|edit| serde_json::to_string(&edit.json()).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(said(&[("add", "an"), ("drop-7", "")]), [""; 0]);
        assert_eq!(
            said(&[("add", "chi"), ("drop-0", "")]),
            [
                r#"{"table":"group_members","add":{"agent_id":"chi","group_id":"team","level":1,"position":30,"weight":100}}"#,
                r#"{"table":"group_members","key":"team/an","delete":true}"#,
            ]
        );
        assert_eq!(
            said(&[("drop-0", ""), ("add", "an")]),
            [r#"{"table":"group_members","key":"team/an","set":{"position":30}}"#,]
        );
    }
}
