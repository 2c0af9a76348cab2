//! Our own pictures, as SVG.

use maud::{Markup, html};

/// An icon of 24 by 24, drawn with one line.
pub(super) fn icon(line: &str) -> Markup {
    html! {
        svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"
            stroke-linejoin="round" aria-hidden="true" { path d=(line) {} }
    }
}

pub(super) const CALL: &str =
    "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2";
pub(super) const ROSTER: &str = "M4 6h16M4 12h10M4 18h13";
pub(super) const RULES: &str = "M6 4v6a4 4 0 0 0 4 4h8m-4-4 4 4-4 4";
pub(super) const PEOPLE: &str =
    "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8m-7 10a7 7 0 0 1 14 0m0-17a4 4 0 0 1 0 7m6 10a7 7 0 0 0-4-6";
pub(super) const MOBILE: &str = "M7 3h10v18H7zM11 18h2";

/// The sign of the product.
pub(super) fn brand() -> Markup {
    html! {
        svg viewBox="0 0 24 24" aria-hidden="true" {
            rect width="24" height="24" rx="6" fill="#0b57b7" {}
            path d="M6 17V9.5A3.5 3.5 0 0 1 9.5 6H18m0 0-3-3m3 3-3 3M6 17l3.2-2M6 17l-1-3.6" stroke="#fff"
                stroke-width="2" fill="none" stroke-linecap="round" {}
        }
    }
}
