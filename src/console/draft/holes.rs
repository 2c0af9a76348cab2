//! Half hours that edits leave without anybody, or in which they put somebody.

use jiff::civil::Date;
use serde::Serialize;

use crate::console::ask::line::LineName;
use crate::console::ask::roster::{Clock, Slots, as_texts};
use crate::shown::coverage::Shade;
use routing::coverage::{Question, coverage};
use routing::snapshot::Snapshot;

/// How far is looked ahead.
pub(crate) const DAYS: u16 = 14;

/// The shade of every half hour of every line.
#[derive(Clone, Debug)]
pub(crate) struct HoleMap {
    slots: Slots,
    /// Queue and hotline, each with its shades.
    lines: Vec<(LineKey, Vec<Shade>)>,
}

/// Queue and hotline.
type LineKey = (Option<String>, Option<String>);

/// Holes that edits open or close.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct HoleChanges {
    pub(crate) opened: Vec<ChangedHole>,
    pub(crate) closed: Vec<ChangedHole>,
    /// Half hours that had somebody, and would have nobody.
    #[serde(skip)]
    pub(crate) half_hours_without_anybody: usize,
}

/// The same hole of so many lines on one or more dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ChangedHole {
    #[serde(serialize_with = "as_texts")]
    pub(crate) dates: Vec<Date>,
    pub(crate) from: Clock,
    pub(crate) until: Clock,
    pub(crate) shade: Shade,
    pub(crate) lines: usize,
}

impl HoleMap {
    /// Of two weeks, for a stranger's calls.
    pub(crate) fn new(snapshot: &Snapshot, from: Date) -> Self {
        let question = Question {
            from,
            days: DAYS,
            queue: None,
            caller: None,
        };
        let coverage = coverage(snapshot, &question);
        let mut lines = Vec::new();
        for line in &coverage.lines {
            let name = LineName::of(snapshot, line.queue, line.hotline);
            let key = (name.queue_id.map(str::to_owned), name.hotline);
            lines.push((key, line.answers().map(Shade::of).collect()));
        }
        Self {
            slots: Slots::of(&coverage, &snapshot.settings.time_zone),
            lines,
        }
    }

    /// How many holes there are in the next seven days, those alike counted once.
    pub(crate) fn count(&self) -> usize {
        const SLOTS: usize = 7 * 48;
        let holes = |shades: &Vec<Shade>| {
            let shades = shades.iter().take(SLOTS);
            shades
                .map(|shade| shade.is_hole().then_some(*shade))
                .collect()
        };
        let kinds: Vec<Vec<Option<Shade>>> =
            self.lines.iter().map(|(_, shades)| holes(shades)).collect();
        self.slots.merged(&kinds).len()
    }

    /// What is otherwise in another version.
    pub(crate) fn changes(&self, after: &Self) -> HoleChanges {
        let (mut opened, mut closed) = (Vec::new(), Vec::new());
        let mut half_hours_without_anybody = 0;
        for (key, shades) in &after.lines {
            let known = self.lines.iter().find(|(other, _)| other == key);
            let before = known.map_or(&[][..], |(_, shades)| shades);
            let pairs = shades.iter().enumerate().map(|(place, after)| {
                let before = before.get(place).copied();
                (before.unwrap_or(Shade::Rung), *after)
            });
            let pairs: Vec<(Shade, Shade)> = pairs.collect();
            let lost = pairs
                .iter()
                .filter(|(before, after)| *after == Shade::Nobody && *before < Shade::Nobody);
            half_hours_without_anybody += lost.count();
            let worse = |(before, after): &(Shade, Shade)| {
                (after.is_hole() && before < after).then_some(*after)
            };
            let better = |(before, after): &(Shade, Shade)| {
                (before.is_hole() && after < before).then_some(*before)
            };
            opened.push(pairs.iter().map(worse).collect());
            closed.push(pairs.iter().map(better).collect());
        }
        HoleChanges {
            opened: after.merged(&opened),
            closed: after.merged(&closed),
            half_hours_without_anybody,
        }
    }

    fn merged(&self, kinds: &[Vec<Option<Shade>>]) -> Vec<ChangedHole> {
        let merged = self.slots.merged(kinds).into_iter();
        merged
            .map(|slots| ChangedHole {
                dates: slots.dates,
                from: slots.from,
                until: slots.until,
                shade: slots.kind,
                lines: slots.lines.len(),
            })
            .collect()
    }
}
