//! What can go wrong with PostgreSQL, said so that somebody can put it right.

use std::time::Duration;

use sqlx::error::DatabaseError;

use super::super::StoreError;
use super::super::migrations::SCHEMA_VERSION;

/// PostgreSQL could not be reached, or does not do what is asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// Not an address.
    #[error(
        "the address of PostgreSQL {fault}; write it as postgres://user:password@host:5432/database"
    )]
    Address {
        /// What is wrong with it; never the address itself, which has a password.
        fault: String,
    },
    /// Nobody answers there, or not us.
    #[error("cannot connect to PostgreSQL at {place}")]
    Unreachable {
        /// Host and database.
        place: String,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// No answer in time.
    #[error("PostgreSQL at {place}: cannot {doing}: no answer within {} ms", limit.as_millis())]
    Timeout {
        /// Host and database.
        place: String,
        /// What was being done.
        doing: &'static str,
        /// For how long it was waited.
        limit: Duration,
    },
    /// It only follows another one.
    #[error(
        "PostgreSQL at {place} is a standby: it cannot be written to; name the host of the primary as well"
    )]
    Standby {
        /// Host and database.
        place: String,
    },
    /// Too old, or in an encoding that cannot hold the rules.
    #[error("PostgreSQL at {place} {fault}")]
    Unfit {
        /// Host and database.
        place: String,
        /// What is wrong with it, and what to do.
        fault: String,
    },
    /// No tables of ours.
    #[error(
        "PostgreSQL at {place} has no rules yet; create the tables with `stringee-router init --postgres URL`"
    )]
    NotInstalled {
        /// Host and database.
        place: String,
    },
    /// The tables are there.
    #[error(
        "PostgreSQL at {place} has the tables already, with version {found}; --upgrade brings old ones up to date"
    )]
    AlreadyInstalled {
        /// Host and database.
        place: String,
        /// The version of the rules' tables.
        found: i64,
    },
    /// Another program made the tables.
    #[error(
        "PostgreSQL at {place} has version {found} of the tables, and this program needs {SCHEMA_VERSION}; {}",
        if *found < SCHEMA_VERSION { "run `stringee-router init --postgres URL --upgrade`" } else { "use a newer stringee-router" }
    )]
    OtherVersion {
        /// Host and database.
        place: String,
        /// The version of the rules' tables.
        found: i64,
    },
    /// The tables beside the rules are of an earlier version.
    #[error(
        "PostgreSQL at {place} has tables of an earlier version; run `stringee-router init --postgres URL \
         --upgrade` with the newest stringee-router"
    )]
    OldBase {
        /// Host and database.
        place: String,
    },
    /// No such project.
    #[error("PostgreSQL at {place} has no project {project} (database.project)")]
    NoProject {
        /// Host and database.
        place: String,
        /// Its number.
        project: i64,
    },
    /// Its role is above all rights.
    #[error(
        "PostgreSQL at {place}: the role in database.url is a superuser, whom nothing keeps within a project; give the server a \
         role of its own: create role router login password '...' in role stringee_router"
    )]
    Superuser {
        /// Host and database.
        place: String,
    },
    /// What stands here cannot be read or written.
    #[error(transparent)]
    Mirror(#[from] StoreError),
    /// Somebody has edited the tables since a plan was made.
    #[error(
        "PostgreSQL at {place}: somebody has edited meanwhile, and nothing was written; run it again"
    )]
    EditedMeanwhile {
        /// Host and database.
        place: String,
    },
    /// The rows would break a rule of the tables.
    #[error("PostgreSQL at {place}: cannot {doing}: {reason}")]
    Refused {
        /// Host and database.
        place: String,
        /// What was being done.
        doing: &'static str,
        /// Why not, and what to do.
        reason: String,
    },
    /// It refused a statement.
    #[error("PostgreSQL at {place}: cannot {doing}")]
    Query {
        /// Host and database.
        place: String,
        /// What was being done.
        doing: &'static str,
        /// What it said.
        source: sqlx::Error,
    },
}

impl PostgresError {
    /// Whether it is about the rows, so that trying again is of no use.
    pub fn is_about_rows(&self) -> bool {
        /// Data that cannot be, constraints, and statements that are wrong.
        const CLASSES: [&str; 3] = ["22", "23", "42"];
        match self {
            Self::Refused { .. } => true,
            Self::Query { source, .. } => {
                let code = source.as_database_error().and_then(DatabaseError::code);
                code.is_some_and(|code| CLASSES.iter().any(|class| code.starts_with(class)))
            }
            _ => false,
        }
    }

    /// Sorts what PostgreSQL said.
    pub(super) fn new(place: &str, doing: &'static str, source: sqlx::Error) -> Self {
        /// Class 23: a constraint; ours are sentences.
        const CONSTRAINT: &str = "23";
        let place = place.to_owned();
        match source.as_database_error() {
            Some(error)
                if error
                    .code()
                    .is_some_and(|code| code.starts_with(CONSTRAINT)) =>
            {
                Self::Refused {
                    place,
                    doing,
                    reason: error.message().to_owned(),
                }
            }
            _ => Self::Query {
                place,
                doing,
                source,
            },
        }
    }
}
