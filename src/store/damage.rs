//! A look through a database for damage: pages that do not fit together, indexes that lack what the tables hold.

use std::path::Path;

use rusqlite::Connection;

use super::StoreError;

/// How closely a file is looked at. Rows that break a constraint are no damage in either way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// Whether its pages fit together.
    Pages,
    /// Also whether the indexes hold what the tables do. A flipped bit or a stale page seldom shows in anything else.
    Whole,
}

/// Looks through the whole file for damage.
pub(super) fn check(connection: &Connection, path: &Path, check: Check) -> Result<(), StoreError> {
    let doing = "check the pages";
    // By default a hundred findings are the last, and all of them may be of values.
    let statement = match check {
        Check::Pages => "pragma quick_check(2000000000)",
        Check::Whole => "pragma integrity_check(2000000000)",
    };
    let damage = || -> rusqlite::Result<Option<String>> {
        let mut statement = connection.prepare(statement)?;
        let findings = statement.query_map((), |row| row.get::<_, String>(0))?;
        for finding in findings {
            let finding = finding?;
            if is_damage(&finding) {
                return Ok(Some(finding));
            }
        }
        Ok(None)
    };
    match damage().map_err(|error| StoreError::new(path, doing, error))? {
        Some(detail) => Err(StoreError::Corrupt {
            path: path.to_owned(),
            doing,
            detail,
        }),
        None => Ok(()),
    }
}

/// Whether a line of `quick_check` speaks of the file itself, not of a value that a constraint would have refused.
pub(super) fn is_damage(finding: &str) -> bool {
    const OF_VALUES: [&str; 4] = [
        "CHECK constraint failed in ",
        "NULL value in ",
        "NUMERIC value in ",
        "TEXT value in ",
    ];
    finding != "ok" && !OF_VALUES.iter().any(|start| finding.starts_with(start))
}
