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
use super::projects::{self, AskedAbout};
use crate::projects::Projects;
use crate::rules::Readiness;

/// Health for load balancers and container platforms: a state, and how many things are wrong.
pub fn public_health_routes(projects: Arc<Projects>) -> Router {
    routes(projects, counted)
}

/// Health for operators: the state, and a line for each thing that is wrong.
pub(super) fn detailed_health_routes(projects: Arc<Projects>) -> Router {
    routes(projects, listed)
}

fn routes(projects: Arc<Projects>, say: fn(&str, &[String]) -> String) -> Router {
    let ready = async move |State(projects): State<Arc<Projects>>, RawQuery(query): RawQuery| {
        let saying = move || ready(&projects, query.as_deref(), say);
        aside(saying).await
    };
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(projects)
}

/// What is said to whoever wants a server that is in touch with the others.
const APART: &str = "not shared\n";

/// Whether this server is in touch with the others on the same PostgreSQL; alone it is.
fn is_shared(projects: &Projects) -> bool {
    let cluster = match projects {
        Projects::One(project) => project.live.status().cluster,
        Projects::Several(several) => Some(several.cluster()),
    };
    cluster.is_none_or(|cluster| cluster.fault.is_none())
}

/// An edit that was refused leaves the server ready: it answers from the last good version, and taking it out of
/// service would lose calls.
fn ready(
    projects: &Projects,
    query: Option<&str>,
    say: fn(&str, &[String]) -> String,
) -> (StatusCode, String) {
    let wants_shared = query.is_some_and(|query| query.split('&').any(|one| one == "shared"));
    if wants_shared && !is_shared(projects) {
        return (StatusCode::SERVICE_UNAVAILABLE, APART.to_owned());
    }
    let readiness = match projects::asked(projects, query) {
        Ok(AskedAbout::One(project)) => project.live.readiness(),
        Ok(AskedAbout::All(several)) => projects::readiness(projects, several),
        Err(refusal) => return refusal,
    };
    match readiness {
        Readiness::Ready => (StatusCode::OK, "ready\n".to_owned()),
        Readiness::Degraded(sentences) => (StatusCode::OK, say("ready, but degraded", &sentences)),
        Readiness::NotReady(sentences) => (
            StatusCode::SERVICE_UNAVAILABLE,
            say("not ready", &sentences),
        ),
    }
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
