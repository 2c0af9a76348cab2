//! Rules in PostgreSQL: served from a mirror, followed at once, whatever becomes of PostgreSQL meanwhile.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot be set up fails there and then, and a deadline needs the clock"
)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Running, wait_for};
use crate::postgres::{Server, assert_done, router};

/// A server of the program on a database.
pub(crate) struct Replica {
    pub(crate) running: Running,
    pub(crate) state: TempDir,
}

impl Replica {
    /// Starts one with a state directory of its own.
    pub(crate) fn start(url: &str) -> Self {
        Self::start_with(url, "hold_seconds = 0")
    }

    /// The same with more settings, those of `[database]` first.
    pub(crate) fn start_with(url: &str, settings: &str) -> Self {
        let state = tempfile::tempdir().unwrap();
        let running = Self::on(url, state.path(), settings, |_| {});
        Self { running, state }
    }

    /// The same with a configuration that has a section `[cluster]` of its own.
    pub(crate) fn named(url: &str, settings: &str) -> Self {
        let state = tempfile::tempdir().unwrap();
        let unused = state.path().join("no-such-rules.db");
        let config = format!("[database]\nurl = '{url}'\n{settings}");
        let name = format!("cluster.replica={}", state.path().display());
        let running = Running::prepared(&unused, state.path(), &config, |command| {
            command.args(["--set", &name]);
        });
        Self { running, state }
    }

    /// The same with variables of its own.
    pub(crate) fn prepared(url: &str, prepare: impl FnOnce(&mut Command)) -> Self {
        let state = tempfile::tempdir().unwrap();
        let running = Self::on(url, state.path(), "hold_seconds = 0", prepare);
        Self { running, state }
    }

    fn on(url: &str, state: &Path, settings: &str, prepare: impl FnOnce(&mut Command)) -> Running {
        let unused = state.join("no-such-rules.db");
        let name = state.file_name().unwrap().to_str().unwrap();
        let config = format!("cluster.replica = '{name}'\n[database]\nurl = '{url}'\n{settings}");
        Running::prepared(&unused, state, &config, prepare)
    }

    /// The same again after its end.
    pub(crate) fn again(self, url: &str) -> Self {
        Self::on_state(self.ended(), url, "hold_seconds = 0")
    }

    /// Ends it, and keeps its state.
    pub(crate) fn ended(self) -> TempDir {
        drop(self.running);
        self.state
    }

    /// Starts one that was there before.
    pub(crate) fn on_state(state: TempDir, url: &str, settings: &str) -> Self {
        let running = Self::on(url, state.path(), settings, |_| {});
        Self { running, state }
    }

    /// What `/status` says at a place.
    pub(crate) fn status(&self, pointer: &str) -> Value {
        let page: Value = serde_json::from_str(&self.running.admin("/status").body).unwrap();
        page.pointer(pointer).cloned().unwrap_or_default()
    }

    fn agents(&self) -> u64 {
        self.status("/rules/agents").as_u64().unwrap()
    }

    fn waits_for_log(&self, words: &str) {
        wait_for(words, || self.running.log().contains(words).then_some(()));
    }

    pub(crate) fn waits_for_agents(&self, agents: u64) {
        let what = format!("{agents} agents");
        wait_for(&what, || (self.agents() == agents).then_some(()));
    }
}

/// The database `rules` with the demo data.
pub(crate) async fn demo(server: &Server) -> String {
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--demo", "--postgres", &url]));
    url
}

#[tokio::test]
async fn an_edit_in_psql_is_in_force_on_all_servers_within_half_a_second() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = demo(&server).await;
    // The first host of the second one is nobody.
    let two_hosts = url.replace('@', "@127.0.0.1:1,");
    let replicas = [Replica::start(&url), Replica::start(&two_hosts)];
    let mut psql = server.psql("rules").await;
    let agents = replicas[0].agents();
    let mut slowest = Duration::ZERO;
    for number in 1..=10 {
        psql.run(&format!(
            "insert into agents (id, name) values ('n{number}', 'New')"
        ))
        .await;
        let begin = Instant::now();
        for replica in &replicas {
            replica.waits_for_agents(agents + number);
        }
        slowest = slowest.max(begin.elapsed());
    }
    // Half a second where nothing else runs.
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    let version = |replica: &Replica| {
        (
            replica.status("/rules/version"),
            replica.status("/rules/hash"),
        )
    };
    assert_eq!(version(&replicas[0]), version(&replicas[1]));
    let version = psql.texts("select version::text from projects").await;
    assert_eq!(replicas[0].status("/rules/version").to_string(), version[0]);
}

#[tokio::test]
async fn without_postgres_the_mirror_is_served_and_edits_wait() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let url = demo(&server).await;
    let replica = Replica::start(&url);
    let agents = replica.agents();
    server.stop();
    wait_for("what is wrong", || {
        let said = replica.running.admin("/readyz").body;
        said.contains("PostgreSQL has not answered since")
            .then_some(())
    });
    let replica = replica.again(&url);
    assert_eq!(replica.agents(), agents, "the start served the mirror");
    server.start_again().await;
    wait_for("all to be well", || {
        (replica.running.admin("/readyz").body == "ready\n").then_some(())
    });
    let mut psql = server.psql("rules").await;
    psql.run("insert into agents (id, name) values ('new', 'New')")
        .await;
    replica.waits_for_agents(agents + 1);
}

#[tokio::test]
async fn lost_edits_are_taken_over_and_said() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = demo(&server).await;
    let replica = Replica::start(&url);
    let agents = replica.agents();
    let mut psql = server.psql("rules").await;
    psql.run("insert into agents (id, name) values ('new', 'New')")
        .await;
    replica.waits_for_agents(agents + 1);
    // As after a restored backup, or a standby that had not got the last commits.
    psql.run(
        "set session_replication_role = replica; delete from agents where id = 'new'; delete from changes where version > 1;
        update projects set version = 1, token = gen_random_uuid(); reset session_replication_role",
    )
    .await;
    replica.waits_for_agents(agents);
    replica.waits_for_log("PostgreSQL holds an earlier version of the rules");
}

#[tokio::test]
async fn what_was_edited_past_the_log_is_found() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = demo(&server).await;
    let replica = Replica::start(&url);
    let agents = replica.agents();
    let mut psql = server.psql("rules").await;
    psql.run(
        "set session_replication_role = replica; insert into agents (id, name) values ('new', 'New');
        reset session_replication_role",
    )
    .await;
    // A start compares, as every ten minutes do.
    let replica = replica.again(&url);
    replica.waits_for_agents(agents + 1);
    replica.waits_for_log("rows were edited past the log of edits");
}
