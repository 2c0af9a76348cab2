//! Creating and upgrading: all or nothing, and never over a file that is there.

use std::fs;

use routing::table::{CellRef, Table};
use serde_json::Value;
use stringee_router::store::{self, Content, Reader, StoreError};

use crate::database::Database;

#[tokio::test]
async fn the_sqlite_inside_has_the_fix_against_corruption() {
    let version = store::sqlite_version().await.unwrap();
    let numbers: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(numbers >= vec![3, 51, 3], "{version}");
}

#[tokio::test]
async fn directories_are_made_and_nothing_else_is_left_behind() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b/rules.db");
    store::create(&path, Content::Demo).await.unwrap();
    let files: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files, ["rules.db"]);
}

#[tokio::test]
async fn a_new_database_is_marked_as_ours_and_uses_a_rollback_journal() {
    let database = Database::empty().await;
    let mut shell = database.shell().await;
    let marks =
        shell.texts("select application_id || ' ' || user_version from pragma_application_id, pragma_user_version");
    assert_eq!(
        marks.await,
        [format!(
            "{} {}",
            store::APPLICATION_ID,
            store::SCHEMA_VERSION
        )]
    );
    assert_eq!(store::APPLICATION_ID.to_be_bytes(), *b"SRRT");
    assert_eq!(
        shell
            .texts("select journal_mode from pragma_journal_mode")
            .await,
        ["delete"]
    );
    assert_eq!(
        shell
            .texts("select integrity_check from pragma_integrity_check")
            .await,
        ["ok"]
    );
}

#[tokio::test]
async fn an_existing_file_is_not_touched() {
    let database = Database::demo().await;
    let error = store::create(&database.path(), Content::Empty)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::AlreadyExists { .. }), "{error}");
    let loaded = Reader::open(&database.path())
        .await
        .unwrap()
        .load()
        .await
        .unwrap();
    assert!(loaded.tables.count(Table::Agents) > 0);
}

#[tokio::test]
async fn the_journal_of_a_lost_database_is_not_taken_for_the_new_ones() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rules.db");
    fs::write(directory.path().join("rules.db-journal"), "old").unwrap();
    let error = store::create(&path, Content::Empty).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("rules.db-journal exists already; move it away"),
        "{error}"
    );
    assert!(!path.exists());
}

#[tokio::test]
async fn the_draft_of_a_crashed_attempt_is_no_obstacle() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rules.db");
    fs::write(directory.path().join("rules.db.new"), "half a database").unwrap();
    store::create(&path, Content::Empty).await.unwrap();
    Reader::open(&path).await.unwrap().load().await.unwrap();
    assert!(!directory.path().join("rules.db.new").exists());
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("data"), "a file").unwrap();
    let error = store::create(&directory.path().join("data/rules.db"), Content::Empty)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
}

#[tokio::test]
async fn upgrading_a_current_database_changes_nothing() {
    let database = Database::demo().await;
    let before = fs::read(database.path()).unwrap();
    let copies = database.directory().join("copies");
    let upgraded = store::upgrade(&database.path(), &copies).await.unwrap();
    assert!(upgraded.is_none() && !copies.exists());
    assert!(fs::read(database.path()).unwrap() == before);
}

#[tokio::test]
async fn only_our_own_databases_are_upgraded() {
    let database = Database::empty().await;
    let missing = database.path().with_file_name("missing.db");
    let copies = database.directory().join("copies");
    let error = store::upgrade(&missing, &copies).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
    assert!(!missing.exists());
    database.shell().await.run("pragma user_version = 4").await;
    let error = store::upgrade(&database.path(), &copies).await.unwrap_err();
    assert!(
        matches!(error, StoreError::TooNew { found: 4, .. }),
        "{error}"
    );
    database
        .shell()
        .await
        .run("pragma application_id = 7")
        .await;
    let error = store::upgrade(&database.path(), &copies).await.unwrap_err();
    assert!(
        matches!(error, StoreError::OtherApplication { found: 7, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn the_demo_data_tests_every_scenario() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    for scenario in 1..=14 {
        let tests = shell
            .texts(&format!(
                "select name from rule_tests where name like '{scenario} %'"
            ))
            .await;
        assert!(!tests.is_empty(), "scenario {scenario}");
    }
    let untested = "select name from rules where name not in (select expect_rule from rule_tests where expect_rule > '')";
    assert_eq!(
        shell.texts(untested).await,
        [""; 0],
        "every rule has a test"
    );
    let spread = shell.texts("select id from groups where spread").await;
    assert_eq!(spread, ["kinh_doanh"], "scenario 15; see webhook.rs");
    let strategies = shell
        .texts("select distinct strategy from groups order by 1")
        .await;
    assert_eq!(strategies, ["ordered", "rotate", "sticky", "weighted"]);
}

#[tokio::test]
async fn the_demo_data_holds_the_documented_answer() {
    let request: Value = serde_json::from_str(include_str!(
        "../fixtures/get-list-agents-request-2calls.json"
    ))
    .unwrap();
    let response: Value =
        serde_json::from_str(include_str!("../fixtures/get-list-agents-response-v2.json")).unwrap();
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    for (call, answer) in std::iter::zip(
        request["calls"].as_array().unwrap(),
        response["calls"].as_array().unwrap(),
    ) {
        let agents = format!(
            "select json_object('stringee_user_id', agents.id, 'phone_number', phone_number,
                'routing_type', agents.routing_type, 'answer_timeout', agents.answer_timeout)
            from rules join rule_steps on rule_id = rules.id join agents on agents.id = agent_id
            where queue_id = {} and to_number = {} and schedule_id is null and after_seconds = 0 order by step",
            request["queueId"].to_string().replace('"', "'"),
            call["to"].to_string().replace('"', "'"),
        );
        let agents: Vec<Value> = shell
            .texts(&agents)
            .await
            .iter()
            .map(|agent| serde_json::from_str(agent).unwrap())
            .collect();
        assert_eq!(Value::from(agents), answer["agents"]);
    }
}

#[tokio::test]
async fn an_empty_database_has_all_settings_but_a_fallback() {
    let database = Database::empty().await;
    let loaded = Reader::open(&database.path())
        .await
        .unwrap()
        .load()
        .await
        .unwrap();
    let settings: Vec<_> = loaded
        .tables
        .rows(Table::Settings)
        .map(|row| row.iter().collect::<Vec<_>>())
        .collect();
    let expected = [
        ("answer_timeout", "15"),
        ("country_code", "84"),
        ("max_agents", "20"),
        ("time_zone", "Asia/Ho_Chi_Minh"),
    ];
    assert_eq!(
        settings,
        expected.map(|(key, value)| vec![CellRef::from(key), CellRef::from(value)])
    );
}
