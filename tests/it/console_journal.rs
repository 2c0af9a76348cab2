//! Calls and changes in the console: the same answers on pages and from the API, narrowed down in the same way.

#![expect(
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use serde_json::{Value, json};
use stringee_router::config::Role;

use crate::console_pages::House;
use crate::console_visitor::Visitor;
use crate::harness::wait_for;

fn has(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

/// The calls that the API has, by their ids.
fn calls(visitor: &mut Visitor, query: &str) -> Vec<String> {
    let found = visitor.api("GET", &format!("/calls?{query}"), None).json();
    let calls = found["calls"].as_array().cloned().unwrap_or_default();
    let id = |call: &Value| call["call_id"].as_str().map(str::to_owned);
    calls.iter().filter_map(id).collect()
}

#[tokio::test]
async fn calls_are_narrowed_down_by_each_filter_and_paged() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Viewer);
    let sales = house.server.rung("QU_TONGDAI", "sales", "842471001001");
    house.server.rung("QU_TONGDAI", "care", "842471001002");
    let all = wait_for("the journal to have both", || {
        let found = calls(&mut hoa, "");
        (found.len() == 2).then_some(found)
    });
    let whole = hoa.api("GET", "/calls", None).json();
    let of = |id: &str, name: &str| {
        let calls = whole["calls"].as_array().cloned().unwrap_or_default();
        let call = calls.iter().find(|call| call["call_id"] == id).cloned();
        call.map_or(Value::Null, |call| call[name].clone())
    };
    let rule = of("sales", "rule_id");
    let by_rule = calls(&mut hoa, &format!("rule={rule}"));
    let all_of_rule = all.iter().filter(|id| of(id, "rule_id") == rule);
    assert_eq!(by_rule, all_of_rule.cloned().collect::<Vec<_>>());
    assert_eq!(calls(&mut hoa, "rule=99999"), [""; 0]);
    assert_eq!(calls(&mut hoa, "outcome=blocked"), [""; 0]);
    assert_eq!(calls(&mut hoa, "outcome=rule").len(), 2);
    let agent = sales.first().map_or("", String::as_str);
    has(
        &calls(&mut hoa, &format!("agent={agent}")).join(" "),
        &["sales"],
    );
    let first = hoa.api("GET", "/calls?limit=1", None).json();
    let before = first["before"].as_str().unwrap_or_default();
    assert_eq!(calls(&mut hoa, &format!("to={before}")), all[1..]);
    let wrong = hoa.api("GET", "/calls?rule=x", None);
    assert_eq!(
        (wrong.status, &wrong.json()["code"]),
        (422, &json!("no_rule"))
    );
    assert_eq!(
        hoa.api("GET", "/calls?to=soon", None).json()["code"],
        "no_time"
    );

    let page = hoa.get(&format!("/calls?rule={rule}")).body;
    has(&page, &["/calls/sales", "name=\"outcome\""]);
    let other = hoa.get("/calls?rule=99999").body;
    assert!(!other.contains("/calls/sales"), "{other}");
    has(
        &hoa.get("/calls?outcome=nobody").body,
        &["Không có cuộc gọi nào"],
    );
    assert_eq!(hoa.get("/calls?rule=x").status, 422);
}

#[tokio::test]
async fn a_call_is_explained_by_the_rules_of_then_of_now_and_of_a_draft() {
    let house = House::with("[database]\nhold_seconds = 0\nrule_tests = 'warn'").await;
    let mut hoa = house.user("hoa", Role::Admin);
    house.server.rung("QU_TONGDAI", "sales", "842471001001");
    let call = wait_for("the journal to have it", || {
        let found = hoa.api("GET", "/calls/sales", None);
        (found.status == 200).then(|| found.json()["calls"][0].clone())
    });
    let shown = |hoa: &mut Visitor, by: &str| hoa.get(&format!("/calls/sales?by={by}")).body;
    let then = format!("{}</a>", call["rule"].as_str().unwrap_or_default());
    has(
        &shown(&mut hoa, "then"),
        &["Theo quy tắc lúc đó (v1)", &then],
    );
    let rule = format!("/rules/{}", call["rule_id"]);
    let renamed = |name: &'static str| [("rules.0.name", name), ("do", "keep")];
    hoa.applies(&rule, &rule, &renamed("Tên mới"));
    wait_for("the version before to be kept as a copy", || {
        let page = shown(&mut hoa, "then");
        let is_kept = page.contains("Theo quy tắc lúc đó (v1)");
        is_kept.then(|| has(&page, &[&then]))
    });
    let now = shown(&mut hoa, "now");
    has(&now, &["Tên mới</a>"]);
    assert!(!now.contains("Theo bản nháp"), "{now}");
    hoa.send_form(&rule, &rule, &renamed("Tên nháp"));
    has(&shown(&mut hoa, "draft"), &["Tên nháp</a>", "của tôi"]);
    assert_eq!(hoa.get("/calls/never").status, 404);
}

#[tokio::test]
async fn changes_are_narrowed_down_by_who_table_key_time_and_text() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let mut lan = house.user("lan", Role::Admin);
    hoa.applies("/people/an", "/people/an", &[("agents.0.name", "Ai Đó")]);
    lan.applies(
        "/groups/kinh_doanh",
        "/groups/kinh_doanh",
        &[("groups.0.name", "Bán hàng"), ("do", "keep")],
    );
    let mut versions = |query: &str| {
        let found = hoa.api("GET", &format!("/changes?{query}"), None).json();
        let versions = found["versions"].as_array().cloned().unwrap_or_default();
        let keys = |version: &Value| version["changes"][0]["key"].as_str().map(str::to_owned);
        versions.iter().filter_map(keys).collect::<Vec<_>>()
    };
    wait_for("the history to have both", || {
        let found = versions("");
        (found.len() >= 2 && found[..2] == ["kinh_doanh", "an"]).then_some(())
    });
    assert_eq!(versions("actor=hoa"), ["an"]);
    assert_eq!(versions("actor=ho"), [""; 0], "a name is whole");
    assert_eq!(versions("table=groups"), ["kinh_doanh"]);
    assert_eq!(versions("key=an&table=agents"), ["an"]);
    assert_eq!(versions("q=B%C3%A1n%20h%C3%A0ng"), ["kinh_doanh"]);
    assert_eq!(versions("until=2001-01-01"), [""; 0]);
    assert_eq!(versions("limit=1"), ["kinh_doanh"]);
    let page = hoa.get("/changes?actor=hoa").body;
    has(&page, &["· hoa", "name=\"until\"", "<details open>"]);
    assert!(!page.contains("· lan"), "{page}");
    has(
        &hoa.get("/changes?q=zzz").body,
        &["Không có thay đổi nào như vậy"],
    );
}

#[tokio::test]
async fn sql_is_tried_on_a_copy_so_that_nobody_waits_for_it() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    wait_for("the rules to be read", || {
        (hoa.api("GET", "/agents", None).status == 200).then_some(())
    });
    let mut shell = house.database.shell().await;
    shell.run("begin immediate").await;
    let sql = [("sql", "update agents set name = 'Ai Đó' where id = 'an'")];
    let begun = hoa.post("/sql", &sql);
    assert_eq!(begun.status, 303, "{}", begun.body);
    has(
        &hoa.get(begun.header("location")).body,
        &["agents an", "Ai Đó"],
    );
    let read = [("sql", "select id from agents where id = 'hoa'")];
    has(&hoa.post("/sql", &read).body, &["<td>hoa</td>"]);
    shell.run("rollback").await;
    shell.close().await;
}

#[tokio::test]
async fn the_roster_is_shown_as_a_draft_would_make_it() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let begun = hoa.post("/people/an/switch", &[("enabled", "0")]);
    let draft = begun
        .header("location")
        .trim_start_matches("/drafts/")
        .to_owned();
    let week = "/roster?from=2026-11-30";
    has(&hoa.get(week).body, &[&format!("draft={draft}")]);
    let tried = hoa.get(&format!("{week}&draft={draft}")).body;
    has(&tried, &["bản nháp", "Xem theo quy tắc đang áp dụng"]);
    let lines = |visitor: &mut Visitor, query: &str| {
        let path = format!("/roster?from=2026-11-30{query}");
        visitor.api("GET", &path, None).json()["lines"].clone()
    };
    let in_force = lines(&mut hoa, "");
    assert_ne!(lines(&mut hoa, &format!("&draft={draft}")), in_force);
    let mut lan = house.user("lan", Role::Viewer);
    assert_eq!(lan.get(&format!("{week}&draft={draft}")).status, 404);
}
