//! Pages in states that are rare: refused, held, in conflict, empty; and pages that follow what others do.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use serde_json::{Value, json};
use stringee_router::config::Role;

use crate::browser::Browser;
use crate::console_visitor::Visitor;
use crate::desk::Desk;
use crate::harness::wait_for;
use crate::looks::look;

/// Begins a draft; its address.
fn draft(visitor: &mut Visitor, edit: &Value) -> String {
    let order = json!({"edits": [edit]});
    let begun = visitor.api("POST", "/drafts", Some(&order));
    let begun: Value = serde_json::from_str(&begun.body).unwrap();
    format!("/drafts/{}", begun["id"])
}

fn apply(visitor: &mut Visitor, edit: &Value) {
    let draft = draft(visitor, edit);
    let order = json!({"reason": "for a test"});
    let commit = visitor.api("POST", &format!("{draft}/commit"), Some(&order));
    assert_eq!(commit.status, 200, "{}", commit.body);
}

#[tokio::test]
async fn every_state_is_for_everybody_at_every_size() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let mut wrong = Vec::new();
    let empty = Desk::empty().await;
    empty.sign_in(&browser, "hoa", Role::Admin);
    for page in [
        "/", "/roster", "/rules", "/people", "/calls", "/changes", "/hours", "/tests",
    ] {
        look(&browser, &empty.at(page), &mut wrong);
    }

    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Admin);
    let mut lan = Visitor::signed_in(&desk.server, &desk.state, "lan", Role::Admin);
    let mut hoa = Visitor::signed_in(&desk.server, &desk.state, "hoa", Role::Admin);
    wait_for("the rules to be read", || {
        (hoa.api("GET", "/agents", None).status == 200).then_some(())
    });
    let weight = |weight: i64| json!({"table": "group_members", "key": "kinh_doanh/hoa", "set": {"weight": weight}});
    let conflict = draft(&mut hoa, &weight(5));
    apply(&mut lan, &weight(7));
    look(&browser, &desk.at(&conflict), &mut wrong);
    let refused = json!({"table": "agents", "key": "an", "set": {"answer_timeout": 500}});
    look(&browser, &desk.at(&draft(&mut hoa, &refused)), &mut wrong);
    let hole = json!({"table": "schedules", "key": "truc_dem", "delete": true});
    look(&browser, &desk.at(&draft(&mut hoa, &hole)), &mut wrong);
    look(
        &browser,
        &desk.at("/roster?draft=1&from=2026-11-30"),
        &mut wrong,
    );

    let file = "Mã,Ai,phone\nx,Bà Năm,0977111222\ny,Ông Tư,abc\n";
    let sent = hoa.send_file("/callers/import", "crm.csv", file);
    look(&browser, &desk.at(sent.header("location")), &mut wrong);
    let unclear = hoa.send_file("/callers/import", "crm.csv", "Mã,Ai\nx,Bà Năm\n");
    look(&browser, &desk.at(unclear.header("location")), &mut wrong);

    let mut shell = desk.database.shell().await;
    shell.run("delete from rule_tests").await;
    shell.run("update agents set enabled = 0").await;
    wait_for("the version to be held", || {
        hoa.get("/").body.contains("notice hold").then_some(())
    });
    for page in ["/", "/problems"] {
        look(&browser, &desk.at(page), &mut wrong);
    }
    shell
        .run("update settings set value = 'Asia/Nowhere' where key = 'time_zone'")
        .await;
    wait_for("the edit to be refused", || {
        hoa.get("/").body.contains("notice no").then_some(())
    });
    for page in ["/", "/problems"] {
        look(&browser, &desk.at(page), &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_page_follows_others_and_keeps_what_somebody_types() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Admin);
    let mut lan = Visitor::signed_in(&desk.server, &desk.state, "lan", Role::Admin);
    browser.go(&desk.at("/people/an"));
    browser.wait("the stream", "document.querySelector('#force')");
    browser
        .run("document.querySelectorAll('#live details').forEach((one) => { one.open = true; })");
    browser.type_in("[name='agents.0.note']", "gọi lại sau");
    wait_for("who else is there", || {
        // Whoever came before the stream is not told of.
        lan.get("/people/an");
        let news = browser.text("#news");
        (news == "lan cũng đang mở trang này.").then_some(())
    });
    let name = json!({"table": "agents", "key": "binh", "set": {"answer_timeout": 33}});
    apply(&mut lan, &name);
    browser.wait(
        "the new version",
        "document.querySelector('[data-version]').innerText === 'v2'",
    );
    browser.wait(
        "who has made it",
        "document.querySelector('#news').innerText.includes('lan: for a test')",
    );
    let typed = browser.run("return document.activeElement.value");
    assert_eq!(typed, "gọi lại sau");

    browser.go(&desk.at("/calls"));
    browser.wait("the empty list", "document.querySelector('#live .card')");
    desk.server
        .rung("QU_TONGDAI", "call-follow", "842471001001");
    browser.wait(
        "the call",
        "document.querySelector('a[href=\"/calls/call%2Dfollow\"]')",
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_word_that_is_being_composed_is_left_alone() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Viewer);
    browser.go(&desk.at("/people"));
    browser.run(
        "document.querySelector('#q').focus();
         window.swaps = 0; addEventListener('swapped', () => { window.swaps++; })",
    );
    let compose = |text: &str| {
        let text = json!({"text": text, "selectionStart": 3, "selectionEnd": 3});
        browser.chromium("Input.imeSetComposition", &text);
    };
    compose("Hoa");
    let waited = browser.run_async("setTimeout(() => arguments[0](window.swaps), 400)");
    assert_eq!(waited, 0, "the field was made anew under the word");
    browser.chromium("Input.insertText", &json!({"text": "Hoa"}));
    browser.wait("the list of people", "window.swaps > 0");
    let found = browser.run("return [document.activeElement.id, document.activeElement.value]");
    assert_eq!(found, json!(["q", "Hoa"]));
    assert!(browser.text(".people-list").contains("Hoa"));
}

#[tokio::test]
async fn a_caller_is_suggested_by_the_server() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Viewer);
    browser.go(&desk.at("/?at=2026-11-27T09:42"));
    browser.type_in("#caller", "0912000");
    browser.wait("the suggestion", "document.querySelector('combo-box li')");
    browser.press("\u{e015}");
    browser.press("\u{e007}");
    browser.wait("the caller", "location.search.includes('caller=0912')");
    assert!(browser.text(".lead").contains("0912 000 111"));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
