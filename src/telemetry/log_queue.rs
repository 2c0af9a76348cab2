//! Between those who log and the standard error: a queue of so many bytes, emptied by a thread of its own.
//!
//! Whatever the standard error leads to can stall (a pipe that nobody empties), go away (EPIPE) or be full (ENOSPC).
//! Whoever logs must meet none of that, for it may be answering a call. So lines are only noted here. A line that finds no
//! room, or that cannot be written, is lost and counted, and the log says how many as soon as it flows again.
//!
//! `tracing-appender` has a queue like this, but bounds it by lines of any length and does not count what it fails to write.

use std::cell::Cell;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{mem, thread};

use prometheus_client::metrics::counter::Counter;
use tracing_subscriber::fmt::MakeWriter;

/// How many panics are kept until they are logged; more are lost lines.
const MAX_PANICS: usize = 32;

/// After this time a descriptor that does not block is tried again.
const RETRY: Duration = Duration::from_millis(20);

thread_local! {
    /// Whether this thread writes a log. What it logs itself, losses and panics, always finds room: it is little.
    static WRITES: Cell<bool> = const { Cell::new(false) };
}

/// Lines on their way to the log. Clones are the same queue.
#[derive(Clone, Debug)]
pub(super) struct LogQueue(Arc<LogShared>);

#[derive(Debug)]
struct LogShared {
    waiting: Mutex<Waiting>,
    /// Something waits, or the queue is closed.
    news: Condvar,
    /// All is written, and the queue is closed.
    finished: Condvar,
    max_bytes: usize,
    lost: Counter,
}

/// What has not been written yet. One buffer for all lines, so that its bound is one of memory.
#[derive(Debug, Default)]
struct Waiting {
    text: Vec<u8>,
    panics: Vec<String>,
    is_closed: bool,
    is_finished: bool,
}

impl LogQueue {
    /// An empty queue for so many bytes. As many again are on their way while others come in.
    pub(super) fn new(max_bytes: usize, lost: Counter) -> Self {
        Self(Arc::new(LogShared {
            waiting: Mutex::default(),
            news: Condvar::new(),
            finished: Condvar::new(),
            max_bytes,
            lost,
        }))
    }

    /// Notes whole lines. They are lost if there is no room for them.
    pub(super) fn push(&self, lines: &[u8]) {
        let mut waiting = self.lock();
        if waiting.text.len() + lines.len() > self.0.max_bytes && !WRITES.get() {
            drop(waiting);
            self.lose(lines);
            return;
        }
        waiting.text.extend_from_slice(lines);
        drop(waiting);
        self.0.news.notify_one();
    }

    /// Notes where a panic was, for the queue's thread to log: whoever panics may be in the middle of logging.
    pub(super) fn push_panic(&self, place: String) {
        let mut waiting = self.lock();
        if waiting.panics.len() < MAX_PANICS {
            waiting.panics.push(place);
        } else {
            self.0.lost.inc();
        }
        drop(waiting);
        self.0.news.notify_one();
    }

    /// Writes what comes until the queue is closed and empty.
    pub(super) fn write_to(&self, mut output: impl Write) {
        WRITES.set(true);
        let (mut text, mut reported, mut is_torn) = (Vec::new(), 0, false);
        while let Some(panics) = self.take(&mut text) {
            for place in panics {
                tracing::error!(place, "panic: this is a bug, please report it");
            }
            let mut flows = false;
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                // The line before may have got out in part.
                let begun = if is_torn {
                    write_whole(&mut output, b"\n")
                } else {
                    Ok(())
                };
                is_torn = begun.and_then(|()| write_whole(&mut output, line)).is_err();
                flows = !is_torn;
                if is_torn {
                    self.lose(line);
                }
            }
            let lost = self.0.lost.get();
            if flows && lost > reported {
                report(lost - reported, lost);
                reported = lost;
            }
        }
        self.lock().is_finished = true;
        self.0.finished.notify_all();
    }

    /// Ends the queue. Says within `patience` whether all of it is written.
    pub(super) fn close(&self, patience: Duration) -> bool {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        self.0.news.notify_one();
        let finished = self
            .0
            .finished
            .wait_timeout_while(waiting, patience, |waiting| !waiting.is_finished);
        let (waiting, _) = finished.unwrap_or_else(PoisonError::into_inner);
        waiting.is_finished
    }

    /// Waits for lines or panics and takes them over, the lines in place of those that `text` held.
    fn take(&self, text: &mut Vec<u8>) -> Option<Vec<String>> {
        text.clear();
        let is_idle = |waiting: &mut Waiting| {
            waiting.text.is_empty() && waiting.panics.is_empty() && !waiting.is_closed
        };
        let waited = self.0.news.wait_while(self.lock(), is_idle);
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner);
        mem::swap(text, &mut waiting.text);
        let panics = mem::take(&mut waiting.panics);
        if text.is_empty() && panics.is_empty() {
            return None;
        }
        Some(panics)
    }

    fn lose(&self, lines: &[u8]) {
        let count = lines.split_inclusive(|byte| *byte == b'\n').count();
        self.0.lost.inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// This line takes the way of all others and may not be writable either: so it also says how many it is in all.
fn report(lost_lines: u64, lost_in_all: u64) {
    tracing::warn!(
        lost_lines,
        lost_in_all,
        "log lines were lost: whoever takes the log stalled, went away or had no room"
    );
}

/// Like [`Write::write_all`], but a descriptor that does not block is waited for.
fn write_whole(output: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match output.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(RETRY),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Write for LogQueue {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.push(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogQueue {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for any test; only a failing one waits for it.
    const LONG: Duration = Duration::from_secs(30);

    /// Takes some writes and refuses others.
    #[derive(Clone, Default)]
    struct LogOutput {
        text: Arc<Mutex<Vec<u8>>>,
        /// What each of the next writes meets; after them all goes well.
        ahead: Arc<Mutex<Vec<Option<ErrorKind>>>>,
    }

    impl LogOutput {
        fn failing(ahead: impl IntoIterator<Item = Option<ErrorKind>>) -> Self {
            let output = Self::default();
            output.ahead.lock().unwrap().extend(ahead);
            output
        }
    }

    impl Write for LogOutput {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut ahead = self.ahead.lock().unwrap();
            if let Some(kind) = (!ahead.is_empty()).then(|| ahead.remove(0)).flatten() {
                return Err(kind.into());
            }
            // Half of what it could take: the rest has to be offered again.
            let taken = bytes.len().div_ceil(2);
            self.text.lock().unwrap().extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Pushes each line, then writes all of them; what came out, and how many were lost.
    fn written(queue: &LogQueue, lines: &[&str], output: &LogOutput) -> (String, u64) {
        for line in lines {
            queue.push(line.as_bytes());
        }
        assert!(!queue.close(Duration::ZERO), "nobody has written it yet");
        queue.write_to(output.clone());
        assert!(queue.close(LONG));
        let text = output.text.lock().unwrap().clone();
        (String::from_utf8(text).unwrap(), queue.0.lost.get())
    }

    #[test]
    fn lines_come_out_whole_and_in_order() {
        let queue = LogQueue::new(1_000, Counter::default());
        let output =
            LogOutput::failing([Some(ErrorKind::Interrupted), Some(ErrorKind::WouldBlock)]);
        let (text, lost) = written(&queue, &["one\n", "two\nthree\n"], &output);
        assert_eq!((&*text, lost), ("one\ntwo\nthree\n", 0));
    }

    #[test]
    fn a_line_without_room_is_lost_and_counted() {
        let queue = LogQueue::new(8, Counter::default());
        let lines = ["four\n", "four\n", "a\nb\nc\nd\n", "3\n"];
        let (text, lost) = written(&queue, &lines, &LogOutput::default());
        assert_eq!((&*text, lost), ("four\n3\n", 5));
    }

    #[test]
    fn a_line_that_cannot_be_written_is_lost_and_the_next_one_begins_afresh() {
        let queue = LogQueue::new(1_000, Counter::default());
        let output = LogOutput::failing([None, Some(ErrorKind::StorageFull)]);
        let (text, lost) = written(&queue, &["torn\n", "whole\n"], &output);
        assert_eq!((&*text, lost), ("tor\nwhole\n", 1));
    }

    #[test]
    fn an_output_that_is_gone_takes_nothing_and_ends_nobody() {
        let queue = LogQueue::new(1_000, Counter::default());
        let output = LogOutput::failing(vec![Some(ErrorKind::BrokenPipe); 9]);
        let (text, lost) = written(&queue, &["one\n", "two\n"], &output);
        assert_eq!((&*text, lost), ("", 2));
    }

    #[test]
    fn panics_beyond_those_that_are_kept_are_lost_lines() {
        let queue = LogQueue::new(1_000, Counter::default());
        for _ in 0..MAX_PANICS + 3 {
            queue.push_panic("src/lib.rs:1:1".to_owned());
        }
        assert_eq!(queue.0.lost.get(), 3);
        assert_eq!(queue.take(&mut Vec::new()).unwrap().len(), MAX_PANICS);
    }
}
