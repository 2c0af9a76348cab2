//! Counts answers, call by call.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::service::ServiceTally;
use super::{Again, Count, Report, Spread};
use crate::store::AnswerRow;

/// Counts answers. Those of one call must come one after the other, in the order of time.
#[derive(Debug, Default)]
pub struct Tally {
    report: Report,
    /// When the name of each rule was noted.
    named_at: BTreeMap<i64, Timestamp>,
    /// The answers to the call that may not be complete.
    call: Vec<AnswerRow>,
    asks: Vec<u64>,
    gaps_ms: Vec<u64>,
    waited: Vec<u64>,
    service: ServiceTally,
}

impl Tally {
    /// Counts an answer.
    pub fn add(&mut self, answer: AnswerRow) {
        if let Some(first) = self.call.first()
            && first.call_id != answer.call_id
        {
            self.count_call();
        }
        self.call.push(answer);
    }

    /// What all answers add up to.
    pub fn finish(mut self) -> Report {
        self.count_call();
        let calls_asked_again = self.asks.iter().filter(|asks| **asks > 1).count();
        self.report.again = Again {
            calls: count(self.asks.len()),
            calls_asked_again: count(calls_asked_again),
            asks: Spread::of(self.asks),
            gap_ms: Spread::of(self.gaps_ms),
            waited: Spread::of(self.waited),
        };
        self.report.service = self.service.finish();
        self.report
    }

    fn count_call(&mut self) {
        let call = std::mem::take(&mut self.call);
        if call.is_empty() {
            return;
        }
        self.service.add(&call);
        let report = &mut self.report;
        report.all.add(&call.iter().collect::<Vec<_>>());
        for (outcome, answers) in by(&call, |answer| Some(&answer.outcome)) {
            let outcomes = &mut report.outcomes;
            outcomes.entry(outcome.clone()).or_default().add(&answers);
        }
        for (hotline, answers) in by(&call, |answer| Some(&answer.to)) {
            let hotlines = &mut report.hotlines;
            hotlines.entry(hotline.clone()).or_default().add(&answers);
        }
        if let Some(agent) = call.iter().find_map(|answer| answer.first_agent.as_ref()) {
            *report.first_offers.entry(agent.clone()).or_default() += 1;
        }
        if let Some(agent) = call.iter().find_map(|answer| answer.taken_by.as_ref()) {
            *report.taken.entry(agent.clone()).or_default() += 1;
        }
        for (id, answers) in by(&call, |answer| answer.rule.as_ref().map(|(id, _)| *id)) {
            self.count_rule(id, &answers);
        }
        for (queue, answers) in by(&call, |answer| Some(&answer.queue_id)) {
            let queues = &mut self.report.queues;
            queues.entry(queue.clone()).or_default().add(&answers);
            self.measure(&answers);
        }
    }

    fn count_rule(&mut self, id: i64, answers: &[&AnswerRow]) {
        let (name, count) = self.report.rules.entry(id).or_default();
        count.add(answers);
        let named_at = self.named_at.entry(id).or_insert(Timestamp::MIN);
        let newest = answers.iter().max_by_key(|answer| answer.first_at);
        if let Some(AnswerRow {
            rule: Some((_, newest_name)),
            first_at,
            ..
        }) = newest.copied()
            && *first_at >= *named_at
        {
            newest_name.clone_into(name);
            *named_at = *first_at;
        }
    }

    /// Measures a call's stay in a queue.
    fn measure(&mut self, answers: &[&AnswerRow]) {
        let mut asks = 0;
        let (mut first, mut last) = (Timestamp::MAX, Timestamp::MIN);
        let mut waited = 0;
        for answer in answers {
            asks += answer.asks;
            first = first.min(answer.first_at);
            if answer.last_at >= last {
                last = answer.last_at;
                let seconds = milliseconds(answer.first_at, answer.last_at) / 1000;
                waited = u64::from(answer.waited) + seconds;
            }
        }
        self.asks.push(asks);
        if asks > 1 {
            self.gaps_ms.push(milliseconds(first, last) / (asks - 1));
        }
        self.waited.push(waited);
    }
}

impl Count {
    /// Counts a call with those of its answers that belong here.
    fn add(&mut self, answers: &[&AnswerRow]) {
        let with =
            |outcome: &str| u64::from(answers.iter().any(|answer| answer.outcome == outcome));
        self.calls += 1;
        self.asks += answers.iter().map(|answer| answer.asks).sum::<u64>();
        self.fallback_calls += with("fallback");
        self.nobody_calls += with("nobody");
    }
}

/// A call's answers by a key; those without it are left out.
fn by<'c, K: Ord>(
    call: &'c [AnswerRow],
    key: impl Fn(&'c AnswerRow) -> Option<K>,
) -> BTreeMap<K, Vec<&'c AnswerRow>> {
    let mut groups: BTreeMap<K, Vec<&AnswerRow>> = BTreeMap::new();
    for answer in call {
        if let Some(key) = key(answer) {
            groups.entry(key).or_default().push(answer);
        }
    }
    groups
}

fn milliseconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond().saturating_sub(from.as_millisecond())).unwrap_or(0)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ServiceCount;

    /// A call's answer by rule 1, which rings hoa first, from a second to another.
    fn answer(call_id: &str, asks: u64, first: i64, last: i64) -> AnswerRow {
        let at = |second| Timestamp::from_second(second).unwrap();
        AnswerRow {
            call_id: call_id.to_owned(),
            queue_id: "q".to_owned(),
            to: None,
            outcome: "rule".to_owned(),
            rule: Some((1, "Sales".to_owned())),
            first_agent: Some("hoa".to_owned()),
            taken_by: None,
            taken_at: None,
            asks,
            first_at: at(first),
            last_at: at(last),
            waited: 0,
        }
    }

    fn without_rule(outcome: &str, agent: Option<&str>, answer: AnswerRow) -> AnswerRow {
        let first_agent = agent.map(str::to_owned);
        AnswerRow {
            outcome: outcome.to_owned(),
            rule: None,
            first_agent,
            ..answer
        }
    }

    fn report(answers: impl IntoIterator<Item = AnswerRow>) -> Report {
        let mut tally = Tally::default();
        answers.into_iter().for_each(|answer| tally.add(answer));
        tally.finish()
    }

    fn spread(p50: u64, p90: u64, p99: u64) -> Spread {
        Spread { p50, p90, p99 }
    }

    #[test]
    fn nothing_adds_up_to_nothing() {
        assert_eq!(report([]), Report::default());
    }

    #[test]
    fn a_call_with_two_answers_is_one_call() {
        let report = report([
            answer("a", 3, 0, 10),
            without_rule("fallback", Some("minh"), answer("a", 2, 15, 20)),
            without_rule("nobody", None, answer("b", 1, 0, 0)),
        ]);
        let all = Count {
            calls: 2,
            asks: 6,
            fallback_calls: 1,
            nobody_calls: 1,
        };
        assert_eq!(
            (report.all, report.queues["q"], report.hotlines[&None]),
            (all, all, all)
        );
        let by_rule = Count {
            calls: 1,
            asks: 3,
            ..Count::default()
        };
        assert_eq!(report.outcomes["rule"], by_rule);
        assert_eq!(
            report.outcomes["fallback"],
            Count {
                calls: 1,
                asks: 2,
                fallback_calls: 1,
                nobody_calls: 0
            }
        );
        assert_eq!(report.rules[&1], ("Sales".to_owned(), by_rule));
    }

    #[test]
    fn the_first_answer_that_offers_anybody_is_the_first_offer() {
        let report = report([
            without_rule("nobody", None, answer("a", 1, 0, 0)),
            without_rule("rule", Some("minh"), answer("a", 1, 5, 5)),
            answer("a", 1, 10, 10),
            without_rule("nobody", None, answer("b", 1, 0, 0)),
        ]);
        assert_eq!(
            report.first_offers,
            BTreeMap::from([("minh".to_owned(), 1)])
        );
    }

    #[test]
    fn a_call_with_two_answers_was_taken_once() {
        let taken = |by: &str, answer| AnswerRow {
            taken_by: Some(by.to_owned()),
            ..answer
        };
        let report = report([
            taken("minh", answer("a", 1, 0, 0)),
            taken("minh", answer("a", 1, 5, 5)),
            taken("lan", answer("b", 1, 0, 0)),
            answer("c", 1, 0, 0),
        ]);
        assert_eq!(
            report.taken,
            BTreeMap::from([("lan".to_owned(), 1), ("minh".to_owned(), 1)])
        );
    }

    #[test]
    fn gaps_go_on_from_answer_to_answer() {
        let report = report([
            answer("a", 3, 0, 10),
            without_rule("fallback", None, answer("a", 2, 15, 20)),
            answer("b", 1, 0, 0),
        ]);
        let again = report.again;
        assert_eq!(
            (again.calls, again.calls_asked_again, again.asks),
            (2, 1, Some(spread(1, 5, 5)))
        );
        assert_eq!(again.gap_ms, Some(spread(5000, 5000, 5000)));
    }

    #[test]
    fn a_call_that_moves_to_another_queue_is_measured_in_each() {
        let moved = AnswerRow {
            queue_id: "other".to_owned(),
            waited: 7,
            ..answer("a", 2, 600, 603)
        };
        let report = report([answer("a", 2, 0, 10), moved]);
        assert_eq!((report.all.calls, report.again.calls), (1, 2));
        assert_eq!(report.again.gap_ms, Some(spread(3000, 10_000, 10_000)));
        assert_eq!(report.again.waited, Some(spread(10, 10, 10)));
    }

    #[test]
    fn a_call_that_is_taken_within_20_s_is_taken_in_time() {
        let taken = |at: i64, answer| AnswerRow {
            taken_by: Some("minh".to_owned()),
            taken_at: Some(Timestamp::from_second(at).unwrap()),
            ..answer
        };
        let waited = |waited: u32, answer| AnswerRow { waited, ..answer };
        let report = report([
            taken(1820, answer("a", 1, 1800, 1800)),
            // It has waited before it was asked about.
            taken(1850, waited(11, answer("b", 1, 1840, 1840))),
            taken(
                1795,
                without_rule("nobody", None, answer("c", 1, 1790, 1790)),
            ),
            taken(1795, answer("c", 1, 1793, 1793)),
            answer("d", 1, 1900, 1900),
            without_rule("blocked", None, answer("e", 1, 1900, 1900)),
        ]);
        let service = report.service.unwrap();
        let count = |calls, taken, in_time| ServiceCount {
            calls,
            taken,
            in_time,
        };
        assert_eq!(service.all, count(4, 3, 2));
        assert_eq!(service.all.abandoned(), 1);
        assert_eq!(service.waits, Some(spread(20, 21, 21)));
        let half_hour = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(
            service.half_hours,
            BTreeMap::from([
                (half_hour(0), count(1, 1, 1)),
                (half_hour(1800), count(3, 2, 1))
            ])
        );
    }

    #[test]
    fn without_call_events_nobody_knows_how_soon_calls_are_taken() {
        assert_eq!(report([answer("a", 1, 0, 0)]).service, None);
    }

    #[test]
    fn a_rule_has_its_last_name() {
        let named = |name: &str, answer| AnswerRow {
            rule: Some((1, name.to_owned())),
            ..answer
        };
        let report = report([
            named("New", answer("a", 1, 50, 50)),
            named("Old", answer("b", 1, 10, 10)),
        ]);
        assert_eq!(report.rules[&1].0, "New");
    }

    #[test]
    fn a_clock_that_was_set_back_counts_as_no_time() {
        let again = report([answer("a", 2, 100, 90)]).again;
        assert_eq!(
            (again.gap_ms, again.waited),
            (Some(spread(0, 0, 0)), Some(spread(0, 0, 0)))
        );
    }
}
