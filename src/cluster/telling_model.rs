//! A model of servers that tell each other, and of the log between them: replies that are lost, commits that become visible
//! late, crashes, clocks that differ; and mistakes that can be planted.

#![expect(
    clippy::disallowed_methods,
    reason = "an instant can only be read from the clock"
)]

use std::collections::BTreeMap;

use routing::tickets::Place;

use super::*;
use crate::facts::{Draw, FactOfCalls, SharedFact, draw_counts, first_ask};

/// Something that a server could do wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mistake {
    NotToldAgainAfterReconnect,
    NotToldAgainByAge,
    OneSequenceForAll,
    WallClocks,
    LastWriterWins,
    TicketsByArrival,
}

/// How long a row stays in the log, in milliseconds.
const KEPT: u64 = 3_600_000;

/// PostgreSQL's table.
#[derive(Default)]
pub(super) struct Log {
    pub(super) rows: Vec<LogRow>,
    pub(super) drawn: i64,
}

#[derive(Clone)]
pub(super) struct LogRow {
    pub(super) writer: i64,
    pub(super) number: i64,
    /// Of a sequence for all, drawn before the commit.
    pub(super) drawn: i64,
    pub(super) at: u64,
    pub(super) facts: Vec<ToldFact>,
    /// From when on others see it.
    pub(super) visible: u64,
    /// How far the writer's clock is ahead.
    pub(super) ahead: u64,
}

/// What a server knows: since when calls wait, in milliseconds of the model's time, and their tickets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Known {
    pub(super) firsts: BTreeMap<u64, u64>,
    pub(super) tickets: BTreeMap<u64, (u64, Place)>,
}

/// A server: what it remembers, and what it tells.
pub(super) struct Teller {
    pub(super) writer: i64,
    /// The writer of its first connection.
    pub(super) drawer: u64,
    pub(super) telling: Telling,
    pub(super) known: Known,
    /// Its clock begins somewhere else.
    pub(super) clock: Instant,
    pub(super) ahead: u64,
    /// The newest number of a sequence for all.
    pub(super) heard: i64,
    pub(super) mistake: Option<Mistake>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    Answered,
    /// It has not arrived.
    Lost,
    /// It was done, and nobody heard so.
    ReplyLost,
    /// It is done later, when its connection is long given up.
    DoneLater,
    /// Others see it later than what was committed after it.
    SeenLater,
}

impl Known {
    pub(super) fn take_in(&mut self, fact: &FactOfCalls, first: u64, mistake: Option<Mistake>) {
        match fact {
            FactOfCalls::Waits(key) => {
                let known = self.firsts.entry(*key).or_insert(first);
                *known = match mistake {
                    Some(Mistake::LastWriterWins) => first,
                    _ => first_ask(*known, first),
                };
            }
            FactOfCalls::Drew(draw) => {
                let heard = (draw.drawer, draw.place.clone());
                let known = self.tickets.entry(draw.call).or_insert(heard.clone());
                let counts = draw_counts((heard.0, &heard.1), (known.0, &known.1));
                if counts && mistake != Some(Mistake::TicketsByArrival) {
                    *known = heard;
                }
            }
            _ => {}
        }
    }

    /// All of it, as it is told.
    pub(super) fn facts(&self, ms: u64) -> Vec<ToldFact> {
        let waits = |(key, first): (&u64, &u64)| told(*first, ms, FactOfCalls::Waits(*key));
        let mut facts: Vec<ToldFact> = self.firsts.iter().map(waits).collect();
        for (call, (drawer, place)) in &self.tickets {
            facts.push(drew(*call, *drawer, place));
        }
        facts
    }
}

fn told(first: u64, ms: u64, what: FactOfCalls) -> ToldFact {
    ToldFact {
        project: 0,
        fact: SharedFact::since(first, ms, what),
    }
}

fn drew(call: u64, drawer: u64, place: &Place) -> ToldFact {
    let what = FactOfCalls::Drew(Box::new(Draw {
        ring: 1,
        call,
        drawer,
        place: place.clone(),
    }));
    told(0, 0, what)
}

impl Teller {
    pub(super) fn new(writer: i64, mistake: Option<Mistake>) -> Self {
        let clock = Instant::now() + Duration::from_secs(3600 * writer.unsigned_abs());
        Self {
            writer,
            drawer: writer.unsigned_abs(),
            telling: Telling::default(),
            known: Known::default(),
            clock,
            ahead: 7_200_000 * (writer.unsigned_abs() % 3),
            heard: 0,
            mistake,
        }
    }

    pub(super) fn now(&self, ms: u64) -> Instant {
        self.clock + Duration::from_millis(ms)
    }

    /// It is asked about a call.
    pub(super) fn is_asked(&mut self, key: u64, ms: u64) {
        if self.known.firsts.contains_key(&key) {
            return;
        }
        self.known.firsts.insert(key, ms);
        let fact = told(ms, ms, FactOfCalls::Waits(key));
        self.telling.learn(&[fact], self.now(ms));
    }

    /// A call draws a ticket, unless it is known to have one.
    pub(super) fn draws(&mut self, call: u64, member: i64, ms: u64) {
        if self.known.tickets.contains_key(&call) {
            return;
        }
        let place = Place::new(member, "a");
        self.telling
            .learn(&[drew(call, self.drawer, &place)], self.now(ms));
        self.known.tickets.insert(call, (self.drawer, place));
    }

    pub(super) fn reconnects(&mut self, ms: u64) {
        self.telling.hears(self.writer, i64::MAX);
        self.writer += 1_000;
        if self.mistake != Some(Mistake::NotToldAgainAfterReconnect) {
            self.telling.reconnected(self.now(ms));
        }
    }

    /// One request.
    pub(super) fn round(&mut self, log: &mut Log, ms: u64, fate: Fate) {
        let now = self.now(ms);
        let is_due = self.telling.is_due_to_tell_all(now);
        if is_due && self.mistake != Some(Mistake::NotToldAgainByAge) {
            self.telling.learn(&self.known.facts(ms), now);
        }
        log.rows.retain(|row| row.at + KEPT > ms);
        let row = self.telling.next_row(now);
        if fate != Fate::Lost
            && let Some((number, facts)) = row
        {
            let visible = match fate {
                Fate::DoneLater => ms + 700,
                Fate::SeenLater => ms + 100,
                _ => ms,
            };
            log.drawn += 1;
            log.rows.push(LogRow {
                writer: self.writer,
                number,
                drawn: log.drawn,
                // Its own time is that of its statement, not that of its commit.
                at: if fate == Fate::DoneLater { visible } else { ms },
                facts,
                visible,
                ahead: self.ahead,
            });
        }
        if !matches!(fate, Fate::Answered | Fate::SeenLater) {
            return self.reconnects(ms);
        }
        let news: Vec<LogRow> = log
            .rows
            .iter()
            .filter(|row| row.visible <= ms && self.is_news(row))
            .cloned()
            .collect();
        for row in news {
            self.telling.hears(row.writer, row.number);
            self.heard = self.heard.max(row.drawn);
            for ToldFact { fact, .. } in row.facts {
                let mut first = ms.saturating_sub(u64::from(fact.age_ms) + (ms - row.at));
                if self.mistake == Some(Mistake::WallClocks) {
                    first = (first + row.ahead).saturating_sub(self.ahead);
                }
                self.known.take_in(&fact.what, first, self.mistake);
            }
        }
    }

    fn is_news(&self, row: &LogRow) -> bool {
        if row.writer == self.writer {
            return false;
        }
        if self.mistake == Some(Mistake::OneSequenceForAll) {
            return row.drawn > self.heard;
        }
        let last = self.telling.heard().get(&row.writer);
        row.number > last.copied().unwrap_or_default()
    }
}
