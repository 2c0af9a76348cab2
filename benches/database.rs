//! Rules databases of any size, with what the workloads ask about behind all other rules.

use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use stringee_router::store::{self, Content};
use tempfile::TempDir;

/// A caller that every database knows.
pub(crate) const KNOWN_CALLER: &str = "84986776777";

/// The hotline that is called.
pub(crate) const HOTLINE: &str = "842473082666";

/// How many rows the tables have beside those of the demo and of the workloads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub(crate) agents: u32,
    pub(crate) queues: u32,
    pub(crate) rules: u32,
    pub(crate) callers: u32,
}

impl Size {
    /// A handful of everything.
    pub(crate) const SMALL: Self = Self {
        agents: 20,
        queues: 10,
        rules: 10,
        callers: 10,
    };
    /// What the largest installation that anybody thinks of has.
    pub(crate) const LARGE: Self = Self {
        agents: 100_000,
        queues: 10_000,
        rules: 100_000,
        callers: 1_000_000,
    };
}

/// A database in a directory of its own, gone when dropped.
#[derive(Debug)]
pub(crate) struct Database {
    directory: TempDir,
}

impl Database {
    /// A database of some size.
    pub(crate) fn of(size: Size) -> anyhow::Result<Self> {
        let database = Self {
            directory: TempDir::new()?,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(fill(&database.path(), size))?;
        Ok(database)
    }

    /// Where the file stands.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("rules.db")
    }
}

/// Opens a database as an editor would.
pub(crate) async fn editor(path: &Path) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new()
        .filename(path)
        .disable_statement_logging()
        .connect()
        .await
}

async fn fill(path: &Path, size: Size) -> anyhow::Result<()> {
    store::create(path, Content::Demo).await?;
    let mut editor = editor(path).await?;
    // A million rows through the triggers of the log of changes would take minutes and say nothing.
    let triggers: Vec<(String, String)> =
        sqlx::query_as("select name, sql from sqlite_schema where type = 'trigger'")
            .fetch_all(&mut editor)
            .await?;
    let mut script = String::from("begin;");
    for (name, _) in &triggers {
        script.extend(["drop trigger ", name, ";"]);
    }
    script.push_str(OF_WORKLOADS);
    script.push_str(&of_size(size));
    for (_, sql) in &triggers {
        script.extend([sql, ";"]);
    }
    script.push_str("commit;");
    editor.execute(sqlx::raw_sql(AssertSqlSafe(script))).await?;
    editor.close().await?;
    Ok(())
}

/// What W1, W3 and W4 ask about; W2 asks about the demo's own sample.
const OF_WORKLOADS: &str = "
    insert into groups (id, name) values ('bench_two', 'two agents'), ('bench_twenty', 'twenty agents');
    with recursive number (i) as (select 1 union all select i + 1 from number where i < 20)
    insert into agents (id, name, phone_number) select 'bench_' || (1000 + i), 'Agent', '84' || (909992000 + i) from number;
    insert into group_members (group_id, agent_id) select 'bench_two', id from agents where id in ('bench_1001', 'bench_1002');
    insert into group_members (group_id, agent_id) select 'bench_twenty', id from agents where id like 'bench_%';
    insert into callers (number, tags) values ('84986776777', 'known');
    insert into rules (id, position, name, queue_id) values
      (900001, 900001, 'two', 'bench_two'), (900002, 900002, 'twenty', 'bench_twenty');
    insert into rule_steps (rule_id, step, group_id) values (900001, 1, 'bench_two'), (900002, 1, 'bench_twenty');
";

/// Agents in groups of ten; a group and ten rules per queue, told apart by hotline, caller and tag.
fn of_size(
    Size {
        agents,
        queues,
        rules,
        callers,
    }: Size,
) -> String {
    let many = |count: u32, insert: &str| {
        format!(
            "with recursive number (i) as (select 0 union all select i + 1 from number where i + 1 < {count}) {insert};"
        )
    };
    let groups = agents.div_ceil(10);
    [
        many(agents, "insert into agents (id, name, phone_number) select 'user_' || i, 'Agent ' || i, '84' || (910000000 + i) from number"),
        many(groups, "insert into groups (id, name) select 'group_' || i, 'Group ' || i from number"),
        many(agents, "insert into group_members (group_id, agent_id, level) select 'group_' || (i / 10), 'user_' || i, 1 + i % 3 from number"),
        many(queues, "insert into queues (id, name) select 'QU_' || i, 'Queue ' || i from number"),
        many(rules, &format!(
            "insert into rules (id, position, name, queue_id, to_number, from_number, caller_tag)
             select 1000 + i, 1000 + i, 'rule ' || i, 'QU_' || (i % {queues}),
               case i % 3 when 0 then '84247' || (1000000 + i) end,
               case i % 5 when 0 then '8477' || (i % 1000) || '*' end,
               case i % 7 when 0 then 'tag' || (i % 50) end from number")),
        many(rules, &format!(
            "insert into rule_steps (rule_id, step, group_id) select 1000 + i, 1, 'group_' || (i % {groups}) from number")),
        many(callers, &format!(
            "insert into callers (number, name, owner_id, tags) select '84' || (300000000 + i * 7), 'Caller ' || i,
             case i % 2 when 0 then 'user_' || (i % {agents}) end, case i % 4 when 0 then 'tag' || (i % 50) end from number")),
    ]
    .concat()
}
