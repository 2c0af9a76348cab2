//! The journal as a running server writes it and the command line reads it: the real program, real files.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::database::Database;
use crate::harness::{Running, wait_for};

/// Rings `hoa` and then `minh`'s telephone for every call of the queue `q`; nobody for callers of 84779.
const RULES: &str = "
    insert into agents (id, name, phone_number) values ('hoa', 'Hoa', null), ('minh', 'Minh', '84909992666');
    insert into groups (id, name, strategy) values ('team', 'Team', 'ordered');
    insert into group_members (group_id, agent_id, position, routing_type) values
        ('team', 'hoa', 1, null), ('team', 'minh', 2, 2);
    insert into rules (id, position, name, from_number, action) values (1, 1, 'Blocked', '84779*', 'nobody');
    insert into rules (id, position, name, queue_id) values (2, 10, 'Team \"A\"', 'q');
    insert into rule_steps (rule_id, step, group_id) values (2, 1, 'team')";

/// A server with a state directory that outlives it.
struct Journaled {
    database: Database,
    directory: TempDir,
    server: Option<Running>,
    config: &'static str,
}

impl Journaled {
    async fn start(config: &'static str) -> Self {
        let database = Database::empty().await;
        database.shell().await.run(RULES).await;
        let directory = TempDir::new().unwrap();
        let mut journaled = Self {
            database,
            directory,
            server: None,
            config,
        };
        journaled.restart();
        journaled
    }

    /// Starts the server anew; the one before is killed if it still runs.
    fn restart(&mut self) {
        drop(self.server.take());
        self.server = Some(Running::with_state(
            &self.database.path(),
            &self.state(),
            self.config,
        ));
    }

    fn server(&self) -> &Running {
        self.server.as_ref().unwrap()
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// Asks about a call as Stringee does.
    fn ask(&self, queue: &str, call_id: &str, from: &str) {
        let calls = json!([{"callId": call_id, "from": from, "to": "842473082666"}]);
        let body = json!({"queueId": queue, "calls": calls}).to_string();
        assert_eq!(
            self.server()
                .post("/get_list_agents", body.as_bytes(), &[])
                .status,
            200
        );
    }

    /// What a command says; its exit code must be 0.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let (code, output, complaints) = self.run(arguments);
        assert_eq!(code, Some(0), "{output}{complaints}");
        output
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stringee-router"));
        command
            .args(arguments)
            .env_clear()
            .env("USER", "lan")
            .current_dir(self.directory.path());
        for (key, path) in [("rules", self.database.path()), ("state", self.state())] {
            command
                .arg("--set")
                .arg(format!("database.{key}={}", path.display()));
        }
        command.args(
            self.server
                .iter()
                .flat_map(|server| ["--set".to_owned(), server.admin_setting()]),
        );
        let ran = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ran.status.code(), text(ran.stdout), text(ran.stderr))
    }

    /// The decisions in the journal, the newest first; none while there is no journal.
    fn decisions(&self, arguments: &[&str]) -> Vec<Value> {
        let (_, output, _) = self.run(&[&["journal", "--json"], arguments].concat());
        output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Waits until the newest decisions satisfy a condition.
    #[track_caller]
    fn until(&self, what: &str, condition: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        wait_for(what, || {
            Some(self.decisions(&[])).filter(|decisions| condition(decisions))
        })
    }

    fn metric(&self, name: &str) -> String {
        let text = self.server().admin("/metrics").body;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("stringee_router_{name} ")))
            .unwrap();
        line.to_owned()
    }
}

fn call_ids(decisions: &[Value]) -> Vec<&str> {
    decisions
        .iter()
        .map(|decision| decision["call_id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn each_decision_is_written_once_with_how_often_it_was_given() {
    let journaled = Journaled::start("").await;
    for _ in 0..3 {
        journaled.ask("q", "call 1", "84986776777");
    }
    journaled.ask("q", "call \"2\"", "");
    journaled.ask("other", "call 3", "btncall_84986776777");
    journaled.ask("q", "call 4", "84779000000");
    let decisions = journaled.until("all asks to be written", |decisions| {
        decisions.len() == 4
            && decisions
                .iter()
                .map(|decision| decision["asks"].as_i64().unwrap())
                .sum::<i64>()
                == 6
    });
    assert_eq!(
        call_ids(&decisions),
        ["call 4", "call 3", "call \"2\"", "call 1"]
    );
    let [blocked, nobody, anonymous, first] = &*decisions else {
        panic!("four decisions")
    };
    assert_eq!(
        (&blocked["outcome"], &blocked["rule"], &blocked["agents"]),
        (&json!("blocked"), &json!("Blocked"), &json!([]))
    );
    assert_eq!(
        (&nobody["outcome"], &nobody["rule"], &nobody["from"]),
        (&json!("nobody"), &Value::Null, &json!("84986776777"))
    );
    assert_eq!(
        (&anonymous["from"], &anonymous["to"]),
        (&Value::Null, &json!("842473082666"))
    );
    let agents = json!([
        {"id": "hoa", "routing_type": 1, "answer_timeout": 15},
        {"id": "minh", "routing_type": 2, "answer_timeout": 15, "phone_number": "84909992666"},
    ]);
    assert_eq!(
        (&first["agents"], &first["asks"], &first["rule"]),
        (&agents, &json!(3), &json!("Team \"A\""))
    );
    assert_eq!(
        (&first["version"], &first["queue_id"], &first["waited"]),
        (&json!(1), &json!("q"), &json!(0))
    );
    assert_eq!(journaled.metric("journal_written_total"), "4");
    assert_eq!(journaled.metric("journal_dropped_total"), "0");
}

#[tokio::test]
async fn another_answer_is_another_row_and_the_same_one_by_another_version_is_not() {
    let mut journaled = Journaled::start("").await;
    journaled.ask("q", "a", "");
    let mut editor = journaled.database.shell().await;
    editor
        .run("update rules set position = 11 where id = 2")
        .await;
    wait_for("the edit to be in force", || {
        journaled
            .server()
            .admin("/status")
            .body
            .contains("\"version\":2")
            .then_some(())
    });
    journaled.ask("q", "a", "");
    editor
        .run("delete from group_members where agent_id = 'minh'")
        .await;
    wait_for("the edit to be in force", || {
        journaled
            .server()
            .admin("/status")
            .body
            .contains("\"version\":3")
            .then_some(())
    });
    journaled.ask("q", "a", "");
    journaled.until("the other answer", |decisions| {
        decisions.len() == 2 && decisions[0]["version"] == 3
    });
    // A start counts on from the newest copy; the keeper needs a moment to write it.
    wait_for("the copy of the third version", || {
        let status = journaled.server().admin("/status").body;
        status.contains("\"is_current\":true").then_some(())
    });
    journaled.restart();
    // It serves the last copy first, which may be of the version before.
    wait_for("the third version to be served again", || {
        journaled
            .server()
            .admin("/status")
            .body
            .contains("\"version\":3")
            .then_some(())
    });
    let asked_before = journaled.decisions(&[])[0]["asks"].as_i64();
    journaled.ask("q", "a", "");
    let decisions = journaled.until("the ask after the restart", |decisions| {
        decisions[0]["asks"].as_i64() > asked_before
    });
    let versions: Vec<&Value> = decisions
        .iter()
        .map(|decision| &decision["version"])
        .collect();
    assert_eq!(versions, [3, 1], "{decisions:#?}");
    assert!(
        decisions[1]["asks"].as_i64() >= Some(2),
        "the second version gave the same answer: {decisions:#?}"
    );
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let journaled = Journaled::start("").await;
    journaled.ask("q", "a", "84986776777");
    journaled.ask("other", "b", "84911111111");
    journaled.until("both", |decisions| decisions.len() == 2);
    let listed = |arguments: &[&str]| journaled.decisions(arguments).len();
    for number in ["84986776777", "0986 776 777", "+84986776777"] {
        assert_eq!(
            call_ids(&journaled.decisions(&["--caller", number])),
            ["a"],
            "{number}"
        );
    }
    assert_eq!(
        (
            listed(&["--queue", "other"]),
            listed(&["--agent", "hoa"]),
            listed(&["--agent", "lan"])
        ),
        (1, 1, 0)
    );
    assert_eq!(
        (
            listed(&["--limit", "1"]),
            listed(&["--to", "2020-01-01"]),
            listed(&["--from", "2020-01-01"])
        ),
        (1, 0, 2)
    );
    let line = journaled.says(&["journal", "--queue", "q"]);
    assert!(
        line.contains(
            "  q  84986776777 > 842473082666  rule 'Team \"A\"': hoa, minh by telephone  (call a, "
        ),
        "{line}"
    );
    let (code, output, complaints) = journaled.run(&["journal", "--queue", "nope"]);
    assert_eq!((code, &*output), (Some(0), ""));
    assert_eq!(
        complaints,
        "note: no rule and no row of queues names the queue 'nope'\n\
         no answer is in the journal that is asked for\n"
    );
    for (limit, said) in [
        ("0", "0 is not in 1"),
        ("ten", "write a whole number"),
        ("99999999999", "99999999999 is not in 1"),
    ] {
        let (code, _, complaints) = journaled.run(&["journal", "--limit", limit]);
        assert_eq!(code, Some(2));
        assert!(complaints.contains(said), "{complaints}");
    }
    let (code, _, complaints) = journaled.run(&["journal", "--from", "soon"]);
    assert_eq!(
        (code, complaints.contains("'soon' is not a time")),
        (Some(2), true),
        "{complaints}"
    );
}

#[tokio::test]
async fn a_list_that_stops_before_its_end_says_so() {
    let journaled = Journaled::start("").await;
    for call in 0..101 {
        journaled.ask("q", &format!("call {call}"), "84986776777");
    }
    wait_for("all calls", || {
        (journaled.decisions(&["--limit", "200"]).len() == 101).then_some(())
    });
    for (arguments, lines, said) in [
        (
            &["journal"][..],
            100,
            "these are the newest 100; --limit 1000 shows more, --from and --to other times\n",
        ),
        (
            &["journal", "--limit", "7", "--json"],
            7,
            "these are the newest 7; --limit 70 shows more, --from and --to other times\n",
        ),
        (&["journal", "--limit", "101"], 101, ""),
    ] {
        let (code, output, complaints) = journaled.run(arguments);
        assert_eq!(code, Some(0), "{complaints}");
        assert_eq!((output.lines().count(), &*complaints), (lines, said));
    }
}

#[tokio::test]
async fn numbers_are_masked_before_they_are_written() {
    let journaled = Journaled::start("[journal]\nmask_numbers = true").await;
    journaled.ask("q", "a", "84912345678");
    let decisions = journaled.until("the decision", |decisions| decisions.len() == 1);
    assert_eq!(
        (&decisions[0]["from"], &decisions[0]["to"]),
        (&json!("…678"), &json!("842473082666"))
    );
    assert_eq!(decisions[0]["agents"][1]["phone_number"], "…666");
    assert_eq!(
        call_ids(&journaled.decisions(&["--caller", "0912345678"])),
        ["a"]
    );
    for file in std::fs::read_dir(journaled.state())
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let is_journal = file
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("journal.db");
        let content = if is_journal {
            std::fs::read(&file).unwrap()
        } else {
            Vec::new()
        };
        let has_number = content.windows(11).any(|bytes| bytes == b"84912345678");
        assert!(!has_number, "{} holds the number", file.display());
    }
}

#[tokio::test]
async fn a_journal_that_is_switched_off_keeps_the_history_all_the_same() {
    let journaled = Journaled::start("[journal]\nenabled = false").await;
    journaled.ask("q", "a", "");
    let changes = wait_for("the first version", || {
        Some(journaled.run(&["history", "list"]))
            .filter(|(_, output, _)| output.contains("version 1 of "))
    });
    assert_eq!(changes.0, Some(0));
    assert!(journaled.server.as_ref().unwrap().admin("/healthz").status == 200);
    assert_eq!(journaled.decisions(&[]), [Value::Null; 0]);
}

#[tokio::test]
async fn what_was_answered_last_is_written_at_shutdown() {
    let mut journaled = Journaled::start("").await;
    wait_for("the journal to be there", || {
        journaled.state().join("journal.db").exists().then_some(())
    });
    journaled.ask("q", "last", "");
    assert!(journaled.server.take().unwrap().stop().success());
    assert_eq!(call_ids(&journaled.decisions(&[])), ["last"]);
    assert!(
        !journaled.state().join("journal.db-wal").exists(),
        "the file is closed"
    );
}

#[tokio::test]
async fn killed_while_it_writes_the_journal_opens_again_and_loses_no_more_than_a_moment() {
    let mut journaled = Journaled::start("").await;
    let mut asked = 0;
    for round in 0..5 {
        let before = asked;
        let written = wait_for("some rows to be written", || {
            asked += 1;
            journaled.ask("q", &format!("call {asked}"), "");
            let written: u32 = journaled.metric("journal_written_total").parse().unwrap();
            (written >= 20).then_some(written)
        });
        journaled.restart();
        let decisions =
            journaled.until("the journal to be read", |decisions| !decisions.is_empty());
        let of_round = decisions.iter().filter(|decision| {
            let number = decision["call_id"]
                .as_str()
                .unwrap()
                .trim_start_matches("call ")
                .parse::<u32>()
                .unwrap();
            number > before
        });
        assert!(
            of_round.count() >= 20,
            "round {round}: {written} were written"
        );
    }
    let mut shell =
        crate::database::Shell::open(&journaled.state().join("journal.db"), false).await;
    assert_eq!(shell.texts("pragma integrity_check").await, ["ok"]);
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_is_said_and_calls_are_answered() {
    let database = Database::empty().await;
    database.shell().await.run(RULES).await;
    let directory = TempDir::new().unwrap();
    let state = directory.path().join("state");
    std::fs::create_dir_all(state.join("journal.db")).unwrap();
    let server = Some(Running::with_state(&database.path(), &state, ""));
    let journaled = Journaled {
        database,
        directory,
        server,
        config: "",
    };
    let readiness = wait_for("the fault to be said", || {
        journaled.ask("q", "a", "");
        Some(journaled.server().admin("/readyz"))
            .filter(|answer| answer.body.contains("the journal cannot be written"))
    });
    assert_eq!(readiness.status, 200, "{}", readiness.body);
    assert!(journaled.server().admin("/status").json()["journal_fault"].is_string());
    std::fs::remove_dir(state.join("journal.db")).unwrap();
    journaled.until("the decision made meanwhile", |decisions| {
        call_ids(decisions) == ["a"]
    });
    wait_for("all to be well", || {
        (journaled.server().admin("/readyz").body == "ready\n").then_some(())
    });
}

#[tokio::test]
async fn the_journals_calls_are_replayed() {
    let journaled = Journaled::start("").await;
    journaled.ask("q", "a", "84986776777");
    journaled.ask("q", "b", "84779000000");
    journaled.until("both", |decisions| decisions.len() == 2);
    let replayed = journaled.says(&["replay", "--journal", "2020-01-01.."]);
    let ids: Vec<Value> = replayed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["call_id"].clone())
        .collect();
    assert_eq!(ids, ["a", "b"], "the oldest first");
    assert_eq!(journaled.says(&["replay", "--journal", "..2020-01-01"]), "");
    let edited = journaled.directory.path().join("edited.db");
    let edited = edited.to_str().unwrap();
    journaled.says(&["history", "backup", edited]);
    crate::database::Shell::open(Path::new(edited), false)
        .await
        .run("delete from rules where id = 1")
        .await;
    let rules = journaled.database.path();
    let arguments = [
        "replay",
        "--journal",
        "2020-01-01..",
        "--rules",
        edited,
        "--against",
        rules.to_str().unwrap(),
    ];
    let differing = journaled.says(&arguments);
    assert_eq!(differing.lines().count(), 1, "{differing}");
    assert!(
        differing.starts_with("{\"call_id\":\"b\",\"before\":{\"rule\":\"Blocked\""),
        "{differing}"
    );
}

#[tokio::test]
async fn an_edit_is_listed_and_taken_back_while_the_server_runs() {
    let journaled = Journaled::start("").await;
    let listed = |line: &str| {
        wait_for(line, || {
            Some(journaled.says(&["history", "list"])).filter(|list| list.contains(line))
        })
    };
    wait_for("the first version", || {
        journaled
            .state()
            .join("last-good.db")
            .exists()
            .then_some(())
    });
    let mut editor = journaled.database.shell().await;
    editor
        .run(
            "begin; insert into editor (actor, reason) values ('hoa', 'Minh is ill');
            update agents set enabled = 0, note = 'it''s flu' where id = 'minh'; delete from editor; commit",
        )
        .await;
    let list = listed("version 2 of ");
    assert!(
        list.contains(
            "  2.1 agents minh: enabled 1 -> 0, note NULL -> 'it''s flu'  (hoa: Minh is ill, "
        ),
        "{list}"
    );
    let (code, planned, _) = journaled.run(&["history", "undo", "2", "--plan"]);
    assert_eq!(
        (code, planned.lines().nth(1)),
        (
            Some(1),
            Some("  ~ agents minh  enabled 0 -> 1, note 'it's flu' -> NULL")
        ),
        "{planned}"
    );
    assert_eq!(
        journaled.server().rung("q", "x", "1"),
        ["hoa"],
        "a plan changes nothing"
    );
    let (code, _, complaints) = journaled.run(&["history", "undo", "2"]);
    assert_eq!(
        (code, complaints.contains("--yes commits without asking")),
        (Some(1), true),
        "{complaints}"
    );
    let undone = journaled.says(&["history", "undo", "2", "--yes"]);
    assert!(undone.starts_with("1 row differs: 1 changed\n"), "{undone}");
    assert!(
        undone.ends_with("\ncommitted\nin force as version 3\n"),
        "{undone}"
    );
    wait_for("minh to be rung again", || {
        (journaled.server().rung("q", "x", "1") == ["hoa", "minh"]).then_some(())
    });
    let list = listed("version 3 of ");
    assert!(
        list.contains("note 'it''s flu' -> NULL  (lan: undo of version 2, "),
        "{list}"
    );
    let (code, _, complaints) = journaled.run(&["history", "undo", "2", "--yes"]);
    assert_eq!(code, Some(2));
    assert!(
        complaints.contains("cannot undo: agents minh has been edited since: enabled is 1"),
        "{complaints}"
    );
    what_is_not_there_is_not_taken_back(&journaled);
}

/// The newest version is 3, and version 2 has one change.
#[track_caller]
fn what_is_not_there_is_not_taken_back(journaled: &Journaled) {
    for (what, complaint) in [
        ("1", "version 1 is the first one"),
        ("4", "version 4 is not written down yet"),
        (
            "70",
            "there is no version 70; the newest that is written down is 3",
        ),
        ("2.5", "none has the number 5"),
        ("x", "write a version such as 41"),
    ] {
        let (code, _, complaints) = journaled.run(&["history", "undo", what]);
        assert_eq!(
            (code, complaints.contains(complaint)),
            (Some(2), true),
            "{complaints}"
        );
    }
}

#[tokio::test]
async fn a_backup_is_restored_while_the_server_runs() {
    let journaled = Journaled::start("").await;
    let (backup, rules) = (
        journaled.directory.path().join("backup.db"),
        journaled.database.path(),
    );
    let name = backup.to_str().unwrap();
    let mut editor = journaled.database.shell().await;
    editor
        .run("alter table agents add column colour text; update agents set colour = 'red' where id = 'hoa'")
        .await;
    journaled.says(&["history", "backup", name]);
    let (code, _, complaints) = journaled.run(&["history", "backup", name]);
    assert_eq!(
        (code, complaints.contains("exists already")),
        (Some(2), true),
        "{complaints}"
    );
    let inode =
        |path: &Path| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
    let before = inode(&rules);
    editor.run("update agents set colour = 'blue'; delete from group_members; update rules set name = 'changed' where id = 2; insert into queues (id, name) values ('q', 'Q')").await;
    let said = journaled.says(&["history", "restore", name, "--yes"]);
    assert!(
        said.starts_with("4 rows differ: 2 added, 1 changed, 1 deleted\n"),
        "{said}"
    );
    wait_for("the backup to be in force", || {
        (journaled.server().rung("q", "x", "1") == ["hoa", "minh"]).then_some(())
    });
    assert_eq!(inode(&rules), before, "the file stays the same one");
    let colours = "select coalesce(colour, '-') from agents order by id";
    assert_eq!(editor.texts(colours).await, ["red", "-"]);
    let by = editor
        .texts("select distinct actor || ' ' || reason from changes order by id desc limit 1")
        .await;
    assert_eq!(by, [format!("lan restore of {name}")]);
    let said = journaled.says(&["history", "restore", name, "--yes"]);
    assert_eq!(said, "no row differs\n");
}

#[tokio::test]
async fn a_backup_with_errors_is_restored_only_by_force() {
    let journaled = Journaled::start("").await;
    let backup = journaled.directory.path().join("backup.db");
    let name = backup.to_str().unwrap();
    journaled.says(&["history", "backup", name]);
    let mut shell = crate::database::Shell::open(&backup, false).await;
    shell.run("insert into rule_tests (name, queue_id, at, expect_agents) values ('fails', 'q', '2026-11-23 10:00', 'nam')").await;
    let (code, _, complaints) = journaled.run(&["history", "restore", name, "--yes"]);
    assert_eq!(
        (code, complaints.contains("--force takes it all the same")),
        (Some(1), true),
        "{complaints}"
    );
    assert_eq!(
        journaled
            .database
            .shell()
            .await
            .texts("select name from rule_tests")
            .await,
        [""; 0]
    );
    let taken = ["history", "restore", name, "--yes", "--no-wait"];
    for how in [&["--set", "database.rule_tests=warn"][..], &["--force"]] {
        let (code, _, complaints) = journaled.run(&[&taken[..], how].concat());
        assert_eq!(code, Some(0), "{complaints}");
    }
    assert_eq!(
        journaled
            .database
            .shell()
            .await
            .texts("select name from rule_tests")
            .await,
        ["fails"]
    );
    std::fs::remove_file(journaled.database.path()).unwrap();
    let (code, output, _) = journaled.run(&[&taken[..], &["--force"]].concat());
    assert_eq!(
        (code, output.contains("\ncreated ")),
        (Some(0), true),
        "{output}"
    );
    std::fs::write(journaled.database.path(), "torn".repeat(1000)).unwrap();
    let (code, output, complaints) = journaled.run(&[&taken[..], &["--force"]].concat());
    assert_eq!(
        (code, output.contains("what was there is ")),
        (Some(0), true),
        "{output}{complaints}"
    );
    std::fs::write(&backup, "no database").unwrap();
    let (code, _, complaints) = journaled.run(&["history", "restore", name]);
    assert_eq!(
        (code, complaints.contains("is not an SQLite database")),
        (Some(2), true),
        "{complaints}"
    );
}

#[tokio::test]
async fn a_recorded_call_is_explained_by_the_rules_that_answered_it() {
    let journaled = Journaled::start("").await;
    journaled.ask("q", "first", "84986776777");
    journaled.until("the answer to be written", |decisions| decisions.len() == 1);
    let copied = || {
        journaled
            .state()
            .join("last-good.db")
            .exists()
            .then_some(())
    };
    wait_for("a copy of the first version", copied);
    let explained = journaled.says(&["explain", "--call", "first", "--json"]);
    let explained: Value = serde_json::from_str(&explained).unwrap();
    assert_eq!(explained["call"]["queue_id"], "q");
    assert_eq!(explained["agents"][0]["stringee_user_id"], "hoa");

    let mut shell = journaled.database.shell().await;
    shell
        .run("delete from group_members where agent_id = 'hoa'")
        .await;
    journaled.ask("q", "first", "84986776777");
    let answered_anew = |decisions: &[Value]| decisions.len() == 2;
    wait_for("the edit to be in force", || {
        journaled.ask("q", "first", "84986776777");
        answered_anew(&journaled.decisions(&[])).then_some(())
    });
    let newest = journaled.says(&["explain", "--call", "first"]);
    assert!(newest.contains("by version 2-"), "{newest}");
    assert!(newest.contains(": minh\n"), "{newest}");
    let earlier = journaled.says(&["explain", "--call", "first", "--answer", "1"]);
    assert!(earlier.contains("by version 1-"), "{earlier}");
    assert!(earlier.contains(": hoa, minh\n"), "{earlier}");
    assert!(earlier.contains("1. hoa (Hoa)"), "{earlier}");

    // The copy is of the first version until nobody has edited for a second.
    std::fs::remove_dir_all(journaled.state().join("backup")).unwrap();
    std::fs::remove_file(journaled.state().join("last-good.db")).unwrap();
    let (code, _, complaints) = journaled.run(&["explain", "--call", "first", "--answer", "1"]);
    assert_eq!(code, Some(2));
    assert!(
        complaints.contains("the rules that answered this call are gone"),
        "{complaints}"
    );
    let (code, _, complaints) = journaled.run(&["explain", "--call", "other"]);
    assert_eq!(code, Some(2));
    assert!(
        complaints.contains("the journal has no call 'other'"),
        "{complaints}"
    );
}
