//! The style sheet and the script, built into the program. Their addresses hold their hash, so that a browser keeps them
//! for ever and a new version is fetched at once.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;

const STYLE: &str = include_str!("../../assets/console.css");
const SCRIPT: &str = include_str!("../../assets/console.js");

/// The script as it is sent: its comments and indentation are for those who read it here.
static SENT_SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let lines = SCRIPT.lines().map(str::trim_start);
    let lines: Vec<&str> = lines.filter(|line| !is_comment(line)).collect();
    lines.join("\n")
});

fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with("//") || line.starts_with("/**") && line.ends_with("*/")
}

/// Where the style sheet is.
pub(super) static STYLE_PATH: LazyLock<String> = LazyLock::new(|| path(STYLE, "css"));

/// Where the script is.
pub(super) static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| path(&SENT_SCRIPT, "js"));

fn path(text: &str, ending: &str) -> String {
    let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
    format!("/assets/console-{hash:016x}.{ending}")
}

pub(super) fn routes() -> Router {
    let asset = |text: &'static str, content_type: &'static str| {
        let headers = [
            (CONTENT_TYPE, content_type),
            (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        get(async move || (headers, text))
    };
    Router::new()
        .route(&STYLE_PATH, asset(STYLE, "text/css; charset=utf-8"))
        .route(
            &SCRIPT_PATH,
            asset(&SENT_SCRIPT, "text/javascript; charset=utf-8"),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_stay_small() {
        assert!(
            STYLE.len() <= 32 * 1024,
            "the style has {} bytes",
            STYLE.len()
        );
        assert!(
            SENT_SCRIPT.len() <= 12 * 1024,
            "the script has {} bytes",
            SENT_SCRIPT.len()
        );
    }

    #[test]
    fn the_style_needs_nothing_from_elsewhere() {
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
