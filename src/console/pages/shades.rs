//! How good an answer is, as a class of the style sheet and in words. Shades differ in pattern, not in colour alone.

use crate::console::words::Words;
use crate::shown::coverage::Shade;

/// The shades that a legend explains.
pub(super) const LEGEND: [Shade; 4] = [Shade::Rung, Shade::Later, Shade::Fallback, Shade::Nobody];

/// The class of a shade.
pub(super) const fn class(shade: Shade) -> &'static str {
    match shade {
        Shade::Rung => "rung",
        Shade::PassedOver => "passed",
        Shade::Blocked => "blocked",
        Shade::Later => "later",
        Shade::Fallback => "fallback",
        Shade::Nobody => "nobody",
    }
}

/// The class of a shade in a picture.
pub(super) const fn fill(shade: Shade) -> &'static str {
    match shade {
        Shade::Rung => "s-rung",
        Shade::PassedOver => "s-passed",
        Shade::Blocked => "s-blocked",
        Shade::Later => "s-later",
        Shade::Fallback => "s-fallback",
        Shade::Nobody => "s-nobody",
    }
}

/// What a shade means.
pub(super) const fn meaning(w: &Words, shade: Shade) -> &'static str {
    let w = &w.board;
    match shade {
        Shade::Rung => w.shade_rung,
        Shade::PassedOver => w.shade_passed,
        Shade::Blocked => w.shade_blocked,
        Shade::Later => w.shade_later,
        Shade::Fallback => w.shade_fallback,
        Shade::Nobody => w.shade_nobody,
    }
}
