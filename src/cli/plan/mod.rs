//! What `import` and `sql` have in common: recorded calls to try an edit with, the plan in words, and whether the running
//! server has taken it.

mod calls;
mod in_force;
mod text;

use std::path::PathBuf;

use clap::Args;

use super::options::{Installation, Sources};
use super::times::Times;
use crate::clock;
use crate::exchange::{Planned, RuleSet};
use crate::plan::Plan;
use crate::store::Editor;
use calls::Calls;

pub(super) use in_force::wait_until_in_force;
pub(super) use text::{NO_CALL_EVENTS, PlanText, grouped};

/// Options of every command that makes a plan.
#[derive(Debug, Args)]
pub(super) struct PlanOptions {
    /// Rules database; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Try the rules with these calls, in the form that `replay` reads; without it with the journal's last ones
    #[arg(long, value_name = "FILE.jsonl")]
    calls: Option<PathBuf>,
    /// With how many of the journal's last calls
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1000,
        conflicts_with = "calls"
    )]
    last: usize,
    /// Show every row and call, not only the first 20 of each kind
    #[arg(long)]
    all: bool,
    /// Why the rules are edited, for the log of changes
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who does it, for the log of changes; without it $USER
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
}

/// Everything that a plan is made with and shown by.
#[derive(Debug)]
pub(super) struct Planning {
    pub(super) installation: Installation,
    actor: String,
    reason: String,
    pub(super) all: bool,
    calls: Calls,
    times: Times,
}

impl Planning {
    /// Who edits, and why.
    pub(super) fn editor(&self) -> Editor<'_> {
        Editor {
            actor: &self.actor,
            reason: &self.reason,
        }
    }

    /// Looks where the rules are, and collects the calls to try them with.
    pub(super) async fn new(
        options: PlanOptions,
        sources: &Sources,
        usual_reason: &str,
    ) -> anyhow::Result<Self> {
        let PlanOptions {
            rules,
            calls,
            last,
            all,
            reason,
            actor,
        } = options;
        let installation = sources.installation(rules)?;
        let calls = Calls::collect(calls, last, installation.config.as_ref()).await?;
        let times = Times::of(&installation.rules).await;
        let reason = reason.unwrap_or_else(|| usual_reason.to_owned());
        Ok(Self {
            installation,
            actor: sources.actor(actor),
            reason,
            calls,
            times,
            all,
        })
    }

    /// What an edit would do.
    pub(super) fn plan<'p>(&'p self, before: &'p RuleSet, after: &'p RuleSet) -> Plan<'p> {
        Plan::of(
            before,
            after,
            &self.calls.calls,
            self.installation.rule_tests(),
            clock::monotonic(),
        )
    }

    /// The plan in words. Problems are said with their place in the files, where they have one.
    pub(super) fn text<'p>(
        &'p self,
        plan: &'p Plan<'p>,
        files: Option<&'p Planned>,
    ) -> PlanText<'p> {
        PlanText {
            plan,
            calls: &self.calls,
            times: &self.times,
            all: self.all,
            files,
        }
    }
}
