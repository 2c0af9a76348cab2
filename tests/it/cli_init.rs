//! `init`: what it creates, what it leaves alone, and whether what it advises works.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use crate::cli_program::{Program, Ran};
use crate::database::Database;

#[test]
fn a_new_database_is_created_where_it_is_configured() {
    let program = Program::new();
    insta::assert_snapshot!(program.run(&["init", "--set", "database.rules=new/rules.db"]));
    assert!(program.path("new/rules.db").is_file());
}

#[test]
fn the_demo_data_are_there_when_asked_for() {
    let program = Program::new();
    insta::assert_snapshot!(program.run(&["init", "--demo", "--rules", "rules.db"]));
    let checked = program.run(&["check", "rules.db"]);
    assert_eq!(checked.code, Some(0), "{checked}");
}

#[tokio::test]
async fn the_advice_for_an_empty_database_leads_to_a_first_answer() {
    let program = Program::new();
    let advice = program.run(&["init", "--rules", "rules.db"]).output;
    let statements: Vec<&str> = advice
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("insert "))
        .collect();
    program.edit("rules.db", &statements.concat()).await;
    let checked = program.run(&["check", "rules.db"]);
    assert_eq!(checked.code, Some(0), "{checked}");
    let explained = program
        .run(&["explain", "--rules", "rules.db", "--queue", "any"])
        .output;
    assert!(
        explained.ends_with(
            "rule 1 'All calls to sales' rings 1 agent\n  1. agent_1 (Hoa): app, 15 s\n"
        ),
        "{explained}"
    );
}

#[test]
fn a_file_that_exists_is_left_alone() {
    let program = Program::new();
    program.write("rules.db", "precious");
    insta::assert_snapshot!(program.run(&["init", "--rules", "rules.db"]));
    assert_eq!(
        fs::read_to_string(program.path("rules.db")).unwrap(),
        "precious"
    );
}

#[test]
fn an_empty_database_can_be_filled_with_the_demo_data_later_but_only_once() {
    let program = Program::new();
    program.run(&["init", "--rules", "rules.db"]);
    let filled = program.run(&["init", "--demo", "--rules", "rules.db"]);
    assert_eq!(filled.code, Some(0), "{filled}");
    assert_eq!(program.run(&["check", "rules.db"]).code, Some(0));
    let again = program.run(&["init", "--demo", "--rules", "rules.db"]);
    let complaint =
        "error: rules.db holds rows of its own; the demo data go only into an empty database\n";
    assert_eq!((again.code, &*again.complaints), (Some(2), complaint));
}

#[tokio::test]
async fn an_upgrade_changes_no_rows() {
    let program = Program::with_rules().await;
    let before = program.run(&["check", "rules.db"]).output;
    let ran = program.run(&["init", "--upgrade", "--rules", "rules.db"]);
    assert_eq!(
        (ran.code, &*ran.output),
        (Some(0), "rules.db has version 3 of the tables\n"),
        "{ran}"
    );
    assert_eq!(program.run(&["check", "rules.db"]).output, before);
}

#[tokio::test]
async fn an_old_database_is_upgraded_and_kept_as_it_was() {
    let database = Database::empty().await;
    database.create_old(1, &["hoa"]).await.close().await;
    let rules = database.path().display().to_string();
    let program = Program::new();
    let edit = ["sql", "delete from rules", "--yes", "--rules", &rules];
    let refused = program.run(&edit);
    assert!(
        refused.complaints.contains("has version 1 of the tables"),
        "{refused}"
    );
    let before = program.run(&["check", &rules]).output;
    let ran = program.run(&["init", "--upgrade", "--rules", &rules]);
    let (done, kept) = ran.output.trim_end().split_once('\n').unwrap();
    assert!(
        done.ends_with("rules.db has version 3 of the tables"),
        "{ran}"
    );
    let (said, copy) = kept.split_once(" kept in ").unwrap();
    assert_eq!(said, "as it was, with version 1, it is");
    assert_eq!(program.run(&["check", &rules]).output, before);
    let of_copy = program.run(&["check", copy]);
    assert_eq!(of_copy.code, Some(0), "{of_copy}");
}

#[test]
fn there_is_nothing_to_upgrade_without_a_file() {
    let ran = Program::new().run(&["init", "--upgrade", "--rules", "rules.db"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    let advice =
        "error: there is no rules database at rules.db; create one with `stringee-router init`\n";
    assert_eq!(ran.complaints, advice);
}

#[tokio::test]
async fn an_old_database_is_sent_to_the_upgrade() {
    let program = Program::with_rules().await;
    program.edit("rules.db", "pragma user_version = 0").await;
    let ran = program.run(&["check", "rules.db"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.complaints
            .contains("run `stringee-router init --upgrade`"),
        "{ran}"
    );
}

/// Where nobody but its owner may write, seen by somebody else: by another user if the tests run as root.
#[test]
fn a_directory_of_another_owner_is_named_with_both_users_and_the_remedy() {
    let program = Program::new();
    fs::create_dir(program.path("volume")).unwrap();
    let (owner, us) = if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(program.path("volume"), Some(4321), Some(4321)).unwrap();
        fs::set_permissions(program.path("."), Permissions::from_mode(0o755)).unwrap();
        (4321, 65534)
    } else {
        eprintln!("not run: only root can give a directory to another user");
        return;
    };
    let bin = program.path("bin");
    fs::copy(env!("CARGO_BIN_EXE_stringee-router"), &bin).unwrap();
    let expected = format!(
        "the directory volume belongs to uid {owner}, and stringee-router runs as uid {us}; give it the directory (`chown -R \
         {us} volume` as root), or run it as uid {owner} (in a container: --user {owner})\n"
    );
    let rules = "database.rules=volume/rules.db";
    for arguments in [
        &["init", "--set", rules][..],
        &["init", "--set", "database.rules=volume/data/rules.db"],
        &[
            "serve",
            "--set",
            rules,
            "--set",
            "database.on_missing=demo",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "127.0.0.1:0",
        ],
        &["history", "restore", "backup.db", "--yes", "--set", rules],
    ] {
        if arguments[0] == "history" {
            assert_eq!(program.run(&["init", "--rules", "backup.db"]).code, Some(0));
        }
        let mut command = program.command_of(&bin, arguments);
        let ran = Ran::of(command.uid(us).gid(us).output().unwrap());
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(
            ran.complaints.starts_with("error: cannot create volume/")
                && ran.complaints.ends_with(&expected),
            "{ran}"
        );
    }
}

#[test]
fn what_is_wrong_with_a_backup_is_said_of_a_backup() {
    let program = Program::new();
    std::fs::write(program.path("text.db"), "hello").unwrap();
    let elsewhere = "a server keeps some in the folder `backup` of its state directory\n";
    for (file, said) in [
        ("gone.db", "error: there is no backup gone.db; "),
        (
            "text.db",
            "error: text.db is no backup: it is not an SQLite database; ",
        ),
    ] {
        let ran = program.run(&[
            "history",
            "restore",
            file,
            "--rules",
            "new/rules.db",
            "--yes",
        ]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert_eq!(ran.complaints, format!("{said}{elsewhere}"), "{ran}");
    }
}
