//! `init`: a new rules database, as a file or in PostgreSQL, or an old one brought up to date.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::options::{Installation, Sources};
use super::output::Output;
use crate::state::BACKUP_DIRECTORY;
use crate::store::{self, Content, Filling, Postgres, PostgresPlace, SCHEMA_VERSION};

/// Create the rules database, empty or with demo data.
///
/// A file that exists is left alone, but --demo fills one that holds no rows yet, and --upgrade upgrades one.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct InitArguments {
    /// Fill it with agents, groups and rules that show every kind of rule
    #[arg(long)]
    demo: bool,
    /// Bring an existing rules database to the version of the tables that this program needs
    #[arg(long, conflicts_with = "demo")]
    upgrade: bool,
    /// The file; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Create the tables in PostgreSQL instead, for several servers; whoever is named there must own the database and may
    /// create roles
    #[arg(long, value_name = "URL", conflicts_with = "rules")]
    postgres: Option<String>,
    /// With --postgres: fill it with the rows of this rules database
    #[arg(long, value_name = "FILE", requires = "postgres", conflicts_with_all = ["demo", "upgrade"])]
    from: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router init
  stringee-router init --demo --rules /tmp/try.db
  stringee-router init --upgrade
  stringee-router init --postgres postgres://postgres@db.example.com/rules --from data/rules.db

Exit codes: 0 done, 2 not done (the message says why).";

pub(super) async fn run(
    arguments: InitArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    if let Some(address) = &arguments.postgres {
        return in_postgres(address, &arguments, output).await;
    }
    if arguments.upgrade {
        return upgrade(&sources.installation(arguments.rules)?, output).await;
    }
    let path = sources.rules(arguments.rules)?;
    let content = if arguments.demo {
        Content::Demo
    } else {
        Content::Empty
    };
    if arguments.demo && path.exists() {
        store::fill_with_demo(&path).await?;
    } else {
        store::create(&path, content).await?;
    }
    output.line(next_steps(&path, content))?;
    Ok(ExitCode::SUCCESS)
}

/// The same in PostgreSQL.
async fn in_postgres(
    address: &str,
    arguments: &InitArguments,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let place: PostgresPlace = address.parse()?;
    if arguments.upgrade {
        let mut postgres = Postgres::connect(&place).await?;
        postgres.upgrade().await?;
        output.line(format_args!(
            "{} has version {SCHEMA_VERSION} of the tables",
            postgres.place()
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = match &arguments.from {
        Some(path) => Some(store::export(path).await?),
        None => None,
    };
    let filling = match &rows {
        Some(rows) => Filling::Rows(rows),
        None if arguments.demo => Filling::Demo,
        None => Filling::Empty,
    };
    let postgres = store::install(&place, filling).await?;
    output.line(format_args!(
        "{} has the tables, version {SCHEMA_VERSION}\n\n{IN_POSTGRES}",
        postgres.place()
    ))?;
    postgres.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// The copy of the file as it was goes to the state directory of its server; where that is not known, beside the file.
async fn upgrade(installation: &Installation, output: &mut Output) -> anyhow::Result<ExitCode> {
    let path = &installation.rules;
    let copies = match &installation.config {
        Some(config) => config.database.state.join(BACKUP_DIRECTORY),
        None => path.parent().unwrap_or(Path::new(".")).to_owned(),
    };
    let upgraded = store::upgrade(path, &copies).await?;
    output.line(format_args!(
        "{} has version {SCHEMA_VERSION} of the tables",
        path.display()
    ))?;
    if let Some(upgraded) = upgraded {
        output.line(format_args!(
            "as it was, with version {}, it is kept in {}",
            upgraded.from,
            upgraded.copy.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What was done, and what an admin does next.
fn next_steps(path: &Path, content: Content) -> String {
    let path = path.display();
    let (filled, first) = match content {
        Content::Empty => (
            "It rings nobody yet. Fill it with any SQLite tool, for example:",
            FIRST_RULE,
        ),
        Content::Demo => (
            "It holds the demo data. Look at it with any SQLite tool, for example:",
            FIRST_LOOK,
        ),
    };
    format!(
        "{path} is there

{filled}
  sqlite3 {path}
{first}
Then:
  stringee-router check {path}
      says whether the rules are right
  stringee-router explain --rules {path} --queue queue_1 --from 84986776777 --to 842473082666
      says who is rung for a call, and why
  stringee-router serve --rules {path}
      answers calls; edits are in force without a restart"
    )
}

const IN_POSTGRES: &str = "\
Let people edit, for example in psql:
  create role hoa login password '...' in role stringee_editor;
  select position, name, note from rules order by position;
`\\d+ agents` says what each column of agents is for.";

const FIRST_LOOK: &str = "  select position, name, note from rules order by position;
";

const FIRST_RULE: &str = "  insert into agents (id, name) values ('agent_1', 'Hoa');
  insert into groups (id, name) values ('sales', 'Sales');
  insert into group_members (group_id, agent_id) values ('sales', 'agent_1');
  insert into rules (id, position, name) values (1, 100, 'All calls to sales');
  insert into rule_steps (rule_id, step, group_id) values (1, 1, 'sales');
`.schema agents` says what each column of agents is for.
";
