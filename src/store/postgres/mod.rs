//! The rules in PostgreSQL, for several servers: its tables, and what is written there and read.
//!
//! Every statement is a simple query: nothing is prepared, so that a pooler which hands out connections by the
//! transaction carries it. Values stand in the text, quoted by [`quoted`]; rows go as JSON.

mod error;
mod place;
mod connection;
mod create;
mod rows;
mod push;
mod follow;
mod exchange;
mod projects;
mod journal;

pub use connection::Postgres;
pub use create::{Filling, install};
pub use error::PostgresError;
pub use exchange::{
    HeardReply, HeardRow, Joined, JudgedVersion, NewestVersion, ReplicaRow, Replicas, TellRequest,
    VerdictRow,
};
pub use follow::Followed;
pub use place::PostgresPlace;
pub use projects::{NewerVersions, ProjectRow};

/// A text as SQL writes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
