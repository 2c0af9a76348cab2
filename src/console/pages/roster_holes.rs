//! The holes of a roster as cards: where nobody is, only the fallback, or somebody only after waiting.

use jiff::civil::Date;
use maud::{Markup, html};

use super::names::{address, line_key, line_names};
use super::roster::RosterView;
use super::shades;
use crate::console::ask::roster::Hole;
use crate::console::words::{Words, day};
use crate::shown::coverage::Shade;

/// Of more holes the first are shown; the grid has them all.
const MAX_HOLES: usize = 12;

/// Of more lines the first are named.
const MAX_LINES: usize = 3;

pub(super) fn hole_cards(view: &RosterView<'_>) -> Markup {
    let w = &view.w.board;
    let is_to_come = |hole: &&Hole<'_>| hole.dates.last().is_some_and(|last| *last >= view.today);
    let mut holes: Vec<&Hole<'_>> = view.roster.holes.iter().filter(is_to_come).collect();
    // The worst first; a stable sort keeps them in their order of time.
    holes.sort_by_key(|hole| std::cmp::Reverse(hole.answer.shade));
    html! {
        section aria-labelledby="holes" {
            h2 #holes .visually-hidden { (w.to_see_to) }
            @if holes.is_empty() { p.notice.good { (w.no_holes) } }
            @else { ol.holes { @for hole in holes.iter().take(MAX_HOLES) { (card(view, hole)) } } }
        }
    }
}

fn card(view: &RosterView<'_>, hole: &Hole<'_>) -> Markup {
    let w = &view.w.board;
    let tag = match hole.answer.shade {
        Shade::Later => w.tag_later,
        Shade::Fallback => w.tag_fallback,
        _ => w.tag_nobody,
    };
    let date = hole.dates.first().map_or_else(String::new, Date::to_string);
    let at = format!("{date}T{}", hole.from);
    let line = hole.lines.first().map(line_key).unwrap_or_default();
    let why = address("/", &[("at", &at), ("line", &line)]);
    html! {
        li.card.hole.{ (shades::class(hole.answer.shade)) } {
            div.row.spread {
                h3 { (dates_label(view.w, &hole.dates)) ", " span.num { (hole.from) "–" (hole.until) } }
                span.tag.{ (shades::class(hole.answer.shade)) } { (tag) }
            }
            p.small {
                (what(view, hole))
                @for rule in &hole.answer.empty_rules { " " ((w.empty_rule)(rule.name)) }
            }
            div.row {
                a.btn href=(address("/assign", &[("from", &date)])) { (w.assign) }
                a.btn.quiet href=(why) { (w.why) }
            }
        }
    }
}

fn what(view: &RosterView<'_>, hole: &Hole<'_>) -> String {
    let w = &view.w.board;
    let mut lines = if hole.all_lines {
        w.everywhere.to_owned()
    } else {
        let shown = hole.lines.iter().take(MAX_LINES);
        let names: Vec<String> = shown.map(|line| line_names(view.w, line).0).collect();
        names.join(", ")
    };
    let more = hole.lines.len().saturating_sub(MAX_LINES);
    if !hole.all_lines && more > 0 {
        lines.extend([" ", &(w.more_lines)(more)]);
    }
    let who: Vec<String> = hole
        .answer
        .first
        .iter()
        .map(|one| view.names.short(one.name))
        .collect();
    match hole.answer.shade {
        Shade::Later => (w.hole_later)(&lines, hole.answer.after_seconds.unwrap_or(0)),
        Shade::Fallback => (w.hole_fallback)(&lines, &who.join(", ")),
        _ => (w.hole_nobody)(&lines),
    }
}

/// Dates as people say them: one, two, or from the first to the last of a run.
pub(super) fn dates_label(w: &Words, dates: &[Date]) -> String {
    let mut runs: Vec<(Date, Date)> = Vec::new();
    for date in dates {
        match runs.last_mut() {
            Some((_, last)) if last.tomorrow().is_ok_and(|next| next == *date) => *last = *date,
            _ => runs.push((*date, *date)),
        }
    }
    let mut parts = Vec::new();
    for (first, last) in runs {
        if first == last {
            parts.push(day(w, first));
        } else if first.tomorrow().is_ok_and(|next| next == last) {
            parts.extend([day(w, first), day(w, last)]);
        } else {
            parts.push((w.board.days_from_to)(&day(w, first), &day(w, last)));
        }
    }
    match parts.split_last() {
        Some((last, before)) if !before.is_empty() => {
            format!("{} {} {last}", before.join(", "), w.board.and)
        }
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::config::Language;

    #[test]
    fn dates_are_put_together() {
        let w = Words::of(Language::Vi);
        let label = |days: &[i8]| {
            let dates: Vec<Date> = days.iter().map(|day| date(2026, 12, *day)).collect();
            dates_label(w, &dates)
        };
        assert_eq!(label(&[2]), "Thứ Tư 2/12");
        assert_eq!(label(&[1, 2]), "Thứ Ba 1/12 và Thứ Tư 2/12");
        assert_eq!(
            label(&[1, 2, 3, 5]),
            "Thứ Ba 1/12 – Thứ Năm 3/12 và Thứ Bảy 5/12"
        );
        assert_eq!(label(&[]), "");
    }
}
