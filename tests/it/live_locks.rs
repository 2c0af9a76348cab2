//! The process never opens the rules database outside SQLite: closing any other descriptor of the file would drop the
//! locks that SQLite holds in this process.
//!
//! The proof needs one process that holds a lock through SQLite and does everything that the server does with the file.
//! This test is that process: the lock must stand at the end.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use stringee_router::config::RuleTests;
use stringee_router::rules::{Keeper, RulesAuthority, Watcher};
use stringee_router::shutdown::Tasks;
use stringee_router::state::State;
use stringee_router::telemetry::Metrics;

use crate::database::{Database, Shell};

/// Whether this process holds a lock on a file that keeps others from writing.
fn holds_lock(path: &Path) -> bool {
    let inode = fs::metadata(path).unwrap().ino().to_string();
    let process = std::process::id().to_string();
    let locks = fs::read_to_string("/proc/locks").unwrap();
    locks.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let of_inode = fields
            .iter()
            .any(|field| field.rsplit(':').next() == Some(&*inode) && field.contains(':'));
        of_inode
            && fields.contains(&"POSIX")
            && fields.contains(&"WRITE")
            && fields.contains(&&*process)
    })
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = clock::monotonic() + Duration::from_secs(20);
    while !condition() {
        assert!(clock::monotonic() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A connection of this process that has begun to write.
async fn locking(path: &Path) -> Shell {
    let mut shell = Shell::open(path, false).await;
    shell
        .run("pragma busy_timeout = 5000; begin immediate")
        .await;
    shell
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_of_sqlite_survives_all_that_the_server_does() {
    let database = Database::ringing(&["hoa"]).await;
    let (path, state) = (database.path(), database.directory().join("state"));
    let mut holder = locking(&path).await;
    assert!(holds_lock(&path));

    // The start: upgrade, first load.
    stringee_router::store::upgrade(&path, &state)
        .await
        .unwrap();
    let state = Arc::new(State::new(state, 3));
    let live = Arc::new(RulesAuthority::new(
        Arc::new(Metrics::new()),
        Duration::from_mins(1),
    ));
    let mut watcher = Watcher::new(path.clone(), RuleTests::Refuse, Arc::clone(&live));
    watcher.start().await;
    assert_eq!(live.served().version, 1);
    let tasks = Tasks::new();
    let keeper = Keeper::new(state, path.clone(), Arc::clone(&live));
    tasks.spawn("watcher", watcher.run(tasks.token()));
    tasks.spawn("keeper", keeper.run(tasks.token()));
    let copied = || {
        live.status()
            .state
            .last_good
            .map(|version| version.fingerprint)
    };
    until("the copy", || copied() == Some(live.served().fingerprint)).await;
    assert!(holds_lock(&path), "the start has dropped the lock");

    // Another version: noticed, loaded, copied.
    holder
        .run("update agents set name = 'Hoa'; commit; begin immediate")
        .await;
    until("the edit to be in force", || live.served().version == 2).await;
    until("its copy", || copied() == Some(live.served().fingerprint)).await;
    assert!(holds_lock(&path), "a reload or a copy has dropped the lock");

    // Bytes that change without a commit: the watcher opens a fresh connection and looks for damage.
    let touched = std::process::Command::new("touch")
        .arg(&path)
        .status()
        .unwrap();
    assert!(touched.success());
    holder
        .run("update agents set name = 'Hoa B'; commit; begin immediate")
        .await;
    until("the next edit to be in force", || {
        live.served().version == 3
    })
    .await;
    assert!(holds_lock(&path), "a fresh connection has dropped the lock");

    // A version that is refused, with all that is said about it.
    holder
        .run("pragma ignore_check_constraints = 1; update agents set routing_type = 9; commit; begin immediate")
        .await;
    until("the refusal", || live.status().is_refused).await;
    assert!(holds_lock(&path), "a refusal has dropped the lock");
    tasks.drain(Duration::from_secs(5)).await.unwrap();
    assert!(holds_lock(&path), "the end has dropped the lock");

    // The test can fail: this is what must never happen.
    drop(fs::File::open(&path).unwrap());
    assert!(
        !holds_lock(&path),
        "opening and closing the file drops the lock"
    );
    drop(holder);
}
