//! People's time: absences that overlap, stand-ins without a shift, holidays that nobody has entered yet.

use jiff::ToSpan as _;

use super::{Subject, Suspect};
use crate::diagnosis::Advice;
use crate::holidays::OnHolidays;
use crate::problem::{Problem, quoted_text};
use crate::snapshot::StandIn;
use crate::table::Table;

/// How many days before the last holiday the next ones should be entered.
const DAYS_BEFORE: i16 = 60;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let mut problems = overlapping_absences(subject);
    problems.extend(stand_ins_without_shift(subject));
    problems.extend(last_holiday(subject));
    problems
}

fn overlapping_absences(subject: Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let of_agents = subject
        .snapshot
        .absences
        .chunk_by(|(one, _), (other, _)| one == other);
    for absences in of_agents {
        let mut longest = None;
        for (_, absence) in absences {
            let is_over = absence.until.is_some_and(|until| until <= subject.now);
            if let Some((first, until)) = longest
                && !is_over
                && until > absence.from
            {
                let suspect = Suspect {
                    table: Table::Absences,
                    key: absence.id.to_string(),
                    column: "id",
                    value: absence.id.to_string(),
                };
                problems.push(suspect.warn(Advice::AbsencesOverlap { first }));
            }
            let until = absence.until.unwrap_or(jiff::Timestamp::MAX);
            if longest.is_none_or(|(_, latest)| until > latest) {
                longest = Some((absence.id, until));
            }
        }
    }
    problems
}

/// Rows of which no shift starts on any date, in whatever group they count.
fn stand_ins_without_shift(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    let has_shift = |row: &StandIn| {
        let group = snapshot.groups.get(row.group);
        let shift = group
            .and_then(|group| group.member(row.member))
            .and_then(|member| member.schedule)
            .and_then(|shift| snapshot.schedules.get(shift));
        let dates = row.from.series(1.day()).take_while(|date| *date <= row.to);
        shift.is_none_or(|shift| {
            dates
                .take(400)
                .any(|date| shift.windows(date).next().is_some())
        })
    };
    let mut rows: Vec<&StandIn> = snapshot
        .stand_ins
        .iter()
        .filter(|row| row.is_to_come(subject.outlook.today))
        .collect();
    rows.sort_by_key(|row| row.id);
    let without = rows
        .chunk_by(|one, other| one.id == other.id)
        .filter(|rows| !rows.iter().any(|row| has_shift(row)));
    without
        .filter_map(|rows| rows.first())
        .map(|row| {
            let suspect = Suspect {
                table: Table::StandIns,
                key: row.id.to_string(),
                column: "date_from",
                value: quoted_text(&row.from.to_string()),
            };
            suspect.warn(Advice::StandInWithoutShift)
        })
        .collect()
}

/// Whether those that come once, as Tết does, end soon, and some schedule heeds them.
fn last_holiday(subject: Subject<'_>) -> Option<Problem> {
    let snapshot = subject.snapshot;
    let mut schedules = snapshot.schedules.iter();
    if !schedules.any(|(_, schedule)| schedule.on_holidays != OnHolidays::Usual) {
        return None;
    }
    let last = snapshot.holidays.last()?;
    let soon = subject
        .outlook
        .today
        .checked_add(i32::from(DAYS_BEFORE).days())
        .ok()?;
    (last <= soon).then(|| {
        let suspect = Suspect {
            table: Table::Holidays,
            key: last.to_string(),
            column: "date_to",
            value: quoted_text(&last.to_string()),
        };
        suspect.warn(Advice::LastHoliday { days: DAYS_BEFORE })
    })
}
