//! How measured values spread, and shares of a whole.

use std::fmt;

/// Half of the values, nine of ten and 99 of 100 are no larger than these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// The median.
    pub p50: u64,
    /// The 90th percentile.
    pub p90: u64,
    /// The 99th percentile.
    pub p99: u64,
}

impl Spread {
    /// Of values in whatever order, by nearest rank: each is one of the values. `None` without values.
    pub fn of(mut values: Vec<u64>) -> Option<Self> {
        values.sort_unstable();
        let rank = |percent: usize| values.len().saturating_mul(percent).div_ceil(100);
        let value = |percent| values.get(rank(percent).checked_sub(1)?).copied();
        Some(Self {
            p50: value(50)?,
            p90: value(90)?,
            p99: value(99)?,
        })
    }
}

/// A share of a whole in tenths of a percent, rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(u32);

impl Share {
    /// A part of a whole; `None` if the whole is nothing.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        let tenths = part
            .saturating_mul(1000)
            .saturating_add(whole / 2)
            .checked_div(whole)?;
        Some(Self(u32::try_from(tenths).unwrap_or(u32::MAX)))
    }

    /// In percent, for programs.
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.0 / 10, self.0 % 10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: impl IntoIterator<Item = u64>, expected: Option<[u64; 3]>) {
        let spread = Spread::of(values.into_iter().collect());
        assert_eq!(
            spread,
            expected.map(|[p50, p90, p99]| Spread { p50, p90, p99 })
        );
    }

    #[test]
    fn a_percentile_is_the_value_of_the_nearest_rank() {
        check([], None);
        check([7], Some([7, 7, 7]));
        check([2, 1], Some([1, 2, 2]));
        check((1..=10).rev(), Some([5, 9, 10]));
        check(1..=100, Some([50, 90, 99]));
        check(1..=1000, Some([500, 900, 990]));
    }

    #[test]
    fn a_share_is_rounded_to_a_tenth_of_a_percent() {
        let shown = |part, whole| Share::of(part, whole).map(|share| share.to_string());
        assert_eq!(shown(0, 0), None);
        assert_eq!(shown(0, 3).unwrap(), "0.0");
        assert_eq!(shown(1, 3).unwrap(), "33.3");
        assert_eq!(shown(2, 3).unwrap(), "66.7");
        assert_eq!(shown(3, 3).unwrap(), "100.0");
        assert_eq!(format!("{:>6}", Share::of(1, 2000).unwrap()), "   0.1");
    }
}
