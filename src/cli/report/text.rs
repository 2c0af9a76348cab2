//! A report for people.

use std::fmt::{self, Display, Formatter};

use crate::cli::times::Times;
use crate::report::{Again, IN_TIME_SECONDS, Share, Spread, Weighted};
use crate::shown::report::{AgentRow, MissedRow, ReportRow, Reported, ServiceRow};

pub(super) struct ReportText<'a> {
    pub(super) reported: &'a Reported<'a>,
    pub(super) times: &'a Times,
}

impl Display for ReportText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let reported = self.reported;
        let all = reported.all();
        let (from, to) = (self.times.show(reported.from), self.times.show(reported.to));
        write!(f, "{from} to {to}: {} calls, {} asks", all.calls, all.asks)?;
        if all.calls == 0 {
            return Ok(());
        }
        f.write_str("\n")?;
        let sections = [
            ("Outcome", Columns::Counted, reported.outcomes()),
            ("Queue", Columns::Missed, reported.queues()),
            ("Hotline", Columns::Missed, reported.hotlines()),
            ("Rule", Columns::Counted, reported.rules()),
        ];
        for (title, columns, rows) in &sections {
            counts(f, title, *columns, rows)?;
        }
        self.service(f)?;
        self.first_offers(f)?;
        self.missed(f)?;
        self.weights(f)?;
        again(f, &reported.report.again)
    }
}

impl ReportText<'_> {
    /// How soon calls were taken; half hours without calls are left out.
    fn service(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(service) = &self.reported.report.service else {
            return Ok(());
        };
        let line = |row: &ServiceRow| {
            let label = row.from.clone().unwrap_or_else(|| "all day".to_owned());
            let in_time = percent(row.percent_in_time);
            vec![
                label,
                row.calls.to_string(),
                row.taken.to_string(),
                in_time,
                row.abandoned.to_string(),
            ]
        };
        let mut rows = vec![ServiceRow::new(None, &service.all)];
        rows.extend(self.reported.half_hours());
        rows.retain(|row| row.calls > 0);
        let lines: Vec<_> = rows.iter().map(line).collect();
        let in_time = format!("within {IN_TIME_SECONDS} s");
        table(
            f,
            &[
                "Taken, by half hour",
                "calls",
                "taken",
                &in_time,
                "abandoned",
            ],
            &lines,
        )?;
        match service.waits {
            Some(Spread { p50, p90, p99 }) => writeln!(
                f,
                "  seconds until a call was taken: p50 {p50}, p90 {p90}, p99 {p99}"
            ),
            None => Ok(()),
        }
    }

    fn first_offers(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let line = |row: &AgentRow| {
            let label = label(Some(&row.id), row.name.as_deref());
            vec![
                label,
                row.first_offers.to_string(),
                percent(row.percent_of_first_offers),
                row.taken_calls.to_string(),
            ]
        };
        let lines: Vec<_> = self.reported.agents().iter().map(line).collect();
        table(f, &["First offered to", "calls", "share", "taken"], &lines)
    }

    fn missed(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let line = |row: &MissedRow| {
            let label = label(Some(&row.id), row.name.as_deref());
            vec![label, row.rings.to_string(), row.rests.to_string()]
        };
        let lines: Vec<_> = self.reported.missed().iter().map(line).collect();
        table(f, &["Rings let pass", "rings", "rests"], &lines)
    }

    fn weights(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let percent = |share: Option<Share>| percent(share.map(Share::percent));
        let line = |row: &Weighted| {
            let label = format!("{} level {}: {}", row.group, row.level, row.agent);
            let (weight, offers) = (row.weight.to_string(), row.first_offers.to_string());
            vec![
                label,
                weight,
                percent(row.by_weight),
                offers,
                percent(row.offered),
            ]
        };
        let lines: Vec<_> = self.reported.weighted.iter().map(line).collect();
        table(
            f,
            &[
                "Weighted member",
                "weight",
                "by weight",
                "calls first",
                "share of them",
            ],
            &lines,
        )
    }
}

/// What stands beside the calls and asks.
#[derive(Clone, Copy)]
enum Columns {
    /// Nothing: who is in such a row has met its outcome.
    Counted,
    /// The calls that met the fallback, and nobody.
    Missed,
}

fn counts(f: &mut Formatter<'_>, title: &str, columns: Columns, rows: &[ReportRow]) -> fmt::Result {
    let line = |row: &ReportRow| {
        let count = &row.count;
        let numbers = [
            count.calls,
            count.asks,
            count.fallback_calls,
            count.nobody_calls,
        ]
        .map(|number| number.to_string());
        let [calls, asks, fallback, nobody] = numbers;
        vec![
            label(row.id.as_deref(), row.name.as_deref()),
            calls,
            percent(count.percent_of_calls),
            asks,
            fallback,
            nobody,
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    match columns {
        Columns::Counted => table(f, &[title, "calls", "share", "asks"], &lines),
        Columns::Missed => table(
            f,
            &[title, "calls", "share", "asks", "fallback", "nobody"],
            &lines,
        ),
    }
}

fn again(f: &mut Formatter<'_>, again: &Again) -> fmt::Result {
    let whole =
        |spread: Spread| [spread.p50, spread.p90, spread.p99].map(|value| value.to_string());
    let tenths = |ms: u64| format!("{}.{}", ms / 1000, ms % 1000 / 100);
    let seconds = |spread: Spread| [spread.p50, spread.p90, spread.p99].map(tenths);
    let rows = [
        ("asks about a call", again.asks.map(whole)),
        (
            "seconds between asks, each call's mean",
            again.gap_ms.map(seconds),
        ),
        ("seconds waited at the last ask", again.waited.map(whole)),
    ];
    let line = |(label, spread): (&str, Option<[String; 3]>)| {
        let spread = spread.unwrap_or_else(|| ["", "", ""].map(|_| "-".to_owned()));
        [vec![label.to_owned()], spread.into()].concat()
    };
    table(f, &["Asked again", "p50", "p90", "p99"], &rows.map(line))?;
    let share = percent(Share::of(again.calls_asked_again, again.calls).map(Share::percent));
    write!(
        f,
        "  {} of {} calls in a queue ({share}) were asked about again",
        again.calls_asked_again, again.calls
    )
}

/// `queue_1 Sales`; a name that only repeats the id is left out.
fn label(id: Option<&str>, name: Option<&str>) -> String {
    let id = id.unwrap_or("unknown");
    match name {
        Some(name) if !name.is_empty() && name != id => format!("{id} {name}"),
        _ => id.to_owned(),
    }
}

fn percent(percent: Option<f64>) -> String {
    match percent {
        Some(percent) => format!("{percent:.1} %"),
        None => "-".to_owned(),
    }
}

/// Columns as wide as need be, numbers to the right. A table without lines is left out.
fn table(f: &mut Formatter<'_>, titles: &[&str], lines: &[Vec<String>]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    let mut widths = Vec::new();
    for (column, title) in titles.iter().enumerate() {
        let mut width = title.chars().count();
        for line in lines {
            let cell = line.get(column).map_or(0, |cell| cell.chars().count());
            // The labels stand two columns further to the right than their title.
            width = width.max(if column == 0 { cell + 2 } else { cell });
        }
        widths.push(width);
    }
    f.write_str("\n")?;
    write_line(f, &widths, titles.iter().copied())?;
    for line in lines {
        let mut cells = line.clone();
        if let Some(label) = cells.first_mut() {
            label.insert_str(0, "  ");
        }
        write_line(f, &widths, cells.iter().map(String::as_str))?;
    }
    Ok(())
}

fn write_line<'c>(
    f: &mut Formatter<'_>,
    widths: &[usize],
    cells: impl Iterator<Item = &'c str>,
) -> fmt::Result {
    for (place, (cell, width)) in cells.zip(widths).enumerate() {
        if place == 0 {
            write!(f, "{cell:<width$}")?;
        } else {
            write!(f, "  {cell:>width$}")?;
        }
    }
    f.write_str("\n")
}
