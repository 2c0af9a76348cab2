//! Processes that end in the middle of what they do.

#![expect(
    clippy::disallowed_methods,
    reason = "a process learns its part from the environment"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use stringee_router::state::State;
use stringee_router::store;

use crate::bed::{Bed, renames, say, since};
use crate::database::{Database, Shell};
use crate::harness::{Running, wait_for};
use crate::scale::scaled;

/// Names the database to a process that is to be killed while it edits it.
const VICTIM: &str = "FAULTS_VICTIM";

/// What that process prints when its transaction has reached the file.
const SPILLED: &str = "the transaction has spilled";

#[tokio::test]
async fn an_editor_killed_in_a_transaction_leaves_nothing_of_it() {
    if let Ok(database) = std::env::var(VICTIM) {
        return edit_until_killed(Path::new(&database)).await;
    }
    let bed = Bed::new().await;
    for round in 1..=scaled(3, 10) {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "crashes::an_editor_killed_in_a_transaction_leaves_nothing_of_it",
                "--nocapture",
            ])
            .env(VICTIM, bed.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(victim.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let has_spilled = said.any(|line| line.contains(SPILLED));
        victim.kill().unwrap();
        victim.wait().unwrap();
        assert!(has_spilled, "the editor has ended by itself");
        let journal = PathBuf::from(format!("{}-journal", bed.path().display()));
        assert!(
            fs::metadata(journal).unwrap().len() > 0,
            "there is nothing to roll back"
        );
        thread::sleep(Duration::from_secs(2));
        let healed = bed.changes_to(&format!("v{round}")).await;
        say(
            "kill -9 of an editor",
            &format!("the next edit is in force {healed:.0?} after its commit"),
        );
    }
    bed.finish("kill -9 of an editor in a spilled transaction");
}

/// The other part of the test: half a transaction, of which much stands in the file already.
async fn edit_until_killed(database: &Path) {
    let mut editor = Shell::open(database, false).await;
    editor.run("pragma busy_timeout = 5000; pragma cache_size = 1; pragma cache_spill = 1; begin immediate").await;
    renames(&mut editor, "half").await;
    editor
        .run(
            "with recursive n (n) as (select 1 union all select n + 1 from n where n < 5000)
             insert into callers (number, name) select '849' || (10000000 + n), 'half' from n",
        )
        .await;
    say("editor", SPILLED);
    thread::sleep(Duration::from_mins(1));
}

#[tokio::test]
async fn a_server_killed_under_edits_starts_with_all_that_was_committed() {
    let rounds = scaled(15_u32, 100);
    let database = Database::ringing(&["v0"]).await;
    let state = database.directory().join("state");
    let last_good = State::new(state.clone(), 0);
    let (mut starts, mut kept) = (Vec::new(), 0);
    for round in 1..=rounds {
        let began = clock::monotonic();
        let server = Running::with_state(&database.path(), &state, "");
        assert_eq!(server.rung("q", "a", "1").len(), 1, "a call is lost");
        starts.push(since(began));
        // What was committed right before the kill is in no copy yet, but in the rules.
        wait_for("what was committed", || {
            (server.rung("q", "b", "1") == [format!("v{}", round - 1)]).then_some(())
        });
        let mut editor = database.shell().await;
        editor.run("pragma busy_timeout = 5000").await;
        renames(&mut editor, &format!("v{round}")).await;
        editor.close().await;
        // Each round gets a little further before the kill: noticed, in force, copied.
        thread::sleep(Duration::from_millis(u64::from(round * 487 % 2_200)));
        drop(server);
        if let Some(copy) = last_good.last_good().await.unwrap() {
            let tables = store::load_copy(&copy.path).await.unwrap();
            assert_eq!(
                tables.fingerprint(),
                copy.version.fingerprint,
                "the last good copy is not whole"
            );
            kept += 1;
        }
    }
    starts.sort_unstable();
    let (median, longest) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    let figures = format!(
        "{rounds} kills, answering again after {median:.0?} (median), {longest:.0?} (longest); {kept} looks at a last \
         good copy, all whole"
    );
    say("kill -9 of the server", &figures);
}

#[tokio::test]
async fn a_server_without_its_rules_starts_from_the_last_good_copy_and_is_probed_until_they_are_back()
 {
    let bed = Bed::new().await;
    let state = bed.database.directory().join("state");
    let first = Running::with_state(&bed.path(), &state, "");
    wait_for("the copy", || {
        first
            .log()
            .contains("the last good copy is made")
            .then_some(())
    });
    drop(first);
    let whole = bed.copy_with("v0").await;
    fs::write(bed.path(), "these are no rules").unwrap();
    let began = clock::monotonic();
    let second = Running::with_state(&bed.path(), &state, "");
    assert_eq!(second.rung("q", "a", "1"), ["v0"]);
    let started = since(began);
    bed.says("is not an SQLite database");
    bed.move_over(&whole);
    bed.is_in_force("v0");
    wait_for("all to be well", || {
        (second.admin("/readyz").body == "ready\n").then_some(())
    });
    bed.finish("rules that are gone at a start");
    say(
        "rules that are gone at a start",
        &format!("answering from the last good copy after {started:.0?}"),
    );
}
