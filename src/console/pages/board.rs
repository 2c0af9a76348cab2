//! `/`: who is rung, now or at another time, for whoever calls.

use axum::extract::Query;
use axum::response::Response;
use jiff::civil::{Date, DateTime, date};
use jiff::{Timestamp, ToSpan as _};
use maud::{Markup, html};
use routing::moment::Moment;
use routing::route::Router;
use routing::snapshot::Snapshot;
use routing::table::Table;
use routing::tickets::FirstTicket;
use serde::Deserialize;

use super::board_card::card;
use super::layout::Tab;
use super::names::{ShortNames, address, line_key, line_names};
use super::rule_tests::{TestCall, keep_as_test};
use super::shades;
use super::sheet::suggesting;
use super::visit::{Page, Visit};
use super::why::WhyView;
use crate::console::ask::line::{LineName, Usual};
use crate::console::ask::now::{Board, BoardQuestion};
use crate::console::ask::parse_time;
use crate::console::ask::roster::next_hole;
use crate::console::words::{Words, day, day_and_time, hotline};
use crate::shown::coverage::Shade;

/// What an address of the board says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BoardAddress {
    /// A time; the slider's form has a date and a half hour in its place.
    at: String,
    date: String,
    slot: String,
    caller: String,
    /// The line that is explained.
    line: String,
}

pub(super) async fn page(visit: Visit, Query(asked): Query<BoardAddress>) -> Response {
    visit.page(move |visit| Ok(show(visit, &asked))).await
}

/// A look at the board.
struct BoardView<'v> {
    w: &'static Words,
    snapshot: &'v Snapshot,
    names: ShortNames<'v>,
    board: Board<'v>,
    /// The time that is looked at; `None`: now.
    chosen: Option<Timestamp>,
    at: Timestamp,
    now: Timestamp,
    caller: &'v str,
    line: &'v str,
}

fn show(visit: &Visit, asked: &BoardAddress) -> Page {
    let w = visit.w;
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let now = clock::now();
    let chosen = chosen_time(snapshot, asked);
    let at = chosen.unwrap_or(now);
    let caller = asked.caller.trim();
    let question = BoardQuestion {
        at,
        caller: Some(caller).filter(|caller| !caller.is_empty()),
        queue: None,
    };
    let view = BoardView {
        w,
        snapshot,
        names: ShortNames::of(snapshot),
        board: Board::of(snapshot, &question),
        chosen,
        at,
        now,
        caller,
        line: &asked.line,
    };
    Page {
        title: w.tab_now.to_owned(),
        tab: Tab::Now,
        body: view.show(),
    }
}

fn chosen_time(snapshot: &Snapshot, asked: &BoardAddress) -> Option<Timestamp> {
    let zone = &snapshot.settings.time_zone;
    if !asked.at.is_empty() {
        return parse_time(&asked.at, zone);
    }
    let date: Date = asked.date.parse().ok()?;
    let slot: i8 = asked
        .slot
        .parse()
        .ok()
        .filter(|slot| (0..48).contains(slot))?;
    let local = date.at(slot / 2, slot % 2 * 30, 0, 0);
    zone.to_timestamp(local).ok()
}

impl BoardView<'_> {
    fn show(&self) -> Markup {
        let (w, board) = (&self.w.board, &self.board);
        let title = if self.chosen.is_none() {
            w.title
        } else {
            w.title_then
        };
        let explained = board
            .cards
            .iter()
            .flat_map(|card| &card.lines)
            .find(|line| line_key(line) == self.line)
            .or_else(|| board.cards.first()?.lines.first());
        html! {
            div.lead {
                h1 { (title) }
                p.muted { (day_and_time(self.w, board.local)) " · " (self.who_calls()) }
            }
            (self.when())
            (self.chips())
            @if board.cards.is_empty() { p.card.pad { (w.no_lines) } }
            div.board {
                @for one in &board.cards {
                    @let is_explained = explained.is_some_and(|line| one.lines.contains(line));
                    @let href = one.lines.first().map(|line| self.address(self.chosen, Some(line)));
                    (card(self.w, &self.names, one, href.as_deref().unwrap_or("/"), is_explained))
                    @if let Some(line) = explained.filter(|_| is_explained) { (self.why(line, self.line.is_empty())) }
                }
            }
            @if board.heeds_activity { p.small.muted { (w.activity) } }
        }
    }

    fn who_calls(&self) -> String {
        let w = &self.w.board;
        let Some(caller) = &self.board.caller else {
            return w.stranger.to_owned();
        };
        let mut said = (w.caller_known)(&hotline(&caller.number));
        if let Some(owner) = caller.owner {
            let owner = (w.owned_by)(&self.names.short(owner.name));
            said.extend([" · ", &owner]);
        }
        for tag in &caller.tags {
            said.extend([" · ", tag]);
        }
        said
    }

    /// The time, the strip of the day as the slider's track, and the caller.
    fn when(&self) -> Markup {
        let (w, local) = (&self.w.board, self.board.local);
        let slot = i16::from(local.hour()) * 2 + i16::from(local.minute()) / 30;
        let clock = local.strftime("%H:%M").to_string();
        let words = day_and_time(self.w, local);
        html! {
            form.card.when method="get" action="/" data-live="#live" {
                div.timebar {
                    div.row.spread {
                        label for="slot" { b.clock.num { (clock) } " " span.muted.small { (w.drag) } }
                        span.row {
                            label.muted.small for="date" { span.visually-hidden { (w.date) " " } (day(self.w, local.date())) }
                            input.in.date type="date" #date name="date" value=(local.date());
                        }
                    }
                    div.track {
                        (strip(&self.board.day))
                        input type="range" #slot name="slot" min="0" max="47" value=(slot) aria-valuetext=(words);
                    }
                    div.hours aria-hidden="true" { @for hour in [0, 6, 12, 18, 24] { span { (hour) "h" } } }
                }
                div.field {
                    label for="caller" { (w.caller) }
                    (suggesting(Table::Callers, &html! {
                        input.in #caller name="caller" value=(self.caller) placeholder=(w.caller_hint) autocomplete="off" inputmode="search";
                    }))
                }
                @if !self.line.is_empty() { input type="hidden" name="line" value=(self.line); }
                noscript { button.btn.main { (w.show) } }
            }
        }
    }

    fn chips(&self) -> Markup {
        let w = &self.w.board;
        let zone = self.snapshot.settings.time_zone.clone();
        let today = self.now.to_zoned(zone.clone());
        let instant = |local: DateTime| zone.to_timestamp(local).ok();
        let day_at = |date: Option<Date>, hour: i8| instant(date?.at(hour, 0, 0, 0));
        let tomorrow = today.date().tomorrow().ok();
        let (night, night_name) = if today.hour() < 20 {
            (day_at(Some(today.date()), 20), w.chip_tonight)
        } else {
            (day_at(tomorrow, 20), w.chip_tomorrow_night)
        };
        let caller = Some(self.caller).filter(|caller| !caller.is_empty());
        let hole = next_hole(self.snapshot, self.now, caller).map(|(start, _)| start);
        let hole_name = hole.map(|start| {
            let start = start.to_zoned(zone.clone()).datetime();
            (w.next_hole)(&day_and_time(self.w, start))
        });
        let tet = is_vietnam(self.snapshot).then(|| day_at(first_of_tet(today.date()), 20));
        let chips = [
            (night, night_name),
            (day_at(tomorrow, 8), w.chip_tomorrow),
            (hole, hole_name.as_deref().unwrap_or_default()),
            (tet.flatten(), w.chip_tet),
        ];
        html! {
            div.chips role="group" aria-label=(w.moments) {
                a.btn #now data-swap="#live" href=(self.address(None, None)) aria-current=[self.chosen.is_none().then_some("true")] { (w.chip_now) }
                @for (at, name) in chips {
                    @if let Some(at) = at {
                        a.btn data-swap="#live" href=(self.address(Some(at), None)) aria-current=[(self.chosen == Some(at)).then_some("true")] { (name) }
                    }
                }
            }
        }
    }

    /// The board at some time, for the same caller.
    fn address(&self, at: Option<Timestamp>, line: Option<&LineName<'_>>) -> String {
        let zone = self.snapshot.settings.time_zone.clone();
        let at = at.map(|at| at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M").to_string());
        let line = line.map(line_key);
        let query = [
            ("at", at.as_deref().unwrap_or_default()),
            ("caller", self.caller),
            ("line", line.as_deref().unwrap_or_default()),
        ];
        address("/", &query)
    }

    fn why(&self, line: &LineName<'_>, is_auto: bool) -> Markup {
        let (w, snapshot) = (&self.w.board, self.snapshot);
        let caller = Some(self.caller).filter(|caller| !caller.is_empty());
        let usual = Usual::new(snapshot, caller);
        let known = routing::coverage::lines(snapshot, None);
        let known = known.into_iter().find(|(queue, hotline)| {
            *queue == line.queue_id && hotline.map(ToString::to_string) == line.hotline
        });
        let Some((queue, hotline)) = known else {
            return html! {};
        };
        let call = usual.call(snapshot, queue, hotline);
        let moment = Moment::of(snapshot, self.at);
        let mut router = Router::new(snapshot, &moment);
        let explanation = router.explain(&call, 0, &mut FirstTicket);
        let rule = explanation
            .decision
            .rule()
            .and_then(|rule| snapshot.rules.get(rule));
        let view = WhyView {
            w: self.w,
            names: &self.names,
            explanation: &explanation,
        };
        let (name, _) = line_names(self.w, line);
        let local = self.board.local;
        let test = TestCall {
            name: &format!("{name}, {}", day_and_time(self.w, local)),
            queue_id: call.queue_id,
            from: self.caller,
            to: line.hotline.as_deref().unwrap_or_default(),
            at: local,
            waited: 0,
        };
        html! {
            aside.card.why.auto[is_auto] aria-labelledby="why" tabindex="0" {
                header {
                    h2 #why { (w.why) " " (name) }
                    p.small.muted { (w.why_hint) }
                    div.row {
                        @if let Some(rule) = rule { a.btn href={ "/rules/" (rule.id) } { (w.edit_rule) } }
                        (keep_as_test(self.w, &test))
                    }
                }
                (view.show())
            }
        }
    }
}

/// The worst shade of each half hour, side by side; those alike as one piece.
fn strip(day: &[Shade]) -> Markup {
    let mut pieces: Vec<(usize, usize, Shade)> = Vec::new();
    for (place, shade) in day.iter().enumerate() {
        match pieces.last_mut() {
            Some((_, width, last)) if *last == *shade => *width += 1,
            _ => pieces.push((place, 1, *shade)),
        }
    }
    let half_hours = day.len().max(1);
    html! {
        svg viewBox={ "0 0 " (half_hours) " 10" } preserveAspectRatio="none" aria-hidden="true" {
            @for (place, width, shade) in pieces {
                rect.{ (shades::fill(shade)) } x=(place) width=(width) height="10" {}
            }
        }
    }
}

fn is_vietnam(snapshot: &Snapshot) -> bool {
    let zone = snapshot.settings.time_zone.iana_name();
    matches!(zone, Some("Asia/Ho_Chi_Minh" | "Asia/Saigon"))
}

/// The next first day of the lunar year as Vietnam reckons it.
pub(super) fn first_of_tet(today: Date) -> Option<Date> {
    const FIRST_DAYS: [Date; 10] = [
        date(2026, 2, 17),
        date(2027, 2, 6),
        date(2028, 1, 26),
        date(2029, 2, 13),
        date(2030, 2, 2),
        date(2031, 1, 23),
        date(2032, 2, 11),
        date(2033, 1, 31),
        date(2034, 2, 19),
        date(2035, 2, 8),
    ];
    let soon = today.checked_add(1.year()).ok()?;
    FIRST_DAYS
        .into_iter()
        .find(|first| today <= *first && *first <= soon)
}
