//! From plain rows to a snapshot: judges every row, says all that is wrong at once, and puts the right ones together.
//!
//! The result holds both: a snapshot of the rows that are right, and the problems of those that are not. Whether a
//! version with problems may be served is not decided here.

mod absences;
mod agents;
mod callers;
mod covers;
mod groups;
mod holidays;
mod names;
mod parts;
mod row;
mod rules;
mod schedules;
mod settings;
mod stand_ins;
mod steps;
mod tests_of_rules;

use std::collections::{BTreeSet, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::diagnosis::RowFault;
use super::number::CountryCode;
use super::problem::{Problem, Problems, Severity, Unnamed, quoted_text};
use super::schedule::Schedule;
use super::snapshot::{Agent, Group, Snapshot};
use super::spread::RankedQueues;
use super::table::{Rows, Table, Tables};
use names::Names;
pub(crate) use parts::PartSources;
use row::Row;

/// What compiling gives: always a snapshot, and what is wrong.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Made of every row that is right.
    pub snapshot: Snapshot,
    /// In the order of the tables; the rules' own tests are not run here.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub unnamed: Unnamed,
}

impl Compiled {
    /// Whether some row had to be left out.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(Problem::is_error)
    }
}

/// These tables must be read as well: something else has changed of what is made of their rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread(pub BTreeSet<Table>);

/// Compiles all tables. Total: whatever the rows are, there is a snapshot.
pub fn compile(tables: &Tables) -> Compiled {
    compile_with(tables, &Snapshot::default(), None).0
}

/// The same, which takes over from the version before what would be made of the same rows.
///
/// # Errors
/// A table was not read, and what is made of it cannot be taken over.
pub fn compile_after(tables: &Tables, before: &Snapshot) -> Result<Compiled, Unread> {
    let (compiled, unread) = compile_with(tables, before, None);
    if unread.0.is_empty() {
        Ok(compiled)
    } else {
        Err(unread)
    }
}

/// The same for an edit of the version before whose callers are not at hand: `tables` have the rows of `callers` that the
/// edit writes, and `gone` those that it deletes or writes over. All other callers are taken over from the version before.
pub fn compile_edit(tables: &Tables, before: &Snapshot, gone: &Rows) -> Compiled {
    compile_with(tables, before, Some(gone)).0
}

/// Of tables that were not read, and that would have been needed, no rows are in it.
fn compile_with(
    tables: &Tables,
    before: &Snapshot,
    callers_gone: Option<&Rows>,
) -> (Compiled, Unread) {
    let mut compiler = Compiler {
        tables,
        before,
        callers_gone,
        problems: Problems::default(),
        unread: BTreeSet::new(),
    };
    let snapshot = compiler.snapshot();
    let problems = compiler.problems;
    // Some tables are judged in several passes, before or after those that they refer to.
    let unnamed = problems.unnamed();
    let mut problems = problems.named;
    problems.sort_by_key(|problem| problem.table);
    let compiled = Compiled {
        snapshot,
        problems,
        unnamed,
    };
    (compiled, Unread(compiler.unread))
}

/// Seconds that an agent may be rung; the platform's own queues have 3 as their least.
const ANSWER_TIMEOUT_SECONDS: RangeInclusive<i64> = 3..=120;

/// The rows and the problems found so far.
struct Compiler<'t> {
    tables: &'t Tables,
    before: &'t Snapshot,
    /// Rows of `callers` that are no more; `None`: all that there are stand in the tables.
    callers_gone: Option<&'t Rows>,
    problems: Problems,
    /// Tables whose rows were asked for, and are not there.
    unread: BTreeSet<Table>,
}

/// What later tables refer to.
struct Context {
    time_zone: TimeZone,
    country_code: CountryCode,
    schedules: Names<Schedule>,
    agents: Names<Agent>,
    groups: Names<Group>,
}

impl<'t> Compiler<'t> {
    fn snapshot(&mut self) -> Snapshot {
        let mut settings = self.settings();
        let queue_names = self.queue_names();
        let hotline_names = self.hotline_names(&settings.country_code);
        let holidays = Arc::new(self.holidays());
        let (schedules, schedule_names) = self.schedules(&settings.time_zone, &holidays);
        let mut sources = PartSources::default();
        let known_agents = self.agents(&settings.country_code, &mut sources);
        let agents::KnownAgents {
            agents,
            by_telephone,
            names: agent_names,
        } = known_agents;
        let absences = self.absences(&settings.time_zone, &agent_names);
        let (groups, group_names) = self.groups(&agent_names, &schedule_names, &mut sources);
        let stand_ins = self.stand_ins(&agent_names, &group_names, &groups);
        settings.fallback = self.fallback_group(&group_names);
        let context = Context {
            time_zone: settings.time_zone.clone(),
            country_code: settings.country_code.clone(),
            schedules: schedule_names,
            agents: agent_names,
            groups: group_names,
        };
        let (callers, tags) = self.callers(&context, &mut sources);
        let rules::KnownRules { rules, index, tags } = self.rules(&context, tags, &mut sources);
        let tests = self.rule_tests(&context.time_zone);
        let ranked_queues = RankedQueues::new(&rules, &groups, settings.fallback);
        let prioritises = rules.iter().any(|(_, rule)| rule.priority > 0);
        Snapshot {
            settings,
            agents,
            groups,
            schedules,
            tags,
            callers,
            sources,
            rules,
            queue_names,
            hotline_names,
            holidays,
            stand_ins,
            tests,
            index,
            ranked_queues,
            prioritises,
            absences,
            by_telephone,
        }
    }

    /// Reads every row of a table. What `read` makes of a row counts only if it found nothing wrong with it.
    fn each<T>(
        &mut self,
        table: Table,
        mut read: impl FnMut(&mut Row<'t>) -> Option<T>,
    ) -> Judged<T> {
        if !self.tables.is_read(table) {
            self.unread.insert(table);
        }
        let mut judged = Judged {
            right: Vec::with_capacity(self.tables.count(table)),
            left_out: HashSet::new(),
        };
        for cells in self.tables.rows(table) {
            let mut row = Row::new(table, cells);
            match read(&mut row) {
                Some(value) if row.is_right() => judged.right.push(value),
                _ => drop(judged.left_out.insert(row.key().into())),
            }
            self.problems.extend(row.into_problems());
        }
        judged
    }

    /// The right rows by id, so that indices compare as ids do. Of two rows with one id the first counts.
    fn sorted<T>(
        &mut self,
        table: Table,
        judged: Judged<T>,
        id: impl Fn(&T) -> &str,
    ) -> (Vec<T>, HashSet<Box<str>>) {
        let mut values = judged.right;
        values.sort_by(|one, other| id(one).cmp(id(other)));
        values.dedup_by(|later, first| {
            let same = id(later) == id(first);
            if same {
                self.problems.push(Problem {
                    severity: Severity::Error,
                    table,
                    key: id(first).to_owned(),
                    column: "id",
                    value: quoted_text(id(first)),
                    diagnosis: RowFault::IdOfTwoRows.into(),
                });
            }
            same
        });
        (values, judged.left_out)
    }
}

/// What became of a table's rows.
#[derive(Debug)]
struct Judged<T> {
    right: Vec<T>,
    /// The keys of the rows that cannot be used.
    left_out: HashSet<Box<str>>,
}
