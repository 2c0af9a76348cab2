//! The operator's listener: how the rules stand, and what is measured.

mod accept;
mod health;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::trace::TraceLayer;
use tracing::Span;

use crate::live::Live;
use crate::seen::Seen;
use crate::telemetry::{METRICS_CONTENT_TYPE, Metrics};

pub use health::routes as health_routes;

/// The pages for operators: `/status`, `/metrics`, and health as on the public listener.
pub fn routes(live: Arc<Live>, seen: Arc<Seen>, metrics: Arc<Metrics>) -> Router {
    let metrics = Router::new()
        .route("/metrics", get(encode_metrics))
        .with_state((metrics, seen));
    let status = status::routes(Arc::clone(&live)).merge(accept::routes(Arc::clone(&live)));
    let pages = status.merge(metrics).merge(health_routes(live));
    pages.layer(TraceLayer::new_for_http().make_span_with(span))
}

/// Does what may wait for the lock on how the rules stand: not on a thread that answers calls, as who judges a version
/// holds it for a while.
///
/// # Errors
/// A panic, which the log has, is answered with 500.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StatusCode> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_panicked| StatusCode::INTERNAL_SERVER_ERROR)
}

/// One span per request, by route.
fn span(request: &Request) -> Span {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    tracing::debug_span!("request", route, method = %request.method())
}

async fn encode_metrics(
    State((metrics, seen)): State<(Arc<Metrics>, Arc<Seen>)>,
) -> impl IntoResponse {
    metrics.remember_calls(seen.calls());
    (
        [(header::CONTENT_TYPE, METRICS_CONTENT_TYPE)],
        metrics.encode(),
    )
}
