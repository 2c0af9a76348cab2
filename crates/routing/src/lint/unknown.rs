//! Conditions that name what does not occur: tags, owners, queues.

use std::collections::BTreeSet;

use strsim::levenshtein;

use super::{Subject, Suspect};
use crate::arena::Index;
use crate::diagnosis::{Advice, OfCallers};
use crate::problem::{Problem, quoted_text};
use crate::snapshot::{Rule, Snapshot, Tag};
use crate::table::Table;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let has_owners = subject.snapshot.callers.owners().next().is_some();
    let tags = known_tags(subject);
    let mut problems = Vec::new();
    for rule in subject.rules() {
        problems.extend(unknown_tags(subject, rule, &tags));
        problems.extend(unknown_queues(subject, rule));
        if rule.conditions.has_owner == Some(true) && !has_owners {
            problems.push(no_owner(rule));
        }
    }
    problems.extend(unnamed_tags(subject));
    problems
}

/// Tags of callers that no rule names, not even one that is switched off.
fn unnamed_tags(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    let mut named: BTreeSet<Index<Tag>> = BTreeSet::new();
    for rule in snapshot.rules.values() {
        named.extend(rule.conditions.tags.iter().flatten());
    }
    let known = texts(snapshot, &named);
    let mut problems = Vec::new();
    for (tag, (key, callers)) in snapshot.callers.tagged() {
        let Some(text) = snapshot.tags.get(tag) else {
            continue;
        };
        if named.contains(&tag) {
            continue;
        }
        let callers = OfCallers(callers);
        let advice = match nearest(&text.0, known.iter().copied()) {
            Some(known) => Advice::TagNearOneOfRules {
                callers,
                meant: known.to_owned(),
            },
            None => Advice::TagOfNoRule { callers },
        };
        let suspect = Suspect {
            table: Table::Callers,
            key,
            column: "tags",
            value: quoted_text(&text.0),
        };
        problems.push(suspect.warn(advice));
    }
    problems
}

/// The tags of callers whose row counts today.
fn known_tags(subject: Subject<'_>) -> BTreeSet<&str> {
    let mut known = BTreeSet::new();
    for caller in subject.snapshot.callers.profiles() {
        if caller.counts_on(subject.outlook.today) {
            known.extend(texts(subject.snapshot, &caller.tags));
        }
    }
    known
}

fn texts<'s, 't>(
    snapshot: &'s Snapshot,
    tags: impl IntoIterator<Item = &'t Index<Tag>>,
) -> BTreeSet<&'s str> {
    let mut texts = BTreeSet::new();
    for tag in tags {
        if let Some(tag) = snapshot.tags.get(*tag) {
            texts.insert(&*tag.0);
        }
    }
    texts
}

fn unknown_tags(subject: Subject<'_>, rule: &Rule, known: &BTreeSet<&str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for tag in rule.conditions.tags.iter().flatten() {
        let Some(tag) = subject.snapshot.tags.get(*tag) else {
            continue;
        };
        if known.contains(&*tag.0) {
            continue;
        }
        let advice = match nearest(&tag.0, known.iter().copied()) {
            Some(known) => Advice::TagNearOneOfCallers {
                meant: known.to_owned(),
            },
            None => Advice::TagOfNoCaller,
        };
        problems.push(Suspect::rule(rule, "caller_tag", quoted_text(&tag.0)).warn(advice));
    }
    problems
}

/// Only a hint: an unlisted queue is routed like any other.
fn unknown_queues(subject: Subject<'_>, rule: &Rule) -> Vec<Problem> {
    let listed = &subject.snapshot.queue_names;
    let mut problems = Vec::new();
    for queue in rule.conditions.queues.iter().flatten() {
        if listed.is_empty() || listed.contains_key(queue) {
            continue;
        }
        let advice = match nearest(queue, listed.keys().map(|id| &**id)) {
            Some(known) => Advice::QueueNearListed {
                meant: known.to_owned(),
            },
            None => Advice::UnlistedQueue,
        };
        problems.push(Suspect::rule(rule, "queue_id", quoted_text(queue)).warn(advice));
    }
    problems
}

fn no_owner(rule: &Rule) -> Problem {
    Suspect::rule(rule, "has_owner", "1".to_owned()).warn(Advice::NoCallerHasOwner)
}

/// The known word that was most likely meant, if one is near enough.
fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    /// A typing mistake: a letter too many, too few or wrong, or two that changed places.
    const NEAR: usize = 2;
    let limit = NEAR.min(word.chars().count() / 2);
    let mut nearest = None;
    for known in known {
        // Ids that are counted, such as queue_1 and queue_2, are near each other and all meant.
        let is_numbered_alike = without_digits(known) == without_digits(word);
        if is_numbered_alike && !known.eq_ignore_ascii_case(word) {
            continue;
        }
        let distance = levenshtein(&word.to_lowercase(), &known.to_lowercase());
        let candidate = (distance, known);
        if distance <= limit && nearest.is_none_or(|nearest| candidate < nearest) {
            nearest = Some(candidate);
        }
    }
    nearest.map(|(_, known)| known)
}

fn without_digits(word: &str) -> String {
    word.replace(|letter: char| letter.is_ascii_digit(), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_near_word_is_suggested() {
        let check = |word, expected| {
            assert_eq!(
                nearest(word, ["vip", "en", "blocked"].into_iter()),
                expected,
                "{word}"
            );
        };
        check("VIP", Some("vip"));
        check("vipp", Some("vip"));
        check("blokced", Some("blocked"));
        check("fr", None);
        check("gold", None);
        check("en2", None);
        // Two letters that changed places are two mistakes, too many for a word of three.
        check("vpi", None);
    }
}
