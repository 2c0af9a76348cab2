//! A survey for people.

use std::fmt::{self, Display, Formatter};

use jiff::civil::Date;

use super::ranges::{CoverageRow, HalfHour, blocks, dates_label, day_name, rows, times_label};
use super::words::{Words, titles};
use crate::cli::rules::counted;
use crate::shown::coverage::{Shade, Survey};

/// A survey as text.
pub(super) struct CoverageText<'a>(pub(super) &'a Survey<'a>);

impl Display for CoverageText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.header(f)?;
        let zone = &self.0.snapshot.settings.time_zone;
        let half_hours: Vec<HalfHour> = self
            .0
            .coverage
            .starts
            .iter()
            .map(|start| HalfHour::of(*start, zone))
            .collect();
        let mut dates: Vec<Date> = half_hours.iter().map(|half_hour| half_hour.date).collect();
        dates.dedup();
        for block in blocks(self.0.coverage) {
            writeln!(f)?;
            titles(self.0.snapshot, self.0.coverage, &block.lines)
                .iter()
                .try_for_each(|title| writeln!(f, "{title}"))?;
            self.rows(f, &rows(&half_hours, block.answers()), &dates)?;
        }
        self.summary(f)
    }
}

impl CoverageText<'_> {
    fn header(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Survey { file, question, .. } = self.0;
        let day = |date: Date| format!("{} {date}", day_name(date.weekday()));
        writeln!(
            f,
            "{file}, {} to {}, {}",
            day(question.from),
            day(self.0.last()),
            self.0.time_zone()
        )?;
        match &question.caller {
            Some(caller) => writeln!(f, "Calls from {}", caller.as_str()),
            None => writeln!(
                f,
                "Calls from somebody whom neither the rules nor callers name"
            ),
        }
    }

    fn rows(&self, f: &mut Formatter<'_>, rows: &[CoverageRow<'_>], dates: &[Date]) -> fmt::Result {
        let label = |row: &CoverageRow<'_>| {
            format!(
                "{} {}",
                dates_label(&row.dates, dates),
                times_label(&row.times)
            )
        };
        let labels: Vec<String> = rows.iter().map(label).collect();
        let width = labels.iter().map(String::len).max().unwrap_or_default();
        for (row, label) in rows.iter().zip(labels) {
            let words = Words {
                snapshot: self.0.snapshot,
                answer: row.answer,
            };
            writeln!(
                f,
                "{} {label:width$}  {words}",
                Shade::of(row.answer).mark()
            )?;
        }
        Ok(())
    }

    fn summary(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let counts = self.0.counts();
        let lines = counted(self.0.coverage.lines.len(), "line");
        write!(f, "\n{} of {lines}", counted(counts.total(), "half hour"))?;
        for (shade, count) in counts
            .iter()
            .filter(|(shade, count)| *count > 0 || *shade > Shade::Blocked)
        {
            write!(f, "\n{} {count:>6}  {}", shade.mark(), shade.meaning())?;
        }
        Ok(())
    }
}
