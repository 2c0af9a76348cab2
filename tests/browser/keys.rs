//! Without a mouse.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use stringee_router::config::Role;

use crate::browser::Browser;
use crate::desk::Desk;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
const END: &str = "\u{e010}";

/// What has the focus, in a few words.
fn focus(browser: &Browser) -> String {
    let said = browser.run(
        "const at = document.activeElement;
         return `${at.tagName.toLowerCase()} ${(at.getAttribute('aria-label') ?? at.id) || at.innerText.trim()}`",
    );
    said.as_str().unwrap().to_owned()
}

/// Whether one sees what has the focus.
fn is_seen(browser: &Browser) -> bool {
    let seen = browser.run(
        "const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
         const ring = style.outlineStyle !== 'none' || getComputedStyle(at, '::after').outlineStyle !== 'none'
           || (at.nextElementSibling && getComputedStyle(at.nextElementSibling).outlineStyle !== 'none');
         return !!ring && box.width > 0 && box.bottom > 0 && box.top < innerHeight",
    );
    seen.as_bool().unwrap()
}

#[tokio::test]
async fn one_walks_through_the_board_by_keys() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Admin);
    browser.go(&desk.at("/?at=2026-11-27T09:42"));
    let mut walked = Vec::new();
    for _ in 0..24 {
        browser.press(TAB);
        assert!(
            is_seen(&browser),
            "one does not see where one is: {}",
            focus(&browser)
        );
        walked.push(focus(&browser));
    }
    assert_eq!(walked[0], "a Đến nội dung");
    for expected in [
        "a Bây giờ",
        "a Lịch trực",
        "input slot",
        "input caller",
        "a Sáng mai 08:00",
    ] {
        assert!(
            walked.iter().any(|step| step.starts_with(expected)),
            "{expected}: {walked:#?}"
        );
    }
    browser.go(&desk.at("/?at=2026-11-27T09:42"));
    browser.press("]");
    browser.wait(
        "half an hour later",
        "document.querySelector('.clock').innerText === '10:00'",
    );
    browser.press("/");
    assert_eq!(focus(&browser), "input caller");
    browser.run("document.activeElement.blur()");
    browser.press("t");
    browser.wait("now", "location.search === ''");
}

#[tokio::test]
async fn the_roster_is_one_stop_with_arrows_inside() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Viewer);
    browser.go(&desk.at("/roster?from=2026-11-30"));
    let stops = browser
        .run("return document.querySelectorAll('[data-grid] tbody a[tabindex=\"0\"]').length");
    assert_eq!(stops, 1);
    browser.run("document.querySelector('[data-grid] tbody a[tabindex=\"0\"]').focus()");
    let first = browser.text("#inspect");
    browser.press(RIGHT);
    let second = browser.text("#inspect");
    assert!(
        first != second && second.contains("Thứ Hai 30/11"),
        "{first} / {second}"
    );
    browser.press(DOWN);
    let below = browser.text("#inspect");
    assert!(below.contains("CSKH"), "{below}");
    browser.press(END);
    assert!(browser.text("#inspect").contains("Chủ nhật 6/12"));
    browser.press(ENTER);
    browser.wait(
        "the board",
        "location.pathname === '/' && location.search.includes('at=2026-12-06')",
    );
}
