//! Why a request is not answered, and what its sender is told.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::server::BodyError;
use crate::telemetry::RejectionReason as Reason;

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It comes from outside of `webhook.networks`.
    #[error("the source address is in none of webhook.networks")]
    Network,
    /// The path has no secret, a wrong one, or one though none is configured.
    #[error("the path's secret is wrong or missing")]
    PathSecret,
    /// Its project requires a signature, and there is none.
    #[error("the request is not signed")]
    Unsigned,
    /// Its project requires a signature, and this one is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// Its project is not configured, and others require a signature.
    #[error("the project is in none of webhook.projects")]
    UnlistedProject,
    /// This server answers for several projects, and it names none.
    #[error(
        "the request names no project, and this server answers for several: it needs projectId (project_id in a call \
         event), or a project's own secret in its path"
    )]
    UnnamedProject,
    /// No such project is served here.
    #[error("project {0} is not served here")]
    UnknownProject(i64),
    /// It is not JSON, or not a question; the text says what and where.
    #[error("the request is not a question: {0}")]
    NotAQuestion(String),
    /// It is not JSON, or not a call event; the text says what and where.
    #[error("the request is not a call event: {0}")]
    NotAnEvent(String),
    /// The body is longer than `server.body_limit_bytes`.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body is compressed, or in another encoding.
    #[error("the body has Content-Encoding {encoding}: send it as it is, without that header")]
    ContentEncoding {
        /// The header's value, cut to a length that fits a log line.
        encoding: String,
    },
    /// It asks about more calls than `webhook.max_calls`.
    #[error(
        "the question asks about {calls} calls, and webhook.max_calls is {limit}; ask about fewer at once"
    )]
    TooManyCalls {
        /// Those asked about.
        calls: usize,
        /// The limit.
        limit: usize,
    },
    /// Its answer would be longer than `webhook.max_answer_bytes`.
    #[error(
        "the answer would be longer than the {limit} bytes of webhook.max_answer_bytes; ask about fewer calls at once"
    )]
    AnswerTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body broke off, or its chunks are not well formed.
    #[error("the body did not arrive in one piece")]
    Incomplete,
}

impl Rejection {
    /// As what it is counted.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Network => Reason::Network,
            Self::PathSecret => Reason::PathSecret,
            Self::Unsigned => Reason::Unsigned,
            Self::Signature => Reason::Signature,
            Self::UnlistedProject | Self::UnnamedProject | Self::UnknownProject(_) => {
                Reason::Project
            }
            Self::NotAQuestion(_) => Reason::NotAQuestion,
            Self::NotAnEvent(_) => Reason::NotJson,
            Self::TooLarge { .. } => Reason::TooLarge,
            Self::ContentEncoding { .. } => Reason::ContentEncoding,
            Self::TooManyCalls { .. } => Reason::TooManyCalls,
            Self::AnswerTooLarge { .. } => Reason::AnswerTooLarge,
            Self::Incomplete => Reason::Incomplete,
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Network => StatusCode::FORBIDDEN,
            Self::PathSecret | Self::UnknownProject(_) => StatusCode::NOT_FOUND,
            Self::Unsigned | Self::Signature | Self::UnlistedProject => StatusCode::UNAUTHORIZED,
            Self::NotAQuestion(_)
            | Self::NotAnEvent(_)
            | Self::UnnamedProject
            | Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } | Self::TooManyCalls { .. } | Self::AnswerTooLarge { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::ContentEncoding { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    /// Whether the connection can serve another request: the body was read, or can be.
    pub(super) const fn keeps_connection(&self) -> bool {
        !matches!(self, Self::TooLarge { .. } | Self::Incomplete)
    }

    /// Whether the sender is told more than the status. A stranger learns nothing.
    const fn is_explained(&self) -> bool {
        match self {
            Self::NotAQuestion(_)
            | Self::NotAnEvent(_)
            | Self::UnnamedProject
            | Self::TooLarge { .. }
            | Self::ContentEncoding { .. }
            | Self::TooManyCalls { .. }
            | Self::AnswerTooLarge { .. }
            | Self::Incomplete => true,
            Self::Network
            | Self::PathSecret
            | Self::Unsigned
            | Self::Signature
            | Self::UnlistedProject
            | Self::UnknownProject(_) => false,
        }
    }
}

/// An explanation by RFC 9457.
#[derive(Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    detail: String,
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = self.status();
        if !self.is_explained() {
            return status.into_response();
        }
        let title = status.canonical_reason().unwrap_or_default();
        let problem = Problem {
            title,
            status: status.as_u16(),
            detail: self.to_string(),
        };
        let mut response = (status, Json(problem)).into_response();
        let problem_json = HeaderValue::from_static("application/problem+json");
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, problem_json);
        response
    }
}

/// Bodies are read as they are.
///
/// # Errors
/// The header says that this one is encoded.
pub(super) fn must_be_plain(headers: &HeaderMap, body: &[u8]) -> Result<(), Rejection> {
    const SHOWN_CHARS: usize = 40;
    let Some(named) = headers.get(header::CONTENT_ENCODING) else {
        return Ok(());
    };
    let named = String::from_utf8_lossy(named.as_bytes());
    if body.is_empty() || named.trim().eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let encoding = named.chars().take(SHOWN_CHARS).collect();
    Err(Rejection::ContentEncoding { encoding })
}

impl From<BodyError> for Rejection {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { limit_bytes } => Self::TooLarge { limit: limit_bytes },
            BodyError::Incomplete(_) => Self::Incomplete,
        }
    }
}
