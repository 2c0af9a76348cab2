//! The compiled, immutable form of all tables: what a call is routed by.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::arena::{Arena, Index};
use super::callers::Callers;
use super::compile::PartSources;
use super::holidays::Holidays;
use super::index::RuleIndex;
use super::number::{CallerPattern, CountryCode, NumberPattern};
use super::rule_test::RuleTest;
use super::schedule::Schedule;
use super::spread::RankedQueues;

/// All tables, compiled. Nothing in it changes; an edit makes a new one.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What holds for the whole installation.
    pub settings: Settings,
    /// Sorted by id, so that indices compare as ids do.
    pub agents: Arena<Agent>,
    /// Sorted by id.
    pub groups: Arena<Group>,
    /// Sorted by id.
    pub schedules: Arena<Schedule>,
    /// Every tag that a caller or a rule names.
    pub tags: Arena<Tag>,
    /// Known callers; the same ones for several versions, if nothing of what they are made of has changed.
    pub callers: Arc<Callers>,
    /// What the next version can take over.
    pub(super) sources: PartSources,
    /// By position, then id; disabled ones included.
    pub rules: Arena<Rule>,
    /// The queues' names by their id; a queue without one is routed as well.
    pub queue_names: HashMap<Box<str>, Box<str>>,
    /// The hotlines' names by their number.
    pub hotline_names: HashMap<Box<str>, Box<str>>,
    /// Dates on which schedules may have other hours.
    pub(super) holidays: Arc<Holidays>,
    /// Who takes whose place when, one for each group; by group and member.
    pub(super) stand_ins: Vec<StandIn>,
    /// The rules' own tests.
    pub tests: Vec<RuleTest>,
    /// Which rules a call can match.
    pub(super) index: Arc<RuleIndex>,
    /// Where calls choose one after the other.
    pub(super) ranked_queues: RankedQueues,
    /// Whether a rule has a priority.
    pub(super) prioritises: bool,
    /// Who is away when, past or to come; by agent and beginning.
    pub(super) absences: Vec<(Index<Agent>, Absence)>,
    /// The agents who have a telephone, by its number, then id.
    pub(super) by_telephone: Arc<[Index<Agent>]>,
}

/// The rows of `settings`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The zone of everything that has no zone of its own.
    pub time_zone: TimeZone,
    /// The code that national numbers lack.
    pub country_code: CountryCode,
    /// Seconds that an agent is rung unless something nearer says otherwise.
    pub answer_timeout: u8,
    /// Who is rung when no rule finds anybody.
    pub fallback: Option<Index<Group>>,
    /// How long an answer's list may be.
    pub max_agents: usize,
    /// For how many days who took a caller's call is their last agent.
    pub last_agent_days: u16,
    /// Who has let so many rings in a row pass is put last for a while; 0: never.
    pub missed_rings: u8,
    /// For how many minutes.
    pub missed_rest_minutes: u16,
}

/// A row of `agents`.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The `stringee_user_id`.
    pub id: Box<str>,
    /// For people.
    pub name: Box<str>,
    /// International digits; always there for an agent who is rung on the phone.
    pub phone_number: Option<Box<str>>,
    /// How the agent is rung unless a member or a step says otherwise.
    pub routing_type: RoutingType,
    /// Seconds to ring, if the agent has a wish.
    pub answer_timeout: Option<u8>,
    /// Whether the agent is rung at all.
    pub enabled: bool,
    /// Who takes their callers meanwhile.
    pub cover: Option<Index<Agent>>,
}

/// A row of `absences`: when an agent is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// `absences.id`.
    pub id: i64,
    /// The first instant of it.
    pub from: Timestamp,
    /// The first instant after it; `None`: until further notice.
    pub until: Option<Timestamp>,
    /// Who takes their callers, if it is not the agent's own cover.
    pub cover: Option<Index<Agent>>,
}

/// A row of `stand_ins`, in one group: who takes the place of a member for the shifts that start on some dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// `stand_ins.id`.
    pub id: i64,
    /// The group.
    pub group: Index<Group>,
    /// Whose place it is.
    pub member: Index<Agent>,
    /// Who takes it; `None`: nobody does.
    pub by: Option<Index<Agent>>,
    /// The first date.
    pub from: Date,
    /// The last date.
    pub to: Date,
}

/// How an agent is rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoutingType {
    /// 1: the agent's app or SIP phone.
    App,
    /// 2: the agent's phone number.
    Phone,
}

/// A row of `groups` with its members.
#[derive(Clone, Debug)]
pub struct Group {
    /// `groups.id`.
    pub id: Box<str>,
    /// For people.
    pub name: Box<str>,
    /// The order inside a level.
    pub strategy: Strategy,
    /// Whether calls that wait at the same time begin with different agents.
    pub spread: bool,
    /// By level, position, agent id.
    pub members: Vec<Member>,
    /// The members' places in `members`, by agent.
    by_agent: Vec<(Index<Agent>, usize)>,
}

/// How a group's members of one level are put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// By position, then agent id.
    Ordered,
    /// By a draw per call, shares by weight.
    Weighted,
    /// In turn: each new call begins with the next one.
    Rotate,
    /// By a draw per caller, so that a caller meets the same agent again.
    Sticky,
    /// Who has been free and not been rung for longest comes first, whoever talks last; among equals by a draw per call.
    LongestIdle,
    /// Who took the fewest calls in the last 24 hours comes first, whoever talks last; among equals as above.
    FewestCalls,
}

/// A row of `group_members`.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub agent: Index<Agent>,
    /// 1 to 9; 1 is rung first.
    pub level: u8,
    /// Place inside a level.
    pub position: i64,
    /// 0 to 1000: share inside a level; 0 comes last.
    pub weight: u16,
    /// The shift; `None`: always.
    pub schedule: Option<Index<Schedule>>,
    /// In place of the agent's own.
    pub routing_type: Option<RoutingType>,
    /// In place of the agent's own.
    pub answer_timeout: Option<u8>,
}

/// A caller's tag.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag(pub Box<str>);

/// A row of `rules` with its steps.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `rules.id`.
    pub id: i64,
    /// The lower is tried first.
    pub position: i64,
    /// For people.
    pub name: Box<str>,
    /// Whether it is tried at all.
    pub enabled: bool,
    /// When it matches.
    pub conditions: Conditions,
    /// What it does then.
    pub action: Action,
    /// Who is rung, in step order.
    pub steps: Vec<Step>,
    /// Of calls that are asked about together the one with the higher priority chooses first; 0 to 9.
    pub priority: u8,
}

/// When a rule matches: all that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// One of these queues.
    pub queues: Option<Box<[Box<str>]>>,
    /// A call to one of these hotlines.
    pub to: Option<Box<[NumberPattern]>>,
    /// A call from one of these numbers, or from nobody known.
    pub from: Option<Box<[CallerPattern]>>,
    /// A caller who has any of these tags.
    pub tags: Option<Box<[Index<Tag>]>>,
    /// A caller with, or without, an owner.
    pub has_owner: Option<bool>,
    /// Inside, or outside, these hours.
    pub hours: Option<RuleHours>,
    /// Only this share of the calls.
    pub split: Option<Split>,
}

/// The hours of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleHours {
    /// The schedule.
    pub schedule: Index<Schedule>,
    /// True: while it is open; false: while it is closed.
    pub when_open: bool,
}

/// A share of the calls, chosen by a hash of the call id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// 1 to 99.
    pub percent: u8,
    /// The rule's id in decimal: each rule draws for itself.
    pub salt: Box<str>,
}

/// What a rule that matches does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Rings its steps.
    Ring,
    /// Answers an empty list: a blocked caller.
    Nobody,
}

/// A row of `rule_steps`.
#[derive(Clone, Debug)]
pub struct Step {
    /// `rule_steps.step`.
    pub number: i64,
    /// Seconds waited from which on it counts.
    pub after_seconds: u32,
    /// Seconds waited at which it no longer counts.
    pub until_seconds: Option<u32>,
    /// Who is rung.
    pub target: Target,
    /// The second group that they must be members of.
    pub and_group: Option<Index<Group>>,
    /// The highest level of the group that is rung.
    pub max_level: Option<u8>,
    /// How many agents the step may add.
    pub max_agents: Option<usize>,
    /// In place of the member's and the agent's own.
    pub routing_type: Option<RoutingType>,
    /// In place of the member's and the agent's own.
    pub answer_timeout: Option<u8>,
}

/// Whom a step rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The members of a group.
    Group(Index<Group>),
    /// One agent.
    Agent(Index<Agent>),
    /// The caller's owner or who covers for them; with a group, only while on shift in it.
    Owner(Option<Index<Group>>),
    /// The agent who took the caller's last call; with a group, only while on shift in it.
    LastAgent(Option<Index<Group>>),
}

impl Snapshot {
    /// The name of the hotline with this number.
    pub fn hotline_name(&self, number: &str) -> Option<&str> {
        self.hotline_names.get(number).map(|name| &**name)
    }

    /// An agent by id.
    pub fn agent(&self, id: &str) -> Option<Index<Agent>> {
        self.agents.find(|agent| (*agent.id).cmp(id))
    }

    /// The agents with this telephone number; mostly one.
    pub fn agents_by_telephone(&self, number: &str) -> impl Iterator<Item = &Agent> {
        let number_of = |agent| self.agents.get(agent)?.phone_number.as_deref();
        let before = |agent: &Index<Agent>| number_of(*agent) < Some(number);
        let first = self.by_telephone.partition_point(before);
        let from_there = self.by_telephone.get(first..).unwrap_or_default();
        let agents = from_there
            .iter()
            .filter_map(|agent| self.agents.get(*agent));
        agents.take_while(move |agent| agent.phone_number.as_deref() == Some(number))
    }

    /// The rules that are switched on, in their order.
    pub fn enabled_rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values().filter(|rule| rule.enabled)
    }

    /// The members of all groups.
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.groups.values().flat_map(|group| &group.members)
    }

    /// Whether it matters in any queue which of the calls of a question is decided first.
    pub fn ranks_calls(&self) -> bool {
        self.ranked_queues.is_any()
    }

    /// Whether it matters which of the calls of a question about this queue is decided first.
    pub fn ranks_calls_of(&self, queue_id: &str) -> bool {
        self.ranked_queues.contains(queue_id)
    }

    /// Whether an answer can depend on who took which calls.
    pub fn heeds_activity(&self) -> bool {
        let mut groups = self.groups.values();
        let mut steps = self.rules.values().flat_map(|rule| &rule.steps);
        groups.any(|group| group.strategy.heeds_activity())
            || steps.any(|step| matches!(step.target, Target::LastAgent(_)))
            || self.settings.missed_rings > 0
    }

    /// Whether a step names at least one agent who is not disabled, at whatever time and level.
    pub fn can_reach(&self, step: &Step) -> bool {
        let is_enabled = |agent| match self.agents.get(agent) {
            Some(agent) => agent.enabled,
            None => false,
        };
        match step.target {
            Target::Agent(agent) => is_enabled(agent),
            Target::LastAgent(None) => self.agents.values().any(|agent| agent.enabled),
            Target::Group(group) | Target::LastAgent(Some(group)) => match self.groups.get(group) {
                Some(group) => group.members.iter().any(|member| is_enabled(member.agent)),
                None => false,
            },
            Target::Owner(_) => self.callers.owners().any(is_enabled),
        }
    }
}

impl Strategy {
    /// Whether the order depends on who took which calls.
    pub const fn heeds_activity(self) -> bool {
        matches!(self, Self::LongestIdle | Self::FewestCalls)
    }
}

impl Default for Settings {
    fn default() -> Self {
        /// The queue's own `wait_agent_answer_timeout` has this default (Stringee's queue page).
        const ANSWER_TIMEOUT_SECONDS: u8 = 15;
        /// Twenty agents at 15 s are five minutes of ringing: nobody waits longer.
        const MAX_AGENTS: usize = 20;
        /// Whoever calls again within a month most likely calls about the same matter.
        const LAST_AGENT_DAYS: u16 = 30;
        /// Long enough for a coffee, short enough to forget about it.
        const MISSED_REST_MINUTES: u16 = 10;
        Self {
            time_zone: TimeZone::get("Asia/Ho_Chi_Minh").unwrap_or(TimeZone::UTC),
            country_code: CountryCode::default(),
            answer_timeout: ANSWER_TIMEOUT_SECONDS,
            fallback: None,
            max_agents: MAX_AGENTS,
            last_agent_days: LAST_AGENT_DAYS,
            missed_rings: 0,
            missed_rest_minutes: MISSED_REST_MINUTES,
        }
    }
}

impl Group {
    /// A group with its members, whatever their order.
    pub fn new(
        id: Box<str>,
        name: Box<str>,
        strategy: Strategy,
        spread: bool,
        mut members: Vec<Member>,
    ) -> Self {
        members.sort_unstable_by_key(|member| (member.level, member.position, member.agent));
        let by_place = members.iter().zip(0..);
        let mut by_agent: Vec<_> = by_place
            .map(|(member, place)| (member.agent, place))
            .collect();
        by_agent.sort_unstable();
        Self {
            id,
            name,
            strategy,
            spread,
            members,
            by_agent,
        }
    }

    /// An agent's membership.
    pub fn member(&self, agent: Index<Agent>) -> Option<&Member> {
        let place = self
            .by_agent
            .binary_search_by_key(&agent, |(member, _)| *member)
            .ok()?;
        self.members.get(self.by_agent.get(place)?.1)
    }
}

impl Absence {
    /// Whether the agent is away at an instant.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

impl RoutingType {
    /// The number that stands for it in tables and on the wire.
    pub const fn number(self) -> u8 {
        match self {
            Self::App => 1,
            Self::Phone => 2,
        }
    }

    /// The type that a number stands for.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::App),
            2 => Some(Self::Phone),
            _ => None,
        }
    }
}
