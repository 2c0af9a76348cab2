//! stringee-router answers Stringee's `get_list_agents` webhook from routing rules kept in SQLite.

pub mod admin;
pub mod cli;
pub mod clock;
pub mod config;
pub mod live;
pub mod routing;
pub mod server;
pub mod shutdown;
pub mod store;
pub mod telemetry;
pub mod webhook;
