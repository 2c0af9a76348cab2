//! Who has let rings pass, and how often that put them last for a while.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::store::RingRow;
use routing::snapshot::Settings;

/// Rings that an agent has let pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissedRings {
    /// How many.
    pub rings: u64,
    /// How often there were so many in a row that they were put last, by the settings as they are now.
    pub rests: u64,
}

/// Counts rings. Those of one agent must come one after the other, in the order of time.
#[derive(Debug)]
pub struct RingTally {
    /// From how many rings in a row on somebody rests; 0: never.
    most: u64,
    rest: SignedDuration,
    agent: String,
    in_a_row: u64,
    /// When the last ring was let pass by which they rest.
    last: Timestamp,
    missed: BTreeMap<String, MissedRings>,
}

impl RingTally {
    /// Nothing is counted yet.
    pub fn new(settings: &Settings) -> Self {
        Self {
            most: settings.missed_rings.into(),
            rest: SignedDuration::from_mins(settings.missed_rest_minutes.into()),
            agent: String::new(),
            in_a_row: 0,
            last: Timestamp::MIN,
            missed: BTreeMap::new(),
        }
    }

    /// Counts a ring.
    pub fn add(&mut self, ring: RingRow) {
        if self.agent != ring.agent {
            self.agent.clone_from(&ring.agent);
            self.in_a_row = 0;
        }
        if ring.took {
            self.in_a_row = 0;
            return;
        }
        self.in_a_row += 1;
        let missed = self.missed.entry(ring.agent).or_default();
        missed.rings += 1;
        if self.most > 0 && self.in_a_row >= self.most {
            let is_over = ring.at.duration_since(self.last) >= self.rest;
            missed.rests += u64::from(self.in_a_row == self.most || is_over);
            self.last = ring.at;
        }
    }

    /// What it adds up to, by agent.
    pub fn finish(self) -> BTreeMap<String, MissedRings> {
        self.missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters are minutes apart: `m` lets a ring pass, `t` takes a call, `.` does nothing.
    #[track_caller]
    fn check(done: &str, rings: u64, rests: u64) {
        let settings = Settings {
            missed_rings: 2,
            missed_rest_minutes: 5,
            ..Settings::default()
        };
        let mut tally = RingTally::new(&settings);
        for agent in ["another", "hoa"] {
            for (minute, did) in (0..).zip(done.chars()).filter(|(_, did)| *did != '.') {
                tally.add(RingRow {
                    agent: agent.to_owned(),
                    at: Timestamp::from_second(minute * 60).unwrap(),
                    took: did == 't',
                });
            }
        }
        let found = tally.finish().get("hoa").copied().unwrap_or_default();
        assert_eq!(found, MissedRings { rings, rests }, "{done}");
    }

    #[test]
    fn so_many_rings_in_a_row_are_a_rest_until_it_is_over() {
        check("t", 0, 0);
        check("mt", 1, 0);
        check("mtm", 2, 0);
        check("mm", 2, 1);
        check("mmmm", 4, 1);
        check("mmtmm", 4, 2);
        check("mm....m", 3, 2);
        check("mm...m", 3, 1);
    }
}
