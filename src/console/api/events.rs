//! What happens to the rules, told to browsers as it happens.
//!
//! The whole state comes first, and again whenever it differs, so that whoever has lost the connection has missed nothing. Beside
//! it stand events of what has happened: `version`, `refused`, `held`, `fault`, `draft`, `present`, and `calls` when the
//! journal has grown. A browser without a stream asks `/pulse` for the state every now and then.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::sync::watch::Receiver;
use tokio::time::{Interval, interval};

use super::read::{HeldView, InForce};
use super::{ApiError, encoded, json_bytes};
use crate::console::Desk;
use crate::console::access::User;
use crate::console::desk::News;
use crate::console::draft::preview::PlannedProblem;
use crate::store::{JOURNAL_FILE, last_editor};

/// How often something is sent at least, so that a connection that is gone shows.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// How often it is asked whether the user may still follow (they sign out, lose a token or are switched off meanwhile), and
/// whether the journal has grown.
const ASK_AGAIN: Duration = Duration::from_secs(10);

pub(super) async fn events(
    user: User,
    State(desk): State<Arc<Desk>>,
    parts: Parts,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = desk.live.changes();
    changes.mark_changed();
    let journal = journal_written(&desk).await;
    let following = Following {
        news: desk.news.subscribe(),
        desk,
        user,
        parts,
        again: interval(ASK_AGAIN),
        changes,
        said: String::new(),
        journal,
        seen: None,
        waiting: VecDeque::new(),
        is_over: false,
    };
    let stream = unfold(following, |mut following| async {
        let event = following.next().await?;
        Some((Ok(event), following))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

pub(super) async fn pulse(user: User, State(desk): State<Arc<Desk>>) -> Result<Response, ApiError> {
    let language = user.language();
    let made = desk.work(move |desk| encoded(&InForce::new(&desk.live, language)));
    Ok(json_bytes(made.await??))
}

/// What was told last of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SeenRules {
    version: u64,
    refused: Option<u64>,
    held: Option<u64>,
    fault: Option<String>,
}

struct Following {
    desk: Arc<Desk>,
    user: User,
    /// What the user was known by.
    parts: Parts,
    again: Interval,
    changes: Receiver<()>,
    news: broadcast::Receiver<News>,
    /// The state that was told last.
    said: String,
    seen: Option<SeenRules>,
    /// When the journal was written last.
    journal: Option<SystemTime>,
    /// What comes next.
    waiting: VecDeque<Event>,
    is_over: bool,
}

impl Following {
    /// The next event; the last one is `bye`, when the server is about to end.
    async fn next(&mut self) -> Option<Event> {
        while !self.is_over {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            tokio::select! {
                () = self.desk.ending.cancelled() => {
                    self.is_over = true;
                    return Some(event("bye", &json!({})));
                }
                changed = self.changes.changed() => {
                    changed.ok()?;
                    self.look().await?;
                }
                news = self.news.recv() => match news {
                    Ok(news) => self.waiting.extend(of_news(&news, &self.user)),
                    // A browser that is slow misses what others do, never the state.
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                _ = self.again.tick() => {
                    self.user = self.user.again(&self.parts, &self.desk).await?;
                    self.look_at_journal().await;
                }
            }
        }
        None
    }

    /// Tells that there are more calls, once for all that came since it was looked last.
    async fn look_at_journal(&mut self) {
        let written = journal_written(&self.desk).await;
        if self.journal != written {
            self.journal = written;
            self.waiting.push_back(event("calls", &json!({})));
        }
    }

    /// Tells the state if it differs, and what has happened to it.
    async fn look(&mut self) -> Option<()> {
        let language = self.user.language();
        let state = self.desk.work(move |desk| {
            serde_json::to_string(&InForce::new(&desk.live, language)).unwrap_or_default()
        });
        let state = state.await.ok()?;
        if state != self.said {
            self.waiting
                .push_back(Event::default().event("state").data(&state));
            self.said = state;
        }
        let (status, served) = (
            self.desk.live.status(),
            Arc::clone(&self.desk.live.served()),
        );
        let now = SeenRules {
            version: served.version,
            refused: status.refused,
            held: status.held.as_ref().map(|held| held.fingerprint),
            fault: status.fault.clone(),
        };
        let Some(before) = self.seen.replace(now.clone()) else {
            return Some(());
        };
        if before.version != now.version {
            let editor = last_editor(&self.desk.database.rules).await.ok().flatten();
            let editor = editor.unwrap_or_default();
            let version = json!({
                "version": served.version,
                "hash": format!("{:016x}", served.fingerprint),
                "actor": editor.actor,
                "reason": editor.reason,
            });
            self.waiting.push_back(event("version", &version));
        }
        if before.refused != now.refused && now.refused.is_some() {
            /// More nobody reads at once; `/problems` has them all.
            const MAX_PROBLEMS: usize = 20;
            let errors = status.problems.iter().filter(|problem| problem.is_error());
            let problems: Vec<PlannedProblem> = errors
                .take(MAX_PROBLEMS)
                .map(|problem| PlannedProblem::new(problem, language))
                .collect();
            let refused = event("refused", &json!({ "problems": problems }));
            self.waiting.push_back(refused);
        }
        if before.held != now.held
            && let Some(held) = &status.held
        {
            let held = json!(HeldView::new(held, language));
            self.waiting.push_back(event("held", &held));
        }
        if before.fault != now.fault && now.fault.is_some() {
            let fault = event("fault", &json!({ "fault": now.fault }));
            self.waiting.push_back(fault);
        }
        Some(())
    }
}

/// When the journal was written last: what is written stands in the log of the file first.
async fn journal_written(desk: &Desk) -> Option<SystemTime> {
    let log = desk.database.state.join(format!("{JOURNAL_FILE}-wal"));
    let log = tokio::fs::metadata(log).await.ok()?;
    log.modified().ok()
}

/// What is told of it; drafts of others only to those who see them in the list.
fn of_news(news: &News, user: &User) -> Option<Event> {
    match news {
        News::Draft { by, .. } if !user.sees_those_of(by) => None,
        News::Draft {
            id,
            by,
            tables,
            keys,
        } => {
            let draft = json!({ "id": id, "by": by, "tables": tables, "keys": keys });
            Some(event("draft", &draft))
        }
        News::Present { who, page } => Some(event("present", &json!({ "who": who, "page": page }))),
    }
}

fn event(kind: &str, data: &Value) -> Event {
    Event::default().event(kind).data(data.to_string())
}
