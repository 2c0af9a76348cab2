//! `/sign-in`, `/sign-out`, `/language`.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Extension, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::outside;
use super::visit::{Visit, html_answer, words_for};
use crate::config::{Language, SignIn};
use crate::console::access::{self, SignInRefusal, SignedIn, User, Way};
use crate::console::desk::{Desk, DeskError};
use crate::console::words::LANGUAGE_COOKIE;
use crate::console::words::Words;
use crate::server::Arrival;
use crate::store::ConsoleFile;

/// Where to go afterwards.
#[derive(Debug, Deserialize)]
pub(super) struct NextPage {
    #[serde(default)]
    next: String,
}

/// What is typed to sign in.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    user: Option<User>,
    Query(NextPage { next }): Query<NextPage>,
    headers: HeaderMap,
) -> Response {
    if user.is_some() {
        return Redirect::to(inside(&next)).into_response();
    }
    let w = words_for(&desk, &headers, None);
    show(&desk, w, StatusCode::OK, "", &next, None).await
}

/// Only a path of ours: a link in a mail must not lead through here to somebody else's page.
fn inside(next: &str) -> &str {
    let is_ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n', '\t'])
        && !next.starts_with("/sign-");
    if is_ours { next } else { "/" }
}

async fn show(
    desk: &Arc<Desk>,
    w: &'static Words,
    status: StatusCode,
    name: &str,
    next: &str,
    fault: Option<&str>,
) -> Response {
    let body = if desk.config.sign_in == SignIn::Proxy {
        html! { h1 { (w.sign_in_title) } p { (w.by_proxy) } }
    } else {
        match desk.filed(ConsoleFile::has_users).await {
            Ok(true) => form(w, name, next, fault),
            Ok(false) => nobody_yet(w),
            Err(error) => return broken(w, &error),
        }
    };
    html_answer(status, outside(w, w.sign_in_title, "/sign-in", &body))
}

fn broken(w: &'static Words, error: &DeskError) -> Response {
    tracing::error!(%error, "nobody can sign in to the console");
    let body = html! { h1 { (w.broken) } p { (w.broken_hint) } };
    html_answer(
        StatusCode::SERVICE_UNAVAILABLE,
        outside(w, w.sign_in_title, "/sign-in", &body),
    )
}

fn nobody_yet(w: &Words) -> Markup {
    html! {
        h1 { (w.sign_in_title) }
        p { (w.no_users) }
        pre.command tabindex="0" { code { (w.no_users_command) } }
    }
}

fn form(w: &Words, name: &str, next: &str, fault: Option<&str>) -> Markup {
    html! {
        h1 { (w.sign_in_title) }
        form.stack method="post" action="/sign-in" {
            @if let Some(fault) = fault { p.err #fault role="alert" { (fault) } }
            input type="hidden" name="next" value=(next);
            div.field {
                label for="name" { (w.name) }
                input.in #name name="name" value=(name) required autocomplete="username" autocapitalize="none" spellcheck="false"
                    autofocus[name.is_empty()];
            }
            div.field {
                label for="password" { (w.password) }
                input.in #password name="password" type="password" required autocomplete="current-password"
                    aria-describedby=[fault.map(|_| "fault")] autofocus[!name.is_empty()];
            }
            button.btn.main { (w.sign_in) }
        }
    }
}

pub(super) async fn sign_in(
    State(desk): State<Arc<Desk>>,
    Extension(Arrival { client, .. }): Extension<Arrival>,
    headers: HeaderMap,
    Form(typed): Form<SignInForm>,
) -> Response {
    let w = words_for(&desk, &headers, None);
    let SignInForm {
        name,
        password,
        next,
    } = typed;
    if desk.config.sign_in == SignIn::Proxy {
        return show(&desk, w, StatusCode::FORBIDDEN, "", &next, None).await;
    }
    let name = name.trim().to_owned();
    let (status, fault) =
        match access::sign_in(&desk, &headers, client, name.clone(), password).await {
            Ok(signed_in) => return with_cookie(signed_in, inside(&next)),
            Err(SignInRefusal::Wrong) => (StatusCode::UNAUTHORIZED, w.wrong_password),
            Err(SignInRefusal::TooMany) => (StatusCode::TOO_MANY_REQUESTS, w.too_many_tries),
            Err(SignInRefusal::Broken(error)) => return broken(w, &error),
        };
    show(&desk, w, status, &name, &next, Some(fault)).await
}

/// Leads on, with the cookie of a session that begins or ends.
pub(super) fn with_cookie(signed_in: SignedIn, path: &str) -> Response {
    let mut response = Redirect::to(path).into_response();
    if let Some(cookie) = signed_in.cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

pub(super) async fn sign_out(visit: Visit) -> Response {
    let Way::Session(hash) = visit.user.way.clone() else {
        return Redirect::to("/").into_response();
    };
    match access::end(&visit.desk, &visit.headers, hash).await {
        Ok(ended) => with_cookie(ended, "/sign-in"),
        Err(error) => broken(visit.w, &error),
    }
}

/// A language that somebody chooses.
#[derive(Debug, Deserialize)]
pub(super) struct LanguageForm {
    #[serde(default)]
    language: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn choose_language(
    State(desk): State<Arc<Desk>>,
    user: Option<User>,
    Form(chosen): Form<LanguageForm>,
) -> Response {
    let next = if chosen.next == "/sign-in" {
        "/sign-in"
    } else {
        inside(&chosen.next)
    };
    let mut response = Redirect::to(next).into_response();
    let Some(language) = Language::of_code(&chosen.language) else {
        return response;
    };
    if let Some(user) = user {
        let noted = desk.filed(move |file| file.set_language(&user.name, language.code()));
        if let Err(error) = noted.await {
            tracing::error!(%error, "a language cannot be noted");
        }
    }
    let code = language.code();
    let cookie =
        format!("{LANGUAGE_COOKIE}={code}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_back_to_a_page_of_ours_only() {
        for ours in ["/", "/roster?from=2026-11-30", "/rules/8"] {
            assert_eq!(inside(ours), ours);
        }
        for other in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "/sign-out",
        ] {
            assert_eq!(inside(other), "/", "{other}");
        }
    }
}
