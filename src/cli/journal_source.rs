//! Which journal a command reads: the one that all servers share, where the rules live in PostgreSQL, else this server's own.

use std::path::PathBuf;

use jiff::Timestamp;

use super::options::Sources;
use super::output::complain;
use crate::store::{
    AnswerRow, DecisionQuery, DecisionRow, JOURNAL_FILE, JournalFile, Postgres, PostgresError,
    PostgresPlace,
};
use crate::telemetry::chain;

/// A journal to read.
#[derive(Debug)]
pub(super) enum JournalSource {
    File(PathBuf),
    Shared(Box<Postgres>, i64),
}

impl JournalSource {
    /// The journal of the state directory that is named, else the configured one.
    pub(super) async fn open(sources: &Sources, state: Option<PathBuf>) -> anyhow::Result<Self> {
        if let Some(state) = state {
            return Ok(Self::File(state.join(JOURNAL_FILE)));
        }
        let config = sources.config()?;
        if let Some(url) = &config.database.url {
            let place: PostgresPlace = url.expose().parse()?;
            match connect(&place).await {
                Ok(postgres) => {
                    let project = config.database.project.one().unwrap_or_default();
                    return Ok(Self::Shared(Box::new(postgres), project));
                }
                Err(error) => complain(format_args!(
                    "warning: this is what this server alone has written: {}",
                    chain(&error)
                )),
            }
        }
        Ok(Self::File(config.database.state.join(JOURNAL_FILE)))
    }

    /// The file of this server's own journal, if that is what is read.
    pub(super) fn own_file(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Shared(..) => None,
        }
    }

    /// The decisions that a query asks for, the newest first.
    pub(super) async fn decisions(self, query: &DecisionQuery) -> anyhow::Result<Vec<DecisionRow>> {
        match self {
            Self::File(path) => super::journal::read(&path, query).await,
            Self::Shared(mut postgres, project) => {
                let rows = postgres.decisions(project, query).await?;
                postgres.close().await?;
                Ok(rows)
            }
        }
    }

    /// Hands over each answer that was first given from a time on and before another, call by call.
    pub(super) async fn answers(
        self,
        from: Timestamp,
        to: Timestamp,
        each: impl FnMut(AnswerRow) + Send,
    ) -> anyhow::Result<()> {
        match self {
            Self::File(path) => {
                let mut journal = JournalFile::open_to_read(&path).await?;
                journal.answers(from, to, each).await?;
                journal.close().await?;
            }
            Self::Shared(mut postgres, project) => {
                postgres.answers(project, from, to, each).await?;
                postgres.close().await?;
            }
        }
        Ok(())
    }
}

async fn connect(place: &PostgresPlace) -> Result<Postgres, PostgresError> {
    let mut postgres = Postgres::connect(place).await?;
    postgres.must_be_ours().await?;
    Ok(postgres)
}
