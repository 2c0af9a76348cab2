//! The tables in PostgreSQL refuse what those in SQLite refuse, and log what is edited.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::process::Command;

use routing::table::Table;
use stringee_router::exchange::{ChangeSet, RuleSet};
use stringee_router::store::{self, Content, Editor, Postgres};

use crate::postgres::{Psql, Server, assert_done, not_run, router};
use crate::refusals;

#[test]
fn the_rules_tables_are_what_the_script_makes_of_the_migrations() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres");
    let Ok(made) = Command::new("python3")
        .arg(format!("{folder}/generate.py"))
        .output()
    else {
        not_run("python3 is not installed");
        return;
    };
    assert_done("generate.py", &made);
    let committed = std::fs::read_to_string(format!("{folder}/rules.sql")).unwrap();
    assert!(
        String::from_utf8(made.stdout).unwrap() == committed,
        "run migrations/postgres/generate.py --write"
    );
}

/// What PostgreSQL says where it has no sentence of ours: a column has one type, and no text holds a NUL.
fn of_postgres(sql: &str, sentence: &'static str) -> Vec<String> {
    let mut said = vec![sentence.to_owned()];
    if let Some(column) = sentence.strip_prefix("NOT NULL constraint failed: ") {
        let (table, column) = column.split_once('.').unwrap();
        said.push(format!(
            "null value in column \"{column}\" of relation \"{table}\""
        ));
    }
    if sentence.starts_with("UNIQUE constraint failed") {
        said.push("duplicate key value violates unique constraint".to_owned());
    }
    if sql.contains("chr(0)") {
        said.push("null character not permitted".to_owned());
    }
    if sentence.contains("whole number")
        || [
            "_timeout",
            "routing_type",
            "enabled",
            "weight",
            "has_owner",
            "split_percent",
            "_seconds",
            "max_",
            "spread",
        ]
        .iter()
        .any(|column| sql.contains(column))
    {
        said.push("invalid input syntax for type bigint".to_owned());
    }
    said
}

/// PostgreSQL rounds a fraction that goes into a column of whole numbers, and writes bits into one of texts as digits.
fn is_made_to_fit(sql: &str) -> bool {
    ["= 15.5", "= 1.5", "= x'"]
        .iter()
        .any(|value| sql.contains(value))
}

#[tokio::test]
async fn a_bad_edit_is_refused_with_the_same_sentence() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = server.database("demo").await;
    assert_done("init", &router(&["init", "--demo", "--postgres", &url]));
    let mut psql = server.psql("demo").await;
    let (mut wrong, mut same) = (Vec::new(), 0);
    for (sql, sentence) in refusals::all() {
        let sql = sql.replace("char(", "chr(");
        let said = psql.attempt(&format!("begin; {sql}; rollback")).await;
        psql.run("rollback").await;
        let said = said.err().unwrap_or_else(|| "accepted".to_owned());
        same += usize::from(said.contains(sentence));
        let is_expected = of_postgres(&sql, sentence)
            .iter()
            .any(|expected| said.contains(expected));
        if !is_expected && !is_made_to_fit(&sql) {
            wrong.push(format!("{sql}\n  said:     {said}\n  expected: {sentence}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(same > 120, "{same} with our own sentence");
}

/// The newest lines of the log, oldest first.
async fn log(psql: &mut Psql, after: &str) -> Vec<String> {
    psql.texts(&format!(
        "select concat_ws(' ', version, actor, reason, table_name, row_key, op) from changes where version > {after}
        order by version, id"
    ))
    .await
}

#[tokio::test]
async fn each_transaction_is_a_version_and_its_rows_are_logged() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--postgres", &url]));
    let mut psql = server.psql("rules").await;
    let token = "select token::text from projects";
    let first = psql.texts(token).await;
    psql.run(
        "begin; insert into editor (actor, reason) values ('hoa', 'Tet');
        insert into agents (id, name) values ('a', 'A'), ('b', 'B'); update agents set cover_id = 'a' where id = 'b';
        commit;
        update agents set name = name;
        set stringee.actor = 'lan'; update agents set id = 'c' where id = 'a'; reset stringee.actor;
        insert into rules (position, name) values (10, 'x'), (20, 'y'); delete from rules where position = 10",
    )
    .await;
    assert_eq!(
        log(&mut psql, "1").await,
        [
            "2 hoa Tet agents a insert",
            "2 hoa Tet agents b insert",
            "2 hoa Tet agents b update",
            "3 lan agents a update",
            "3 lan agents b update",
            "3 postgres rules 1 insert",
            "3 postgres rules 2 insert",
            "3 postgres rules 1 delete",
        ],
        "what changes nothing is no version"
    );
    assert_ne!(psql.texts(token).await, first);
    let after = "select after->>'cover_id' from changes where version = 3 and row_key = 'b'";
    assert_eq!(psql.texts(after).await, ["c"]);
    psql.run("insert into groups (id, name) values ('g', 'G')")
        .await;
    psql.run("insert into settings (key, value) values ('fallback_group', 'g')")
        .await;
    psql.run("update groups set id = 'h'").await;
    let fallback = "select value from settings where key = 'fallback_group'";
    assert_eq!(psql.texts(fallback).await, ["h"]);
}

#[tokio::test]
async fn editors_see_and_edit_their_own_projects() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--postgres", &url]));
    let mut owner = server.psql("rules").await;
    owner
        .run(
            "create role hoa login in role stringee_editor; create role lan login in role stringee_editor;
            create role router login in role stringee_router;
            select add_project(7, 'seven'); insert into editors values ('hoa', 0), ('lan', 7)",
        )
        .await;
    for (name, project) in [("hoa", "0"), ("lan", "7")] {
        let mut editor = server.psql_as(name, "rules").await;
        editor
            .run(&format!(
                "insert into agents (id, name) values ('a', '{name}')"
            ))
            .await;
        assert_eq!(editor.texts("select name from agents").await, [name]);
        let settings = "select distinct project_id::text from settings";
        assert_eq!(editor.texts(settings).await, [project]);
        let other = "insert into agents (project_id, id, name) values (8 - project_id, 'b', 'B')";
        let other = other.replace("8 - project_id", if project == "0" { "7" } else { "0" });
        let said = editor.attempt(&other).await.unwrap_err();
        assert!(said.contains("row-level security"), "{said}");
        let said = editor
            .attempt("update projects set version = 9")
            .await
            .unwrap_err();
        assert!(said.contains("permission denied"), "{said}");
        let actors = "select distinct actor from changes where table_name = 'agents'";
        assert_eq!(editor.texts(actors).await, [name]);
    }
    let mut router = server.psql_as("router", "rules").await;
    let names = "select name from agents order by project_id";
    assert_eq!(router.texts(names).await, ["hoa", "lan"]);
    let versions = "select id || ' ' || version from projects order by id";
    assert_eq!(router.texts(versions).await, ["0 2", "7 2"]);
}

#[tokio::test]
async fn a_rules_database_moves_to_postgres_with_all_its_rows() {
    let Some(server) = Server::start().await else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rules.db");
    store::create(&file, Content::Demo).await.unwrap();
    let from = file.to_str().unwrap();
    let url = server.database("rules").await;
    let said = router(&["init", "--postgres", &url, "--from", from]);
    assert_done("init", &said);
    let rows = store::export(&file).await.unwrap();
    let mut postgres = Postgres::connect(&url.parse().unwrap()).await.unwrap();
    assert!(postgres.rule_set(0).await.unwrap() == rows);
    let again = router(&["init", "--postgres", &url]);
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(
        said.contains("has the tables already, with version"),
        "{said}"
    );
    assert_done(
        "init --upgrade",
        &router(&["init", "--postgres", &url, "--upgrade"]),
    );
}

#[tokio::test]
async fn an_edit_of_ours_is_written_only_on_the_version_that_it_was_made_from() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--demo", "--postgres", &url]));
    let mut postgres = Postgres::connect(&url.parse().unwrap()).await.unwrap();
    let demo = postgres.rule_set(0).await.unwrap();
    let editor = Editor {
        actor: "hoa",
        reason: "it's a 'test'",
    };
    // Everything goes, and comes again: rows in every order that a reference may need.
    let mut least = RuleSet::default();
    least.set(Table::Settings, demo.rows(Table::Settings)[..1].to_vec());
    let away = ChangeSet::between(&demo, &least);
    assert_eq!(postgres.push(0, 1, &away, editor).await.unwrap(), 2);
    let now = postgres.rule_set(0).await.unwrap();
    assert_eq!(ChangeSet::between(&now, &least), ChangeSet::default());
    let late = postgres
        .push(0, 1, &away, editor)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        late.ends_with("somebody has edited meanwhile, and nothing was written; run it again"),
        "{late}"
    );
    let back = ChangeSet::between(&least, &demo);
    assert_eq!(postgres.push(0, 2, &back, editor).await.unwrap(), 3);
    assert!(postgres.rule_set(0).await.unwrap() == demo);
    let mut psql = server.psql("rules").await;
    let who = "select distinct actor || ': ' || reason from changes where version > 1";
    assert_eq!(psql.texts(who).await, ["hoa: it's a 'test'"]);
}
