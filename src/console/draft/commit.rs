//! A draft becomes true: one transaction, if it does what somebody has seen.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::edit::{EditFault, NotedEdit};
use super::kept::written_rows;
use super::overlay::Conflict;
use super::preview::{PlannedRow, Preview, Tried};
use super::trial::tried;
use crate::console::Desk;
use crate::console::access::User;
use crate::console::desk::DeskError;
use crate::exchange::ChangeSet;
use crate::rules::{FileRows, HeldVersion, ReadMark, RulesAuthority, Source};
use crate::store::{
    ChangesKept, Editor, Postgres, PostgresError, PostgresPlace, RefusedRow, StoreError, Writer,
};
use routing::table::Table;

/// How long an answer waits for the server to take what was committed.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the server may take to read what somebody else has committed just before.
const CATCHING_UP: Duration = Duration::from_secs(3);

/// How often others may come first.
const TRIES: usize = 4;

/// What somebody has seen, so that nothing else is committed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenFigures {
    pub(crate) planned_hash: String,
    pub(crate) somebody_else: usize,
    pub(crate) nobody: usize,
}

/// What is to be committed, and why.
#[derive(Debug)]
pub(crate) struct CommitOrder {
    pub(crate) edits: Vec<NotedEdit>,
    pub(crate) reason: String,
    /// `None`: whatever it does.
    pub(crate) expected: Option<SeenFigures>,
}

/// What was committed.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) version: u64,
    pub(crate) state: CommitState,
    pub(crate) held: Option<HeldVersion>,
    pub(crate) preview: Preview,
    /// The rows that were written, whole.
    pub(crate) rows: Vec<PlannedRow>,
}

/// What the server has made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CommitState {
    InForce,
    Held,
    /// Others' rows keep it from being served.
    Refused,
    /// The server has not read it yet.
    Waiting,
}

impl CommitState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Waiting => "waiting",
        }
    }
}

/// Why nothing was committed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCommitted {
    /// An edit cannot be meant.
    #[error("edit {number}: {fault}")]
    Fault {
        /// From 1.
        number: usize,
        fault: EditFault,
    },
    /// Others have changed the same.
    #[error("somebody else has changed the same meanwhile")]
    Conflict(Vec<Conflict>),
    /// It would do something else than was seen.
    #[error("it would do something else by now")]
    PreviewChanged(Box<Preview>),
    /// The server would refuse it.
    #[error("the server would refuse these rules")]
    Problems(Box<Preview>),
    /// The tables do not take it.
    #[error("the tables do not take it")]
    Refused(Vec<RefusedRow>),
    /// Not by this user.
    #[error("{0}")]
    MayNot(&'static str),
    /// Nothing would be changed.
    #[error("nothing would be changed")]
    Nothing,
    /// Somebody else writes.
    #[error("somebody else writes to the rules")]
    Busy,
    /// The file has not been read.
    #[error("the rules database has not been read, so that nobody can edit it here")]
    NoRows,
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl From<StoreError> for NotCommitted {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy { .. } => Self::Busy,
            error => Self::Store(error),
        }
    }
}

/// Commits edits if they do what was expected, and waits a moment for the server to take them.
pub(in crate::console) async fn commit(
    desk: &Arc<Desk>,
    user: &User,
    order: CommitOrder,
) -> Result<Committed, NotCommitted> {
    for _ in 0..TRIES {
        let (file, tried) = tried(desk, user, order.edits.clone(), true).await?;
        agreed(&tried, order.expected.as_ref())?;
        let actor = user.actor();
        let editor = Editor {
            actor: &actor,
            reason: &order.reason,
        };
        match write(desk, editor, &file, &tried).await? {
            Written::Done(mark) => return Ok(settled(desk, mark, tried).await),
            Written::OthersWrote(mark) => {
                // What they wrote may change what this does.
                desk.live.read_up_to(mark, CATCHING_UP).await;
            }
        }
    }
    Err(NotCommitted::Busy)
}

/// Whether nothing keeps it from being committed.
fn agreed(tried: &Tried, expected: Option<&SeenFigures>) -> Result<(), NotCommitted> {
    let preview = &tried.preview;
    let as_seen = expected.is_none_or(|expected| {
        expected.somebody_else == preview.calls.somebody_else
            && expected.nobody == preview.calls.nobody
            && expected.planned_hash == preview.planned_hash
    });
    match preview.why_not {
        Some("conflict") => Err(NotCommitted::Conflict(preview.conflicts.clone())),
        Some("problems") => Err(NotCommitted::Problems(Box::new(preview.clone()))),
        Some("no_edits") => Err(NotCommitted::Nothing),
        Some(why) => Err(NotCommitted::MayNot(why)),
        None if !as_seen => Err(NotCommitted::PreviewChanged(Box::new(preview.clone()))),
        None => Ok(()),
    }
}

enum Written {
    /// How far the server has to read.
    Done(ReadMark),
    /// The rows are not those that were tried.
    OthersWrote(ReadMark),
}

/// The transaction: it looks whether the rows are still those that were tried, writes, and looks whether they became what
/// was tried. Nobody else can write meanwhile.
async fn write(
    desk: &Arc<Desk>,
    editor: Editor<'_>,
    file: &FileRows,
    tried: &Tried,
) -> Result<Written, NotCommitted> {
    let database = &desk.database;
    if let (Some(url), Some(version)) = (&database.url, file.mirrored) {
        let changes = &tried.overlay.changes;
        return push(
            database.project.one().unwrap_or_default(),
            url.expose(),
            version,
            changes,
            editor,
        )
        .await;
    }
    let kept = ChangesKept {
        days: database.changes_days,
        lines: database.changes_lines,
    };
    let mut writer = Writer::begin(&database.rules, editor).await?.keeping(kept);
    let found = writer.last_change_before();
    let changes = &tried.overlay.changes;
    if found != file.editable.last_change || !holds(&mut writer, changes, false).await? {
        writer.roll_back().await?;
        return Ok(Written::OthersWrote(ReadMark::Change(found)));
    }
    let refused = writer.apply(changes, |_, _| ()).await?;
    if !refused.is_empty() {
        writer.roll_back().await?;
        return Err(NotCommitted::Refused(refused));
    }
    if !holds(&mut writer, changes, true).await? {
        writer.roll_back().await?;
        return Err(NotCommitted::Refused(Vec::new()));
    }
    let last = writer.last_change().await?;
    writer.commit().await?;
    Ok(Written::Done(ReadMark::Change(last)))
}

/// The same where the rules live in PostgreSQL: on the version that was tried, or not at all.
async fn push(
    project: i64,
    url: &str,
    version: u64,
    changes: &ChangeSet,
    editor: Editor<'_>,
) -> Result<Written, NotCommitted> {
    let place: PostgresPlace = url.parse()?;
    let mut postgres = Postgres::connect(&place).await?;
    let tried = i64::try_from(version).unwrap_or(i64::MAX);
    let pushed = postgres.push(project, tried, changes, editor).await;
    let made = match pushed {
        Ok(made) => made,
        Err(PostgresError::EditedMeanwhile { .. }) => {
            return Ok(Written::OthersWrote(ReadMark::Mirrored(version + 1)));
        }
        Err(error) => return Err(error.into()),
    };
    postgres.close().await?;
    let made = u64::try_from(made).unwrap_or(u64::MAX);
    Ok(Written::Done(ReadMark::Mirrored(made)))
}

/// Whether the rows stand there as they were tried, before or after the edits.
async fn holds(
    writer: &mut Writer,
    changes: &ChangeSet,
    is_after: bool,
) -> Result<bool, StoreError> {
    for edit in &changes.rows {
        let Some(named) = edit.before.as_ref().or(edit.after.as_ref()) else {
            continue;
        };
        let key = named.get(..edit.table.key().len()).unwrap_or_default();
        let wanted = if is_after { &edit.after } else { &edit.before };
        if writer.row(edit.table, key).await? != *wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the server makes of it within a moment.
async fn settled(desk: &Arc<Desk>, mark: ReadMark, tried: Tried) -> Committed {
    let live = &desk.live;
    let is_read = live.read_up_to(mark, PATIENCE).await;
    let (state, held) = state_of(live, is_read);
    Committed {
        version: live.served().version,
        state,
        held,
        rows: written_rows(&tried.overlay),
        preview: tried.preview,
    }
}

fn state_of(live: &RulesAuthority, is_read: bool) -> (CommitState, Option<HeldVersion>) {
    let (status, served, rows) = (live.status(), live.served(), live.rows());
    let is_served = rows.is_some_and(|rows| rows.fingerprint == served.fingerprint);
    match (is_read, status.held) {
        (false, _) => (CommitState::Waiting, None),
        (true, Some(held)) => (CommitState::Held, Some(held)),
        (true, None) if is_served && served.source != Source::Nothing => {
            (CommitState::InForce, None)
        }
        (true, None) => (CommitState::Refused, None),
    }
}

/// Whether the reason says enough: rules and settings want some words.
pub(crate) fn is_reason_enough(edits: &[NotedEdit], reason: &str) -> bool {
    const LEAST: usize = 5;
    const ASKED: [Table; 3] = [Table::Rules, Table::RuleSteps, Table::Settings];
    let is_asked = edits.iter().any(|edit| ASKED.contains(&edit.table));
    !is_asked || reason.trim().chars().count() >= LEAST
}
