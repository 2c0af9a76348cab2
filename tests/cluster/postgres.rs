//! A PostgreSQL of a test's own, in a temporary directory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot be set up fails there and then"
)]

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getuid, kill_process};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use tempfile::TempDir;

/// A running server. It ends with the test.
pub(crate) struct Server {
    directory: TempDir,
    port: u16,
    /// Settings beside the usual ones.
    settings: Vec<String>,
    process: Child,
}

/// The folder of the programs of the newest PostgreSQL, 15 or later.
fn programs() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    folders
        .filter_map(|folder| Some(folder.ok()?.path()))
        .filter(|path| version(path) >= Some(15) && path.join("bin/postgres").exists())
        .max_by_key(|path| version(path))
        .map(|path| path.join("bin"))
}

/// User and group that PostgreSQL runs as: it refuses root.
fn identity() -> Option<(u32, u32)> {
    if !getuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let mut fields = line.unwrap().split(':').skip(2);
    let mut next = || fields.next().unwrap().parse().unwrap();
    Some((next(), next()))
}

/// A program of PostgreSQL, as the user it runs as.
fn program(name: &str) -> Command {
    as_postgres(&programs().unwrap().join(name))
}

/// A program, as the user that PostgreSQL runs as.
pub(crate) fn as_postgres(path: &Path) -> Command {
    let Some((user, group)) = identity() else {
        return Command::new(path);
    };
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={user}"))
        .arg(format!("--regid={group}"));
    command.arg("--clear-groups").arg(path);
    command
}

impl Server {
    /// Starts one; `None` where PostgreSQL is not installed.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_with(|_| Vec::new()).await
    }

    /// Starts one with more settings, for which files may be put into its directory.
    pub(crate) async fn start_with(prepare: impl FnOnce(&Path) -> Vec<String>) -> Option<Self> {
        if programs().is_none() {
            not_run("PostgreSQL 15 or later is not installed");
            return None;
        }
        let directory = folder();
        let settings = prepare(directory.path());
        let data = directory.path().join("data");
        let made = program("initdb")
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--username=postgres",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .current_dir("/")
            .output()
            .unwrap();
        assert_done("initdb", &made);
        let port = free_port();
        let process = Self::spawn(&data, port, &settings);
        let server = Self {
            directory,
            port,
            settings,
            process,
        };
        server.answers().await;
        Some(server)
    }

    /// Another one that follows this one.
    pub(crate) async fn standby(&self) -> Self {
        let directory = folder();
        let port = free_port();
        let data = directory.path().join("data");
        self.copy_to(&data);
        let process = Self::spawn(&data, port, &[]);
        let standby = Self {
            directory,
            port,
            settings: Vec::new(),
            process,
        };
        standby.answers().await;
        standby
    }

    /// Makes one that has ended follow another one, on its own port.
    pub(crate) async fn follow(&mut self, primary: &Self) {
        let data = self.directory.path().join("data");
        std::fs::remove_dir_all(&data).unwrap();
        primary.copy_to(&data);
        self.start_again().await;
    }

    fn copy_to(&self, data: &Path) {
        let port = self.port.to_string();
        let copied = program("pg_basebackup")
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
            ])
            .args(["--no-sync", "-p", &port, "-D"])
            .arg(data)
            .current_dir("/")
            .output()
            .unwrap();
        assert_done("pg_basebackup", &copied);
    }

    /// Takes over from the one that it follows.
    pub(crate) async fn promote(&self) {
        let promote = "select pg_promote()::text";
        assert_eq!(self.psql("postgres").await.texts(promote).await, ["true"]);
    }

    /// Where it listens.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    fn spawn(data: &Path, port: u16, settings: &[String]) -> Child {
        program("postgres")
            .arg("-D")
            .arg(data)
            .args([
                "-p",
                &port.to_string(),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "fsync=off",
            ])
            .arg("-c")
            .arg(format!(
                "unix_socket_directories={}",
                data.parent().unwrap().display()
            ))
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Waits until it takes connections.
    async fn answers(&self) {
        let begin = Instant::now();
        while self.options("postgres").connect().await.is_err() {
            assert!(
                begin.elapsed() < Duration::from_secs(30),
                "PostgreSQL does not start"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        self.url(database).parse().unwrap()
    }

    /// The address of a database of this server.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Somebody who edits with psql.
    pub(crate) async fn psql(&self, database: &str) -> Psql {
        Psql(self.options(database).connect().await.unwrap())
    }

    /// The same, logged in as somebody else.
    pub(crate) async fn psql_as(&self, role: &str, database: &str) -> Psql {
        Psql(
            self.options(database)
                .username(role)
                .connect()
                .await
                .unwrap(),
        )
    }

    /// A new database.
    pub(crate) async fn database(&self, name: &str) -> String {
        let mut psql = self.psql("postgres").await;
        psql.run(&format!("create database {name}")).await;
        self.url(name)
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn stop(&mut self) {
        self.signal(Signal::QUIT);
        self.process.wait().unwrap();
    }

    /// Starts it on the same data and the same port.
    pub(crate) async fn start_again(&mut self) {
        let data = self.directory.path().join("data");
        self.process = Self::spawn(&data, self.port, &self.settings);
        self.answers().await;
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its own processes get no chance to write anything that nobody reads.
        if self.process.try_wait().unwrap().is_none() {
            self.stop();
        }
    }
}

/// A folder of the user that PostgreSQL runs as.
pub(crate) fn folder() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    give(directory.path());
    directory
}

/// Gives a file to the user that PostgreSQL runs as.
pub(crate) fn give(path: &Path) {
    if let Some((user, group)) = identity() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// A port that nobody listens at.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Says that a test was not run, and why; fails where it must be.
pub(crate) fn not_run(why: &str) {
    assert!(std::env::var_os("CLUSTER_POSTGRES").is_none(), "{why}");
    println!("NOT RUN: {why}");
}

/// A connection as of somebody with psql.
pub(crate) struct Psql(PgConnection);

impl Psql {
    /// Runs a script; if it is refused, says what PostgreSQL said.
    pub(crate) async fn attempt(&mut self, sql: &str) -> Result<(), String> {
        match self.0.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.as_database_error().unwrap().message().to_owned()),
        }
    }

    /// Runs a script.
    pub(crate) async fn run(&mut self, sql: &str) {
        if let Err(message) = self.attempt(sql).await {
            panic!("{message}\n{sql}");
        }
    }

    /// The rows of a query that gives one text column.
    pub(crate) async fn texts(&mut self, sql: &str) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut self.0)
            .await
            .unwrap()
    }
}

/// The program, run to its end.
pub(crate) fn router(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stringee-router"))
        .args(arguments)
        .current_dir("/")
        .output()
        .unwrap()
}

/// Fails with what a program said if it did not do its work.
#[track_caller]
pub(crate) fn assert_done(name: &str, output: &Output) {
    assert!(
        output.status.success(),
        "{name}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
