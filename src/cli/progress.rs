//! How far a long piece of work is, for whoever looks at a terminal.

use std::io::{self, IsTerminal as _, Write as _};

/// A line on the standard error that is written over; nothing at all if nobody would see it move.
#[derive(Debug)]
pub(super) struct Progress {
    doing: &'static str,
    is_shown: bool,
    percent: Option<u64>,
}

/// The bar's length in characters.
const WIDTH: usize = 40;

impl Progress {
    pub(super) fn new(doing: &'static str) -> Self {
        Self {
            doing,
            is_shown: io::stderr().is_terminal(),
            percent: None,
        }
    }

    pub(super) fn at(&mut self, done: u64, total: u64) {
        let percent = done
            .saturating_mul(100)
            .checked_div(total)
            .unwrap_or(100)
            .min(100);
        if self.is_shown && self.percent != Some(percent) {
            self.percent = Some(percent);
            // A terminal that has gone is no reason to stop.
            drop(write!(
                io::stderr().lock(),
                "\r{}",
                line(self.doing, percent)
            ));
        }
    }
}

impl Drop for Progress {
    /// Leaves the line empty for what comes next.
    fn drop(&mut self) {
        if self.percent.is_some() {
            drop(write!(io::stderr().lock(), "\r\u{1b}[K"));
        }
    }
}

fn line(doing: &str, percent: u64) -> String {
    let done = usize::try_from(percent).unwrap_or(0) * WIDTH / 100;
    format!(
        "{doing} [{}{}] {percent:>3} %",
        "=".repeat(done),
        " ".repeat(WIDTH.saturating_sub(done))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows_with_the_work() {
        assert_eq!(
            line("writing", 0),
            format!("writing [{}]   0 %", " ".repeat(40))
        );
        assert_eq!(
            line("writing", 50),
            format!("writing [{}{}]  50 %", "=".repeat(20), " ".repeat(20))
        );
        assert_eq!(
            line("writing", 100),
            format!("writing [{}] 100 %", "=".repeat(40))
        );
    }
}
