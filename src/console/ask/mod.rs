//! What each page of the console shows, and each route of the API: the same views for both, made behind the threads that
//! answer calls. Those over one version of the rules are pure functions; calls and changes are read from the journal.

pub(in crate::console) mod calls;
pub(in crate::console) mod changes;
pub(crate) mod line;
pub(crate) mod now;
pub(crate) mod roster;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::desk::DeskError;
use crate::store::StoreError;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub(in crate::console) enum AskError {
    #[error("'{0}' is no time; write 2026-11-27T20:00, in the rules' time zone")]
    NoTime(String),
    #[error("'{0}' is no rule's id; write a whole number")]
    NoRule(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Desk(#[from] DeskError),
}

/// A parameter that says something.
pub(in crate::console) fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// A time as an address has it: RFC 3339, or local such as `2026-11-27T20:00` or `2026-11-27`.
pub(crate) fn parse_time(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local = text.parse::<DateTime>().ok();
    let local = local.or_else(|| Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0)));
    zone.to_timestamp(local?).ok()
}

#[cfg(test)]
mod tests {
    use super::now::{Board, BoardQuestion};
    use super::roster::{Roster, RosterQuestion, next_hole};
    use super::*;
    use crate::store::{Content, Reader, create};
    use routing::assess::assess;
    use routing::problem::Severity;
    use routing::snapshot::Snapshot;

    /// The demo data.
    async fn demo() -> Snapshot {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Demo).await.unwrap();
        let mut reader = Reader::open(&path).await.unwrap();
        let loaded = reader.load().await.unwrap();
        assess(&loaded.tables, Severity::Error).snapshot
    }

    fn board(snapshot: &Snapshot, at: &str, caller: Option<&str>) -> String {
        let at = parse_time(at, &snapshot.settings.time_zone).unwrap();
        let board = Board::of(
            snapshot,
            &BoardQuestion {
                at,
                caller,
                queue: None,
            },
        );
        serde_json::to_string_pretty(&board).unwrap()
    }

    #[tokio::test]
    async fn the_board_says_who_is_rung_and_who_joins() {
        let demo = demo().await;
        insta::assert_snapshot!("board_at_work", board(&demo, "2026-11-27T09:42", None));
        let known = board(&demo, "2026-11-27T20:00", Some("0986776777"));
        insta::assert_snapshot!("board_known_caller", known);
    }

    #[tokio::test]
    async fn the_roster_has_runs_and_holes_of_a_week() {
        let demo = demo().await;
        let roster = Roster::of(
            &demo,
            &RosterQuestion {
                from: jiff::civil::date(2026, 11, 30),
                days: 7,
                caller: None,
                queue: None,
            },
        );
        assert_eq!(roster.dates.len(), 7);
        for line in &roster.lines {
            for day in &line.days {
                let minutes: u16 = day.iter().map(|run| run.until.0 - run.from.0).sum();
                assert_eq!(minutes, 1440, "runs fill the day of {:?}", line.name);
            }
        }
        insta::assert_json_snapshot!("roster_holes", roster.holes);
    }

    #[tokio::test]
    async fn the_next_hole_is_one_that_has_not_ended() {
        let demo = demo().await;
        let now = parse_time("2026-11-27T09:42", &demo.settings.time_zone).unwrap();
        if let Some((at, shade)) = next_hole(&demo, now, None) {
            assert!(shade.is_hole() && at > now - jiff::SignedDuration::from_mins(30));
        }
    }

    #[test]
    fn a_time_in_an_address_is_local_unless_it_has_an_offset() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let check = |text: &str, expected: Option<&str>| {
            let found = parse_time(text, &zone).map(|at| at.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("2026-11-27T20:00", Some("2026-11-27T13:00:00Z"));
        check("2026-11-27 20:00", Some("2026-11-27T13:00:00Z"));
        check("2026-11-27", Some("2026-11-26T17:00:00Z"));
        check("2026-11-27T20:00:00Z", Some("2026-11-27T20:00:00Z"));
        check("tonight", None);
        check("", None);
    }
}
