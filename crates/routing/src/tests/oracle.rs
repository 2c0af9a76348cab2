//! The evaluation against a second, plain one that shares nothing with it: schedules with holidays and weeks, absences,
//! stand-ins, covers, steps and numbers, from rows by chance. Minutes are counted from 1970 in a zone without summer time.
//!
//! `ORACLE=long` asks 100,000 calls about 500 sets of rows.

use super::fixture::{Asked, Rules, call};
use crate::table::Table;
use crate::tickets::FirstTicket;

const DAY: i64 = 1440;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// 2026-11-01, a Sunday.
const FIRST_DAY: i64 = 20_758;

/// Numbers by chance: xorshift64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn in_100(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn day(&mut self) -> i64 {
        FIRST_DAY + i64::try_from(self.below(70)).unwrap()
    }

    fn maybe(&mut self, percent: usize, end: usize) -> Option<usize> {
        self.in_100(percent).then(|| self.below(end))
    }
}

/// Year, month and day of a day since 1970, counted year by year.
fn civil(day: i64) -> (i64, i64, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut left) = (1970, day);
    while left >= if is_leap(year) { 366 } else { 365 } {
        left -= if is_leap(year) { 366 } else { 365 };
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < days {
            break;
        }
        left -= days;
        month += 1;
    }
    (year, month, left + 1)
}

fn date(day: i64) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

fn time(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Monday is 0; 1970-01-01 was a Thursday.
fn weekday(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap()
}

type Times = (i64, i64);

struct Weekly {
    day: usize,
    every: i64,
    week_of: i64,
    times: Times,
}

struct Schedule {
    on_holidays: &'static str,
    weekly: Vec<Weekly>,
    dated: Vec<(i64, i64, Option<Times>)>,
}

struct Agent {
    enabled: bool,
    has_phone: bool,
    cover: Option<usize>,
}

struct Absence {
    agent: usize,
    from: i64,
    until: Option<i64>,
    cover: Option<usize>,
}

struct Member {
    agent: usize,
    level: i64,
    position: i64,
    shift: Option<usize>,
    on_phone: bool,
}

struct StandIn {
    agent: usize,
    by: Option<usize>,
    group: Option<usize>,
    dates: (i64, i64),
}

struct Rule {
    queue: Option<usize>,
    has_owner: Option<bool>,
    hours: Option<(usize, bool)>,
    /// Seconds, whether it is the owner's, the group.
    steps: Vec<(u32, bool, Option<usize>)>,
}

#[derive(Default)]
struct Model {
    holidays: Vec<(i64, i64, bool)>,
    schedules: Vec<Schedule>,
    agents: Vec<Agent>,
    absences: Vec<Absence>,
    groups: Vec<Vec<Member>>,
    stand_ins: Vec<StandIn>,
    /// The owners of the callers 84986770000, 84986770001 ...
    callers: Vec<Option<usize>>,
    rules: Vec<Rule>,
}

/// Rows by chance.
fn model(chance: &mut Chance) -> Model {
    let mut model = Model::default();
    for _ in 0..chance.below(5) {
        let from = chance.day() - [0, 365][chance.below(2)];
        let length = i64::try_from(chance.below(6)).unwrap();
        model
            .holidays
            .push((from, from + length, chance.in_100(40)));
    }
    let times = |chance: &mut Chance| {
        [(480, 720), (720, 1440), (1320, 360), (600, 600), (0, 1440)][chance.below(5)]
    };
    for _ in 0..4 {
        let weekly = (0..=chance.below(6)).map(|_| Weekly {
            day: chance.below(7),
            every: [1, 1, 2, 3][chance.below(4)],
            week_of: chance.day(),
            times: times(chance),
        });
        let weekly = weekly.collect();
        let dated = (0..chance.below(3)).map(|_| {
            let from = chance.day();
            let to = from + i64::try_from(chance.below(40)).unwrap();
            (from, to, chance.in_100(50).then(|| times(chance)))
        });
        let dated = dated.collect();
        model.schedules.push(Schedule {
            on_holidays: ["usual", "closed", "sun"][chance.below(3)],
            weekly,
            dated,
        });
    }
    add_agents(&mut model, chance);
    add_groups(&mut model, chance);
    add_rules(&mut model, chance);
    model
}

fn add_agents(model: &mut Model, chance: &mut Chance) {
    for agent in 0..6 {
        let cover = chance.maybe(50, 6).filter(|cover| *cover > agent);
        model.agents.push(Agent {
            enabled: chance.in_100(90),
            has_phone: chance.in_100(60),
            cover,
        });
    }
    for _ in 0..chance.below(8) {
        let agent = chance.below(6);
        let from = chance.day() * DAY + [0, 480][chance.below(2)];
        let length = [DAY, 3 * DAY, 30 * DAY - 480][chance.below(3)];
        model.absences.push(Absence {
            agent,
            from,
            until: chance.in_100(90).then_some(from + length),
            cover: chance.maybe(40, 6).filter(|cover| *cover > agent),
        });
    }
}

fn add_groups(model: &mut Model, chance: &mut Chance) {
    for _ in 0..3 {
        let mut members = Vec::new();
        for agent in 0..6 {
            if chance.in_100(60) {
                members.push(Member {
                    agent,
                    level: 1 + i64::from(chance.in_100(30)),
                    position: i64::try_from(chance.below(3)).unwrap(),
                    shift: chance.maybe(70, 4),
                    on_phone: chance.in_100(20),
                });
            }
        }
        model.groups.push(members);
    }
    for _ in 0..chance.below(12) {
        let from = chance.day();
        let row = StandIn {
            agent: chance.below(6),
            by: chance.maybe(85, 6),
            group: chance.maybe(70, 3),
            dates: (from, from + i64::try_from(chance.below(30)).unwrap()),
        };
        let meets = |other: &StandIn| {
            other.agent == row.agent
                && (other.group.is_none() || row.group.is_none() || other.group == row.group)
                && other.dates.0 <= row.dates.1
                && row.dates.0 <= other.dates.1
        };
        if row.by != Some(row.agent) && !model.stand_ins.iter().any(meets) {
            model.stand_ins.push(row);
        }
    }
}

fn add_rules(model: &mut Model, chance: &mut Chance) {
    model.callers = (0..6).map(|_| chance.maybe(70, 6)).collect();
    for _ in 0..5 {
        let steps = (0..=chance.below(3)).map(|_| {
            let is_owners = chance.in_100(30);
            let group = if is_owners {
                chance.maybe(60, 3)
            } else {
                Some(chance.below(3))
            };
            ([0, 0, 20][chance.below(3)], is_owners, group)
        });
        let steps = steps.collect();
        model.rules.push(Rule {
            queue: chance.maybe(40, 2),
            has_owner: chance.maybe(20, 2).map(|wanted| wanted == 1),
            hours: chance
                .maybe(50, 4)
                .map(|schedule| (schedule, chance.in_100(70))),
            steps,
        });
    }
}

/// The same as rows of the tables.
fn rows(model: &Model) -> Rules {
    rule_rows(model, people_rows(model, time_rows(model, Rules::new())))
}

fn id(prefix: &str, number: usize) -> String {
    format!("{prefix}{number}")
}

fn time_rows(model: &Model, mut rules: Rules) -> Rules {
    for (from, to, every_year) in &model.holidays {
        rules = rules
            .holiday(&date(*from), &date(*to))
            .with("every_year", i64::from(*every_year));
    }
    for (number, schedule) in model.schedules.iter().enumerate() {
        rules = rules
            .schedule(&id("s", number))
            .with("on_holidays", schedule.on_holidays);
        for row in &schedule.weekly {
            rules = rules
                .weekly(DAYS[row.day], &time(row.times.0), &time(row.times.1))
                .with("every_weeks", row.every)
                .with("week_of", &*date(row.week_of));
        }
        for (from, to, times) in &schedule.dated {
            rules = rules.dated(&date(*from), &date(*to));
            if let Some((start, end)) = times {
                rules = rules
                    .with("start_time", &*time(*start))
                    .with("end_time", &*time(*end));
            }
        }
    }
    rules
}

fn people_rows(model: &Model, mut rules: Rules) -> Rules {
    for (number, agent) in model.agents.iter().enumerate() {
        let cover = agent.cover.map(|cover| id("a", cover));
        rules = rules
            .agent(&id("a", number))
            .with("enabled", i64::from(agent.enabled))
            .with("phone_number", agent.has_phone.then_some("84909000001"))
            .with("cover_id", cover.as_deref());
    }
    for row in &model.absences {
        let text = |minute: i64| format!("{} {}", date(minute / DAY), time(minute % DAY));
        let starts = match row.from % DAY {
            0 => date(row.from / DAY),
            _ => text(row.from),
        };
        let ends = row.until.map(|until| match until % DAY {
            0 => date(until / DAY - 1),
            _ => text(until),
        });
        let cover = row.cover.map(|cover| id("a", cover));
        rules = rules
            .away(&id("a", row.agent), &starts, ends.as_deref())
            .with("cover_id", cover.as_deref());
    }
    for (number, members) in model.groups.iter().enumerate() {
        rules = rules.group(&id("g", number), "ordered");
        for member in members {
            let shift = member.shift.map(|shift| id("s", shift));
            rules = rules
                .member(&id("g", number), &id("a", member.agent))
                .with("level", member.level)
                .with("position", member.position)
                .with("schedule_id", shift.as_deref())
                .with("routing_type", member.on_phone.then_some(2));
        }
    }
    for row in &model.stand_ins {
        let (by, group) = (
            row.by.map(|by| id("a", by)),
            row.group.map(|group| id("g", group)),
        );
        let dates = (date(row.dates.0), date(row.dates.1));
        let dates = (&*dates.0, &*dates.1);
        rules = rules.stand_in(&id("a", row.agent), by.as_deref(), group.as_deref(), dates);
    }
    rules
}

fn rule_rows(model: &Model, mut rules: Rules) -> Rules {
    for (number, owner) in model.callers.iter().enumerate() {
        let owner = owner.map(|owner| id("a", owner));
        rules = rules
            .caller(&format!("0986 77 000{number}"))
            .with("owner_id", owner.as_deref());
    }
    for (number, rule) in model.rules.iter().enumerate() {
        let (queue, schedule) = (
            rule.queue.map(|queue| id("q", queue)),
            rule.hours.map(|(schedule, _)| id("s", schedule)),
        );
        rules = rules
            .rule(&id("r", number))
            .with("queue_id", queue.as_deref())
            .with("has_owner", rule.has_owner.map(i64::from))
            .with("schedule_id", schedule.as_deref())
            .with(
                "when_open",
                i64::from(rule.hours.is_none_or(|(_, open)| open)),
            );
        for (after, is_owners, group) in &rule.steps {
            let group = group.map(|group| id("g", group));
            rules = rules
                .step(if *is_owners { "owner" } else { "group" })
                .with("after_seconds", i64::from(*after))
                .with("group_id", group.as_deref());
        }
    }
    rules
}

struct Question {
    queue: usize,
    caller: usize,
    at: i64,
    waited: u32,
}

impl Model {
    fn is_holiday(&self, day: i64) -> bool {
        self.holidays.iter().any(|(from, to, every_year)| {
            let is_inside = |day: i64| *from <= day && day <= *to;
            // The same days of the month in some year before, so far back as the row goes.
            let (_, month, of_month) = civil(day);
            let same = |other: &i64| (civil(*other).1, civil(*other).2) == (month, of_month);
            is_inside(day)
                || (*every_year && day >= *from && (*from..=*to).any(|other| same(&other)))
        })
    }

    /// The days since which windows of a schedule are open.
    fn open_since(&self, schedule: usize, at: i64) -> Vec<i64> {
        let contains = |day: i64, (start, end): Times| {
            let length = if end <= start {
                end + DAY - start
            } else {
                end - start
            };
            let opens = day * DAY + start;
            opens <= at && at < opens + length
        };
        let today = at.div_euclid(DAY);
        let of_day = |day: &i64| {
            self.times(schedule, *day)
                .into_iter()
                .any(|times| contains(*day, times))
        };
        [today - 1, today].into_iter().filter(of_day).collect()
    }

    fn times(&self, schedule: usize, day: i64) -> Vec<Times> {
        let schedule = &self.schedules[schedule];
        let covering = || {
            schedule
                .dated
                .iter()
                .filter(|(from, to, _)| *from <= day && day <= *to)
        };
        if let Some(narrowest) = covering().map(|(from, to, _)| to - from).min() {
            let meant = covering().filter(|(from, to, _)| to - from == narrowest);
            return meant.filter_map(|(_, _, times)| *times).collect();
        }
        let of = match (self.is_holiday(day), schedule.on_holidays) {
            (true, "closed") => return Vec::new(),
            (true, "sun") => 6,
            _ => weekday(day),
        };
        // Monday before 1970 began was day -3.
        let week = |day: i64| (day + 3).div_euclid(7);
        let counts =
            |row: &&Weekly| row.day == of && (week(day) - week(row.week_of)) % row.every == 0;
        schedule
            .weekly
            .iter()
            .filter(counts)
            .map(|row| row.times)
            .collect()
    }

    fn absence(&self, agent: usize, at: i64) -> Vec<&Absence> {
        let is_now = |row: &&Absence| {
            row.agent == agent && row.from <= at && row.until.is_none_or(|until| at < until)
        };
        let mut now: Vec<&Absence> = self.absences.iter().filter(is_now).collect();
        now.sort_by_key(|row| row.from);
        now
    }

    fn is_there(&self, agent: usize, at: i64) -> bool {
        self.agents[agent].enabled && self.absence(agent, at).is_empty()
    }

    /// Who has a member's place.
    fn holders(&self, group: usize, member: &Member, at: i64) -> Vec<usize> {
        let days = match member.shift {
            Some(shift) => self.open_since(shift, at),
            None => vec![at.div_euclid(DAY)],
        };
        let mut holders = Vec::new();
        let row_of = |day: i64| {
            self.stand_ins.iter().find(|row| {
                row.agent == member.agent
                    && row.group.is_none_or(|only| only == group)
                    && row.dates.0 <= day
                    && day <= row.dates.1
            })
        };
        if days.iter().any(|day| row_of(*day).is_none()) {
            holders.push(member.agent);
        }
        holders.extend(days.iter().filter_map(|day| row_of(*day)?.by));
        holders
    }

    /// Agents of a group and whether they are rung on the phone, in order.
    fn ring(&self, group: usize, at: i64, only: Option<usize>) -> Vec<(usize, bool)> {
        let mut members: Vec<&Member> = self.groups[group].iter().collect();
        members.sort_by_key(|member| (member.level, member.position, member.agent));
        let mut rung: Vec<(usize, bool)> = Vec::new();
        for member in members {
            for agent in self.holders(group, member, at) {
                let is_reachable = !member.on_phone || self.agents[agent].has_phone;
                let offer = (agent, member.on_phone);
                let is_meant = only.is_none_or(|only| only == agent);
                if is_meant && is_reachable && self.is_there(agent, at) && !rung.contains(&offer) {
                    rung.push(offer);
                }
            }
        }
        // An owner is rung once.
        if only.is_some() {
            rung.truncate(1);
        }
        rung
    }

    fn owner(&self, owner: usize, at: i64) -> usize {
        let mut agent = owner;
        for _ in 0..5 {
            if self.is_there(agent, at) {
                break;
            }
            let of_absence = self
                .absence(agent, at)
                .into_iter()
                .find_map(|row| row.cover);
            match of_absence.or(self.agents[agent].cover) {
                Some(cover) => agent = cover,
                None => break,
            }
        }
        agent
    }

    fn answer(&self, question: &Question) -> String {
        let at = question.at;
        let owner = self.callers.get(question.caller).copied().flatten();
        for (number, rule) in self.rules.iter().enumerate() {
            let is_open = |schedule: usize| !self.open_since(schedule, at).is_empty();
            let holds = rule.queue.is_none_or(|queue| queue == question.queue)
                && rule
                    .has_owner
                    .is_none_or(|wanted| wanted == owner.is_some())
                && rule
                    .hours
                    .is_none_or(|(schedule, open)| is_open(schedule) == open);
            let mut list: Vec<(usize, bool)> = Vec::new();
            for (after, is_owners, group) in rule.steps.iter().filter(|_| holds) {
                let rung = match (is_owners, group, owner.map(|owner| self.owner(owner, at))) {
                    _ if *after > question.waited => Vec::new(),
                    (false, Some(group), _) => self.ring(*group, at, None),
                    (true, Some(group), Some(owner)) => self.ring(*group, at, Some(owner)),
                    (true, None, Some(owner)) if self.is_there(owner, at) => vec![(owner, false)],
                    _ => Vec::new(),
                };
                for offer in rung {
                    if !list.contains(&offer) {
                        list.push(offer);
                    }
                }
            }
            if !list.is_empty() {
                let shown = |(agent, on_phone): &(usize, bool)| match on_phone {
                    true => format!("a{agent}:2:15"),
                    false => format!("a{agent}"),
                };
                let agents: Vec<String> = list.iter().map(shown).collect();
                return format!("r{number}: {}", agents.join(" "));
            }
        }
        "nobody".to_owned()
    }
}

fn asked(question: &Question, chance: &mut Chance) -> Asked {
    let number = question.caller;
    let from = [
        format!("8498677000{number}"),
        format!("098677000{number}"),
        format!("+84 (0)98-677.000{number}"),
        format!("008498677000{number}.0"),
        format!("btncall_8498677000{number}"),
    ][chance.below(5)]
    .clone();
    let at = format!("{} {}", date(question.at / DAY), time(question.at % DAY));
    call()
        .queue(&format!("q{}", question.queue))
        .from(&from)
        .at(&at)
        .waited(question.waited)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how many calls are asked is no business of the configuration"
)]
#[test]
fn a_second_evaluation_gives_the_same_answers() {
    let is_long = std::env::var("ORACLE").is_ok_and(|word| word == "long");
    let (sets, calls) = if is_long { (500, 200) } else { (50, 40) };
    let (mut asked_of, mut rung) = (0, 0);
    for set in 0..sets {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(set + 1));
        let model = model(&mut chance);
        let compiled = rows(&model).compiled();
        assert!(
            !compiled.has_errors(),
            "set {set}: {:#?}",
            compiled.problems
        );
        for _ in 0..calls {
            let minute = [0, 359, 360, 479, 480, 600, 719, 720, 1319, 1320, 1439][chance.below(11)];
            let question = Question {
                queue: chance.below(2),
                caller: chance.below(8),
                at: chance.day() * DAY + minute,
                waited: [0, 20][chance.below(2)],
            };
            let asked = asked(&question, &mut chance);
            let answer = asked.answer(&compiled.snapshot, &mut FirstTicket);
            assert_eq!(answer, model.answer(&question), "set {set}, {asked:?}");
            asked_of += 1;
            rung += usize::from(answer != "nobody");
        }
    }
    assert!(
        rung * 3 > asked_of,
        "most calls ring somebody: {rung} of {asked_of}"
    );
    if is_long {
        let rows = Table::ALL.len();
        eprintln!(
            "{asked_of} calls over {sets} sets of {rows} tables: 0 differences; {rung} ring somebody"
        );
    }
}
