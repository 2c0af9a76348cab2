//! What edits would do, as people read it: calls, holes, tests and problems.

use maud::{Markup, html};

use super::draft_view::shown;
use super::names::ShortNames;
use super::roster_holes::dates_label;
use super::shades;
use super::visit::Visit;
use crate::console::draft::calls::{CallGroup, ChangedAgent};
use crate::console::draft::holes::ChangedHole;
use crate::console::draft::preview::{PlannedProblem, Preview};
use crate::console::words::{hotline, number};

/// Of more groups of calls the first are shown.
const MAX_GROUPS: usize = 8;

/// A preview to show.
pub(super) struct PreviewView<'p> {
    pub(super) visit: &'p Visit,
    pub(super) preview: &'p Preview,
}

impl PreviewView<'_> {
    /// "157 trong 640 cuộc gọi gần nhất sẽ đổ chuông cho người khác", and what else is to be known.
    pub(super) fn show(&self) -> Markup {
        let (w, preview) = (self.visit.w, self.preview);
        let calls = &preview.calls;
        html! {
                header {
                    h2 #preview { (w.drafts.if_applied) }
                    @if calls.tried == 0 { p { (w.drafts.no_calls) } } @else {
                        p.row { span.big { (number(w, calls.somebody_else)) } span { ((w.drafts.of_calls)(&number(w, calls.tried))) br; (w.drafts.sentence_end) } }
                        (bar(preview))
                    }
                    (self.facts(preview))
                    input type="hidden" name="planned_hash" value=(preview.planned_hash);
                    input type="hidden" name="somebody_else" value=(calls.somebody_else);
                    input type="hidden" name="nobody" value=(calls.nobody);
                }
                (self.groups(preview))
                (self.holes(w.drafts.holes_opened, &preview.holes.opened))
                (self.holes(w.drafts.holes_closed, &preview.holes.closed))
                p.pad.small.muted {
                    ((w.drafts.tried)(&number(w, calls.tried), &number(w, calls.moments), &preview.ms.to_string()))
                    @if calls.heeds_activity { " " (w.drafts.activity) }
                }
        }
    }

    fn facts(&self, preview: &Preview) -> Markup {
        let w = self.visit.w;
        let tests = &preview.tests;
        let fact = |is_well: bool, said: String| {
            let (class, mark) = if is_well {
                ("ok", "✓")
            } else {
                ("no", "✕")
            };
            html! { li { span.{ (class) } aria-hidden="true" { (mark) } span { (said) } } }
        };
        // A test that fails is a problem too, and is said below.
        let is_of_rows = |problem: &&PlannedProblem| problem.table != "rule_tests";
        let problems: Vec<&PlannedProblem> = preview.problems.iter().filter(is_of_rows).collect();
        let passed = tests.total.saturating_sub(tests.failed.len());
        html! {
            ul.facts {
                (fact(preview.calls.nobody == 0, (w.drafts.left_alone)(&number(w, preview.calls.nobody))))
                @if tests.total > 0 { (fact(tests.failed.is_empty(), (w.drafts.tests_pass)(passed, tests.total))) }
                @if problems.is_empty() { (fact(true, w.drafts.no_problems.to_owned())) }
                @for problem in problems.iter().take(MAX_GROUPS) { (fact(problem.severity != "error", problem.sentence.clone())) }
                @for reason in &preview.held { (fact(false, format!("{} {}", w.drafts.would_hold, reason.sentence))) }
            }
            @for test in tests.failed.iter().take(MAX_GROUPS) {
                p.small.err {
                    (test.name) ": " (w.drafts.expected) " " (answer(test.expected.rule.as_deref(), test.expected.agents.as_deref()))
                    ", " (w.drafts.got) " " (answer(test.got.rule.as_deref(), test.got.agents.as_deref()))
                }
            }
            @if !preview.conflicts.is_empty() {
                p.err { (w.drafts.conflicts) }
                table.plain {
                    thead { tr { th { (w.drafts.cell) } th { (w.drafts.before) } th { (w.drafts.theirs) } th { (w.drafts.mine) } } }
                    tbody { @for conflict in &preview.conflicts {
                        tr {
                            td { (conflict.table) " " (conflict.key) " " (conflict.column.as_deref().unwrap_or_default()) }
                            td { (shown(&conflict.base)) } td { (shown(&conflict.theirs)) } td { (shown(&conflict.mine)) }
                        }
                    } }
                }
            }
        }
    }

    fn groups(&self, preview: &Preview) -> Markup {
        let w = self.visit.w;
        let served = self.visit.desk.live.served();
        let names = ShortNames::of(&served.snapshot);
        let name = |id: &String| {
            let agent = served.snapshot.agent(id).map(|agent| names.agent(agent));
            agent.unwrap_or_else(|| id.clone())
        };
        let people = |ids: &[String]| {
            let names: Vec<String> = ids.iter().map(name).collect();
            if names.is_empty() {
                w.drafts.nobody.to_owned()
            } else {
                names.join(" → ")
            }
        };
        let changed = |class: &'static str, agents: &[ChangedAgent]| {
            html! { @for one in agents.iter().take(12) { span.{ (class) } { (name(&one.agent)) small { (number(w, one.calls)) } } } }
        };
        let group = |group: &CallGroup| {
            let sample = &group.sample;
            html! {
                li {
                    div.row.spread {
                        b { ((w.drafts.calls)(&number(w, group.calls))) }
                        span.muted.small { (if group.waited == 0 { w.drafts.at_once.to_owned() } else { (w.drafts.after_waiting)(group.waited) }) }
                    }
                    div.delta { (changed("minus", &group.removed)) (changed("plus", &group.added)) }
                    dl.ba {
                        dt.num { (sample.at.get(11..16).unwrap_or_default()) } dd.muted.num { (sample.from.as_deref().map_or_else(|| w.calls.anonymous.to_owned(), hotline)) }
                        dt { (w.drafts.today) } dd { (people(&sample.before)) }
                        dt { (w.drafts.then) } dd { (people(&sample.after)) }
                    }
                }
            }
        };
        html! {
            @if !preview.calls.groups.is_empty() {
                h3.pad { (w.drafts.which_calls) }
                ol.groups { @for one in preview.calls.groups.iter().take(MAX_GROUPS) { (group(one)) } }
            }
        }
    }

    fn holes(&self, title: &str, holes: &[ChangedHole]) -> Markup {
        let w = self.visit.w;
        html! {
            @if !holes.is_empty() {
                h3.pad { (title) }
                ul.groups {
                    @for hole in holes.iter().take(MAX_GROUPS) {
                        li {
                            div.row.spread {
                                b { (dates_label(w, &hole.dates)) ", " span.num { (hole.from) "–" (hole.until) } }
                                span.tag.{ (shades::class(hole.shade)) } { (shades::meaning(w, hole.shade)) }
                            }
                            p.small.muted { ((w.drafts.lines)(hole.lines)) }
                        }
                    }
                }
            }
        }
    }
}

/// Calls that would be answered alike, otherwise, or by nobody, side by side.
fn bar(preview: &Preview) -> Markup {
    let calls = &preview.calls;
    let pieces = [
        ("b-nobody", calls.nobody),
        ("b-else", calls.somebody_else.saturating_sub(calls.nobody)),
        ("b-terms", calls.other_terms),
        ("b-same", calls.same),
    ];
    let mut from = 0;
    let mut placed = Vec::new();
    for (class, width) in pieces {
        placed.push((class, from, width));
        from += width;
    }
    html! {
        svg.bar viewBox={ "0 0 " (calls.tried.max(1)) " 10" } preserveAspectRatio="none" aria-hidden="true" {
            @for (class, from, width) in placed { rect.{ (class) } x=(from) width=(width) height="10" {} }
        }
    }
}

pub(super) fn answer(rule: Option<&str>, agents: Option<&str>) -> String {
    [rule, agents]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(": ")
}
