//! A survey as a picture: a week for each line, a column for each half hour.
//!
//! The colours are those of Okabe and Ito, which people with any kind of colour blindness tell apart; holes have a
//! pattern besides, and each field says in a tooltip what happens when.

use std::fmt::{self, Display, Formatter};

use jiff::civil::{Date, Weekday};

use super::ranges::{Block, HalfHour, WEEK, blocks, dates_label, day_name, times_label};
use super::words::{Words, titles};
use crate::language::either;
use crate::shown::coverage::{Shade, Survey};
use routing::coverage::{Answer, STEP_MINUTES};

/// A day, in minutes.
const DAY: i64 = 24 * 60;
/// Measures, in pixels.
const LEFT: i64 = 60;
const COLUMN: i64 = 16;
const ROW: i64 = 22;
const LINE: i64 = 18;
const WIDTH: i64 = LEFT + DAY / STEP_MINUTES * COLUMN + 20;

/// The picture, as SVG.
pub(super) fn draw(survey: &Survey<'_>) -> String {
    Picture {
        survey,
        panels: panels(survey),
    }
    .to_string()
}

struct Picture<'a> {
    survey: &'a Survey<'a>,
    panels: Vec<Panel<'a>>,
}

/// One week of lines that are answered alike.
struct Panel<'a> {
    titles: Vec<String>,
    fields: Vec<Field<'a>>,
}

/// Half hours of a weekday, one after the other, that are answered alike on each date.
struct Field<'a> {
    day: Weekday,
    from: i64,
    until: i64,
    answers: Vec<(Date, &'a Answer)>,
}

fn panels<'a>(survey: &Survey<'a>) -> Vec<Panel<'a>> {
    let zone = &survey.snapshot.settings.time_zone;
    let half_hours: Vec<HalfHour> = survey
        .coverage
        .starts
        .iter()
        .map(|start| HalfHour::of(*start, zone))
        .collect();
    let panel = |block: &Block<'a>| Panel {
        titles: titles(
            survey.snapshot,
            survey.coverage,
            &block.lines,
            survey.language,
        ),
        fields: WEEK
            .into_iter()
            .flat_map(|day| fields(day, &half_hours, block))
            .collect(),
    };
    blocks(survey.coverage).iter().map(panel).collect()
}

fn fields<'a>(day: Weekday, half_hours: &[HalfHour], block: &Block<'a>) -> Vec<Field<'a>> {
    let mut fields: Vec<Field<'a>> = Vec::new();
    for from in (0..DAY / STEP_MINUTES).map(|column| column * STEP_MINUTES) {
        let is_meant =
            |half_hour: &HalfHour| half_hour.date.weekday() == day && half_hour.from == from;
        let of_day = half_hours
            .iter()
            .zip(block.answers())
            .filter(|(half_hour, _)| is_meant(half_hour));
        let answers: Vec<_> = of_day
            .map(|(half_hour, answer)| (half_hour.date, answer))
            .collect();
        match fields.last_mut() {
            _ if answers.is_empty() => {}
            Some(last) if last.answers == answers && last.until == from => {
                last.until += STEP_MINUTES;
            }
            _ => fields.push(Field {
                day,
                from,
                until: from + STEP_MINUTES,
                answers,
            }),
        }
    }
    fields
}

impl Display for Picture<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let legend = i64::try_from(Shade::ALL.len()).unwrap_or_default() * LINE + 2 * LINE;
        let height = 3 * LINE + self.panels.iter().map(Panel::height).sum::<i64>() + legend;
        writeln!(
            f,
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title description" font-family="sans-serif" font-size="12">"#
        )?;
        self.header(f)?;
        let mut top = 3 * LINE;
        for panel in &self.panels {
            panel.draw(f, self.survey, top)?;
            top += panel.height();
        }
        self.legend(f, top)?;
        f.write_str("</svg>\n")
    }
}

impl Picture<'_> {
    fn header(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let survey = self.survey;
        let language = survey.language;
        let (from, to, zone) = (survey.question.from, survey.last(), survey.time_zone());
        let title = either!(
            language,
            "Who answers when, {from} to {to}, {zone}",
            "Ai trả lời lúc nào, {from} đến {to}, {zone}",
        );
        let caller = match &survey.question.caller {
            Some(caller) => caller.as_str().to_owned(),
            None => either!(
                language,
                "somebody whom neither the rules nor callers name",
                "khách lạ"
            ),
        };
        let about = either!(
            language,
            "Calls from {caller}. Each field shows what is worst on any date of its weekday.",
            "Cuộc gọi từ {caller}. Mỗi ô cho thấy điều tệ nhất trong các ngày cùng thứ.",
        );
        writeln!(f, r#"<title id="title">{}</title>"#, Escaped(&title))?;
        writeln!(f, r#"<desc id="description">{}</desc>"#, Escaped(&about))?;
        f.write_str(PATTERNS)?;
        writeln!(f, r##"<rect width="100%" height="100%" fill="#ffffff"/>"##)?;
        writeln!(
            f,
            r#"<text x="10" y="{LINE}" font-size="15" font-weight="bold">{}</text>"#,
            Escaped(&title)
        )?;
        writeln!(
            f,
            r#"<text x="10" y="{}">{}</text>"#,
            2 * LINE,
            Escaped(&about)
        )
    }

    fn legend(&self, f: &mut Formatter<'_>, top: i64) -> fmt::Result {
        for ((shade, count), line) in self.survey.counts().iter().zip(1..) {
            let y = top + line * LINE;
            shade.fill(f, (10, y - 12), (COLUMN, 14))?;
            writeln!(f, "/>")?;
            let language = self.survey.language;
            let meaning = shade.meaning(language);
            let count = either!(language, "{count} half hours", "{count} nửa giờ");
            writeln!(f, r#"<text x="36" y="{y}">{meaning}: {count}</text>"#)?;
        }
        Ok(())
    }
}

impl Panel<'_> {
    fn height(&self) -> i64 {
        let titles = i64::try_from(self.titles.len()).unwrap_or_default() * LINE;
        titles + 2 * LINE + 7 * ROW + LINE
    }

    fn draw(&self, f: &mut Formatter<'_>, survey: &Survey<'_>, top: i64) -> fmt::Result {
        let mut y = top;
        for title in &self.titles {
            y += LINE;
            let shown = Shortened(title).to_string();
            write!(
                f,
                r#"<text x="10" y="{y}" font-weight="bold">{}"#,
                Escaped(&shown)
            )?;
            writeln!(f, "<title>{}</title></text>", Escaped(title))?;
        }
        y += LINE;
        for hour in (0..=24).step_by(2) {
            let x = LEFT + hour * 60 / STEP_MINUTES * COLUMN;
            writeln!(
                f,
                r#"<text x="{x}" y="{y}" text-anchor="middle">{hour:02}</text>"#
            )?;
        }
        y += LINE / 2;
        for (day, line) in WEEK.into_iter().zip(0..) {
            let y = y + line * ROW;
            writeln!(
                f,
                r#"<text x="{}" y="{}" text-anchor="end">{}</text>"#,
                LEFT - 8,
                y + 15,
                day_name(day, survey.language)
            )?;
            self.fields
                .iter()
                .filter(|field| field.day == day)
                .try_for_each(|field| field.draw(f, survey, y))?;
        }
        Ok(())
    }
}

impl Field<'_> {
    fn shade(&self) -> Shade {
        self.answers
            .iter()
            .map(|(_, answer)| Shade::of(answer))
            .max()
            .unwrap_or(Shade::Rung)
    }

    fn draw(&self, f: &mut Formatter<'_>, survey: &Survey<'_>, y: i64) -> fmt::Result {
        let columns = (self.until - self.from) / STEP_MINUTES;
        let x = LEFT + self.from / STEP_MINUTES * COLUMN;
        let width = columns * COLUMN;
        self.shade().fill(f, (x, y), (width - 1, ROW - 2))?;
        writeln!(
            f,
            "><title>{}</title></rect>",
            Escaped(&self.tooltip(survey))
        )?;
        let label = self.label(survey);
        // A letter is at most half as wide as a column.
        let needed = i64::try_from(label.len()).unwrap_or(i64::MAX) * COLUMN / 2;
        if (1..=width).contains(&needed) {
            let (x, y) = (x + width / 2, y + 14);
            writeln!(
                f,
                r#"<text x="{x}" y="{y}" text-anchor="middle" pointer-events="none">{label}</text>"#
            )?;
        }
        Ok(())
    }

    /// The rules that answer on any of the dates.
    fn label(&self, survey: &Survey<'_>) -> String {
        let rules = self
            .answers
            .iter()
            .filter_map(|(_, answer)| survey.snapshot.rules.get(answer.rule?));
        let mut ids: Vec<String> = rules.map(|rule| rule.id.to_string()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            String::new()
        } else {
            let ids = ids.join(", ");
            either!(survey.language, "rule {ids}", "quy tắc {ids}")
        }
    }

    /// When, and what happens on which dates.
    fn tooltip(&self, survey: &Survey<'_>) -> String {
        let all: Vec<Date> = self.answers.iter().map(|(date, _)| *date).collect();
        let mut text = format!(
            "{} {}",
            day_name(self.day, survey.language),
            times_label(&[(self.from, self.until)])
        );
        let mut told: Vec<&Answer> = Vec::new();
        for (_, answer) in &self.answers {
            if told.contains(answer) {
                continue;
            }
            told.push(answer);
            let dates: Vec<Date> = self
                .answers
                .iter()
                .filter(|(_, other)| other == answer)
                .map(|(date, _)| *date)
                .collect();
            let words = Words {
                snapshot: survey.snapshot,
                answer,
                language: survey.language,
            };
            let dates = if dates == all {
                String::new()
            } else {
                format!("{}: ", dates_label(&dates, &[], survey.language))
            };
            text = format!("{text}\n{dates}{words}");
        }
        text
    }
}

/// What fills holes besides their colour.
const PATTERNS: &str = r##"<defs>
<pattern id="dots" width="8" height="8" patternUnits="userSpaceOnUse"><circle cx="2" cy="2" r="1" fill="#000000"/></pattern>
<pattern id="lines" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M0 4H8" stroke="#000000" stroke-opacity="0.3"/></pattern>
<pattern id="stripes" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M0 8L8 0" stroke="#000000" stroke-opacity="0.5"/></pattern>
<pattern id="crosses" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M0 8L8 0M0 0L8 8" stroke="#000000" stroke-opacity="0.6"/></pattern>
</defs>
"##;

impl Shade {
    const fn colour(self) -> &'static str {
        match self {
            Self::Rung => "#009e73",
            Self::Blocked => "#bbbbbb",
            Self::PassedOver => "#f0e442",
            Self::Later => "#56b4e9",
            Self::Fallback => "#e69f00",
            Self::Nobody => "#d55e00",
        }
    }

    const fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Rung | Self::Blocked => None,
            Self::PassedOver => Some("dots"),
            Self::Later => Some("lines"),
            Self::Fallback => Some("stripes"),
            Self::Nobody => Some("crosses"),
        }
    }

    /// A field of this shade, whose last element is still open for a tooltip.
    fn fill(
        self,
        f: &mut Formatter<'_>,
        (x, y): (i64, i64),
        (width, height): (i64, i64),
    ) -> fmt::Result {
        let place = format!(r#"x="{x}" y="{y}" width="{width}" height="{height}""#);
        write!(f, r#"<rect {place} fill="{}""#, self.colour())?;
        match self.pattern() {
            Some(pattern) => write!(f, r#"/><rect {place} fill="url(#{pattern})""#),
            None => Ok(()),
        }
    }
}

/// A title that may be too long for the picture; the whole of it is in its tooltip.
struct Shortened<'t>(&'t str);

impl Display for Shortened<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        /// Bold letters are about 7 pixels wide.
        const FITTING: usize = 110;
        let more = if self.0.chars().nth(FITTING).is_some() {
            "…"
        } else {
            ""
        };
        self.0
            .chars()
            .take(FITTING)
            .try_for_each(|character| write!(f, "{character}"))?;
        f.write_str(more)
    }
}

/// Text as XML takes it: its own characters escaped, and those that XML cannot hold replaced.
struct Escaped<'t>(&'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\n' | '\t' => write!(f, "{character}"),
            '\u{fffe}' | '\u{ffff}' => write!(f, "\u{fffd}"),
            character if character.is_control() => write!(f, "\u{fffd}"),
            character => write!(f, "{character}"),
        })
    }
}
