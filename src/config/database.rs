//! Where the rules and the server's own state live, and what is kept of either.

use std::path::PathBuf;
use std::time::Duration;

use routing::problem::Severity;
use serde::Deserialize;
use stringee::Secret;

use super::parse;

/// Where the rules and the server's own state live. Relative paths start at the working directory.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// The rules database, an SQLite file that admins edit. Default `data/rules.db`.
    ///
    /// Mount its directory, not the file alone: SQLite keeps a journal beside it.
    pub rules: PathBuf,
    /// PostgreSQL with the rules, for several servers: `postgres://user:password@host:5432/database`, several hosts with
    /// commas. Default: none, and the rules are in `rules`.
    ///
    /// With it `rules` is not used: a mirror of the rules stands in the state directory.
    #[serde(deserialize_with = "parse::postgres_url")]
    pub url: Option<Secret>,
    /// A file that holds this address instead; blanks and the line end around the text are dropped. Default: none.
    pub url_file: Option<PathBuf>,
    /// The project in PostgreSQL whose rules are served: its number, several as a list, or `all`. Default 0, the first one.
    ///
    /// A list, or `all`, makes the server answer each question by the project that it names. Each project has a directory of
    /// its own then, `projects/NUMBER` in the state directory.
    #[serde(deserialize_with = "parse::served_projects")]
    pub project: ServedProjects,
    /// The directory of the server's own state: journal, last good rules, backups. Default `data/state`.
    pub state: PathBuf,
    /// What to do at start when there is no rules database. Default `fail`.
    pub on_missing: OnMissing,
    /// What to do with a version of the rules that fails its own tests (`rule_tests`). Default `refuse`.
    pub rule_tests: RuleTests,
    /// Seconds that a version is held by which a queue would get nobody, most calls other people, or many agents one
    /// telephone; 0 to 3600. Default 60; 0 takes every version at once.
    ///
    /// Long enough for whoever ran `DELETE FROM agents` to notice and put it right, short enough to wait for.
    #[serde(deserialize_with = "parse::within::<0, 3600, _, _>")]
    pub hold_seconds: u64,
    /// The newest copies of accepted versions kept in `backup` of the state directory, 0 to 1000. Default 20; 0 for none.
    #[serde(deserialize_with = "parse::within::<0, 1000, _, _>")]
    pub backups_kept: usize,
    /// Of earlier ones, days of which the last copy is kept, 0 to 1000. Default 14.
    #[serde(deserialize_with = "parse::within::<0, 1000, _, _>")]
    pub backups_days: usize,
    /// Of earlier ones, weeks of which the last copy is kept, 0 to 1000. Default 8.
    #[serde(deserialize_with = "parse::within::<0, 1000, _, _>")]
    pub backups_weeks: usize,
    /// Bytes that all these copies may take, beside the newest, which stays. Default 2147483648 (2 GiB).
    pub backups_max_bytes: u64,
    /// Days that lines of the table `changes` are kept, 1 to 3650. Default 365.
    ///
    /// Each edit by a command of ours writes off some older lines, `stringee-router history list --write-off` all of them. Edits by
    /// other tools never do, so nobody's statement takes longer for it.
    #[serde(deserialize_with = "parse::within::<1, 3650, _, _>")]
    pub changes_days: u32,
    /// Lines of the table `changes` that are kept, 1000 to 1000000000. Default 1000000.
    #[serde(deserialize_with = "parse::within::<1_000, 1_000_000_000, _, _>")]
    pub changes_lines: u64,
    /// Megabytes (of 1,048,576 bytes) that the rows of all tables may have for the server to read them, 1 to 4096.
    /// Default 128.
    ///
    /// A million callers have 55. Compiling takes about as much again; a version with more is refused.
    #[serde(deserialize_with = "parse::within::<1, 4096, _, _>")]
    pub load_budget_mb: usize,
    /// Rows that all tables together may have for the server to read them, 1000 to 100000000. Default 2000000.
    ///
    /// A row of a rule takes up to a kilobyte once it is compiled, one of a caller 12 bytes.
    #[serde(deserialize_with = "parse::within::<1000, 100000000, _, _>")]
    pub load_budget_rows: usize,
}

impl DatabaseConfig {
    /// Time that a version is held which takes agents away.
    pub fn hold(&self) -> Duration {
        Duration::from_secs(self.hold_seconds)
    }
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            rules: PathBuf::from("data/rules.db"),
            url: None,
            url_file: None,
            project: ServedProjects::One(0),
            state: PathBuf::from("data/state"),
            on_missing: OnMissing::default(),
            rule_tests: RuleTests::default(),
            hold_seconds: 60,
            backups_kept: 20,
            backups_days: 14,
            backups_weeks: 8,
            backups_max_bytes: 2 * 1024 * 1024 * 1024,
            changes_days: 365,
            changes_lines: 1_000_000,
            load_budget_mb: 128,
            load_budget_rows: 2_000_000,
        }
    }
}

/// Which projects in PostgreSQL are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServedProjects {
    /// One, whatever project a question names.
    One(i64),
    /// These, each for the questions that name it.
    List(Vec<i64>),
    /// All that there are, likewise.
    All,
}

impl ServedProjects {
    /// The only one; `None` where a question decides.
    pub const fn one(&self) -> Option<i64> {
        match self {
            Self::One(number) => Some(*number),
            Self::List(_) | Self::All => None,
        }
    }

    /// Whether this project is one of them.
    pub fn has(&self, number: i64) -> bool {
        match self {
            Self::One(one) => *one == number,
            Self::List(list) => list.contains(&number),
            Self::All => true,
        }
    }
}

/// What to do at start when there is no rules database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMissing {
    /// Create it with the demo data: to try the service out.
    Demo,
    /// Create it without any rule: for a new volume that an admin fills next.
    Empty,
    /// Do not start: a mistyped path must not look like a company without agents.
    #[default]
    Fail,
}

/// What to do with a version of the rules that fails its own tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleTests {
    /// Refuse it: what was served stays.
    #[default]
    Refuse,
    /// Serve it, and say which tests fail.
    Warn,
}

impl RuleTests {
    /// How bad a test that fails is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Refuse => Severity::Error,
            Self::Warn => Severity::Warning,
        }
    }
}
