//! Edits tried against what is served, for a user.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;

use super::commit::NotCommitted;
use super::edit::{EditOp, NotedEdit};
use super::holes::HoleMap;
use super::overlay::{EditOverlay, base_of, caller_key};
use super::preview::{DraftTrial, Tried};
use crate::console::Desk;
use crate::console::access::User;
use crate::console::access::roles::{EditKind, EditTouch, MayNot, Outlook, may};
use crate::console::ask::AskError;
use crate::console::ask::calls::decisions;
use crate::exchange::{Row, RowEdit, RuleSet};
use crate::params::CodedSentence;
use crate::plan::replay::RecordedCall;
use crate::rules::{ActiveRules, FileRows};
use crate::store::{DecisionQuery, StoreError, callers_of};
use routing::schema::{group_members, schedule_hours};
use routing::table::{Cell, Table};

/// How many of the journal's last calls edits are tried with.
const CALLS: usize = 1000;

/// How old these may be: who types sees a preview after each key.
const CALLS_AGE: Duration = Duration::from_secs(20);

/// What one preview leaves for the next.
#[derive(Debug, Default)]
pub(in crate::console) struct TrialCache {
    calls: Mutex<Option<(Instant, Arc<Vec<RecordedCall>>)>>,
    holes: Mutex<Option<(u64, Date, Arc<HoleMap>)>>,
}

/// Notes the row that each edit is based on, and looks up the callers that they name.
pub(in crate::console) async fn noted(
    desk: &Arc<Desk>,
    mut edits: Vec<NotedEdit>,
) -> Result<Vec<NotedEdit>, NotCommitted> {
    let file = desk.live.rows().ok_or(NotCommitted::NoRows)?;
    let callers = callers(desk, &edits).await?;
    for edit in &mut edits {
        if edit.base.is_none() && !matches!(edit.op, EditOp::Add(_)) {
            edit.base = base_of(&file.editable.rules, &callers, edit);
        }
    }
    Ok(edits)
}

/// The rows of `callers` that edits name.
pub(in crate::console) async fn callers(
    desk: &Arc<Desk>,
    edits: &[NotedEdit],
) -> Result<Vec<Row>, StoreError> {
    let mut numbers: Vec<String> = edits.iter().filter_map(caller_key).collect();
    numbers.sort_unstable();
    numbers.dedup();
    callers_of(&desk.database.rules, &numbers).await
}

/// Tries edits as they would be committed now by somebody.
pub(in crate::console) async fn tried(
    desk: &Arc<Desk>,
    user: &User,
    edits: Vec<NotedEdit>,
    with_calls: bool,
) -> Result<(Arc<FileRows>, Tried), NotCommitted> {
    let file = desk.live.rows().ok_or(NotCommitted::NoRows)?;
    let callers = callers(desk, &edits).await?;
    let calls = if with_calls {
        recorded_calls(desk).await
    } else {
        Arc::default()
    };
    let user = user.clone();
    let of_work = Arc::clone(&file);
    let tried = desk.work(move |desk| {
        let served = Arc::clone(&desk.live.served());
        let status = desk.live.status();
        let overlay = EditOverlay::new(&of_work.editable.rules, &callers, &edits);
        let trial = DraftTrial {
            served: &served,
            file: &of_work,
            known: &status.problems,
            failed_tests: desk.database.rule_tests.severity(),
            calls: &calls,
            holes: holes(desk, &served),
            language: user.language(),
            started: clock::monotonic(),
        };
        let mut tried = trial.run(overlay, &edits);
        if tried.preview.may_commit {
            let objections = desk.live.objections(&tried.after);
            tried.preview.held = CodedSentence::json(&objections, user.language());
            let why_not = why_not(&user, &of_work.editable.rules, &tried);
            tried.preview.may_commit = why_not.is_none();
            tried.preview.why_not = why_not;
        }
        tried
    });
    Ok((file, tried.await?))
}

/// The last calls of the journal, the oldest first; none if there is no journal.
async fn recorded_calls(desk: &Arc<Desk>) -> Arc<Vec<RecordedCall>> {
    let cache = &desk.trials.calls;
    let known = cache.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let now = clock::monotonic();
    if let Some((at, calls)) = known.filter(|(at, _)| now.duration_since(*at) < CALLS_AGE) {
        let _ = at;
        return calls;
    }
    let calls = match read_calls(desk).await {
        Ok(calls) => Arc::new(calls),
        Err(error) => {
            tracing::debug!(%error, "no recorded calls to try edits with");
            Arc::default()
        }
    };
    *cache.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&calls)));
    calls
}

async fn read_calls(desk: &Arc<Desk>) -> Result<Vec<RecordedCall>, AskError> {
    let query = DecisionQuery {
        calls: Some(CALLS),
        ..DecisionQuery::default()
    };
    let rows = decisions(desk, query).await?.into_iter().rev();
    Ok(rows.map(RecordedCall::of_decision).collect())
}

/// The holes of what is served, worked out once for each version and day.
pub(in crate::console) fn holes(desk: &Desk, served: &ActiveRules) -> Arc<HoleMap> {
    let zone = served.snapshot.settings.time_zone.clone();
    let today = clock::now().to_zoned(zone).date();
    let cache = &desk.trials.holes;
    let known = cache.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((version, date, holes)) = known
        && (version, date) == (served.version, today)
    {
        return holes;
    }
    let holes = Arc::new(HoleMap::new(&served.snapshot, today));
    let known = (served.version, today, Arc::clone(&holes));
    *cache.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    holes
}

/// Why somebody may not commit what was tried.
fn why_not(user: &User, rules: &RuleSet, tried: &Tried) -> Option<&'static str> {
    let preview = &tried.preview;
    let outlook = Outlook {
        calls_without_anybody: preview.calls.nobody,
        half_hours_without_anybody: preview.holes.half_hours_without_anybody,
    };
    let rows = &tried.overlay.changes.rows;
    let touches: Vec<EditTouch<'_>> = rows.iter().map(|edit| touch(rules, edit)).collect();
    let groups = user.group_ids.as_deref();
    may(user.role, groups, &touches, outlook)
        .err()
        .map(MayNot::code)
}

fn touch<'e>(rules: &'e RuleSet, edit: &'e RowEdit) -> EditTouch<'e> {
    let table = edit.table;
    let text = |row: &'e Row, column: &str| match table.column(column) {
        Some(column) => match row.get(column.place) {
            Some(Cell::Text(text)) => Some(&**text),
            _ => None,
        },
        None => None,
    };
    let rows = || edit.before.iter().chain(&edit.after);
    let mut group_ids: Vec<&str> = rows().filter_map(|row| text(row, "group_id")).collect();
    if group_ids.is_empty() && table != Table::Callers {
        let agent = if table == Table::Agents {
            "id"
        } else {
            "agent_id"
        };
        let agents: Vec<&str> = rows().filter_map(|row| text(row, agent)).collect();
        for member in rules.rows(Table::GroupMembers) {
            if let (Some(Cell::Text(group)), Some(Cell::Text(agent))) = (
                member.get(group_members::GROUP_ID.place),
                member.get(group_members::AGENT_ID.place),
            ) && agents.contains(&&**agent)
            {
                group_ids.push(group);
            }
        }
    }
    let is_dated = |row: &Row| row.get(schedule_hours::DATE_FROM.place) != Some(&Cell::Null);
    EditTouch {
        table: table.name(),
        kind: match (&edit.before, &edit.after) {
            (None, _) => EditKind::Add,
            (_, None) => EditKind::Delete,
            _ => EditKind::Set,
        },
        columns: edit
            .columns()
            .iter()
            .map(|(column, ..)| column.name)
            .collect(),
        is_dated: table == Table::ScheduleHours && rows().all(is_dated),
        group_ids,
    }
}
