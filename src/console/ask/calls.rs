//! What the journal has of calls, as pages and programs ask for it.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::{AskError, given, parse_time};
use crate::console::Desk;
use crate::shown::calls::{DecisionJson, caller_forms};
use crate::store::{DecisionQuery, DecisionRow, JOURNAL_FILE, JournalFile, StoreError};

/// Answers on a page, and the most that may be asked for.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 500;

/// Which calls are asked for, as an address has it: all that is given has to hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct CallsQuestion {
    pub(in crate::console) from: String,
    /// A time, or a date that is meant as a whole.
    pub(in crate::console) to: String,
    pub(in crate::console) caller: String,
    pub(in crate::console) agent: String,
    pub(in crate::console) queue: String,
    pub(in crate::console) rule: String,
    pub(in crate::console) outcome: String,
    pub(in crate::console) limit: Option<u32>,
}

/// A page of answers, the newest first.
#[derive(Debug, Default)]
pub(in crate::console) struct CallsView {
    pub(in crate::console) answers: Vec<DecisionRow>,
    /// Give it as `to` for those before.
    pub(in crate::console) before: Option<String>,
}

#[derive(Serialize)]
pub(in crate::console) struct CallsJson<'v> {
    calls: Vec<DecisionJson<'v>>,
    before: Option<&'v str>,
}

impl CallsView {
    pub(in crate::console) fn json(&self) -> CallsJson<'_> {
        CallsJson {
            calls: self.answers.iter().map(DecisionJson::from).collect(),
            before: self.before.as_deref(),
        }
    }
}

/// The answers that are asked for.
pub(in crate::console) async fn calls(
    desk: &Arc<Desk>,
    question: &CallsQuestion,
) -> Result<CallsView, AskError> {
    let limit = question.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let query = question.query(desk, limit)?;
    let mut answers = decisions(desk, query).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = answers.len() > most;
    answers.truncate(most);
    let before = match answers.last() {
        Some(last) if has_more => Some(last.first_at.to_string()),
        _ => None,
    };
    Ok(CallsView { answers, before })
}

/// A call's different answers, the first one first; none: the journal has no such call.
pub(in crate::console) async fn call(desk: &Arc<Desk>, id: String) -> Result<CallsView, AskError> {
    let query = DecisionQuery {
        call_id: Some(id),
        ..DecisionQuery::default()
    };
    let mut answers = decisions(desk, query).await?;
    answers.reverse();
    Ok(CallsView {
        answers,
        before: None,
    })
}

/// What the journal says, read behind the threads that answer calls.
pub(in crate::console) async fn decisions(
    desk: &Arc<Desk>,
    query: DecisionQuery,
) -> Result<Vec<DecisionRow>, AskError> {
    let read = desk.work_on(async move |desk| {
        let mut journal = open_journal(&desk).await?;
        let rows = journal.decisions(&query).await?;
        journal.close().await?;
        Ok::<_, StoreError>(rows)
    });
    Ok(read.await??)
}

pub(in crate::console) async fn open_journal(desk: &Desk) -> Result<JournalFile, StoreError> {
    JournalFile::open_to_read(&desk.database.state.join(JOURNAL_FILE)).await
}

impl CallsQuestion {
    fn query(&self, desk: &Desk, limit: u32) -> Result<DecisionQuery, AskError> {
        let served = desk.live.served();
        let settings = &served.snapshot.settings;
        let text = |text: &str| given(text).map(str::to_owned);
        let callers = match given(&self.caller) {
            Some(caller) => caller_forms(caller, &settings.country_code),
            None => Vec::new(),
        };
        let rule = match given(&self.rule) {
            Some(rule) => Some(
                rule.parse()
                    .map_err(|_no_id| AskError::NoRule(rule.to_owned()))?,
            ),
            None => None,
        };
        Ok(DecisionQuery {
            from: begin(&self.from, &settings.time_zone)?,
            to: end(&self.to, &settings.time_zone)?,
            callers,
            agent: text(&self.agent),
            queue: text(&self.queue),
            rule,
            outcome: text(&self.outcome),
            limit: Some(limit + 1),
            ..DecisionQuery::default()
        })
    }
}

/// From when on, if anything is said.
pub(super) fn begin(text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, AskError> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    let at = parse_time(text, zone).ok_or_else(|| AskError::NoTime(text.to_owned()))?;
    Ok(Some(at))
}

/// Until when, if anything is said: a date counts as a whole.
pub(super) fn end(text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, AskError> {
    if let Ok(date) = text.trim().parse::<jiff::civil::Date>()
        && !text.contains('T')
        && let Ok(next) = date.checked_add(1.day())
    {
        return begin(&next.to_string(), zone);
    }
    begin(text, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_meant_as_a_whole_and_a_time_as_it_is() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let check = |text: &str, from: Option<&str>, to: Option<&str>| {
            let said = |at: Option<Timestamp>| at.map(|at| at.to_string());
            assert_eq!(said(begin(text, &zone).unwrap()).as_deref(), from, "{text}");
            assert_eq!(said(end(text, &zone).unwrap()).as_deref(), to, "{text}");
        };
        check("", None, None);
        let (midnight, next) = ("2026-11-26T17:00:00Z", "2026-11-27T17:00:00Z");
        check("2026-11-27", Some(midnight), Some(next));
        check("2026-11-27T00:00", Some(midnight), Some(midnight));
        check(midnight, Some(midnight), Some(midnight));
        assert!(begin("tonight", &zone).is_err() && end("tonight", &zone).is_err());
    }
}
