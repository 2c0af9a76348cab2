//! `rule_tests`.

use jiff::tz::TimeZone;

use super::Compiler;
use super::row::Row;
use crate::diagnosis::RowFault;
use crate::rule_test::{ExpectedAgents, RuleTest};
use crate::schema::{Column, rule_tests};
use crate::table::{CellRef, Table};

impl Compiler<'_> {
    /// All tests; their times are in the installation's zone.
    pub(super) fn rule_tests(&mut self, zone: &TimeZone) -> Vec<RuleTest> {
        self.each(Table::RuleTests, |row| rule_test(row, zone))
            .right
    }
}

/// One number: a call has no beginning of some.
fn number(row: &mut Row<'_>, column: Column) -> Option<Box<str>> {
    let text = row.raw_text(column)?;
    let one = (!text.contains('*')).then_some(text);
    row.refuse_unless(one, column, RowFault::NotANumber)
        .map(Into::into)
}

fn rule_test(row: &mut Row<'_>, zone: &TimeZone) -> Option<RuleTest> {
    if row.cell(rule_tests::AT) == CellRef::Null {
        row.refuse(rule_tests::AT, RowFault::MissingTimeOfTest);
    }
    let at = row.optional_instant(rule_tests::AT, zone);
    Some(RuleTest {
        id: row.number(rule_tests::ID, i64::MIN..=i64::MAX),
        name: row.text(rule_tests::NAME).into(),
        queue_id: row.text(rule_tests::QUEUE_ID).into(),
        from_number: number(row, rule_tests::FROM_NUMBER),
        to_number: number(row, rule_tests::TO_NUMBER),
        waited: row.number(rule_tests::WAITED, 0..=86_400),
        expect_rule: row.raw_text(rule_tests::EXPECT_RULE).map(Into::into),
        expect_agents: row
            .raw_text(rule_tests::EXPECT_AGENTS)
            .map(ExpectedAgents::parse),
        at: at?,
    })
}
