//! What the comparing has found of one call.

use std::collections::BTreeSet;

use super::HALF_HOURS;
use routing::compare::{AnsweredBy, FirstAnswer, SharedSituation};

/// Fewer people than these are replaced by others every day, if half as many come for them.
const SMALL_TEAM: usize = 5;

/// Half hours of the next day without anybody that are nothing to speak of: somebody closes a bit earlier.
const CLOSES_EARLIER: usize = 2;

/// What the comparing has found of one call.
#[derive(Debug, Default)]
pub(super) struct GuardTally {
    /// At how many of the times the version before answers it.
    answered: usize,
    /// The times at which it would lose everybody.
    lost: Vec<usize>,
    /// In how many situations the version before answers it by a rule.
    by_rule: usize,
    /// In how many situations it would ring other people: by another rule, or by the same one.
    rerouted: usize,
    replacements: usize,
    /// Whom the same rules would ring no more, and whom in their place.
    pub(super) replaced: Replaced,
    change: Option<AnswerChange>,
}

/// In which way an answer rings others.
enum Others {
    /// Another rule answers.
    Rerouted,
    /// The same rule rings them.
    Replaced(Replaced),
}

/// People who come in the place of others, by id.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    gone: BTreeSet<String>,
    come: BTreeSet<String>,
}

/// The first situation in which a call would ring other people.
#[derive(Debug)]
pub(super) struct AnswerChange {
    /// The place of its first time.
    pub(super) time: usize,
    /// Who is rung, by id.
    pub(super) before: Vec<String>,
    /// Who would be.
    pub(super) after: Vec<String>,
}

impl GuardTally {
    /// Adds what both versions answer in a situation.
    pub(super) fn add(
        &mut self,
        before: &FirstAnswer<'_>,
        after: &FirstAnswer<'_>,
        situation: &SharedSituation,
        is_by_stranger: bool,
    ) {
        if before.ringing.is_empty() {
            return;
        }
        self.answered += situation.times.len();
        self.by_rule += usize::from(before.by != AnsweredBy::Fallback);
        // To block one caller is an edit like any other; to block whom nobody has named is to block all.
        let is_blocked = matches!(after.by, AnsweredBy::Blocked(_)) && !is_by_stranger;
        if after.ringing.is_empty() && !is_blocked {
            self.lost.extend(&situation.times);
        }
        match other_people(before, after) {
            None => return,
            Some(Others::Rerouted) => self.rerouted += 1,
            Some(Others::Replaced(people)) => {
                self.replacements += 1;
                self.replaced.add(&people);
            }
        }
        self.change
            .get_or_insert_with(|| AnswerChange::new(before, after, situation));
    }

    /// The times at which the call would lose everybody, if they are more than somebody who closes a bit earlier has.
    pub(super) fn lost(&self) -> Option<Vec<usize>> {
        let next_day = self.lost.iter().filter(|time| **time <= HALF_HOURS).count();
        let is_lost = self.lost.contains(&0)
            || next_day > CLOSES_EARLIER
            || (!self.lost.is_empty() && self.lost.len() * 2 >= self.answered);
        if !is_lost {
            return None;
        }
        let mut lost = self.lost.clone();
        lost.sort_unstable();
        Some(lost)
    }

    /// Whether rules answer the call.
    pub(super) const fn is_by_rule(&self) -> bool {
        self.by_rule > 0
    }

    /// The first change, if the call would ring other people in half of the situations in which rules answer it. People
    /// whom the same rules ring in the place of others are only others if `replacing_counts`.
    pub(super) fn change(&self, replacing_counts: bool) -> Option<&AnswerChange> {
        let replacements = if replacing_counts {
            self.replacements
        } else {
            0
        };
        if (self.rerouted + replacements) * 2 < self.by_rule.max(1) {
            return None;
        }
        self.change.as_ref()
    }
}

impl Replaced {
    /// Adds those of another call.
    pub(super) fn add(&mut self, other: &Self) {
        self.gone.extend(other.gone.iter().cloned());
        self.come.extend(other.come.iter().cloned());
    }

    /// Whether it is what people do every day: some come in the place of a few.
    pub(super) fn is_usual(&self) -> bool {
        self.gone.len() < SMALL_TEAM && self.come.len() * 2 >= self.gone.len()
    }
}

impl AnswerChange {
    fn new(before: &FirstAnswer<'_>, after: &FirstAnswer<'_>, situation: &SharedSituation) -> Self {
        let owned = |answer| ids(answer).into_iter().map(str::to_owned).collect();
        Self {
            time: situation.times.first().copied().unwrap_or(0),
            before: owned(before),
            after: owned(after),
        }
    }
}

/// In which way an answer rings others than the one before, if it does.
fn other_people(before: &FirstAnswer<'_>, after: &FirstAnswer<'_>) -> Option<Others> {
    match (before.by, after.by) {
        // A new rule answers calls that none did.
        (AnsweredBy::Fallback, AnsweredBy::Rule(_)) => return None,
        (AnsweredBy::Rule(_), AnsweredBy::Fallback) => return Some(Others::Rerouted),
        _ => {}
    }
    let (was, is) = (ids(before), ids(after));
    if was.intersection(&is).count() * 2 >= was.len() {
        return None;
    }
    if before.by != after.by {
        return Some(Others::Rerouted);
    }
    let owned = |id: &&str| (*id).to_owned();
    Some(Others::Replaced(Replaced {
        gone: was.difference(&is).map(owned).collect(),
        come: is.difference(&was).map(owned).collect(),
    }))
}

/// Who is rung; on the app and the phone is once.
fn ids<'s>(answer: &FirstAnswer<'s>) -> BTreeSet<&'s str> {
    answer.ringing.iter().map(|ringing| ringing.id).collect()
}
