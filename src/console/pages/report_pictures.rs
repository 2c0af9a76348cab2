//! Pictures of a day in half hours: bars side by side, as SVG.

use maud::{Markup, html};

use crate::console::words::Words;
use crate::shown::report::ServiceRow;

/// How high the longest bar is.
const HEIGHT: u64 = 100;

/// A bar of a half hour: pieces from below, each with its class and how high it is.
type Bar = Vec<(&'static str, u64)>;

/// The share of the calls that was taken in time; empty where there were none.
pub(super) fn service_picture(w: &Words, rows: &[ServiceRow]) -> Markup {
    let bar = |row: &ServiceRow| match row.calls {
        0 => Bar::new(),
        calls => {
            let in_time = row.taken_in_time * HEIGHT / calls;
            vec![("s-rung", in_time), ("b-same", HEIGHT - in_time)]
        }
    };
    let bars: Vec<Bar> = rows.iter().map(bar).collect();
    picture(w.report.service_picture, "100 %", &bars)
}

/// The calls, and those of them that nobody took.
pub(super) fn abandoned_picture(w: &Words, rows: &[ServiceRow]) -> Markup {
    let most = rows.iter().map(|row| row.calls).max().unwrap_or(0).max(1);
    let bar = |row: &ServiceRow| {
        let high = |calls: u64| (calls * HEIGHT).div_ceil(most);
        let (abandoned, all) = (high(row.abandoned), high(row.calls));
        vec![
            ("s-nobody", abandoned),
            ("s-rung", all.saturating_sub(abandoned)),
        ]
    };
    let bars: Vec<Bar> = rows.iter().map(bar).collect();
    picture(w.report.abandoned_picture, &most.to_string(), &bars)
}

/// Bars of 10 with a gap of 2, the hours below.
fn picture(said: &str, top: &str, bars: &[Bar]) -> Markup {
    let mut pieces = Vec::new();
    for (place, bar) in bars.iter().enumerate() {
        let mut y = HEIGHT;
        for (class, height) in bar {
            y = y.saturating_sub(*height);
            pieces.push((*class, place * 12, y, *height));
        }
    }
    html! {
        div.chart role="img" aria-label=(said) {
            span.small.muted.num { (top) }
            svg viewBox="0 0 574 100" preserveAspectRatio="none" aria-hidden="true" {
                @for (class, x, y, height) in pieces { @if height > 0 { rect.{ (class) } x=(x) y=(y) width="10" height=(height) {} } }
            }
            div.hours.below { @for hour in [0, 6, 12, 18, 24] { span { (hour) "h" } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Language;
    use crate::report::ServiceCount;

    #[test]
    fn a_bar_is_as_high_as_its_share() {
        let row = |calls, taken, in_time| {
            ServiceRow::new(
                None,
                &ServiceCount {
                    calls,
                    taken,
                    in_time,
                },
            )
        };
        let rows = [row(4, 3, 1), row(0, 0, 0), row(8, 8, 8)];
        let w = Words::of(Language::En);
        let service = service_picture(w, &rows).into_string();
        assert!(
            service.contains(r#"<rect class="s-rung" x="0" y="75" width="10" height="25">"#),
            "{service}"
        );
        assert!(
            service.contains(r#"<rect class="s-rung" x="24" y="0" width="10" height="100">"#),
            "{service}"
        );
        assert!(!service.contains(r#"x="12""#), "{service}");
        let abandoned = abandoned_picture(w, &rows).into_string();
        assert!(
            abandoned.contains(r#"<rect class="s-nobody" x="0" y="87" width="10" height="13">"#),
            "{abandoned}"
        );
        assert!(
            abandoned.contains(r#"<rect class="s-rung" x="0" y="50" width="10" height="37">"#),
            "{abandoned}"
        );
    }
}
