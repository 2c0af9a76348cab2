//! What is open, who is away, whose place is taken and which date it is: everything of a snapshot that depends on the time.
//!
//! All times in the tables are whole minutes, and so are the offsets of today's time zones. So this is worked out once
//! a minute, and a call only looks it up.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use smallvec::SmallVec;

use super::arena::Index;
use super::schedule::Schedule;
use super::snapshot::{Agent, Group, Snapshot, StandIn};

/// A snapshot at one minute.
#[derive(Clone, Debug)]
pub struct Moment {
    minute: i64,
    today: Date,
    open: Vec<bool>,
    /// By agent.
    away: Vec<Away>,
    /// By group and member.
    taken: Vec<Taken>,
}

/// The place of a member, taken at the moment by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The group.
    pub(super) group: Index<Group>,
    /// Whose place it is.
    pub(super) member: Index<Agent>,
    /// Who takes it; `None`: nobody does.
    pub by: Option<Index<Agent>>,
    /// Whether the member is on shift all the same: of two shifts that overlap only one is taken.
    pub(super) is_shared: bool,
}

/// An agent who is away at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Away {
    agent: Index<Agent>,
    /// When the absence ends; of several the last end.
    until: Option<Timestamp>,
    /// Who takes their callers, if an absence says so; of several the first that does.
    cover: Option<Index<Agent>>,
}

impl Moment {
    /// The snapshot at the minute that an instant lies in.
    pub fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        Self {
            minute: minute_of(now),
            today: now.to_zoned(snapshot.settings.time_zone.clone()).date(),
            open: open(snapshot, now),
            away: away(snapshot, now),
            taken: taken(snapshot, now),
        }
    }

    /// A moment that no clock shows: these schedules are open, by their place, these agents away, in order, and these
    /// places taken, by group and member.
    pub(super) fn supposed(
        today: Date,
        open: Vec<bool>,
        away: Vec<(Index<Agent>, Option<Index<Agent>>)>,
        taken: Vec<Taken>,
    ) -> Self {
        let gone = |(agent, cover)| Away {
            agent,
            until: None,
            cover,
        };
        Self {
            minute: i64::MIN,
            today,
            open,
            away: away.into_iter().map(gone).collect(),
            taken,
        }
    }

    /// Whether the same schedules are open, the same agents away and the same places taken, at whatever time.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.open == other.open && self.away == other.away && self.taken == other.taken
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

    /// Whether an agent is away.
    pub fn is_away(&self, agent: Index<Agent>) -> bool {
        self.away(agent).is_some()
    }

    /// When an agent who is away is back; `None`: nobody knows.
    pub fn away_until(&self, agent: Index<Agent>) -> Option<Timestamp> {
        self.away(agent)?.until
    }

    /// Who takes the callers of an agent who is away, if the absence says so.
    pub(super) fn cover(&self, agent: Index<Agent>) -> Option<Index<Agent>> {
        self.away(agent)?.cover
    }

    /// The places in a group that somebody else takes.
    pub fn taken(&self, group: Index<Group>) -> &[Taken] {
        let begin = self.taken.partition_point(|taken| taken.group < group);
        let end = self.taken.partition_point(|taken| taken.group <= group);
        self.taken.get(begin..end).unwrap_or_default()
    }

    /// Who stands in for a member of a group.
    pub fn stand_ins(
        &self,
        group: Index<Group>,
        member: Index<Agent>,
    ) -> impl Iterator<Item = Index<Agent>> {
        let taken = self.taken(group).iter();
        taken
            .filter(move |taken| taken.member == member)
            .filter_map(|taken| taken.by)
    }

    fn away(&self, agent: Index<Agent>) -> Option<&Away> {
        let place = self.away.binary_search_by_key(&agent, |away| away.agent);
        self.away.get(place.ok()?)
    }
}

fn open(snapshot: &Snapshot, now: Timestamp) -> Vec<bool> {
    let schedules = snapshot.schedules.values();
    schedules.map(|schedule| schedule.is_open(now)).collect()
}

/// Which places others take at an instant: those of members whose shift is open since a date of a stand-in.
fn taken(snapshot: &Snapshot, now: Timestamp) -> Vec<Taken> {
    let mut all = Vec::new();
    let today = now.to_zoned(snapshot.settings.time_zone.clone()).date();
    let of_places = snapshot
        .stand_ins
        .chunk_by(|one, other| one.group == other.group && one.member == other.member);
    for rows in of_places {
        let Some(StandIn { group, member, .. }) = rows.first().copied() else {
            continue;
        };
        if !rows.iter().any(|row| row.is_near(today)) {
            continue;
        }
        let dates: SmallVec<[Date; 2]> = match shift_of(snapshot, group, member) {
            Some(shift) => shift.open_since(now).collect(),
            None => SmallVec::from_slice(&[today]),
        };
        let row_of = |date: Date| rows.iter().find(|row| row.from <= date && date <= row.to);
        let is_shared = dates.iter().any(|date| row_of(*date).is_none());
        for row in dates.iter().filter_map(|date| row_of(*date)) {
            let by = row.by;
            all.push(Taken {
                group,
                member,
                by,
                is_shared,
            });
        }
    }
    all.dedup();
    all
}

fn shift_of(snapshot: &Snapshot, group: Index<Group>, member: Index<Agent>) -> Option<&Schedule> {
    let shift = snapshot.groups.get(group)?.member(member)?.schedule?;
    snapshot.schedules.get(shift)
}

/// Who is away at an instant, each agent once.
fn away(snapshot: &Snapshot, now: Timestamp) -> Vec<Away> {
    let mut away: Vec<Away> = Vec::new();
    for (agent, absence) in &snapshot.absences {
        if !absence.contains(now) {
            continue;
        }
        match away.last_mut() {
            Some(last) if last.agent == *agent => {
                last.until = match (last.until, absence.until) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    _ => None,
                };
                last.cover = last.cover.or(absence.cover);
            }
            _ => away.push(Away {
                agent: *agent,
                until: absence.until,
                cover: absence.cover,
            }),
        }
    }
    away
}

impl StandIn {
    /// Whether it may count on a date or later.
    pub(super) fn is_to_come(&self, date: Date) -> bool {
        self.is_near(date) || self.to >= date
    }

    /// Whether it may count on a date, in whatever zone the shift is, or since the evening before.
    pub(super) fn is_near(&self, date: Date) -> bool {
        let from = self.from.checked_sub(2.days()).unwrap_or(self.from);
        let to = self.to.checked_add(2.days()).unwrap_or(self.to);
        from <= date && date <= to
    }
}

fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}
