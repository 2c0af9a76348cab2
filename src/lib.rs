//! stringee-router answers Stringee's `get_list_agents` webhook from routing rules kept in SQLite.

pub mod version;
pub mod calls;
pub mod webhook;
pub mod store;
pub mod state;
pub mod exchange;
pub mod plan;
mod shown;
pub mod journal;
pub mod report;
pub mod rules;
pub mod cluster;
pub mod pull;
pub mod admin;
pub mod console;
pub mod server;
pub mod config;
pub mod telemetry;
pub use clock;
mod background;
mod files;
mod generations;
mod params;
pub mod shutdown;
pub mod signals;
pub mod systemd;
pub mod cli;
