//! A server with the demo data, and somebody who is signed in there.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::path::PathBuf;

use serde_json::json;
use stringee_router::config::Role;

use crate::browser::Browser;
use crate::console_visitor::Visitor;
use crate::database::Database;
use crate::harness::Running;

/// A server with the demo data.
pub(crate) struct Desk {
    pub(crate) server: Running,
    pub(crate) state: PathBuf,
    pub(crate) database: Database,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::of(Database::demo().await, "")
    }

    /// A server that has no rules yet.
    pub(crate) async fn empty() -> Self {
        Self::of(Database::empty().await, "[database]\nhold_seconds = 0")
    }

    fn of(database: Database, config: &str) -> Self {
        let state = database.directory().join("state");
        Self {
            server: Running::with_state(&database.path(), &state, config),
            state,
            database,
        }
    }

    /// The address of a page.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.admin_address())
    }

    /// Lets the browser be somebody who has signed in elsewhere.
    pub(crate) fn sign_in(&self, browser: &Browser, name: &str, role: Role) {
        let visitor = Visitor::signed_in(&self.server, &self.state, name, role);
        browser.go(&self.at("/sign-in"));
        let cookie = json!({
            "name": "sr", "value": visitor.cookie("sr").unwrap(), "url": self.at("/"), "httpOnly": true, "sameSite": "Lax",
        });
        browser.chromium("Network.setCookie", &cookie);
    }
}
