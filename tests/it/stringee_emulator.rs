//! The emulated contact center against the real server, and against webhooks that break their promises.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use serde_json::{Value, json};
use stringee_emulator::{
    Assumptions, Behaviour, Invariant, Kept, OnEmptyList, Play, Ringing, Sample, SharedState,
    Summary, WhichCalls, play,
};
use stringee_router::shutdown::Tasks;

use crate::cli_program::Program;
use crate::database::Database;
use crate::harness::Running;
use crate::stringee_api::Emulated;

/// Ten emulated minutes, as fast as the machine can.
fn quick(url: String) -> Play {
    Play {
        seconds: 600,
        speed: 1000,
        calls_per_second: 0.2,
        hotline_rates: Vec::new(),
        seed: 1,
        url: Some(url),
        events_url: None,
        step_seconds: None,
        kept: Kept::Order,
        behaviour: Behaviour {
            talk_seconds: 5,
            ..Behaviour::default()
        },
        assumptions: patient(),
    }
}

/// A busy machine must not look like a broken promise.
fn patient() -> Assumptions {
    Assumptions {
        answer_limit: Duration::from_secs(20),
        ..Assumptions::default()
    }
}

/// Plays where blocking does no harm.
async fn played(state: SharedState, how: Play) -> Summary {
    tokio::task::spawn_blocking(move || play(&state, &how, &mut drop).unwrap())
        .await
        .unwrap()
}

fn state(agents: u32) -> SharedState {
    SharedState::new(Sample { agents, queues: 2 }.state())
}

/// Answers every `POST` by a function of its body.
async fn webhook(answer: fn(&Value) -> Value) -> String {
    served(move |body| answer(&serde_json::from_slice(&body).unwrap()).to_string()).await
}

async fn served(answer: impl Fn(Bytes) -> String + Clone + Send + Sync + 'static) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let routes = Router::new().route("/", post(async move |body: Bytes| answer(body)));
    Tasks::new().spawn("webhook", async move {
        axum::serve(listener, routes).await.unwrap();
    });
    format!("http://{address}/")
}

/// A list for each call of a question.
fn answered(question: &Value, agents: &[&str]) -> Value {
    let offer =
        |id: &&str| json!({"stringee_user_id": id, "routing_type": 1, "answer_timeout": 15});
    let agents: Vec<Value> = agents.iter().map(offer).collect();
    let calls = question["calls"].as_array().unwrap().iter();
    let calls: Vec<Value> = calls
        .map(|call| json!({"callId": call["callId"], "agents": agents}))
        .collect();
    json!({"version": 2, "calls": calls})
}

fn everybody(question: &Value) -> Value {
    answered(
        question,
        &[
            "agent_1", "agent_2", "agent_3", "agent_4", "agent_5", "agent_6",
        ],
    )
}

/// What does not hang on how fast the machine is.
fn outcome(summary: &Summary) -> (usize, usize, usize, usize, Vec<(String, usize)>) {
    (
        summary.calls,
        summary.answered,
        summary.lost,
        summary.rings,
        summary.shares.clone(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_plays_the_same_again() {
    let url = webhook(everybody).await;
    let first = played(state(6), quick(url.clone())).await;
    let again = played(state(6), quick(url.clone())).await;
    let other = played(
        state(6),
        Play {
            seed: 2,
            ..quick(url)
        },
    )
    .await;
    assert_eq!(outcome(&first), outcome(&again));
    assert_ne!(outcome(&first), outcome(&other));
    assert_eq!(first.broken, []);
    assert!((80..160).contains(&first.calls), "{first}");
    assert!(first.answered > 60, "{first}");
    assert_eq!(first.answered + first.lost + first.waiting, first.calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hotline_has_its_own_rate() {
    let url = webhook(everybody).await;
    let rates = vec![
        ("842473082001".to_owned(), 0.0),
        ("842473082002".to_owned(), 0.2),
    ];
    let summary = played(
        state(6),
        Play {
            hotline_rates: rates,
            ..quick(url.clone())
        },
    )
    .await;
    assert!((80..160).contains(&summary.calls), "{summary}");
    let unknown = Play {
        hotline_rates: vec![("84".to_owned(), 1.0)],
        ..quick(url)
    };
    let refusal = play(&state(6), &unknown, &mut drop).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "there is no hotline 84 that leads to a connected queue"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_assumed_can_be_changed() {
    let url = webhook(everybody).await;
    let assuming = |assumptions: Assumptions| {
        played(
            state(6),
            Play {
                assumptions,
                ..quick(url.clone())
            },
        )
    };
    let usual = assuming(patient()).await;
    let at_once = assuming(Assumptions {
        ringing: Ringing::AtOnce,
        ..patient()
    })
    .await;
    assert!(at_once.rings > usual.rings * 3 / 2, "{at_once}");
    let nobody = webhook(|question| answered(question, &[])).await;
    let hang_up = Assumptions {
        on_empty_list: OnEmptyList::HangUp,
        ..patient()
    };
    let summary = played(
        state(6),
        Play {
            assumptions: hang_up,
            ..quick(nobody)
        },
    )
    .await;
    assert_eq!(summary.answered, 0);
    assert!(summary.lost_after_seconds.most <= 3.0, "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_asked_about_again_unless_told_otherwise() {
    let twice = |which_calls| async move {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        let url = served(move |body| {
            let question = serde_json::from_slice(&body).unwrap();
            let calls = everybody(&question);
            let ids = calls["calls"].as_array().unwrap().iter();
            noted
                .lock()
                .unwrap()
                .extend(ids.map(|call| call["callId"].to_string()));
            calls.to_string()
        })
        .await;
        let assumptions = Assumptions {
            which_calls,
            ..patient()
        };
        let summary = played(
            state(6),
            Play {
                assumptions,
                ..quick(url)
            },
        )
        .await;
        let mut asked = asked.lock().unwrap();
        assert_eq!(
            u64::try_from(asked.len()).unwrap(),
            summary.calls_asked_about
        );
        asked.sort();
        let all = asked.len();
        asked.dedup();
        all - asked.len()
    };
    assert_eq!(twice(WhichCalls::New).await, 0);
    let waiting = twice(WhichCalls::Waiting).await;
    assert!(waiting > 0);
    assert!(twice(WhichCalls::Ringing).await > waiting);
}

#[track_caller]
fn check_broken(summary: &Summary, expected: &[Invariant]) {
    let broken: Vec<Invariant> = summary
        .broken
        .iter()
        .map(|broken| broken.invariant)
        .collect();
    assert_eq!(broken, expected, "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_promises_are_noticed() {
    let short = |url| Play {
        seconds: 60,
        ..quick(url)
    };
    let silent = webhook(|_| json!({"version": 2, "calls": []})).await;
    check_broken(
        &played(state(6), short(silent)).await,
        &[Invariant::EveryCallAnswered],
    );
    let strange = webhook(|question| answered(question, &["agent_1", "nobody_knows_me"])).await;
    check_broken(
        &played(state(6), short(strange)).await,
        &[Invariant::KnownAgents],
    );
    let old = webhook(|_| json!({"calls": []})).await;
    check_broken(
        &played(state(6), short(old)).await,
        &[Invariant::AnswerCame],
    );
    let closed = "http://127.0.0.1:1/".to_owned();
    check_broken(
        &played(state(6), short(closed)).await,
        &[Invariant::AnswerCame],
    );
    // Another order with every other question.
    let turn = Arc::new(Mutex::new(false));
    let fickle = served(move |body| {
        let mut turn = turn.lock().unwrap();
        *turn = !*turn;
        let agents = if *turn {
            ["agent_1", "agent_2"]
        } else {
            ["agent_2", "agent_1"]
        };
        answered(&serde_json::from_slice(&body).unwrap(), &agents).to_string()
    })
    .await;
    let unanswered = Behaviour {
        pick_up_percent: 0,
        ..Behaviour::default()
    };
    let how = Play {
        step_seconds: Some([500].into()),
        behaviour: unanswered,
        speed: 100,
        ..short(fickle)
    };
    check_broken(
        &played(state(6), how).await,
        &[Invariant::SameCallSameOrder],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_tell_the_story_of_each_call() {
    let posted: Arc<Mutex<Vec<Value>>> = Arc::default();
    let collected = Arc::clone(&posted);
    let events_url = served(move |body| {
        collected
            .lock()
            .unwrap()
            .push(serde_json::from_slice(&body).unwrap());
        String::new()
    })
    .await;
    let how = Play {
        seconds: 120,
        events_url: Some(events_url),
        ..quick(webhook(everybody).await)
    };
    let summary = played(state(6), how).await;
    assert_eq!(
        (summary.events_failed, summary.broken.len()),
        (0, 0),
        "{summary}"
    );
    let posted = posted.lock().unwrap();
    assert_eq!(u64::try_from(posted.len()).unwrap(), summary.events_sent);
    let mut stories: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for event in posted.iter() {
        stories
            .entry(event["call_id"].as_str().unwrap())
            .or_default()
            .push(event);
    }
    assert_eq!(stories.len(), summary.calls);
    let mut answered = 0;
    for story in stories.values() {
        let statuses: Vec<&str> = story
            .iter()
            .map(|event| event["call_status"].as_str().unwrap())
            .collect();
        assert_eq!(statuses[..2], ["created", "started"]);
        assert!(
            story.is_sorted_by_key(|event| event["timestamp_ms"].as_i64().unwrap()),
            "{story:?}"
        );
        if let Some(at) = statuses.iter().position(|status| *status == "answered") {
            answered += 1;
            assert_eq!(statuses[at - 1], "ringing");
            assert_eq!(
                story[at]["to"],
                story[at - 1]["to"],
                "who was rung has picked up"
            );
        }
    }
    assert_eq!(answered, summary.answered);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_server_breaks_no_promise() {
    let emulated = Emulated::with(40, 2).await;
    let database = Database::empty().await;
    let program = Program::new();
    program.write("config.toml", &emulated.config_file());
    let rules = database.path().to_str().unwrap().to_owned();
    let pulled = program.run(&["pull", "--yes", "--rules", &rules]);
    assert_eq!(pulled.code, Some(0), "{pulled}");
    let server = Running::on(&database.path(), &signed_by(&emulated));
    let how = Play {
        seconds: 120,
        speed: 60,
        calls_per_second: 5.0,
        step_seconds: Some([0, 15].into()),
        ..quick(format!("http://{}/get_list_agents", server.webhook()))
    };
    let summary = played(emulated.state.clone(), how).await;
    assert_eq!(summary.broken, [], "{summary}");
    assert!(summary.answered > 100, "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn call_events_decide_about_the_order_and_break_no_promise() {
    let emulated = Emulated::with(18, 2).await;
    let database = Database::empty().await;
    let program = Program::new();
    program.write("config.toml", &emulated.config_file());
    let rules = database.path().to_str().unwrap().to_owned();
    let pulled = program.run(&["pull", "--yes", "--rules", &rules]);
    assert_eq!(pulled.code, Some(0), "{pulled}");
    let strategies = "update groups set strategy = case when id = (select min(id) from groups) then 'fewest_calls'
        else 'longest_idle' end";
    database.shell().await.run(strategies).await;
    let server = Running::on(&database.path(), &signed_by(&emulated));
    let how = Play {
        seconds: 120,
        speed: 60,
        calls_per_second: 2.0,
        step_seconds: Some([0, 15].into()),
        kept: Kept::Agents,
        events_url: Some(format!("http://{}/events", server.webhook())),
        ..quick(format!("http://{}/get_list_agents", server.webhook()))
    };
    let summary = played(emulated.state.clone(), how).await;
    assert_eq!(
        (&*summary.broken, summary.events_failed),
        (&[][..], 0),
        "{summary}"
    );
    let answered = format!(
        "call_events_total{{event=\"answered\"}} {}",
        summary.answered
    );
    assert!(
        server.admin("/metrics").body.contains(&answered),
        "{summary}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_play_is_summed_up() {
    let emulated = Emulated::with(12, 2).await;
    let database = Database::demo().await;
    let server = Running::on(&database.path(), &signed_by(&emulated));
    let program = Program::new();
    emulated
        .state
        .lock()
        .create(&program.path("center.json"))
        .unwrap();
    let url = format!("http://{}/get_list_agents", server.webhook());
    let how = [
        "--minutes",
        "1",
        "--speed",
        "60",
        "--answer-limit",
        "20000",
        "--json",
    ];
    let arguments = [&["emulate", "calls", "center.json"], &how[..]].concat();
    let unconnected = program.run(&arguments);
    assert_eq!(unconnected.code, Some(2), "{unconnected}");
    assert!(
        unconnected
            .complaints
            .contains("no queue has a get_list_agents_url"),
        "{unconnected}"
    );
    // The demo rules know other agents than this platform does.
    let ran = program.run(&[&arguments[..], &["--url", &url, "--calls-per-second", "2"]].concat());
    let summary: Value = serde_json::from_str(&ran.output).unwrap();
    let broken = summary["broken"].as_array().unwrap();
    assert_eq!((ran.code, broken.len()), (Some(1), 1), "{ran}");
    assert_eq!(broken[0]["invariant"], "known_agents");
    assert!(summary["calls"].as_u64().unwrap() > 60, "{ran}");
    assert_eq!(
        program.run(&["emulate", "state", "center.json"]).code,
        Some(2),
        "a file that exists is left alone"
    );
}

/// The configuration of a server that requires the emulated project's signatures.
fn signed_by(emulated: &Emulated) -> String {
    let key = emulated.state.lock().signing_key.clone().unwrap();
    format!("[[webhook.projects]]\nid = 25\nsigning_keys = ['{key}']\n")
}

#[test]
fn a_state_comes_with_a_configuration_that_fits() {
    let program = Program::new();
    let ran = program.run(&["emulate", "state", "center.json", "--agents", "3"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    program.write("config.toml", &ran.output);
    let config = program.run(&["config"]);
    assert!(
        config
            .output
            .contains("base_url = \"http://127.0.0.1:8090\""),
        "{config}"
    );
    assert!(
        config.output.contains("signature = \"require\""),
        "{config}"
    );
}
