//! Keeps what is learned of calls in a file beside the journal, so that a restart does not let anybody wait anew.
//!
//! Every 100 ms what is new is added to the file. Once an hour, and when it has grown, it is written anew from memory: so
//! it holds what the memory holds. It is not synced: a crash of the process loses what the last round has not written, a
//! power cut more, but then the calls are gone as well.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::CallMemory;
use super::facts::{Learned, header, read, row};
use crate::files::{self, FileError};

/// The file in the state directory.
pub const CALLS_FILE: &str = "calls.bin";

/// How often the file is written anew.
const ANEW: Duration = Duration::from_hours(1);

/// How much is added before it is written anew, unless that is less than was written then.
const MAX_ADDED: usize = 1024 * 1024;

/// How much of a file is read: more than memory holds.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// How long to wait after a failure: then all of it is written anew.
const RETRY: Duration = Duration::from_secs(5);

/// Writes what is learned of calls.
#[derive(Debug)]
pub struct CallLog {
    path: PathBuf,
    memory: Arc<CallMemory>,
    file: Option<File>,
    /// When the file is to be written anew, whatever its length.
    next_anew: Option<Instant>,
    bytes_anew: usize,
    bytes_added: usize,
    fault: Option<String>,
}

/// What a file has, and what is to be said of it. No file is nothing to speak of.
///
/// # Errors
/// The file is there and cannot be read.
pub fn read_file(path: &Path) -> Result<Option<Learned>, FileError> {
    let bytes = match File::open(path) {
        Ok(file) => {
            let mut bytes = Vec::new();
            let read = file.take(MAX_BYTES).read_to_end(&mut bytes);
            read.map(|_| bytes)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => Err(error),
    };
    let bytes = bytes.map_err(FileError::new(path, "read"))?;
    Ok(Some(read(&bytes)))
}

impl CallLog {
    /// A log of what this memory learns. The file is not touched yet.
    pub fn new(path: PathBuf, memory: Arc<CallMemory>) -> Self {
        Self {
            path,
            memory,
            file: None,
            next_anew: None,
            bytes_anew: 0,
            bytes_added: 0,
            fault: None,
        }
    }

    /// Whether there is something to write.
    pub fn has_work(&self, now: Instant) -> bool {
        self.next_anew.is_none_or(|next| now >= next)
            || self.fault.is_none() && self.memory.has_learned()
    }

    /// Writes what is new. What cannot be written is written later, with all the rest.
    pub fn round(&mut self, now: Instant, time: Timestamp) {
        if self.fault.is_some() && self.next_anew.is_some_and(|next| now < next) {
            return;
        }
        let written = self.write(now, time.as_millisecond());
        if written.is_err() {
            // Half a row may stand there: what would follow it could not be read.
            self.file = None;
            self.next_anew = Some(now + RETRY);
        }
        let fault = written.err().map(|error| {
            format!("{error}: after a crash, calls that wait now would begin to wait anew")
        });
        if let (None, Some(fault)) = (&self.fault, &fault) {
            tracing::warn!("{fault}");
        }
        self.fault = fault;
    }

    /// Why it cannot be written, as a sentence.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    fn write(&mut self, now: Instant, time_ms: i64) -> Result<(), FileError> {
        let learned = self.memory.take_learned(now);
        let is_due = self.next_anew.is_none_or(|next| now >= next);
        let is_long = self.bytes_added > MAX_ADDED.max(self.bytes_anew);
        let Some(file) = self.file.as_mut().filter(|_| !is_due && !is_long) else {
            return self.write_anew(now, time_ms);
        };
        if learned.is_empty() {
            return Ok(());
        }
        let row = row(self.memory.seed(), time_ms, &learned);
        file.write_all(&row)
            .map_err(FileError::new(&self.path, "add to"))?;
        self.bytes_added += row.len();
        Ok(())
    }

    fn write_anew(&mut self, now: Instant, time_ms: i64) -> Result<(), FileError> {
        let seed = self.memory.seed();
        let mut content = header(seed);
        content.extend(row(seed, time_ms, &self.memory.all_facts(now)));
        files::write(&self.path, &content)?;
        let file = OpenOptions::new().append(true).open(&self.path);
        self.file = Some(file.map_err(FileError::new(&self.path, "open"))?);
        self.next_anew = Some(now + ANEW);
        (self.bytes_anew, self.bytes_added) = (content.len(), 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::memory::Circumstances;
    use routing::call::Call;

    const MINUTE: Duration = Duration::from_mins(1);

    fn waited(memory: &CallMemory, queue: &str, call: &str, now: Instant) -> u32 {
        let anybody = Call {
            queue_id: queue,
            call_id: call,
            from: None,
            to: None,
        };
        let circumstances = Circumstances {
            call: &anybody,
            version: 1,
            minute: 0,
        };
        memory.call(queue, call, now).ask(&circumstances).0
    }

    /// A memory that a start at this time has, whose clock began then.
    fn started(path: &Path, now: Instant, time: Timestamp) -> (CallMemory, Learned) {
        let learned = read_file(path).unwrap().unwrap();
        (CallMemory::new(now).with_past(&learned, time), learned)
    }

    #[test]
    fn a_restart_lets_nobody_wait_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(CALLS_FILE);
        assert_eq!(read_file(&path).unwrap(), None);
        let (began, time) = (clock::monotonic(), clock::now());
        let memory = Arc::new(CallMemory::new(began));
        let mut log = CallLog::new(path.clone(), Arc::clone(&memory));
        waited(&memory, "q", "a", began);
        log.round(began, time);
        waited(&memory, "q", "b", began + MINUTE);
        log.round(began + MINUTE, time + MINUTE);
        waited(&memory, "q", "lost", began + MINUTE);
        let later = began + 3 * MINUTE;
        let (again, learned) = started(&path, later, time + 3 * MINUTE);
        assert_eq!((learned.rows.len(), learned.damaged_at), (2, None));
        assert_eq!(waited(&again, "q", "a", later), 180);
        assert_eq!(waited(&again, "q", "b", later), 120);
        assert_eq!(waited(&again, "q", "lost", later), 0);
        assert_eq!(waited(&again, "r", "a", later), 0, "transferred");
        // The second start writes what the first one knew, before anybody asks.
        let mut log = CallLog::new(path.clone(), Arc::new(again));
        log.round(later, time + 3 * MINUTE);
        let (third, _) = started(&path, later + MINUTE, time + 4 * MINUTE);
        assert_eq!(waited(&third, "q", "a", later + MINUTE), 240);
    }

    #[test]
    fn what_is_longer_ago_than_memory_lasts_and_what_is_yet_to_come_does_no_harm() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(CALLS_FILE);
        let (began, time) = (clock::monotonic(), clock::now());
        let memory = Arc::new(CallMemory::new(began));
        waited(&memory, "q", "a", began);
        let mut log = CallLog::new(path.clone(), memory);
        log.round(began + MINUTE, time + MINUTE);
        for (after, expected) in [(0, 60), (119, 120 * 60), (121, 0)] {
            let (again, _) = started(&path, began, time + after * MINUTE + MINUTE);
            assert_eq!(
                waited(&again, "q", "a", began),
                expected,
                "after {after} minutes"
            );
        }
        // The clock was set back by an hour: what was written an hour from now was written now.
        let (again, _) = started(&path, began, time - 60 * MINUTE);
        assert_eq!(waited(&again, "q", "a", began), 60);
    }

    #[test]
    fn the_file_holds_what_memory_holds_and_no_more() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(CALLS_FILE);
        let (began, time) = (clock::monotonic(), clock::now());
        let memory = Arc::new(CallMemory::new(began));
        let mut log = CallLog::new(path.clone(), Arc::clone(&memory));
        let mut longest = 0;
        for round in 0..400_u32 {
            for call in 0..1_000 {
                waited(&memory, "q", &format!("{round} {call}"), began);
            }
            log.round(began, time);
            longest = longest.max(std::fs::metadata(&path).unwrap().len());
        }
        // 400,000 calls of 12 bytes, of which as many at most are there twice.
        assert!(longest < 10_000_000, "{longest}");
        log.round(began + 5 * ANEW, time);
        assert!(std::fs::metadata(&path).unwrap().len() < 5_000_000);
    }

    #[test]
    fn what_cannot_be_written_is_said_and_written_later() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state").join(CALLS_FILE);
        let (began, time) = (clock::monotonic(), clock::now());
        let memory = Arc::new(CallMemory::new(began));
        let mut log = CallLog::new(path.clone(), Arc::clone(&memory));
        waited(&memory, "q", "a", began);
        log.round(began, time);
        let fault = log.fault().unwrap();
        assert!(
            fault.contains("cannot write ") && fault.contains(CALLS_FILE),
            "{fault}"
        );
        std::fs::create_dir(directory.path().join("state")).unwrap();
        log.round(began + RETRY / 2, time);
        assert!(log.fault().is_some());
        log.round(began + RETRY, time + RETRY);
        assert_eq!(log.fault(), None);
        let (again, _) = started(&path, began, time + RETRY);
        assert_eq!(waited(&again, "q", "a", began), 5);
    }
}
