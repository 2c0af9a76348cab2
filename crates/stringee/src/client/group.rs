//! Groups, who is in them, and which queues they serve:
//! <https://developer.stringee.com/docs/icc-rest-api/contact-center-group-management>,
//! <https://developer.stringee.com/docs/icc-rest-api/integrable-contact-center-group-agent-management>,
//! <https://developer.stringee.com/docs/icc-rest-api/integrable-contact-center-group-routing>.

use serde::Deserialize;

use super::page::List;
use super::{ApiError, Client, tolerant};

const GROUPS: List = List {
    doing: "list the groups",
    path: "/v1/group",
    rows: "groups",
};
const MEMBERS: List = List {
    doing: "list the agents of a group",
    path: "/v1/manage-agents-in-group",
    rows: "groupAgents",
};
const ROUTINGS: List = List {
    doing: "list the groups of a queue",
    path: "/v1/routing-call-to-groups",
    rows: "groupRoutings",
};

/// A group as Stringee lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// Its id, such as `GR_PPOJHJCJVDFC7VQC`.
    pub id: String,
    /// What people call it.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: Option<String>,
}

/// An agent in a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroupMember {
    /// The group.
    pub group_id: String,
    /// The agent by Stringee's own id, not the user id.
    pub agent_id: String,
}

/// A group that serves a queue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroupRouting {
    /// The queue.
    pub queue_id: String,
    /// The group.
    pub group_id: String,
    /// Whether it is rung at once; another one is rung only when nobody of the primary groups is free.
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub primary_group: Option<bool>,
}

impl Client {
    /// All groups of the project.
    ///
    /// # Errors
    /// As every request: no answer, a refusal, or an answer that is not understood.
    pub fn groups(&self) -> Result<Vec<Group>, ApiError> {
        self.all(GROUPS, None)
    }

    /// The agents in a group.
    ///
    /// # Errors
    /// As every request.
    pub fn group_members(&self, group: &str) -> Result<Vec<GroupMember>, ApiError> {
        self.all(MEMBERS, Some(("group", group)))
    }

    /// The groups that serve a queue.
    ///
    /// # Errors
    /// As every request.
    pub fn group_routings(&self, queue: &str) -> Result<Vec<GroupRouting>, ApiError> {
        self.all(ROUTINGS, Some(("queue", queue)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_documented_routing_is_read() {
        let sample =
            include_str!("../../../../tests/fixtures/stringee/group-routing-list-response.json");
        let sample: Value = serde_json::from_str(sample).unwrap();
        let routing: GroupRouting =
            serde_json::from_value(sample["data"]["groupRoutings"][0].clone()).unwrap();
        assert_eq!(
            (&*routing.queue_id, &*routing.group_id),
            ("QU_PRWHUKZJ8EMA2U0Y", "GR_QD72WYP4BAG4HYZ9")
        );
        assert_eq!(routing.primary_group, Some(true));
    }
}
