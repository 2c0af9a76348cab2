//! A survey for people.

use std::fmt::{self, Display, Formatter};

use jiff::civil::Date;

use super::ranges::{CoverageRow, HalfHour, blocks, dates_label, day_name, rows, times_label};
use super::words::{Words, titles};
use crate::cli::rules::counted;
use crate::language::either;
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
            titles(
                self.0.snapshot,
                self.0.coverage,
                &block.lines,
                self.0.language,
            )
            .iter()
            .try_for_each(|title| writeln!(f, "{title}"))?;
            self.rows(f, &rows(&half_hours, block.answers()), &dates)?;
        }
        self.summary(f)
    }
}

impl CoverageText<'_> {
    fn header(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Survey {
            file,
            question,
            language,
            ..
        } = *self.0;
        let day = |date: Date| format!("{} {date}", day_name(date.weekday(), language));
        let (from, to, zone) = (day(question.from), day(self.0.last()), self.0.time_zone());
        let days = either!(language, "{from} to {to}", "{from} đến {to}");
        writeln!(f, "{file}, {days}, {zone}")?;
        let calls = match &question.caller {
            Some(caller) => {
                let caller = caller.as_str();
                either!(language, "Calls from {caller}", "Cuộc gọi từ {caller}")
            }
            None => either!(
                language,
                "Calls from somebody whom neither the rules nor callers name",
                "Cuộc gọi của khách lạ: không có trong quy tắc lẫn danh sách khách hàng",
            ),
        };
        writeln!(f, "{calls}")
    }

    fn rows(&self, f: &mut Formatter<'_>, rows: &[CoverageRow<'_>], dates: &[Date]) -> fmt::Result {
        let language = self.0.language;
        let label = |row: &CoverageRow<'_>| {
            format!(
                "{} {}",
                dates_label(&row.dates, dates, language),
                times_label(&row.times)
            )
        };
        let labels: Vec<String> = rows.iter().map(label).collect();
        let widths = labels.iter().map(|label| label.chars().count());
        let width = widths.max().unwrap_or_default();
        for (row, label) in rows.iter().zip(labels) {
            let words = Words {
                snapshot: self.0.snapshot,
                answer: row.answer,
                language,
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
        let (counts, language) = (self.0.counts(), self.0.language);
        let (half_hours, all_lines) = (counts.total(), self.0.coverage.lines.len());
        let (counted_half_hours, counted_lines) =
            (counted(half_hours, "half hour"), counted(all_lines, "line"));
        let total = either!(
            language,
            "{counted_half_hours} of {counted_lines}",
            "{half_hours} nửa giờ của {all_lines} đường gọi",
        );
        write!(f, "\n{total}")?;
        for (shade, count) in counts
            .iter()
            .filter(|(shade, count)| *count > 0 || *shade > Shade::Blocked)
        {
            write!(
                f,
                "\n{} {count:>6}  {}",
                shade.mark(),
                shade.meaning(language)
            )?;
        }
        Ok(())
    }
}
