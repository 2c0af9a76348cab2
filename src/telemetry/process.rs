//! What Prometheus' own dashboards know of any process: its memory, its time of the CPU, its files.
//!
//! Read from `/proc` when somebody asks; where there is none, nothing is said.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// The process itself.
#[derive(Debug)]
pub(super) struct ProcessMetrics;

/// How it stands.
struct Readings {
    cpu_seconds: f64,
    start_seconds: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
    threads: f64,
    open_files: f64,
}

impl Readings {
    fn now() -> Option<Self> {
        /// The fields of `/proc/self/stat` behind the name, which may hold blanks, counted from the process' state (proc(5)).
        const USER_TICKS: usize = 11;
        const SYSTEM_TICKS: usize = 12;
        const THREADS: usize = 17;
        const START_TICKS: usize = 19;
        const VIRTUAL_BYTES: usize = 20;
        const RESIDENT_PAGES: usize = 21;
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let field = |place: usize| -> Option<f64> { fields.get(place)?.parse().ok() };
        let boot = fs::read_to_string("/proc/stat").ok()?;
        let boot = boot.lines().find_map(|line| line.strip_prefix("btime "))?;
        let boot: f64 = boot.trim().parse().ok()?;
        Some(Self {
            cpu_seconds: seconds(field(USER_TICKS)? + field(SYSTEM_TICKS)?)?,
            start_seconds: boot + seconds(field(START_TICKS)?)?,
            virtual_bytes: field(VIRTUAL_BYTES)?,
            resident_bytes: field(RESIDENT_PAGES)? * number(rustix::param::page_size())?,
            threads: field(THREADS)?,
            open_files: number(fs::read_dir("/proc/self/fd").ok()?.count())?,
        })
    }
}

fn seconds(ticks: f64) -> Option<f64> {
    let a_second = u32::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    Some(ticks / f64::from(a_second))
}

fn number(count: usize) -> Option<f64> {
    u32::try_from(count).ok().map(f64::from)
}

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(now) = Readings::now() else {
            return Ok(());
        };
        let cpu = ConstCounter::new(now.cpu_seconds);
        let help = "Time of the CPU that the process has used, in seconds.";
        let encoded =
            encoder.encode_descriptor("process_cpu_seconds", help, None, cpu.metric_type())?;
        cpu.encode(encoded)?;
        for (name, help, value) in [
            (
                "process_start_time_seconds",
                "When the process began, in seconds since 1970.",
                now.start_seconds,
            ),
            (
                "process_resident_memory_bytes",
                "Memory that is held in the machine.",
                now.resident_bytes,
            ),
            (
                "process_virtual_memory_bytes",
                "Memory that is mapped.",
                now.virtual_bytes,
            ),
            ("process_threads", "Threads.", now.threads),
            (
                "process_open_fds",
                "Open files and connections.",
                now.open_files,
            ),
        ] {
            let gauge = ConstGauge::new(value);
            let encoded = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(encoded)?;
        }
        Ok(())
    }
}
