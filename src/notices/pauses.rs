//! Not too often: after a notice of a kind, no second one for a while.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{NoticeKind, NoticeMessage};
use crate::rules::Status;

/// When a notice of a kind was sent last, and the newest one that waits.
#[derive(Debug, Default)]
struct Pause {
    sent: Option<Instant>,
    waiting: Option<NoticeMessage>,
    /// Those that were passed over by the one that waits.
    left_out: usize,
}

/// The pauses of all kinds.
#[derive(Debug)]
pub(super) struct NoticePauses {
    length: Duration,
    kinds: BTreeMap<NoticeKind, Pause>,
}

impl NoticePauses {
    pub(super) const fn new(length: Duration) -> Self {
        Self {
            length,
            kinds: BTreeMap::new(),
        }
    }

    /// Takes a notice to be sent as soon as it is time. A newer one of the same kind takes its place.
    pub(super) fn add(&mut self, notice: NoticeMessage) {
        let pause = self.kinds.entry(notice.kind).or_default();
        if pause.waiting.replace(notice).is_some() {
            pause.left_out += 1;
        }
    }

    /// What waits is not sent if what it tells is no more.
    pub(super) fn drop_what_is_over(&mut self, status: &Status, has_holes: bool) {
        for (kind, pause) in &mut self.kinds {
            let is_over = match kind {
                NoticeKind::Refused => status.refused.is_none(),
                NoticeKind::Held => status.held.is_none(),
                NoticeKind::Hole => !has_holes,
                NoticeKind::Test => false,
            };
            if is_over && pause.waiting.take().is_some() {
                pause.left_out += 1;
            }
        }
    }

    /// What is to be sent now.
    pub(super) fn due(&mut self, now: Instant) -> Vec<NoticeMessage> {
        let mut due = Vec::new();
        for pause in self.kinds.values_mut() {
            let is_over = pause
                .sent
                .is_none_or(|sent| now.saturating_duration_since(sent) >= self.length);
            if is_over && let Some(mut notice) = pause.waiting.take() {
                notice.left_out = std::mem::take(&mut pause.left_out);
                pause.sent = Some(now);
                due.push(notice);
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn notice(kind: NoticeKind, title: &str) -> NoticeMessage {
        NoticeMessage {
            kind,
            title: title.to_owned(),
            ..NoticeMessage::test(Language::En, clock::now())
        }
    }

    #[test]
    fn what_is_over_is_not_told_when_the_pause_is() {
        use NoticeKind::{Held, Hole, Refused};
        let start = clock::monotonic();
        let mut pauses = NoticePauses::new(Duration::from_mins(15));
        let add_all = |pauses: &mut NoticePauses| {
            for kind in [Refused, Held, Hole] {
                pauses.add(notice(kind, "one"));
            }
        };
        add_all(&mut pauses);
        assert_eq!(pauses.due(start).len(), 3);
        add_all(&mut pauses);
        let refused = Status {
            refused: Some(7),
            ..Status::default()
        };
        pauses.drop_what_is_over(&refused, false);
        let due = pauses.due(start + Duration::from_mins(20));
        let due: Vec<_> = due.iter().map(|one| (one.kind, one.left_out)).collect();
        assert_eq!(due, [(Refused, 0)]);
        add_all(&mut pauses);
        pauses.drop_what_is_over(&refused, true);
        let due = pauses.due(start + Duration::from_mins(40));
        let due: Vec<_> = due.iter().map(|one| (one.kind, one.left_out)).collect();
        assert_eq!(due, [(Refused, 0), (Hole, 1)]);
    }

    #[test]
    fn the_same_kind_is_told_once_in_a_while_and_says_what_was_left_out() {
        let start = clock::monotonic();
        let minutes = |minutes| start + Duration::from_mins(minutes);
        let mut pauses = NoticePauses::new(Duration::from_mins(15));
        let due = |pauses: &mut NoticePauses, at| {
            let due = pauses.due(minutes(at));
            let titles = due.into_iter().map(|one| (one.title, one.left_out));
            titles.collect::<Vec<_>>()
        };
        pauses.add(notice(NoticeKind::Refused, "first"));
        assert_eq!(due(&mut pauses, 0), [("first".to_owned(), 0)]);
        pauses.add(notice(NoticeKind::Refused, "second"));
        pauses.add(notice(NoticeKind::Held, "other"));
        assert_eq!(due(&mut pauses, 1), [("other".to_owned(), 0)]);
        pauses.add(notice(NoticeKind::Refused, "third"));
        pauses.add(notice(NoticeKind::Refused, "fourth"));
        assert_eq!(due(&mut pauses, 14), []);
        assert_eq!(due(&mut pauses, 15), [("fourth".to_owned(), 2)]);
        assert_eq!(due(&mut pauses, 60), []);
    }
}
