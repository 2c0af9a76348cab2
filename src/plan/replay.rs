//! Recorded calls, answered again by some version of the rules.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::calls::memory::CallMemory;
use crate::store::DecisionRow;
use routing::call::Call;
use routing::compare::step_times;
use routing::moment::Moment;
use routing::number::Number;
use routing::route::{Decision, Router};
use routing::snapshot::{RoutingType, Snapshot};

/// A call that was asked about at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCall {
    /// The platform's id of the queue.
    pub queue_id: String,
    /// The platform's id of the call.
    pub call_id: String,
    /// Who called, as the platform said it; `None`: anonymous.
    pub from: Option<String>,
    /// The hotline, as the platform said it.
    pub to: Option<String>,
    /// When it was asked about.
    pub at: Timestamp,
    /// For how many seconds it had waited by then.
    pub waited: u32,
    /// The longest wait that is known of it after that.
    pub last_waited: u32,
}

impl RecordedCall {
    /// An answer of the journal, as it was first given.
    pub fn of_decision(row: DecisionRow) -> Self {
        let seconds = row.last_at.duration_since(row.first_at).as_secs();
        let asked_for = u32::try_from(seconds).unwrap_or(0);
        Self {
            queue_id: row.queue_id,
            call_id: row.call_id,
            from: row.from,
            to: row.to,
            at: row.first_at,
            waited: row.waited,
            last_waited: row.waited.saturating_add(asked_for),
        }
    }

    /// Whether the journal does not have the caller's whole number.
    pub fn is_masked(&self) -> bool {
        matches!(&self.from, Some(from) if from.starts_with('…'))
    }

    /// The minute that the call was asked about in; what is open changes from one to the next at most.
    pub fn minute(&self) -> i64 {
        self.at.as_second().div_euclid(60)
    }
}

/// One version of the rules, and the tickets that it has given out.
#[derive(Debug)]
pub struct Version<'s> {
    /// The rules.
    pub snapshot: &'s Snapshot,
    seen: CallMemory,
    started: Instant,
    /// When the first call happened, which is `started`; the others happen as long after it as they did.
    first: OnceCell<Timestamp>,
}

impl<'s> Version<'s> {
    /// A version that has not given out any tickets yet. `started` is any instant.
    pub fn new(snapshot: &'s Snapshot, started: Instant) -> Self {
        Self {
            snapshot,
            seen: CallMemory::new(started),
            started,
            first: OnceCell::new(),
        }
    }

    /// What is open and who is away at a recorded time.
    pub fn moment(&self, at: Timestamp) -> Moment {
        Moment::of(self.snapshot, at)
    }

    fn instant(&self, at: Timestamp) -> Instant {
        let since_first = at.duration_since(*self.first.get_or_init(|| at));
        let elapsed = Duration::try_from(since_first).unwrap_or_default();
        self.started.checked_add(elapsed).unwrap_or(self.started)
    }
}

/// A version during one minute of the recording.
#[derive(Debug)]
pub struct AtOneMinute<'v> {
    version: &'v Version<'v>,
    router: Router<'v>,
}

impl<'v> AtOneMinute<'v> {
    /// With what [`Version::moment`] gives for the minute.
    pub fn new(version: &'v Version<'v>, moment: &'v Moment) -> Self {
        Self {
            version,
            router: Router::new(version.snapshot, moment),
        }
    }

    /// Answers a call of this minute.
    pub fn decide(&mut self, recorded: &RecordedCall) -> &Decision {
        let Version { snapshot, seen, .. } = self.version;
        let number = |raw| Number::from_wire(raw, &snapshot.settings.country_code);
        let call = Call {
            queue_id: &recorded.queue_id,
            call_id: &recorded.call_id,
            from: recorded.from.as_deref().and_then(number),
            to: recorded.to.as_deref().and_then(number),
        };
        let now = self.version.instant(recorded.at);
        let mut tickets = seen.call(call.queue_id, call.call_id, now);
        self.router.route(&call, recorded.waited, &mut tickets)
    }
}

/// A call that two versions answer differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferingCall {
    /// The call, at the moment at which it does.
    pub call: RecordedCall,
    /// By the rules as they are.
    pub before: Answer,
    /// By the rules as they are to be.
    pub after: Answer,
}

/// Who is rung, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The rule that answers; `None`: the fallback group, or nobody.
    pub rule: Option<String>,
    /// Its id.
    pub rule_id: Option<i64>,
    /// Who is rung, in order.
    pub offers: Vec<ReplayedAgent>,
}

/// Somebody who is rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayedAgent {
    /// The agent's id.
    pub id: String,
    /// On the app or on the phone.
    pub routing_type: RoutingType,
    /// The phone's number.
    pub phone_number: Option<String>,
    /// For how many seconds.
    pub answer_timeout: u8,
}

/// In which way two answers differ, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The same agents for another time, or at another number.
    OtherTerms,
    /// Other agents, or the same in another order or on another device.
    SomebodyElse,
    /// Nobody any more.
    Nobody,
}

impl DifferingCall {
    /// In which way the answers differ.
    pub fn difference(&self) -> Difference {
        let agents = |answer: &Answer| -> Vec<(String, RoutingType)> {
            let offers = answer.offers.iter();
            offers
                .map(|offer| (offer.id.clone(), offer.routing_type))
                .collect()
        };
        if self.after.offers.is_empty() {
            Difference::Nobody
        } else if agents(&self.before) == agents(&self.after) {
            Difference::OtherTerms
        } else {
            Difference::SomebodyElse
        }
    }
}

/// Each call at the moments at which it was asked about, and at every step time of these versions that it lived to see,
/// oldest first.
pub fn at_step_times(calls: &[RecordedCall], versions: [&Snapshot; 2]) -> Vec<RecordedCall> {
    let times = step_times(versions);
    let mut lives: BTreeMap<&str, Vec<&RecordedCall>> = BTreeMap::new();
    for call in calls {
        lives.entry(&call.call_id).or_default().push(call);
    }
    let mut all: Vec<RecordedCall> = Vec::new();
    for asked in lives.values() {
        all.extend(moments(asked, &times));
    }
    let mut moments = all;
    moments.sort_by_key(|call| call.at);
    moments
}

/// One call at all of its moments, given those at which it was asked about.
fn moments(asked: &[&RecordedCall], times: &BTreeSet<u32>) -> Vec<RecordedCall> {
    let mut moments: BTreeMap<u32, RecordedCall> = BTreeMap::new();
    for call in asked {
        moments.insert(call.waited, (*call).clone());
    }
    let first = moments.first_key_value().map(|(_, first)| first.clone());
    let last = asked.iter().map(|call| call.last_waited).max();
    if let (Some(first), Some(last)) = (first, last) {
        for waited in times {
            if !(first.waited..=last).contains(waited) {
                continue;
            }
            let later = SignedDuration::from_secs(i64::from(waited - first.waited));
            moments.entry(*waited).or_insert_with(|| RecordedCall {
                at: first.at.saturating_add(later).unwrap_or(first.at),
                waited: *waited,
                ..first.clone()
            });
        }
    }
    moments.into_values().collect()
}

/// The same without a call's moments at which both answers are what they were at the moment before that differed.
pub fn without_repetitions(differing: Vec<DifferingCall>) -> Vec<DifferingCall> {
    let mut last: HashMap<String, (Answer, Answer)> = HashMap::new();
    let mut kept = Vec::new();
    for call in differing {
        let answers = (call.before.clone(), call.after.clone());
        let known = last.insert(call.call.call_id.clone(), answers.clone());
        if known != Some(answers) {
            kept.push(call);
        }
    }
    kept
}

/// The calls that two versions answer with other agents, or otherwise than before; given oldest first.
pub fn compare(
    before: &Snapshot,
    after: &Snapshot,
    calls: &[RecordedCall],
    started: Instant,
) -> Vec<DifferingCall> {
    let mut found = Vec::new();
    answer_both(before, after, calls, started, |call, [before, after]| {
        if before.offers != after.offers {
            found.push(DifferingCall {
                call: call.clone(),
                before,
                after,
            });
        }
    });
    found
}

/// What two versions answer to each of these calls; given oldest first.
pub fn answer_both(
    before: &Snapshot,
    after: &Snapshot,
    calls: &[RecordedCall],
    started: Instant,
    mut each: impl FnMut(&RecordedCall, [Answer; 2]),
) {
    let (before, after) = (Version::new(before, started), Version::new(after, started));
    for minute in calls.chunk_by(|call, next| call.minute() == next.minute()) {
        let Some(first) = minute.first() else {
            continue;
        };
        let moments = (before.moment(first.at), after.moment(first.at));
        let mut minutes = (
            AtOneMinute::new(&before, &moments.0),
            AtOneMinute::new(&after, &moments.1),
        );
        for call in minute {
            each(call, [minutes.0.answer(call), minutes.1.answer(call)]);
        }
    }
}

impl AtOneMinute<'_> {
    fn answer(&mut self, call: &RecordedCall) -> Answer {
        let snapshot = self.version.snapshot;
        let decision = self.decide(call);
        let mut offers = Vec::new();
        for ringing in decision.ringing(snapshot) {
            offers.push(ReplayedAgent {
                id: ringing.id.to_owned(),
                routing_type: ringing.routing_type,
                phone_number: ringing.phone_number.map(str::to_owned),
                answer_timeout: ringing.answer_timeout,
            });
        }
        let rule = decision.rule().and_then(|rule| snapshot.rules.get(rule));
        Answer {
            offers,
            rule: rule.map(|rule| rule.name.to_string()),
            rule_id: rule.map(|rule| rule.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use routing::compile::compile;
    use routing::schema::Column;
    use routing::table::{Cell, Table, Tables};

    /// Rules that ring these agents, in this order, for every call.
    fn rules(strategy: &str, agents: &[&str], answer_timeout: i64) -> Snapshot {
        rules_with(
            strategy,
            agents,
            &[("answer_timeout", answer_timeout.into())],
        )
    }

    /// The same with these columns of the only step.
    fn rules_with(strategy: &str, agents: &[&str], columns: &[(&str, Cell)]) -> Snapshot {
        let mut tables = Tables::default();
        let mut add = |table: Table, given: &[(&str, Cell)]| {
            let cell = |column: &Column| {
                let given = given.iter().find(|(name, _)| *name == column.name);
                given
                    .map(|(_, cell)| cell.clone())
                    .or_else(|| column.absent.cell())
            };
            let cells = table
                .compiled()
                .map(|column| cell(column).unwrap_or(Cell::Null));
            tables.push(table, &cells.collect::<Vec<_>>());
        };
        add(
            Table::Groups,
            &[
                ("id", "team".into()),
                ("name", "Team".into()),
                ("strategy", strategy.into()),
            ],
        );
        for (position, agent) in (1..).zip(agents) {
            add(
                Table::Agents,
                &[("id", (*agent).into()), ("name", (*agent).into())],
            );
            let member = [
                ("group_id", "team".into()),
                ("agent_id", (*agent).into()),
                ("position", Cell::Integer(position)),
            ];
            add(Table::GroupMembers, &member);
        }
        add(
            Table::Rules,
            &[
                ("id", 1.into()),
                ("position", 1.into()),
                ("name", "all".into()),
            ],
        );
        let step = [
            ("rule_id", 1.into()),
            ("step", 1.into()),
            ("group_id", "team".into()),
        ];
        add(Table::RuleSteps, &[&step[..], columns].concat());
        let compiled = compile(&tables);
        assert_eq!(
            compiled
                .problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            [""; 0]
        );
        compiled.snapshot
    }

    fn call(id: &str, second: i64) -> RecordedCall {
        let at = Timestamp::from_second(1_795_402_800 + second).unwrap();
        RecordedCall {
            queue_id: "q".into(),
            call_id: id.into(),
            from: None,
            to: None,
            at,
            waited: 0,
            last_waited: 0,
        }
    }

    #[track_caller]
    fn check(before: &Snapshot, after: &Snapshot, calls: &[RecordedCall], expected: &[&str]) {
        let found = compare(before, after, calls, clock::monotonic());
        let ids = |answer: &Answer| {
            answer
                .offers
                .iter()
                .map(|offer| &*offer.id)
                .collect::<Vec<_>>()
                .join(",")
        };
        let said: Vec<String> = found
            .iter()
            .map(|call| {
                format!(
                    "{} {} -> {} {:?}",
                    call.call.call_id,
                    ids(&call.before),
                    ids(&call.after),
                    call.difference()
                )
            })
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn the_same_rules_answer_alike() {
        let rules = rules("rotate", &["an", "binh"], 15);
        check(
            &rules,
            &rules,
            &[call("a", 0), call("b", 1), call("a", 61), call("c", 62)],
            &[],
        );
    }

    #[test]
    fn each_call_that_differs_is_said_with_the_way_in_which_it_does() {
        let before = rules("ordered", &["an", "binh"], 15);
        let calls = [call("a", 0), call("b", 100)];
        check(
            &before,
            &rules("ordered", &["binh", "an"], 15),
            &calls,
            &[
                "a an,binh -> binh,an SomebodyElse",
                "b an,binh -> binh,an SomebodyElse",
            ],
        );
        check(
            &before,
            &rules("ordered", &[], 15),
            &calls[..1],
            &["a an,binh ->  Nobody"],
        );
        check(
            &before,
            &rules("ordered", &["an", "binh"], 20),
            &calls[..1],
            &["a an,binh -> an,binh OtherTerms"],
        );
        check(
            &rules("ordered", &[], 15),
            &before,
            &calls[..1],
            &["a  -> an,binh SomebodyElse"],
        );
    }

    #[test]
    fn a_call_is_asked_about_at_each_step_time_that_it_lived_to_see() {
        let rules = rules("ordered", &["an"], 15);
        let columns = [("after_seconds", 10.into()), ("until_seconds", 40.into())];
        let later = rules_with("ordered", &["an"], &columns);
        let mut first = call("a", 0);
        first.last_waited = 30;
        let moments = at_step_times(&[first, call("b", 5)], [&rules, &later]);
        let moments: Vec<_> = moments
            .iter()
            .map(|call| (&*call.call_id, call.waited, call.at.as_second() % 60))
            .collect();
        assert_eq!(moments, [("a", 0, 0), ("b", 0, 5), ("a", 10, 10)]);
    }

    #[test]
    fn answers_that_differ_in_the_same_way_are_said_once() {
        let (before, after) = (
            rules("ordered", &["an"], 15),
            rules("ordered", &["an", "binh"], 15),
        );
        let calls = [call("a", 0), call("b", 1), call("a", 2)];
        let differing = compare(&before, &after, &calls, clock::monotonic());
        assert_eq!(differing.len(), 3);
        assert_eq!(without_repetitions(differing).len(), 2);
    }

    #[test]
    fn turns_are_taken_on_both_sides() {
        let (before, after) = (
            rules("rotate", &["an", "binh"], 15),
            rules("rotate", &["an", "binh", "chi"], 15),
        );
        let calls = [call("a", 0), call("b", 70), call("c", 140), call("a", 200)];
        check(
            &before,
            &after,
            &calls,
            &[
                "a an,binh -> an,binh,chi SomebodyElse",
                "b binh,an -> binh,chi,an SomebodyElse",
                "c an,binh -> chi,an,binh SomebodyElse",
                "a an,binh -> an,binh,chi SomebodyElse",
            ],
        );
    }
}
