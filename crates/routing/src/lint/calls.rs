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
    let groups = snapshot.groups.iter().filter_map(|(_, group)| {
        let strategy = match group.strategy {
            Strategy::LongestIdle => "longest_idle",
            Strategy::FewestCalls => "fewest_calls",
            Strategy::Ordered | Strategy::Weighted | Strategy::Rotate | Strategy::Sticky => {
                return None;
            }
        };
        let suspect = Suspect {
            column: "strategy",
            value: quoted_text(strategy),
            ..Suspect::row(Table::Groups, &group.id)
        };
        Some(suspect.warn(Advice::StrategyWithoutEvents))
    });
    let rules = snapshot.rules.iter().map(|(_, rule)| rule);
    let steps = rules.flat_map(|rule| rule.steps.iter().map(move |step| (rule, step)));
    let steps = steps
        .filter(|(_, step)| matches!(step.target, Target::LastAgent(_)))
        .map(|(rule, step)| {
            let suspect = Suspect::step(rule, step, "target", quoted_text("last_agent"));
            suspect.warn(Advice::LastAgentWithoutEvents)
        });
    groups.chain(steps).collect()
}
