//! What people do from the first page to the last.

use serde_json::json;
use stringee_router::config::Role;

use crate::browser::Browser;
use crate::console_visitor::{PASSWORD, Visitor, invitation};
use crate::desk::Desk;

#[tokio::test]
async fn somebody_is_invited_signs_out_and_comes_back() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    browser.go(&desk.at("/roster"));
    assert!(
        browser
            .text("main")
            .contains("stringee-router console invite")
    );
    let link = invitation(&desk.state, "hoa", Role::Admin);
    browser.go(&desk.at(&link));
    browser.type_in("#full_name", "Nguyễn Thị Hoa");
    browser.type_in("#password", PASSWORD);
    browser.click("button.main");
    browser.wait("the board", "document.querySelector('.board')");
    browser.click("summary.me");
    browser.click("form[action='/sign-out'] button");
    browser.wait("the door", "location.pathname === '/sign-in'");
    browser.go(&desk.at("/rules/8"));
    browser.type_in("#name", "hoa");
    browser.type_in("#password", PASSWORD);
    browser.click("button.main");
    browser.wait(
        "the page that was wanted",
        "location.pathname === '/rules/8'",
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_leave_is_four_clicks() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "minh", Role::Supervisor);
    browser.go(&desk.at("/people/an"));
    browser.click("#leave summary");
    browser.click("#leave input[value='tomorrow']");
    browser.click("#leave button.main");
    browser.wait("the draft", "document.querySelector('#preview')");
    assert!(browser.text("main").contains("absences"));
    browser.click("button[value='apply']");
    browser.wait("it to be in force", "location.search === '?done=in_force'");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn what_somebody_applies_is_seen_by_everybody_at_once() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Viewer);
    browser.go(&desk.at("/?at=2027-03-01T10:00"));
    browser.wait(
        "the first version",
        "document.querySelector('[data-version]').innerText === 'v1'",
    );
    let mut minh = Visitor::signed_in(&desk.server, &desk.state, "minh", Role::Supervisor);
    let leave = [
        ("span", "other"),
        ("from", "2027-03-01"),
        ("until", "2027-03-01"),
        ("cover", ""),
    ];
    let draft = minh
        .post("/people/an/leave", &leave)
        .header("location")
        .to_owned();
    let applied = minh.post(&draft, &[("act", "apply"), ("reason", "")]);
    assert_eq!(
        applied.header("location"),
        "/drafts?done=in_force",
        "{}",
        applied.body
    );
    browser.wait(
        "the next version",
        "document.querySelector('[data-version]').innerText === 'v2'",
    );
    browser.wait(
        "the leave on the board",
        "document.querySelector('.board').innerText.includes('nghỉ phép')",
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn pages_work_without_a_script() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Admin);
    browser.chromium(
        "Emulation.setScriptExecutionDisabled",
        &json!({"value": true}),
    );
    browser.go(&desk.at("/?at=2026-11-27T09:42"));
    browser.type_in("#caller", "0986776777");
    browser.click("noscript button");
    browser.wait(
        "the answer for the caller",
        "document.querySelector('main').innerText.includes('0986 776 777')",
    );
    browser.click("a[href='/roster']");
    browser.wait(
        "the roster",
        "document.querySelector('h1').innerText.includes('Lịch trực')",
    );
}

#[tokio::test]
async fn a_server_that_goes_away_is_said() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Viewer);
    browser.go(&desk.at("/?at=2026-11-27T09:42"));
    assert!(desk.server.stop().success());
    browser.press("]");
    browser.wait(
        "the notice",
        "document.querySelector('#said').innerText.includes('Mất kết nối')",
    );
}
