//! What the journal has: calls, changes of the rules, and what they add up to.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::read::time;
use super::sent::SentQuery;
use super::{ApiError, encoded, json_bytes};
use crate::console::Desk;
use crate::console::access::User;
use crate::console::ask;
use crate::console::ask::calls::{CallsQuestion, open_journal};
use crate::console::ask::changes::ChangesQuestion;
use crate::console::desk::DeskError;
use crate::report::{Report, RingTally, Tally, weighted};
use crate::shown::report::{ReportJson, Reported};
use crate::store::StoreError;

pub(super) async fn calls(
    _user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(question): SentQuery<CallsQuestion>,
) -> Result<Response, ApiError> {
    let found = ask::calls::calls(&desk, &question).await?;
    encoded(&found.json()).map(json_bytes)
}

/// A call with each of its different answers, the first one first.
pub(super) async fn call(
    _user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = ask::calls::call(&desk, id).await?;
    if found.answers.is_empty() {
        let why = "the journal has no such call";
        return Err(ApiError::missing("no_such_call", why));
    }
    encoded(&found.json()).map(json_bytes)
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
        let mut journal = open_journal(&desk).await?;
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

/// The newest version first.
pub(super) async fn changes(
    _user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(question): SentQuery<ChangesQuestion>,
) -> Result<Response, ApiError> {
    let found = ask::changes::changes(&desk, &question).await?;
    encoded(&found.json()).map(json_bytes)
}
