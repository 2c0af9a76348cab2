//! A browser, as far as the tests need one: `WebDriver` over HTTP, and Chromium's own commands where that has none.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot be set up fails there and then"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::wait_for;

/// Whether a browser has to be there.
#[expect(clippy::disallowed_methods, reason = "CI says so by a variable")]
fn is_wanted() -> bool {
    std::env::var("CONSOLE_BROWSER").is_ok_and(|value| value == "1")
}

/// One browser at a time: two of them on a small machine keep each other waiting.
static ALONE: Mutex<()> = Mutex::new(());

/// A browser with one window.
pub(crate) struct Browser {
    driver: Child,
    session: String,
    _profile: TempDir,
    alone: Option<MutexGuard<'static, ()>>,
}

impl Browser {
    /// A new browser; `None`, said aloud, where there is none.
    pub(crate) fn open() -> Option<Self> {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self::start(Some(alone))
    }

    /// Another one beside this, of somebody else.
    pub(crate) fn beside(&self) -> Self {
        assert!(self.alone.is_some(), "one beside another is enough");
        Self::start(None).unwrap()
    }

    fn start(alone: Option<MutexGuard<'static, ()>>) -> Option<Self> {
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut driver) = driver else {
            assert!(
                !is_wanted(),
                "there is no chromedriver; install chromium and chromium-driver"
            );
            println!("NOT RUN: there is no chromedriver (apt install chromium chromium-driver)");
            return None;
        };
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| {
                Some(
                    line.split_once("started successfully on port ")?
                        .1
                        .trim_end_matches('.')
                        .to_owned(),
                )
            })
            .unwrap();
        let profile = tempfile::tempdir().unwrap();
        let data = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=vi",
            &data,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments, "prefs": {"intl.accept_languages": "vi"}},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let base = format!("http://127.0.0.1:{port}/session");
        let session = send(&base, &wanted);
        let id = session
            .pointer("/sessionId")
            .and_then(Value::as_str)
            .unwrap();
        let browser = Self {
            driver,
            session: format!("{base}/{id}"),
            _profile: profile,
            alone,
        };
        browser.resize(1440, 900, false);
        Some(browser)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        send(&format!("{}{path}", self.session), body)
    }

    /// One of Chromium's own commands.
    pub(crate) fn chromium(&self, command: &str, parameters: &Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            &json!({"cmd": command, "params": parameters}),
        )
    }

    /// The size of a screen, and whether its owner likes it dark.
    pub(crate) fn resize(&self, width: u32, height: u32, is_dark: bool) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.chromium("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if is_dark { "dark" } else { "light" };
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.chromium("Emulation.setEmulatedMedia", &feature);
    }

    pub(crate) fn go(&self, url: &str) {
        self.post("/url", &json!({"url": url}));
    }

    /// The value of a script.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// The value of a script that calls its last argument when it is done.
    pub(crate) fn run_async(&self, script: &str) -> Value {
        self.post("/execute/async", &json!({"script": script, "args": []}))
    }

    /// Waits until a script says something that is neither false nor nothing.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, condition: &str) -> Value {
        wait_for(what, || {
            let said = self.run(&format!("return {condition}"));
            (!said.is_null() && said != json!(false) && said != json!("")).then_some(said)
        })
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post(
            "/element",
            &json!({"using": "css selector", "value": selector}),
        );
        let id = found
            .as_object()
            .and_then(|found| found.values().next())
            .and_then(Value::as_str);
        id.unwrap().to_owned()
    }

    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Puts the pointer on something and presses, without letting go.
    pub(crate) fn press_on(&self, selector: &str) {
        let element = self.post(
            "/element",
            &json!({"using": "css selector", "value": selector}),
        );
        self.point(&json!([
            {"type": "pointerMove", "origin": element, "x": 0, "y": 0},
            {"type": "pointerDown", "button": 0},
        ]));
    }

    pub(crate) fn let_go(&self) {
        self.point(&json!([{"type": "pointerUp", "button": 0}]));
    }

    fn point(&self, actions: &Value) {
        self.post(
            "/actions",
            &json!({"actions": [{"type": "pointer", "id": "pointer", "actions": actions}]}),
        );
    }

    /// Types into a field, in place of what stands there.
    pub(crate) fn type_in(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(&format!("/element/{element}/value"), &json!({"text": text}));
    }

    /// Presses a key wherever the focus is: a letter, or a code of `WebDriver`.
    pub(crate) fn press(&self, key: &str) {
        let keys = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        self.post(
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": keys}]}),
        );
    }

    /// The text of a part of the page.
    pub(crate) fn text(&self, selector: &str) -> String {
        let text = self.run(&format!(
            "return document.querySelector({selector:?})?.innerText ?? ''"
        ));
        text.as_str().unwrap().to_owned()
    }

    /// What the browser has complained about since somebody last looked, the policy of the page among it.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        let entries = log.as_array().unwrap().iter();
        let message = |entry: &Value| {
            entry
                .pointer("/message")
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        };
        let is_grave = |entry: &&Value| {
            entry
                .pointer("/level")
                .is_some_and(|level| level == "SEVERE")
        };
        entries.filter(is_grave).map(message).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(agent().delete(&self.session).call());
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

#[track_caller]
fn send(url: &str, body: &Value) -> Value {
    let answer = agent()
        .post(url)
        .header("content-type", "application/json")
        .send(body.to_string());
    let text = answer
        .unwrap()
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string()
        .unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    let value = answer.get("value").cloned().unwrap_or_default();
    assert!(value.get("error").is_none(), "{url}: {value}");
    value
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None);
    config.build().new_agent()
}
