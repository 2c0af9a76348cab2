//! `status`, and the first line of every command that speaks of rules which the running server does not serve.

use crate::cli_program::{Program, Ran};
use crate::database::Database;
use crate::harness::{Running, wait_for};

struct Setup {
    database: Database,
    server: Running,
    program: Program,
}

impl Setup {
    async fn new() -> Self {
        let database = Database::ringing(&["hoa", "lan", "minh"]).await;
        let state = database.directory().join("state");
        let config = "[database]\nhold_seconds = 3600";
        Self {
            server: Running::with_state(&database.path(), &state, config),
            program: Program::new(),
            database,
        }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let rules = format!("database.rules={}", self.database.path().display());
        let state = self.database.directory().join("state");
        let state = format!("database.state={}", state.display());
        let admin = self.server.admin_setting();
        let settings = ["--set", &*rules, "--set", &*state, "--set", &*admin];
        self.program.run(&[arguments, &settings].concat())
    }

    async fn edit_until(&self, sql: &str, sentence: &str) {
        self.database.shell().await.run(sql).await;
        wait_for(sentence, || {
            let readiness = self.server.admin("/readyz").body;
            readiness.contains(sentence).then_some(())
        });
    }
}

#[tokio::test]
async fn what_is_served_is_said_and_what_is_wrong() {
    let setup = Setup::new().await;
    let well = setup.run(&["status"]);
    assert_eq!(well.code, Some(0), "{well}");
    assert!(well.output.starts_with("serves version 1-"), "{well}");
    assert!(
        well.output.ends_with("1 rule, 3 agents, 1 group\nready\n"),
        "{well}"
    );
    assert!(!setup.run(&["check"]).output.contains("Note: "));

    setup
        .edit_until(
            "insert into schedules (id, name, time_zone) values ('x', 'X', 'Mars')",
            "Mars",
        )
        .await;
    let refused = setup.run(&["status"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(
        refused
            .output
            .contains("schedules.time_zone of 'x': 'Mars'"),
        "{refused}"
    );
    let page = setup.run(&["status", "--json"]);
    let page: serde_json::Value = serde_json::from_str(&page.output).unwrap();
    assert_eq!(page["edit_refused"], true);
    let nobody = setup
        .program
        .run(&["status", "--set", "admin.listen=127.0.0.1:1"]);
    assert_eq!(nobody.code, Some(2), "{nobody}");
    assert!(
        nobody.complaints.contains("is this its admin.listen?"),
        "{nobody}"
    );
}

#[tokio::test]
async fn each_command_says_first_that_other_rules_are_served() {
    let setup = Setup::new().await;
    setup
        .edit_until(
            "insert into schedules (id, name, time_zone) values ('x', 'X', 'Mars')",
            "Mars",
        )
        .await;
    let note = "Note: the running server serves version 1 and not what stands in ";
    let commands: [&[&str]; 5] = [
        &["explain", "--queue", "q"],
        &["coverage"],
        &["check"],
        &["report"],
        &["history", "list"],
    ];
    for command in commands {
        let ran = setup.run(command);
        let first = ran.output.lines().next().unwrap_or_default();
        assert!(first.starts_with(note), "{command:?}: {ran}");
        assert!(
            first.contains("it refuses the file's rules: schedules.time_zone of 'x'"),
            "{first}"
        );
        let ran = setup.run(&[command, &["--json"]].concat());
        assert!(!ran.output.contains("Note: "), "{ran}");
        assert!(ran.complaints.contains(note), "{ran}");
    }
    setup
        .database
        .shell()
        .await
        .run("delete from schedules where id = 'x'")
        .await;
    setup
        .edit_until(
            "delete from group_members where agent_id <> 'hoa'",
            "would ring other people",
        )
        .await;
    let held = setup.run(&["explain", "--queue", "q"]).output;
    assert!(
        held.starts_with(note) && held.contains("it holds the file's rules until"),
        "{held}"
    );
}
