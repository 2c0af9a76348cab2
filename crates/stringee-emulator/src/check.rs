//! What every answer of a webhook must keep to, whatever its rules are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::Serialize;

use super::options::{Kept, Play};
use stringee::ask::{AnsweredCall, AskError, CheckedAnswer, OfferedAgent, WaitingCall};

/// A promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Invariant {
    /// Every question gets an answer with status 200, in time.
    AnswerCame,
    /// Every call asked about is answered, once for each time it was asked about, in the order asked.
    EveryCallAnswered,
    /// A call keeps its list, or what [`Kept`] says of it, while the rules stay the same and no step of theirs begins or
    /// ends.
    SameCallSameOrder,
    /// Only agents whom the platform knows are named.
    KnownAgents,
    /// Values are those that the platform documents.
    DocumentedValues,
}

/// How often a promise was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// The promise.
    pub invariant: Invariant,
    /// How often.
    pub times: u64,
    /// The first few cases.
    pub examples: Vec<String>,
}

/// When a question was on its way, in milliseconds of the clock since the beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnItsWay {
    pub(super) sent: u64,
    pub(super) received: u64,
    /// The minute of the time of day; schedules open and close with it.
    pub(super) minute: i64,
}

/// Remembers what was answered.
#[derive(Debug)]
pub(super) struct Checker {
    known: BTreeSet<String>,
    step_seconds: Option<BTreeSet<u32>>,
    kept: Kept,
    speed: u64,
    calls: HashMap<String, Remembered>,
    broken: BTreeMap<Invariant, Broken>,
}

/// What was answered for one call.
#[derive(Debug)]
struct Remembered {
    first: OnItsWay,
    last: OnItsWay,
    version: Option<String>,
    list: Vec<OfferedAgent>,
    /// Lists that were replaced since anything else could have changed them.
    earlier: Vec<Vec<OfferedAgent>>,
}

/// Seconds that Stringee's documents and our own tables allow for ringing.
const ANSWER_TIMEOUTS: std::ops::RangeInclusive<u32> = 3..=120;

impl Checker {
    pub(super) fn new(known: BTreeSet<String>, play: &Play) -> Self {
        Self {
            known,
            step_seconds: play.step_seconds.clone(),
            kept: play.kept,
            speed: u64::from(play.speed),
            calls: HashMap::new(),
            broken: BTreeMap::new(),
        }
    }

    /// Looks at an answer.
    pub(super) fn answered(
        &mut self,
        asked: &[WaitingCall<'_>],
        answer: &CheckedAnswer,
        when: OnItsWay,
    ) {
        let asked_ids: Vec<&str> = asked.iter().map(|call| call.call_id).collect();
        let answered_ids: Vec<&str> = answer.calls.iter().map(|call| &*call.call_id).collect();
        if asked_ids != answered_ids {
            let case = format!("asked about {asked_ids:?}, answered {answered_ids:?}");
            self.broke(Invariant::EveryCallAnswered, case);
        }
        for call in &answer.calls {
            self.check_values(call);
            let list = self.kept.of(&call.agents);
            self.check_order(&call.call_id, list, answer.version.as_deref(), when);
        }
    }

    /// No usable answer came.
    pub(super) fn failed(&mut self, url: &str, error: &AskError) {
        self.broke(Invariant::AnswerCame, format!("{url}: {error}"));
    }

    /// Everything that was broken, in the order of the promises.
    pub(super) fn into_broken(self) -> Vec<Broken> {
        self.broken.into_values().collect()
    }

    pub(super) fn times_broken(&self) -> u64 {
        self.broken.values().map(|broken| broken.times).sum()
    }

    fn check_values(&mut self, call: &AnsweredCall) {
        for offer in &call.agents {
            if !self.known.contains(&offer.user_id) {
                self.broke(
                    Invariant::KnownAgents,
                    format!("{}: {}", call.call_id, offer.user_id),
                );
            }
            let is_reachable = match &offer.phone_number {
                Some(number) => is_international(number),
                None => offer.routing_type != 2,
            };
            let is_documented = is_reachable
                && matches!(offer.routing_type, 1 | 2)
                && ANSWER_TIMEOUTS.contains(&offer.answer_timeout);
            if !is_documented {
                self.broke(
                    Invariant::DocumentedValues,
                    format!("{}: {offer:?}", call.call_id),
                );
            }
        }
    }

    fn check_order(
        &mut self,
        call_id: &str,
        list: Vec<OfferedAgent>,
        version: Option<&str>,
        when: OnItsWay,
    ) {
        let Some(mut known) = self.calls.remove(call_id) else {
            self.calls
                .insert(call_id.to_owned(), Remembered::new(list, version, when));
            return;
        };
        let elsewhere = known.version.as_deref() != version || known.last.minute != when.minute;
        if known.list != list && !elsewhere && !self.allows_change(&known, &list, when) {
            let case = format!("{call_id}: {} became {}", names(&known.list), names(&list));
            self.broke(Invariant::SameCallSameOrder, case);
        }
        known.note(list, version, when, elsewhere);
        self.calls.insert(call_id.to_owned(), known);
    }

    /// Whether a step may have begun or ended between the last answer and this one.
    ///
    /// If the steps are not known, any list may give way to another one, but none may come back.
    fn allows_change(&self, known: &Remembered, list: &Vec<OfferedAgent>, when: OnItsWay) -> bool {
        let Some(steps) = &self.step_seconds else {
            return !known.earlier.contains(list);
        };
        // Whether the server counts in emulated seconds or in those of the clock is its own affair.
        [1, self.speed].into_iter().any(|speed| {
            let waited = |at: u64, since: u64| {
                u32::try_from(at.saturating_sub(since) * speed / 1000).unwrap_or(u32::MAX)
            };
            let (from, to) = (
                waited(known.last.sent, known.first.received),
                waited(when.received, known.first.sent),
            );
            // Both ends are rounded, here and there.
            steps.range(from..=to.saturating_add(1)).next().is_some()
        })
    }

    fn broke(&mut self, invariant: Invariant, case: String) {
        const MAX_EXAMPLES: usize = 5;
        let new = || Broken {
            invariant,
            times: 0,
            examples: Vec::new(),
        };
        let broken = self.broken.entry(invariant).or_insert_with(new);
        broken.times += 1;
        if broken.examples.len() < MAX_EXAMPLES {
            broken.examples.push(case);
        }
    }
}

impl Remembered {
    fn new(list: Vec<OfferedAgent>, version: Option<&str>, when: OnItsWay) -> Self {
        Self {
            first: when,
            last: when,
            version: version.map(str::to_owned),
            list,
            earlier: Vec::new(),
        }
    }

    fn note(
        &mut self,
        list: Vec<OfferedAgent>,
        version: Option<&str>,
        when: OnItsWay,
        elsewhere: bool,
    ) {
        self.last = when;
        if elsewhere {
            self.earlier.clear();
            self.version = version.map(str::to_owned);
        }
        if self.list != list {
            let before = std::mem::replace(&mut self.list, list);
            self.earlier.push(before);
        }
    }
}

impl Kept {
    /// What of a list must stay as it is, in a form that can be compared.
    fn of(self, list: &[OfferedAgent]) -> Vec<OfferedAgent> {
        let mut list = if self == Self::Nothing {
            Vec::new()
        } else {
            list.to_vec()
        };
        if self == Self::Agents {
            list.sort_by(|one, other| {
                (&one.user_id, one.routing_type).cmp(&(&other.user_id, other.routing_type))
            });
        }
        list
    }
}

fn is_international(number: &str) -> bool {
    !number.is_empty()
        && !number.starts_with('0')
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn names(list: &[OfferedAgent]) -> String {
    let names: Vec<&str> = list.iter().map(|offer| &*offer.user_id).collect();
    format!("[{}]", names.join(" "))
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnswerCame => "every question gets an answer",
            Self::EveryCallAnswered => "every call asked about is answered, in the order asked",
            Self::SameCallSameOrder => "a call keeps its list until a step begins or ends",
            Self::KnownAgents => "only agents whom the platform knows are named",
            Self::DocumentedValues => "values are those that the platform documents",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(agents: &[&str]) -> Vec<OfferedAgent> {
        let offer = |user_id: &&str| OfferedAgent {
            user_id: (*user_id).to_owned(),
            phone_number: None,
            routing_type: 1,
            answer_timeout: 15,
        };
        agents.iter().map(offer).collect()
    }

    fn checker(steps: Option<&[u32]>) -> Checker {
        let known = ["a", "b"].into_iter().map(str::to_owned).collect();
        let step_seconds = steps.map(|steps| steps.iter().copied().collect());
        let (kept, calls, broken) = (Kept::Order, HashMap::new(), BTreeMap::new());
        Checker {
            known,
            step_seconds,
            kept,
            speed: 10,
            calls,
            broken,
        }
    }

    fn answer(checker: &mut Checker, second: u64, version: &str, agents: &[&str]) {
        let asked = [WaitingCall {
            call_id: "c",
            from: "",
            to: "",
        }];
        let calls = vec![AnsweredCall {
            call_id: "c".to_owned(),
            agents: list(agents),
        }];
        let when = OnItsWay {
            sent: second * 1000,
            received: second * 1000 + 1,
            minute: 0,
        };
        checker.answered(
            &asked,
            &CheckedAnswer {
                calls,
                version: Some(version.to_owned()),
            },
            when,
        );
    }

    #[track_caller]
    fn check(checker: Checker, expected: &[Invariant]) {
        let broken: Vec<Invariant> = checker
            .into_broken()
            .into_iter()
            .map(|broken| broken.invariant)
            .collect();
        assert_eq!(broken, expected);
    }

    #[test]
    fn a_list_may_change_when_a_step_begins() {
        let mut known_steps = checker(Some(&[20, 45]));
        answer(&mut known_steps, 0, "1", &["a"]);
        answer(&mut known_steps, 1, "1", &["a"]);
        answer(&mut known_steps, 2, "1", &["a", "b"]);
        check(known_steps, &[]);
    }

    #[test]
    fn a_list_may_not_change_in_between() {
        let mut known_steps = checker(Some(&[200]));
        answer(&mut known_steps, 0, "1", &["a"]);
        answer(&mut known_steps, 2, "1", &["a", "b"]);
        check(known_steps, &[Invariant::SameCallSameOrder]);
    }

    #[test]
    fn where_events_decide_about_the_order_the_agents_stay() {
        for (kept, agents, expected) in [
            (Kept::Agents, &["b", "a"][..], &[][..]),
            (Kept::Agents, &["b"], &[Invariant::SameCallSameOrder]),
            (Kept::Nothing, &["b"], &[]),
        ] {
            let mut checker = Checker {
                kept,
                ..checker(Some(&[200]))
            };
            answer(&mut checker, 0, "1", &["a", "b"]);
            answer(&mut checker, 2, "1", agents);
            check(checker, expected);
        }
    }

    #[test]
    fn new_rules_may_change_any_list() {
        let mut known_steps = checker(Some(&[]));
        answer(&mut known_steps, 0, "1", &["a"]);
        answer(&mut known_steps, 2, "2", &["b"]);
        check(known_steps, &[]);
    }

    #[test]
    fn without_known_steps_a_list_that_comes_back_is_noticed() {
        let mut unknown_steps = checker(None);
        answer(&mut unknown_steps, 0, "1", &["a", "b"]);
        answer(&mut unknown_steps, 1, "1", &["b", "a"]);
        assert_eq!(unknown_steps.times_broken(), 0);
        answer(&mut unknown_steps, 2, "1", &["a", "b"]);
        check(unknown_steps, &[Invariant::SameCallSameOrder]);
    }

    #[test]
    fn calls_left_out_and_strangers_are_noticed() {
        let mut checker = checker(None);
        answer(&mut checker, 0, "1", &["a", "x"]);
        let asked = [
            WaitingCall {
                call_id: "c",
                from: "",
                to: "",
            },
            WaitingCall {
                call_id: "d",
                from: "",
                to: "",
            },
        ];
        let when = OnItsWay {
            sent: 0,
            received: 0,
            minute: 0,
        };
        checker.answered(
            &asked,
            &CheckedAnswer {
                calls: Vec::new(),
                version: None,
            },
            when,
        );
        check(
            checker,
            &[Invariant::EveryCallAnswered, Invariant::KnownAgents],
        );
    }

    #[test]
    fn a_telephone_needs_a_number() {
        let mut checker = checker(None);
        let mut offers = list(&["a"]);
        offers[0].routing_type = 2;
        let calls = vec![AnsweredCall {
            call_id: "c".to_owned(),
            agents: offers,
        }];
        let asked = [WaitingCall {
            call_id: "c",
            from: "",
            to: "",
        }];
        let when = OnItsWay {
            sent: 0,
            received: 0,
            minute: 0,
        };
        checker.answered(
            &asked,
            &CheckedAnswer {
                calls,
                version: None,
            },
            when,
        );
        check(checker, &[Invariant::DocumentedValues]);
    }
}
