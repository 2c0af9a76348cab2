//! The way of a decision from an answer to the disk.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::buffer::Buffer;
use super::retention::ClockReading;
use super::writer::JournalWriter;
use super::{Answered, FILE, Journal, restore};
use crate::calls::activity::{EventTime, Ledger};
use crate::calls::memory::{CallMemory, Circumstances};
use crate::config::JournalConfig;
use crate::rules::{RulesAuthority, StateStatus};
use crate::store::{DecisionQuery, JournalFile};
use crate::telemetry::Metrics;
use routing::call::Call;
use routing::number::{CountryCode, Number};
use routing::route::{Decision, Outcome};

/// A server that serves nothing: every call is answered with an empty list.
struct Server {
    live: RulesAuthority,
    seen: Arc<CallMemory>,
    decision: Decision,
}

impl Server {
    fn new() -> Self {
        let decision = Decision {
            outcome: Outcome::Nobody,
            offers: Vec::new(),
            holds_until: u32::MAX,
        };
        let seen = Arc::new(CallMemory::new(clock::monotonic()));
        Self {
            live: RulesAuthority::new(Arc::new(Metrics::new()), Duration::ZERO),
            seen,
            decision,
        }
    }

    fn buffer(&self, mask: bool) -> Buffer {
        Buffer::new(mask, Arc::clone(&self.seen))
    }

    /// Answers a call; false if the buffer has no room.
    fn answers(&self, buffer: &Buffer, queue_id: &str, call_id: &str, seconds: i64) -> bool {
        let served = self.live.served();
        let from = Number::from_wire("0986776777", &CountryCode::default());
        let seen = self.seen.call(queue_id, call_id, clock::monotonic());
        let call = Call {
            queue_id,
            call_id,
            from,
            to: None,
        };
        seen.ask(&Circumstances {
            call: &call,
            version: served.version,
            minute: 0,
        });
        buffer.note(&Answered {
            call: &call,
            waited: 0,
            at: Timestamp::from_second(seconds).unwrap(),
            decision: &self.decision,
            snapshot: &served.snapshot,
            version: (served.version, served.fingerprint),
            seen,
        })
    }
}

fn new_writer(path: &Path) -> JournalWriter {
    let now = ClockReading {
        at: clock::monotonic(),
        time: clock::now(),
    };
    JournalWriter::new(path.to_owned(), &JournalConfig::default(), now)
}

/// The calls in a journal with how often they were asked about, the newest first.
async fn asked(path: &Path) -> Vec<(String, i64)> {
    let mut journal = JournalFile::open_to_read(path).await.unwrap();
    let rows = journal.decisions(&DecisionQuery::default()).await.unwrap();
    rows.into_iter()
        .map(|row| (row.call_id, row.asks))
        .collect()
}

#[test]
fn a_repeated_answer_is_only_counted() {
    let server = Server::new();
    let buffer = server.buffer(false);
    for second in 0..10 {
        assert!(server.answers(&buffer, "q", "a", second));
    }
    assert!(server.answers(&buffer, "another queue", "a", 0));
    let new: Vec<_> = buffer.take_new();
    assert_eq!(
        new.iter().flat_map(super::batch::Batch::decisions).count(),
        2
    );
    let repeated = buffer.take_repeated(false);
    assert_eq!(
        (
            repeated.len(),
            repeated[0].asks,
            repeated[0].last_at.as_second()
        ),
        (1, 9, 9)
    );
    assert!(server.answers(&buffer, "another queue", "a", 11));
    assert!(
        buffer.take_new().is_empty(),
        "it is remembered after it was taken out"
    );
    assert!(server.answers(&buffer, "q", "a", 12));
    assert!(
        buffer.take_new().is_empty(),
        "in each queue the call has an answer of its own"
    );
}

#[test]
fn a_full_buffer_takes_no_more_and_is_bounded_in_bytes() {
    let server = Server::new();
    let buffer = server.buffer(false);
    let taken = (0..400_000)
        .take_while(|call| server.answers(&buffer, "q", &call.to_string(), 0))
        .count();
    assert!((60_000..200_000).contains(&taken), "{taken}");
    assert!(
        server.answers(&buffer, "q", "0", 1),
        "what it has is still counted"
    );
    let buffer = server.buffer(false);
    let long = "x".repeat(10_000);
    let taken = (0..400_000)
        .take_while(|call| server.answers(&buffer, "q", &format!("long{call}{long}"), 0))
        .count();
    assert!(
        (50_000..60_000).contains(&taken),
        "{taken} calls, of whose ids 256 bytes are kept, in 16 MiB"
    );
}

#[tokio::test]
async fn what_cannot_be_written_is_kept_and_tried_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let (server, metrics) = (Server::new(), Metrics::new());
    let buffer = server.buffer(true);
    let mut writer = new_writer(&path);
    let ledger = Ledger::new(&JournalConfig::default());
    std::fs::create_dir(&path).unwrap();
    ledger.answered(
        "a",
        "hoa",
        Some("84986776777"),
        EventTime::new(None, 100_000),
    );
    server.answers(&buffer, "q", "a", 100);
    for _ in 0..2 {
        let fault = writer
            .round(Some(&buffer), &ledger, &metrics.journal, true)
            .await
            .unwrap_err();
        assert!(
            fault.contains("journal.db: cannot open the journal"),
            "{fault}"
        );
    }
    assert!(metrics.journal.lag.get() > 0.0);
    server.answers(&buffer, "q", "a", 130);
    server.answers(&buffer, "q", "b", 130);
    std::fs::remove_dir(&path).unwrap();
    for _ in 0..2 {
        writer
            .round(Some(&buffer), &ledger, &metrics.journal, true)
            .await
            .unwrap();
    }
    writer.close().await;
    assert_eq!(
        (
            metrics.journal.written.get(),
            metrics.journal.lag.get().to_bits()
        ),
        (2, 0)
    );
    let mut journal = JournalFile::open_to_read(&path).await.unwrap();
    let rows = journal.decisions(&DecisionQuery::default()).await.unwrap();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (&*row.call_id, row.asks, row.from.as_deref().unwrap()))
        .collect();
    assert_eq!(rows, [("b", 1, "…777"), ("a", 2, "…777")]);
    let again = Ledger::new(&JournalConfig::default());
    let known = restore(&again, &path, Timestamp::from_second(200).unwrap())
        .await
        .unwrap();
    assert_eq!(known, (1, 1));
    assert!(
        again
            .agent("hoa", Timestamp::from_second(200).unwrap())
            .talking
    );
}

#[tokio::test]
async fn call_events_alone_are_seen_to_wait() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let (metrics, ledger) = (Metrics::new(), Ledger::new(&JournalConfig::default()));
    let mut writer = new_writer(&path);
    std::fs::create_dir(&path).unwrap();
    ledger.answered("a", "hoa", None, EventTime::new(None, 100_000));
    for _ in 0..2 {
        writer
            .round(None, &ledger, &metrics.journal, true)
            .await
            .unwrap_err();
    }
    assert!(metrics.journal.lag.get() > 0.0);
    std::fs::remove_dir(&path).unwrap();
    writer
        .round(None, &ledger, &metrics.journal, true)
        .await
        .unwrap();
    assert_eq!(metrics.journal.lag.get().to_bits(), 0);
}

#[tokio::test]
async fn what_waits_at_the_end_is_written_once_the_file_can_be() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let (server, metrics) = (Server::new(), Arc::new(Metrics::new()));
    let live = Arc::new(RulesAuthority::new(Arc::clone(&metrics), Duration::ZERO));
    live.set_state(StateStatus {
        is_ours: true,
        ..StateStatus::default()
    });
    let journal = Journal::new(
        &JournalConfig::default(),
        path.clone(),
        Arc::clone(&server.seen),
        Arc::new(Ledger::new(&JournalConfig::default())),
        live,
        metrics,
    );
    std::fs::create_dir(&path).unwrap();
    // Decisions of long ago would be forgotten at once.
    let now = clock::now().as_second();
    server.answers(journal.buffer.as_ref().unwrap(), "q", "a", now);
    journal.round(false).await;
    server.answers(journal.buffer.as_ref().unwrap(), "q", "b", now + 1);
    let mend = async {
        tokio::task::yield_now().await;
        std::fs::remove_dir(&path).unwrap();
    };
    tokio::join!(journal.close(), mend);
    let mut file = JournalFile::open_to_read(&path).await.unwrap();
    let rows = file.decisions(&DecisionQuery::default()).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| &*row.call_id).collect::<Vec<_>>(),
        ["b", "a"]
    );
}

/// What becomes of a journal while it is written, and where it is then.
async fn is_written_on_after(goes: impl FnOnce(&Path)) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let (server, metrics) = (Server::new(), Metrics::new());
    let (buffer, ledger) = (server.buffer(false), Ledger::new(&JournalConfig::default()));
    let mut writer = new_writer(&path);
    let now = clock::now().as_second();
    for call in ["a", "b"] {
        server.answers(&buffer, "q", call, now);
    }
    let journal = &metrics.journal;
    writer
        .round(Some(&buffer), &ledger, journal, true)
        .await
        .unwrap();
    goes(&path);
    server.answers(&buffer, "q", "c", now + 1);
    writer
        .round(Some(&buffer), &ledger, journal, true)
        .await
        .unwrap();
    server.answers(&buffer, "q", "b", now + 2);
    writer
        .round(Some(&buffer), &ledger, journal, true)
        .await
        .unwrap();
    let notes = writer.notes();
    assert!(
        notes[0].contains("journal.db was removed or moved at"),
        "{notes:?}"
    );
    assert_eq!((notes.len(), journal.gone.get()), (1, 1));
    let expected = [("b".to_owned(), 1), ("c".to_owned(), 1)];
    assert_eq!(asked(&path).await, expected, "asked again is answered anew");
    writer.close().await;
    let moved = path.with_extension("old");
    if moved.exists() {
        let mut there = asked(&moved).await;
        there.sort_unstable();
        let expected = ["a", "b", "c"].map(|call| (call.to_owned(), 1));
        assert_eq!(there, expected, "what went has all that was written");
    }
}

#[tokio::test]
async fn a_journal_that_is_removed_is_begun_anew_and_loses_nothing_more() {
    is_written_on_after(|path| std::fs::remove_file(path).unwrap()).await;
}

#[tokio::test]
async fn a_journal_that_is_moved_is_whole_where_it_went() {
    is_written_on_after(|path| std::fs::rename(path, path.with_extension("old")).unwrap()).await;
}

#[tokio::test]
async fn a_journal_whose_directory_is_removed_is_begun_anew() {
    is_written_on_after(|path| {
        for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        std::fs::remove_dir(path.parent().unwrap()).unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_too_old_for_a_clock_that_is_ahead_stays_and_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let (server, metrics) = (Server::new(), Metrics::new());
    let (buffer, ledger) = (server.buffer(false), Ledger::new(&JournalConfig::default()));
    // As if the clock had been set on by 200 days since.
    let then = clock::now().as_second() - 200 * 86_400;
    for (place, call) in ["a", "b", "c"].into_iter().enumerate() {
        server.answers(
            &buffer,
            "q",
            call,
            then - i64::try_from(place).unwrap() * 5 * 86_400,
        );
    }
    for _ in 0..3 {
        let mut writer = new_writer(&path);
        writer
            .round(Some(&buffer), &ledger, &metrics.journal, true)
            .await
            .unwrap();
        writer.close().await;
    }
    let mut writer = new_writer(&path);
    server.answers(&buffer, "q", "d", clock::now().as_second());
    for _ in 0..3 {
        writer
            .round(Some(&buffer), &ledger, &metrics.journal, true)
            .await
            .unwrap();
    }
    writer.close().await;
    let mut second_start = new_writer(&path);
    second_start
        .round(Some(&buffer), &ledger, &metrics.journal, true)
        .await
        .unwrap();
    let notes = second_start.notes();
    assert!(
        notes[0].starts_with("3 rows of the journal are too old (before "),
        "{notes:?}"
    );
    assert_eq!(metrics.journal.held.get(), 3);
    assert_eq!(asked(&path).await.len(), 4);
}
