//! `/settings`: the language and the password.

use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Tab, language_form};
use super::sign_in::with_cookie;
use super::visit::{Page, Visit};
use crate::config::Role;
use crate::console::access::{self, MIN_PASSWORD_CHARS, Password, SignInRefusal, Way};
use crate::console::words::Words;
use crate::notices::{NoticeMessage, WayOutcome};

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

/// An old password, and a new one.
#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
}

pub(super) async fn page(visit: Visit, Query(Done { done }): Query<Done>) -> Response {
    let w = visit.w;
    let said = (done == "password").then_some(w.password_changed);
    visit.page(move |visit| Ok(show(visit, said, None))).await
}

fn show(visit: &Visit, said: Option<&str>, fault: Option<&str>) -> Page {
    let (w, user) = (visit.w, &visit.user);
    let body = html! {
        div.narrow.stack {
            h1 { (w.settings) }
            @if let Some(said) = said { p.notice.good role="status" { (said) } }
            section.card.pad.stack {
                p { b { (user.full_name) } br; span.muted { (user.name) " · " (w.role_name(user.role)) } }
                div.row { span { (w.language_label) ": " b { (w.language_name) } } (language_form(w, "/settings")) }
            }
            @if matches!(user.way, Way::Session(_)) { (password_form(w, &user.name, fault)) }
            @if user.role == Role::Admin { (notices(visit, &[])) }
        }
    };
    Page {
        title: w.settings.to_owned(),
        tab: Tab::Account,
        body,
    }
}

/// Which ways people are told, with a button that tries them.
fn notices(visit: &Visit, outcomes: &[WayOutcome]) -> Markup {
    let w = &visit.w.notices;
    let ways = visit.desk.notices.names();
    html! {
        section.card.pad.stack {
            h2 { (w.title) }
            p.small.muted { (w.hint) }
            @if ways.is_empty() {
                p { (w.none) }
            } @else {
                p { (w.ways) ": " (ways.join(", ")) }
                form method="post" action="/settings/notices" { button.btn { (w.test) } }
            }
            @for WayOutcome { way, fault } in outcomes {
                @match fault {
                    None => p.notice.good role="status" { (way) ": " (w.sent) },
                    Some(fault) => p.err role="alert" { (way) ": " (w.not_sent) " " (fault) },
                }
            }
        }
    }
}

/// Tries whether notices arrive.
pub(super) async fn try_notices(visit: Visit) -> Response {
    let page = |visit: &Visit| {
        visit.must_be(Role::Admin)?;
        let notice = NoticeMessage::test(visit.w.language, clock::now());
        let outcomes = visit.desk.notices.send(&notice);
        let w = visit.w;
        let body = html! {
            div.narrow.stack {
                h1 { (w.settings) }
                (notices(visit, &outcomes))
                p { a href="/settings" { (w.settings) } }
            }
        };
        Ok(Page {
            title: w.settings.to_owned(),
            tab: Tab::Account,
            body,
        })
    };
    visit.page(page).await
}

fn password_form(w: &Words, name: &str, fault: Option<&str>) -> Markup {
    html! {
        form.card.pad.stack method="post" action="/settings" {
            h2 { (w.change_password) }
            @if let Some(fault) = fault { p.err role="alert" { (fault) } }
            input type="hidden" name="username" value=(name) autocomplete="username";
            div.field {
                label for="old" { (w.old_password) }
                input.in #old name="old" type="password" required autocomplete="current-password";
            }
            div.field {
                label for="new" { (w.new_password) }
                input.in #new name="new" type="password" required minlength=(MIN_PASSWORD_CHARS)
                    autocomplete="new-password" aria-describedby="hint";
                p.small.muted #hint { (w.password_hint) }
            }
            button.btn.main { (w.change_password) }
        }
    }
}

pub(super) async fn change_password(
    visit: Visit,
    Form(PasswordForm { old, new }): Form<PasswordForm>,
) -> Response {
    let w = visit.w;
    if !matches!(visit.user.way, Way::Session(_)) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(new) = Password::chosen(new) else {
        return again(visit, w.password_short).await;
    };
    let name = visit.user.name.clone();
    let (desk, headers) = (&visit.desk, &visit.headers);
    let changed = access::change_password(desk, headers, visit.client, name, old, new).await;
    match changed {
        Ok(signed_in) => with_cookie(signed_in, "/settings?done=password"),
        Err(SignInRefusal::Wrong) => again(visit, w.wrong_password).await,
        Err(SignInRefusal::TooMany) => again(visit, w.too_many_tries).await,
        Err(SignInRefusal::Broken(error)) => visit.page(|_| Err(error.into())).await,
    }
}

async fn again(visit: Visit, fault: &'static str) -> Response {
    let mut response = visit
        .page(move |visit| Ok(show(visit, None, Some(fault))))
        .await;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}
