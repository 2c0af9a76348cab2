//! Every page at every size, light and dark: what axe-core finds, whether it scrolls sideways, and what the browser
//! complains about.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use serde_json::Value;
use stringee_router::config::Role;

use crate::browser::Browser;
use crate::desk::Desk;

/// Rules of accessibility, checked by Deque's axe-core.
const AXE: &str = include_str!("../fixtures/axe-core/axe.min.js");

/// Each page, in a state that shows most of it.
const PAGES: [&str; 36] = [
    "/",
    "/?at=2026-11-27T09:42",
    "/?at=2026-12-02T02:00&caller=84986776777",
    "/roster?from=2026-11-30",
    "/roster?from=2026-11-30&day=2026-12-02",
    "/roster?from=2027-02-01",
    "/rules",
    "/rules?order=1",
    "/rules/8",
    "/rules/new?recipe=owner",
    "/people",
    "/people/hoa",
    "/groups/kinh_doanh",
    "/groups/new",
    "/callers",
    "/calls",
    "/changes",
    "/drafts",
    "/assign?agent=hoa",
    "/swap?agent=hoa",
    "/people/paste",
    "/hours",
    "/hours/gio_lam_viec",
    "/hours/new",
    "/tests",
    "/callers/0912%20000%20111",
    "/callers/new",
    "/callers/import",
    "/report",
    "/sql",
    "/problems",
    "/settings",
    "/users",
    "/tokens",
    "/help",
    "/nowhere",
];

const WIDTHS: [u32; 3] = [1440, 390, 320];

/// What axe finds: "rule: where", each.
fn faults(browser: &Browser) -> Vec<String> {
    browser.run(AXE);
    let found = browser.run_async(
        "const done = arguments[arguments.length - 1];
         axe.run(document, {resultTypes: ['violations']}).then((found) => done(found.violations.flatMap((rule) =>
           rule.nodes.slice(0, 4).map((node) => `${rule.id}: ${node.target} ${node.html.slice(0, 160)}`))))",
    );
    let found = found.as_array().unwrap().iter();
    found
        .map(|fault| fault.as_str().unwrap().to_owned())
        .collect()
}

/// Looks at one page at all sizes.
pub(crate) fn look(browser: &Browser, address: &str, wrong: &mut Vec<String>) {
    for is_dark in [false, true] {
        for width in WIDTHS {
            browser.resize(width, 900, is_dark);
            browser.go(address);
            let place = format!(
                "{address} at {width}{}",
                if is_dark { ", dark" } else { "" }
            );
            wrong.extend(
                faults(browser)
                    .into_iter()
                    .map(|fault| format!("{place}: {fault}")),
            );
            // On a phone what is too wide makes the window wider.
            let seen = browser.run("return document.documentElement.scrollWidth");
            if seen.as_u64().unwrap() > width.into() {
                wrong.push(format!("{place}: is {seen} wide"));
            }
            let complaints = browser.complaints().into_iter();
            // A page that is not there is one, and says so.
            let complaints = complaints.filter(|said| !said.contains("404"));
            wrong.extend(complaints.map(|said| format!("{place}: {said}")));
        }
    }
}

#[tokio::test]
async fn every_page_is_for_everybody_at_every_size() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    let mut wrong = Vec::new();
    look(&browser, &desk.at("/sign-in"), &mut wrong);
    desk.sign_in(&browser, "hoa", Role::Admin);
    for page in PAGES {
        look(&browser, &desk.at(page), &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn pages_stay_small() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Admin);
    for page in PAGES {
        browser.go(&desk.at(page));
        let nodes = browser.run("return document.querySelectorAll('*').length");
        let bytes = browser
            .run("return new TextEncoder().encode(document.documentElement.outerHTML).length");
        let (nodes, bytes) = (nodes.as_u64().unwrap(), bytes.as_u64().unwrap());
        println!("{page}: {nodes} elements, {bytes} bytes");
        assert!(
            nodes <= 1500 && bytes <= 40_000,
            "{page}: {nodes} elements, {bytes} bytes"
        );
    }
}

#[tokio::test]
async fn a_page_moves_with_the_slider_and_says_so_in_its_address() {
    let Some(browser) = Browser::open() else {
        return;
    };
    let desk = Desk::new().await;
    desk.sign_in(&browser, "hoa", Role::Viewer);
    browser.go(&desk.at("/?at=2026-11-27T09:42"));
    assert!(browser.text(".board").contains("Hoa"));
    browser.run("document.querySelector('#slot').value = 44; document.querySelector('#slot').dispatchEvent(new Event('input', {bubbles: true}))");
    browser.wait(
        "the night",
        "document.querySelector('.clock').innerText === '22:00'",
    );
    assert!(browser.text(".board").contains("Sơn"));
    let address = browser.run("return location.search");
    assert!(address.as_str().unwrap().contains("slot=44"), "{address}");
    let focus = browser.run("return document.querySelector('#live').getAttribute('aria-busy')");
    assert_eq!(focus, Value::Null);
    browser.click(".pick");
    browser.wait("the explanation", "location.search.includes('line=')");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
