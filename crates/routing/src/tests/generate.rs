//! Rules and calls by chance, from small pools of values so that rows refer to and calls match one another.

use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::fixture::{Asked, Rules, call};
use crate::table::{Cell, Table};

const AGENTS: [&str; 6] = ["an", "binh", "chi", "dung", "em", "giang"];
const GROUPS: [&str; 3] = ["sales", "care", "duty"];
const SCHEDULES: [&str; 3] = ["office", "night", "tet"];
const QUEUES: [&str; 3] = ["queue_1", "queue_2", "QU_3"];
const TAGS: [&str; 3] = ["vip", "en", "old"];
const WIRE_NUMBERS: [&str; 10] = [
    "",
    "Restricted",
    "84986776777",
    "0986776778",
    "84779123456",
    "btncall_84779129999",
    "842473082666",
    "19001234",
    "12125550123",
    "user_1",
];
const PATTERNS: [&str; 15] = [
    "anonymous",
    "0986 776 777",
    "84986776778",
    "84779123456",
    "842473082666",
    "8419001234",
    "12125550123",
    "user_1",
    "84986*",
    "0779*",
    "8477912*",
    "84*",
    "1*",
    "user_*",
    "*",
];
const TIMES: [&str; 7] = [
    "2026-11-23 00:00",
    "2026-11-23 07:59",
    "2026-11-23 10:00",
    "2026-11-28 23:30",
    "2027-02-05 05:59",
    "2027-02-05 10:00",
    "2027-02-06 12:00",
];

const DATES: [(&str, &str); 3] = [
    ("2027-02-05", "2027-02-05"),
    ("2027-02-05", "2027-02-11"),
    ("2026-11-23", "2026-11-29"),
];

/// The columns of a row that differ from the defaults.
type Columns = Vec<(&'static str, Cell)>;

/// Rows of every kind, all of them right.
pub(super) fn right_rules() -> impl Strategy<Value = Rules> {
    (
        settings(),
        schedules(),
        (agents(), absences()),
        groups(),
        callers(),
        prop::collection::vec(rule(), 0..10),
    )
        .prop_map(
            |(settings, schedules, (agents, absences), groups, callers, rules)| {
                let tables = [settings, schedules, agents, absences, groups, callers];
                let all = tables
                    .into_iter()
                    .flatten()
                    .fold(Rules::new(), |all, (table, columns)| {
                        add(all, table, columns)
                    });
                rules.into_iter().fold(all, |all, (columns, steps)| {
                    let rule = fill(all.rule("rule"), columns);
                    steps.into_iter().fold(rule, |rule, (target, columns)| {
                        fill(rule.step(target), columns)
                    })
                })
            },
        )
}

/// The same rows with a few cells, or none, replaced by whatever a tool may leave in them.
pub(super) fn spoiled_rules() -> impl Strategy<Value = Rules> {
    let spoiled = prop::collection::vec((any::<Index>(), any::<Index>(), any_cell()), 0..6);
    (right_rules(), spoiled).prop_map(|(rules, spoiled)| {
        spoiled
            .into_iter()
            .fold(rules, |rules, (row, column, cell)| {
                rules.spoil(row, column, cell)
            })
    })
}

/// Rows of every kind with anything in every cell.
pub(super) fn any_rules() -> impl Strategy<Value = Rules> {
    let row = (
        select(&Table::ALL[..]),
        prop::collection::vec(any_cell(), 0..14),
    );
    prop::collection::vec(row, 0..20).prop_map(|rows| {
        rows.into_iter()
            .fold(Rules::new(), |rules, (table, cells)| {
                rules.raw(table, cells)
            })
    })
}

/// A call that some rules are meant for.
pub(super) fn any_call() -> impl Strategy<Value = Asked> {
    let numbers = (select(&WIRE_NUMBERS[..]), select(&WIRE_NUMBERS[..]));
    let waited = select(&[0, 9, 10, 20, 45, 100_000][..]);
    (
        select(&QUEUES[..]),
        numbers,
        select(&TIMES[..]),
        waited,
        0_u64..1000,
    )
        .prop_map(|(queue, (from, to), at, waited, number)| {
            call()
                .queue(queue)
                .from(from)
                .to(to)
                .at(at)
                .waited(waited)
                .nth(number)
        })
}

fn add(rules: Rules, table: Table, columns: Columns) -> Rules {
    fill(rules.row(table), columns)
}

fn fill(rules: Rules, columns: Columns) -> Rules {
    columns
        .into_iter()
        .fold(rules, |rules, (column, cell)| rules.with(column, cell))
}

fn cell<T: Into<Cell>>(value: T) -> Cell {
    value.into()
}

/// Rows of one table each, with a table of their own before every one of them.
type Rows = Vec<(Table, Columns)>;

fn settings() -> impl Strategy<Value = Rows> {
    let max_agents = of(select(&["1", "2", "5"][..]));
    let answer_timeout = of(select(&["3", "120"][..]));
    (max_agents, answer_timeout, of(select(&GROUPS[..]))).prop_map(
        |(max_agents, answer_timeout, fallback)| {
            [
                ("max_agents", max_agents),
                ("answer_timeout", answer_timeout),
                ("fallback_group", fallback),
            ]
            .into_iter()
            .filter_map(|(key, value)| {
                Some((
                    Table::Settings,
                    vec![("key", cell(key)), ("value", cell(value?))],
                ))
            })
            .collect()
        },
    )
}

fn schedules() -> impl Strategy<Value = Rows> {
    let weekly = (
        select(&["mon-fri", "sat,sun", "daily", "fri-mon"][..]),
        window(),
    )
        .prop_map(|(days, (start, end))| {
            [("days", days), ("start_time", start), ("end_time", end)].to_vec()
        });
    let dated = (select(&DATES[..]), of(window())).prop_map(|((from, to), times)| {
        let times = times.map(|(start, end)| [("start_time", start), ("end_time", end)]);
        [("date_from", from), ("date_to", to)]
            .into_iter()
            .chain(times.into_iter().flatten())
            .collect()
    });
    let hours = (select(&SCHEDULES[..]), prop_oneof![weekly, dated]);
    prop::collection::vec(hours, 0..8).prop_map(|hours: Vec<(&str, Vec<(&str, &str)>)>| {
        let schedule = |id: &&'static str| {
            (
                Table::Schedules,
                vec![("id", cell(*id)), ("name", cell(*id))],
            )
        };
        let hours = (1..).zip(hours).map(|(id, (schedule, columns))| {
            let own = [("id", cell(id)), ("schedule_id", cell(schedule))];
            let columns = columns
                .into_iter()
                .map(|(column, text)| (column, cell(text)));
            (
                Table::ScheduleHours,
                own.into_iter().chain(columns).collect(),
            )
        });
        SCHEDULES.iter().map(schedule).chain(hours).collect()
    })
}

fn window() -> impl Strategy<Value = (&'static str, &'static str)> {
    select(
        &[
            ("08:00", "12:00"),
            ("12:00", "24:00"),
            ("22:00", "06:00"),
            ("00:00", "24:00"),
            ("10:00", "10:00"),
        ][..],
    )
}

fn agents() -> impl Strategy<Value = Rows> {
    let phone = of(select(&["84909000001", "12125550123"][..]));
    let rung = (phone, any::<bool>(), of(3_i64..=120));
    let present = (
        weighted(0.2, Just(0_i64)),
        weighted(0.4, select(&AGENTS[..])),
    );
    let agent = (rung, present).prop_map(|((phone, on_phone, timeout), (disabled, cover))| {
        vec![
            ("phone_number", cell(phone)),
            (
                "routing_type",
                cell(if on_phone && phone.is_some() { 2 } else { 1 }),
            ),
            ("answer_timeout", cell(timeout)),
            ("enabled", cell(disabled.unwrap_or(1))),
            ("cover_id", cell(cover)),
        ]
    });
    prop::collection::vec(agent, AGENTS.len()).prop_map(|agents| {
        let row = |(id, columns): (&&'static str, Columns)| {
            (
                Table::Agents,
                [vec![("id", cell(*id)), ("name", cell(*id))], columns].concat(),
            )
        };
        AGENTS.iter().zip(agents).map(row).collect()
    })
}

/// Absences, some of which overlap.
fn absences() -> impl Strategy<Value = Rows> {
    const STARTS: [&str; 4] = [
        "2026-11-20",
        "2026-11-23 08:00",
        "2026-11-28",
        "2027-02-05 08:00",
    ];
    const ENDS: [&str; 3] = ["2027-02-05 10:00", "2027-02-05", "2027-02-06"];
    let absence = (
        select(&AGENTS[..]),
        select(&STARTS[..]),
        of(select(&ENDS[..])),
        weighted(0.3, select(&AGENTS[..])),
    );
    prop::collection::vec(absence, 0..4).prop_map(|absences| {
        (1..)
            .zip(absences)
            .map(|(id, (agent, from, until, cover))| {
                let cover = cover.filter(|cover| *cover != agent);
                let columns = vec![
                    ("id", cell(id)),
                    ("agent_id", cell(agent)),
                    ("starts_at", cell(from)),
                    ("ends_at", cell(until)),
                    ("cover_id", cell(cover)),
                ];
                (Table::Absences, columns)
            })
            .collect()
    })
}

fn groups() -> impl Strategy<Value = Rows> {
    let member = (
        1_i64..=3,
        0_i64..=2,
        select(&[0_i64, 1, 20, 100][..]),
        weighted(0.3, select(&SCHEDULES[..])),
        weighted(0.3, 1_i64..=2),
        weighted(0.3, 3_i64..=120),
    );
    let member = member.prop_map(
        |(level, position, weight, schedule, routing_type, timeout)| {
            vec![
                ("level", cell(level)),
                ("position", cell(position)),
                ("weight", cell(weight)),
                ("schedule_id", cell(schedule)),
                ("routing_type", cell(routing_type)),
                ("answer_timeout", cell(timeout)),
            ]
        },
    );
    let members = (
        subsequence(&AGENTS[..], 0..=6),
        prop::collection::vec(member, 6),
    )
        .prop_map(|(agents, members)| agents.into_iter().zip(members).collect());
    let group = (
        select(
            &[
                "ordered",
                "weighted",
                "rotate",
                "sticky",
                "longest_idle",
                "fewest_calls",
            ][..],
        ),
        members,
    );
    prop::collection::vec(group, GROUPS.len()).prop_map(|groups| {
        GROUPS
            .iter()
            .zip(groups)
            .flat_map(|(id, (strategy, members))| group_rows(id, strategy, members))
            .collect()
    })
}

fn group_rows(
    id: &'static str,
    strategy: &'static str,
    members: Vec<(&'static str, Columns)>,
) -> Rows {
    let group = vec![
        ("id", cell(id)),
        ("name", cell(id)),
        ("strategy", cell(strategy)),
    ];
    let members = members.into_iter().map(|(agent, columns)| {
        (
            Table::GroupMembers,
            [
                vec![("group_id", cell(id)), ("agent_id", cell(agent))],
                columns,
            ]
            .concat(),
        )
    });
    std::iter::once((Table::Groups, group))
        .chain(members)
        .collect()
}

fn callers() -> impl Strategy<Value = Rows> {
    let row = (
        of(select(&AGENTS[..])),
        list(&TAGS),
        weighted(0.3, select(&["2026-11-23", "2027-02-04"][..])),
    );
    let row = row.prop_map(|(owner, tags, expires)| {
        vec![
            ("owner_id", cell(owner)),
            ("tags", cell(tags.as_deref())),
            ("expires_on", cell(expires)),
        ]
    });
    (
        subsequence(&PATTERNS[..], 0..=8),
        prop::collection::vec(row, 8),
    )
        .prop_map(|(numbers, rows)| {
            let row = |(number, columns): (&str, Columns)| {
                (
                    Table::Callers,
                    [vec![("number", cell(number))], columns].concat(),
                )
            };
            numbers.into_iter().zip(rows).map(row).collect()
        })
}

/// Some of the values with commas between them, or NULL.
fn list(values: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    weighted(
        0.3,
        subsequence(values, 1..=values.len().min(3)).prop_map(|values| values.join(",")),
    )
}

/// Like [`list`]; now and then so long that not all combinations are worth a place in the index.
fn number_list() -> impl Strategy<Value = Option<String>> {
    let long = || {
        (0..20)
            .map(|number| format!("8490900{number:04}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    prop_oneof![9 => list(&PATTERNS), 1 => Just(()).prop_map(move |()| Some(format!("{},84779123456,1*", long())))]
}

/// A rule and its steps.
fn rule() -> impl Strategy<Value = (Columns, Vec<(&'static str, Columns)>)> {
    let shape = (
        0_i64..4,
        weighted(0.1, Just(0_i64)),
        weighted(0.1, Just("nobody")),
    );
    let call = (list(&QUEUES), number_list(), number_list(), list(&TAGS));
    let caller_and_time = (
        weighted(0.2, 0_i64..=1),
        weighted(0.3, select(&SCHEDULES[..])),
        0_i64..=1,
    );
    let conditions = (call, caller_and_time, weighted(0.2, 1_i64..=99));
    (shape, conditions, prop::collection::vec(step(), 0..4)).prop_map(
        |(shape, conditions, steps)| {
            let (position, disabled, action) = shape;
            let ((queue, to, from, tag), (has_owner, schedule, when_open), percent) = conditions;
            let columns = vec![
                ("position", cell(position)),
                ("enabled", cell(disabled.unwrap_or(1))),
                ("action", cell(action.unwrap_or("ring"))),
                ("queue_id", cell(queue.as_deref())),
                ("to_number", cell(to.as_deref())),
                ("from_number", cell(from.as_deref())),
                ("caller_tag", cell(tag.as_deref())),
                ("has_owner", cell(has_owner)),
                ("schedule_id", cell(schedule)),
                ("when_open", cell(when_open)),
                ("split_percent", cell(percent)),
            ];
            (columns, steps)
        },
    )
}

fn step() -> impl Strategy<Value = (&'static str, Columns)> {
    let target = prop_oneof![
        3 => select(&GROUPS[..]).prop_map(|group| ("group", vec![("group_id", cell(group))])),
        1 => select(&AGENTS[..]).prop_map(|agent| ("agent", vec![("agent_id", cell(agent))])),
        1 => of(select(&GROUPS[..])).prop_map(|group| ("owner", vec![("group_id", cell(group))])),
        1 => of(select(&GROUPS[..])).prop_map(|group| ("last_agent", vec![("group_id", cell(group))])),
    ];
    let times = (
        select(&[0_i64, 10, 20][..]),
        weighted(0.3, select(&[30_i64, 45][..])),
    );
    let limits = (
        weighted(0.2, select(&GROUPS[..])),
        weighted(0.2, 1_i64..=3),
        weighted(0.3, 1_i64..=3),
    );
    let rung = (weighted(0.2, 1_i64..=2), weighted(0.2, 3_i64..=120));
    (target, times, limits, rung).prop_map(|((word, mut columns), times, limits, rung)| {
        columns.extend([
            ("after_seconds", cell(times.0)),
            ("until_seconds", cell(times.1)),
            ("and_group_id", cell(limits.0)),
            ("max_level", cell(limits.1)),
            ("max_agents", cell(limits.2)),
            ("routing_type", cell(rung.0)),
            ("answer_timeout", cell(rung.1)),
        ]);
        (word, columns)
    })
}

/// Anything that a cell can hold; often something that would be right somewhere else.
fn any_cell() -> impl Strategy<Value = Cell> {
    let texts = [
        &AGENTS[..],
        &GROUPS,
        &SCHEDULES,
        &QUEUES,
        &TAGS,
        &PATTERNS,
        &TIMES,
        &WIRE_NUMBERS,
    ]
    .concat();
    let odd = [
        "2027-02-05",
        "08:00",
        "24:00",
        "mon-fri",
        "group",
        "owner",
        "rotate",
        "nobody",
        ",",
        ",*",
        "-",
        "\0",
    ];
    prop_oneof![
        2 => Just(Cell::Null),
        3 => (-1_i64..12).prop_map(Cell::Integer),
        1 => any::<i64>().prop_map(Cell::Integer),
        1 => any::<f64>().prop_map(Cell::Real),
        6 => select([&texts[..], &odd].concat()).prop_map(Cell::from),
        1 => any::<String>().prop_map(|text| Cell::Text(text.into())),
        1 => prop::collection::vec(any::<u8>(), 0..4).prop_map(|bytes| Cell::Blob(bytes.into())),
    ]
}
