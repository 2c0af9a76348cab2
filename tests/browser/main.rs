//! The console in a real browser: Debian's Chromium, driven by chromedriver.
//!
//! Where there is no chromedriver these tests say so and pass; with `CONSOLE_BROWSER=1` they fail.

mod browser;
#[expect(
    dead_code,
    reason = "shared with the other test binary, which needs more of it"
)]
#[path = "../it/console_visitor.rs"]
mod console_visitor;
#[expect(
    dead_code,
    reason = "shared with the other test binary, which needs more of it"
)]
#[path = "../it/database.rs"]
mod database;
mod desk;
mod first_call;
#[expect(
    dead_code,
    reason = "shared with the other test binary, which needs more of it"
)]
#[path = "../it/harness.rs"]
mod harness;
mod keys;
mod looks;
mod states;
mod walks;
