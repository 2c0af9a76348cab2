//! Cutting the table `changes` to what is kept: with each edit of ours, in its own transaction. Nobody else's edit pays for
//! it, and no trigger does it, so no statement of an admin takes longer than it seems.

use std::path::Path;

use super::logged::PULL;
use super::{Editor, LIMIT, Writer};
use crate::store::StoreError;
use crate::store::connection::within;

/// How much of the log is kept; what is older or more is written off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangesKept {
    /// Days, counted from its newest line, or from now if that is earlier: a wrong clock deletes nothing.
    pub days: u32,
    /// Lines.
    pub lines: u64,
}

impl Default for ChangesKept {
    fn default() -> Self {
        Self {
            days: 365,
            lines: 1_000_000,
        }
    }
}

/// How many lines one edit writes off at most, beside as many as it has added: a fraction of a second.
const LINES_AT_ONCE: i64 = 10_000;

/// The oldest lines first. Ids are given out one after the other, so they say how many lines there are without counting,
/// and at most `?4` lines are looked at. What `pull` has written is not kept anywhere else.
const WRITE_OFF: &str = "
    delete from changes where id in (
        select id from (
            select id, at from changes
            where id <= ?1 and not coalesce(reason = ?5 or substr(reason, 1, length(?5) + 1) = ?5 || ':', 0)
            order by id limit ?4)
        where id <= (select max(id) from changes) - ?2
            or at < (
                select strftime('%Y-%m-%dT%H:%M:%fZ', min(julianday(newest.at), julianday('now')), ?3)
                from changes newest where newest.id = ?1))";

impl Writer {
    /// The same, with so much of the changes log kept.
    #[must_use]
    pub const fn keeping(mut self, kept: ChangesKept) -> Self {
        self.kept = kept;
        self
    }

    /// Writes off some of the lines that are too old or too many. Our own lines stay. Returns how many went.
    pub(super) async fn write_off(&mut self) -> Result<u64, StoreError> {
        let ours = "select coalesce(max(id), 0) from changes";
        let newest = super::number(&mut self.connection, ours);
        let doing = "cut the log of changes";
        let newest = within(LIMIT, &self.path, doing, newest).await?;
        let most = LINES_AT_ONCE.saturating_add(newest.saturating_sub(self.last_change));
        let delete = sqlx::query(WRITE_OFF)
            .bind(self.last_change)
            .bind(i64::try_from(self.kept.lines).unwrap_or(i64::MAX))
            .bind(format!("-{} days", self.kept.days))
            .bind(most)
            .bind(PULL)
            .persistent(false);
        let deleted = within(
            LIMIT,
            &self.path,
            doing,
            delete.execute(&mut self.connection),
        );
        Ok(deleted.await?.rows_affected())
    }
}

/// Writes off all lines that are too old or too many, in many short transactions. Returns how many went.
///
/// # Errors
/// Somebody else writes for too long, or the file is none of ours; what went by then is gone.
pub async fn write_off_changes(path: &Path, kept: ChangesKept) -> Result<u64, StoreError> {
    let editor = Editor {
        actor: "stringee-router",
        reason: "the log of changes is cut",
    };
    let mut all = 0;
    loop {
        let mut writer = Writer::begin(path, editor).await?.keeping(kept);
        let deleted = writer.write_off().await?;
        // A commit would do it once more.
        writer.end_edit("commit the cut").await?;
        all += deleted;
        if deleted == 0 {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::store::{Content, create, load_copy};

    const EDITOR: Editor<'static> = Editor {
        actor: "hoa",
        reason: "a test",
    };

    /// Rules whose log has so many lines, the first of them years old and the last of this year.
    async fn rules_with(lines: i64, days_ago: i64) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Empty).await.unwrap();
        let mut writer = Writer::begin(&path, EDITOR).await.unwrap();
        let fill = "
            with recursive line (number) as (select 1 union all select number + 1 from line where number < ?1)
            insert into changes (id, at, actor, table_name, row_key, op)
            select number, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', -((?1 - number) * ?2 / ?1) || ' days'), 'lan', 'agents',
                number, 'insert'
            from line";
        writer
            .execute("clear", "delete from changes")
            .await
            .unwrap();
        let fill = sqlx::query(fill).bind(lines).bind(days_ago);
        fill.execute(&mut writer.connection).await.unwrap();
        writer.execute("commit", "commit").await.unwrap();
        (directory, path)
    }

    async fn edit(path: &Path, kept: ChangesKept) -> i64 {
        let mut writer = Writer::begin(path, EDITOR).await.unwrap().keeping(kept);
        let edit = "update settings set note = coalesce(note, '') || 'x' where key = (select min(key) from settings)";
        writer.execute("edit", edit).await.unwrap();
        writer.commit().await.unwrap();
        lines(path).await
    }

    async fn lines(path: &Path) -> i64 {
        let mut writer = Writer::begin(path, EDITOR).await.unwrap();
        let count = super::super::number(&mut writer.connection, "select count(*) from changes");
        let count = count.await.unwrap();
        writer.roll_back().await.unwrap();
        count
    }

    #[tokio::test]
    async fn each_edit_writes_off_some_lines_that_are_too_many_or_too_old() {
        let many = ChangesKept {
            days: 3_650,
            lines: 5_000,
        };
        let (_directory, path) = rules_with(30_000, 0).await;
        assert_eq!(edit(&path, many).await, 30_000 - 10_000);
        assert_eq!(edit(&path, many).await, 20_000 - 10_000);
        assert_eq!(edit(&path, many).await, 5_000);
        assert_eq!(edit(&path, many).await, 5_000);
        let young = ChangesKept {
            days: 90,
            lines: 1_000_000,
        };
        let (_directory, path) = rules_with(1_000, 1_000).await;
        let left = edit(&path, young).await;
        assert!(
            (91..=92).contains(&left),
            "{left} of the last 90 days, and the edit"
        );
        assert_eq!(edit(&path, ChangesKept::default()).await, left + 1);
    }

    #[tokio::test]
    async fn all_of_it_goes_at_once_if_somebody_wants_it_and_the_rules_stay() {
        let (_directory, path) = rules_with(35_000, 0).await;
        let before = load_copy(&path).await.unwrap();
        let kept = ChangesKept {
            days: 1,
            lines: 1_000,
        };
        assert_eq!(write_off_changes(&path, kept).await.unwrap(), 34_000);
        assert_eq!(write_off_changes(&path, kept).await.unwrap(), 0);
        assert_eq!(lines(&path).await, 1_000);
        assert!(load_copy(&path).await.unwrap() == before);
    }
}
