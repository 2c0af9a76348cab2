//! Somebody with a browser, as far as the server can tell: cookies, forms, and the headers that browsers send.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;
use stringee_router::config::Role;
use stringee_router::console::invite;
use stringee_router::store::{CONSOLE_FILE, ConsoleFile};

use crate::harness::Running;

/// A password that is long enough.
pub(crate) const PASSWORD: &str = "mot cau de nho";

/// Somebody with a browser.
pub(crate) struct Visitor {
    address: SocketAddr,
    /// Sent with each request, in place of what a browser would send.
    pub(crate) headers: BTreeMap<&'static str, String>,
    cookies: BTreeMap<String, String>,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Seen {
    /// A header's value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A link that invites somebody to the server of a state directory.
pub(crate) fn invitation(state: &Path, name: &str, role: Role) -> String {
    let file = ConsoleFile::open(&state.join(CONSOLE_FILE)).unwrap();
    invite(&file, name, role, "test").unwrap().path
}

impl Visitor {
    /// Somebody whom the server does not know.
    pub(crate) fn new(server: &Running) -> Self {
        Self {
            address: server.admin_address(),
            headers: BTreeMap::from([("sec-fetch-site", "same-origin".to_owned())]),
            cookies: BTreeMap::new(),
        }
    }

    /// Somebody who has been invited, and has signed in.
    pub(crate) fn signed_in(server: &Running, state: &Path, name: &str, role: Role) -> Self {
        let mut visitor = Self::new(server);
        let link = invitation(state, name, role);
        let joined = visitor.post(&link, &[("full_name", ""), ("password", PASSWORD)]);
        assert_eq!((joined.status, joined.header("location")), (303, "/"));
        visitor
    }

    /// Tries to sign in.
    pub(crate) fn signs_in(&mut self, name: &str, password: &str) -> Seen {
        self.post(
            "/sign-in",
            &[("name", name), ("password", password), ("next", "/roster")],
        )
    }

    pub(crate) fn get(&mut self, path: &str) -> Seen {
        let request = agent().get(format!("http://{}{path}", self.address));
        let answer = self.dressed(request).call().unwrap();
        self.take(answer)
    }

    pub(crate) fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Seen {
        let request = agent().post(format!("http://{}{path}", self.address));
        let answer = self
            .dressed(request)
            .send_form(form.iter().copied())
            .unwrap();
        self.take(answer)
    }

    /// Asks the API, with a JSON body if there is one.
    pub(crate) fn api(&mut self, method: &str, path: &str, body: Option<&Value>) -> Seen {
        self.try_api(method, path, body).unwrap()
    }

    /// Follows what the API tells as it happens.
    pub(crate) fn follow(&self, path: &str) -> impl BufRead + use<> {
        let request = agent().get(format!("http://{}/api/v1{path}", self.address));
        let answer = self.dressed(request).call().unwrap();
        assert_eq!(answer.status(), 200);
        BufReader::new(answer.into_body().into_reader())
    }

    /// Sends a file to the API.
    pub(crate) fn send(&mut self, path: &str, file: &str) -> Seen {
        let request = agent().post(format!("http://{}/api/v1{path}", self.address));
        let request = request.header("content-type", "text/csv");
        let answer = self.dressed(request).send(file).unwrap();
        self.take(answer)
    }

    /// The same of a server that may end meanwhile.
    pub(crate) fn try_api(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Seen, ureq::Error> {
        let uri = format!("http://{}/api/v1{path}", self.address);
        let mut request = ureq::http::Request::builder().method(method).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        let answer = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                agent().run(request.body(body.to_string()).unwrap())
            }
            None => agent().run(request.body(()).unwrap()),
        };
        Ok(self.take(answer?))
    }

    fn cookie_header(&self) -> String {
        let cookies = self.cookies.iter();
        let cookies: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        cookies.join("; ")
    }

    /// What the browser keeps.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Keeps something else.
    pub(crate) fn keep(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    fn dressed<B>(&self, mut request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let cookies = self.cookie_header();
        if cookies.is_empty() {
            request
        } else {
            request.header("cookie", cookies)
        }
    }

    fn take(&mut self, mut answer: ureq::http::Response<ureq::Body>) -> Seen {
        for cookie in answer.headers().get_all("set-cookie") {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.keep(name, value);
        }
        let headers = answer.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        Seen {
            status: answer.status().as_u16(),
            headers,
            // A server may end in the middle of its answer.
            body: answer.body_mut().read_to_string().unwrap_or_default(),
        }
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None);
    config.build().new_agent()
}
