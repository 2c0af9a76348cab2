//! A CRM's export of callers: sent, looked through, and made a draft of.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::drafts::{answer, kept};
use super::sent::{SentJson, SentQuery};
use super::{ApiError, encoded, json_bytes};
use crate::console::Desk;
use crate::console::access::User;
use crate::console::draft::kept::KeptDraft;
use crate::console::draft::overlay::edits_of;
use crate::exchange::{CallersDraft, CallersFile, ChangeSet, EmptyCell, Fault, RuleSet};
use crate::store::{UploadRow, export};

/// The longest file.
pub(in crate::console) const MAX_BYTES: usize = 64 << 20;

/// For how long a file is kept that nobody has made a draft of.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How many lines that are left out are named.
const MAX_NAMED: usize = 50;

#[derive(Debug, Deserialize)]
pub(super) struct UploadQuery {
    file_name: Option<String>,
}

/// What was found in a file, or why it cannot be read.
#[derive(Serialize)]
struct FoundFile {
    /// Columns as they were chosen.
    map: BTreeMap<String, String>,
    /// The names of the file's columns, and its first lines.
    names: Vec<String>,
    samples: Vec<Vec<String>>,
    /// Columns of callers, each with those of the file.
    used: BTreeMap<&'static str, Vec<String>>,
    fault: Option<String>,
    #[serde(flatten)]
    callers: Option<FoundCallers>,
}

/// What was found in a file.
#[derive(Serialize)]
struct FoundCallers {
    columns: String,
    lines: usize,
    numbers: usize,
    renumbered: usize,
    left_out_count: usize,
    left_out: Vec<String>,
    unknown_owners: Vec<String>,
    rows_that_differ: usize,
}

#[derive(Serialize)]
struct UploadView {
    id: i64,
    at: String,
    file_name: String,
    state: String,
    found: Option<Value>,
}

/// A longer body than others may be sent here.
pub(super) fn upload() -> MethodRouter<Arc<Desk>> {
    post(callers).layer(DefaultBodyLimit::max(MAX_BYTES))
}

async fn callers(
    user: User,
    State(desk): State<Arc<Desk>>,
    SentQuery(query): SentQuery<UploadQuery>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let file_name = query.file_name.unwrap_or_else(|| "callers.csv".to_owned());
    let id = receive(&desk, &user, file_name, body).await?;
    Ok((StatusCode::CREATED, view(find(&desk, id).await?)?).into_response())
}

/// Keeps a file, and looks through it.
pub(in crate::console) async fn receive(
    desk: &Arc<Desk>,
    user: &User,
    file_name: String,
    body: Bytes,
) -> Result<i64, ApiError> {
    let now = clock::now();
    let mut upload = UploadRow {
        id: 0,
        at: now,
        user_name: user.name.clone(),
        file_name: file_name.clone(),
        content: body.to_vec(),
        state: "reading".to_owned(),
        found: None,
    };
    let new = upload.clone();
    let id = desk
        .filed(move |file| file.add_upload(&new, now - KEPT))
        .await?;
    upload.id = id;
    look_through(desk, upload, ImportOrder::default()).await?;
    Ok(id)
}

/// Reads a file that is kept, and keeps what was found.
pub(in crate::console) async fn look_through(
    desk: &Arc<Desk>,
    upload: UploadRow,
    how: ImportOrder,
) -> Result<(), ApiError> {
    let read = desk.work_on(async move |desk| {
        let present = export(&desk.database.rules).await?;
        let found = read(&upload.file_name, &upload.content, &how, &present);
        let (state, callers, fault) = match &found {
            Ok((draft, changes)) => ("read", Some(FoundCallers::new(draft, changes)), None),
            Err(fault) => ("failed", None, Some(fault.to_string())),
        };
        let overrides: Vec<(String, String)> = how.map.clone().into_iter().collect();
        let file = CallersFile {
            path: FilePath::new(&upload.file_name),
            bytes: &upload.content,
            overrides: &overrides,
            tags: &how.tags,
            delete_missing: false,
            empty: EmptyCell::Keeps,
        };
        let columns = file.columns().unwrap_or_default();
        let found = encoded(&FoundFile {
            map: how.map.clone(),
            names: columns.names,
            samples: columns.samples,
            used: columns.used.into_iter().collect(),
            fault,
            callers,
        });
        let found = found.map(|json| String::from_utf8_lossy(&json).into_owned())?;
        desk.file()?.set_upload(upload.id, state, Some(&found))?;
        Ok::<_, ApiError>(())
    });
    read.await?
}

pub(super) async fn show(
    user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<i64>,
) -> Result<Response, ApiError> {
    view(theirs(&desk, &user, id).await?)
}

/// How a file is taken.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::console) struct ImportOrder {
    /// Columns of callers, each with the name of a column of the file, where the guess is wrong; an empty one: the file does
    /// not have it.
    pub(in crate::console) map: BTreeMap<String, String>,
    pub(in crate::console) empty: EmptyCells,
    pub(in crate::console) tags: Vec<String>,
}

/// What an empty cell does to the value that is there.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::console) enum EmptyCells {
    #[default]
    Keep,
    Clear,
}

pub(super) async fn draft(
    user: User,
    State(desk): State<Arc<Desk>>,
    Path(id): Path<i64>,
    SentJson(how): SentJson<ImportOrder>,
) -> Result<Response, ApiError> {
    answer(
        StatusCode::CREATED,
        make_draft(&desk, &user, id, how).await?,
    )
}

/// The draft of what a file says.
pub(in crate::console) async fn make_draft(
    desk: &Arc<Desk>,
    user: &User,
    id: i64,
    how: ImportOrder,
) -> Result<KeptDraft, ApiError> {
    let upload = theirs(desk, user, id).await?;
    let made = desk.work_on(async move |desk| {
        let present = export(&desk.database.rules).await?;
        let read = read(&upload.file_name, &upload.content, &how, &present);
        read.map(|(_, changes)| edits_of(&changes))
            .map_err(|fault| ApiError::unclear("not_readable", fault))
    });
    let edits = made.await??;
    let draft = kept(KeptDraft::new(desk, user, edits), desk).await?;
    desk.filed(move |file| file.set_upload(id, "applied", None))
        .await?;
    Ok(draft)
}

fn read(
    name: &str,
    bytes: &[u8],
    how: &ImportOrder,
    present: &RuleSet,
) -> Result<(CallersDraft, ChangeSet), Fault> {
    let overrides: Vec<(String, String)> = how.map.clone().into_iter().collect();
    let file = CallersFile {
        path: FilePath::new(name),
        bytes,
        overrides: &overrides,
        tags: &how.tags,
        delete_missing: false,
        empty: match how.empty {
            EmptyCells::Keep => EmptyCell::Keeps,
            EmptyCells::Clear => EmptyCell::Clears,
        },
    };
    let draft = file.read(present, |_| ())?;
    let changes = ChangeSet::between(present, &draft.planned.rules);
    Ok((draft, changes))
}

impl FoundCallers {
    fn new(draft: &CallersDraft, changes: &ChangeSet) -> Self {
        let left_out = draft.left_out.iter().chain(&draft.values_left_out);
        let unknown = draft.unknown_owners.iter();
        Self {
            columns: draft.columns.clone(),
            lines: draft.lines,
            numbers: draft.numbers,
            renumbered: draft.renumbered,
            left_out_count: draft.left_out.len(),
            left_out: left_out.take(MAX_NAMED).map(ToString::to_string).collect(),
            unknown_owners: unknown
                .take(MAX_NAMED)
                .map(|owner| owner.name.clone())
                .collect(),
            rows_that_differ: changes.rows.len(),
        }
    }
}

fn view(row: UploadRow) -> Result<Response, ApiError> {
    encoded(&UploadView {
        id: row.id,
        at: row.at.to_string(),
        file_name: row.file_name,
        state: row.state,
        found: row
            .found
            .and_then(|found| serde_json::from_str(&found).ok()),
    })
    .map(json_bytes)
}

async fn find(desk: &Arc<Desk>, id: i64) -> Result<UploadRow, ApiError> {
    let found = desk.filed(move |file| file.upload(id)).await?;
    found.ok_or_else(|| ApiError::missing("no_such_upload", "there is no such file"))
}

/// One's own file; admins see all.
pub(in crate::console) async fn theirs(
    desk: &Arc<Desk>,
    user: &User,
    id: i64,
) -> Result<UploadRow, ApiError> {
    let row = find(desk, id).await?;
    if user.sees_those_of(&row.user_name) {
        Ok(row)
    } else {
        Err(ApiError::missing("no_such_upload", "there is no such file"))
    }
}
