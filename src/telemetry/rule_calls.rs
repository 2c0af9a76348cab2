//! Calls by rule: the only label whose values are the admins', so their number has to be bounded.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// The most series shown; a scraper keeps each for weeks. The calls of further rules are summed.
pub(super) const MAX_SERIES: usize = 1_000;

/// The label value of the rules without a series of their own.
const OTHER: &str = "other";

/// Counters of calls by rule, kept across reloads.
#[derive(Debug, Default)]
pub(super) struct RuleCalls {
    other: Arc<AtomicU64>,
    series: Mutex<Series>,
}

#[derive(Debug, Default)]
struct Series {
    /// By rule id and name: a rule that is renamed becomes another series.
    counters: BTreeMap<(i64, Box<str>), Arc<AtomicU64>>,
    /// Rules that found no place since room was last made.
    turned_away: usize,
}

impl RuleCalls {
    /// The counter of a rule: the same one each time, also after a reload.
    ///
    /// Rules beyond the first 1,000 share one counter.
    pub(super) fn counter(&self, rule_id: i64, rule_name: &str) -> Arc<AtomicU64> {
        let mut series = self.series.lock();
        let key = (rule_id, Box::from(rule_name));
        if let Some(counter) = series.counters.get(&key) {
            return Arc::clone(counter);
        }
        if series.counters.len() >= MAX_SERIES && !series.make_room(&self.other) {
            return Arc::clone(&self.other);
        }
        Arc::clone(series.counters.entry(key).or_default())
    }
}

impl Series {
    /// Drops the series of rules that no version holds any more; their calls stay in the sum.
    ///
    /// Looks for them only once per 1,000 rules without a place, so that a reload of 100,000 rules stays fast.
    fn make_room(&mut self, other: &AtomicU64) -> bool {
        let look = self.turned_away.is_multiple_of(MAX_SERIES);
        self.turned_away += 1;
        if look {
            self.counters.retain(|_, counter| retained(counter, other));
        }
        self.counters.len() < MAX_SERIES
    }
}

/// Whether somebody still holds the counter; if not, its count moves to the sum.
fn retained(counter: &Arc<AtomicU64>, other: &AtomicU64) -> bool {
    let held = Arc::strong_count(counter) > 1;
    if !held {
        other.fetch_add(counter.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    held
}

impl Collector for RuleCalls {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let help =
            "Calls answered by each rule; the rules beyond the first 1000 are summed as other.";
        let mut metric =
            encoder.encode_descriptor("calls_by_rule", help, None, MetricType::Counter)?;
        let series = self.series.lock();
        for ((id, name), counter) in &series.counters {
            let labels = [("rule", id.to_string()), ("name", name.to_string())];
            let count = counter.load(Ordering::Relaxed);
            metric
                .encode_family(&labels)?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        let labels = [("rule", OTHER), ("name", "")];
        metric
            .encode_family(&labels)?
            .encode_counter::<NoLabelSet, _, u64>(&self.other.load(Ordering::Relaxed), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(number: usize) -> i64 {
        i64::try_from(number).unwrap()
    }

    #[test]
    fn a_rule_keeps_its_counter_across_reloads() {
        let calls = RuleCalls::default();
        calls.counter(7, "night").fetch_add(2, Ordering::Relaxed);
        assert_eq!(calls.counter(7, "night").load(Ordering::Relaxed), 2);
        assert_eq!(calls.counter(7, "day").load(Ordering::Relaxed), 0);
    }

    #[test]
    fn rules_beyond_the_limit_share_a_counter() {
        let calls = RuleCalls::default();
        let held: Vec<_> = (0..MAX_SERIES + 5)
            .map(|number| calls.counter(rule(number), ""))
            .collect();
        let own = held
            .iter()
            .filter(|counter| !Arc::ptr_eq(counter, &calls.other))
            .count();
        assert_eq!(own, MAX_SERIES);
        assert!(Arc::ptr_eq(
            &calls.counter(rule(MAX_SERIES), ""),
            &calls.other
        ));
    }

    #[test]
    fn rules_of_old_versions_make_room_and_their_calls_stay_in_the_sum() {
        let calls = RuleCalls::default();
        for number in 0..MAX_SERIES {
            calls
                .counter(rule(number), "of an old version")
                .fetch_add(1, Ordering::Relaxed);
        }
        let new = calls.counter(1, "of the new version");
        assert!(!Arc::ptr_eq(&new, &calls.other));
        assert_eq!(
            calls.other.load(Ordering::Relaxed),
            u64::try_from(MAX_SERIES).unwrap()
        );
        assert_eq!(calls.series.lock().counters.len(), 1);
    }
}
