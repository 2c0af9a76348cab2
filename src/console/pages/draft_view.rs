//! What a draft would do: calls, holes, tests and problems, as people read it.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::drafts::why_not;
use super::names::ShortNames;
use super::roster_holes::dates_label;
use super::shades;
use super::visit::Visit;
use crate::config::Role;
use crate::console::draft::calls::{CallGroup, ChangedAgent};
use crate::console::draft::edit::EditOp;
use crate::console::draft::holes::ChangedHole;
use crate::console::draft::kept::KeptDraft;
use crate::console::draft::preview::{PlannedProblem, PlannedRow, Preview};
use crate::console::words::{hotline, number};

/// Of more groups of calls the first are shown.
const MAX_GROUPS: usize = 8;

/// Of more rows the first are shown.
const MAX_ROWS: usize = 60;

/// A draft to show.
pub(super) struct DraftPage<'d> {
    pub(super) visit: &'d Visit,
    pub(super) draft: &'d KeptDraft,
    /// `None`: it cannot be tried.
    pub(super) preview: Option<&'d Preview>,
    /// What was tried in vain.
    pub(super) fault: Option<&'d str>,
}

pub(super) fn draft_body(page: &DraftPage<'_>) -> Markup {
    let w = page.visit.w;
    let action = format!("/drafts/{}", page.draft.row.id);
    html! {
        div.lead { h1 { (w.drafts.title) } p.muted { ((w.drafts.edits)(page.draft.edits.len())) " · " ((w.drafts.of_user)(&page.draft.row.user_name)) } }
        @if let Some(fault) = page.fault { p.notice.no role="alert" { (fault) } }
        form.draft method="post" action=(action) {
            @if let Some(preview) = page.preview { (page.if_applied(preview)) }
            (page.edits())
            (page.tray())
        }
    }
}

impl DraftPage<'_> {
    /// "157 trong 640 cuộc gọi gần nhất sẽ đổ chuông cho người khác", and what else is to be known.
    fn if_applied(&self, preview: &Preview) -> Markup {
        let w = self.visit.w;
        let calls = &preview.calls;
        html! {
            section.card.preview.wide aria-labelledby="preview" {
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
                @for reason in &preview.held { (fact(false, format!("{} {reason}", w.drafts.would_hold))) }
            }
            @for test in tests.failed.iter().take(MAX_GROUPS) {
                p.small.err {
                    (test.name) ": " (w.drafts.expected) " " (answer(test.expected.rule.as_deref(), test.expected.agents.as_deref()))
                    ", " (w.drafts.got) " " (answer(test.got.rule.as_deref(), test.got.agents.as_deref()))
                }
            }
            @for conflict in &preview.conflicts {
                p.small.err {
                    (conflict.table) " " (conflict.key) " " (conflict.column.as_deref().unwrap_or_default()) ": "
                    (w.drafts.before) " " (shown(&conflict.base)) ", " (w.drafts.theirs) " " (shown(&conflict.theirs)) ", "
                    (w.drafts.mine) " " (shown(&conflict.mine))
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

    /// The edits, each with a button that takes it out.
    fn edits(&self) -> Markup {
        let w = self.visit.w;
        let planned = self.preview.map_or(&[][..], |preview| &preview.rows);
        html! {
            section.card.pad.stack aria-labelledby="rows" {
                h2 #rows { (w.drafts.rows) }
                ul.plain {
                    @for (place, edit) in self.draft.edits.iter().take(MAX_ROWS).enumerate() {
                        @let row = planned.iter().find(|row| row.table == edit.table.name() && row.key == edit.key);
                        li.row.spread {
                            span {
                                @let (class, done) = match &edit.op {
                                    EditOp::Add(_) => ("plus", w.changes.added),
                                    EditOp::Set(_) => ("", w.changes.changed),
                                    EditOp::Delete => ("minus", w.changes.removed),
                                };
                                b.{ (class) } { (done) } " " b { (edit.table.name()) " " (edit.key) }
                                @match (&edit.op, row) {
                                    (EditOp::Set(_), Some(row)) => (columns(row)),
                                    (EditOp::Set(image) | EditOp::Add(image), _) => (values(image)),
                                    (EditOp::Delete, _) => {},
                                }
                            }
                            button.btn.quiet name="act" value={ "drop-" (place + 1) } { (w.drafts.drop) }
                        }
                    }
                }
            }
        }
    }

    /// The reason, and what may be done with the draft.
    fn tray(&self) -> Markup {
        let w = self.visit.w;
        let may_commit = self.preview.is_some_and(|preview| preview.may_commit);
        let why_not = self
            .preview
            .and_then(|preview| preview.why_not)
            .map(|code| why_not(w, code));
        html! {
            div.tray role="region" aria-label=(w.drafts.title) {
                span.sum { b { (w.drafts.title) } small { ((w.drafts.edits)(self.draft.edits.len())) }
                    @if let Some(why) = why_not { small.err { (why) } } }
                label.visually-hidden for="reason" { (w.drafts.reason) }
                input.in #reason name="reason" value=[self.draft.row.reason.as_deref()] placeholder=(w.drafts.reason_hint) autocomplete="off";
                button.btn.quiet name="act" value="discard" { (w.drafts.discard) }
                @if may_commit { button.btn.main name="act" value="apply" data-apply { (w.drafts.apply) } }
                @else if self.visit.user.role < Role::Admin { button.btn name="act" value="offer" { (w.drafts.offer) } }
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

fn answer(rule: Option<&str>, agents: Option<&str>) -> String {
    [rule, agents]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(": ")
}

/// The columns of a row that get another value.
fn columns(row: &PlannedRow) -> Markup {
    let (before, after) = (row.before.as_ref(), row.after.as_ref());
    html! {
        @for (column, new) in after.into_iter().flatten() {
            @let old = before.and_then(|before| before.get(column)).unwrap_or(&Value::Null);
            " · " (column) ": " (shown(old)) " → " (shown(new))
        }
    }
}

fn values(image: &Map<String, Value>) -> Markup {
    html! { @for (column, value) in image { @if !value.is_null() { " · " (column) ": " (shown(value)) } } }
}

pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
