//! The guide for admins: it names all there is, and its commands print what it says they print.

use std::iter::Peekable;
use std::str::Lines;

use stringee_router::routing::table::Table;

use crate::cli_program::{Program, Ran};

const GUIDE: &str = include_str!("../../docs/rules.md");

/// A fenced block: its language and its lines.
struct Block {
    language: &'static str,
    lines: Vec<&'static str>,
}

fn blocks() -> Vec<Block> {
    let mut lines = GUIDE.lines();
    let mut blocks = Vec::new();
    while let Some(language) = lines.by_ref().find_map(|line| line.strip_prefix("```")) {
        blocks.push(Block { language, lines: lines.by_ref().take_while(|line| *line != "```").collect() });
    }
    blocks
}

/// A command's words; one with blanks stands in single quotes.
fn words(command: &str) -> Vec<&str> {
    let parts = command.split('\'').enumerate();
    let words = parts.flat_map(|(place, part)| match place % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    words.collect()
}

/// Whether an output is what a block says; a line `...` stands for any number of lines.
fn is_shown(output: &mut Peekable<Lines<'_>>, mut shown: &[&str]) -> bool {
    let mut may_skip = false;
    while let Some((first, rest)) = shown.split_first() {
        shown = rest;
        if *first == "..." {
            may_skip = true;
            continue;
        }
        let found = if may_skip { output.find(|line| line == first) } else { output.next_if_eq(first) };
        if found.is_none() {
            return false;
        }
        may_skip = false;
    }
    may_skip || output.next().is_none()
}

#[tokio::test]
async fn the_commands_print_what_the_guide_says() {
    let program = Program::new();
    let init = program.run(&["init", "--demo", "--rules", "rules.db"]);
    assert_eq!(init.code, Some(0), "{init}");
    for Block { language, lines } in blocks() {
        if language == "sql" {
            program.edit("rules.db", &lines.join("\n")).await;
            continue;
        }
        let (command, shown) = lines.split_first().unwrap();
        let command = words(command.strip_prefix("$ stringee-router ").unwrap());
        let mut run = program.command(&command);
        let ran = Ran::of(run.env("STRINGEE_ROUTER__DATABASE__RULES", "rules.db").output().unwrap());
        assert!(is_shown(&mut ran.output.lines().peekable(), shown), "{command:?}\n{ran}");
    }
}

#[test]
fn every_table_and_column_is_named() {
    for table in Table::ALL {
        assert!(GUIDE.contains(&format!("`{}`", table.name())), "{} is not named", table.name());
        for column in table.columns() {
            assert!(GUIDE.contains(&format!("`{column}`")), "{}.{column} is not named", table.name());
        }
    }
}
