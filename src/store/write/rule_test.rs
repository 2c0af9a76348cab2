//! A rule test that is written from what was explained.

use super::super::connection::{number, within};
use super::{LIMIT, StoreError, Writer};

/// A row of `rule_tests` to be.
#[derive(Clone, Debug)]
pub struct NewRuleTest<'a> {
    /// From [`Writer::next_rule_test_id`].
    pub id: i64,
    /// What is tested.
    pub name: &'a str,
    /// The queue that the call waits in.
    pub queue_id: &'a str,
    /// Who calls; `None`: an anonymous caller.
    pub from_number: Option<&'a str>,
    /// The number that was called.
    pub to_number: Option<&'a str>,
    /// Local time, as `2026-11-23 10:00`.
    pub at: &'a str,
    /// Seconds that the call has waited.
    pub waited: u32,
    /// The name of the rule that answers; `None`: any, or none.
    pub expect_rule: Option<&'a str>,
    /// The ids of the agents who are rung, with commas; empty: nobody.
    pub expect_agents: &'a str,
}

impl Writer {
    /// The id that the next rule test gets. It decides about the test's callId, and so about the agents expected.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn next_rule_test_id(&mut self) -> Result<i64, StoreError> {
        let question = number(
            &mut self.connection,
            "select coalesce(max(id), 0) + 1 from rule_tests",
        );
        within(LIMIT, &self.path, "read rule_tests", question).await
    }

    /// Adds a row to `rule_tests`.
    ///
    /// # Errors
    /// The table does not take it.
    pub async fn add_rule_test(&mut self, test: &NewRuleTest<'_>) -> Result<(), StoreError> {
        let insert = sqlx::query(
            "insert into rule_tests
               (id, name, queue_id, from_number, to_number, at, waited, expect_rule, expect_agents)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        );
        let insert = insert
            .bind(test.id)
            .bind(test.name)
            .bind(test.queue_id)
            .bind(test.from_number);
        let insert = insert.bind(test.to_number).bind(test.at).bind(test.waited);
        let insert = insert
            .bind(test.expect_rule)
            .bind(test.expect_agents)
            .persistent(false);
        within(
            LIMIT,
            &self.path,
            "add a rule test",
            insert.execute(&mut self.connection),
        )
        .await
        .map(drop)
    }
}
