//! What holds of the compiler and of the answers, whatever the rows are.

use std::collections::HashSet;

use jiff::Timestamp;
use routing::assess::assess;
use routing::call::Call;
use routing::compile::compile;
use routing::moment::Moment;
use routing::number::Number;
use routing::problem::Severity;
use routing::route::Router;
use routing::snapshot::Snapshot;
use routing::table::{Cell, Table, Tables};
use routing::tickets::FirstTicket;

/// More would only make each run slow.
const MAX_ROWS: usize = 200;

/// Each line is a row: the table and the cells, with tabs between them.
pub(crate) fn holds(bytes: &[u8]) {
    let tables = tables(bytes);
    let assessment = assess(&tables, Severity::Error);
    assert_eq!(
        compile(&tables).problems.len(),
        assessment.of_rows.len(),
        "the same each time"
    );
    for problem in assessment.problems() {
        assert!(
            !problem.to_string().contains(char::is_control),
            "{problem:?}"
        );
    }
    // A Monday at noon, and the night after a holiday.
    for second in [1_795_410_000, 1_801_930_000] {
        let moment = Moment::of(
            &assessment.snapshot,
            Timestamp::from_second(second).unwrap_or_default(),
        );
        for (from, waited) in [("84986776777", 0), ("", 30), ("84779000001", u32::MAX)] {
            answers(&assessment.snapshot, &moment, from, waited);
        }
    }
}

fn answers(snapshot: &Snapshot, moment: &Moment, from: &str, waited: u32) {
    let from = Number::from_wire(from, &snapshot.settings.country_code);
    let call = Call {
        queue_id: "queue_1",
        call_id: "call-1",
        from,
        to: None,
    };
    let mut router = Router::new(snapshot, moment);
    let decision = router.route(&call, waited, &mut FirstTicket);
    let mut listed = HashSet::new();
    for offer in &decision.offers {
        assert!(
            listed.insert((offer.agent, offer.routing_type)),
            "an agent is listed twice"
        );
        assert!(
            (3..=120).contains(&offer.answer_timeout),
            "{} s",
            offer.answer_timeout
        );
        assert!(!moment.is_away(offer.agent), "somebody on leave is listed");
    }
    assert!(listed.len() <= snapshot.settings.max_agents);
    assert_eq!(
        decision.agent_ids(snapshot).len(),
        listed.len(),
        "an agent is not of this version"
    );
}

pub(crate) fn tables(bytes: &[u8]) -> Tables {
    let mut tables = Tables::default();
    for line in bytes.split(|byte| *byte == b'\n').take(MAX_ROWS) {
        let mut fields = line.split(|byte| *byte == b'\t');
        let name = fields.next().unwrap_or_default();
        let Some(table) = Table::ALL
            .into_iter()
            .find(|table| table.name().as_bytes() == name)
        else {
            continue;
        };
        let cells: Vec<Cell> = fields.map(cell).collect();
        tables.push(table, &cells);
    }
    tables
}

/// Nothing is NULL, digits are a number, bytes that are no text are bytes.
fn cell(field: &[u8]) -> Cell {
    let Ok(text) = std::str::from_utf8(field) else {
        return Cell::Blob(field.into());
    };
    match text.parse() {
        _ if text.is_empty() => Cell::Null,
        Ok(number) => Cell::Integer(number),
        Err(_) => match text.strip_prefix('\'') {
            Some(quoted) => Cell::Text(quoted.into()),
            None => text
                .parse()
                .map_or_else(|_| Cell::Text(text.into()), Cell::Real),
        },
    }
}
