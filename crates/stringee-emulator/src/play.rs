//! Plays a contact center against a webhook.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::call_event::{CallEvent, Party, Status};
use super::check::{Checker, OnItsWay};
use super::collection::Collection;
use super::floor::Floor;
use super::options::Play;
use super::people::{CallNumber, Happening, Hotline, Millis};
use super::state::{Record, SharedState, State};
use super::summary::{CallCounts, Spread, Summary};
use stringee::ask::{Asker, WaitingCall, WaitingCalls};
use stringee::client::http_agent;
use stringee::wire::signature::{SIGNATURE_HEADER, SigningKey};

/// Why there is nothing to play.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// No number leads to a queue.
    #[error("no number of the state has a queue_id: nobody can call")]
    NoHotline,
    /// No queue asks anybody.
    #[error(
        "no queue has a get_list_agents_url; connect one with `stringee-router queues connect`, or give --url"
    )]
    NoWebhook,
    /// A hotline that is given a rate is not there.
    #[error("there is no hotline {0} that leads to a connected queue")]
    UnknownHotline(String),
}

/// Plays until the emulated time is over. Blocks; `say` gets a line now and then.
///
/// # Errors
/// The state has nothing to play with.
pub fn play(
    state: &SharedState,
    play: &Play,
    say: &mut dyn FnMut(String),
) -> Result<Summary, PlayError> {
    let cast = Cast::of(&state.lock(), play)?;
    let (events, posted) = mpsc::sync_channel(MAX_EVENTS_WAITING);
    thread::scope(|scope| {
        let poster = play.events_url.as_deref().map(|url| {
            let key = cast.signing_key.as_deref().map(SigningKey::new);
            scope.spawn(move || post_all(url, key.as_ref(), &posted))
        });
        let mut stage = Stage::new(play, &cast, events, poster.is_some());
        stage.run(say);
        let summary = stage.into_summary();
        let (sent, failed) = poster
            .and_then(|poster| poster.join().ok())
            .unwrap_or_default();
        Ok(Summary {
            events_sent: sent,
            events_failed: summary.events_failed + failed,
            ..summary
        })
    })
}

/// Events that wait for a slow receiver before they are dropped.
const MAX_EVENTS_WAITING: usize = 10_000;

/// What of the state is played with.
struct Cast {
    project_id: u64,
    signing_key: Option<String>,
    hotlines: Vec<Hotline>,
    urls: BTreeMap<String, String>,
    agents: BTreeSet<String>,
}

impl Cast {
    fn of(state: &State, play: &Play) -> Result<Self, PlayError> {
        let mut urls = BTreeMap::new();
        for queue in state.list(Collection::Queues) {
            let url = match &play.url {
                Some(url) => url,
                None => text(queue, "get_list_agents_url"),
            };
            if !url.is_empty() {
                urls.insert(text(queue, "id").to_owned(), url.to_owned());
            }
        }
        if urls.is_empty() {
            return Err(PlayError::NoWebhook);
        }
        let mut hotlines = Vec::new();
        for number in state.list(Collection::Numbers) {
            let queue = text(number, "queue_id");
            if urls.contains_key(queue) {
                hotlines.push(Hotline {
                    number: text(number, "number").to_owned(),
                    wrap_up_seconds: wrap_up_seconds(state, queue),
                    queue: queue.to_owned(),
                    rate: 0.0,
                });
            }
        }
        share_out(&mut hotlines, play)?;
        let mut agents = BTreeSet::new();
        for agent in state.list(Collection::Agents) {
            agents.insert(text(agent, "stringee_user_id").to_owned());
        }
        Ok(Self {
            project_id: state.project_id,
            signing_key: state.signing_key.clone(),
            hotlines,
            urls,
            agents,
        })
    }
}

/// Gives each hotline its rate of calls.
fn share_out(hotlines: &mut [Hotline], play: &Play) -> Result<(), PlayError> {
    if hotlines.is_empty() {
        return Err(PlayError::NoHotline);
    }
    for (number, rate) in &play.hotline_rates {
        let hotline = hotlines
            .iter_mut()
            .find(|hotline| hotline.number == *number);
        let Some(hotline) = hotline else {
            return Err(PlayError::UnknownHotline(number.clone()));
        };
        hotline.rate = *rate;
    }
    let is_named = |hotline: &Hotline| {
        let mut named = play.hotline_rates.iter();
        named.any(|(number, _)| *number == hotline.number)
    };
    let others = hotlines.iter().filter(|hotline| !is_named(hotline)).count();
    let others = u32::try_from(others).unwrap_or(u32::MAX);
    for hotline in hotlines {
        if !is_named(hotline) {
            hotline.rate = play.calls_per_second / f64::from(others);
        }
    }
    Ok(())
}

/// The text in a field, empty if there is none.
fn text<'r>(record: &'r Record, field: &str) -> &'r str {
    match record.get(field) {
        Some(Value::String(text)) => text,
        _ => "",
    }
}

fn wrap_up_seconds(state: &State, queue: &str) -> u32 {
    let mut queues = state.list(Collection::Queues).iter();
    let Some(queue) = queues.find(|record| text(record, "id") == queue) else {
        return 0;
    };
    if queue.get("agent_wrap_up_after_calls") == Some(&Value::Bool(false)) {
        return 0;
    }
    match queue.get("wrap_up_time_limit").and_then(Value::as_u64) {
        Some(limit) => u32::try_from(limit).unwrap_or(0),
        None => 0,
    }
}

/// Where it is played.
struct Stage<'p> {
    play: &'p Play,
    cast: &'p Cast,
    floor: Floor<'p>,
    asker: Asker,
    checker: Checker,
    began: Instant,
    epoch_ms: i64,
    events: mpsc::SyncSender<CallEvent>,
    posts_events: bool,
    rings: usize,
    questions: u64,
    calls_asked_about: u64,
    answer_micros: Vec<u64>,
    events_dropped: u64,
    late_ms: u64,
}

impl<'p> Stage<'p> {
    fn new(
        play: &'p Play,
        cast: &'p Cast,
        events: mpsc::SyncSender<CallEvent>,
        posts_events: bool,
    ) -> Self {
        Self {
            play,
            cast,
            floor: Floor::new(play, cast.hotlines.clone(), cast.agents.iter().cloned()),
            asker: Asker::new(cast.signing_key.as_deref(), play.assumptions.answer_limit),
            checker: Checker::new(cast.agents.clone(), play),
            began: clock::monotonic(),
            epoch_ms: clock::now().as_millisecond(),
            events,
            posts_events,
            rings: 0,
            questions: 0,
            calls_asked_about: 0,
            answer_micros: Vec::new(),
            events_dropped: 0,
            late_ms: 0,
        }
    }

    fn run(&mut self, say: &mut dyn FnMut(String)) {
        const MINUTE_MS: Millis = 60_000;
        let end = u64::from(self.play.seconds) * 1000;
        let mut next_minute = MINUTE_MS;
        while let Some(now) = self.floor.next_time()
            && now <= end
        {
            while now >= next_minute {
                say(self.line(next_minute / MINUTE_MS));
                next_minute += MINUTE_MS;
            }
            self.wait_until(now);
            if let Some((queue, calls)) = self.floor.step() {
                self.ask(now, &queue, &calls);
            }
            for happening in self.floor.take_happenings() {
                self.rings += usize::from(happening.status == Status::Ringing);
                self.post(&happening);
            }
        }
        self.wait_until(end);
    }

    /// Lets the clock catch up with the emulated time.
    fn wait_until(&mut self, at: Millis) {
        let due = self.began + Duration::from_millis(at) / self.play.speed.max(1);
        let now = clock::monotonic();
        thread::sleep(due.saturating_duration_since(now));
        let late = whole(now.saturating_duration_since(due).as_millis());
        self.late_ms = self.late_ms.max(late);
    }

    /// Asks about calls, in as many questions as it takes, and lets the floor know.
    fn ask(&mut self, now: Millis, queue: &str, calls: &[CallNumber]) {
        let Some(url) = self.cast.urls.get(queue) else {
            return;
        };
        for some in calls.chunks(self.play.assumptions.calls_per_question.max(1)) {
            let mut known: Vec<(CallNumber, WaitingCall<'_>)> = Vec::new();
            for number in some {
                if let Some(call) = waiting(&self.floor, *number) {
                    known.push((*number, call));
                }
            }
            let asked: Vec<WaitingCall<'_>> = known.iter().map(|(_, call)| *call).collect();
            let question = WaitingCalls {
                queue_id: queue,
                calls: asked.clone(),
                project_id: Some(self.cast.project_id),
            };
            let (sent, minute) = (clock::monotonic(), clock::now().as_second() / 60);
            let answer = self.asker.ask(url, &question);
            let received = clock::monotonic();
            self.questions += 1;
            self.calls_asked_about += u64::try_from(some.len()).unwrap_or(0);
            self.answer_micros
                .push(whole(received.saturating_duration_since(sent).as_micros()));
            let since = |at: Instant| whole(at.saturating_duration_since(self.began).as_millis());
            let when = OnItsWay {
                sent: since(sent),
                received: since(received),
                minute,
            };
            match answer {
                Ok(answer) => {
                    self.checker.answered(&asked, &answer, when);
                    let mut numbers = BTreeMap::new();
                    for (number, call) in &known {
                        numbers.insert(call.call_id.to_owned(), *number);
                    }
                    for call in answer.calls {
                        if let Some(number) = numbers.get(&call.call_id) {
                            self.floor.answered(now, *number, call.agents);
                        }
                    }
                }
                Err(error) => self.checker.failed(url, &error),
            }
        }
    }

    fn post(&mut self, happening: &Happening) {
        if !self.posts_events {
            return;
        }
        let Some(call) = self.floor.call(happening.call) else {
            return;
        };
        let hotline = self.floor.hotline(call);
        let to = match &happening.agent {
            Some(agent) => Party::internal(agent),
            None => Party::external(hotline.map_or("", |hotline| &hotline.number)),
        };
        let event = CallEvent {
            call_status: happening.status,
            call_id: call.id.clone(),
            timestamp_ms: self.epoch_ms + i64::try_from(happening.at).unwrap_or(i64::MAX),
            project_id: self.cast.project_id,
            kind: "stringee_call",
            from: Party::external(&call.from),
            to,
        };
        self.events_dropped += u64::from(self.events.try_send(event).is_err());
    }

    fn line(&self, minute: u64) -> String {
        let CallCounts {
            answered,
            lost,
            waiting,
            wait_seconds,
            ..
        } = CallCounts::of(self.floor.calls());
        let (calls, broken) = (self.floor.calls().len(), self.checker.times_broken());
        let half = wait_seconds.half;
        format!(
            "minute {minute}: {calls} calls, {answered} answered (half within {half:.1} s), {waiting} waiting, {lost} lost; \
             {broken} promises broken"
        )
    }

    fn into_summary(self) -> Summary {
        let CallCounts {
            answered,
            lost,
            waiting,
            wait_seconds,
            lost_after_seconds,
            shares,
        } = CallCounts::of(self.floor.calls());
        Summary {
            seconds: self.play.seconds,
            calls: self.floor.calls().len(),
            answered,
            lost,
            waiting,
            wait_seconds,
            lost_after_seconds,
            rings: self.rings,
            rings_in_vain: self.floor.rings_in_vain,
            questions: self.questions,
            calls_asked_about: self.calls_asked_about,
            answer_milliseconds: Spread::of(self.answer_micros),
            events_sent: 0,
            events_failed: self.events_dropped,
            late_milliseconds: self.late_ms,
            shares,
            broken: self.checker.into_broken(),
        }
    }
}

/// A call as a question names it.
fn waiting<'f>(floor: &'f Floor<'_>, number: CallNumber) -> Option<WaitingCall<'f>> {
    let call = floor.call(number)?;
    Some(WaitingCall {
        call_id: &call.id,
        from: &call.from,
        to: floor.hotline(call).map_or("", |line| &line.number),
    })
}

/// Posts events until there are no more. Gives how many were taken, and how many were not.
fn post_all(url: &str, key: Option<&SigningKey>, events: &mpsc::Receiver<CallEvent>) -> (u64, u64) {
    const LIMIT: Duration = Duration::from_secs(5);
    let http = http_agent(LIMIT);
    let (mut sent, mut failed) = (0, 0);
    for event in events {
        // Texts and numbers always have a JSON form.
        let body = serde_json::to_vec(&event).unwrap_or_default();
        let mut request = http.post(url).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header(SIGNATURE_HEADER, key.sign(&body));
        }
        match request.send(&body[..]) {
            Ok(response) if response.status().is_success() => sent += 1,
            _ => failed += 1,
        }
    }
    (sent, failed)
}

fn whole(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
