//! Where in a file something stands, and what is wrong with it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the person named it.
    pub file: Arc<Path>,
    /// The line, from 1.
    pub line: u64,
}

/// Something wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What, e.g. `agents has no column 'phone'`.
    pub what: String,
}

impl Place {
    /// Says what is wrong here.
    pub(super) fn fault(&self, what: impl Into<String>) -> Fault {
        Fault {
            place: self.clone(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.file.display(), self.line)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// The line that a byte of a text stands in; from 1.
///
/// Asked for bytes one after the other, it looks at each byte of the text once.
#[derive(Debug)]
pub(super) struct LineCounter<'t> {
    text: &'t [u8],
    offset: usize,
    line: u64,
}

impl<'t> LineCounter<'t> {
    pub(super) const fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
        }
    }

    pub(super) fn line_of(&mut self, offset: usize) -> u64 {
        if offset < self.offset {
            (self.offset, self.line) = (0, 1);
        }
        let between = self.text.get(self.offset..offset).unwrap_or_default();
        let ends = between
            .split(|byte| *byte == b'\n')
            .count()
            .saturating_sub(1);
        self.line += u64::try_from(ends).unwrap_or(0);
        self.offset = offset;
        self.line
    }

    /// The line of the first byte from here on that is not itself the end of a line.
    pub(super) fn line_of_text_after(&mut self, offset: usize) -> u64 {
        let rest = self.text.get(offset..).unwrap_or_default();
        let blank = rest
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        self.line_of(offset + blank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_from_one_in_any_order() {
        let mut lines = LineCounter::new(b"a\nb\n\nc");
        let found = [0, 1, 2, 5, 3, 5].map(|offset| lines.line_of(offset));
        assert_eq!(found, [1, 1, 2, 4, 2, 4]);
    }

    #[test]
    fn ends_of_lines_before_a_text_belong_to_the_lines_before() {
        let mut lines = LineCounter::new(b"a\r\n\r\nb");
        assert_eq!(
            [0, 1, 5].map(|offset| lines.line_of_text_after(offset)),
            [1, 3, 3]
        );
    }
}
