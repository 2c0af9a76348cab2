//! Who answers when: every half hour, for each queue and hotline that the rules name.
//!
//! Each question is asked for a call that has just come in, and again for the waiting times at which later steps begin,
//! so that a hole is told from a ring that opens later. What is asked for:
//!
//! * the caller is a stranger, whom no row of `callers` and no rule's `from_number` names, unless one is given;
//! * the call is in no rule's `split_percent`, because most calls are not;
//! * `first` holds everybody who may be rung first, because draws and turns differ from call to call.

mod lines;
mod answer;

pub use answer::{answer, first_choice};
pub use lines::{call_id_outside_shares, example, lines, stranger};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::arena::Index;
use super::call::Call;
use super::callers::Found;
use super::moment::Moment;
use super::number::{Number, NumberPattern};
use super::snapshot::{Agent, Rule, Snapshot, Strategy};

/// Minutes between two questions.
pub const STEP_MINUTES: i64 = 30;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// The first day, in the installation's time zone.
    pub from: Date,
    /// How many days.
    pub days: u16,
    /// Only this queue.
    pub queue: Option<&'q str>,
    /// Who calls; `None`: a stranger.
    pub caller: Option<Number<'q>>,
}

/// Who answers when.
#[derive(Clone, Debug)]
pub struct Coverage<'s> {
    /// When each half hour begins.
    pub starts: Vec<Timestamp>,
    /// By queue, then hotline.
    pub lines: Vec<Line<'s>>,
}

/// Calls to one hotline in one queue.
#[derive(Clone, Debug)]
pub struct Line<'s> {
    /// The queue; `None`: the rules name none.
    pub queue: Option<&'s str>,
    /// The hotline, or the beginning of one; `None`: the rules name none for this queue.
    pub hotline: Option<&'s NumberPattern>,
    answers: Vec<Answer>,
    /// The place in `answers` for each half hour.
    slots: Vec<usize>,
}

/// What happens to a call that comes in during a half hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How far the rules reach.
    pub reach: Reach,
    /// The rule that answers.
    pub rule: Option<Index<Rule>>,
    /// Who may be rung first, by id.
    pub first: Vec<Index<Agent>>,
    /// How many agents are in the list.
    pub agents: usize,
    /// Rules that match, but find nobody however long the call waits.
    pub empty_rules: Vec<Index<Rule>>,
}

/// Who may be rung first, and how it is chosen among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstChoice {
    /// How; `Ordered` where nothing is chosen.
    pub strategy: Strategy,
    /// Who, by id, each with a weight.
    pub agents: Vec<(Index<Agent>, u16)>,
}

/// How far the rules reach, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// A rule rings somebody at once.
    Rung,
    /// A rule says that nobody is rung.
    Blocked,
    /// A rule rings somebody, but only a call that has waited.
    Later {
        /// For so many seconds.
        after_seconds: u32,
    },
    /// No rule finds anybody; the fallback is rung.
    Fallback,
    /// Nobody is rung at all.
    Nobody,
}

/// Looks at every half hour.
pub fn coverage<'s>(snapshot: &'s Snapshot, question: &Question<'_>) -> Coverage<'s> {
    let starts = starts(snapshot, question);
    let caller = match &question.caller {
        Some(caller) => Some(caller.clone().into_owned()),
        None => stranger(snapshot),
    };
    let call_id = lines::call_id_outside_shares(snapshot);
    let (situations, slots) = situations(snapshot, &starts, caller.as_ref());
    let mut lines = Vec::new();
    for (queue, hotline) in lines::lines(snapshot, question.queue) {
        let call = Call {
            queue_id: queue.unwrap_or_default(),
            call_id: &call_id,
            from: caller.clone(),
            to: hotline.map(|hotline| lines::example(snapshot, hotline)),
        };
        let ask =
            |situation: &SurveyedMinute<'_>| answer::answer(snapshot, &situation.moment, &call);
        lines.push(Line {
            queue,
            hotline,
            answers: situations.iter().map(ask).collect(),
            slots: slots.clone(),
        });
    }
    Coverage { starts, lines }
}

impl Line<'_> {
    /// The answer in each half hour.
    pub fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.slots.iter().filter_map(|slot| self.answers.get(*slot))
    }
}

/// What is open, who is away and who the caller is: half hours that have this in common have the same answer.
struct SurveyedMinute<'s> {
    moment: Moment,
    caller: Option<Found<'s>>,
}

/// Each situation once, and the place of each half hour's own.
fn situations<'s>(
    snapshot: &'s Snapshot,
    starts: &[Timestamp],
    caller: Option<&Number<'_>>,
) -> (Vec<SurveyedMinute<'s>>, Vec<usize>) {
    let mut situations: Vec<SurveyedMinute<'s>> = Vec::new();
    let mut slots = Vec::with_capacity(starts.len());
    for start in starts {
        let moment = Moment::of(snapshot, *start);
        let caller = caller.and_then(|caller| snapshot.callers.find(caller, moment.today()));
        let is_known =
            |known: &SurveyedMinute<'_>| known.moment.is_like(&moment) && known.caller == caller;
        let known = situations.iter().position(is_known);
        slots.push(known.unwrap_or(situations.len()));
        if slots.last() == Some(&situations.len()) {
            situations.push(SurveyedMinute { moment, caller });
        }
    }
    (situations, slots)
}

/// Every half hour from the first midnight to the last.
fn starts(snapshot: &Snapshot, question: &Question<'_>) -> Vec<Timestamp> {
    let zone = &snapshot.settings.time_zone;
    let midnight = |date: Date| zone.to_timestamp(date.at(0, 0, 0, 0));
    let mut starts = Vec::new();
    let Ok(last) = question.from.checked_add(i64::from(question.days).days()) else {
        return starts;
    };
    let (Ok(first), Ok(end)) = (midnight(question.from), midnight(last)) else {
        return starts;
    };
    let mut next = first;
    while next < end {
        starts.push(next);
        match next.checked_add(STEP_MINUTES.minutes()) {
            Ok(later) => next = later,
            Err(_) => break,
        }
    }
    starts
}
