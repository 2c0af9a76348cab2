//! The API: `/api/v1`, the same views and the same edits as the pages, as JSON.
//!
//! Errors are `application/problem+json` with a `code` that never changes. Whoever asks is a user with a session or a
//! token; what they may is decided where the edits are (`draft/trial.rs`), the same for pages and programs.

mod actions;
pub(super) mod asked_rules;
mod drafts;
mod error;
mod events;
pub(super) mod imports;
pub(super) mod journal;
mod read;
mod sent;
mod tables;
pub(super) mod undo;

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;

use super::Desk;
use crate::rules::ActiveRules;
pub(super) use error::ApiError;

/// What the API is, for programs.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// All callers as a file.
pub(super) const EXPORT_CALLERS: &str = "/api/v1/export?format=csv&tables=callers";

/// All routes; the document of the API lists the same.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/v1/now", get(read::now))
        .route("/api/v1/roster", get(read::roster))
        .route("/api/v1/explain", get(read::explain))
        .route("/api/v1/coverage", get(read::coverage))
        .route("/api/v1/holes", get(read::holes))
        .route("/api/v1/status", get(read::status))
        .route("/api/v1/problems", get(read::problems))
        .route("/api/v1/calls", get(journal::calls))
        .route("/api/v1/calls/{id}", get(journal::call))
        .route("/api/v1/report", get(journal::report))
        .route("/api/v1/changes", get(journal::changes))
        .route("/api/v1/preview", post(drafts::preview))
        .route("/api/v1/drafts", get(drafts::list).post(drafts::begin))
        .route(
            "/api/v1/drafts/{id}",
            get(drafts::show)
                .patch(drafts::change)
                .delete(drafts::discard),
        )
        .route(
            "/api/v1/drafts/{id}/edits/{number}",
            axum::routing::delete(drafts::discard_edit),
        )
        .route("/api/v1/drafts/{id}/preview", get(drafts::preview_of))
        .route("/api/v1/drafts/{id}/commit", post(drafts::commit))
        .route("/api/v1/drafts/{id}/offer", post(drafts::offer))
        .route("/api/v1/actions/leave", post(actions::leave))
        .route("/api/v1/actions/stand-in", post(actions::stand_in))
        .route("/api/v1/actions/swap", post(actions::swap))
        .route("/api/v1/actions/agent", post(actions::agent))
        .route("/api/v1/actions/take-test", post(actions::take_test))
        .route("/api/v1/undo", post(undo::undo))
        .route("/api/v1/imports/callers", imports::upload())
        .route("/api/v1/imports/{id}", get(imports::show))
        .route("/api/v1/imports/{id}/draft", post(imports::draft))
        .route("/api/v1/accept", post(actions::accept))
        .route("/api/v1/export", get(tables::export))
        .route("/api/v1/events", get(events::events))
        .route("/api/v1/pulse", get(events::pulse))
        .route("/api/v1/openapi.json", get(openapi))
        .route("/api/v1/{table}", get(tables::list))
        .route("/api/v1/{table}/{*key}", get(tables::show))
}

async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// A view of what is served, made and encoded behind the threads that answer calls.
async fn view(
    desk: &Arc<Desk>,
    make: impl FnOnce(&ActiveRules) -> Result<Vec<u8>, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let made = desk.work(move |desk| make(&Arc::clone(&desk.live.served())));
    Ok(json_bytes(made.await??))
}

/// A value as JSON.
fn encoded(value: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(value).map_err(|error| ApiError::broken(&error))
}

fn json_bytes(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], bytes).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    /// Methods and paths of the route table above, as it is written.
    fn routes() -> Vec<String> {
        let text = include_str!("mod.rs");
        let table = text.split("fn routes()").nth(1).unwrap();
        let table = table.split("async fn openapi").next().unwrap();
        let mut routes = Vec::new();
        for route in table.split(".route(").skip(1) {
            let path = route
                .split('"')
                .nth(1)
                .unwrap()
                .trim_start_matches("/api/v1");
            for method in ["get", "post", "patch", "delete"] {
                let is_upload = method == "post" && route.contains("upload()");
                if is_upload || route.contains(&format!("{method}(")) {
                    routes.push(format!("{method} {}", path.replace("{*key}", "{key}")));
                }
            }
        }
        routes.sort();
        routes
    }

    #[test]
    fn the_document_of_the_api_lists_its_routes_and_no_others() {
        let document: Value = serde_json::from_str(super::OPENAPI).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let mut listed = Vec::new();
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().unwrap() {
                listed.push(format!("{method} {path}"));
                assert!(operation["summary"].is_string(), "{method} {path}");
                assert!(operation["responses"].is_object(), "{method} {path}");
            }
        }
        listed.sort();
        assert_eq!(listed, routes());
    }
}
