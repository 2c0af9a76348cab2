//! The webhook: HTTP in, authenticate, parse, route, encode, HTTP out. The platform's JSON is read and written by `stringee::wire`.
//!
//! ```text
//! HTTP -> gate (network, secret, signature) -> wire (question) -> routing::route -> answer -> HTTP
//! ```
//!
//! A question is answered from memory: nothing here waits for a disk, a lock that somebody holds for long, or a clock
//! tick. Every call of a question is answered, in the order asked, from one version of the rules.

mod events;
mod gate;
mod path;
mod rejection;
mod together;

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use axum::Router as Routes;
use axum::body::Bytes;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use http_body_util::{Either, Full};
use hyper::body::{Body, Incoming};
use jiff::Timestamp;

use crate::calls::activity::Past;
use crate::calls::memory::Circumstances;
use crate::journal::Answered;
use crate::projects::Project;
use crate::rules::ActiveRules;
use crate::server::{
    AnswerBody, Answers, Arrival, ClientAddress, Handled, Standing, forget_body, read_body,
};
use crate::telemetry::{CallAnswer, Metrics, RejectionReason, SignatureResult, Throttle, masked};
use gate::{Authentic, Sent};
use rejection::must_be_plain;
use routing::call::Call;
use routing::compare::ComparedCall;
use routing::number::{CountryCode, Number};
use routing::route::{Decision, Outcome, Router};
use routing::tickets::Noticing;
use stringee::wire::signature::{SIGNATURE_HEADER, Verdict};
use stringee::wire::{AskedCall, Question};
use together::choose_in_turn;

pub use events::{EVENTS_PATH, Events};
pub use gate::Gate;
pub use rejection::Rejection;
use stringee::wire::answer::Answer;

/// The path that a queue's `get_list_agents_url` names; a secret may follow as the last segment.
pub const PATH: &str = "/get_list_agents";

/// Where health is asked.
const HEALTH_PATHS: [&str; 2] = ["/healthz", "/readyz"];

/// What a request is answered with.
#[derive(Debug)]
pub struct Webhook {
    /// Who may ask, and by which project's rules it is answered.
    pub gate: Gate,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// The most calls that one question may ask about.
    pub max_calls: usize,
    /// The longest answer, in bytes.
    pub max_answer_bytes: usize,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Keeps strangers from filling the log.
    pub log_lines: Throttle<&'static str>,
}

/// How many lines a minute the log takes of each thing that a stranger can cause.
pub const LOG_LINES_PER_MINUTE: u32 = 3;

/// The public listener: the webhook, and a router for what else can be asked there.
///
/// The webhook's path is told apart here: a router takes as long to find a handler as the handler takes to answer.
#[derive(Debug)]
pub struct PublicListener {
    /// Answers [`PATH`] and what lies one segment below it.
    pub webhook: Webhook,
    /// Answers everything else.
    pub others: Routes,
}

impl Answers for PublicListener {
    async fn answer(&self, mut request: Request<Incoming>, arrival: Arrival) -> Handled {
        if path::last_segment(PATH, request.uri().path()).is_none() {
            return self.answer_other(request, arrival).await;
        }
        match *request.method() {
            Method::POST | Method::GET | Method::HEAD => {
                self.webhook.respond(request, arrival).await
            }
            _ => Handled {
                response: self.unread(&mut request, method_not_allowed()).await,
                asker: Standing::Stranger,
            },
        }
    }

    /// Health is asked by those who must always get an answer, and a right secret or network is what no stranger has.
    fn is_exempt(&self, request: &Request<Incoming>, client: ClientAddress) -> bool {
        let asked = request.uri().path();
        let secret = match path::secret_below(PATH, asked) {
            Some(secret) => Some(secret),
            None => path::secret_below(EVENTS_PATH, asked),
        };
        HEALTH_PATHS.contains(&asked) || self.webhook.gate.proves(client.0, secret)
    }
}

impl PublicListener {
    async fn answer_other(&self, mut request: Request<Incoming>, arrival: Arrival) -> Handled {
        if let Some(uri) = path::without_empty_segments(request.uri()) {
            *request.uri_mut() = uri;
        }
        if path::last_segment(EVENTS_PATH, request.uri().path()).is_some() {
            return self.others.answer(request, arrival).await;
        }
        // Nothing else here reads a body.
        let is_kept = forget_body(request.body_mut(), self.webhook.body_limit).await;
        let mut handled = self.others.answer(request, arrival).await;
        if !is_kept {
            close_after(&mut handled.response);
        }
        if handled.response.status() == StatusCode::NOT_FOUND {
            self.webhook.note_missed(arrival.at);
        }
        handled
    }

    /// An answer for which the body was not needed.
    async fn unread(
        &self,
        request: &mut Request<Incoming>,
        mut response: Response<AnswerBody>,
    ) -> Response<AnswerBody> {
        if !forget_body(request.body_mut(), self.webhook.body_limit).await {
            close_after(&mut response);
        }
        response
    }
}

/// Says that the connection ends with this answer, because the rest of the request is not read.
fn close_after<B>(response: &mut Response<B>) {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
}

fn method_not_allowed() -> Response<AnswerBody> {
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("POST,GET,HEAD"));
    response
}

impl Webhook {
    /// Answers one request, or says why not; both are counted.
    pub async fn respond<B>(&self, mut request: Request<B>, arrival: Arrival) -> Handled
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
    {
        let answered = self.answer(&mut request, arrival).await;
        let elapsed = clock::monotonic().saturating_duration_since(arrival.at);
        match answered {
            Ok(response) => {
                self.metrics.webhook.answered(elapsed);
                Handled {
                    response,
                    asker: Standing::Known,
                }
            }
            Err(rejection) => {
                self.metrics.webhook.rejected(rejection.reason(), elapsed);
                let reason = rejection.reason();
                if let Some(left_out) = self.log_lines.admit(reason.as_str(), arrival.at) {
                    let Arrival { client, peer, .. } = arrival;
                    let found = arrival.address_found(request.headers());
                    tracing::warn!(
                        detail = %rejection,
                        address = %client.0,
                        %peer,
                        found,
                        lines_left_out = left_out,
                        "a request was not answered"
                    );
                }
                let is_kept = rejection.keeps_connection()
                    && forget_body(request.body_mut(), self.body_limit).await;
                let mut response = rejection.into_response().map(Either::Right);
                if !is_kept {
                    close_after(&mut response);
                }
                Handled {
                    response,
                    asker: Standing::Stranger,
                }
            }
        }
    }

    async fn answer<B>(
        &self,
        request: &mut Request<B>,
        arrival: Arrival,
    ) -> Result<Response<AnswerBody>, Rejection>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
    {
        let admitted = self.gate.admit(
            arrival.client.0,
            path::secret_below(PATH, request.uri().path()),
        )?;
        let body = read_body(request.body_mut(), self.body_limit).await?;
        must_be_plain(request.headers(), &body)?;
        let (method, uri) = (request.method(), request.uri());
        // Made only where somebody listens: a disabled span still costs more than routing a call.
        let is_heard = tracing::enabled!(tracing::Level::DEBUG);
        let _span =
            is_heard.then(|| tracing::debug_span!("request", route = PATH, %method).entered());
        let signature = request.headers().get(SIGNATURE_HEADER);
        let path_and_query = match uri.path_and_query() {
            _ if method == Method::POST => None,
            Some(sent) => Some(sent.as_str()),
            None => Some(""),
        };
        let authentic = admitted.question(Sent {
            body: &body,
            path_and_query,
            signature: signature.map(HeaderValue::as_bytes),
        })?;
        self.note_signature(&authentic, arrival.at);
        let served = authentic.project.live.served();
        let json = self.decide(&authentic, &served, arrival.at)?;
        let mut response = Response::new(Either::Left(json.into()));
        response.headers_mut().clone_from(&served.headers);
        Ok(response)
    }

    /// Answers every call of a question from one version of the rules, or none if that would be too much.
    fn decide(
        &self,
        authentic: &Authentic<'_>,
        served: &ActiveRules,
        began: Instant,
    ) -> Result<String, Rejection> {
        let (question, project) = (&authentic.question, &*authentic.project);
        self.check_calls(question)?;
        let now = clock::now();
        let moment = served.moment(now);
        let country = &served.snapshot.settings.country_code;
        let mut router = Router::new(&served.snapshot, &moment);
        let limit = self.max_answer_bytes;
        let mut answer = Answer::new(&served.objects, question.calls.len(), limit);
        note_newest(project, question, now);
        let chosen = choose_in_turn(authentic, served, &mut router, began, now);
        for (place, asked) in question.calls.iter().enumerate() {
            let call = core_call(question, asked, country);
            let circumstances = Circumstances::new(&call, served.version, now);
            let seen = project.seen.call(call.queue_id, call.call_id, began);
            let (waited, decided) = seen.ask(&circumstances);
            let mut past = Noticing::new(Past {
                tickets: seen,
                ledger: project.journal.ledger(),
                now,
            });
            let known = chosen.get(place).or(decided.as_deref());
            let decision = match known {
                Some(known) => known,
                None => router.route(&call, waited, &mut past),
            };
            if known.is_none() && !past.was_asked() {
                seen.keep(&circumstances, waited, decision);
            }
            answer.push(call.call_id, &decision.offers);
            if answer.bytes() > limit {
                return Err(Rejection::AnswerTooLarge { limit });
            }
            self.note_decision(
                project,
                asked,
                &Answered {
                    call: &call,
                    waited,
                    at: now,
                    decision,
                    snapshot: &served.snapshot,
                    version: (served.version, served.fingerprint),
                    seen,
                },
            );
            served.count(decision);
        }
        if question.unusable_calls > 0 {
            self.note_unusable(question.unusable_calls, began);
        }
        Ok(answer.finish())
    }

    fn check_calls(&self, question: &Question<'_>) -> Result<(), Rejection> {
        let calls = question.calls.len().saturating_add(question.unusable_calls);
        let limit = self.max_calls;
        if calls > limit {
            return Err(Rejection::TooManyCalls { calls, limit });
        }
        Ok(())
    }

    fn note_decision(&self, project: &Project, asked: &AskedCall<'_>, answered: &Answered<'_>) {
        let Answered {
            decision, snapshot, ..
        } = answered;
        project.journal.note(answered);
        self.metrics.webhook.calls.of(answered_by(decision)).inc();
        tracing::debug!(
            call_id = &*asked.call_id,
            from = %masked(asked.from.as_deref().unwrap_or("")),
            rule = decision.rule_name(snapshot),
            agents = decision.offers.len(),
            "call answered"
        );
    }

    fn note_unusable(&self, calls: usize, began: Instant) {
        self.metrics
            .webhook
            .calls
            .of(CallAnswer::LeftOut)
            .inc_by(u64::try_from(calls).unwrap_or(u64::MAX));
        if let Some(left_out) = self.log_lines.admit("unusable_call", began) {
            tracing::warn!(
                calls,
                lines_left_out = left_out,
                "calls without a callId are left out of the answer"
            );
        }
    }

    /// A queue whose URL is wrong by a letter looks like a queue without agents: here somebody sees it.
    fn note_missed(&self, began: Instant) {
        let reason = RejectionReason::NoSuchPath;
        self.metrics.webhook.missed();
        if let Some(left_out) = self.log_lines.admit(reason.as_str(), began) {
            // Not the path itself, as its last segment may be a secret.
            tracing::warn!(
                lines_left_out = left_out,
                "somebody asked for a path that is not served: a queue's get_list_agents_url ends in \
                 {PATH}, or in {PATH}/ and one of webhook.secrets"
            );
        }
    }

    fn note_signature(&self, authentic: &Authentic<'_>, began: Instant) {
        let Some(verdict) = authentic.signature else {
            return;
        };
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
            tracing::warn!(
                ?verdict,
                project,
                lines_left_out = left_out,
                "an observed signature is not right"
            );
        }
    }
}

/// Tells the guard of the newest call, which is enough: the others have been the newest before.
fn note_newest(project: &Project, question: &Question<'_>, now: Timestamp) {
    if let Some(newest) = question.calls.last() {
        let call = ComparedCall {
            queue_id: Cow::from(&*question.queue_id),
            to: newest.to.as_deref().map(Cow::from),
            from: newest.from.as_deref().map(Cow::from),
        };
        project.live.note_call(&call, now);
    }
}

/// A call of a question, as the core sees it.
fn core_call<'a>(
    question: &'a Question<'_>,
    asked: &'a AskedCall<'_>,
    country: &CountryCode,
) -> Call<'a> {
    let number = |raw: &'a str| Number::from_wire(raw, country);
    Call {
        queue_id: &question.queue_id,
        call_id: &asked.call_id,
        from: asked.from.as_deref().and_then(number),
        to: asked.to.as_deref().and_then(number),
    }
}

fn answered_by(decision: &Decision) -> CallAnswer {
    match decision.outcome {
        Outcome::Rule(_) => CallAnswer::Rule,
        Outcome::Fallback => CallAnswer::Fallback,
        Outcome::Blocked(_) | Outcome::Nobody => CallAnswer::Nobody,
    }
}
