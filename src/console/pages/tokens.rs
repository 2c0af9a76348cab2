//! `/tokens`: what programs show to use the API in somebody's name.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use jiff::SignedDuration;
use maud::html;
use serde::Deserialize;

use super::layout::Tab;
use super::visit::{Page, PageError, Visit};
use crate::config::Role;
use crate::console::access::{Opener, TOKEN_PREFIX, Way};
use crate::console::words::day_and_time;
use crate::store::NewToken;

/// For how many days a token may be made.
const DAYS: [u32; 3] = [30, 90, 365];

/// A token to be.
#[derive(Debug, Deserialize)]
pub(super) struct TokenForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    days: u32,
}

pub(super) async fn page(visit: Visit) -> Response {
    visit.page(|visit| show(visit, None)).await
}

pub(super) async fn add(visit: Visit, Form(typed): Form<TokenForm>) -> Response {
    let add = move |visit: &Visit| {
        // A token that makes tokens would outlive its own end.
        if matches!(visit.user.way, Way::Token(_)) {
            return Err(PageError::NotAllowed);
        }
        let role = Role::named(&typed.role)
            .unwrap_or(Role::Viewer)
            .min(visit.user.role);
        let days = if DAYS.contains(&typed.days) {
            typed.days
        } else {
            30
        };
        let name: String = typed
            .name
            .chars()
            .filter(|c| !c.is_control())
            .take(40)
            .collect();
        let (secret, now) = (
            Opener::new(TOKEN_PREFIX).map_err(anyhow::Error::from)?,
            clock::now(),
        );
        let new = NewToken {
            hash: &secret.hash,
            user_name: &visit.user.name,
            name: name.trim(),
            role: role.name(),
            created_at: now,
            expires_at: now + SignedDuration::from_hours(24 * i64::from(days)),
        };
        visit.desk.file()?.add_token(&new)?;
        tracing::info!(
            user = visit.user.name,
            token = new.name,
            role = new.role,
            "token made"
        );
        show(visit, Some(&secret.text))
    };
    visit.page(add).await
}

pub(super) async fn remove(visit: Visit, Path(id): Path<i64>) -> Response {
    let remove = move |visit: &Visit| {
        let of_all = visit.user.role == Role::Admin;
        let name = (!of_all).then_some(&*visit.user.name);
        if !visit.desk.file()?.delete_token(id, name)? {
            return Err(PageError::Missing);
        }
        tracing::info!(by = visit.user.name, id, "token removed");
        Ok("/tokens".to_owned())
    };
    visit.then(remove).await
}

fn show(visit: &Visit, made: Option<&str>) -> Result<Page, PageError> {
    let w = visit.w;
    let of_all = visit.user.role == Role::Admin;
    let name = (!of_all).then_some(&*visit.user.name);
    let tokens = visit.desk.file()?.tokens(name)?;
    let when = |at| day_and_time(w, visit.local(at));
    let body = html! {
        div.stack.narrow {
            h1 { (w.tokens) }
            p.muted { (w.token_hint) }
            @if let Some(made) = made {
                section.notice.good role="status" {
                    div { label for="made" { b { (w.token_once) } } input.in #made readonly value=(made); }
                }
            }
            @if tokens.is_empty() { p { (w.no_tokens) } }
            ul.cards {
                @for token in &tokens {
                    li.card.pad.row.spread {
                        div {
                            b { (token.name) } " · " (Role::named(&token.role).map_or("", |role| w.role_name(role)))
                            p.small.muted {
                                (token.user_name) " · " (w.expires) " " (when(token.expires_at)) " · "
                                (w.token_used) ": " (token.used_at.map_or_else(|| w.never.to_owned(), when))
                            }
                        }
                        form method="post" action={ "/tokens/" (token.id) } { button.btn { (w.remove) } }
                    }
                }
            }
            form.card.pad.stack method="post" action="/tokens" {
                h2 { (w.new_token) }
                div.row {
                    div.field { label for="name" { (w.token_for) } input.in #name name="name" required maxlength="40"; }
                    div.field {
                        label for="role" { (w.role) }
                        select.in #role name="role" {
                            @for role in Role::ALL { @if role <= visit.user.role { option value=(role.name()) { (w.role_name(role)) } } }
                        }
                    }
                    div.field {
                        label for="days" { (w.expires) }
                        select.in #days name="days" { @for days in DAYS { option value=(days) { ((w.days_on)(days)) } } }
                    }
                    div.row.end { button.btn.main { (w.new_token) } }
                }
            }
        }
    };
    Ok(Page {
        title: w.tokens.to_owned(),
        tab: Tab::Account,
        body,
    })
}
