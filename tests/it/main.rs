//! One integration binary: a file per face.

mod config;
mod metrics;
mod server;
