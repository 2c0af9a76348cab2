//! `config`: what it prints can be read again, and shows no secret.

use stringee_router::config::Config;

use crate::cli_program::Program;

const CONFIGURATION: &str = r#"
[server]
listen = "[::1]:9000"
trusted_proxies = ["10.0.0.0/8", "192.0.2.1"]
drain_seconds = 9
[database]
rules = "a \"b\".db"
on_missing = "empty"
[webhook]
secrets = ["0123456789abcdef", "fedcba9876543210"]
unlisted_projects = "answer"
[[webhook.projects]]
id = 7
signing_keys = ["precious"]
[[webhook.projects]]
id = 8
signature = "off"
[log]
format = "json"
filter = "warn,stringee_router::rules=debug"
"#;

#[test]
fn secrets_are_counted_and_not_shown() {
    let program = Program::new();
    program.write("config.toml", CONFIGURATION);
    insta::assert_snapshot!(program.run(&["config", "--set", "server.drain_seconds=10"]));
}

#[test]
fn what_is_printed_is_the_configuration() {
    let program = Program::new();
    let no_secrets = CONFIGURATION
        .replace("secrets = [", "networks = [] # ")
        .replace("signing_keys", "#");
    program.write("config.toml", &no_secrets);
    program.write("printed.toml", &program.run(&["config"]).output);
    let load = |name| Config::load(Some(&program.path(name)), std::iter::empty(), &[]).unwrap();
    let mut expected = load("config.toml");
    // What is left unset is printed as what it comes to.
    expected.webhook.unlisted_projects = Some(expected.webhook.unlisted_projects());
    for project in &mut expected.webhook.projects {
        project.signature = Some(project.signature_mode());
    }
    assert_eq!(load("printed.toml"), expected);
}
