//! Who asks: an extractor that every page and route of the console takes, or else it knows nobody.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::proxy;
use super::sessions::{Bounds, is_secure};
use super::{cookies, hash_of};
use crate::config::{Language, Role, SignIn};
use crate::console::Desk;
use crate::console::desk::DeskError;
use crate::console::words::wished;
use crate::server::Arrival;
use crate::store::{ConsoleFile, StoreError, UserRow};

/// Somebody who may be here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct User {
    /// As in `changes.actor`.
    pub(in crate::console) name: String,
    /// For people.
    pub(in crate::console) full_name: String,
    pub(in crate::console) role: Role,
    /// A supervisor's groups; `None`: all.
    pub(in crate::console) group_ids: Option<Vec<String>>,
    /// What they have chosen, or their browser asks for.
    pub(in crate::console) language: Option<Language>,
    pub(in crate::console) way: Way,
}

/// How they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) enum Way {
    /// By a session with this hash.
    Session(Vec<u8>),
    /// By a token of this name.
    Token(String),
    /// By a proxy.
    Proxy,
}

impl User {
    /// Who edits, for the log of changes.
    pub(in crate::console) fn actor(&self) -> String {
        match &self.way {
            Way::Token(token) => format!("{} via token {token}", self.name),
            Way::Session(_) | Way::Proxy => self.name.clone(),
        }
    }

    /// Whether they see the drafts and uploads of this user: their own, and as an admin all.
    pub(in crate::console) fn sees_those_of(&self, owner: &str) -> bool {
        self.role == Role::Admin || self.name == owner
    }

    /// The language that a program of theirs gets.
    pub(in crate::console) fn language(&self) -> Language {
        self.language.unwrap_or(Language::En)
    }

    /// As they are now, if they would still be let in. It does not count as use of their session.
    pub(in crate::console) async fn again(&self, parts: &Parts, desk: &Arc<Desk>) -> Option<Self> {
        let found = match &self.way {
            Way::Session(hash) => {
                let bounds = Bounds::new(&desk.config, clock::now()).for_a_look();
                let hash = hash.clone();
                let found = desk.filed(move |file| user_of_session(file, hash, bounds));
                found.await.ok()??
            }
            Way::Token(_) | Way::Proxy => identify(parts, desk).await.ok()?,
        };
        Some(Self {
            language: self.language,
            ..found
        })
    }

    fn of(row: UserRow, way: Way) -> Option<Self> {
        let groups = |text: String| text.split(',').map(|id| id.trim().to_owned()).collect();
        Some(Self {
            role: Role::named(&row.role)?,
            full_name: row.full_name.unwrap_or_else(|| row.name.clone()),
            name: row.name,
            group_ids: row.group_ids.map(groups),
            language: row.language.as_deref().and_then(Language::of_code),
            way,
        })
    }
}

/// Why somebody is not let in.
#[derive(Debug)]
pub(in crate::console) struct TurnedAway {
    reason: KeptOut,
    /// Whether a program asks, or a script for a part of a page: it cannot fill in a form.
    is_program: bool,
    /// What was asked for, to come back to.
    wanted: String,
}

#[derive(Debug)]
enum KeptOut {
    NotSignedIn,
    /// Identity headers that do not come from a trusted proxy.
    Untrusted,
    /// A proxy names somebody who has no role.
    NoRole,
    Broken(DeskError),
}

impl<E: Into<DeskError>> From<E> for KeptOut {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

impl FromRequestParts<Arc<Desk>> for User {
    type Rejection = TurnedAway;

    async fn from_request_parts(
        parts: &mut Parts,
        desk: &Arc<Desk>,
    ) -> Result<Self, Self::Rejection> {
        match identify(parts, desk).await {
            Ok(user) => Ok(Self {
                language: wished(&parts.headers, user.language),
                ..user
            }),
            Err(reason) => Err(TurnedAway::new(reason, parts)),
        }
    }
}

impl OptionalFromRequestParts<Arc<Desk>> for User {
    type Rejection = TurnedAway;

    /// For pages that also those see who are not signed in.
    async fn from_request_parts(
        parts: &mut Parts,
        desk: &Arc<Desk>,
    ) -> Result<Option<Self>, Self::Rejection> {
        match identify(parts, desk).await {
            Ok(user) => Ok(Some(user)),
            Err(KeptOut::NotSignedIn) => Ok(None),
            Err(reason) => Err(TurnedAway::new(reason, parts)),
        }
    }
}

async fn identify(parts: &Parts, desk: &Arc<Desk>) -> Result<User, KeptOut> {
    let (headers, config) = (&parts.headers, &desk.config);
    if let Some(token) = bearer(headers) {
        let hash = hash_of(token);
        let found = desk.filed(move |file| user_of_token(file, &hash)).await?;
        return found.ok_or(KeptOut::NotSignedIn);
    }
    if config.sign_in == SignIn::Password {
        let secret = cookies::session(headers, is_secure(config, headers));
        let hash = hash_of(secret.ok_or(KeptOut::NotSignedIn)?);
        let bounds = Bounds::new(config, clock::now());
        let found = desk.filed(move |file| user_of_session(file, hash, bounds));
        return found.await?.ok_or(KeptOut::NotSignedIn);
    }
    if !proxy::is_named(config, headers) {
        return Err(KeptOut::NotSignedIn);
    }
    let peer = parts
        .extensions
        .get::<Arrival>()
        .map(|arrival| arrival.peer);
    let is_trusted = peer.is_some_and(|peer| {
        let peer = peer.to_canonical();
        desk.trusted_proxies.iter().any(|net| net.contains(&peer))
    });
    if !is_trusted {
        return Err(KeptOut::Untrusted);
    }
    let named = proxy::named(config, headers).ok_or(KeptOut::NotSignedIn)?;
    let role = named.role.ok_or(KeptOut::NoRole)?;
    let known = desk.filed(move |file| {
        file.know_user(&named.name, role.name(), clock::now())?;
        file.user(&named.name)
    });
    let known = known.await?.filter(|row| row.enabled);
    let user = known.and_then(|row| User::of(row, Way::Proxy));
    user.ok_or(KeptOut::NoRole)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

fn user_of_session(
    file: &ConsoleFile,
    hash: Vec<u8>,
    bounds: Bounds,
) -> Result<Option<User>, StoreError> {
    let Bounds { now, idle, born } = bounds;
    let row = file.session(&hash, now, idle, born)?;
    Ok(row.and_then(|row| User::of(row, Way::Session(hash))))
}

/// A token may do no more than its user, whose role may have changed since.
fn user_of_token(file: &ConsoleFile, hash: &[u8]) -> Result<Option<User>, StoreError> {
    let Some(token) = file.token(hash, clock::now())? else {
        return Ok(None);
    };
    let row = file.user(&token.user_name)?.filter(|row| row.enabled);
    let user = row.and_then(|row| User::of(row, Way::Token(token.name)));
    let role = Role::named(&token.role);
    Ok(user.zip(role).map(|(user, role)| User {
        role: user.role.min(role),
        ..user
    }))
}

impl TurnedAway {
    fn new(reason: KeptOut, parts: &Parts) -> Self {
        let path = parts.uri.path();
        let query = parts.uri.query().unwrap_or_default();
        let is_part = query.split('&').any(|pair| pair == "part=1");
        let wanted = parts.uri.path_and_query();
        Self {
            reason,
            is_program: is_part || path.starts_with("/api/"),
            wanted: wanted.map_or("/", |wanted| wanted.as_str()).to_owned(),
        }
    }
}

impl IntoResponse for TurnedAway {
    fn into_response(self) -> Response {
        let (status, code, sentence) = match &self.reason {
            KeptOut::NotSignedIn if !self.is_program => {
                let next = utf8_percent_encode(&self.wanted, NON_ALPHANUMERIC);
                return Redirect::to(&format!("/sign-in?next={next}")).into_response();
            }
            KeptOut::NotSignedIn => (
                StatusCode::UNAUTHORIZED,
                "not_signed_in",
                "sign in, or send a token: Authorization: Bearer srt_...",
            ),
            KeptOut::Untrusted => (
                StatusCode::FORBIDDEN,
                "untrusted_proxy",
                "identity headers are taken only from admin.trusted_proxies",
            ),
            KeptOut::NoRole => (
                StatusCode::FORBIDDEN,
                "no_role",
                "the proxy names somebody who has no role in console.proxy_roles",
            ),
            KeptOut::Broken(error) => {
                tracing::error!(error = %error, "the console does not know who asks");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "broken",
                    "the console cannot read its file console.db; the log says why",
                )
            }
        };
        if !self.is_program {
            return (status, format!("{sentence}\n")).into_response();
        }
        let problem =
            serde_json::json!({ "status": status.as_u16(), "code": code, "title": sentence });
        let headers = [
            (CONTENT_TYPE, "application/problem+json"),
            (WWW_AUTHENTICATE, "Bearer"),
        ];
        (status, headers, problem.to_string()).into_response()
    }
}

/// The host that a request names, without its port.
pub(super) fn host(headers: &HeaderMap) -> Option<String> {
    let authority: Authority = headers.get(HOST)?.to_str().ok()?.parse().ok()?;
    Some(authority.host().to_ascii_lowercase())
}
