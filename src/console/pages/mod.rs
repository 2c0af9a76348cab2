//! The pages: one file for each, and the frame that they share.
//!
//! A page is made on the server and works without a script; the script only swaps parts of it, which it gets from the
//! same address with `part=1`.

mod board;
mod board_card;
mod callers;
mod calls;
mod changes;
mod draft_view;
mod drafts;
mod help;
mod icons;
mod invitation;
mod layout;
mod names;
mod people;
mod problems;
mod roster;
mod roster_holes;
mod rule_form;
mod rule_words;
mod rules;
mod settings;
mod shades;
mod sign_in;
mod time_forms;
mod tokens;
mod users;
mod visit;
mod why;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::desk::Desk;
use visit::Visit;

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(board::page))
        .route("/roster", get(roster::page))
        .route("/rules", get(rules::page))
        .route("/rules/{id}", get(rules::one).post(rule_form::edit))
        .route("/people", get(people::page))
        .route("/people/{id}", get(people::one))
        .route("/people/{id}/leave", post(time_forms::leave))
        .route("/people/{id}/switch", post(time_forms::switch))
        .route(
            "/assign",
            get(time_forms::assign_page).post(time_forms::assign),
        )
        .route("/drafts", get(drafts::page))
        .route("/drafts/{id}", get(drafts::one).post(drafts::act))
        .route("/groups/{id}", get(people::group))
        .route("/callers", get(callers::page))
        .route("/calls", get(calls::page))
        .route("/calls/{id}", get(calls::one))
        .route("/changes", get(changes::page))
        .route("/problems", get(problems::page).post(problems::accept))
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
