//! `POST /accept`: confirms the version that is held, for `stringee-router accept`.
//!
//! The question must be JSON by its `Content-Type`: a web page of somebody else's can make a browser on this machine post
//! a form here, but not JSON.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::aside;
use crate::live::{Live, NotHeld};

pub(super) fn routes(live: Arc<Live>) -> Router {
    Router::new()
        .route("/accept", post(accept))
        .with_state(live)
}

/// Which version is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    /// The hash that `/status` shows, so that nobody confirms what they have not seen.
    hash: String,
}

/// What was confirmed.
#[derive(Serialize)]
struct Confirmed {
    /// As in `x-rules-version` from now on.
    version: String,
    /// Why it was held.
    reasons: Vec<String>,
}

async fn accept(State(live): State<Arc<Live>>, Json(confirmation): Json<Confirmation>) -> Response {
    let Ok(fingerprint) = u64::from_str_radix(&confirmation.hash, 16) else {
        return (
            StatusCode::BAD_REQUEST,
            "hash is not one that /status shows\n",
        )
            .into_response();
    };
    match aside(move || live.accept(fingerprint)).await {
        Ok(Ok((version, held))) => Json(Confirmed {
            version: version.to_string(),
            reasons: held.reasons,
        })
        .into_response(),
        Ok(Err(refusal)) => (status(refusal), format!("{refusal}\n")).into_response(),
        Err(failed) => failed.into_response(),
    }
}

const fn status(refusal: NotHeld) -> StatusCode {
    match refusal {
        NotHeld::Nothing => StatusCode::NOT_FOUND,
        NotHeld::Another(_) => StatusCode::CONFLICT,
    }
}
