//! Which rules are asked: those in force, those that a draft would make, or those of an earlier version.

use std::sync::Arc;

use axum::response::Response;

use super::{ApiError, drafts, json_bytes};
use crate::console::Desk;
use crate::console::access::User;
use crate::console::ask::calls::open_journal;
use crate::console::draft::trial::tried;
use crate::rules::ActiveRules;
use crate::state::copy_of;
use crate::store::{Reader, StoreError};
use routing::compile::compile;
use routing::snapshot::Snapshot;

/// Rules that are asked.
pub(in crate::console) enum AskedRules {
    InForce(Arc<ActiveRules>),
    Others(Box<Snapshot>),
}

impl AskedRules {
    /// Those in force.
    pub(in crate::console) fn in_force(desk: &Desk) -> Self {
        Self::InForce(Arc::clone(&desk.live.served()))
    }

    /// As a draft would make them, if one is named.
    pub(in crate::console) async fn with_draft(
        desk: &Arc<Desk>,
        user: &User,
        draft: Option<i64>,
    ) -> Result<Self, ApiError> {
        let Some(id) = draft else {
            return Ok(Self::in_force(desk));
        };
        let draft = drafts::find(desk, user, id).await?;
        let (_, tried) = tried(desk, user, draft.edits, false).await?;
        Ok(Self::Others(Box::new(tried.after)))
    }

    /// As a version had them, if one is named: as long as a copy of it is kept.
    pub(super) async fn of_version(
        desk: &Arc<Desk>,
        version: Option<u64>,
    ) -> Result<Self, ApiError> {
        let in_force = Arc::clone(&desk.live.served());
        let Some(version) = version.filter(|version| *version != in_force.version) else {
            return Ok(Self::InForce(in_force));
        };
        let no_version = || ApiError::missing("no_such_version", "no such version was accepted");
        let number = i64::try_from(version).map_err(|_too_large| no_version())?;
        let found = desk.work_on(async move |desk| {
            let mut history = open_journal(&desk).await?;
            let found = history.versions(Some(number), None, Some(1)).await?;
            history.close().await?;
            Ok::<_, StoreError>(found)
        });
        let found = found.await??;
        let hash = found.first().ok_or_else(no_version)?;
        Self::of_hash(desk, &hash.hash).await
    }

    /// Those with this hash, as long as a copy of them is kept.
    pub(in crate::console) async fn of_hash(
        desk: &Arc<Desk>,
        hash: &str,
    ) -> Result<Self, ApiError> {
        let gone = || ApiError::missing("version_gone", "no copy of that version is kept");
        let hash = u64::from_str_radix(hash, 16).map_err(|_no_hash| gone())?;
        let in_force = Arc::clone(&desk.live.served());
        if in_force.fingerprint == hash {
            return Ok(Self::InForce(in_force));
        }
        let read = desk.work_on(async move |desk| {
            let Some(copy) = copy_of(&desk.database.state, hash) else {
                return Ok(None);
            };
            let mut reader = Reader::open_patiently(&copy).await?;
            let tables = reader.load().await?.tables;
            reader.close().await?;
            let is_meant = tables.fingerprint() == hash;
            Ok::<_, StoreError>(is_meant.then(|| compile(&tables).snapshot))
        });
        let compiled = read.await??.ok_or_else(gone)?;
        Ok(Self::Others(Box::new(compiled)))
    }

    pub(in crate::console) fn snapshot(&self) -> &Snapshot {
        match self {
            Self::InForce(rules) => &rules.snapshot,
            Self::Others(snapshot) => snapshot,
        }
    }

    /// A view of them, made and encoded behind the threads that answer calls.
    pub(super) async fn view(
        self,
        desk: &Arc<Desk>,
        make: impl FnOnce(&Snapshot) -> Result<Vec<u8>, ApiError> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let made = desk.work(move |_| make(self.snapshot()));
        Ok(json_bytes(made.await??))
    }
}
