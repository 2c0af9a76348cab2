//! `/roster`: who answers each hotline first, a week at a time, and where nobody does.

use axum::extract::Query;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use routing::snapshot::Snapshot;
use serde::Deserialize;

use super::board::first_of_tet;
use super::layout::Tab;
use super::names::{ShortNames, address, line_key, line_names};
use super::roster_holes::hole_cards;
use super::shades;
use super::visit::{Page, PageError, Visit};
use crate::console::api::asked_rules::AskedRules;
use crate::console::ask::roster::{Roster, RosterLine, RosterQuestion, Run, RunAnswer};
use crate::console::words::{Words, day, weekday};
use crate::shown::coverage::Shade;

/// Days of a roster.
const DAYS: u16 = 7;

/// More rows are shown for one queue at a time, so that the page stays small.
const MAX_ROWS: usize = 12;

/// Half hours in which a number has room, and no word beside it.
const NARROW: u16 = 10;

/// What an address of the roster says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RosterAddress {
    from: String,
    /// One day, with names.
    day: String,
    queue: String,
    caller: String,
    /// The draft that is tried.
    draft: String,
}

pub(super) async fn page(visit: Visit, Query(asked): Query<RosterAddress>) -> Response {
    let rules = match asked.draft.parse() {
        Ok(draft) => AskedRules::with_draft(&visit.desk, &visit.user, Some(draft)).await,
        Err(_) => Ok(AskedRules::in_force(&visit.desk)),
    };
    visit
        .page(move |visit| show(visit, &asked, rules?.snapshot()))
        .await
}

/// A look at a roster.
pub(super) struct RosterView<'v> {
    pub(super) w: &'static Words,
    pub(super) names: ShortNames<'v>,
    pub(super) roster: Roster<'v>,
    pub(super) today: Date,
    from: Date,
    /// The day that is looked at alone, on a phone always one.
    day: Date,
    is_one_day: bool,
    queue: &'v str,
    caller: &'v str,
    /// The draft that is tried.
    draft: &'v str,
    /// The draft that could be tried.
    own_draft: Option<i64>,
}

fn show(visit: &Visit, asked: &RosterAddress, snapshot: &Snapshot) -> Result<Page, PageError> {
    let w = visit.w;
    let zone = snapshot.settings.time_zone.clone();
    let today = clock::now().to_zoned(zone).date();
    let from = asked.from.parse().unwrap_or_else(|_| monday(today));
    let last = from
        .checked_add(i64::from(DAYS - 1).days())
        .map_err(anyhow::Error::from)?;
    let chosen: Option<Date> = asked.day.parse().ok();
    let chosen = chosen.filter(|day| (from..=last).contains(day));
    let usual = if (from..=last).contains(&today) {
        today
    } else {
        from
    };
    let (caller, queue) = (asked.caller.trim(), asked.queue.trim());
    let question = RosterQuestion {
        from,
        days: DAYS,
        caller: Some(caller).filter(|caller| !caller.is_empty()),
        queue: Some(queue).filter(|queue| !queue.is_empty()),
    };
    let view = RosterView {
        w,
        names: ShortNames::of(snapshot),
        roster: Roster::of(snapshot, &question),
        today,
        from,
        day: chosen.unwrap_or(usual),
        is_one_day: chosen.is_some(),
        queue,
        caller,
        draft: asked.draft.trim(),
        own_draft: visit.draft().map(|draft| draft.id),
    };
    Ok(Page {
        title: w.tab_roster.to_owned(),
        tab: Tab::Roster,
        body: view.show(snapshot),
    })
}

fn monday(date: Date) -> Date {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(back.days()).unwrap_or(date)
}

/// Lines whose weeks are alike.
struct RosterRow<'r, 's> {
    lines: Vec<&'r RosterLine<'s>>,
}

impl RosterView<'_> {
    fn show(&self, snapshot: &Snapshot) -> Markup {
        let w = &self.w.board;
        let rows = self.rows();
        let is_large = rows.len() > MAX_ROWS && self.queue.is_empty();
        html! {
            (self.lead())
            (self.whose())
            (hole_cards(self))
            section.card.pad.day-view[self.is_one_day] {
                div.row.spread {
                    ul.legend {
                        @for shade in shades::LEGEND {
                            li { span.run.{ (shades::class(shade)) } {} (shades::meaning(self.w, shade)) }
                        }
                    }
                    (self.filters(snapshot, is_large))
                }
                (self.days())
                (self.grid(rows.iter().take(MAX_ROWS)))
                @if rows.len() > MAX_ROWS { p.small.muted { ((w.more_lines)(rows.len() - MAX_ROWS)) } }
            }
            p.card.inspect #inspect { span.muted.hint { (w.point_hint) } }
        }
    }

    fn lead(&self) -> Markup {
        let w = &self.w.board;
        let last = self.roster.dates.last().copied().unwrap_or(self.from);
        let week = |days: i64| self.from.checked_add(days.days()).ok();
        let tet = first_of_tet(self.today).map(monday);
        let steps = [
            (week(-7), "←", w.week_before),
            (Some(monday(self.today)), w.this_week, ""),
            (week(7), "→", w.week_after),
            (tet, w.tet_week, ""),
        ];
        html! {
            div.lead {
                h1 { (w.roster) " " (self.from.day()) "/" (self.from.month()) " – " (last.day()) "/" (last.month()) "/" (last.year()) }
                p.muted.long { (w.roster_hint) }
                div.row.push {
                    @for (from, text, label) in steps {
                        @if let Some(from) = from {
                            a.btn href=(self.address(from, None)) aria-label=[(!label.is_empty()).then_some(label)]
                                aria-current=[(self.from == from).then_some("true")] { (text) }
                        }
                    }
                    @if self.is_one_day { a.btn href=(self.address(self.from, None)) { (w.whole_week) } }
                }
            }
        }
    }

    fn address(&self, from: Date, day: Option<Date>) -> String {
        self.address_as(from, day, self.draft)
    }

    fn address_as(&self, from: Date, day: Option<Date>, draft: &str) -> String {
        let (from, day) = (from.to_string(), day.map(|day| day.to_string()));
        let query = [
            ("from", &*from),
            ("day", day.as_deref().unwrap_or_default()),
            ("queue", self.queue),
            ("caller", self.caller),
            ("draft", draft),
        ];
        address("/roster", &query)
    }

    /// Whose rules these are: a draft's, or those in force, with a link to the draft's.
    fn whose(&self) -> Markup {
        let w = &self.w.board;
        let day = self.is_one_day.then_some(self.day);
        let other = |draft: &str| self.address_as(self.from, day, draft);
        html! {
            @if !self.draft.is_empty() {
                p.notice.hold { span { ((w.as_draft)(self.draft)) } a.btn.push href=(other("")) { (w.as_in_force) } }
            } @else if let Some(id) = self.own_draft {
                p { a.btn href=(other(&id.to_string())) { ((w.with_draft)(id)) } }
            }
        }
    }

    /// Whose roster it is; which queue, where there are many.
    fn filters(&self, snapshot: &Snapshot, is_large: bool) -> Markup {
        let w = &self.w.board;
        let mut queues: Vec<(&str, &str)> = snapshot
            .queue_names
            .iter()
            .map(|(id, name)| (&**id, &**name))
            .collect();
        queues.sort_unstable();
        html! {
            form.row action="/roster" data-live="#live" {
                input type="hidden" name="from" value=(self.from);
                @if self.is_one_day { input type="hidden" name="day" value=(self.day); }
                @if !self.draft.is_empty() { input type="hidden" name="draft" value=(self.draft); }
                @if is_large || !self.queue.is_empty() {
                    label.visually-hidden for="queue" { (w.any_queue) }
                    select.in #queue name="queue" {
                        option value="" { (w.any_queue) }
                        @for (id, name) in queues { option value=(id) selected[id == self.queue] { (name) } }
                    }
                }
                label.small.muted for="caller" { (w.caller) }
                input.in #caller name="caller" value=(self.caller) placeholder=(w.stranger) autocomplete="off";
                noscript { button.btn { (w.show) } }
            }
        }
    }

    /// The days of the week to choose from on a phone.
    fn days(&self) -> Markup {
        html! {
            nav.days aria-label=(self.w.board.days) {
                @for (place, date) in self.roster.dates.iter().enumerate() {
                    @let worst = self.worst(place);
                    a href=(self.address(self.from, Some(*date))) data-swap="#live"
                        aria-current=[(*date == self.day).then_some("true")] {
                        (weekday(&self.w.short_days, *date)) b { (date.day()) }
                        span.sh.{ (shades::class(worst)) } {}
                        span.visually-hidden { (shades::meaning(self.w, worst)) }
                    }
                }
            }
        }
    }

    /// The worst shade of a day.
    fn worst(&self, place: usize) -> Shade {
        let lines = self.roster.lines.iter();
        let runs = lines.filter_map(|line| line.days.get(place)).flatten();
        runs.map(|run| run.answer.shade)
            .max()
            .unwrap_or(Shade::Rung)
    }

    fn rows(&self) -> Vec<RosterRow<'_, '_>> {
        let mut rows: Vec<RosterRow<'_, '_>> = Vec::new();
        for line in &self.roster.lines {
            let is_alike = |row: &&mut RosterRow<'_, '_>| {
                row.lines
                    .first()
                    .is_some_and(|first| first.days == line.days)
            };
            match rows.iter_mut().find(is_alike) {
                Some(row) => row.lines.push(line),
                None => rows.push(RosterRow { lines: vec![line] }),
            }
        }
        rows
    }

    fn grid<'r>(&self, rows: impl Iterator<Item = &'r RosterRow<'r, 'r>>) -> Markup {
        let is_on = |date: &Date| *date == self.day;
        html! {
            table.map data-grid="" {
                caption.visually-hidden { (self.w.board.grid_hint) }
                colgroup { col.head; @for date in &self.roster.dates { col.on[is_on(date)]; } }
                thead {
                    tr {
                        td.corner.on {}
                        @for (place, date) in self.roster.dates.iter().enumerate() {
                            th scope="col" .on[is_on(date)] {
                                a href=(self.address(self.from, Some(*date))) aria-current=[(*date == self.today).then_some("date")] {
                                    span.sh.{ (shades::class(self.worst(place))) } {} (day(self.w, *date))
                                }
                            }
                        }
                    }
                }
                tbody { @for row in rows { (self.row(row)) } }
            }
        }
    }

    fn row(&self, row: &RosterRow<'_, '_>) -> Markup {
        let Some(first) = row.lines.first() else {
            return html! {};
        };
        let (name, number) = line_names(self.w, &first.name);
        let more = row.lines.len() - 1;
        html! {
            tr {
                th scope="row" {
                    span title=(number) { (name) }
                    @if more > 0 { br; span.muted { ((self.w.board.more_lines)(more)) } }
                }
                @for (date, runs) in self.roster.dates.iter().zip(&first.days) {
                    td.on[*date == self.day] {
                        ol.runs { @for run in runs { (self.run(*date, run, &line_key(&first.name))) } }
                    }
                }
            }
        }
    }

    fn run(&self, date: Date, run: &Run<'_>, line: &str) -> Markup {
        let (slot, until) = (run.from.slot(), run.until.slot());
        let at = format!("{date}T{}", run.from);
        let href = address("/", &[("at", &at), ("caller", self.caller), ("line", line)]);
        let is_narrow = until.saturating_sub(slot) < NARROW;
        let (label, long) = self.label(&run.answer, is_narrow);
        html! {
            li.{ "n" (until.saturating_sub(slot).max(1)) } {
                a.run.{ (shades::class(run.answer.shade)) } href=(href) {
                    b { (label) } @if !long.is_empty() { small { (long) } }
                    i.visually-hidden { " " (run.from) "–" (run.until) ": " (self.sentence(&run.answer)) }
                }
            }
        }
    }

    /// What stands in a run, and what follows where there is room.
    fn label(&self, answer: &RunAnswer<'_>, is_narrow: bool) -> (String, String) {
        let w = &self.w.board;
        match (answer.shade, answer.first.as_slice()) {
            (Shade::Nobody, _) => (w.hole.to_owned(), String::new()),
            (Shade::Blocked, _) | (_, []) => (String::new(), String::new()),
            (_, [one]) => (self.names.short(one.name), String::new()),
            (_, _) if is_narrow && !self.is_one_day => {
                (answer.first_count.to_string(), String::new())
            }
            (_, several) => (
                (w.people)(answer.first_count),
                self.names_of(several, answer.first_count),
            ),
        }
    }

    fn names_of(&self, several: &[crate::shown::explanation::Named<'_>], count: usize) -> String {
        let names: Vec<String> = several
            .iter()
            .map(|one| self.names.short(one.name))
            .collect();
        let more = count.saturating_sub(several.len());
        let more = if more > 0 {
            format!(" +{more}")
        } else {
            String::new()
        };
        format!("{}{more}", names.join(", "))
    }

    /// Who answers, in words.
    pub(super) fn sentence(&self, answer: &RunAnswer<'_>) -> String {
        let w = &self.w.board;
        let who = self.names_of(&answer.first, answer.first_count);
        let said = match answer.shade {
            Shade::Nobody => return w.shade_nobody.to_owned(),
            Shade::Blocked => return w.shade_blocked.to_owned(),
            Shade::Fallback => return format!("{}: {who}", w.shade_fallback),
            Shade::Later => format!("{}: {who}", (w.after)(answer.after_seconds.unwrap_or(0))),
            Shade::Rung | Shade::PassedOver if answer.first_count == 1 => (w.first_one)(&who),
            Shade::Rung | Shade::PassedOver => (w.one_of)(answer.first_count, &who),
        };
        let agents = if answer.agents == 1 {
            w.alone.to_owned()
        } else {
            (w.people)(answer.agents)
        };
        let rule = answer.rule.map_or("", |rule| rule.name);
        format!("{said}; {agents} · {rule}")
    }
}
