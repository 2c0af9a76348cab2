//! What the fuzzer has found worth keeping, replayed: each file of `fuzz/corpus` by the property of its target.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its corpus fails there and then"
)]

use std::fs;
use std::path::Path;

use routing::assess::assess;
use routing::problem::Severity;

#[path = "../../fuzz/properties/compile.rs"]
mod compile;
#[path = "../../fuzz/properties/number.rs"]
mod number;
#[path = "../../fuzz/properties/schedule.rs"]
mod schedule;
#[path = "../../fuzz/properties/wire.rs"]
mod wire;

/// At how many places each file is cut, as a connection or an editor may cut it.
const CUTS: usize = 40;

/// Replays every file, and every file cut at some places.
#[track_caller]
fn replay(target: &str, holds: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let files: Vec<_> = fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(files.len() >= 3, "{target} has too few examples");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        holds(&bytes);
        let step = (bytes.len() / CUTS).max(1);
        (0..bytes.len())
            .step_by(step)
            .filter_map(|end| bytes.get(..end))
            .for_each(holds);
    }
}

#[test]
fn questions_are_read_as_any_reader_of_json_would() {
    replay("wire", wire::holds);
}

#[test]
fn numbers_are_read_whatever_they_look_like() {
    replay("number", number::holds);
}

#[test]
fn opening_hours_are_plain_arithmetic() {
    replay("schedule", schedule::holds);
}

#[test]
fn whatever_the_rows_are_calls_are_answered() {
    replay("compile", compile::holds);
}

/// Rows whose cells stand in the places of an older version would all be wrong in the same way.
#[test]
fn the_examples_are_rows_of_the_tables_as_they_are_now() {
    for name in ["demo", "team", "peoples-time", "together"] {
        let path = format!("{}/fuzz/corpus/compile/{name}", env!("CARGO_MANIFEST_DIR"));
        let tables = compile::tables(&fs::read(path).unwrap());
        let assessment = assess(&tables, Severity::Error);
        let errors: Vec<_> = assessment.errors().collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}
