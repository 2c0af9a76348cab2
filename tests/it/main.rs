//! Everything that is tested from outside, in one binary.

mod database;
mod store_changes;
mod store_constraints;
mod store_create;
mod store_problems;
mod store_reader;
mod store_references;
