//! Edits by the console's API: drafts, previews, commits, conflicts, undo; and what each role may.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use std::io::BufRead;
use std::path::PathBuf;
use std::slice::from_ref;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stringee_router::config::Role;
use stringee_router::store::{CONSOLE_FILE, ConsoleFile, NewToken};

use crate::cli_program::Program;
use crate::console_visitor::{Seen, Visitor};
use crate::database::Database;
use crate::harness::{Running, wait_for};

/// A server with a console.
struct Desk {
    server: Running,
    state: PathBuf,
    database: Database,
}

impl Desk {
    async fn ringing(agents: &[&str]) -> Self {
        Self::of(Database::ringing(agents).await, "")
    }

    fn of(database: Database, config: &str) -> Self {
        let state = database.directory().join("state");
        let server = Running::with_state(&database.path(), &state, config);
        let desk = Self {
            server,
            state,
            database,
        };
        let mut watcher = desk.user("watcher", Role::Viewer);
        wait_for("the rules to be read", || {
            (watcher.api("GET", "/agents", None).status == 200).then_some(())
        });
        desk
    }

    fn user(&self, name: &str, role: Role) -> Visitor {
        Visitor::signed_in(&self.server, &self.state, name, role)
    }

    /// A token of hoa's; the console's file.
    fn add_token(&self, token: &str) -> ConsoleFile {
        let file = ConsoleFile::open(&self.state.join(CONSOLE_FILE)).unwrap();
        file.add_token(&NewToken {
            hash: &Sha256::digest(token),
            user_name: "hoa",
            name: "ci",
            role: "admin",
            created_at: jiff::Timestamp::UNIX_EPOCH,
            expires_at: jiff::Timestamp::MAX,
        })
        .unwrap();
        file
    }

    fn rung(&self) -> Vec<String> {
        self.server.rung("q", "call-1", "842471001001")
    }
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    #[track_caller]
    fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }
}

fn position(agent: &str, position: i64) -> Value {
    json!({"table": "group_members", "key": format!("team/{agent}"), "set": {"position": position}})
}

/// A draft of these edits; its id.
#[track_caller]
fn draft(visitor: &mut Visitor, edits: &[Value]) -> i64 {
    let begun = visitor.api("POST", "/drafts", Some(&json!({ "edits": edits })));
    begun.expect(201)["id"].as_i64().unwrap()
}

fn commit(visitor: &mut Visitor, draft: i64, body: &Value) -> Seen {
    visitor.api("POST", &format!("/drafts/{draft}/commit"), Some(body))
}

#[tokio::test]
async fn a_draft_is_previewed_and_committed_and_taken_back() {
    let desk = Desk::ringing(&["an", "binh"]).await;
    assert_eq!(desk.rung(), ["an", "binh"]);
    let mut hoa = desk.user("hoa", Role::Supervisor);
    let id = draft(&mut hoa, &[position("an", 9)]);

    let preview = hoa
        .api("GET", &format!("/drafts/{id}/preview"), None)
        .expect(200);
    assert_eq!(
        preview["rows"],
        json!([{"table": "group_members", "key": "team/an", "op": "update",
            "before": {"position": 0}, "after": {"position": 9}}])
    );
    assert_eq!(
        (&preview["may_commit"], &preview["why_not"]),
        (&json!(true), &Value::Null)
    );

    let expect = json!({"planned_hash": preview["planned_hash"], "somebody_else": preview["calls"]["somebody_else"],
        "nobody": preview["calls"]["nobody"]});
    let done = commit(
        &mut hoa,
        id,
        &json!({"reason": "Bình trước", "expect": expect}),
    )
    .expect(200);
    assert_eq!(done["state"], "in_force", "{done}");
    assert_eq!(desk.rung(), ["binh", "an"]);
    hoa.api("GET", &format!("/drafts/{id}"), None).expect(404);

    let changes = wait_for("the history to have it", || {
        let changes = hoa.api("GET", "/changes?actor=hoa", None).json();
        changes["versions"][0]["changes"][0]
            .is_object()
            .then_some(changes)
    });
    let change = &changes["versions"][0]["changes"][0];
    assert_eq!(
        (&change["actor"], &change["reason"]),
        (&json!("hoa"), &json!("Bình trước"))
    );

    let undo = json!({"undo": done["commit"], "commit": true, "reason": "nhầm"});
    hoa.api("POST", "/undo", Some(&undo)).expect(200);
    assert_eq!(desk.rung(), ["an", "binh"]);
}

#[tokio::test]
async fn what_others_changed_in_other_columns_stays_and_in_the_same_one_asks() {
    let desk = Desk::ringing(&["an", "binh"]).await;
    let (mut hoa, mut minh) = (
        desk.user("hoa", Role::Admin),
        desk.user("minh", Role::Admin),
    );
    let weight = json!({"table": "group_members", "key": "team/an", "set": {"weight": 50}});
    let (of_hoa, other) = (
        draft(&mut hoa, &[position("an", 9)]),
        draft(&mut hoa, &[weight]),
    );
    let of_minh = draft(&mut minh, &[position("an", 5)]);
    commit(&mut minh, of_minh, &json!({"reason": "Minh"})).expect(200);

    let conflict = commit(&mut hoa, of_hoa, &json!({"reason": "Hoa"}));
    let said = conflict.expect(409);
    assert_eq!(conflict.header("content-type"), "application/problem+json");
    assert_eq!(
        (&said["code"], &said["rows"]),
        (
            &json!("conflict"),
            &json!([{"table": "group_members", "key": "team/an", "column": "position",
                "base": 0, "theirs": 5, "mine": 9}])
        )
    );
    commit(&mut hoa, other, &json!({"reason": "Hoa"})).expect(200);
    let row = hoa.api("GET", "/group_members/team/an", None).expect(200);
    assert_eq!(
        (&row["row"]["position"], &row["row"]["weight"]),
        (&json!(5), &json!(50))
    );
}

#[tokio::test]
async fn one_of_two_edits_in_one_version_is_taken_back() {
    let desk = Desk::ringing(&["an", "binh"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let id = draft(&mut hoa, &[position("an", 9), position("binh", 3)]);
    let done = commit(&mut hoa, id, &json!({"reason": "hai ô"})).expect(200);
    let version = done["version"].as_i64().unwrap();
    let numbered = wait_for("the history to have it", || {
        let changes = hoa.api("GET", "/changes", None).json();
        let newest = changes["versions"][0].clone();
        (newest["version"] == version).then_some(newest)
    });
    let of_an = numbered["changes"].as_array().unwrap().iter();
    let of_an = of_an.filter(|change| change["key"] == "team/an");
    let number = of_an
        .map(|change| change["number"].as_i64().unwrap())
        .next()
        .unwrap();

    let undo = json!({"changes": [format!("{version}.{number}")]});
    let begun = hoa.api("POST", "/undo", Some(&undo)).expect(201);
    assert_eq!(begun["edits"][0]["set"], json!({"position": 0}));
    let id = begun["id"].as_i64().unwrap();
    commit(&mut hoa, id, &json!({"reason": "lại"})).expect(200);
    let positions = |visitor: &mut Visitor| {
        ["an", "binh"].map(|agent| {
            let row = visitor.api("GET", &format!("/group_members/team/{agent}"), None);
            row.json()["row"]["position"].as_i64().unwrap()
        })
    };
    assert_eq!(positions(&mut hoa), [0, 3]);
}

#[tokio::test]
async fn rules_that_a_server_would_refuse_are_not_committed() {
    let desk = Desk::ringing(&["an"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let step =
        |value: i64| json!({"table": "rule_steps", "key": "1/1", "set": {"answer_timeout": value}});
    let preview = hoa
        .api("POST", "/preview", Some(&json!({"edits": [step(500)]})))
        .expect(200);
    assert_eq!(
        (&preview["may_commit"], &preview["why_not"]),
        (&json!(false), &json!("problems"))
    );
    let problem = &preview["problems"][0];
    assert_eq!(
        (&problem["table"], &problem["key"]),
        (&json!("rule_steps"), &json!("1/1"))
    );
    let id = draft(&mut hoa, &[step(500)]);
    let refused = commit(&mut hoa, id, &json!({"reason": "quá lâu"})).expect(422);
    assert_eq!(refused["code"], "problems");
    let row = hoa.api("GET", "/rule_steps/1/1", None).expect(200);
    assert_eq!(row["row"]["answer_timeout"], Value::Null);
}

#[tokio::test]
async fn a_commit_that_would_do_something_else_than_was_seen_is_not_done() {
    let desk = Desk::ringing(&["an", "binh"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let id = draft(&mut hoa, &[position("an", 9)]);
    let seen = json!({"planned_hash": "0", "somebody_else": 0, "nobody": 0});
    let changed = commit(&mut hoa, id, &json!({"reason": "hoa", "expect": seen})).expect(409);
    assert_eq!(changed["code"], "preview_changed");
    assert_eq!(changed["preview"]["rows"][0]["key"], "team/an");
    assert_eq!(desk.rung(), ["an", "binh"]);
}

#[tokio::test]
async fn a_version_that_leaves_callers_alone_is_held_and_accepted_by_an_admin() {
    let agents = ["an", "binh", "chi", "dung", "em"];
    let desk = Desk::ringing(&agents).await;
    desk.rung();
    let mut hoa = desk.user("hoa", Role::Admin);
    let off = agents.map(|agent| json!({"table": "agents", "key": agent, "set": {"enabled": 0}}));
    let preview = hoa
        .api("POST", "/preview", Some(&json!({"edits": off})))
        .expect(200);
    assert!(!preview["held"].as_array().unwrap().is_empty(), "{preview}");
    assert!(
        !preview["holes"]["opened"].as_array().unwrap().is_empty(),
        "{preview}"
    );
    let id = draft(&mut hoa, &off);
    let held = commit(&mut hoa, id, &json!({"reason": "nghỉ hết"})).expect(200);
    assert_eq!(held["state"], "held");
    assert_eq!(desk.rung(), agents);

    let order = json!({"hash": held["held"]["hash"]});
    let mut lan = desk.user("lan", Role::Supervisor);
    assert_eq!(lan.api("POST", "/accept", Some(&order)).status, 403);
    hoa.api("POST", "/accept", Some(&order)).expect(200);
    assert!(desk.rung().is_empty());
}

#[tokio::test]
async fn each_role_commits_what_it_may() {
    let desk = Desk::ringing(&["an", "binh"]).await;
    let rule = json!({"table": "rules", "key": "1", "set": {"name": "mọi người"}});
    let off = |agent: &str| json!({"table": "agents", "key": agent, "set": {"enabled": 0}});
    let why = |visitor: &mut Visitor, edits: &[Value]| {
        let preview = visitor.api("POST", "/preview", Some(&json!({ "edits": edits })));
        preview.expect(200)["why_not"].clone()
    };
    let mut lan = desk.user("lan", Role::Viewer);
    assert_eq!(why(&mut lan, &[position("an", 9)]), "viewer");
    let id = draft(&mut lan, &[position("an", 9)]);
    let refused = commit(&mut lan, id, &json!({"reason": "lan"})).expect(403);
    assert_eq!(
        (&refused["code"], &refused["why"]),
        (&json!("may_not"), &json!("viewer"))
    );

    let mut hoa = desk.user("hoa", Role::Supervisor);
    assert_eq!(why(&mut hoa, &[position("an", 9)]), Value::Null);
    assert_eq!(why(&mut hoa, from_ref(&rule)), "admins_table");
    assert_eq!(why(&mut hoa, &[off("an")]), Value::Null);
    assert_eq!(why(&mut hoa, &[off("an"), off("binh")]), "leaves_nobody");
    // Drafts are one's own.
    assert_eq!(hoa.api("GET", &format!("/drafts/{id}"), None).status, 404);

    let mut minh = desk.user("minh", Role::Admin);
    assert_eq!(why(&mut minh, from_ref(&rule)), Value::Null);
    minh.api("GET", &format!("/drafts/{id}"), None).expect(200);
    let id = draft(&mut minh, &[rule]);
    let short = commit(&mut minh, id, &json!({"reason": "abc"})).expect(422);
    assert_eq!(short["code"], "reason_missing");
}

#[tokio::test]
async fn a_leave_opens_a_hole_and_a_stand_in_closes_it() {
    let desk = Desk::ringing(&["an"]).await;
    let mut shell = desk.database.shell().await;
    shell
        .run("insert into agents (id, name) values ('binh', 'Bình')")
        .await;
    let mut hoa = desk.user("hoa", Role::Admin);
    wait_for("Bình to be read", || {
        (hoa.api("GET", "/agents/binh", None).status == 200).then_some(())
    });
    let since = hoa.api("GET", "/status", None).json()["since"].clone();
    let (today, _) = since.as_str().unwrap().split_once('T').unwrap();
    let leave = json!({"agent": "an", "from": today, "until": today});
    let begun = hoa.api("POST", "/actions/leave", Some(&leave)).expect(201);
    let alone = json!({"agent": "an", "with": "an", "date": today, "with_date": today});
    let alone = hoa.api("POST", "/actions/swap", Some(&alone)).expect(422);
    assert_eq!(alone["code"], "not_two_people");
    let id = begun["id"].as_i64().unwrap();
    let path = format!("/drafts/{id}/preview");
    let preview = hoa.api("GET", &path, None).expect(200);
    let opened = &preview["holes"]["opened"][0];
    assert_eq!(
        (&opened["shade"], &opened["dates"]),
        (&json!("nobody"), &json!([today]))
    );

    let stand_in = json!({"agent": "an", "by": "binh", "from": today, "draft": id});
    hoa.api("POST", "/actions/stand-in", Some(&stand_in))
        .expect(200);
    let preview = hoa.api("GET", &path, None).expect(200);
    assert_eq!(preview["holes"]["opened"], json!([]), "{preview}");
    commit(&mut hoa, id, &json!({"reason": "nghỉ phép"})).expect(200);
    assert_eq!(desk.rung(), ["binh"]);
}

#[tokio::test]
async fn a_draft_is_changed_only_as_it_was_seen() {
    let desk = Desk::ringing(&["an"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let id = draft(&mut hoa, &[position("an", 9)]);
    let path = format!("/drafts/{id}");
    let more = json!({"edits": [{"table": "agents", "key": "an", "set": {"note": "x"}}]});
    assert_eq!(hoa.api("PATCH", &path, Some(&more)).status, 428);
    hoa.headers.insert("if-match", "\"1\"".to_owned());
    let changed = hoa.api("PATCH", &path, Some(&more));
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""));
    assert_eq!(hoa.api("PATCH", &path, Some(&more)).status, 412);
    hoa.headers.insert("if-match", "\"2\"".to_owned());
    let left = hoa
        .api("DELETE", &format!("{path}/edits/1"), None)
        .expect(200);
    assert_eq!(left["edits"].as_array().unwrap().len(), 1);
    hoa.headers.insert("if-match", "\"3\"".to_owned());
    assert_eq!(hoa.api("DELETE", &path, None).status, 204);
}

#[tokio::test]
async fn every_route_wants_somebody_and_answers_in_json() {
    let desk = Desk::of(Database::demo().await, "");
    let mut stranger = Visitor::new(&desk.server);
    let mut viewer = desk.user("lan", Role::Viewer);
    let document = viewer.api("GET", "/openapi.json", None).expect(200);
    let paths = document["paths"].as_object().unwrap();
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let path = path.replace("{id}", "1").replace("{number}", "1");
            let path = path.replace("{table}", "agents").replace("{key}", "hoa");
            let method = method.to_uppercase();
            let body = (method != "GET").then(|| json!({}));
            let seen = stranger.api(&method, &path, body.as_ref());
            if path != "/openapi.json" {
                assert_eq!(seen.status, 401, "{method} {path}: {}", seen.body);
            }
            if method == "GET"
                && ![
                    "/events",
                    "/drafts/1",
                    "/drafts/1/preview",
                    "/calls/1",
                    "/imports/1",
                ]
                .contains(&&*path)
            {
                let seen = viewer.api(&method, &path, None);
                assert_eq!(seen.status, 200, "{method} {path}: {}", seen.body);
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_understood_is_a_problem_in_json() {
    let desk = Desk::ringing(&["an"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let check = |seen: Seen, status: u16, code: &str| {
        assert_eq!(
            seen.header("content-type"),
            "application/problem+json",
            "{}",
            seen.body
        );
        assert_eq!(seen.expect(status)["code"], code);
    };
    let wrong = json!({"edits": "all"});
    check(
        hoa.api("POST", "/preview", Some(&wrong)),
        422,
        "not_understood",
    );
    check(
        hoa.api("GET", "/explain?waited=soon", None),
        400,
        "not_understood",
    );
    check(hoa.api("GET", "/now?at=noon", None), 422, "no_time");
    check(hoa.api("GET", "/users", None), 404, "no_such_table");
    check(hoa.api("GET", "/agents/nobody", None), 404, "no_such_row");
    let edits = json!({"edits": [{"table": "agents", "key": "an", "set": {"nme": "An"}}]});
    check(
        hoa.api("POST", "/preview", Some(&edits)),
        422,
        "no_such_column",
    );
}

#[tokio::test]
async fn pages_of_rows_follow_one_another() {
    let desk = Desk::of(Database::demo().await, "");
    let mut viewer = desk.user("lan", Role::Viewer);
    for table in ["agents", "callers"] {
        let all = viewer
            .api("GET", &format!("/{table}?limit=500"), None)
            .expect(200);
        let all = all["rows"].as_array().unwrap().clone();
        assert!(all.len() > 3, "{table}");
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = viewer
                .api("GET", &format!("/{table}?limit=2&after={after}"), None)
                .expect(200);
            found.extend(page["rows"].as_array().unwrap().clone());
            match page["after"].as_str() {
                Some(next) => after = utf8_percent_encode(next, NON_ALPHANUMERIC).to_string(),
                None => break,
            }
        }
        assert_eq!(found, all, "{table}");
    }
    let found = viewer.api("GET", "/agents?q=nguyen", None).expect(200);
    assert!(
        !found["rows"].as_array().unwrap().is_empty(),
        "without accents"
    );
}

#[tokio::test]
async fn an_upload_keeps_what_its_empty_cells_do_not_say() {
    let desk = Desk::ringing(&["an"]).await;
    let mut shell = desk.database.shell().await;
    shell
        .run("insert into callers (number, name, tags) values ('84986776777', 'Nam', 'vip')")
        .await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let file =
        "Phone,Name,Tags,Note\n0986776777,,,gọi lại\n0912000111,Lan,new,\nnot a number,X,,\n";
    let sent = hoa
        .send("/imports/callers?file_name=crm.csv", file)
        .expect(201);
    assert_eq!(
        (&sent["state"], &sent["found"]["lines"]),
        (&json!("read"), &json!(2))
    );
    assert_eq!(sent["found"]["left_out_count"], 1);
    let path = format!("/imports/{}/draft", sent["id"]);
    let draft = |visitor: &mut Visitor, order: Value| {
        let begun = visitor.api("POST", &path, Some(&order)).expect(201);
        begun["edits"].as_array().unwrap().clone()
    };
    // By number: the new caller comes first.
    let kept = draft(&mut hoa, json!({}));
    assert_eq!(kept[0]["add"]["name"], "Lan");
    assert_eq!(kept[1]["set"], json!({"note": "gọi lại"}));
    let cleared = draft(&mut hoa, json!({"empty": "clear"}));
    assert_eq!(
        cleared[1]["set"],
        json!({"name": null, "tags": null, "note": "gọi lại"})
    );

    let drafts = hoa.api("GET", "/drafts", None).json();
    let first = drafts["drafts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|draft| draft["id"].as_i64().unwrap())
        .min();
    commit(&mut hoa, first.unwrap(), &json!({"reason": "CRM"})).expect(200);
    let row = hoa.api("GET", "/callers/84986776777", None).expect(200);
    assert_eq!(
        (&row["row"]["name"], &row["row"]["tags"]),
        (&json!("Nam"), &json!("vip"))
    );
}

#[tokio::test]
async fn the_command_line_edits_another_machine_by_a_token() {
    let desk = Desk::ringing(&["an", "binh"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let token = "srt_0123456789abcdef";
    desk.add_token(token);
    let program = Program::new();
    program.write("token", token);
    let server = format!("http://{}", desk.server.admin_address());
    let run = |arguments: &[&str]| {
        let there = ["--server", &server, "--token-file", "token"];
        program.run(&[arguments, &there].concat())
    };
    let sql = "update agents set note = 'x' where id = 'an'";
    let plan = run(&["sql", sql, "--plan"]);
    assert_eq!(plan.code, Some(1), "{plan}");
    assert!(plan.output.contains("\"note\": \"x\""), "{plan}");
    let row = |visitor: &mut Visitor| visitor.api("GET", "/agents/an", None).json()["row"].clone();
    assert_eq!(row(&mut hoa)["note"], Value::Null);

    let done = run(&["sql", sql, "--yes", "--reason", "a note"]);
    assert_eq!(done.code, Some(0), "{done}");
    assert_eq!(row(&mut hoa)["note"], "x");
    let status = run(&["status"]);
    assert_eq!(status.code, Some(0), "{status}");
    let explained = run(&["explain", "--queue", "q"]);
    assert!(
        explained.output.contains("\"outcome\": \"rule\""),
        "{explained}"
    );
    program.write("agents.csv", "id,name,note\nan,An,\nbinh,Bình,\n");
    let imported = run(&["import", "agents.csv", "--yes"]);
    assert_eq!(imported.code, Some(0), "{imported}");
    assert_eq!(row(&mut hoa)["name"], "An");
    let listed = wait_for("the history to have it", || {
        let listed = run(&["history", "list"]);
        listed.output.contains("hoa via token ci").then_some(listed)
    });
    assert_eq!(listed.code, Some(0));
    program.write("token", "srt_other");
    let refused = run(&["status"]);
    assert_eq!(refused.code, Some(2), "{refused}");
}

#[tokio::test]
async fn events_tell_the_whole_state_first_then_what_changes_and_end_with_the_server() {
    let desk = Desk::ringing(&["an", "binh"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let mut lines = hoa.follow("/events").lines();
    let mut next = |wanted: &str| {
        let mut lines = lines.by_ref().map_while(Result::ok);
        assert!(
            lines.any(|line| line == format!("event: {wanted}")),
            "{wanted}"
        );
        lines.next().unwrap()
    };
    let version = |line: &str| {
        let state: Value = serde_json::from_str(line.strip_prefix("data: ").unwrap()).unwrap();
        state["version"].as_i64().unwrap()
    };
    let first = version(&next("state"));
    let id = draft(&mut hoa, &[position("an", 9)]);
    commit(&mut hoa, id, &json!({"reason": "hoa"})).expect(200);
    assert_eq!(version(&next("state")), first + 1);
    desk.server.signal(rustix::process::Signal::TERM);
    assert_eq!(next("bye"), "data: {}");
    assert!(desk.server.ended().success());
}

/// Commits edits at once, whatever they do.
#[track_caller]
fn apply(visitor: &mut Visitor, edits: &[Value]) {
    let id = draft(visitor, edits);
    commit(visitor, id, &json!({"reason": "for a test"})).expect(200);
}

#[tokio::test]
async fn holes_and_coverage_are_those_of_a_draft() {
    let desk = Desk::ringing(&["an"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let edit = json!({"table": "agents", "key": "an", "set": {"enabled": 0}});
    let id = draft(&mut hoa, &[edit]);
    let holes = |hoa: &mut Visitor, path: &str| {
        let found = hoa.api("GET", path, None).expect(200);
        found["holes"].as_array().unwrap().len()
    };
    assert_eq!(holes(&mut hoa, "/holes"), 0);
    assert!(holes(&mut hoa, &format!("/holes?draft={id}")) > 0);
    let nobody = |hoa: &mut Visitor, path: &str| {
        let found = hoa.api("GET", path, None).expect(200);
        found["half_hours"]["nobody"].as_u64()
    };
    assert_eq!(nobody(&mut hoa, "/coverage?days=1"), Some(0));
    let of_draft = format!("/coverage?days=1&draft={id}");
    assert_eq!(nobody(&mut hoa, &of_draft), Some(48));
    let mut lan = desk.user("lan", Role::Viewer);
    let seen = lan.api("GET", &format!("/holes?draft={id}"), None);
    assert_eq!(seen.expect(404)["code"], "no_such_draft");
}

#[tokio::test]
async fn a_call_is_explained_by_the_rules_of_an_earlier_version() {
    let desk = Desk::ringing(&["an", "chi"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let first = |hoa: &mut Visitor, path: &str| {
        let found = hoa.api("GET", path, None).expect(200);
        found["agents"][0]["stringee_user_id"]
            .as_str()
            .map(str::to_owned)
    };
    assert_eq!(first(&mut hoa, "/explain?queue=q").as_deref(), Some("an"));
    let version = hoa.api("GET", "/status", None).expect(200)["version"].clone();
    let edit = json!({"table": "agents", "key": "an", "set": {"enabled": 0}});
    apply(&mut hoa, &[edit]);
    wait_for("the edit to be in force", || {
        (first(&mut hoa, "/explain?queue=q").as_deref() == Some("chi")).then_some(())
    });
    let then = format!("/explain?queue=q&version={version}");
    wait_for("the version before to be kept as a copy", || {
        let seen = hoa.api("GET", &then, None);
        (seen.status == 200).then_some(())
    });
    assert_eq!(first(&mut hoa, &then).as_deref(), Some("an"));
    let never = hoa.api("GET", "/explain?queue=q&version=999", None);
    assert_eq!(never.expect(404)["code"], "no_such_version");
}

#[tokio::test]
async fn changes_and_rows_come_page_by_page_and_in_order() {
    let desk = Desk::ringing(&["an", "binh", "chi"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    for number in 1..=3 {
        let name = format!("An {number}");
        apply(
            &mut hoa,
            &[json!({"table": "agents", "key": "an", "set": {"name": name}})],
        );
    }
    let newest = |hoa: &mut Visitor, path: &str| hoa.api("GET", path, None).expect(200);
    let all = wait_for("the history", || {
        let found = newest(&mut hoa, "/changes");
        (found["versions"].as_array().unwrap().len() >= 3).then_some(found)
    });
    let page = newest(&mut hoa, "/changes?limit=1");
    assert_eq!(page["versions"][0], all["versions"][0]);
    let after = page["after"].as_i64().unwrap();
    let next = newest(&mut hoa, &format!("/changes?limit=1&after={after}"));
    assert_eq!(next["versions"][0], all["versions"][1]);

    let names = |hoa: &mut Visitor, path: &str| -> Vec<String> {
        let found = hoa.api("GET", path, None).expect(200);
        let rows = found["rows"].as_array().unwrap().iter();
        rows.map(|row| row["key"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&mut hoa, "/agents?sort=-id"), ["chi", "binh", "an"]);
    assert_eq!(
        names(&mut hoa, "/agents?sort=-id&after=chi&limit=1"),
        ["binh"]
    );
    assert_eq!(names(&mut hoa, "/agents?sort=name"), ["an", "binh", "chi"]);
    let wrong = hoa.api("GET", "/agents?sort=nme", None);
    assert_eq!(wrong.expect(422)["code"], "no_such_column");
    let callers = hoa.api("GET", "/callers?sort=name", None);
    assert_eq!(callers.expect(422)["code"], "no_such_order");
}

#[tokio::test]
async fn tables_are_exported_as_toml_json_or_csv() {
    let desk = Desk::ringing(&["an"]).await;
    let mut hoa = desk.user("hoa", Role::Viewer);
    let csv = hoa.api("GET", "/export?format=csv&tables=agents", None);
    assert_eq!(
        (csv.status, csv.header("content-type")),
        (200, "text/csv; charset=utf-8")
    );
    assert!(
        csv.body.lines().nth(1).unwrap().starts_with("an,"),
        "{}",
        csv.body
    );
    let json = hoa
        .api("GET", "/export?format=json&tables=agents,groups", None)
        .expect(200);
    assert_eq!(json["agents"][0]["id"], "an");
    assert!(json.get("rules").is_none(), "{json}");
    let toml = hoa.api("GET", "/export?tables=agents", None);
    assert!(
        toml.body.starts_with("agents = [\n  { id = \"an\""),
        "{}",
        toml.body
    );
    assert!(!toml.body.contains("rules = ["), "{}", toml.body);
    let two = hoa.api("GET", "/export?format=csv&tables=agents,groups", None);
    assert_eq!(two.expect(422)["code"], "one_table");
    let none = hoa.api("GET", "/export?tables=users", None);
    assert_eq!(none.expect(404)["code"], "no_such_table");
}

/// The data of the next event of a kind.
#[track_caller]
fn next_of(stream: &mut impl BufRead, kind: &str) -> Value {
    loop {
        let mut line = String::new();
        assert!(stream.read_line(&mut line).unwrap() > 0, "no {kind}");
        if line.trim_end() == format!("event: {kind}") {
            let mut data = String::new();
            stream.read_line(&mut data).unwrap();
            return serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        }
    }
}

#[tokio::test]
async fn drafts_of_others_are_told_to_admins_alone() {
    let desk = Desk::ringing(&["an"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let mut lan = desk.user("lan", Role::Viewer);
    let mut minh = desk.user("minh", Role::Supervisor);
    let mut streams = [hoa.follow("/events"), lan.follow("/events")];
    for stream in &mut streams {
        next_of(stream, "state");
    }
    let of_minh = draft(&mut minh, &[position("an", 9)]);
    let of_lan = draft(&mut lan, &[position("an", 8)]);
    let [of_hoa, of_lans] = &mut streams;
    assert_eq!(next_of(of_hoa, "draft")["id"], of_minh);
    assert_eq!(next_of(of_hoa, "draft")["id"], of_lan);
    assert_eq!(next_of(of_lans, "draft")["id"], of_lan, "not minh's");
    draft(&mut hoa, &[position("an", 7)]);
    assert_eq!(next_of(of_hoa, "draft")["by"], "hoa");
}

#[tokio::test]
async fn nobody_goes_on_following_who_would_not_be_let_in_any_more() {
    let desk = Desk::ringing(&["an"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let mut lan = desk.user("lan", Role::Viewer);
    let minh = desk.user("minh", Role::Viewer);
    let file = desk.add_token("srt_0123456789abcdef");
    let mut program = Visitor::new(&desk.server);
    let bearer = "Bearer srt_0123456789abcdef".to_owned();
    program.headers.insert("authorization", bearer);
    let mut stays = hoa.follow("/events");
    let ends = [&lan, &minh, &program].map(|one| one.follow("/events"));
    assert_eq!(lan.post("/sign-out", &[]).status, 303);
    assert_eq!(hoa.post("/users/minh", &[("act", "off")]).status, 200);
    let token = file.tokens(None).unwrap().remove(0);
    assert!(file.delete_token(token.id, None).unwrap());
    for stream in ends {
        // Only the end of the stream ends this.
        let lines = stream.lines().map(Result::unwrap);
        assert!(lines.filter(|line| line.starts_with("event")).count() > 0);
    }
    assert_eq!(hoa.get("/rules").status, 200);
    assert_eq!(next_of(&mut stays, "present")["who"], "hoa");
}

#[tokio::test]
async fn what_happens_is_told_by_kind() {
    let desk = Desk::ringing(&["an", "binh", "chi"]).await;
    let mut hoa = desk.user("hoa", Role::Admin);
    let mut stream = hoa.follow("/events");
    let mut next = |kind: &str| next_of(&mut stream, kind);
    assert_eq!(next("state")["edit_refused"], false);
    assert_eq!(hoa.get("/rules").status, 200);
    assert_eq!(next("present")["page"], "/rules");
    let note = json!({"table": "agents", "key": "an", "set": {"name": "An Hoài"}});
    let id = draft(&mut hoa, std::slice::from_ref(&note));
    let told = next("draft");
    assert_eq!((&told["id"], &told["by"]), (&json!(id), &json!("hoa")));
    assert_eq!(
        (&told["tables"], &told["keys"]),
        (&json!(["agents"]), &json!(["an"]))
    );
    apply(&mut hoa, &[note]);
    let version = next("version");
    assert_eq!(version["actor"], "hoa", "{version}");
    let mut shell = desk.database.shell().await;
    shell.run("pragma ignore_check_constraints = on").await;
    shell.run("update agents set answer_timeout = 500").await;
    assert_eq!(next("refused")["problems"][0]["code"], "not_a_whole_number");
    shell.run("update agents set answer_timeout = null").await;
    shell
        .run("delete from group_members where agent_id <> 'an'")
        .await;
    assert_eq!(next("held")["objections"][0]["code"], "other_people");
}
