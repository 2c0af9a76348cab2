//! The server's own directory: a verified copy of the last good rules, copies of earlier versions, and a note for
//! admins while something is wrong.
//!
//! ```text
//! state/lock             held by the server that writes here
//! state/last-good.db     the rules as they were last accepted, served if rules.db cannot be
//! state/last-good.json   its SHA-256: a copy that is not exactly what was written is not used
//! state/backup/          copies of accepted versions, by time and version
//! state/reading-1.db     the rules as they were read, until they are accepted or refused
//! state/held.json        the version that is held, while one is
//! state/PROBLEMS.txt     what is wrong, while something is
//! ```
//!
//! None of it is needed to answer calls. A directory that cannot be written, or that another server writes, is said
//! where everything else is said, and tried again. Each file is written beside its place, synced and renamed, so that
//! a crash at any moment leaves a whole file, old or new.

mod backups;
mod claim;
mod copies;
mod held;
mod history;
mod last_good;
mod notice;
mod saved;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::background;
use crate::files::{self, FileError};
use crate::store::{self, StoreError};
use crate::version::VersionInfo;
use claim::Claim;

pub use backups::{BACKUP_DIRECTORY, Backup, BackupsKept};
pub use copies::copy_of;
pub use held::HeldRecord;
pub use last_good::LastGood;
pub use saved::SavedRules;

/// What the names of rules begin with that were read and are not judged yet.
const SAVED: &str = "reading-";

/// How long the disk may take to open a small file at a start.
const SILENCE: Duration = Duration::from_secs(2);

/// The server's own directory.
#[derive(Debug)]
pub struct State {
    directory: PathBuf,
    backups_kept: BackupsKept,
    claim: Mutex<Claim>,
}

/// The state directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Another server writes there.
    #[error(
        "the state directory {} belongs to another running stringee-router; this one answers calls, but keeps no copy \
         of the rules: stop one of the two, or give this one a directory of its own (database.state)",
        directory.display()
    )]
    Taken {
        /// The directory.
        directory: PathBuf,
    },
    /// Nothing can be written there.
    #[error("the state directory cannot be written, so no copy of the rules is kept: {0}")]
    Io(#[from] FileError),
    /// Nobody knows what stands there.
    #[error(
        "the state directory {} has not answered for {} s; look at the disk, or at the network it is reached by; calls \
         are answered from the rules database alone",
        directory.display(),
        limit.as_secs()
    )]
    Silent {
        /// The directory.
        directory: PathBuf,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The rules could not be copied, or the copy could not be read.
    #[error("no copy of the rules could be made in the state directory")]
    Copy(#[from] StoreError),
    /// The copy of the last good rules is not what was written.
    #[error(
        "{} is not the copy that was written there (its SHA-256 is not in last-good.json), so it is not used; \
         the next accepted version replaces it",
        path.display()
    )]
    Damaged {
        /// The copy.
        path: PathBuf,
    },
}

/// What became of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is the last good copy now.
    Copy {
        /// That copy.
        copy: LastGood,
        /// How many backups were removed, beyond those that are to be kept.
        removed_backups: usize,
    },
    /// The rules have been edited meanwhile, so there is nothing to copy any more.
    MovedOn,
}

impl State {
    /// The state in `directory`, which is created and locked as soon as that is possible: see [`State::claim`].
    pub fn new(directory: PathBuf, backups_kept: impl Into<BackupsKept>) -> Self {
        Self {
            directory,
            backups_kept: backups_kept.into(),
            claim: Mutex::default(),
        }
    }

    /// Makes sure that this server, and no other, writes to the directory; to be called again and again.
    ///
    /// Creates the directory if it is missing, or has gone missing, and takes over once another server has let go.
    ///
    /// # Errors
    /// Another server holds it, or it cannot be written.
    pub fn claim(&self) -> Result<(), StateError> {
        self.lock().renew(&self.directory)
    }

    /// Whether this server writes to the directory.
    pub fn is_ours(&self) -> bool {
        self.lock().is_held()
    }

    /// Where it is, whoever writes there.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The copy of the last good rules, if there is one, and it is exactly what was written.
    ///
    /// # Errors
    /// There is a copy, but it is damaged or cannot be read.
    pub async fn last_good(&self) -> Result<Option<LastGood>, StateError> {
        let directory = self.directory.clone();
        blocking(move || last_good::verified(&directory)).await
    }

    /// The copies of accepted versions in `backup`, the newest first. Whether they are whole shows when they are read.
    ///
    /// # Errors
    /// The directory cannot be listed.
    pub async fn backups(&self) -> Result<Vec<Backup>, StateError> {
        let directory = self.directory.clone();
        blocking(move || backups::newest_first(&directory)).await
    }

    /// Claims the directory for the first time, and removes what a crash has left there. Returns whether it is ours now.
    ///
    /// # Errors
    /// The disk does not answer in time: whoever opens a file there waits for ever.
    pub async fn begin(self: &Arc<Self>) -> Result<bool, StateError> {
        let state = Arc::clone(self);
        let looking = blocking(move || {
            // Whatever they say, they say something.
            drop(File::open(last_good::database(&state.directory)));
            drop(File::open(last_good::record(&state.directory)));
            let is_ours = state.claim().is_ok();
            if is_ours {
                remove_saved(&state.directory);
            }
            Ok(is_ours)
        });
        match tokio::time::timeout(SILENCE, looking).await {
            Ok(looked) => looked,
            Err(_elapsed) => Err(StateError::Silent {
                directory: self.directory.clone(),
                limit: SILENCE,
            }),
        }
    }

    /// Where the rules are saved when they are read for the `number`th time.
    pub fn saved(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{SAVED}{number}.db"))
    }

    /// Whether a copy stands there, whole or not.
    pub fn has_last_good(&self) -> bool {
        last_good::database(&self.directory).exists()
    }

    /// Whether there is, or was, a copy of accepted rules: then this is not the first start.
    pub fn has_history(&self) -> bool {
        if self.has_last_good() || last_good::record(&self.directory).exists() {
            return true;
        }
        match backups::newest_first(&self.directory) {
            Ok(backups) => !backups.is_empty(),
            Err(_) => false,
        }
    }

    /// Makes a copy of the rules as they were accepted: the last good one, and one in `backup`.
    ///
    /// The copy is only kept if it holds exactly the rows that were accepted.
    ///
    /// # Errors
    /// The directory is not ours, or cannot be written; or the rules cannot be copied.
    pub async fn keep(&self, rules: &Path, version: VersionInfo) -> Result<Kept, StateError> {
        self.claim()?;
        let draft = last_good::draft(&self.directory);
        let kept = self.keep_by(rules, version, &draft).await;
        blocking(move || Ok(files::remove(&draft)?)).await?;
        kept
    }

    /// Keeps the rules as they were read when they were accepted: the rows that differ from the last good copy go to the
    /// history, and the file takes that copy's place.
    ///
    /// # Errors
    /// The directory is not ours, or cannot be written; or the file cannot be read.
    pub async fn keep_saved(
        &self,
        saved: &SavedRules,
        version: VersionInfo,
    ) -> Result<Kept, StateError> {
        self.claim()?;
        self.keep_draft(saved.path(), version).await
    }

    /// The version that was held when it was last written down.
    ///
    /// # Errors
    /// There is no thread to read it on.
    pub async fn held(&self) -> Result<Option<HeldRecord>, StateError> {
        let directory = self.directory.clone();
        blocking(move || Ok(held::read(&directory))).await
    }

    /// Writes down which version is held, or that none is.
    ///
    /// # Errors
    /// The directory is not ours, or cannot be written.
    pub async fn put_held(&self, record: Option<HeldRecord>) -> Result<(), StateError> {
        self.claim()?;
        let directory = self.directory.clone();
        blocking(move || held::put(&directory, record.as_ref())).await
    }

    /// Writes the note for admins, or removes it if there is nothing to say.
    ///
    /// # Errors
    /// The directory is not ours, or cannot be written.
    pub async fn notice(&self, text: Option<String>) -> Result<(), StateError> {
        self.claim()?;
        let directory = self.directory.clone();
        blocking(move || notice::put(&directory, text.as_deref())).await
    }

    async fn keep_by(
        &self,
        rules: &Path,
        version: VersionInfo,
        draft: &Path,
    ) -> Result<Kept, StateError> {
        let stale = draft.to_owned();
        blocking(move || Ok(files::remove(&stale)?)).await?;
        store::copy(rules, draft).await?;
        self.keep_draft(draft, version).await
    }

    /// Puts a file in the place of the last good copy, if it holds exactly the rows that were accepted.
    async fn keep_draft(&self, draft: &Path, version: VersionInfo) -> Result<Kept, StateError> {
        let copied = store::load_copy(draft).await?;
        if blocking(move || Ok(copied.fingerprint())).await? != version.fingerprint {
            return Ok(Kept::MovedOn);
        }
        let old = self.last_good().await.ok().flatten();
        history::accepted(
            &self.directory,
            old.as_ref().map(|old| &*old.path),
            draft,
            &version,
        )
        .await;
        let (directory, draft, backups_kept) =
            (self.directory.clone(), draft.to_owned(), self.backups_kept);
        let promote = move || {
            files::sync(&draft)?;
            let new = last_good::replace(&directory, &draft, version, old.as_ref())?;
            let removed_backups = backups::add(&directory, &new, backups_kept)?;
            Ok(Kept::Copy {
                copy: new,
                removed_backups,
            })
        };
        blocking(promote).await
    }

    fn lock(&self) -> MutexGuard<'_, Claim> {
        self.claim.lock()
    }
}

impl StateError {
    /// What the system said while `doing` something with `path`.
    fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let failed = FileError::new(path, doing);
        move |source| Self::Io(failed(source))
    }
}

/// Removes the rules that an earlier process has read and not come to judge.
fn remove_saved(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(SAVED)
            && let Err(error) = files::remove(&entry.path())
        {
            tracing::debug!(%error, "what a crash has left stays there");
        }
    }
}

/// Runs what waits for the disk where it keeps no call waiting.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StateError> + Send + 'static,
) -> Result<T, StateError> {
    match background::run("state", work).await {
        Ok(result) => result,
        Err(error) => Err(StateError::io(Path::new("state"), "write to")(
            io::Error::other(error),
        )),
    }
}
