//! What was accepted is kept: each version in the history, and the newest in the last good copy, whatever stands in the file.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use stringee_router::store::{ChangeQuery, JournalFile, VersionRow};

use crate::bed::{renames, say, since};
use crate::database::Database;
use crate::harness::{Running, wait_for};
use crate::scale::scaled;

/// Rules and a state directory that stay.
struct Kept {
    database: Database,
    state: PathBuf,
}

impl Kept {
    async fn new() -> Self {
        let database = Database::ringing(&["v0"]).await;
        let state = database.directory().join("state");
        Self { database, state }
    }

    /// Starts a server, and waits until there is a copy to compare with.
    fn start(&self) -> Running {
        let server = Running::with_state(&self.database.path(), &self.state, "");
        wait_for("a copy", || {
            server.admin("/status").json()["state"]["last_good"]
                .is_object()
                .then_some(())
        });
        server
    }

    async fn rings(&self, agent: &str) {
        let mut editor = self.database.shell().await;
        editor.run("pragma busy_timeout = 5000").await;
        renames(&mut editor, agent).await;
        editor.close().await;
    }

    /// The versions of the history, the oldest first.
    async fn versions(&self) -> Vec<VersionRow> {
        versions(&self.state).await
    }

    /// The agent whom the newest version of the history added.
    async fn newest_agent(&self) -> Option<String> {
        let newest = self.versions().await.pop()?;
        added(&self.state, &newest).await
    }
}

async fn versions(state: &Path) -> Vec<VersionRow> {
    let journal = state.join("journal.db");
    let mut file = JournalFile::open_to_read(&journal).await.unwrap();
    let mut versions = file.versions(None, None, None).await.unwrap();
    file.close().await.unwrap();
    versions.reverse();
    versions
}

/// The agent whom an insert of that version added.
async fn added(state: &Path, version: &VersionRow) -> Option<String> {
    let journal = state.join("journal.db");
    let mut file = JournalFile::open_to_read(&journal).await.unwrap();
    let changes = file
        .changes(&ChangeQuery::of(version.number))
        .await
        .unwrap();
    file.close().await.unwrap();
    let inserted = changes
        .iter()
        .find(|change| change.table == "agents" && change.before.is_none());
    inserted.map(|change| change.key.clone())
}

#[track_caller]
fn is_rung(server: &Running, agent: &str) {
    wait_for(agent, || {
        (server.rung("q", "a", "1") == [agent]).then_some(())
    });
}

#[tokio::test]
async fn good_edits_before_a_bad_one_are_kept_and_served_after_a_restart() {
    let kept = Kept::new().await;
    let server = kept.start();
    let edits = scaled(6, 20);
    for edit in 1..=edits {
        kept.rings(&format!("v{edit}")).await;
        is_rung(&server, &format!("v{edit}"));
    }
    let mut editor = kept.database.shell().await;
    editor
        .run("pragma ignore_check_constraints = 1; update agents set routing_type = 9")
        .await;
    wait_for("the refusal", || {
        let status = server.admin("/status").json();
        (status["edit_refused"] == true).then_some(())
    });
    assert!(server.stop().success());
    let versions = kept.versions().await;
    assert_eq!(versions.len(), edits + 1, "{versions:?}");
    let server = Running::with_state(&kept.database.path(), &kept.state, "");
    let newest = format!("v{edits}");
    assert_eq!(server.rung("q", "a", "1"), [&*newest]);
    wait_for("the rows to be refused again", || {
        let status = server.admin("/status").json();
        (status["edit_refused"] == true).then_some(())
    });
    assert_eq!(server.rung("q", "b", "1"), [newest]);
    let status = server.admin("/status").json();
    assert_eq!(
        status["rules"]["version"],
        versions.last().unwrap().number,
        "numbers go on"
    );
}

#[tokio::test]
async fn edits_a_fifth_of_a_second_apart_have_a_line_each() {
    let kept = Kept::new().await;
    let server = kept.start();
    let edits = scaled(10, 50);
    let mut served = Vec::new();
    for edit in 1..=edits {
        kept.rings(&format!("v{edit}")).await;
        let deadline = clock::monotonic() + Duration::from_millis(200);
        while clock::monotonic() < deadline {
            served.extend(server.rung("q", "a", "1"));
            thread::sleep(Duration::from_millis(5));
        }
    }
    is_rung(&server, &format!("v{edits}"));
    served.push(format!("v{edits}"));
    served.dedup();
    let newest = served.len();
    wait_for("the history", || {
        let log = server.log();
        (log.matches("the version is in the history").count() >= newest).then_some(())
    });
    let versions = kept.versions().await;
    assert_eq!(versions.len(), newest, "{served:?}: {versions:?}");
    for (version, agent) in versions.iter().zip(&served).skip(1) {
        assert_eq!(added(&kept.state, version).await.as_ref(), Some(agent));
        assert_eq!(version.not_logged, 0, "who and why is known");
    }
    say(
        "edits 0.2 s apart",
        &format!("{edits} edits, {newest} versions served, as many in the history"),
    );
}

#[tokio::test]
async fn a_kill_right_after_an_edit_is_in_force_loses_it_neither_from_the_copy_nor_from_the_history()
 {
    let kept = Kept::new().await;
    drop(kept.start());
    let rounds = scaled(8, 50);
    let (mut told, mut slowest) = (0, Duration::ZERO);
    for round in 1..=rounds {
        let server = kept.start();
        let before = format!("v{}", round - 1);
        is_rung(&server, &before);
        // On a busy machine the edit of the round before is written down only now, and this round is about its own.
        let deadline = clock::monotonic() + Duration::from_secs(20);
        while round > 1 && kept.newest_agent().await.as_ref() != Some(&before) {
            assert!(clock::monotonic() < deadline, "{before} is not kept");
            thread::sleep(Duration::from_millis(20));
        }
        let agent = format!("v{round}");
        kept.rings(&agent).await;
        is_rung(&server, &agent);
        let pause = round * 37 % 300;
        thread::sleep(Duration::from_millis(pause));
        drop(server);
        // What stands in the file is of no help to the next start.
        let mut editor = kept.database.shell().await;
        editor
            .run("pragma ignore_check_constraints = 1; update agents set routing_type = 9")
            .await;
        let began = clock::monotonic();
        let server = Running::with_state(&kept.database.path(), &kept.state, "");
        let rung = server.rung("q", "a", "1");
        slowest = slowest.max(since(began));
        let is_kept = rung == [&*agent];
        assert!(is_kept || rung == [before], "{rung:?} in round {round}");
        told += u64::from(is_kept);
        let newest = kept.newest_agent().await;
        assert!(
            newest.as_ref() == Some(&agent) || !is_kept,
            "the copy is newer than the history: {newest:?} in round {round}"
        );
        drop(server);
        editor.run("update agents set routing_type = 1").await;
        editor.close().await;
    }
    say(
        "kill -9 up to 0.3 s after an edit is in force",
        &format!("{told} of {rounds} edits kept, answering again after {slowest:.0?} at most"),
    );
    assert!(told > 0, "nothing is ever kept");
}
