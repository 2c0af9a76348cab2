//! Everything that is tested from outside, in one binary.

mod database;
mod store_reader;
