//! A year as a picture: a row for each month from this one on, with the days that are otherwise than usual.

use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::console::words::Words;

/// Months that are shown.
const MONTHS: usize = 12;

/// A day is so wide, and a month so high; what stands before them is its name.
const DAY: i64 = 12;
const ROW: i64 = 16;
const NAME: i64 = 48;

/// Days that are otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MarkedDays {
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) kind: DayKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayKind {
    Holiday,
    /// Other hours than usual.
    Open,
    Closed,
}

impl DayKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Holiday => "s-later",
            Self::Open => "s-rung",
            Self::Closed => "s-nobody",
        }
    }
}

/// Several days of one month.
#[derive(Debug, PartialEq, Eq)]
struct Stretch {
    row: i64,
    first_day: i64,
    days: i64,
}

/// The months from a date's own on.
fn months(today: Date) -> Vec<Date> {
    let first = today.first_of_month();
    let ahead = (0..MONTHS).map(|ahead| i64::try_from(ahead).unwrap_or(0));
    ahead
        .filter_map(|ahead| first.checked_add(ahead.months()).ok())
        .collect()
}

/// The parts of a span of days that lie in these months.
fn stretches(months: &[Date], from: Date, to: Date) -> Vec<Stretch> {
    let mut found = Vec::new();
    for (row, month) in (0..).zip(months) {
        let first = from.max(*month);
        let last = to.min(month.last_of_month());
        if first <= last {
            let (begin, end) = (i64::from(first.day()), i64::from(last.day()));
            found.push(Stretch {
                row,
                first_day: begin,
                days: end - begin + 1,
            });
        }
    }
    found
}

/// Nothing if none of these days lies in the year.
pub(super) fn year_picture(w: &Words, today: Date, marked: &[MarkedDays]) -> Markup {
    let months = months(today);
    let mut pieces = Vec::new();
    for days in marked {
        for stretch in stretches(&months, days.from, days.to) {
            pieces.push((stretch, days));
        }
    }
    if pieces.is_empty() {
        return html! {};
    }
    let h = &w.hours;
    let x = |day: i64| NAME + (day - 1) * DAY;
    let kinds = [
        (DayKind::Open, h.other_hours),
        (DayKind::Closed, h.closed),
        (DayKind::Holiday, h.holidays),
    ];
    let size = format!("0 0 {} {}", x(32), ROW * 12);
    html! {
        div.year {
            svg viewBox=(size) role="img" aria-label=((h.year)(pieces.len())) {
                @for (row, month) in (0_i64..).zip(&months) {
                    text x="0" y=(row * ROW + 12) { (month.month()) "/" (month.year()) }
                    rect.s-blocked x=(x(1)) y=(row * ROW + 2) width=(i64::from(month.days_in_month()) * DAY - 1) height=(ROW - 4) rx="2" {}
                }
                @for (stretch, days) in &pieces {
                    rect.{ (days.kind.class()) } x=(x(stretch.first_day)) y=(stretch.row * ROW + 2) width=(stretch.days * DAY - 1) height=(ROW - 4) rx="2" {}
                }
                rect.today x=(x(i64::from(today.day()))) y="1" width=(DAY - 1) height=(ROW - 2) rx="2" {}
            }
            ul.legend {
                @for (kind, name) in kinds {
                    @if marked.iter().any(|days| days.kind == kind) {
                        li { svg.key viewBox="0 0 10 10" aria-hidden="true" { rect.{ (kind.class()) } width="10" height="10" {} } (name) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::config::Language;

    #[test]
    fn a_span_over_two_months_is_two_stretches_and_what_is_past_is_none() {
        let months = months(date(2026, 11, 28));
        assert_eq!(months.len(), MONTHS);
        let found = stretches(&months, date(2026, 12, 30), date(2027, 1, 2));
        let stretch = |row, first_day, days| Stretch {
            row,
            first_day,
            days,
        };
        assert_eq!(found, [stretch(1, 30, 2), stretch(2, 1, 2)]);
        assert_eq!(stretches(&months, date(2026, 1, 1), date(2026, 10, 31)), []);
    }

    #[test]
    fn days_have_their_kind_and_a_year_without_any_has_no_picture() {
        let w = Words::of(Language::En);
        let today = date(2026, 11, 28);
        assert_eq!(year_picture(w, today, &[]).into_string(), "");
        let tet = MarkedDays {
            from: date(2027, 2, 5),
            to: date(2027, 2, 9),
            kind: DayKind::Holiday,
        };
        let picture = year_picture(w, today, &[tet]).into_string();
        let rect = r#"<rect class="s-later" x="96" y="50" width="59" height="12" rx="2">"#;
        assert!(picture.contains(rect), "{picture}");
    }
}
