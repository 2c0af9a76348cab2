//! `POST /events`: takes call events into the ledger, behind the same gate as the questions.
//!
//! The answer is 200 at once: nothing here waits for a disk or wakes anybody.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Extension, Router};

use super::close_after;
use super::gate::{Gate, Sent};
use super::path::secret_below;
use super::rejection::{Rejection, must_be_plain};
use crate::calls::activity::{EventTime, NoAgent, agent_of};
use crate::projects::Project;
use crate::server::{Arrival, forget_body, read_body};
use crate::telemetry::{EventKind, Metrics, Throttle};
use routing::number::Number;
use stringee::wire::signature::SIGNATURE_HEADER;
use stringee::wire::{Happened, Status};

/// The path of an `event_url`; a secret may follow as the last segment.
pub const EVENTS_PATH: &str = "/events";

/// What call events are taken with.
#[derive(Debug)]
pub struct Events {
    /// Who may tell, and of which project.
    pub gate: Gate,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Keeps strangers from filling the log.
    pub log_lines: Throttle<&'static str>,
}

/// The longest number of a caller that is remembered.
const MAX_NUMBER_BYTES: usize = 64;

impl Events {
    /// The endpoint. Events are far rarer than questions, so a router may find the way.
    pub fn routes(self) -> Router {
        let below = format!("{EVENTS_PATH}/{{secret}}");
        Router::new()
            .route(EVENTS_PATH, post(respond))
            .route(&below, post(respond))
            .with_state(Arc::new(self))
    }

    async fn take(&self, arrival: Arrival, request: &mut Request<Body>) -> Result<(), Rejection> {
        let secret = secret_below(EVENTS_PATH, request.uri().path());
        let admitted = self.gate.admit(arrival.client.0, secret)?;
        let body = read_body(request.body_mut(), self.body_limit).await?;
        must_be_plain(request.headers(), &body)?;
        let signature = request
            .headers()
            .get(SIGNATURE_HEADER)
            .map(HeaderValue::as_bytes);
        let (event, project) = admitted.event(Sent {
            body: &body,
            path_and_query: None,
            signature,
        })?;
        let kind = match &event.happened {
            Some(happened) => note(&project, happened),
            None => EventKind::Unusable,
        };
        self.metrics.events.taken.of(kind).inc();
        Ok(())
    }
}

/// Lets the project's ledger know, which remembers who took which call, and its memory of those that wait.
fn note(project: &Project, happened: &Happened) -> EventKind {
    let ledger = project.journal.ledger();
    let Happened {
        call_id,
        status,
        from,
        to,
        stamp_ms,
    } = happened;
    let at = EventTime::new(*stamp_ms, clock::now().as_millisecond());
    match status {
        Status::Other => return EventKind::Other,
        Status::AgentEnded => {
            let served = project.live.served();
            // Whoever it is has not taken the call, as far as is known.
            if let Ok(agent) = agent_of(&served.snapshot, to) {
                ledger.agent_ended(call_id, agent, at);
            }
        }
        Status::Ended => {
            project.seen.waits_no_more(call_id, clock::monotonic());
            ledger.ended(call_id, at);
        }
        Status::Ringing => {
            let served = project.live.served();
            // What rings need not be an agent yet.
            let Ok(agent) = agent_of(&served.snapshot, to) else {
                return EventKind::Other;
            };
            project.seen.is_rung(call_id, agent);
            ledger.ringing(call_id, agent, at);
            return EventKind::Ringing;
        }
        Status::Answered => {
            project.seen.waits_no_more(call_id, clock::monotonic());
            let served = project.live.served();
            let agent = match agent_of(&served.snapshot, to) {
                Ok(agent) => agent,
                Err(NoAgent::Unknown) => return EventKind::UnknownAgent,
                Err(NoAgent::Shared) => return EventKind::SharedNumber,
            };
            let from = Number::from_wire(from, &served.snapshot.settings.country_code);
            let mut from = from.as_ref().map(Number::as_str);
            from.take_if(|from| from.len() > MAX_NUMBER_BYTES);
            ledger.answered(call_id, agent, from, at);
            return EventKind::Answered;
        }
    }
    EventKind::Ended
}

async fn respond(
    State(events): State<Arc<Events>>,
    Extension(arrival): Extension<Arrival>,
    mut request: Request,
) -> Response {
    let Err(rejection) = events.take(arrival, &mut request).await else {
        return StatusCode::OK.into_response();
    };
    events
        .metrics
        .events
        .rejections
        .of(rejection.reason())
        .inc();
    if let Some(left_out) = events
        .log_lines
        .admit(rejection.reason().as_str(), clock::monotonic())
    {
        let Arrival { client, peer, .. } = arrival;
        let found = arrival.address_found(request.headers());
        tracing::warn!(
            detail = %rejection,
            address = %client.0,
            %peer,
            found,
            lines_left_out = left_out,
            "a call event was not taken"
        );
    }
    let is_kept =
        rejection.keeps_connection() && forget_body(request.body_mut(), events.body_limit).await;
    let mut response = rejection.into_response();
    if !is_kept {
        close_after(&mut response);
    }
    response
}
