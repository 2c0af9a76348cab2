//! Edits by commands go to PostgreSQL, and are in force when the command ends.

use crate::postgres::{Server, assert_done, router};
use crate::rules::{Replica, demo};

impl Replica {
    /// Runs a command with this server's configuration.
    pub(crate) fn command(&self, url: &str, arguments: &[&str]) -> std::process::Output {
        let state = format!("database.state={}", self.state.path().display());
        let url = format!("database.url={url}");
        let admin = self.running.admin_setting();
        let settings = ["--set", &state, "--set", &url, "--set", &admin];
        router(&[arguments, &settings].concat())
    }
}

#[tokio::test]
async fn every_verb_that_edits_writes_to_postgres() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = demo(&server).await;
    let replica = Replica::start(&url);
    let directory = tempfile::tempdir().unwrap();
    let callers = directory.path().join("callers.csv");
    std::fs::write(&callers, "number,name\n0901 000 111,Nam\n").unwrap();
    let backup = directory.path().join("backup.db");
    let (callers, backup) = (callers.to_str().unwrap(), backup.to_str().unwrap());
    let mut psql = server.psql("rules").await;
    let name = "select name from agents where id = 'hoa'";
    let before = psql.texts(name).await;
    assert_done(
        "backup",
        &replica.command(&url, &["history", "backup", backup]),
    );
    for (verb, arguments, sql, expected) in [
        (
            "sql",
            &[
                "sql",
                "update agents set name = 'H' where id = 'hoa'",
                "--yes",
                "--actor",
                "lan",
            ][..],
            name,
            "H",
        ),
        (
            "import callers",
            &["import", "callers", callers, "--yes"],
            "select name from callers where name = 'Nam'",
            "Nam",
        ),
        (
            "restore",
            &["history", "restore", backup, "--yes"],
            name,
            &before[0],
        ),
    ] {
        let said = replica.command(&url, arguments);
        assert_done(verb, &said);
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(
            said.contains("committed") && said.contains("in force as version"),
            "{verb}: {said}"
        );
        assert_eq!(psql.texts(sql).await, [expected], "{verb}");
    }
    let actors =
        "select actor from changes where row_key = 'hoa' and table_name = 'agents' and version = 2";
    assert_eq!(psql.texts(actors).await, ["lan"]);
    let left = std::fs::read_dir(replica.state.path()).unwrap();
    let left: Vec<String> = left
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        !left.iter().any(|name| name.starts_with("edit-")),
        "{left:?}"
    );
}
