//! The operator's listener: how the rules stand, and what is measured.

mod accept;
mod health;
mod hosts;
mod projects;
mod status;

#[cfg(test)]
pub(crate) use status::StatusPage;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::trace::TraceLayer;
use tracing::Span;

use crate::config::AdminConfig;
use crate::projects::{Project, Projects};
use crate::rules::Readiness;
use crate::telemetry::{METRICS_CONTENT_TYPE, Metrics, ProjectFigures};
use hosts::{HostNames, refuse_other_hosts};

pub use accept::CONFIRMATION_HEADER;
pub use health::public_health_routes;

/// Pages that stand beside those for operators, and the name by which they alone are asked.
#[derive(Debug)]
pub struct OtherPages {
    /// The pages.
    pub routes: Router,
    /// A host that gets these and nothing else.
    pub public_host: Option<String>,
}

/// The pages for operators: `/status`, `/metrics`, `/accept`, and health in detail; and others beside them.
pub fn routes(
    config: &AdminConfig,
    projects: Arc<Projects>,
    metrics: Arc<Metrics>,
    others: Option<OtherPages>,
) -> Router {
    let metrics = Router::new()
        .route("/metrics", get(encode_metrics))
        .with_state((metrics, Arc::clone(&projects)));
    let accept = accept::routes(Arc::clone(&projects));
    let status = status::routes(Arc::clone(&projects)).merge(accept);
    let pages = status
        .merge(metrics)
        .merge(health::detailed_health_routes(projects));
    let names: HostNames = config.hosts.clone().into();
    let mut pages = pages.layer(middleware::from_fn_with_state(names, refuse_other_hosts));
    if let Some(others) = others {
        let names: HostNames = config
            .hosts
            .iter()
            .cloned()
            .chain(others.public_host)
            .collect();
        let refusing = middleware::from_fn_with_state(names, refuse_other_hosts);
        pages = pages.merge(others.routes.layer(refusing));
    }
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
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_panicked| StatusCode::INTERNAL_SERVER_ERROR)
}

/// One span per request, by route.
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str);
    tracing::debug_span!("request", route, method = %request.method())
}

async fn encode_metrics(
    State((metrics, projects)): State<(Arc<Metrics>, Arc<Projects>)>,
) -> impl IntoResponse {
    metrics.remember_calls(projects.calls());
    let figures = match &*projects {
        Projects::One(_) => Vec::new(),
        Projects::Several(_) => projects.all().iter().map(|one| figures(one)).collect(),
    };
    (
        [(header::CONTENT_TYPE, METRICS_CONTENT_TYPE)],
        metrics.encode_with(&figures),
    )
}

fn figures(project: &Project) -> ProjectFigures {
    ProjectFigures {
        project: project.number,
        is_ready: !matches!(project.live.readiness(), Readiness::NotReady(_)),
        calls: project.seen.calls(),
        metrics: Arc::clone(&project.metrics),
    }
}
