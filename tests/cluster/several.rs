//! A server that answers for several projects: each question by the rules, the keys and the memory of the one it names.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use serde_json::{Value, json};
use stringee::wire::signature::{SIGNATURE_HEADER, SigningKey};

use crate::harness::{Answer, Running, wait_for};
use crate::postgres::{Psql, Server, assert_done, router};
use crate::rules::Replica;

/// A queue, an agent and a group of the same ids in each project; only who is rung first differs.
fn rules_of(project: i64, first: &str, second: &str) -> String {
    format!(
        "set stringee.project = {project};
        begin;
        insert into agents (id, name) values ('{first}', 'First'), ('{second}', 'Second');
        insert into groups (id, name, strategy) values ('g', 'G', 'rotate'), ('idle', 'I', 'longest_idle');
        insert into group_members (group_id, agent_id, position) values ('g', '{first}', 1), ('g', '{second}', 2),
            ('idle', '{first}', 1), ('idle', '{second}', 2);
        insert into rules (id, position, name, queue_id) values (1, 10, 'all', 'q'), (2, 20, 'idle', 'idle');
        insert into rule_steps (rule_id, step, target, group_id) values (1, 1, 'group', 'g'), (2, 1, 'group', 'idle');
        commit; reset stringee.project;"
    )
}

/// Projects 7 and 9; a role for servers.
async fn two_projects(server: &Server) -> (String, Psql) {
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--postgres", &url]));
    let mut psql = server.psql("rules").await;
    psql.run(
        "create role router login in role stringee_router; select add_project(7, 'seven'), add_project(9, 'nine');
        select remove_project(0)",
    )
    .await;
    psql.run(&rules_of(7, "hoa", "lan")).await;
    psql.run(&rules_of(9, "lan", "hoa")).await;
    (url.replace("postgres@", "router@"), psql)
}

const ALL: &str = "hold_seconds = 0\nproject = 'all'";

fn question(project: impl Into<Value>, queue: &str, call: &str) -> Value {
    let calls = json!([{"callId": call, "from": "", "to": ""}]);
    json!({"queueId": queue, "calls": calls, "projectId": project.into()})
}

fn ask(server: &Running, path: &str, body: &Value) -> Answer {
    server.post(path, body.to_string().as_bytes(), &[])
}

/// Who is rung, in order; the status if it is another one than 200.
fn rung(answer: &Answer) -> Result<Vec<String>, u16> {
    if answer.status != 200 {
        return Err(answer.status);
    }
    let answer = answer.json();
    let agents = answer["calls"][0]["agents"].as_array().unwrap();
    let id = |agent: &Value| agent["stringee_user_id"].as_str().unwrap().to_owned();
    Ok(agents.iter().map(id).collect())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is compared with what `rung` gives"
)]
fn rings(first: &str, second: &str) -> Result<Vec<String>, u16> {
    Ok(vec![first.to_owned(), second.to_owned()])
}

/// A value of a metric with its labels.
fn metric(replica: &Replica, name: &str) -> Option<u64> {
    let text = replica.running.admin("/metrics").body;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.rsplit(' ').next()?.parse().ok()
}

const PATH: &str = "/get_list_agents";

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_by_the_project_that_it_names() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (url, _psql) = two_projects(&server).await;
    let replica = Replica::start_with(&url, ALL);
    let server = &replica.running;
    for call in ["one", "two"] {
        // The same ids in both: neither has the other's ticket, nor the other's answer.
        let (seven, nine) = match call {
            "one" => (rings("hoa", "lan"), rings("lan", "hoa")),
            _ => (rings("lan", "hoa"), rings("hoa", "lan")),
        };
        for number in [json!(7), json!("7")] {
            assert_eq!(
                rung(&ask(server, PATH, &question(number, "q", call))),
                seven
            );
        }
        assert_eq!(rung(&ask(server, PATH, &question(9, "q", call))), nine);
    }
    let get = server.get("/get_list_agents?queueId=q&callId=one&projectId=9");
    assert_eq!(rung(&get), rings("lan", "hoa"));
    // Who talks in one project is free in the other.
    let event = |project: Value| {
        let event = json!({"call_status": "answered", "call_id": "x", "project_id": project,
            "from": {"number": "84986776777"}, "to": {"number": "hoa"}});
        server
            .post("/events", event.to_string().as_bytes(), &[])
            .status
    };
    assert_eq!(event(json!(7)), 200);
    let idle = |project: i64| rung(&ask(server, PATH, &question(project, "idle", "y")));
    assert_eq!(idle(7), rings("lan", "hoa"));
    assert_eq!(idle(9), rings("lan", "hoa"), "by position");
    let unnamed = [
        json!(null),
        json!({"a": 7}),
        json!([7]),
        json!(7.5),
        json!(-7),
        json!(""),
        json!("seven"),
        json!("99999999999999999999"),
        json!(true),
    ];
    let mut refused = 0;
    for odd in unnamed {
        let answer = ask(server, PATH, &question(odd.clone(), "q", "one"));
        assert_eq!(answer.status, 400, "{odd}");
        assert!(answer.body.contains("names no project"), "{}", answer.body);
        refused += 1;
    }
    let without = json!({"queueId": "q", "calls": []});
    assert_eq!(ask(server, PATH, &without).status, 400);
    for unknown in [json!(0), json!(8), json!(u64::MAX)] {
        let answer = ask(server, PATH, &question(unknown.clone(), "q", "one"));
        assert_eq!((answer.status, &*answer.body), (404, ""), "{unknown}");
        refused += 1;
    }
    refused += 1;
    let counted = "stringee_router_webhook_rejections_total{reason=\"project\"}";
    assert_eq!(metric(&replica, counted), Some(refused));
    assert_eq!(event(json!(null)), 400);
    assert_eq!(event(json!(8)), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_project_has_keys_and_secrets_of_its_own() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (url, mut psql) = two_projects(&server).await;
    psql.run(
        "insert into project_keys (project_id, kind, value) values (7, 'path_secret', 'secret-of-seven-7'),
            (9, 'signing_key', 'key-of-nine')",
    )
    .await;
    let replica = Replica::start_with(&url, ALL);
    let seven = |path: &str, project: Value| {
        let path = format!("{PATH}{path}");
        rung(&ask(&replica.running, &path, &question(project, "q", "a")))
    };
    let right = rings("hoa", "lan");
    assert_eq!(seven("/secret-of-seven-7", json!(7)), right);
    assert_eq!(
        seven("/secret-of-seven-7", json!(null)),
        right,
        "it names its project"
    );
    assert_eq!(
        seven("/secret-of-seven-7", json!(9)),
        Err(404),
        "whose secret it is not"
    );
    assert_eq!(seven("/secret-of-nobody-0", json!(7)), Err(404));
    assert_eq!(seven("", json!(7)), Err(404));
    let nine = |key: Option<&str>| {
        let body = question(9, "q", "a").to_string();
        let signature = key.map(|key| SigningKey::new(key).sign(body.as_bytes()));
        let headers = signature
            .iter()
            .map(|signature| (SIGNATURE_HEADER, &**signature));
        let headers: Vec<_> = headers.collect();
        rung(&replica.running.post(PATH, body.as_bytes(), &headers))
    };
    let right = rings("lan", "hoa");
    assert_eq!(nine(Some("key-of-nine")), right);
    assert_eq!(nine(Some("key-of-seven")), Err(401));
    assert_eq!(nine(None), Err(401));
    // Another key, and a project that wants none, without a restart.
    psql.run(
        "insert into project_keys (project_id, kind, value) values (9, 'signing_key', 'newer');
        delete from project_keys where value = 'key-of-nine';
        delete from project_keys where project_id = 7",
    )
    .await;
    wait_for("the newer key", || {
        (nine(Some("newer")) == right).then_some(())
    });
    assert_eq!(nine(Some("key-of-nine")), Err(401));
    wait_for("no secret", || {
        (seven("", json!(7)) == rings("hoa", "lan")).then_some(())
    });
    psql.run("update projects set signature = 'off' where id = 9")
        .await;
    wait_for("no signature", || (nine(None) == right).then_some(()));
    // A start without PostgreSQL knows all of that, and nobody else may read it.
    psql.run("update projects set signature = 'require' where id = 9")
        .await;
    wait_for("a signature", || (nine(None) == Err(401)).then_some(()));
    let state = replica.ended();
    let nowhere = url.replace("/rules", "/nowhere");
    let replica = Replica::on_state(state, &nowhere, ALL);
    let body = question(9, "q", "a").to_string();
    let signature = SigningKey::new("newer").sign(body.as_bytes());
    let signed = [(SIGNATURE_HEADER, &*signature)];
    assert_eq!(
        rung(&replica.running.post(PATH, body.as_bytes(), &signed)),
        right
    );
    assert_eq!(replica.running.post(PATH, body.as_bytes(), &[]).status, 401);
    let file = replica.state.path().join("projects/9/project.json");
    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o77, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_one_project_does_not_touch_the_others() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (url, mut psql) = two_projects(&server).await;
    let replica = Replica::start_with(&url, ALL);
    let admin = |path: &str| replica.running.admin(path);
    assert_eq!(admin("/readyz").body, "ready\n");
    let reloads = |project: i64| {
        let name = format!("stringee_router_project_rules_reloads{{project=\"{project}\"}}");
        metric(&replica, &name)
    };
    let nine = reloads(9);
    psql.run("set stringee.project = 7; delete from group_members where project_id = 7 and agent_id = 'hoa'")
        .await;
    let asked = |project: i64, call: &str| {
        rung(&ask(&replica.running, PATH, &question(project, "q", call)))
    };
    wait_for("the edit", || {
        (asked(7, "b") == Ok(vec!["lan".to_owned()])).then_some(())
    });
    assert_eq!(reloads(9), nine, "only the edited one is compiled");
    // An edit that is refused, and a project without anybody.
    psql.run("set stringee.project = 7; update settings set value = 'Mars/Phobos' where project_id = 7 and key = 'time_zone'")
        .await;
    psql.run("reset stringee.project; select add_project(11, 'eleven')")
        .await;
    wait_for("the refused edit", || {
        (admin("/status?project=7").json()["edit_refused"] == true).then_some(())
    });
    wait_for("the new project", || {
        (asked(11, "c") == Ok(Vec::new())).then_some(())
    });
    assert_eq!(asked(7, "b"), Ok(vec!["lan".to_owned()]));
    assert_eq!(asked(9, "d").unwrap().len(), 2);
    let said = admin("/readyz");
    assert_eq!(said.status, 200, "{}", said.body);
    assert!(
        said.body.contains("project 7 (seven) is degraded: "),
        "{}",
        said.body
    );
    assert!(
        said.body.contains("project 11 (eleven) is not ready: "),
        "{}",
        said.body
    );
    for (path, status) in [
        ("/readyz?project=7", 200),
        ("/readyz?project=9", 200),
        ("/readyz?shared&project=9", 200),
        ("/readyz?project=11", 503),
        ("/readyz?project=8", 404),
        ("/status?project=8", 404),
    ] {
        assert_eq!(admin(path).status, status, "{path}");
    }
    let page = admin("/status").json();
    assert_eq!(page["project_count"], 3);
    assert_eq!(page["readiness"], "degraded");
    assert_eq!(page["projects"][0]["edit_refused"], true);
    assert_eq!(page["projects"][1]["readiness"], "ready");
    let ready = |project: i64| {
        let name = format!("stringee_router_project_ready{{project=\"{project}\"}}");
        metric(&replica, &name)
    };
    assert_eq!((ready(7), ready(9), ready(11)), (Some(1), Some(1), Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_comes_and_goes_without_a_restart() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (url, mut psql) = two_projects(&server).await;
    let replica = Replica::start_with(&url, ALL);
    let asked = |project: i64, call: &str| {
        rung(&ask(&replica.running, PATH, &question(project, "q", call)))
    };
    assert_eq!(asked(9, "d"), rings("lan", "hoa"));
    psql.run("select remove_project(9)").await;
    wait_for("the project to go", || {
        (asked(9, "d") == Err(404)).then_some(())
    });
    assert_eq!(asked(7, "b"), rings("hoa", "lan"));
    wait_for("its directory to be put aside", || {
        let mut folders = std::fs::read_dir(replica.state.path().join("projects")).unwrap();
        let aside = folders.find_map(|folder| {
            let path = folder.unwrap().path();
            path.to_str()?.contains("/9.removed-").then_some(path)
        })?;
        aside.join("mirror.db").exists().then_some(())
    });
    psql.run("select add_project(9, 'again')").await;
    psql.run(&rules_of(9, "minh", "hoa")).await;
    wait_for("the project to come again", || {
        (asked(9, "e").ok()?.first()? == "minh").then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn several_servers_share_the_calls_of_each_project() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (url, mut psql) = two_projects(&server).await;
    let replicas = [
        Replica::start_with(&url, ALL),
        Replica::start_with(&url, ALL),
    ];
    let asked = |at: usize, project: i64, call: &str| {
        rung(&ask(
            &replicas[at].running,
            PATH,
            &question(project, "q", call),
        ))
        .unwrap()[0]
            .clone()
    };
    let exchanges = |replica: &Replica| replica.running.counter("cluster_exchanges");
    let told = || {
        let before = exchanges(&replicas[1]);
        wait_for("exchanges", || {
            (exchanges(&replicas[1]) >= before + 4).then_some(())
        });
    };
    // The second call of the one is the first of the other.
    assert_eq!(asked(0, 7, "a"), "hoa");
    told();
    assert_eq!(asked(0, 7, "b"), "lan");
    told();
    assert_eq!(asked(1, 7, "b"), "lan");
    assert_eq!(asked(1, 9, "b"), "lan");
    assert_eq!(asked(1, 7, "c"), "hoa");
    // One journal, project by project.
    let rows = "select distinct project_id || ' ' || call_id from decisions order by 1";
    let mut journal = server.psql("rules").await;
    let mut said = Vec::new();
    for _ in 0..100 {
        said = journal.texts(rows).await;
        if said.len() == 4 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(said, ["7 a", "7 b", "7 c", "9 b"]);
    psql.run("set stringee.project = 9; update agents set name = 'Minh' where project_id = 9 and id = 'hoa'")
        .await;
    for replica in &replicas {
        wait_for("the edit at both", || {
            let page = replica.running.admin("/status?project=9").json();
            (page["rules"]["version"] == 3).then_some(())
        });
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_name_the_project() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (url, _psql) = two_projects(&server).await;
    let replica = Replica::start_with(&url, ALL);
    let run = |arguments: &[&str]| {
        let state = format!("database.state={}", replica.state.path().display());
        let url = format!("database.url={url}");
        let admin = replica.running.admin_setting();
        let mut all = vec![
            "--set",
            "database.project=all",
            "--set",
            &state,
            "--set",
            &url,
        ];
        all.extend(["--set", &*admin]);
        all.extend(arguments);
        router(&all)
    };
    let unnamed = said(&run(&["check"]));
    assert!(
        unnamed.contains("say which one, with --project NUMBER"),
        "{unnamed}"
    );
    let edit = "update agents set name = 'Anna' where id = 'hoa'";
    let edited = run(&["sql", edit, "--project", "9", "--yes"]);
    assert_done("sql", &edited);
    assert!(
        said(&edited).contains("in force as version 3"),
        "{}",
        said(&edited)
    );
    let mut psql = server.psql("rules").await;
    let names = "select project_id || name from agents where id = 'hoa' order by 1";
    assert_eq!(psql.texts(names).await, ["7First", "9Anna"]);
    let status = run(&["status"]);
    assert_done("status", &status);
    assert!(
        said(&status).contains("project 9 (nine): ready, version 3, 2 agents"),
        "{}",
        said(&status)
    );
    let one = run(&["status", "--project", "7"]);
    assert!(said(&one).contains("serves version 2-"), "{}", said(&one));
    let journal = run(&["journal", "--project", "9"]);
    assert_done("journal", &journal);
    let notices = said(&router(&[
        "--set",
        "database.project=all",
        "--set",
        "notices.webhook_url=https://example.com/",
        "config",
    ]));
    assert!(notices.contains("notices are of one alone"), "{notices}");
    let refused = said(&router(&["config", "--set", "database.project=7,9"]));
    assert!(refused.contains("set database.url"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_several_projects_is_no_superuser() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (url, _psql) = two_projects(&server).await;
    let superuser = url.replace("router@", "postgres@");
    let replica = Replica::start_with(&superuser, ALL);
    let said = replica.running.admin("/readyz");
    assert_eq!(said.status, 503);
    assert!(said.body.contains("is a superuser"), "{}", said.body);
}
