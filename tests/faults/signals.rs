//! Signals beside the usual one, sent by mistake, by a terminal or by an admin who has replaced a secret.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Resource, Rlimit, Signal, getrlimit, prlimit};
use tempfile::TempDir;

use crate::bed::{Bed, renames};
use crate::database::Database;
use crate::harness::{Running, wait_for};

/// A request whose body does not come whole.
const STALLED: &[u8] =
    b"POST /get_list_agents HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n{";

#[tokio::test]
async fn signals_without_a_meaning_cost_nothing() {
    let bed = Bed::new().await;
    for signal in [
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::VTALARM,
        Signal::PROF,
        Signal::IO,
        Signal::POWER,
        Signal::XCPU,
        Signal::XFSZ,
        Signal::PIPE,
        Signal::HUP,
    ] {
        bed.server.signal(signal);
    }
    wait_for("all of them to be seen", || {
        let log = bed.server.log();
        let names = [
            "SIGUSR1",
            "SIGUSR2",
            "SIGALRM",
            "SIGVTALRM",
            "SIGPROF",
            "SIGIO",
            "SIGPWR",
            "SIGXCPU",
            "secrets are read anew",
        ];
        names.iter().all(|name| log.contains(name)).then_some(())
    });
    bed.changes_to("v1").await;
    bed.finish("USR1, USR2, ALRM, VTALRM, PROF, IO, PWR, XCPU, XFSZ, PIPE, HUP");
}

/// As `ulimit -f` and systemd's `LimitFSIZE` set it: a write beyond the limit is answered by a signal.
#[tokio::test]
async fn a_limit_on_the_size_of_files_costs_no_call() {
    let bed = Bed::new().await;
    let limit = |current| {
        let limit = Rlimit {
            current,
            ..getrlimit(Resource::Fsize)
        };
        prlimit(Some(bed.server.process_id()), Resource::Fsize, limit).unwrap();
    };
    limit(Some(4096));
    bed.prober.may_name("v1");
    let mut editor = bed.database.shell().await;
    renames(&mut editor, "v1").await;
    editor.close().await;
    wait_for("v1 to be named", || {
        bed.prober
            .named()
            .is_some_and(|named| named == "v1")
            .then_some(())
    });
    bed.prober.must_name("v1");
    bed.says("degraded");
    limit(getrlimit(Resource::Fsize).current);
    bed.is_in_force("v1");
    bed.finish("no file longer than 4096 bytes");
}

#[tokio::test]
async fn each_signal_to_stop_lets_the_server_end_with_success() {
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT] {
        let database = Database::ringing(&["v0"]).await;
        let server = Running::on(&database.path(), "");
        server.signal(signal);
        assert_eq!(server.ended().code(), Some(0), "{signal:?}");
    }
}

#[tokio::test]
async fn a_second_signal_to_stop_ends_the_server_at_once() {
    let database = Database::ringing(&["v0"]).await;
    // Longer than this test waits: the drain cannot be what ends the server.
    let patient = "[server]\nrequest_timeout_seconds = 60\ndrain_seconds = 60";
    let server = Running::on(&database.path(), patient);
    let mut stalled = TcpStream::connect(server.webhook()).unwrap();
    stalled.write_all(STALLED).unwrap();
    wait_for("the stalled request", || {
        let metrics = server.admin("/metrics").body;
        metrics
            .contains("connections{listener=\"public\"} 1")
            .then_some(())
    });
    server.signal(Signal::TERM);
    wait_for("the server to stop", || {
        server.log().contains("\"stopping\"").then_some(())
    });
    server.signal(Signal::INT);
    assert_eq!(server.ended().code(), Some(130));
}

#[tokio::test]
async fn secrets_are_replaced_without_a_restart() {
    let (database, secrets) = (Database::ringing(&["v0"]).await, TempDir::new().unwrap());
    let file = secrets.path().join("secret");
    fs::write(&file, "the-first-secret-of-the-path").unwrap();
    let config = format!("[webhook]\nsecret_files = ['{}']", file.display());
    let server = Running::on(&database.path(), &config);
    let is_open = |secret: &str| {
        let path = format!("/get_list_agents/{secret}");
        server.post(&path, b"{}", &[]).status != 404
    };
    assert!(is_open("the-first-secret-of-the-path"));
    fs::write(&file, "the-second-secret-of-the-path").unwrap();
    assert!(!is_open("the-second-secret-of-the-path"));
    server.signal(Signal::HUP);
    wait_for("the new secret to open", || {
        is_open("the-second-secret-of-the-path").then_some(())
    });
    assert!(!is_open("the-first-secret-of-the-path"));
    fs::write(&file, "hush").unwrap();
    server.signal(Signal::HUP);
    wait_for("the bad secret to be said", || {
        server.log().contains("those in use stay").then_some(())
    });
    assert!(is_open("the-second-secret-of-the-path"));
    assert!(!server.log().contains("hush"), "{}", server.log());
    assert!(!server.log().contains("anybody who reaches the webhook"));
}

#[tokio::test]
async fn a_secret_file_that_hangs_keeps_nobody() {
    let (database, secrets) = (Database::ringing(&["v0"]).await, TempDir::new().unwrap());
    let file = secrets.path().join("secret");
    fs::write(&file, "the-first-secret-of-the-path").unwrap();
    let secret_files = format!("secret_files = ['{}']", file.display());
    let config = format!("[server]\ndrain_seconds = 1\n[webhook]\n{secret_files}");
    let server = Running::on(&database.path(), &config);
    fs::remove_file(&file).unwrap();
    mknodat(CWD, &file, FileType::Fifo, Mode::RUSR, 0).unwrap();
    server.signal(Signal::HUP);
    // Opening the other end succeeds only while somebody reads, and waits until then.
    let writer = fs::OpenOptions::new().write(true).open(&file).unwrap();
    let path = "/get_list_agents/the-first-secret-of-the-path";
    assert_eq!(server.post(path, b"{}", &[]).status, 400);
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code(), Some(0));
    drop(writer);
}

#[tokio::test]
async fn a_start_that_lets_anybody_ask_says_so() {
    let database = Database::ringing(&["v0"]).await;
    let server = Running::on(&database.path(), "");
    let warning = "anybody who reaches the webhook is answered";
    wait_for("the warning", || {
        (server.log().matches(warning).count() == 1).then_some(())
    });
}
