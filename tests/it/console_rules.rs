//! Rules edited in the console: tried while somebody types, added, copied, deleted, put in another order.

use stringee_router::config::Role;

use crate::console_pages::House;
use crate::console_visitor::has;

#[tokio::test]
async fn what_somebody_types_is_tried_and_shown_beside_it() {
    let house = House::new().await;
    let mut lan = house.user("lan", Role::Viewer);
    let untouched = lan.send_form("/rules/7", "/rules/7", &[]);
    has(&untouched.body, &["Chưa thay đổi gì"]);

    let typed = lan.send_form(
        "/rules/7",
        "/rules/7?part=1",
        &[("rule_steps.0.max_agents", "2")],
    );
    assert_eq!(typed.status, 200);
    has(
        &typed.body,
        &[
            "Nếu áp dụng",
            "planned_hash",
            "tối đa 2 người",
            "value=\"keep\"",
        ],
    );
    assert!(
        !typed.body.contains("<html") && !typed.body.contains("value=\"apply\""),
        "{}",
        typed.body
    );

    let wrong = lan.send_form(
        "/rules/7",
        "/rules/7",
        &[("rule_steps.0.answer_timeout", "500")],
    );
    has(&wrong.body, &["aria-invalid=\"true\"", "500"]);
    let unclear = lan.send_form(
        "/rules/7",
        "/rules/7",
        &[("rule_steps.0.after_seconds", "sớm")],
    );
    has(&unclear.body, &["phải là số nguyên", "value=\"sớm\""]);
}

#[tokio::test]
async fn buttons_change_the_steps_on_the_page_and_nothing_else() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let steps = |body: &str| body.matches("class=\"step\"").count();
    let before = steps(&hoa.get("/rules/7").body);
    let mut press = |button: &str| {
        hoa.send_form("/rules/7", "/rules/7", &[("do", button)])
            .body
    };
    assert_eq!(steps(&press("add")), before + 1);
    assert_eq!(steps(&press("copy-0")), before + 1);
    assert_eq!(steps(&press("drop-0")), before - 1);
    assert_eq!(steps(&press("up-1")), before);
    assert_eq!(steps(&hoa.get("/rules/7").body), before);
}

#[tokio::test]
async fn a_rule_is_applied_from_its_page_if_it_does_what_was_seen() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let most = ("rule_steps.0.max_agents", "2");
    let tried = hoa.send_form("/rules/7", "/rules/7", &[most]);
    let mut fields = tried.form("/rules/7");
    fields.retain(|(name, _)| name != "reason");
    fields.extend(
        [("do", "apply"), ("reason", "khách chờ lâu")]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let sent: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let applied = hoa.post("/rules/7", &sent);
    assert_eq!(
        applied.header("location"),
        "/drafts?done=in_force",
        "{}",
        applied.body
    );
    has(&hoa.get("/rules/7").body, &["tối đa 2 người"]);
    has(&hoa.get("/drafts").body, &["Chưa có bản nháp nào"]);
}

#[tokio::test]
async fn a_rule_is_added_copied_moved_and_deleted() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let named = [
        ("rules.0.name", "Khách gọi lại"),
        ("rules.0.enabled", "0"),
        ("do", "keep"),
    ];
    hoa.applies("/rules/new?recipe=owner", "/rules/new", &named);
    let list = hoa.get("/rules").body;
    has(&list, &["Khách gọi lại", "đang tắt"]);
    let id = list
        .split("/rules/")
        .filter_map(|rest| rest.split('"').next()?.parse::<i64>().ok())
        .max();
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    let page = format!("/rules/{id}");
    has(&hoa.get(&page).body, &["người phụ trách"]);

    hoa.applies(
        &format!("/rules/new?copy={id}"),
        "/rules/new",
        &[("do", "keep")],
    );
    has(&hoa.get("/rules").body, &["Khách gọi lại (bản sao)"]);

    let order = "/rules?order=1";
    let last = hoa.get(order).body.matches("rule-card").count() - 1;
    let moved = hoa.send_form(order, "/rules", &[("do", &format!("up-{last}"))]);
    let (copy, original) = (
        moved.body.find("(bản sao)"),
        moved.body.find("<h2>Khách gọi lại</h2>"),
    );
    assert!(copy < original, "{}", moved.body);
    has(&moved.body, &["2 dòng"]);

    hoa.applies(&page, &page, &[("do", "delete")]);
    assert_eq!(hoa.get(&page).status, 404);
}
