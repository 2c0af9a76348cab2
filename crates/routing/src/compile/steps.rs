//! `rule_steps`.

use std::collections::{BTreeMap, HashSet};

use super::row::Row;
use super::{ANSWER_TIMEOUT_SECONDS, Compiler, Context, Judged};
use crate::arena::Index;
use crate::diagnosis::RowFault;
use crate::schema::rule_steps;
use crate::snapshot::{Group, Rule, Step, Target};
use crate::table::{CellRef, Table};

/// The steps of all rules.
pub(super) struct Steps(BTreeMap<i64, Vec<Step>>);

impl Steps {
    /// Takes the steps of a rule out, in step order; `None` if there are no rows for it, not even wrong ones.
    pub(super) fn of(&mut self, rule: i64) -> Option<Vec<Step>> {
        self.0.remove(&rule)
    }
}

/// The words of `rule_steps.target`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TargetWord {
    Group,
    Agent,
    Owner,
    LastAgent,
}

impl Compiler<'_> {
    /// All steps, by their rule's id.
    pub(super) fn steps(&mut self, context: &Context) -> Steps {
        let mut steps: BTreeMap<i64, Vec<Step>> = BTreeMap::new();
        let mut seen = HashSet::new();
        let judged = self.each(Table::RuleSteps, |row| {
            if let CellRef::Integer(rule) = row.cell(rule_steps::RULE_ID) {
                steps.entry(rule).or_default();
            }
            let (rule, step) = step(row, context)?;
            if !seen.insert((rule, step.number)) {
                row.refuse(rule_steps::STEP, RowFault::StepTwice);
            }
            Some((rule, step))
        });
        for (rule, step) in judged.right {
            steps.entry(rule).or_default().push(step);
        }
        for steps in steps.values_mut() {
            steps.sort_by_key(|step| step.number);
        }
        Steps(steps)
    }

    /// Says which steps belong to no rule at all.
    pub(super) fn report_steps_without_rule(&mut self, rules: &Judged<Rule>) {
        let right: HashSet<i64> = rules.right.iter().map(|rule| rule.id).collect();
        self.each(Table::RuleSteps, |row| {
            if let CellRef::Integer(rule) = row.cell(rule_steps::RULE_ID)
                && !right.contains(&rule)
                && !rules.left_out.contains(&*rule.to_string())
            {
                row.refuse(rule_steps::RULE_ID, RowFault::StepWithoutRule);
            }
            Some(())
        });
    }
}

fn step(row: &mut Row<'_>, context: &Context) -> Option<(i64, Step)> {
    /// A day: no caller waits longer.
    const SECONDS: std::ops::RangeInclusive<i64> = 0..=86_400;
    let rule = row.number(rule_steps::RULE_ID, i64::MIN..=i64::MAX);
    let number = row.number(rule_steps::STEP, i64::MIN..=i64::MAX);
    let after_seconds = row.number(rule_steps::AFTER_SECONDS, SECONDS);
    let until_seconds = row.optional_number(rule_steps::UNTIL_SECONDS, SECONDS);
    let and_group = row.reference(rule_steps::AND_GROUP_ID, &context.groups);
    let max_level = row.optional_number(rule_steps::MAX_LEVEL, 1..=9);
    let max_agents = row.optional_number(rule_steps::MAX_AGENTS, 1..=100);
    let routing_type = row.routing_type(rule_steps::ROUTING_TYPE);
    let answer_timeout = row.optional_number(rule_steps::ANSWER_TIMEOUT, ANSWER_TIMEOUT_SECONDS);
    if let Some(until) = until_seconds
        && until <= after_seconds
    {
        row.refuse(rule_steps::UNTIL_SECONDS, RowFault::EndsBeforeItBegins);
    }
    let target = target(row, context)?;
    Some((
        rule,
        Step {
            number,
            after_seconds,
            until_seconds,
            target,
            and_group,
            max_level,
            max_agents,
            routing_type,
            answer_timeout,
        },
    ))
}

fn target(row: &mut Row<'_>, context: &Context) -> Option<Target> {
    let words = [
        ("group", TargetWord::Group),
        ("agent", TargetWord::Agent),
        ("owner", TargetWord::Owner),
        ("last_agent", TargetWord::LastAgent),
    ];
    let group: Option<Index<Group>> = row.reference(rule_steps::GROUP_ID, &context.groups);
    let agent = row.reference(rule_steps::AGENT_ID, &context.agents);
    let word = row.choice(rule_steps::TARGET, &words)?;
    if word != TargetWord::Agent && row.cell(rule_steps::AGENT_ID) != CellRef::Null {
        row.refuse(rule_steps::AGENT_ID, RowFault::AgentBesideTarget);
    }
    match word {
        TargetWord::Group if row.cell(rule_steps::GROUP_ID) == CellRef::Null => {
            row.refuse(rule_steps::GROUP_ID, RowFault::MissingGroup);
            None
        }
        TargetWord::Group => group.map(Target::Group),
        TargetWord::Agent if row.cell(rule_steps::AGENT_ID) == CellRef::Null => {
            row.refuse(rule_steps::AGENT_ID, RowFault::MissingAgent);
            None
        }
        TargetWord::Agent => {
            if row.cell(rule_steps::GROUP_ID) != CellRef::Null {
                row.refuse(rule_steps::GROUP_ID, RowFault::GroupBesideAgent);
            }
            agent.map(Target::Agent)
        }
        TargetWord::Owner => Some(Target::Owner(group)),
        TargetWord::LastAgent => Some(Target::LastAgent(group)),
    }
}
