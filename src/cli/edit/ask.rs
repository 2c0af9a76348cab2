//! Whether an edit may be committed: what refuses it, and what somebody says who is asked.

use std::io::{self, IsTerminal as _};

use super::Session;
use crate::cli::output::complain;
use crate::cli::queues::confirmed;
use crate::plan::Plan;
use routing::table::Table;

impl Session {
    /// Whether nothing refuses the plan, and somebody has agreed to it.
    pub(super) fn is_agreed(&self, plan: &Plan) -> io::Result<bool> {
        if !plan.new_errors.is_empty() && !self.flags.force {
            let what = if self.flags.plan {
                "it would be refused"
            } else {
                "nothing was changed"
            };
            complain(format_args!("{what}, {}", why_refused(plan)));
            return Ok(false);
        }
        if self.flags.plan {
            return Ok(false);
        }
        if plan.has_errors() && plan.new_errors.is_empty() {
            complain(
                "these errors were there before; a server takes the rules once the last of them is gone",
            );
        }
        if self.flags.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            complain(
                "nothing was changed: there is no terminal to ask at; --yes commits without asking",
            );
            return Ok(false);
        }
        let rules = self.installation.rules.display();
        let is_agreed = confirmed(&format!("Commit this to {rules}?"))?;
        if !is_agreed {
            complain("nothing was changed");
        }
        Ok(is_agreed)
    }
}

fn why_refused(plan: &Plan) -> &'static str {
    let are_tests = |table| plan.new_errors.iter().all(|error| error.table == table);
    if are_tests(Table::RuleTests) {
        "because a server would refuse these rules; --accept-tests writes the new answers into \
         the tests, --force takes it all the same"
    } else {
        "because a server would refuse these rules; --force takes it all the same"
    }
}
