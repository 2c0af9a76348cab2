//! Rules in PostgreSQL: an edit is made on a copy of the mirror as on any rules database, and what differs goes there.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::exchange::ChangeSet;
use crate::store::{self, Editor, Postgres, PostgresError, PostgresPlace, mirror_version};

/// A copy of the newest rules to edit, gone afterwards.
#[derive(Debug)]
pub(super) struct RemoteRules {
    place: PostgresPlace,
    project: i64,
    draft: PathBuf,
    version: i64,
}

impl RemoteRules {
    /// Makes the copy, and brings it to the version that PostgreSQL holds; `None` where the rules live in a file.
    pub(super) async fn begin(config: Option<&Config>) -> anyhow::Result<Option<Self>> {
        let Some(config) = config else {
            return Ok(None);
        };
        let database = &config.database;
        let Some(url) = &database.url else {
            return Ok(None);
        };
        let place: PostgresPlace = url.expose().parse()?;
        tokio::fs::create_dir_all(&database.state).await?;
        let draft = format!("edit-{}.db", std::process::id());
        let draft = database.state.join(draft);
        let mut remote = Self {
            place,
            project: database.project.one().unwrap_or_default(),
            draft,
            version: 0,
        };
        let mut postgres = remote.connect().await?;
        if database.rules.exists() {
            store::copy(&database.rules, &remote.draft).await?;
        }
        postgres.follow(remote.project, &remote.draft).await?;
        postgres.close().await?;
        let version = mirror_version(&remote.draft).await?;
        remote.version = version.map_or(0, |version| version.version);
        Ok(Some(remote))
    }

    /// The copy.
    pub(super) fn draft(&self) -> &Path {
        &self.draft
    }

    /// Writes what differs, unless somebody has edited since the copy was made.
    pub(super) async fn push(
        &self,
        changes: &ChangeSet,
        editor: Editor<'_>,
    ) -> Result<(), PostgresError> {
        let mut postgres = self.connect().await?;
        postgres
            .push(self.project, self.version, changes, editor)
            .await?;
        postgres.close().await
    }

    async fn connect(&self) -> Result<Postgres, PostgresError> {
        let mut postgres = Postgres::connect(&self.place).await?;
        postgres.must_be_ours().await?;
        Ok(postgres)
    }
}

impl Drop for RemoteRules {
    fn drop(&mut self) {
        for suffix in ["", "-journal"] {
            let mut file = self.draft.clone().into_os_string();
            file.push(suffix);
            // It may never have been made.
            drop(std::fs::remove_file(file));
        }
    }
}
