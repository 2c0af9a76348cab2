//! A client of Stringee's REST API.
//!
//! Odd answers are read as what they mean: totals and numbers as texts, booleans as 0 and 1, a greeting of `""` or `0`
//! for none, `msg` for `message`. What is documented, and what is only known from answers, stands with each resource.

mod agent;
mod center;
mod error;
mod group;
mod http;
mod jwt;
mod number;
mod page;
mod queue;
mod reply;
mod tolerant;

pub use agent::Agent;
pub use center::Center;
pub use error::ApiError;
pub use group::{Group, GroupMember, GroupRouting};
pub use http::{Client, http_agent};
pub use jwt::{ApiKey, TokenFault};
pub use number::HotlineNumber;
pub use queue::{Queue, QueueFields};
pub use tolerant::number_of;

/// The header that holds the token.
pub const AUTH_HEADER: &str = "x-stringee-auth";
