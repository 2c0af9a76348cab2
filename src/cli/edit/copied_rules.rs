//! The rules of a server on another machine, copied here to be edited: what differs afterwards is sent there.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{EditFlags, Outcome};
use crate::cli::output::Output;
use crate::cli::remote::RemoteServer;
use crate::exchange::{self, ChangeSet, RuleSet};
use crate::store::{self, Content, Editor, Writer};

/// The rules of another machine, as they were when this began.
#[derive(Debug)]
pub(super) struct CopiedRules {
    server: RemoteServer,
    directory: TempDir,
}

impl CopiedRules {
    /// Asks for all rows, and writes them to a database of its own.
    pub(super) async fn copy(server: RemoteServer) -> anyhow::Result<Self> {
        let directory = TempDir::new()?;
        let remote = Self { server, directory };
        let file = remote.directory.path().join("rules.toml");
        tokio::fs::write(&file, remote.server.text("/export", &[])?).await?;
        let planned = exchange::read(&file)?.complete(&RuleSet::default());
        let planned = planned.map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("the server's rows cannot be read: {}", faults.join("; "))
        })?;
        let path = remote.path();
        store::create(&path, Content::Empty).await?;
        let editor = Editor {
            actor: "copy",
            reason: "of another machine",
        };
        let mut writer = Writer::begin(&path, editor).await?;
        let present = writer.rule_set().await?;
        let changes = ChangeSet::between(&present, &planned.rules);
        let refused = writer.apply(&changes, |_, _| ()).await?;
        if let Some(row) = refused.first() {
            anyhow::bail!(
                "the server's row {} {}: {}",
                row.table.name(),
                row.key,
                row.reason
            );
        }
        writer.commit().await?;
        Ok(remote)
    }

    /// Where the copy stands.
    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().join("rules.db")
    }

    /// Sends what differs.
    pub(super) fn conclude(
        &self,
        changes: &ChangeSet,
        flags: &EditFlags,
        reason: &str,
        output: &mut Output,
    ) -> anyhow::Result<Outcome> {
        self.server.conclude(changes, flags, reason, output)
    }
}
