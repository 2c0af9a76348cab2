//! What happens to the rules, told to browsers as it happens.
//!
//! The whole state comes first, so that whoever has lost the connection has missed nothing. A browser without a stream
//! asks `/pulse` for the same every now and then.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::watch::Receiver;

use super::read::InForce;
use super::{ApiError, encoded, json_bytes};
use crate::config::Language;
use crate::console::Desk;
use crate::console::access::User;

/// How often something is sent at least, so that a connection that is gone shows.
const HEARTBEAT: Duration = Duration::from_secs(20);

pub(super) async fn events(
    user: User,
    State(desk): State<Arc<Desk>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = desk.live.changes();
    changes.mark_changed();
    let following = Following {
        desk,
        language: user.language(),
        changes,
        said: String::new(),
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

struct Following {
    desk: Arc<Desk>,
    language: Language,
    changes: Receiver<()>,
    /// The state that was told last.
    said: String,
    is_over: bool,
}

impl Following {
    /// The next event; the last one is `bye`, when the server is about to end.
    async fn next(&mut self) -> Option<Event> {
        while !self.is_over {
            tokio::select! {
                () = self.desk.ending.cancelled() => {
                    self.is_over = true;
                    return Some(Event::default().event("bye").data("{}"));
                }
                changed = self.changes.changed() => changed.ok()?,
            }
            let language = self.language;
            let state = self.desk.work(move |desk| {
                serde_json::to_string(&InForce::new(&desk.live, language)).unwrap_or_default()
            });
            let state = state.await.ok()?;
            if state != self.said {
                self.said.clone_from(&state);
                return Some(Event::default().event("state").data(state));
            }
        }
        None
    }
}
