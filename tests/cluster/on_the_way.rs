//! What stands between a server and PostgreSQL: a pooler that hands out connections by the transaction, and TLS.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot be set up fails there and then, and how long a call has waited is measured with the clock"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use stringee_router::store::Postgres;

use crate::calls::{agrees, ladder_on, waited};
use crate::harness::wait_for;
use crate::postgres::{Server, as_postgres, assert_done, folder, free_port, give, not_run};
use crate::rules::Replica;

/// A program that ends with the test.
pub(crate) struct Beside(Child);

impl Beside {
    pub(crate) fn start(command: &mut Command) -> Self {
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(quiet.current_dir("/").spawn().unwrap())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn a_pooler_by_transaction_carries_it_all() {
    let Some(server) = Server::start().await else {
        return;
    };
    let pgbouncer = Path::new("/usr/sbin/pgbouncer");
    if !pgbouncer.exists() {
        not_run("a pooler: pgbouncer is not installed");
        return;
    }
    let (directly, _) = ladder_on(&server).await;
    let (port, directory) = (free_port(), folder());
    let config = directory.path().join("pgbouncer.ini");
    let said = format!(
        "[databases]\nrules = host=127.0.0.1 port={} dbname=rules user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
        listen_port = {port}\nauth_type = any\npool_mode = transaction\nunix_socket_dir =\ndefault_pool_size = 3\n",
        server.port()
    );
    std::fs::write(&config, said).unwrap();
    give(&config);
    let _pooler = Beside::start(as_postgres(pgbouncer).arg(&config));
    let url = directly.replace(&server.port().to_string(), &port.to_string());
    let answers = || std::net::TcpStream::connect(("127.0.0.1", port)).ok();
    wait_for("the pooler to listen", answers);
    // Three connections serve them all: no server has one of its own.
    let replicas: Vec<Replica> = (0..3).map(|_| Replica::start(&url)).collect();
    let first = Instant::now();
    assert_eq!(waited(&replicas[0], "c"), 0);
    let sql = "insert into agents (id, name) values ('x', 'X')";
    assert_done("sql", &replicas[1].command(&url, &["sql", sql, "--yes"]));
    for replica in &replicas {
        replica.waits_for_agents(61);
        agrees(replica, "c", first);
        assert_eq!(replica.running.get("/readyz?shared").status, 200);
    }
}

/// Makes a root, and a certificate of it for `localhost` that PostgreSQL uses.
fn certificates(folder: &Path) -> Vec<String> {
    let script = "
        set -e; cd \"$1\"
        for root in root other; do
            openssl req -x509 -newkey rsa:2048 -nodes -keyout $root.key -out $root.pem -days 2 -subj \"/CN=$root\" \\
                -addext basicConstraints=critical,CA:TRUE
        done
        openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
        printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' > server.ext
        openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 -extfile server.ext \\
            -out server.pem";
    let made = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(folder)
        .output();
    assert_done("openssl", &made.unwrap());
    let key = folder.join("server.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    give(&key);
    let file = |name: &str| folder.join(name).display().to_string();
    vec![
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", file("server.pem")),
        format!("ssl_key_file={}", file("server.key")),
    ]
}

#[tokio::test]
async fn a_certificate_must_be_of_the_root_and_of_the_host_that_are_named() {
    if Command::new("openssl").arg("version").output().is_err() {
        not_run("TLS: openssl is not installed");
        return;
    }
    let mut roots = None;
    let server = Server::start_with(|directory| {
        roots = Some(directory.to_owned());
        certificates(directory)
    });
    let (Some(server), Some(roots)) = (server.await, roots) else {
        return;
    };
    let (directly, mut psql) = ladder_on(&server).await;
    let url = |host: &str, mode: &str, root: &str| {
        let root = roots.join(root);
        let url = directly.replace("127.0.0.1", host);
        format!("{url}?sslmode={mode}&sslrootcert={}", root.display())
    };
    for (host, mode, root, is_fit) in [
        ("localhost", "verify-full", "root.pem", true),
        ("127.0.0.1", "verify-ca", "root.pem", true),
        ("127.0.0.1", "verify-full", "root.pem", false),
        ("localhost", "verify-full", "other.pem", false),
        ("localhost", "verify-ca", "other.pem", false),
    ] {
        let place = url(host, mode, root).parse().unwrap();
        let connected = Postgres::connect(&place).await;
        assert_eq!(
            connected.is_ok(),
            is_fit,
            "{host} {mode} {root}: {connected:?}"
        );
    }
    let replica = Replica::start(&url("localhost", "verify-full", "root.pem"));
    assert_eq!(replica.running.get("/readyz?shared").status, 200);
    let open = "select count(*)::text from pg_stat_ssl s join pg_stat_activity a using (pid)
        where a.backend_type = 'client backend' and a.pid <> pg_backend_pid() and not s.ssl";
    assert_eq!(psql.texts(open).await, ["0"], "nobody talks in the clear");
}

#[tokio::test]
async fn servers_may_tell_each_other_in_another_database_than_that_of_the_rules() {
    let Some(rules) = Server::start().await else {
        return;
    };
    let (url, mut psql) = ladder_on(&rules).await;
    let Some(mut region) = Server::start().await else {
        return;
    };
    let facts = region.database("facts").await;
    assert_done(
        "init",
        &crate::postgres::router(&["init", "--postgres", &facts]),
    );
    let settings = format!("hold_seconds = 0\n[cluster]\nurl = '{facts}'");
    let replicas: Vec<Replica> = (0..2).map(|_| Replica::named(&url, &settings)).collect();
    let first = Instant::now();
    assert_eq!(waited(&replicas[0], "c"), 0);
    psql.run("insert into agents (id, name) values ('x', 'X')")
        .await;
    for replica in &replicas {
        replica.waits_for_agents(61);
        agrees(replica, "c", first);
    }
    assert_eq!(psql.texts("select count(*)::text from facts").await, ["0"]);
    region.stop();
    wait_for("a server to be apart", || {
        (replicas[0].running.get("/readyz?shared").status == 503).then_some(())
    });
    // Edits go on.
    psql.run("insert into agents (id, name) values ('y', 'Y')")
        .await;
    replicas[0].waits_for_agents(62);
}
