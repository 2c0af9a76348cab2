//! What a version can take over from the one before: parts that are made of the same rows.
//!
//! A part is known by a key, the digest of everything that it is made of: its tables' rows, and of tables that these refer
//! to only the ids. So an edit of an agent's name leaves callers and rules as they are. What was said of the rows
//! is said again.

use xxhash_rust::xxh3::Xxh3;

use super::Compiler;
use crate::problem::Problems;
use crate::table::RowsMark;

/// The digest of what a part is made of, while it is put together.
pub(super) struct PartKey(Xxh3);

/// What a part was made of, and what was said of its rows.
#[derive(Clone, Debug)]
pub(crate) struct PartSource {
    key: u128,
    problems: Problems,
}

/// The parts of a version that the next one can take over. One that has rows in error is made anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct PartSources {
    pub(super) agents: Option<PartSource>,
    pub(super) groups: Option<PartSource>,
    pub(super) callers: Option<PartSource>,
    pub(super) rules: Option<PartSource>,
    /// How many of the tags are the callers': the first ones.
    pub(super) caller_tags: usize,
}

impl PartKey {
    pub(super) fn new() -> Self {
        Self(Xxh3::new())
    }

    pub(super) fn add(&mut self, digest: u128) {
        self.0.update(&digest.to_le_bytes());
    }

    pub(super) fn add_rows(&mut self, rows: RowsMark) {
        self.add(rows.digest);
    }

    pub(super) fn add_text(&mut self, text: &str) {
        self.0.update(&text.len().to_le_bytes());
        self.0.update(text.as_bytes());
    }

    pub(super) fn finish(&self) -> u128 {
        self.0.digest128()
    }
}

impl Compiler<'_> {
    /// Takes a part of the version before over if it was made of the same, or makes it anew; also what the next version
    /// has to know of it.
    pub(super) fn part<T>(
        &mut self,
        key: &PartKey,
        source: Option<&PartSource>,
        take_over: impl FnOnce(&mut Self) -> T,
        make: impl FnOnce(&mut Self) -> T,
    ) -> (T, Option<PartSource>) {
        let key = key.finish();
        if let Some(source) = source
            && source.key == key
        {
            self.problems.append(source.problems.clone());
            return (take_over(self), Some(source.clone()));
        }
        let said_before = std::mem::take(&mut self.problems);
        let made = make(self);
        let problems = std::mem::replace(&mut self.problems, said_before);
        self.problems.append(problems.clone());
        let source = (!problems.has_errors()).then_some(PartSource { key, problems });
        (made, source)
    }
}
