//! Keeps a stranger from filling the log.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The time over which lines are counted.
const WINDOW: Duration = Duration::from_mins(1);

/// At most a number of lines per minute for each reason; the rest is counted and told with the next line.
///
/// ```
/// # use std::time::{Duration, Instant};
/// # use stringee_router::telemetry::Throttle;
/// # let now = Instant::now();
/// let throttle = Throttle::new(1);
/// assert_eq!(throttle.admit("signature", now), Some(0));
/// assert_eq!(throttle.admit("signature", now), None);
/// assert_eq!(throttle.admit("signature", now + Duration::from_secs(60)), Some(1));
/// ```
#[derive(Debug)]
pub struct Throttle<R> {
    lines_per_minute: u32,
    windows: Mutex<HashMap<R, Window>>,
}

/// What happened since the last window opened.
#[derive(Debug)]
struct Window {
    opened: Instant,
    lines: u32,
    left_out: u64,
}

impl<R: Eq + Hash> Throttle<R> {
    /// A throttle that has seen nothing.
    ///
    /// Memory grows with the number of different reasons: they come from an enum, never from a stranger.
    pub fn new(lines_per_minute: u32) -> Self {
        Self {
            lines_per_minute,
            windows: Mutex::default(),
        }
    }

    /// Whether a line may be logged now; if so, how many were left out since the last one.
    pub fn admit(&self, reason: R, now: Instant) -> Option<u64> {
        let mut windows = self.windows.lock();
        let window = windows.entry(reason).or_insert(Window {
            opened: now,
            lines: 0,
            left_out: 0,
        });
        if now.saturating_duration_since(window.opened) >= WINDOW {
            window.opened = now;
            window.lines = 0;
        }
        if window.lines < self.lines_per_minute {
            window.lines += 1;
            return Some(std::mem::take(&mut window.left_out));
        }
        window.left_out += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_over_the_limit_are_counted_until_the_next_minute() {
        let (throttle, start) = (Throttle::new(2), clock::monotonic());
        let admit = |seconds| throttle.admit("signature", start + Duration::from_secs(seconds));
        assert_eq!(admit(0), Some(0));
        assert_eq!(admit(10), Some(0));
        assert_eq!(admit(20), None);
        assert_eq!(admit(59), None);
        assert_eq!(admit(60), Some(2));
        assert_eq!(admit(61), Some(0));
        assert_eq!(admit(62), None);
    }

    #[test]
    fn reasons_do_not_share_their_lines() {
        let (throttle, now) = (Throttle::new(1), clock::monotonic());
        assert_eq!(throttle.admit(1, now), Some(0));
        assert_eq!(throttle.admit(2, now), Some(0));
        assert_eq!(throttle.admit(1, now), None);
    }
}
