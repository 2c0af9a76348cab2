//! The core, tested from outside: rows in, answers out.
//!
//! Each file holds one theme of the evaluation. What is expected stands in the words of the tables, never in those of
//! the code, so these tests also say what a rule means.

mod fixture;
mod generate;
mod numbers;
mod plausible;
mod codes;
mod conditions;
mod rule_index;
mod callers;
mod spread;
mod steps;
mod owners;
mod parts;
mod peoples_time;
mod oracle;
mod ordering;
mod activity;
mod schedules;
mod problems;
mod left_out;
mod rule_tests;
mod explanation;
mod properties;
mod lints;
mod advice;
mod coverage;
