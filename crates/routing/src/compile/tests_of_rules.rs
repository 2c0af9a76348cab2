//! `rule_tests`.

use jiff::tz::TimeZone;

use super::Compiler;
use super::row::Row;
use crate::diagnosis::RowFault;
use crate::rule_test::{ExpectedAgents, RuleTest};
use crate::schema::rule_tests;
use crate::table::{CellRef, Table};

impl Compiler<'_> {
    /// All tests; their times are in the installation's zone.
    pub(super) fn rule_tests(&mut self, zone: &TimeZone) -> Vec<RuleTest> {
        self.each(Table::RuleTests, |row| rule_test(row, zone))
            .right
    }
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
        from_number: row.raw_text(rule_tests::FROM_NUMBER).map(Into::into),
        to_number: row.raw_text(rule_tests::TO_NUMBER).map(Into::into),
        waited: row.number(rule_tests::WAITED, 0..=86_400),
        expect_rule: row.raw_text(rule_tests::EXPECT_RULE).map(Into::into),
        expect_agents: row
            .raw_text(rule_tests::EXPECT_AGENTS)
            .map(ExpectedAgents::parse),
        at: at?,
    })
}
