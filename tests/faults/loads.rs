//! What stands in the rules: too much of it, too long, wrong a million times; and who edits while it is read.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::thread;
use std::time::Duration;

use crate::bed::{Bed, renames, say};
use crate::harness::wait_for;
use crate::scale::{is_long, scaled};

/// The most memory that the server has had so far, in MiB.
fn peak_mib(bed: &Bed) -> u64 {
    let process = bed.server.process_id().as_raw_nonzero();
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap();
    peak.parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn a_text_without_measure_costs_neither_a_call_nor_the_memory() {
    let megabytes: u32 = scaled(60, 250);
    let bed = Bed::new().await;
    let before = peak_mib(&bed);
    let mut editor = bed.database.shell().await;
    editor
        .run(&format!(
            "update agents set name = replace(hex(zeroblob({megabytes} * 500000)), '0', 'x')"
        ))
        .await;
    let said = bed.says("agents.name of 'v0' has a value, longer than 1048576 bytes");
    let grown = peak_mib(&bed) - before;
    assert!(grown < 50, "{grown} MiB more");
    editor.run("update agents set name = 'short'").await;
    let healed = bed.is_in_force("v0");
    editor.close().await;
    bed.changes_to("v1").await;
    bed.finish("a text without measure");
    say(
        "a text without measure",
        &format!(
            "{megabytes} MB: said after {said:.1?}, {grown} MiB of memory more, well {healed:.1?} after the repair"
        ),
    );
}

#[tokio::test]
async fn of_a_million_wrong_rows_the_first_are_named_and_the_rest_counted() {
    let wrong: usize = scaled(20_000, 1_000_000);
    let bed = Bed::new().await;
    let before = peak_mib(&bed);
    let mut editor = bed.database.shell().await;
    editor
        .run(&format!(
            "pragma ignore_check_constraints = 1;
            with recursive n (i) as (select 1 union all select i + 1 from n where i < {wrong})
            insert into callers (number, expires_on) select '84' || (900000000 + i), 'soon' from n"
        ))
        .await;
    let said = bed.says(&format!("{} more errors in rows", wrong - 100));
    let grown = peak_mib(&bed) - before;
    let status = bed.server.admin("/status").json();
    assert_eq!(status["problem_count"], wrong);
    assert_eq!(status["problems"].as_array().unwrap().len(), 100);
    editor.run("delete from callers").await;
    let healed = bed.is_in_force("v0");
    bed.finish("wrong rows");
    say(
        "wrong rows",
        &format!(
            "{wrong}: said after {said:.1?}, {grown} MiB of memory more, well {healed:.1?} after"
        ),
    );
}

#[tokio::test]
async fn a_copy_in_place_that_pauses_is_waited_for() {
    let bed = Bed::new().await;
    let mut copies = Vec::new();
    for version in 1..=scaled(2, 10) {
        let agent = format!("v{version}");
        copies.push((fs::read(bed.copy_with(&agent).await).unwrap(), agent));
    }
    // The server has seen that the copies were put into the directory.
    bed.changes_to("edited").await;
    for (whole, agent) in copies {
        bed.prober.may_name(&agent);
        // Neither truncated at first, as `cp` does it, nor with a lock.
        let mut file = fs::OpenOptions::new().write(true).open(bed.path()).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        for part in whole.chunks(whole.len() / 4 + 1) {
            file.write_all(part).unwrap();
            thread::sleep(Duration::from_millis(200));
            let readiness = bed.server.admin("/readyz").body;
            assert_eq!(readiness, "ready\n", "a part of the copy was read");
        }
        bed.is_in_force(&agent);
    }
    bed.finish("copies in place that pause");
}

#[tokio::test]
async fn a_shell_that_edits_while_many_callers_are_read_seldom_meets_a_lock() {
    const EDITS: u32 = 24;
    let callers: u32 = scaled(60_000, 1_000_000);
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    editor
        .run(&format!(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i <= {callers})
            insert into callers (number, owner_id) select '84' || (900000000 + i), 'v0' from n"
        ))
        .await;
    wait_for("the callers to be read", || {
        let version = &bed.server.admin("/status").json()["rules"]["version"];
        (version.as_u64() >= Some(2)).then_some(())
    });
    let mut met = 0;
    for edit in 1..=EDITS {
        bed.prober.may_name("v1");
        bed.prober.may_name("v0");
        renames(&mut editor, if edit % 2 == 0 { "v0" } else { "v1" }).await;
        // Some time later, while that is being read.
        thread::sleep(Duration::from_millis(u64::from(150 + edit * 40)));
        let edited = editor
            .attempt(&format!("update agents set note = 'edit {edit}'"))
            .await;
        met += u32::from(edited.is_err());
    }
    say(
        "a shell beside the reading of many callers",
        &format!("{callers} callers: {met} of {EDITS} edits met a lock"),
    );
    assert!(
        met <= if is_long() { 4 } else { EDITS / 2 },
        "{met} met a lock"
    );
    bed.finish("a shell beside the reading of many callers");
}
