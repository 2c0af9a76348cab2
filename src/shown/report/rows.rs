//! What is counted, as rows in the order in which they are shown: the most calls first.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Serialize;

use super::Reported;
use crate::report::{Count, MissedRings, Report, ServiceCount, Share};

/// A queue, hotline, rule or outcome.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReportRow {
    /// `None`: the platform did not say, or it has none.
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(flatten)]
    pub(crate) count: ReportCounts,
}

/// How many calls and asks, with their share of all calls.
#[derive(Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReportCounts {
    pub(crate) calls: u64,
    pub(crate) percent_of_calls: Option<f64>,
    pub(crate) asks: u64,
    pub(crate) fallback_calls: u64,
    pub(crate) nobody_calls: u64,
}

/// Who was offered first, and who took calls.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AgentRow {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) first_offers: u64,
    pub(crate) percent_of_first_offers: Option<f64>,
    pub(crate) taken_calls: u64,
}

/// Calls by how soon they were taken.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ServiceRow {
    /// The half hour's beginning, such as `08:30`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    pub(crate) calls: u64,
    pub(crate) taken: u64,
    pub(crate) taken_in_time: u64,
    pub(crate) percent_in_time: Option<f64>,
    pub(crate) abandoned: u64,
    pub(crate) percent_abandoned: Option<f64>,
}

impl ServiceRow {
    pub(crate) fn new(from: Option<String>, count: &ServiceCount) -> Self {
        let percent = |part| Share::of(part, count.calls).map(Share::percent);
        Self {
            from,
            calls: count.calls,
            taken: count.taken,
            taken_in_time: count.in_time,
            percent_in_time: percent(count.in_time),
            abandoned: count.abandoned(),
            percent_abandoned: percent(count.abandoned()),
        }
    }
}

/// Who has let rings pass.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct MissedRow {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) rings: u64,
    /// How often there were so many in a row that they were put last for a while.
    pub(crate) rests: u64,
}

impl Reported<'_> {
    /// How soon calls were taken by the half hour of the day, those without calls as well; none if nothing is known.
    pub(crate) fn half_hours(&self) -> Vec<ServiceRow> {
        let Some(service) = &self.report.service else {
            return Vec::new();
        };
        let mut of_day = [ServiceCount::default(); 48];
        for (start, count) in &service.half_hours {
            let local = start.to_zoned(self.snapshot.settings.time_zone.clone());
            let slot = local.hour() * 2 + local.minute() / 30;
            if let Some(known) = usize::try_from(slot)
                .ok()
                .and_then(|slot| of_day.get_mut(slot))
            {
                known.add(count);
            }
        }
        let row = |(slot, count): (usize, &ServiceCount)| {
            let from = format!("{:02}:{:02}", slot / 2, slot % 2 * 30);
            ServiceRow::new(Some(from), count)
        };
        of_day.iter().enumerate().map(row).collect()
    }

    pub(crate) fn all(&self) -> ReportCounts {
        self.counts(&self.report.all)
    }

    /// All four, those that did not occur as well: that nobody was never the answer is worth reading.
    pub(crate) fn outcomes(&self) -> Vec<ReportRow> {
        let outcomes = &self.report.outcomes;
        let count = |outcome: &str| outcomes.get(outcome).copied().unwrap_or_default();
        let row = |outcome| self.row(Some(outcome), None, &count(outcome));
        ["rule", "blocked", "fallback", "nobody"].map(row).into()
    }

    pub(crate) fn queues(&self) -> Vec<ReportRow> {
        let name = |id: &str| self.snapshot.queue_names.get(id).map(|name| &**name);
        let queues = self.report.queues.iter();
        most_first(queues.map(|(id, count)| self.row(Some(id), name(id), count)))
    }

    pub(crate) fn hotlines(&self) -> Vec<ReportRow> {
        most_first(self.report.hotlines.iter().map(|(to, count)| {
            let name = to.as_deref().and_then(|to| self.snapshot.hotline_name(to));
            self.row(to.as_deref(), name, count)
        }))
    }

    pub(crate) fn rules(&self) -> Vec<ReportRow> {
        let rules = self.report.rules.iter();
        most_first(
            rules.map(|(id, (name, count))| self.row(Some(&id.to_string()), Some(name), count)),
        )
    }

    pub(crate) fn agents(&self) -> Vec<AgentRow> {
        let Report {
            first_offers,
            taken,
            ..
        } = self.report;
        let all = first_offers.values().sum();
        let row = |id: &String| {
            let offers = first_offers.get(id).copied().unwrap_or(0);
            AgentRow {
                id: id.clone(),
                name: self.agent_name(id),
                first_offers: offers,
                percent_of_first_offers: Share::of(offers, all).map(Share::percent),
                taken_calls: taken.get(id).copied().unwrap_or(0),
            }
        };
        let ids: BTreeSet<&String> = first_offers.keys().chain(taken.keys()).collect();
        let mut rows: Vec<AgentRow> = ids.into_iter().map(row).collect();
        rows.sort_by_key(|row| Reverse((row.first_offers, row.taken_calls)));
        rows
    }

    pub(crate) fn missed(&self) -> Vec<MissedRow> {
        let row = |(id, missed): (&String, &MissedRings)| MissedRow {
            id: id.clone(),
            name: self.agent_name(id),
            rings: missed.rings,
            rests: missed.rests,
        };
        let mut rows: Vec<MissedRow> = self.report.missed.iter().map(row).collect();
        rows.sort_by_key(|row| Reverse((row.rests, row.rings)));
        rows
    }

    fn agent_name(&self, id: &str) -> Option<String> {
        let agent = self.snapshot.agent(id)?;
        Some(self.snapshot.agents.get(agent)?.name.to_string())
    }

    fn row(&self, id: Option<&str>, name: Option<&str>, count: &Count) -> ReportRow {
        ReportRow {
            id: id.map(str::to_owned),
            name: name.map(str::to_owned),
            count: self.counts(count),
        }
    }

    fn counts(&self, count: &Count) -> ReportCounts {
        let Count {
            calls,
            asks,
            fallback_calls,
            nobody_calls,
        } = *count;
        let percent_of_calls = Share::of(calls, self.report.all.calls).map(Share::percent);
        ReportCounts {
            calls,
            percent_of_calls,
            asks,
            fallback_calls,
            nobody_calls,
        }
    }
}

/// Equal ones stay in the order of their ids.
fn most_first(rows: impl Iterator<Item = ReportRow>) -> Vec<ReportRow> {
    let mut rows: Vec<ReportRow> = rows.collect();
    rows.sort_by_key(|row| Reverse(row.count.calls));
    rows
}
