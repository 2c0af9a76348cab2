//! The webhook: HTTP in, authenticate, parse, route, encode, HTTP out. The platform's JSON lives only here.
//!
//! ```text
//! HTTP -> gate (network, secret, signature) -> wire (question) -> routing::route -> answer -> HTTP
//! ```
//!
//! A question is answered from memory: nothing here waits for a disk, a lock that somebody holds for long, or a clock
//! tick. Every call of a question is answered, in the order asked, from one version of the rules.

pub mod answer;
mod gate;
mod rejection;
pub mod signature;
pub mod wire;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use axum::Router as Routes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tracing::Instrument as _;

use crate::clock;
use crate::journal::{Answered, Journal};
use crate::live::{Live, Served};
use crate::routing::call::Call;
use crate::routing::number::Number;
use crate::routing::route::{Decision, Outcome, Router};
use crate::seen::Seen;
use crate::server::{ClientAddress, read_body};
use crate::telemetry::{CallAnswer, Metrics, SignatureResult, Throttle, masked};
use gate::{Authentic, Sent};
use signature::{SIGNATURE_HEADER, Verdict};
use wire::AskedCall;

pub use answer::{AgentHeads, agents_json};
pub use gate::Gate;
pub use rejection::Rejection;

/// The path that a queue's `get_list_agents_url` names; a secret may follow as the last segment.
pub const PATH: &str = "/get_list_agents";

/// Tells by which version of the rules a request was answered.
const VERSION_HEADER: HeaderName = HeaderName::from_static("x-rules-version");

/// What a request is answered with.
#[derive(Debug)]
pub struct Webhook {
    /// The rules.
    pub live: Arc<Live>,
    /// The calls that were asked about before.
    pub seen: Arc<Seen>,
    /// Where the decisions are written down.
    pub journal: Arc<Journal>,
    /// Who may ask.
    pub gate: Gate,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Keeps strangers from filling the log.
    pub log_lines: Throttle<&'static str>,
}

/// How many lines a minute the log takes of each thing that a stranger can cause.
pub const LOG_LINES_PER_MINUTE: u32 = 3;

/// The webhook's routes.
pub fn routes(webhook: Webhook) -> Routes {
    let answer = post(respond).get(respond);
    Routes::new().route(PATH, answer.clone()).route("/get_list_agents/{secret}", answer).with_state(Arc::new(webhook))
}

async fn respond(State(webhook): State<Arc<Webhook>>, request: Request) -> Response {
    let began = clock::monotonic();
    let (parts, body) = request.into_parts();
    // A span only where somebody listens: it costs more than the whole decision.
    let span = tracing::debug_span!("request", route = PATH, method = %parts.method);
    let answered = webhook.answer(&parts, body, began).instrument(span).await;
    let elapsed = clock::monotonic().saturating_duration_since(began);
    match answered {
        Ok(response) => {
            webhook.metrics.webhook.answered(elapsed);
            response
        }
        Err(rejection) => {
            webhook.metrics.webhook.rejected(rejection.reason(), elapsed);
            if let Some(left_out) = webhook.log_lines.admit(rejection.reason().as_str(), began) {
                tracing::warn!(detail = %rejection, lines_left_out = left_out, "a request was not answered");
            }
            rejection.into_response()
        }
    }
}

impl Webhook {
    async fn answer(&self, parts: &Parts, body: axum::body::Body, began: Instant) -> Result<Response, Rejection> {
        let secret = parts.uri.path().strip_prefix(PATH).and_then(|rest| rest.strip_prefix('/'));
        let admitted = self.gate.admit(client_address(parts), secret)?;
        let body = read_body(body, self.body_limit).await?;
        let authentic = admitted.question(Sent {
            body: &body,
            path_and_query: (parts.method == Method::GET)
                .then(|| parts.uri.path_and_query().map_or("", |sent| sent.as_str())),
            signature: parts.headers.get(SIGNATURE_HEADER).map(HeaderValue::as_bytes),
        })?;
        self.note_signature(&authentic, began);
        let served = self.live.served();
        let json = self.decide(&authentic, &served, began);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (VERSION_HEADER, served.header.clone()),
        ];
        Ok((headers, json).into_response())
    }

    /// Answers every call of a question from one version of the rules.
    fn decide(&self, authentic: &Authentic<'_>, served: &Served, began: Instant) -> Vec<u8> {
        let question = &authentic.question;
        let now = clock::now();
        let moment = served.moment(now);
        let country = &served.snapshot.settings.country_code;
        let mut router = Router::new(&served.snapshot, &moment);
        let mut answer = answer::Answer::new(&served.heads, question.calls.len());
        self.live.asked(&question.queue_id, began);
        for asked in &question.calls {
            let call = Call {
                queue_id: &question.queue_id,
                call_id: &asked.call_id,
                from: asked.from.as_deref().and_then(|from| Number::from_wire(from, country)),
                to: asked.to.as_deref().and_then(|to| Number::from_wire(to, country)),
            };
            let mut seen = self.seen.call(call.call_id, began);
            let waited = seen.waited_seconds();
            let decision = router.route(&call, waited, &mut seen);
            answer.push(call.call_id, &decision.offers);
            self.note_decision(asked, &Answered { call: &call, waited, at: now, decision, served });
        }
        if question.unusable_calls > 0 {
            self.note_unusable(question.unusable_calls, began);
        }
        answer.finish()
    }

    fn note_decision(&self, asked: &AskedCall<'_>, answered: &Answered<'_>) {
        let Answered { decision, served, .. } = answered;
        self.journal.note(answered);
        self.metrics.webhook.calls.of(answered_by(decision)).inc();
        served.count(decision);
        tracing::debug!(
            call_id = &*asked.call_id,
            from = %masked(asked.from.as_deref().unwrap_or("")),
            rule = decision.rule_name(&served.snapshot),
            agents = decision.offers.len(),
            "call answered"
        );
    }

    fn note_unusable(&self, calls: usize, began: Instant) {
        self.metrics.webhook.calls.of(CallAnswer::LeftOut).inc_by(u64::try_from(calls).unwrap_or(u64::MAX));
        if let Some(left_out) = self.log_lines.admit("unusable_call", began) {
            tracing::warn!(calls, lines_left_out = left_out, "calls without a callId are left out of the answer");
        }
    }

    fn note_signature(&self, authentic: &Authentic<'_>, began: Instant) {
        let Some(verdict) = authentic.signature else { return };
        let signature = match verdict {
            Verdict::Valid => SignatureResult::Valid,
            Verdict::Invalid => SignatureResult::Invalid,
            Verdict::Missing => SignatureResult::Missing,
        };
        self.metrics.webhook.signatures.of(signature).inc();
        if verdict == Verdict::Valid {
            return;
        }
        if let Some(left_out) = self.log_lines.admit("observed_signature", began) {
            let project = authentic.question.project_id;
            tracing::warn!(?verdict, project, lines_left_out = left_out, "an observed signature is not right");
        }
    }
}

fn answered_by(decision: &Decision) -> CallAnswer {
    match decision.outcome {
        Outcome::Rule(_) => CallAnswer::Rule,
        Outcome::Fallback => CallAnswer::Fallback,
        Outcome::Blocked(_) | Outcome::Nobody => CallAnswer::Nobody,
    }
}

/// Who asks, as the server has found out.
fn client_address(parts: &Parts) -> IpAddr {
    let address = parts.extensions.get::<ClientAddress>();
    address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.0)
}
