//! What was changed in the rules, version by version, as pages and programs ask for it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::calls::{begin, end, open_journal};
use super::{AskError, given};
use crate::console::Desk;
use crate::shown::changes::ChangeJson;
use crate::store::{
    ChangeFilter, ChangeQuery, CommittedCalls, RowChange, StoreError, VersionQuery, VersionRow,
};

/// Versions on a page, and the most that may be asked for.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 500;

/// Rows of one version that are listed.
const MAX_ROWS: u32 = 200;

/// Which changes are asked for, as an address has it: all that is given has to hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct ChangesQuestion {
    pub(in crate::console) since: String,
    /// A time, or a date that is meant as a whole.
    pub(in crate::console) until: String,
    pub(in crate::console) table: String,
    pub(in crate::console) key: String,
    pub(in crate::console) actor: String,
    /// A text in the reason, the key, or a value before or after.
    pub(in crate::console) q: String,
    /// The last version that was seen.
    pub(in crate::console) after: Option<i64>,
    pub(in crate::console) limit: Option<u32>,
}

/// A page of versions, the newest first.
#[derive(Debug, Default)]
pub(in crate::console) struct ChangesView {
    pub(in crate::console) versions: Vec<ChangedVersion>,
    /// Give it as `after` for the versions before; none if these were the last.
    pub(in crate::console) after: Option<i64>,
}

/// A version with the first of the rows that are meant.
#[derive(Debug)]
pub(in crate::console) struct ChangedVersion {
    pub(in crate::console) version: VersionRow,
    pub(in crate::console) rows: Vec<RowChange>,
    /// What was shown of recorded calls before it was applied here.
    pub(in crate::console) calls: Option<CommittedCalls>,
}

#[derive(Serialize)]
pub(in crate::console) struct ChangesJson<'v> {
    versions: Vec<VersionJson<'v>>,
    after: Option<i64>,
}

#[derive(Serialize)]
struct VersionJson<'v> {
    version: i64,
    accepted_at: String,
    hash: &'v str,
    /// All that it changed, listed or not.
    rows: i64,
    /// Those of whom nobody knows who changed them.
    not_logged: i64,
    calls: Option<CallsShown>,
    changes: Vec<ChangeJson<'v>>,
}

/// How many recorded calls it would have rung otherwise, as whoever applied it was told.
#[derive(Serialize)]
struct CallsShown {
    somebody_else: i64,
    nobody: i64,
}

impl ChangesView {
    pub(in crate::console) fn json(&self) -> ChangesJson<'_> {
        ChangesJson {
            versions: self.versions.iter().map(ChangedVersion::json).collect(),
            after: self.after,
        }
    }
}

impl ChangedVersion {
    fn json(&self) -> VersionJson<'_> {
        let version = &self.version;
        let rows = self.rows.iter();
        VersionJson {
            version: version.number,
            accepted_at: version.at.to_string(),
            hash: &version.hash,
            rows: version.changes,
            not_logged: version.not_logged,
            calls: self.calls.as_ref().map(|calls| CallsShown {
                somebody_else: calls.somebody_else,
                nobody: calls.nobody,
            }),
            changes: rows.map(|row| ChangeJson::new(version, row)).collect(),
        }
    }
}

impl ChangesQuestion {
    /// Whether only some of a version's rows are meant.
    pub(in crate::console) fn is_filtered(&self) -> bool {
        let parts = [&self.table, &self.key, &self.actor, &self.q];
        parts.iter().any(|part| given(part).is_some())
    }

    fn query(&self, desk: &Desk, limit: u32) -> Result<VersionQuery, AskError> {
        let served = desk.live.served();
        let zone = &served.snapshot.settings.time_zone;
        let text = |text: &str| given(text).map(str::to_owned);
        Ok(VersionQuery {
            number: None,
            before: self.after,
            since: begin(&self.since, zone)?,
            until: end(&self.until, zone)?,
            filter: ChangeFilter {
                table: text(&self.table),
                key: text(&self.key),
                actor: text(&self.actor),
                text: text(&self.q),
            },
            limit: Some(limit + 1),
        })
    }
}

/// The versions that are asked for, read behind the threads that answer calls.
pub(in crate::console) async fn changes(
    desk: &Arc<Desk>,
    question: &ChangesQuestion,
) -> Result<ChangesView, AskError> {
    let limit = question.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let query = question.query(desk, limit)?;
    let read = desk.work_on(async move |desk| read(&desk, query).await);
    let mut versions = read.await??;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = versions.len() > most;
    versions.truncate(most);
    let after = match versions.last() {
        Some(last) if has_more => Some(last.version.number),
        _ => None,
    };
    Ok(ChangesView { versions, after })
}

async fn read(desk: &Desk, query: VersionQuery) -> Result<Vec<ChangedVersion>, StoreError> {
    let mut journal = open_journal(desk).await?;
    let mut found = Vec::new();
    for version in journal.versions_like(&query).await? {
        let of_version = ChangeQuery {
            filter: query.filter.clone(),
            limit: Some(MAX_ROWS),
            ..ChangeQuery::of(version.number)
        };
        let rows = journal.changes(&of_version).await?;
        found.push(ChangedVersion {
            version,
            rows,
            calls: None,
        });
    }
    journal.close().await?;
    if let (Some(newest), Some(oldest)) = (found.first(), found.last()) {
        let (oldest, newest) = (oldest.version.number, newest.version.number);
        let committed = desk.file()?.committed_calls(oldest, newest)?;
        for one in &mut found {
            let of_version = |calls: &&CommittedCalls| calls.version == one.version.number;
            one.calls = committed.iter().find(of_version).copied();
        }
    }
    Ok(found)
}
