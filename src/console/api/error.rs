//! What is said to a program that does not get what it asked for.

use std::fmt::Display;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::console::ask::AskError;
use crate::console::desk::DeskError;
use crate::console::draft::commit::NotCommitted;
use crate::store::{StoreError, refusal_in_vietnamese};

/// An answer of `application/problem+json`.
#[derive(Clone, Debug)]
pub(in crate::console) struct ApiError {
    pub(in crate::console) status: StatusCode,
    /// Stable.
    pub(in crate::console) code: &'static str,
    pub(in crate::console) title: String,
    more: Map<String, Value>,
}

impl ApiError {
    pub(in crate::console) fn new(
        status: StatusCode,
        code: &'static str,
        title: impl Display,
    ) -> Self {
        Self {
            status,
            code,
            title: title.to_string(),
            more: Map::new(),
        }
    }

    /// There is no such thing.
    pub(super) fn missing(code: &'static str, title: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, title)
    }

    /// What was sent cannot be meant.
    pub(super) fn unclear(code: &'static str, title: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
    }

    /// Our fault, or the disk's. The log has why.
    pub(super) fn broken(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(
            error = %crate::telemetry::chain(error),
            "a question to the console was not answered"
        );
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "broken",
            "the server cannot answer that now; its log says why",
        )
    }

    /// The same with something for programs.
    pub(super) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.more.insert(name.to_owned(), value);
        self
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        Self::broken(&error)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoJournal { .. } => Self::missing("no_journal", error),
            error => Self::broken(&error),
        }
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NoTime(_) => Self::unclear("no_time", error),
            AskError::NoRule(_) => Self::unclear("no_rule", error),
            AskError::Store(error) => error.into(),
            AskError::Desk(error) => error.into(),
        }
    }
}

impl From<NotCommitted> for ApiError {
    fn from(refusal: NotCommitted) -> Self {
        let title = refusal.to_string();
        match refusal {
            NotCommitted::Fault { number, fault } => {
                Self::unclear(fault.code(), title).with("edit", number)
            }
            NotCommitted::Conflict(rows) => {
                Self::new(StatusCode::CONFLICT, "conflict", title).with("rows", rows)
            }
            NotCommitted::PreviewChanged(preview) => {
                Self::new(StatusCode::CONFLICT, "preview_changed", title).with("preview", preview)
            }
            NotCommitted::Problems(preview) => Self::unclear("problems", title)
                .with("problems", &preview.problems)
                .with("tests", &preview.tests),
            NotCommitted::Refused(rows) => {
                let rows: Vec<Value> = rows
                    .iter()
                    .map(|row| {
                        serde_json::json!({
                            "table": row.table.name(), "key": row.key, "sentence": row.reason,
                            "code": refusal_in_vietnamese(&row.reason).map(|(code, _)| code)
                        })
                    })
                    .collect();
                Self::unclear("refused_by_tables", title).with("problems", rows)
            }
            NotCommitted::MayNot(why) => Self::new(
                StatusCode::FORBIDDEN,
                "may_not",
                "this user may not commit that; offer it to an admin",
            )
            .with("why", why),
            NotCommitted::Nothing => Self::unclear("no_edits", title),
            NotCommitted::Busy => Self::new(StatusCode::LOCKED, "busy", title),
            NotCommitted::NoRows => Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_read", title),
            NotCommitted::Store(error) => Self::broken(&error),
            // PostgreSQL says which row it refuses, and why.
            NotCommitted::Postgres(error) => Self::new(
                StatusCode::BAD_GATEWAY,
                "postgresql",
                crate::telemetry::chain(&error),
            ),
            NotCommitted::Desk(error) => Self::broken(&error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.insert("code".to_owned(), self.code.into());
        body.insert("title".to_owned(), self.title.into());
        body.extend(self.more);
        let headers = [(CONTENT_TYPE, "application/problem+json")];
        (self.status, headers, Value::Object(body).to_string()).into_response()
    }
}
