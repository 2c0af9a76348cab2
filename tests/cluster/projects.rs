//! Several projects in one PostgreSQL: whose rows are whose.

use crate::postgres::{Psql, Server, assert_done, router};

/// Two projects, an editor and a reader of each, and a server's role.
const PEOPLE: &str = "
    create role hoa login in role stringee_editor, stringee_reader;
    create role lan login in role stringee_editor, stringee_reader;
    create role chief login in role stringee_reader; create role router login in role stringee_router;
    select add_project(7, 'seven'), add_project(9, 'nine'); insert into editors values ('hoa', 7), ('lan', 9)";

async fn two_projects(server: &Server) -> Psql {
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--postgres", &url]));
    let mut owner = server.psql("rules").await;
    owner.run(PEOPLE).await;
    owner
}

#[tokio::test]
async fn people_of_a_project_see_its_keys_its_journal_and_its_editors_alone() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut owner = two_projects(&server).await;
    owner
        .run(
            "select journal_open(current_date);
            insert into decisions (project_id, day, key, call_id, first_at, last_at, asks, waited, queue_id, outcome,
                agents, version, rules_hash)
            select p, current_date, 1, 'of ' || p, now(), now(), 1, 0, 'q', 'nobody', '[]', 1, '' from unnest(array[7, 9]) p",
        )
        .await;
    for (name, project, secret) in [
        ("hoa", "7", "secret-of-seven-7"),
        ("lan", "9", "secret-of-nine-99"),
    ] {
        let mut editor = server.psql_as(name, "rules").await;
        let add = format!(
            "insert into project_keys (kind, value) values ('path_secret', '{secret}'), ('signing_key', 'key')"
        );
        editor.run(&add).await;
        let keys = "select distinct project_id::text from project_keys";
        assert_eq!(editor.texts(keys).await, [project]);
        let of = [format!("of {project}")];
        assert_eq!(editor.texts("select call_id from decisions").await, of);
        let twice = format!("begin; insert into editor (actor) values ('{name}'); commit");
        editor.run(&twice).await;
        let others = editor.texts("select actor from editor").await;
        assert_eq!(others, [""; 0], "what others have left there is not theirs");
    }
    let mut hoa = server.psql_as("hoa", "rules").await;
    for refused in [
        "insert into project_keys (project_id, kind, value) values (9, 'signing_key', 'mine')",
        "insert into project_keys (kind, value) values ('path_secret', 'short')",
        "insert into project_keys (kind, value) values ('password', 'of sixteen letters')",
        "insert into project_keys (kind, value) values ('signing_key', ' with-a-blank')",
        "insert into project_keys (kind, value) values ('path_secret', 'secret-of-nine-99')",
        "update projects set name = 'mine'",
        "update projects set signature = 'sometimes'",
        "select remove_project(9)",
        "select add_project(10, 'ten')",
        "insert into editors values ('hoa', 9)",
        "select seq from facts",
    ] {
        assert!(hoa.attempt(refused).await.is_err(), "{refused}");
    }
    hoa.run("update projects set signature = 'observe'").await;
    let modes = "select id || coalesce(signature, '') from projects order by id";
    assert_eq!(owner.texts(modes).await, ["0", "7observe", "9"]);
    let mut chief = server.psql_as("chief", "rules").await;
    let calls = "select call_id from decisions order by 1";
    assert_eq!(chief.texts(calls).await, ["of 7", "of 9"]);
    let mut router = server.psql_as("router", "rules").await;
    let keys = "select project_id || kind from project_keys order by 1";
    assert_eq!(router.texts(keys).await.len(), 4);
}

#[tokio::test]
async fn an_editor_cannot_keep_others_from_editing() {
    let Some(server) = Server::start().await else {
        return;
    };
    let _owner = two_projects(&server).await;
    let mut hoa = server.psql_as("hoa", "rules").await;
    hoa.run("begin; set local stringee.project = 9; update agents set name = name")
        .await;
    let mut lan = server.psql_as("lan", "rules").await;
    lan.run("set statement_timeout = '5s'; insert into agents (id, name) values ('a', 'A')")
        .await;
    hoa.run("rollback").await;
}

#[tokio::test]
async fn a_project_is_removed_with_all_that_is_its_own() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut owner = two_projects(&server).await;
    // Rows that refer to each other in every way that there is.
    let demo = format!(
        "set stringee.project = 9; {}; reset stringee.project",
        include_str!("../../migrations/sqlite/demo.sql")
    );
    owner.run(&demo).await;
    owner
        .run("insert into project_keys (project_id, kind, value) values (9, 'signing_key', 'key')")
        .await;
    let others = "select version::text from projects where id <> 9 order by id";
    let before = owner.texts(others).await;
    owner.run("select remove_project(9)").await;
    let left = "select project_id::text from changes where project_id = 9
        union all select project_id::text from project_keys union all select project_id::text from agents";
    assert_eq!(owner.texts(left).await, [""; 0]);
    assert_eq!(owner.texts(others).await, before);
    owner.run("select add_project(9, 'again')").await;
    let version = "select version::text from projects where id = 9";
    assert_eq!(owner.texts(version).await, ["1"]);
}
