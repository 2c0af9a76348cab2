//! A rule as a form: when it matches, whom it rings, and beside it what the edit would do.

use maud::{Markup, html};
use routing::moment::Moment;
use routing::snapshot::{Rule, Snapshot};

use super::editor::{Beside, enter};
use super::names::ShortNames;
use super::rule_sheet::RuleSheet;
use super::rule_words::RuleView;
use super::rules::sidebar;
use super::sheet::{Choice, SheetForm, Typed};
use super::visit::Visit;

/// A rule that somebody edits.
pub(super) struct RuleEditor<'e> {
    pub(super) visit: &'e Visit,
    pub(super) sheet: &'e RuleSheet,
    pub(super) is_new: bool,
    /// With the edit, if it could be tried.
    pub(super) snapshot: &'e Snapshot,
    pub(super) beside: &'e Beside,
}

impl RuleEditor<'_> {
    pub(super) fn show(&self) -> Markup {
        let w = self.visit.w;
        let (action, back) = if self.is_new {
            ("/rules/new".to_owned(), "/rules".to_owned())
        } else {
            (
                format!("/rules/{}", self.sheet.id),
                format!("/rules/{}", self.sheet.id),
            )
        };
        html! {
            form.edit method="post" action=(action) data-live="#live" {
                (enter(w))
                a.back href="/rules" { (w.rules.all) }
                (sidebar(w, self.snapshot, self.sheet.id))
                section.card aria-labelledby="rule" {
                    (self.head())
                    (self.conditions())
                    (self.steps())
                    (self.foot())
                }
                (self.beside.aside(self.visit))
                (self.beside.tray(self.visit, &back))
            }
        }
    }

    fn form(&self) -> (SheetForm<'_>, SheetForm<'_>) {
        let problems = self.beside.problems();
        (
            SheetForm {
                sheet: &self.sheet.rule,
                problems,
            },
            SheetForm {
                sheet: &self.sheet.steps,
                problems,
            },
        )
    }

    /// The rule with the edit; `None`: there is none yet.
    fn rule(&self) -> Option<&Rule> {
        let mut rules = self.snapshot.rules.iter();
        rules
            .find(|(_, rule)| rule.id == self.sheet.id)
            .map(|(_, rule)| rule)
    }

    fn head(&self) -> Markup {
        let w = self.visit.w;
        let (form, _) = self.form();
        html! {
            (form.hidden())
            div.pad.row {
                h1.visually-hidden #rule { (w.drafts.edit) " " (form.value(0, "name")) }
                (form.input(0, "name", w.drafts.rule_name, Typed::Text, ""))
                div.small-field { (form.input(0, "position", w.drafts.position, Typed::Whole, "")) }
                (form.tick(0, "enabled", w.drafts.enabled))
            }
            @if let Some(rule) = self.rule() {
                p.sentence { (RuleView { w, snapshot: self.snapshot, rule }.sentence()) }
            }
        }
    }

    fn conditions(&self) -> Markup {
        let (w, e) = (self.visit.w, &self.visit.w.edits);
        let (form, _) = self.form();
        let any = |said: &str| (String::new(), said.to_owned());
        let mut queues = vec![any(e.any_queue)];
        queues.extend(
            self.snapshot
                .queue_names
                .iter()
                .map(|(id, name)| (id.to_string(), name.to_string())),
        );
        queues.sort();
        let owner = [
            any(e.any_caller),
            choice("1", w.rules.with_owner),
            choice("0", w.rules.without_owner),
        ];
        let mut hours = vec![any(w.people.always)];
        hours.extend(
            self.snapshot
                .schedules
                .iter()
                .map(|(_, schedule)| choice(&schedule.id, &schedule.name)),
        );
        let when = [choice("1", e.while_open), choice("0", e.while_closed)];
        let action = [
            choice("ring", w.rules.who),
            choice("nobody", w.rules.rings_nobody),
        ];
        html! {
            div.sec {
                h2 { (e.when) }
                div.grid4.wide {
                    (form.select(0, "queue_id", e.queue, &queues))
                    (form.input(0, "to_number", e.hotline, Typed::Text, e.any_hotline))
                    (form.input(0, "from_number", e.caller, Typed::Text, e.any_caller))
                    (form.input(0, "caller_tag", e.tag, Typed::Text, e.any_caller))
                    (form.select(0, "has_owner", e.owner, &owner))
                    (form.select(0, "schedule_id", e.hours, &hours))
                    @if form.value(0, "schedule_id").is_empty() { (form.keep(0, "when_open")) } @else { (form.select(0, "when_open", e.when, &when)) }
                    (form.input(0, "split_percent", e.share, Typed::Whole, "100"))
                    (form.input(0, "priority", e.priority, Typed::Whole, "0"))
                    (form.select(0, "action", e.action, &action))
                    (form.input(0, "note", e.note, Typed::Text, ""))
                }
            }
        }
    }

    fn steps(&self) -> Markup {
        let (w, e) = (self.visit.w, &self.visit.w.edits);
        let (_, form) = self.form();
        let moment = Moment::of(self.snapshot, clock::now());
        let names = ShortNames::of(self.snapshot);
        let lists = StepLists::new(self);
        html! {
            div.sec {
                h2 { (w.rules.who) }
                (form.hidden())

                ol.rail { @for place in 0..self.sheet.steps.rows.len() { (self.step(&form, &lists, place, &names, &moment)) } }
                div.row {
                    button.btn name="do" value="add" { (e.add_step) }
                    @if form.sheet.rows.is_empty() { span.muted { (w.rules.rings_nobody) } }
                }
            }
        }
    }

    fn step(
        &self,
        form: &SheetForm<'_>,
        lists: &StepLists,
        place: usize,
        names: &ShortNames<'_>,
        moment: &Moment,
    ) -> Markup {
        let (w, e) = (self.visit.w, &self.visit.w.edits);
        let target = form.value(place, "target");
        let said = (w.drafts.step)(i64::try_from(place).unwrap_or(0) + 1);
        let compiled = self.rule().and_then(|rule| {
            rule.steps
                .iter()
                .find(|step| step.number.to_string() == form.value(place, "step"))
        });
        let tools = [
            ("up", "↑", e.up),
            ("down", "↓", e.down),
            ("copy", "⧉", e.copy),
            ("drop", "✕", w.remove),
        ];
        html! {
            li.step {
                div.time { (form.input(place, "after_seconds", w.drafts.wait_seconds, Typed::Whole, "0")) }
                div.body {
                    div.target {
                        (form.select(place, "target", &said, &lists.targets))
                        @match target {
                            "agent" => (form.select(place, "agent_id", e.agent, &lists.agents)),
                            "owner" | "last_agent" => (form.select(place, "group_id", e.on_shift_in, &lists.any_group)),
                            _ => (form.select(place, "group_id", w.drafts.group, &lists.groups)),
                        }
                        span.tools {
                            @for (act, sign, label) in tools {
                                button.btn.icon.quiet name="do" value={ (act) "-" (place) } aria-label={ (label) ": " (said) } title=(label) { (sign) }
                            }
                        }
                    }
                    div.grid4 {
                        (form.input(place, "max_agents", w.drafts.most, Typed::Whole, w.drafts.everybody))
                        (form.input(place, "max_level", w.drafts.level_to, Typed::Whole, w.drafts.everybody))
                        (form.select(place, "routing_type", e.rung_on, &lists.devices))
                        (form.input(place, "answer_timeout", w.drafts.ring_seconds, Typed::Whole, w.drafts.usual))
                        (form.input(place, "until_seconds", e.until_seconds, Typed::Whole, e.to_the_end))
                        (form.select(place, "and_group_id", e.and_group, &lists.any_group))
                    }
                    @if let Some((rule, step)) = self.rule().zip(compiled) {
                        (RuleView { w, snapshot: self.snapshot, rule }.people(step, names, moment))
                    }
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        let e = &self.visit.w.edits;
        html! {
            @if !self.is_new {
                div.sec.row.spread {
                    a.btn href={ "/rules/new?copy=" (self.sheet.id) } { (e.copy_rule) }
                    button.btn.quiet name="do" value="delete" data-whole { (e.delete_rule) }
                }
            }
        }
    }
}

/// What can be chosen for a step.
struct StepLists {
    targets: [Choice; 4],
    groups: Vec<Choice>,
    any_group: Vec<Choice>,
    agents: Vec<Choice>,
    devices: [Choice; 3],
}

impl StepLists {
    fn new(editor: &RuleEditor<'_>) -> Self {
        let (w, snapshot) = (editor.visit.w, editor.snapshot);
        let groups: Vec<Choice> = snapshot
            .groups
            .iter()
            .map(|(_, group)| choice(&group.id, &group.name))
            .collect();
        let none = choice("", "–");
        Self {
            targets: [
                choice("group", w.drafts.group),
                choice("agent", w.edits.one_agent),
                choice("owner", w.board.owner),
                choice("last_agent", w.board.last_agent),
            ],
            any_group: [vec![none], groups.clone()].concat(),
            groups,
            agents: snapshot
                .agents
                .iter()
                .map(|(_, agent)| choice(&agent.id, &agent.name))
                .collect(),
            devices: [
                choice("", w.drafts.usual),
                choice("1", w.board.app),
                choice("2", w.board.mobile),
            ],
        }
    }
}

pub(super) fn choice(value: &str, said: &str) -> Choice {
    (value.to_owned(), said.to_owned())
}
