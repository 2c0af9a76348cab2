//! `/hours` and `/hours/{id}`: named opening hours, week by week, with the dates that are otherwise.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use routing::schedule::Schedule;
use routing::snapshot::{Group, Rule, Snapshot};
use serde::Deserialize;

use super::drafts;
use super::editor::{self, Beside, enter};
use super::holiday_form::{HolidaySheet, holiday_form};
use super::hour_sheet::{DAYS, HourSheet, has_day, is_weekly};
use super::layout::Tab;
use super::rule_edit::rows;
use super::rule_form::choice;
use super::sheet::{Fields, SheetForm, Typed, sent};
use super::time_forms::today;
use super::visit::{Page, PageError, Visit};
use super::year_picture::{DayKind, MarkedDays, year_picture};
use crate::console::words::{Words, weekday};
use crate::rules::FileRows;

/// What a new schedule begins with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewHours {
    copy: String,
}

pub(super) async fn page(visit: Visit) -> Response {
    visit
        .page(|visit| {
            let sheet = HolidaySheet::of(&rows(visit)?.editable.rules);
            Ok(list(visit, &sheet))
        })
        .await
}

/// The holidays of all schedules, edited on the same page.
pub(super) async fn holidays(visit: Visit, Form(fields): Form<Fields>) -> Response {
    let today = today(&visit);
    let mut sheet = HolidaySheet::sent(&fields);
    let what = sent(&fields, "do");
    sheet.act(what, today);
    if what == "keep" {
        return drafts::keep_parsed(visit, sheet.edits(), "/hours").await;
    }
    visit.page(move |visit| Ok(list(visit, &sheet))).await
}

fn list(visit: &Visit, holidays: &HolidaySheet) -> Page {
    let (w, h) = (visit.w, &visit.w.hours);
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let now = clock::now();
    let body = html! {
        div.lead { h1 { (h.title) } p.muted { (h.hint) } }
        div.row { a.btn.main href="/hours/new" { (h.add) } }
        ul.cards {
            @for (_, schedule) in snapshot.schedules.iter() {
                li.card.line.person {
                    a.pick href={ "/hours/" (schedule.id) } { (schedule.name) br; span.muted.small { (schedule.id) } }
                    div.row.spread {
                        span.muted { (Users::of(snapshot, schedule).count(w)) }
                        @if schedule.is_open(now) { span.tag.rung { (h.is_open) } } @else { span.tag { (h.is_closed) } }
                    }
                }
            }
        }
        (holiday_form(visit, holidays))
    };
    Page {
        title: h.title.to_owned(),
        tab: Tab::People,
        body,
    }
}

pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    visit
        .page(move |visit| {
            let sheet = HourSheet::of(&rows(visit)?.editable.rules, &id);
            Ok(show(
                visit,
                &sheet.ok_or(PageError::Missing)?,
                Some(&id),
                &Beside::default(),
            ))
        })
        .await
}

pub(super) async fn new(visit: Visit, Query(NewHours { copy }): Query<NewHours>) -> Response {
    visit
        .page(move |visit| {
            let file = rows(visit)?;
            let like = HourSheet::of(&file.editable.rules, &copy);
            let sheet = match like {
                Some(like) => {
                    let name = like
                        .schedule
                        .rows
                        .first()
                        .map_or("", |row| row.value("name"));
                    let name = (visit.w.edits.copy_of)(name);
                    like.copied(&name)
                }
                None => HourSheet::new(),
            };
            Ok(show(visit, &sheet, None, &Beside::default()))
        })
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

/// `None`: a schedule that is not there yet.
async fn take(visit: Visit, id: Option<String>, fields: &Fields) -> Response {
    let file: Arc<FileRows> = match rows(&visit) {
        Ok(file) => file,
        Err(error) => return visit.page(|_| Err(error)).await,
    };
    let mut sheet = HourSheet::sent(fields);
    let what = sent(fields, "do");
    sheet.act(what, &today(&visit).to_string());
    let edits = if what == "delete" {
        sheet.schedule.clone().deleted()
    } else {
        sheet.edits(&file.editable.rules)
    };
    editor::take(visit, fields, edits, move |visit, beside| {
        show(visit, &sheet, id.as_deref(), beside)
    })
    .await
}

fn show(visit: &Visit, sheet: &HourSheet, id: Option<&str>, beside: &Beside) -> Page {
    let (w, h) = (visit.w, &visit.w.hours);
    let served = visit.desk.live.served();
    let snapshot = beside.after().unwrap_or(&served.snapshot);
    let form = SheetForm {
        sheet: &sheet.schedule,
        problems: beside.problems(),
    };
    let name = form.value(0, "name").to_owned();
    let schedule = snapshot.schedules.iter().map(|(_, schedule)| schedule);
    let schedule = schedule.into_iter().find(|schedule| {
        id.is_some_and(|id| *schedule.id == *id) || id.is_none() && *schedule.name == *name
    });
    let on_holidays = [
        choice("usual", h.holidays_usual),
        choice("closed", h.holidays_closed),
        choice("sun", h.holidays_sunday),
    ];
    let action = format!("/hours/{}", id.unwrap_or("new"));
    let body = html! {
        form.edit.two method="post" action=(action) data-live="#live" {
            (enter(w))
            a.back.shown href="/hours" { (h.all) }
            section.card aria-labelledby="hours" {
                (form.hidden())
                div.pad.row {
                    h1.visually-hidden #hours { (h.title) " " (name) }
                    (form.input(0, "name", w.forms.name, Typed::Text, ""))
                    (form.select(0, "on_holidays", h.on_holidays, &on_holidays))
                    (form.input(0, "time_zone", h.time_zone, Typed::Text, w.drafts.usual))
                    (form.input(0, "note", w.edits.note, Typed::Text, ""))
                }
                @if let Some(schedule) = schedule { div.sec { h2 { (h.this_week) } (week(visit, schedule)) } }
                (windows(visit, sheet, beside))
                @if let Some(schedule) = schedule { div.sec { h2 { (h.users) } (Users::of(snapshot, schedule).links()) } }
                @if let Some(id) = id {
                    div.sec.row.spread {
                        a.btn href={ "/hours/new?copy=" (id) } { (w.edits.copy) }
                        button.btn.quiet name="do" value="delete" data-whole { (h.delete) }
                    }
                }
            }
            (beside.aside(visit))
            (beside.tray(visit, if id.is_some() { &action } else { "/hours" }))
        }
    };
    Page {
        title: if name.is_empty() {
            h.add.to_owned()
        } else {
            name
        },
        tab: Tab::People,
        body,
    }
}

/// The rows: those of an ordinary week, then dates; dates that are over are folded.
fn windows(visit: &Visit, sheet: &HourSheet, beside: &Beside) -> Markup {
    let (w, h) = (visit.w, &visit.w.hours);
    let form = SheetForm {
        sheet: &sheet.hours,
        problems: beside.problems(),
    };
    let today = today(visit).to_string();
    let is_past = |place: usize| {
        form.value(place, "date_to") < &*today && !form.value(place, "date_to").is_empty()
    };
    let places = || 0..sheet.hours.rows.len();
    let weekly = |place: &usize| sheet.hours.rows.get(*place).is_some_and(is_weekly);
    let (past, ahead): (Vec<usize>, Vec<usize>) = places()
        .filter(|place| !weekly(place))
        .partition(|place| is_past(*place));
    html! {
        (form.hidden())
        div.sec {
            h2 { (h.weekly) }
            @for place in places().filter(weekly) { (window(w, sheet, &form, place)) }
            div.row { button.btn name="do" value="add-week" { (h.add_week) } }
        }
        div.sec {
            h2 { (h.dated) }
            (year_picture(w, self::today(visit), &marked(sheet)))
            @for place in ahead { (window(w, sheet, &form, place)) }
            div.row { button.btn name="do" value="add-date" { (h.add_date) } span.muted.small { (h.dated_hint) } }
            @if !past.is_empty() {
                details #past {
                    summary { (h.past) " " (past.len()) }
                    @for place in past { (window(w, sheet, &form, place)) }
                }
            }
        }
    }
}

/// The dated rows, as far as they are dates.
fn marked(sheet: &HourSheet) -> Vec<MarkedDays> {
    let mut marked = Vec::new();
    for row in sheet.hours.rows.iter().filter(|row| !is_weekly(row)) {
        let Ok(from) = row.value("date_from").parse::<Date>() else {
            continue;
        };
        let times = [row.value("start_time"), row.value("end_time")];
        let is_closed = times.iter().all(|time| time.is_empty());
        marked.push(MarkedDays {
            from,
            to: row.value("date_to").parse().unwrap_or(from),
            kind: if is_closed {
                DayKind::Closed
            } else {
                DayKind::Open
            },
        });
    }
    marked
}

fn window(w: &Words, sheet: &HourSheet, form: &SheetForm<'_>, place: usize) -> Markup {
    let h = &w.hours;
    let row = sheet.hours.rows.get(place);
    html! {
        div.window {
            @if row.is_some_and(is_weekly) {
                (form.keep(place, "days"))
                fieldset.row.days-of role="group" aria-label=(w.board.days) {
                    @for ((place_of_day, day), name) in (0..).zip(DAYS).zip(w.short_days) {
                        label.option { input type="checkbox" name={ "schedule_hours." (place) ".day-" (day) } value="1" checked[row.is_some_and(|row| has_day(row, place_of_day))]; (name) }
                    }
                }
            } @else {
                (form.keep(place, "days"))
                (form.input(place, "date_from", w.drafts.leave_from, Typed::Date, ""))
                (form.input(place, "date_to", w.drafts.leave_until, Typed::Date, ""))
            }
            (form.input(place, "start_time", h.opens, Typed::Text, h.closed))
            (form.input(place, "end_time", h.closes, Typed::Text, h.closed))
            @if form.value(place, "week_of").is_empty() { (form.keep(place, "every_weeks")) (form.keep(place, "week_of")) } @else {
                (form.input(place, "every_weeks", h.every_weeks, Typed::Whole, "1"))
                (form.input(place, "week_of", h.week_of, Typed::Date, ""))
            }
            (form.input(place, "note", w.edits.note, Typed::Text, ""))
            button.btn.icon.quiet name="do" value={ "drop-" (place) } aria-label={ (w.remove) " " (place + 1) } title=(w.remove) { "✕" }
        }
    }
}

/// The hours of the week that it is, as the server goes by them.
fn week(visit: &Visit, schedule: &Schedule) -> Markup {
    let today = clock::now().to_zoned(schedule.zone.clone()).date();
    let monday = today
        .checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days())
        .unwrap_or(today);
    let dates = (0..7_i64).filter_map(|ahead| monday.checked_add(ahead.days()).ok());
    html! {
        ol.week {
            @for date in dates {
                li {
                    span.small { (weekday(&visit.w.short_days, date)) " " (date.day()) "/" (date.month()) }
                    ol.runs { @for (slots, is_open, said) in runs(schedule, date) {
                        li.{ "n" (slots) } { span.run.blocked[!is_open] { (if is_open { &said } else { "" }) } }
                    } }
                }
            }
        }
    }
}

/// Half hours of a date that are alike: how many, whether they are open, from when to when.
fn runs(schedule: &Schedule, date: Date) -> Vec<(usize, bool, String)> {
    let mut runs: Vec<(usize, bool, String)> = Vec::new();
    let clock = |slot: usize| format!("{:02}:{:02}", slot / 2, slot % 2 * 30);
    let mut begin = 0;
    for slot in 0..48_usize {
        let minute = i64::try_from(slot).unwrap_or(0) * 30;
        let at = date.at(0, 0, 0, 0).checked_add(minute.minutes()).ok();
        let at = at.and_then(|at| schedule.zone.to_timestamp(at).ok());
        let is_open = at.is_some_and(|at| schedule.is_open(at));
        match runs.last_mut() {
            Some((slots, was_open, said)) if *was_open == is_open => {
                *slots += 1;
                *said = format!("{}–{}", clock(begin), clock(slot + 1));
            }
            _ => {
                begin = slot;
                runs.push((1, is_open, format!("{}–{}", clock(slot), clock(slot + 1))));
            }
        }
    }
    runs
}

/// Who goes by a schedule.
struct Users<'s> {
    rules: Vec<&'s Rule>,
    groups: Vec<&'s Group>,
    shifts: usize,
}

impl<'s> Users<'s> {
    fn of(snapshot: &'s Snapshot, schedule: &Schedule) -> Self {
        let is_meant = |index| match snapshot.schedules.get(index) {
            Some(known) => known.id == schedule.id,
            None => false,
        };
        let mut users = Self {
            rules: Vec::new(),
            groups: Vec::new(),
            shifts: 0,
        };
        for (_, rule) in snapshot.rules.iter() {
            if rule
                .conditions
                .hours
                .is_some_and(|hours| is_meant(hours.schedule))
            {
                users.rules.push(rule);
            }
        }
        for (_, group) in snapshot.groups.iter() {
            let members = group.members.iter();
            let shifts = members
                .filter(|member| member.schedule.is_some_and(is_meant))
                .count();
            if shifts > 0 {
                users.groups.push(group);
                users.shifts += shifts;
            }
        }
        users
    }

    fn count(&self, w: &Words) -> String {
        (w.hours.used_by)(self.rules.len(), self.shifts)
    }

    fn links(&self) -> Markup {
        html! {
            ul.plain {
                @for rule in &self.rules { li { a href={ "/rules/" (rule.id) } { (rule.name) } } }
                @for group in &self.groups { li { a href={ "/groups/" (group.id) } { (group.name) } } }
            }
        }
    }
}
