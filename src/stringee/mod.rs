//! The other side: Stringee itself. A client of its REST API, and an emulator of the whole for tests and trials.
//!
//! The names of Stringee's REST fields live only here, as those of the webhook live only in `webhook`. Odd answers are
//! read as what they mean: totals and numbers as texts, booleans as 0 and 1, a greeting of `""` or `0` for none,
//! `msg` for `message`. What is documented, and what is only known from answers, stands with each resource.

mod jwt;
mod error;
mod tolerant;
mod reply;
mod client;
mod page;
mod queue;
mod agent;
mod group;
mod number;
mod center;
pub mod ask;
pub mod emulator;

pub use agent::Agent;
pub use center::Center;
pub use client::Client;
pub use error::ApiError;
pub use group::{Group, GroupMember, GroupRouting};
pub use jwt::{ApiKey, TokenFault};
pub use number::HotlineNumber;
pub use queue::{Queue, QueueFields};

/// The header that holds the token.
pub const AUTH_HEADER: &str = "x-stringee-auth";
