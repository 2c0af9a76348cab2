//! Everything that is tested from outside, in one binary: a file per face.

mod cli_ask;
mod cli_check;
mod cli_config;
mod cli_coverage;
mod cli_explain;
mod cli_healthcheck;
mod cli_help;
mod cli_init;
mod cli_lint;
mod cli_program;
mod cli_replay;
mod cli_stub;
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
