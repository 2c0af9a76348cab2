//! The client of Stringee's REST API: one request, its token, its retries.
//!
//! It blocks; callers whose thread has anything else to do run it in `spawn_blocking`.

use std::thread;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use ureq::http::{Request, Response};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::reply::Reply;
use super::{AUTH_HEADER, ApiError, ApiKey};

/// The pauses before a second and a third attempt: long enough for a connection that was just cut, short for a person.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// The longest answer that is read: a page of fifty rows takes some 20 kB.
const LONGEST_ANSWER_BYTES: u64 = 8 * 1024 * 1024;

/// What may stand in a path as it is; an id comes from people and may hold anything.
const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// A client of one project's REST API.
#[derive(Clone, Debug)]
pub struct Client {
    http: Agent,
    base_url: String,
    key: ApiKey,
}

/// A method, and whether doing it twice is the same as doing it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// What is asked for.
struct ApiRequest<'a> {
    /// For messages: `list the queues`.
    doing: &'static str,
    method: Method,
    url: String,
    query: &'a [(&'a str, &'a str)],
    body: Vec<u8>,
}

impl Client {
    /// A client of the API at `base_url` (without a path) that waits `limit` for each answer.
    ///
    /// Proxies are taken from the environment, certificates from the system.
    pub fn new(base_url: String, key: ApiKey, limit: Duration) -> Self {
        Self {
            http: http_agent(limit),
            base_url,
            key,
        }
    }

    pub(super) fn get(
        &self,
        doing: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Reply, ApiError> {
        self.ask(&ApiRequest {
            doing,
            method: Method::Get,
            url: self.url(path, None),
            query,
            body: Vec::new(),
        })
    }

    pub(super) fn post(
        &self,
        doing: &'static str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Reply, ApiError> {
        self.ask(&ApiRequest {
            doing,
            method: Method::Post,
            url: self.url(path, None),
            query: &[],
            body: json(body),
        })
    }

    pub(super) fn put(
        &self,
        doing: &'static str,
        path: &str,
        id: &str,
        body: &impl Serialize,
    ) -> Result<Reply, ApiError> {
        self.ask(&ApiRequest {
            doing,
            method: Method::Put,
            url: self.url(path, Some(id)),
            query: &[],
            body: json(body),
        })
    }

    pub(super) fn delete(
        &self,
        doing: &'static str,
        path: &str,
        id: &str,
    ) -> Result<Reply, ApiError> {
        let url = self.url(path, Some(id));
        self.ask(&ApiRequest {
            doing,
            method: Method::Delete,
            url,
            query: &[],
            body: Vec::new(),
        })
    }

    fn url(&self, path: &str, id: Option<&str>) -> String {
        let base = &self.base_url;
        match id {
            Some(id) => format!("{base}{path}/{}", utf8_percent_encode(id, IN_A_PATH)),
            None => format!("{base}{path}"),
        }
    }

    /// Asks; asks again if no answer came and asking again does no harm. A `POST` would create a second thing.
    fn ask(&self, request: &ApiRequest<'_>) -> Result<Reply, ApiError> {
        let pauses = if request.method == Method::Post {
            &[]
        } else {
            &PAUSES[..]
        };
        for pause in pauses {
            match self.ask_once(request) {
                Err(error) if error.may_pass() => thread::sleep(*pause),
                answer => return answer,
            }
        }
        self.ask_once(request)
    }

    fn ask_once(&self, request: &ApiRequest<'_>) -> Result<Reply, ApiError> {
        let unreachable = |source| ApiError::Unreachable {
            url: request.url.clone(),
            source: Box::new(source),
        };
        let mut response = self.send(request).map_err(unreachable)?;
        let status = response.status().as_u16();
        let body = response
            .body_mut()
            .with_config()
            .limit(LONGEST_ANSWER_BYTES)
            .read_to_vec()
            .map_err(unreachable)?;
        Reply::read(request.doing, status, &body)
    }

    fn send(&self, request: &ApiRequest<'_>) -> Result<Response<Body>, ureq::Error> {
        let token = self.key.token(clock::now());
        let url = match request.query {
            [] => request.url.clone(),
            query => format!("{}?{}", request.url, encoded(query)),
        };
        let builder = Request::builder()
            .uri(url)
            .header(AUTH_HEADER, token)
            .header("accept", "application/json")
            .header("content-type", "application/json");
        match request.method {
            Method::Get => self.http.run(builder.method("GET").body(())?),
            Method::Delete => self.http.run(builder.method("DELETE").body(())?),
            Method::Post => self
                .http
                .run(builder.method("POST").body(&request.body[..])?),
            Method::Put => self
                .http
                .run(builder.method("PUT").body(&request.body[..])?),
        }
    }
}

/// A client for the world outside: it respects the proxies of the environment and the certificates of the system,
/// follows no redirect, and takes every status for an answer.
pub fn http_agent(limit: Duration) -> Agent {
    // A second installation, as in a test, changes nothing.
    drop(rustls::crypto::ring::default_provider().install_default());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false);
    config
        .timeout_global(Some(limit))
        .tls_config(tls)
        .build()
        .new_agent()
}

fn json(body: &impl Serialize) -> Vec<u8> {
    // Texts, numbers and flags always have a JSON form.
    serde_json::to_vec(body).unwrap_or_default()
}

fn encoded(query: &[(&str, &str)]) -> String {
    let mut encoded = String::new();
    for (name, value) in query {
        if !encoded.is_empty() {
            encoded.push('&');
        }
        encoded += name;
        encoded.push('=');
        encoded.extend(utf8_percent_encode(value, IN_A_PATH));
    }
    encoded
}
