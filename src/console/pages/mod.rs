//! The pages: one file for each, and the frame that they share.
//!
//! A page is made on the server and works without a script; the script only swaps parts of it, which it gets from the
//! same address with `part=1`.

mod board;
mod board_card;
mod caller_edit;
mod caller_import;
mod callers;
mod calls;
mod changes;
mod draft_view;
mod drafts;
mod editor;
mod group_form;
mod help;
mod holiday_form;
mod hour_sheet;
mod hours;
mod icons;
mod invitation;
mod layout;
mod names;
mod paste;
mod people;
mod preview_view;
mod problems;
mod report;
mod report_pictures;
mod roster;
mod roster_holes;
mod rule_edit;
mod rule_form;
mod rule_sheet;
mod rule_tests;
mod rule_words;
mod rules;
mod settings;
mod shades;
mod sheet;
mod shift_forms;
mod sign_in;
mod time_forms;
mod sql;
mod tokens;
mod users;
mod visit;
mod why;
mod year_picture;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::api::imports::MAX_BYTES;
use super::desk::Desk;
use visit::Visit;

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(board::page))
        .route("/roster", get(roster::page))
        .route("/rules", get(rules::page).post(rules::order))
        .route("/rules/new", get(rule_edit::new).post(rule_edit::add))
        .route("/rules/{id}", get(rule_edit::page).post(rule_edit::edit))
        .route("/people", get(people::page))
        .route("/people/paste", get(paste::page).post(paste::paste))
        .route(
            "/people/{id}",
            get(people::one).post(shift_forms::edit_person),
        )
        .route("/people/{id}/back", post(shift_forms::back))
        .route("/swap", get(shift_forms::swap_page).post(shift_forms::swap))
        .route("/people/{id}/leave", post(time_forms::leave))
        .route("/people/{id}/switch", post(time_forms::switch))
        .route(
            "/assign",
            get(time_forms::assign_page).post(time_forms::assign),
        )
        .route("/drafts", get(drafts::page))
        .route("/drafts/{id}", get(drafts::one).post(drafts::act))
        .route("/hours", get(hours::page).post(hours::holidays))
        .route("/hours/new", get(hours::new).post(hours::add))
        .route("/hours/{id}", get(hours::one).post(hours::edit))
        .route("/tests", get(rule_tests::page).post(rule_tests::act))
        .route("/groups/new", get(group_form::new).post(group_form::add))
        .route("/groups/{id}", get(group_form::one).post(group_form::edit))
        .route("/callers", get(callers::page))
        .route(
            "/callers/new",
            get(caller_edit::new).post(caller_edit::edit),
        )
        .route(
            "/callers/import",
            get(caller_import::page)
                .post(caller_import::send)
                .layer(DefaultBodyLimit::max(MAX_BYTES)),
        )
        .route(
            "/callers/import/{id}",
            get(caller_import::one).post(caller_import::take),
        )
        .route(
            "/callers/{number}",
            get(caller_edit::page).post(caller_edit::edit),
        )
        .route("/calls", get(calls::page))
        .route("/calls/{id}", get(calls::one))
        .route("/changes", get(changes::page).post(changes::undo))
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
        .route("/settings/notices", post(settings::try_notices))
        .route("/report", get(report::page))
        .route("/sql", get(sql::page).post(sql::run))
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
