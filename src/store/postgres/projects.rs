//! Which projects there are, and which of them have a newer version.

use super::exchange::NEWEST;
use super::{NewestVersion, Postgres, PostgresError, quoted};
use stringee::Secret;

/// A project, and by what requests prove that they are of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectRow {
    /// Its number.
    pub number: i64,
    /// What people call it.
    pub name: String,
    /// What a signature is for: `require`, `observe` or `off`.
    pub signature: Option<String>,
    /// The keys that may have signed.
    pub signing_keys: Vec<Secret>,
    /// The secrets that a path may end in.
    pub path_secrets: Vec<Secret>,
}

/// The versions that somebody who asks again does not know yet.
#[derive(Debug)]
pub struct NewerVersions {
    /// By the project's number.
    pub versions: Vec<(i64, NewestVersion)>,
    /// What to ask by the next time.
    pub horizon: String,
}

impl Postgres {
    /// All projects, by number.
    ///
    /// # Errors
    /// PostgreSQL is gone; the role may do everything, so that nothing would keep projects apart.
    pub async fn projects(&mut self) -> Result<Vec<ProjectRow>, PostgresError> {
        const PROJECTS: &str = "
            select p.id, p.name, p.signature,
                (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
                coalesce(array_agg(k.value order by k.value) filter (where k.kind = 'signing_key'), '{}') as keys,
                coalesce(array_agg(k.value order by k.value) filter (where k.kind = 'path_secret'), '{}') as secrets
            from stringee.projects p left join stringee.project_keys k on k.project_id = p.id
            group by p.id order by p.id";
        let doing = "ask which projects there are";
        let mut projects = Vec::new();
        for row in self.rows(doing, PROJECTS.to_owned()).await? {
            if self.get::<bool>(doing, &row, "is_superuser")? {
                return Err(PostgresError::Superuser {
                    place: self.place().to_owned(),
                });
            }
            let texts = |column| self.get::<Vec<String>>(doing, &row, column);
            let secrets = |texts: Vec<String>| texts.into_iter().map(Secret::new).collect();
            projects.push(ProjectRow {
                number: self.get(doing, &row, "id")?,
                name: self.get(doing, &row, "name")?,
                signature: self.get(doing, &row, "signature")?,
                signing_keys: secrets(texts("keys")?),
                path_secrets: secrets(texts("secrets")?),
            });
        }
        Ok(projects)
    }

    /// The versions of all projects; with a horizon, those that may be newer than what was seen when it was handed out.
    ///
    /// # Errors
    /// PostgreSQL is gone.
    pub async fn newer_versions(
        &mut self,
        since: Option<&str>,
    ) -> Result<NewerVersions, PostgresError> {
        let doing = "ask for the versions";
        // Its snapshot is older than that of the versions: a transaction that ends in between is seen twice, not never.
        let mut sql =
            format!("select pg_snapshot_xmin(pg_current_snapshot())::text as horizon; {NEWEST}");
        if let Some(since) = since {
            let since = quoted(since);
            let newer = format!(
                " where p.changed_tx >= {since}::xid8 or p.id in (
                    select project_id from stringee.accepted where at > clock_timestamp() - interval '10 s'
                    union select project_id from stringee.verdicts
                        where verdict = 'hold' and at > clock_timestamp() - interval '10 s')"
            );
            sql.push_str(&newer);
        }
        let (mut versions, mut horizon) = (Vec::new(), None);
        for row in &self.rows(doing, sql).await? {
            // What each statement gives is told by its columns.
            match self.get(doing, row, "horizon") {
                Ok(found) => horizon = Some(found),
                Err(_) => versions.push((self.get(doing, row, "id")?, self.newest(row)?)),
            }
        }
        Ok(NewerVersions {
            versions,
            horizon: horizon.unwrap_or_default(),
        })
    }
}
