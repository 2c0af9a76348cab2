//! Who stands beside the service while it soaks: whoever takes its log, whoever shares the disk of its state, and a
//! hostile neighbour with several addresses.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::collections::VecDeque;
use std::fs;
use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::OwnedMutexGuard;

use crate::crowds::{ask, connect, post, strangers_requests};
use crate::harness::Running;
use crate::mounts::Mounted;

/// A small disk that the state is on, and that somebody fills and frees. An ordinary directory that nobody fills where
/// nothing may be mounted.
pub(crate) struct Disk {
    mounted: Option<Mounted>,
    directory: TempDir,
}

impl Disk {
    pub(crate) fn new(size: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = ["-t", "tmpfs", "-o", size, "tmpfs"];
        Self {
            mounted: Mounted::new(&options, directory.path()),
            directory,
        }
    }

    /// Where the state is.
    pub(crate) fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    fn ballast(&self) -> PathBuf {
        self.directory.path().join("ballast")
    }

    /// Takes all that is free.
    fn fill(&self) {
        if self.mounted.is_some() {
            let mut options = fs::OpenOptions::new();
            let file = options.create(true).append(true).open(self.ballast());
            let mut file = file.unwrap();
            while file.write_all(&[0; 4_096]).is_ok() {}
        }
    }

    fn free(&self) {
        drop(fs::remove_file(self.ballast()));
    }

    /// How much the state takes.
    pub(crate) fn state_kib(&self) -> u32 {
        (bytes_in(&self.state()) / 1_024).try_into().unwrap()
    }
}

/// The bytes of all files in a directory; one that is gone meanwhile has none.
fn bytes_in(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_in(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Whoever takes the log and whoever shares the disk, by turns.
#[derive(Default)]
pub(crate) struct Turns {
    stalled: Option<OwnedMutexGuard<()>>,
    log_bytes: usize,
}

impl Turns {
    /// Log stalled and disk full, then only the disk, only the log, and neither.
    pub(crate) async fn take(&mut self, turn: u128, server: &Running, disk: &Disk) {
        if turn.is_multiple_of(2) {
            if self.stalled.is_none() {
                self.stalled = Some(Arc::clone(&server.log.tap).lock_owned().await);
            }
        } else {
            self.stalled = None;
        }
        let taken = std::mem::take(&mut *server.log.lines.lock().unwrap());
        self.log_bytes += taken.iter().map(String::len).sum::<usize>();
        if turn % 4 < 2 {
            disk.fill();
        } else {
            disk.free();
        }
    }

    /// Lets all be as it should be; how many bytes of log were taken.
    pub(crate) fn end(self, disk: &Disk) -> usize {
        disk.free();
        self.log_bytes
    }
}

/// One address of the hostile neighbour.
struct Neighbour {
    from: [u8; 4],
    to: SocketAddr,
    /// Connections that only take a place.
    held: VecDeque<TcpStream>,
    /// The connection that it asks on.
    kept: Option<BufReader<TcpStream>>,
}

/// What it does, again and again.
type Act = fn(&mut Neighbour, u64);

/// Where each comes from, how often it acts, and how.
const NEIGHBOURS: [([u8; 4], Duration, Act); 6] = [
    ([127, 0, 0, 2], Duration::from_millis(20), be_silent),
    ([127, 0, 0, 3], Duration::from_millis(20), be_silent),
    ([127, 0, 0, 4], Duration::from_millis(10), be_refused),
    ([127, 0, 0, 5], Duration::from_millis(10), be_refused),
    ([127, 0, 0, 6], Duration::from_millis(10), make_up),
    ([127, 0, 0, 8], Duration::from_secs(5), leave_unread),
];

/// As many connections as one address may have.
const SILENT: usize = 256;

/// Connections whose answers are not read.
const UNREAD: usize = 20;

impl Neighbour {
    fn hold(&mut self, stream: TcpStream, most: usize) {
        self.held.push_back(stream);
        if self.held.len() > most {
            self.held.pop_front();
        }
    }

    /// Asks; whatever becomes of it, the neighbour goes on.
    fn ask(&mut self, request: &str) {
        let kept = self.kept.take();
        let stream = kept.or_else(|| connect(self.from, self.to).map(BufReader::new).ok());
        self.kept = stream.and_then(|mut stream| ask(&mut stream, request).map(|_| stream).ok());
    }
}

fn be_silent(neighbour: &mut Neighbour, _: u64) {
    if let Ok(stream) = connect(neighbour.from, neighbour.to) {
        neighbour.hold(stream, SILENT);
    }
}

fn be_refused(neighbour: &mut Neighbour, number: u64) {
    let requests = strangers_requests();
    let at = usize::try_from(number).unwrap() % requests.len();
    neighbour.ask(requests.get(at).unwrap());
}

/// Another call each time, half of them in another queue.
fn make_up(neighbour: &mut Neighbour, number: u64) {
    let queue = if number.is_multiple_of(2) {
        "q".to_owned()
    } else {
        format!("queue-{number}")
    };
    let call = format!(r#"{{"callId":"made-up-{number}","from":"","to":"1"}}"#);
    let body = format!(r#"{{"queueId":"{queue}","calls":[{call}]}}"#);
    neighbour.ask(&post("/get_list_agents", &body));
}

/// Asks about so many made-up calls that the memory of calls is as full as it can be.
pub(crate) fn fill_the_memory_of_calls(to: SocketAddr) {
    let mut stream = BufReader::new(TcpStream::connect(to).unwrap());
    for question in 0..500 {
        let calls: Vec<String> = (0..2_000)
            .map(|call| format!(r#"{{"callId":"filler-{question}-{call}","to":"1"}}"#))
            .collect();
        let body = format!(r#"{{"queueId":"q","calls":[{}]}}"#, calls.join(","));
        ask(&mut stream, &post("/get_list_agents", &body)).unwrap();
    }
}

/// More answers than the system's buffers take.
fn leave_unread(neighbour: &mut Neighbour, _: u64) {
    let calls: Vec<String> = (0..1_000)
        .map(|call| format!(r#"{{"callId":"{call:0>200}"}}"#))
        .collect();
    let body = format!(r#"{{"queueId":"q","calls":[{}]}}"#, calls.join(","));
    let question = post("/get_list_agents", &body);
    if let Ok(mut stream) = connect(neighbour.from, neighbour.to) {
        stream
            .set_write_timeout(Some(Duration::from_millis(500)))
            .unwrap();
        // The server stops to read once it cannot write.
        while stream.write_all(question.as_bytes()).is_ok() {}
        neighbour.hold(stream, UNREAD);
    }
}

/// The threads of the neighbour, one for each address.
pub(crate) struct Neighbours {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<u64>>,
}

impl Neighbours {
    pub(crate) fn start(to: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = NEIGHBOURS.map(|(from, period, act)| {
            let stop = Arc::clone(&stop);
            let mut neighbour = Neighbour {
                from,
                to,
                held: VecDeque::new(),
                kept: None,
            };
            #[expect(
                clippy::disallowed_methods,
                reason = "the thread ends with its neighbours"
            )]
            thread::spawn(move || {
                let mut number = 0;
                while !stop.load(Ordering::Relaxed) {
                    let next = clock::monotonic() + period;
                    act(&mut neighbour, number);
                    number += 1;
                    thread::sleep(next.saturating_duration_since(clock::monotonic()));
                }
                number
            })
        });
        Self {
            stop,
            threads: threads.into(),
        }
    }

    /// How often they acted.
    pub(crate) fn finish(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let threads = self.threads.into_iter();
        threads.map(|thread| thread.join().unwrap()).sum()
    }
}
