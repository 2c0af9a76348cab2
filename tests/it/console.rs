//! Documents that show commands: each is run as a reader would, and prints what the document says it prints.
//!
//! Blocks of `console` hold commands (`$ ...`) and what comes of them, `sql` an edit, `diff` what somebody changes in a
//! file. Other languages are for reading. The directory is one made by `init --demo`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot be set up fails there and then"
)]

use std::iter::Peekable;
use std::str::Lines;

use serde_json::Value;

use crate::cli_program::{Program, Ran};
use crate::database::Shell;
use crate::harness::{Running, wait_for};

/// Where a reader's rules are.
const RULES: &str = "data/rules.db";

/// Commands that look at what the server writes down a moment later.
const LOOKING: [&[&str]; 2] = [&["history", "list"], &["journal"]];

/// How often such a command is tried: some ten seconds.
const TRIES: u32 = 200;

/// Somebody who follows a document.
pub(crate) struct Reader {
    program: Program,
    server: Option<Running>,
}

impl Reader {
    /// Somebody with an empty directory.
    pub(crate) fn new() -> Self {
        Self {
            program: Program::new(),
            server: None,
        }
    }

    /// Somebody who has the demo rules.
    pub(crate) fn with_demo() -> Self {
        let reader = Self::new();
        let ran = reader.program.run(&["init", "--demo"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        reader
    }

    /// The same, with a server that answers by them.
    pub(crate) fn with_server() -> Self {
        let mut reader = Self::with_demo();
        reader.serve();
        reader
    }

    /// Does everything that a document says, in its order.
    pub(crate) async fn follow(&mut self, document: &str) {
        for Block { language, lines } in blocks(document) {
            match language {
                "console" => {
                    for (command, shown) in commands(&lines) {
                        self.run(command, shown).await;
                    }
                }
                "sql" => self.program.edit(RULES, &lines.join("\n")).await,
                "diff" => self.change_file(&lines),
                _ => {}
            }
        }
    }

    async fn run(&mut self, command: &str, shown: &[&str]) {
        match &words(command)[..] {
            ["stringee-router", "serve"] => self.serve(),
            ["stringee-router", arguments @ ..] => self.run_program(arguments, shown),
            ["sqlite3", RULES, sql] => self.edit(sql, shown).await,
            ["cat", file] if self.program.path(file).exists() => {
                assert!(
                    is_shown(&self.program.text(file), shown),
                    "{command}\n{}",
                    self.program.text(file)
                );
            }
            ["cat", file] => self.program.write(file, &(shown.join("\n") + "\n")),
            _ => panic!("nobody here knows how to run {command}"),
        }
    }

    /// Starts a server, and gives it the moment that nobody needs who reads on meanwhile.
    fn serve(&mut self) {
        self.server = Some(self.program.serve());
        let has_history = || {
            self.program
                .run(&["history", "list"])
                .output
                .starts_with("version 1 of ")
        };
        wait_for("the first version to be in the history", || {
            has_history().then_some(())
        });
    }

    fn run_program(&self, arguments: &[&str], shown: &[&str]) {
        let run = || {
            Ran::of(
                self.program
                    .command(arguments)
                    .env("USER", "huong")
                    .output()
                    .unwrap(),
            )
        };
        let is_right = |ran: &Ran| {
            let Ran {
                output, complaints, ..
            } = ran;
            [
                format!("{output}{complaints}"),
                format!("{complaints}{output}"),
            ]
            .iter()
            .any(|all| is_shown(all, shown))
        };
        let mut ran = run();
        if self.server.is_some() && LOOKING.iter().any(|looking| arguments.starts_with(looking)) {
            let mut tries = 1..=TRIES;
            wait_for("the program to print what is shown", || {
                let is_over = is_right(&ran) || tries.next().is_none();
                if !is_over {
                    ran = run();
                }
                is_over.then_some(())
            });
        }
        assert!(
            is_right(&ran),
            "{arguments:?} prints other than {shown:#?}\n{ran}"
        );
    }

    /// Edits as somebody with a plain shell does, whose words before the message differ from version to version.
    async fn edit(&self, sql: &str, shown: &[&str]) {
        let before = self.version();
        let mut shell = Shell::open(&self.program.path(RULES), false).await;
        match shown {
            [] => shell.run(sql).await,
            [line] => {
                let message = shell.attempt(sql).await.unwrap_err();
                return assert!(line.contains(&message), "{message}");
            }
            _ => panic!("a shell says one line of what it refuses, and none otherwise: {shown:#?}"),
        }
        if self.server.is_some() {
            wait_for("the edit to be in force", || {
                (self.version() != before).then_some(())
            });
        }
    }

    /// The version of the rules that the server answers by.
    fn version(&self) -> Option<Value> {
        self.server
            .as_ref()?
            .admin("/status")
            .json()
            .pointer("/rules/version")
            .cloned()
    }

    /// Changes a file as a difference says, of which only the lines that differ are given.
    fn change_file(&self, lines: &[&str]) {
        let file = lines
            .iter()
            .find_map(|line| line.strip_prefix("--- "))
            .unwrap();
        let mut text = self.program.text(file);
        let mut rest = lines
            .iter()
            .filter(|line| !line.starts_with("--- ") && !line.starts_with("+++ "))
            .peekable();
        while let Some(line) = rest.next() {
            let old = format!("{}\n", &line[1..]);
            assert!(text.contains(&old), "{file} has no line {old:?}:\n{text}");
            let mut new = if line.starts_with('-') {
                String::new()
            } else {
                old.clone()
            };
            while let Some(added) = rest.next_if(|line| line.starts_with('+')) {
                new.extend([&added[1..], "\n"]);
            }
            text = text.replace(&old, &new);
        }
        self.program.write(file, &text);
    }
}

/// A fenced block: its language and its lines.
struct Block<'d> {
    language: &'d str,
    lines: Vec<&'d str>,
}

fn blocks(document: &str) -> Vec<Block<'_>> {
    let mut lines = document.lines();
    let mut blocks = Vec::new();
    while let Some(language) = lines.by_ref().find_map(|line| line.strip_prefix("```")) {
        blocks.push(Block {
            language,
            lines: lines.by_ref().take_while(|line| *line != "```").collect(),
        });
    }
    blocks
}

/// The commands of a block, each with the lines that it prints. An empty line before a command is only for the eye.
fn commands<'b, 'd>(lines: &'b [&'d str]) -> Vec<(&'d str, &'b [&'d str])> {
    let places: Vec<usize> = (0..lines.len())
        .filter(|place| lines[*place].starts_with("$ "))
        .collect();
    assert_eq!(places.first(), Some(&0), "{lines:#?}");
    let ends = places.iter().skip(1).copied().chain([lines.len()]);
    let command = |(place, end): (&usize, usize)| {
        let shown = &lines[place + 1..end];
        let shown = if end < lines.len() {
            shown.strip_suffix(&[""]).unwrap_or(shown)
        } else {
            shown
        };
        (&lines[*place][2..], shown)
    };
    places.iter().zip(ends).map(command).collect()
}

/// A command's words; one with blanks stands in quotes.
fn words(command: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = command.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '\'' | '"' => rest[1..].split_once(first).unwrap(),
            _ => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// Whether an output is what a block says. A line `...` stands for any number of lines; times and hashes need only look
/// like some.
fn is_shown(output: &str, shown: &[&str]) -> bool {
    let (output, shown) = (timeless(output), timeless(&shown.join("\n")));
    let mut shown: Vec<&str> = shown.lines().collect();
    while shown.last() == Some(&"") {
        shown.pop();
    }
    begins_so(&mut output.trim_end().lines().peekable(), &shown)
}

fn begins_so(output: &mut Peekable<Lines<'_>>, mut shown: &[&str]) -> bool {
    let mut may_skip = false;
    while let Some((first, rest)) = shown.split_first() {
        shown = rest;
        if *first == "..." {
            may_skip = true;
            continue;
        }
        let found = if may_skip {
            output.find(|line| line == first)
        } else {
            output.next_if_eq(first)
        };
        if found.is_none() {
            return false;
        }
        may_skip = false;
    }
    may_skip || output.next().is_none()
}

/// A text whose times (to the second) and hashes are the same whatever they were.
fn timeless(text: &str) -> String {
    const TIME: &str = "0000-00-00 00:00:00";
    const HASH: &str = "0123456789abcdef";
    let is_hash = |word: &str| {
        word.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_time = |word: &str| {
        let is_alike = |(one, other): (char, char)| {
            if other == '0' {
                one.is_ascii_digit()
            } else {
                one == other
            }
        };
        word.chars().zip(TIME.chars()).all(is_alike)
    };
    let mut timeless = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let is_apart = !timeless.ends_with(|before: char| before.is_ascii_alphanumeric());
        let begins = |length, is_it: &dyn Fn(&str) -> bool| rest.get(..length).is_some_and(is_it);
        let (replaced, length) = if is_apart && begins(TIME.len(), &is_time) {
            (TIME, TIME.len())
        } else if is_apart && begins(HASH.len(), &is_hash) {
            (HASH, HASH.len())
        } else {
            (&rest[..character.len_utf8()], character.len_utf8())
        };
        timeless += replaced;
        rest = &rest[length..];
    }
    timeless
}
