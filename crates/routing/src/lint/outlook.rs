//! What the time ahead has in store: every combination of open schedules that comes up in it.
//!
//! A combination begins and ends only where some window opens or closes, so walking along those instants finds them all,
//! however short, without looking at each minute.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::DAYS_AHEAD;
use crate::moment::{Moment, Taken};
use crate::schedule::Schedule;
use crate::snapshot::{Rule, Snapshot};

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
        let mut gone = Vec::new();
        for (agent, absence) in &snapshot.absences {
            if absence.until.is_none() && absence.contains(now) {
                gone.push((*agent, absence.cover));
            }
        }
        gone.dedup_by_key(|(agent, _)| *agent);
        // Both may be rung, the member and who stands in on some day to come.
        let mut taken = Vec::new();
        for row in &snapshot.stand_ins {
            if row.is_to_come(today) {
                taken.push(Taken {
                    group: row.group,
                    member: row.member,
                    by: row.by,
                    is_shared: true,
                });
            }
        }
        let supposed = |open| Moment::supposed(today, open, gone.clone(), taken.clone());
        let moments = combinations(snapshot, now).into_iter().map(supposed);
        Self {
            today,
            moments: moments.collect(),
        }
    }

    /// The combinations in which a rule's hours hold.
    pub(super) fn of_rule(&self, rule: &Rule) -> impl Iterator<Item = &Moment> {
        let hours = rule.conditions.hours;
        let holds = move |moment: &&Moment| match hours {
            Some(hours) => hours.hold(moment),
            None => true,
        };
        self.moments.iter().filter(holds)
    }

    /// All combinations.
    pub(super) fn moments(&self) -> &[Moment] {
        &self.moments
    }
}

/// Which schedules are open together, by their places.
fn combinations(snapshot: &Snapshot, now: Timestamp) -> BTreeSet<Vec<bool>> {
    let mut edges = Vec::new();
    for (index, schedule) in snapshot.schedules.iter() {
        add_edges(&mut edges, schedule, index.place(), now);
    }
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
fn add_edges(edges: &mut Vec<Edge>, schedule: &Schedule, place: usize, now: Timestamp) {
    let today = now.to_zoned(schedule.zone.clone()).date();
    let ahead = today.checked_add(i32::from(DAYS_AHEAD).days());
    let last = ahead.unwrap_or(Date::MAX);
    let end = schedule.zone.to_timestamp(last.at(0, 0, 0, 0));
    let end = end.unwrap_or(Timestamp::MAX);
    // Yesterday's windows may reach into today.
    let first = today.yesterday().unwrap_or(today);
    for date in first.series(1.day()).take_while(|date| *date <= last) {
        for window in schedule.windows(date) {
            let opens = window.opens.max(now);
            if opens >= window.closes || opens >= end {
                continue;
            }
            edges.push(Edge {
                at: opens,
                place,
                opens: true,
            });
            if window.closes < end {
                edges.push(Edge {
                    at: window.closes,
                    place,
                    opens: false,
                });
            }
        }
    }
}
