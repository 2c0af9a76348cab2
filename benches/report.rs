//! Goals, and whether they are met.

/// What a figure must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// One goal, and whether it is met.
pub(crate) fn print_goal(what: &str, found: f64, goal: Goal) {
    let (is_met, sign, bound) = match goal {
        Goal::AtLeast(least) => (found >= least, ">=", least),
        Goal::AtMost(most) => (found <= most, "<=", most),
    };
    println!(
        "  {what:<46} {found:>8.2} {sign} {bound:<6} {}",
        if is_met { "met" } else { "MISSED" }
    );
}
