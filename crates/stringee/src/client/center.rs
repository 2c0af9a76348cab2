//! A whole contact center, as far as our tables know one.

use super::{Agent, ApiError, Client, Group, GroupMember, GroupRouting, HotlineNumber, Queue};

/// Everything that decides who is rung, as it stands at Stringee.
///
/// It is read one list after another: what somebody changes there meanwhile may be in one list and not in another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Center {
    /// The queues.
    pub queues: Vec<Queue>,
    /// The agents.
    pub agents: Vec<Agent>,
    /// The groups.
    pub groups: Vec<Group>,
    /// Who is in which group.
    pub members: Vec<GroupMember>,
    /// Which groups serve which queue.
    pub routings: Vec<GroupRouting>,
    /// The hotlines.
    pub numbers: Vec<HotlineNumber>,
}

impl Client {
    /// Reads the whole contact center: one list each, and one per group and per queue.
    ///
    /// # Errors
    /// As every request: no answer, a refusal, or an answer that is not understood.
    pub fn center(&self) -> Result<Center, ApiError> {
        let mut center = Center {
            queues: self.queues()?,
            agents: self.agents()?,
            groups: self.groups()?,
            numbers: self.numbers()?,
            ..Center::default()
        };
        for group in &center.groups {
            center.members.extend(self.group_members(&group.id)?);
        }
        for queue in &center.queues {
            center.routings.extend(self.group_routings(&queue.id)?);
        }
        Ok(center)
    }
}
