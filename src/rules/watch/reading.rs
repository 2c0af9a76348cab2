//! One reading of the rules database: open, look whether it is whole, copy, load, look for damage, compile, save.
//!
//! What is large is copied aside and looked through after it is served, for an edit should not wait a second for that; after
//! damage, or bytes that came without a commit, the look comes first. What was read is saved as a file of its own: when the
//! keeper comes to it, other rows may stand in the database.

use std::time::Duration;

use super::file_stamp::Stamp;
use super::page_check::PageCheck;
use super::{Compiling, Connection, ReadTrouble, Watcher};
use crate::background;
use crate::rules::compiled_version::CompiledVersion;
use crate::state::SavedRules;
use crate::store::{CopyTarget, Reader, StoreError};
use routing::table::{RowsMark, Tables};

/// How long nothing is saved after a failure: an edit waits for it, on a disk that hangs for seconds.
const SAVE_AGAIN: Duration = Duration::from_secs(10);

impl Watcher {
    /// Reads and compiles what stands there now.
    pub(super) async fn read(&mut self, stamp: &Stamp) -> Result<CompiledVersion, ReadTrouble> {
        let mut reader = match self.connection.take() {
            Some(connection) if connection.identity.may_be(stamp) => connection.reader,
            _ => {
                let reader = Reader::open(&self.path).await?;
                reader.within_budget(self.budget).for_edits(self.for_edits)
            }
        };
        if let Some(bytes) = stamp.bytes() {
            reader.must_be_whole(bytes).await?;
        }
        let data_version = reader.data_version().await?;
        let condition = reader.condition().await?;
        let began = clock::monotonic();
        let (mut copy, place) = self.copy_aside(&mut reader).await;
        let copied = clock::monotonic();
        // What is small is looked through at once. One after the other: on a machine with two CPUs, one stays with those
        // who answer.
        let source = copy.as_mut().unwrap_or(&mut reader);
        let loaded = source.load_after(self.table_pages.clone()).await?;
        let is_checked_first = self.is_unchecked || copy.is_none();
        if is_checked_first {
            copy.as_mut().unwrap_or(&mut reader).check_whole().await?;
            self.is_unchecked = false;
            self.unchecked_since = None;
        }
        let saved = match place {
            Some(place) if copy.is_none() => self.save(&mut reader, place).await,
            saved => saved,
        };
        let after = self.looker.stamp().await.map_err(ReadTrouble::NoStamp)?;
        if after.is_foreign_to(stamp) {
            // Whoever writes over the file takes no lock: the rows may be of two files.
            self.is_unchecked = true;
            let path = self.path.clone();
            return Err(StoreError::Unfinished { path }.into());
        }
        let mirrored = match loaded.mirrored {
            Some(version) => u64::try_from(version).ok(),
            None => None,
        };
        let read = clock::monotonic();
        let source = copy.as_mut().unwrap_or(&mut reader);
        let (mut candidate, rows) = self.compile(source, loaded.tables).await?;
        let compile = clock::monotonic() - read;
        tracing::debug!(copy = ?(copied - began), read = ?(read - copied), ?compile, "compiled");
        candidate.saved = saved;
        candidate.mirrored = mirrored;
        candidate.editable = loaded.editable;
        if let Some(copy) = copy {
            let before = self.table_pages.clone();
            let check = PageCheck::new(copy, rows, before, is_checked_first, stamp.clone());
            self.check = Some(check);
            if !is_checked_first {
                self.unchecked_since.get_or_insert_with(clock::monotonic);
            }
        }
        self.remarks.condition = condition;
        if condition.is_wal {
            // Nobody can leave that mode while a connection is open.
            reader.close().await?;
        } else {
            self.connection = Some(Connection {
                reader,
                identity: after.identity(),
                data_version,
            });
        }
        Ok(candidate)
    }

    /// The version that rows make, and the marks of its rows. Tables that had not changed are read if they are needed.
    async fn compile(
        &mut self,
        source: &mut Reader,
        mut tables: Tables,
    ) -> Result<(CompiledVersion, Vec<RowsMark>), ReadTrouble> {
        loop {
            let compiling = background::run("compile", self.compiling(tables));
            match compiling.await.map_err(ReadTrouble::Compiler)? {
                Compiling::Done(version, rows) => return Ok((*version, rows)),
                Compiling::Needs(unread, others) => {
                    tables = source.load_more(others, unread).await?;
                }
            }
        }
    }

    /// A copy to read from, if the file is large, and where it is saved; of a small one, where it can be saved. Where no
    /// copy can be made, somebody's commit may meet a lock.
    async fn copy_aside(&mut self, reader: &mut Reader) -> (Option<Reader>, Option<SavedRules>) {
        if let Some(saved) = self.next_saved() {
            match reader.copy_aside(saved.path(), CopyTarget::Kept).await {
                Ok(copy) => return (copy, Some(saved)),
                Err(error) => self.not_saved(&error),
            }
        }
        let Some(draft) = &self.draft else {
            return (None, None);
        };
        let copied = match reader.copy_aside(draft, CopyTarget::Unnamed).await {
            Ok(copied) => copied,
            Err(error) => {
                tracing::warn!(%error, "the rules are read in their place, which can keep an editor waiting");
                None
            }
        };
        (copied, None)
    }

    /// Saves what has been read, so that it can be kept if it is accepted, whatever is edited meanwhile.
    ///
    /// What cannot be saved is copied later by the keeper, which says why if that fails as well.
    async fn save(&mut self, reader: &mut Reader, saved: SavedRules) -> Option<SavedRules> {
        match reader.save(saved.path()).await {
            Ok(()) => Some(saved),
            Err(error) => {
                self.not_saved(&error);
                None
            }
        }
    }

    /// Where what is read next can be saved, if it can be now.
    fn next_saved(&mut self) -> Option<SavedRules> {
        let now = clock::monotonic();
        let may_save = match self.save_from {
            Some(from) => now >= from,
            None => true,
        };
        if !may_save || !self.live.owns_state() {
            return None;
        }
        let state = self.state.as_ref()?;
        self.readings += 1;
        Some(SavedRules::new(state.saved(self.readings)))
    }

    fn not_saved(&mut self, error: &StoreError) {
        tracing::debug!(%error, "the rules are not saved as they were read");
        self.save_from = Some(clock::monotonic() + SAVE_AGAIN);
    }
}
