//! The flags of every verb that edits, and what they lead to.

use std::path::PathBuf;

use clap::Args;

use super::Proposal;
use super::calls::Calls;
use super::copied_rules::CopiedRules;
use super::text::PlanText;
use crate::cli::options::{Installation, Sources};
use crate::cli::remote::{RemoteOptions, RemoteServer};
use crate::cli::times::Times;
use crate::exchange::RuleSet;
use crate::plan::Plan;
use crate::shown::plan::DescribedPlan;
use crate::store::Editor;
use clock::monotonic;

/// How an edit is made.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Editing")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(in crate::cli) struct EditFlags {
    /// Show what it would do, and do nothing: exit code 0 if nothing differs, 1 if something does, 2 if that cannot
    /// be said
    #[arg(long, conflicts_with = "yes")]
    pub(super) plan: bool,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
    /// Why the rules are edited, for the log of changes
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// Who does it, for the log of changes; without it $USER
    #[arg(long, value_name = "NAME")]
    pub(super) actor: Option<String>,
    /// Take it even if a server would refuse the rules, which then keeps what it serves
    #[arg(long)]
    pub(super) force: bool,
    /// Write the new answers into rule tests that fail
    #[arg(long)]
    pub(super) accept_tests: bool,
    /// Do not wait until the running server has it in force
    #[arg(long)]
    pub(super) no_wait: bool,
}

/// Which rules are edited, how, and with which calls they are tried.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct EditOptions {
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
    /// Show the plan as a JSON object
    #[arg(long, requires = "plan")]
    json: bool,
    #[command(flatten)]
    remote: RemoteOptions,
    #[command(flatten)]
    flags: EditFlags,
}

impl EditOptions {
    /// The server on another machine that is to be edited, if one is.
    pub(in crate::cli) fn server(&self) -> anyhow::Result<Option<RemoteServer>> {
        self.remote.server()
    }

    /// How it is edited.
    pub(in crate::cli) fn flags(&self) -> (&EditFlags, Option<&str>) {
        (&self.flags, self.flags.reason.as_deref())
    }
}

impl EditFlags {
    /// Whether it is only to be shown.
    pub(in crate::cli) const fn only_plans(&self) -> bool {
        self.plan
    }

    /// Whether nobody is to be asked.
    pub(in crate::cli) const fn needs_no_question(&self) -> bool {
        self.yes
    }
}

/// Everything that edits are made with and shown by.
#[derive(Debug)]
pub(in crate::cli) struct Session {
    pub(in crate::cli) installation: Installation,
    pub(super) flags: EditFlags,
    pub(super) all: bool,
    pub(super) json: bool,
    pub(super) calls: Calls,
    pub(super) times: Times,
    /// The server on another machine that is edited.
    pub(super) remote: Option<CopiedRules>,
    actor: String,
    pub(super) reason: String,
}

impl Session {
    /// Looks where the rules are, and collects the calls to try them with.
    pub(in crate::cli) async fn new(
        options: EditOptions,
        sources: &Sources,
        usual_reason: &str,
    ) -> anyhow::Result<Self> {
        let EditOptions {
            rules,
            calls,
            last,
            all,
            json,
            remote,
            flags,
        } = options;
        let remote = match remote.server()? {
            Some(server) => Some(CopiedRules::copy(server).await?),
            None => None,
        };
        let rules = remote.as_ref().map(CopiedRules::path).or(rules);
        let installation = sources.installation(rules)?;
        let calls = Calls::collect(calls, last, installation.config.as_ref()).await?;
        let mut session = Self::without_calls(flags, installation, sources, usual_reason).await;
        session.calls = calls;
        session.all = all;
        session.json = json;
        session.remote = remote;
        Ok(session)
    }

    /// For edits that no call is answered otherwise by.
    pub(in crate::cli) async fn without_calls(
        flags: EditFlags,
        installation: Installation,
        sources: &Sources,
        usual_reason: &str,
    ) -> Self {
        let reason = flags.reason.clone();
        Self {
            times: Times::of(&installation.rules).await,
            actor: sources.actor(flags.actor.clone()),
            reason: reason.unwrap_or_else(|| usual_reason.to_owned()),
            calls: Calls::none(),
            all: false,
            json: false,
            remote: None,
            installation,
            flags,
        }
    }

    /// Puts the reason for all such edits before the one that was given.
    pub(in crate::cli) fn mark_reason(&mut self, mark: &str) {
        if self.reason != mark {
            self.reason = format!("{mark}: {}", self.reason);
        }
    }

    /// Whether it is only to be shown.
    pub(in crate::cli) const fn only_plans(&self) -> bool {
        self.flags.plan
    }

    /// Whether nothing but JSON is to be said.
    pub(in crate::cli) const fn is_json(&self) -> bool {
        self.json
    }

    /// Whether it is to be done whatever is wrong.
    pub(in crate::cli) const fn forces(&self) -> bool {
        self.flags.force
    }

    /// Whether every line is wanted.
    pub(in crate::cli) const fn shows_all(&self) -> bool {
        self.all
    }

    pub(super) fn editor(&self) -> Editor<'_> {
        Editor {
            actor: &self.actor,
            reason: &self.reason,
        }
    }

    pub(super) fn plan(&self, before: &RuleSet, after: &RuleSet) -> Plan {
        let rule_tests = self.installation.rule_tests();
        Plan::new(before, after, &self.calls.calls, rule_tests, monotonic())
    }

    pub(super) fn text<'p>(&'p self, plan: &'p Plan, proposal: &'p Proposal) -> PlanText<'p> {
        PlanText {
            plan,
            calls: &self.calls,
            times: &self.times,
            all: self.all,
            proposal,
        }
    }

    pub(super) fn described<'p>(
        &'p self,
        plan: &'p Plan,
        proposal: &'p Proposal,
    ) -> DescribedPlan<'p> {
        DescribedPlan::new(plan, self.calls.count(), &proposal.remarks)
    }
}
