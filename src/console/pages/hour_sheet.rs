//! A schedule with its windows, as somebody edits it. Pure.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use routing::schedule::Days;
use routing::schema::schedule_hours;
use routing::table::{Cell, Table};

use super::paste::Names;
use super::sheet::{Fields, RowSheet, SheetRow, sent};
use crate::console::draft::edit::{EditFault, NotedEdit};
use crate::exchange::{Row, RuleSet};

/// The days of a week as the tables write them, Monday first.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A schedule with its windows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HourSheet {
    /// One row.
    pub(super) schedule: RowSheet,
    /// A row without days is a dated one.
    pub(super) hours: RowSheet,
}

/// Whether a row is of an ordinary week.
pub(super) fn is_weekly(row: &SheetRow) -> bool {
    row.value("date_from").is_empty()
}

/// Whether a row names a day, by its place in a week.
pub(super) fn has_day(row: &SheetRow, place: i8) -> bool {
    let day = Weekday::from_monday_zero_offset(place).ok();
    let days = Days::parse(row.value("days"));
    days.zip(day).is_some_and(|(days, day)| days.contain(day))
}

impl HourSheet {
    /// A schedule as it stands in the tables.
    pub(super) fn of(rules: &RuleSet, id: &str) -> Option<Self> {
        let schedule = rules.find(Table::Schedules, &[id.into()])?;
        let is_own =
            |row: &&Row| row.get(schedule_hours::SCHEDULE_ID.place) == Some(&Cell::from(id));
        let hours = rules.rows(Table::ScheduleHours).iter().filter(is_own);
        let mut hours = RowSheet::of(Table::ScheduleHours, hours);
        hours
            .rows
            .sort_by_key(|row| row.value("date_from").to_owned());
        Some(Self {
            schedule: RowSheet::of(Table::Schedules, [schedule]),
            hours,
        })
    }

    /// A schedule to be.
    pub(super) fn new() -> Self {
        let fresh = |table, rows| RowSheet {
            table,
            rows,
            base: BTreeMap::new(),
        };
        let mut sheet = Self {
            schedule: fresh(
                Table::Schedules,
                vec![SheetRow::new(&[("on_holidays", "usual")])],
            ),
            hours: fresh(Table::ScheduleHours, Vec::new()),
        };
        sheet.act("add-week", "");
        sheet
    }

    /// Another one that is like this one.
    pub(super) fn copied(mut self, name: &str) -> Self {
        for sheet in [&mut self.schedule, &mut self.hours] {
            sheet.base.clear();
            for row in &mut sheet.rows {
                row.key.clear();
                row.values.remove("id");
            }
        }
        if let Some(row) = self.schedule.rows.first_mut() {
            row.set("name", name);
        }
        self
    }

    /// As a form has sent it, its days as boxes that are ticked.
    pub(super) fn sent(fields: &Fields) -> Self {
        let mut hours = RowSheet::sent(Table::ScheduleHours, fields);
        for (place, row) in hours.rows.iter_mut().enumerate() {
            row.values.retain(|column, _| !column.starts_with("day-"));
            let is_ticked =
                |day: &&str| !sent(fields, &format!("schedule_hours.{place}.day-{day}")).is_empty();
            let ticked: Vec<&str> = DAYS.into_iter().filter(is_ticked).collect();
            let ticked = if ticked.len() == DAYS.len() {
                "daily".to_owned()
            } else {
                ticked.join(",")
            };
            // Written otherwise, the same days are no edit.
            if is_weekly(row) && Days::parse(row.value("days")) != Days::parse(&ticked) {
                row.set("days", ticked);
            }
        }
        Self {
            schedule: RowSheet::sent(Table::Schedules, fields),
            hours,
        }
    }

    /// What a button does: `add-week`, `add-date`, `drop-1`.
    pub(super) fn act(&mut self, what: &str, today: &str) {
        let row: &[(&str, &str)] = match what {
            "add-week" => &[
                ("days", "mon,tue,wed,thu,fri"),
                ("start_time", "08:00"),
                ("end_time", "17:30"),
            ],
            "add-date" => &[("date_from", today), ("date_to", today)],
            _ => {
                let place = what
                    .strip_prefix("drop-")
                    .and_then(|place| place.parse().ok());
                if let Some(place) = place.filter(|place| *place < self.hours.rows.len()) {
                    self.hours.rows.remove(place);
                }
                return;
            }
        };
        self.hours.rows.push(SheetRow::new(row));
    }

    /// What differs from what was shown; a new schedule gets an id like its name.
    ///
    /// # Errors
    /// A value that its column cannot have.
    pub(super) fn edits(&self, rules: &RuleSet) -> Result<Vec<NotedEdit>, EditFault> {
        let mut sheet = self.clone();
        let mut id = String::new();
        if let Some(row) = sheet.schedule.rows.first_mut() {
            if row.key.is_empty() {
                let name = row.value("name").to_owned();
                id = Names::of(rules, Table::Schedules).add("", &name);
                row.set("id", id.as_str());
            } else {
                id.clone_from(&row.key);
            }
        }
        for row in &mut sheet.hours.rows {
            row.set("schedule_id", id.as_str());
        }
        let mut edits = sheet.schedule.edits()?;
        edits.extend(sheet.hours.edits()?);
        Ok(edits)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::row_of;

    fn rules() -> RuleSet {
        let mut rules = RuleSet::default();
        let row = |table: Table, value: serde_json::Value| -> Row {
            row_of(table, value.as_object().unwrap()).into()
        };
        rules.set(
            Table::Schedules,
            vec![row(
                Table::Schedules,
                json!({"id": "sang", "name": "Ca sáng"}),
            )],
        );
        rules.set(Table::ScheduleHours, vec![
            row(Table::ScheduleHours, json!({"id": 1, "schedule_id": "sang", "days": "mon-fri", "start_time": "06:00", "end_time": "14:00"})),
            row(Table::ScheduleHours, json!({"id": 2, "schedule_id": "sang", "date_from": "2027-02-06", "date_to": "2027-02-09"})),
            row(Table::ScheduleHours, json!({"id": 3, "schedule_id": "chieu", "days": "daily"})),
        ]);
        rules
    }

    /// The form as a browser sends it, with these days of the first row ticked.
    fn echoed(sheet: &HourSheet, days: &[&str]) -> Fields {
        let mut fields = Vec::new();
        for sheet in [&sheet.schedule, &sheet.hours] {
            let table = sheet.table.name();
            fields.push((
                format!("{table}.base."),
                serde_json::to_string(&sheet.base).unwrap(),
            ));
            for (place, row) in sheet.rows.iter().enumerate() {
                fields.push((format!("{table}.{place}.row"), row.key.clone()));
                fields.extend(
                    row.values.iter().map(|(column, value)| {
                        (format!("{table}.{place}.{column}"), value.clone())
                    }),
                );
            }
        }
        fields.extend(
            days.iter()
                .map(|day| (format!("schedule_hours.0.day-{day}"), "1".to_owned())),
        );
        fields
    }

    #[track_caller]
    fn check(sheet: &HourSheet, expected: &[&str]) {
        let edits = sheet.edits(&rules()).unwrap();
        let said: Vec<String> = edits
            .iter()
            .map(|edit| serde_json::to_string(&edit.json()).unwrap())
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn days_are_ticked_and_the_same_days_are_no_edit() {
        let shown = HourSheet::of(&rules(), "sang").unwrap();
        assert_eq!(shown.hours.rows.len(), 2);
        assert!(has_day(&shown.hours.rows[0], 2) && !has_day(&shown.hours.rows[0], 6));
        assert!(!has_day(&shown.hours.rows[1], 2));
        assert!(has_day(&SheetRow::new(&[("days", "daily")]), 6));
        let week = ["mon", "tue", "wed", "thu", "fri"];
        check(&HourSheet::sent(&echoed(&shown, &week)), &[]);
        check(
            &HourSheet::sent(&echoed(&shown, &DAYS)),
            &[r#"{"table":"schedule_hours","key":"1","set":{"days":"daily"}}"#],
        );
    }

    #[test]
    fn the_id_that_the_form_does_not_have_stays() {
        let mut shown = HourSheet::of(&rules(), "sang").unwrap();
        for sheet in [&mut shown.schedule, &mut shown.hours] {
            for row in &mut sheet.rows {
                row.values.remove("id");
            }
        }
        check(&shown, &[]);
    }

    #[test]
    fn windows_come_and_go() {
        let mut sheet = HourSheet::of(&rules(), "sang").unwrap();
        sheet.act("drop-1", "2026-11-28");
        sheet.act("add-date", "2026-11-28");
        check(
            &sheet,
            &[
                r#"{"table":"schedule_hours","add":{"date_from":"2026-11-28","date_to":"2026-11-28","schedule_id":"sang"}}"#,
                r#"{"table":"schedule_hours","key":"2","delete":true}"#,
            ],
        );
    }

    #[test]
    fn a_copy_gets_an_id_like_its_name() {
        let copy = HourSheet::of(&rules(), "sang").unwrap().copied("Ca sáng");
        let edits = copy.edits(&rules()).unwrap();
        assert_eq!(edits.len(), 3);
        assert_eq!(edits[0].json().add.unwrap()["id"], "ca_sang");
        assert_eq!(edits[1].json().add.unwrap()["schedule_id"], "ca_sang");
        assert!(HourSheet::new().edits(&rules()).is_err());
    }
}
