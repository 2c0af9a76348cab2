//! The rules that recorded calls are answered by.

use std::cell::OnceCell;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::recorded::RecordedCall;
use crate::cli::rules;
use crate::clock;
use crate::routing::call::Call;
use crate::routing::moment::Moment;
use crate::routing::number::Number;
use crate::routing::route::{Outcome, Router};
use crate::routing::snapshot::Snapshot;
use crate::seen::Seen;
use crate::store::StoreError;
use crate::webhook::{AgentHeads, agents_json};

/// One version of the rules, and the tickets that it has given out.
#[derive(Debug)]
pub(super) struct RuleSet {
    snapshot: Snapshot,
    heads: AgentHeads,
    seen: Seen,
    clock: ReplayClock,
}

/// The recorded times as instants: the first call happens now, and the others as long after it as they did.
#[derive(Debug)]
struct ReplayClock {
    started: Instant,
    first: OnceCell<Timestamp>,
}

impl RuleSet {
    /// Reads the rules of a database.
    pub(super) async fn read(path: &Path) -> Result<Self, StoreError> {
        let snapshot = rules::snapshot(path).await?;
        let started = clock::monotonic();
        Ok(Self {
            heads: AgentHeads::of(&snapshot),
            seen: Seen::new(started),
            clock: ReplayClock { started, first: OnceCell::new() },
            snapshot,
        })
    }

    /// What is open and who is away at a recorded time.
    pub(super) fn moment(&self, at: Timestamp) -> Moment {
        Moment::of(&self.snapshot, at)
    }
}

impl ReplayClock {
    fn instant(&self, at: Timestamp) -> Instant {
        let since_first = at.duration_since(*self.first.get_or_init(|| at));
        let elapsed = Duration::try_from(since_first).unwrap_or_default();
        self.started.checked_add(elapsed).unwrap_or(self.started)
    }
}

/// The rules during one minute of the recording.
#[derive(Debug)]
pub(super) struct AtOneMinute<'s> {
    rules: &'s RuleSet,
    router: Router<'s>,
}

/// The answer to one call. Its text is the inside of a JSON object.
#[derive(Debug)]
pub(super) struct Answer<'s> {
    rule: Option<&'s str>,
    is_fallback: bool,
    /// As the platform would get them.
    pub(super) agents: String,
}

impl<'s> AtOneMinute<'s> {
    pub(super) fn new(rules: &'s RuleSet, moment: &'s Moment) -> Self {
        Self { rules, router: Router::new(&rules.snapshot, moment) }
    }

    /// Answers a call of this minute.
    pub(super) fn answer(&mut self, recorded: &RecordedCall) -> Answer<'s> {
        let RuleSet { snapshot, heads, seen, clock } = self.rules;
        let number = |raw| Number::from_wire(raw, &snapshot.settings.country_code);
        let call = Call {
            queue_id: &recorded.queue_id,
            call_id: &recorded.call_id,
            from: recorded.from.as_deref().and_then(number),
            to: recorded.to.as_deref().and_then(number),
        };
        let mut tickets = seen.call(call.call_id, clock.instant(recorded.at));
        let decision = self.router.route(&call, recorded.waited, &mut tickets);
        Answer {
            rule: decision.rule_name(snapshot),
            is_fallback: decision.outcome == Outcome::Fallback,
            agents: agents_json(heads, &decision.offers),
        }
    }
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule.map_or_else(|| "null".to_owned(), json_text);
        write!(f, "\"rule\":{rule},\"fallback\":{},\"agents\":{}", self.is_fallback, self.agents)
    }
}

/// A text as JSON.
pub(super) fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
