//! Eight hours of calls, answered from all that is remembered of them, against a naive model.

mod naive;

use std::time::Duration;

use jiff::Timestamp;

use super::activity::{EventTime, Ledger, Past};
use super::memory::{CallMemory, Circumstances};
use crate::config::JournalConfig;
use naive::{Did, NaiveHistory, call_id};
use routing::call::Call;
use routing::compile::compile;
use routing::hash::hash;
use routing::moment::Moment;
use routing::route::Router;
use routing::schema::Column;
use routing::snapshot::Snapshot;
use routing::table::{Cell, Table, Tables};

/// Each queue rings all agents, in the order that it is called by.
const QUEUES: [&str; 3] = ["ordered", "longest_idle", "fewest_calls"];
/// With their levels, in order of position.
const AGENTS: [(&str, i64); 7] = [
    ("an", 1),
    ("binh", 1),
    ("chi", 1),
    ("dung", 1),
    ("giang", 1),
    ("hoa", 2),
    ("khoa", 2),
];
const EPOCH_MS: i64 = 1_795_000_000_000;
const HOURS: i64 = 8;
const MISSED_RINGS: usize = 2;
const REST_MS: i64 = 5 * 60_000;

fn snapshot() -> Snapshot {
    let mut tables = Tables::default();
    for (key, value) in [("missed_rings", "2"), ("missed_rest_minutes", "5")] {
        tables.push(Table::Settings, [key, value]);
    }
    for (agent, _) in AGENTS {
        let (id, name) = (("id", agent.into()), ("name", agent.into()));
        push(&mut tables, Table::Agents, &[id, name]);
    }
    for (number, queue) in (1_i64..).zip(QUEUES) {
        let group = [
            ("id", queue.into()),
            ("name", queue.into()),
            ("strategy", queue.into()),
            ("spread", 1.into()),
        ];
        push(&mut tables, Table::Groups, &group);
        for (position, (agent, level)) in (1_i64..).zip(AGENTS) {
            let member = [
                ("group_id", queue.into()),
                ("agent_id", agent.into()),
                ("level", level.into()),
                ("position", position.into()),
            ];
            push(&mut tables, Table::GroupMembers, &member);
        }
        let rule = [
            ("id", number.into()),
            ("position", number.into()),
            ("name", queue.into()),
            ("queue_id", queue.into()),
        ];
        push(&mut tables, Table::Rules, &rule);
        let step = [
            ("rule_id", number.into()),
            ("step", 1.into()),
            ("group_id", queue.into()),
        ];
        push(&mut tables, Table::RuleSteps, &step);
    }
    let compiled = compile(&tables);
    assert_eq!(compiled.problems, []);
    compiled.snapshot
}

/// A row with these values, and else what an INSERT gives it.
fn push(tables: &mut Tables, table: Table, values: &[(&str, Cell)]) {
    let value = |column: &Column| {
        let given = values.iter().find(|(name, _)| *name == column.name);
        let given = given.map(|(_, cell)| cell.clone());
        given.or_else(|| column.absent.cell()).unwrap_or(Cell::Null)
    };
    let row: Vec<Cell> = table.compiled().map(value).collect();
    tables.push(table, &row);
}

/// A call at the platform.
#[derive(Clone, Copy)]
struct PlayedCall {
    queue: usize,
    state: CallStage,
    gives_up: i64,
}

#[derive(Clone, Copy)]
enum CallStage {
    Waits,
    Rings {
        agent: usize,
        until: i64,
        picks_up: bool,
    },
    Talks {
        agent: usize,
        until: i64,
    },
    IsOver,
}

/// The platform, with what the server and what the model remember of it.
struct PlayedHours<'s> {
    router: Router<'s>,
    snapshot: &'s Snapshot,
    memory: CallMemory,
    began: std::time::Instant,
    ledger: Ledger,
    naive: NaiveHistory,
    calls: Vec<PlayedCall>,
    /// Those of them that are not over.
    open: Vec<usize>,
    now: i64,
    asks: usize,
    /// Asks whose list is not the strategy's own: somebody stood first for another call, or rested.
    spread: usize,
    rested: usize,
}

impl PlayedHours<'_> {
    fn chance(&self, of: &str, call: usize, below: u64) -> u64 {
        hash(&[of, &call.to_string(), &self.now.to_string()]) % below
    }

    /// Lets the server and the model know; one event in ten comes twice.
    fn happen(&mut self, call: usize, did: Did) {
        self.now += 1;
        self.naive.note(self.now, call, did);
        let id = call_id(call);
        let at = EventTime::new(None, EPOCH_MS + self.now);
        for _ in 0..=u64::from(self.chance("twice", call, 10) == 0) {
            match did {
                Did::Asked(_) => {}
                Did::Rung(agent) => {
                    self.memory.is_rung(&id, AGENTS[agent].0);
                    self.ledger.ringing(&id, AGENTS[agent].0, at);
                }
                Did::Took(agent) => {
                    self.memory.waits_no_more(&id, self.instant());
                    self.ledger.answered(&id, AGENTS[agent].0, None, at);
                }
                Did::PartEnded(agent) => self.ledger.agent_ended(&id, AGENTS[agent].0, at),
                Did::Over => {
                    self.memory.waits_no_more(&id, self.instant());
                    self.ledger.ended(&id, at);
                }
            }
        }
    }

    /// Asks the server and the model, who must say the same.
    fn instant(&self) -> std::time::Instant {
        self.began + Duration::from_millis(self.now.unsigned_abs())
    }

    fn ask(&mut self, call: usize) -> Vec<usize> {
        let now = Timestamp::from_millisecond(EPOCH_MS + self.now).unwrap();
        let (id, queue) = (call_id(call), QUEUES[self.calls[call].queue]);
        let asked = Call {
            queue_id: queue,
            call_id: &id,
            from: None,
            to: None,
        };
        let seen = self.memory.call(queue, &id, self.instant());
        let (waited, _) = seen.ask(&Circumstances::new(&asked, 1, now));
        let mut past = Past {
            tickets: seen.together(),
            ledger: &self.ledger,
            now,
        };
        let expected = self.naive.list(queue, call, self.now);
        let expected: Vec<&str> = expected.iter().map(|agent| AGENTS[*agent].0).collect();
        let answer = self.router.route(&asked, waited, &mut past);
        let answer = answer.agent_ids(self.snapshot);
        assert_eq!(
            answer, expected,
            "call {call}, queue {queue}, {} ms",
            self.now
        );
        let list: Vec<usize> = answer.iter().map(|id| place(id)).collect();
        self.asks += 1;
        let others = (0..call).filter_map(|call| self.naive.first(call, self.now));
        self.spread += usize::from(others.count() > 1);
        let rests = |agent: &usize| self.naive.rests(*agent, self.now);
        self.rested += usize::from(list.iter().any(rests));
        self.naive.note(self.now, call, Did::Asked(list[0]));
        list
    }

    /// What happens in a second: those who wait are asked about every four seconds, all at once.
    fn second(&mut self, second: i64) {
        let (mut lists, open) = (Vec::new(), self.open.clone());
        for call in &open {
            if matches!(self.calls[*call].state, CallStage::Waits) && second % 4 == 0 {
                lists.push((*call, self.ask(*call)));
            }
        }
        for (call, list) in lists {
            self.ring(call, &list, second);
        }
        for call in open {
            self.step(call, second);
        }
        let calls = &self.calls;
        self.open
            .retain(|call| !matches!(calls[*call].state, CallStage::IsOver));
    }

    /// Who talks is skipped, and so is one in four for whatever reason.
    fn ring(&mut self, call: usize, list: &[usize], second: i64) {
        let is_rung =
            |agent: &&usize| !self.talks(**agent) && self.chance(AGENTS[**agent].0, call, 4) > 0;
        let Some(agent) = list.iter().find(is_rung).copied() else {
            return;
        };
        self.happen(call, Did::Rung(agent));
        let picks_up = self.chance("picks up", call, 5) > 1;
        let seconds = if picks_up {
            1 + self.chance("after", call, 9)
        } else {
            15
        };
        self.calls[call].state = CallStage::Rings {
            agent,
            until: second + seconds.cast_signed(),
            picks_up,
        };
    }

    fn step(&mut self, call: usize, second: i64) {
        let PlayedCall {
            state, gives_up, ..
        } = self.calls[call];
        match state {
            CallStage::Waits if second >= gives_up => {
                self.calls[call].state = CallStage::IsOver;
                if self.chance("hangs up", call, 3) > 0 {
                    self.happen(call, Did::Over);
                }
            }
            CallStage::Rings {
                agent,
                until,
                picks_up,
            } if second >= until => {
                if !picks_up || self.talks(agent) {
                    self.calls[call].state = CallStage::Waits;
                    return;
                }
                self.happen(call, Did::Took(agent));
                let until = second + 20 + self.chance("talks", call, 200).cast_signed();
                self.calls[call].state = CallStage::Talks { agent, until };
            }
            CallStage::Talks { agent, until } if second >= until => self.end(call, agent, second),
            CallStage::Waits
            | CallStage::Rings { .. }
            | CallStage::Talks { .. }
            | CallStage::IsOver => {}
        }
    }

    fn talks(&self, agent: usize) -> bool {
        let mut states = self.open.iter().map(|call| self.calls[*call].state);
        states.any(|state| matches!(state, CallStage::Talks { agent: who, .. } if who == agent))
    }

    /// A call is over, or handed on; some of the events get lost.
    fn end(&mut self, call: usize, agent: usize, second: i64) {
        if self.chance("handed on", call, 10) == 0 {
            let other = (agent + 1) % AGENTS.len();
            self.happen(call, Did::Took(other));
            let until = second + 30;
            self.calls[call].state = CallStage::Talks {
                agent: other,
                until,
            };
            return;
        }
        if self.chance("part ended", call, 3) > 0 {
            self.happen(call, Did::PartEnded(agent));
        }
        if self.chance("over", call, 20) > 0 {
            self.happen(call, Did::Over);
        }
        self.calls[call].state = CallStage::IsOver;
    }
}

fn place(id: &str) -> usize {
    AGENTS.iter().position(|(agent, _)| *agent == id).unwrap()
}

#[test]
fn eight_hours_of_calls_are_answered_as_a_naive_model_says() {
    let snapshot = snapshot();
    let now = Timestamp::from_millisecond(EPOCH_MS).unwrap();
    let moment = Moment::of(&snapshot, now);
    let began = clock::monotonic();
    let mut play = PlayedHours {
        router: Router::new(&snapshot, &moment),
        snapshot: &snapshot,
        memory: CallMemory::new(began),
        began,
        ledger: Ledger::new(&JournalConfig::default()),
        naive: NaiveHistory::default(),
        calls: Vec::new(),
        open: Vec::new(),
        now: 0,
        asks: 0,
        spread: 0,
        rested: 0,
    };
    for second in 0..HOURS * 3_600 {
        assert!(play.now <= second * 1_000, "what happened before is past");
        play.now = second * 1_000;
        let call = play.calls.len();
        if play.chance("arrives", 0, 25) == 0 {
            let patience = 30 + play.chance("patience", call, 150).cast_signed();
            play.calls.push(PlayedCall {
                queue: call % QUEUES.len(),
                state: CallStage::Waits,
                gives_up: second + patience,
            });
            play.naive.calls.push(Vec::new());
            play.open.push(call);
        }
        play.second(second);
    }
    let PlayedHours {
        asks,
        spread,
        rested,
        ..
    } = play;
    assert!(
        asks > 3_000 && spread > 500 && rested > 500,
        "{asks} {spread} {rested}"
    );
}
