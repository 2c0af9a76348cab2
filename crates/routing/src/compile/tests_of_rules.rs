//! `rule_tests`.

use jiff::tz::TimeZone;

use super::Compiler;
use super::row::Row;
use crate::rule_test::{ExpectedAgents, RuleTest};
use crate::table::{CellRef, Table};

impl Compiler<'_> {
    /// All tests; their times are in the installation's zone.
    pub(super) fn rule_tests(&mut self, zone: &TimeZone) -> Vec<RuleTest> {
        self.each(Table::RuleTests, |row| rule_test(row, zone))
            .right
    }
}

fn rule_test(row: &mut Row<'_>, zone: &TimeZone) -> Option<RuleTest> {
    if row.cell("at") == CellRef::Null {
        row.refuse(
            "at",
            "is missing",
            "write the local time that is tested, e.g. '2026-11-23 10:00'",
        );
    }
    let at = row.optional_instant("at", zone);
    Some(RuleTest {
        id: row.number("id", i64::MIN..=i64::MAX),
        name: row.text("name").into(),
        queue_id: row.text("queue_id").into(),
        from_number: row.raw_text("from_number").map(Into::into),
        to_number: row.raw_text("to_number").map(Into::into),
        waited: row.number("waited", 0..=86_400),
        expect_rule: row.raw_text("expect_rule").map(Into::into),
        expect_agents: row.raw_text("expect_agents").map(ExpectedAgents::parse),
        at: at?,
    })
}
