//! Holidays: entered once for all schedules.

use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use routing::table::Table;

use super::board::first_of_tet;
use super::editor::enter;
use super::sheet::{Fields, RowSheet, SheetForm, SheetRow, Typed};
use super::time_forms::today;
use super::visit::Visit;
use super::year_picture::{DayKind, MarkedDays, year_picture};
use crate::console::draft::edit::{EditFault, NotedEdit};
use crate::exchange::RuleSet;

/// Columns that say something of a holiday.
const COLUMNS: [&str; 3] = ["name", "date_from", "date_to"];

/// The holidays as somebody edits them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HolidaySheet(RowSheet);

impl HolidaySheet {
    pub(super) fn of(rules: &RuleSet) -> Self {
        let mut sheet = RowSheet::of(Table::Holidays, rules.rows(Table::Holidays));
        sheet
            .rows
            .sort_by_key(|row| row.value("date_from").to_owned());
        Self(sheet)
    }

    pub(super) fn sent(fields: &Fields) -> Self {
        Self(RowSheet::sent(Table::Holidays, fields))
    }

    /// What a button does: `add`, `tet`, `drop-1`.
    pub(super) fn act(&mut self, what: &str, today: Date) {
        let rows = &mut self.0.rows;
        match what {
            "add" => rows.push(SheetRow::new(&[
                ("date_from", &today.to_string()),
                ("date_to", &today.to_string()),
                ("every_year", "0"),
            ])),
            "tet" => rows.extend(tet(today)),
            _ => {
                let place = what
                    .strip_prefix("drop-")
                    .and_then(|place| place.parse().ok());
                if let Some(place) = place.filter(|place| *place < rows.len()) {
                    rows.remove(place);
                }
            }
        }
    }

    /// The holidays of the next years, as far as they are dates.
    pub(super) fn marked(&self, today: Date) -> Vec<MarkedDays> {
        let mut marked = Vec::new();
        for row in &self.0.rows {
            let Ok(from) = row.value("date_from").parse::<Date>() else {
                continue;
            };
            let to = row.value("date_to").parse().unwrap_or(from);
            let is_yearly = row.value("every_year") == "1";
            let years = if is_yearly { 0..=1 } else { 0..=0 };
            for ahead in years {
                let year = if is_yearly {
                    today.year() + ahead
                } else {
                    from.year()
                };
                let moved = |date: Date| {
                    Date::new(year + date.year() - from.year(), date.month(), date.day())
                };
                if let (Ok(from), Ok(to)) = (moved(from), moved(to)) {
                    marked.push(MarkedDays {
                        from,
                        to,
                        kind: DayKind::Holiday,
                    });
                }
            }
        }
        marked
    }

    pub(super) fn edits(&self) -> Result<Vec<NotedEdit>, EditFault> {
        let mut sheet = self.0.clone();
        sheet
            .rows
            .retain(|row| !row.key.is_empty() || !row.is_blank(&COLUMNS));
        sheet.edits()
    }
}

/// The next Tết as people have it off: from the last day of the old year to the fourth of the new one.
fn tet(today: Date) -> Option<SheetRow> {
    let first = first_of_tet(today)?;
    let (eve, last) = (
        first.checked_sub(1.day()).ok()?,
        first.checked_add(3.days()).ok()?,
    );
    let name = format!("Tết {}", first.year());
    Some(SheetRow::new(&[
        ("name", &name),
        ("date_from", &eve.to_string()),
        ("date_to", &last.to_string()),
        ("every_year", "0"),
    ]))
}

pub(super) fn holiday_form(visit: &Visit, sheet: &HolidaySheet) -> Markup {
    let (w, h) = (visit.w, &visit.w.hours);
    let form = SheetForm {
        sheet: &sheet.0,
        problems: &[],
    };
    let now = today(visit);
    let today = now.to_string();
    let is_past = |place: &usize| {
        form.value(*place, "every_year") != "1"
            && !form.value(*place, "date_to").is_empty()
            && form.value(*place, "date_to") < &*today
    };
    let (past, ahead): (Vec<usize>, Vec<usize>) = (0..sheet.0.rows.len()).partition(is_past);
    let row = |place: usize| {
        html! {
            div.window {
                (form.input(place, "name", w.forms.name, Typed::Text, ""))
                (form.input(place, "date_from", w.drafts.leave_from, Typed::Date, ""))
                (form.input(place, "date_to", w.drafts.leave_until, Typed::Date, ""))
                (form.tick(place, "every_year", h.every_year))
                (form.keep(place, "note"))
                button.btn.icon.quiet name="do" value={ "drop-" (place) } aria-label={ (w.remove) " " (form.value(place, "name")) } title=(w.remove) { "✕" }
            }
        }
    };
    html! {
        section.card.pad aria-labelledby="holidays" {
            h2 #holidays { (h.holidays) }
            (year_picture(w, now, &sheet.marked(now)))
            form.stack method="post" action="/hours" data-live="#live" {
                (enter(w))
                (form.hidden())
                @for place in ahead { (row(place)) }
                @if !past.is_empty() { details #past { summary { (h.past) " " (past.len()) } @for place in past { (row(place)) } } }
                div.row {
                    button.btn name="do" value="add" { (h.add_holiday) }
                    button.btn name="do" value="tet" { (h.add_tet) }
                    button.btn.main.push name="do" value="keep" data-whole { (w.drafts.preview) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_tet_is_filled_in_and_blank_lines_are_nothing() {
        let mut sheet = HolidaySheet::of(&RuleSet::default());
        let today = jiff::civil::date(2026, 11, 28);
        sheet.act("tet", today);
        sheet.act("add", today);
        sheet.0.rows[1].set("date_from", "");
        sheet.0.rows[1].set("date_to", "");
        let edits = sheet.edits().unwrap();
        let said: Vec<String> = edits
            .iter()
            .map(|edit| serde_json::to_string(&edit.json().add).unwrap())
            .collect();
        assert_eq!(
            said,
            [
                r#"{"date_from":"2027-02-05","date_to":"2027-02-09","every_year":0,"name":"Tết 2027"}"#
            ]
        );
    }
}
