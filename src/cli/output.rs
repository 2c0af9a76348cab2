//! The two ways to say something: the standard output for what a command finds, the standard error for complaints.

use crate::language::Language;
use crate::store::refusal_in_vietnamese;
use std::fmt;
use std::io::{self, BufWriter, ErrorKind, Write};

/// The standard output of one command.
///
/// `println!` panics when the reader has gone, as in `check | head -1`. Here that is [`OutputError::Closed`], which
/// ends the command without a word.
pub(super) struct Output(BufWriter<Box<dyn Write + Send>>);

/// Why nothing more can be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    /// Whoever read the output has read enough.
    #[error("the reader of the output has gone")]
    Closed,
    /// The disk is full, or the like.
    #[error("cannot write the output")]
    Failed(#[source] io::Error),
}

impl Output {
    pub(super) fn new() -> Self {
        /// Large enough that a long output costs few system calls.
        const BUFFER_BYTES: usize = 64 * 1024;
        Self(BufWriter::with_capacity(
            BUFFER_BYTES,
            Box::new(io::stdout()),
        ))
    }

    /// The standard error in its place, where what would be said does not belong into the output.
    pub(super) fn of_complaints() -> Self {
        Self(BufWriter::new(Box::new(io::stderr())))
    }

    /// Writes a line, or several.
    pub(super) fn line(&mut self, line: impl fmt::Display) -> Result<(), OutputError> {
        Ok(writeln!(self.0, "{line}")?)
    }

    /// Writes a text that has its line ends.
    pub(super) fn text(&mut self, text: &str) -> Result<(), OutputError> {
        Ok(self.0.write_all(text.as_bytes())?)
    }

    /// Hands over what has been written. A command's end does so as well.
    pub(super) fn flush(&mut self) -> Result<(), OutputError> {
        Ok(self.0.flush()?)
    }
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Failed(error),
        }
    }
}

/// Writes a line to the standard error. If even that is closed there is nobody to tell.
pub(super) fn complain(line: impl fmt::Display) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// A line that may say why the tables refuse something, with what that means for whoever reads Vietnamese.
pub(super) fn with_refusal_advice(line: &str, language: Language) -> String {
    match refusal_in_vietnamese(line).filter(|_| language == Language::Vi) {
        Some((_, meaning)) => format!("{line}\nlời khuyên: {meaning}"),
        None => line.to_owned(),
    }
}
