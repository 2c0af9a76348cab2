//! Starts without a database that can be served: the last good copy, what is right of the rows, or nothing; and never
//! demo data in place of somebody's rules.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
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
        self.serves_copy(on_missing, "last_good", "the last good copy")
    }

    /// Serves `hoa` from a copy, and says so.
    fn serves_copy(&self, on_missing: &str, source: &str, copy: &str) -> Running {
        let server = self.start(on_missing);
        assert_eq!(server.rung("q", "a", "1"), ["hoa"]);
        says(&server, &format!("calls are answered from {copy}"));
        let status = server.admin("/status").json();
        assert_eq!(
            (&status["rules"]["source"], &status["readiness"]),
            (&source.into(), &"degraded".into())
        );
        wait_for("the note", || {
            fs::read_to_string(self.state.join("PROBLEMS.txt"))
                .is_ok_and(|note| note.contains(copy))
                .then_some(())
        });
        server
    }

    /// Puts one bit of the last good copy wrong.
    fn damage_copy(&self) {
        let copy = self.state.join("last-good.db");
        let mut bytes = fs::read(&copy).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&copy, bytes).unwrap();
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

/// Waits until `/readyz` says so, with status 200.
#[track_caller]
fn says(server: &Running, sentence: &str) {
    wait_for(sentence, || {
        let readiness = server.admin("/readyz");
        assert_eq!(readiness.status, 200, "{}", readiness.body);
        readiness.body.contains(sentence).then_some(())
    });
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
        says(&server, "there is no rules database");
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
    says(&server, "is not an SQLite database");
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
async fn rules_that_are_as_they_were_keep_their_version_and_nothing_is_wrong() {
    let left = Left::new().await;
    for _ in 0..2 {
        let server = left.start("fail");
        assert!(server.admin("/readyz").body.starts_with("ready"));
        wait_for("the rules to be read", || {
            let rules = &server.admin("/status").json()["rules"];
            (rules["source"] == "database").then(|| assert_eq!(rules["version"], 1))
        });
        assert!(!server.log().contains("ERROR"), "{}", server.log());
        assert!(server.stop().success());
    }
}

#[tokio::test]
async fn what_a_running_server_would_hold_is_held_at_a_start() {
    let left = Left::new().await;
    let mut editor = left.database.shell().await;
    editor.run("delete from agents").await;
    let server = left.start("fail");
    assert_eq!(server.rung("q", "a", "1"), ["hoa"]);
    says(&server, "the newest version of the rules is held until");
    assert_eq!(server.rung("q", "a", "2"), ["hoa"]);
}

#[tokio::test]
async fn with_rules_and_copy_both_bad_the_newest_whole_backup_is_served() {
    let left = Left::new().await;
    let backups = left.state.join("backup");
    // A newer one that does not hold what its name says.
    fs::write(
        backups.join("rules-20991231T000000Z-9-00000000000000ab.db"),
        "no rules",
    )
    .unwrap();
    left.damage_copy();
    fs::write(left.database.path(), "these are no rules").unwrap();
    let server = left.serves_copy("fail", "backup", "a backup of the rules");
    says(&server, "is not an SQLite database");
    says(&server, "is not the copy that was written there");
    drop(server);
    fs::remove_file(left.database.path()).unwrap();
    let server = left.serves_copy("demo", "backup", "a backup of the rules");
    let good = Database::ringing(&["minh"]).await;
    fs::copy(good.path(), left.database.path()).unwrap();
    wait_for("minh to be rung", || {
        (server.rung("q", "a", "1") == ["minh"]).then_some(())
    });
    assert_eq!(
        server.admin("/status").json()["rules"]["version"],
        10,
        "no number is given twice"
    );
}

#[tokio::test]
async fn a_damaged_copy_is_not_served() {
    let left = Left::new().await;
    left.damage_copy();
    fs::remove_dir_all(left.state.join("backup")).unwrap();
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
            ran.complaints
                .contains("though there was one, and no copy of it that is whole"),
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
