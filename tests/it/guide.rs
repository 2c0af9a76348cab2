//! The documents: their commands print what they say they print, their links lead somewhere, and they name all there is.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use routing::table::Table;

use crate::console::{Reader, blocks};

const RULES: &str = include_str!("../../docs/rules.md");

/// What languages blocks are in; `console.rs` says what is done with each.
const LANGUAGES: [&str; 15] = [
    "caddy", "console", "csv", "diff", "haproxy", "ini", "json", "nginx", "promql", "sh", "sql",
    "text", "toml", "xml", "yaml",
];

/// A test for each document, and the list of them.
macro_rules! documents {
    ($($name:ident: $path:literal, $reader:ident;)*) => {
        const FOLLOWED: &[&str] = &[$($path),*];
        $(
            #[tokio::test]
            async fn $name() {
                Reader::$reader().follow(include_str!(concat!("../../", $path))).await;
            }
        )*
    };
}

documents! {
    readme: "README.md", with_server;
    readme_in_vietnamese: "README.vi.md", with_server;
    contributing: "CONTRIBUTING.md", new;
    security: "SECURITY.md", new;
    start: "docs/README.md", new;
    summary: "docs/SUMMARY.md", new;
    backup: "docs/backup.md", with_server;
    codes: "docs/codes.md", new;
    console: "docs/console.md", with_server;
    faq: "docs/faq.md", with_server;
    first_hour: "docs/first-hour.md", new;
    glossary: "docs/glossary.md", new;
    import_export: "docs/import-export.md", with_server;
    install: "docs/install.md", new;
    integrate: "docs/integrate.md", with_server;
    journal: "docs/journal.md", with_server;
    monitoring: "docs/monitoring.md", with_server;
    operate: "docs/operate.md", with_demo;
    performance: "docs/performance.md", new;
    privacy: "docs/privacy.md", with_server;
    proxy: "docs/proxy.md", new;
    recipes: "docs/recipes.md", with_demo;
    reliability: "docs/reliability.md", new;
    replicas: "docs/replicas.md", new;
    rules: "docs/rules.md", with_demo;
    stringee: "docs/stringee.md", new;
    support: "docs/support.md", new;
    supervisors_handbook: "docs/vi/so-tay-giam-sat.md", with_server;
}

/// All documents for readers: those of `docs` and those beside the sources.
fn documents() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    for beside in [
        "README.md",
        "README.vi.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ] {
        found.push(beside.to_owned());
    }
    found.sort();
    found
}

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn every_document_is_followed() {
    let followed: BTreeSet<&str> = FOLLOWED.iter().copied().collect();
    let documents = documents();
    let documents: BTreeSet<&str> = documents.iter().map(String::as_str).collect();
    assert_eq!(followed, documents);
}

#[test]
fn every_block_is_run_or_says_why_not() {
    for path in documents() {
        let text = text(&path);
        for block in blocks(&text) {
            assert!(
                LANGUAGES.contains(&block.language),
                "{path}: a block in {:?}: {:#?}",
                block.language,
                block.lines
            );
            assert!(
                block.why_not_run.is_none_or(|why| why.len() > 10),
                "{path}: why is it not run? {:#?}",
                block.lines
            );
        }
    }
}

#[test]
fn every_page_is_in_the_book() {
    let summary = text("docs/SUMMARY.md");
    for path in documents() {
        if let Some(page) = path.strip_prefix("docs/") {
            assert!(
                page == "SUMMARY.md" || summary.contains(&format!("]({page})")),
                "docs/SUMMARY.md does not name {page}"
            );
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for path in documents()
        .iter()
        .chain([&"ARCHITECTURE.md".to_owned(), &"CHANGELOG.md".to_owned()])
    {
        let text = text(path);
        for link in links(&text) {
            if link.starts_with("https://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = Path::new(path).parent().unwrap();
            let target = if file.is_empty() {
                PathBuf::from(path)
            } else {
                folder.join(file)
            };
            // The book holds the pages of docs alone.
            let leaves_the_book =
                path.starts_with("docs/") && file.starts_with("../") && folder == Path::new("docs");
            let target = Path::new(env!("CARGO_MANIFEST_DIR")).join(target);
            let is_there = match heading {
                "" => target.exists(),
                heading => fs::read_to_string(&target)
                    .is_ok_and(|text| headings(&text).any(|slug| slug == heading)),
            };
            if !is_there || leaves_the_book {
                broken.push(format!("{path}: {link}"));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

/// Where a document's links lead, those in blocks aside.
fn links(document: &str) -> impl Iterator<Item = &str> {
    prose(document).flat_map(|line| {
        line.split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
    })
}

/// The anchors of a document's headings, as GitHub and mdBook make them.
fn headings(document: &str) -> impl Iterator<Item = String> {
    prose(document)
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let mut slug = String::new();
            for letter in line.trim_start_matches('#').trim().to_lowercase().chars() {
                match letter {
                    ' ' => slug.push('-'),
                    '-' | '_' => slug.push(letter),
                    letter if letter.is_alphanumeric() => slug.push(letter),
                    _ => {}
                }
            }
            slug
        })
}

/// The lines of a document that are in no block.
fn prose(document: &str) -> impl Iterator<Item = &str> {
    let mut is_block = false;
    document.lines().filter(move |line| {
        is_block ^= line.starts_with("```");
        !is_block
    })
}

#[test]
fn every_table_and_column_is_named() {
    for table in Table::ALL {
        assert!(
            RULES.contains(&format!("`{}`", table.name())),
            "{} is not named",
            table.name()
        );
        for column in table.columns() {
            assert!(
                RULES.contains(&format!("`{}`", column.name)),
                "{}.{} is not named",
                table.name(),
                column.name
            );
        }
    }
}
