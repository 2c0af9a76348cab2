//! What happens to the file itself: replaced, removed, damaged.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::bed::{Bed, renames, say};
use crate::database::{Database, Shell};
use crate::harness::Running;
use crate::prober::{Prober, REQUESTS_A_SECOND};
use crate::scale::scaled;

/// A page of a database with SQLite's defaults.
const PAGE: u64 = 4_096;

/// Inflicts a damage; the server says what it is, and answers as before until a whole file is there again.
#[track_caller]
fn survives(bed: &Bed, whole: &Path, damage: &str, sentence: &str, inflict: impl FnOnce(&Path)) {
    inflict(&bed.path());
    let said = bed.says(sentence);
    bed.move_over(whole);
    let healed = bed.is_in_force("v0");
    say(
        damage,
        &format!("said after {said:.0?}, well {healed:.0?} after the repair"),
    );
}

/// Changes bytes in the middle of a file.
fn scribble(path: &Path, at: u64, change: impl Fn(u8) -> u8, length: usize) {
    let mut file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut bytes).unwrap();
    let changed: Vec<u8> = bytes.into_iter().map(change).collect();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&changed).unwrap();
}

#[tokio::test]
async fn a_whole_file_may_come_by_any_way() {
    let bed = Bed::new().await;
    let (one, two) = (bed.copy_with("v1").await, bed.copy_with("v2").await);
    for (file, agent) in [(&one, "v1"), (&two, "v2")] {
        bed.prober.may_name(agent);
        bed.move_over(file);
        let moved = bed.is_in_force(agent);
        say("mv over the rules", &format!("in force after {moved:.0?}"));
    }
    for (file, agent) in [(&one, "v1"), (&two, "v2")] {
        bed.prober.may_name(agent);
        let copied = Command::new("cp")
            .arg(file)
            .arg(bed.path())
            .status()
            .unwrap();
        assert!(copied.success());
        let copied = bed.is_in_force(agent);
        say("cp over the rules", &format!("in force after {copied:.0?}"));
    }
    fs::remove_file(bed.path()).unwrap();
    let said = bed.says("there is no rules database");
    thread::sleep(scaled(Duration::from_secs(1), Duration::from_secs(5)));
    bed.prober.may_name("v1");
    fs::copy(&one, bed.path()).unwrap();
    let healed = bed.is_in_force("v1");
    say(
        "rm and restore",
        &format!("said after {said:.0?}, in force {healed:.0?} after the restore"),
    );
    let kept = tempfile::tempdir().unwrap();
    let copy = kept.path().join("rules.db");
    fs::copy(&two, &copy).unwrap();
    fs::remove_dir_all(bed.database.directory()).unwrap();
    let said = bed.says("there is no rules database");
    bed.prober.may_name("v2");
    fs::create_dir(bed.database.directory()).unwrap();
    fs::copy(&copy, bed.path()).unwrap();
    let healed = bed.is_in_force("v2");
    say(
        "rm -rf of the directory",
        &format!("said after {said:.0?}, in force {healed:.0?} after the restore"),
    );
    bed.changes_to("v3").await;
    bed.finish("whole files");
}

#[tokio::test]
async fn a_file_that_is_no_rules_changes_no_answer() {
    let bed = Bed::new().await;
    let whole = &bed.copy_with("v0").await;
    let foreign = bed.database.directory().join("foreign.db");
    let created = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&foreign)
        .create_if_missing(true);
    let connection = sqlx::ConnectOptions::connect(&created).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let mut other = Shell::open(&foreign, false).await;
    other.run("create table agents (id text, name text); insert into agents values ('v9', 'stranger')").await;
    other.close().await;
    survives(
        &bed,
        whole,
        "truncated to nothing",
        "not a rules database",
        |path| fs::write(path, "").unwrap(),
    );
    survives(&bed, whole, "text", "is not an SQLite database", |path| {
        fs::write(path, "agents: hoa, minh\n".repeat(500)).unwrap();
    });
    survives(
        &bed,
        whole,
        "bytes by chance",
        "is not an SQLite database",
        |path| {
            let mut bytes = vec![0; 65_536];
            fs::File::open("/dev/urandom")
                .unwrap()
                .read_exact(&mut bytes)
                .unwrap();
            fs::write(path, bytes).unwrap();
        },
    );
    survives(
        &bed,
        whole,
        "another application's",
        "not a rules database",
        |path| {
            fs::copy(&foreign, path).unwrap();
        },
    );
    bed.changes_to("v1").await;
    bed.finish("files that are no rules");
}

#[tokio::test]
async fn a_damaged_file_changes_no_answer() {
    let bed = Bed::new().await;
    let whole = &bed.copy_with("v0").await;
    survives(&bed, whole, "truncated to the half", "damaged", |path| {
        let half = fs::metadata(path).unwrap().len() / 2;
        fs::OpenOptions::new()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(half)
            .unwrap();
    });
    survives(&bed, whole, "a page scribbled over", "damaged", |path| {
        scribble(path, PAGE, |_| 0x5a, 4_096);
    });
    let pages = fs::metadata(whole).unwrap().len() / PAGE;
    let step = usize::try_from(pages).unwrap() / scaled(4, 16);
    // The first byte of a page says what kind of page it is.
    for page in (1..pages).step_by(step) {
        survives(
            &bed,
            whole,
            &format!("a bit flipped in the head of page {page}"),
            "damaged",
            |path| {
                scribble(path, page * PAGE, |byte| byte ^ 0x10, 1);
            },
        );
    }
    bed.changes_to("v1").await;
    bed.finish("damaged files");
}

/// A user who may do no more than anybody.
const NOBODY: u32 = 65_534;

/// A bed whose server is not the superuser, who reads everything; `None` where it can be nobody else.
async fn of_an_ordinary_user() -> Option<Bed> {
    if !rustix::process::geteuid().is_root() {
        return Some(Bed::new().await);
    }
    let program = Command::new(env!("CARGO_BIN_EXE_stringee-router"))
        .arg("--version")
        .uid(NOBODY)
        .output();
    program.ok().filter(|ran| ran.status.success())?;
    let database = Database::ringing(&["v0"]).await;
    for path in [database.directory(), &database.path()] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let state = database.directory().join("state");
    let server = Running::prepared(&database.path(), &state, "", |command| {
        command.uid(NOBODY).gid(NOBODY);
    });
    let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
    Some(Bed {
        database,
        server,
        prober,
    })
}

#[tokio::test]
async fn a_file_without_permissions_changes_no_answer() {
    let Some(bed) = of_an_ordinary_user().await else {
        return say("chmod 000", "not run, all may be read here");
    };
    let path = bed.path();
    let set_mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    bed.is_in_force("v0");
    set_mode(0o000);
    let said = bed.says("cannot be read");
    set_mode(0o644);
    let healed = bed.is_in_force("v0");
    say(
        "chmod 000",
        &format!("said after {said:.0?}, well {healed:.0?} after the repair"),
    );
    bed.changes_to("v1").await;
    bed.finish("chmod 000");
}

#[tokio::test]
async fn a_write_ahead_log_may_come_and_be_lost() {
    let bed = Bed::new().await;
    let whole = bed.copy_with("v3").await;
    let mut editor = bed.database.shell().await;
    editor
        .run("pragma busy_timeout = 5000; pragma journal_mode = wal")
        .await;
    for agent in ["v1", "v2"] {
        bed.prober.may_name(agent);
        renames(&mut editor, agent).await;
        let after = bed.is_in_force(agent);
        say(
            "an edit in a write-ahead log",
            &format!("in force after {after:.0?}"),
        );
    }
    // What was committed to the log is lost with it: the file says what stood in it before, or that it is damaged.
    bed.prober.may_name("v1");
    bed.prober.may_name("v0");
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(format!("{}{suffix}", bed.path().display())).unwrap();
    }
    drop(editor);
    thread::sleep(Duration::from_secs(2));
    bed.prober.may_name("v3");
    bed.move_over(&whole);
    let healed = bed.is_in_force("v3");
    say(
        "rm of a write-ahead log",
        &format!("well {healed:.0?} after the repair"),
    );
    bed.changes_to("v4").await;
    bed.finish("a write-ahead log that is lost");
}
