//! `POST /accept`: confirms the version that is held, for `stringee-router accept`.
//!
//! It is a question and not a file in `state/`: it gets an answer, names the very version that somebody has seen, and needs
//! no more rights than seeing `/status` does.
//!
//! The question carries a header of ours. A web page of a stranger can make an operator's browser post a form here, but
//! neither this header nor JSON: for those the browser asks first, and is not answered.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::aside;
use super::projects::{AskedAbout, asked};
use crate::language::Language;
use crate::params::CodedSentence;
use crate::projects::Projects;
use crate::rules::NotHeld;

pub(super) fn routes(projects: Arc<Projects>) -> Router {
    Router::new()
        .route("/accept", post(accept))
        .with_state(projects)
}

/// The header that a confirmation must have, whatever its value.
pub const CONFIRMATION_HEADER: &str = "x-stringee-router-accept";

/// Which version is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    /// The hash that `/status` shows, so that nobody confirms what they have not seen.
    hash: String,
    /// Who confirms it, for the other servers and the log.
    #[serde(default)]
    actor: Option<String>,
}

#[derive(Serialize)]
struct Confirmed {
    /// As in `x-rules-version` from now on.
    version: String,
    /// Why it was held.
    reasons: Vec<String>,
}

async fn accept(
    State(projects): State<Arc<Projects>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Json(confirmation): Json<Confirmation>,
) -> Response {
    if !headers.contains_key(CONFIRMATION_HEADER) {
        let missing = format!("send the header {CONFIRMATION_HEADER}: yes\n");
        return (StatusCode::FORBIDDEN, missing).into_response();
    }
    let Ok(fingerprint) = u64::from_str_radix(&confirmation.hash, 16) else {
        return (
            StatusCode::BAD_REQUEST,
            "hash is not one that /status shows\n",
        )
            .into_response();
    };
    let project = match asked(&projects, query.as_deref()) {
        Ok(AskedAbout::One(project)) => project,
        Ok(AskedAbout::All(_)) => {
            let unnamed =
                "this server answers for several projects: name one, as in /accept?project=7\n";
            return (StatusCode::BAD_REQUEST, unnamed).into_response();
        }
        Err(refusal) => return refusal.into_response(),
    };
    let actor = confirmation.actor.unwrap_or_else(|| "somebody".to_owned());
    match aside(move || project.live.accept(fingerprint, &actor)).await {
        Ok(Ok((version, held))) => Json(Confirmed {
            version: version.to_string(),
            reasons: CodedSentence::all(&held.reasons, Language::En),
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
