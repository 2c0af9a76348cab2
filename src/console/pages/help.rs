//! `/help`: keys, and the words of both languages side by side.

use axum::response::Response;
use maud::html;

use super::layout::Tab;
use super::visit::{Page, Visit};
use crate::config::Language;
use crate::console::words::Words;

pub(super) async fn page(visit: Visit) -> Response {
    visit.page(|visit| Ok(show(visit))).await
}

fn show(visit: &Visit) -> Page {
    let w = visit.w;
    let keys = [
        ("/", w.key_caller),
        ("[ ]", w.key_half_hour),
        ("t", w.key_now),
        ("← → ↑ ↓", w.key_grid),
        ("Alt ↑ ↓", w.edits.key_step),
        ("Ctrl Enter", w.key_apply),
    ];
    let (vi, en) = (Words::of(Language::Vi), Words::of(Language::En));
    let body = html! {
        div.stack.narrow {
            h1 { (w.help) }
            section.card.pad.stack {
                h2 { (w.keys) }
                dl.pairs { @for (key, meaning) in keys { dt { kbd { (key) } } dd { (meaning) } } }
            }
            section.card.pad.stack {
                h2 { (w.glossary) }
                dl.pairs {
                    @for (vietnamese, english) in vi.terms.iter().zip(en.terms) {
                        dt lang="vi" { (vietnamese) } dd lang="en" { (english) }
                    }
                }
            }
        }
    };
    Page {
        title: w.help.to_owned(),
        tab: Tab::Account,
        body,
    }
}
