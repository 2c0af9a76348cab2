//! Several servers on PostgreSQL: the real program against a real PostgreSQL, which each test starts for itself.
//!
//! Where PostgreSQL is not installed the tests say so and pass; with `CLUSTER_POSTGRES=1` they fail then.

mod calls;
mod edits;
mod fail_over;
#[path = "../it/harness.rs"]
#[expect(dead_code, reason = "the other binary takes more of it")]
mod harness;
mod journal;
mod on_the_way;
mod postgres;
#[path = "../it/refusals.rs"]
mod refusals;
mod projects;
mod rules;
mod several;
mod shared;
mod soak;
mod tables;
mod verdicts;
