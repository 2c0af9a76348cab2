//! Everything that is tested from outside, in one binary: a file per face.

mod config;
mod database;
mod store_reader;
