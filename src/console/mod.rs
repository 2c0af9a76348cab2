//! The console: pages and an API for supervisors and admins, on the admin listener.
//!
//! It never stands between a call and its answer: its work is done on threads of lower priority, few at a time, and it
//! reads the version that is served, or the rules' file, as any other editor does.
//!
//! ```text
//! request -> Host -> headers -> CSRF -> who is it (access) -> pages | api -> desk.work(..) -> answer
//! ```

mod access;
mod api;
mod ask;
mod assets;
mod desk;
mod draft;
mod pages;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower_http::csrf::CsrfLayer;

pub use access::{Invitation, InviteError, NoRandomness, invite};
pub use desk::Desk;

/// Nothing is loaded but our own style and script, nothing is embedded, and no text becomes markup unseen.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types sr",
);

/// The console's pages and its API.
pub fn routes(desk: Arc<Desk>) -> Router {
    let public_url = desk.config.public_url.clone();
    let csrf = CsrfLayer::new();
    // Without a public URL, or with one that no browser sends, the Host header alone says what our own origin is.
    let csrf = match csrf.clone().add_trusted_origin(&public_url) {
        Ok(trusting) if !public_url.is_empty() => trusting,
        _ => csrf,
    };
    pages::routes()
        .merge(api::routes())
        .with_state(desk)
        .merge(assets::routes())
        .layer(csrf)
        .layer(middleware::from_fn(add_headers))
}

async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let set: [(HeaderName, HeaderValue); 3] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    headers.extend(set);
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
