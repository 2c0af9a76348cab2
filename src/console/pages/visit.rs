//! Somebody's look at a page: who, in which language, and what the frame around it shows.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::layout::{Frame, Notice, Tab};
use crate::config::{Language, Role};
use crate::console::access::{TurnedAway, User};
use crate::console::api::ApiError;
use crate::console::ask::AskError;
use crate::console::desk::{Desk, DeskError, News};
use crate::console::draft::trial::holes;
use crate::console::words::{self, Words};
use crate::server::{Arrival, ClientAddress};
use crate::store::DraftHead;

/// Somebody's look at a page.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) desk: Arc<Desk>,
    pub(super) user: User,
    pub(super) w: &'static Words,
    /// Whether only a part is wanted, to be put into the page that is there.
    pub(super) is_part: bool,
    pub(super) path: String,
    pub(super) is_get: bool,
    pub(super) headers: HeaderMap,
    pub(super) client: ClientAddress,
}

/// What stands inside the frame.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) tab: Tab,
    pub(super) body: Markup,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    /// Nothing has this address.
    #[error("there is no such page")]
    Missing,
    /// The role does not allow it.
    #[error("not allowed")]
    NotAllowed,
    /// What was sent cannot be meant.
    #[error("{0}")]
    Unclear(String),
    /// It is our fault, or the disk's.
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

impl From<DeskError> for PageError {
    fn from(error: DeskError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<ApiError> for PageError {
    fn from(error: ApiError) -> Self {
        match error.status {
            StatusCode::NOT_FOUND => Self::Missing,
            status if status.is_client_error() => Self::Unclear(error.title),
            _ => Self::Broken(anyhow::Error::msg(error.title)),
        }
    }
}

impl From<AskError> for PageError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NoTime(_) | AskError::NoRule(_) => Self::Unclear(error.to_string()),
            AskError::Store(error) => error.into(),
            AskError::Desk(error) => error.into(),
        }
    }
}

impl From<crate::store::StoreError> for PageError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Broken(error.into())
    }
}

impl FromRequestParts<Arc<Desk>> for Visit {
    type Rejection = TurnedAway;

    async fn from_request_parts(
        parts: &mut Parts,
        desk: &Arc<Desk>,
    ) -> Result<Self, Self::Rejection> {
        let user = <User as FromRequestParts<Arc<Desk>>>::from_request_parts(parts, desk).await?;
        let w = words_for(desk, &parts.headers, user.language);
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self {
            desk: Arc::clone(desk),
            w,
            user: User {
                language: Some(w.language),
                ..user
            },
            is_part: query.split('&').any(|pair| pair == "part=1"),
            path: parts.uri.path().to_owned(),
            is_get: parts.method == Method::GET,
            headers: parts.headers.clone(),
            client: client(parts),
        })
    }
}

/// Who asks, by address.
pub(super) fn client(parts: &Parts) -> ClientAddress {
    let arrival = parts.extensions.get::<Arrival>();
    let unknown = ClientAddress(std::net::Ipv4Addr::UNSPECIFIED.into());
    arrival.map_or(unknown, |arrival| arrival.client)
}

/// The words for somebody: as they have chosen, as their browser asks, or as configured.
pub(super) fn words_for(
    desk: &Desk,
    headers: &HeaderMap,
    chosen: Option<Language>,
) -> &'static Words {
    let language = words::wished(headers, chosen);
    Words::of(language.unwrap_or(desk.config.language))
}

impl Visit {
    /// Refuses whoever has a lower role.
    pub(super) fn must_be(&self, role: Role) -> Result<(), PageError> {
        if self.user.role >= role {
            Ok(())
        } else {
            Err(PageError::NotAllowed)
        }
    }

    /// Makes a page, behind the threads that answer calls.
    pub(super) async fn page(
        self,
        make: impl FnOnce(&Self) -> Result<Page, PageError> + Send + 'static,
    ) -> Response {
        let desk = Arc::clone(&self.desk);
        let w = self.w;
        let made = desk.work(move |_| match make(&self) {
            Ok(page) => self.framed(StatusCode::OK, page),
            Err(error) => self.refusal(&error),
        });
        made.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a page of the console cannot be made");
            let body = format!("{}\n", w.broken);
            (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
        })
    }

    /// Does something, and leads to a page that shows what came of it.
    pub(super) async fn then(
        self,
        act: impl FnOnce(&Self) -> Result<String, PageError> + Send + 'static,
    ) -> Response {
        let desk = Arc::clone(&self.desk);
        let acted = desk.work(move |_| match act(&self) {
            Ok(path) => Redirect::to(&path).into_response(),
            Err(error) => self.refusal(&error),
        });
        acted.await.unwrap_or_else(|error| {
            tracing::error!(%error, "an act of the console came to no end");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        })
    }

    /// A time in the zone of the rules.
    pub(super) fn local(&self, at: jiff::Timestamp) -> jiff::civil::DateTime {
        let zone = self.desk.live.served().snapshot.settings.time_zone.clone();
        at.to_zoned(zone).datetime()
    }

    /// The answer to an address that nothing has.
    pub(super) async fn missing(self) -> Response {
        self.page(|_| Err(PageError::Missing)).await
    }

    fn refusal(&self, error: &PageError) -> Response {
        let w = self.w;
        let (status, title, hint) = match error {
            PageError::Missing => (StatusCode::NOT_FOUND, w.not_found, w.not_found_hint),
            PageError::NotAllowed => (StatusCode::FORBIDDEN, w.not_allowed, w.not_allowed_hint),
            PageError::Unclear(what) => (StatusCode::UNPROCESSABLE_ENTITY, w.broken, &**what),
            PageError::Broken(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, path = self.path, "a page of the console fails");
                (StatusCode::SERVICE_UNAVAILABLE, w.broken, w.broken_hint)
            }
        };
        let body = html! {
            section.card.pad.narrow {
                h1 { (title) }
                p { (hint) }
                p { a.btn href="/" { (w.back_home) } }
            }
        };
        let page = Page {
            title: title.to_owned(),
            tab: Tab::None,
            body,
        };
        self.framed(status, page)
    }

    /// The draft that this user changed last.
    pub(super) fn draft(&self) -> Option<DraftHead> {
        let drafts = self.desk.file().and_then(|file| file.drafts()).ok()?;
        drafts
            .into_iter()
            .find(|draft| draft.user_name == self.user.name)
    }

    fn framed(&self, status: StatusCode, page: Page) -> Response {
        if self.is_part {
            return html_answer(status, page.body);
        }
        // The script asks for what it shows again as well, and that is nobody who comes.
        let asks = self.headers.get("sec-fetch-dest");
        if status == StatusCode::OK && asks.is_none_or(|what| what == "document") {
            let present = News::Present {
                who: self.user.name.clone(),
                page: self.path.clone(),
            };
            // An error only says that nobody listens.
            drop(self.desk.news.send(present));
        }
        let served = Arc::clone(&self.desk.live.served());
        let frame = Frame {
            title: &page.title,
            tab: page.tab,
            path: &self.path,
            is_asked_for: self.is_get && status == StatusCode::OK,
            user: &self.user,
            w: self.w,
            notices: Notice::all(&self.desk.live, self.w),
            draft: self.draft().filter(|_| !self.path.starts_with("/drafts")),
            holes: holes(&self.desk, &served).count(),
            served,
        };
        html_answer(status, frame.around(&page.body))
    }
}

/// Markup as an answer.
pub(super) fn html_answer(status: StatusCode, markup: Markup) -> Response {
    let content_type = "text/html; charset=utf-8";
    let headers = [(axum::http::header::CONTENT_TYPE, content_type)];
    (status, headers, markup.into_string()).into_response()
}
