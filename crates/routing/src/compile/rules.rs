//! `rules`.

use std::collections::HashSet;
use std::sync::Arc;

use super::callers::TagBook;
use super::parts::{PartKey, PartSources};
use super::row::Row;
use super::steps::Steps;
use super::{Compiler, Context};
use crate::arena::Arena;
use crate::diagnosis::RowFault;
use crate::index::RuleIndex;
use crate::number::{CallerPattern, CountryCode, NumberPattern};
use crate::schema::{Column, rules};
use crate::snapshot::{Action, Conditions, Rule, RuleHours, Split, Tag};
use crate::table::Table;

/// The rules of a version.
pub(super) struct KnownRules {
    /// In the order in which they are tried.
    pub(super) rules: Arena<Rule>,
    pub(super) index: Arc<RuleIndex>,
    /// Also those that only callers have.
    pub(super) tags: Arena<Tag>,
}

impl Compiler<'_> {
    /// All rules with their steps, which name much else, and what tags there are with theirs.
    pub(super) fn rules(
        &mut self,
        context: &Context,
        mut tags: TagBook,
        sources: &mut PartSources,
    ) -> KnownRules {
        let before = self.before;
        let mut key = PartKey::new();
        key.add_rows(self.tables.mark(Table::Rules));
        key.add_rows(self.tables.mark(Table::RuleSteps));
        key.add(context.groups.digest());
        key.add(context.agents.digest());
        key.add(context.schedules.digest());
        key.add_text(context.country_code.as_str());
        for tag in tags.tags() {
            key.add_text(&tag.0);
        }
        let take_over = |_: &mut Self| KnownRules {
            rules: before.rules.clone(),
            index: Arc::clone(&before.index),
            tags: before.tags.clone(),
        };
        let make = |compiler: &mut Self| {
            let rules = compiler.all_rules(context, &mut tags);
            KnownRules {
                index: Arc::new(RuleIndex::of(&rules)),
                rules,
                tags: tags.into_arena(),
            }
        };
        let (rules, source) = self.part(&key, before.sources.rules.as_ref(), take_over, make);
        sources.rules = source;
        rules
    }

    fn all_rules(&mut self, context: &Context, tags: &mut TagBook) -> Arena<Rule> {
        let mut steps = self.steps(context);
        let mut seen = HashSet::new();
        let judged = self.each(Table::Rules, |row| {
            let rule = rule(row, context, tags, &mut steps)?;
            if !seen.insert(rule.id) {
                row.refuse(rules::ID, RowFault::RuleIdTwice);
            }
            Some(rule)
        });
        self.report_steps_without_rule(&judged);
        let mut rules = judged.right;
        rules.sort_by_key(|rule| (rule.position, rule.id));
        Arena::new(rules)
    }
}

fn rule(
    row: &mut Row<'_>,
    context: &Context,
    tags: &mut TagBook,
    steps: &mut Steps,
) -> Option<Rule> {
    let id = row.number(rules::ID, i64::MIN..=i64::MAX);
    let position = row.number(rules::POSITION, i64::MIN..=i64::MAX);
    let name = row.text(rules::NAME).into();
    let enabled = row.flag(rules::ENABLED);
    let conditions = conditions(row, id, context, tags);
    let action = row.choice(
        rules::ACTION,
        &[("ring", Action::Ring), ("nobody", Action::Nobody)],
    )?;
    let priority = row.number(rules::PRIORITY, 0..=9);
    let steps = steps.of(id);
    if row.is_right() && enabled && action == Action::Ring && steps.is_none() {
        row.warn(rules::ACTION, RowFault::RuleWithoutSteps);
    }
    Some(Rule {
        id,
        position,
        name,
        enabled,
        conditions,
        action,
        steps: steps.unwrap_or_default(),
        priority,
    })
}

fn conditions(row: &mut Row<'_>, id: i64, context: &Context, tags: &mut TagBook) -> Conditions {
    let list = row.list(rules::QUEUE_ID);
    let queues = list.map(|queues| queues.into_iter().map(Into::into).collect());
    let list = row.list(rules::CALLER_TAG);
    let caller_tags = list.map(|names| names.into_iter().map(|name| tags.index(name)).collect());
    let has_owner = row.optional_number::<u8>(rules::HAS_OWNER, 0..=1);
    let percent = row.optional_number(rules::SPLIT_PERCENT, 1..=99);
    let schedule = row.reference(rules::SCHEDULE_ID, &context.schedules);
    let when_open = row.flag(rules::WHEN_OPEN);
    Conditions {
        queues,
        to: numbers(row, rules::TO_NUMBER, context, NumberPattern::parse),
        from: numbers(row, rules::FROM_NUMBER, context, CallerPattern::parse),
        tags: caller_tags,
        has_owner: has_owner.map(|wanted| wanted == 1),
        hours: schedule.map(|schedule| RuleHours {
            schedule,
            when_open,
        }),
        split: percent.map(|percent| Split {
            percent,
            salt: id.to_string().into(),
        }),
    }
}

fn numbers<P>(
    row: &mut Row<'_>,
    column: Column,
    context: &Context,
    parse: fn(&str, &CountryCode) -> Option<P>,
) -> Option<Box<[P]>> {
    let mut patterns = Vec::new();
    for text in row.list(column)? {
        let Some(pattern) = parse(text, &context.country_code) else {
            row.refuse(column, RowFault::NotNumbers);
            return None;
        };
        patterns.push(pattern);
    }
    Some(patterns.into())
}
