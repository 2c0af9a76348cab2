//! Backups of rules that are being edited, and the way back while calls are answered.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::bed::{Bed, renames, say};
use crate::database::Shell;
use crate::scale::{self, scaled};

/// Runs `stringee-router history backup` or `restore` on a file.
async fn run(command: &'static str, file: &Path, rules: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_stringee-router"));
    program.args(["history", command]).arg(file);
    program.arg("--rules").arg(rules);
    if command == "restore" {
        program.args(["--yes", "--no-wait"]);
    }
    let ran = tokio::task::spawn_blocking(move || program.output())
        .await
        .unwrap()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    ran
}

#[tokio::test]
async fn each_backup_that_is_made_under_commits_is_whole() {
    let backups = scaled(5, 50);
    let bed = Bed::new().await;
    let is_over = AtomicBool::new(false);
    let editing = async {
        let mut editor = bed.database.shell().await;
        editor.run("pragma busy_timeout = 5000").await;
        let mut commits = 0;
        while !is_over.load(Ordering::Relaxed) {
            commits += 1;
            bed.prober.may_name(&format!("v{commits}"));
            renames(&mut editor, &format!("v{commits}")).await;
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        editor.close().await;
        commits
    };
    let backing_up = async {
        for number in 0..backups {
            let file = bed.database.directory().join(format!("backup-{number}.db"));
            run("backup", &file, &bed.path()).await;
            let mut backup = Shell::open(&file, false).await;
            assert_eq!(backup.texts("pragma integrity_check").await, ["ok"]);
            let rung = "select agents.id from group_members join agents on agents.id = group_members.agent_id";
            assert_eq!(
                backup.texts(rung).await.len(),
                1,
                "a commit is there by halves"
            );
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let (commits, ()) = tokio::join!(editing, backing_up);
    bed.is_in_force(&format!("v{commits}"));
    bed.finish("backups under commits");
    say(
        "backups under commits",
        &format!("{backups} backups during {commits} commits, all whole"),
    );
}

#[tokio::test]
async fn a_restore_is_in_force_soon() {
    let bed = Bed::new().await;
    let file = bed.database.directory().join("backup.db");
    run("backup", &file, &bed.path()).await;
    for round in 1..=scaled(2, 10) {
        bed.changes_to(&format!("v{round}")).await;
        bed.prober.may_name("v0");
        run("restore", &file, &bed.path()).await;
        let after = bed.is_in_force("v0");
        say(
            "restore",
            &format!("in force {after:.0?} after it has ended"),
        );
        assert!(
            !scale::is_long() || after <= Duration::from_millis(600),
            "{after:?}"
        );
    }
    bed.finish("restores");
}
