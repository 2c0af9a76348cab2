//! By which names the operator's listener is asked.
//!
//! A web page of a stranger can let its own name point to 127.0.0.1, and then ask this listener from an operator's
//! browser as if it were its own server ("DNS rebinding"). Such a request names the page's host, so only hosts that no
//! stranger can own are answered: addresses, loopback names, and the names in `admin.hosts`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The configured names, in small letters.
pub(super) type HostNames = Arc<[String]>;

const MISDIRECTED: &str =
    "ask by an address, as localhost, or by a name that is listed in admin.hosts\n";

/// Answers 421 to a request for another host.
///
/// One without a host is let through: a browser always names one, an old health check may not.
pub(super) async fn refuse_other_hosts(
    State(names): State<HostNames>,
    request: Request,
    next: Next,
) -> Response {
    let in_header = request.headers().get_all(HOST).into_iter();
    let are_ours = in_header
        .map(host_in)
        .all(|host| is_ours(host.as_deref(), &names));
    let in_target = request.uri().host();
    if are_ours && in_target.is_none_or(|host| is_ours(Some(host), &names)) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, MISDIRECTED).into_response()
    }
}

/// The host without its port; `None` if the value is none.
fn host_in(value: &HeaderValue) -> Option<String> {
    let authority: Authority = value.to_str().ok()?.parse().ok()?;
    Some(authority.host().to_owned())
}

fn is_ours(host: Option<&str>, names: &[String]) -> bool {
    let Some(host) = host else {
        return false;
    };
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok()
        || names.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_no_stranger_can_own_are_ours() {
        let names = ["router.example.com".to_owned()];
        let check = |value: &'static str, expected: bool| {
            let host = host_in(&HeaderValue::from_static(value));
            assert_eq!(is_ours(host.as_deref(), &names), expected, "{value}");
        };
        check("localhost:8081", true);
        check("LOCALHOST.", true);
        check("router.localhost", true);
        check("127.0.0.1:8081", true);
        check("[::1]:8081", true);
        check("192.0.2.7", true);
        check("Router.Example.com:80", true);
        check("example.com", false);
        check("localhost.example.com", false);
        check("127.0.0.1.example.com", false);
        check("evil.router.example.com", false);
        check("127.0.0.1@example.com", false);
        check("", false);
        check("a b", false);
    }
}
