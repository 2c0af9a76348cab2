//! A call of the journal, to be explained by the rules that answered it.

use std::path::{Path, PathBuf};

use crate::cli::journal_source::JournalSource;
use crate::shown::explanation::RecordedReport;
use crate::state::copy_of;
use crate::store::{DecisionQuery, DecisionRow, Reader};
use anyhow::{Context as _, bail};

/// An answer that was given, and where the rules stand that gave it.
#[derive(Debug)]
pub(super) struct JournalCall {
    pub(super) answer: DecisionRow,
    pub(super) rules: PathBuf,
    /// Counts the different answers to the call, from 1.
    pub(super) number: usize,
    pub(super) answers: usize,
}

impl JournalCall {
    /// An answer about the call by its number, else the newest.
    ///
    /// # Errors
    /// There is no such answer, or the rules that gave it are gone.
    pub(super) async fn find(
        journal: JournalSource,
        call_id: &str,
        number: Option<usize>,
        state: &Path,
        rules: &Path,
    ) -> anyhow::Result<Self> {
        let query = DecisionQuery {
            call_id: Some(call_id.to_owned()),
            ..DecisionQuery::default()
        };
        let mut newest_first = journal.decisions(&query).await?;
        let answers = newest_first.len();
        if answers == 0 {
            bail!(
                "the journal has no call '{call_id}'; `stringee-router journal` lists the newest"
            );
        }
        let number = number.unwrap_or(answers);
        if !(1..=answers).contains(&number) {
            bail!(
                "the call '{call_id}' was given {answers} different answers: write --answer 1 to {answers}"
            );
        }
        let answer = newest_first.swap_remove(answers - number);
        Ok(Self {
            rules: rules_of(&answer, state, rules).await?,
            answer,
            number,
            answers,
        })
    }

    pub(super) fn report(&self) -> RecordedReport {
        RecordedReport {
            version: version(&self.answer),
            agents: serde_json::from_str(&self.answer.agents).unwrap_or_default(),
            answer: self.number,
            answers: self.answers,
        }
    }
}

/// As in `x-rules-version`.
fn version(answer: &DecisionRow) -> String {
    format!("{}-{}", answer.version, answer.rules_hash)
}

/// The rules database if it still holds that version, else the copy that does.
async fn rules_of(answer: &DecisionRow, state: &Path, rules: &Path) -> anyhow::Result<PathBuf> {
    let hash = u64::from_str_radix(&answer.rules_hash, 16).ok();
    let hash = hash.context("the journal has no hash of the rules that answered this call")?;
    if fingerprint(rules).await == Some(hash) {
        return Ok(rules.to_owned());
    }
    if let Some(copy) = copy_of(state, hash)
        && fingerprint(&copy).await == Some(hash)
    {
        return Ok(copy);
    }
    bail!(
        "the rules that answered this call are gone: neither {} nor a copy in {} holds version {}; explain it by \
         today's rules with --queue, --from, --to, --at and --waited as `stringee-router journal --call` shows them",
        rules.display(),
        state.join("backup").display(),
        version(answer)
    )
}

/// Of the rows in a database; `None` if it cannot be read.
async fn fingerprint(path: &Path) -> Option<u64> {
    let mut reader = Reader::open_patiently(path).await.ok()?;
    let loaded = reader.load().await.ok()?;
    reader.close().await.ok()?;
    Some(loaded.tables.fingerprint())
}
