//! From an empty database to the first call, and what comes after it: a leave, a stand-in, two people at one cell.

use stringee_router::config::Role;

use crate::browser::Browser;
use crate::console_visitor::{PASSWORD, invitation};
use crate::desk::Desk;

/// Looks at what the form on the page would do, and applies it.
fn apply_draft(browser: &Browser, expected: &str) {
    browser.wait("the draft", "document.querySelector('#preview')");
    let page = browser.text("main");
    assert!(page.contains(expected), "{expected}: {page}");
    browser.type_in("#reason", "bắt đầu dùng");
    browser.click("button[value='apply']");
    is_in_force(browser);
}

#[track_caller]
fn is_in_force(browser: &Browser) {
    browser.wait(
        "the edit to be in force",
        "location.search === '?done=in_force'",
    );
}

/// Waits until what was typed has been tried, and applies it.
fn apply_typed(browser: &Browser) {
    browser.wait("the preview", "document.querySelector('button[value=apply]') && !document.querySelector('#live').hasAttribute('aria-busy')");
    browser.type_in("#reason", "bắt đầu dùng");
    browser.click("button[value='apply']");
    is_in_force(browser);
}

/// Fills a field in at once, and waits until the page has tried it.
fn put(browser: &Browser, selector: &str, value: &str) {
    browser.run(&format!(
        "window.swaps = 0;
         window.counted ??= (addEventListener('swapped', () => {{ window.swaps++; }}), true);
         const at = document.querySelector({selector:?});
         at.value = {value:?};
         at.dispatchEvent(new Event('input', {{bubbles: true}}))"
    ));
    let is_done = "window.swaps > 0 && !document.querySelector('#live').hasAttribute('aria-busy')";
    browser.wait("the page to try it", is_done);
}

#[tokio::test]
async fn from_an_empty_database_to_the_first_call_a_leave_and_a_stand_in() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::empty().await;
    browser.go(&desk.at(&invitation(&desk.state, "hoa", Role::Admin)));
    browser.type_in("#full_name", "Nguyễn Thị Hoa");
    browser.type_in("#password", PASSWORD);
    browser.click("button.main");
    browser.wait("the board", "location.pathname === '/'");

    browser.go(&desk.at("/people/paste"));
    let people = "Trần An\\t\\tBán hàng\\nLê Bình\\t\\tHỗ trợ\\nVũ Chi\\t\\tHỗ trợ\\nĐỗ Dung\\t\\tHỗ trợ\\nHồ Em\\t0912 000 111\\tHỗ trợ";
    browser.run(&format!(
        "document.querySelector('#lines').value = \"{people}\""
    ));
    browser.click("#live button.main");
    apply_draft(&browser, "Trần An");

    browser.go(&desk.at("/hours/new"));
    put(&browser, "[name='schedules.0.name']", "Giờ làm việc");
    put(&browser, "[name='schedule_hours.0.start_time']", "00:00");
    put(&browser, "[name='schedule_hours.0.end_time']", "24:00");
    for day in ["sat", "sun"] {
        let selector = format!("[name='schedule_hours.0.day-{day}']");
        browser.run(&format!(
            "document.querySelector({selector:?}).checked = true"
        ));
        put(&browser, &selector, "1");
    }
    apply_typed(&browser);

    browser.go(&desk.at("/rules/new"));
    put(&browser, "[name='rules.0.name']", "Bán hàng");
    put(&browser, "[name='rules.0.schedule_id']", "gio_lam_viec");
    put(&browser, "[name='rule_steps.0.group_id']", "ban_hang");
    let sentence = browser.text(".sentence");
    assert!(sentence.contains("Giờ làm việc"), "{sentence}");
    apply_typed(&browser);

    browser.go(&desk.at("/"));
    let board = browser.text(".board");
    assert!(board.contains("An"), "{board}");
    assert_eq!(desk.server.rung("q", "call-1", "842471001001"), ["tran_an"]);

    browser.go(&desk.at("/people/tran_an"));
    browser.click("#leave summary");
    browser.click("#leave input[value='tomorrow']");
    browser.click("#leave button.main");
    apply_draft(&browser, "Giờ trống mới");
    browser.wait("the badge", "document.querySelector('.badge')");

    let tomorrow = browser.run("return new Date(Date.now() + 86400000).toLocaleDateString('en-CA', {timeZone: 'Asia/Ho_Chi_Minh'})");
    let tomorrow = tomorrow.as_str().unwrap_or_default().to_owned();
    browser.go(&desk.at(&format!(
        "/assign?agent=tran_an&group=ban_hang&from={tomorrow}"
    )));
    browser.run("document.querySelector('#by').value = 'le_binh'");
    browser.click("#live button.main");
    apply_draft(&browser, "Giờ trống được lấp");
    assert_eq!(
        browser.run("return document.querySelectorAll('.badge').length"),
        0
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn two_browsers_at_the_same_cell_meet() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let other = browser.beside();
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Admin);
    desk.sign_in(&other, "lan", Role::Admin);
    for one in [&browser, &other] {
        one.go(&desk.at("/rules/7"));
    }
    put(&browser, "[name='rule_steps.0.max_agents']", "2");
    put(&other, "[name='rule_steps.0.max_agents']", "3");
    apply_typed(&other);
    browser.wait(
        "the conflict",
        "document.querySelector('.tray')?.innerText.includes('cùng ô')",
    );
    let preview = browser.text(".preview");
    assert!(
        preview.contains("rule_steps 7/1 max_agents") && preview.contains("của họ"),
        "{preview}"
    );
    assert!(
        browser
            .run("return document.querySelector('button[value=apply]')")
            .is_null()
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_rule_is_tried_while_somebody_types_and_the_caret_stays() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Admin);
    browser.go(&desk.at("/rules/7"));
    browser.run("document.querySelector('[name=\"rule_steps.0.answer_timeout\"]').focus()");
    put(&browser, "[name='rule_steps.0.answer_timeout']", "500");
    browser.wait("the fault", "document.querySelector('[aria-invalid]')");
    let focus = browser.run("return document.activeElement.name");
    assert_eq!(focus, "rule_steps.0.answer_timeout");
    let steps = "document.querySelectorAll('.step').length";
    let before = browser.run(&format!("return {steps}"));
    browser.click("button[value='copy-0']");
    browser.wait("the copy", &format!("{steps} > {before}"));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_button_that_is_pressed_while_the_page_tries_what_was_typed_does_its_work() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Admin);
    browser.go(&desk.at("/rules/7"));
    put(&browser, "[name='rule_steps.0.answer_timeout']", "25");
    browser.wait(
        "the preview",
        "document.querySelector('button[value=apply]')",
    );
    browser.type_in("#reason", "gọi lâu hơn");
    browser.run(
        "const at = document.querySelector('[name=\"rule_steps.0.answer_timeout\"]');
         window.asked = performance.getEntriesByType('resource').length;
         at.value = 30;
         at.dispatchEvent(new Event('input', {bubbles: true}))",
    );
    browser.press_on("button[value='apply']");
    browser.wait(
        "the page to have an answer",
        "performance.getEntriesByType('resource').length > window.asked",
    );
    browser.let_go();
    // What is applied is what somebody has seen: they see it now.
    browser.wait(
        "the edit as it is now",
        "document.querySelector('.draft')?.innerText.includes('answer_timeout: – → 30')",
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
