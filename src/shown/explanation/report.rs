//! An explanation in the words of the tables: what `--json` prints, and what the text is made from.

use jiff::Timestamp;
use serde::Serialize;

use super::named::{Named, tag_names};
use super::rules::{AgentTrial, RuleReport, StrategyReport, agent_trials};
use crate::language::{Language, local_time};
use crate::shown::local;
use routing::call::Call;
use routing::explain::Explanation;
use routing::moment::Moment;
use routing::number::Number;
use routing::route::{Offer, Outcome};
use routing::snapshot::{RoutingType, Rule, Snapshot, Step};
use stringee::wire::answer::{AgentObjects, agents_json};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) waited: u32,
    pub(crate) at: Timestamp,
    pub(crate) moment: &'a Moment,
    pub(crate) language: Language,
}

/// Everything there is to say about a decision.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ExplainReport<'a> {
    pub(crate) call: CallReport<'a>,
    /// With the offset of the zone.
    pub(crate) at: String,
    pub(crate) local_time: String,
    pub(crate) time_zone: &'a str,
    pub(crate) open_schedules: Vec<&'a str>,
    pub(crate) closed_schedules: Vec<&'a str>,
    pub(crate) caller: Option<CallerReport<'a>>,
    pub(crate) rules: Vec<RuleReport<'a>>,
    pub(crate) rules_not_tried: usize,
    pub(crate) fallback: Option<FallbackReport<'a>>,
    pub(crate) outcome: OutcomeReport,
    pub(crate) rule: Option<RuleName<'a>>,
    /// As the platform gets them.
    pub(crate) agents: serde_json::Value,
    /// What was answered when the call was asked about; only for a call of the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recorded: Option<RecordedReport>,
    #[serde(skip)]
    pub(crate) rung: Vec<RungAgent<'a>>,
}

/// What was answered then.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RecordedReport {
    pub(crate) version: String,
    /// As the journal has them.
    pub(crate) agents: serde_json::Value,
    /// Which of the different answers to the call it is, from 1, and how many there were.
    pub(crate) answer: usize,
    pub(crate) answers: usize,
}

/// The call, with its numbers in their one form.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CallReport<'a> {
    pub(crate) queue_id: &'a str,
    pub(crate) queue_name: Option<&'a str>,
    pub(crate) call_id: &'a str,
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
    /// The name of the hotline.
    pub(crate) to_name: Option<&'a str>,
    pub(crate) waited: u32,
}

/// The row of `callers` that was found.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CallerReport<'a> {
    /// The number, or the prefix with its `*`.
    pub(crate) number: String,
    pub(crate) owner: Option<Named<'a>>,
    pub(crate) tags: Vec<&'a str>,
    pub(crate) expires_on: Option<String>,
}

/// What came of the fallback group.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FallbackReport<'a> {
    pub(crate) group: Named<'a>,
    pub(crate) strategy: Option<StrategyReport>,
    pub(crate) agents: Vec<AgentTrial<'a>>,
}

/// What led to the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum OutcomeReport {
    Rule,
    Blocked,
    Fallback,
    Nobody,
}

/// A rule's id and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RuleName<'a> {
    pub(crate) id: i64,
    pub(crate) name: &'a str,
}

/// One agent of the answer, for people.
#[derive(Debug)]
pub(crate) struct RungAgent<'a> {
    pub(crate) agent: Named<'a>,
    /// The number that is rung, unless it is the app.
    pub(crate) phone_number: Option<&'a str>,
    pub(crate) answer_timeout: u8,
}

impl<'a> ExplainReport<'a> {
    pub(crate) fn new(
        asked: &Asked<'a>,
        explanation: &Explanation<'a>,
        recorded: Option<RecordedReport>,
    ) -> Self {
        let snapshot = explanation.snapshot;
        let decision = &explanation.decision;
        let at = asked.at.to_zoned(snapshot.settings.time_zone.clone());
        let (open_schedules, closed_schedules) = schedules(snapshot, asked.moment);
        let mut rules = Vec::new();
        for trial in &explanation.rules {
            rules.extend(RuleReport::of(asked, explanation, trial));
        }
        let rule = decision.rule().and_then(|rule| snapshot.rules.get(rule));
        let agents = agents_json(&AgentObjects::of(snapshot), &decision.offers);
        let offers = decision.offers.iter();
        Self {
            call: CallReport::of(asked, snapshot),
            at: local(asked.at, &snapshot.settings.time_zone),
            local_time: local_time(at.datetime(), asked.language),
            time_zone: snapshot.settings.time_zone.iana_name().unwrap_or("UTC"),
            open_schedules,
            closed_schedules,
            caller: CallerReport::of(asked, explanation),
            rules,
            rules_not_tried: snapshot.rules.len() - explanation.rules.len(),
            fallback: FallbackReport::of(asked, explanation),
            outcome: OutcomeReport::of(decision.outcome),
            rule: rule.map(RuleName::of),
            agents: serde_json::from_str(&agents).unwrap_or_default(),
            recorded,
            rung: offers
                .map(|offer| RungAgent::of(snapshot, *offer))
                .collect(),
        }
    }
}

impl<'a> CallReport<'a> {
    fn of(asked: &Asked<'a>, snapshot: &'a Snapshot) -> Self {
        let call = asked.call;
        Self {
            queue_id: call.queue_id,
            queue_name: snapshot.queue_names.get(call.queue_id).map(|name| &**name),
            call_id: call.call_id,
            from: call.from.as_ref().map(Number::as_str),
            to: call.to.as_ref().map(Number::as_str),
            to_name: (call.to.as_ref()).and_then(|to| snapshot.hotline_name(to.as_str())),
            waited: asked.waited,
        }
    }
}

impl<'a> CallerReport<'a> {
    fn of(asked: &Asked<'a>, explanation: &Explanation<'a>) -> Option<Self> {
        let (snapshot, found) = (explanation.snapshot, explanation.caller?);
        let number = asked.call.from.as_ref()?.as_str();
        let prefix = found.prefix_length.and_then(|length| number.get(..length));
        Some(Self {
            number: prefix.map_or_else(|| number.to_owned(), |prefix| format!("{prefix}*")),
            owner: found
                .caller
                .owner
                .map(|owner| Named::agent(snapshot, owner)),
            tags: tag_names(snapshot, &found.caller.tags),
            expires_on: found.caller.expires_on.map(|date| date.to_string()),
        })
    }
}

impl<'a> FallbackReport<'a> {
    fn of(asked: &Asked<'_>, explanation: &Explanation<'a>) -> Option<Self> {
        let (group, notes) = explanation.fallback.as_ref()?;
        let step = Step::whole_group(*group);
        Some(Self {
            group: Named::group(explanation.snapshot, *group),
            strategy: StrategyReport::of(explanation.snapshot, &step),
            agents: agent_trials(asked, explanation, &step, notes, &mut (1..)),
        })
    }
}

impl OutcomeReport {
    pub(crate) const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Rule(_) => Self::Rule,
            Outcome::Blocked(_) => Self::Blocked,
            Outcome::Fallback => Self::Fallback,
            Outcome::Nobody => Self::Nobody,
        }
    }
}

impl<'a> RuleName<'a> {
    pub(crate) fn of(rule: &'a Rule) -> Self {
        Self {
            id: rule.id,
            name: &rule.name,
        }
    }
}

impl<'a> RungAgent<'a> {
    fn of(snapshot: &'a Snapshot, offer: Offer) -> Self {
        let agent = snapshot.agents.get(offer.agent);
        let phone_number = match agent {
            Some(agent) if offer.routing_type == RoutingType::Phone => {
                agent.phone_number.as_deref()
            }
            _ => None,
        };
        Self {
            agent: Named::agent(snapshot, offer.agent),
            phone_number,
            answer_timeout: offer.answer_timeout,
        }
    }
}

/// The ids of the schedules that are open, and of those that are closed.
fn schedules<'a>(snapshot: &'a Snapshot, moment: &Moment) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for (index, schedule) in snapshot.schedules.iter() {
        if moment.is_open(index) {
            open.push(&*schedule.id);
        } else {
            closed.push(&*schedule.id);
        }
    }
    (open, closed)
}
