//! Everything that is tested from outside, in one binary: a file per face.

mod config;
mod database;
mod harness;
mod live_edits;
mod metrics;
mod server;
mod store_changes;
mod store_constraints;
mod store_create;
mod store_problems;
mod store_reader;
mod store_references;
mod tidy;
mod webhook;
