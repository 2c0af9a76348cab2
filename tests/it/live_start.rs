//! Starts without a database that can be served: the last good copy, what is right of the rows, or nothing; and never
//! demo data in place of somebody's rules.

#![expect(
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::path::PathBuf;

use crate::cli_program::{Program, Ran};
use crate::database::Database;
use crate::harness::{Running, wait_for};

/// A database that rings `hoa`, and the state that a server has left behind.
struct Left {
    database: Database,
    state: PathBuf,
}

impl Left {
    async fn new() -> Self {
        let database = Database::ringing(&["hoa"]).await;
        let state = database.directory().join("state");
        let server = Running::with_state(&database.path(), &state, "");
        wait_for("the copy", || {
            server
                .log()
                .contains("the last good copy is made")
                .then_some(())
        });
        assert!(server.stop().success());
        Self { database, state }
    }

    fn start(&self, on_missing: &str) -> Running {
        Running::with_state(
            &self.database.path(),
            &self.state,
            &format!("[database]\non_missing = \"{on_missing}\""),
        )
    }

    /// Serves `hoa` from the last good copy, and says so.
    fn serves_last_good(&self, on_missing: &str) -> Running {
        let server = self.start(on_missing);
        assert_eq!(server.rung("q", "a", "1"), ["hoa"]);
        let readiness = server.admin("/readyz");
        assert_eq!(readiness.status, 200);
        assert!(
            readiness
                .body
                .contains("calls are answered from the last good copy"),
            "{}",
            readiness.body
        );
        let status = server.admin("/status").json();
        assert_eq!(
            (&status["rules"]["source"], &status["readiness"]),
            (&"last_good".into(), &"degraded".into())
        );
        wait_for("the note", || {
            fs::read_to_string(self.state.join("PROBLEMS.txt"))
                .is_ok_and(|note| note.contains("last good copy"))
                .then_some(())
        });
        server
    }

    /// Starts a server that is expected to give up at once.
    fn cannot_start(&self, on_missing: &str) -> Ran {
        let settings = [
            format!("database.rules={}", self.database.path().display()),
            format!("database.state={}", self.state.display()),
            format!("database.on_missing={on_missing}"),
            "server.listen=127.0.0.1:0".to_owned(),
            "admin.listen=127.0.0.1:0".to_owned(),
        ];
        let set: Vec<&str> = settings
            .iter()
            .flat_map(|setting| ["--set", &**setting])
            .collect();
        Program::new().run(&[&["serve"], &*set].concat())
    }
}

#[tokio::test]
async fn without_a_database_the_last_good_copy_is_served_until_there_is_one() {
    let left = Left::new().await;
    let other = Database::ringing(&["minh"]).await;
    fs::remove_file(left.database.path()).unwrap();
    for on_missing in ["fail", "empty", "demo"] {
        let server = left.serves_last_good(on_missing);
        assert!(
            !left.database.path().exists(),
            "this is not the first start"
        );
        assert!(
            server
                .admin("/readyz")
                .body
                .contains("there is no rules database")
        );
    }
    let server = left.serves_last_good("fail");
    fs::copy(other.path(), left.database.path()).unwrap();
    wait_for("minh to be rung", || {
        (server.rung("q", "a", "1") == ["minh"]).then_some(())
    });
    wait_for("all to be well", || {
        (server.admin("/readyz").body == "ready\n").then_some(())
    });
    assert_eq!(
        server.admin("/status").json()["rules"]["source"],
        "database"
    );
}

#[tokio::test]
async fn with_a_broken_database_the_last_good_copy_is_served() {
    let left = Left::new().await;
    fs::write(left.database.path(), "these are no rules").unwrap();
    let server = left.serves_last_good("fail");
    assert!(
        server
            .admin("/readyz")
            .body
            .contains("is not an SQLite database")
    );
}

#[tokio::test]
async fn with_rows_in_error_the_last_good_copy_is_better_than_a_part() {
    let left = Left::new().await;
    let mut editor = left.database.shell().await;
    editor
        .run("insert into agents (id, name) values ('minh', 'Minh'); update group_members set agent_id = 'minh'")
        .await;
    editor.run("pragma ignore_check_constraints = 1; update agents set routing_type = 9 where id = 'hoa'").await;
    let server = left.serves_last_good("fail");
    let status = server.admin("/status").json();
    assert_eq!(
        (&status["edit_refused"], &status["problems"][0]["key"]),
        (&true.into(), &"hoa".into())
    );
    editor.run("update agents set routing_type = 1").await;
    wait_for("minh to be rung", || {
        (server.rung("q", "a", "1") == ["minh"]).then_some(())
    });
}

#[tokio::test]
async fn while_somebody_locks_the_database_the_last_good_copy_is_served() {
    let left = Left::new().await;
    let mut editor = left.database.shell().await;
    editor.run("begin exclusive").await;
    let server = left.serves_last_good("fail");
    editor.run("update agents set name = 'Hoa'; commit").await;
    wait_for("all to be well", || {
        (server.admin("/readyz").body == "ready\n").then_some(())
    });
}

#[tokio::test]
async fn a_damaged_copy_is_not_served() {
    let left = Left::new().await;
    let copy = left.state.join("last-good.db");
    let mut bytes = fs::read(&copy).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&copy, bytes).unwrap();
    fs::write(left.database.path(), "these are no rules").unwrap();
    let server = left.start("fail");
    assert_eq!(server.rung("q", "a", "1"), [""; 0]);
    let readiness = wait_for("the sentence", || {
        Some(server.admin("/readyz")).filter(|answer| {
            answer
                .body
                .contains("is not the copy that was written there")
        })
    });
    assert_eq!(readiness.status, 503);
    assert!(
        readiness.body.contains("is not an SQLite database"),
        "{}",
        readiness.body
    );
    drop(server);
    fs::remove_file(left.database.path()).unwrap();
    for on_missing in ["fail", "empty", "demo"] {
        let ran = left.cannot_start(on_missing);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(
            ran.complaints.contains("though there was one: restore it"),
            "{ran}"
        );
        assert!(
            !left.database.path().exists(),
            "nothing is made in its place"
        );
    }
    let good = Database::ringing(&["minh"]).await;
    fs::copy(good.path(), left.database.path()).unwrap();
    let server = left.start("fail");
    wait_for("all to be well", || {
        (server.admin("/readyz").body == "ready\n").then_some(())
    });
    assert_eq!(server.rung("q", "a", "1"), ["minh"]);
}

#[test]
fn without_database_and_copy_a_mistyped_path_is_said() {
    let program = Program::new();
    let ran = program.run(&[
        "serve",
        "--set",
        "server.listen=127.0.0.1:0",
        "--set",
        "admin.listen=127.0.0.1:0",
    ]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.complaints
            .contains("there is no rules database at data/rules.db; make one with"),
        "{ran}"
    );
}
