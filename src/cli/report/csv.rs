//! A report for spreadsheets: one table, whose first column says which section a line is of.

use anyhow::Context as _;
use csv::Writer;
use serde::Serialize;

use crate::cli::output::Output;
use crate::report::{Share, Spread};
use crate::shown::report::{ReportCounts, ReportRow, Reported, ServiceRow};

/// A line; what its section does not have stays empty.
#[derive(Default, Serialize)]
struct CsvLine<'a> {
    section: &'a str,
    id: Option<&'a str>,
    name: Option<&'a str>,
    group: Option<&'a str>,
    level: Option<u8>,
    calls: Option<u64>,
    percent: Option<f64>,
    asks: Option<u64>,
    fallback_calls: Option<u64>,
    nobody_calls: Option<u64>,
    taken_calls: Option<u64>,
    rings: Option<u64>,
    rests: Option<u64>,
    weight: Option<u16>,
    percent_by_weight: Option<f64>,
    p50: Option<u64>,
    p90: Option<u64>,
    p99: Option<u64>,
}

pub(super) fn write(reported: &Reported<'_>, output: &mut Output) -> anyhow::Result<()> {
    let mut table = Writer::from_writer(Vec::new());
    table.serialize(CsvLine {
        section: "all",
        ..CsvLine::counting(reported.all())
    })?;
    let sections = [
        ("outcome", reported.outcomes()),
        ("queue", reported.queues()),
        ("hotline", reported.hotlines()),
        ("rule", reported.rules()),
    ];
    for (section, rows) in &sections {
        rows.iter().try_for_each(|row| {
            table.serialize(CsvLine {
                section,
                ..CsvLine::from(row)
            })
        })?;
    }
    service(reported, &mut table)?;
    agents(reported, &mut table)?;
    again(reported, &mut table)?;
    let text = String::from_utf8(table.into_inner().context("cannot write the table")?)?;
    Ok(output.line(text.trim_end())?)
}

/// How soon calls were taken; the percent are those taken in time.
fn service(reported: &Reported<'_>, table: &mut Writer<Vec<u8>>) -> Result<(), csv::Error> {
    let Some(service) = &reported.report.service else {
        return Ok(());
    };
    let waits = service.waits.unwrap_or_default();
    let line = |row: &ServiceRow| CsvLine {
        calls: Some(row.calls),
        percent: row.percent_in_time,
        taken_calls: Some(row.taken),
        ..CsvLine::default()
    };
    table.serialize(CsvLine {
        section: "service",
        p50: Some(waits.p50),
        p90: Some(waits.p90),
        p99: Some(waits.p99),
        ..line(&ServiceRow::new(None, &service.all))
    })?;
    for row in reported.half_hours() {
        table.serialize(CsvLine {
            section: "half_hour",
            id: row.from.as_deref(),
            ..line(&row)
        })?;
    }
    Ok(())
}

fn agents(reported: &Reported<'_>, table: &mut Writer<Vec<u8>>) -> Result<(), csv::Error> {
    for row in &reported.agents() {
        table.serialize(CsvLine {
            section: "first_offers",
            id: Some(&row.id),
            name: row.name.as_deref(),
            calls: Some(row.first_offers),
            percent: row.percent_of_first_offers,
            taken_calls: Some(row.taken_calls),
            ..CsvLine::default()
        })?;
    }
    for row in &reported.missed() {
        table.serialize(CsvLine {
            section: "missed_rings",
            id: Some(&row.id),
            name: row.name.as_deref(),
            rings: Some(row.rings),
            rests: Some(row.rests),
            ..CsvLine::default()
        })?;
    }
    for row in reported.weighted {
        table.serialize(CsvLine {
            section: "weight",
            id: Some(&row.agent),
            group: Some(&row.group),
            level: Some(row.level),
            calls: Some(row.first_offers),
            percent: row.offered.map(Share::percent),
            weight: Some(row.weight),
            percent_by_weight: row.by_weight.map(Share::percent),
            ..CsvLine::default()
        })?;
    }
    Ok(())
}

fn again(reported: &Reported<'_>, table: &mut Writer<Vec<u8>>) -> Result<(), csv::Error> {
    let again = &reported.report.again;
    table.serialize(CsvLine {
        section: "asked_again",
        calls: Some(again.calls_asked_again),
        percent: Share::of(again.calls_asked_again, again.calls).map(Share::percent),
        ..CsvLine::default()
    })?;
    let spreads = [
        ("asks_per_call", again.asks),
        ("mean_milliseconds_between_asks", again.gap_ms),
        ("seconds_waited_at_last_ask", again.waited),
    ];
    for (section, spread) in spreads {
        table.serialize(CsvLine {
            section,
            ..CsvLine::spreading(spread)
        })?;
    }
    Ok(())
}

impl CsvLine<'_> {
    fn counting(counts: ReportCounts) -> Self {
        Self {
            calls: Some(counts.calls),
            percent: counts.percent_of_calls,
            asks: Some(counts.asks),
            fallback_calls: Some(counts.fallback_calls),
            nobody_calls: Some(counts.nobody_calls),
            ..Self::default()
        }
    }

    fn spreading(spread: Option<Spread>) -> Self {
        let value = |value: fn(Spread) -> u64| spread.map(value);
        let (p50, p90, p99) = (value(|of| of.p50), value(|of| of.p90), value(|of| of.p99));
        Self {
            p50,
            p90,
            p99,
            ..Self::default()
        }
    }
}

impl<'a> From<&'a ReportRow> for CsvLine<'a> {
    fn from(row: &'a ReportRow) -> Self {
        Self {
            id: row.id.as_deref(),
            name: row.name.as_deref(),
            ..Self::counting(row.count)
        }
    }
}
