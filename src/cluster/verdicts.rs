//! What servers say of the newest version of the rules.

use std::time::{Duration, Instant};

use super::Cluster;
use crate::projects::Project;
use crate::rules::SharedVerdict;
use crate::store::{NewestVersion, Postgres, PostgresError, VerdictRow};

impl Cluster {
    /// Tells what this server says of versions, and what somebody has accepted here.
    pub(super) async fn tell_verdicts(&self, postgres: &mut Postgres) -> Result<(), PostgresError> {
        for project in self.projects.all() {
            self.tell_verdict(postgres, &project).await?;
        }
        Ok(())
    }

    async fn tell_verdict(
        &self,
        postgres: &mut Postgres,
        project: &Project,
    ) -> Result<(), PostgresError> {
        let (verdict, accepted) = project.live.verdict_to_tell();
        if verdict.is_none() && accepted.is_none() {
            return Ok(());
        }
        let (number, name) = (project.number, self.config.replica_name());
        if let Some(told) = &verdict {
            let row = VerdictRow {
                version: told.version,
                hash: &hash(told.fingerprint),
                verdict: told.verdict,
                reasons: &told.reasons,
            };
            postgres.tell_verdict(number, &name, &row).await?;
        }
        if let Some(told) = &accepted {
            let hash = hash(told.fingerprint);
            postgres
                .tell_accepted(number, told.version, &hash, &told.actor)
                .await?;
        }
        project.live.is_told(verdict.as_ref(), accepted.as_ref());
        Ok(())
    }
}

/// Takes in what others than this server say of a project's newest version.
pub(super) fn hear_verdict(project: &Project, newest: &NewestVersion, now: Instant, own: &str) {
    let judged = &newest.judged;
    let mut objections = Vec::new();
    for (replica, hash, reasons) in &judged.objections {
        if replica != own
            && let Ok(fingerprint) = u64::from_str_radix(hash, 16)
        {
            let sentence = format!("the server {replica} holds it: {}", reasons.join(", and "));
            objections.push((fingerprint, sentence));
        }
    }
    let accepted = judged.accepted.as_ref().and_then(|(hash, who)| {
        let fingerprint = u64::from_str_radix(hash, 16).ok()?;
        Some((fingerprint, who.clone()))
    });
    let age = judged
        .age_ms
        .map(|ms| Duration::from_millis(ms.max(0).unsigned_abs()));
    project.live.hear_verdict(SharedVerdict {
        version: u64::try_from(newest.version.version).unwrap_or(0),
        made: age.and_then(|age| now.checked_sub(age)),
        accepted,
        objections,
    });
}

fn hash(fingerprint: u64) -> String {
    format!("{fingerprint:016x}")
}
