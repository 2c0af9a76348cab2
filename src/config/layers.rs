//! The layers: defaults, file, environment, flags.
//!
//! The file is read straight into [`Config`], so that its mistakes come with line and column. Each variable and flag
//! is then laid over it one at a time, so that a mistake is the fault of the one just added, and is named by it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::IntoDeserializer;
use toml::de::Error as TomlError;

use super::overlay::Node;
use super::{Config, check};

/// The file read when none is named.
const DEFAULT_FILE: &str = "config.toml";
/// The variable that names the file.
const FILE_VARIABLE: &str = "STRINGEE_ROUTER_CONFIG";
/// What the variables of settings begin with; two underscores part section and key, for keys have single ones.
const VARIABLE_PREFIX: &str = "STRINGEE_ROUTER__";

/// Why there is no configuration.
///
/// No message repeats a value: whatever was typed may be a secret in the wrong place.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file says something that is not understood.
    #[error("{}, line {line}, column {column}: {fault}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// The setting and what is wrong with it.
        fault: String,
    },
    /// A variable or a flag says something that is not understood.
    #[error("{origin}: {fault}")]
    Overlay {
        /// The variable or flag.
        origin: String,
        /// What is wrong with it.
        fault: String,
    },
    /// Each setting is understood, but together they make no sense.
    #[error("{}", faults.join("\n"))]
    Invalid {
        /// All faults, each as `setting: what is wrong; what to do`.
        faults: Vec<String>,
    },
}

impl Config {
    /// Reads all layers: the defaults, the file, the environment, the flags.
    ///
    /// The file is `file`, else the one named by `STRINGEE_ROUTER_CONFIG`, else `./config.toml` if it exists. Settings
    /// in the environment are named `STRINGEE_ROUTER__SECTION__KEY`; `overrides` are pairs of `section.key` and value.
    /// Values there are TOML, or plain texts without quotes, or several of these with commas where a list belongs.
    ///
    /// # Errors
    /// A file that cannot be read, anything not understood, any unknown setting, and settings that contradict.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        overrides: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let environment: BTreeMap<String, String> = environment.collect();
        let path = file
            .map(Path::to_owned)
            .or_else(|| environment.get(FILE_VARIABLE).map(PathBuf::from));
        let (mut config, mut tree) = match path.or_else(default_file) {
            Some(path) => from_file(&path)?,
            None => (Self::default(), Node::Table(BTreeMap::new())),
        };
        let variables = environment
            .iter()
            .filter_map(|(name, value)| Overlay::from_variable(name, value));
        let flags = overrides
            .iter()
            .map(|(path, value)| Overlay::from_flag(path, value));
        for overlay in variables.chain(flags) {
            config = overlay.lay_over(&mut tree)?;
        }
        check::read_secret_files(&mut config)?;
        check::agreement(&config)?;
        Ok(config)
    }
}

fn default_file() -> Option<PathBuf> {
    let path = PathBuf::from(DEFAULT_FILE);
    path.is_file().then_some(path)
}

/// The file as configuration, and as a tree to lay the other layers over.
fn from_file(path: &Path) -> Result<(Config, Node), ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let malformed = |setting: &str, error: &TomlError| malformed(path, &text, setting, error);
    let document = toml::Deserializer::parse(&text).map_err(|error| malformed("", &error))?;
    let config = serde_path_to_error::deserialize(document).map_err(|error| {
        malformed(
            &setting(error.path(), error.inner().message()),
            error.inner(),
        )
    })?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| malformed("", &error))?;
    Ok((config, Node::from_toml(toml::Value::Table(table))))
}

/// The file's fault with its place, without the line itself: that may hold a secret.
fn malformed(path: &Path, text: &str, setting: &str, error: &TomlError) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or(text);
    ConfigError::Malformed {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before
            .chars()
            .rev()
            .take_while(|character| *character != '\n')
            .count()
            + 1,
        fault: if setting.is_empty() {
            without_values(error.message())
        } else {
            format!("{setting}: {}", without_values(error.message()))
        },
    }
}

/// The path of a setting as far as it is known; empty for the file as a whole.
///
/// A key that nobody knows may be a secret in the wrong place: the line tells where it is.
fn setting(path: &serde_path_to_error::Path, fault: &str) -> String {
    if path.iter().len() == 0 {
        return String::new();
    }
    let text = path.to_string();
    match path.iter().next_back() {
        Some(unknown) if fault.starts_with(UNKNOWN_KEY) => {
            let known = text.strip_suffix(&unknown.to_string()).unwrap_or_default();
            known.trim_end_matches('.').to_owned()
        }
        _ => text,
    }
}

/// How serde begins its message about a key that nobody knows.
const UNKNOWN_KEY: &str = "unknown field";

/// How serde begins the messages that repeat what was found, before they say what was expected.
const REPEATING: [&str; 4] = [
    UNKNOWN_KEY,
    "unknown variant",
    "invalid type",
    "invalid value",
];

/// A message without what it repeats: that may be a secret in the wrong place.
fn without_values(message: &str) -> String {
    let Some(fault) = REPEATING
        .into_iter()
        .find(|fault| message.starts_with(fault))
    else {
        return message.to_owned();
    };
    // The last one is serde's own; what is repeated may hold such words as well.
    let (_, expected) = message.rsplit_once(", expected ").unwrap_or_default();
    format!("{fault}, expected {expected}")
}

/// Whether a text looks like the path of a setting, and not like a secret.
fn is_path(text: &str) -> bool {
    let in_words = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    text.split('.').count() == 2 && text.bytes().all(|byte| in_words(byte) || byte == b'.')
}

/// One variable or flag.
struct Overlay<'a> {
    origin: String,
    path: String,
    value: &'a str,
}

impl<'a> Overlay<'a> {
    fn from_variable(name: &str, value: &'a str) -> Option<Self> {
        let path = name
            .strip_prefix(VARIABLE_PREFIX)?
            .replace("__", ".")
            .to_ascii_lowercase();
        Some(Self {
            origin: format!("environment variable {name}"),
            path,
            value,
        })
    }

    fn from_flag(path: &str, value: &'a str) -> Self {
        Self {
            origin: if is_path(path) {
                format!("flag for {path}")
            } else {
                "a flag".to_owned()
            },
            path: path.to_owned(),
            value,
        }
    }

    fn lay_over(&self, tree: &mut Node) -> Result<Config, ConfigError> {
        let parts: Vec<&str> = self.path.split('.').collect();
        if parts.len() != 2 {
            return Err(self
                .fault("names no setting; a setting has a section and a key, e.g. server.listen"));
        }
        tree.set(&parts, self.value);
        let whole = tree.clone().into_deserializer();
        serde_path_to_error::deserialize(whole)
            .map_err(|error| self.fault(&without_values(error.inner().message())))
    }

    fn fault(&self, fault: &str) -> ConfigError {
        ConfigError::Overlay {
            origin: self.origin.clone(),
            fault: fault.to_owned(),
        }
    }
}
