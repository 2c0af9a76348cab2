//! What is remembered of calls: how long each has waited and what it was answered ([`memory`]), and what the platform's
//! call events tell of who took it ([`activity`]). Bounded, and in memory; the journal writes it down.

pub mod activity;
pub mod memory;
#[cfg(test)]
mod model_tests;
