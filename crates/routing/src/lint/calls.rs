//! What depends on call events, for rules whose server has heard of none.

use super::Suspect;
use crate::diagnosis::Advice;
use crate::problem::{Problem, quoted_text};
use crate::snapshot::{Snapshot, Strategy, Target};
use crate::table::Table;

/// The groups and steps that do not do what they say as long as no call events come.
///
/// Whether any do is not in the rules, so whoever knows asks for this.
pub fn unheard_of_calls(snapshot: &Snapshot) -> Vec<Problem> {
    let mut problems = Vec::new();
    for group in snapshot.groups.values() {
        let strategy = match group.strategy {
            Strategy::LongestIdle => "longest_idle",
            Strategy::FewestCalls => "fewest_calls",
            Strategy::Ordered | Strategy::Weighted | Strategy::Rotate | Strategy::Sticky => {
                continue;
            }
        };
        let suspect = Suspect {
            column: "strategy",
            value: quoted_text(strategy),
            ..Suspect::row(Table::Groups, &group.id)
        };
        problems.push(suspect.warn(Advice::StrategyWithoutEvents));
    }
    for rule in snapshot.rules.values() {
        for step in &rule.steps {
            if matches!(step.target, Target::LastAgent(_)) {
                let suspect = Suspect::step(rule, step, "target", quoted_text("last_agent"));
                problems.push(suspect.warn(Advice::LastAgentWithoutEvents));
            }
        }
    }
    problems
}
