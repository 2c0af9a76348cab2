//! What people and scripts do to the rows while calls are answered.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::bed::{Bed, renames, say, since};
use crate::scale::{self, scaled};

/// How many statements a script has.
const SCRIPT: u32 = 500;

#[tokio::test]
async fn commits_in_a_row_are_each_in_force_soon_and_never_go_back() {
    let commits = scaled(40_u32, 200);
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    let (mut committed, mut locked) = (vec![clock::monotonic()], 0);
    for version in 1..=commits {
        bed.prober.may_name(&format!("v{version}"));
        // Edits that come at just the rhythm of the reading can meet it; a shell says so, and its user tries again.
        while let Err(message) = editor
            .attempt(&format!("update agents set id = 'v{version}'"))
            .await
        {
            assert_eq!(message, "database is locked");
            locked += 1;
        }
        committed.push(clock::monotonic());
        thread::sleep(Duration::from_millis(200));
    }
    bed.is_in_force(&format!("v{commits}"));
    let record = bed.finish("commits 0.2 s apart");
    let order: Vec<usize> = record
        .order
        .iter()
        .map(|agent| agent.trim_start_matches('v').parse().unwrap())
        .collect();
    assert!(order.is_sorted(), "an older version came back: {order:?}");
    let mut delays: Vec<Duration> = (1..committed.len())
        .map(|version| {
            let newer = order.iter().find(|seen| **seen >= version).unwrap();
            record.first[&format!("v{newer}")].saturating_duration_since(committed[version])
        })
        .collect();
    delays.sort_unstable();
    let (median, longest) = (delays[delays.len() / 2], delays[delays.len() - 1]);
    let figures = format!(
        "{commits} in force after {median:.0?} (median), {longest:.0?} (longest); {locked} tries met a lock"
    );
    say("commits 0.2 s apart", &figures);
    let goal = Duration::from_millis(600);
    assert!(!scale::is_long() || longest <= goal, "{figures}");
}

#[tokio::test]
async fn a_script_of_a_plain_shell_never_meets_a_lock() {
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    let began = clock::monotonic();
    let mut locked = 0_u64;
    for version in 1..=SCRIPT {
        bed.prober.may_name(&format!("v{version}"));
        if let Err(message) = editor
            .attempt(&format!("update agents set id = 'v{version}'"))
            .await
        {
            assert_eq!(message, "database is locked");
            locked += 1;
        }
    }
    let took = since(began);
    check_unlocked("our own connection", locked, took);
    bed.prober.may_name("end");
    renames(&mut editor, "end").await;
    bed.is_in_force("end");
    editor.close().await;
    if let Some((locked, took)) = script_of_the_sqlite3_shell(&bed) {
        check_unlocked("the sqlite3 shell", locked, took);
    } else {
        say(
            "a script of the sqlite3 shell",
            "not run, there is no sqlite3 here",
        );
    }
    bed.is_in_force("last");
    bed.finish("scripts of autocommit statements");
}

/// A script that takes longer than the patience of 30 seconds is read in its middle, which may meet one statement.
#[track_caller]
fn check_unlocked(who: &str, locked: u64, took: Duration) {
    say(
        "a script of autocommit statements",
        &format!("{who}: {SCRIPT} in {took:.1?}, {locked} met a lock"),
    );
    let allowed = took.as_secs() / 30;
    assert!(
        locked <= allowed,
        "{locked} of {SCRIPT} statements met a lock within {took:?}"
    );
}

/// The same by the shell that admins have, with its defaults. `None` where it is not installed.
fn script_of_the_sqlite3_shell(bed: &Bed) -> Option<(u64, Duration)> {
    let shell = Command::new("sqlite3")
        .arg(bed.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut shell = shell.ok()?;
    for version in 1..=SCRIPT {
        bed.prober.may_name(&format!("shell{version}"));
    }
    bed.prober.may_name("last");
    let began = clock::monotonic();
    let mut input = shell.stdin.take().unwrap();
    for version in 1..=SCRIPT {
        writeln!(input, "update agents set id = 'shell{version}';").unwrap();
    }
    // Whatever became of the others, this one must get through.
    writeln!(input, ".timeout 5000\nupdate agents set id = 'last';").unwrap();
    drop(input);
    let output = shell.wait_with_output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        complaints
            .lines()
            .all(|line| line.contains("database is locked")),
        "{complaints}"
    );
    let locked = u64::try_from(complaints.lines().count()).unwrap();
    Some((locked, since(began)))
}

#[tokio::test]
async fn a_long_transaction_shows_its_beginning_or_its_end() {
    const EDITS: u32 = 1_000;
    let lasts = scaled(Duration::from_secs(2), Duration::from_secs(5));
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    editor.run("begin").await;
    for edit in 1..=EDITS {
        editor
            .run(&format!("update agents set id = 'half{edit}'"))
            .await;
        thread::sleep(lasts / EDITS);
    }
    bed.prober.may_name("v1");
    renames(&mut editor, "v1").await;
    editor.run("commit").await;
    let after = bed.is_in_force("v1");
    let record = bed.finish("a transaction of 1000 edits");
    assert_eq!(record.order, ["v0", "v1"]);
    say(
        "a transaction of 1000 edits",
        &format!("open for {lasts:?}, in force {after:.0?} after its commit"),
    );
}

#[tokio::test]
async fn the_shape_of_a_table_may_change_while_it_is_read() {
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    editor
        .run("pragma busy_timeout = 5000; pragma legacy_alter_table = 1")
        .await;
    let changes = [
        "alter table agents add column colour text",
        "alter table agents drop column colour",
        "alter table group_members rename column weight to heft",
        "alter table group_members rename column heft to weight",
        "begin; create table other as select * from rules; drop table other; commit",
    ];
    for round in 0..scaled(10, 50) {
        for change in changes {
            // What stands in the way of a change may be our own reading, or a trigger that names the column.
            drop(editor.attempt(change).await);
            thread::sleep(Duration::from_millis(10 * (round % 7)));
        }
    }
    editor
        .run("alter table rule_steps rename to rule_steps_away")
        .await;
    let said = bed.says("rule_steps");
    say("a table that is gone", &format!("said after {said:.0?}"));
    editor
        .run("alter table rule_steps_away rename to rule_steps")
        .await;
    bed.is_in_force("v0");
    editor
        .run("alter table groups rename column strategy to way")
        .await;
    bed.says("strategy");
    editor
        .run("alter table groups rename column way to strategy")
        .await;
    bed.is_in_force("v0");
    editor
        .run("create table kept as select * from rule_steps; drop table rule_steps")
        .await;
    bed.says("rule_steps");
    editor.run("alter table kept rename to rule_steps").await;
    bed.changes_to("v1").await;
    bed.finish("columns and tables that come and go");
}

#[tokio::test]
async fn values_that_no_constraint_stopped_are_named_and_change_nothing() {
    const DAMAGES: [(&str, &str, &str); 5] = [
        (
            "pragma ignore_check_constraints = 1; update agents set id = 'v' || char(0) || '0'",
            "agents.id",
            "update agents set id = 'v0'; update group_members set agent_id = 'v0'",
        ),
        (
            "pragma ignore_check_constraints = 1; update agents set routing_type = 9",
            "agents.routing_type of 'v0': 9",
            "update agents set routing_type = 1",
        ),
        (
            "pragma ignore_check_constraints = 1; update agents set name = x'ff00'",
            "agents.name of 'v0'",
            "update agents set name = 'Agent'",
        ),
        (
            "pragma foreign_keys = 1; replace into agents (id, name) values ('v0', 'replaced')",
            "calls in queue 'q' would get nobody from ",
            "insert into group_members (group_id, agent_id) values ('team', 'v0')",
        ),
        (
            "delete from agents",
            "group_members.agent_id",
            "replace into agents (id, name) values ('v0', 'Agent')",
        ),
    ];
    let bed = Bed::new().await;
    for (damage, sentence, repair) in DAMAGES {
        let mut editor = bed.database.shell().await;
        editor.run("pragma busy_timeout = 5000").await;
        drop_triggers(&mut editor).await;
        editor.run(damage).await;
        let said = bed.says(sentence);
        editor.run(repair).await;
        let healed = bed.is_in_force("v0");
        say(
            damage,
            &format!("said after {said:.0?}, well {healed:.0?} after the repair"),
        );
    }
    bed.finish("values that no constraint stopped");
}

/// What a table's rebuild does as well: the triggers that hold the references are gone.
async fn drop_triggers(editor: &mut crate::database::Shell) {
    for trigger in editor
        .texts("select name from sqlite_schema where type = 'trigger'")
        .await
    {
        editor.run(&format!("drop trigger \"{trigger}\"")).await;
    }
}

#[tokio::test]
async fn all_agents_deleted_are_held_and_come_back() {
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    editor.run("pragma busy_timeout = 5000; begin; delete from group_members; delete from agents; commit").await;
    let said = bed.says("calls in queue 'q' would get nobody from ");
    editor
        .run("insert into agents (id, name) values ('v0', 'v0')")
        .await;
    editor
        .run("insert into group_members (group_id, agent_id) values ('team', 'v0')")
        .await;
    let healed = bed.is_in_force("v0");
    bed.finish("delete from agents");
    say(
        "delete from agents",
        &format!("held and said after {said:.0?}, well {healed:.0?} after the repair"),
    );
}

#[tokio::test]
async fn what_is_no_change_makes_no_version() {
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    for _ in 0..3 {
        let touched = Command::new("touch").arg(bed.path()).status().unwrap();
        assert!(touched.success());
        for statement in [
            "vacuum",
            "update agents set name = name",
            "reindex",
            "analyze",
        ] {
            editor
                .run(&format!("pragma busy_timeout = 5000; {statement}"))
                .await;
            thread::sleep(Duration::from_millis(400));
        }
    }
    editor.close().await;
    bed.changes_to("v1").await;
    let record = bed.finish("touch, VACUUM, UPDATE x = x");
    assert_eq!(record.versions.len(), 2, "{:?}", record.versions);
}

#[tokio::test]
async fn an_import_of_many_callers_leaves_the_answers_alone() {
    const CALLERS: u32 = 200_000;
    let bed = Bed::new().await;
    let mut editor = bed.database.shell().await;
    thread::sleep(Duration::from_secs(1));
    let began = clock::monotonic();
    editor.run("pragma busy_timeout = 5000; begin").await;
    editor
        .run(&format!(
            "with recursive n (n) as (select 1 union all select n + 1 from n where n < {CALLERS})
             insert into callers (number, name) select '849' || (10000000 + n), 'Caller ' || n from n"
        ))
        .await;
    bed.prober.may_name("v1");
    renames(&mut editor, "v1").await;
    editor.run("commit").await;
    let committed = clock::monotonic();
    let in_force = bed.is_in_force("v1");
    let record = bed.finish("an import");
    let before = record.p99(record.answers[0].0, began);
    let (writing, loading) = (
        record.p99(began, committed),
        record.p99(committed, committed + in_force),
    );
    let figures = format!(
        "{CALLERS} callers written in {:.1?}, in force {in_force:.1?} later; p99 {before:.1?} before, {writing:.1?} \
         while written, {loading:.1?} while loaded",
        committed.duration_since(began)
    );
    say("an import", &figures);
}
