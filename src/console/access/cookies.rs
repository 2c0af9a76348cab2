//! The cookie of a session.
//!
//! By the public `https` URL it is `__Host-sr`, which no other name or path of the host can set, and which is never sent
//! in clear. By an address of the admin listener it is `sr`: there is no `https` there.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// Seconds for which a browser keeps it; the server decides earlier.
const MAX_AGE_SECONDS: u32 = 14 * 86_400;

const SECURE: &str = "__Host-sr";
const PLAIN: &str = "sr";

/// The session's secret that a request shows.
pub(super) fn session(headers: &HeaderMap, is_secure: bool) -> Option<&str> {
    named(headers, name(is_secure))
}

/// A cookie by its name.
pub(in crate::console) fn named<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// Has the browser keep a session's secret, which is nothing but letters and digits; empty to forget it.
pub(super) fn keep(secret: &str, is_secure: bool) -> Option<HeaderValue> {
    let age = if secret.is_empty() {
        0
    } else {
        MAX_AGE_SECONDS
    };
    let secure = if is_secure { "; Secure" } else { "" };
    let name = name(is_secure);
    let cookie = format!("{name}={secret}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).ok()
}

const fn name(is_secure: bool) -> &'static str {
    if is_secure { SECURE } else { PLAIN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; xsr=2; sr=abc"));
        headers.append(COOKIE, HeaderValue::from_static("__Host-sr=def"));
        assert_eq!(session(&headers, false), Some("abc"));
        assert_eq!(session(&headers, true), Some("def"));
        assert_eq!(named(&headers, "s"), None);
    }

    #[test]
    fn it_is_for_the_server_alone() {
        let cookie = keep("abc", true).unwrap();
        assert_eq!(
            cookie,
            "__Host-sr=abc; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure"
        );
        let cookie = keep("", false).unwrap();
        assert_eq!(cookie, "sr=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}
