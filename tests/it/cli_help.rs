//! What the program says of itself, and what it makes of wrong arguments.

use std::io;
use std::process::Stdio;

use crate::cli_program::Program;

const COMMANDS: [&str; 22] = [
    "serve",
    "init",
    "check",
    "explain",
    "coverage",
    "replay",
    "export",
    "import",
    "sql",
    "status",
    "accept",
    "console",
    "journal",
    "report",
    "history",
    "ask",
    "healthcheck",
    "notices",
    "config",
    "queues",
    "pull",
    "emulate",
];

/// Subcommands that have options of their own.
const SUBCOMMANDS: [(&str, &str); 14] = [
    ("console", "invite"),
    ("notices", "test"),
    ("import", "callers"),
    ("history", "list"),
    ("history", "show"),
    ("history", "undo"),
    ("history", "backup"),
    ("history", "restore"),
    ("queues", "create"),
    ("queues", "connect"),
    ("queues", "delete"),
    ("emulate", "state"),
    ("emulate", "api"),
    ("emulate", "calls"),
];

#[test]
fn the_program_explains_itself() {
    insta::assert_snapshot!(Program::new().run(&["--help"]));
}

#[test]
fn every_command_explains_itself() {
    let program = Program::new();
    for command in COMMANDS {
        insta::assert_snapshot!(
            format!("help_of_{command}"),
            program.run(&[command, "--help"])
        );
    }
    for (command, sub) in SUBCOMMANDS {
        insta::assert_snapshot!(
            format!("help_of_{command}_{sub}"),
            program.run(&[command, sub, "--help"])
        );
    }
}

#[test]
fn every_command_of_the_list_is_snapshot() {
    let help = Program::new().run(&["-h"]).output;
    let list = help
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let listed: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(listed, [&COMMANDS[..], &["help"]].concat());
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Program::new().run(&["--version"]).output;
    assert_eq!(
        version,
        concat!("stringee-router ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn without_a_command_it_serves() {
    let listeners = [
        "--set",
        "server.listen=127.0.0.1:0",
        "--set",
        "admin.listen=127.0.0.1:0",
    ];
    let ran = Program::new().run(&listeners);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.complaints
            .contains("error: there is no rules database at data/rules.db"),
        "{ran}"
    );
}

#[track_caller]
fn refused(arguments: &[&str], complaint: &str) {
    let ran = Program::new().run(arguments);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.complaints.contains(complaint), "{ran}");
}

#[test]
fn wrong_arguments_could_not_run() {
    refused(&["explian"], "unrecognized subcommand 'explian'");
    refused(&["explain"], "--queue <ID>");
    refused(
        &["explain", "--queue", "q", "--at", "at ten"],
        "'at ten' is not a time; write '2026-11-23 10:00'",
    );
    refused(
        &["explain", "--queue", "q", "--at", "2026-02-30 10:00"],
        "is not a time; write '2026-11-23 10:00'",
    );
    refused(&["init", "--demo", "--upgrade"], "cannot be used with");
    refused(
        &["check", "--set", "server.listen"],
        "write it as SECTION.KEY=VALUE",
    );
}

#[test]
fn a_wrong_configuration_could_not_run() {
    refused(
        &["check", "--set", "server.port=80"],
        "flag for server.port: no such setting; there is `listen`",
    );
    refused(
        &["config", "--config", "missing.toml"],
        "cannot read missing.toml",
    );
    refused(
        &["serve", "--listen", "8080"],
        "flag for server.listen: not an address and a port; write '0.0.0.0:8080'",
    );
}

/// A pipe whose reader has left.
#[expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]
fn closed() -> Stdio {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[tokio::test]
async fn a_reader_who_has_left_makes_no_command_panic() {
    let program = Program::with_rules().await;
    let commands: [&[&str]; 10] = [
        &["--help"],
        &["--version"],
        &["no-such-command"],
        &["config"],
        &["config", "--config", "missing.toml"],
        &["check", "--rules", "rules.db"],
        &["coverage", "--rules", "rules.db"],
        &["export", "--rules", "rules.db"],
        &["sql", "delete from agents", "--rules", "rules.db", "--yes"],
        &["healthcheck", "--set", "server.listen=127.0.0.1:1"],
    ];
    for arguments in commands {
        let mut command = program.command(arguments);
        let ended = command.stdout(closed()).stderr(closed()).status().unwrap();
        // 101 is a panic, and none is a signal such as SIGABRT.
        assert!(matches!(ended.code(), Some(0..=2)), "{arguments:?} {ended}");
    }
}
