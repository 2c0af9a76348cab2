//! The board: who is rung at some time, hotline by hotline, and who joins while a caller waits.
//!
//! Lines that are answered alike by the same rule are one card. People whom a draw puts in order stand by their weight,
//! because the draw differs from call to call; what it comes to are the shares of the first place.

use std::cmp::Reverse;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;

use super::line::{LineName, Usual};
use crate::shown::coverage::Shade;
use crate::shown::explanation::named::tag_names;
use crate::shown::explanation::{Named, OutcomeReport, RuleName, StrategyReport};
use crate::shown::local;
use routing::arena::Index;
use routing::call::Call;
use routing::candidate::{Candidate, Dropped};
use routing::coverage::{FirstChoice, Question, Reach, answer, coverage, first_choice, lines};
use routing::explain::{Explanation, Note};
use routing::moment::Moment;
use routing::number::Number;
use routing::route::{Outcome, Router};
use routing::snapshot::{Group, Snapshot, Strategy, Target};
use routing::tickets::FirstTicket;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct BoardQuestion<'q> {
    pub(crate) at: Timestamp,
    /// As people write it; `None`: a stranger.
    pub(crate) caller: Option<&'q str>,
    /// Only this queue.
    pub(crate) queue: Option<&'q str>,
}

/// Who is rung at some time.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Board<'s> {
    pub(crate) at: String,
    #[serde(skip)]
    pub(crate) local: DateTime,
    pub(crate) time_zone: &'s str,
    pub(crate) caller: Option<BoardCaller<'s>>,
    pub(crate) cards: Vec<Card<'s>>,
    /// The worst shade of all lines in each half hour of the day.
    pub(crate) day: Vec<Shade>,
    /// Whether an order depends on who took which calls, of which this knows nothing.
    pub(crate) heeds_activity: bool,
}

/// Who calls, if a number was given.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BoardCaller<'s> {
    pub(crate) number: String,
    /// Whether `callers` has a row that counts on the day.
    pub(crate) is_known: bool,
    pub(crate) owner: Option<Named<'s>>,
    pub(crate) tags: Vec<&'s str>,
}

/// Lines that are answered alike.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Card<'s> {
    pub(crate) lines: Vec<LineName<'s>>,
    #[serde(flatten)]
    pub(crate) answer: CardAnswer<'s>,
}

/// What comes of a call to a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct CardAnswer<'s> {
    pub(crate) shade: Shade,
    /// Of a call that has just come in.
    pub(crate) outcome: OutcomeReport,
    /// The rule that answers, be it after a while.
    pub(crate) rule: Option<RuleName<'s>>,
    /// Rules that match, but find nobody however long the call waits.
    pub(crate) empty_rules: Vec<RuleName<'s>>,
    pub(crate) ladder: Vec<Rung<'s>>,
    /// How the first one is chosen.
    pub(crate) strategy: StrategyReport,
    pub(crate) shares: Vec<FirstShare<'s>>,
    /// Who would be rung, but is away, replaced or without a number.
    pub(crate) missing: Vec<Missing<'s>>,
    /// How many more of those there are.
    pub(crate) more_missing: usize,
}

/// What changes when a call has waited for so long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Rung<'s> {
    pub(crate) after_seconds: u32,
    /// Who joins.
    pub(crate) added: Vec<RungPerson<'s>>,
    /// Who is not rung any more.
    pub(crate) gone: Vec<Named<'s>>,
    /// How many more could be rung if the list took more; whom it takes then is drawn.
    pub(crate) more: usize,
}

/// Somebody in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RungPerson<'s> {
    pub(crate) place: usize,
    pub(crate) id: &'s str,
    pub(crate) name: &'s str,
    pub(crate) routing_type: u8,
    pub(crate) answer_timeout: u8,
}

/// How often somebody is the first to be rung.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct FirstShare<'s> {
    #[serde(flatten)]
    pub(crate) agent: Named<'s>,
    /// `None`: that depends on who is free.
    pub(crate) percent: Option<f64>,
}

/// Somebody who is not rung, though a step that counts names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Missing<'s> {
    #[serde(flatten)]
    pub(crate) agent: Named<'s>,
    /// `away`, `replaced`, `no_phone_number`; where nobody is found also `disabled` and `off_shift`.
    pub(crate) reason: &'static str,
    /// When they are back; `None`: nobody knows, or they are not away.
    pub(crate) until: Option<String>,
    /// Who stands in for them.
    pub(crate) by: Vec<Named<'s>>,
    /// Whose step it is; `None`: the fallback.
    pub(crate) rule: Option<RuleName<'s>>,
}

/// A caller who has waited for longer has hung up.
const LONGEST_WAIT: u32 = 3600;

/// More rungs than these no ladder has that people have made.
const MAX_RUNGS: usize = 16;

/// Of more only the first are named.
const MAX_MISSING: usize = 12;

impl<'s> Board<'s> {
    pub(crate) fn of(snapshot: &'s Snapshot, question: &BoardQuestion<'_>) -> Self {
        let zone = &snapshot.settings.time_zone;
        let local_time = question.at.to_zoned(zone.clone()).datetime();
        let moment = Moment::of(snapshot, question.at);
        let usual = Usual::new(snapshot, question.caller);
        let mut cards: Vec<Card<'s>> = Vec::new();
        for (queue, hotline) in lines(snapshot, question.queue) {
            let call = usual.call(snapshot, queue, hotline);
            let answer = CardAnswer::of(snapshot, &moment, &call);
            let name = LineName::of(snapshot, queue, hotline);
            match cards.iter_mut().find(|card| card.answer == answer) {
                Some(card) => card.lines.push(name),
                None => cards.push(Card {
                    lines: vec![name],
                    answer,
                }),
            }
        }
        let caller = question
            .caller
            .and(usual.from.as_ref())
            .map(|number| BoardCaller::of(snapshot, &moment, number));
        Self {
            at: local(question.at, zone),
            local: local_time,
            time_zone: zone.iana_name().unwrap_or("UTC"),
            caller,
            cards,
            day: day(snapshot, question, local_time),
            heeds_activity: snapshot.heeds_activity(),
        }
    }
}

/// The worst shade of all lines in each half hour of the day.
fn day(snapshot: &Snapshot, question: &BoardQuestion<'_>, local: DateTime) -> Vec<Shade> {
    let country = &snapshot.settings.country_code;
    let question = Question {
        from: local.date(),
        days: 1,
        queue: question.queue,
        caller: question
            .caller
            .and_then(|caller| Number::from_table(caller, country)),
    };
    let coverage = coverage(snapshot, &question);
    let mut worst = vec![Shade::Rung; coverage.starts.len()];
    for line in &coverage.lines {
        for (worst, answer) in worst.iter_mut().zip(line.answers()) {
            *worst = Shade::of(answer).max(*worst);
        }
    }
    worst
}

impl<'s> BoardCaller<'s> {
    fn of(snapshot: &'s Snapshot, moment: &Moment, number: &Number<'_>) -> Self {
        let found = snapshot.callers.find(number, moment.today());
        let owner = found.and_then(|found| found.caller.owner);
        Self {
            number: number.as_str().to_owned(),
            is_known: found.is_some(),
            owner: owner.map(|owner| Named::agent(snapshot, owner)),
            tags: found.map_or_else(Vec::new, |found| tag_names(snapshot, &found.caller.tags)),
        }
    }
}

impl<'s> CardAnswer<'s> {
    fn of(snapshot: &'s Snapshot, moment: &Moment, call: &Call<'_>) -> Self {
        let covered = answer(snapshot, moment, call);
        let answered_after = match covered.reach {
            Reach::Later { after_seconds } => after_seconds,
            _ => 0,
        };
        let is_hole = Shade::of(&covered).is_hole();
        let mut router = Router::new(snapshot, moment);
        let mut ladder = Ladder::default();
        let mut missing = Vec::new();
        let mut first = FirstChoice::default();
        let mut outcome = Outcome::Nobody;
        let mut waited = 0;
        while ladder.rungs.len() < MAX_RUNGS && waited <= LONGEST_WAIT {
            let explanation = router.explain_matches(call, waited, &mut FirstTicket);
            if waited == 0 {
                outcome = explanation.decision.outcome;
            }
            if waited == answered_after {
                first = first_choice(&explanation);
            }
            ladder.climb(snapshot, waited, &explanation);
            note_missing(snapshot, &explanation, is_hole, &mut missing);
            waited = explanation.decision.holds_until;
        }
        let rule_name = |rule| snapshot.rules.get(rule).map(RuleName::of);
        let more_missing = missing.len().saturating_sub(MAX_MISSING);
        missing.truncate(MAX_MISSING);
        Self {
            shade: Shade::of(&covered),
            outcome: OutcomeReport::of(outcome),
            rule: covered.rule.and_then(rule_name),
            empty_rules: covered
                .empty_rules
                .iter()
                .filter_map(|rule| rule_name(*rule))
                .collect(),
            ladder: ladder.rungs,
            strategy: StrategyReport::from(first.strategy),
            shares: shares(snapshot, &first),
            missing,
            more_missing,
        }
    }
}

fn shares<'s>(snapshot: &'s Snapshot, first: &FirstChoice) -> Vec<FirstShare<'s>> {
    let percents = first.shares();
    let percent = |place| percents.as_ref().and_then(|all| all.get(place)).copied();
    let agents = first.agents.iter().enumerate();
    let mut shares: Vec<FirstShare<'s>> = agents
        .map(|(place, (agent, _))| FirstShare {
            agent: Named::agent(snapshot, *agent),
            percent: percent(place),
        })
        .collect();
    // A stable sort: equal shares stay in the order of the ids.
    shares.sort_by(|one, other| {
        other
            .percent
            .unwrap_or(0.0)
            .total_cmp(&one.percent.unwrap_or(0.0))
    });
    shares
}

/// The rungs so far, and the list at the last one.
#[derive(Default)]
struct Ladder<'s> {
    rungs: Vec<Rung<'s>>,
    list: Vec<Candidate>,
}

impl<'s> Ladder<'s> {
    /// Adds what has changed for a call that has waited for longer than before.
    fn climb(&mut self, snapshot: &'s Snapshot, waited: u32, explanation: &Explanation<'_>) {
        let (list, more) = list(explanation);
        let is_in = |list: &[Candidate], one: &Candidate| {
            list.iter()
                .any(|other| one.agent == other.agent && one.routing_type == other.routing_type)
        };
        let places = list.iter().zip(1..);
        let added = places.filter(|(one, _)| !is_in(&self.list, one));
        let added: Vec<RungPerson<'s>> = added
            .map(|(candidate, place)| RungPerson::of(snapshot, place, candidate))
            .collect();
        let gone = self.list.iter().filter(|one| !is_in(&list, one));
        let gone: Vec<Named<'s>> = gone
            .map(|candidate| Named::agent(snapshot, candidate.agent))
            .collect();
        if self.rungs.is_empty() || !added.is_empty() || !gone.is_empty() {
            self.rungs.push(Rung {
                after_seconds: waited,
                added,
                gone,
                more,
            });
        }
        self.list = list;
    }
}

/// Who is rung, in order, and how many more the list would have if it were longer.
fn list(explanation: &Explanation<'_>) -> (Vec<Candidate>, usize) {
    let (mut list, mut more) = (Vec::new(), 0);
    for (strategy, notes) in answering_steps(explanation) {
        let begin = list.len();
        for note in notes {
            match note {
                Note::Kept(candidate) => list.push(*candidate),
                Note::Dropped {
                    reason: Dropped::OverStepMaximum | Dropped::OverListMaximum,
                    ..
                } => more += 1,
                _ => {}
            }
        }
        let is_drawn = strategy
            .is_some_and(|strategy| !matches!(strategy, Strategy::Ordered | Strategy::Rotate));
        if is_drawn && let Some(drawn) = list.get_mut(begin..) {
            drawn.sort_by_key(|one| (one.level, Reverse(one.weight), one.agent));
        }
    }
    (list, more)
}

/// The notes of each step of what answers, with the strategy of the group that it rings.
fn answering_steps<'e>(explanation: &'e Explanation<'_>) -> Vec<(Option<Strategy>, &'e [Note])> {
    let snapshot = explanation.snapshot;
    let strategy_of = |group| {
        snapshot
            .groups
            .get(group)
            .map(|group: &Group| group.strategy)
    };
    if let Some((group, notes)) = &explanation.fallback {
        return vec![(strategy_of(*group), notes)];
    }
    let Some(rule) = explanation.decision.rule() else {
        return Vec::new();
    };
    let trial = explanation.rules.iter().find(|trial| trial.rule == rule);
    let (Some(trial), Some(rule)) = (trial, snapshot.rules.get(rule)) else {
        return Vec::new();
    };
    let steps = trial.steps.iter().zip(&rule.steps);
    let strategy = |target| match target {
        Target::Group(group) => strategy_of(group),
        Target::Agent(_) | Target::Owner(_) | Target::LastAgent(_) => None,
    };
    steps
        .map(|(trial, step)| (strategy(step.target), &*trial.notes))
        .collect()
}

/// Notes who is named by a step that counts, and cannot be rung.
fn note_missing<'s>(
    snapshot: &'s Snapshot,
    explanation: &Explanation<'_>,
    is_hole: bool,
    missing: &mut Vec<Missing<'s>>,
) {
    for trial in &explanation.rules {
        let Some(rule) = snapshot.rules.get(trial.rule) else {
            continue;
        };
        for (step, target) in trial.steps.iter().zip(&rule.steps) {
            let group = match target.target {
                Target::Group(group) => Some(group),
                _ => None,
            };
            for note in &step.notes {
                let one = Missing::of(snapshot, explanation.moment, note, group, is_hole);
                push_new(
                    one.map(|one| Missing {
                        rule: Some(RuleName::of(rule)),
                        ..one
                    }),
                    missing,
                );
            }
        }
    }
    if let Some((group, notes)) = &explanation.fallback {
        for note in notes {
            push_new(
                Missing::of(snapshot, explanation.moment, note, Some(*group), is_hole),
                missing,
            );
        }
    }
}

fn push_new<'s>(one: Option<Missing<'s>>, missing: &mut Vec<Missing<'s>>) {
    if let Some(one) = one
        && !missing.contains(&one)
    {
        missing.push(one);
    }
}

impl<'s> Missing<'s> {
    fn of(
        snapshot: &'s Snapshot,
        moment: &Moment,
        note: &Note,
        group: Option<Index<Group>>,
        is_hole: bool,
    ) -> Option<Self> {
        let (Note::Dropped { agent, reason, .. } | Note::Covered { agent, reason, .. }) = *note
        else {
            return None;
        };
        let is_said = match reason {
            Dropped::Away | Dropped::Replaced | Dropped::NoPhoneNumber => true,
            Dropped::Disabled | Dropped::OffShift => is_hole,
            _ => false,
        };
        let stand_ins = group
            .into_iter()
            .flat_map(|group| moment.stand_ins(group, agent));
        let covers = match *note {
            Note::Covered { by, .. } => Some(by),
            _ => None,
        };
        let by = stand_ins
            .filter(|_| reason == Dropped::Replaced)
            .chain(covers);
        let until = moment.away_until(agent).filter(|_| reason == Dropped::Away);
        is_said.then(|| Self {
            agent: Named::agent(snapshot, agent),
            reason: reason.code(),
            until: until.map(|until| local(until, &snapshot.settings.time_zone)),
            by: by.map(|by| Named::agent(snapshot, by)).collect(),
            rule: None,
        })
    }
}

impl<'s> RungPerson<'s> {
    fn of(snapshot: &'s Snapshot, place: usize, candidate: &Candidate) -> Self {
        let Named { id, name } = Named::agent(snapshot, candidate.agent);
        Self {
            place,
            id,
            name,
            routing_type: candidate.routing_type.number(),
            answer_timeout: candidate.answer_timeout,
        }
    }
}
