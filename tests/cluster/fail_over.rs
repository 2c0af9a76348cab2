//! A pair of PostgreSQL of which one follows the other, and takes its place.

#![expect(
    clippy::disallowed_methods,
    reason = "how long a call has waited is measured with the clock"
)]

use std::time::Instant;

use stringee_router::store::{Postgres, PostgresPlace};

use crate::calls::{agrees, ladder_on, waited};
use crate::harness::wait_for;
use crate::postgres::Server;
use crate::rules::Replica;

/// The address of both, the standby first.
pub(crate) fn of_both(one: &Server, other: &Server) -> String {
    let other = format!("@127.0.0.1:{},", other.port());
    one.url("rules").replace('@', &other)
}

#[tokio::test]
async fn a_standby_is_refused_until_it_takes_over() {
    let Some(mut primary) = Server::start().await else {
        return;
    };
    let (_, mut psql) = ladder_on(&primary).await;
    let standby = primary.standby().await;
    let place: PostgresPlace = standby.url("rules").parse().unwrap();
    let refused = Postgres::connect(&place).await.unwrap_err().to_string();
    assert!(
        refused.contains("is a standby: it cannot be written to"),
        "{refused}"
    );
    // The standby stands first in the address of one of them.
    let replicas = [
        Replica::start(&of_both(&primary, &standby)),
        Replica::start(&of_both(&standby, &primary)),
    ];
    let first = Instant::now();
    assert_eq!(waited(&replicas[0], "early"), 0);
    psql.run("insert into agents (id, name) values ('x', 'X')")
        .await;
    for replica in &replicas {
        replica.waits_for_agents(61);
    }
    primary.stop();
    let late = Instant::now();
    assert_eq!(waited(&replicas[1], "late"), 0);
    standby.promote().await;
    wait_for("both to be in touch again", || {
        let well = |replica: &Replica| replica.running.get("/readyz?shared").status == 200;
        replicas.iter().all(well).then_some(())
    });
    let mut psql = standby.psql("rules").await;
    psql.run("insert into agents (id, name) values ('y', 'Y')")
        .await;
    for replica in &replicas {
        replica.waits_for_agents(62);
        agrees(replica, "early", first);
        agrees(replica, "late", late);
    }
}
