//! The console beside calls: previews without pause, and commits that a kill cuts short.

#![expect(
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use stringee_router::config::Role;
use stringee_router::store;

use crate::bed::say;
use crate::console_visitor::{PASSWORD, Visitor};
use crate::database::Database;
use crate::harness::{Running, wait_for};
use crate::prober::{Prober, Record};
use crate::scale::scaled;

/// How long answers are measured beside previews, and without.
const SPAN: Duration = Duration::from_secs(4);

/// How much slower the slowest hundredth of answers may be beside previews. The figures to hold are twice as slow;
/// this machine may be busy with other tests.
const SLOWER: u32 = 10;

/// What a busy machine may take in any case.
const IN_ANY_CASE: Duration = Duration::from_millis(20);

#[tokio::test]
async fn previews_without_pause_keep_no_call_waiting() {
    const REQUESTS_A_SECOND: u32 = 200;
    let database = Database::ringing(&["v0"]).await;
    let state = database.directory().join("state");
    let server = Running::with_state(&database.path(), &state, "");
    let measure = || {
        let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
        thread::sleep(SPAN);
        slowest_hundredth(&prober.finish())
    };
    let idle = measure();
    let mut hoa = Visitor::signed_in(&server, &state, "hoa", Role::Admin);
    let (is_over, mut previews) = (AtomicBool::new(false), 0);
    let beside = thread::scope(|scope| {
        let previewing = scope.spawn(|| {
            let edit = json!({"table": "group_members", "key": "team/v0", "set": {"position": 9}});
            let order = json!({"edits": [edit]});
            while !is_over.load(Ordering::Relaxed) {
                let seen = hoa.api("POST", "/preview", Some(&order));
                assert_eq!(seen.status, 200, "{}", seen.body);
                previews += 1;
            }
            previews
        });
        let beside = measure();
        is_over.store(true, Ordering::Relaxed);
        say(
            "previews without pause",
            &format!("{} previews", previewing.join().unwrap()),
        );
        beside
    });
    say(
        "previews without pause",
        &format!("p99 of answers {idle:.0?} idle, {beside:.0?} beside previews"),
    );
    assert!(
        beside <= (idle * SLOWER).max(IN_ANY_CASE),
        "{idle:?} became {beside:?}"
    );
}

fn slowest_hundredth(record: &Record) -> Duration {
    let mut took: Vec<Duration> = record.answers.iter().map(|(_, took)| *took).collect();
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

#[tokio::test]
async fn a_server_killed_during_a_commit_has_done_all_of_it_or_nothing() {
    /// Rows of one commit.
    const AGENTS: usize = 40;
    let names: Vec<String> = (0..AGENTS).map(|number| format!("a{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let database = Database::ringing(&names).await;
    let state = database.directory().join("state");
    let (rounds, mut done) = (scaled(6_u32, 50), 0);
    for round in 1..=rounds {
        let server = Running::with_state(&database.path(), &state, "");
        let mut hoa = if round == 1 {
            Visitor::signed_in(&server, &state, "hoa", Role::Admin)
        } else {
            let mut known = Visitor::new(&server);
            assert_eq!(known.signs_in("hoa", PASSWORD).status, 303);
            known
        };
        wait_for("the rules to be read", || {
            (hoa.api("GET", "/agents", None).status == 200).then_some(())
        });
        let note = format!("round {round}");
        let edit = |name: &&str| json!({"table": "agents", "key": name, "set": {"note": note}});
        let edits: Vec<Value> = names.iter().map(edit).collect();
        let draft = hoa.api("POST", "/drafts", Some(&json!({ "edits": edits })));
        let draft: Value = serde_json::from_str(&draft.body).unwrap();
        let path = format!("/drafts/{}/commit", draft["id"]);
        thread::scope(|scope| {
            scope.spawn(move || {
                // It need not be answered any more.
                drop(hoa.try_api("POST", &path, Some(&json!({"reason": "kill"}))));
            });
            thread::sleep(Duration::from_millis(u64::from(round * 37 % 120)));
            drop(server);
        });
        let rules = store::export(&database.path()).await.unwrap();
        let rows = rules.rows(routing::table::Table::Agents);
        let place = routing::schema::agents::NOTE.place;
        let notes = rows
            .iter()
            .filter(|row| row[place] == note.as_str().into())
            .count();
        assert!(
            notes == 0 || notes == AGENTS,
            "{notes} of {AGENTS} rows of a commit"
        );
        done += usize::from(notes == AGENTS);
    }
    say(
        "kill -9 during a commit",
        &format!("{rounds} kills, {done} commits whole, all others not at all"),
    );
}
