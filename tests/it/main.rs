//! Everything that is tested from outside, in one binary: a file per face.

mod config;
mod database;
mod harness;
mod live_edits;
mod metrics;
mod server;
mod store_reader;
mod tidy;
mod webhook;
