//! Keeps what is explained as a test of the rules.

use std::path::Path;

use jiff::Timestamp;

use super::Arguments;
use crate::store::{Editor, NewRuleTest, StoreError, Writer};
use routing::explain::Explanation;
use routing::number::Number;
use routing::rule_test::{ExpectedAgents, RuleTest};

/// A test that has its id already, which decides about its call's id, but not yet its row.
pub(super) struct Draft {
    writer: Writer,
    id: i64,
    name: String,
}

impl Draft {
    /// Begins the edit.
    pub(super) async fn begin(path: &Path, name: String, user: &str) -> Result<Self, StoreError> {
        let editor = Editor {
            actor: user,
            reason: "explain --save-as-test",
        };
        let mut writer = Writer::begin(path, editor).await?;
        let id = writer.next_rule_test_id().await?;
        Ok(Self { writer, id, name })
    }

    /// The id of the call that is explained.
    pub(super) fn call_id(&self) -> String {
        RuleTest::call_id(self.id)
    }

    /// Writes the row: the call as it was asked for, and the rule and the agents as they were found.
    pub(super) async fn save(
        mut self,
        arguments: &Arguments,
        at: Timestamp,
        explanation: &Explanation<'_>,
    ) -> Result<String, StoreError> {
        let (snapshot, decision) = (explanation.snapshot, &explanation.decision);
        let at = at
            .to_zoned(snapshot.settings.time_zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string();
        let is_number =
            |raw: &&str| Number::from_table(raw, &snapshot.settings.country_code).is_some();
        let test = NewRuleTest {
            id: self.id,
            name: &self.name,
            queue_id: &arguments.queue,
            from_number: arguments.from.as_deref().filter(is_number),
            to_number: arguments.to.as_deref().filter(is_number),
            at: &at,
            waited: arguments.waited,
            expect_rule: decision.rule_name(snapshot),
            expect_agents: &ExpectedAgents::exactly(&decision.agent_ids(snapshot)).to_string(),
        };
        self.writer.add_rule_test(&test).await?;
        self.writer.commit().await?;
        Ok(format!("saved as rule test {} '{}'", self.id, self.name))
    }
}
