//! The journal beside whoever fills it, takes it away, or sets the clock on.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stringee_router::store::{DecisionQuery, JournalFile};

use crate::bed::{renames, say};
use crate::database::{Database, Shell};
use crate::harness::{Running, wait_for};
use crate::jumps::faketime;
use crate::mounts::Mounted;
use crate::prober::{Prober, REQUESTS_A_SECOND};
use crate::scale::scaled;

/// The smallest bound that can be set.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// How many calls a stranger makes up in one question.
const CALLS: usize = 500;

/// Asks about calls that nobody has asked about before, with ids that are as long as a journal keeps them.
fn ask_about_new_calls(server: &Running, question: usize) {
    let id = |call| format!("{question}-{call}-{}", "x".repeat(200));
    let calls: Vec<_> = (0..CALLS)
        .map(|call| json!({"callId": id(call), "from": "84986776777", "to": "1"}))
        .collect();
    let body = json!({"queueId": "q", "calls": calls}).to_string();
    let answer = server.post("/get_list_agents", body.as_bytes(), &[]);
    assert_eq!(answer.status, 200);
}

fn metric(server: &Running, name: &str) -> u64 {
    let metrics = server.admin("/metrics").body;
    let value = metrics
        .lines()
        .find_map(|line| line.strip_prefix(&format!("stringee_router_journal_{name} ")));
    value.unwrap().parse().unwrap()
}

/// What the disk has of the journal.
fn bytes(journal: &Path) -> u64 {
    let of = |path: PathBuf| fs::metadata(path).map_or(0, |file| file.len());
    of(journal.to_owned()) + of(journal.with_extension("db-wal"))
}

async fn calls(journal: &Path) -> Vec<String> {
    let mut file = JournalFile::open_to_read(journal).await.unwrap();
    let rows = file.decisions(&DecisionQuery::default()).await.unwrap();
    file.close().await.unwrap();
    rows.into_iter().map(|row| row.call_id).collect()
}

/// The same where nothing can be awaited.
fn calls_now(journal: &Path) -> Vec<String> {
    let handle = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| handle.block_on(calls(journal)))
}

/// Waits until all that was answered is written.
fn is_written(server: &Running, calls: u64) {
    wait_for("the decisions to be written", || {
        let (written, dropped) = (
            metric(server, "written_total"),
            metric(server, "dropped_total"),
        );
        (written + dropped >= calls).then_some(())
    });
}

fn notes(server: &Running) -> Vec<Value> {
    let status = server.admin("/status").json();
    let notes = status.pointer("/journal_notes").and_then(Value::as_array);
    notes.unwrap().clone()
}

#[tokio::test]
async fn a_stranger_who_makes_up_calls_fills_the_journal_up_to_its_bound() {
    let questions = scaled(80, 400);
    let database = Database::ringing(&["v0"]).await;
    let state = database.directory().join("state");
    let config = format!("[journal]\nmax_bytes = {MAX_BYTES}");
    let server = Running::with_state(&database.path(), &state, &config);
    let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
    let journal = state.join("journal.db");
    let mut longest = 0;
    for question in 0..questions {
        ask_about_new_calls(&server, question);
        longest = longest.max(bytes(&journal));
        assert!(
            longest <= MAX_BYTES,
            "{longest} bytes after {question} questions"
        );
    }
    is_written(&server, u64::try_from(questions * CALLS).unwrap());
    let deleted = metric(&server, "evicted_total");
    assert!(deleted > 0);
    let last = format!("{}-", questions - 1);
    let left = calls(&journal).await;
    assert!(
        left.iter().any(|call| call.starts_with(&last)),
        "the newest are there"
    );
    assert!(
        !left.iter().any(|call| call.starts_with("0-")),
        "the oldest went"
    );
    prober.may_name("v1");
    let mut editor = database.shell().await;
    renames(&mut editor, "v1").await;
    wait_for("the edit", || {
        (server.rung("q", "a", "1") == ["v1"]).then_some(())
    });
    wait_for("the version in the history", || {
        server.log().contains("is in the history").then_some(())
    });
    say(
        "calls made up by a stranger",
        &format!(
            "{} calls, {deleted} rows deleted, journal of {longest} bytes at most; {}",
            questions * CALLS,
            prober.finish()
        ),
    );
}

#[tokio::test]
async fn a_stranger_does_not_fill_the_disk_and_edits_go_on() {
    const DISK_BYTES: u64 = 24 * 1024 * 1024;
    let (database, disk) = (
        Database::ringing(&["v0"]).await,
        tempfile::tempdir().unwrap(),
    );
    let Some(_mounted) = Mounted::new(&["-t", "tmpfs", "-o", "size=24m", "tmpfs"], disk.path())
    else {
        return;
    };
    let (rules, state) = (disk.path().join("rules.db"), disk.path().join("state"));
    fs::copy(database.path(), &rules).unwrap();
    let server = Running::with_state(&rules, &state, "");
    let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
    let free = || {
        let disk = rustix::fs::statvfs(disk.path()).unwrap();
        disk.f_bavail * disk.f_frsize
    };
    let questions = scaled(150, 400);
    let mut least = free();
    for question in 0..questions {
        ask_about_new_calls(&server, question);
        least = least.min(free());
    }
    is_written(&server, u64::try_from(questions * CALLS).unwrap());
    least = least.min(free());
    assert!(metric(&server, "evicted_total") > 0);
    assert!(least > DISK_BYTES / 20, "{least} bytes were free");
    let mut editor = Shell::open(&rules, false).await;
    prober.may_name("v1");
    renames(&mut editor, "v1").await;
    wait_for("the edit", || {
        (server.rung("q", "a", "1") == ["v1"]).then_some(())
    });
    wait_for("all to be well", || {
        (server.get("/readyz").body == "ready\n").then_some(())
    });
    say(
        "a disk of 24 MiB beside a stranger",
        &format!("{least} bytes were free at least; {}", prober.finish()),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_goes_while_it_is_written_is_begun_anew() {
    let database = Database::ringing(&["v0"]).await;
    let state = database.directory().join("state");
    let server = Running::with_state(&database.path(), &state, "");
    let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
    let journal = state.join("journal.db");
    let mut asked = 0;
    let mut ask = |calls: usize| {
        let ids: Vec<String> = (asked..asked + calls)
            .map(|call| format!("call {call}"))
            .collect();
        asked += calls;
        for id in &ids {
            assert_eq!(server.rung("q", id, "1"), ["v0"]);
        }
        ids
    };
    ask(1);
    wait_for("the first decision", || {
        (metric(&server, "written_total") > 1).then_some(())
    });
    for (round, goes) in [remove, rotate, rotate].into_iter().enumerate() {
        goes(&journal);
        let later = ask(100);
        wait_for("the journal to be begun anew", || {
            (metric(&server, "gone_total") == u64::try_from(round + 1).unwrap()).then_some(())
        });
        let newest = ask(1);
        let mut found = Vec::new();
        wait_for("the newest decision", || {
            found = calls_now(&journal);
            found.contains(&newest[0]).then_some(())
        });
        let lost = later.iter().filter(|call| !found.contains(call)).count();
        assert_eq!(lost, 0, "of 100 later decisions");
    }
    let said = server
        .log()
        .matches("was removed or moved while it was written")
        .count();
    assert_eq!(said, 3, "each time once");
    assert!(
        notes(&server)[0]
            .as_str()
            .unwrap()
            .contains("a new one was begun")
    );
    assert_eq!(server.get("/readyz").body, "ready\n");
    say(
        "the journal removed and rotated",
        &format!("0 of 300 later decisions lost; {}", prober.finish()),
    );
}

fn remove(journal: &Path) {
    fs::remove_file(journal).unwrap();
}

fn rotate(journal: &Path) {
    fs::rename(journal, journal.with_extension("db.1")).unwrap();
}

#[tokio::test]
async fn a_start_with_a_clock_that_is_ahead_deletes_nothing_and_says_so() {
    let Some(library) = faketime() else {
        return say("a clock ahead", "not run, there is no libfaketime here");
    };
    let database = Database::ringing(&["v0"]).await;
    let state = database.directory().join("state");
    let journal = state.join("journal.db");
    let start = |days: i64| {
        Running::prepared(&database.path(), &state, "", |command| {
            command
                .env("LD_PRELOAD", &library)
                .env("FAKETIME", format!("{days:+}d"))
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .env("NO_FAKE_STAT", "1");
        })
    };
    for days in [0, 2, 4] {
        let server = start(days);
        for call in 0..10 {
            server.rung("q", &format!("day {days} call {call}"), "1");
        }
        is_written(&server, 10);
        assert!(server.stop().success());
    }
    for days in [104, 105] {
        let ahead = start(days);
        wait_for("the sentence", || {
            let said = notes(&ahead);
            let said = said.first()?.as_str()?;
            said.contains("30 rows of the journal are too old")
                .then_some(())
        });
        ahead.rung("q", &format!("day {days}"), "1");
        is_written(&ahead, 1);
        assert_eq!(metric(&ahead, "expired_total"), 0);
        assert!(metric(&ahead, "held") >= 30);
        assert!(ahead.log().contains("is the clock right?"));
        assert!(ahead.stop().success());
    }
    assert_eq!(calls(&journal).await.len(), 32);
    say(
        "a clock 100 days ahead",
        "0 of 32 rows deleted, said at once",
    );
}
