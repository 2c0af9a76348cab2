//! The real program, started on ports of its own, and asked over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot be set up fails there and then"
)]

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

/// How long a condition may take to come true before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; killed when it goes out of scope.
pub(crate) struct Running {
    process: Process,
    pub(crate) log: Arc<Log>,
    webhook: SocketAddr,
    admin: SocketAddr,
    _directory: TempDir,
}

/// What the server logged, as far as it was taken.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) lines: Mutex<Vec<String>>,
    /// Whoever holds it keeps the log from being taken.
    pub(crate) tap: Arc<tokio::sync::Mutex<()>>,
}

/// What the server said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) version: String,
    pub(crate) body: String,
}

impl Running {
    /// Starts the program on a rules database, with a configuration file of these lines.
    pub(crate) fn on(rules: &Path, config: &str) -> Self {
        Self::with_log(rules, config, "info")
    }

    /// The same, with a log filter.
    pub(crate) fn with_log(rules: &Path, config: &str, filter: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        Self::start(directory, rules, &state, config, filter, |_| {})
    }

    /// Starts the program with a state directory that stays when it ends.
    pub(crate) fn with_state(rules: &Path, state: &Path, config: &str) -> Self {
        Self::prepared(rules, state, config, |_| {})
    }

    /// The same, as another user or with variables of its own.
    pub(crate) fn prepared(
        rules: &Path,
        state: &Path,
        config: &str,
        prepare: impl FnOnce(&mut Command),
    ) -> Self {
        Self::start(
            tempfile::tempdir().unwrap(),
            rules,
            state,
            config,
            "info",
            prepare,
        )
    }

    fn start(
        directory: TempDir,
        rules: &Path,
        state: &Path,
        config: &str,
        filter: &str,
        prepare: impl FnOnce(&mut Command),
    ) -> Self {
        // Also a server that runs as somebody else reads its configuration.
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let file = directory.path().join("config.toml");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_stringee-router"));
        command.arg("--config").arg(&file);
        for (key, value) in [
            ("server.listen", "127.0.0.1:0"),
            ("admin.listen", "127.0.0.1:0"),
            ("database.rules", rules.to_str().unwrap()),
            ("database.state", state.to_str().unwrap()),
            ("log.format", "json"),
            ("log.filter", filter),
        ] {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        prepare(&mut command);
        let mut process = Process(
            command
                .arg("serve")
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        );
        let log = read_log(&mut process.0);
        let line = wait_for("the server to listen", || {
            let lines = log.lines.lock().unwrap();
            lines
                .iter()
                .find(|line| line.contains("\"listening\""))
                .cloned()
        });
        let line: Value = serde_json::from_str(&line).unwrap();
        let address = |name| {
            line.pointer(name)
                .and_then(Value::as_str)
                .unwrap()
                .parse()
                .unwrap()
        };
        Self {
            process,
            log,
            webhook: address("/webhook"),
            admin: address("/admin"),
            _directory: directory,
        }
    }

    /// Where the webhook listens.
    pub(crate) fn webhook(&self) -> SocketAddr {
        self.webhook
    }

    /// The process.
    pub(crate) fn process_id(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.process.0)
    }

    /// Where the operators' listener is.
    pub(crate) fn admin_address(&self) -> SocketAddr {
        self.admin
    }

    /// The setting that leads a command to this server's operators' listener.
    pub(crate) fn admin_setting(&self) -> String {
        format!("admin.listen={}", self.admin)
    }

    /// Posts a body to the webhook as Stringee would.
    pub(crate) fn post(&self, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        Self::post_to(self.webhook, path, body, headers)
    }

    /// Posts a body to the operator's listener.
    pub(crate) fn admin_post(&self, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        Self::post_to(self.admin, path, body, headers)
    }

    fn post_to(address: SocketAddr, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        let mut request = agent().post(format!("http://{address}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send(body).unwrap())
    }

    /// Gets a page of the webhook's listener.
    pub(crate) fn get(&self, path: &str) -> Answer {
        Answer::of(
            agent()
                .get(format!("http://{}{path}", self.webhook))
                .call()
                .unwrap(),
        )
    }

    /// Gets a page of the operator's listener.
    pub(crate) fn admin(&self, path: &str) -> Answer {
        self.admin_as(&self.admin.to_string(), path)
    }

    /// The same, under a name.
    /// A counter of the server's, by its name without prefix and ending.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let metrics = self.admin("/metrics").body;
        let name = format!("stringee_router_{name}_total ");
        let count = metrics
            .lines()
            .find_map(|line| line.strip_prefix(name.as_str()));
        count.unwrap().parse().unwrap()
    }

    /// Waits until the server has had time to see and to read whatever has been done to the files.
    pub(crate) fn looks_again(&self) {
        let looks = self.counter("rules_looks");
        wait_for("the server to look at the files 40 times", || {
            (self.counter("rules_looks") > looks + 40).then_some(())
        });
    }

    pub(crate) fn admin_as(&self, host: &str, path: &str) -> Answer {
        let request = agent().get(format!("http://{}{path}", self.admin));
        Answer::of(request.header("host", host).call().unwrap())
    }

    /// The ids of the agents who are rung for one call.
    pub(crate) fn rung(&self, queue: &str, call_id: &str, to: &str) -> Vec<String> {
        let body = serde_json::json!({"queueId": queue, "calls": [{"callId": call_id, "from": "", "to": to}]});
        let answer = self
            .post("/get_list_agents", body.to_string().as_bytes(), &[])
            .json();
        let agents = answer
            .pointer("/calls/0/agents")
            .and_then(Value::as_array)
            .unwrap();
        agents
            .iter()
            .map(|agent| {
                agent
                    .get("stringee_user_id")
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    /// All that was logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lines.lock().unwrap().join("\n")
    }

    /// Asks the process to stop and waits until it has.
    pub(crate) fn stop(self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.process_id(), signal).unwrap();
    }

    /// Waits until the process has ended.
    pub(crate) fn ended(mut self) -> ExitStatus {
        wait_for("the server to end", || self.process.0.try_wait().unwrap())
    }
}

/// A child that does not outlive the test, also not one that gives up while it waits for it.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Answer {
    fn of(mut response: ureq::http::Response<ureq::Body>) -> Self {
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
                .to_owned()
        };
        let (content_type, version) = (header("content-type"), header("x-rules-version"));
        let body = response.body_mut().read_to_string().unwrap();
        Self {
            status: response.status().as_u16(),
            content_type,
            version,
            body,
        }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Waits until a condition gives a value. Faults as long as the table says may take long, on a busy machine and without
/// optimisation.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    #[expect(clippy::disallowed_methods, reason = "a deadline needs the clock")]
    let deadline = Instant::now() + patience();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        #[expect(clippy::disallowed_methods, reason = "a deadline needs the clock")]
        let now = Instant::now();
        assert!(now < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "who runs the suite says how long it may take"
)]
fn patience() -> Duration {
    match std::env::var_os("FAULTS") {
        Some(faults) if faults == "long" => PATIENCE * 9,
        _ => PATIENCE,
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .allow_non_standard_methods(true);
    config.timeout_global(Some(PATIENCE)).build().new_agent()
}

/// Collects what the process logs, so that it never waits for a reader.
#[expect(
    clippy::disallowed_methods,
    reason = "the thread ends with the process whose output it reads"
)]
fn read_log(process: &mut Child) -> Arc<Log> {
    let log = Arc::<Log>::default();
    let (taken, output) = (
        Arc::clone(&log),
        BufReader::new(process.stderr.take().unwrap()),
    );
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            drop(taken.tap.blocking_lock());
            taken.lines.lock().unwrap().push(line);
        }
    });
    log
}
