//! Which projects PostgreSQL has, and their newest versions, where the exchange does not ask.

use std::time::Instant;

use super::Cluster;
use super::exchange::{AskedPlace, BEAT, PAUSE};
use crate::projects::{Project, Projects};
use crate::store::{NewestVersion, Postgres, PostgresError};

impl Cluster {
    /// Asks where the exchange does not: because servers tell each other elsewhere, or because there are several projects.
    pub(super) async fn ask_versions(&self) {
        if self.places.facts.is_none() && matches!(*self.projects, Projects::One(_)) {
            return;
        }
        loop {
            let error = match self.ask_on_one_connection().await {
                Ok(never) => match never {},
                Err(error) => error,
            };
            self.say(AskedPlace::Rules, Some(&error));
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn ask_on_one_connection(&self) -> Result<std::convert::Infallible, PostgresError> {
        let postgres = self.connect().await?;
        let mut postgres = postgres.with_limit(self.config.deadline());
        let mut rounds = tokio::time::interval(self.config.round());
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut since, mut next_beat) = (None, clock::monotonic());
        loop {
            rounds.tick().await;
            self.tell_verdicts(&mut postgres).await?;
            if let Projects::One(project) = &*self.projects {
                let newest = postgres.newest_version(project.number).await?;
                hear_version(project, newest, clock::monotonic(), &self.config);
            } else {
                let now = clock::monotonic();
                if now >= next_beat {
                    // All of them are asked for now and then: a restored PostgreSQL counts its transactions anew.
                    (since, next_beat) = (None, now + BEAT);
                    self.list_projects(&mut postgres).await?;
                }
                since = Some(self.hear_versions(&mut postgres, since.as_deref()).await?);
            }
            self.say(AskedPlace::Rules, None);
        }
    }

    async fn list_projects(&self, postgres: &mut Postgres) -> Result<(), PostgresError> {
        let mut rows = postgres.projects().await?;
        rows.retain(|row| self.serves.has(row.number));
        self.wanted.send_if_modified(|wanted| {
            let is_new = wanted.as_deref() != Some(&rows);
            *wanted = Some(rows.into());
            is_new
        });
        Ok(())
    }

    async fn hear_versions(
        &self,
        postgres: &mut Postgres,
        since: Option<&str>,
    ) -> Result<String, PostgresError> {
        let newer = postgres.newer_versions(since).await?;
        let now = clock::monotonic();
        for (number, newest) in newer.versions {
            if let Some(project) = self.projects.get(number) {
                hear_version(&project, newest, now, &self.config);
            }
        }
        Ok(newer.horizon)
    }
}

/// Takes in which version of a project's rules is the newest.
pub(super) fn hear_version(
    project: &Project,
    heard: NewestVersion,
    now: Instant,
    config: &crate::config::ClusterConfig,
) {
    super::verdicts::hear_verdict(project, &heard, now, &config.replica_name());
    project.newest.send_if_modified(|newest| {
        let is_new = newest.as_ref() != Some(&heard.version);
        *newest = Some(heard.version);
        is_new
    });
}
