//! Recorded calls to try an edit with: from a file, else from the journal of the server that answers by these rules.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::output::complain;
use crate::cli::replay::recorded::{RecordedLines, in_journal};
use crate::config::Config;
use crate::journal::FILE;
use crate::plan::replay::RecordedCall;
use crate::store::DecisionQuery;

/// Calls, the oldest first.
#[derive(Debug)]
pub(in crate::cli) struct Calls {
    pub(in crate::cli) calls: Vec<RecordedCall>,
    pub(super) origin: CallsOrigin,
}

/// Where calls come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CallsOrigin {
    File(PathBuf),
    Journal,
    /// No server has written any down.
    Nowhere,
    /// None are wanted.
    NotTried,
}

impl Calls {
    /// The calls of a file, else the last ones of the journal, with each answer that they were given.
    pub(super) async fn collect(
        file: Option<PathBuf>,
        last: usize,
        server: Option<&Config>,
    ) -> anyhow::Result<Self> {
        if let Some(file) = file {
            return Ok(Self {
                calls: in_file(&file)?,
                origin: CallsOrigin::File(file),
            });
        }
        let journal = server.map(|config| config.database.state.join(FILE));
        let journal = journal.unwrap_or_default();
        if !journal.exists() {
            return Ok(Self {
                origin: CallsOrigin::Nowhere,
                ..Self::none()
            });
        }
        let query = DecisionQuery {
            calls: Some(last),
            ..DecisionQuery::default()
        };
        let calls = match in_journal(&journal, &query).await {
            Ok(calls) => calls,
            Err(error) => {
                // The edit itself does not need it.
                complain(format_args!("warning: the journal cannot be read: {error}"));
                Vec::new()
            }
        };
        Ok(Self {
            calls,
            origin: CallsOrigin::Journal,
        })
    }

    /// No calls, for an edit that answers none of them otherwise.
    pub(super) const fn none() -> Self {
        Self {
            calls: Vec::new(),
            origin: CallsOrigin::NotTried,
        }
    }

    /// How many calls there are, however often each was asked about.
    pub(super) fn count(&self) -> usize {
        let ids: HashSet<&str> = self.calls.iter().map(|call| &*call.call_id).collect();
        ids.len()
    }
}

fn in_file(path: &Path) -> anyhow::Result<Vec<RecordedCall>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut lines = RecordedLines::new(file, format!("{}, ", path.display()));
    let mut calls = Vec::new();
    while let Some(call) = lines.next_call()? {
        calls.push(call);
    }
    if lines.bad_lines() > 0 {
        complain("warning: the calls of these lines are left out");
    }
    calls.sort_by_key(|call| call.at);
    Ok(calls)
}
