//! Why a call is answered as it is: the evaluation, as it was observed, in the words of people.

use maud::{Markup, html};
use routing::arena::Index;
use routing::candidate::{Candidate, Dropped};
use routing::explain::{Explanation, Note, RuleTrial, StepState, Verdict};
use routing::matching::Mismatch;
use routing::snapshot::{Agent, Group, RoutingType, Rule, Snapshot, Step, Strategy, Target};

use super::names::ShortNames;
use crate::console::words::{Words, day_and_time, hotline};

/// Of more people in a step the first are named.
const MAX_SHOWN: usize = 30;

/// An explanation to show.
pub(super) struct WhyView<'e, 's> {
    pub(super) w: &'static Words,
    pub(super) names: &'e ShortNames<'s>,
    pub(super) explanation: &'e Explanation<'s>,
}

impl<'s> WhyView<'_, 's> {
    /// The rules that were tried, and what came of each.
    pub(super) fn show(&self) -> Markup {
        let (w, snapshot) = (&self.w.board, self.explanation.snapshot);
        let trials = &self.explanation.rules;
        let shown: Vec<(&RuleTrial, &'s Rule)> = trials
            .iter()
            .filter(|trial| !is_for_other_calls(trial.verdict))
            .filter_map(|trial| Some((trial, snapshot.rules.get(trial.rule)?)))
            .collect();
        let hidden = trials.len() - shown.len();
        let after = snapshot.rules.len() - trials.len();
        html! {
            ol.tried {
                @for (trial, rule) in shown { (self.rule(trial, rule)) }
                @if let Some((group, notes)) = &self.explanation.fallback { (self.fallback(*group, notes)) }
            }
            @if hidden + after > 0 {
                p.pad.small.muted {
                    @if hidden > 0 { ((w.other_rules)(hidden)) " " }
                    @if after > 0 { ((w.rules_after)(after)) }
                }
            }
        }
    }

    fn rule(&self, trial: &RuleTrial, rule: &'s Rule) -> Markup {
        let w = &self.w.board;
        let (class, mark, said) = match trial.verdict {
            Verdict::Mismatch(mismatch) => {
                let why = self.mismatch(rule, mismatch);
                ("", "✕", format!("{} {why}.", w.no_match))
            }
            Verdict::FoundNobody => ("warn", "!", w.found_nobody.to_owned()),
            Verdict::Answered => ("yes", "✓", w.answers.to_owned()),
            Verdict::Blocked => ("yes", "⊘", w.blocks.to_owned()),
        };
        html! {
            li.{ (class) } {
                span.mark aria-hidden="true" { (mark) }
                a.rule href={ "/rules/" (rule.id) } { (rule.name) }
                p { (said) }
                @if !trial.steps.is_empty() {
                    ol.steps {
                        @for (step, asked) in trial.steps.iter().zip(&rule.steps) {
                            li {
                                span.small { (self.step(asked, step.state)) }
                                (self.notes(asked, &step.notes))
                            }
                        }
                    }
                }
            }
        }
    }

    fn fallback(&self, group: Index<Group>, notes: &[Note]) -> Markup {
        let step = Step::whole_group(group);
        let has_somebody = notes.iter().any(|note| matches!(note, Note::Kept(_)));
        html! {
            li.{ (if has_somebody { "yes" } else { "warn" }) } {
                span.mark aria-hidden="true" { (if has_somebody { "✓" } else { "!" }) }
                b { (self.w.board.fallback_group) }
                p { (group_name(self.explanation.snapshot, group)) }
                ol.steps { li { (self.notes(&step, notes)) } }
            }
        }
    }

    /// "Ngay: Nhóm kinh doanh, theo trọng số, tối đa 4 người"
    fn step(&self, step: &Step, state: StepState) -> Markup {
        let (w, snapshot) = (&self.w.board, self.explanation.snapshot);
        let when = match step.after_seconds {
            0 => w.at_once.to_owned(),
            seconds => (w.after)(seconds),
        };
        let mut parts = vec![target_name(self.w, snapshot, step)];
        if let Target::Group(group) = step.target
            && let Some(group) = snapshot.groups.get(group)
        {
            parts.push(strategy_name(self.w, group.strategy).to_owned());
        }
        if let Some(most) = step.max_agents {
            parts.push((w.at_most)(most));
        }
        if matches!(state, StepState::Over { .. }) {
            parts.push(w.step_over.to_owned());
        }
        html! { b { (when) } ": " (parts.join(", ")) }
    }

    fn notes(&self, step: &Step, notes: &[Note]) -> Markup {
        let more = notes.len().saturating_sub(MAX_SHOWN);
        html! {
            @if !notes.is_empty() {
                ul {
                    @for note in notes.iter().take(MAX_SHOWN) { (self.note(step, note)) }
                    @if more > 0 { li.gone { ((self.w.board.more_people)(more)) } }
                }
            }
        }
    }

    fn note(&self, step: &Step, note: &Note) -> Markup {
        let w = &self.w.board;
        let left_out = |agent, why: &str| html! { li.gone { (self.name(agent)) ": " (why) } };
        match *note {
            Note::Kept(candidate) => self.kept(&candidate),
            Note::Dropped { agent, reason, .. } => {
                left_out(agent, &self.dropped(step, agent, reason))
            }
            Note::Covered { agent, reason, by } => {
                let covered = (w.covered)(self.name(by));
                let why = format!("{}; {covered}", self.dropped(step, agent, reason));
                left_out(agent, &why)
            }
            Note::StandsFirst { agent, .. } => left_out(agent, w.spread_behind),
            Note::Rests { agent, .. } => left_out(agent, w.rests),
            Note::NoOwner => html! { li.gone { (w.no_owner) } },
            Note::NoLastAgent => html! { li.gone { (w.no_last_agent) } },
        }
    }

    fn kept(&self, candidate: &Candidate) -> Markup {
        let w = &self.w.board;
        let device = match candidate.routing_type {
            RoutingType::App => w.app,
            RoutingType::Phone => w.mobile,
        };
        let seconds = (w.seconds)(candidate.answer_timeout.into());
        html! { li { (self.name(candidate.agent)) ", " (device) ", " (seconds) } }
    }

    fn name(&self, agent: Index<Agent>) -> &'s str {
        let agent = self.explanation.snapshot.agents.get(agent);
        agent.map_or("", |agent| &agent.name)
    }

    fn mismatch(&self, rule: &Rule, mismatch: Mismatch) -> String {
        let (w, snapshot) = (&self.w.board, self.explanation.snapshot);
        match mismatch {
            Mismatch::Disabled => w.switched_off.to_owned(),
            Mismatch::Queue => w.other_queue.to_owned(),
            Mismatch::To => w.other_hotline.to_owned(),
            Mismatch::From => {
                let patterns = rule.conditions.from.iter().flatten();
                let numbers = patterns.map(|pattern| hotline(&pattern.to_string()));
                (w.only_from)(&listed(numbers))
            }
            Mismatch::Tag => {
                let tags = rule.conditions.tags.iter().flatten();
                let tags = tags.filter_map(|tag| snapshot.tags.get(*tag));
                (w.only_tags)(&listed(tags.map(|tag| tag.0.to_string())))
            }
            Mismatch::Owner { wanted: true } => w.wants_owner.to_owned(),
            Mismatch::Owner { wanted: false } => w.wants_no_owner.to_owned(),
            Mismatch::Hours(hours) => {
                let schedule = snapshot.schedules.get(hours.schedule);
                let name = schedule.map_or("", |schedule| &schedule.name);
                if hours.when_open {
                    (w.closed)(name)
                } else {
                    (w.open)(name)
                }
            }
            Mismatch::Split { percent, .. } => (w.only_share)(percent),
        }
    }

    fn dropped(&self, step: &Step, agent: Index<Agent>, reason: Dropped) -> String {
        let w = &self.w.board;
        match reason {
            Dropped::Disabled => w.off.to_owned(),
            Dropped::Away => self.away(agent),
            Dropped::Replaced => self.replaced(step, agent),
            Dropped::OffShift => self.off_shift(step, agent),
            Dropped::AboveMaxLevel => w.above_level.to_owned(),
            Dropped::NotInGroup => w.not_in_group.to_owned(),
            Dropped::NotInSecondGroup => w.not_in_second.to_owned(),
            Dropped::NoPhoneNumber => w.no_phone.to_owned(),
            Dropped::AlreadyListed => w.listed.to_owned(),
            Dropped::OverStepMaximum => w.over_step.to_owned(),
            Dropped::OverListMaximum => w.over_list.to_owned(),
        }
    }

    fn away(&self, agent: Index<Agent>) -> String {
        let (w, explanation) = (&self.w.board, self.explanation);
        let zone = explanation.snapshot.settings.time_zone.clone();
        match explanation.moment.away_until(agent) {
            Some(until) => {
                let until = until.to_zoned(zone).datetime();
                (w.leave_until)(&day_and_time(self.w, until))
            }
            None => format!("{} {}", w.on_leave, w.until_notice),
        }
    }

    fn replaced(&self, step: &Step, agent: Index<Agent>) -> String {
        let by: Vec<String> = group_of(step)
            .into_iter()
            .flat_map(|group| self.explanation.moment.stand_ins(group, agent))
            .map(|by| self.names.agent(by))
            .collect();
        if by.is_empty() {
            self.w.board.nobody_stands_in.to_owned()
        } else {
            (self.w.board.stood_in)(&by.join(", "))
        }
    }

    fn off_shift(&self, step: &Step, agent: Index<Agent>) -> String {
        let snapshot = self.explanation.snapshot;
        let shift = group_of(step)
            .and_then(|group| snapshot.groups.get(group))
            .and_then(|group| group.member(agent))
            .and_then(|member| snapshot.schedules.get(member.schedule?));
        match shift {
            Some(shift) => (self.w.board.off_shift_of)(&shift.name),
            None => self.w.board.off_shift.to_owned(),
        }
    }
}

/// Rules that nobody wonders about: those for other lines.
const fn is_for_other_calls(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Mismatch(Mismatch::Queue | Mismatch::To))
}

const fn group_of(step: &Step) -> Option<Index<Group>> {
    match step.target {
        Target::Group(group) | Target::Owner(Some(group)) | Target::LastAgent(Some(group)) => {
            Some(group)
        }
        Target::Agent(_) | Target::Owner(None) | Target::LastAgent(None) => None,
    }
}

fn group_name(snapshot: &Snapshot, group: Index<Group>) -> &str {
    snapshot.groups.get(group).map_or("", |group| &group.name)
}

/// Whom a step rings.
pub(super) fn target_name(w: &Words, snapshot: &Snapshot, step: &Step) -> String {
    let also = |what: &str, group: Option<Index<Group>>| match group {
        Some(group) => format!("{what} ({})", group_name(snapshot, group)),
        None => what.to_owned(),
    };
    match step.target {
        Target::Group(group) => also(group_name(snapshot, group), step.and_group),
        Target::Agent(agent) => snapshot
            .agents
            .get(agent)
            .map_or("", |agent| &agent.name)
            .to_owned(),
        Target::Owner(group) => also(w.board.owner, group),
        Target::LastAgent(group) => also(w.board.last_agent, group),
    }
}

/// How a group's members are put in order.
pub(super) const fn strategy_name(w: &Words, strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Ordered => w.board.ordered,
        Strategy::Weighted => w.board.weighted,
        Strategy::Rotate => w.board.rotate,
        Strategy::Sticky => w.board.sticky,
        Strategy::LongestIdle => w.board.longest_idle,
        Strategy::FewestCalls => w.board.fewest_calls,
    }
}

/// Several values; of many the first few.
fn listed(values: impl Iterator<Item = String>) -> String {
    const SHOWN: usize = 4;
    let values: Vec<String> = values.collect();
    let shown: Vec<&str> = values.iter().take(SHOWN).map(String::as_str).collect();
    let more = if values.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
