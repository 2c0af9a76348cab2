//! The configuration as an operator meets it: files, variables, flags and what is said about mistakes.

#![expect(clippy::expect_used, reason = "a helper of a test fails the test")]

use std::fs;
use std::path::Path;

use stringee_router::config::{
    Config, ConfigError, Language, LogFormat, OnMissing, Secret, SignatureMode, UnlistedProjects,
    misspelt,
};
use tempfile::TempDir;

/// The shipped file, as it stands in the repository.
const SHIPPED: &str = include_str!("../../config.toml");

/// A directory with one configuration file.
struct Written {
    directory: TempDir,
}

impl Written {
    fn new(text: &str) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        fs::write(directory.path().join("router.toml"), text).expect("the file is written");
        Self { directory }
    }

    fn load(
        &self,
        variables: &[(&str, &str)],
        flags: &[(&str, &str)],
    ) -> Result<Config, ConfigError> {
        load(
            Some(&self.directory.path().join("router.toml")),
            variables,
            flags,
        )
    }
}

fn load(
    file: Option<&Path>,
    variables: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Result<Config, ConfigError> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let flags: Vec<_> = flags.iter().map(owned).collect();
    Config::load(file, variables.iter().map(owned), &flags)
}

/// Loads one file without variables and flags, and expects success.
#[track_caller]
fn accepted(text: &str) -> Config {
    Written::new(text)
        .load(&[], &[])
        .expect("the file is accepted")
}

/// Loads one file without variables and flags, and expects a message, without the directory in it.
#[track_caller]
fn check_refused(text: &str, message: &str) {
    let written = Written::new(text);
    let directory = format!("{}/", written.directory.path().display());
    let refusal = written
        .load(&[], &[])
        .expect_err("the file is refused")
        .to_string();
    assert_eq!(refusal.replace(&directory, ""), message);
}

#[track_caller]
fn check_variable_refused(name: &str, value: &str, message: &str) {
    let refusal = Written::new("")
        .load(&[(name, value)], &[])
        .expect_err("the variable is refused")
        .to_string();
    assert_eq!(refusal, message);
}

fn with_variable(name: &str, value: &str) -> Config {
    Written::new("")
        .load(&[(name, value)], &[])
        .expect("the variable is accepted")
}

#[test]
fn the_shipped_file_equals_the_defaults_but_for_the_demo() {
    let mut expected = Config::default();
    expected.database.on_missing = OnMissing::Demo;
    assert_eq!(accepted(SHIPPED), expected);
}

#[test]
fn the_shipped_file_is_the_one_read_without_any_other() {
    // Tests run in the directory of the package.
    assert_eq!(load(None, &[], &[]).expect("accepted"), accepted(SHIPPED));
}

#[test]
fn the_examples_in_the_shipped_file_are_valid() {
    /// They stand in place of `api_key_secret` and `url`, and name files that are not there.
    const ALTERNATIVES: [&str; 5] = [
        "api_key_secret_file",
        "url_file",
        "webhook_url_file",
        "telegram_token_file",
        "smtp_password_file",
    ];
    let is_setting = |key: &str| is_key(key) && !ALTERNATIVES.contains(&key);
    let is_example = |line: &str| {
        line.starts_with("[[")
            || line
                .split_once(" = ")
                .is_some_and(|(key, _)| is_setting(key))
    };
    let uncommented: Vec<&str> = SHIPPED
        .lines()
        .map(|line| {
            line.strip_prefix("# ")
                .filter(|rest| is_example(rest))
                .unwrap_or(line)
        })
        .collect();
    let config = accepted(&uncommented.join("\n"));
    assert_eq!(
        config.webhook.unlisted_projects,
        Some(UnlistedProjects::Refuse)
    );
    assert_eq!(
        config.webhook.projects[0].signature,
        Some(SignatureMode::Require)
    );
    assert!(config.stringee.api_key_sid.is_some() && config.stringee.api_key_secret.is_some());
}

#[test]
fn the_shipped_file_shows_every_setting() {
    let sections = [
        "",
        "[server]",
        "[admin]",
        "[console]",
        "[database]",
        "[webhook]",
        "[[webhook.projects]]",
        "[stringee]",
        "[notices]",
        "[journal]",
        "[log]",
    ];
    for section in sections {
        let refusal = Written::new(&format!("{section}\nno_such_setting = 1"))
            .load(&[], &[])
            .expect_err("unknown");
        let message = refusal.to_string();
        let known = message
            .split_once("there is")
            .map(|(_, known)| known.to_owned())
            .expect("the known ones are listed");
        for setting in known.split('`').skip(1).step_by(2) {
            let shown = [
                format!("\n{setting} ="),
                format!("\n# {setting} ="),
                format!("\n[{setting}]"),
                format!("\n# [[webhook.{setting}]]"),
            ];
            assert!(
                shown.iter().any(|shown| SHIPPED.contains(shown)),
                "config.toml does not show {setting} of {section}"
            );
        }
    }
}

fn is_key(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[test]
fn an_empty_file_means_the_defaults() {
    assert_eq!(accepted(""), Config::default());
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file =
        "[log]\nfilter = 'warn'\n[admin]\nlisten = '127.0.0.1:1'\n[server]\nlisten = '127.0.0.1:2'";
    let variables = [
        ("STRINGEE_ROUTER__ADMIN__LISTEN", "127.0.0.1:3"),
        ("STRINGEE_ROUTER__SERVER__LISTEN", "127.0.0.1:4"),
    ];
    let config = Written::new(file)
        .load(&variables, &[("server.listen", "127.0.0.1:5")])
        .expect("accepted");
    assert_eq!(config.log.filter, "warn");
    assert_eq!(config.admin.listen.port(), 3);
    assert_eq!(config.server.listen.port(), 5);
}

#[test]
fn the_language_has_no_section() {
    assert_eq!(Config::default().language, Language::En);
    assert_eq!(Config::default().console.language, Language::Vi);
    assert_eq!(accepted("language = 'vi'").language, Language::Vi);
    let variable = with_variable("STRINGEE_ROUTER__LANGUAGE", "vi");
    assert_eq!(variable.language, Language::Vi);
    let flag = load(None, &[], &[("language", "vi")]).expect("accepted");
    assert_eq!(flag.language, Language::Vi);
    let refused =
        "router.toml, line 1, column 12: language: not a language; write \"vi\" or \"en\"";
    check_refused("language = 'fr'", refused);
}

#[test]
fn a_variable_names_the_file_and_a_flag_names_another() {
    let (one, other) = (
        Written::new("[log]\nfilter = 'warn'"),
        Written::new("[log]\nfilter = 'error'"),
    );
    let path = one.directory.path().join("router.toml");
    let variables = [(
        "STRINGEE_ROUTER_CONFIG",
        path.to_str().expect("the path is UTF-8"),
    )];
    assert_eq!(
        load(None, &variables, &[]).expect("accepted").log.filter,
        "warn"
    );
    assert_eq!(
        other.load(&variables, &[]).expect("accepted").log.filter,
        "error"
    );
}

#[test]
fn a_missing_file_is_named() {
    let refusal = load(Some(Path::new("no/such/file.toml")), &[], &[]).expect_err("refused");
    assert_eq!(refusal.to_string(), "cannot read no/such/file.toml");
}

#[test]
fn variables_take_plain_texts_numbers_lists_and_toml() {
    let config = with_variable("STRINGEE_ROUTER__LOG__FORMAT", "json");
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(
        with_variable("STRINGEE_ROUTER__LOG__FORMAT", "\"json\""),
        config
    );
    assert_eq!(
        with_variable("STRINGEE_ROUTER__LOG__FILTER", "debug")
            .log
            .filter,
        "debug"
    );
    assert_eq!(
        with_variable("STRINGEE_ROUTER__SERVER__BODY_LIMIT_BYTES", "2048")
            .server
            .body_limit_bytes,
        2048
    );
    let networks = with_variable(
        "STRINGEE_ROUTER__WEBHOOK__NETWORKS",
        "10.0.0.0/8, 2001:db8::7",
    );
    assert_eq!(networks.webhook.networks.len(), 2);
    assert_eq!(
        with_variable(
            "STRINGEE_ROUTER__WEBHOOK__NETWORKS",
            "['10.0.0.0/8', '2001:db8::7']"
        ),
        networks
    );
    assert_eq!(
        with_variable("STRINGEE_ROUTER__WEBHOOK__NETWORKS", ""),
        Config::default()
    );
}

#[test]
fn a_secret_of_digits_in_a_variable_stays_a_text() {
    for text in [
        "00001234567890123456",
        "2027-02-05T08-00-00",
        "true-true-true-true",
        "1e10_1e10_1e10_1e10",
    ] {
        let config = with_variable("STRINGEE_ROUTER__WEBHOOK__SECRETS", text);
        assert_eq!(config.webhook.secrets, [Secret::new(text)]);
    }
}

#[test]
fn projects_in_a_variable_are_toml() {
    let text = "[{id = 7, signing_keys = ['k1', 'k2']}, {id = 8}]";
    let projects = with_variable("STRINGEE_ROUTER__WEBHOOK__PROJECTS", text)
        .webhook
        .projects;
    assert_eq!(
        projects[0].signing_keys,
        [Secret::new("k1"), Secret::new("k2")]
    );
    assert_eq!(projects[1].id, 8);
}

#[test]
fn mistakes_in_a_file_come_with_line_and_column() {
    check_refused(
        "[server]\nlisten = \"80\"",
        "router.toml, line 2, column 10: server.listen: not an address and a port; write '0.0.0.0:80'",
    );
    check_refused(
        "[admin]\nlisten = \"localhost:81\"",
        "router.toml, line 2, column 10: admin.listen: not an address and a port; write '127.0.0.1:81'",
    );
    check_refused(
        "[server]\nlisten = \"10.0.0.1\"",
        "router.toml, line 2, column 10: server.listen: not an address and a port; write '10.0.0.1:8080'",
    );
    check_refused(
        "[server]\nport = 80",
        "router.toml, line 2, column 1: server: no such setting; there is `listen`, `trusted_proxies`, \
         `body_limit_bytes`, `first_head_timeout_seconds`, `header_timeout_seconds`, `request_timeout_seconds`, \
         `answer_timeout_seconds`, `drain_seconds`, `max_connections`, `reserved_connections`, \
         `max_connections_per_address`, `max_stranger_requests_per_second`, `max_stranger_requests_in_flight`, \
         `max_bytes_in_flight`",
    );
    check_refused(
        "[server]\n\n  drain_seconds = 61",
        "router.toml, line 3, column 19: server.drain_seconds: out of bounds; write 0 to 60",
    );
    check_refused(
        "[webhook]\nnetworks = ['10.0.0']",
        "router.toml, line 2, column 12: webhook.networks[0]: not a network; write it like '203.0.113.0/24' or \
         '203.0.113.7'",
    );
    check_refused(
        "[webhook]\nsecrets = ['short', 'a-secret-of-the-path', 'with a blank in it']",
        "router.toml, line 2, column 11: webhook.secrets: [0]: a secret must be 16 or more characters of A-Z a-z 0-9 \
         _ -; [2]: a secret must be 16 or more characters of A-Z a-z 0-9 _ -",
    );
    check_refused(
        "[log]\nfilter = 'router=loud'",
        "router.toml, line 2, column 10: log.filter: not a log filter; write 'info', or \
         'warn,stringee_router::rules=debug'",
    );
    check_refused(
        "[server\n",
        "router.toml, line 1, column 8: unclosed table, expected `]`",
    );
}

#[test]
fn mistakes_in_a_variable_or_a_flag_name_it() {
    check_variable_refused(
        "STRINGEE_ROUTER__SERVER__LISTEN",
        "80",
        "environment variable STRINGEE_ROUTER__SERVER__LISTEN: not an address and a port; write '0.0.0.0:80'",
    );
    check_variable_refused(
        "STRINGEE_ROUTER__SERVER__LISTEM",
        "80",
        "environment variable STRINGEE_ROUTER__SERVER__LISTEM: no such setting; there is `listen`, \
         `trusted_proxies`, `body_limit_bytes`, `first_head_timeout_seconds`, `header_timeout_seconds`, \
         `request_timeout_seconds`, `answer_timeout_seconds`, `drain_seconds`, `max_connections`, \
         `reserved_connections`, `max_connections_per_address`, `max_stranger_requests_per_second`, \
         `max_stranger_requests_in_flight`, `max_bytes_in_flight`",
    );
    for name in [
        "STRINGEE_ROUTER__SERVER",
        "STRINGEE_ROUTER__SERVER__LISTEN__PORT",
        "STRINGEE_ROUTER__",
    ] {
        let fault = "names no setting; a setting has a section and a key, e.g. server.listen";
        check_variable_refused(name, "80", &format!("environment variable {name}: {fault}"));
    }
    let refusal = load(None, &[], &[("database.on_missing", "panic")])
        .expect_err("refused")
        .to_string();
    let expected =
        "flag for database.on_missing: no such word; write \"demo\", \"empty\", \"fail\"";
    assert_eq!(refusal, expected);
}

#[test]
fn all_mistakes_are_said_at_once_and_in_words() {
    let file = "[server]\nlisten = 5\nbody_limit_bytes = 'abc'\ndrain_seconds = 61\n[admin]\nhosts = 1\n\
                [[webhook.projects]]\nid = 2\nsignature = 'never'\n[[webhook.projects]]\nid = 'x'\n\
                [journal]\nenabled = 'yes'\n[log]\nfilter = 'infoo'\n[logs]\na = 1";
    let written = Written::new(file);
    let variables = [("STRINGEE_ROUTER__LOG__FORMAT", "xml")];
    let flags = [("server.max_connections", "many")];
    let refusal = written.load(&variables, &flags).expect_err("refused");
    let directory = format!("{}/", written.directory.path().display());
    insta::assert_snapshot!(refusal.to_string().replace(&directory, ""));
}

#[test]
fn a_mistake_in_an_entry_of_a_list_hides_none_in_the_others() {
    let file = "[webhook]\nnetworks = ['10.0.0', '10.0.0.0/8', 'x', 3]\n\
                [[webhook.projects]]\nid = 'a'\nkey = 1\n[[webhook.projects]]\nsigning_keys = [3]\n\
                [[webhook.projects]]\nid = 4\nsignature = 'never'\nkey = 1\n\
                [[webhook.projects]]\nid = 5\nid_ = 1\n[server]\ntrusted_proxies = 'all'\nmax_calls = 1";
    let written = Written::new(file);
    let flags = [("log.filter", "infoo")];
    let refusal = written.load(&[], &flags).expect_err("refused");
    let directory = format!("{}/", written.directory.path().display());
    insta::assert_snapshot!(refusal.to_string().replace(&directory, ""));
    let inline = Written::new("[webhook]\nprojects = [3, { id = 'a' }, { id = 1, x = 2 }, {}]");
    let refusal = inline.load(&[], &[]).expect_err("refused");
    let directory = format!("{}/", inline.directory.path().display());
    insta::assert_snapshot!(refusal.to_string().replace(&directory, ""));
}

#[test]
fn a_lone_word_of_the_log_filter_is_a_level() {
    for filter in [
        "info",
        "WARN",
        "off",
        "warn,hyper=info",
        "stringee_router::rules",
        "",
    ] {
        accepted(&format!("[log]\nfilter = '{filter}'"));
    }
    for filter in [
        "infoo",
        "warn,debg",
        "stringee_router",
        "info,stringee-router=debug",
    ] {
        check_refused(
            &format!("[log]\nfilter = '{filter}'"),
            "router.toml, line 2, column 10: log.filter: not a log filter; write 'info', or \
             'warn,stringee_router::rules=debug'",
        );
    }
}

#[test]
fn variables_with_an_underscore_too_few_are_named() {
    let names = [
        "STRINGEE_ROUTER_SERVER__LISTEN",
        "STRINGEE_ROUTER_LOG_FILTER",
        "STRINGEE_ROUTER_LANGUAGE",
        "STRINGEE__ROUTER__LOG__FILTER",
        "stringee_router__log__filter",
        "STRINGEEROUTER_SERVER_DRAIN_SECONDS",
        "STRINGEE-ROUTER__LOG__FILTER",
        "STRINGEE_ROUTER_LOG_FLITER",
        "STRINGEE_ROUTER_SERVERS__LISTEN",
        "STRINGEE_ROUTER_CONFG",
        "stringee_router_config",
        "STRINGEE_ROUTER_CONFIG_FILE",
        // What Kubernetes makes for services called stringee-router and stringee-router-admin.
        "STRINGEE_ROUTER_SERVICE_HOST",
        "STRINGEE_ROUTER_ADMIN_SERVICE_PORT",
        "STRINGEE_ROUTER_ADMIN_PORT",
        "STRINGEE_ROUTER_PORT_8080_TCP",
        "STRINGEE_ROUTER_CONFIG",
        "STRINGEE_ROUTER__LOG__FILTER",
        "STRINGEE_ROUTER",
    ];
    assert_eq!(
        misspelt(names.into_iter()),
        [
            "the environment variable STRINGEE_ROUTER_SERVER__LISTEN sets nothing; write STRINGEE_ROUTER__SERVER__LISTEN",
            "the environment variable STRINGEE_ROUTER_LOG_FILTER sets nothing; write STRINGEE_ROUTER__LOG__FILTER",
            "the environment variable STRINGEE_ROUTER_LANGUAGE sets nothing; write STRINGEE_ROUTER__LANGUAGE",
            "the environment variable STRINGEE__ROUTER__LOG__FILTER sets nothing; write STRINGEE_ROUTER__LOG__FILTER",
            "the environment variable stringee_router__log__filter sets nothing; write STRINGEE_ROUTER__LOG__FILTER",
            "the environment variable STRINGEEROUTER_SERVER_DRAIN_SECONDS sets nothing; \
             write STRINGEE_ROUTER__SERVER__DRAIN_SECONDS",
            "the environment variable STRINGEE-ROUTER__LOG__FILTER sets nothing; write STRINGEE_ROUTER__LOG__FILTER",
            "the environment variable STRINGEE_ROUTER_LOG_FLITER sets nothing; write STRINGEE_ROUTER__LOG__FILTER",
            "the environment variable STRINGEE_ROUTER_SERVERS__LISTEN sets nothing; write STRINGEE_ROUTER__SERVER__LISTEN",
            "the environment variable STRINGEE_ROUTER_CONFG sets nothing; write STRINGEE_ROUTER_CONFIG",
            "the environment variable stringee_router_config sets nothing; write STRINGEE_ROUTER_CONFIG",
            "the environment variable STRINGEE_ROUTER_CONFIG_FILE sets nothing; write STRINGEE_ROUTER_CONFIG",
        ]
    );
}

#[test]
fn variables_of_others_are_left_alone() {
    let variables = [
        ("STRINGEE_ROUTER", "x"),
        ("STRINGEE_ROUTER_IMAGE", "x"),
        ("PATH", "/bin"),
    ];
    assert_eq!(
        Written::new("").load(&variables, &[]).expect("accepted"),
        Config::default()
    );
}

/// Files that are wrong, each with a secret in its right or in a wrong place.
const WRONG_FILES: &[&str] = &[
    "[webhook]\nsecrets = ['hush-hush']",
    "[webhook]\nsecrets = 'hush-hush'",
    "[webhook]\nsecrets = [{a = 'hush-hush'}]",
    "[webhook]\nsecrets = ['hush-hush",
    "[webhook]\nsecrets = ['hush-hush' 'hush-hush']",
    "[[webhook.projects]]\nid = 1\nsigning_keys = 'hush-hush'",
    "[[webhook.projects]]\nid = 1\nsigning_keys = ['hush-hush ']",
    "[[webhook.projects]]\nid = 1\nsigning_key = 'hush-hush'",
    "[stringee]\napi_key_secret = 'hush hush'",
    "[stringee]\napi_key_secret = ['hush-hush']",
    // In the wrong place.
    "hush-hush",
    "hush-hush = 1",
    "[hush-hush]\na = 1",
    "['hush, expected hush']\na = 1",
    "[webhook]\nhush-hush = 1",
    "[webhook.secrets]\nhush-hush = 1",
    "[webhook.hush]\nhush-hush = 1",
    "[webhook]\nsecrets = [hush-hush]",
    "[webhook]\nsecrets = hush-hush",
    "[webhook]\nsecret_files = ['hush-hush']",
    "[webhook]\nsecret_files = 'hush-hush'",
    "[webhook]\nnetworks = ['hush-hush']",
    "[webhook]\nnetworks = 'hush-hush'",
    "[webhook]\nunlisted_projects = 'hush, expected hush'",
    "[webhook]\nprojects = 'hush-hush'",
    "[[webhook.projects]]\nid = 'hush-hush'",
    "[[webhook.projects]]\nid = 1\nsignature = 'hush-hush'",
    "[[webhook.projects]]\nid = 1\nsigning_key_files = ['hush-hush']",
    "[[webhook.projects]]\nhush-hush = 1",
    "[server]\nlisten = 'hush-hush'",
    "[server]\ntrusted_proxies = ['hush-hush']",
    "[server]\ndrain_seconds = 'hush-hush'",
    "[admin]\nhosts = ['hush hush']",
    "[database]\non_missing = 'hush-hush'",
    "[journal]\nenabled = 'hush-hush'",
    "[log]\nfilter = 'hush=hush'",
    "[log]\nformat = 'hush-hush'",
    "[stringee]\nbase_url = 'https://user:hush@hush'",
    "[stringee]\napi_key_secret_file = 'hush-hush'",
    "[webhook]\nhush = 1\nhush = 1",
    "[webhook]\nhush-hush",
    "[webhook]\nsecrets = ['''hush-hush",
];

#[test]
fn no_message_shows_a_secret() {
    for wrong in WRONG_FILES {
        let refusal = Written::new(wrong).load(&[], &[]).expect_err(wrong);
        assert!(
            !format!("{refusal} {refusal:?}").contains("hush"),
            "{refusal}"
        );
    }
    for value in [
        "hush-hush",
        "['hush-hush']",
        "['hush-hush'",
        "{a = 'hush-hush'}",
    ] {
        let variables = [("STRINGEE_ROUTER__WEBHOOK__SECRETS", value)];
        let refusal = Written::new("").load(&variables, &[]).expect_err(value);
        assert!(
            !format!("{refusal} {refusal:?}").contains("hush"),
            "{refusal}"
        );
    }
    for (path, value) in [
        ("hush-hush", "1"),
        ("webhook.hush-hush", "1"),
        ("HUSH-hush=webhook.secrets", ""),
        ("server.listen", "hush-hush"),
        ("server.drain_seconds", "hush-hush"),
        ("log.format", "hush-hush"),
        ("webhook.projects", "hush-hush"),
        ("webhook", "hush-hush"),
    ] {
        let refusal = load(None, &[], &[(path, value)]).expect_err(path);
        let message = format!("{refusal} {refusal:?}").to_lowercase();
        assert!(!message.contains("hush"), "{refusal}");
    }
    let config = accepted(
        "[webhook]\nsecrets = ['hush-hush-hush-hush']\n[stringee]\napi_key_secret = 'hush-hush'",
    );
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn secrets_also_come_from_files() {
    let written = Written::new("");
    let path = |name: &str| {
        written
            .directory
            .path()
            .join(name)
            .to_str()
            .expect("the path is UTF-8")
            .to_owned()
    };
    fs::write(path("path"), "sixteen-letters-or-more\n").expect("written");
    fs::write(path("key"), "  the-key  \r\n").expect("written");
    let file = format!(
        "[webhook]\nsecrets = ['another-secret-of-the-path']\nsecret_files = ['{}']\n\
         [[webhook.projects]]\nid = 1\nsigning_key_files = ['{}']",
        path("path"),
        path("key")
    );
    let webhook = accepted(&file).webhook;
    assert_eq!(
        webhook.secrets,
        [
            Secret::new("another-secret-of-the-path"),
            Secret::new("sixteen-letters-or-more")
        ]
    );
    assert_eq!(webhook.projects[0].signing_keys, [Secret::new("the-key")]);
    assert_eq!(webhook.projects[0].signature_mode(), SignatureMode::Require);
}

#[test]
fn a_secret_file_that_is_missing_or_unfit_is_named() {
    check_refused(
        "[webhook]\nsecret_files = ['no/such/file']",
        "webhook.secret_files: no such file is there, or in reach; write the path of a file that holds the secret, not the \
         secret",
    );
    let written = Written::new("short");
    let path = written.directory.path().join("router.toml");
    check_refused(
        &format!("[webhook]\nsecret_files = ['{}']", path.display()),
        &format!(
            "{}: a secret must be 16 or more characters of A-Z a-z 0-9 _ -",
            path.display()
        ),
    );
}

#[test]
fn the_api_key_s_secret_stands_in_the_setting_or_in_a_file() {
    let written = Written::new("the-secret\n");
    let path = written.directory.path().join("router.toml");
    let in_a_file = format!("[stringee]\napi_key_secret_file = '{}'", path.display());
    assert_eq!(
        accepted(&in_a_file).stringee.api_key_secret,
        Some(Secret::new("the-secret"))
    );
    check_refused(
        &format!("{in_a_file}\napi_key_secret = 'x'"),
        "stringee: api_key_secret and api_key_secret_file are both set; keep the one that holds the secret in use",
    );
}

#[test]
fn the_base_url_is_a_scheme_and_a_host() {
    assert_eq!(
        accepted("[stringee]\nbase_url = 'http://127.0.0.1:8090/'")
            .stringee
            .base_url,
        "http://127.0.0.1:8090"
    );
    check_refused(
        "[stringee]\nbase_url = 'icc-api.stringee.com/v1'",
        "router.toml, line 2, column 12: stringee.base_url: not a scheme and a host; write \
         'https://icc-api.stringee.com'",
    );
}

#[test]
fn a_mode_that_needs_a_key_and_a_project_listed_twice_are_refused_together() {
    check_refused(
        "[[webhook.projects]]\nid = 1\nsignature = 'require'\n[[webhook.projects]]\nid = 1\nsigning_keys = ['k']",
        "webhook.projects: project 1 has signature = \"require\" but no key; add signing_keys or write \"off\"\n\
         webhook.projects: project 1 is listed twice; put all its signing_keys into one entry",
    );
}

#[test]
fn unlisted_projects_are_refused_once_a_signature_is_required() {
    let unlisted = |text: &str| accepted(text).webhook.unlisted_projects();
    let key = "id = 1\nsigning_keys = ['k']";
    assert_eq!(unlisted(""), UnlistedProjects::Answer);
    assert_eq!(
        unlisted("[[webhook.projects]]\nid = 1"),
        UnlistedProjects::Answer
    );
    assert_eq!(
        unlisted(&format!(
            "[[webhook.projects]]\n{key}\nsignature = 'observe'"
        )),
        UnlistedProjects::Answer
    );
    assert_eq!(
        unlisted(&format!("[[webhook.projects]]\n{key}")),
        UnlistedProjects::Refuse
    );
    let answered = format!("[webhook]\nunlisted_projects = 'answer'\n[[webhook.projects]]\n{key}");
    assert_eq!(unlisted(&answered), UnlistedProjects::Answer);
}
