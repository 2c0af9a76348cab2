//! The text of `PROBLEMS.txt`: what is wrong, for an admin in a shell.

use super::active::{ActiveRules, Source};
use super::status::Status;

/// What to write; nothing if all is well.
pub(super) fn text(served: &ActiveRules, status: &Status) -> Option<String> {
    let since = status.degraded_since?;
    let sentences = status.sentences(served);
    let mut text = format!(
        "Something is wrong, since {}.\n{}\n\n",
        served.local(since),
        match served.source {
            Source::Nothing =>
                "No rules could be read: every call is answered with an empty list.".to_owned(),
            source => format!(
                "Calls are answered by version {}, from {}.",
                served.info(),
                source.sentence()
            ),
        }
    );
    for sentence in &sentences {
        text.extend(["- ", sentence, "\n"]);
    }
    text.push_str("\n`stringee-router check` names the problems of the rows. This file goes away when all is well.\n");
    Some(text)
}
