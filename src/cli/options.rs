//! Options that several subcommands share, and the configuration they lead to.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::{Config, ConfigError, Language, RuleTests};
use crate::store::ChangesKept;

/// Options of every subcommand.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct Options {
    /// The file; else $STRINGEE_ROUTER_CONFIG, else config.toml here or in /etc/stringee-router
    #[arg(long, global = true, value_name = "FILE", display_order = 1000)]
    config: Option<PathBuf>,
    /// A setting over file and environment, e.g. server.drain_seconds=10; may be repeated
    #[arg(
        long = "set",
        global = true,
        value_name = "SECTION.KEY=VALUE",
        display_order = 1001
    )]
    settings: Vec<String>,
    /// One of several projects (database.project), by its number; needed where the configuration names several
    #[arg(long, global = true, value_name = "NUMBER", display_order = 1002)]
    project: Option<u64>,
}

/// In which language a command prints.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct LanguageOption {
    /// Language of the text: en or vi; without it the configured one (language)
    #[arg(long, value_name = "CODE", value_parser = language)]
    language: Option<Language>,
}

fn language(code: &str) -> Result<Language, &'static str> {
    Language::of_code(code).ok_or("write en or vi")
}

impl LanguageOption {
    /// The language of the option, else of the configuration. One that is not right is no reason not to print.
    pub(super) fn chosen(self, sources: &Sources) -> Language {
        self.language.unwrap_or_else(|| {
            let config = sources.server_config();
            config.map_or(Language::En, |config| config.language)
        })
    }
}

/// Path and value of a setting.
type Setting = (String, String);

/// Not by clap, whose message would repeat the text: it may hold a secret.
fn setting(text: &str) -> Result<Setting, ConfigError> {
    match text.split_once('=') {
        Some((path, value)) => Ok((path.trim().to_owned(), value.to_owned())),
        None => Err(ConfigError::Overlay {
            origin: "--set".to_owned(),
            fault: "write it as SECTION.KEY=VALUE".to_owned(),
        }),
    }
}

/// Answer calls: the service itself, which also runs without any subcommand.
///
/// Stringee asks POST /get_list_agents on the public listener, which has /healthz and /readyz too. Edits of the rules
/// database are in force within seconds; a version with errors is refused as a whole, and the last good one stays.
/// At SIGTERM, SIGINT or SIGQUIT it answers the requests in flight and ends; a second one ends it at once. At SIGHUP it
/// reads anew who may ask ([webhook]: secrets, networks, signing keys).
#[derive(Debug, Default, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(super) struct ServeOptions {
    /// Rules database (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<String>,
    /// Directory of the server's own state (database.state)
    #[arg(long, value_name = "DIR")]
    state: Option<String>,
    /// Address of the webhook (server.listen)
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Address of /status and /metrics (admin.listen)
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin_listen: Option<String>,
    /// Count so many seconds of waiting for each one; only for `stringee-router emulate calls --speed`
    #[arg(long, value_name = "FACTOR", value_parser = clap::value_parser!(u32).range(1..=1000))]
    waiting_speed: Option<u32>,
}

const SERVE_EXAMPLES: &str = "\
Examples:
  stringee-router serve
  stringee-router serve --rules data/rules.db --listen 127.0.0.1:9000

Exit codes: 0 ended by a signal, 2 it could not start, or a part of it failed.";

impl ServeOptions {
    /// How many seconds of waiting count for each second; other than 1 only beside an emulator.
    pub(super) fn waiting_speed(&self) -> u32 {
        self.waiting_speed.unwrap_or(1)
    }

    /// The configuration, with these options laid over it.
    pub(super) fn config(&self, sources: &Sources) -> Result<Config, ConfigError> {
        let options = [
            ("database.rules", &self.rules),
            ("database.state", &self.state),
            ("server.listen", &self.listen),
            ("admin.listen", &self.admin_listen),
        ];
        let mut given = Vec::new();
        for (path, value) in options {
            if let Some(value) = value {
                given.push((path.to_owned(), value.clone()));
            }
        }
        sources.config_with(given)
    }
}

/// A rules database and, if there is one that answers by it, the server's configuration.
#[derive(Debug)]
pub(super) struct Installation {
    pub(super) rules: PathBuf,
    pub(super) config: Option<Config>,
    /// The configured one, whatever rules are named.
    pub(super) language: Language,
}

impl Installation {
    /// What the server makes of tests that fail; without one that is known, what a server does by default.
    pub(super) fn rule_tests(&self) -> RuleTests {
        match &self.config {
            Some(config) => config.database.rule_tests,
            None => RuleTests::default(),
        }
    }
}

impl Installation {
    /// How much of the log of changes an edit leaves.
    pub(super) fn changes_kept(&self) -> ChangesKept {
        match &self.config {
            None => ChangesKept::default(),
            Some(config) => ChangesKept {
                days: config.database.changes_days,
                lines: config.database.changes_lines,
            },
        }
    }
}

/// Where the configuration comes from: file, environment and options.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    options: Options,
    environment: Vec<(String, String)>,
}

impl Sources {
    pub(super) fn new(
        options: Options,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Self {
        Self {
            options,
            environment: environment.collect(),
        }
    }

    /// The configuration; where the server has several projects, that of the one that is named.
    pub(super) fn config(&self) -> Result<Config, ConfigError> {
        let config = self.server_config()?;
        let named = self.options.project;
        let named = named.map(|named| i64::try_from(named).unwrap_or(i64::MAX));
        let fault = match (named, config.database.project.one()) {
            (None, Some(_)) => return Ok(config),
            (Some(named), _) if config.database.project.has(named) => {
                return Ok(config.for_project(named));
            }
            (None, None) => {
                "database.project names several projects: say which one, with --project NUMBER"
                    .to_owned()
            }
            (Some(named), _) => {
                format!("--project: project {named} is not among those of database.project")
            }
        };
        Err(ConfigError::Invalid {
            faults: vec![fault],
        })
    }

    /// Whether no project is named by the options.
    pub(super) const fn names_no_project(&self) -> bool {
        self.options.project.is_none()
    }

    /// The configuration of the server as it is, for what is about the server and none of its projects.
    pub(super) fn server_config(&self) -> Result<Config, ConfigError> {
        self.config_with(Vec::new())
    }

    /// Who runs the command, for the log of changes, as far as the environment says.
    pub(super) fn user(&self) -> &str {
        const NAMES: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];
        for name in NAMES {
            for (other, value) in &self.environment {
                if other == name && !value.trim().is_empty() {
                    return value;
                }
            }
        }
        "stringee-router"
    }

    /// The rules database to work on: the one named, else the configured one. With a name nothing is configured.
    pub(super) fn rules(&self, named: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
        match named {
            Some(named) => Ok(named),
            None => Ok(self.config()?.database.rules),
        }
    }

    /// The rules database to edit, with the configuration of the server that answers by it, if that is known: a
    /// database that is named need not be the configured one.
    pub(super) fn installation(&self, named: Option<PathBuf>) -> Result<Installation, ConfigError> {
        let Some(rules) = named else {
            let config = self.config()?;
            return Ok(Installation {
                language: config.language,
                rules: config.database.rules.clone(),
                config: Some(config),
            });
        };
        let is_same =
            |config: &Config| match (config.database.rules.canonicalize(), rules.canonicalize()) {
                (Ok(configured), Ok(named)) => configured == named,
                _ => false,
            };
        let config = self.config().ok();
        Ok(Installation {
            language: config
                .as_ref()
                .map_or(Language::En, |config| config.language),
            config: config.filter(is_same),
            rules,
        })
    }

    /// The state directory to read: the one named, else the configured one.
    pub(super) fn state(&self, named: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
        match named {
            Some(named) => Ok(named),
            None => Ok(self.config()?.database.state),
        }
    }

    /// Who edits: the one named, else the user who runs the command.
    pub(super) fn actor(&self, named: Option<String>) -> String {
        match named {
            Some(name) if !name.trim().is_empty() => name,
            _ => self.user().to_owned(),
        }
    }

    fn config_with(&self, options: Vec<Setting>) -> Result<Config, ConfigError> {
        let mut settings = Vec::new();
        for text in &self.options.settings {
            settings.push(setting(text)?);
        }
        settings.extend(options);
        let file: Option<&Path> = self.options.config.as_deref();
        Config::load(file, self.environment.iter().cloned(), &settings)
    }
}
