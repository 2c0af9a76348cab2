//! `/invite/{secret}`: whoever has the link chooses a password, and is signed in.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::outside;
use super::sign_in::with_cookie;
use super::visit::{html_answer, words_for};
use crate::config::Role;
use crate::console::access::{self, MIN_PASSWORD_CHARS, Password};
use crate::console::desk::{Desk, DeskError};
use crate::console::words::Words;
use crate::server::Arrival;
use crate::store::InviteRow;

/// What whoever is invited says of themselves.
#[derive(Deserialize)]
pub(super) struct JoinForm {
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    password: String,
}

pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Response {
    let w = words_for(&desk, &headers, None);
    match access::invited(&desk, &secret).await {
        Ok(Some(invite)) => form(w, StatusCode::OK, &invite, "", None),
        Ok(None) => over(w),
        Err(error) => broken(w, &error),
    }
}

fn broken(w: &Words, error: &DeskError) -> Response {
    tracing::error!(%error, "an invitation cannot be used");
    let body = html! { h1 { (w.broken) } p { (w.broken_hint) } };
    answer(w, StatusCode::SERVICE_UNAVAILABLE, &body)
}

fn over(w: &Words) -> Response {
    let body = html! { h1 { (w.link_over) } p { (w.link_over_hint) } };
    answer(w, StatusCode::NOT_FOUND, &body)
}

fn form(
    w: &Words,
    status: StatusCode,
    invite: &InviteRow,
    full_name: &str,
    fault: Option<&str>,
) -> Response {
    let role = Role::named(&invite.role).map_or("", |role| w.role_name(role));
    let body = html! {
        h1 { (w.invited_title) }
        p { ((w.invited_as)(&invite.user_name, role)) }
        form.stack method="post" {
            @if let Some(fault) = fault { p.err #fault role="alert" { (fault) } }
            input type="hidden" name="username" value=(invite.user_name) autocomplete="username";
            div.field {
                label for="full_name" { (w.full_name) }
                input.in #full_name name="full_name" value=(full_name) autocomplete="name" maxlength="100";
            }
            div.field {
                label for="password" { (w.choose_password) }
                input.in #password name="password" type="password" required minlength=(MIN_PASSWORD_CHARS)
                    autocomplete="new-password" aria-describedby="hint";
                p.small.muted #hint { (w.password_hint) }
            }
            button.btn.main { (w.join) }
        }
    };
    answer(w, status, &body)
}

fn answer(w: &Words, status: StatusCode, body: &Markup) -> Response {
    html_answer(status, outside(w, w.invited_title, "/", body))
}

pub(super) async fn join(
    State(desk): State<Arc<Desk>>,
    Extension(Arrival { client, .. }): Extension<Arrival>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Form(JoinForm {
        full_name,
        password,
    }): Form<JoinForm>,
) -> Response {
    let w = words_for(&desk, &headers, None);
    let Some(password) = Password::chosen(password) else {
        return match access::invited(&desk, &secret).await {
            Ok(Some(invite)) => {
                let (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, w.password_short);
                form(w, status, &invite, &full_name, Some(fault))
            }
            Ok(None) => over(w),
            Err(error) => broken(w, &error),
        };
    };
    let full_name: String = full_name
        .chars()
        .filter(|c| !c.is_control())
        .take(100)
        .collect();
    match access::join(&desk, &headers, client, &secret, full_name, password).await {
        Ok(Some(signed_in)) => with_cookie(signed_in, "/"),
        Ok(None) => over(w),
        Err(error) => broken(w, &error),
    }
}
