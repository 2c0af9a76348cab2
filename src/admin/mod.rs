//! The operator's listener: how the rules stand, and what is measured.

mod health;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::live::Live;
use crate::telemetry::{METRICS_CONTENT_TYPE, Metrics};

pub use health::routes as health_routes;

/// The pages for operators: `/status`, `/metrics`, and health as on the public listener.
pub fn routes(live: Arc<Live>, metrics: Arc<Metrics>) -> Router {
    let metrics = Router::new().route("/metrics", get(encode_metrics)).with_state(metrics);
    status::routes(Arc::clone(&live)).merge(metrics).merge(health_routes(live))
}

async fn encode_metrics(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, METRICS_CONTENT_TYPE)], metrics.encode())
}
