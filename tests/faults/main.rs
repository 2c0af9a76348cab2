//! What must never cost a call: faults made with real files, processes and sockets, while a prober compares each answer
//! with the answers that are legal at that moment. `docs/reliability.md` lists them with what was measured.
//!
//! `cargo test --test faults -- --nocapture` prints the figures; `FAULTS=long` makes each fault as long as in the table.

mod backups;
mod bed;
mod bystanders;
mod console;
#[expect(
    dead_code,
    reason = "shared with the other test binary, which needs more of it"
)]
#[path = "../it/console_visitor.rs"]
mod console_visitor;
mod crashes;
mod crowds;
#[expect(
    dead_code,
    reason = "shared with the other test binary, which needs more of it"
)]
#[path = "../it/database.rs"]
mod database;
mod edits;
mod files;
#[expect(
    dead_code,
    reason = "shared with the other test binary, which needs more of it"
)]
#[path = "../it/harness.rs"]
mod harness;
mod journal;
mod jumps;
mod loads;
mod locks;
mod logs;
mod mounts;
mod prober;
mod proxies;
mod scale;
mod signals;
mod slips;
mod soak;
mod starts;
mod strangers;
mod unread;
mod versions;
