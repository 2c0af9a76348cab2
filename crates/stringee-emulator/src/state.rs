//! What the emulated contact center consists of, in a file that people can read and edit.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::collection::Collection;
use stringee::Secret;
use stringee::client::ApiKey;

/// A thing as the REST API knows it: a queue, an agent.
pub(super) type Record = Map<String, Value>;

/// A project of the emulated platform.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The project's number.
    pub project_id: u64,
    /// The SID of its only API key.
    pub api_key_sid: String,
    /// The secret of that API key.
    pub api_key_secret: String,
    /// The signing secret key; without one webhooks are asked without a signature.
    #[serde(default)]
    pub signing_key: Option<String>,
    /// The lists, by the names that they have in the REST API's answers.
    #[serde(default)]
    pub(super) queues: Vec<Record>,
    #[serde(default)]
    pub(super) agents: Vec<Record>,
    #[serde(default)]
    pub(super) groups: Vec<Record>,
    #[serde(default, rename = "groupAgents")]
    pub(super) group_agents: Vec<Record>,
    #[serde(default, rename = "groupRoutings")]
    pub(super) group_routings: Vec<Record>,
    #[serde(default)]
    pub(super) numbers: Vec<Record>,
}

/// A state file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be read or written.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not a state.
    #[error("{} is not a state of the emulator; `stringee-router emulate state` writes one", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// A state that the REST API and the calls share, and the file it is kept in.
#[derive(Clone, Debug)]
pub struct SharedState {
    state: Arc<Mutex<State>>,
    file: Option<PathBuf>,
}

impl State {
    /// Reads a state file.
    ///
    /// # Errors
    /// It cannot be read, or is no state.
    pub fn load(path: &Path) -> Result<Self, StateError> {
        let io = |source| StateError::Io {
            doing: "read",
            path: path.to_owned(),
            source,
        };
        let text = fs::read(path).map_err(io)?;
        serde_json::from_slice(&text).map_err(|source| StateError::Malformed {
            path: path.to_owned(),
            source,
        })
    }

    /// Writes a state file that does not exist yet.
    ///
    /// # Errors
    /// It exists, or cannot be written.
    pub fn create(&self, path: &Path) -> Result<(), StateError> {
        let io = |source| StateError::Io {
            doing: "create",
            path: path.to_owned(),
            source,
        };
        let new = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path);
        let mut file = new.map_err(io)?;
        file.write_all(&self.text()).map_err(io)?;
        file.sync_all().map_err(io)
    }

    /// The key with which the REST API is asked.
    pub fn api_key(&self) -> ApiKey {
        ApiKey::new(
            self.api_key_sid.clone(),
            Secret::new(self.api_key_secret.clone()),
        )
    }

    pub(super) fn list(&self, collection: Collection) -> &Vec<Record> {
        match collection {
            Collection::Queues => &self.queues,
            Collection::Agents => &self.agents,
            Collection::Groups => &self.groups,
            Collection::GroupAgents => &self.group_agents,
            Collection::GroupRoutings => &self.group_routings,
            Collection::Numbers => &self.numbers,
        }
    }

    pub(super) fn list_mut(&mut self, collection: Collection) -> &mut Vec<Record> {
        match collection {
            Collection::Queues => &mut self.queues,
            Collection::Agents => &mut self.agents,
            Collection::Groups => &mut self.groups,
            Collection::GroupAgents => &mut self.group_agents,
            Collection::GroupRoutings => &mut self.group_routings,
            Collection::Numbers => &mut self.numbers,
        }
    }

    fn text(&self) -> Vec<u8> {
        // Texts, numbers and flags always have a JSON form.
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }
}

impl SharedState {
    /// A state in memory only.
    pub fn new(state: State) -> Self {
        Self {
            state: Arc::new(Mutex::new(state)),
            file: None,
        }
    }

    /// A state in a file, which is written anew after each change.
    ///
    /// # Errors
    /// It cannot be read, or is no state.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        Ok(Self {
            file: Some(path.to_owned()),
            ..Self::new(State::load(path)?)
        })
    }

    /// The state. Nobody else has it until the guard is dropped.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Writes the state to its file, if it has one, without ever leaving half of it there: not even a power cut does.
    pub(super) fn save(&self, state: &State) -> Result<(), StateError> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let io = |source| StateError::Io {
            doing: "write",
            path: path.clone(),
            source,
        };
        let draft = path.with_extension("new");
        let mut file = fs::File::create(&draft).map_err(io)?;
        file.write_all(&state.text()).map_err(io)?;
        file.sync_all().map_err(io)?;
        fs::rename(&draft, path).map_err(io)
    }
}
