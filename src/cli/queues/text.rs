//! Queues as lines for people.

use std::fmt::{self, Display, Formatter};

use stringee::client::Queue;

/// All queues: id, name, and whom they ask.
pub(super) struct Listed<'q>(pub(super) &'q [Queue]);

/// All fields of one queue.
pub(super) struct QueueText<'q>(pub(super) &'q Queue);

impl Display for Listed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Queue) -> &str| {
            let widths = self.0.iter().map(|queue| text(queue).chars().count());
            widths.max().unwrap_or(0)
        };
        let (id_width, name_width) = (width(|queue| &queue.id), width(name));
        for (nth, queue) in self.0.iter().enumerate() {
            if nth > 0 {
                writeln!(f)?;
            }
            let url = queue
                .get_list_agents_url
                .as_deref()
                .unwrap_or("not connected");
            write!(
                f,
                "{:id_width$}  {:name_width$}  {url}",
                queue.id,
                name(queue)
            )?;
        }
        if self.0.is_empty() {
            f.write_str("the project has no queues")
        } else {
            Ok(())
        }
    }
}

impl Display for QueueText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let queue = self.0;
        write_field(f, "id", Some(&queue.id))?;
        write_field(f, "name", queue.name.as_ref())?;
        write_field(f, "record-calls", queue.record_calls)?;
        write_field(
            f,
            "agent-wrap-up-after-calls",
            queue.agent_wrap_up_after_calls,
        )?;
        write_field(f, "wrap-up-time-limit", queue.wrap_up_time_limit)?;
        write_field(f, "schedule", queue.schedule)?;
        write_field(
            f,
            "wait-agent-answer-timeout",
            queue.wait_agent_answer_timeout,
        )?;
        write_field(f, "wait-greeting", queue.wait_greeting.as_ref())?;
        write_field(f, "hold-greeting", queue.hold_greeting.as_ref())?;
        write_field(f, "maximum-queue-size", queue.maximum_queue_size)?;
        write_field(f, "maximum-queue-wait-time", queue.maximum_queue_wait_time)?;
        write_field(
            f,
            "from-number-callout-to-agent",
            queue.from_number_callout_to_agent.as_ref(),
        )?;
        write_field(f, "cond-routing", queue.cond_routing)?;
        let url = queue.get_list_agents_url.as_deref().unwrap_or("-");
        write!(f, "{:30}{url}", "get-list-agents-url")
    }
}

/// A line with the option's name and its value.
fn write_field(f: &mut Formatter<'_>, name: &str, value: Option<impl Display>) -> fmt::Result {
    match value {
        Some(value) => writeln!(f, "{name:30}{value}"),
        None => writeln!(f, "{name:30}-"),
    }
}

fn name(queue: &Queue) -> &str {
    queue.name.as_deref().unwrap_or("")
}
