//! Who can be rung by a step, and who is left out for which reason.

use smallvec::SmallVec;

use super::activity::Standing;
use super::arena::Index;
use super::call::Ask;
use super::explain::{Event, Observer};
use super::moment::{Moment, Taken};
use super::snapshot::{Agent, Group, Member, RoutingType, Snapshot, Step, Target};

/// An agent who can be rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub agent: Index<Agent>,
    /// How they are rung.
    pub routing_type: RoutingType,
    /// Seconds to ring.
    pub answer_timeout: u8,
    /// Level in the group; 1 outside of groups.
    pub level: u8,
    /// Position in the level.
    pub position: i64,
    /// Share in the level.
    pub weight: u16,
    /// What they draw with, under every strategy in which somebody draws.
    pub(super) hash: u64,
    /// What is known of them, under the strategies `longest_idle` and `fewest_calls`.
    pub standing: Standing,
}

/// The candidates of a step.
pub(super) type Candidates = SmallVec<[Candidate; USUAL_TEAM]>;

/// So many agents have room on the stack.
pub(super) const USUAL_TEAM: usize = 8;

/// Why an agent is not rung by a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// `agents.enabled` is 0.
    Disabled,
    /// `absences` says so.
    Away,
    /// A member whose place somebody else, or nobody, takes.
    Replaced,
    /// The member's schedule is closed.
    OffShift,
    /// The member's level is above the step's `max_level`.
    AboveMaxLevel,
    /// An owner or last agent who is not a member of the step's group.
    NotInGroup,
    /// Not a member of the step's `and_group_id`.
    NotInSecondGroup,
    /// To be rung on the phone, but without a number.
    NoPhoneNumber,
    /// Stands in the list already, rung the same way.
    AlreadyListed,
    /// The step has added its `max_agents`.
    OverStepMaximum,
    /// The list has `settings.max_agents`.
    OverListMaximum,
}

impl Dropped {
    /// Stable, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Away => "away",
            Self::Replaced => "replaced",
            Self::OffShift => "off_shift",
            Self::AboveMaxLevel => "above_max_level",
            Self::NotInGroup => "not_in_group",
            Self::NotInSecondGroup => "not_in_second_group",
            Self::NoPhoneNumber => "no_phone_number",
            Self::AlreadyListed => "already_listed",
            Self::OverStepMaximum => "over_step_maximum",
            Self::OverListMaximum => "over_list_maximum",
        }
    }
}

/// Who has a member's place: the member, unless it is taken, and those who stand in.
fn holders<'a>(member: &'a Member, taken: &'a [Taken]) -> impl Iterator<Item = Index<Agent>> + 'a {
    let of_member = move || taken.iter().filter(|taken| taken.member == member.agent);
    let is_own = of_member().all(|taken| taken.is_shared);
    let own = is_own.then_some(member.agent);
    own.into_iter()
        .chain(of_member().filter_map(|taken| taken.by))
}

/// How often a cover may be covered in turn.
const COVERS: usize = 5;

/// What one step is looked at with.
#[derive(Clone, Copy)]
pub(super) struct Gathering<'a, 's> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) moment: &'a Moment,
    pub(super) step: &'a Step,
    /// The caller's last agent, if the step asks for them.
    pub(super) last_agent: Option<Index<Agent>>,
}

impl<'s> Gathering<'_, 's> {
    /// Adds the step's candidates: group members by level, position and agent id.
    pub(super) fn gather(
        &self,
        ask: &Ask<'_, 's>,
        candidates: &mut Candidates,
        observer: &mut impl Observer<'s>,
    ) {
        match self.step.target {
            Target::Group(index) => {
                let Some(group) = self.snapshot.groups.get(index) else {
                    return;
                };
                let taken = self.moment.taken(index);
                for member in &group.members {
                    if taken.is_empty() {
                        self.consider(member.agent, Some(member), candidates, observer);
                    } else {
                        self.consider_place(member, taken, candidates, observer);
                    }
                }
            }
            Target::Agent(agent) => self.consider(agent, None, candidates, observer),
            Target::Owner(group) => {
                let owner = ask.caller.and_then(|found| found.caller.owner);
                let Some(owner) = owner else {
                    return observer.note(Event::NoOwner);
                };
                self.consider_one(self.covered(owner, observer), group, candidates, observer);
            }
            Target::LastAgent(group) => match self.last_agent {
                Some(agent) => self.consider_one(agent, group, candidates, observer),
                None => observer.note(Event::NoLastAgent),
            },
        }
    }

    /// Considers somebody whom the caller determines; with a group, as its member.
    fn consider_one(
        &self,
        agent: Index<Agent>,
        group: Option<Index<Group>>,
        candidates: &mut Candidates,
        observer: &mut impl Observer<'s>,
    ) {
        let Some(index) = group else {
            return self.consider(agent, None, candidates, observer);
        };
        let Some(group) = self.snapshot.groups.get(index) else {
            return self.consider(agent, None, candidates, observer);
        };
        let taken = self.moment.taken(index);
        let own = group.member(agent);
        if taken.is_empty() && own.is_some() {
            return self.consider(agent, own, candidates, observer);
        }
        // Of several places the first in the group's order that can be rung.
        let mut refused = None;
        for member in &group.members {
            if !holders(member, taken).any(|holder| holder == agent) {
                continue;
            }
            match self.admit(agent, Some(member)) {
                Ok(candidate) => return candidates.push(candidate),
                Err(reason) => refused = refused.or(Some((Some(member.level), reason))),
            }
        }
        let (level, reason) = refused.unwrap_or(match own {
            Some(own) => (Some(own.level), Dropped::Replaced),
            None => (None, Dropped::NotInGroup),
        });
        observer.note(Event::Dropped {
            agent,
            level,
            reason,
        });
    }

    /// Considers whoever has a member's place at the moment. Who has two places is rung at the first.
    fn consider_place(
        &self,
        member: &Member,
        taken: &[Taken],
        candidates: &mut Candidates,
        observer: &mut impl Observer<'s>,
    ) {
        let level = Some(member.level);
        if !holders(member, taken).any(|holder| holder == member.agent) {
            observer.note(Event::Dropped {
                agent: member.agent,
                level,
                reason: Dropped::Replaced,
            });
        }
        for agent in holders(member, taken) {
            let mut admitted = self.admit(agent, Some(member));
            if let Ok(candidate) = &admitted {
                let is_same = |known: &Candidate| {
                    known.agent == agent && known.routing_type == candidate.routing_type
                };
                if candidates.iter().any(is_same) {
                    admitted = Err(Dropped::AlreadyListed);
                }
            }
            match admitted {
                Ok(candidate) => candidates.push(candidate),
                Err(reason) => observer.note(Event::Dropped {
                    agent,
                    level,
                    reason,
                }),
            }
        }
    }

    /// The owner, or who covers for them while they cannot be rung. A circle of covers ends after [`COVERS`].
    fn covered(&self, owner: Index<Agent>, observer: &mut impl Observer<'s>) -> Index<Agent> {
        let mut agent = owner;
        for _ in 0..COVERS {
            let reason = self.absence(agent);
            let own = self.snapshot.agents.get(agent);
            let cover = self.moment.cover(agent).or(own.and_then(|own| own.cover));
            let (Some(reason), Some(by)) = (reason, cover) else {
                break;
            };
            observer.note(Event::Covered { agent, reason, by });
            agent = by;
        }
        agent
    }

    fn consider(
        &self,
        agent: Index<Agent>,
        member: Option<&Member>,
        candidates: &mut Candidates,
        observer: &mut impl Observer<'s>,
    ) {
        match self.admit(agent, member) {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => {
                observer.note(Event::Dropped {
                    agent,
                    level: member.map(|member| member.level),
                    reason,
                });
            }
        }
    }

    /// The agent as a candidate, with what the step, the member and the agent say, the nearest first.
    fn admit(&self, index: Index<Agent>, member: Option<&Member>) -> Result<Candidate, Dropped> {
        if let Some(absence) = self.absence(index) {
            return Err(absence);
        }
        let step = self.step;
        let level = member.map_or(1, |member| member.level);
        if let Some(member) = member
            && let Some(shift) = member.schedule
            && !self.moment.is_open(shift)
        {
            return Err(Dropped::OffShift);
        }
        if let Some(highest) = step.max_level
            && level > highest
        {
            return Err(Dropped::AboveMaxLevel);
        }
        if let Some(second) = step.and_group {
            let second = self.snapshot.groups.get(second);
            if second.and_then(|group| group.member(index)).is_none() {
                return Err(Dropped::NotInSecondGroup);
            }
        }
        let agent = self.snapshot.agents.get(index).ok_or(Dropped::Disabled)?;
        let routing_type = step
            .routing_type
            .or(member.and_then(|member| member.routing_type));
        let routing_type = routing_type.unwrap_or(agent.routing_type);
        if routing_type == RoutingType::Phone && agent.phone_number.is_none() {
            return Err(Dropped::NoPhoneNumber);
        }
        let answer_timeout = step
            .answer_timeout
            .or(member.and_then(|member| member.answer_timeout));
        Ok(Candidate {
            agent: index,
            routing_type,
            answer_timeout: answer_timeout
                .or(agent.answer_timeout)
                .unwrap_or(self.snapshot.settings.answer_timeout),
            level,
            position: member.map_or(0, |member| member.position),
            weight: member.map_or(0, |member| member.weight),
            hash: 0,
            standing: Standing::Unknown,
        })
    }

    /// Why an agent cannot be rung at all now.
    fn absence(&self, agent: Index<Agent>) -> Option<Dropped> {
        match self.snapshot.agents.get(agent) {
            Some(agent) if agent.enabled => {}
            _ => return Some(Dropped::Disabled),
        }
        if self.moment.is_away(agent) {
            return Some(Dropped::Away);
        }
        None
    }
}
