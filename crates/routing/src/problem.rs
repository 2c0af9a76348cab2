//! What is wrong with a row, said so that an admin can put it right.

use std::fmt;

use super::diagnosis::Diagnosis;
use super::language::Language;
use super::table::{CellRef, Table};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The version is refused; at a cold start the row is left out.
    Error,
    /// The version is served; somebody should look.
    Warning,
}

impl Severity {
    /// As it stands before a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it keeps the version from going live.
    pub severity: Severity,
    /// The table the row stands in.
    pub table: Table,
    /// The row's key; several key columns are joined by `/`.
    pub key: String,
    /// The column that is wrong.
    pub column: &'static str,
    /// The value found there, quoted as a person would write it; `NULL` when there is none.
    pub value: String,
    /// What is wrong with it.
    pub diagnosis: Diagnosis,
}

impl Problem {
    /// Whether it keeps a version from being served.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// What is wrong and what to do, without the place.
    pub fn sentence(&self, language: Language) -> String {
        let Self {
            table,
            column,
            value,
            diagnosis,
            ..
        } = self;
        on_one_line(&match language {
            Language::En => format!("{value} {}; {}", diagnosis.fault(), diagnosis.remedy()),
            Language::Vi => diagnosis.vietnamese(*table, column),
        })
    }

    /// The same behind its place, as one line of a log. In English it is what `Display` says.
    pub fn line(&self, language: Language) -> String {
        let Self {
            table,
            key,
            column,
            value,
            ..
        } = self;
        let (table, key) = (table.name(), quoted_text(key));
        let sentence = self.sentence(language);
        on_one_line(&match language {
            Language::En => format!("{table}.{column} of {key}: {sentence}"),
            Language::Vi => format!("{table}.{column} của {key}, đang là {value}: {sentence}"),
        })
    }
}

/// Keys and faults quote what stands in the tables, and a problem is one line of a log.
fn on_one_line(text: &str) -> String {
    text.chars().flat_map(printable).collect()
}

/// How many problems of one severity are named. A script can put a million rows wrong at once.
pub const MAX_NAMED: usize = 100;

/// How many problems there are besides those that are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unnamed {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
}

impl Unnamed {
    /// Those of one severity.
    pub const fn count(self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.warnings,
        }
    }

    /// All of them.
    pub const fn total(self) -> usize {
        self.errors + self.warnings
    }
}

impl std::ops::Add for Unnamed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            errors: self.errors + other.errors,
            warnings: self.warnings + other.warnings,
        }
    }
}

/// Collects problems: the first [`MAX_NAMED`] errors and as many warnings are kept, the others counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems {
    pub(super) named: Vec<Problem>,
    errors: usize,
    warnings: usize,
}

impl Problems {
    pub(super) fn push(&mut self, problem: Problem) {
        let count = match problem.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= MAX_NAMED {
            self.named.push(problem);
        }
    }

    /// Adds what was said elsewhere, with all that is not named there.
    pub(super) fn append(&mut self, others: Self) {
        let unnamed = others.unnamed();
        self.extend(others.named);
        self.errors += unnamed.errors;
        self.warnings += unnamed.warnings;
    }

    pub(super) const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    pub(super) const fn unnamed(&self) -> Unnamed {
        Unnamed {
            errors: self.errors.saturating_sub(MAX_NAMED),
            warnings: self.warnings.saturating_sub(MAX_NAMED),
        }
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        let mut found = Self::default();
        found.extend(problems);
        found
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(Language::En))
    }
}

/// A cell as a person would write it, cut to a length that fits a sentence.
pub fn quoted<'c>(cell: impl Into<CellRef<'c>>) -> String {
    match cell.into() {
        CellRef::Null => "NULL".to_owned(),
        CellRef::Integer(value) => value.to_string(),
        CellRef::Real(value) => value.to_string(),
        CellRef::Text(text) => quoted_text(text),
        CellRef::Blob(bytes) => format!("a value of {} bytes that is not text", bytes.len()),
    }
}

/// A text in quotes, without control characters and not longer than fits a sentence.
pub fn quoted_text(text: &str) -> String {
    /// Longer values are cut: a problem is one line of a log.
    const SHOWN_CHARS: usize = 60;
    let shown: String = text.chars().take(SHOWN_CHARS).flat_map(printable).collect();
    let more = if text.chars().nth(SHOWN_CHARS).is_some() {
        "…"
    } else {
        ""
    };
    format!("'{shown}{more}'")
}

/// A row's key as it stands, unless it is too long for a list of problems.
pub(super) fn short_key(mut key: String) -> String {
    /// The platform's ids have some 40 characters.
    const MAX_CHARS: usize = 200;
    if let Some((end, _)) = key.char_indices().nth(MAX_CHARS) {
        key.truncate(end);
        key.push('…');
    }
    key
}

/// The character itself, or its escape where it would break the line.
fn printable(character: char) -> impl Iterator<Item = char> {
    let escape = character.is_control().then(|| character.escape_default());
    let plain = (!character.is_control()).then_some(character);
    escape.into_iter().flatten().chain(plain)
}
