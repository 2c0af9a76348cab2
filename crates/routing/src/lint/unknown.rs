//! Conditions that name what does not occur: tags, owners, queues.

use std::collections::BTreeSet;

use super::{Subject, Suspect};
use crate::arena::Index;
use crate::diagnosis::{Advice, OfCallers};
use crate::problem::{Problem, quoted_text};
use crate::snapshot::{Rule, Tag};
use crate::table::Table;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let has_owners = subject.snapshot.callers.owners().next().is_some();
    let tags = known_tags(subject);
    let rules = subject.rules().flat_map(|rule| {
        let owner =
            (rule.conditions.has_owner == Some(true) && !has_owners).then(|| no_owner(rule));
        unknown_tags(subject, rule, &tags)
            .into_iter()
            .chain(unknown_queues(subject, rule))
            .chain(owner)
    });
    rules.chain(unnamed_tags(subject)).collect()
}

/// Tags of callers that no rule names, not even one that is switched off.
fn unnamed_tags(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    let rules = snapshot.rules.iter().map(|(_, rule)| rule);
    let named: BTreeSet<Index<Tag>> = rules
        .filter_map(|rule| rule.conditions.tags.as_deref())
        .flatten()
        .copied()
        .collect();
    let known: BTreeSet<&str> = named
        .iter()
        .filter_map(|tag| Some(&*snapshot.tags.get(*tag)?.0))
        .collect();
    let tagged = snapshot.callers.tagged().into_iter();
    let unnamed = tagged.filter(|(tag, _)| !named.contains(tag));
    let warn = |(tag, (key, callers)): (Index<Tag>, (String, usize))| {
        let tag = snapshot.tags.get(tag)?;
        let callers = OfCallers(callers);
        let advice = match nearest(&tag.0, known.iter().copied()) {
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
            value: quoted_text(&tag.0),
        };
        Some(suspect.warn(advice))
    };
    unnamed.filter_map(warn).collect()
}

/// The tags of callers whose row counts today.
fn known_tags(subject: Subject<'_>) -> BTreeSet<&str> {
    let callers = subject
        .snapshot
        .callers
        .profiles()
        .filter(|caller| caller.counts_on(subject.outlook.today));
    let tags = callers.flat_map(|caller| &caller.tags);
    tags.filter_map(|tag| Some(&*subject.snapshot.tags.get(*tag)?.0))
        .collect()
}

fn unknown_tags(subject: Subject<'_>, rule: &Rule, known: &BTreeSet<&str>) -> Vec<Problem> {
    let tags = rule
        .conditions
        .tags
        .iter()
        .flatten()
        .filter_map(|tag| Some(&*subject.snapshot.tags.get(*tag)?.0));
    let unknown = tags.filter(|tag| !known.contains(tag));
    let warn = |tag: &str| {
        let advice = match nearest(tag, known.iter().copied()) {
            Some(known) => Advice::TagNearOneOfCallers {
                meant: known.to_owned(),
            },
            None => Advice::TagOfNoCaller,
        };
        Suspect::rule(rule, "caller_tag", quoted_text(tag)).warn(advice)
    };
    unknown.map(warn).collect()
}

/// Only a hint: an unlisted queue is routed like any other.
fn unknown_queues(subject: Subject<'_>, rule: &Rule) -> Vec<Problem> {
    let listed = &subject.snapshot.queue_names;
    let queues = rule
        .conditions
        .queues
        .iter()
        .flatten()
        .filter(|_| !listed.is_empty());
    let warn = |queue: &str| {
        let advice = match nearest(queue, listed.keys().map(|id| &**id)) {
            Some(known) => Advice::QueueNearListed {
                meant: known.to_owned(),
            },
            None => Advice::UnlistedQueue,
        };
        Suspect::rule(rule, "queue_id", quoted_text(queue)).warn(advice)
    };
    queues
        .filter(|queue| !listed.contains_key(*queue))
        .map(|queue| warn(queue))
        .collect()
}

fn no_owner(rule: &Rule) -> Problem {
    Suspect::rule(rule, "has_owner", "1".to_owned()).warn(Advice::NoCallerHasOwner)
}

/// The known word that was most likely meant, if one is near enough.
fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    /// A typing mistake: a letter too many, too few or wrong, or two that changed places.
    const NEAR: usize = 2;
    // Ids that are counted, such as queue_1 and queue_2, are near each other and all meant.
    let is_numbered_alike = |known: &&str| without_digits(known) == without_digits(word);
    let near = known
        .filter(|known| !is_numbered_alike(known) || known.eq_ignore_ascii_case(word))
        .map(|known| (distance(&word.to_lowercase(), &known.to_lowercase()), known));
    let most = NEAR.min(word.chars().count() / 2);
    near.filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}

fn without_digits(word: &str) -> String {
    word.chars()
        .filter(|letter| !letter.is_ascii_digit())
        .collect()
}

/// How many letters must be inserted, deleted or replaced to make one word of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, from) in (1..).zip(one.chars()) {
        let mut left = line;
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), line);
        for (above, to) in row.iter_mut().skip(1).zip(other.chars()) {
            left = (left + 1)
                .min(*above + 1)
                .min(diagonal + usize::from(from != to));
            diagonal = std::mem::replace(above, left);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        let check =
            |one, other, expected| assert_eq!(distance(one, other), expected, "{one} {other}");
        check("", "", 0);
        check("vip", "vip", 0);
        check("vip", "", 3);
        check("", "vip", 3);
        check("vpi", "vip", 2);
        check("vips", "vip", 1);
        check("kitten", "sitting", 3);
        check("tiếng", "tieng", 1);
    }

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
    }
}
