//! The pages: one file for each, and the frame that they share.
//!
//! A page is made on the server and works without a script; the script only swaps parts of it, which it gets from the
//! same address with `part=1`.

mod help;
mod icons;
mod invitation;
mod layout;
mod settings;
mod sign_in;
mod tokens;
mod users;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::desk::Desk;
use visit::Visit;

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/sign-in", get(sign_in::page).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language", post(sign_in::choose_language))
        .route(
            "/invite/{secret}",
            get(invitation::page).post(invitation::join),
        )
        .route(
            "/settings",
            get(settings::page).post(settings::change_password),
        )
        .route("/help", get(help::page))
        .route("/users", get(users::page).post(users::invite_user))
        .route("/users/{name}", post(users::change))
        .route("/tokens", get(tokens::page).post(tokens::add))
        .route("/tokens/{id}", post(tokens::remove))
        .fallback(missing)
}

async fn missing(visit: Visit) -> axum::response::Response {
    visit.missing().await
}
