//! Reading while others write: values as they are, one moment at a time, never nothing instead of something.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::path::Path;

use routing::table::{Cell, CellRef, Table, Tables};
use stringee_router::store::{Editor, LoadBudget, Ran, Reader, StoreError, Writer, export};

use crate::database::{Database, Shell};

/// Loads everything once.
async fn load(path: &Path) -> Result<Tables, StoreError> {
    Ok(Reader::open(path).await?.load().await?.tables)
}

/// One cell of the agent `hoa`.
fn hoa(tables: &Tables, column: &str) -> Cell {
    let column = Table::Agents.column(column).unwrap();
    let index = column.compiled.unwrap();
    let row = tables
        .rows(Table::Agents)
        .find(|row| row.get(0) == Some(CellRef::from("hoa")))
        .unwrap();
    Cell::from(row.get(index).unwrap())
}

#[tokio::test]
async fn a_value_comes_out_with_the_type_it_has_in_the_file() {
    let not_utf8: &[u8] = &[0x48, 0xff];
    let cases = [
        ("phone_number = null", "phone_number", Cell::Null),
        ("answer_timeout = 30", "answer_timeout", Cell::Integer(30)),
        (
            "answer_timeout = 'soon'",
            "answer_timeout",
            Cell::from("soon"),
        ),
        ("answer_timeout = 1.5", "answer_timeout", Cell::Real(1.5)),
        ("answer_timeout = ''", "answer_timeout", Cell::from("")),
        (
            "name = 'Nguyễn' || char(0) || 'Hoa'",
            "name",
            Cell::from("Nguyễn\0Hoa"),
        ),
        ("name = x'48ff'", "name", Cell::Blob(not_utf8.into())),
        (
            "name = cast(x'48ff' as text)",
            "name",
            Cell::Blob(not_utf8.into()),
        ),
        ("name = x''", "name", Cell::Blob([].into())),
    ];
    for (damage, column, cell) in cases {
        let database = Database::demo().await;
        let mut shell = database.shell().await;
        shell
            .run("pragma ignore_check_constraints = 1; drop trigger agents_updated")
            .await;
        shell
            .run(&format!("update agents set {damage} where id = 'hoa'"))
            .await;
        assert_eq!(
            hoa(&load(&database.path()).await.unwrap(), column),
            cell,
            "{damage}"
        );
    }
}

#[tokio::test]
async fn rows_come_in_the_order_of_their_keys() {
    let database = Database::demo().await;
    let before = load(&database.path()).await.unwrap();
    let again = "
        create temp table kept as select * from callers;
        delete from callers; insert into callers select * from kept order by number desc; drop table temp.kept";
    database.shell().await.run(again).await;
    assert!(load(&database.path()).await.unwrap() == before);
}

#[tokio::test]
async fn somebody_elses_commit_is_noticed_and_seen() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    let mut reader = Reader::open(&database.path()).await.unwrap();
    let first = reader.load().await.unwrap();
    assert_eq!(reader.data_version().await.unwrap(), first.data_version);
    shell
        .run("update agents set name = 'Hoa' where id = 'hoa'")
        .await;
    assert_ne!(reader.data_version().await.unwrap(), first.data_version);
    let second = reader.load().await.unwrap();
    assert_eq!(hoa(&second.tables, "name"), Cell::from("Hoa"));
    assert_eq!(reader.data_version().await.unwrap(), second.data_version);
    reader.close().await.unwrap();
}

#[tokio::test]
async fn what_is_not_committed_is_not_seen() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    let mut reader = Reader::open(&database.path()).await.unwrap();
    shell
        .run("begin; update agents set name = 'Hoa' where id = 'hoa'")
        .await;
    assert_eq!(
        hoa(&reader.load().await.unwrap().tables, "name"),
        Cell::from("Nguyễn Thị Hoa")
    );
    shell.run("rollback").await;
}

#[tokio::test]
async fn a_reader_holds_no_lock_between_two_loads() {
    let database = Database::demo().await;
    let mut reader = Reader::open(&database.path()).await.unwrap();
    reader.load().await.unwrap();
    reader.check_pages().await.unwrap();
    reader.data_version().await.unwrap();
    database
        .shell()
        .await
        .run("begin exclusive; delete from rule_tests; commit")
        .await;
    assert_eq!(
        reader.load().await.unwrap().tables.count(Table::RuleTests),
        0
    );
}

#[tokio::test]
async fn a_locked_file_is_busy_and_the_reader_gives_its_connection_up() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    let mut reader = Reader::open(&database.path()).await.unwrap();
    shell.run("begin exclusive").await;
    let error = reader.load().await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    let error = reader.load().await.unwrap_err();
    assert!(matches!(error, StoreError::Closed { .. }), "{error}");
    shell.run("commit").await;
    load(&database.path()).await.unwrap();
}

#[tokio::test]
async fn an_admin_may_add_and_drop_columns_of_their_own_while_we_read() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    let mut reader = Reader::open(&database.path()).await.unwrap();
    let before = reader.load().await.unwrap().tables;
    for _ in 0..5 {
        shell
            .run("alter table agents add column city text default 'Hà Nội'")
            .await;
        assert!(reader.load().await.unwrap().tables == before);
        shell.run("alter table agents drop column city").await;
        assert!(reader.load().await.unwrap().tables == before);
    }
}

#[tokio::test]
async fn tables_that_change_shape_at_any_moment_are_read_whole_or_not_at_all() {
    let database = Database::demo().await;
    let path = database.path();
    let whole = load(&path).await.unwrap();
    let mut shell = database.shell().await;
    let reshape = async {
        for _ in 0..40 {
            persist(&mut shell, "alter table agents add column city text").await;
            persist(&mut shell, "alter table agents drop column city").await;
        }
    };
    let read = async {
        let mut reader = Reader::open(&path).await.unwrap();
        let mut loads = 0;
        while loads < 40 {
            match reader.load().await {
                Ok(loaded) => {
                    assert!(loaded.tables == whole);
                    loads += 1;
                }
                Err(_) => reader = Reader::open(&path).await.unwrap(),
            }
        }
    };
    tokio::join!(reshape, read);
}

/// Tries a statement until nobody holds a lock.
async fn persist(shell: &mut Shell, sql: &str) {
    while let Err(message) = shell.attempt(sql).await {
        assert!(message.contains("locked"), "{message}");
    }
}

#[tokio::test]
async fn columns_of_ours_cannot_be_dropped() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    for column in ["note", "phone_number", "cover_id", "enabled"] {
        shell
            .attempt(&format!("alter table agents drop column {column}"))
            .await
            .unwrap_err();
    }
}

#[tokio::test]
async fn a_missing_table_or_column_is_named() {
    let cases = [
        (
            "alter table agents rename column name to full_name",
            "read the table agents",
            "no such column: name",
        ),
        (
            "drop view problems; drop table rule_tests",
            "read the table rule_tests",
            "no such table: rule_tests",
        ),
    ];
    for (damage, doing, cause) in cases {
        let database = Database::demo().await;
        database.shell().await.run(damage).await;
        let error = load(&database.path()).await.unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with(&format!("rules.db: cannot {doing}")),
            "{error}"
        );
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(cause), "{source}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_rules_database_is_told_from_one_that_is() {
    let database = Database::demo().await;
    let path = database.path();
    let bytes = fs::read(&path).unwrap();
    let half = bytes.get(..bytes.len() / 2).unwrap();
    let mut scribbled = bytes.clone();
    scribbled.get_mut(4096..40_000).unwrap().fill(0x5a);
    let cases: [(&str, &[u8], &str); 4] = [
        (
            "text",
            b"Dear admin, these are the rules. Ring Hoa first, then Minh, then Lan.",
            "is not an SQLite database",
        ),
        (
            "empty",
            b"",
            "but not a rules database (application_id 0, not 1397903956, and not its tables)",
        ),
        ("half", half, "the file is damaged"),
        ("scribbled", &scribbled, "the file is damaged"),
    ];
    for (name, content, sentence) in cases {
        let other = path.with_file_name(name);
        fs::write(&other, content).unwrap();
        let error = load(&other).await.unwrap_err().to_string();
        assert!(error.contains(sentence), "{name}: {error}");
        assert!(error.contains(name), "{error}");
    }
    let error = load(&path.with_file_name("missing")).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
    let error = load(path.parent().unwrap()).await.unwrap_err();
    assert!(matches!(error, StoreError::Query { .. }), "{error}");
}

#[tokio::test]
async fn another_version_is_refused_with_what_to_do() {
    let cases = [
        (
            "pragma user_version = 4",
            "schema version 4, and this program knows versions up to 3; use a newer stringee-router",
        ),
        (
            "pragma user_version = 0",
            "schema version 0, and this program needs 1; run `stringee-router init --upgrade`",
        ),
        (
            "pragma application_id = 1196444487",
            "but not a rules database (application_id 1196444487",
        ),
    ];
    for (damage, sentence) in cases {
        let database = Database::demo().await;
        database.shell().await.run(damage).await;
        let error = load(&database.path()).await.unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }
}

#[tokio::test]
async fn damaged_pages_are_found_but_odd_values_are_not_damage() {
    let database = Database::demo().await;
    let odd = "pragma ignore_check_constraints = 1; update agents set answer_timeout = 'soon'";
    database.shell().await.run(odd).await;
    Reader::open(&database.path())
        .await
        .unwrap()
        .check_pages()
        .await
        .unwrap();
    database
        .shell()
        .await
        .run("pragma writable_schema = 1; delete from sqlite_schema where name = 'agents_cover_id'")
        .await;
    let error = Reader::open(&database.path())
        .await
        .unwrap()
        .check_pages()
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn what_a_crashed_editor_has_half_written_is_rolled_back() {
    let database = Database::demo().await;
    let path = database.path();
    let whole = load(&path).await.unwrap();
    let mut shell = database.shell().await;
    // A tiny cache makes SQLite write pages to the file long before the commit.
    shell
        .run(
            "pragma cache_size = 1; pragma cache_spill = 1; begin;
            update agents set name = 'half written';
            with recursive number (i) as (select 1 union all select i + 1 from number where i < 5000)
            insert into callers (number, note) select '84' || (900000000 + i), hex(randomblob(50)) from number",
        )
        .await;
    // The editor dies here: what it leaves behind are these two files.
    let crashed = path.with_file_name("crashed.db");
    fs::copy(
        path.with_file_name("rules.db-journal"),
        path.with_file_name("crashed.db-journal"),
    )
    .unwrap();
    fs::copy(&path, &crashed).unwrap();
    let half_written = b"half written";
    assert!(
        fs::read(&crashed)
            .unwrap()
            .windows(half_written.len())
            .any(|bytes| bytes == half_written)
    );
    assert!(load(&crashed).await.unwrap() == whole);
    assert!(!path.with_file_name("crashed.db-journal").exists());
}

#[tokio::test]
async fn an_edit_of_ours_shuts_nobody_out_however_large_it_is() {
    let database = Database::demo().await;
    let before = load(&database.path()).await.unwrap();
    let mut writer = Writer::begin(
        &database.path(),
        Editor {
            actor: "hoa",
            reason: "a large import",
        },
    )
    .await
    .unwrap();
    let many =
        "with recursive n (i) as (select 10000000 union all select i + 1 from n where i < 10050000)
        insert into callers (number) select '843' || i from n";
    assert_eq!(writer.run(many).await.unwrap(), Ran::Wrote(50_001));
    assert!(
        load(&database.path()).await.unwrap() == before,
        "they read what stood there before"
    );
    writer.commit().await.unwrap();
    assert!(load(&database.path()).await.unwrap() != before);
}

/// What a load of the rules says that cannot be.
async fn refusal(path: &Path, budget: LoadBudget) -> String {
    let reader = Reader::open(path).await.unwrap();
    let error = reader.within_budget(budget).load().await.unwrap_err();
    error.to_string()
}

/// More than any test has.
const AMPLE: LoadBudget = LoadBudget {
    bytes: 100 << 20,
    rows: 1_000_000,
};

#[tokio::test]
async fn a_value_that_is_too_long_is_named_and_not_read() {
    let database = Database::ringing(&["hoa", "lan"]).await;
    let mut shell = database.shell().await;
    for (length, named) in [
        (2_000_000, "has a value of 2000000 bytes, longer than"),
        (
            30_000_000,
            "has a value, longer than 1048576 bytes; write a shorter one",
        ),
    ] {
        shell
            .run(&format!(
                "update agents set name = replace(hex(zeroblob({length} / 2)), '0', 'x') where id = 'lan'"
            ))
            .await;
        let refused = refusal(&database.path(), AMPLE).await;
        assert!(
            refused.contains("agents.name of 'lan'") && refused.contains(named),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn more_than_a_load_may_take_is_refused_with_the_row() {
    let database = Database::ringing(&["hoa", "lan"]).await;
    let mut shell = database.shell().await;
    shell
        .run(
            "with recursive n (i) as (select 1000 union all select i + 1 from n where i < 1999)
            insert into callers (number, owner_id) select '8490000' || i, 'lan' from n",
        )
        .await;
    let settings = load(&database.path()).await.unwrap().count(Table::Settings);
    let rows = LoadBudget {
        rows: settings + 2 + 1 + 2 + 500,
        ..AMPLE
    };
    let refused = refusal(&database.path(), rows).await;
    assert!(
        refused.contains("at the row '84900001500' of callers")
            && refused.contains("database.load_budget_rows"),
        "{refused}"
    );
    let bytes = LoadBudget {
        bytes: 10_000,
        ..AMPLE
    };
    let refused = refusal(&database.path(), bytes).await;
    assert!(
        refused.contains("of callers there are more rows than"),
        "{refused}"
    );
    Reader::open(&database.path())
        .await
        .unwrap()
        .within_budget(AMPLE)
        .load()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_view_in_the_place_of_a_table_is_not_looked_at() {
    let database = Database::ringing(&["hoa"]).await;
    database
        .shell()
        .await
        .run(
            "pragma foreign_keys = off; drop view problems; drop table callers;
            create view callers (number, owner_id, tags, expires_on) as
            with recursive n (i) as (select 1 union all select i + 1 from n)
            select i, null, null, null from n",
        )
        .await;
    let loaded = load(&database.path()).await.map(drop);
    let exported = export(&database.path()).await.map(drop);
    for read in [loaded, exported] {
        let error = read.unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("callers is a view, and must be a table"),
            "{error}"
        );
    }
}

/// A dense database: three thousand callers, and nothing in the log of changes.
async fn dense() -> Database {
    let database = Database::ringing(&["hoa", "lan"]).await;
    let mut shell = database.shell().await;
    shell
        .run(
            "with recursive n (i) as (select 10000 union all select i + 1 from n where i < 12999)
            insert into callers (number, owner_id, tags) select '849876' || i, 'lan', 'vip' from n",
        )
        .await;
    shell.run("delete from changes").await;
    shell.run("vacuum").await;
    shell.close().await;
    database
}

/// Whether the check of a commit finds damage in these bytes, whether the one of other bytes does, and whether the rows
/// are others than they should be, or cannot be read.
async fn found(path: &Path, bytes: &[u8], expected: &Tables) -> (bool, bool, bool) {
    fs::write(path, bytes).unwrap();
    let by_pages = Reader::open(path)
        .await
        .unwrap()
        .check_pages()
        .await
        .is_err();
    let by_all = Reader::open(path)
        .await
        .unwrap()
        .check_whole()
        .await
        .is_err();
    let is_other = load(path).await.map_or(true, |tables| tables != *expected);
    (by_pages, by_all, is_other)
}

/// Numbers that are the same in each run.
fn numbers(seed: u32) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(seed), |last| {
        Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    })
    .map(|number| usize::try_from(number >> 8).unwrap())
}

#[tokio::test]
async fn a_bit_flipped_in_what_an_index_holds_is_found_by_the_check_of_foreign_bytes() {
    let database = dense().await;
    let whole = fs::read(database.path()).unwrap();
    let expected = load(&database.path()).await.unwrap();
    let path = database.directory().join("flipped.db");
    let number = b"8498761";
    let places: Vec<usize> = (0..whole.len() - number.len())
        .filter(|place| whole.get(*place..place + number.len()) == Some(number))
        .collect();
    assert!(
        places.len() >= 6_000,
        "once in the table, once in the index"
    );
    let (mut by_pages, mut by_all, mut changed) = (0, 0, 0);
    for random in numbers(7).take(40) {
        let mut flipped = whole.clone();
        *flipped.get_mut(places[random % places.len()] + 3).unwrap() ^= 1 << (random % 3);
        let (pages, all, is_other) = found(&path, &flipped, &expected).await;
        assert!(all || !is_other, "{random}");
        by_pages += usize::from(pages);
        by_all += usize::from(all);
        changed += usize::from(is_other);
    }
    println!(
        "40 bits flipped: {changed} change rows, {by_pages} found by quick_check, {by_all} by integrity_check"
    );
    assert!(changed >= 10, "{changed}");
}

#[tokio::test]
async fn a_stale_page_changes_no_row_that_the_check_of_foreign_bytes_passes() {
    const PAGE: usize = 4_096;
    let database = dense().await;
    let stale = fs::read(database.path()).unwrap();
    let mut shell = database.shell().await;
    shell
        .run(
            "delete from callers where rowid % 3 = 0;
            with recursive n (i) as (select 20000 union all select i + 1 from n where i < 20999)
            insert into callers (number, owner_id, tags) select '849876' || i, 'hoa', 'new' from n",
        )
        .await;
    shell.close().await;
    let whole = fs::read(database.path()).unwrap();
    let expected = load(&database.path()).await.unwrap();
    let path = database.directory().join("stale.db");
    let differing: Vec<usize> = (PAGE..stale.len().min(whole.len()))
        .step_by(PAGE)
        .filter(|place| whole.get(*place..place + PAGE) != stale.get(*place..place + PAGE))
        .collect();
    let (mut by_pages, mut by_all, mut changed) = (0, 0, 0);
    for place in &differing {
        let mut mixed = whole.clone();
        mixed[*place..place + PAGE].copy_from_slice(&stale[*place..place + PAGE]);
        let (pages, all, is_other) = found(&path, &mixed, &expected).await;
        assert!(all || !is_other, "the page at {place}");
        by_pages += usize::from(pages);
        by_all += usize::from(all);
        changed += usize::from(is_other);
    }
    println!(
        "{} stale pages: {changed} change rows, {by_pages} found by quick_check, {by_all} by integrity_check",
        differing.len()
    );
    assert!(changed >= 10, "{changed} of {}", differing.len());
}
