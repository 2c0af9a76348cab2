//! A wall clock that somebody sets by hours while calls wait. It needs libfaketime; where it is missing, the test says so.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stringee_router::store::{DecisionQuery, DecisionRow, JournalFile};

use crate::bed::{Bed, say, since};
use crate::database::Database;
use crate::harness::{Running, wait_for};
use crate::prober::{Prober, REQUESTS_A_SECOND};

/// How long a suspicious version is held here.
const HOLD: Duration = Duration::from_secs(3);

/// Beside the queue `q`: calls in `waiting` ring `late` after two seconds and `wrong` after ten minutes; in `leave` they
/// ring `away`, who comes back in an hour, and else `v0`.
const RULES: &str = "
    insert into agents (id, name) values ('late', 'Late'), ('wrong', 'Wrong');
    insert into agents (id, name) values ('away', 'Away');
    insert into absences (agent_id, starts_at, ends_at)
        values ('away', '2020-01-01', strftime('%Y-%m-%d %H:%M', 'now', '+8 hours'));
    insert into rules (id, position, name, queue_id) values (2, 20, 'waiting', 'waiting'), (3, 30, 'leave', 'leave');
    insert into rule_steps (rule_id, step, after_seconds, target, group_id, agent_id) values
        (2, 1, 0, 'group', 'team', null), (2, 2, 2, 'agent', null, 'late'), (2, 3, 600, 'agent', null, 'wrong'),
        (3, 1, 0, 'agent', null, 'away'), (3, 2, 0, 'group', 'team', null)";

/// What fakes the time of day, if it is installed.
pub(crate) fn faketime() -> Option<PathBuf> {
    const NAME: &str = "faketime/libfaketimeMT.so.1";
    let of_architectures = fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let directories = of_architectures.chain([
        "/usr/lib".into(),
        "/usr/local/lib".into(),
        "/usr/lib64".into(),
    ]);
    directories
        .map(|directory| directory.join(NAME))
        .find(|library| library.exists())
}

/// A server whose wall clock goes by a file, its prober, and that file.
struct Jumping {
    bed: Bed,
    offset: PathBuf,
}

impl Jumping {
    async fn new(library: &Path) -> Self {
        let database = Database::ringing(&["v0"]).await;
        database.shell().await.run(RULES).await;
        let (offset, state) = (
            database.directory().join("offset"),
            database.directory().join("state"),
        );
        fs::write(&offset, "+0").unwrap();
        let config = format!("[database]\nhold_seconds = {}", HOLD.as_secs());
        let server = Running::prepared(&database.path(), &state, &config, |command| {
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", &offset)
                .env("FAKETIME_NO_CACHE", "1");
            // Nothing but the time of day: whoever sets a clock changes neither of these.
            command
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .env("NO_FAKE_STAT", "1");
        });
        let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
        let jumping = Self {
            bed: Bed {
                database,
                server,
                prober,
            },
            offset,
        };
        jumping.bed.is_in_force("v0");
        jumping
    }

    /// Sets the clock to so many hours before or after the real time.
    fn set(&self, hours: i32) {
        let draft = self.offset.with_extension("new");
        fs::write(&draft, format!("{:+}", hours * 3_600)).unwrap();
        fs::rename(draft, &self.offset).unwrap();
    }

    /// Whom a call in a queue of its own rings now.
    fn rung(&self, queue: &str) -> String {
        self.bed.server.rung(queue, "call", "1").join(" ")
    }

    /// Takes all agents away, sets the clock, says for how long that was held, and brings them back.
    async fn held(&self, hours: i32) -> Duration {
        let mut editor = self.bed.database.shell().await;
        self.bed.prober.may_name("");
        editor.run("update rules set enabled = 0").await;
        self.bed.says("would get nobody from ");
        let began = clock::monotonic();
        self.set(hours);
        wait_for("the version to be let go", || {
            self.bed.prober.named()?.is_empty().then_some(())
        });
        let held = since(began);
        self.bed.prober.may_name("v0");
        editor.run("update rules set enabled = 1").await;
        self.bed.is_in_force("v0");
        held
    }

    /// What the journal holds after two hours too many and two too few.
    async fn all_is_written_down(self) {
        let Bed {
            database,
            server,
            prober,
        } = self.bed;
        say("a clock that jumps", &prober.finish().to_string());
        assert!(server.stop().success());
        let mut journal = JournalFile::open_to_read(&database.directory().join("state/journal.db"))
            .await
            .unwrap();
        let rows = journal.decisions(&DecisionQuery::default()).await.unwrap();
        assert!(
            rows.iter().all(|row| row.first_at <= row.last_at),
            "{rows:?}"
        );
        let waiting: Vec<_> = rows
            .iter()
            .filter(|row| row.queue_id == "waiting")
            .collect();
        assert_eq!(
            waiting.iter().map(|row| row.asks).sum::<i64>(),
            4,
            "{waiting:?}"
        );
        let hours = |row: &DecisionRow| row.first_at.duration_since(clock::now()).as_hours();
        assert!(
            waiting.iter().any(|row| hours(row) >= 1),
            "the clock was not set: {waiting:?}"
        );
    }
}

#[tokio::test]
async fn a_clock_that_is_set_by_hours_moves_opening_hours_and_nothing_else() {
    let Some(library) = faketime() else {
        return say(
            "a clock that jumps",
            "not run, there is no libfaketime here",
        );
    };
    let jumping = Jumping::new(&library).await;
    let asked = clock::monotonic();
    assert_eq!(
        (&*jumping.rung("waiting"), &*jumping.rung("leave")),
        ("v0", "v0")
    );
    let mut stalled = TcpStream::connect(jumping.bed.server.webhook()).unwrap();
    stalled
        .write_all(b"POST /get_list_agents HTTP/1.1\r\nhost: test\r\ncontent-length: 9\r\n\r\n{")
        .unwrap();
    let stalls = clock::monotonic();

    jumping.set(2);
    wait_for("the agent's return", || {
        (jumping.rung("leave") == "away v0").then_some(())
    });
    let rung = jumping.rung("waiting");
    assert!(
        rung == "v0" || since(asked) >= Duration::from_secs(2),
        "{rung} after {:?}",
        since(asked)
    );
    let mut answer = String::new();
    stalled.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 408 ") && since(stalls) >= Duration::from_secs(2),
        "{:?}",
        since(stalls)
    );
    assert_eq!(jumping.rung("waiting"), "v0 late");

    jumping.set(-2);
    wait_for("the agent's leave", || {
        (jumping.rung("leave") == "v0").then_some(())
    });
    assert_eq!(
        jumping.rung("waiting"),
        "v0 late",
        "who has waited still has"
    );

    let (forward, back) = (jumping.held(2).await, jumping.held(-2).await);
    assert!(
        forward >= HOLD / 2,
        "two hours more let a version go that was held for {forward:?} only"
    );
    say(
        "a clock that jumps",
        &format!("held for {forward:.1?} and {back:.1?} instead of {HOLD:?}"),
    );
    jumping.all_is_written_down().await;
}
