//! The tables in PostgreSQL: made once, by somebody who may, and brought up to date.

use super::{Postgres, PostgresError, PostgresPlace};
use crate::exchange::{ChangeSet, RuleSet};
use crate::store::migrations::{DEMO, SCHEMA_VERSION};
use crate::store::write::batches;

/// What stands beside the rules' tables, oldest first. A file is never changed once it has landed.
const BASE: [&str; 3] = [
    include_str!("../../../migrations/postgres/0001_cluster.sql"),
    include_str!("../../../migrations/postgres/0002_journal.sql"),
    include_str!("../../../migrations/postgres/0003_projects.sql"),
];

/// The rules' tables, as the SQLite migrations make them.
const RULES: &str = include_str!("../../../migrations/postgres/rules.sql");

/// The roles that rights are given to. Whoever logs in is made a member of one of them.
const ROLES: &str = "
do $$ declare name text; begin
  foreach name in array array['stringee_owner', 'stringee_router', 'stringee_editor', 'stringee_reader'] loop
    begin
      if not exists (select from pg_roles where rolname = name) then
        execute format('create role %I nologin', name);
      end if;
    exception when duplicate_object or unique_violation then null; -- somebody else has just made it
    end;
  end loop;
  if not pg_has_role(current_user, 'stringee_owner', 'member') then
    execute format('grant stringee_owner to %I', current_user);
  end if;
end $$;
create schema stringee authorization stringee_owner;
set local role stringee_owner;
set local search_path = stringee, pg_temp;
";

/// So that a statement reads as on one machine, whoever types it.
const SEARCH_PATH: &str = "
reset role;
do $$ begin execute format('alter database %I set search_path = stringee, public', current_database()); end $$;
";

/// What the first project is filled with.
#[derive(Debug)]
pub enum Filling<'r> {
    /// The settings, and nobody to ring.
    Empty,
    /// Agents, groups and rules that show every kind of rule.
    Demo,
    /// These rows.
    Rows(&'r RuleSet),
}

/// Creates the tables in a database that has none, in one transaction.
///
/// # Errors
/// They are there; the role may not create roles and schemas; a row is refused.
pub async fn install(
    place: &PostgresPlace,
    filling: Filling<'_>,
) -> Result<Postgres, PostgresError> {
    let doing = "create the tables";
    let mut postgres = Postgres::connect(place).await?;
    if let Some(found) = postgres.schema_version().await? {
        return Err(PostgresError::AlreadyInstalled {
            place: postgres.place().to_owned(),
            found,
        });
    }
    postgres.run(doing, format!("begin; {ROLES}")).await?;
    for text in BASE {
        postgres.run(doing, text.to_owned()).await?;
    }
    postgres.run(doing, RULES.to_owned()).await?;
    let base = BASE.len();
    let first = format!(
        "insert into cluster (base_version, schema_version) values ({base}, {SCHEMA_VERSION});
        insert into editor (actor, reason) values ('stringee-router', 'init --postgres');
        select add_project(0, 'default')"
    );
    postgres.run(doing, first).await?;
    match filling {
        Filling::Empty => {}
        Filling::Demo => {
            let doing = "fill in the demo data";
            postgres.run(doing, DEMO.to_owned()).await?;
        }
        Filling::Rows(rules) => postgres.fill(0, rules).await?,
    }
    postgres.run(doing, SEARCH_PATH.to_owned()).await?;
    postgres.run(doing, "commit".to_owned()).await?;
    Ok(postgres)
}

impl Postgres {
    /// The version of the rules' tables; `None`: there are none.
    pub(super) async fn schema_version(&mut self) -> Result<Option<i64>, PostgresError> {
        let doing = "look for the tables";
        let there = "select to_regclass('stringee.cluster') is not null as there".to_owned();
        let rows = self.rows(doing, there).await?;
        let row = rows.first();
        if row.map(|row| self.get(doing, row, "there")).transpose()? != Some(true) {
            return Ok(None);
        }
        let version = "select schema_version from stringee.cluster".to_owned();
        let rows = self.rows(doing, version).await?;
        let row = rows.first();
        row.map(|row| self.get(doing, row, "schema_version"))
            .transpose()
    }

    /// Refuses a database without tables, or with those of another program.
    ///
    /// # Errors
    /// That one.
    pub async fn must_be_ours(&mut self) -> Result<(), PostgresError> {
        match self.schema_version().await? {
            Some(SCHEMA_VERSION) if self.base_version().await? >= BASE.len() => Ok(()),
            Some(SCHEMA_VERSION) => Err(PostgresError::OldBase {
                place: self.place().to_owned(),
            }),
            Some(found) => Err(PostgresError::OtherVersion {
                place: self.place().to_owned(),
                found,
            }),
            None => Err(PostgresError::NotInstalled {
                place: self.place().to_owned(),
            }),
        }
    }

    /// The number of the last file of [`BASE`] that was run there.
    async fn base_version(&mut self) -> Result<usize, PostgresError> {
        let doing = "look for the tables";
        let version = "select base_version from stringee.cluster".to_owned();
        let rows = self.rows(doing, version).await?;
        let row = rows.first();
        let version: Option<i64> = row
            .map(|row| self.get(doing, row, "base_version"))
            .transpose()?;
        Ok(usize::try_from(version.unwrap_or(0)).unwrap_or(0))
    }

    /// Brings what stands beside the rules' tables up to date, in one transaction; true if something was done.
    ///
    /// # Errors
    /// The tables are not there, or the role may not change them.
    pub async fn upgrade(&mut self) -> Result<bool, PostgresError> {
        let doing = "bring the tables up to date";
        let base = match self.schema_version().await? {
            Some(_) => self.base_version().await?,
            None => 0,
        };
        let missing = BASE.get(base..).unwrap_or_default();
        if base == 0 || missing.is_empty() {
            return self.must_be_ours().await.map(|()| false);
        }
        let begin =
            "begin; set local role stringee_owner; set local search_path = stringee, pg_temp";
        self.run(doing, begin.to_owned()).await?;
        for text in missing {
            self.run(doing, (*text).to_owned()).await?;
        }
        let base = BASE.len();
        let end = format!("update cluster set base_version = {base}; commit");
        self.run(doing, end).await?;
        self.must_be_ours().await.map(|()| true)
    }

    /// Puts rows in the place of those that a new project has.
    async fn fill(&mut self, project: i64, rules: &RuleSet) -> Result<(), PostgresError> {
        let changes = ChangeSet::between(&self.rule_set(project).await?, rules);
        for batch in batches(&changes.rows) {
            self.write(project, &batch).await?;
        }
        Ok(())
    }
}
