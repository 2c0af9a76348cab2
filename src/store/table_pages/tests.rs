//! What is taken over is what a whole reading would find, whatever is done to the file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use rusqlite::OpenFlags;

use super::*;
use crate::store::load::{self, Access};
use crate::store::{Content, LoadBudget, copy, create};
use routing::table::Tables;

/// The demo with many rows more, some of which are longer than a page.
static RULES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const ROWS: &str = "
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 300)
        insert into callers (number, name, tags) select '849' || (10000000 + i * 7), 'Caller', substr(hex(zeroblob(3000)), 1, i * i % 5000 + 1) from n;
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 60)
        insert into agents (id, name) select 'user_' || i, 'Agent ' || i from n;
        insert into groups (id, name) values ('many', 'many');
        insert into group_members (group_id, agent_id) select 'many', id from agents;
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 60)
        insert into rules (id, position, name) select 1000 + i, 1000 + i, 'rule ' || i from n;
        insert into rule_steps (rule_id, step, group_id) select id, 1, 'many' from rules where id > 1000;";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rules.db");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(create(&path, Content::Demo)).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(ROWS).unwrap();
    connection.close().unwrap();
    crate::files::read(&path, crate::files::MAX_BYTES).unwrap()
});

/// A rules database, and a copy of it that is read.
struct Edited {
    directory: tempfile::TempDir,
    editor: Option<Connection>,
}

/// A copy, all of its rows, and where they stand.
struct Whole {
    connection: Connection,
    file: File,
    tables: Tables,
}

impl Edited {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut edited = Self {
            directory,
            editor: None,
        };
        edited.replace(&RULES);
        edited
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("rules.db")
    }

    /// Puts another file in its place.
    fn replace(&mut self, bytes: &[u8]) {
        self.editor = None;
        fs::write(self.directory.path().join("new"), bytes).unwrap();
        fs::rename(self.directory.path().join("new"), self.path()).unwrap();
        self.editor = Some(Connection::open(self.path()).unwrap());
    }

    /// An edit that is refused changes nothing, which is an edit as well.
    fn edit(&self, sql: &str) {
        drop(self.editor.as_ref().unwrap().execute_batch(sql));
    }

    fn copied(&self) -> Whole {
        let copied = self.directory.path().join("copy.db");
        let editor = self.editor.as_ref().unwrap();
        copy::save(editor, &self.path(), &copied).unwrap();
        Whole::of(&copied)
    }
}

impl Whole {
    fn of(copied: &Path) -> Self {
        let connection = load::connect(copied, Access::ReadOnly, Duration::from_secs(1)).unwrap();
        let tables = load::load(&connection, copied, LoadBudget::UNLIMITED, false, &[]);
        Self {
            file: File::open(copied).unwrap(),
            tables: tables.unwrap().tables,
            connection,
        }
    }

    fn pages(&self, before: Option<&TablePages>) -> TablePages {
        TablePages::of(&self.connection, &self.file, &self.tables.marks(), before).unwrap()
    }

    fn unchanged(&self, before: &TablePages) -> Vec<Table> {
        let unchanged = before.unchanged(&self.connection, &self.file).unwrap();
        for rows in &unchanged {
            assert_eq!(
                self.tables.mark(rows.table),
                *rows,
                "other rows than were read"
            );
        }
        let path = Path::new("copy.db");
        let budget = LoadBudget::UNLIMITED;
        let partly = load::load(&self.connection, path, budget, false, &unchanged)
            .unwrap()
            .tables;
        assert_eq!(partly.fingerprint(), self.tables.fingerprint());
        let mut completed = partly;
        let unread: BTreeSet<Table> = unchanged.iter().map(|rows| rows.table).collect();
        load::load_more(&self.connection, path, budget, &mut completed, &unread).unwrap();
        assert!(completed == self.tables, "read later, it is something else");
        unchanged.into_iter().map(|rows| rows.table).collect()
    }
}

/// What people and programs do to a rules database, with two numbers that say where.
const EDITS: [&str; 30] = [
    "select 1",
    "update settings set value = 10 + {a} % 10 where key = 'answer_timeout'",
    "insert into callers (number, tags) values ('8477' || (1000000 + {a}), 'new')",
    "insert into callers (number, tags) values ('8477' || (1000000 + {a}), hex(zeroblob({b})))",
    "delete from callers where rowid % 7 = {a} % 7",
    "update callers set tags = hex(zeroblob({b})) where rowid % 11 = {a} % 11",
    "update callers set tags = replace(tags, '0', '1') where rowid % 11 = {a} % 11",
    "update callers set owner_id = 'user_' || (1 + {a} % 60) where rowid % 13 = {b} % 13",
    "update callers set name = name || '!' where rowid % 13 = {b} % 13",
    "update callers set rowid = rowid + 100000 where rowid % 17 = {a} % 17",
    "update agents set name = 'Agent ' || {b} where rowid % 17 = {a} % 17",
    "update agents set enabled = 1 - enabled where rowid % 17 = {a} % 17",
    "insert into agents (id, name) values ('new_' || {a}, hex(zeroblob({b})))",
    "delete from agents where id = 'user_' || (1 + {a} % 60)",
    "update group_members set weight = {b} % 1000 where rowid % 17 = {a} % 17",
    "delete from group_members where rowid % 5 = {a} % 5",
    "update rules set name = 'rule ' || {b} where id % 17 = {a} % 17",
    "insert into rules (position, name) values ({a}, hex(zeroblob({b})))",
    "delete from rules where id = 1000 + {a} % 60",
    "update rule_steps set after_seconds = {b} % 100 where rule_id % 17 = {a} % 17",
    "vacuum",
    "reindex",
    "analyze",
    "create index if not exists of_names on callers (name); drop index if exists of_tags",
    "create index if not exists of_tags on callers (tags); drop index if exists of_names",
    "pragma journal_mode = delete; pragma page_size = 512; vacuum",
    "pragma journal_mode = delete; pragma page_size = 4096; vacuum",
    "pragma journal_mode = wal",
    "pragma auto_vacuum = full; vacuum",
    "alter table callers add column more text",
];

/// Deletes and writes the same rows again: nothing has changed but their places.
const MOVED: &str = "begin; create temp table moved as select * from callers; delete from callers;
    insert into callers select * from moved order by number desc; drop table moved; commit";

#[derive(Clone, Debug)]
enum Step {
    Edit(usize, u32, u32),
    Move,
    /// A file from before stands there again.
    Replace,
    /// The same again, so that something can be taken over.
    Nothing,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..EDITS.len(), 0_u32..10_000, 0_u32..3000).prop_map(|(edit, a, b)| Step::Edit(edit, a, b)),
        1 => Just(Step::Move),
        1 => Just(Step::Replace),
        1 => Just(Step::Nothing),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn a_table_is_unchanged_only_if_its_rows_are_the_same(steps in prop::collection::vec(any_step(), 1..10)) {
        let mut edited = Edited::new();
        let mut before = edited.copied().pages(None);
        for step in steps {
            match &step {
                Step::Edit(edit, a, b) => {
                    let sql = EDITS[*edit].replace("{a}", &a.to_string());
                    edited.edit(&sql.replace("{b}", &b.to_string()));
                }
                Step::Move => edited.edit(MOVED),
                Step::Replace => edited.replace(&RULES),
                Step::Nothing => {}
            }
            let whole = edited.copied();
            let unchanged = whole.unchanged(&before);
            if matches!(step, Step::Nothing) {
                prop_assert_eq!(&unchanged, &LARGE);
            }
            let pages = whole.pages(Some(&before));
            let alone = whole.pages(None);
            prop_assert_eq!(&pages.owners, &alone.owners);
            prop_assert_eq!(whole.unchanged(&alone), &LARGE);
            prop_assert_eq!(whole.unchanged(&pages), &LARGE);
            before = pages;
        }
    }

    #[test]
    fn a_table_with_another_byte_is_not_unchanged(places in prop::collection::vec(any::<prop::sample::Index>(), 1..20), bit in 0_u8..8) {
        let edited = Edited::new();
        let whole = edited.copied();
        let pages = whole.pages(None);
        let path = edited.directory.path().join("copy.db");
        let sound = crate::files::read(&path, crate::files::MAX_BYTES).unwrap();
        for place in places {
            let mut bytes = sound.clone();
            let place = place.index(bytes.len());
            bytes[place] ^= 1_u8 << bit;
            fs::write(&path, &bytes).unwrap();
            let page_bytes = pages.layout.page_bytes;
            let damaged = pages.owners[place / page_bytes];
            let digests = digests(&File::open(&path).unwrap(), page_bytes, &pages.owners).unwrap();
            for (owner, table) in LARGE.into_iter().enumerate() {
                prop_assert_eq!(digests[owner] == pages.known[&table].digest, damaged != Some(owner));
            }
        }
    }
}

#[test]
fn an_edit_leaves_the_tables_unchanged_that_it_does_not_touch() {
    let edits = [
        ("update settings set note = 'x'", None),
        ("insert into queues (id, name) values ('q', 'q')", None),
        (
            "update agents set enabled = 0 where id = 'user_7'",
            Some(Table::Agents),
        ),
        (
            "update group_members set answer_timeout = 31 where group_id = 'many'",
            Some(Table::GroupMembers),
        ),
        (
            "delete from callers where rowid % 3 = 0",
            Some(Table::Callers),
        ),
        (
            "update callers set tags = hex(zeroblob(2900)) where rowid = 20",
            Some(Table::Callers),
        ),
        (
            "insert into rules (position, name) values (1, 'x')",
            Some(Table::Rules),
        ),
        (
            "update rule_steps set after_seconds = 3 where rule_id = 1001",
            Some(Table::RuleSteps),
        ),
    ];
    let edited = Edited::new();
    let mut before = edited.copied().pages(None);
    for (sql, touched) in edits {
        edited.edit(sql);
        let whole = edited.copied();
        let expected: Vec<Table> = LARGE
            .into_iter()
            .filter(|table| Some(*table) != touched)
            .collect();
        assert_eq!(whole.unchanged(&before), expected, "{sql}");
        before = whole.pages(Some(&before));
    }
}

#[test]
fn a_table_in_another_form_is_read() {
    let forms = [
        "drop table callers; create virtual table callers using fts5 (number, name, owner_id, tags, expires_on, note)",
        "alter table callers rename to others; create table callers as select * from others",
        "alter table callers rename column name to called; alter table callers add column name text",
        "pragma user_version = 4",
    ];
    for form in forms {
        let edited = Edited::new();
        let before = edited.copied().pages(None);
        edited.editor.as_ref().unwrap().execute_batch(form).unwrap();
        let copied = edited.directory.path().join("copy.db");
        copy::save(edited.editor.as_ref().unwrap(), &edited.path(), &copied).unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(&copied, flags).unwrap();
        let file = File::open(&copied).unwrap();
        assert_eq!(before.unchanged(&connection, &file).unwrap(), [], "{form}");
        let mut again = TablePages::of(&connection, &file, &[], None).unwrap();
        let is_known = again.find_pages(&connection, Table::Callers, 2).unwrap();
        assert_eq!(is_known, !form.contains("virtual"), "{form}");
    }
}
