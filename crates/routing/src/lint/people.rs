//! People's time: absences that overlap, stand-ins without a shift, holidays that nobody has entered yet.

use jiff::ToSpan as _;

use super::{Subject, Suspect};
use crate::diagnosis::Advice;
use crate::holidays::OnHolidays;
use crate::problem::{Problem, quoted_text};
use crate::snapshot::{Snapshot, StandIn};
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
            let until = absence.until.unwrap_or(jiff::Timestamp::MAX);
            if let Some((first, latest)) = longest
                && until > subject.now
                && latest > absence.from
            {
                let suspect = Suspect {
                    table: Table::Absences,
                    key: absence.id.to_string(),
                    column: "id",
                    value: absence.id.to_string(),
                };
                problems.push(suspect.warn(Advice::AbsencesOverlap { first }));
            }
            match longest {
                Some((_, latest)) if latest >= until => {}
                _ => longest = Some((absence.id, until)),
            }
        }
    }
    problems
}

/// Rows of which no shift starts on any date, in whatever group they count.
fn stand_ins_without_shift(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    let to_come = |row: &&StandIn| row.is_to_come(subject.outlook.today);
    let mut rows: Vec<&StandIn> = snapshot.stand_ins.iter().filter(to_come).collect();
    rows.sort_by_key(|row| row.id);
    let mut problems = Vec::new();
    for rows in rows.chunk_by(|one, other| one.id == other.id) {
        if let Some(row) = rows.first()
            && !rows.iter().any(|row| has_shift(snapshot, row))
        {
            let suspect = Suspect {
                table: Table::StandIns,
                key: row.id.to_string(),
                column: "date_from",
                value: quoted_text(&row.from.to_string()),
            };
            problems.push(suspect.warn(Advice::StandInWithoutShift));
        }
    }
    problems
}

/// Whether a shift of the member begins on some date of a row. Whoever has no schedule has one at all times.
fn has_shift(snapshot: &Snapshot, row: &StandIn) -> bool {
    /// Every date of a year, leap days and a long leave included.
    const MAX_DATES: usize = 400;
    let Some(group) = snapshot.groups.get(row.group) else {
        return true;
    };
    let Some(shift) = group.member(row.member).and_then(|member| member.schedule) else {
        return true;
    };
    let Some(shift) = snapshot.schedules.get(shift) else {
        return true;
    };
    let dates = row.from.series(1.day()).take_while(|date| *date <= row.to);
    dates
        .take(MAX_DATES)
        .any(|date| shift.windows(date).next().is_some())
}

/// Whether those that come once, as Tết does, end soon, and some schedule heeds them.
fn last_holiday(subject: Subject<'_>) -> Option<Problem> {
    let snapshot = subject.snapshot;
    let mut schedules = snapshot.schedules.values();
    if !schedules.any(|schedule| schedule.on_holidays != OnHolidays::Usual) {
        return None;
    }
    let last = snapshot.holidays.last()?;
    let soon = subject
        .outlook
        .today
        .checked_add(i32::from(DAYS_BEFORE).days());
    if last > soon.ok()? {
        return None;
    }
    let suspect = Suspect {
        table: Table::Holidays,
        key: last.to_string(),
        column: "date_to",
        value: quoted_text(&last.to_string()),
    };
    Some(suspect.warn(Advice::LastHoliday { days: DAYS_BEFORE }))
}
