//! Configuration: one documented struct, read from a file, the environment and flags.
//!
//! Each layer is laid over the one before it: the defaults below, the file, the environment, the flags.
//! `config.toml` at the root of the repository shows every field; a test holds it equal to the defaults here.

mod check;
mod cluster;
mod console;
mod database;
mod file;
mod layers;
mod notices;
mod overlay;
mod parse;
mod server;
mod webhook;
mod words;

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

pub use cluster::ClusterConfig;
pub use console::{ConsoleConfig, Role, SignIn};
pub use database::{DatabaseConfig, OnMissing, RuleTests, ServedProjects};
pub use layers::{ConfigError, misspelt};
pub use notices::{NoticesConfig, SmtpEncryption};
pub use routing::language::Language;
pub use server::{AdminConfig, ServerConfig};
pub use stringee::Secret;
use stringee::client::{ApiKey, Client};
pub use webhook::{ProjectConfig, SignatureMode, UnlistedProjects, WebhookConfig};

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

/// In the state directory: a directory of its own for each of several projects.
pub const PROJECTS_DIRECTORY: &str = "projects";

impl Config {
    /// The same for one of the projects that are served: as if it were the only one, in its own directory.
    #[must_use]
    pub fn for_project(&self, number: i64) -> Self {
        let mut config = self.clone();
        let database = &mut config.database;
        if database.project.one().is_none() {
            let directories = database.state.join(PROJECTS_DIRECTORY);
            database.state = directories.join(number.to_string());
            database.rules = database.state.join(check::MIRROR_FILE);
            database.project = ServedProjects::One(number);
        }
        config
    }
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
