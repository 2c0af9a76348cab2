//! `emulate calls`: plays callers and agents against a webhook.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::super::output::{Output, complain};
use super::super::rules;
use routing::compare::step_times;
use routing::snapshot::{Snapshot, Step, Target};
use stringee_emulator::{
    Assumptions, Behaviour, Kept, OnEmptyList, Play, Ringing, SharedState, WhenRung, WhichCalls,
    play,
};

/// Let callers call and agents pick up, and check every answer of the webhook
///
/// Callers arrive by chance at the given rate and lose patience; the webhook is asked about the calls that wait; the
/// answered lists are rung; agents pick up, miss or are offline. The same seed plays the same people again. Time of day
/// is the real one.
///
/// With --speed 10 ten minutes pass in one. A server counts waiting by its own clock: start it with
/// `serve --waiting-speed 10`, or its steps come ten times too late in emulated time. Differences of some milliseconds
/// remain, so two runs differ a little where a step begins.
#[derive(Debug, Args)]
pub(super) struct CallsArguments {
    /// The state file; `emulate state` writes one
    file: PathBuf,
    /// The webhook of all queues; without it that of each queue (`queues connect`), and queues without one get no calls
    #[arg(long)]
    url: Option<String>,
    /// Where call events are posted, signed like questions
    #[arg(long, value_name = "URL")]
    events_url: Option<String>,
    /// The rules database of the webhook: a list may then change only when one of its steps begins or ends, or as call
    /// events let it (longest_idle, fewest_calls, last_agent). Without it a list that was replaced must not come back
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Print the summary as a JSON object
    #[arg(long)]
    json: bool,
    /// Emulated minutes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: u32,
    /// Emulated seconds per second
    #[arg(long, value_name = "FACTOR", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    speed: u32,
    /// Calls per emulated second, over all hotlines
    #[arg(long, value_name = "RATE", default_value_t = 1.0, value_parser = rate)]
    calls_per_second: f64,
    /// Calls per emulated second of one hotline, e.g. 842473082001=0.5; may be repeated
    #[arg(long, value_name = "NUMBER=RATE", value_parser = hotline)]
    hotline: Vec<(String, f64)>,
    /// Plays other people
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    unknowns: Unknowns,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "People")]
struct People {
    /// In how many percent of the cases an agent who is rung picks up
    #[arg(long, value_name = "PERCENT", default_value_t = 85, value_parser = percent())]
    pick_up: u32,
    /// How many percent of the agents are offline
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = percent())]
    offline: u32,
    /// How long a call lasts on average
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    talk: u32,
    /// How long a caller waits on average before hanging up
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    patience: u32,
    /// How many different callers there are
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    callers: u32,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What Stringee does not document")]
struct Unknowns {
    /// How often a queue is asked about [assumed: 3; not documented]
    #[arg(long, value_name = "SECONDS", default_value_t = 3, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=600))]
    ask_every: u32,
    /// Which calls are asked about [assumed: waiting; the documents say "the calls waiting in the queue"]
    #[arg(long, value_enum, default_value_t = AskAbout::Waiting, hide_default_value = true)]
    ask_about: AskAbout,
    /// How many calls one question may name [assumed: 50; not documented, the sample has 2]
    #[arg(long, value_name = "CALLS", default_value_t = 50, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=2000))]
    calls_per_question: u32,
    /// How long an answer is waited for [assumed: 2000; documented only for the customer info URL]
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_t = 2000,
        hide_default_value = true
    )]
    answer_limit: u64,
    /// How a list is rung [assumed: in-order; not documented]
    #[arg(long, value_enum, default_value_t = Ring::InOrder, hide_default_value = true)]
    ring: Ring,
    /// What comes of ringing an agent who is rung for another call [assumed: in-vain; not documented]
    #[arg(long, value_enum, default_value_t = RungElsewhere::InVain, hide_default_value = true)]
    when_rung: RungElsewhere,
    /// What an empty list means [assumed: wait; not documented]
    #[arg(long, value_enum, default_value_t = EmptyList::Wait, hide_default_value = true)]
    empty_list: EmptyList,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AskAbout {
    /// All that ring nobody at the moment, each time
    Waiting,
    /// Those that ring somebody as well
    Ringing,
    /// Each call once
    New,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ring {
    /// One after the other
    InOrder,
    /// All who are free at once
    AtOnce,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RungElsewhere {
    /// It rings until answer_timeout, and nobody picks up
    InVain,
    /// The next on the list is rung at once, as if the agent talked
    Skipped,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EmptyList {
    /// The caller goes on waiting
    Wait,
    /// The call ends
    HangUp,
}

fn percent() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(0..=100)
}

fn rate(text: &str) -> Result<f64, &'static str> {
    match text.parse() {
        Ok(rate) if (0.0..=1000.0).contains(&rate) => Ok(rate),
        _ => Err("write a number of calls per second from 0 to 1000, such as 0.5"),
    }
}

fn hotline(text: &str) -> Result<(String, f64), &'static str> {
    let (number, calls) = text.split_once('=').ok_or("write it as NUMBER=RATE")?;
    Ok((number.to_owned(), rate(calls)?))
}

pub(super) async fn run(
    arguments: CallsArguments,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let state = SharedState::open(&arguments.file)?;
    let rules = match &arguments.rules {
        Some(rules) => Some(rules::snapshot(rules).await?),
        None => None,
    };
    let json = arguments.json;
    let played = arguments.play(rules.as_ref());
    let (lines, said) = mpsc::channel();
    let playing = tokio::task::spawn_blocking(move || {
        // Nobody listens any more once the command has ended.
        let mut say = move |line: String| drop(lines.send(line));
        play(&state, &played, &mut say)
    });
    tokio::task::spawn_blocking(move || said.iter().for_each(complain))
        .await
        .context("the play was cut short")?;
    let summary = playing.await.context("the play was cut short")??;
    if json {
        output.line(serde_json::to_string_pretty(&summary)?)?;
    } else {
        output.line(&summary)?;
    }
    let are_all_events_refused = summary.events_failed > 0 && summary.events_sent == 0;
    if are_all_events_refused {
        complain(
            "none of the call events was taken; look at --events-url, at its secret and at the signature",
        );
    }
    let is_well = summary.broken.is_empty() && !are_all_events_refused;
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl CallsArguments {
    fn play(self, rules: Option<&Snapshot>) -> Play {
        let People {
            pick_up,
            offline,
            talk,
            patience,
            callers,
        } = self.people;
        Play {
            seconds: self.minutes * 60,
            speed: self.speed,
            calls_per_second: self.calls_per_second,
            hotline_rates: self.hotline,
            seed: self.seed,
            url: self.url,
            events_url: self.events_url,
            step_seconds: rules.map(|rules| step_times([rules])),
            kept: rules.map(kept).unwrap_or_default(),
            behaviour: Behaviour {
                pick_up_percent: pick_up,
                offline_percent: offline,
                talk_seconds: talk,
                patience_seconds: patience,
                callers,
            },
            assumptions: self.unknowns.assumptions(),
        }
    }
}

impl Unknowns {
    fn assumptions(&self) -> Assumptions {
        Assumptions {
            ask_every_seconds: self.ask_every,
            which_calls: match self.ask_about {
                AskAbout::Waiting => WhichCalls::Waiting,
                AskAbout::Ringing => WhichCalls::Ringing,
                AskAbout::New => WhichCalls::New,
            },
            calls_per_question: usize::try_from(self.calls_per_question).unwrap_or(usize::MAX),
            answer_limit: Duration::from_millis(self.answer_limit),
            ringing: match self.ring {
                Ring::InOrder => Ringing::InOrder,
                Ring::AtOnce => Ringing::AtOnce,
            },
            when_rung: match self.when_rung {
                RungElsewhere::InVain => WhenRung::InVain,
                RungElsewhere::Skipped => WhenRung::Skipped,
            },
            on_empty_list: match self.empty_list {
                EmptyList::Wait => OnEmptyList::Wait,
                EmptyList::HangUp => OnEmptyList::HangUp,
            },
        }
    }
}

/// What of its list a call keeps between those seconds. Where call events decide about the order, they also decide about
/// who falls off the end of a list that is too long.
fn kept(snapshot: &Snapshot) -> Kept {
    let is_cut =
        |step: &Step| step.max_agents.is_some() || matches!(step.target, Target::LastAgent(_));
    match snapshot.heeds_activity() || snapshot.ranks_calls() {
        false => Kept::Order,
        true if steps(snapshot).any(is_cut)
            || snapshot.agents.len() > snapshot.settings.max_agents =>
        {
            Kept::Nothing
        }
        true => Kept::Agents,
    }
}

fn steps(snapshot: &Snapshot) -> impl Iterator<Item = &Step> {
    snapshot.rules.values().flat_map(|rule| &rule.steps)
}
