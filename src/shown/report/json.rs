//! A report for programs.

use serde::Serialize;

use super::Reported;
use super::rows::{AgentRow, MissedRow, ReportCounts, ReportRow, ServiceRow};
use crate::report::{IN_TIME_SECONDS, Share, Spread, Weighted};

/// A report as a JSON object.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReportJson {
    from: String,
    to: String,
    all: ReportCounts,
    outcomes: Vec<ReportRow>,
    queues: Vec<ReportRow>,
    hotlines: Vec<ReportRow>,
    rules: Vec<ReportRow>,
    first_offers: Vec<AgentRow>,
    missed_rings: Vec<MissedRow>,
    weights: Vec<WeightRow>,
    asked_again: AskedAgain,
    /// How soon calls were taken; null if call events have told of none that was.
    service: Option<ServiceJson>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WeightRow {
    group: String,
    level: u8,
    agent: String,
    weight: u16,
    percent_by_weight: Option<f64>,
    first_offers: u64,
    percent_of_first_offers: Option<f64>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AskedAgain {
    calls: u64,
    more_than_once: u64,
    percent_more_than_once: Option<f64>,
    asks_per_call: Option<Spreads>,
    mean_milliseconds_between_asks: Option<Spreads>,
    seconds_waited_at_last_ask: Option<Spreads>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ServiceJson {
    in_time_seconds: u64,
    #[serde(flatten)]
    all: ServiceRow,
    seconds_until_taken: Option<Spreads>,
    /// All days together, on the clock of the rules' time zone.
    half_hours: Vec<ServiceRow>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Spreads {
    p50: u64,
    p90: u64,
    p99: u64,
}

impl ReportJson {
    pub(crate) fn of(reported: &Reported<'_>) -> Self {
        let again = &reported.report.again;
        Self {
            from: reported.from.to_string(),
            to: reported.to.to_string(),
            all: reported.all(),
            outcomes: reported.outcomes(),
            queues: reported.queues(),
            hotlines: reported.hotlines(),
            rules: reported.rules(),
            first_offers: reported.agents(),
            missed_rings: reported.missed(),
            weights: reported.weighted.iter().map(WeightRow::from).collect(),
            asked_again: AskedAgain {
                calls: again.calls,
                more_than_once: again.calls_asked_again,
                percent_more_than_once: Share::of(again.calls_asked_again, again.calls)
                    .map(Share::percent),
                asks_per_call: again.asks.map(Spreads::from),
                mean_milliseconds_between_asks: again.gap_ms.map(Spreads::from),
                seconds_waited_at_last_ask: again.waited.map(Spreads::from),
            },
            service: reported.report.service.as_ref().map(|service| ServiceJson {
                in_time_seconds: IN_TIME_SECONDS,
                all: ServiceRow::new(None, &service.all),
                seconds_until_taken: service.waits.map(Spreads::from),
                half_hours: reported.half_hours(),
            }),
        }
    }
}

impl From<&Weighted> for WeightRow {
    fn from(row: &Weighted) -> Self {
        Self {
            group: row.group.clone(),
            level: row.level,
            agent: row.agent.clone(),
            weight: row.weight,
            percent_by_weight: row.by_weight.map(Share::percent),
            first_offers: row.first_offers,
            percent_of_first_offers: row.offered.map(Share::percent),
        }
    }
}

impl From<Spread> for Spreads {
    fn from(Spread { p50, p90, p99 }: Spread) -> Self {
        Self { p50, p90, p99 }
    }
}
