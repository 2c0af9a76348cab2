//! Rules and calls in a few words, and the one check that most tests make.

use jiff::Timestamp;
use jiff::civil::DateTime;
use proptest::prelude::{Just, Strategy};
use proptest::sample::Index;

use crate::assess::{Assessment, assess};
use crate::call::Call;
use crate::compile::{Compiled, compile};
use crate::explain::Explanation;
use crate::moment::Moment;
use crate::number::Number;
use crate::problem::Severity;
use crate::route::{Decision, Offer, Outcome, Router};
use crate::schema::Column;
use crate::snapshot::{RoutingType, Snapshot};
use crate::table::{Cell, Table, Tables};
use crate::tickets::{FirstTicket, Tickets};

/// Rows, written one after the other. A column that is not given has the default of its table.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    rows: Vec<(Table, Vec<Cell>)>,
}

impl Rules {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Writes a column of the row that was added last.
    #[track_caller]
    pub(super) fn with(mut self, column: &str, value: impl Into<Cell>) -> Self {
        let (table, cells) = self.rows.last_mut().expect("a row comes first");
        cells[place(*table, column)] = value.into();
        self
    }

    /// Writes a column of an agent's row that was added before.
    pub(super) fn change_agent(mut self, id: &str, column: &str, value: impl Into<Cell>) -> Self {
        let of_agent =
            |row: &&mut (Table, Vec<Cell>)| row.0 == Table::Agents && row.1[0] == id.into();
        self.rows
            .iter_mut()
            .find(of_agent)
            .expect("an agent of that id")
            .1[place(Table::Agents, column)] = value.into();
        self
    }

    /// Empties a column in all rows of a table.
    pub(super) fn without(mut self, table: Table, column: &str) -> Self {
        let rows = self.rows.iter_mut().filter(|row| row.0 == table);
        rows.for_each(|(_, cells)| cells[place(table, column)] = Cell::Null);
        self
    }

    /// Writes the shift of all members of the group that was added last.
    pub(super) fn with_shift(mut self, schedule: &str) -> Self {
        let group = self.last(Table::Groups, "id");
        let members = self
            .rows
            .iter_mut()
            .filter(|row| row.0 == Table::GroupMembers && row.1[0] == group);
        members.for_each(|(table, cells)| cells[place(*table, "schedule_id")] = schedule.into());
        self
    }

    /// Adds a row of the tables' defaults.
    pub(super) fn row(mut self, table: Table) -> Self {
        let default = |column: &Column| column.absent.cell().unwrap_or(Cell::Null);
        self.rows
            .push((table, table.compiled().map(default).collect()));
        self
    }

    /// Adds a row of exactly these cells.
    pub(super) fn raw(mut self, table: Table, cells: Vec<Cell>) -> Self {
        self.rows.push((table, cells));
        self
    }

    /// Replaces any cell of any row.
    pub(super) fn spoil(mut self, row: Index, column: Index, cell: Cell) -> Self {
        if !self.rows.is_empty() {
            let (_, cells) = row.get_mut(&mut self.rows);
            *column.get_mut(cells) = cell;
        }
        self
    }

    /// The same rows in another order.
    pub(super) fn shuffled(self) -> impl Strategy<Value = Self> {
        Just(self.rows)
            .prop_shuffle()
            .prop_map(|rows| Self { rows })
    }

    pub(super) fn setting(self, key: &str, value: &str) -> Self {
        self.row(Table::Settings)
            .with("key", key)
            .with("value", value)
    }

    pub(super) fn agent(self, id: &str) -> Self {
        self.row(Table::Agents).with("id", id).with("name", id)
    }

    /// An absence of an agent; without an end until further notice.
    pub(super) fn away(self, agent: &str, from: &str, until: Option<&str>) -> Self {
        let id = self.count(Table::Absences) + 1;
        self.row(Table::Absences)
            .with("id", id)
            .with("agent_id", agent)
            .with("starts_at", from)
            .with("ends_at", until)
    }

    /// Somebody, or nobody, in the place of a member of one group, or of all.
    pub(super) fn stand_in(
        self,
        agent: &str,
        by: Option<&str>,
        group: Option<&str>,
        dates: (&str, &str),
    ) -> Self {
        let id = self.count(Table::StandIns) + 1;
        self.row(Table::StandIns)
            .with("id", id)
            .with("agent_id", agent)
            .with("by_id", by)
            .with("group_id", group)
            .with("date_from", dates.0)
            .with("date_to", dates.1)
    }

    pub(super) fn holiday(self, from: &str, to: &str) -> Self {
        let id = self.count(Table::Holidays) + 1;
        self.row(Table::Holidays)
            .with("id", id)
            .with("name", "a holiday")
            .with("date_from", from)
            .with("date_to", to)
    }

    pub(super) fn group(self, id: &str, strategy: &str) -> Self {
        self.row(Table::Groups)
            .with("id", id)
            .with("name", id)
            .with("strategy", strategy)
    }

    pub(super) fn member(self, group: &str, agent: &str) -> Self {
        self.row(Table::GroupMembers)
            .with("group_id", group)
            .with("agent_id", agent)
    }

    /// An ordered group of new agents, in this order.
    pub(super) fn team(self, id: &str, agents: &str) -> Self {
        let group = self.group(id, "ordered");
        (1..)
            .zip(agents.split(' '))
            .fold(group, |rules, (position, agent)| {
                rules
                    .agent(agent)
                    .member(id, agent)
                    .with("position", position)
            })
    }

    pub(super) fn caller(self, number: &str) -> Self {
        self.row(Table::Callers).with("number", number)
    }

    pub(super) fn schedule(self, id: &str) -> Self {
        self.row(Table::Schedules).with("id", id).with("name", id)
    }

    /// A weekly window of the schedule that was added last.
    pub(super) fn weekly(self, days: &str, start: &str, end: &str) -> Self {
        self.hours()
            .with("days", days)
            .with("start_time", start)
            .with("end_time", end)
    }

    /// A dated row of the schedule that was added last; closed unless times are written.
    pub(super) fn dated(self, from: &str, to: &str) -> Self {
        self.hours().with("date_from", from).with("date_to", to)
    }

    fn hours(self) -> Self {
        let (id, schedule) = (
            self.count(Table::ScheduleHours) + 1,
            self.last(Table::Schedules, "id"),
        );
        self.row(Table::ScheduleHours)
            .with("id", id)
            .with("schedule_id", schedule)
    }

    /// A rule behind all others.
    pub(super) fn rule(self, name: &str) -> Self {
        let id = self.count(Table::Rules) + 1;
        self.row(Table::Rules)
            .with("id", id)
            .with("position", id * 10)
            .with("name", name)
    }

    /// A next step of the rule that was added last.
    pub(super) fn step(self, target: &str) -> Self {
        let (number, rule) = (
            self.count(Table::RuleSteps) + 1,
            self.last(Table::Rules, "id"),
        );
        self.row(Table::RuleSteps)
            .with("rule_id", rule)
            .with("step", number)
            .with("target", target)
    }

    pub(super) fn ring(self, group: &str) -> Self {
        self.step("group").with("group_id", group)
    }

    pub(super) fn ring_agent(self, agent: &str) -> Self {
        self.step("agent").with("agent_id", agent)
    }

    pub(super) fn ring_owner(self) -> Self {
        self.step("owner")
    }

    /// A test of the rules: a call to `queue_1` on a Monday morning.
    pub(super) fn test(self, name: &str) -> Self {
        let id = self.count(Table::RuleTests) + 1;
        let row = self.row(Table::RuleTests).with("id", id).with("name", name);
        row.with("queue_id", "queue_1").with("at", MONDAY)
    }

    pub(super) fn tables(&self) -> Tables {
        let mut tables = Tables::default();
        for (table, cells) in &self.rows {
            tables.push(*table, cells);
        }
        tables
    }

    /// The snapshot, whatever problems there are.
    pub(super) fn compiled(&self) -> Compiled {
        compile(&self.tables())
    }

    /// What a server says of the rows that refuses failed tests.
    pub(super) fn assessed(&self) -> Assessment {
        assess(&self.tables(), Severity::Error)
    }

    /// The snapshot of rows that must all be right.
    #[track_caller]
    pub(super) fn snapshot(&self) -> Snapshot {
        let compiled = self.compiled();
        let problems: Vec<_> = compiled.problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "the fixture is wrong: {problems:#?}");
        compiled.snapshot
    }

    fn count(&self, table: Table) -> i64 {
        self.rows
            .iter()
            .filter(|row| row.0 == table)
            .count()
            .try_into()
            .expect("few rows")
    }

    fn last(&self, table: Table, column: &str) -> Cell {
        let row = self
            .rows
            .iter()
            .rfind(|row| row.0 == table)
            .expect("a row to belong to");
        row.1[place(table, column)].clone()
    }
}

#[track_caller]
fn place(table: Table, column: &str) -> usize {
    let place = table.column(column).and_then(|column| column.compiled);
    place.unwrap_or_else(|| panic!("{} has no column {column}", table.name()))
}

/// A Monday at ten in the morning, local time.
const MONDAY: &str = "2026-11-23 10:00";

/// A question as the platform asks it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    queue_id: String,
    call_id: String,
    from: String,
    to: String,
    at: String,
    waited: u32,
}

/// A call that has just come in on a Monday morning.
pub(super) fn call() -> Asked {
    Asked {
        queue_id: "queue_1".to_owned(),
        call_id: "call-vn-1-EHHC6JW1LT-1534145391502".to_owned(),
        from: "84986776777".to_owned(),
        to: "842473082666".to_owned(),
        at: MONDAY.to_owned(),
        waited: 0,
    }
}

impl Asked {
    pub(super) fn queue(self, queue_id: &str) -> Self {
        Self {
            queue_id: queue_id.to_owned(),
            ..self
        }
    }

    pub(super) fn id(self, call_id: &str) -> Self {
        Self {
            call_id: call_id.to_owned(),
            ..self
        }
    }

    /// One of many calls: the ids of one server are consecutive numbers.
    pub(super) fn nth(self, number: u64) -> Self {
        self.id(&format!(
            "call-vn-1-EHHC6JW1LT-{}",
            1_534_145_391_502 + number
        ))
    }

    /// Empty: anonymous.
    pub(super) fn from(self, from: &str) -> Self {
        Self {
            from: from.to_owned(),
            ..self
        }
    }

    /// Empty: absent.
    pub(super) fn to(self, to: &str) -> Self {
        Self {
            to: to.to_owned(),
            ..self
        }
    }

    /// Local time such as `2026-11-23 10:00`, or an instant such as `2026-11-23T03:00:00Z`.
    pub(super) fn at(self, at: &str) -> Self {
        Self {
            at: at.to_owned(),
            ..self
        }
    }

    pub(super) fn waited(self, waited: u32) -> Self {
        Self { waited, ..self }
    }

    /// At the time of another question.
    pub(super) fn at_time_of(self, other: &Self) -> Self {
        Self {
            at: other.at.clone(),
            ..self
        }
    }

    pub(super) fn queue_id(&self) -> &str {
        &self.queue_id
    }

    fn call(&self, snapshot: &Snapshot) -> Call<'_> {
        let number =
            |raw| Number::from_wire(raw, &snapshot.settings.country_code).map(Number::into_owned);
        Call {
            queue_id: &self.queue_id,
            call_id: &self.call_id,
            from: number(&self.from),
            to: number(&self.to),
        }
    }

    pub(super) fn moment(&self, snapshot: &Snapshot) -> Moment {
        Moment::of(snapshot, instant(&self.at, snapshot))
    }

    /// The decision, which must be the same a second time and in the explanation.
    #[track_caller]
    pub(super) fn decision<T: Tickets + Clone>(
        &self,
        snapshot: &Snapshot,
        tickets: &mut T,
    ) -> Decision {
        let (moment, call) = (self.moment(snapshot), self.call(snapshot));
        let mut router = Router::new(snapshot, &moment);
        let explained = router
            .explain(&call, self.waited, &mut tickets.clone())
            .decision;
        let decision = router.route(&call, self.waited, tickets).clone();
        assert_eq!(
            decision, explained,
            "the explanation of {self:?} ends elsewhere"
        );
        assert_eq!(
            decision,
            *router.route(&call, self.waited, tickets),
            "{self:?} asked again"
        );
        decision
    }

    /// The answer as text: `night: hoa minh:2:25`, `spam blocks`, `fallback: hoa` or `nobody`.
    #[track_caller]
    pub(super) fn answer<T: Tickets + Clone>(
        &self,
        snapshot: &Snapshot,
        tickets: &mut T,
    ) -> String {
        let decision = self.decision(snapshot, tickets);
        let offers: Vec<_> = decision
            .offers
            .iter()
            .map(|offer| shown(*offer, snapshot))
            .collect();
        let (offers, rule) = (
            offers.join(" "),
            decision.rule_name(snapshot).unwrap_or_default(),
        );
        match decision.outcome {
            Outcome::Rule(_) => format!("{rule}: {offers}"),
            Outcome::Blocked(_) => format!("{rule} blocks{offers}"),
            Outcome::Fallback => format!("fallback: {offers}"),
            Outcome::Nobody => format!("nobody{offers}"),
        }
    }

    /// What `read` makes of the explanation.
    pub(super) fn explained<T>(
        &self,
        snapshot: &Snapshot,
        read: impl FnOnce(&Explanation<'_>) -> T,
    ) -> T {
        let moment = self.moment(snapshot);
        read(&Router::new(snapshot, &moment).explain(
            &self.call(snapshot),
            self.waited,
            &mut FirstTicket,
        ))
    }
}

/// The decisions of calls that are asked about in one question, at the moment of the first one.
pub(super) fn decisions(calls: &[Asked], snapshot: &Snapshot) -> Vec<Decision> {
    let Some(first) = calls.first() else {
        return Vec::new();
    };
    let moment = first.moment(snapshot);
    let mut router = Router::new(snapshot, &moment);
    calls
        .iter()
        .map(|asked| {
            router
                .route(&asked.call(snapshot), asked.waited, &mut FirstTicket)
                .clone()
        })
        .collect()
}

/// `hoa` is rung in the app for 15 seconds, the defaults; `hoa:2:25` on the phone for 25.
fn shown(offer: Offer, snapshot: &Snapshot) -> String {
    let id = &snapshot
        .agents
        .get(offer.agent)
        .expect("an agent of the snapshot")
        .id;
    match (offer.routing_type, offer.answer_timeout) {
        (RoutingType::App, 15) => id.to_string(),
        (routing_type, seconds) => format!("{id}:{}:{seconds}", routing_type.number()),
    }
}

fn instant(at: &str, snapshot: &Snapshot) -> Timestamp {
    at.parse().unwrap_or_else(|_| {
        let local: DateTime = at.parse().expect("a date and time");
        snapshot
            .settings
            .time_zone
            .to_timestamp(local)
            .expect("a time within reach")
    })
}

/// Rows that are right answer a call so.
#[track_caller]
pub(super) fn check(rules: &Rules, asked: &Asked, expected: &str) {
    let answer = asked.answer(&rules.snapshot(), &mut FirstTicket);
    assert_eq!(answer, expected, "{asked:?}");
}
