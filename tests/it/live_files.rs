//! What happens to the file itself while the server answers: replaced, removed, damaged. Never a wrong answer, and all is
//! well again when the file is.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::database::{Database, Shell};
use crate::harness::{Running, wait_for};

/// A server that rings `hoa`, and a file that is as good and rings `minh`.
struct Fixture {
    database: Database,
    other: Database,
    server: Running,
}

impl Fixture {
    async fn new() -> Self {
        let (database, other) = (
            Database::ringing(&["hoa"]).await,
            Database::ringing(&["minh"]).await,
        );
        let server = Running::on(&database.path(), "");
        let fixture = Self {
            database,
            other,
            server,
        };
        fixture.rings("hoa");
        fixture
    }

    #[track_caller]
    fn rings(&self, agent: &str) {
        let is_well = || {
            self.server.rung("q", "a", "1") == [agent]
                && self.server.admin("/readyz").body == "ready\n"
        };
        wait_for(&format!("{agent} to be rung, and all to be well"), || {
            is_well().then_some(())
        });
    }

    /// Waits until the server says so; meanwhile it rings `hoa`.
    #[track_caller]
    fn says(&self, sentence: &str) {
        wait_for(sentence, || {
            assert_eq!(
                self.server.rung("q", "a", "1"),
                ["hoa"],
                "while waiting for: {sentence}"
            );
            let readiness = self.server.admin("/readyz");
            assert_eq!(readiness.status, 200);
            readiness.body.contains(sentence).then_some(())
        });
        assert_eq!(self.server.rung("q", "a", "1"), ["hoa"], "{sentence}");
    }

    /// Puts a whole file in the place of the other one.
    fn move_over(&self, from: &Path) {
        let draft = self.database.directory().join("draft");
        fs::copy(from, &draft).unwrap();
        fs::rename(draft, self.database.path()).unwrap();
    }
}

/// Overwrites bytes in the middle of a file.
fn scribble(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

#[tokio::test]
async fn a_damaged_file_changes_no_answer_and_a_whole_one_heals() {
    let fixture = Fixture::new().await;
    let path = &fixture.database.path();
    let original = fixture.database.directory().join("original");
    fs::copy(path, &original).unwrap();
    let damages: [(&str, &str, &dyn Fn()); 9] = [
        ("removed", "there is no rules database", &|| {
            fs::remove_file(path).unwrap();
        }),
        ("truncated to nothing", "not a rules database", &|| {
            fs::write(path, "").unwrap();
        }),
        ("truncated to the half", "damaged", &|| {
            let half = fs::metadata(path).unwrap().len() / 2;
            fs::OpenOptions::new()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(half)
                .unwrap();
        }),
        ("text", "is not an SQLite database", &|| {
            fs::write(path, "agents: hoa, minh\n".repeat(500)).unwrap();
        }),
        (
            "bytes without meaning",
            "is not an SQLite database",
            &|| fs::write(path, [0xa5; 8_192]).unwrap(),
        ),
        ("a page scribbled over", "damaged", &|| {
            scribble(path, 4_096, &[0x5a; 4_096]);
        }),
        ("a bit flipped in a page's head", "damaged", &|| {
            scribble(path, 8_192, &[0xff]);
        }),
        ("another application's", "not a rules database", &|| {
            fs::rename(foreign(path), path).unwrap();
        }),
        ("a directory", "cannot", &|| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
    ];
    for (damage, sentence, inflict) in damages {
        inflict();
        fixture.says(sentence);
        if path.is_dir() {
            fs::remove_dir(path).unwrap();
        }
        fixture.move_over(&fixture.other.path());
        wait_for(damage, || {
            (fixture.server.rung("q", "a", "1") == ["minh"]).then_some(())
        });
        fixture.rings("minh");
        fixture.move_over(&original);
        fixture.rings("hoa");
    }
}

/// A database of somebody else's, beside ours. Its header says so: bytes 68 to 71 are the `application_id`.
fn foreign(path: &Path) -> std::path::PathBuf {
    let other = path.with_extension("foreign");
    fs::copy(path, &other).unwrap();
    scribble(&other, 68, &[0, 0, 0, 1]);
    other
}

#[tokio::test]
async fn another_file_is_noticed_however_it_comes() {
    let fixture = Fixture::new().await;
    let original = fixture.database.directory().join("original");
    fs::copy(fixture.database.path(), &original).unwrap();
    fixture.move_over(&fixture.other.path());
    fixture.rings("minh");
    fs::copy(&original, fixture.database.path()).unwrap();
    fixture.rings("hoa");
    let mut editor = fixture.database.shell().await;
    editor
        .run("update agents set name = 'Hoa' where id = 'hoa'")
        .await;
    editor.close().await;
    fs::remove_dir_all(fixture.database.directory()).unwrap();
    fixture.says("there is no rules database");
    fs::create_dir(fixture.database.directory()).unwrap();
    fs::copy(fixture.other.path(), fixture.database.path()).unwrap();
    fixture.rings("minh");
}

#[tokio::test]
async fn touching_the_file_is_no_edit() {
    let fixture = Fixture::new().await;
    let version = fixture
        .server
        .post("/get_list_agents", br#"{"queueId":"q","calls":[]}"#, &[])
        .version;
    let times = fs::FileTimes::new().set_modified(std::time::SystemTime::UNIX_EPOCH);
    fs::File::open(fixture.database.path())
        .unwrap()
        .set_times(times)
        .unwrap();
    fixture.server.looks_again();
    let touched = fixture
        .server
        .post("/get_list_agents", br#"{"queueId":"q","calls":[]}"#, &[]);
    assert_eq!(touched.version, version);
    let mut editor = fixture.database.shell().await;
    editor
        .run("update agents set note = 'the same to the rules'")
        .await;
    editor
        .run("insert into agents (id, name) values ('minh', 'Minh')")
        .await;
    let newer = wait_for("the next version", || {
        let answer = fixture
            .server
            .post("/get_list_agents", br#"{"queueId":"q","calls":[]}"#, &[]);
        (answer.version != version).then_some(answer.version)
    });
    assert!(
        version.starts_with("1-") && newer.starts_with("2-"),
        "{version}, then {newer}"
    );
}

#[tokio::test]
async fn a_file_that_nobody_may_read_or_write_is_no_end() {
    let fixture = Fixture::new().await;
    let path = fixture.database.path();
    let set_mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o000);
    // The superuser reads it all the same; nobody else does.
    let is_readable = fs::File::open(&path).is_ok();
    if is_readable {
        fixture.rings("hoa");
    } else {
        fixture.says("cannot be read");
    }
    set_mode(0o444);
    fixture.rings("hoa");
    set_mode(0o644);
    fixture
        .database
        .shell()
        .await
        .run("update agents set id = 'lan'")
        .await;
    fixture.rings("lan");
}

#[tokio::test]
async fn a_write_ahead_log_is_followed_and_its_loss_survived() {
    let fixture = Fixture::new().await;
    let mut editor = Shell::open(&fixture.database.path(), false).await;
    editor.run("pragma journal_mode = wal").await;
    editor
        .run("insert into agents (id, name) values ('minh', 'Minh')")
        .await;
    editor
        .run("update group_members set agent_id = 'minh'")
        .await;
    fixture.rings("minh");
    editor
        .run("update group_members set agent_id = 'hoa'")
        .await;
    fixture.rings("hoa");
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(format!("{}{suffix}", fixture.database.path().display())).unwrap();
    }
    drop(editor);
    fixture.move_over(&fixture.other.path());
    fixture.rings("minh");
    let mut editor = fixture.database.shell().await;
    editor
        .run("insert into agents (id, name) values ('lan', 'Lan')")
        .await;
    editor
        .run("update group_members set agent_id = 'lan'")
        .await;
    fixture.rings("lan");
}

#[tokio::test]
async fn the_mode_with_a_write_ahead_log_is_said_and_can_be_left_while_the_server_runs() {
    let database = Database::ringing(&["hoa", "minh"]).await;
    let server = Running::on(&database.path(), "");
    let mut editor = database.shell().await;
    editor.run("pragma journal_mode = wal").await;
    editor
        .run("update group_members set position = 200 where agent_id = 'hoa'")
        .await;
    let remarks = || server.admin("/status").json()["file_remarks"].clone();
    wait_for("the mode to be said", || {
        remarks()[0]
            .as_str()
            .filter(|remark| remark.starts_with("it is in WAL mode"))
            .map(|_| ())
    });
    editor.run("pragma journal_mode = delete").await;
    assert_eq!(editor.texts("pragma journal_mode").await, ["delete"]);
    editor
        .run("update group_members set position = 1 where agent_id = 'hoa'")
        .await;
    wait_for("nothing to be said any more", || {
        (remarks() == serde_json::json!([])).then_some(())
    });
}

#[tokio::test]
async fn a_journal_that_stays_keeps_no_edit_waiting() {
    let database = Database::ringing(&["hoa", "minh"]).await;
    let server = Running::on(&database.path(), "");
    wait_for("the first rules", || {
        (server.rung("q", "a", "1") == ["hoa", "minh"]).then_some(())
    });
    let mut editor = database.shell().await;
    editor.run("pragma journal_mode = persist").await;
    let mut fastest = std::time::Duration::MAX;
    for round in 0..6 {
        let (position, expected) = if round % 2 == 0 {
            (200, ["minh", "hoa"])
        } else {
            (1, ["hoa", "minh"])
        };
        let begun = clock::monotonic();
        editor
            .run(&format!(
                "update group_members set position = {position} where agent_id = 'hoa'"
            ))
            .await;
        wait_for("the edit to be in force", || {
            (server.rung("q", "a", "1") == expected).then_some(())
        });
        fastest = fastest.min(clock::monotonic().duration_since(begun));
    }
    // Whatever else the machine does: if the journal were waited for, none of them would take less than 1.2 s.
    assert!(fastest.as_millis() < 500, "{fastest:?}");
    assert!(
        database
            .directory()
            .join("rules.db-journal")
            .metadata()
            .is_ok_and(|journal| journal.len() > 0)
    );
}
