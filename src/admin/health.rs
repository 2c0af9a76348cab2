//! `/healthz`: the process lives. `/readyz`: calls reach agents. It stays 200 after a refused edit: the last good
//! version answers, and taking the server out of service would lose calls.
//!
//! Strangers reach the public listener, and what is wrong names rules, people, numbers and paths. So there `/readyz` only
//! counts; the operator's own has the sentences.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;

use super::aside;
use crate::rules::{Readiness, RulesAuthority};

/// Health for load balancers and container platforms: a state, and how many things are wrong.
pub fn public_health_routes(live: Arc<RulesAuthority>) -> Router {
    routes(live, counted)
}

/// Health for operators: the state, and a line for each thing that is wrong.
pub(super) fn detailed_health_routes(live: Arc<RulesAuthority>) -> Router {
    routes(live, listed)
}

fn routes(live: Arc<RulesAuthority>, say: fn(&str, &[String]) -> String) -> Router {
    let ready = async move |State(live): State<Arc<RulesAuthority>>, RawQuery(query): RawQuery| {
        if query.as_deref() == Some("shared") && !is_shared(&live).await? {
            return Ok((StatusCode::SERVICE_UNAVAILABLE, APART.to_owned()));
        }
        ready(live, say).await
    };
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(live)
}

/// What is said to whoever wants a server that is in touch with the others.
const APART: &str = "not shared\n";

/// Whether this server is in touch with the others on the same PostgreSQL; alone it is.
async fn is_shared(live: &Arc<RulesAuthority>) -> Result<bool, StatusCode> {
    let live = Arc::clone(live);
    let cluster = aside(move || live.status().cluster).await?;
    let Some(cluster) = cluster else {
        return Ok(true);
    };
    Ok(cluster.fault.is_none())
}

/// An edit that was refused leaves the server ready: it answers from the last good version, and taking it out of
/// service would lose calls.
async fn ready(
    live: Arc<RulesAuthority>,
    say: fn(&str, &[String]) -> String,
) -> Result<(StatusCode, String), StatusCode> {
    Ok(match aside(move || live.readiness()).await? {
        Readiness::Ready => (StatusCode::OK, "ready\n".to_owned()),
        Readiness::Degraded(sentences) => (StatusCode::OK, say("ready, but degraded", &sentences)),
        Readiness::NotReady(sentences) => (
            StatusCode::SERVICE_UNAVAILABLE,
            say("not ready", &sentences),
        ),
    })
}

fn counted(state: &str, sentences: &[String]) -> String {
    let count = sentences.len();
    format!("{state}\nproblems: {count}; /readyz of the admin listener names them\n")
}

fn listed(state: &str, sentences: &[String]) -> String {
    let mut text = format!("{state}\n");
    for sentence in sentences {
        text.extend(["- ", sentence, "\n"]);
    }
    text
}
