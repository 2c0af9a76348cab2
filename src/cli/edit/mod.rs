//! The one way to edit: propose, show, ask, commit, wait.
//!
//! Every verb that edits proposes rows, whatever it makes them from, and leaves the rest to [`Edit`]: the rows are
//! written in one transaction and looked at there; what differs, which recorded calls would ring somebody else and
//! what a server would say is shown; an error or a failed test that was not there before refuses the edit; somebody
//! is asked; and after the commit the running server is waited for. Nobody else can write while the question stands.

mod ask;
mod calls;
mod copied_rules;
mod in_force;
mod options;
mod remote;
mod text;
mod write;

use std::process::ExitCode;

use super::output::{Output, complain, with_refusal_advice};
use crate::exchange::{ChangeSet, Planned, RuleSet};
use crate::plan::{Plan, with_accepted_tests};
use crate::store::{StoreError, Writer};
use remote::RemoteRules;

pub(super) use options::{EditFlags, EditOptions, Session};
pub(super) use text::{NO_CALL_EVENTS, grouped, write_lines};
pub(super) use write::with_number_meant;

/// What has come of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is done and in force, or nobody waited for that.
    Done,
    /// There is nothing to do.
    NothingDiffers,
    /// It was only shown, and something differs.
    Planned,
    /// It was not done, or the server has not taken it.
    Refused,
    /// It was to be shown, but what it would do cannot be said.
    Unclear,
}

impl Outcome {
    /// What scripts see of it.
    pub(super) fn code(self) -> ExitCode {
        match self {
            Self::Done | Self::NothingDiffers => ExitCode::SUCCESS,
            Self::Planned | Self::Refused => ExitCode::FAILURE,
            Self::Unclear => ExitCode::from(super::COULD_NOT_RUN),
        }
    }
}

/// Rows as they are to be.
#[derive(Debug, Default)]
pub(super) struct Proposal {
    /// All rows.
    pub(super) rules: RuleSet,
    /// Where in files they stand.
    pub(super) files: Option<Planned>,
    /// What is to stand in columns that somebody has added to the tables.
    pub(super) changes_besides: ChangeSet,
    /// Whether rows of tables that are not proposed may go with those that they refer to.
    pub(super) may_cascade: bool,
    /// What there is to say besides.
    pub(super) remarks: Vec<String>,
}

/// An edit that has begun: one transaction, and the rows as they stood at its beginning.
#[derive(Debug)]
pub(super) struct Edit<'s> {
    session: &'s Session,
    pub(super) writer: Writer,
    pub(super) present: RuleSet,
    remote: Option<RemoteRules>,
}

impl<'s> Edit<'s> {
    /// Waits until nobody else writes, and begins.
    pub(super) async fn begin(session: &'s Session) -> anyhow::Result<Self> {
        let installation = &session.installation;
        let remote = RemoteRules::begin(installation.config.as_ref()).await?;
        let rules = match &remote {
            Some(remote) => remote.draft(),
            None => &installation.rules,
        };
        let writer = Writer::begin(rules, session.editor()).await?;
        let mut writer = writer.keeping(installation.changes_kept());
        let present = writer.rule_set().await?;
        Ok(Self {
            session,
            writer,
            present,
            remote,
        })
    }

    /// Writes what is proposed, and goes on as [`Edit::conclude`] does.
    pub(super) async fn propose(
        mut self,
        proposal: &Proposal,
        output: &mut Output,
    ) -> anyhow::Result<Outcome> {
        let refused = self.write(proposal).await?;
        if !refused.is_empty() {
            self.writer.roll_back().await?;
            return self.session.refuse(&refused, output);
        }
        let mut after = self.writer.rule_set_after(&self.present).await?;
        after.share_equal(&proposal.rules);
        let unlike = write::unlike(proposal, &self.present, &after);
        if !unlike.is_empty() {
            self.writer.roll_back().await?;
            return self.session.refuse(&unlike, output);
        }
        let has_more = !proposal.changes_besides.is_empty();
        self.conclude(after, proposal, has_more, output).await
    }

    /// Shows what has been written, asks, commits it or takes it back, and waits for the server.
    ///
    /// `has_more`: something was written that the rows do not show.
    pub(super) async fn conclude(
        mut self,
        mut after: RuleSet,
        proposal: &Proposal,
        has_more: bool,
        output: &mut Output,
    ) -> anyhow::Result<Outcome> {
        let session = self.session;
        if session.flags.accept_tests {
            let accepted = with_accepted_tests(&after);
            let changes = ChangeSet::between(&after, &accepted);
            self.writer.apply(&changes, |_, _| ()).await?;
            after = accepted;
        }
        if let Some(remote) = &session.remote {
            self.writer.roll_back().await?;
            let changes = ChangeSet::between(&self.present, &after);
            return remote.conclude(&changes, &session.flags, &session.reason, output);
        }
        let plan = session.plan(&self.present, &after);
        session.show(&plan, proposal, output)?;
        let has_edits = has_more || !plan.changes.is_empty();
        let is_meant = has_edits && session.is_agreed(&plan)?;
        if is_meant {
            match &self.remote {
                None => self.writer.commit().await?,
                Some(remote) => {
                    self.writer.roll_back().await?;
                    let changes = ChangeSet::between(&self.present, &after);
                    remote.push(&changes, session.editor()).await?;
                }
            }
            output.line("committed")?;
            output.flush()?;
            return session.wait(&plan, output).await;
        }
        self.writer.roll_back().await?;
        Ok(match (has_edits, session.flags.plan) {
            (false, _) => Outcome::NothingDiffers,
            (true, true) => Outcome::Planned,
            (true, false) => Outcome::Refused,
        })
    }
}

impl Session {
    /// Says what the tables do not take.
    pub(super) fn refuse(&self, lines: &[String], output: &mut Output) -> anyhow::Result<Outcome> {
        let language = self.installation.language;
        let lines: Vec<String> = lines
            .iter()
            .map(|line| with_refusal_advice(line, language))
            .collect();
        write_lines(&lines, self.all, output)?;
        output.flush()?;
        complain("nothing was changed");
        Ok(if self.flags.plan {
            Outcome::Unclear
        } else {
            Outcome::Refused
        })
    }

    fn show(&self, plan: &Plan, proposal: &Proposal, output: &mut Output) -> anyhow::Result<()> {
        if self.json {
            output.line(serde_json::to_string_pretty(
                &self.described(plan, proposal),
            )?)?;
        } else {
            write_lines(&proposal.remarks, self.all, output)?;
            output.line(self.text(plan, proposal).to_string().trim_end())?;
        }
        output.flush()?;
        Ok(())
    }

    /// Puts a whole file in the place of one that cannot be edited: the same questions, without a transaction.
    pub(super) async fn place(
        &self,
        rules: &RuleSet,
        place: impl Future<Output = Result<String, StoreError>> + Send,
        output: &mut Output,
    ) -> anyhow::Result<Outcome> {
        let plan = self.plan(&RuleSet::default(), rules);
        self.show(&plan, &Proposal::default(), output)?;
        if !self.is_agreed(&plan)? {
            return Ok(if self.flags.plan {
                Outcome::Planned
            } else {
                Outcome::Refused
            });
        }
        output.line(place.await?)?;
        output.flush()?;
        self.wait(&plan, output).await
    }

    /// Waits until the running server has it in force.
    async fn wait(&self, plan: &Plan, output: &mut Output) -> anyhow::Result<Outcome> {
        if self.flags.no_wait {
            return Ok(Outcome::Done);
        }
        let waited = in_force::wait_until_in_force(&self.installation, plan.fingerprint);
        let (is_well, said) = waited.await;
        output.line(said)?;
        Ok(if is_well {
            Outcome::Done
        } else {
            Outcome::Refused
        })
    }
}
