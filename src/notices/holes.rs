//! Times of the next day at which nobody is rung.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::language::{Language, either};
use routing::coverage::{Coverage, Line, Question, Reach, STEP_MINUTES, coverage};
use routing::snapshot::Snapshot;

/// How far is looked ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Days that hold the next 24 hours, and the rest of a hole that begins in them.
const DAYS: u16 = 3;

/// A stretch of time in which calls to a line ring nobody, not even the fallback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SoonHole {
    /// Queue and hotline; what is empty is any.
    pub(super) line: (String, String),
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// The holes that begin within a day, or have begun.
pub(super) fn ahead(snapshot: &Snapshot, now: Timestamp) -> Vec<SoonHole> {
    let zone = snapshot.settings.time_zone.clone();
    let question = Question {
        from: now.to_zoned(zone).date(),
        days: DAYS,
        queue: None,
        caller: None,
    };
    let coverage = coverage(snapshot, &question);
    let holes = coverage
        .lines
        .iter()
        .flat_map(|line| of_line(&coverage, line));
    let is_near = |hole: &SoonHole| hole.until > now && hole.from.duration_since(now) < AHEAD;
    holes.filter(is_near).collect()
}

/// The holes of a line, half hours that follow each other as one.
fn of_line(coverage: &Coverage<'_>, line: &Line<'_>) -> Vec<SoonHole> {
    let hotline = line.hotline.map(ToString::to_string);
    let name = (
        line.queue.unwrap_or_default().to_owned(),
        hotline.unwrap_or_default(),
    );
    let mut holes: Vec<SoonHole> = Vec::new();
    for (from, answer) in coverage.starts.iter().zip(line.answers()) {
        if answer.reach != Reach::Nobody {
            continue;
        }
        let until = from.saturating_add(STEP_MINUTES.minutes()).unwrap_or(*from);
        match holes.last_mut() {
            Some(hole) if hole.until == *from => hole.until = until,
            _ => holes.push(SoonHole {
                line: name.clone(),
                from: *from,
                until,
            }),
        }
    }
    holes
}

impl SoonHole {
    /// For people.
    pub(super) fn line(&self, zone: &TimeZone, language: Language) -> String {
        let time = |at: Timestamp| {
            let local = at.to_zoned(zone.clone());
            match language {
                Language::En => local.strftime("%Y-%m-%d %H:%M").to_string(),
                Language::Vi => local.strftime("%H:%M %-d/%-m").to_string(),
            }
        };
        let (from, until) = (time(self.from), time(self.until));
        let (queue, hotline) = &self.line;
        let calls = match (&**queue, &**hotline) {
            ("", "") => either!(language, "all calls", "mọi cuộc gọi"),
            (queue, "") => either!(language, "queue {queue}", "hàng đợi {queue}"),
            (_, hotline) => format!("hotline {hotline}"),
        };
        either!(
            language,
            "{calls}: nobody from {from} to {until}",
            "{calls}: không ai từ {from} đến {until}",
        )
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let (queue, hotline) = &self.line;
        json!({
            "queue": queue,
            "hotline": hotline,
            "from": self.from.to_string(),
            "until": self.until.to_string(),
        })
    }
}
