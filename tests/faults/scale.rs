//! How long a fault lasts: short in the default run, as long as the table says on request.

#![expect(
    clippy::disallowed_methods,
    reason = "who runs the suite says how long it may take, and nobody else reads it"
)]

use std::time::Duration;

/// `long` if the variable `FAULTS` says so, else `short`.
pub(crate) fn scaled<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

/// Whether somebody looks at the figures, on a machine that is quiet enough for goals in time.
pub(crate) fn is_long() -> bool {
    std::env::var("FAULTS").is_ok_and(|faults| faults == "long")
}

/// How long to soak: so many minutes as `SOAK_MINUTES` says, else two seconds.
pub(crate) fn soak() -> Duration {
    let minutes = std::env::var("SOAK_MINUTES")
        .ok()
        .and_then(|minutes| minutes.parse().ok());
    minutes.map_or(Duration::from_secs(2), Duration::from_mins)
}
