//! Chance that comes out the same again for the same seed, in whatever order it is asked.
//!
//! Everything is drawn by what it is about, not from a sequence: an answer that comes later, or another rule, changes
//! only what hangs on it, and everybody else behaves as before.

use routing::hash::{fraction, hash};

/// The odds of one seed.
#[derive(Clone, Debug)]
pub(super) struct Odds(String);

impl Odds {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.to_string())
    }

    /// A fraction above 0 and at most 1.
    pub(super) fn draw(&self, about: &[&str]) -> f64 {
        let parts: Vec<&str> = std::iter::once(&*self.0)
            .chain(about.iter().copied())
            .collect();
        fraction(hash(&parts))
    }

    /// Whether something with this chance happens.
    pub(super) fn happens(&self, percent: u32, about: &[&str]) -> bool {
        self.draw(about) * 100.0 <= f64::from(percent)
    }

    /// A span in milliseconds, exponential about a mean in seconds: many short ones and few long ones.
    pub(super) fn span_ms(&self, mean_seconds: f64, about: &[&str]) -> u64 {
        whole(-self.draw(about).ln() * mean_seconds * 1000.0)
    }

    /// A whole number from 0 to below `end`.
    pub(super) fn below(&self, end: u32, about: &[&str]) -> u32 {
        u32::try_from(whole(self.draw(about) * f64::from(end)))
            .unwrap_or(0)
            .min(end.saturating_sub(1))
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed: u64, about: &str| Odds::new(seed).draw(&[about]).to_bits();
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
    }

    #[test]
    fn chances_and_spans_hold_on_average() {
        let odds = Odds::new(1);
        let many = || (0..10_000).map(|number: u32| number.to_string());
        let hits = many().filter(|number| odds.happens(85, &[number])).count();
        assert!((8_400..=8_600).contains(&hits), "{hits}");
        let total: u64 = many().map(|number| odds.span_ms(10.0, &[&number])).sum();
        assert!((98_000_000..=102_000_000).contains(&total), "{total}");
        assert!(many().all(|number| odds.below(7, &[&number]) < 7));
        assert!(!odds.happens(0, &["a"]));
    }
}
