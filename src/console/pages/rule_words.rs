//! A rule as a sentence, its conditions, and who is in its steps.

use maud::{Markup, html};
use routing::moment::Moment;
use routing::snapshot::{Action, Group, RoutingType, Rule, Snapshot, Step, Target};

use super::names::ShortNames;
use super::why::target_name;
use crate::console::words::{Words, hotline};

/// Of more people in a step the first are named.
const MAX_SHOWN: usize = 20;

/// A rule as people read it.
pub(super) struct RuleView<'r> {
    pub(super) w: &'static Words,
    pub(super) snapshot: &'r Snapshot,
    pub(super) rule: &'r Rule,
}

impl RuleView<'_> {
    /// "Khi gọi đến 024 7100 1001, trong khung giờ Giờ làm việc: đổ chuông Nhóm kinh doanh; từ giây 15 thêm Bàn VIP."
    pub(super) fn sentence(&self) -> String {
        let w = &self.w.rules;
        let conditions = self.conditions();
        let when = match conditions.split_first() {
            None => w.any_call.to_owned(),
            Some((first, rest)) => [std::slice::from_ref(first), rest].concat().join(", "),
        };
        let what = if self.rule.action == Action::Nobody {
            w.rings_nobody.to_owned()
        } else {
            let steps: Vec<String> = self.rule.steps.iter().map(|step| self.step(step)).collect();
            steps.join("; ")
        };
        let text = format!("{when}: {what}.");
        let mut letters = text.chars();
        let first = letters.next().map(char::to_uppercase);
        first.into_iter().flatten().chain(letters).collect()
    }

    fn step(&self, step: &Step) -> String {
        let w = &self.w.rules;
        let mut who = target_name(self.w, self.snapshot, step);
        if let Some(most) = step.max_agents {
            who.extend([", ", &(self.w.board.at_most)(most)]);
        }
        match step.routing_type {
            Some(RoutingType::Phone) => who.extend([" (", w.on_mobile, ")"]),
            Some(RoutingType::App) => who.extend([" (", w.on_app, ")"]),
            None => {}
        }
        let mut said = match step.after_seconds {
            0 => (w.rings)(&who),
            seconds => (w.then_rings)(seconds, &who),
        };
        if let Some(until) = step.until_seconds {
            said.extend([" ", &(w.until)(until)]);
        }
        said
    }

    /// What a call must be like, each in words.
    fn conditions(&self) -> Vec<String> {
        let (w, conditions) = (&self.w.rules, &self.rule.conditions);
        let mut parts = Vec::new();
        if let Some(to) = &conditions.to {
            let names = to.iter().map(|pattern| {
                let number = pattern.to_string();
                let name = self.snapshot.hotline_name(&number);
                name.map_or_else(|| hotline(&number), str::to_owned)
            });
            parts.push((w.when_calling)(&names.collect::<Vec<_>>().join(", ")));
        }
        if let Some(from) = self.callers() {
            parts.push((w.when_from)(&from));
        }
        if let Some(tags) = self.tags() {
            parts.push((w.when_tagged)(&tags));
        }
        match conditions.has_owner {
            Some(true) => parts.push(w.with_owner.to_owned()),
            Some(false) => parts.push(w.without_owner.to_owned()),
            None => {}
        }
        if let Some(hours) = conditions.hours {
            let schedule = self.snapshot.schedules.get(hours.schedule);
            let name = schedule.map_or("", |schedule| &schedule.name);
            let during = if hours.when_open {
                w.during
            } else {
                w.not_during
            };
            parts.push(during(name));
        }
        if let Some(split) = &conditions.split {
            parts.push((w.share_of)(split.percent));
        }
        if let Some(queues) = self.queues() {
            parts.push((w.in_queue)(&queues));
        }
        parts
    }

    fn callers(&self) -> Option<String> {
        let from = self.rule.conditions.from.as_ref()?;
        let numbers = from
            .iter()
            .map(|pattern| match hotline(&pattern.to_string()).as_str() {
                "anonymous" => self.w.rules.anonymous.to_owned(),
                number => number.to_owned(),
            });
        Some(numbers.collect::<Vec<_>>().join(", "))
    }

    fn tags(&self) -> Option<String> {
        let tags = self.rule.conditions.tags.as_ref()?.iter();
        let names = tags
            .filter_map(|tag| self.snapshot.tags.get(*tag))
            .map(|tag| &*tag.0);
        Some(names.collect::<Vec<_>>().join(", "))
    }

    fn queues(&self) -> Option<String> {
        let queues = self.rule.conditions.queues.as_ref()?.iter();
        let names = queues.map(|id| self.snapshot.queue_names.get(id).map_or(&**id, |name| name));
        Some(names.collect::<Vec<_>>().join(", "))
    }

    /// The conditions in a few words, for a list.
    pub(super) fn short(&self) -> String {
        let (w, conditions) = (&self.w.rules, &self.rule.conditions);
        let mut parts = Vec::new();
        if let Some(to) = &conditions.to {
            parts.extend(
                to.iter()
                    .take(2)
                    .map(|pattern| hotline(&pattern.to_string())),
            );
        }
        parts.extend(self.callers());
        parts.extend(self.tags());
        match conditions.has_owner {
            Some(true) => parts.push(w.with_owner.to_owned()),
            Some(false) => parts.push(w.without_owner.to_owned()),
            None => {}
        }
        if let Some(hours) = conditions.hours {
            let schedule = self.snapshot.schedules.get(hours.schedule);
            parts.extend(schedule.map(|schedule| schedule.name.to_string()));
        }
        if let Some(split) = &conditions.split {
            parts.push((w.share_of)(split.percent));
        }
        if parts.is_empty() {
            w.any_call.to_owned()
        } else {
            parts.join(" · ")
        }
    }

    fn group(&self, step: &Step) -> Option<&Group> {
        match step.target {
            Target::Group(group) => self.snapshot.groups.get(group),
            _ => None,
        }
    }

    /// Who of a group is there at the moment.
    pub(super) fn people(&self, step: &Step, names: &ShortNames<'_>, moment: &Moment) -> Markup {
        let Some(group) = self.group(step) else {
            return html! {};
        };
        let is_there = |member: &&routing::snapshot::Member| {
            let agent = self.snapshot.agents.get(member.agent);
            let is_open = member.schedule.is_none_or(|shift| moment.is_open(shift));
            agent.is_some_and(|agent| agent.enabled) && is_open && !moment.is_away(member.agent)
        };
        let there: Vec<String> = group
            .members
            .iter()
            .filter(is_there)
            .map(|member| names.agent(member.agent))
            .collect();
        let more = there.len().saturating_sub(MAX_SHOWN);
        html! {
            p.small.muted {
                (self.w.rules.now_in_it) " "
                @if there.is_empty() { (self.w.rules.nobody_now) }
                @for (place, name) in there.iter().take(MAX_SHOWN).enumerate() {
                    @if place > 0 { ", " } (name)
                }
                @if more > 0 { " " ((self.w.board.more_people)(more)) }
                " · " a href={ "/groups/" (group.id) } { (self.w.people.members) }
            }
        }
    }
}
