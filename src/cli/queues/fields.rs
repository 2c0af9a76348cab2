//! The fields of a queue as options, with the names, units and defaults of Stringee's pages.

use clap::Args;

use stringee::client::QueueFields;

/// Everything that can be given when a queue is created or changed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fields")]
pub(super) struct FieldOptions {
    /// What people call it; needed for a new one
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Record its calls; new: true
    #[arg(long, value_name = "true|false")]
    record_calls: Option<bool>,
    /// Give agents a pause after each call; new: true
    #[arg(long, value_name = "true|false")]
    agent_wrap_up_after_calls: Option<bool>,
    /// How long that pause is, in seconds; new: 10
    #[arg(long, value_name = "SECONDS")]
    wrap_up_time_limit: Option<u32>,
    /// When it is open: 1 always, 2 in business hours; new: 1
    #[arg(long, value_name = "1|2")]
    schedule: Option<u32>,
    /// How long an agent is rung where the webhook does not say so, from 3 seconds on; new: 15
    #[arg(long, value_name = "SECONDS")]
    wait_agent_answer_timeout: Option<u32>,
    /// The file played while a caller waits; "" for none
    #[arg(long, value_name = "FILE")]
    wait_greeting: Option<String>,
    /// The file played while a caller is on hold; "" for none
    #[arg(long, value_name = "FILE")]
    hold_greeting: Option<String>,
    /// How many callers may wait ("coming soon" at Stringee); new: 5
    #[arg(long, value_name = "CALLS")]
    maximum_queue_size: Option<u32>,
    /// How long a caller may wait ("coming soon" at Stringee); new: 60
    #[arg(long, value_name = "SECONDS")]
    maximum_queue_wait_time: Option<u32>,
    /// The number that agents see when their telephones are rung (routing_type 2); "" for none
    #[arg(long, value_name = "NUMBER")]
    from_number_callout_to_agent: Option<String>,
    /// The webhook that is asked whom to ring; "" for none. `queues connect` tries it first
    #[arg(long, value_name = "URL")]
    get_list_agents_url: Option<String>,
    /// Which agents count as online: 1 on web or app, 2 on a SIP phone as well; new: 1
    #[arg(long, value_name = "1|2")]
    cond_routing: Option<u32>,
}

impl FieldOptions {
    pub(super) fn into_fields(self) -> QueueFields {
        QueueFields {
            name: self.name,
            record_calls: self.record_calls,
            agent_wrap_up_after_calls: self.agent_wrap_up_after_calls,
            wrap_up_time_limit: self.wrap_up_time_limit,
            schedule: self.schedule,
            wait_agent_answer_timeout: self.wait_agent_answer_timeout,
            wait_greeting: self.wait_greeting,
            hold_greeting: self.hold_greeting,
            maximum_queue_size: self.maximum_queue_size,
            maximum_queue_wait_time: self.maximum_queue_wait_time,
            from_number_callout_to_agent: self.from_number_callout_to_agent,
            get_list_agents_url: self.get_list_agents_url,
            cond_routing: self.cond_routing,
        }
    }
}
