//! Starts while something stands in the way: calls are answered all the same, and whoever wants the server to stop is heard.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::bed::{say, since};
use crate::database::Database;
use crate::harness::{Running, wait_for};

/// Many times what a start or a stop takes, for a busy machine; and less than what stands in the way would take.
const SOON: Duration = Duration::from_secs(4);

/// In place of a table of ours: rows without an end.
const ENDLESS: &str = "
    drop view if exists problems; drop table queues;
    create view queues as
        with recursive n (i) as (select 1 union all select i + 1 from n) select 'q' || i as id, 'Q' as name from n";

/// Rules that ring `v0`, and what a server has left behind.
struct Left {
    database: Database,
    state: PathBuf,
}

impl Left {
    async fn new() -> Self {
        let left = Self {
            database: Database::ringing(&["v0"]).await,
            state: PathBuf::new(),
        };
        let state = left.database.directory().join("state");
        let left = Self { state, ..left };
        let server = left.start();
        wait_for("the copy", || {
            let is_made = server.log().contains("the last good copy is made");
            is_made.then_some(())
        });
        assert!(server.stop().success());
        left
    }

    fn start(&self) -> Running {
        Running::with_state(&self.database.path(), &self.state, "")
    }

    /// Starts, answers `v0` soon, says why it is not from the database, and stops soon.
    #[track_caller]
    fn is_served_and_stops(&self, fault: &str, sentence: &str) {
        let began = clock::monotonic();
        let server = self.start();
        assert_eq!(server.rung("q", "a", "1"), ["v0"]);
        let answered = since(began);
        let said = says(&server, sentence);
        assert_eq!(server.rung("q", "b", "1"), ["v0"]);
        let began = clock::monotonic();
        assert!(server.stop().success());
        let stopped = since(began);
        say(
            fault,
            &format!(
                "answered after {answered:.2?}, said after {said:.2?}, stopped after {stopped:.2?}"
            ),
        );
        assert!(answered < SOON && stopped < SOON);
    }
}

/// Waits until the server says so, and remains ready.
#[track_caller]
fn says(server: &Running, sentence: &str) -> Duration {
    let began = clock::monotonic();
    wait_for(sentence, || {
        let readiness = server.admin("/readyz");
        assert_eq!(readiness.status, 200, "{}", readiness.body);
        readiness.body.contains(sentence).then_some(())
    });
    since(began)
}

/// Opening it waits for ever, as on a disk that hangs.
fn put_silence(path: &Path) {
    drop(fs::remove_file(path));
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[tokio::test]
async fn a_start_while_somebody_holds_the_rules_answers_from_the_copy() {
    let left = Left::new().await;
    let mut editor = left.database.shell().await;
    editor.run("begin exclusive").await;
    left.is_served_and_stops(
        "start under BEGIN EXCLUSIVE",
        "the rules database cannot be read",
    );
}

#[tokio::test]
async fn a_start_on_rules_without_an_end_answers_from_the_copy() {
    let left = Left::new().await;
    left.database.shell().await.run(ENDLESS).await;
    left.is_served_and_stops(
        "start on an endless view",
        "the rules database cannot be read",
    );
}

#[tokio::test]
async fn a_first_start_on_rules_without_an_end_can_be_stopped() {
    let database = Database::ringing(&["v0"]).await;
    database.shell().await.run(ENDLESS).await;
    let began = clock::monotonic();
    let server = Running::with_state(&database.path(), &database.directory().join("state"), "");
    assert_eq!(server.rung("q", "a", "1"), [""; 0]);
    assert_eq!(server.get("/readyz").status, 503);
    let answered = since(began);
    let began = clock::monotonic();
    assert!(server.stop().success());
    let stopped = since(began);
    say(
        "first start on an endless view",
        &format!("empty lists after {answered:.2?}, stopped after {stopped:.2?}"),
    );
    assert!(stopped < SOON);
}

#[tokio::test]
async fn a_start_with_a_state_directory_that_hangs_answers_from_the_rules() {
    let left = Left::new().await;
    for name in ["lock", "last-good.db", "last-good.json"] {
        put_silence(&left.state.join(name));
    }
    let began = clock::monotonic();
    let server = left.start();
    assert_eq!(server.rung("q", "a", "1"), ["v0"]);
    let answered = since(began);
    let said = says(&server, "has not answered for 2 s; look at the disk");
    let began = clock::monotonic();
    assert!(server.stop().success());
    let stopped = since(began);
    say(
        "start with a state directory that hangs",
        &format!(
            "answered after {answered:.2?}, said after {said:.2?}, stopped after {stopped:.2?}"
        ),
    );
}

#[tokio::test]
async fn a_start_with_rules_and_copy_both_bad_answers_from_a_backup() {
    let left = Left::new().await;
    fs::write(left.database.path(), "these are no rules").unwrap();
    fs::write(left.state.join("last-good.db"), "nor are these").unwrap();
    left.is_served_and_stops("rules and copy both bad", "from a backup of the rules");
}

#[tokio::test]
async fn tables_that_cannot_be_upgraded_now_are_said_and_read_as_they_are() {
    let left = Left::new().await;
    let mut editor = left.database.create_old(1, &["v0"]).await;
    editor.run("begin immediate").await;
    left.is_served_and_stops(
        "tables that cannot be upgraded",
        "cannot be brought up to date now",
    );
}
