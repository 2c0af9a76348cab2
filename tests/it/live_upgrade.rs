//! Tables that an earlier version of the program has made, brought up to date beside a running server.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails there and then"
)]

use tempfile::TempDir;

use crate::database::{Database, Shell};
use crate::harness::{Running, wait_for};

/// Hoa is on leave, as versions 1 and 2 have it.
const LEAVE: &str = "
    update agents set away_from = '2026-01-01 08:00', away_until = '2999-01-01 08:00' where id = 'hoa'";

async fn version(shell: &mut Shell) -> String {
    let version = "select cast(user_version as text) from pragma_user_version";
    shell.texts(version).await.concat()
}

fn is_upgraded(server: &Running) -> Option<()> {
    let said = "the tables of the rules database are brought up to date";
    server.log().contains(said).then_some(())
}

async fn is_brought_up_to_date(old: i64) {
    let database = Database::empty().await;
    let mut shell = database.create_old(old, &["hoa", "lan"]).await;
    shell.run(LEAVE).await;
    shell.close().await;
    let directory = TempDir::new().unwrap();
    let state = directory.path().join("state");
    let server = Running::with_state(&database.path(), &state, "");
    assert_eq!(server.rung("q", "a", ""), ["lan"], "as it is, or upgraded");
    wait_for("the upgrade", || is_upgraded(&server));
    assert_eq!(server.rung("q", "a", ""), ["lan"]);

    let mut shell = database.shell().await;
    assert_eq!(version(&mut shell).await, "3");
    let absences = "select agent_id || ' ' || starts_at || ' to ' || ends_at from absences";
    let leave = ["hoa 2026-01-01 08:00 to 2999-01-01 08:00"];
    assert_eq!(shell.texts(absences).await, leave);
    let copies = std::fs::read_dir(state.join("backup")).unwrap();
    let copies = copies.map(|entry| entry.unwrap().path());
    let begins = format!("version-{old}-of-the-tables-");
    let is_copy = |path: &std::path::PathBuf| path.to_string_lossy().contains(&begins);
    let copies: Vec<_> = copies.filter(is_copy).collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    let mut copy = Shell::open(copies.first().unwrap(), false).await;
    assert_eq!(version(&mut copy).await, old.to_string());

    shell.run("delete from absences").await;
    wait_for("an edit of the new table", || {
        (server.rung("q", "b", "") == ["hoa", "lan"]).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_version_1_are_brought_up_to_date_beside_calls() {
    is_brought_up_to_date(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_version_2_are_brought_up_to_date_beside_calls() {
    is_brought_up_to_date(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_somebody_holds_up_is_said_and_made_later() {
    let database = Database::empty().await;
    let mut shell = database.create_old(2, &["hoa", "lan"]).await;
    shell.run("begin immediate").await;
    let server = Running::on(&database.path(), "");
    let fault = wait_for("the fault", || {
        let ready = server.admin("/readyz");
        ready.body.contains("upgrade").then_some(ready)
    });
    assert_eq!(fault.status, 200, "{}", fault.body);
    assert!(fault.body.contains("locked"), "{}", fault.body);
    assert_eq!(server.rung("q", "a", ""), ["hoa", "lan"], "as it is");
    shell.run("rollback").await;
    wait_for("the upgrade", || is_upgraded(&server));
    wait_for("the end of the fault", || {
        let body = server.admin("/readyz").body;
        (!body.contains("upgrade")).then_some(())
    });
}
