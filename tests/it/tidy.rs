//! The walls between the modules, and habits that a reviewer should not have to look for.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the sources fails there and then"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path from the root of the repository, and its text.
struct Source {
    path: String,
    text: String,
}

/// All Rust files below a folder.
fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join(folder)];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push(Source {
                    path: path
                        .strip_prefix(root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                    text,
                });
            }
        }
    }
    assert!(!sources.is_empty(), "there are no sources in {folder}");
    sources
}

impl Source {
    /// The code without its unit tests and comments.
    fn code(&self) -> String {
        // Not at `#[cfg(test)]`: that also stands above the line `mod tests;`, with code after it.
        let before_tests = self.text.split("\nmod tests {").next().unwrap();
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        before_tests
            .lines()
            .filter(is_code)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// No file of a folder, unit tests aside, says any of the words; `but` are files that may.
#[track_caller]
fn never_says(folder: &str, words: &[&str], but: &[&str]) {
    let mut said = Vec::new();
    for source in sources(folder)
        .iter()
        .filter(|source| !but.iter().any(|path| source.path.starts_with(path)))
    {
        let code = source.code();
        said.extend(
            words
                .iter()
                .filter(|word| code.contains(**word))
                .map(|word| format!("{}: {word}", source.path)),
        );
    }
    assert!(said.is_empty(), "{said:#?}");
}

#[test]
fn the_core_is_pure() {
    let effects = [
        "axum",
        "sqlx",
        "rusqlite",
        "tokio",
        "serde",
        "async",
        "std::fs",
        "std::net",
        "std::env",
        "std::time",
        "std::thread",
    ];
    never_says(
        "crates/routing/src",
        &effects,
        &["crates/routing/src/tests"],
    );
    never_says(
        "crates/routing/src",
        &[
            "::now(",
            "tracing",
            "println",
            "Mutex",
            ".unwrap()",
            ".expect(",
        ],
        &["crates/routing/src/tests"],
    );
}

/// Names of the dependencies that a member's manifest gives it.
fn dependencies(member: &str) -> Vec<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(member)
        .join("Cargo.toml");
    let text = fs::read_to_string(manifest).unwrap();
    let manifest: toml::Table = toml::from_str(&text).unwrap();
    let dependencies = manifest.get("dependencies").unwrap().as_table().unwrap();
    dependencies.keys().cloned().collect()
}

#[test]
fn the_core_depends_on_nothing_that_acts() {
    let pure = [
        "jiff",
        "percent-encoding",
        "rustc-hash",
        "smallvec",
        "strsim",
        "unicode-normalization",
        "xxhash-rust",
    ];
    assert_eq!(dependencies("crates/routing"), pure);
}

#[test]
fn the_platform_depends_on_no_server_and_no_database() {
    for member in ["crates/stringee", "crates/stringee-emulator"] {
        let dependencies = dependencies(member);
        for wall in ["rusqlite", "sqlx", "stringee-router"] {
            assert!(!dependencies.iter().any(|name| name == wall), "{member}");
        }
    }
}

#[test]
fn only_the_store_says_sql() {
    never_says("src", &["sqlx", "rusqlite"], &["src/store"]);
}

#[test]
fn only_one_member_knows_the_platforms_json() {
    let fields = [
        "\"callId\"",
        "\"queueId\"",
        "\"projectId\"",
        "\"stringee_user_id\"",
        "totalCount",
        "groupAgents",
        "groupRoutings",
        "primary_group\"",
        "x-stringee-auth",
        "x-stringee-signature",
        "icc-api;",
    ];
    never_says("src", &fields, &[]);
    // The console has an API of its own.
    never_says("src", &["/v1/"], &["src/console/api"]);
}

#[test]
fn the_service_never_calls_stringee() {
    // What answers calls, and what it stands on.
    let service = [
        "src/webhook",
        "src/rules",
        "src/admin",
        "src/console",
        "src/server",
        "src/store",
        "src/journal",
    ];
    for folder in service {
        never_says(folder, &["stringee::client", "stringee::ask", "ureq"], &[]);
    }
}

#[test]
fn webhook_and_admin_do_not_know_each_other() {
    never_says("src/webhook", &["admin"], &[]);
    never_says("src/admin", &["webhook"], &[]);
}

#[test]
fn the_console_stands_aside() {
    // The command line lets people in, and wires it.
    let but = ["src/console", "src/cli", "src/config", "src/store"];
    never_says("src", &["console::"], &but);
    never_says("src/console", &["webhook"], &[]);
}

#[test]
fn only_pages_of_the_console_make_markup() {
    never_says("src", &["maud"], &["src/console/pages"]);
    // Each text is escaped, and nothing has a style of its own, which the policy of the pages forbids.
    never_says("src/console", &["PreEscaped", "style="], &[]);
}

#[test]
fn calls_are_answered_without_other_servers() {
    for folder in ["src/webhook", "src/calls", "src/rules", "src/server"] {
        never_says(folder, &["crate::cluster", "Postgres::"], &[]);
    }
    let acting = [
        "src/cluster/mod.rs",
        "src/cluster/exchange.rs",
        "src/cluster/follower.rs",
        "src/cluster/forwarder.rs",
        "src/cluster/verdicts.rs",
        "src/cluster/versions.rs",
    ];
    never_says("src/cluster", &["tokio", "clock::", "async"], &acting);
    // What servers tell each other is a value, and how two of them are joined a function.
    never_says(
        "src/facts",
        &["tokio", "sqlx", "clock::", "async", "std::fs"],
        &[],
    );
}

#[test]
fn nobody_opens_the_rules_database_but_sqlite() {
    never_says(
        "src/rules",
        &["File::", "fs::read", "fs::copy", "OpenOptions"],
        &[],
    );
    // It writes files of its own, and hands the path of the rules to the store.
    never_says("src/state", &["(rules)", "(&rules)", "rules.db"], &[]);
    never_says(
        "src/store",
        &["File::open(path", "fs::copy", "fs::read(", "OpenOptions"],
        &[],
    );
}

/// The file or folder of `src` that a path lies in.
fn room(path: &str) -> String {
    let inside = path.strip_prefix("src/").unwrap();
    let room = inside.split('/').next().unwrap();
    room.trim_end_matches(".rs").to_owned()
}

/// Which rooms each room of the program names, its unit tests aside.
fn rooms() -> BTreeMap<String, BTreeSet<String>> {
    let mut rooms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources("src") {
        if source.path.contains("/tests") {
            continue;
        }
        let here = room(&source.path);
        let code = source.code();
        let named = code.split("crate::").skip(1);
        let named = named.filter_map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        });
        rooms
            .entry(here)
            .or_default()
            .extend(named.map(str::to_owned));
    }
    rooms
}

#[test]
fn no_rooms_name_each_other_in_a_ring() {
    let rooms = rooms();
    let mut left: BTreeSet<&String> = rooms.keys().collect();
    // Whoever names nobody that is left is on no ring.
    while let Some(free) = left.iter().copied().find(|room| {
        rooms[*room]
            .iter()
            .all(|named| named == *room || !left.contains(named))
    }) {
        left.remove(free);
    }
    assert!(
        left.is_empty(),
        "on a ring, or naming one that is: {left:?}"
    );
}

#[test]
fn noting_a_decision_waits_for_nothing_and_wakes_nobody() {
    let at_leisure = [
        "src/journal/mod.rs",
        "src/journal/writer.rs",
        "src/journal/disk.rs",
        "src/journal/history.rs",
        "src/journal/tests.rs",
    ];
    never_says(
        "src/journal",
        &["async", ".await", "tokio", "Notify", ".send(", "std::fs"],
        &at_leisure,
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    let folders = ["src", "crates", "tests"];
    for source in folders.into_iter().flat_map(sources) {
        assert!(
            source.text.starts_with("//! "),
            "{} does not open with //!",
            source.path
        );
    }
}

#[test]
fn no_file_of_the_program_is_too_long_to_read_at_once() {
    /// Lines of code, without comments and unit tests.
    const MAX_LINES: usize = 400;
    for source in sources("src")
        .iter()
        .filter(|source| !source.path.contains("/tests"))
    {
        let lines = source
            .code()
            .lines()
            .filter(|line| !line.trim().is_empty())
            .count();
        assert!(
            lines <= MAX_LINES,
            "{} has {lines} lines of code",
            source.path
        );
    }
}

/// The name of the type that a line declares; not of a type that a trait asks for.
fn declared_type(line: &str) -> Option<&str> {
    let (mut words, mut declares) = (line.split_whitespace(), false);
    for word in &mut words {
        match word {
            "struct" | "enum" | "trait" => declares = true,
            "type" => declares = !line.starts_with(' '),
            word if word == "pub" || word.starts_with("pub(") => continue,
            _ => {}
        }
        break;
    }
    let name = words.next().filter(|_| declares)?;
    let name = name.split(|c: char| !c.is_alphanumeric()).next()?;
    // In a macro a name can be one of its arguments.
    (!name.is_empty()).then_some(name)
}

#[test]
fn no_type_name_has_two_meanings_in_a_member() {
    let members = [
        "src",
        "crates/clock/src",
        "crates/routing/src",
        "crates/stringee/src",
        "crates/stringee-emulator/src",
    ];
    for member in members {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for source in sources(member) {
            if source.path.contains("/tests") {
                continue;
            }
            for name in source.code().lines().filter_map(declared_type) {
                let place = places.entry(name.to_owned()).or_default();
                place.push(source.path.clone());
            }
        }
        places.retain(|_, places| places.len() > 1);
        assert!(places.is_empty(), "{places:#?}");
    }
}
