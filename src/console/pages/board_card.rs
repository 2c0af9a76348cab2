//! A card of the board: lines that are answered alike, who is rung and who joins while a caller waits.

use maud::{Markup, html};

use super::icons::{self, icon};
use super::names::{ShortNames, line_names};
use super::shades;
use crate::console::ask::now::{Card, CardAnswer, FirstShare, Missing, Rung};
use crate::console::words::{Words, day_and_time};
use crate::shown::coverage::Shade;
use crate::shown::explanation::{OutcomeReport, StrategyReport};

/// Of more lines on a card the first are named.
const MAX_LINES: usize = 4;

/// Of more people in a rung the first are named.
const MAX_PEOPLE: usize = 12;

pub(super) fn card(
    w: &Words,
    names: &ShortNames<'_>,
    card: &Card<'_>,
    href: &str,
    is_explained: bool,
) -> Markup {
    let answer = &card.answer;
    let more = card.lines.len().saturating_sub(MAX_LINES);
    html! {
        article.card.line.{ (shades::class(answer.shade)) } {
            a.pick href=(href) data-swap="#live" aria-current=[is_explained.then_some("true")] {
                @for line in card.lines.iter().take(MAX_LINES) {
                    @let (name, number) = line_names(w, line);
                    span.one { (name) span.muted.small.num { (number) } }
                }
                @if more > 0 { span.muted.small { ((w.board.more_lines)(more)) } }
            }
            div.answer {
                (verdict(w, answer))
                (ladder(w, names, answer))
                (shares(w, names, answer))
                (missing(w, names, answer))
            }
        }
    }
}

/// What must not be overlooked: that nobody is rung, or only the fallback.
fn verdict(w: &Words, answer: &CardAnswer<'_>) -> Markup {
    let said = match answer.outcome {
        OutcomeReport::Blocked => Some(w.board.blocked),
        OutcomeReport::Fallback => Some(w.board.fallback),
        OutcomeReport::Nobody if answer.shade == Shade::Nobody => Some(w.board.rings_nobody),
        OutcomeReport::Nobody | OutcomeReport::Rule => None,
    };
    html! {
        @if let Some(said) = said {
            p { span.tag.{ (shades::class(answer.shade)) } { (said) } }
            @for rule in &answer.empty_rules { p.small { ((w.board.empty_rule)(rule.name)) } }
        }
    }
}

fn ladder(w: &Words, names: &ShortNames<'_>, answer: &CardAnswer<'_>) -> Markup {
    let rungs: Vec<&Rung<'_>> = answer
        .ladder
        .iter()
        .filter(|rung| !rung.added.is_empty())
        .collect();
    let is_timed = rungs.len() > 1 || rungs.first().is_some_and(|rung| rung.after_seconds > 0);
    html! {
        @if !rungs.is_empty() {
            ol.ladder.timed[is_timed] { @for rung in rungs { (rung_row(w, names, rung, is_timed)) } }
        }
    }
}

fn rung_row(w: &Words, names: &ShortNames<'_>, rung: &Rung<'_>, is_timed: bool) -> Markup {
    let when = match rung.after_seconds {
        0 => w.board.at_once.to_owned(),
        seconds => (w.board.after)(seconds),
    };
    let more = rung.added.len().saturating_sub(MAX_PEOPLE) + rung.more;
    html! {
        li.rung-at {
            @if is_timed { span.at { (when) } }
            ol.people {
                @for person in rung.added.iter().take(MAX_PEOPLE) {
                    li.who.first[person.place == 1] {
                        span.place { (person.place) }
                        span { (names.show(person.name)) " " small { ((w.board.seconds)(person.answer_timeout.into())) } }
                        @if person.routing_type == 2 { (icon(icons::MOBILE)) span.visually-hidden { (w.board.mobile) } }
                    }
                }
                @if more > 0 { li.who.more { ((w.board.more_people)(more)) } }
            }
        }
    }
}

/// How the first place is shared, where a draw or a turn decides.
fn shares(w: &Words, names: &ShortNames<'_>, answer: &CardAnswer<'_>) -> Markup {
    match answer.strategy {
        _ if answer.shares.len() < 2 => html! {},
        StrategyReport::Ordered => html! {},
        StrategyReport::LongestIdle => html! { p.out { (w.board.first_idle) } },
        StrategyReport::FewestCalls => html! { p.out { (w.board.first_fewest) } },
        StrategyReport::Weighted | StrategyReport::Rotate | StrategyReport::Sticky => {
            share_bar(w, names, &answer.shares)
        }
    }
}

fn share_bar(w: &Words, names: &ShortNames<'_>, shares: &[FirstShare<'_>]) -> Markup {
    /// More pieces than these cannot be told apart.
    const MAX_PIECES: usize = 8;
    let mut from = 0.0;
    let mut pieces = Vec::new();
    for (place, share) in shares.iter().take(MAX_PIECES).enumerate() {
        let width = share.percent.unwrap_or(0.0) * 10.0;
        pieces.push((place.min(4), from, (width - 3.0).max(1.0)));
        from += width;
    }
    let more = shares.len().saturating_sub(MAX_PIECES);
    html! {
        div.out.share {
            svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                @for (place, from, width) in pieces {
                    rect.{ "f" (place) } x=(format!("{from:.1}")) width=(format!("{width:.1}")) height="10" {}
                }
            }
            dl {
                div { dt.muted { (w.board.first_share) } }
                @for share in shares.iter().take(MAX_PIECES) {
                    div { dt { (names.short(share.agent.name)) } dd { (format!("{:.0} %", share.percent.unwrap_or(0.0))) } }
                }
                @if more > 0 { div { dt.muted { ((w.board.more_people)(more)) } } }
            }
        }
    }
}

fn missing(w: &Words, names: &ShortNames<'_>, answer: &CardAnswer<'_>) -> Markup {
    html! {
        @if !answer.missing.is_empty() {
            p.out {
                (w.board.away) " "
                @for (place, one) in answer.missing.iter().enumerate() {
                    @if place > 0 { "; " }
                    (names.show(one.agent.name)) " " (why_missing(w, names, one))
                }
                @if answer.more_missing > 0 { "; " ((w.board.more_people)(answer.more_missing)) }
            }
        }
    }
}

fn why_missing(w: &Words, names: &ShortNames<'_>, one: &Missing<'_>) -> String {
    let by: Vec<String> = one.by.iter().map(|by| names.short(by.name)).collect();
    let by = by.join(", ");
    let why = match one.reason {
        "away" => away(w, one.until.as_deref()),
        "replaced" if by.is_empty() => w.board.nobody_stands_in.to_owned(),
        "replaced" => return (w.board.stood_in)(&by),
        "disabled" => w.board.off.to_owned(),
        "off_shift" => w.board.off_shift.to_owned(),
        "no_phone_number" => w.board.no_phone.to_owned(),
        other => other.to_owned(),
    };
    if by.is_empty() {
        why
    } else {
        format!("{why}; {}", (w.board.covered)(&by))
    }
}

/// Until when somebody is away, in the zone of the rules.
fn away(w: &Words, until: Option<&str>) -> String {
    // "2026-11-30T08:00:00+07:00": what stands before the offset is the local time.
    let local = until.and_then(|until| until.get(..19)?.parse().ok());
    match local {
        Some(local) => (w.board.leave_until)(&day_and_time(w, local)),
        None => format!("{} {}", w.board.on_leave, w.board.until_notice),
    }
}
