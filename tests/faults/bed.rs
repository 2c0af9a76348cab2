//! Where a fault is made: a rules database, a server on it, and a prober of that server.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::database::{Database, Shell};
use crate::harness::{Running, wait_for};
use crate::prober::{Prober, REQUESTS_A_SECOND, Record};

/// A rules database whose versions are told apart by the one agent whom each of them rings: at first `v0`.
pub(crate) struct Bed {
    pub(crate) database: Database,
    pub(crate) server: Running,
    pub(crate) prober: Prober,
}

impl Bed {
    /// With the defaults, but a state directory that stays beside the rules.
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// With a configuration file of these lines.
    pub(crate) async fn with(config: &str) -> Self {
        let database = Database::ringing(&["v0"]).await;
        let server = Running::on(&database.path(), config);
        let prober = Prober::start(server.webhook(), "v0", REQUESTS_A_SECOND);
        let bed = Self {
            database,
            server,
            prober,
        };
        bed.is_in_force("v0");
        bed
    }

    /// The path of the rules database.
    pub(crate) fn path(&self) -> PathBuf {
        self.database.path()
    }

    /// An editor who rings another agent; it is in force soon.
    pub(crate) async fn changes_to(&self, agent: &str) -> Duration {
        let mut editor = self.database.shell().await;
        self.prober.may_name(agent);
        renames(&mut editor, agent).await;
        editor.close().await;
        self.is_in_force(agent)
    }

    /// Waits until this agent is named and all is well, and from then on nobody else is legal. Says how long that took.
    #[track_caller]
    pub(crate) fn is_in_force(&self, agent: &str) -> Duration {
        let began = clock::monotonic();
        let is_named = || self.prober.named().is_some_and(|named| named == agent);
        wait_for(&format!("{agent} to be named"), || is_named().then_some(()));
        self.prober.must_name(agent);
        wait_for("all to be well", || {
            (self.server.admin("/readyz").body == "ready\n").then_some(())
        });
        clock::monotonic().duration_since(began)
    }

    /// Waits until the server says so. It stays ready meanwhile: it answers from the last good version.
    #[track_caller]
    pub(crate) fn says(&self, sentence: &str) -> Duration {
        let began = clock::monotonic();
        wait_for(sentence, || {
            let readiness = self.server.admin("/readyz");
            assert_eq!(readiness.status, 200, "{}", readiness.body);
            readiness.body.contains(sentence).then_some(())
        });
        clock::monotonic().duration_since(began)
    }

    /// A copy of the rules as they are, made by SQLite, that rings another agent.
    pub(crate) async fn copy_with(&self, agent: &str) -> PathBuf {
        let copy = self.database.directory().join(format!("{agent}.copy"));
        self.database
            .shell()
            .await
            .run(&format!("vacuum into '{}'", copy.display()))
            .await;
        let mut editor = Shell::open(&copy, false).await;
        renames(&mut editor, agent).await;
        editor.close().await;
        copy
    }

    /// Puts a whole file in the place of the rules at once, and leaves it where it was.
    pub(crate) fn move_over(&self, from: &Path) {
        let draft = self.path().with_extension("draft");
        fs::copy(from, &draft).unwrap();
        fs::rename(draft, self.path()).unwrap();
    }

    /// Ends, and says what was seen.
    #[track_caller]
    pub(crate) fn finish(self, fault: &str) -> Record {
        let record = self.prober.finish();
        say(fault, &record.to_string());
        record
    }
}

/// Lets the only agent be another one.
pub(crate) async fn renames(editor: &mut Shell, agent: &str) {
    editor
        .run(&format!("update agents set id = '{agent}'"))
        .await;
}

/// Prints a figure for the table.
#[expect(
    clippy::print_stdout,
    reason = "figures are for people, who ask for them with --nocapture"
)]
pub(crate) fn say(fault: &str, figures: &str) {
    println!("{fault}: {figures}");
}

/// How long ago that was.
pub(crate) fn since(moment: Instant) -> Duration {
    clock::monotonic().duration_since(moment)
}
