//! The README's section on connecting a queue works as it stands, from an empty directory.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::cli_program::{Program, Ran};
use crate::harness::wait_for;

const README: &str = include_str!("../../README.md");

/// A command that runs beside the others until the test ends.
struct Beside(Child);

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The commands of the section.
fn commands() -> Vec<&'static str> {
    let (_, section) = README.split_once("## Connect a queue").unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    block
        .lines()
        .map(|line| line.strip_prefix("stringee-router ").unwrap())
        .collect()
}

/// Ports that nobody else has, in place of those of the README.
struct Ports {
    api: u16,
    webhook: u16,
}

impl Ports {
    fn free() -> Self {
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [api, webhook] = listeners.map(|listener| listener.local_addr().unwrap().port());
        Self { api, webhook }
    }

    fn replaced(&self, text: &str) -> String {
        text.replace("127.0.0.1:8090", &format!("127.0.0.1:{}", self.api))
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{}", self.webhook))
    }

    /// A command of the README with these ports; those that listen by default are told so.
    fn command(&self, program: &Program, words: &[&str]) -> Command {
        let mut command = program.command(words);
        if words.starts_with(&["emulate", "api"]) {
            command.args(["--listen", &format!("127.0.0.1:{}", self.api)]);
        }
        command.env(
            "STRINGEE_ROUTER__SERVER__LISTEN",
            format!("127.0.0.1:{}", self.webhook),
        );
        command.env("STRINGEE_ROUTER__ADMIN__LISTEN", "127.0.0.1:0");
        command
    }
}

#[test]
fn a_queue_is_connected_from_an_empty_directory() {
    let (program, ports) = (Program::new(), Ports::free());
    let mut beside = Vec::new();
    let mut ports_to_open = [ports.api, ports.webhook].into_iter();
    let commands = commands();
    assert_eq!(commands.len(), 7);
    for command in commands {
        let command = ports.replaced(command);
        let words: Vec<&str> = command.split_whitespace().collect();
        match &*words {
            [words @ .., "&"] => {
                let log = File::create(program.path("log")).unwrap();
                let mut command = ports.command(&program, words);
                beside.push(Beside(
                    command.stdout(Stdio::null()).stderr(log).spawn().unwrap(),
                ));
                let port = ports_to_open.next().unwrap();
                wait_for("a port to open", || {
                    TcpStream::connect(("127.0.0.1", port)).ok()
                });
            }
            [words @ .., ">", file] => {
                let ran = Ran::of(ports.command(&program, words).output().unwrap());
                assert_eq!(ran.code, Some(0), "{command}\n{ran}");
                program.write(file, &ports.replaced(&ran.output));
            }
            ["emulate", "calls", ..] => {
                let ran = Ran::of(ports.command(&program, &words).output().unwrap());
                assert_eq!(ran.code, Some(0), "{command}\n{ran}");
                let events = ran
                    .output
                    .lines()
                    .find_map(|line| line.strip_prefix("call events "))
                    .unwrap();
                let (taken, not_taken) = events.trim().split_once(" taken, ").unwrap();
                assert!(taken != "0" && not_taken == "0 not", "{command}\n{ran}");
                // The same with a wrong address of the events.
                let command = command.replace("/events", "/nowhere");
                let words: Vec<&str> = command.split_whitespace().collect();
                let ran = Ran::of(ports.command(&program, &words).output().unwrap());
                assert_eq!(ran.code, Some(1), "{command}\n{ran}");
                assert!(
                    ran.complaints.contains("none of the call events was taken"),
                    "{command}\n{ran}"
                );
            }
            words => {
                let ran = Ran::of(ports.command(&program, words).output().unwrap());
                assert_eq!(ran.code, Some(0), "{command}\n{ran}");
            }
        }
    }
    assert_eq!(beside.len(), 2);
}
