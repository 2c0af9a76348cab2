//! Documents that show commands: each is run as a reader would, and prints what the document says it prints.
//!
//! | block | what is done |
//! |---|---|
//! | `console` | commands (`$ ...`), and what comes of them |
//! | `sh` | commands that succeed, whatever they print |
//! | `sql` | an edit of the rules |
//! | `diff` | what somebody changes in a file |
//! | `toml` | a configuration that the program takes |
//! | `json` | is JSON |
//!
//! Others are for reading. So is one behind a line `<!-- not run: WHY -->`; behind `<!-- in an empty directory -->` the
//! reader begins anew.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs::File;
use std::iter::Peekable;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::str::Lines;

use rustix::process::Signal;
use serde_json::Value;

use crate::cli_program::{Program, Ran};
use crate::database::Shell;
use crate::harness::{Answer, Running, wait_for};

/// Where a reader's rules are.
const RULES: &str = "data/rules.db";

/// Commands that look at what the server writes down a moment later.
const LOOKING: [&[&str]; 2] = [&["history", "list"], &["journal"]];

/// How often such a command is tried: some ten seconds.
const TRIES: u32 = 200;

/// The commands of a plain Linux that documents use.
const TOOLS: [&str; 10] = [
    "cat", "chmod", "cp", "curl", "echo", "grep", "mkdir", "mv", "openssl", "rm",
];

/// Somebody who follows a document.
pub(crate) struct Reader {
    program: Program,
    server: Option<Running>,
    /// What runs beside the commands that follow, until the reader leaves.
    beside: Vec<Beside>,
    addresses: Addresses,
}

/// What listens where documents say `127.0.0.1:8080` and so on: ports that nobody else has.
#[derive(Clone, Copy)]
struct Addresses {
    webhook: SocketAddr,
    admin: SocketAddr,
    stringee: SocketAddr,
}

impl Addresses {
    fn free() -> Self {
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [webhook, admin, stringee] = listeners.map(|listener| listener.local_addr().unwrap());
        Self {
            webhook,
            admin,
            stringee,
        }
    }

    /// A text of a document with these addresses.
    fn in_text(self, text: &str) -> String {
        let mut text = text.to_owned();
        for host in ["127.0.0.1", "localhost"] {
            for (port, address) in [
                (8080, self.webhook),
                (8081, self.admin),
                (8090, self.stringee),
            ] {
                text = text.replace(&format!("{host}:{port}"), &address.to_string());
            }
        }
        text
    }
}

struct Beside(Child);

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Reader {
    /// Somebody with an empty directory.
    pub(crate) fn new() -> Self {
        Self {
            program: Program::new(),
            server: None,
            beside: Vec::new(),
            addresses: Addresses::free(),
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
        let document = document.replace(
            "@tests/",
            concat!("@", env!("CARGO_MANIFEST_DIR"), "/tests/"),
        );
        for block in blocks(&document) {
            let Block {
                language, lines, ..
            } = &block;
            if block.why_not_run.is_some() {
                continue;
            }
            if block.begins_anew {
                *self = Self::new();
            }
            match *language {
                "console" => {
                    for (command, shown) in commands(lines) {
                        self.run(&self.addresses.in_text(command), Some(shown))
                            .await;
                    }
                }
                "sh" => {
                    let is_command = |line: &&&str| !line.is_empty() && !line.starts_with('#');
                    for command in lines.iter().filter(is_command) {
                        self.run(&self.addresses.in_text(command), None).await;
                    }
                }
                "sql" => self.program.edit(RULES, &lines.join("\n")).await,
                "diff" => self.change_file(lines),
                "toml" => self.configure(&lines.join("\n")),
                "json" => drop(serde_json::from_str::<Value>(&lines.join("\n")).unwrap()),
                _ => {}
            }
        }
    }

    /// Runs a command, which succeeds if nothing is said of what it shows.
    async fn run(&mut self, command: &str, shown: Option<&[&str]>) {
        let command = command.split(" # ").next().unwrap().trim_end();
        match &words(command)[..] {
            ["stringee-router", "serve"] | ["stringee-router", "serve", "&"] => self.serve(),
            ["stringee-router", arguments @ .., "&"] => self.run_beside(arguments),
            ["stringee-router", arguments @ .., ">", file] => {
                let ran = Ran::of(self.command(arguments).output().unwrap());
                assert_eq!(ran.code, Some(0), "{command}\n{ran}");
                self.program
                    .write(file, &self.addresses.in_text(&ran.output));
            }
            ["stringee-router", arguments @ ..] => self.run_program(arguments, shown),
            ["sqlite3", RULES, sql] => self.edit(sql, shown.unwrap_or_default()).await,
            ["cat", file] if shown.is_some() && !self.program.path(file).exists() => {
                self.program
                    .write(file, &(shown.unwrap_or_default().join("\n") + "\n"));
            }
            ["kill", "-HUP", "$(pidof", "stringee-router)"] => {
                self.server.as_ref().unwrap().signal(Signal::HUP);
            }
            [tool, ..] if TOOLS.contains(tool) => self.run_tool(command, shown),
            _ => panic!("nobody here knows how to run {command}"),
        }
    }

    /// Starts a server, and gives it the moment that nobody needs who reads on meanwhile.
    fn serve(&mut self) {
        let configured = self.program.path("config.toml");
        let config = std::fs::read_to_string(configured).unwrap_or_default();
        let (rules, state) = (self.program.path(RULES), self.program.path("data/state"));
        let directory = self.program.path("");
        let server = Running::prepared(&rules, &state, &config, |command| {
            command.current_dir(directory);
        });
        self.addresses.webhook = server.webhook();
        self.addresses.admin = server.admin_address();
        self.server = Some(server);
        wait_for("the first version to be in the history", || {
            let ran = Ran::of(self.command(&["history", "list"]).output().unwrap());
            ran.output.starts_with("version 1 of ").then_some(())
        });
    }

    /// Starts a command that goes on, and waits until it listens.
    fn run_beside(&mut self, arguments: &[&str]) {
        let mut command = self.command(arguments);
        let listens = if arguments.starts_with(&["emulate", "api"]) {
            command.args(["--listen", &self.addresses.stringee.to_string()]);
            self.addresses.stringee
        } else {
            self.addresses.webhook
        };
        let log = File::create(self.program.path("beside.log")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        self.beside.push(Beside(child));
        wait_for("a port to open", || TcpStream::connect(listens).ok());
    }

    /// Our program, as the reader types it.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program.command(arguments);
        self.prepare(&mut command);
        command
    }

    fn prepare(&self, command: &mut Command) {
        let Addresses { webhook, admin, .. } = self.addresses;
        command
            .env("USER", "huong")
            .env("STRINGEE_ROUTER__SERVER__LISTEN", webhook.to_string())
            .env("STRINGEE_ROUTER__ADMIN__LISTEN", admin.to_string());
    }

    fn run_program(&self, arguments: &[&str], shown: Option<&[&str]>) {
        let run = || Ran::of(self.command(arguments).output().unwrap());
        let mut ran = run();
        if self.server.is_some() && LOOKING.iter().any(|looking| arguments.starts_with(looking)) {
            let mut tries = 1..=TRIES;
            wait_for("the program to print what is shown", || {
                let is_over = self.is_right(&ran, shown) || tries.next().is_none();
                if !is_over {
                    ran = run();
                }
                is_over.then_some(())
            });
        }
        self.check(&arguments.join(" "), &ran, shown);
    }

    /// Runs a command of the system in a real shell, which finds our program as well.
    fn run_tool(&self, command: &str, shown: Option<&[&str]>) {
        let program = Path::new(env!("CARGO_BIN_EXE_stringee-router"));
        let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
        let mut shell = self
            .program
            .command_of(Path::new("/bin/sh"), &["-c", command]);
        self.prepare(&mut shell);
        let ran = Ran::of(shell.env("PATH", path).output().unwrap());
        self.check(command, &ran, shown);
    }

    #[track_caller]
    fn check(&self, command: &str, ran: &Ran, shown: Option<&[&str]>) {
        assert!(
            self.is_right(ran, shown),
            "{command} does not do what is shown: {shown:#?}\n{ran}"
        );
    }

    /// Whether a command did what is shown of it. JSON may stand there in more lines than it comes in.
    fn is_right(&self, ran: &Ran, shown: Option<&[&str]>) -> bool {
        let Ran {
            code,
            output,
            complaints,
        } = ran;
        let Some(shown) = shown else {
            return *code == Some(0);
        };
        let text = self.addresses.in_text(&shown.join("\n"));
        if let (Ok(one), Ok(other)) = (
            serde_json::from_str::<Value>(&text),
            serde_json::from_str::<Value>(output),
        ) {
            return one == other;
        }
        let shown: Vec<&str> = text.lines().collect();
        [
            format!("{output}{complaints}"),
            format!("{complaints}{output}"),
        ]
        .iter()
        .any(|all| is_shown(all, &shown))
    }

    /// What the running server says on the webhook's port.
    pub(crate) fn gets(&self, path: &str) -> Answer {
        self.server.as_ref().unwrap().get(path)
    }

    /// Looks whether the program takes a configuration; each secret that it has below `/run/secrets` is this one.
    pub(crate) fn configure(&self, text: &str) {
        self.program.write("secret", "a-secret-of-a-document");
        self.program
            .write("address", "postgres://router:of-a-document@db/rules");
        let mut parts = text.split("\"/run/secrets/");
        let mut local = parts.next().unwrap().to_owned();
        for part in parts {
            let (_, rest) = part.split_once('"').unwrap();
            let is_address = local.ends_with("url_file = ");
            local += if is_address {
                "\"address\""
            } else {
                "\"secret\""
            };
            local += rest;
        }
        self.program.write("shown.toml", &local);
        let ran = self.program.run(&["config", "--config", "shown.toml"]);
        assert_eq!(ran.code, Some(0), "{text}\n{ran}");
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

/// A fenced block.
pub(crate) struct Block<'d> {
    pub(crate) language: &'d str,
    pub(crate) lines: Vec<&'d str>,
    /// Why nobody can run it here.
    pub(crate) why_not_run: Option<&'d str>,
    begins_anew: bool,
}

pub(crate) fn blocks(document: &str) -> Vec<Block<'_>> {
    let mut lines = document.lines();
    let mut blocks = Vec::new();
    let (mut why_not_run, mut begins_anew) = (None, false);
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            blocks.push(Block {
                language,
                lines: lines.by_ref().take_while(|line| *line != "```").collect(),
                why_not_run: why_not_run.take(),
                begins_anew: std::mem::take(&mut begins_anew),
            });
        } else if !line.is_empty() {
            why_not_run = line
                .strip_prefix("<!-- not run: ")
                .and_then(|line| line.strip_suffix(" -->"));
            begins_anew |= line == "<!-- in an empty directory -->";
        }
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
