//! What programs send, or why it is not understood.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::ApiError;

/// A body of JSON.
pub(super) struct SentJson<T>(pub(super) T);

/// The parameters of an address.
pub(super) struct SentQuery<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for SentJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let read: Result<Json<T>, JsonRejection> = Json::from_request(request, state).await;
        let Json(sent) =
            read.map_err(|why| ApiError::new(why.status(), "not_understood", why.body_text()))?;
        Ok(Self(sent))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for SentQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let read: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        let Query(asked) =
            read.map_err(|why| ApiError::new(why.status(), "not_understood", why.body_text()))?;
        Ok(Self(asked))
    }
}
