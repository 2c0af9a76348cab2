//! The prompt: one edit after the other, until the input ends.

use std::io::{self, Write as _};
use std::process::ExitCode;

use super::{Session, edit};
use crate::cli::in_one_line;
use crate::cli::output::{Output, OutputError, complain};
use crate::store::Script;

/// What ends the prompt besides the end of the input.
const GOODBYES: [&str; 6] = ["exit", "exit;", "quit", "quit;", ".exit", ".quit"];

/// Runs edits as they are typed; what is wrong with one is said, and the next can be typed.
pub(super) async fn run(session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
    complain(
        "Each line that ends in a semicolon is an edit: it is shown, and you are asked. Ctrl-D ends.",
    );
    while let Some(text) = read_edit()? {
        match edit(session, &text, output).await {
            Ok(_) => {}
            Err(error) if matches!(error.downcast_ref(), Some(OutputError::Closed)) => {
                return Err(error);
            }
            Err(error) => complain(format_args!("error: {}", in_one_line(&error))),
        }
        output.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The next lines up to one that ends a statement; `None` at the end of the input.
fn read_edit() -> io::Result<Option<String>> {
    let mut text = String::new();
    loop {
        let mut terminal = io::stderr().lock();
        write!(
            terminal,
            "{}",
            if text.trim().is_empty() {
                "sql> "
            } else {
                " ... "
            }
        )?;
        terminal.flush()?;
        drop(terminal);
        if io::stdin().read_line(&mut text)? == 0 {
            complain("");
            return Ok(None);
        }
        if GOODBYES.contains(&text.trim()) {
            return Ok(None);
        }
        if !text.trim().is_empty() && Script::is_complete(&text) {
            return Ok(Some(text));
        }
    }
}
