//! Whether the running server answers by the rules that were just written.

use std::time::Duration;

use crate::cli::options::Installation;
use crate::cli::server::{HeldRules, RunningServer, ServerStatus};
use crate::cli::times::Times;

/// How long to wait. A server puts an edit off for up to 30 s while somebody's script goes on (`rules/watch/read_schedule.rs`), and then
/// needs five seconds to read a million callers.
const PATIENCE: Duration = Duration::from_secs(40);

/// How long to wait at least before an edit counts as refused: until then it may be an earlier one that was.
const SURELY_SEEN: Duration = Duration::from_secs(3);

/// How often the server is asked.
const ROUND: Duration = Duration::from_millis(100);

/// How long the server may take to answer. It answers at once, so a slow one is not well.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Waits until the running server has rules with this fingerprint in force, and says so; or why it has not.
///
/// The answer is whether all is well, which it is without a server as well.
pub(super) async fn wait_until_in_force(
    installation: &Installation,
    fingerprint: u64,
) -> (bool, String) {
    let Some(config) = &installation.config else {
        return (
            true,
            "it is not the configured database, so no server was asked".to_owned(),
        );
    };
    let server = RunningServer::new(config, ANSWER_LIMIT);
    let address = server.address;
    let hash = format!("{fingerprint:016x}");
    let times = Times::of(&installation.rules).await;
    let began = clock::monotonic();
    loop {
        let waited = clock::monotonic().duration_since(began);
        let page = match server.status() {
            Ok(Some(page)) => page,
            Ok(None) => {
                return (
                    true,
                    format!(
                        "no server answers at {address} (admin.listen): the next one that starts reads it"
                    ),
                );
            }
            Err(error) => {
                return (
                    false,
                    format!(
                        "{address} (admin.listen) does not say whether it is in force: {error}"
                    ),
                );
            }
        };
        if let Some(stranger) = server.stranger(&page) {
            return (
                true,
                format!("{stranger}: the next one that starts here reads it"),
            );
        }
        if let Some(said) = page.judge(&hash, waited, &times) {
            return said;
        }
        tokio::time::sleep(ROUND).await;
    }
}

impl ServerStatus {
    /// What there is to say after so long, if that is clear by now.
    fn judge(&self, hash: &str, waited: Duration, times: &Times) -> Option<(bool, String)> {
        if self.rules.hash == hash {
            return Some((true, format!("in force as version {}", self.rules.version)));
        }
        let version = self.rules.version;
        if let Some(held) = &self.held
            && held.hash == hash
        {
            let HeldRules { reasons, until, .. } = held;
            let reasons = reasons.join(", and ");
            let until = match until.parse() {
                Ok(until) => times.show(until).to_string(),
                Err(_) => until.clone(),
            };
            let said = format!(
                "the server holds it until {until}, because {reasons}, and serves version {version} until then; \
                 `stringee-router accept` confirms it"
            );
            return Some((false, said));
        }
        if self.edit_refused && waited >= SURELY_SEEN {
            let mut said =
                format!("the server refuses it and serves version {version} in place of it:");
            for sentence in self.errors() {
                said += "\n  ";
                said += sentence;
            }
            return Some((false, said));
        }
        if waited < PATIENCE {
            return None;
        }
        let mut said = format!(
            "the server has not taken it after {} s, and serves version {version}",
            waited.as_secs()
        );
        if let Some(fault) = &self.fault {
            said += ": ";
            said += fault;
        }
        Some((false, said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> ServerStatus {
        serde_json::from_str(text).unwrap()
    }

    #[track_caller]
    fn check(text: &str, waited: u64, expected: Option<(bool, &str)>) {
        let judged = page(text).judge(
            "00ff",
            Duration::from_secs(waited),
            &Times::in_zone("Asia/Ho_Chi_Minh"),
        );
        assert_eq!(
            judged.as_ref().map(|(is_well, said)| (*is_well, &**said)),
            expected
        );
    }

    const OTHER: &str = r#"{"rules":{"version":7,"hash":"00aa"},"edit_refused":false,"held":null,"fault":null,"problems":[]}"#;

    #[test]
    fn it_is_waited_for_until_the_hash_is_there() {
        check(OTHER, 0, None);
        check(OTHER, 39, None);
        check(
            &OTHER.replace("00aa", "00ff"),
            0,
            Some((true, "in force as version 7")),
        );
        check(
            OTHER,
            40,
            Some((
                false,
                "the server has not taken it after 40 s, and serves version 7",
            )),
        );
        let fault = OTHER.replace("\"fault\":null", "\"fault\":\"the file is gone\"");
        check(
            &fault,
            40,
            Some((
                false,
                "the server has not taken it after 40 s, and serves version 7: the file is gone",
            )),
        );
    }

    #[test]
    fn a_version_that_is_held_is_said_at_once() {
        let held = |hash: &str| {
            let held = format!(
                r#""held":{{"hash":"{hash}","reasons":["5 of 5 agents are gone"],"until":"2026-11-23T03:00:00Z"}}"#
            );
            OTHER.replace("\"held\":null", &held)
        };
        check(&held("00bb"), 0, None);
        let said = "the server holds it until 2026-11-23 10:00:00, because 5 of 5 agents are gone, and serves version 7 until then; \
                    `stringee-router accept` confirms it";
        check(&held("00ff"), 0, Some((false, said)));
    }

    #[test]
    fn a_refusal_may_be_of_an_earlier_edit_at_first() {
        let refused = OTHER.replace("\"edit_refused\":false", "\"edit_refused\":true").replace(
            "\"problems\":[]",
            r#""problems":[{"severity":"warning","sentence":"a"},{"severity":"error","sentence":"b"}]"#,
        );
        check(&refused, 2, None);
        check(
            &refused,
            3,
            Some((
                false,
                "the server refuses it and serves version 7 in place of it:\n  b",
            )),
        );
    }
}
