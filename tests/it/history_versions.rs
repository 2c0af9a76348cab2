//! What has changed between two versions, and how it is taken back: on real files, edited by somebody else.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::path::PathBuf;

use jiff::Timestamp;
use routing::table::Tables;
use stringee_router::exchange::ChangeSet;
use stringee_router::plan::taken_back;
use stringee_router::store::{
    self, AcceptedVersion, ChangeQuery, Editor, JournalFile, Op, Reader, RowChange, Writer,
};
use tempfile::TempDir;

use crate::database::{Database, Shell};

/// A rules database whose versions are recorded as a server does it.
pub(crate) struct Recorded {
    pub(crate) database: Database,
    directory: TempDir,
    copies: u64,
}

impl Recorded {
    /// The demo data, as version 1.
    async fn demo() -> Self {
        let mut recorded = Self {
            database: Database::demo().await,
            directory: TempDir::new().unwrap(),
            copies: 0,
        };
        assert_eq!(recorded.accept().await, Some(1));
        recorded
    }

    /// Copies the rules as they stand now, and records what has changed since the last copy.
    async fn accept(&mut self) -> Option<i64> {
        let old = self.copy();
        self.copies += 1;
        let new = self.copy();
        store::copy(&self.database.path(), &new).await.unwrap();
        let hash = self.copies.to_string();
        let version = AcceptedVersion {
            number: 0,
            hash: &hash,
            at: Timestamp::UNIX_EPOCH,
            source: "database",
        };
        let old = (self.copies > 1).then_some(&*old);
        store::record_version(&self.journal(), old, &new, &version)
            .await
            .unwrap()
    }

    /// The changes of a version.
    async fn changes(&self, version: i64) -> Vec<RowChange> {
        let mut journal = JournalFile::open_to_read(&self.journal()).await.unwrap();
        journal.changes(&ChangeQuery::of(version)).await.unwrap()
    }

    /// The same in words: what, which row, and by whom.
    async fn lines(&self, version: i64) -> Vec<String> {
        let line = |change: &RowChange| {
            let by = change.note.as_ref().map_or("-", |note| &note.actor);
            format!("{} {} {} by {by}", change.op, change.table, change.key)
        };
        self.changes(version).await.iter().map(line).collect()
    }

    /// Takes a version back; what comes back is how many rows were written, or why nothing was.
    async fn undo(&self, version: i64) -> Result<usize, String> {
        let mut changes = self.changes(version).await;
        changes.reverse();
        let editor = Editor {
            actor: "lan",
            reason: "undo",
        };
        let mut writer = Writer::begin(&self.database.path(), editor).await.unwrap();
        let present = writer.rule_set().await.unwrap();
        let undo = taken_back(&present, &changes).map_err(|error| error.to_string())?;
        let refused = writer.apply(&undo, |_, _| ()).await.unwrap();
        if let Some(refused) = refused.first() {
            return Err(refused.reason.clone());
        }
        let after = writer.rule_set_after(&present).await.unwrap();
        let unlike = ChangeSet::between(&present.with(&undo.rows), &after).rows;
        if let Some(unlike) = unlike.first() {
            return Err(format!(
                "{} {} would change",
                unlike.table.name(),
                unlike.key()
            ));
        }
        writer.commit().await.unwrap();
        Ok(undo.rows.len())
    }

    async fn everything(&self) -> (Tables, Vec<String>) {
        let mut shell = self.database.shell().await;
        everything(&self.database.path(), &mut shell).await
    }

    fn copy(&self) -> PathBuf {
        self.directory
            .path()
            .join(format!("a 'copy' %20#{}?.db", self.copies))
    }

    fn journal(&self) -> PathBuf {
        self.directory.path().join("state").join("journal.db")
    }
}

/// All rows, and the columns that the compiler does not read.
pub(crate) async fn everything(path: &std::path::Path, shell: &mut Shell) -> (Tables, Vec<String>) {
    let tables = Reader::open(path)
        .await
        .unwrap()
        .load()
        .await
        .unwrap()
        .tables;
    let notes = "
        select quote(key) || quote(note) from settings union all
        select quote(id) || quote(note) from queues union all
        select quote(id) || quote(note) from agents union all
        select quote(number) || quote(name) || quote(note) from callers union all
        select quote(id) || quote(note) from rules order by 1";
    (tables, shell.texts(notes).await)
}

#[tokio::test]
async fn a_version_is_the_rows_that_differ_with_who_and_why() {
    let mut recorded = Recorded::demo().await;
    let mut shell = recorded.database.shell().await;
    shell
        .run(
            "begin; insert into editor (actor, reason) values ('hoa', 'new hotline');
            insert into queues (id, name) values ('QU_1', 'Sales');
            update queues set note = 'later' where id = 'QU_1';
            update agents set name = 'Minh (2)', note = 'new' where id = 'minh';
            delete from editor; commit;
            delete from group_members where group_id = 'vip' and agent_id = (select agent_id from group_members where group_id = 'vip' limit 1)",
        )
        .await;
    assert_eq!(recorded.accept().await, Some(2));
    let lines = recorded.lines(2).await;
    assert_eq!(
        lines[..2],
        ["insert queues QU_1 by hoa", "update agents minh by hoa"]
    );
    assert!(
        lines[2].starts_with("delete group_members vip/") && lines[2].ends_with(" by unknown"),
        "{lines:?}"
    );
    let changes = recorded.changes(2).await;
    assert_eq!(
        changes[0].after.as_deref(),
        Some(r#"{"id":"QU_1","name":"Sales","note":"later"}"#)
    );
    assert_eq!(
        (&changes[0].before, changes[0].op, changes[0].number),
        (&None, Op::Insert, 1)
    );
    assert_eq!(
        changes[0].note.as_ref().unwrap().reason.as_deref(),
        Some("new hotline")
    );
    assert!(
        changes[1]
            .before
            .as_ref()
            .unwrap()
            .contains("\"id\":\"minh\"")
    );
}

#[tokio::test]
async fn an_edit_that_got_past_the_log_is_found_and_marked() {
    let mut recorded = Recorded::demo().await;
    let mut shell = recorded.database.shell().await;
    shell.run("update queues set note = 'logged'").await;
    shell.run("drop trigger agents_updated; update agents set note = 'not logged' where id in ('hoa', 'minh')").await;
    shell
        .run("insert or replace into callers (number, note) values ('84900000001', 'logged')")
        .await;
    shell.run("insert or replace into callers (number, note) values ('84900000002', 'logged, then not')").await;
    shell.run("drop trigger callers_updated; update callers set note = 'x' where number = '84900000002'").await;
    recorded.accept().await;
    let lines = recorded.lines(2).await;
    let not_logged: Vec<&String> = lines.iter().filter(|line| line.ends_with("by -")).collect();
    assert_eq!(
        not_logged,
        [
            "update agents hoa by -",
            "update agents minh by -",
            "insert callers 84900000002 by -"
        ]
    );
    let mut journal = JournalFile::open_to_read(&recorded.journal())
        .await
        .unwrap();
    let version = journal
        .versions(Some(2), None, None)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (version.not_logged, version.changes),
        (3, i64::try_from(lines.len()).unwrap())
    );
}

#[tokio::test]
async fn a_renamed_row_is_two_changes_and_both_are_explained() {
    let mut recorded = Recorded::demo().await;
    let mut shell = recorded.database.shell().await;
    shell.run("insert into editor (actor) values ('lan'); update agents set id = 'hoa2' where id = 'hoa'").await;
    recorded.accept().await;
    let lines = recorded.lines(2).await;
    assert!(
        lines.contains(&"delete agents hoa by lan".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"insert agents hoa2 by lan".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.iter().all(|line| line.ends_with("by lan")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_version_that_comes_again_is_not_written_again() {
    let recorded = Recorded::demo().await;
    let again = AcceptedVersion {
        number: 9,
        hash: "1",
        at: Timestamp::UNIX_EPOCH,
        source: "database",
    };
    let copy = recorded.copy();
    let journal = recorded.journal();
    assert_eq!(
        store::record_version(&journal, Some(&copy), &copy, &again)
            .await
            .unwrap(),
        None
    );
    let next = AcceptedVersion { hash: "2", ..again };
    assert_eq!(
        store::record_version(&journal, Some(&copy), &copy, &next)
            .await
            .unwrap(),
        Some(9)
    );
    let restarted = AcceptedVersion {
        hash: "3",
        number: 1,
        ..again
    };
    assert_eq!(
        store::record_version(&journal, Some(&copy), &copy, &restarted)
            .await
            .unwrap(),
        Some(10)
    );
}

#[tokio::test]
async fn an_undo_restores_exactly_what_was() {
    let edits = "
        insert into editor (actor) values ('hoa');
        update agents set id = 'hoa2', note = 'married' where id = 'hoa';
        update groups set id = 'support', strategy = 'rotate' where id = 'cskh';
        update schedules set id = 'night' where id = 'truc_dem';
        update callers set owner_id = null where owner_id in ('hoa2', 'minh');
        delete from agents where id in ('linh', 'hoa2', 'minh');
        delete from rules where id = 4;
        delete from groups where id = 'tieng_anh';
        update rules set position = position + 1000;
        update settings set value = 'vip' where key = 'fallback_group';
        delete from settings where key = 'max_agents';
        insert into agents (id, name) values ('nam', 'Nam'), ('bac', 'Bắc');
        update agents set cover_id = 'nam' where id = 'bac';
        update agents set cover_id = 'bac' where id = 'nam';
        insert into group_members (group_id, agent_id) values ('vip', 'nam');
        update callers set owner_id = 'nam';
        update rule_tests set expect_agents = '' where id > 20;
        delete from queues;
        update schedule_hours set id = id + 100 where days is null;
        delete from editor";
    for keys in [false, true] {
        let mut recorded = Recorded::demo().await;
        let before = recorded.everything().await;
        let mut shell = Shell::open(&recorded.database.path(), keys).await;
        shell.run(edits).await;
        recorded.accept().await;
        let edited = recorded.everything().await;
        assert!(edited != before);
        let written = recorded.undo(2).await.unwrap();
        assert!(recorded.everything().await == before, "foreign keys {keys}");
        assert_eq!(written, recorded.changes(2).await.len());
        recorded.accept().await;
        let lines = recorded.lines(3).await;
        assert!(
            lines.iter().all(|line| line.ends_with("by lan")),
            "an undo is logged: {lines:?}"
        );
        recorded.undo(3).await.unwrap();
        assert!(
            recorded.everything().await == edited,
            "an undo can be undone, foreign keys {keys}"
        );
    }
}

#[tokio::test]
async fn rows_that_have_moved_on_are_not_undone() {
    let mut recorded = Recorded::demo().await;
    let mut shell = recorded.database.shell().await;
    shell
        .run("update agents set note = 'a' where id in ('hoa', 'minh')")
        .await;
    recorded.accept().await;
    shell
        .run("update agents set note = 'b' where id = 'minh'")
        .await;
    let before = recorded.everything().await;
    let error = recorded.undo(2).await.unwrap_err();
    assert_eq!(
        error,
        "cannot undo: agents minh has been edited since: note is 'b', and version 2 made it 'a'"
    );
    assert!(
        recorded.everything().await == before,
        "nothing has happened"
    );
}

#[tokio::test]
async fn what_others_have_changed_since_in_the_same_row_stays() {
    let mut recorded = Recorded::demo().await;
    let mut shell = recorded.database.shell().await;
    shell
        .run("update agents set note = 'a', answer_timeout = 20 where id = 'minh'")
        .await;
    recorded.accept().await;
    shell
        .run("update agents set name = 'Minh (2)', enabled = 0 where id = 'minh'")
        .await;
    recorded.undo(2).await.unwrap();
    let minh = "select name || enabled || coalesce(note, '-') || coalesce(answer_timeout, '-')
        from agents where id = 'minh'";
    assert_eq!(shell.texts(minh).await, ["Minh (2)0--"]);
}

#[tokio::test]
async fn what_came_to_depend_on_a_row_since_is_not_lost() {
    let mut recorded = Recorded::demo().await;
    let mut shell = recorded.database.shell().await;
    shell
        .run("insert into agents (id, name) values ('nam', 'Nam'); insert into groups (id, name) values ('g', 'G')")
        .await;
    recorded.accept().await;
    shell
        .run("update callers set owner_id = 'nam' where number = '0282220*'")
        .await;
    let before = recorded.everything().await;
    let error = recorded.undo(2).await.unwrap_err();
    assert!(
        error.starts_with("'nam' is the owner of 1 caller; give them another owner or NULL first"),
        "{error}"
    );
    shell
        .run("update callers set owner_id = null where number = '0282220*'")
        .await;
    shell.run("update rule_steps set group_id = 'g' where rule_id = (select min(rule_id) from rule_steps where group_id is not null) and group_id is not null").await;
    let error = recorded.undo(2).await.unwrap_err();
    assert!(
        error.contains("this group is still rung by rule_steps"),
        "{error}"
    );
    drop(before);
}

#[tokio::test]
async fn a_column_that_an_admin_added_is_compared_and_restored() {
    let mut recorded = Recorded::demo().await;
    let mut shell = recorded.database.shell().await;
    shell.run("update queues set name = name || '!'").await;
    recorded.accept().await;
    shell
        .run("alter table queues add column \"Màu 'x\" text default 'red'")
        .await;
    recorded.accept().await;
    assert_eq!(
        recorded.lines(3).await,
        [""; 0],
        "the old version has no such column"
    );
    shell.run("update queues set \"Màu 'x\" = 'blue'").await;
    recorded.accept().await;
    assert!(recorded.lines(4).await[0].starts_with("update queues "));
    recorded.undo(4).await.unwrap();
    assert_eq!(
        shell.texts("select distinct \"Màu 'x\" from queues").await,
        ["red"]
    );
    recorded.undo(2).await.unwrap();
    assert_eq!(
        shell.texts("select distinct \"Màu 'x\" from queues").await,
        ["red"],
        "undone without that column"
    );
    assert_eq!(
        shell
            .texts("select name from queues where name like '%!'")
            .await,
        [""; 0]
    );
}

#[tokio::test]
async fn an_editor_who_is_in_the_middle_of_it_stays() {
    let mut recorded = Recorded::demo().await;
    let mut shell = recorded.database.shell().await;
    shell.run("update queues set note = 'a'").await;
    recorded.accept().await;
    shell
        .run("insert into editor (actor, reason) values ('hoa', 'still at it')")
        .await;
    recorded.undo(2).await.unwrap();
    assert_eq!(
        shell
            .texts("select actor || ' ' || reason from editor")
            .await,
        ["hoa still at it"]
    );
    assert_eq!(
        shell
            .texts("select actor from changes order by id desc limit 1")
            .await,
        ["lan"]
    );
}
