//! An edit of ours, written to PostgreSQL: the one way in which commands do.

use super::{Postgres, PostgresError, quoted};
use crate::exchange::ChangeSet;
use crate::store::Editor;
use crate::store::write::batches;

impl Postgres {
    /// Writes an edit that was made from the rows of `version`; what comes back is the version that it makes.
    ///
    /// # Errors
    /// Somebody has edited since that version; a row is refused; PostgreSQL is gone. Nothing has happened then, unless
    /// PostgreSQL went while it committed.
    pub async fn push(
        &mut self,
        project: i64,
        version: i64,
        changes: &ChangeSet,
        editor: Editor<'_>,
    ) -> Result<i64, PostgresError> {
        let doing = "write the edit";
        let begin = format!(
            "begin; select set_config('stringee.project', '{project}', true),
            set_config('stringee.actor', {}, true), set_config('stringee.reason', {}, true)",
            quoted(editor.actor),
            quoted(editor.reason)
        );
        self.run(doing, begin).await?;
        // Who holds the row edits alone; others wait here.
        if self.version(project, "for update").await? != version {
            self.run(doing, "rollback".to_owned()).await?;
            return Err(PostgresError::EditedMeanwhile {
                place: self.place().to_owned(),
            });
        }
        for batch in batches(&changes.rows) {
            self.write(project, &batch).await?;
        }
        let version = self.version(project, "").await?;
        self.run("commit the edit", "commit".to_owned()).await?;
        Ok(version)
    }

    async fn version(&mut self, project: i64, lock: &str) -> Result<i64, PostgresError> {
        let doing = "ask for the version";
        let select = format!("select version from stringee.projects where id = {project} {lock}");
        let rows = self.rows(doing, select).await?;
        let row = rows.first();
        let version = row.map(|row| self.get(doing, row, "version")).transpose()?;
        version.ok_or_else(|| PostgresError::NoProject {
            place: self.place().to_owned(),
            project,
        })
    }
}
