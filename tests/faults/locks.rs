//! Who holds a lock on the rules, and for how long.

use std::thread;
use std::time::Duration;

use crate::bed::{Bed, renames, say};
use crate::harness::{Running, wait_for};
use crate::prober::{Prober, REQUESTS_A_SECOND};
use crate::scale::scaled;

#[tokio::test]
async fn a_writer_that_takes_its_time_keeps_no_call_waiting() {
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    editor.run("begin immediate").await;
    renames(&mut editor, "v1").await;
    thread::sleep(scaled(Duration::from_secs(3), Duration::from_secs(10)));
    bed.prober.may_name("v1");
    editor.run("commit").await;
    let after = bed.is_in_force("v1");
    bed.finish("BEGIN IMMEDIATE");
    say(
        "BEGIN IMMEDIATE",
        &format!("in force {after:.0?} after the commit"),
    );
}

#[tokio::test]
async fn an_exclusive_lock_keeps_no_call_waiting() {
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    editor.run("begin exclusive").await;
    renames(&mut editor, "v1").await;
    thread::sleep(scaled(Duration::from_secs(4), Duration::from_secs(15)));
    bed.prober.may_name("v1");
    editor.run("commit").await;
    let after = bed.is_in_force("v1");
    bed.finish("BEGIN EXCLUSIVE");
    say(
        "BEGIN EXCLUSIVE",
        &format!("in force {after:.0?} after the commit"),
    );
}

#[tokio::test]
async fn two_servers_may_serve_one_file() {
    let bed = Bed::new().await;
    let second = Running::on(&bed.path(), "");
    let prober = Prober::start(second.webhook(), "v0", REQUESTS_A_SECOND);
    let mut editor = bed.database.shell().await;
    editor.run("pragma busy_timeout = 5000").await;
    for version in 1..=scaled(5, 50) {
        let agent = format!("v{version}");
        prober.may_name(&agent);
        bed.prober.may_name(&agent);
        renames(&mut editor, &agent).await;
        bed.is_in_force(&agent);
        wait_for("the second server", || {
            (prober.named() == Some(agent.clone())).then_some(())
        });
        prober.must_name(&agent);
    }
    say(
        "two servers on one file, the second",
        &prober.finish().to_string(),
    );
    bed.finish("two servers on one file, the first");
}
