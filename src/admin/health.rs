//! `/healthz`: the process lives. `/readyz`: calls reach agents.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use super::aside;
use crate::live::{Live, Readiness};

/// Health for load balancers and container platforms.
pub fn routes(live: Arc<Live>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(live)
}

/// An edit that was refused leaves the server ready: it answers from the last good version, and taking it out of
/// service would lose calls. The sentences say what is wrong.
async fn ready(State(live): State<Arc<Live>>) -> Result<(StatusCode, String), StatusCode> {
    Ok(match aside(move || live.readiness()).await? {
        Readiness::Ready => (StatusCode::OK, "ready\n".to_owned()),
        Readiness::Degraded(sentences) => {
            (StatusCode::OK, lines("ready, but degraded", &sentences))
        }
        Readiness::NotReady(sentences) => (
            StatusCode::SERVICE_UNAVAILABLE,
            lines("not ready", &sentences),
        ),
    })
}

fn lines(first: &str, sentences: &[String]) -> String {
    let mut text = format!("{first}\n");
    for sentence in sentences {
        text.extend(["- ", sentence, "\n"]);
    }
    text
}
