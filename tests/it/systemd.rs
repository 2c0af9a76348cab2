//! What the program tells systemd.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use tempfile::TempDir;

use crate::cli_program::Program;
use crate::harness::Running;

/// The end of systemd to which services write.
struct Systemd {
    directory: TempDir,
    socket: UnixDatagram,
}

impl Systemd {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(directory.path().join("notify")).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Self { directory, socket }
    }

    /// Starts the program as a service whose watchdog bites after so many microseconds.
    fn start(&self, program: &Program, watchdog: Option<u32>) -> Running {
        let (rules, state) = (program.path("rules.db"), program.path("state"));
        Running::prepared(&rules, &state, "", |command| {
            command.env("NOTIFY_SOCKET", self.directory.path().join("notify"));
            if let Some(watchdog) = watchdog {
                command.env("WATCHDOG_USEC", watchdog.to_string());
            }
        })
    }

    /// The next thing that the service says.
    fn hears(&self) -> String {
        let mut said = [0; 512];
        let length = self.socket.recv(&mut said).unwrap();
        String::from_utf8(said.get(..length).unwrap().to_vec()).unwrap()
    }
}

#[tokio::test]
async fn a_service_says_that_it_answers_and_that_it_stops() {
    let (systemd, program) = (Systemd::new(), Program::with_rules().await);
    let server = systemd.start(&program, None);
    let ready = format!("READY=1\nSTATUS=answering on {}\n", server.webhook());
    assert_eq!(systemd.hears(), ready);
    assert!(server.stop().success());
    assert_eq!(systemd.hears(), "STOPPING=1\n");
}

#[tokio::test]
async fn a_service_with_a_watchdog_goes_on_saying_that_it_lives() {
    let (systemd, program) = (Systemd::new(), Program::with_rules().await);
    let server = systemd.start(&program, Some(300_000));
    assert!(systemd.hears().starts_with("READY=1\n"));
    for _ in 0..4 {
        assert_eq!(systemd.hears(), "WATCHDOG=1\n");
    }
    assert!(server.stop().success());
}
