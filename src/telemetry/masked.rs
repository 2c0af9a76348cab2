//! Phone numbers as they may stand in a log.

use std::fmt;

/// The characters shown: enough to find a call again together with its time, too few to call back.
const SHOWN_CHARS: usize = 3;

/// A number of which only the end is shown; see [`masked`].
#[derive(Clone, Copy, Debug)]
pub struct Masked<'a> {
    end: &'a str,
}

/// A number (or whatever stands in its place) with only its last 3 characters shown: `…777`.
///
/// One of 3 characters or fewer is not shown at all.
pub fn masked(number: &str) -> Masked<'_> {
    let hidden = number.char_indices().rev().nth(SHOWN_CHARS);
    let shown = hidden.and_then(|(start, character)| number.get(start + character.len_utf8()..));
    Masked {
        end: shown.unwrap_or(""),
    }
}

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…{}", self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: &str, shown: &str) {
        assert_eq!(masked(number).to_string(), shown);
        assert!(number.chars().count() <= 3 || !format!("{:?}", masked(number)).contains(number));
    }

    #[test]
    fn only_the_last_three_characters_are_shown() {
        check("84986776777", "…777");
        check("1800", "…800");
        check("113", "…");
        check("", "…");
        check("ngườiấý", "…iấý");
    }
}
