//! What is open, who is away and which date it is: everything of a snapshot that depends on the time.
//!
//! All times in the tables are whole minutes, and so are the offsets of today's time zones. So this is worked out once
//! a minute, and a call only looks it up.

use jiff::Timestamp;
use jiff::civil::Date;

use super::arena::Index;
use super::schedule::Schedule;
use super::snapshot::{Agent, Snapshot};

/// A snapshot at one minute.
#[derive(Clone, Debug)]
pub struct Moment {
    minute: i64,
    today: Date,
    open: Vec<bool>,
    away: Vec<Index<Agent>>,
}

impl Moment {
    /// The snapshot at the minute that an instant lies in.
    pub fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        Self {
            minute: minute_of(now),
            today: now.to_zoned(snapshot.settings.time_zone.clone()).date(),
            open: snapshot
                .schedules
                .iter()
                .map(|(_, schedule)| schedule.is_open(now))
                .collect(),
            away: snapshot
                .leaves
                .iter()
                .filter(|(_, leave)| leave.contains(now))
                .map(|(agent, _)| *agent)
                .collect(),
        }
    }

    /// A moment that no clock shows: these schedules are open, by their place, and these agents away, in order.
    pub(super) fn supposed(today: Date, open: Vec<bool>, away: Vec<Index<Agent>>) -> Self {
        Self {
            minute: i64::MIN,
            today,
            open,
            away,
        }
    }

    /// Whether the same schedules are open and the same agents away, at whatever time.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.open == other.open && self.away == other.away
    }

    /// Whether an instant lies in the same minute.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.minute == minute_of(now)
    }

    /// Today's date in the installation's zone.
    pub fn today(&self) -> Date {
        self.today
    }

    /// Whether a schedule is open.
    pub fn is_open(&self, schedule: Index<Schedule>) -> bool {
        self.open.get(schedule.place()).copied().unwrap_or(false)
    }

    /// Whether an agent is on leave.
    pub fn is_away(&self, agent: Index<Agent>) -> bool {
        self.away.binary_search(&agent).is_ok()
    }
}

fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}
