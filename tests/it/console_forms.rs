//! Forms about people, callers, hours, tests and changes: each becomes a draft that is applied.

use jiff::Timestamp;
use stringee_router::config::Role;
use stringee_router::store::{DecisionBatch, JournalFile, NewDecision, TakenCall};

use crate::console_pages::House;
use crate::console_visitor::has;
use crate::harness::wait_for;

#[tokio::test]
async fn people_are_pasted_from_a_spreadsheet() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let wrong = hoa.post(
        "/people/paste",
        &[("lines", "Vũ Nam\t0912 000 222\tĐội mới\tca trăng")],
    );
    has(&wrong.body, &["Dòng 1", "ca trăng", "0912 000 222"]);
    let lines = "Họ tên\tSố\tNhóm\tCa\nVũ Nam\t0912 000 222\tĐội mới\tCa sáng\nVũ Bắc\t0912 000 333\tĐội mới\n";
    let begun = hoa.post("/people/paste", &[("lines", lines)]);
    hoa.applies_draft(&begun);
    has(
        &hoa.get("/people/vu_nam").body,
        &["Vũ Nam", "0912 000 222", "Đội mới", "Ca sáng"],
    );
    has(&hoa.get("/groups/doi_moi").body, &["Vũ Nam", "Vũ Bắc"]);

    let lines = "Vũ Nam\t0912 000 333\tĐội mới\nVũ Tây\t\tĐội mới";
    let said = hoa.post("/people/paste", &[("lines", lines)]);
    assert_eq!(said.status, 200);
    has(
        &said.body,
        &[
            "Dòng 1: người này đã có; số điện thoại",
            "name=\"remarks\" value=\"1\"",
        ],
    );
    let again = hoa.post("/people/paste", &[("lines", lines), ("remarks", "1")]);
    hoa.applies_draft(&again);
    has(&hoa.get("/groups/doi_moi").body, &["Vũ Tây"]);
}

#[tokio::test]
async fn a_leave_ends_early_and_a_shift_is_swapped() {
    let house = House::new().await;
    let mut minh = house.user("minh", Role::Supervisor);
    let leave = [
        ("span", "other"),
        ("from", "2027-03-01"),
        ("until", "2027-03-02"),
        ("cover", ""),
    ];
    let begun = minh.post("/people/an/leave", &leave);
    minh.applies_draft(&begun);
    let page = minh.get("/people/an");
    has(&page.body, &["Về sớm", "2027-03-02"]);
    let absence = page
        .body
        .split_once("name=\"absence\" value=\"")
        .and_then(|(_, rest)| rest.split_once('"'));
    let back = minh.post(
        "/people/an/back",
        &[("absence", absence.map_or("", |(key, _)| key))],
    );
    minh.applies_draft(&back);
    assert!(!minh.get("/people/an").body.contains("Về sớm"));

    let typed = [
        ("span", "today"),
        ("shown", "2027-03-01"),
        ("from", "2027-03-05"),
        ("until", ""),
    ];
    let begun = minh.post("/people/an/leave", &typed);
    has(&minh.get(begun.header("location")).body, &["2027-03-05"]);

    let alone = minh.post(
        "/swap",
        &[
            ("agent", "an"),
            ("with", "an"),
            ("date", "2027-03-01"),
            ("with_date", "2027-03-02"),
        ],
    );
    assert_eq!(alone.status, 422);
    let nobody = minh.post(
        "/assign",
        &[("agent", ""), ("from", "2027-03-01"), ("to", "2027-03-01")],
    );
    assert_eq!(nobody.status, 422);
    has(&nobody.body, &["agent_id"]);
    let swap = [
        ("agent", "son"),
        ("with", "thao"),
        ("group", "truc_dem"),
        ("date", "2027-03-01"),
        ("with_date", "2027-03-02"),
    ];
    let begun = minh.post("/swap", &swap);
    let draft = minh.get(begun.header("location"));
    assert_eq!(
        draft.body.matches("<b>stand_ins ").count(),
        2,
        "{}",
        draft.body
    );
    minh.applies_draft(&begun);
}

#[tokio::test]
async fn a_person_and_a_caller_are_edited_and_what_cannot_be_meant_is_said() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    hoa.applies(
        "/people/an",
        "/people/an",
        &[("agents.0.name", "Nguyễn Văn Ân")],
    );
    has(&hoa.get("/people/an").body, &["Nguyễn Văn Ân"]);
    let unclear = hoa.send_form(
        "/people/an",
        "/people/an",
        &[("agents.0.answer_timeout", "lâu")],
    );
    assert_eq!(unclear.status, 422);
    has(&unclear.body, &["phải là số nguyên"]);

    let new = [
        ("callers.0.number", "0912 345 678"),
        ("callers.0.name", "Ông Tư"),
        ("callers.0.owner_id", "hoa"),
    ];
    hoa.applies("/callers/new", "/callers/new", &new);
    let found = hoa.get("/callers?q=0912%20345").body;
    has(&found, &["Ông Tư"]);
    let page = found
        .split("href=\"/callers/")
        .filter_map(|rest| rest.split_once('"'))
        .map(|(key, _)| key)
        .find(|key| key.starts_with(['0', '8']));
    let page = format!("/callers/{}", page.unwrap_or_default());
    let seen = hoa.get(&page).body;
    has(&seen, &["Ông Tư"]);
    let action = seen
        .split("action=\"/callers/")
        .nth(1)
        .and_then(|rest| rest.split_once('"'))
        .map_or("", |(key, _)| key);
    hoa.applies(
        &page,
        &format!("/callers/{action}"),
        &[("callers.0.tags", "vip")],
    );
    hoa.applies(&page, &format!("/callers/{action}"), &[("do", "delete")]);
    assert_eq!(hoa.get(&page).status, 404);
}

#[tokio::test]
async fn a_list_of_callers_is_sent_looked_at_and_applied() {
    let house = House::new().await;
    let mut minh = house.user("minh", Role::Supervisor);
    let unreadable = minh.send_file("/callers/import", "x.csv", "a\n1\n");
    has(
        &minh.get(unreadable.header("location")).body,
        &["role=\"alert\""],
    );
    let sent = minh.send_file(
        "/callers/import",
        "crm.csv",
        "phone,name,owner\n0977111222,Bà Năm,hoa\nabc,Ai,hoa\n",
    );
    let page = sent.header("location").to_owned();
    assert!(
        page.starts_with("/callers/import/"),
        "{} {}",
        sent.status,
        sent.body
    );
    has(&minh.get(&page).body, &["crm.csv", "Dòng bị bỏ qua"]);
    let begun = minh.post(&page, &[("empty", "keep"), ("tags", "crm")]);
    minh.applies_draft(&begun);
    has(&minh.get("/callers?q=977111222").body, &["Bà Năm", "crm"]);
    assert_eq!(house.user("lan", Role::Viewer).get(&page).status, 404);
}

#[tokio::test]
async fn columns_of_a_list_are_chosen_where_the_guess_is_wrong() {
    let house = House::new().await;
    let mut minh = house.user("minh", Role::Supervisor);
    let file = "Mã,Ai,Biệt danh,phone\n0977111222,Bà Năm,Năm,x\n0977111333,Ông Tư,Tư,y\n";
    let sent = minh.send_file("/callers/import", "crm.csv", file);
    let page = sent.header("location").to_owned();
    has(&minh.get(&page).body, &["đoán: phone", "<td>Bà Năm</td>"]);
    let chosen = [("map.number", "=Mã"), ("map.name", "=Ai"), ("do", "again")];
    assert_eq!(minh.post(&page, &chosen).status, 303);
    let seen = minh.get(&page).body;
    has(&seen, &["<option value=\"=Ai\" selected>", "2"]);
    let begun = minh.post(
        &page,
        &[("map.number", "=Mã"), ("map.name", "-"), ("empty", "keep")],
    );
    minh.applies_draft(&begun);
    let caller = minh.get("/callers?q=977111222").body;
    assert!(!caller.contains("Bà Năm"), "{caller}");
    has(&caller, &["977 111 222"]);
}

#[tokio::test]
async fn a_change_is_taken_back_from_its_page() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    hoa.applies("/people/an", "/people/an", &[("agents.0.name", "Ai Đó")]);
    let change = wait_for("the history to have it", || {
        let page = hoa.get("/changes").body;
        let of_hoa = page
            .split("· hoa")
            .nth(1)?
            .split_once("name=\"change\" value=\"")?;
        Some(of_hoa.1.split_once('"')?.0.to_owned())
    });
    let begun = hoa.post("/changes", &[("change", &change)]);
    hoa.applies_draft(&begun);
    assert!(!hoa.get("/people/an").body.contains("Ai Đó"));
    let again = hoa.post("/changes", &[("change", &change)]);
    assert_eq!(again.status, 422);
    has(&again.body, &["không hoàn tác được"]);
}

#[tokio::test]
async fn hours_are_edited_added_and_holidays_filled_in() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let untouched = hoa.send_form("/hours/gio_lam_viec", "/hours/gio_lam_viec", &[]);
    let (_, rows) = untouched
        .body
        .split_once("Dòng thay đổi")
        .unwrap_or_default();
    assert_eq!(rows, "");
    has(&untouched.body, &["Chưa thay đổi gì"]);
    let named = [("schedules.0.name", "Ca khuya"), ("do", "keep")];
    hoa.applies("/hours/new", "/hours/new", &named);
    has(&hoa.get("/hours").body, &["Ca khuya", "/hours/ca_khuya"]);
    let page = hoa.get("/hours/ca_khuya");
    has(&page.body, &["08:00–17:30"]);
    let added = hoa.send_form("/hours/ca_khuya", "/hours/ca_khuya", &[("do", "add-date")]);
    has(&added.body, &["type=\"date\"", "Nếu áp dụng"]);
    hoa.applies("/hours/ca_khuya", "/hours/ca_khuya", &[("do", "delete")]);
    assert_eq!(hoa.get("/hours/ca_khuya").status, 404);

    let filled = hoa.send_form("/hours", "/hours", &[("do", "tet")]);
    has(&filled.body, &["Tết 20"]);
    let mut fields = filled.form("/hours");
    fields.push(("do".to_owned(), "keep".to_owned()));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let begun = hoa.post("/hours", &fields);
    has(
        &hoa.get(begun.header("location")).body,
        &["holidays", "Tết 20"],
    );
}

#[tokio::test]
async fn a_test_expects_what_the_rules_say_and_follows_them_when_asked() {
    let house = House::with("[database]\nrule_tests = 'warn'\nhold_seconds = 0").await;
    let mut hoa = house.user("hoa", Role::Admin);
    let typed = [
        ("rule_tests.0.name", "Sáng thứ Hai"),
        ("rule_tests.0.queue_id", "QU_TONGDAI"),
        ("rule_tests.0.to_number", "024 7100 1002"),
        ("rule_tests.0.at", "2026-11-30 09:00"),
        ("do", "add"),
    ];
    let begun = hoa.post("/tests", &typed);
    hoa.applies_draft(&begun);
    has(&hoa.get("/tests").body, &["Sáng thứ Hai"]);
    assert!(!hoa.get("/tests").body.contains("không đạt"));
    let mut shell = house.database.shell().await;
    shell
        .run("update rules set enabled = 0 where name = 'Trực Tết'")
        .await;
    shell.close().await;
    wait_for("a test to fail", || {
        hoa.get("/tests").body.contains("không đạt").then_some(())
    });
    let begun = hoa.post("/tests", &[("do", "take")]);
    hoa.applies_draft(&begun);
    assert!(!hoa.get("/tests").body.contains("không đạt"));
}

#[tokio::test]
async fn sql_is_for_admins_and_becomes_a_table_or_a_draft() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let read = hoa.post(
        "/sql",
        &[("sql", "select id, name from agents where id = 'an'")],
    );
    has(&read.body, &["<th>id</th>", "<td>an</td>"]);
    for (sql, cell) in [
        (
            "with a as (select name || '!' as n from agents where id = 'an') select n from a",
            "!</td>",
        ),
        ("values ('one'), ('two')", "<td>two</td>"),
        (
            "update agents set name = name; select 7 as seven",
            "<th>seven</th>",
        ),
    ] {
        has(&hoa.post("/sql", &[("sql", sql)]).body, &[cell]);
    }
    let wrong = hoa.post("/sql", &[("sql", "select nothing from nowhere")]);
    has(&wrong.body, &["role=\"alert\"", "nowhere"]);
    let same = hoa.post("/sql", &[("sql", "update agents set name = name")]);
    has(&same.body, &["Không có dòng nào thay đổi"]);
    let written = hoa.post(
        "/sql",
        &[("sql", "update agents set note = 'mới' where id = 'an'")],
    );
    assert!(
        written.header("location").starts_with("/drafts/"),
        "{}",
        written.body
    );
    assert!(!hoa.api("GET", "/agents/an", None).body.contains("mới"));
    hoa.applies_draft(&written);
    assert!(hoa.api("GET", "/agents/an", None).body.contains("mới"));
    let note = [("sql", "select note from agents where id = 'an'")];
    has(&hoa.post("/sql", &note).body, &["<td>mới</td>"]);
    let mut minh = house.user("minh", Role::Supervisor);
    assert_eq!(minh.get("/sql").status, 403);
    assert_eq!(minh.post("/sql", &[("sql", "select 1")]).status, 403);
}

#[tokio::test]
async fn the_report_says_how_soon_calls_are_taken_if_events_tell() {
    let house = House::new().await;
    let mut lan = house.user("lan", Role::Viewer);
    has(&lan.get("/report").body, &["Báo cáo"]);
    let at: Timestamp = "2026-11-23T03:10:00Z".parse().unwrap();
    let answer = |key: i64, call_id: &'static str| NewDecision {
        key,
        call_id,
        at,
        waited: 0,
        queue_id: "QU_TONGDAI",
        from: None,
        to: Some("842471001001"),
        outcome: "rule",
        rule: Some((7, "Hotline kinh doanh")),
        agents: r#"[["hoa",1,15]]"#,
        version: 1,
        rules_hash: "0123456789abcdef",
    };
    let path = house.state.join("journal.db");
    let mut journal = JournalFile::open(&path).await.unwrap();
    let answers = [
        answer(1, "a"),
        answer(2, "b"),
        answer(3, "c"),
        answer(4, "d"),
    ];
    let batch = DecisionBatch::new(&answers, &[]);
    journal.write(&batch).await.unwrap();
    let week = "/report?days=7&to=2026-11-23";
    has(
        &lan.get(week).body,
        &["Chưa có sự kiện cuộc gọi", "100,0 %"],
    );

    let taken = |call_id: &str, after: i64| TakenCall {
        call_id: call_id.to_owned(),
        agent: "hoa".to_owned(),
        from: None,
        answered_at: Timestamp::from_second(at.as_second() + after).unwrap(),
        ended_at: None,
    };
    let taken = [taken("a", 5), taken("b", 20), taken("c", 50)];
    let batch = DecisionBatch::new(&[], &[]).with_taken(&taken);
    journal.write(&batch).await.unwrap();
    let page = lan.get(week).body;
    has(
        &page,
        &[
            "50,0 %",
            "3 trong 4 cuộc được tiếp",
            "10:00",
            "class=\"s-nobody\"",
        ],
    );
    let json = lan.api("GET", "/report?days=7&to=2026-11-24", None);
    has(&json.body, &["\"taken_in_time\":2", "\"abandoned\":1"]);
}

#[tokio::test]
async fn a_draft_that_is_not_applied_is_seen_on_every_page() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    assert!(!hoa.get("/calls").body.contains("class=\"tray\""));
    let begun = hoa.post("/people/an/switch", &[("enabled", "0")]);
    let draft = begun.header("location").to_owned();
    let page = hoa.get("/calls").body;
    has(&page, &["class=\"tray\"", &format!("href=\"{draft}\"")]);
    assert!(
        !house
            .user("lan", Role::Admin)
            .get("/calls")
            .body
            .contains("class=\"tray\"")
    );
}

#[tokio::test]
async fn a_group_gets_a_member_and_another_strategy() {
    let house = House::new().await;
    let mut hoa = house.user("hoa", Role::Admin);
    let page = "/groups/kinh_doanh";
    has(&hoa.send_form(page, page, &[]).body, &["Chưa thay đổi gì"]);
    let added = hoa.send_form(
        page,
        page,
        &[
            ("do", "add"),
            ("who", "an"),
            ("groups.0.strategy", "rotate"),
        ],
    );
    has(
        &added.body,
        &[
            "Nếu áp dụng",
            "kinh_doanh/an",
            "strategy: weighted → rotate",
        ],
    );
    let fields = added.form(page);
    let kept = fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .chain([("do", "keep")]);
    let begun = hoa.post(page, &kept.collect::<Vec<_>>());
    hoa.applies_draft(&begun);
    has(&hoa.get("/people/an").body, &["Nhóm kinh doanh"]);

    hoa.applies(
        "/groups/new",
        "/groups/new",
        &[("groups.0.name", "Đội đêm"), ("do", "keep")],
    );
    has(&hoa.get("/groups/doi_dem").body, &["Đội đêm"]);
}

/// Pages whose forms name people, groups, rules and hotlines.
const FORMS: [&str; 12] = [
    "/people",
    "/people/hoa",
    "/people/paste",
    "/groups/new",
    "/assign",
    "/swap",
    "/hours",
    "/callers/new",
    "/rules/7",
    "/rules/new?recipe=owner",
    "/tests",
    "/report",
];

#[tokio::test]
async fn forms_stay_small_where_there_are_many_people_rules_and_hotlines() {
    let house = House::with("[database]\nhold_seconds = 0").await;
    let mut hoa = house.user("hoa", Role::Admin);
    let mut shell = house.database.shell().await;
    let numbers = |most: u32| {
        format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {most})")
    };
    shell
        .run(&format!(
            "insert into agents (id, name) {} select 'agent' || i, 'Nguyễn Văn ' || i from n",
            numbers(10_000)
        ))
        .await;
    shell
        .run(&format!("insert into rules (id, position, name, to_number) {} select 100 + i, 1000 + i, 'Hotline ' || i, '02471' || (200000 + i) from n", numbers(60)))
        .await;
    shell
        .run("insert into rule_steps (rule_id, step, group_id) select id, 1, 'cskh' from rules where id > 100")
        .await;
    shell.close().await;
    wait_for("the rules to be in force", || {
        hoa.get("/rules").body.contains("Hotline 60").then_some(())
    });
    for page in FORMS {
        let body = hoa.get(page).body;
        assert!(body.len() <= 40_000, "{page} has {} bytes", body.len());
    }
    let typed = hoa.post(
        "/swap",
        &[
            ("agent", "agent9999"),
            ("with", "hoa"),
            ("group", ""),
            ("date", "2027-03-01"),
            ("with_date", "2027-03-02"),
        ],
    );
    has(&hoa.get(typed.header("location")).body, &["agent9999"]);
}
