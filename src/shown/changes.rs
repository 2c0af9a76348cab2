//! What was changed in the rules.

use serde::Serialize;
use serde_json::Value;

use crate::store::{RowChange, VersionRow};

/// A change for programs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ChangeJson<'c> {
    version: i64,
    number: i64,
    accepted_at: String,
    hash: &'c str,
    table: &'c str,
    key: &'c str,
    op: &'static str,
    before: Option<Value>,
    after: Option<Value>,
    logged: bool,
    actor: Option<&'c str>,
    reason: Option<&'c str>,
    edited_at: Option<&'c str>,
}

impl<'c> ChangeJson<'c> {
    pub(crate) fn new(version: &'c VersionRow, change: &'c RowChange) -> Self {
        let image = |image: &Option<String>| serde_json::from_str(image.as_deref()?).ok();
        let note = change.note.as_ref();
        Self {
            version: change.version,
            number: change.number,
            accepted_at: version.at.to_string(),
            hash: &version.hash,
            table: &change.table,
            key: &change.key,
            op: change.op.as_str(),
            before: image(&change.before),
            after: image(&change.after),
            logged: note.is_some(),
            actor: note.map(|note| &*note.actor),
            reason: note.and_then(|note| note.reason.as_deref()),
            edited_at: note.map(|note| &*note.at),
        }
    }
}
