//! What the commands print with `--json`, as JSON Schema files in `docs/schemas/`: made from the types that are printed.

use std::fs;
use std::path::Path;

use schemars::{JsonSchema, schema_for};

/// Compares the schema of a type with its file, or writes it if `INSTA_UPDATE` is `always`, as with snapshots.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "asked as insta asks for its snapshots"
)]
fn check<T: JsonSchema>(name: &str) {
    let schema = schema_for!(T);
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas");
    let file = folder.join(format!("{name}.json"));
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::create_dir_all(&folder).unwrap();
        fs::write(&file, &text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        written,
        text,
        "{} is not what is printed; INSTA_UPDATE=always cargo test schemas",
        file.display()
    );
}

#[test]
fn the_schemas_of_what_is_printed_are_written_down() {
    check::<super::check::Findings<'_>>("check");
    check::<crate::shown::coverage::CoverageJson<'_>>("coverage");
    check::<crate::shown::plan::DescribedPlan<'_>>("plan");
    check::<crate::shown::explanation::ExplainReport<'_>>("explain");
    check::<crate::shown::changes::ChangeJson<'_>>("history");
    check::<crate::shown::calls::DecisionJson<'_>>("journal");
    check::<super::replay::ReplayLine<'_>>("replay");
    check::<crate::shown::report::ReportJson>("report");
    check::<crate::admin::StatusPage>("status");
}
