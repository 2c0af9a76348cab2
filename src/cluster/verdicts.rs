//! What servers say of the newest version of the rules.

use std::time::{Duration, Instant};

use super::Cluster;
use crate::rules::SharedVerdict;
use crate::store::{NewestVersion, Postgres, PostgresError, VerdictRow};

impl Cluster {
    /// Tells what this server says of a version, and what somebody has accepted here.
    pub(super) async fn tell_verdicts(&self, postgres: &mut Postgres) -> Result<(), PostgresError> {
        let name = self.config.replica_name();
        let (verdict, accepted) = self.live.verdict_to_tell();
        if verdict.is_none() && accepted.is_none() {
            return Ok(());
        }
        if let Some(told) = &verdict {
            let row = VerdictRow {
                version: told.version,
                hash: &hash(told.fingerprint),
                verdict: told.verdict,
                reasons: &told.reasons,
            };
            postgres.tell_verdict(self.project, &name, &row).await?;
        }
        if let Some((version, fingerprint)) = accepted {
            let hash = hash(fingerprint);
            postgres
                .tell_accepted(self.project, version, &hash, &name)
                .await?;
        }
        self.live.is_told(verdict.as_ref(), accepted);
        Ok(())
    }

    /// Takes in what others say.
    pub(super) fn hear_verdict(&self, newest: &NewestVersion, now: Instant) {
        let own = self.config.replica_name();
        let judged = &newest.judged;
        let mut objections = Vec::new();
        for (replica, hash, reasons) in &judged.objections {
            if *replica != own
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
        self.live.hear_verdict(SharedVerdict {
            version: u64::try_from(newest.version.version).unwrap_or(0),
            made: age.and_then(|age| now.checked_sub(age)),
            accepted,
            objections,
        });
    }
}

fn hash(fingerprint: u64) -> String {
    format!("{fingerprint:016x}")
}
