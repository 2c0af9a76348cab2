//! The paths that are served. A slash too many, as a joined URL often has, changes nothing.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The secret that follows an endpoint's path as it was sent, if one does.
pub(super) fn secret_below<'p>(endpoint: &str, path: &'p str) -> Option<&'p str> {
    let segment = last_segment(endpoint, path)?;
    if segment.is_empty() {
        return None;
    }
    Some(segment)
}

/// The segment below an endpoint's path, empty if there is none; `None` for paths that are not the endpoint's.
pub(super) fn last_segment<'p>(endpoint: &str, path: &'p str) -> Option<&'p str> {
    if path == endpoint {
        return Some("");
    }
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next()?;
    let last = segments.next().unwrap_or_default();
    if Some(first) != endpoint.strip_prefix('/') || segments.next().is_some() {
        return None;
    }
    Some(last)
}

/// The same without empty segments; `None` if it has none.
pub(super) fn without_empty_segments(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let has_end = path.len() > 1 && path.ends_with('/');
    if !has_end && !path.contains("//") {
        return None;
    }
    let mut joined = String::new();
    for segment in path.split('/') {
        if !segment.is_empty() {
            joined.push('/');
            joined.push_str(segment);
        }
    }
    if joined.is_empty() {
        joined.push('/');
    }
    if let Some(query) = uri.query() {
        joined = format!("{joined}?{query}");
    }
    Some(Uri::from(PathAndQuery::try_from(joined).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "/get_list_agents";

    #[test]
    fn the_webhook_has_its_path_and_one_segment_below() {
        for path in [
            "/get_list_agents",
            "/get_list_agents/",
            "//get_list_agents//",
        ] {
            assert_eq!(last_segment(ENDPOINT, path), Some(""), "{path}");
            assert_eq!(secret_below(ENDPOINT, path), None, "{path}");
        }
        for path in ["/get_list_agents/secret", "/get_list_agents//secret/"] {
            assert_eq!(last_segment(ENDPOINT, path), Some("secret"), "{path}");
        }
        for other in [
            "/",
            "//",
            "/get_list_agent",
            "/get_list_agents2",
            "/get_list_agents/a/b",
            "/a/get_list_agents",
        ] {
            assert_eq!(last_segment(ENDPOINT, other), None, "{other}");
        }
    }

    #[track_caller]
    fn check(uri: &str, expected: Option<&str>) {
        let found = without_empty_segments(&uri.parse().unwrap());
        assert_eq!(found.map(|uri| uri.to_string()).as_deref(), expected);
    }

    #[test]
    fn slashes_too_many_are_dropped_and_the_query_stays() {
        check("/", None);
        check("/events/secret?a=//", None);
        check("//events/", Some("/events"));
        check("/readyz/?a=b/", Some("/readyz?a=b/"));
        check("///", Some("/"));
    }
}
