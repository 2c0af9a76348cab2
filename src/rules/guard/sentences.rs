//! What people read: which queue, from when to when.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Probe;
use super::tally::{AnswerChange, Replaced};

/// How many queues, hotlines and agents are named; others are counted.
const MAX_NAMED: usize = 3;

/// Of so few calls that were asked about, it says nothing that most would ring other people.
const FEW_RECENT: usize = 3;

/// A queue that would lose everybody, with its hotlines that lose them at the same times.
struct Lost<'p> {
    queue_id: &'p str,
    span: String,
    hotlines: Vec<&'p str>,
}

/// Says which queues would get nobody, and when.
pub(super) fn lost(probes: &[Probe<'_>], times: &[Timestamp], zone: &TimeZone) -> Vec<String> {
    let mut found: Vec<Lost<'_>> = Vec::new();
    for probe in probes {
        let Some(lost) = probe.tally.lost() else {
            continue;
        };
        let (queue_id, span) = (&*probe.call.queue_id, span(&lost, times, zone));
        let hotline = probe.call.to.as_deref();
        let known = found
            .iter_mut()
            .find(|known| known.queue_id == queue_id && known.span == span);
        match known {
            Some(known) => known.add(hotline),
            None => found.push(Lost {
                queue_id,
                span,
                hotlines: hotline.into_iter().collect(),
            }),
        }
    }
    let mut sentences: Vec<_> = found.iter().take(MAX_NAMED).map(Lost::sentence).collect();
    let others = found.len().saturating_sub(MAX_NAMED);
    sentences.extend((others > 0).then(|| format!("so would others, {others} more in all")));
    sentences
}

impl<'p> Lost<'p> {
    fn add(&mut self, hotline: Option<&'p str>) {
        if let Some(hotline) = hotline
            && !self.hotlines.contains(&hotline)
        {
            self.hotlines.push(hotline);
        }
    }

    fn sentence(&self) -> String {
        let calls = calls(self.queue_id, &self.hotlines);
        format!("calls{calls} would get nobody {}", self.span)
    }
}

/// Which calls, as it follows "calls" or "a call". Rules that name no queue are asked about one without a name.
fn calls(queue_id: &str, hotlines: &[&str]) -> String {
    let to = match hotlines {
        [] => String::new(),
        hotlines => format!(" to {}", listed(hotlines)),
    };
    match queue_id {
        "" => to,
        queue_id => format!("{to} in queue '{}'", queue_id.escape_debug()),
    }
}

/// The first run of times, and whether there are more.
fn span(lost: &[usize], times: &[Timestamp], zone: &TimeZone) -> String {
    let first = lost.first().copied().unwrap_or(0);
    let run = lost
        .iter()
        .zip(first..)
        .take_while(|(time, next)| *time == next);
    let run = run.count();
    let said = |place: usize| times.get(place).map(|at| said(*at, zone));
    let from = said(first).unwrap_or_default();
    match said(first + run) {
        None => format!("from {from} on"),
        Some(until) if run < lost.len() => format!("from {from} to {until}, and later again"),
        Some(until) => format!("from {from} to {until}"),
    }
}

/// Says that most calls would ring other people, with one that would. Calls that were asked about count apart from
/// those that the rules name: whoever makes up calls must not outnumber them.
pub(super) fn other_people(
    probes: &[Probe<'_>],
    times: &[Timestamp],
    zone: &TimeZone,
) -> Option<String> {
    [true, false].into_iter().find_map(|is_recent| {
        let by_rule = probes
            .iter()
            .filter(|probe| probe.is_recent == is_recent && probe.tally.is_by_rule());
        let by_rule: Vec<_> = by_rule.collect();
        let changed = changed(&by_rule);
        let is_most = changed.len() * 2 > by_rule.len();
        let is_enough = !is_recent || by_rule.len() >= FEW_RECENT;
        let (probe, change) = changed.first().filter(|_| is_most && is_enough)?;
        let at = times.get(change.time).map(|at| said(*at, zone));
        Some(format!(
            "{} of {} calls that were compared would ring other people, one{} at {} {} in place of {}",
            changed.len(),
            by_rule.len(),
            calls(&probe.call.queue_id, probe.call.to.as_deref().as_slice()),
            at.unwrap_or_default(),
            people(&change.after),
            people(&change.before),
        ))
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

fn people(ids: &[String]) -> String {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    match &*ids {
        [] => "nobody".to_owned(),
        ids => listed(ids),
    }
}

fn listed(names: &[&str]) -> String {
    let named: Vec<String> = names
        .iter()
        .take(MAX_NAMED)
        .map(|name| name.escape_debug().to_string())
        .collect();
    match names.len().saturating_sub(MAX_NAMED) {
        0 => named.join(", "),
        others => format!("{} and {others} more", named.join(", ")),
    }
}

fn said(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    local.strftime("%Y-%m-%d %H:%M").to_string()
}
