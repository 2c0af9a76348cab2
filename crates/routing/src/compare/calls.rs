//! The calls that a version of the rules speaks of.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::coverage;
use crate::number::{CallerPattern, NumberPattern};
use crate::snapshot::{Rule, Snapshot};

/// A call that two versions are asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComparedCall<'c> {
    /// The platform's id of the queue.
    pub queue_id: Cow<'c, str>,
    /// The hotline, as the platform says it.
    pub to: Option<Cow<'c, str>>,
    /// Who calls, as the platform says it; `None`: anonymous.
    pub from: Option<Cow<'c, str>>,
}

/// The number of a caller whom no row of `callers` and no rule names; `None` if there is none.
pub fn stranger(snapshot: &Snapshot) -> Option<String> {
    coverage::stranger(snapshot).map(|number| number.as_str().to_owned())
}

/// One call by `stranger` for each queue and hotline that the rules name, and for each queue that `queues` lists; for
/// rule that names callers, by one of them; and the calls of the rules' own tests. Each of them once.
///
/// Of more than `limit` rules, so many are asked for, spread over all of them.
pub fn named_calls<'s>(
    snapshot: &'s Snapshot,
    stranger: Option<&'s str>,
    limit: usize,
) -> Vec<ComparedCall<'s>> {
    let mut calls = BTreeSet::new();
    for queue in snapshot.queue_names.keys().take(limit) {
        calls.insert(ComparedCall {
            queue_id: Cow::from(&**queue),
            to: None,
            from: stranger.map(Cow::from),
        });
    }
    let any_queue = snapshot.queue_names.keys().min();
    let any_queue = any_queue.map_or("", |queue| queue);
    let spread = snapshot.rules.len() / limit.max(1) + 1;
    for rule in snapshot.enabled_rules().step_by(spread) {
        add_rule(&mut calls, rule, any_queue, stranger);
    }
    for test in snapshot.tests.iter().take(limit) {
        calls.insert(ComparedCall {
            queue_id: Cow::from(&*test.queue_id),
            to: test.to_number.as_deref().map(Cow::from),
            from: test.from_number.as_deref().map(Cow::from),
        });
    }
    calls.into_iter().collect()
}

/// A call for each queue and hotline of a rule.
fn add_rule<'s>(
    calls: &mut BTreeSet<ComparedCall<'s>>,
    rule: &'s Rule,
    any_queue: &'s str,
    stranger: Option<&'s str>,
) {
    /// Fills up the beginning of a number; coverage chooses better ones, at a cost that grows with the rules' square.
    const FILLER: char = '0';
    /// How many queues and hotlines of one rule are asked about, and how many of its callers, who are answered alike.
    const NAMES: usize = 64;
    const CALLERS: usize = 1;
    let conditions = &rule.conditions;
    let example = |pattern: &NumberPattern| Cow::from(pattern.example(FILLER).as_str().to_owned());
    let queues: Vec<&str> = match &conditions.queues {
        Some(queues) => queues.iter().take(NAMES).map(|queue| &**queue).collect(),
        None => vec![any_queue],
    };
    let mut hotlines = Vec::new();
    match &conditions.to {
        Some(to) => hotlines.extend(to.iter().take(NAMES).map(|to| Some(example(to)))),
        None => hotlines.push(None),
    }
    let mut callers = Vec::new();
    match &conditions.from {
        None => callers.push(stranger.map(Cow::from)),
        Some(from) => {
            for from in from.iter().take(CALLERS) {
                callers.push(match from {
                    CallerPattern::Anonymous => None,
                    CallerPattern::Number(number) => Some(example(number)),
                });
            }
        }
    }
    for queue in queues {
        for to in &hotlines {
            for from in &callers {
                calls.insert(ComparedCall {
                    queue_id: Cow::from(queue),
                    to: to.clone(),
                    from: from.clone(),
                });
            }
        }
    }
}
