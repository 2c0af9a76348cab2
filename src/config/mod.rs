//! Configuration: one documented struct, read from a file, the environment and flags.
//!
//! Each layer is laid over the one before it: the defaults below, the file, the environment, the flags.
//! `config.toml` at the root of the repository shows every field; a test holds it equal to the defaults here.

mod check;
mod cluster;
mod console;
mod file;
mod layers;
mod notices;
mod overlay;
mod parse;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use jiff::SignedDuration;
use routing::problem::Severity;
use serde::Deserialize;

pub use cluster::ClusterConfig;
pub use console::{ConsoleConfig, Role, SignIn};
pub use layers::{ConfigError, misspelt};
pub use notices::{NoticesConfig, SmtpEncryption};
pub use routing::language::Language;
pub use stringee::Secret;
use stringee::client::{ApiKey, Client};

/// Everything that can be set from outside; rules are not here, they live in the database.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The language of what commands print about the rules, and of `PROBLEMS.txt`: `en` or `vi`. Default `en`.
    ///
    /// Logs, `/status` and `/readyz` are in English in any case, and the console has a language for each user.
    #[serde(deserialize_with = "parse::language")]
    pub language: Language,
    /// The public listener: the webhook, `/healthz` and `/readyz`.
    pub server: ServerConfig,
    /// The listener for the people who run the service.
    pub admin: AdminConfig,
    /// The console: pages and an API on the admin listener, for supervisors and admins.
    pub console: ConsoleConfig,
    /// Where the rules and the server's own state live.
    pub database: DatabaseConfig,
    /// How several servers on one PostgreSQL keep in touch.
    pub cluster: ClusterConfig,
    /// Who may ask, and how that is proven.
    pub webhook: WebhookConfig,
    /// How to reach Stringee's REST API, for the commands `queues` and `pull`.
    pub stringee: StringeeConfig,
    /// Who is told when somebody must look at the rules.
    pub notices: NoticesConfig,
    /// What is written down of the calls that were answered.
    pub journal: JournalConfig,
    /// What is logged, and in which form.
    pub log: LogConfig,
}

/// The public listener and the limits that keep a stranger from exhausting it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 takes a free one. Default `0.0.0.0:8080`.
    ///
    /// All interfaces, because the platform asks from outside and a container has no other way in.
    #[serde(deserialize_with = "parse::address")]
    pub listen: SocketAddr,
    /// Networks whose `X-Forwarded-For` is believed, e.g. `10.0.0.0/8`. Default: none.
    ///
    /// Anybody can write that header, so it counts only when a proxy of our own has written it. These addresses are
    /// also free of the cap per address, for everybody's requests come from them.
    #[serde(deserialize_with = "parse::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// The largest request body in bytes, 1024 to 16777216. Default 262144 (256 KiB).
    ///
    /// A question about one call takes some 100 bytes, so this leaves room for two thousand calls in one request.
    /// Longer ones are answered with 413.
    #[serde(deserialize_with = "parse::within::<1024, 16777216, _, _>")]
    pub body_limit_bytes: usize,
    /// Seconds a new connection may take to send the whole head of its first request, 1 to 600. Default 10.
    ///
    /// Whoever opens a connection has something to ask.
    #[serde(deserialize_with = "parse::within::<1, 600, _, _>")]
    pub first_head_timeout_seconds: u64,
    /// Seconds a connection may take to send a whole later head, idle time before it included; 1 to 600. Default 75.
    ///
    /// More than a proxy keeps idle connections (nginx: 60), so that it closes them and never sends a request on one
    /// that is being closed here.
    #[serde(deserialize_with = "parse::within::<1, 600, _, _>")]
    pub header_timeout_seconds: u64,
    /// Seconds from the end of a request's head to its answer, 1 to 60. Default 3.
    ///
    /// Answers take microseconds; what takes longer is a body that does not arrive. It is answered with 408.
    #[serde(deserialize_with = "parse::within::<1, 60, _, _>")]
    pub request_timeout_seconds: u64,
    /// Seconds from the moment an answer cannot be sent on until all of it is fetched, 1 to 60. Default 10.
    ///
    /// The usual answer fits into the system's buffers and waits for nobody. Slower readers are cut.
    #[serde(deserialize_with = "parse::within::<1, 60, _, _>")]
    pub answer_timeout_seconds: u64,
    /// Seconds that requests in flight get at shutdown, 0 to 60. Default 5.
    ///
    /// More than `request_timeout_seconds`, so that each of them is answered, and less than the 10 s after which a
    /// container engine kills.
    #[serde(deserialize_with = "parse::within::<0, 60, _, _>")]
    pub drain_seconds: u64,
    /// Connections open at once. Default 1024; 0 for as many as the limit of open files (`ulimit -n`) allows.
    ///
    /// An idle one takes 13 KB, one with a long head 32 KB more. A number larger than the limit of open files less 256
    /// is cut down to it: those are for databases, logs and the admin listener. When all are taken, the oldest idle
    /// connection of a stranger is closed for a new one.
    pub max_connections: usize,
    /// How many of these strangers leave free for whoever was answered before. Default 256; at most half of them.
    pub reserved_connections: usize,
    /// Connections open at once from one address (from one /64 network in IPv6). Default 256; 0 for no limit.
    ///
    /// A further one closes the oldest of the same address. Addresses in `trusted_proxies` are free of it.
    pub max_connections_per_address: usize,
    /// Requests a second of one address that was not answered before (behind a trusted proxy: of the address that it
    /// names). Default 100; 0 for no limit.
    ///
    /// More are answered with 429, except for health and for whoever comes from `webhook.networks` or knows one of
    /// `webhook.secrets`.
    pub max_stranger_requests_per_second: usize,
    /// Requests of such an address that are being sent or answered at once. Default 64; 0 for no limit.
    ///
    /// More are answered with 429. Keeps a stranger behind a proxy from taking all connections by bodies that stall.
    pub max_stranger_requests_in_flight: usize,
    /// Bytes of questions on their way in and of answers not fetched yet, over all connections, 33554432 (32 MiB) to
    /// 68719476736. Default 67108864 (64 MiB).
    ///
    /// Those of up to 16 KiB are not counted. From half of it on, whoever has held something for the longest time is
    /// cut; at the whole of it, a large question is answered with 503 and `Retry-After`.
    #[serde(deserialize_with = "parse::within::<33554432, 68719476736, _, _>")]
    pub max_bytes_in_flight: u64,
}

impl ServerConfig {
    /// Time for the head of the first request on a connection.
    pub fn first_head_timeout(&self) -> Duration {
        Duration::from_secs(self.first_head_timeout_seconds)
    }

    /// Time for fetching an answer.
    pub fn answer_timeout(&self) -> Duration {
        Duration::from_secs(self.answer_timeout_seconds)
    }

    /// Time for a later request's head, idle time before it included.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds)
    }

    /// Time from the end of a request's head to its answer.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    /// Time that requests in flight get at shutdown.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            trusted_proxies: Vec::new(),
            body_limit_bytes: 256 * 1024,
            first_head_timeout_seconds: 10,
            header_timeout_seconds: 75,
            request_timeout_seconds: 3,
            answer_timeout_seconds: 10,
            drain_seconds: 5,
            max_connections: 1024,
            reserved_connections: 256,
            max_connections_per_address: 256,
            max_stranger_requests_per_second: 100,
            max_stranger_requests_in_flight: 64,
            max_bytes_in_flight: 64 * 1024 * 1024,
        }
    }
}

/// The listener for the people who run the service.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// Address and port of `/status`, `/metrics` and the pages; port 0 takes a free one. Default `127.0.0.1:8081`.
    ///
    /// Loopback, because whoever reaches it can read all rules.
    #[serde(deserialize_with = "parse::address")]
    pub listen: SocketAddr,
    /// Names by which this listener is asked, e.g. `router.example.com`. Default: none.
    ///
    /// Addresses and `localhost` are always right. Other names are answered with 421 unless listed, or else a web page
    /// could let its own name point here and read along in an operator's browser.
    #[serde(deserialize_with = "parse::host_names")]
    pub hosts: Vec<String>,
    /// Networks whose `X-Forwarded-For` is believed here, and with `console.sign_in = "proxy"` their identity headers.
    /// Default: none.
    #[serde(deserialize_with = "parse::networks")]
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            hosts: Vec::new(),
            trusted_proxies: Vec::new(),
        }
    }
}

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
    /// The project in PostgreSQL whose rules are served. Default 0, the first one.
    pub project: i64,
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
            project: 0,
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

/// Who may ask, and how that is proven. The three ways add up: a request has to pass each one that is set.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// Secrets for the last segment of the path: `/get_list_agents/{secret}`, `/events/{secret}`. Default: none.
    ///
    /// Each is at least 16 characters of `A-Z a-z 0-9 _ -`. Any of them opens, so that two can be valid while one
    /// replaces the other. With any set, the bare `/get_list_agents` is not found. After loading, those of
    /// `secret_files` stand here too.
    #[serde(deserialize_with = "parse::path_secrets")]
    pub secrets: Vec<Secret>,
    /// Files that hold one such secret each. Default: none.
    ///
    /// For mounted secrets of a container engine; blanks and the line end around the text are dropped.
    pub secret_files: Vec<PathBuf>,
    /// Networks that may ask, e.g. `203.0.113.0/24`. Default: none listed, which means all.
    #[serde(deserialize_with = "parse::networks")]
    pub networks: Vec<IpNet>,
    /// What to do with a request that names a project not listed below, or none. Default: see
    /// [`WebhookConfig::unlisted_projects`].
    pub unlisted_projects: Option<UnlistedProjects>,
    /// The most calls that one question may ask about, 1 to 100000. Default 2000.
    ///
    /// About as many as a body of 256 KiB holds. A question about more is answered with 413.
    #[serde(deserialize_with = "parse::within::<1, 100000, _, _>")]
    pub max_calls: usize,
    /// The longest answer in bytes, 65536 to 16777216. Default 8388608 (8 MiB).
    ///
    /// 2,000 calls that ring 20 agents each take 4 MB. What would be longer is answered with 413, and none of its calls.
    #[serde(deserialize_with = "parse::within::<65536, 16777216, _, _>")]
    pub max_answer_bytes: usize,
    /// The Stringee projects whose signatures are checked. Default: none.
    pub projects: Vec<ProjectConfig>,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            secret_files: Vec::new(),
            networks: Vec::new(),
            unlisted_projects: None,
            max_calls: 2_000,
            max_answer_bytes: 8 * 1024 * 1024,
            projects: Vec::new(),
        }
    }
}

impl WebhookConfig {
    /// What to do with a request that names a project not listed, or none.
    ///
    /// Unless set, it is refused as soon as any listed project requires a signature. The project is named by the
    /// request itself: if unlisted ones were answered, a stranger would only have to name another project. Without
    /// such a requirement there is nothing to get around, and everybody is answered.
    pub fn unlisted_projects(&self) -> UnlistedProjects {
        let required = self
            .projects
            .iter()
            .any(|project| project.signature_mode() == SignatureMode::Require);
        let unset = if required {
            UnlistedProjects::Refuse
        } else {
            UnlistedProjects::Answer
        };
        self.unlisted_projects.unwrap_or(unset)
    }
}

impl WebhookConfig {
    /// Whether anybody who reaches the webhook is answered.
    ///
    /// Signatures keep strangers out only if no project is answered without one: the request itself names its project.
    pub fn is_open(&self) -> bool {
        let needs_signature = self.unlisted_projects() == UnlistedProjects::Refuse
            && self
                .projects
                .iter()
                .all(|project| project.signature_mode() == SignatureMode::Require);
        self.secrets.is_empty() && self.networks.is_empty() && !needs_signature
    }
}

/// What to do with a request of a project that is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnlistedProjects {
    /// Answer it without looking at its signature.
    Answer,
    /// Refuse it as if its signature were wrong.
    Refuse,
}

/// One Stringee project.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectConfig {
    /// The project's number, sent as `projectId`.
    pub id: u64,
    /// The project's signing secret keys (not the secrets of its API keys). Default: none.
    ///
    /// A signature by any of them is valid, so that a key can be replaced without an outage. After loading, those of
    /// `signing_key_files` stand here too.
    #[serde(default, deserialize_with = "parse::signing_keys")]
    pub signing_keys: Vec<Secret>,
    /// Files that hold one such key each; blanks and the line end around the text are dropped. Default: none.
    #[serde(default)]
    pub signing_key_files: Vec<PathBuf>,
    /// What a signature is for. Default: `require` with a key, `off` without.
    #[serde(default)]
    pub signature: Option<SignatureMode>,
}

impl ProjectConfig {
    /// What a signature is for in this project.
    pub fn signature_mode(&self) -> SignatureMode {
        let has_key = !self.signing_keys.is_empty() || !self.signing_key_files.is_empty();
        let unset = if has_key {
            SignatureMode::Require
        } else {
            SignatureMode::Off
        };
        self.signature.unwrap_or(unset)
    }
}

/// What a request's signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureMode {
    /// Refuse a request without a valid one.
    Require,
    /// Answer all the same, but count and log: to find out whether the platform signs before requiring it.
    Observe,
    /// Do not look at it.
    Off,
}

/// How to reach Stringee's REST API. Only the commands `queues` and `pull` do; the service itself never calls Stringee.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StringeeConfig {
    /// Where the API is, without a path. Default `https://icc-api.stringee.com`.
    ///
    /// Another one is for the emulator (`stringee-router emulate`), or for a proxy of your own.
    #[serde(deserialize_with = "parse::base_url")]
    pub base_url: String,
    /// The SID of an API key of the project, e.g. `SK.0.xxxx`. Default: none, and then the API cannot be used.
    pub api_key_sid: Option<String>,
    /// The secret of that API key (not the project's signing secret key). Default: none.
    ///
    /// After loading, that of `api_key_secret_file` stands here.
    #[serde(deserialize_with = "parse::api_key_secret")]
    pub api_key_secret: Option<Secret>,
    /// A file that holds the secret instead; blanks and the line end around the text are dropped. Default: none.
    pub api_key_secret_file: Option<PathBuf>,
    /// Seconds that one request may take, connecting included; 1 to 120. Default 10.
    #[serde(deserialize_with = "parse::within::<1, 120, _, _>")]
    pub timeout_seconds: u64,
}

impl StringeeConfig {
    /// A client of the API as configured.
    ///
    /// # Errors
    /// No API key is configured; the error names the setting that is missing.
    pub fn client(&self) -> Result<Client, NoApiKey> {
        let missing = |setting| NoApiKey { setting };
        let sid = self.api_key_sid.clone();
        let sid = sid.ok_or(missing("stringee.api_key_sid"))?;
        let secret = self.api_key_secret.clone();
        let secret = secret.ok_or(missing("stringee.api_key_secret"))?;
        let limit = Duration::from_secs(self.timeout_seconds);
        let key = ApiKey::new(sid, secret);
        Ok(Client::new(self.base_url.clone(), key, limit))
    }
}

/// The configuration names no API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{setting} is not set: the REST API needs an API key of the project (stringee.api_key_sid and stringee.api_key_secret)"
)]
pub struct NoApiKey {
    /// What is missing.
    pub setting: &'static str,
}

impl Default for StringeeConfig {
    fn default() -> Self {
        Self {
            base_url: "https://icc-api.stringee.com".to_owned(),
            api_key_sid: None,
            api_key_secret: None,
            api_key_secret_file: None,
            timeout_seconds: 10,
        }
    }
}

/// What is written down of the calls that were answered: `journal.db` in the state directory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalConfig {
    /// Whether decisions, and who took which calls, are written down. Default true.
    ///
    /// The history of the rules is kept in the same file in any case: `undo` needs it.
    pub enabled: bool,
    /// Days after which decisions and the changes of the rules are deleted, 1 to 3650. Default 90.
    #[serde(deserialize_with = "parse::within::<1, 3650, _, _>")]
    pub retention_days: u32,
    /// Bytes that the journal may take, its `-wal` file included; 8 MiB to 1 PiB. Default 2147483648 (2 GiB).
    ///
    /// Beyond it the oldest decisions go, the history of the rules never. 2 GiB are some four million decisions.
    #[serde(deserialize_with = "parse::within::<8_388_608, 1_125_899_906_842_624, _, _>")]
    pub max_bytes: u64,
    /// Bytes that the journal leaves free on its disk; of a disk of less than ten times that, a tenth. Default 1073741824
    /// (1 GiB).
    ///
    /// Edits and copies of the rules need room: when less is free the oldest decisions go, down to 1 MiB, and the file gives
    /// its room back.
    pub keep_free_bytes: u64,
    /// Whether only the last 3 digits of callers' and agents' numbers are written. Default false.
    ///
    /// With it, `replay --journal` cannot tell callers apart, and their last agents are forgotten at a restart. The history
    /// of the rules is not masked.
    pub mask_numbers: bool,
    /// Percent of the calls whose decisions are written, 1 to 100. Default 100.
    ///
    /// A call is written as a whole or not at all, by all servers alike. Who took which calls is written of all calls.
    #[serde(deserialize_with = "parse::within::<1, 100, _, _>")]
    pub sample_percent: u8,
}

impl JournalConfig {
    /// How long rows are kept.
    pub fn retention(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.retention_days))
    }
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            retention_days: 90,
            max_bytes: 2 * 1024 * 1024 * 1024,
            keep_free_bytes: 1024 * 1024 * 1024,
            mask_numbers: false,
            sample_percent: 100,
        }
    }
}

/// What is logged, and in which form. Logs go to the standard error.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// One line per event for people (`pretty`) or for machines (`json`). Default `pretty`.
    pub format: LogFormat,
    /// Levels, for all modules or for some: `info`, `warn,stringee_router::rules=debug`. Default `info`.
    ///
    /// The syntax is that of `tracing_subscriber::EnvFilter`. Decisions are not logged at `info`: the journal has them.
    #[serde(deserialize_with = "parse::filter")]
    pub filter: String,
    /// Bytes of log lines that wait to be written, 65536 to 67108864. Default 1048576 (1 MiB).
    ///
    /// Nobody who logs waits for whoever takes the log. If that one stalls, this much is kept, some five thousand lines;
    /// what comes after it is lost, counted, and said once it flows again.
    #[serde(deserialize_with = "parse::within::<65536, 67108864, _, _>")]
    pub queue_bytes: usize,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            filter: "info".to_owned(),
            queue_bytes: 1024 * 1024,
        }
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// For machines: one JSON object per line.
    Json,
}
