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

impl Seen {
    /// The fields that a browser would send of the form with this action, as they stand on the page.
    pub(crate) fn form(&self, action: &str) -> Vec<(String, String)> {
        let start = format!("action=\"{action}\"");
        let form = self.body.split_once(&start).unwrap().1;
        let form = form.split_once("</form>").unwrap().0;
        let mut fields = Vec::new();
        let mut select = String::new();
        for tag in form.split('<').skip(1) {
            let tag = tag.split_once('>').unwrap().0;
            let name = attribute(tag, "name").unwrap_or_default();
            let value = attribute(tag, "value").unwrap_or_default();
            let kind = attribute(tag, "type").unwrap_or_default();
            let is_sent = kind != "checkbox" && kind != "radio" || tag.contains(" checked");
            if tag.starts_with("input") && !name.is_empty() && is_sent {
                fields.push((name, value));
            } else if tag.starts_with("select") {
                select = name;
            } else if tag.starts_with("option") && tag.contains(" selected") {
                fields.push((select.clone(), value));
            }
        }
        fields
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0;
    let plain = value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    Some(plain.replace("&amp;", "&"))
}

/// A page says all of this.
#[track_caller]
pub(crate) fn has(body: &str, expected: &[&str]) {
    for text in expected {
        assert!(body.contains(text), "{text}: {body}");
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

    /// Sends a form of a page as it stands there, but for some fields.
    pub(crate) fn send_form(&mut self, page: &str, action: &str, but: &[(&str, &str)]) -> Seen {
        let mut fields = self.get(page).form(action.split('?').next().unwrap());
        fields.retain(|(name, _)| !but.iter().any(|(changed, _)| changed == name));
        let fields = fields.iter().map(|(name, value)| (&**name, &**value));
        let fields: Vec<(&str, &str)> = fields.chain(but.iter().copied()).collect();
        self.post(action, &fields)
    }

    /// Sends a form of a page, and applies the draft that comes of it.
    #[track_caller]
    pub(crate) fn applies(&mut self, page: &str, action: &str, but: &[(&str, &str)]) {
        let begun = self.send_form(page, action, but);
        self.applies_draft(&begun);
    }

    /// Applies the draft that an answer leads to.
    #[track_caller]
    pub(crate) fn applies_draft(&mut self, begun: &Seen) {
        let draft = begun.header("location").to_owned();
        assert!(
            draft.starts_with("/drafts/"),
            "{} {}",
            begun.status,
            begun.body
        );
        let applied = self.post(&draft, &[("act", "apply"), ("reason", "thử trên trang")]);
        assert_eq!(
            applied.header("location"),
            "/drafts?done=in_force",
            "{}",
            applied.body
        );
    }

    /// Sends a file as a form with a file does.
    pub(crate) fn send_file(&mut self, path: &str, name: &str, content: &str) -> Seen {
        let head = format!(
            "--part\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/csv\r\n\r\n"
        );
        let request = agent().post(format!("http://{}{path}", self.address));
        let request = request.header("content-type", "multipart/form-data; boundary=part");
        let answer = self
            .dressed(request)
            .send(format!("{head}{content}\r\n--part--\r\n"))
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
