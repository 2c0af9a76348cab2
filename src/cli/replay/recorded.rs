//! Recorded calls as they are read, line by line.

use std::borrow::Cow;
use std::io::{BufRead as _, BufReader, Read, StdinLock};
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::cli::journal;
use crate::cli::output::complain;
use crate::plan::replay::RecordedCall;
use crate::store::DecisionQuery;

/// A line: a call that was asked about at some time.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordedLine {
    // As the platform spells them, or as this program does.
    #[serde(alias = "queue_id")]
    queue_id: String,
    #[serde(alias = "call_id")]
    call_id: String,
    from: Option<String>,
    to: Option<String>,
    #[serde(deserialize_with = "instant")]
    at: Timestamp,
    #[serde(default)]
    waited: u32,
}

impl From<RecordedLine> for RecordedCall {
    fn from(line: RecordedLine) -> Self {
        let RecordedLine {
            queue_id,
            call_id,
            from,
            to,
            at,
            waited,
        } = line;
        Self {
            queue_id,
            call_id,
            from,
            to,
            at,
            waited,
            last_waited: waited,
        }
    }
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    match text.parse() {
        Ok(instant) => Ok(instant),
        Err(_) => Err(D::Error::custom(format!(
            "`at` is '{text}', write it as e.g. 2026-11-23T10:00:00+07:00"
        ))),
    }
}

/// The calls that a journal has, the oldest first, each as it was first given an answer.
pub(in crate::cli) async fn in_journal(
    path: &Path,
    query: &DecisionQuery,
) -> anyhow::Result<Vec<RecordedCall>> {
    let rows = journal::read(path, query).await?;
    let calls: Vec<RecordedCall> = rows
        .into_iter()
        .rev()
        .map(RecordedCall::of_decision)
        .collect();
    if calls.iter().any(RecordedCall::is_masked) {
        complain(
            "warning: callers' numbers are masked in this journal, so known callers are not recognised",
        );
    }
    Ok(calls)
}

/// Where recorded calls come from.
#[derive(Debug)]
pub(super) enum RecordedCalls {
    /// The standard input.
    Lines(RecordedLines<StdinLock<'static>>),
    /// A journal, the oldest call first.
    Journal(std::vec::IntoIter<RecordedCall>),
}

impl RecordedCalls {
    /// How many lines were not understood.
    pub(super) const fn bad_lines(&self) -> usize {
        match self {
            Self::Lines(lines) => lines.bad_lines(),
            Self::Journal(_) => 0,
        }
    }

    /// Whether the next call may still have to be written by somebody.
    pub(super) fn must_wait(&self) -> bool {
        match self {
            Self::Lines(lines) => lines.must_wait(),
            Self::Journal(_) => false,
        }
    }

    pub(super) fn next_call(&mut self) -> anyhow::Result<Option<RecordedCall>> {
        match self {
            Self::Lines(lines) => lines.next_call(),
            Self::Journal(calls) => Ok(calls.next()),
        }
    }
}

/// Calls as lines of text. Memory is bounded by the longest line that is understood.
#[derive(Debug)]
pub(in crate::cli) struct RecordedLines<R> {
    input: BufReader<R>,
    /// What stands before the number of a line in a complaint.
    name: String,
    line: Vec<u8>,
    number: usize,
    bad_lines: usize,
}

/// A longer line holds no call.
const LINE_BYTES: usize = 64 * 1024;

impl<R: Read> RecordedLines<R> {
    pub(in crate::cli) fn new(input: R, name: String) -> Self {
        Self {
            input: BufReader::with_capacity(LINE_BYTES, input),
            name,
            line: Vec::new(),
            number: 0,
            bad_lines: 0,
        }
    }

    /// How many lines were not understood.
    pub(in crate::cli) const fn bad_lines(&self) -> usize {
        self.bad_lines
    }

    fn must_wait(&self) -> bool {
        !self.input.buffer().contains(&b'\n')
    }

    /// The next call; lines that are not understood are named on the standard error and skipped, empty ones skipped.
    pub(in crate::cli) fn next_call(&mut self) -> anyhow::Result<Option<RecordedCall>> {
        while self.read_line().context("cannot read the calls")? {
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<RecordedLine>(&self.line) {
                Ok(line) => return Ok(Some(line.into())),
                Err(_) if self.line.len() > LINE_BYTES => self.reject("longer than a call can be"),
                Err(error) => self.reject(&without_line(&error)),
            }
        }
        Ok(None)
    }

    /// Reads one line, of which no more is kept than can be understood. False at the end.
    fn read_line(&mut self) -> std::io::Result<bool> {
        self.line.clear();
        self.number += 1;
        let mut limited = self
            .input
            .by_ref()
            .take(u64::try_from(LINE_BYTES).unwrap_or(u64::MAX) + 1);
        limited.read_until(b'\n', &mut self.line)?;
        if self.line.len() > LINE_BYTES && !self.line.ends_with(b"\n") {
            self.input.skip_until(b'\n')?;
        }
        Ok(!self.line.is_empty())
    }

    fn reject(&mut self, fault: &str) {
        self.bad_lines += 1;
        complain(format_args!("{}line {}: {fault}", self.name, self.number));
    }
}

/// The message without its line, which is always the first: ours is another.
fn without_line(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match message.strip_suffix(&place) {
        Some(fault) => format!("{fault} (column {})", error.column()),
        None => message,
    }
}
