//! Servers as processes of their own, pinned to a CPU, with what the system says of them.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use anyhow::Context as _;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::workload;

/// A server; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Of the operators' listener; the same where a server has only one.
    pub(crate) admin: SocketAddr,
}

/// CPU seconds since a process started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CpuTime {
    pub(crate) user: f64,
    pub(crate) system: f64,
}

/// Which CPU a thread or a process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cpu {
    /// The first one that we may use: the servers'.
    First,
    /// The last one: the asker's.
    Last,
    /// Any.
    Any,
}

/// Binds the calling thread, and what it starts from now on, to a CPU.
pub(crate) fn pin(cpu: Cpu) -> anyhow::Result<()> {
    let allowed = allowed()?;
    let mut numbers = (0..CpuSet::MAX_CPU).filter(|number| allowed.is_set(*number));
    let number = match cpu {
        Cpu::First => numbers.next(),
        Cpu::Last => numbers.next_back(),
        Cpu::Any => return Ok(sched_setaffinity(None, &allowed)?),
    };
    let mut set = CpuSet::new();
    set.set(number.context("there is a CPU")?);
    sched_setaffinity(None, &set).context("cannot bind a thread to a CPU")
}

/// The CPUs that the process may use. Looked up once: a thread that is bound already may use only one.
fn allowed() -> anyhow::Result<CpuSet> {
    static ALLOWED: OnceLock<CpuSet> = OnceLock::new();
    let now = sched_getaffinity(None)?;
    let allowed = *ALLOWED.get_or_init(|| now);
    anyhow::ensure!(
        allowed.count() > 1,
        "servers and asker need a CPU each, and there is only one"
    );
    Ok(allowed)
}

impl Server {
    /// The real program on a rules database, as the image runs it.
    pub(crate) fn router(rules: &Path, cpu: Cpu) -> anyhow::Result<Self> {
        Self::start(router_command(rules)?, cpu)
    }

    /// One of [`crate::http::peers`], which answers whatever it is asked with the contents of a file.
    pub(crate) fn peer(name: &str, answer: &Path, cpu: Cpu) -> anyhow::Result<Self> {
        Self::start(peer_command(name, answer)?, cpu)
    }

    /// What the process has used so far.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<CpuTime> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is the program's name in parentheses, and may hold blanks; then comes the third one.
        let (_, fields) = stat
            .rsplit_once(") ")
            .context("/proc/PID/stat has a name")?;
        let ticks_per_second = f64::from(u32::try_from(rustix::param::clock_ticks_per_second())?);
        let seconds = |field: usize| -> anyhow::Result<f64> {
            let ticks: f64 = fields
                .split(' ')
                .nth(field - 3)
                .context("/proc/PID/stat has 52 fields")?
                .parse()?;
            Ok(ticks / ticks_per_second)
        };
        Ok(CpuTime {
            user: seconds(14)?,
            system: seconds(15)?,
        })
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts a process on a CPU and waits for the line in which it says where it listens.
    fn start(mut command: Command, cpu: Cpu) -> anyhow::Result<Self> {
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        // A process inherits the CPU of the thread that starts it.
        let started = std::thread::spawn(move || {
            pin(cpu)?;
            command
                .spawn()
                .with_context(|| format!("cannot start {}", command.get_program().display()))
        });
        let mut child = started
            .join()
            .map_err(|_panic| anyhow::anyhow!("the starting thread panicked"))??;
        let mut output =
            BufReader::new(child.stderr.take().context("the standard error is piped")?);
        let mut said = String::new();
        let (address, admin) = loop {
            let mut line = String::new();
            anyhow::ensure!(
                output.read_line(&mut line)? > 0,
                "a server did not start: {said}"
            );
            if let Some(address) = line
                .contains("listening")
                .then(|| listening(&line, "webhook"))
                .flatten()
            {
                break (address, listening(&line, "admin").unwrap_or(address));
            }
            said.push_str(&line);
        };
        // Kept open, so that what the server says later has somewhere to go.
        child.stderr = Some(output.into_inner());
        Ok(Self {
            child,
            address,
            admin,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The profile that this program was built with, and all that it measures: its directory has the name.
pub(crate) fn profile() -> anyhow::Result<String> {
    let program = std::env::current_exe()?;
    let directory = program.ancestors().nth(2).and_then(Path::file_name);
    Ok(directory
        .context("target/PROFILE/deps/router")?
        .display()
        .to_string())
}

/// Resident memory of a process in MB: now, and at its highest.
pub(crate) fn memory_mb(process: u32) -> anyhow::Result<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let megabytes = |name: &str| -> anyhow::Result<f64> {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .context("/proc/PID/status is complete")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024.0 / 1e6)
    };
    Ok((megabytes("VmRSS:")?, megabytes("VmHWM:")?))
}

/// The program with a configuration of our own beside the rules: a project that requires signatures, all others open.
fn router_command(rules: &Path) -> anyhow::Result<Command> {
    let config = rules.with_file_name("config.toml");
    let text = format!(
        "{}[server]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n\
         [database]\nrules = \"{}\"\nstate = \"{}\"\n",
        workload::config(),
        rules.display(),
        rules.with_file_name("state").display()
    );
    std::fs::write(&config, text)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_stringee-router"));
    command.envs(heap_settings());
    command.arg("serve").arg("--config").arg(config);
    Ok(command)
}

/// What the image tells the C library about memory.
fn heap_settings() -> impl Iterator<Item = (&'static str, &'static str)> {
    let words = include_str!("../Dockerfile")
        .split_whitespace()
        .filter(|word| word.starts_with("MALLOC_"));
    words.filter_map(|word| word.split_once('='))
}

fn peer_command(name: &str, answer: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["peer", name]).arg(answer);
    Ok(command)
}

/// The address in a line such as `{"message":"listening","webhook":"127.0.0.1:1234"}`.
fn listening(line: &str, listener: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    line.get(listener)?.as_str()?.parse().ok()
}
