//! The rules that recorded calls are answered by, and their answers as lines of JSON.

use std::path::Path;

use jiff::Timestamp;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::cli::rules;
use crate::config::RuleTests;
use crate::plan::replay::{self, RecordedCall, Version};
use crate::store::StoreError;
use routing::moment::Moment;
use routing::route::Outcome;
use routing::snapshot::Snapshot;
use stringee::wire::answer::{AgentObjects, agents_json};

/// The rules of a database.
#[derive(Debug)]
pub(super) struct ReplayRules {
    snapshot: Snapshot,
    objects: AgentObjects,
}

/// The rules with the tickets that they have given out.
#[derive(Debug)]
pub(super) struct Replaying<'r> {
    rules: &'r ReplayRules,
    version: Version<'r>,
}

impl ReplayRules {
    /// Reads the rules of a database.
    pub(super) async fn read(path: &Path, rule_tests: RuleTests) -> Result<Self, StoreError> {
        let snapshot = rules::snapshot_to_serve(path, rule_tests).await?;
        Ok(Self {
            objects: AgentObjects::of(&snapshot),
            snapshot,
        })
    }

    /// Whether an answer can depend on who took which calls.
    pub(super) fn heeds_activity(&self) -> bool {
        self.snapshot.heeds_activity()
    }

    /// Begins with the first ticket.
    pub(super) fn replay(&self) -> Replaying<'_> {
        Replaying {
            rules: self,
            version: Version::new(&self.snapshot, clock::monotonic()),
        }
    }
}

impl Replaying<'_> {
    /// What is open and who is away at a recorded time.
    pub(super) fn moment(&self, at: Timestamp) -> Moment {
        self.version.moment(at)
    }
}

/// The rules during one minute of the recording.
#[derive(Debug)]
pub(super) struct ReplayMinute<'s> {
    rules: &'s ReplayRules,
    minute: replay::AtOneMinute<'s>,
}

/// The answer to one call.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct ReplayAnswer<'s> {
    /// The rule's name; `null`: no rule found anybody.
    rule: Option<&'s str>,
    /// The fallback group is rung.
    fallback: bool,
    /// As the platform would get them.
    #[serde(serialize_with = "as_it_is")]
    #[cfg_attr(test, schemars(with = "Vec<serde_json::Value>"))]
    pub(super) agents: String,
}

impl<'s> ReplayMinute<'s> {
    pub(super) fn new(rules: &'s Replaying<'s>, moment: &'s Moment) -> Self {
        Self {
            rules: rules.rules,
            minute: replay::AtOneMinute::new(&rules.version, moment),
        }
    }

    /// Answers a call of this minute.
    pub(super) fn answer(&mut self, recorded: &RecordedCall) -> ReplayAnswer<'s> {
        let decision = self.minute.decide(recorded);
        ReplayAnswer {
            rule: decision.rule_name(&self.rules.snapshot),
            fallback: decision.outcome == Outcome::Fallback,
            agents: agents_json(&self.rules.objects, &decision.offers),
        }
    }
}

/// A text that is JSON already.
fn as_it_is<S: Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let json: &RawValue = serde_json::from_str(json).map_err(S::Error::custom)?;
    json.serialize(serializer)
}
