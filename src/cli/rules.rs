//! A rules database read and compiled, as the server does it.

use std::path::Path;

use super::output::complain;
use crate::store::{Reader, StoreError};
use routing::compile::{Compiled, compile};
use routing::problem::Severity;
use routing::snapshot::Snapshot;

/// Reads and compiles. Rows in error are left out, and the standard error says so.
pub(super) async fn snapshot(path: &Path) -> Result<Snapshot, StoreError> {
    let mut reader = Reader::open_patiently(path).await?;
    let tables = reader.load().await?.tables;
    reader.close().await?;
    let Compiled { snapshot, problems } = compile(&tables);
    let errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count();
    if errors > 0 {
        complain(format_args!(
            "warning: {path} has {}, so rows are left out; `stringee-router check {path}` says which",
            counted(errors, "error"),
            path = path.display(),
        ));
    }
    Ok(snapshot)
}

/// A number with its noun, such as `1 rule` or `2 rules`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
