//! Edits without a WHERE: held until somebody confirms them, whatever becomes of the server meanwhile.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::bed::{say, since};
use crate::database::Database;
use crate::harness::{Running, wait_for};

/// The demo's own tests would refuse the slip.
const CONFIG: &str = "[database]\nhold_seconds = 3600\nrule_tests = \"warn\"";

/// Whom a call to support rings: somebody on shift or on duty, and only by the slip the fallback alone.
fn rung(server: &Running) -> Vec<String> {
    server.rung("QU_TONGDAI", "call", "842471001002")
}

/// What the server says of the version that it holds, once it does.
fn held(server: &Running) -> Value {
    wait_for("a version to be held", || {
        let status = server.admin("/status").json();
        status.get("held").filter(|held| !held.is_null()).cloned()
    })
}

/// Waits until what is held is written down.
fn written(state: &Path, hash: &str) {
    wait_for("it to be written down", || {
        let text = fs::read_to_string(state.join("held.json")).unwrap_or_default();
        text.contains(hash).then_some(())
    });
}

#[tokio::test]
async fn a_slip_is_held_over_crashes_until_somebody_confirms_it() {
    let database = Database::demo().await;
    let state = database.directory().join("state");
    let start = || Running::with_state(&database.path(), &state, CONFIG);
    let copy = || fs::read_to_string(state.join("last-good.json")).unwrap_or_default();
    let mut server = start();
    wait_for("the copy", || (!copy().is_empty()).then_some(()));
    assert_ne!(rung(&server), ["huong"]);

    let began = clock::monotonic();
    let mut editor = database.shell().await;
    editor.run("pragma busy_timeout = 5000").await;
    editor.run("delete from schedule_hours").await;
    editor.close().await;
    let first = held(&server);
    say(
        "delete from schedule_hours",
        &format!("held after {:.0?}: {first}", since(began)),
    );
    let reason = first["reasons"][0].as_str().unwrap();
    assert!(
        reason.contains(" calls that were compared would ring other people, one "),
        "{reason}"
    );
    let hash = first["hash"].as_str().unwrap().to_owned();
    written(&state, &hash);
    for _crash in 0..3 {
        drop(server);
        server = start();
        let again = held(&server);
        assert_eq!(
            (&again["hash"], &again["reasons"]),
            (&first["hash"], &first["reasons"])
        );
        assert_ne!(rung(&server), ["huong"], "nobody has confirmed it");
        assert!(!copy().contains(&hash), "and so it is not copied");
    }
    let headers = [
        ("content-type", "application/json"),
        ("x-stringee-router-accept", "yes"),
    ];
    let accepted = server.admin_post(
        "/accept",
        format!("{{\"hash\":\"{hash}\"}}").as_bytes(),
        &headers,
    );
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    assert_eq!(rung(&server), ["huong"]);
    wait_for("it to be copied", || copy().contains(&hash).then_some(()));
    wait_for("the note to go", || {
        (!state.join("held.json").exists()).then_some(())
    });
}

#[tokio::test]
async fn a_held_version_has_its_time_though_the_server_crashes_again_and_again() {
    let database = Database::demo().await;
    let state = database.directory().join("state");
    let config = CONFIG.replace("3600", "6");
    let start = || Running::with_state(&database.path(), &state, &config);
    let server = start();
    wait_for("the copy", || {
        state.join("last-good.json").exists().then_some(())
    });
    let mut editor = database.shell().await;
    editor.run("pragma busy_timeout = 5000").await;
    editor
        .run("update rules set to_number = '0999 000 111'")
        .await;
    editor.close().await;
    let began = clock::monotonic();
    let hash = held(&server)["hash"].as_str().unwrap().to_owned();
    written(&state, &hash);
    drop(server);
    let mut crashes = 1;
    wait_for("the version to be let go", || {
        // Ends with a kill when it goes out of scope.
        let server = start();
        crashes += 1;
        wait_for("the rules to be read", || {
            let is_held = !server.admin("/status").json()["held"].is_null();
            let is_let_go = rung(&server) == ["huong"];
            (is_held || is_let_go).then_some(is_let_go)
        })
        .then_some(())
    });
    let took = since(began);
    say(
        "a slip held for 6 s",
        &format!("let go after {took:.1?} and {crashes} crashes"),
    );
    assert!(took.as_secs() >= 5, "held for {took:?}");
}
