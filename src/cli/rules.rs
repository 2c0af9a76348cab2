//! A rules database read and compiled, as the server does it.

use std::path::Path;

use super::output::complain;
use crate::config::RuleTests;
use crate::store::{Reader, StoreError, setting};
use routing::assess::assess;
use routing::compile::{Compiled, compile};
use routing::number::CountryCode;
use routing::problem::{Problem, Unnamed};
use routing::snapshot::Snapshot;
use routing::table::Tables;

/// Reads and compiles. Rows in error are left out, and the standard error says so.
pub(super) async fn snapshot(path: &Path) -> Result<Snapshot, StoreError> {
    let Compiled {
        snapshot,
        problems,
        unnamed,
    } = compile(&tables(path).await?);
    complain_of_rows(path, &problems, unnamed);
    Ok(snapshot)
}

/// The same, and says as well whether the rules' own tests keep a server from taking them.
pub(super) async fn snapshot_to_serve(
    path: &Path,
    rule_tests: RuleTests,
) -> Result<Snapshot, StoreError> {
    let assessment = assess(&tables(path).await?, rule_tests.severity());
    complain_of_rows(path, &assessment.of_rows, assessment.unnamed);
    if assessment.of_tests.iter().any(Problem::is_error) {
        complain(format_args!(
            "warning: {path} has {}, so a server refuses it; `stringee-router check {path}` says which",
            counted(assessment.failed_tests().len(), "failed rule test"),
            path = path.display(),
        ));
    }
    Ok(assessment.snapshot)
}

/// The country code of the rules, or what it is where they cannot be read.
pub(super) async fn country_code(path: &Path) -> CountryCode {
    match setting(path, "country_code").await {
        Ok(Some(code)) => CountryCode::parse(&code).unwrap_or_default(),
        _ => CountryCode::default(),
    }
}

async fn tables(path: &Path) -> Result<Tables, StoreError> {
    let mut reader = Reader::open_patiently(path).await?;
    let tables = reader.load().await?.tables;
    reader.close().await?;
    Ok(tables)
}

fn complain_of_rows(path: &Path, problems: &[Problem], unnamed: Unnamed) {
    let named = problems.iter().filter(|problem| problem.is_error()).count();
    if named > 0 {
        complain(format_args!(
            "warning: {path} has {}, so rows are left out; `stringee-router check {path}` says which",
            counted(named + unnamed.errors, "error"),
            path = path.display(),
        ));
    }
}

/// A number with its noun, such as `1 rule` or `2 rules`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
