//! The lists of the REST API and what may stand in their rows.

use serde_json::{Map, Value, json};

use super::state::Record;
use stringee::client::number_of;

/// A list of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    Queues,
    Agents,
    Groups,
    GroupAgents,
    GroupRoutings,
    Numbers,
}

/// What a field holds. Texts are empty, flags and numbers have a default where one is documented.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Required,
    Flag(bool),
    Whole(u32),
}

/// How a list is spoken of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    pub(super) path: &'static str,
    /// In messages: `Create queue success`.
    pub(super) noun: &'static str,
    /// The rows' name in `data`.
    pub(super) rows: &'static str,
    /// The total's name in `data`.
    pub(super) total: &'static str,
    /// The new id's name in an answer.
    pub(super) id_field: &'static str,
    /// What ids begin with.
    pub(super) prefix: &'static str,
    /// A parameter of the list that leaves rows out, and the field it is about.
    pub(super) filter: Option<(&'static str, &'static str)>,
}

impl Collection {
    pub(super) const ALL: [Self; 6] = [
        Self::Queues,
        Self::Agents,
        Self::Groups,
        Self::GroupAgents,
        Self::GroupRoutings,
        Self::Numbers,
    ];

    pub(super) const fn words(self) -> Words {
        match self {
            Self::Queues => words(
                "/v1/queue",
                "queue",
                ["queues", "totalQueues", "queueID", "QU"],
                None,
            ),
            Self::Agents => words(
                "/v1/agent",
                "agent",
                ["agents", "totalAgents", "agentID", "AG"],
                None,
            ),
            Self::Groups => words(
                "/v1/group",
                "group",
                ["groups", "totalGroups", "groupID", "GR"],
                None,
            ),
            Self::GroupAgents => words(
                "/v1/manage-agents-in-group",
                "group agent",
                ["groupAgents", "totalCount", "agentID", "GA"],
                Some(("group", "group_id")),
            ),
            Self::GroupRoutings => words(
                "/v1/routing-call-to-groups",
                "group routing",
                ["groupRoutings", "totalCount", "groupRoutingID", "GR_RO"],
                Some(("queue", "queue_id")),
            ),
            Self::Numbers => words(
                "/v1/number",
                "number",
                ["numbers", "totalCount", "numberID", "NU"],
                None,
            ),
        }
    }

    /// The fields that are kept; others are taken and forgotten.
    const fn fields(self) -> &'static [(&'static str, Kind)] {
        match self {
            Self::Queues => &[
                ("name", Kind::Required),
                ("record_calls", Kind::Flag(true)),
                ("agent_wrap_up_after_calls", Kind::Flag(true)),
                ("wrap_up_time_limit", Kind::Whole(10)),
                ("schedule", Kind::Whole(1)),
                ("wait_agent_answer_timeout", Kind::Whole(15)),
                ("wait_greeting", Kind::Text),
                ("hold_greeting", Kind::Text),
                ("maximum_queue_size", Kind::Whole(5)),
                ("maximum_queue_wait_time", Kind::Whole(60)),
                ("from_number_callout_to_agent", Kind::Text),
                ("get_list_agents_url", Kind::Text),
                ("cond_routing", Kind::Whole(1)),
            ],
            Self::Agents => &[
                ("name", Kind::Required),
                ("stringee_user_id", Kind::Required),
                ("manual_status", Kind::Text),
                ("routing_type", Kind::Whole(1)),
                ("phone_number", Kind::Text),
            ],
            Self::Groups => &[("name", Kind::Required)],
            Self::GroupAgents => &[("group_id", Kind::Required), ("agent_id", Kind::Required)],
            Self::GroupRoutings => &[
                ("queue_id", Kind::Required),
                ("group_id", Kind::Required),
                ("primary_group", Kind::Whole(1)),
            ],
            Self::Numbers => &[
                ("number", Kind::Required),
                ("nickname", Kind::Text),
                ("queue_id", Kind::Text),
            ],
        }
    }

    /// A record as it is kept, with the documented defaults where nothing is given.
    pub(super) fn with_defaults(self, mut given: Record) -> Record {
        for (name, kind) in self.fields() {
            let default = match kind {
                Kind::Text | Kind::Required => json!(""),
                Kind::Flag(default) => json!(default),
                Kind::Whole(default) => json!(default),
            };
            given.entry(*name).or_insert(default);
        }
        given
    }

    /// The given fields in the form in which they are kept, or the first fault among them.
    pub(super) fn accepted(
        self,
        given: &Map<String, Value>,
        is_new: bool,
    ) -> Result<Record, String> {
        let mut accepted = Record::new();
        for (name, kind) in self.fields() {
            match given.get(*name) {
                Some(value) => {
                    accepted.insert(
                        (*name).to_owned(),
                        kind.accepted(value).ok_or(format!("{name} is invalid"))?,
                    );
                }
                None if is_new && matches!(kind, Kind::Required) => {
                    return Err(format!("{name} is required"));
                }
                None => {}
            }
        }
        Ok(accepted)
    }

    /// A record as a list shows it: flags as 0 and 1, and one greeting without a file as `""`, the other as 0.
    pub(super) fn shown(record: &Record, project: u64) -> Value {
        let mut shown = record.clone();
        shown.insert("account".to_owned(), json!(2));
        shown.insert("project".to_owned(), json!(project));
        for value in shown.values_mut() {
            if let Value::Bool(flag) = value {
                *value = json!(u8::from(*flag));
            }
        }
        if shown.get("hold_greeting") == Some(&json!("")) {
            shown.insert("hold_greeting".to_owned(), json!(0));
        }
        Value::Object(shown)
    }
}

impl Kind {
    /// A value of this kind, or `None`.
    fn accepted(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Text, Value::String(_)) | (Self::Flag(_), Value::Bool(_)) => Some(value.clone()),
            (Self::Required, Value::String(text)) if !text.is_empty() => Some(value.clone()),
            (Self::Flag(_), Value::Number(_)) => Some(json!(number_of(value)? != 0)),
            (Self::Whole(_), Value::Number(_)) => match number_of(value)? {
                0.. => Some(json!(number_of(value)?)),
                _ => None,
            },
            // The sample sends a 1 where the page says so, others send yes.
            (Self::Whole(_), Value::Bool(flag)) => Some(json!(u8::from(*flag))),
            _ => None,
        }
    }
}

const fn words(
    path: &'static str,
    noun: &'static str,
    [rows, total, id_field, prefix]: [&'static str; 4],
    filter: Option<(&'static str, &'static str)>,
) -> Words {
    Words {
        path,
        noun,
        rows,
        total,
        id_field,
        prefix,
        filter,
    }
}
