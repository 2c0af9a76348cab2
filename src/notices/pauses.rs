//! Not too often: after a notice of a kind, no second one for a while.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{NoticeKind, NoticeMessage};

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

    #[test]
    fn the_same_kind_is_told_once_in_a_while_and_says_what_was_left_out() {
        let start = clock::monotonic();
        let minutes = |minutes| start + Duration::from_mins(minutes);
        let mut pauses = NoticePauses::new(Duration::from_mins(15));
        let notice = |kind, title: &str| NoticeMessage {
            kind,
            title: title.to_owned(),
            ..NoticeMessage::test(Language::En, clock::now())
        };
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
