//! The server's own directory: copies of accepted versions, and who writes there.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::path::{Path, PathBuf};

use routing::table::{Cell, CellRef, Table};
use serde_json::Value;
use stringee_router::state::State;
use stringee_router::store;

use crate::database::Database;
use crate::harness::{Running, wait_for};

/// A server on a database that rings `hoa`, with a state directory beside it.
struct Fixture {
    database: Database,
    state: PathBuf,
    server: Running,
}

impl Fixture {
    async fn new(config: &str) -> Self {
        let database = Database::ringing(&["hoa"]).await;
        let state = database.directory().join("state");
        let server = Running::with_state(&database.path(), &state, config);
        Self {
            database,
            state,
            server,
        }
    }

    /// Renames the agent, and waits until a copy has been made of that.
    #[track_caller]
    fn is_copied(&self) -> Value {
        is_copied(&self.server)
    }

    async fn rename(&self, name: &str) {
        self.database
            .shell()
            .await
            .run(&format!("update agents set name = '{name}'"))
            .await;
        let agent = |loaded: &store::Loaded| {
            Cell::from(
                loaded
                    .tables
                    .rows(Table::Agents)
                    .next()
                    .unwrap()
                    .get(1)
                    .unwrap(),
            )
        };
        let loaded = store::Reader::open(&self.database.path())
            .await
            .unwrap()
            .load()
            .await
            .unwrap();
        assert_eq!(agent(&loaded), Cell::from(name));
        let hash = format!("{:016x}", loaded.tables.fingerprint());
        wait_for("the edit to be in force", || {
            (self.server.admin("/status").json()["rules"]["hash"] == *hash).then_some(())
        });
    }

    fn backups(&self) -> Vec<PathBuf> {
        let mut backups: Vec<_> = fs::read_dir(self.state.join("backup"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        backups.sort();
        backups
    }
}

/// Waits until the last good copy holds what is served.
#[track_caller]
fn is_copied(server: &Running) -> Value {
    wait_for("the copy", || {
        let mut status = server.admin("/status").json();
        let copy = status["state"]["last_good"].take();
        (copy["is_current"] == true).then_some(copy)
    })
}

/// The name of the only agent in a copy.
async fn agent_in(copy: &Path) -> String {
    let tables = store::load_copy(copy).await.unwrap();
    match tables.rows(Table::Agents).next().unwrap().get(1).unwrap() {
        CellRef::Text(name) => name.to_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn each_accepted_version_is_copied_and_the_newest_backups_are_kept() {
    let fixture = Fixture::new("[database]\nbackups_kept = 2").await;
    let first = fixture.is_copied();
    assert_eq!(agent_in(&fixture.state.join("last-good.db")).await, "hoa");
    assert!(
        fixture.backups()[0]
            .to_str()
            .unwrap()
            .contains(first["version"].as_str().unwrap())
    );
    for name in ["Hoa 2", "Hoa 3"] {
        fixture.rename(name).await;
        fixture.is_copied();
        assert_eq!(agent_in(&fixture.state.join("last-good.db")).await, name);
    }
    wait_for("the oldest to go", || {
        (fixture.backups().len() == 2).then_some(())
    });
    wait_for("the removed backup to be counted", || {
        (fixture.server.counter("rules_removed_backups") == 1).then_some(())
    });
    let backups = fixture.backups();
    assert_eq!(
        (agent_in(&backups[0]).await, agent_in(&backups[1]).await),
        ("Hoa 2".into(), "Hoa 3".into())
    );
    let metrics = fixture.server.admin("/metrics").body;
    assert!(
        metrics.contains("stringee_router_rules_last_good_age_seconds "),
        "{metrics}"
    );
    assert!(
        metrics.contains("stringee_router_rules_source{source=\"database\"} 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn what_is_refused_is_not_copied() {
    let fixture = Fixture::new("").await;
    fixture.is_copied();
    fixture.rename("Hoa").await;
    fixture.is_copied();
    let mut editor = fixture.database.shell().await;
    editor
        .run("pragma ignore_check_constraints = 1; update agents set routing_type = 9")
        .await;
    wait_for("the refusal", || {
        fixture
            .server
            .admin("/readyz")
            .body
            .contains("routing_type")
            .then_some(())
    });
    assert_eq!(agent_in(&fixture.state.join("last-good.db")).await, "Hoa");
    let note = wait_for("the note", || {
        fs::read_to_string(fixture.state.join("PROBLEMS.txt")).ok()
    });
    assert!(note.contains("agents.routing_type of 'hoa': 9"), "{note}");
    editor.run("update agents set routing_type = 1").await;
    wait_for("the note to go away", || {
        (!fixture.state.join("PROBLEMS.txt").exists()).then_some(())
    });
}

#[tokio::test]
async fn a_copy_that_goes_missing_is_made_again() {
    let fixture = Fixture::new("").await;
    fixture.is_copied();
    fs::remove_dir_all(&fixture.state).unwrap();
    wait_for("the copy", || {
        fixture.state.join("last-good.json").exists().then_some(())
    });
    wait_for("the copy to be whole", || {
        let status = fixture.server.admin("/status").json();
        (status["state"]["is_ours"] == true && status["readiness"] == "ready").then_some(())
    });
    assert_eq!(agent_in(&fixture.state.join("last-good.db")).await, "hoa");
}

#[tokio::test]
async fn a_second_server_on_the_same_state_answers_but_does_not_write() {
    let Fixture {
        database,
        state,
        server: first,
    } = Fixture::new("").await;
    is_copied(&first);
    let second = Running::with_state(&database.path(), &state, "");
    let sentence = "belongs to another running stringee-router";
    let readiness = wait_for("the sentence", || {
        Some(second.admin("/readyz")).filter(|answer| answer.body.contains(sentence))
    });
    assert_eq!(readiness.status, 200);
    database
        .shell()
        .await
        .run("update agents set id = 'lan'")
        .await;
    for server in [&first, &second] {
        wait_for("lan to be rung", || {
            (server.rung("q", "a", "1") == ["lan"]).then_some(())
        });
    }
    is_copied(&first);
    assert_eq!(&*first.admin("/readyz").body, "ready\n");
    assert!(
        !state.join("PROBLEMS.txt").exists(),
        "what the second one has to say is not the first one's problem"
    );
    assert!(first.stop().success());
    wait_for("the second to take over", || {
        (second.admin("/readyz").body == "ready\n").then_some(())
    });
    database
        .shell()
        .await
        .run("update agents set id = 'minh'")
        .await;
    wait_for("minh to be rung", || {
        (second.rung("q", "a", "1") == ["minh"]).then_some(())
    });
    is_copied(&second);
}

#[tokio::test]
async fn a_state_directory_that_cannot_be_written_keeps_no_call_waiting() {
    let database = Database::ringing(&["hoa"]).await;
    let state = database.directory().join("state");
    fs::write(&state, "a file stands in the way").unwrap();
    let server = Running::with_state(&database.path(), &state, "");
    let readiness = wait_for("the sentence", || {
        Some(server.admin("/readyz")).filter(|answer| {
            answer
                .body
                .contains("the state directory cannot be written")
        })
    });
    assert_eq!(
        (readiness.status, server.rung("q", "a", "1")),
        (200, vec!["hoa".to_owned()])
    );
    fs::remove_file(&state).unwrap();
    is_copied(&server);
    assert_eq!(&*server.admin("/readyz").body, "ready\n");
}

#[tokio::test]
async fn a_kill_at_any_moment_leaves_a_whole_copy() {
    let Fixture {
        database,
        state,
        server,
    } = Fixture::new("").await;
    is_copied(&server);
    drop(server);
    let last_good = State::new(state.clone(), 0);
    for round in 0..12_u32 {
        let server = Running::with_state(&database.path(), &state, "");
        let mut editor = database.shell().await;
        // The copy is made a second after the edit: each round kills a little later than the one before.
        editor
            .run(&format!("update agents set name = 'round {round}'"))
            .await;
        let draft = state.join("last-good.db.new");
        let mut looks = 0;
        wait_for("a moment to kill", || {
            looks += u32::from(draft.exists());
            let is_done = server.log().contains("the last good copy is made");
            (looks > round % 3 || is_done).then_some(())
        });
        drop(server);
        let copy = last_good.last_good().await.unwrap().unwrap();
        let held = agent_in(&copy.path).await;
        assert_eq!(
            store::load_copy(&copy.path).await.unwrap().fingerprint(),
            copy.version.fingerprint
        );
        let accepted = (0..=round).map(|round| format!("round {round}"));
        assert!(
            accepted.chain(["hoa".to_owned()]).any(|name| name == held),
            "{held} after round {round}"
        );
    }
}
