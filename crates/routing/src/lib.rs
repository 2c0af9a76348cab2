//! The core: who is rung for a call. Pure: no I/O, no clock, no async, and answering cannot fail.
//!
//! [`compile::compile`] turns the tables' plain rows into a [`snapshot::Snapshot`] and says all that is wrong with them.
//! [`moment::Moment`] is the snapshot at one minute: what is open, who is away. [`route::Router`] decides about calls.
//!
//! To change what a rule means, change [`matching`] (when it applies), [`candidate`] (who can be rung) or `order.rs` (in
//! which order); the cases in `tests/` say what else that changes.

pub mod schema;
pub mod table;
pub mod language;
pub mod diagnosis;
pub mod problem;
pub mod compile;
pub mod snapshot;
pub mod arena;
pub mod fold;
pub mod number;
pub mod callers;
pub mod holidays;
pub mod schedule;
pub mod moment;
pub mod call;
mod index;
pub mod route;
mod step;
pub mod matching;
pub mod candidate;
mod order;
pub mod spread;
pub mod hash;
pub mod tickets;
pub mod activity;
pub mod explain;
pub mod rule_test;
pub mod assess;
pub mod lint;
pub mod coverage;
pub mod compare;

#[cfg(test)]
mod tests;
