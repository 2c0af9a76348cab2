//! What the journal has: calls, changes of the rules, and what they add up to.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::read::{given, time};
use super::sent::SentQuery;
use super::{ApiError, encoded, json_bytes};
use crate::console::Desk;
use crate::console::access::User;
use crate::console::desk::DeskError;
use crate::journal::FILE;
use crate::report::{Report, RingTally, Tally, weighted};
use crate::shown::calls::{DecisionJson, caller_forms};
use crate::shown::changes::ChangeJson;
use crate::shown::report::{ReportJson, Reported};
use crate::store::{ChangeQuery, DecisionQuery, DecisionRow, JournalFile, StoreError};

/// A page of calls or versions, and the longest.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 500;

/// Rows of one version that are listed.
const MAX_ROWS: u32 = 200;

#[derive(Debug, Deserialize)]
pub(super) struct CallsQuery {
    from: Option<String>,
    to: Option<String>,
    caller: Option<String>,
    agent: Option<String>,
    queue: Option<String>,
    rule: Option<i64>,
    outcome: Option<String>,
    limit: Option<u32>,
}

#[derive(Serialize)]
struct CallsPage<'r> {
    calls: Vec<DecisionJson<'r>>,
    /// Give it as `to` for those before.
    before: Option<String>,
}

pub(super) async fn calls(
    _user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<CallsQuery>,
) -> Result<Response, ApiError> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let asked = query.of_journal(&desk, limit)?;
    let mut rows = decisions(&desk, &asked).await?;
    let before = rows.last().map(|row| row.first_at.to_string());
    let before = before.filter(|_| rows.len() > usize::try_from(limit).unwrap_or(usize::MAX));
    rows.retain(|row| query.is_meant(row));
    encoded(&CallsPage {
        calls: rows.iter().map(DecisionJson::from).collect(),
        before,
    })
    .map(json_bytes)
}

impl CallsQuery {
    fn of_journal(&self, desk: &Desk, limit: u32) -> Result<DecisionQuery, ApiError> {
        let served = desk.live.served();
        let snapshot = &served.snapshot;
        let at = |text: Option<&str>| {
            let typed = given(text).map(|text| time(Some(text), snapshot));
            typed.transpose()
        };
        Ok(DecisionQuery {
            from: at(self.from.as_deref())?,
            to: at(self.to.as_deref())?,
            callers: given(self.caller.as_deref()).map_or_else(Vec::new, |caller| {
                caller_forms(caller, &snapshot.settings.country_code)
            }),
            agent: given(self.agent.as_deref()).map(str::to_owned),
            queue: given(self.queue.as_deref()).map(str::to_owned),
            limit: Some(limit + 1),
            ..DecisionQuery::default()
        })
    }

    fn is_meant(&self, row: &DecisionRow) -> bool {
        let outcome = given(self.outcome.as_deref());
        self.rule.is_none_or(|rule| row.rule_id == Some(rule))
            && outcome.is_none_or(|outcome| row.outcome == outcome)
    }
}

/// A call with each of its different answers, the first one first.
pub(super) async fn call(
    _user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let query = DecisionQuery {
        call_id: Some(id),
        ..DecisionQuery::default()
    };
    let rows = decisions(&desk, &query).await?;
    if rows.is_empty() {
        return Err(ApiError::missing(
            "no_such_call",
            "the journal has no such call",
        ));
    }
    let answers = rows.iter().rev().map(DecisionJson::from).collect();
    encoded(&CallsPage {
        calls: answers,
        before: None,
    })
    .map(json_bytes)
}

async fn decisions(desk: &Desk, query: &DecisionQuery) -> Result<Vec<DecisionRow>, StoreError> {
    let mut journal = open(desk).await?;
    let rows = journal.decisions(query).await?;
    journal.close().await?;
    Ok(rows)
}

pub(super) async fn open(desk: &Desk) -> Result<JournalFile, StoreError> {
    JournalFile::open_to_read(&desk.database.state.join(FILE)).await
}

#[derive(Debug, Deserialize)]
pub(super) struct ReportQuery {
    days: Option<u16>,
    to: Option<String>,
}

pub(super) async fn report(
    _user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<ReportQuery>,
) -> Result<Response, ApiError> {
    const MAX_DAYS: u16 = 366;
    let days = query.days.unwrap_or(7).clamp(1, MAX_DAYS);
    let served = Arc::clone(&desk.live.served());
    let to = time(query.to.as_deref(), &served.snapshot)?;
    let span = SignedDuration::from_hours(24 * i64::from(days));
    let from = to.checked_sub(span).unwrap_or(Timestamp::MIN);
    let report = tallied(&desk, from, to).await??;
    let made = desk.work(move |_| {
        let snapshot = &served.snapshot;
        encoded(&ReportJson::of(&Reported {
            from,
            to,
            snapshot,
            report: &report,
            weighted: &weighted(snapshot, &report.first_offers),
        }))
    });
    Ok(json_bytes(made.await??))
}

/// What a span of the journal adds up to.
pub(in crate::console) async fn tallied(
    desk: &Arc<Desk>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Result<Report, StoreError>, DeskError> {
    desk.work_on(async move |desk| {
        let mut journal = open(&desk).await?;
        let mut rings = RingTally::new(&desk.live.served().snapshot.settings);
        let mut tally = Tally::default();
        journal
            .answers(from, to, |answer| tally.add(answer))
            .await?;
        journal.rings(from, to, |ring| rings.add(ring)).await?;
        journal.close().await?;
        Ok(Report {
            missed: rings.finish(),
            ..tally.finish()
        })
    })
    .await
}

#[derive(Debug, Deserialize)]
pub(super) struct ChangesQuery {
    since: Option<String>,
    table: Option<String>,
    key: Option<String>,
    actor: Option<String>,
    /// The last version that was seen.
    after: Option<i64>,
    limit: Option<u32>,
}

#[derive(Serialize)]
struct ChangesPage<'c> {
    versions: Vec<VersionChanges<'c>>,
    /// Give it as `after` for the versions before; none if these were the last.
    after: Option<i64>,
}

#[derive(Serialize)]
struct VersionChanges<'c> {
    version: i64,
    accepted_at: String,
    hash: &'c str,
    /// All that it changed, listed or not.
    rows: i64,
    /// Those of whom nobody knows who changed them.
    not_logged: i64,
    changes: Vec<ChangeJson<'c>>,
}

/// The newest version first.
pub(super) async fn changes(
    _user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<ChangesQuery>,
) -> Result<Response, ApiError> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let served = Arc::clone(&desk.live.served());
    let since = given(query.since.as_deref()).map(|text| time(Some(text), &served.snapshot));
    let since = since.transpose()?;
    let mut journal = open(&desk).await?;
    let mut found = Vec::new();
    let versions = journal
        .versions_before(None, query.after, since, Some(limit + 1))
        .await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let after = (versions.len() > most)
        .then(|| versions.get(most.saturating_sub(1)).map(|last| last.number))
        .flatten();
    for version in versions.into_iter().take(most) {
        let of_version = ChangeQuery {
            table: given(query.table.as_deref()).map(str::to_owned),
            limit: Some(MAX_ROWS),
            ..ChangeQuery::of(version.number)
        };
        let mut changes = journal.changes(&of_version).await?;
        changes.retain(|change| {
            let actor = change.note.as_ref().map(|note| &*note.actor);
            given(query.key.as_deref()).is_none_or(|key| change.key == key)
                && given(query.actor.as_deref()).is_none_or(|wanted| actor == Some(wanted))
        });
        found.push((version, changes));
    }
    journal.close().await?;
    let is_filtered = query.table.is_some() || query.key.is_some() || query.actor.is_some();
    found.retain(|(_, changes)| !is_filtered || !changes.is_empty());
    let versions = found.iter().map(|(version, changes)| VersionChanges {
        version: version.number,
        accepted_at: version.at.to_string(),
        hash: &version.hash,
        rows: version.changes,
        not_logged: version.not_logged,
        changes: changes
            .iter()
            .map(|change| ChangeJson::new(version, change))
            .collect(),
    });
    encoded(&ChangesPage {
        versions: versions.collect(),
        after,
    })
    .map(json_bytes)
}
