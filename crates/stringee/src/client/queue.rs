//! Queues: <https://developer.stringee.com/docs/icc-rest-api/contact-center-queue-management>.

use serde::{Deserialize, Serialize};

use super::page::List;
use super::{ApiError, Client, tolerant};

const QUEUES: List = List {
    doing: "list the queues",
    path: "/v1/queue",
    rows: "queues",
};

/// A queue as Stringee lists it. A field that is missing there, or means nothing, is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Queue {
    /// The id that the webhook is sent as well.
    pub id: String,
    /// What people call it.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: Option<String>,
    /// Whether calls are recorded.
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub record_calls: Option<bool>,
    /// Whether agents get a pause after each call.
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub agent_wrap_up_after_calls: Option<bool>,
    /// That pause, in seconds.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub wrap_up_time_limit: Option<u32>,
    /// 1 = always open, 2 = in business hours.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub schedule: Option<u32>,
    /// How many seconds an agent is rung where the answer of the webhook does not say so.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub wait_agent_answer_timeout: Option<u32>,
    /// The file played while a caller waits.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub wait_greeting: Option<String>,
    /// The file played while a caller is on hold.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub hold_greeting: Option<String>,
    /// How many callers may wait; "coming soon".
    #[serde(default, deserialize_with = "tolerant::number")]
    pub maximum_queue_size: Option<u32>,
    /// How many seconds a caller may wait; "coming soon".
    #[serde(default, deserialize_with = "tolerant::number")]
    pub maximum_queue_wait_time: Option<u32>,
    /// The number that agents see when their telephones are rung (`routing_type` 2).
    #[serde(default, deserialize_with = "tolerant::text")]
    pub from_number_callout_to_agent: Option<String>,
    /// The webhook that is asked whom to ring.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub get_list_agents_url: Option<String>,
    /// Who counts as online: 1 = on web or app, 2 = or on a SIP phone.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub cond_routing: Option<u32>,
}

/// What a queue is created with, or what of it is changed. Only what is given is sent; a text of `""` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueFields {
    /// See [`Queue::name`]; needed to create one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// See [`Queue::record_calls`]; yes unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_calls: Option<bool>,
    /// See [`Queue::agent_wrap_up_after_calls`]; yes unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_wrap_up_after_calls: Option<bool>,
    /// See [`Queue::wrap_up_time_limit`]; 10 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrap_up_time_limit: Option<u32>,
    /// See [`Queue::schedule`]; 1 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<u32>,
    /// See [`Queue::wait_agent_answer_timeout`]; at least 3, 15 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_agent_answer_timeout: Option<u32>,
    /// See [`Queue::wait_greeting`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_greeting: Option<String>,
    /// See [`Queue::hold_greeting`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_greeting: Option<String>,
    /// See [`Queue::maximum_queue_size`]; 5 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_queue_size: Option<u32>,
    /// See [`Queue::maximum_queue_wait_time`]; 60 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_queue_wait_time: Option<u32>,
    /// See [`Queue::from_number_callout_to_agent`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_number_callout_to_agent: Option<String>,
    /// See [`Queue::get_list_agents_url`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get_list_agents_url: Option<String>,
    /// See [`Queue::cond_routing`]; 1 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cond_routing: Option<u32>,
}

/// The shortest documented `wait_agent_answer_timeout`.
const SHORTEST_ANSWER_TIMEOUT: u32 = 3;

impl QueueFields {
    /// Only the webhook; `""` takes it away.
    pub fn webhook(url: &str) -> Self {
        Self {
            get_list_agents_url: Some(url.to_owned()),
            ..Self::default()
        }
    }

    /// Everything that Stringee would not take, a sentence each.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut must = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        if let Some(name) = &self.name {
            must(!name.trim().is_empty(), "name must not be empty");
        }
        if let Some(schedule) = self.schedule {
            must(
                matches!(schedule, 1 | 2),
                "schedule must be 1 (always) or 2 (business hours)",
            );
        }
        if let Some(routing) = self.cond_routing {
            must(
                matches!(routing, 1 | 2),
                "cond-routing must be 1 (online on web or app) or 2 (or on a SIP phone)",
            );
        }
        if let Some(seconds) = self.wait_agent_answer_timeout {
            must(
                seconds >= SHORTEST_ANSWER_TIMEOUT,
                "wait-agent-answer-timeout must be 3 seconds or more",
            );
        }
        if let Some(size) = self.maximum_queue_size {
            must(size >= 1, "maximum-queue-size must be 1 call or more");
        }
        if let Some(seconds) = self.maximum_queue_wait_time {
            must(
                seconds >= 1,
                "maximum-queue-wait-time must be 1 second or more",
            );
        }
        if let Some(number) = &self.from_number_callout_to_agent {
            let is_digits = number.bytes().all(|byte| byte.is_ascii_digit());
            must(
                is_digits && !number.starts_with('0'),
                "from-number-callout-to-agent must be digits in international form, such as 842473082666, or \"\"",
            );
        }
        if let Some(url) = &self.get_list_agents_url {
            let is_web = url.starts_with("https://") || url.starts_with("http://");
            must(
                url.is_empty() || is_web,
                "get-list-agents-url must begin with https:// (or http://), or be \"\"",
            );
        }
        faults
    }
}

impl Client {
    /// All queues of the project.
    ///
    /// # Errors
    /// As every request: no answer, a refusal, or an answer that is not understood.
    pub fn queues(&self) -> Result<Vec<Queue>, ApiError> {
        self.all(QUEUES, None)
    }

    /// One queue; Stringee only has lists of them.
    ///
    /// # Errors
    /// There is none of that id; else as every request.
    pub fn queue(&self, id: &str) -> Result<Queue, ApiError> {
        for queue in self.queues()? {
            if queue.id == id {
                return Ok(queue);
            }
        }
        Err(ApiError::NotFound {
            what: "queue",
            id: id.to_owned(),
        })
    }

    /// Creates a queue and gives its id.
    ///
    /// # Errors
    /// As every request. Without an answer it may have been created all the same: it is never asked for twice.
    pub fn create_queue(&self, fields: &QueueFields) -> Result<String, ApiError> {
        self.post("create the queue", QUEUES.path, fields)?
            .text("queueID")
    }

    /// Changes the given fields of a queue.
    ///
    /// # Errors
    /// As every request.
    pub fn update_queue(&self, id: &str, fields: &QueueFields) -> Result<(), ApiError> {
        self.put("update the queue", QUEUES.path, id, fields)?;
        Ok(())
    }

    /// Deletes a queue that exists.
    ///
    /// # Errors
    /// As every request.
    pub fn delete_queue(&self, id: &str) -> Result<(), ApiError> {
        match self.delete("delete the queue", QUEUES.path, id) {
            Ok(_) => Ok(()),
            // The answer to a first attempt may have been lost, and the second one then finds nothing to delete.
            Err(ApiError::Refused { .. })
                if matches!(self.queue(id), Err(ApiError::NotFound { .. })) =>
            {
                Ok(())
            }
            Err(fault) => Err(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn first_queue(sample: &str) -> Queue {
        let sample: Value = serde_json::from_str(sample).unwrap();
        serde_json::from_value(sample["data"]["queues"][0].clone()).unwrap()
    }

    #[test]
    fn the_documented_lists_are_read() {
        let queue = first_queue(include_str!(
            "../../../../tests/fixtures/stringee/queue-list-response-totalCount.json"
        ));
        assert_eq!(
            (&*queue.id, queue.name.as_deref()),
            ("QU_N5QCBUD0FEXRPJRZ", Some("QUEUE 33"))
        );
        assert_eq!(
            (queue.record_calls, queue.agent_wrap_up_after_calls),
            (Some(true), Some(true))
        );
        assert_eq!(
            (
                queue.wait_greeting.as_deref(),
                queue.hold_greeting.as_deref()
            ),
            (None, Some("file-1.mp3"))
        );
        assert_eq!(
            (queue.wrap_up_time_limit, queue.wait_agent_answer_timeout),
            (Some(10), Some(15))
        );
        let queue = first_queue(include_str!(
            "../../../../tests/fixtures/stringee/queue-list-response-totalQueues.json"
        ));
        assert_eq!(
            (queue.wait_greeting, queue.hold_greeting),
            (None, None),
            "a greeting of 0 is none"
        );
        assert_eq!(
            (queue.agent_wrap_up_after_calls, queue.schedule),
            (Some(false), Some(1))
        );
        assert_eq!(
            (queue.get_list_agents_url, queue.cond_routing),
            (None, None)
        );
    }

    #[test]
    fn the_documented_requests_can_be_said() {
        let said = |fields: QueueFields| serde_json::to_value(fields).unwrap();
        let sample = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let create = QueueFields {
            name: Some("QUEUE_NAME".to_owned()),
            record_calls: Some(false),
            agent_wrap_up_after_calls: Some(true),
            wrap_up_time_limit: Some(20),
            schedule: Some(2),
            wait_agent_answer_timeout: Some(15),
            wait_greeting: Some("file-1.mp3".to_owned()),
            maximum_queue_size: Some(5),
            maximum_queue_wait_time: Some(60),
            ..QueueFields::default()
        };
        assert_eq!(
            said(create),
            sample(include_str!(
                "../../../../tests/fixtures/stringee/queue-create-request.json"
            ))
        );
        let update = QueueFields {
            record_calls: Some(false),
            wait_agent_answer_timeout: Some(33),
            ..QueueFields::default()
        };
        assert_eq!(
            said(update),
            sample(include_str!(
                "../../../../tests/fixtures/stringee/queue-update-request.json"
            ))
        );
        let cleared = QueueFields {
            wait_greeting: Some(String::new()),
            ..QueueFields::default()
        };
        assert_eq!(said(cleared), json!({"wait_greeting": ""}));
    }

    #[test]
    fn what_stringee_would_not_take_is_said_all_at_once() {
        let faults = QueueFields {
            name: Some(" ".to_owned()),
            schedule: Some(3),
            wait_agent_answer_timeout: Some(2),
            from_number_callout_to_agent: Some("0247".to_owned()),
            get_list_agents_url: Some("router.example.com".to_owned()),
            ..QueueFields::default()
        }
        .faults();
        assert_eq!(faults.len(), 5, "{faults:#?}");
        let fine = QueueFields {
            wait_agent_answer_timeout: Some(3),
            from_number_callout_to_agent: Some(String::new()),
            get_list_agents_url: Some(String::new()),
            ..QueueFields::default()
        };
        assert_eq!(fine.faults(), Vec::<String>::new());
    }
}
