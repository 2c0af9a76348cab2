//! Who may do what: every route that changes something, with the lowest role that it lets through.
//!
//! A new route without a line here fails.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stringee_router::config::Role;

use crate::console_visitor::Visitor;
use crate::database::Database;
use crate::harness::Running;

/// A route of the API: method, path, body, the lowest role that is not refused with 403.
type ApiRoute = (&'static str, &'static str, fn() -> Value, Role);

fn nothing() -> Value {
    json!({})
}

fn an_edit() -> Value {
    json!({"edits": [{"table": "rules", "key": "1", "set": {"name": "x"}}], "reason": "a reason"})
}

fn a_leave() -> Value {
    json!({"agent": "hoa", "from": "2027-01-04", "until": "2027-01-05"})
}

/// Whoever may draft may begin each of these; what a commit may do is decided by its edits (`roles::may`).
const API: [ApiRoute; 16] = [
    ("POST", "/preview", an_edit, Role::Viewer),
    ("POST", "/drafts", an_edit, Role::Viewer),
    ("PATCH", "/drafts/{id}", an_edit, Role::Viewer),
    ("DELETE", "/drafts/{id}", nothing, Role::Viewer),
    (
        "DELETE",
        "/drafts/{id}/edits/{number}",
        nothing,
        Role::Viewer,
    ),
    (
        "POST",
        "/drafts/{id}/commit",
        || json!({"reason": "a reason"}),
        Role::Viewer,
    ),
    ("POST", "/drafts/{id}/offer", nothing, Role::Viewer),
    ("POST", "/actions/leave", a_leave, Role::Viewer),
    ("POST", "/actions/stand-in", nothing, Role::Viewer),
    ("POST", "/actions/swap", nothing, Role::Viewer),
    ("POST", "/actions/agent", nothing, Role::Viewer),
    ("POST", "/actions/take-test", nothing, Role::Viewer),
    ("POST", "/undo", nothing, Role::Viewer),
    ("POST", "/imports/callers", nothing, Role::Viewer),
    ("POST", "/imports/{id}/draft", nothing, Role::Viewer),
    (
        "POST",
        "/accept",
        || json!({"hash": "0123456789abcdef"}),
        Role::Admin,
    ),
];

/// A page that takes a form, and the lowest role that is not refused with 403; none where nobody need be signed in.
const PAGES: [(&str, Option<Role>); 34] = [
    ("/rules", Some(Role::Viewer)),
    ("/rules/new", Some(Role::Viewer)),
    ("/rules/{id}", Some(Role::Viewer)),
    ("/people/paste", Some(Role::Viewer)),
    ("/people/{id}", Some(Role::Viewer)),
    ("/people/{id}/back", Some(Role::Viewer)),
    ("/swap", Some(Role::Viewer)),
    ("/hours", Some(Role::Viewer)),
    ("/hours/new", Some(Role::Viewer)),
    ("/hours/{id}", Some(Role::Viewer)),
    ("/tests", Some(Role::Viewer)),
    ("/groups/new", Some(Role::Viewer)),
    ("/groups/{id}", Some(Role::Viewer)),
    ("/callers/new", Some(Role::Viewer)),
    ("/callers/import", Some(Role::Viewer)),
    ("/callers/import/{id}", Some(Role::Viewer)),
    ("/callers/{number}", Some(Role::Viewer)),
    ("/changes", Some(Role::Viewer)),
    ("/sql", Some(Role::Admin)),
    ("/people/{id}/leave", Some(Role::Viewer)),
    ("/people/{id}/switch", Some(Role::Viewer)),
    ("/assign", Some(Role::Viewer)),
    ("/drafts/{id}", Some(Role::Viewer)),
    ("/problems", Some(Role::Admin)),
    ("/sign-in", None),
    ("/sign-out", None),
    ("/language", None),
    ("/invite/{secret}", None),
    ("/settings", Some(Role::Viewer)),
    ("/settings/notices", Some(Role::Admin)),
    ("/users", Some(Role::Admin)),
    ("/users/{name}", Some(Role::Admin)),
    ("/tokens", Some(Role::Viewer)),
    ("/tokens/{id}", Some(Role::Viewer)),
];

struct House {
    server: Running,
    users: Vec<(Role, Visitor)>,
    _database: Database,
}

impl House {
    async fn new() -> Self {
        let database = Database::demo().await;
        let state = database.directory().join("state");
        let server = Running::with_state(&database.path(), &state, "");
        let users = Role::ALL.map(|role| {
            let visitor = Visitor::signed_in(&server, &state, role.name(), role);
            (role, visitor)
        });
        Self {
            server,
            users: users.into(),
            _database: database,
        }
    }
}

fn filled(path: &str) -> String {
    let path = path.replace("{id}", "1").replace("{number}", "1");
    path.replace("{name}", "nobody").replace("{secret}", "none")
}

/// The routes of a table in the sources that have one of these methods.
fn written(source: &str, methods: &[&str]) -> BTreeSet<String> {
    let table = source.split("fn routes()").nth(1).unwrap();
    let table = table.split("\n}\n").next().unwrap();
    let mut routes = BTreeSet::new();
    for route in table.split(".route(").skip(1) {
        let path = route.split('"').nth(1).unwrap();
        for method in methods {
            let is_upload = *method == "post" && route.contains("upload()");
            if is_upload || route.contains(&format!("{method}(")) {
                routes.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    routes
}

#[test]
fn every_route_that_changes_something_has_a_role() {
    let source = include_str!("../../src/console/api/mod.rs");
    let listed = API
        .iter()
        .map(|(method, path, ..)| format!("{method} /api/v1{path}"));
    let methods = ["post", "patch", "put", "delete"];
    assert_eq!(listed.collect::<BTreeSet<_>>(), written(source, &methods));
    let source = include_str!("../../src/console/pages/mod.rs");
    let listed = PAGES.iter().map(|(path, _)| format!("POST {path}"));
    assert_eq!(listed.collect::<BTreeSet<_>>(), written(source, &methods));
}

#[tokio::test]
async fn each_route_of_the_api_lets_in_who_has_the_role_and_nobody_else() {
    let mut house = House::new().await;
    for (method, path, body, lowest) in API {
        let path = filled(path);
        let stranger = Visitor::new(&house.server).api(method, &path, Some(&body()));
        assert_eq!(stranger.status, 401, "{method} {path}");
        for (role, visitor) in &mut house.users {
            let seen = visitor.api(method, &path, Some(&body()));
            let is_refused = matches!(seen.status, 401 | 403);
            assert_eq!(
                is_refused,
                *role < lowest,
                "{method} {path} {role:?}: {}",
                seen.body
            );
        }
    }
}

#[tokio::test]
async fn each_form_lets_in_who_has_the_role_and_nobody_else() {
    let mut house = House::new().await;
    for (path, lowest) in PAGES {
        // Whoever signs out is a stranger from then on.
        if path == "/sign-out" {
            continue;
        }
        let path = filled(path);
        let stranger = Visitor::new(&house.server).post(&path, &[]);
        let is_turned_away =
            stranger.status == 303 && stranger.header("location").starts_with("/sign-in");
        assert_eq!(
            is_turned_away,
            lowest.is_some(),
            "{path}: {} {}",
            stranger.status,
            stranger.header("location")
        );
        for (role, visitor) in &mut house.users {
            let seen = visitor.post(&path, &[]);
            let is_refused = seen.status == 403;
            let expected = lowest.is_some_and(|lowest| *role < lowest);
            assert_eq!(is_refused, expected, "{path} {role:?}: {}", seen.status);
        }
    }
}

#[tokio::test]
async fn a_page_of_another_site_posts_nothing() {
    let mut house = House::new().await;
    for (path, _) in PAGES {
        let path = filled(path);
        for (role, visitor) in &mut house.users {
            visitor
                .headers
                .insert("sec-fetch-site", "cross-site".to_owned());
            visitor
                .headers
                .insert("origin", "https://elsewhere.example".to_owned());
            let seen = visitor.post(&path, &[]);
            assert_eq!(seen.status, 403, "{path} {role:?}");
        }
    }
}
