//! What the comparing has found, as objections.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Probe;
use super::tally::{AnswerChange, Replaced};
use routing::diagnosis::{
    Hotlines, InQueue, LeftAloneUntil, LocalTime, Objection, People, SeveralTimes,
};

/// How many queues are named; others are counted.
const MAX_NAMED: usize = 3;

/// Of so few calls that were asked about, it says nothing that most would ring other people.
const FEW_RECENT: usize = 3;

/// When a queue would lose everybody.
#[derive(Clone, Copy, PartialEq, Eq)]
struct LostSpan {
    from: LocalTime,
    until: LeftAloneUntil,
    again: SeveralTimes,
}

/// A queue that would lose everybody, with its hotlines that lose them at the same times.
struct Lost<'p> {
    queue_id: &'p str,
    span: LostSpan,
    hotlines: Vec<String>,
}

/// Says which queues would get nobody, and when.
pub(super) fn lost(probes: &[Probe<'_>], times: &[Timestamp], zone: &TimeZone) -> Vec<Objection> {
    let mut found: Vec<Lost<'_>> = Vec::new();
    for probe in probes {
        let Some(lost) = probe.tally.lost() else {
            continue;
        };
        let Some(span) = LostSpan::new(&lost, times, zone) else {
            continue;
        };
        let queue_id = &*probe.call.queue_id;
        let hotline = probe.call.to.as_deref();
        let known = found
            .iter_mut()
            .find(|known| known.queue_id == queue_id && known.span == span);
        match known {
            Some(known) => known.add(hotline),
            None => found.push(Lost {
                queue_id,
                span,
                hotlines: hotline.map(str::to_owned).into_iter().collect(),
            }),
        }
    }
    let more = found.len().saturating_sub(MAX_NAMED);
    let named = found.into_iter().take(MAX_NAMED);
    let mut objections: Vec<_> = named.map(Lost::objection).collect();
    if more > 0 {
        objections.push(Objection::MoreLeftAlone { more });
    }
    objections
}

impl Lost<'_> {
    fn add(&mut self, hotline: Option<&str>) {
        if let Some(hotline) = hotline
            && !self.hotlines.iter().any(|known| known == hotline)
        {
            self.hotlines.push(hotline.to_owned());
        }
    }

    fn objection(self) -> Objection {
        let LostSpan { from, until, again } = self.span;
        Objection::LeftAlone {
            hotlines: Hotlines(self.hotlines),
            queue: InQueue(self.queue_id.to_owned()),
            from,
            until,
            again,
        }
    }
}

impl LostSpan {
    /// The first run of times, and whether there are more.
    fn new(lost: &[usize], times: &[Timestamp], zone: &TimeZone) -> Option<Self> {
        let first = lost.first().copied()?;
        let run = lost
            .iter()
            .zip(first..)
            .take_while(|(time, next)| *time == next);
        let run = run.count();
        let at = |place: usize| times.get(place).map(|at| local(*at, zone));
        let until = at(first + run);
        Some(Self {
            from: at(first)?,
            until: LeftAloneUntil(until.map(|LocalTime(until)| until)),
            again: SeveralTimes(until.is_some() && run < lost.len()),
        })
    }
}

/// Says that most calls would ring other people, with one that would. Calls that were asked about count apart from
/// those that the rules name: whoever makes up calls must not outnumber them.
pub(super) fn other_people(
    probes: &[Probe<'_>],
    times: &[Timestamp],
    zone: &TimeZone,
) -> Option<Objection> {
    [true, false].into_iter().find_map(|is_recent| {
        let by_rule = probes
            .iter()
            .filter(|probe| probe.is_recent == is_recent && probe.tally.is_by_rule());
        let by_rule: Vec<_> = by_rule.collect();
        let changed = changed(&by_rule);
        let is_most = changed.len() * 2 > by_rule.len();
        let is_enough = !is_recent || by_rule.len() >= FEW_RECENT;
        let (probe, change) = changed.first().filter(|_| is_most && is_enough)?;
        let hotline = probe.call.to.as_deref().map(str::to_owned);
        Some(Objection::OtherPeople {
            changed: changed.len(),
            compared: by_rule.len(),
            hotlines: Hotlines(hotline.into_iter().collect()),
            queue: InQueue((*probe.call.queue_id).to_owned()),
            at: local(*times.get(change.time)?, zone),
            after: People(change.after.clone()),
            before: People(change.before.clone()),
        })
    })
}

/// The calls that would ring other people, beyond what people do every day.
fn changed<'p>(by_rule: &[&'p Probe<'p>]) -> Vec<(&'p Probe<'p>, &'p AnswerChange)> {
    let mut replaced = Replaced::default();
    for probe in by_rule {
        replaced.add(&probe.tally.replaced);
    }
    let replacing_counts = !replaced.is_usual();
    let changed = by_rule.iter().filter_map(|probe| {
        let change = probe.tally.change(replacing_counts)?;
        Some((*probe, change))
    });
    changed.collect()
}

fn local(at: Timestamp, zone: &TimeZone) -> LocalTime {
    LocalTime(at.to_zoned(zone.clone()).datetime())
}
