//! What a statement would do, from SQLite's authorizer: it is asked about every action while a statement is prepared,
//! and nothing is run. Statements that read or write rows pass; whatever changes the tables themselves, opens other files,
//! sets a switch or ends our transaction does not.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::super::StoreError;
use super::super::load;
use super::script::first_word;

/// Whether a statement that is let through may write.
///
/// # Errors
/// It is not let through, or SQLite cannot prepare it.
pub(in crate::store) fn may_write(
    connection: &Connection,
    path: &Path,
    statement: &str,
) -> Result<bool, StoreError> {
    let doing = "ask what the SQL does";
    let failed = |error| StoreError::new(path, doing, error);
    load::must_be_ours(connection, path)?;
    let seen = Arc::new(Mutex::new(Seen::default()));
    let asked = Arc::clone(&seen);
    let hook = move |asking: AuthContext<'_>| asked.lock().look(asking.action);
    // Our readers have views and triggers switched off; here they only say what else would be written.
    for setting in [
        DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
        DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW,
    ] {
        connection.set_db_config(setting, true).map_err(failed)?;
    }
    connection.authorizer(Some(hook)).map_err(failed)?;
    let prepared = connection.prepare(statement).map(drop);
    connection
        .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
        .map_err(failed)?;
    let seen = std::mem::take(&mut *seen.lock());
    let refused = |reason| StoreError::Refused {
        path: path.to_owned(),
        doing,
        reason,
    };
    let word = first_word(statement);
    if let Some(why) = seen.why_not {
        return Err(refused(format!("{word} {why}")));
    }
    match prepared {
        Ok(()) if seen.reads || seen.writes => Ok(seen.writes),
        // Of this one alone the authorizer is not asked.
        Ok(()) if word == "VACUUM" => Err(refused(format!("{word} {VACUUM}"))),
        Ok(()) => Err(refused(format!("{word} {NOT_ABOUT_ROWS}"))),
        Err(error) => {
            let sentence = error.to_string();
            if sentence.eq_ignore_ascii_case(&format!("near \"{word}\": syntax error")) {
                return Err(refused(format!("{word} {NOT_ABOUT_ROWS}")));
            }
            match StoreError::new(path, doing, error) {
                StoreError::Query { .. } => Err(refused(sentence)),
                error => Err(error),
            }
        }
    }
}

/// What the authorizer has been asked about one statement.
#[derive(Default)]
struct Seen {
    reads: bool,
    writes: bool,
    why_not: Option<&'static str>,
}

impl Seen {
    fn look(&mut self, action: AuthAction<'_>) -> Authorization {
        match action {
            AuthAction::Select => self.reads = true,
            AuthAction::Insert { .. } | AuthAction::Update { .. } | AuthAction::Delete { .. } => {
                self.writes = true;
            }
            AuthAction::Read { .. } | AuthAction::Recursive => {}
            AuthAction::Function { function_name } if function_name != "load_extension" => {}
            // The first refusal says what was meant; others follow from it.
            action => {
                self.why_not.get_or_insert(why_not(action));
                return Authorization::Deny;
            }
        }
        Authorization::Allow
    }
}

const VACUUM: &str = "is not let through: it cannot run in a transaction; `stringee-router history backup` makes a copy";

const NOT_ABOUT_ROWS: &str =
    "is not SQL that reads or writes rows: begin with SELECT, INSERT, UPDATE or DELETE";

fn why_not(action: AuthAction<'_>) -> &'static str {
    match action {
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
            "is not needed: everything runs in one transaction, which is committed once you have agreed"
        }
        AuthAction::Pragma { .. } => {
            "is not let through: it can switch off what keeps the rules right"
        }
        AuthAction::Attach { .. } | AuthAction::Detach { .. } | AuthAction::Function { .. } => {
            "is not let through: only the rules database is edited here"
        }
        _ => {
            "is not let through: the tables themselves are changed by `stringee-router init --upgrade` alone"
        }
    }
}
