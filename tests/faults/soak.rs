//! Many requests, an edit each second, faults by turns and all bystanders at once, for as long as somebody asks for; a
//! short one always.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::bed::{renames, say, since};
use crate::bystanders::{Disk, Neighbours, Turns, fill_the_memory_of_calls};
use crate::database::{Database, Shell};
use crate::harness::{Running, wait_for};
use crate::prober::Prober;
use crate::scale;

const REQUESTS_A_SECOND: u32 = 1_000;

const EDIT_PERIOD: Duration = Duration::from_secs(1);

/// Room for the rules' copies and backups, and for the journal until it reaches its bound.
const DISK: &str = "size=48m";

/// Bounds that a soak of some minutes reaches, so that what has none is told from what is filling.
const CONFIG: &str = "[database]\nbackups_max_bytes = 4194304\n[journal]\nmax_bytes = 16777216";

/// What becomes of the rules, one after the other. All of it is put right within a second.
const FAULTS: [fn(&Path); 4] = [
    |_| {},
    |rules| drop(fs::remove_file(rules)),
    |rules| drop(fs::write(rules, "these are no rules")),
    |rules| {
        let half = fs::metadata(rules).map_or(0, |metadata| metadata.len()) / 2;
        drop(
            fs::OpenOptions::new()
                .write(true)
                .open(rules)
                .map(|file| file.set_len(half)),
        );
    },
];

/// The memory that the server has, in KiB.
fn resident_kib(server: &Running) -> u32 {
    let process = server.process_id().as_raw_nonzero();
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kib.unwrap()
}

/// With a heap as in the image, as with one for each thread what grows would not be told from what scatters; and with a
/// line of the log for each call, so that a log that stalls is full.
fn as_in_the_image(command: &mut Command) {
    let words = include_str!("../../Dockerfile")
        .split_whitespace()
        .filter(|word| word.starts_with("MALLOC_"));
    let heap: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
    assert!(!heap.is_empty());
    command.envs(heap);
    command.args(["--set", "log.filter=info,stringee_router::webhook=debug"]);
}

/// What the server takes, in KiB, some time after the beginning.
struct Sample {
    at: Duration,
    memory: u32,
    state: u32,
}

/// By how many MB an hour something grows, and how far off that may be: a line through the second half of the samples
/// (least squares) and its standard error. The first half is for caches that fill. `None` if there are too few to say.
fn slope(samples: &[Sample], kib: fn(&Sample) -> u32) -> Option<(f64, f64)> {
    let half = samples.get(samples.len() / 2..).unwrap_or_default();
    let points = || {
        half.iter().map(|sample| {
            let hours = sample.at.as_secs_f64() / 3600.0;
            (hours, f64::from(kib(sample)) * 1_024.0 / 1e6)
        })
    };
    let count: f64 = points().map(|_| 1.0).sum();
    let (mean_x, mean_y) = (
        points().map(|(x, _)| x).sum::<f64>() / count,
        points().map(|(_, y)| y).sum::<f64>() / count,
    );
    let run: f64 = points().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let rise: f64 = points().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let slope = rise / run;
    let off: f64 = points()
        .map(|(x, y)| (y - mean_y - slope * (x - mean_x)).powi(2))
        .sum();
    (count > 2.0).then(|| (slope, (off / (count - 2.0) / run).sqrt()))
}

/// How something was at first, at last and at most, and how it grows.
fn growth(samples: &[Sample], kib: fn(&Sample) -> u32) -> String {
    let (first, last, most) = (
        samples.first().map_or(0, kib),
        samples.last().map_or(0, kib),
        samples.iter().map(kib).max().unwrap_or(0),
    );
    let slope = slope(samples, kib).map_or_else(
        || "too short to say by how much it grows".to_owned(),
        |(slope, error)| format!("{slope:.2} MB/h in the second half, give or take {error:.2}"),
    );
    format!("{first} KiB at first, {last} at last, {most} at most, {slope}")
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_disk_and_answers_stay_as_they_are_whoever_stands_beside_the_service() {
    let (database, disk) = (Database::ringing(&["v0"]).await, Disk::new(DISK));
    let server = Running::prepared(&database.path(), &disk.state(), CONFIG, as_in_the_image);
    if scale::soak() > Duration::from_mins(1) {
        fill_the_memory_of_calls(server.webhook());
    }
    let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
    let neighbours = Neighbours::start(server.webhook());
    let (began, mut samples, mut version) = (clock::monotonic(), Vec::new(), 0_usize);
    let (mut next, copy) = (began, database.directory().join("copy"));
    let (mut turns, turn_lasts) = (Turns::default(), (scale::soak() / 60).max(EDIT_PERIOD));
    while version == 0 || since(began) < scale::soak() {
        let turn = since(began).as_millis() / turn_lasts.as_millis();
        turns.take(turn, &server, &disk).await;
        let fault = version % FAULTS.len();
        FAULTS[fault](&database.path());
        if fault > 0 {
            thread::sleep(Duration::from_millis(500));
            fs::copy(&copy, database.path()).unwrap();
        }
        version += 1;
        let agent = format!("v{version}");
        prober.may_name(&agent);
        edit(&database, &agent, &copy).await;
        wait_for(&format!("{agent} to be named"), || {
            (prober.named() == Some(agent.clone())).then_some(())
        });
        prober.must_name(&agent);
        samples.push(Sample {
            at: since(began),
            memory: resident_kib(&server),
            state: disk.state_kib(),
        });
        next = (next + EDIT_PERIOD).max(clock::monotonic());
        thread::sleep(next.duration_since(clock::monotonic()));
    }
    let (log_bytes, acts) = (turns.end(&disk), neighbours.finish());
    wait_for("all to be well", || {
        (server.admin("/readyz").body == "ready\n").then_some(())
    });
    let (record, lost_lines) = (prober.finish(), server.counter("log_lines_lost"));
    let figures = format!(
        "{:.0?}, {version} edits beside {acts} acts of neighbours, {record}; memory {}; state {}; {} KB of log taken, {lost_lines} lines lost",
        since(began),
        growth(&samples, |sample| sample.memory),
        growth(&samples, |sample| sample.state),
        log_bytes / 1_000,
    );
    say("soak", &figures);
}

/// Lets another agent be rung, and keeps a copy of the rules, to put right what is made wrong next.
async fn edit(database: &Database, agent: &str, copy: &Path) {
    let mut editor = Shell::open(&database.path(), false).await;
    editor.run("pragma busy_timeout = 5000").await;
    renames(&mut editor, agent).await;
    drop(fs::remove_file(copy));
    editor
        .run(&format!("vacuum into '{}'", copy.display()))
        .await;
    editor.close().await;
}
