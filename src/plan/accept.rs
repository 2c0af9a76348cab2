//! Tests of the rules that are told the new answers.

use crate::exchange::{Row, RowEdit, RuleSet};
use routing::assess::assess;
use routing::problem::Severity;
use routing::rule_test::Failure;
use routing::schema::rule_tests;
use routing::table::{Cell, Table};

/// The rules with the answers that they give now in every test that fails.
pub fn with_accepted_tests(rules: &RuleSet) -> RuleSet {
    let assessment = assess(&rules.tables(), Severity::Error);
    let mut edits: Vec<RowEdit> = Vec::new();
    for failure in assessment.failed_tests() {
        edits.extend(accepted(&failure, rules));
    }
    rules.with(&edits)
}

/// The row of a failed test with what the rules say. What it does not expect it goes on not to expect.
fn accepted(failure: &Failure<'_>, rules: &RuleSet) -> Option<RowEdit> {
    let id = Cell::Integer(failure.test.id);
    let before = rules.find(Table::RuleTests, &[id])?;
    let answers = [
        (
            rule_tests::EXPECT_RULE,
            failure.rule.unwrap_or("").to_owned(),
        ),
        (rule_tests::EXPECT_AGENTS, failure.accepted_agents()),
    ];
    let mut cells = before.to_vec();
    for (column, answer) in answers {
        let slot = cells.get_mut(column.place)?;
        if *slot != Cell::Null {
            *slot = Cell::Text(answer.into());
        }
    }
    Some(RowEdit {
        table: Table::RuleTests,
        before: Some(Row::clone(before)),
        after: Some(cells.into()),
    })
}
