//! The real program, in a directory of its own and without the environment of whoever runs the tests.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tempfile::TempDir;

use crate::database::Shell;
use crate::harness::Running;

/// The rules that most tests of the command line work on.
const RULES: &str = include_str!("../fixtures/cli-rules.sql");

/// A directory to run the program in.
pub(crate) struct Program {
    directory: TempDir,
}

impl Program {
    /// A directory with nothing in it.
    pub(crate) fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
        }
    }

    /// A directory with `rules.db`, made by `init` and filled with the rules of the fixture.
    pub(crate) async fn with_rules() -> Self {
        let program = Self::new();
        program.add_rules("rules.db").await;
        program
    }

    /// Adds another database with the rules of the fixture.
    pub(crate) async fn add_rules(&self, name: &str) {
        let ran = self.run(&["init", "--rules", name]);
        assert_eq!(ran.code, Some(0), "{ran}");
        self.edit(name, RULES).await;
    }

    /// Edits a database as somebody with a plain `sqlite3` shell does.
    pub(crate) async fn edit(&self, name: &str, sql: &str) {
        Shell::open(&self.path(name), false).await.run(sql).await;
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Reads a file of text.
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// The names of the files in a directory, in their order.
    pub(crate) fn names(&self, directory: &str) -> Vec<String> {
        let files = fs::read_dir(self.path(directory)).unwrap();
        let mut names: Vec<String> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Where a file stands.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs the program to its end, with a text on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        self.write("input", input);
        let input = File::open(self.path("input")).unwrap();
        Ran::of(self.command(arguments).stdin(input).output().unwrap())
    }

    /// Runs the program to its end at a terminal at which somebody types a text.
    pub(crate) fn run_at_terminal(&self, arguments: &[&str], typed: &str) -> Ran {
        let (mut keyboard, terminal) = terminal();
        keyboard.write_all(typed.as_bytes()).unwrap();
        Ran::of(self.command(arguments).stdin(terminal).output().unwrap())
    }

    /// Starts a server on the directory's `data/rules.db`, and writes the configuration that leads other commands to it.
    pub(crate) fn serve(&self) -> Running {
        let server = Running::with_state(&self.path("data/rules.db"), &self.path("data/state"), "");
        let (webhook, admin) = (server.webhook(), server.admin_address());
        self.write(
            "config.toml",
            &format!("[server]\nlisten = '{webhook}'\n[admin]\nlisten = '{admin}'\n"),
        );
        server
    }

    /// The program, to be run otherwise.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_stringee-router")), arguments)
    }

    /// The program as it stands somewhere else.
    pub(crate) fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .current_dir(self.directory.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// The two ends of a terminal: where somebody types, and what a program reads from.
fn terminal() -> (File, OwnedFd) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let terminal = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    (keyboard.into(), terminal)
}

/// How a run ended and what it said.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) complaints: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            output: String::from_utf8(output.stdout).unwrap(),
            complaints: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            output,
            complaints,
        } = self;
        write!(f, "{output}")?;
        if !complaints.is_empty() {
            write!(f, "--- standard error\n{complaints}")?;
        }
        write!(f, "--- exit code {}", code.unwrap_or(-1))
    }
}
