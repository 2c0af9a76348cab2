//! The roster: who answers each hotline first, half hour by half hour, and where nobody does.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Serialize, Serializer};

use super::line::LineName;
use crate::shown::coverage::Shade;
use crate::shown::explanation::{Named, RuleName};
use routing::coverage::{Answer, Coverage, Line, Question, Reach, STEP_MINUTES, coverage};
use routing::number::Number;
use routing::snapshot::Snapshot;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct RosterQuestion<'q> {
    /// The first date.
    pub(crate) from: Date,
    pub(crate) days: u16,
    /// As people write it; `None`: a stranger.
    pub(crate) caller: Option<&'q str>,
    /// Only this queue.
    pub(crate) queue: Option<&'q str>,
}

/// Who answers when.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Roster<'s> {
    #[serde(serialize_with = "as_texts")]
    pub(crate) dates: Vec<Date>,
    pub(crate) time_zone: &'s str,
    /// `None`: a stranger.
    pub(crate) caller: Option<String>,
    pub(crate) lines: Vec<RosterLine<'s>>,
    pub(crate) holes: Vec<Hole<'s>>,
}

/// A hotline's days.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RosterLine<'s> {
    #[serde(flatten)]
    pub(crate) name: LineName<'s>,
    /// One for each date.
    pub(crate) days: Vec<Vec<Run<'s>>>,
}

/// Half hours of a day one after the other that have the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Run<'s> {
    pub(crate) from: Clock,
    pub(crate) until: Clock,
    #[serde(flatten)]
    pub(crate) answer: RunAnswer<'s>,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RunAnswer<'s> {
    pub(crate) shade: Shade,
    /// When a rule rings somebody; `None`: never.
    pub(crate) after_seconds: Option<u32>,
    pub(crate) rule: Option<RuleName<'s>>,
    /// Who may be rung first; of many only some.
    pub(crate) first: Vec<Named<'s>>,
    /// How many may be.
    pub(crate) first_count: usize,
    /// How many are in the list.
    pub(crate) agents: usize,
    /// Rules that match, but find nobody however long the call waits.
    pub(crate) empty_rules: Vec<RuleName<'s>>,
}

/// The same hole of one or more lines on one or more dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Hole<'s> {
    #[serde(serialize_with = "as_texts")]
    pub(crate) dates: Vec<Date>,
    pub(crate) from: Clock,
    pub(crate) until: Clock,
    pub(crate) lines: Vec<LineName<'s>>,
    /// Whether they are all lines that were asked about.
    pub(crate) all_lines: bool,
    #[serde(flatten)]
    pub(crate) answer: RunAnswer<'s>,
}

/// A time on the clock in minutes since midnight, up to 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Clock(pub(crate) u16);

/// Names of people who may be rung first that are shown.
const MAX_FIRST: usize = 6;

impl<'s> Roster<'s> {
    pub(crate) fn of(snapshot: &'s Snapshot, question: &RosterQuestion<'_>) -> Self {
        let question = question.of_coverage(snapshot);
        let coverage = coverage(snapshot, &question);
        let slots = Slots::of(&coverage, &snapshot.settings.time_zone);
        let mut lines = Vec::with_capacity(coverage.lines.len());
        for line in &coverage.lines {
            lines.push(RosterLine {
                name: LineName::of(snapshot, line.queue, line.hotline),
                days: slots.days(snapshot, line),
            });
        }
        Self {
            dates: slots.dates(),
            time_zone: snapshot.settings.time_zone.iana_name().unwrap_or("UTC"),
            caller: question
                .caller
                .as_ref()
                .map(|number| number.as_str().to_owned()),
            holes: holes(snapshot, &coverage, &slots),
            lines,
        }
    }
}

/// Only the holes.
pub(crate) fn holes_of<'s>(snapshot: &'s Snapshot, question: &RosterQuestion<'_>) -> Vec<Hole<'s>> {
    let question = question.of_coverage(snapshot);
    let coverage = coverage(snapshot, &question);
    let slots = Slots::of(&coverage, &snapshot.settings.time_zone);
    holes(snapshot, &coverage, &slots)
}

impl RosterQuestion<'_> {
    fn of_coverage(&self, snapshot: &Snapshot) -> Question<'_> {
        let country = &snapshot.settings.country_code;
        Question {
            from: self.from,
            days: self.days,
            queue: self.queue,
            caller: self
                .caller
                .and_then(|caller| Number::from_table(caller, country)),
        }
    }
}

/// The half hours of a span on the clock on the wall.
#[derive(Clone, Debug)]
pub(crate) struct Slots(Vec<(Date, Clock)>);

impl Slots {
    pub(crate) fn of(coverage: &Coverage<'_>, zone: &TimeZone) -> Self {
        let on_wall = |start: &Timestamp| {
            let local = start.to_zoned(zone.clone()).datetime();
            let minutes = i16::from(local.hour()) * 60 + i16::from(local.minute());
            (local.date(), Clock(u16::try_from(minutes).unwrap_or(0)))
        };
        Self(coverage.starts.iter().map(on_wall).collect())
    }

    fn dates(&self) -> Vec<Date> {
        let mut dates: Vec<Date> = self.0.iter().map(|(date, _)| *date).collect();
        dates.dedup();
        dates
    }

    /// The runs of a line, day by day.
    fn days<'s>(&self, snapshot: &'s Snapshot, line: &Line<'s>) -> Vec<Vec<Run<'s>>> {
        let answers: Vec<&Answer> = line.answers().collect();
        let half_hours: Vec<_> = self.0.iter().zip(answers).collect();
        let mut days = Vec::new();
        for day in half_hours.chunk_by(|one, other| one.0.0 == other.0.0) {
            let runs = day.chunk_by(|one, other| std::ptr::eq(one.1, other.1) || one.1 == other.1);
            let runs = runs.filter_map(|run| {
                let ((_, from), answer) = *run.first()?;
                let ((_, last), _) = *run.last()?;
                Some(Run {
                    from: *from,
                    until: last.half_hour_later(),
                    answer: RunAnswer::of(snapshot, answer),
                })
            });
            days.push(runs.collect());
        }
        days
    }

    /// Half hours that are alike, put together: first those of a line one after the other, then lines, then dates.
    ///
    /// `kinds` has for each line what is the matter in each half hour, if anything is.
    pub(crate) fn merged<K: Copy + Ord>(&self, kinds: &[Vec<Option<K>>]) -> Vec<MergedSlots<K>> {
        let mut of_day: BTreeMap<(Date, Clock, Clock, K), Vec<usize>> = BTreeMap::new();
        for (line, kinds) in kinds.iter().enumerate() {
            let half_hours: Vec<_> = self.0.iter().zip(kinds).collect();
            let runs = half_hours.chunk_by(|one, other| one.0.0 == other.0.0 && one.1 == other.1);
            for run in runs {
                if let (Some(((date, from), Some(kind))), Some(((_, last), _))) =
                    (run.first(), run.last())
                {
                    let key = (*date, *from, last.half_hour_later(), *kind);
                    of_day.entry(key).or_default().push(line);
                }
            }
        }
        let mut merged: BTreeMap<(Clock, Clock, K, Vec<usize>), Vec<Date>> = BTreeMap::new();
        for ((date, from, until, kind), lines) in of_day {
            let key = (from, until, kind, lines);
            merged.entry(key).or_default().push(date);
        }
        let slots = merged
            .into_iter()
            .map(|((from, until, kind, lines), dates)| MergedSlots {
                dates,
                from,
                until,
                lines,
                kind,
            });
        let mut slots: Vec<MergedSlots<K>> = slots.collect();
        slots.sort_by_key(|slots| (slots.dates.first().copied(), slots.from));
        slots
    }
}

/// Half hours in which the same is the matter with the same lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MergedSlots<K> {
    pub(crate) dates: Vec<Date>,
    pub(crate) from: Clock,
    pub(crate) until: Clock,
    /// By their place.
    pub(crate) lines: Vec<usize>,
    pub(crate) kind: K,
}

fn holes<'s>(snapshot: &'s Snapshot, coverage: &Coverage<'s>, slots: &Slots) -> Vec<Hole<'s>> {
    let mut answers: Vec<&Answer> = Vec::new();
    let mut kinds: Vec<Vec<Option<usize>>> = Vec::new();
    for line in &coverage.lines {
        let of_line = line.answers().map(|answer| {
            if !Shade::of(answer).is_hole() {
                return None;
            }
            let known = answers.iter().position(|known| *known == answer);
            Some(known.unwrap_or_else(|| {
                answers.push(answer);
                answers.len() - 1
            }))
        });
        kinds.push(of_line.collect());
    }
    let names: Vec<LineName<'s>> = coverage
        .lines
        .iter()
        .map(|line| LineName::of(snapshot, line.queue, line.hotline))
        .collect();
    let hole = |slots: MergedSlots<usize>| {
        Some(Hole {
            all_lines: slots.lines.len() == names.len(),
            dates: slots.dates,
            from: slots.from,
            until: slots.until,
            lines: slots
                .lines
                .iter()
                .filter_map(|line| names.get(*line).cloned())
                .collect(),
            answer: RunAnswer::of(snapshot, answers.get(slots.kind)?),
        })
    };
    let merged = slots.merged(&kinds);
    merged.into_iter().filter_map(hole).collect()
}

impl<'s> RunAnswer<'s> {
    fn of(snapshot: &'s Snapshot, answer: &Answer) -> Self {
        let rule = |rule| snapshot.rules.get(rule).map(RuleName::of);
        Self {
            shade: Shade::of(answer),
            after_seconds: match answer.reach {
                Reach::Rung => Some(0),
                Reach::Later { after_seconds } => Some(after_seconds),
                Reach::Blocked | Reach::Fallback | Reach::Nobody => None,
            },
            rule: answer.rule.and_then(rule),
            first: answer
                .first
                .iter()
                .take(MAX_FIRST)
                .map(|agent| Named::agent(snapshot, *agent))
                .collect(),
            first_count: answer.first.len(),
            agents: answer.agents,
            empty_rules: answer
                .empty_rules
                .iter()
                .filter_map(|empty| rule(*empty))
                .collect(),
        }
    }
}

impl Clock {
    /// Which half hour of the day begins then, from 0.
    pub(crate) const fn slot(self) -> u16 {
        self.0 / 30
    }

    fn half_hour_later(self) -> Self {
        let step = u16::try_from(STEP_MINUTES).unwrap_or(30);
        Self(self.0.saturating_add(step))
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Dates as `2026-11-30`.
pub(crate) fn as_texts<S: Serializer>(dates: &[Date], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(dates.iter().map(ToString::to_string))
}

/// The next hole, looking two weeks ahead from some time.
pub(crate) fn next_hole(
    snapshot: &Snapshot,
    at: Timestamp,
    caller: Option<&str>,
) -> Option<(Timestamp, Shade)> {
    const DAYS: u16 = 14;
    let zone = &snapshot.settings.time_zone;
    let question = RosterQuestion {
        from: at.to_zoned(zone.clone()).date(),
        days: DAYS,
        caller,
        queue: None,
    };
    let question = question.of_coverage(snapshot);
    let coverage = coverage(snapshot, &question);
    let half_hour = STEP_MINUTES.minutes();
    let mut worst: Vec<Option<Shade>> = vec![None; coverage.starts.len()];
    for line in &coverage.lines {
        for (worst, answer) in worst.iter_mut().zip(line.answers()) {
            let shade = Shade::of(answer);
            if shade.is_hole() {
                *worst = (*worst).max(Some(shade));
            }
        }
    }
    let slots = coverage.starts.iter().zip(worst);
    let to_come = slots.filter(|(start, _)| start.checked_add(half_hour).is_ok_and(|end| end > at));
    to_come
        .into_iter()
        .find_map(|(start, worst)| Some((*start, worst?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(dates: &[&str], clocks: &[u16]) -> Slots {
        let dates = dates.iter().map(|date| date.parse::<Date>().unwrap());
        let all = dates.flat_map(|date| clocks.iter().map(move |clock| (date, Clock(*clock))));
        Slots(all.collect())
    }

    #[track_caller]
    fn check(kinds: &[Vec<Option<u8>>], expected: &[&str]) {
        let slots = slots(&["2026-11-30", "2026-12-01", "2026-12-02"], &[0, 30]);
        let merged = slots.merged(kinds);
        let said: Vec<String> = merged
            .iter()
            .map(|slots| {
                let dates: Vec<String> = slots
                    .dates
                    .iter()
                    .map(|date| date.day().to_string())
                    .collect();
                let MergedSlots {
                    from,
                    until,
                    lines,
                    kind,
                    ..
                } = slots;
                format!("{} {from}-{until} {lines:?} {kind}", dates.join(","))
            })
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn half_hours_lines_and_dates_that_are_alike_are_one() {
        let (hole, ok) = (Some(1), None);
        check(&[vec![ok; 6]], &[]);
        check(&[vec![hole; 6]], &["30,1,2 00:00-01:00 [0] 1"]);
        check(
            &[
                vec![hole, hole, ok, ok, hole, hole],
                vec![hole, hole, ok, ok, hole, hole],
            ],
            &["30,2 00:00-01:00 [0, 1] 1"],
        );
    }

    #[test]
    fn what_differs_in_kind_time_or_lines_stays_apart() {
        let (hole, worse, ok) = (Some(1), Some(2), None);
        check(
            &[vec![hole, worse, ok, ok, ok, ok]],
            &["30 00:00-00:30 [0] 1", "30 00:30-01:00 [0] 2"],
        );
        check(
            &[
                vec![ok, hole, hole, hole, ok, ok],
                vec![ok, hole, ok, ok, ok, ok],
            ],
            &["30 00:30-01:00 [0, 1] 1", "1 00:00-01:00 [0] 1"],
        );
    }

    #[test]
    fn a_clock_is_written_as_people_do_up_to_24_00() {
        let clocks = [0, 30, 450, 1410].map(|minutes| Clock(minutes).half_hour_later().to_string());
        assert_eq!(clocks, ["00:30", "01:00", "08:00", "24:00"]);
        assert_eq!(Clock(1410).slot(), 47);
    }
}
