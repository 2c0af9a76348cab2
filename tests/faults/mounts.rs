//! File systems that are full, read-only, or show the rules alone. They need the right to mount; where it is missing,
//! the tests say so.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bed::{renames, say};
use crate::database::{Database, Shell};
use crate::harness::{Running, wait_for};
use crate::prober::{Prober, REQUESTS_A_SECOND};

/// Something mounted, until it goes out of scope.
pub(crate) struct Mounted(PathBuf);

impl Mounted {
    /// Mounts, or says that it may not.
    pub(crate) fn new(arguments: &[&str], on: &Path) -> Option<Self> {
        let mount = Command::new("mount")
            .args(arguments)
            .arg(on)
            .stderr(Stdio::null())
            .status();
        let is_mounted = mount.is_ok_and(|status| status.success());
        if !is_mounted {
            say(
                "a mounted file system",
                "not run, nothing may be mounted here",
            );
        }
        is_mounted.then(|| Self(on.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(&self.0).status());
    }
}

/// A server on rules that are seen through a mount, and its prober.
struct Seen {
    server: Running,
    prober: Prober,
}

impl Seen {
    fn new(rules: &Path, state: &Path) -> Self {
        let server = Running::with_state(rules, state, "");
        let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
        let seen = Self { server, prober };
        seen.is_in_force("v0");
        seen
    }

    #[track_caller]
    fn is_in_force(&self, agent: &str) {
        wait_for(&format!("{agent} to be named"), || {
            self.prober.named().filter(|named| named == agent)
        });
        self.prober.must_name(agent);
    }

    async fn follows(&self, rules: &Path, agent: &str) {
        let mut editor = Shell::open(rules, false).await;
        self.prober.may_name(agent);
        renames(&mut editor, agent).await;
        editor.close().await;
        self.is_in_force(agent);
    }
}

/// Writes a file until the disk is full but for some bytes: enough to edit in place, too little for a copy of the rules.
fn leave_room(ballast: &Path, bytes: u64) {
    let mut file = fs::File::create(ballast).unwrap();
    while file.write_all(&[0; 4_096]).is_ok() {}
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(bytes)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_edits_and_copies_but_no_answer() {
    let (database, disk) = (
        Database::ringing(&["v0"]).await,
        tempfile::tempdir().unwrap(),
    );
    let Some(_mounted) = Mounted::new(&["-t", "tmpfs", "-o", "size=2m", "tmpfs"], disk.path())
    else {
        return;
    };
    let (rules, state) = (disk.path().join("rules.db"), disk.path().join("state"));
    fs::copy(database.path(), &rules).unwrap();
    let seen = Seen::new(&rules, &state);
    wait_for("the copy", || {
        seen.server
            .log()
            .contains("the last good copy is made")
            .then_some(())
    });
    let ballast = disk.path().join("ballast");
    leave_room(&ballast, 0);
    let mut editor = Shell::open(&rules, false).await;
    let handle = tokio::runtime::Handle::current();
    let refused = editor
        .attempt("update agents set id = 'v9'")
        .await
        .unwrap_err();
    assert!(refused.contains("full"), "{refused}");
    fs::remove_file(&ballast).unwrap();
    seen.follows(&rules, "v1").await;
    wait_for("all to be well", || {
        (seen.server.admin("/readyz").body == "ready\n").then_some(())
    });
    seen.prober.may_name("v2");
    wait_for("an edit in what room is left", || {
        leave_room(&ballast, 32 * 1_024);
        // The journal of the calls may have taken it first.
        tokio::task::block_in_place(|| {
            handle.block_on(editor.attempt("update agents set id = 'v2'"))
        })
        .ok()
    });
    seen.is_in_force("v2");
    wait_for("the sentence", || {
        let readiness = seen.server.admin("/readyz");
        assert_eq!(readiness.status, 200);
        (readiness.body.contains("full") || readiness.body.contains("space")).then_some(())
    });
    fs::remove_file(&ballast).unwrap();
    wait_for("all to be well", || {
        (seen.server.admin("/readyz").body == "ready\n").then_some(())
    });
    say("a full disk", &seen.prober.finish().to_string());
}

#[tokio::test]
async fn a_read_only_mount_is_served_and_followed() {
    let (database, view) = (
        Database::ringing(&["v0"]).await,
        tempfile::tempdir().unwrap(),
    );
    let directory = database.directory().to_str().unwrap();
    let Some(_mounted) = Mounted::new(&["--bind", directory], view.path()) else {
        return;
    };
    let remounted = Command::new("mount")
        .args(["-o", "remount,ro,bind"])
        .arg(view.path())
        .status()
        .unwrap();
    assert!(remounted.success());
    assert!(fs::write(view.path().join("file"), "").is_err());
    let state = tempfile::tempdir().unwrap();
    let seen = Seen::new(&view.path().join("rules.db"), &state.path().join("state"));
    for agent in ["v1", "v2"] {
        seen.follows(&database.path(), agent).await;
    }
    say("a read-only mount", &seen.prober.finish().to_string());
}

#[tokio::test]
async fn a_mount_of_the_file_alone_is_followed() {
    let (database, view) = (
        Database::ringing(&["v0"]).await,
        tempfile::tempdir().unwrap(),
    );
    let rules = view.path().join("rules.db");
    fs::write(&rules, "").unwrap();
    let Some(_mounted) = Mounted::new(&["--bind", database.path().to_str().unwrap()], &rules)
    else {
        return;
    };
    let state = tempfile::tempdir().unwrap();
    let seen = Seen::new(&rules, &state.path().join("state"));
    for agent in ["v1", "v2", "v3"] {
        seen.follows(&database.path(), agent).await;
    }
    // What is moved over the file outside is another file: the mount keeps showing the one it was made of.
    let other = database.directory().join("other.db");
    fs::copy(database.path(), &other).unwrap();
    fs::rename(&other, database.path()).unwrap();
    let mut editor = database.shell().await;
    renames(&mut editor, "v9").await;
    editor.close().await;
    wait_for("the edit in the other file", || {
        let status = seen.server.admin("/status").json();
        assert_eq!(status["readiness"], "ready");
        (fs::metadata(database.path())
            .unwrap()
            .modified()
            .unwrap()
            .elapsed()
            .unwrap()
            .as_secs()
            >= 1)
            .then_some(())
    });
    assert_eq!(seen.server.rung("q", "a", "1"), ["v3"]);
    say(
        "a mount of the file alone",
        &seen.prober.finish().to_string(),
    );
}
