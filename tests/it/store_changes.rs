//! The log of changes: who did what, and enough to take it back.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use routing::table::{Table, Tables};
use serde_json::Value;
use stringee_router::store::Reader;

use crate::database::{Database, Shell};

/// What is logged after the demo data, one line per change.
async fn log(shell: &mut Shell) -> Vec<String> {
    shell.texts("select op || ' ' || table_name || ' ' || row_key from changes where reason is not 'init --demo' order by id").await
}

#[tokio::test]
async fn an_insert_an_update_and_a_delete_are_logged_with_all_columns() {
    let database = Database::empty().await;
    let mut shell = database.shell().await;
    shell
        .run("insert into queues (id, name) values ('QU_1', 'Sales'); update queues set note = 'new' where id = 'QU_1'")
        .await;
    shell.run("delete from queues").await;
    assert_eq!(
        log(&mut shell).await,
        [
            "insert queues QU_1",
            "update queues QU_1",
            "delete queues QU_1"
        ]
    );
    let plain = r#"{"id":"QU_1","name":"Sales","note":null}"#;
    let noted = r#"{"id":"QU_1","name":"Sales","note":"new"}"#;
    let images =
        "select coalesce(before, '-') || ' > ' || coalesce(after, '-') from changes order by id";
    let expected = [
        format!("- > {plain}"),
        format!("{plain} > {noted}"),
        format!("{noted} > -"),
    ];
    assert_eq!(shell.texts(images).await, expected);
}

#[tokio::test]
async fn every_column_of_every_table_is_in_the_log() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    for table in Table::ALL.map(Table::name) {
        let columns = shell
            .texts(&format!("select name from pragma_table_info('{table}')"))
            .await;
        shell
            .run(&format!("update {table} set {} = {0}", columns[0]))
            .await;
        let logged = shell
            .texts(&format!(
                "select after from changes where table_name = '{table}' and op = 'insert'"
            ))
            .await;
        let image: Value = serde_json::from_str(&logged[0]).unwrap();
        let names: Vec<&String> = image.as_object().unwrap().keys().collect();
        assert_eq!(names, columns.iter().collect::<Vec<_>>(), "{table}");
    }
    assert_eq!(
        log(&mut shell).await,
        [""; 0],
        "an update that changes nothing is not logged"
    );
}

#[tokio::test]
async fn a_raw_edit_is_by_nobody_known_unless_the_editor_says_who() {
    let database = Database::empty().await;
    let mut shell = database.shell().await;
    shell
        .run("insert into queues (id, name) values ('QU_1', 'Sales')")
        .await;
    shell
        .run(
            "begin; insert into editor (actor, reason) values ('hoa', 'new hotline');
            insert into queues (id, name) values ('QU_2', 'Support'); delete from editor; commit",
        )
        .await;
    let who =
        shell.texts("select row_key || ' ' || actor || ' ' || coalesce(reason, '-') from changes order by id").await;
    assert_eq!(who, ["QU_1 unknown -", "QU_2 hoa new hotline"]);
    let at = shell.texts("select at from changes").await;
    assert!(
        at.iter()
            .all(|at| at.parse::<jiff::Timestamp>().is_ok() && at.len() == 24),
        "{at:?}"
    );
}

#[tokio::test]
async fn the_demo_data_is_logged_as_ours() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    assert_eq!(
        shell.texts("select distinct actor from changes").await,
        ["stringee-router"]
    );
    assert_eq!(shell.texts("select actor from editor").await, [""; 0]);
}

#[tokio::test]
async fn what_an_edit_set_off_stands_before_it() {
    let expected = [
        "update agents lan",
        "update callers 0282220*",
        "delete group_members kinh_doanh/hoa",
        "delete agents hoa",
    ];
    for keys in [false, true] {
        let database = Database::demo().await;
        let mut shell = Shell::open(&database.path(), keys).await;
        shell
            .run("update callers set owner_id = null where owner_id = 'hoa'")
            .await;
        shell.run("delete from agents where id = 'hoa'").await;
        let mut logged = log(&mut shell).await;
        assert_eq!(
            logged.last().unwrap(),
            "delete agents hoa",
            "foreign keys {keys}"
        );
        logged.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(logged, expected, "foreign keys {keys}");
    }
}

#[tokio::test]
async fn taken_back_from_the_newest_on_everything_is_as_it_was() {
    let edits = "
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
        insert into agents (id, name) values ('nam', 'Nam');
        insert into group_members (group_id, agent_id) values ('vip', 'nam');
        update callers set owner_id = 'nam';
        update rule_tests set expect_agents = '' where id > 20;
        delete from queues;
        update schedule_hours set id = id + 100 where days is null";
    for keys in [false, true] {
        let database = Database::demo().await;
        let mut shell = Shell::open(&database.path(), keys).await;
        let before = everything(&database, &mut shell).await;
        let last = shell
            .texts("select cast(max(id) as text) from changes")
            .await
            .remove(0);
        shell.run(edits).await;
        assert!(everything(&database, &mut shell).await != before);
        take_back(&mut shell, &last).await;
        assert!(
            everything(&database, &mut shell).await == before,
            "foreign keys {keys}"
        );
    }
}

/// All rows, and the columns that the compiler does not read.
async fn everything(database: &Database, shell: &mut Shell) -> (Tables, Vec<String>) {
    let tables = Reader::open(&database.path())
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

/// Takes every change after the one with the id `last` back, the newest first.
async fn take_back(shell: &mut Shell, last: &str) {
    let newest_first =
        format!("select cast(id as text) from changes where id > {last} order by id desc");
    for id in shell.texts(&newest_first).await {
        let entry = shell
            .texts(&format!(
                "select json_object('table', table_name, 'before', json(before), 'after', json(after))
                from changes where id = {id}"
            ))
            .await
            .remove(0);
        let entry: Value = serde_json::from_str(&entry).unwrap();
        shell.run(&inverse(&entry)).await;
    }
}

/// The statement that takes one logged change back.
fn inverse(entry: &Value) -> String {
    let table = entry["table"].as_str().unwrap();
    let keys = Table::ALL
        .into_iter()
        .find(|candidate| candidate.name() == table)
        .unwrap()
        .key();
    let row = |image: &Value| {
        let equal: Vec<String> = keys
            .iter()
            .map(|key| format!("{key} = {}", literal(&image[*key])))
            .collect();
        equal.join(" and ")
    };
    let (before, after) = (&entry["before"], &entry["after"]);
    match (before.as_object(), after.is_null()) {
        (None, _) => format!("delete from {table} where {}", row(after)),
        (Some(columns), true) => {
            let names: Vec<&str> = columns.keys().map(String::as_str).collect();
            let values: Vec<String> = columns.values().map(literal).collect();
            format!(
                "insert into {table} ({}) values ({})",
                names.join(", "),
                values.join(", ")
            )
        }
        (Some(columns), false) => {
            let set: Vec<String> = columns
                .iter()
                .map(|(name, value)| format!("{name} = {}", literal(value)))
                .collect();
            format!("update {table} set {} where {}", set.join(", "), row(after))
        }
    }
}

/// A JSON value as SQL writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        number => number.to_string(),
    }
}
