//! What the time ahead has in store: every combination of open schedules that comes up in it.
//!
//! A combination begins and ends only where some window opens or closes, so walking along those instants finds them all,
//! however short, without looking at each minute.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::DAYS_AHEAD;
use crate::moment::{Moment, Taken};
use crate::schedule::{Schedule, Window};
use crate::snapshot::{Absence, Rule, Snapshot};

/// Each combination of open schedules once, with nobody away who will come back.
#[derive(Debug)]
pub(super) struct Outlook {
    pub(super) today: Date,
    moments: Vec<Moment>,
}

/// An instant at which a window of the schedule at a place opens or closes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    at: Timestamp,
    place: usize,
    opens: bool,
}

impl Outlook {
    pub(super) fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let today = now.to_zoned(snapshot.settings.time_zone.clone()).date();
        let stays_away = |absence: &Absence| absence.until.is_none() && absence.contains(now);
        let mut gone: Vec<_> = snapshot
            .absences
            .iter()
            .filter(|(_, absence)| stays_away(absence))
            .map(|(agent, absence)| (*agent, absence.cover))
            .collect();
        gone.dedup_by_key(|(agent, _)| *agent);
        // Both may be rung, the member and who stands in on some day to come.
        let to_come = snapshot
            .stand_ins
            .iter()
            .filter(|row| row.is_to_come(today));
        let taken: Vec<Taken> = to_come
            .map(|row| Taken {
                group: row.group,
                member: row.member,
                by: row.by,
                is_shared: true,
            })
            .collect();
        let combinations = combinations(snapshot, now);
        let moments = combinations
            .into_iter()
            .map(|open| Moment::supposed(today, open, gone.clone(), taken.clone()))
            .collect();
        Self { today, moments }
    }

    /// The combinations in which a rule's hours hold.
    pub(super) fn of_rule(&self, rule: &Rule) -> impl Iterator<Item = &Moment> {
        let hours = rule.conditions.hours;
        self.moments
            .iter()
            .filter(move |moment| hours.is_none_or(|hours| hours.hold(moment)))
    }

    /// All combinations.
    pub(super) fn moments(&self) -> &[Moment] {
        &self.moments
    }
}

/// Which schedules are open together, by their places.
fn combinations(snapshot: &Snapshot, now: Timestamp) -> BTreeSet<Vec<bool>> {
    let mut edges: Vec<Edge> = snapshot
        .schedules
        .iter()
        .flat_map(|(index, schedule)| edges(schedule, index.place(), now))
        .collect();
    edges.sort_unstable();
    // Windows of one schedule may overlap, so what is counted is how many are open.
    let mut windows = vec![0_usize; snapshot.schedules.len()];
    let mut combinations = BTreeSet::new();
    if edges.first().is_none_or(|edge| edge.at > now) {
        combinations.insert(vec![false; windows.len()]);
    }
    for edges in edges.chunk_by(|one, other| one.at == other.at) {
        for edge in edges {
            if let Some(open) = windows.get_mut(edge.place) {
                *open = if edge.opens {
                    *open + 1
                } else {
                    open.saturating_sub(1)
                };
            }
        }
        combinations.insert(windows.iter().map(|open| *open > 0).collect());
    }
    combinations
}

/// The edges of a schedule's windows in the time ahead; the close of a window that is open at its end is left out.
fn edges(schedule: &Schedule, place: usize, now: Timestamp) -> impl Iterator<Item = Edge> {
    let first = now.to_zoned(schedule.zone.clone()).date();
    let last = first
        .checked_add(i32::from(DAYS_AHEAD).days())
        .unwrap_or(Date::MAX);
    // Yesterday's windows may reach into today.
    let dates = first
        .yesterday()
        .unwrap_or(first)
        .series(1.day())
        .take_while(move |date| *date <= last);
    let end = schedule
        .zone
        .to_timestamp(last.at(0, 0, 0, 0))
        .unwrap_or(Timestamp::MAX);
    let windows = dates.flat_map(move |date| schedule.windows(date).collect::<Vec<_>>());
    let ahead = windows.map(move |window| Window {
        opens: window.opens.max(now),
        ..window
    });
    let ahead = ahead.filter(move |window| window.opens < window.closes && window.opens < end);
    ahead.flat_map(move |Window { opens, closes }| {
        let close = (closes < end).then_some(Edge {
            at: closes,
            place,
            opens: false,
        });
        [
            Some(Edge {
                at: opens,
                place,
                opens: true,
            }),
            close,
        ]
        .into_iter()
        .flatten()
    })
}
