//! Many requests, an edit each second, and faults by turns, for as long as somebody asks for; a short one always.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::bed::{renames, say, since};
use crate::database::{Database, Shell};
use crate::harness::{Running, wait_for};
use crate::prober::Prober;
use crate::scale;

const REQUESTS_A_SECOND: u32 = 1_000;

const EDIT_PERIOD: Duration = Duration::from_secs(1);

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
fn resident_kib(server: &Running) -> Option<u32> {
    let status = fs::read_to_string(format!(
        "/proc/{}/status",
        server.process_id().as_raw_nonzero()
    ))
    .ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// By how many MB an hour memory grows, and how far off that may be: a line through the second half of the samples (least
/// squares) and its standard error. The first half is for caches that fill. `None` if there are too few to say.
fn slope(samples: &[(Duration, u32)]) -> Option<(f64, f64)> {
    let half = samples.get(samples.len() / 2..).unwrap_or_default();
    let points = || {
        half.iter()
            .map(|(at, kib)| (at.as_secs_f64() / 3600.0, f64::from(*kib) * 1_024.0 / 1e6))
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

#[tokio::test]
async fn memory_and_answers_stay_as_they_are_under_load_edits_and_faults() {
    let database = Database::ringing(&["v0"]).await;
    // As in the image: with a heap for each thread, what grows would not be told from what scatters.
    let words = include_str!("../../Dockerfile")
        .split_whitespace()
        .filter(|word| word.starts_with("MALLOC_"));
    let heap: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
    assert!(!heap.is_empty());
    let as_in_the_image = |command: &mut Command| {
        command.envs(heap);
    };
    let server = Running::prepared(
        &database.path(),
        &database.directory().join("state"),
        "",
        as_in_the_image,
    );
    let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
    let (began, mut samples, mut version) = (clock::monotonic(), Vec::new(), 0_usize);
    let (mut next, copy) = (began, database.directory().join("copy"));
    while version == 0 || since(began) < scale::soak() {
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
        samples.extend(resident_kib(&server).map(|kib| (since(began), kib)));
        next = (next + EDIT_PERIOD).max(clock::monotonic());
        thread::sleep(next.duration_since(clock::monotonic()));
    }
    let record = prober.finish();
    let (first, last) = (
        samples.first().map_or(0, |sample| sample.1),
        samples.last().map_or(0, |sample| sample.1),
    );
    let slope = slope(&samples).map_or_else(
        || "too short to say by how much it grows".to_owned(),
        |(slope, error)| format!("{slope:.2} MB/h in the second half, give or take {error:.2}"),
    );
    let figures = format!(
        "{:.0?}, {version} edits, {record}; memory {first} KiB at first, {last} KiB at last; {slope}",
        since(began)
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
