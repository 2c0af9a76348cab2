//! The console's pages as they are sent: what people have written into the tables is text on them, never markup; and an
//! edit goes the way from a form to the rules in force.

use std::path::PathBuf;

use stringee_router::config::Role;

use crate::console_visitor::Visitor;
use crate::database::Database;
use crate::harness::{Running, wait_for};

/// A server with the demo data.
pub(crate) struct House {
    pub(crate) server: Running,
    pub(crate) state: PathBuf,
    pub(crate) database: Database,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    pub(crate) async fn with(config: &str) -> Self {
        let database = Database::demo().await;
        let state = database.directory().join("state");
        Self {
            server: Running::with_state(&database.path(), &state, config),
            state,
            database,
        }
    }

    pub(crate) fn user(&self, name: &str, role: Role) -> Visitor {
        Visitor::signed_in(&self.server, &self.state, name, role)
    }
}

/// Pages that show the texts of the tables.
const PAGES: [&str; 23] = [
    "/",
    "/?at=2026-11-27T09:42&caller=84986776777",
    "/?at=2026-12-02T02:00",
    "/roster?from=2026-11-30",
    "/roster?from=2026-11-30&day=2026-12-02",
    "/rules",
    "/rules?order=1",
    "/rules/7",
    "/rules/new?copy=7",
    "/people",
    "/people/hoa",
    "/groups/kinh_doanh",
    "/assign?agent=hoa",
    "/swap?agent=hoa",
    "/hours",
    "/hours/gio_lam_viec",
    "/tests",
    "/callers/0912%20000%20111",
    "/callers/new",
    "/callers",
    "/calls",
    "/changes",
    "/problems",
];

#[tokio::test]
async fn what_stands_in_the_tables_is_text() {
    // Texts that rules go by change as well.
    let house = House::with("[database]\nhold_seconds = 0\nrule_tests = 'warn'").await;
    let mut hoa = house.user("hoa", Role::Admin);
    let evil = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}\"'";
    let quoted = evil.replace('\'', "''");
    let mut shell = house.database.shell().await;
    for (table, column) in [
        ("agents", "name"),
        ("agents", "note"),
        ("groups", "name"),
        ("groups", "note"),
        ("rules", "name"),
        ("rules", "note"),
        ("queues", "name"),
        ("queues", "note"),
        ("schedules", "name"),
        ("schedules", "note"),
        ("hotlines", "name"),
        ("hotlines", "note"),
        ("holidays", "name"),
        ("callers", "name"),
        ("callers", "note"),
        ("callers", "tags"),
        ("absences", "note"),
        ("stand_ins", "note"),
        ("schedule_hours", "note"),
        ("rule_tests", "note"),
        ("settings", "note"),
    ] {
        shell
            .run(&format!("update {table} set {column} = '{quoted}'"))
            .await;
    }
    shell.close().await;
    wait_for("the edit to be in force", || {
        let page = hoa.get("/rules").body;
        page.contains("&lt;img").then_some(())
    });
    for page in PAGES {
        let seen = hoa.get(page);
        assert_eq!(seen.status, 200, "{page}");
        for markup in [
            "<img",
            "<script>",
            "</title></",
            "onerror=alert(1)>\u{202e}\"",
        ] {
            assert!(!seen.body.contains(markup), "{page} has {markup}");
        }
    }
}

#[tokio::test]
async fn a_leave_is_prepared_looked_at_and_applied() {
    let house = House::new().await;
    let mut minh = house.user("minh", Role::Supervisor);
    let form = [
        ("span", "other"),
        ("from", "2027-03-01"),
        ("until", "2027-03-02"),
        ("cover", ""),
    ];
    let begun = minh.post("/people/an/leave", &form);
    assert_eq!(begun.status, 303, "{}", begun.body);
    let draft = begun.header("location").to_owned();
    let page = minh.get(&draft);
    assert!(
        page.body.contains("absences") && page.body.contains("2027-03-01"),
        "{}",
        page.body
    );
    let applied = minh.post(&draft, &[("act", "apply"), ("reason", "an xin nghỉ")]);
    assert_eq!(
        applied.header("location"),
        "/drafts?done=in_force",
        "{}",
        applied.body
    );
    assert!(minh.get("/drafts").body.contains("Chưa có bản nháp nào"));
    wait_for("the history to say who", || {
        let page = minh.get("/changes").body;
        (page.contains("minh") && page.contains("an xin nghỉ")).then_some(())
    });
}

#[tokio::test]
async fn a_rule_is_edited_by_an_admin_and_offered_by_a_supervisor() {
    let house = House::new().await;
    let mut minh = house.user("minh", Role::Supervisor);
    let mut hoa = house.user("hoa", Role::Admin);
    let edited = [("rule_steps.0.max_agents", "2"), ("do", "keep")];
    let begun = minh.send_form("/rules/7", "/rules/7", &edited);
    let draft = begun.header("location").to_owned();
    let page = minh.get(&draft).body;
    assert!(page.contains("max_agents"), "{page}");
    assert!(
        page.contains("value=\"offer\"") && !page.contains("value=\"apply\""),
        "{page}"
    );
    let refused = minh.post(&draft, &[("act", "apply"), ("reason", "khách chờ lâu")]);
    assert_eq!(refused.status, 200);
    assert!(refused.body.contains("Chỉ quản trị"), "{}", refused.body);
    let offered = minh.post(&draft, &[("act", "offer"), ("reason", "khách chờ lâu")]);
    assert_eq!(offered.header("location"), "/drafts?done=offered");
    let short = hoa.post(&draft, &[("act", "apply"), ("reason", "x")]);
    assert!(short.body.contains("ít nhất 5 ký tự"), "{}", short.body);
    let applied = hoa.post(&draft, &[("act", "apply"), ("reason", "khách chờ lâu")]);
    assert_eq!(
        applied.header("location"),
        "/drafts?done=in_force",
        "{}",
        applied.body
    );
    assert!(hoa.get("/rules/7").body.contains("tối đa 2 người"));
    let stranger = house.user("lan", Role::Viewer).get(&draft);
    assert_eq!(stranger.status, 404);
}

#[tokio::test]
async fn two_who_edit_the_same_cell_meet() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let mut lan = house.user("lan", Role::Admin);
    // Both have opened the form before either of them applies.
    let edit = |visitor: &mut Visitor, most: &str| {
        let edited = [("rule_steps.0.max_agents", most), ("do", "keep")];
        let begun = visitor.send_form("/rules/7", "/rules/7", &edited);
        begun.header("location").to_owned()
    };
    let (first, second) = (edit(&mut hoa, "2"), edit(&mut lan, "3"));
    let applied = hoa.post(&first, &[("act", "apply"), ("reason", "hai người là đủ")]);
    assert_eq!(
        applied.header("location"),
        "/drafts?done=in_force",
        "{}",
        applied.body
    );
    let refused = lan.post(&second, &[("act", "apply"), ("reason", "ba người mới đủ")]);
    assert_eq!(refused.status, 200);
    assert!(
        refused.body.contains("cùng ô trong khi bạn soạn"),
        "{}",
        refused.body
    );
    assert!(hoa.get("/rules/7").body.contains("tối đa 2 người"));
    let mine = lan.post(&second, &[("act", "mine")]);
    assert_eq!(mine.header("location"), second);
    let applied = lan.post(&second, &[("act", "apply"), ("reason", "ba người mới đủ")]);
    assert_eq!(
        applied.header("location"),
        "/drafts?done=in_force",
        "{}",
        applied.body
    );
    assert!(hoa.get("/rules/7").body.contains("tối đa 3 người"));
}
