//! The layers: defaults, file, environment, flags.
//!
//! The file is read straight into [`Config`], so that its mistakes come with line and column. Each variable and flag
//! is then laid over it one at a time, so that a mistake is the fault of the one just added, and is named by it.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::IntoDeserializer;

use super::overlay::Node;
use super::words::in_words;
use super::{Config, check, file};

/// The file read when none is named.
const DEFAULT_FILES: [&str; 2] = ["config.toml", "/etc/stringee-router/config.toml"];
/// The variable that names the file.
const FILE_VARIABLE: &str = "STRINGEE_ROUTER_CONFIG";
/// Settings outside of every section.
const WITHOUT_SECTION: [&str; 1] = ["language"];
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
    /// Several of these.
    #[error("{}", in_lines(.0))]
    Several(Vec<ConfigError>),
}

impl ConfigError {
    /// Where in the file it is.
    pub(super) const fn place(&self) -> (usize, usize) {
        match self {
            Self::Malformed { line, column, .. } => (*line, *column),
            _ => (0, 0),
        }
    }

    /// All mistakes as one error.
    pub(super) fn of(mut faults: Vec<Self>) -> Result<(), Self> {
        match faults.pop() {
            None => Ok(()),
            Some(only) if faults.is_empty() => Err(only),
            Some(last) => {
                faults.push(last);
                Err(Self::Several(faults))
            }
        }
    }
}

/// Each with its cause, for a cause of several could not be told apart.
fn in_lines(faults: &[ConfigError]) -> String {
    let line = |fault: &ConfigError| match fault.source() {
        Some(cause) => format!("{fault}: {cause}"),
        None => fault.to_string(),
    };
    let lines: Vec<String> = faults.iter().map(line).collect();
    lines.join("\n")
}

impl Config {
    /// Reads all layers: the defaults, the file, the environment, the flags.
    ///
    /// The file is `file`, else the one named by `STRINGEE_ROUTER_CONFIG`, else `./config.toml` or
    /// `/etc/stringee-router/config.toml` if it exists. Settings
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
        let named = environment.get(FILE_VARIABLE).map(PathBuf::from);
        let path = match file {
            Some(file) => Some(file.to_owned()),
            None => named.or_else(default_file),
        };
        let mut faults = Vec::new();
        let (mut config, mut tree) = match path {
            Some(path) => file::read(&path, &mut faults)?,
            None => (Self::default(), Node::Table(BTreeMap::new())),
        };
        let mut overlays = Vec::new();
        for (name, value) in &environment {
            overlays.extend(Overlay::from_variable(name, value));
        }
        for (path, value) in overrides {
            overlays.push(Overlay::from_flag(path, value));
        }
        for overlay in overlays {
            let before = tree.clone();
            match overlay.lay_over(&mut tree) {
                Ok(over) => config = over,
                Err(fault) => {
                    faults.push(fault);
                    tree = before;
                }
            }
        }
        check::read_secret_files(&mut config, &mut faults);
        check::agreement(&config, &mut faults);
        ConfigError::of(faults)?;
        Ok(config)
    }
}

fn default_file() -> Option<PathBuf> {
    let mut paths = DEFAULT_FILES.iter().map(PathBuf::from);
    paths.find(|path| path.is_file())
}

/// Variables that were meant to be settings, and are not: other underscores, small letters, a slip of the fingers.
///
/// Other variables that begin alike are left alone: Kubernetes makes some for each service.
pub fn misspelt<'v>(names: impl Iterator<Item = &'v str>) -> Vec<String> {
    let sentence = |name: &str| {
        if name.starts_with(VARIABLE_PREFIX) || name == FILE_VARIABLE {
            return None;
        }
        let meant = meant_by(name)?;
        Some(format!(
            "the environment variable {name} sets nothing; write {meant}"
        ))
    };
    names.filter_map(sentence).collect()
}

/// The variable that somebody will have meant.
fn meant_by(name: &str) -> Option<String> {
    let words = name.to_ascii_lowercase().replace(['-', '.'], "_");
    let rest = words.strip_prefix("stringee")?.trim_start_matches('_');
    let rest = rest.strip_prefix("router")?.strip_prefix('_')?;
    let rest = rest.trim_matches('_');
    if is_alike(rest, "config") || is_alike(rest, "config_file") {
        return Some(FILE_VARIABLE.to_owned());
    }
    if let Some(alone) = WITHOUT_SECTION.iter().find(|alone| is_alike(rest, alone)) {
        return Some(variable(alone));
    }
    let (section, key) = rest.split_once('_')?;
    let sections = known_in(&[]);
    let section = sections.iter().find(|known| is_alike(section, known))?;
    let keys = known_in(&[section]);
    let key = key.trim_start_matches('_');
    let key = keys.iter().find(|known| is_alike(key, known))?;
    Some(variable(&format!("{section}__{key}")))
}

/// The sections, or the settings of one: what serde says where a name is none.
fn known_in(section: &[&str]) -> Vec<String> {
    let mut tree = Node::Table(BTreeMap::new());
    tree.set(&[section, &["?"]].concat(), "");
    let parsed: Result<Config, _> = serde_path_to_error::deserialize(tree.into_deserializer());
    let said = parsed.map_or_else(
        |error| error.inner().message().to_owned(),
        |_| String::new(),
    );
    let quoted = said.split('`').skip(3).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// One letter in four may differ.
fn is_alike(typed: &str, known: &str) -> bool {
    strsim::damerau_levenshtein(typed, known) <= known.len() / 4
}

fn variable(path: &str) -> String {
    format!("{VARIABLE_PREFIX}{path}").to_ascii_uppercase()
}
/// Whether a text looks like the path of a setting, and not like a secret.
fn is_path(text: &str) -> bool {
    let in_words = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let has_section = text.split('.').count() == 2 || WITHOUT_SECTION.contains(&text);
    has_section && text.bytes().all(|byte| in_words(byte) || byte == b'.')
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
        if parts.len() != 2 && !WITHOUT_SECTION.contains(&&*self.path) {
            return Err(self
                .fault("names no setting; a setting has a section and a key, e.g. server.listen"));
        }
        tree.set(&parts, self.value);
        let whole = tree.clone().into_deserializer();
        serde_path_to_error::deserialize(whole)
            .map_err(|error| self.fault(&in_words(error.inner().message())))
    }

    fn fault(&self, fault: &str) -> ConfigError {
        ConfigError::Overlay {
            origin: self.origin.clone(),
            fault: fault.to_owned(),
        }
    }
}
