//! What is wrong with `agents`, `groups`, `group_members` and `callers`.

use super::super::fixture::Rules;
use super::{NULL, right, value, warned};
use crate::table::{Cell, Table};

#[test]
fn agents_are_judged() {
    let agent = |rules: Rules| rules.agent("lan");
    let wrong = |column, cell: Cell, expected: &str| {
        value(agent, column, cell, &format!("agents.{expected}"));
    };
    wrong("id", NULL, "id of 'NULL': NULL is missing; write a value");
    wrong(
        "name",
        NULL,
        "name of 'lan': NULL is missing; write a value",
    );
    for routing_type in [0.into(), 3.into(), Cell::Real(1.0), "app".into()] {
        let found = if routing_type == "app".into() {
            "'app'".to_owned()
        } else {
            shown(&routing_type)
        };
        let rest = "is not a whole number from 1 to 2; write such a number";
        wrong(
            "routing_type",
            routing_type,
            &format!("routing_type of 'lan': {found} {rest}"),
        );
    }
    wrong(
        "routing_type",
        NULL,
        "routing_type of 'lan': NULL is missing; write a whole number from 1 to 2",
    );
    wrong(
        "routing_type",
        2.into(),
        "phone_number of 'lan': NULL is missing although routing_type is 2; \
         write the number that is rung, or routing_type 1",
    );
    for seconds in [2, 121] {
        let rest = "is not a whole number from 3 to 120; write such a number";
        wrong(
            "answer_timeout",
            seconds.into(),
            &format!("answer_timeout of 'lan': {seconds} {rest}"),
        );
    }
    wrong(
        "enabled",
        2.into(),
        "enabled of 'lan': 2 is not a whole number from 0 to 1; write such a number",
    );
    wrong(
        "enabled",
        NULL,
        "enabled of 'lan': NULL is missing; write a whole number from 0 to 1",
    );
    for at in [
        "05/02/2027",
        "2027-02-05 8:00",
        "2027-02-05 24:00",
        "2027-02-05T08:00",
        "08:00",
    ] {
        let rest = "is neither a date and time nor a date; write it as e.g. '2027-02-05 08:00' or '2027-02-05'";
        let absence = |rules: Rules| rules.away("hoa", "2027-02-01", None);
        for column in ["starts_at", "ends_at"] {
            let expected = format!("absences.{column} of '1': '{at}' {rest}");
            value(absence, column, at, &expected);
        }
    }
}

#[test]
fn absences_are_judged() {
    let absence = |rules: Rules| rules.agent("lan").away("lan", "2027-02-01", None);
    let wrong = |column, cell: Cell, expected: &str| {
        value(absence, column, cell, &format!("absences.{expected}"));
    };
    wrong(
        "agent_id",
        NULL,
        "agent_id of '1': NULL is missing; write a value",
    );
    wrong(
        "starts_at",
        NULL,
        "starts_at of '1': NULL is missing; write a value",
    );
    let unknown = "is no id in agents; add it to agents first, or write an id from there";
    wrong(
        "agent_id",
        "nam".into(),
        &format!("agent_id of '1': 'nam' {unknown}"),
    );
    wrong(
        "cover_id",
        "nam".into(),
        &format!("cover_id of '1': 'nam' {unknown}"),
    );
    let own = absence(right()).with("cover_id", "lan");
    warned(
        &own,
        "absences.cover_id of '1': 'lan' is the agent itself; write another agent, or NULL for none",
    );
}

#[test]
fn a_cover_is_an_agent() {
    let agent = |rules: Rules| rules.agent("lan");
    let wrong = |cell: Cell, expected: &str| {
        value(
            agent,
            "cover_id",
            cell,
            &format!("agents.cover_id of 'lan': {expected}"),
        );
    };
    let unknown = "is no id in agents; add it to agents first, or write an id from there";
    wrong("nam".into(), &format!("'nam' {unknown}"));
    wrong(7.into(), "7 is not text; write it in quotes, as text");
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        _ => String::new(),
    }
}

#[test]
fn a_phone_number_is_international_or_the_remedy_says_how() {
    let agent = |rules: Rules| rules.agent("lan");
    let wrong = |number: &str, remedy: &str| {
        let expected = format!(
            "agents.phone_number of 'lan': '{number}' is not in international form; {remedy}"
        );
        value(agent, "phone_number", number, &expected);
    };
    for number in [
        "0909 000 001",
        "0909000001",
        "+84909000001",
        "0084909000001",
        "84 909 000 001",
        "909000001",
    ] {
        wrong(number, "write 84909000001");
    }
    wrong("844666531", "write 84844666531");
    wrong("+1 212 555 0123", "write 12125550123");
    for number in [
        "lan",
        "123456",
        "1234567890123456",
        "84909000001,84909000002",
    ] {
        wrong(
            number,
            "write digits with the country code, e.g. 84909992666",
        );
    }
    assert_eq!(
        right()
            .agent("lan")
            .with("phone_number", "12125550123")
            .compiled()
            .problems,
        []
    );
}

#[test]
fn a_leave_ends_after_it_begins() {
    let absence = |rules: Rules| rules.agent("lan").away("lan", "2027-02-05 08:00", None);
    for until in ["2027-02-05 08:00", "2027-02-05 07:59", "2027-02-04"] {
        let rest =
            "is not after starts_at; write when the agent is back, or the last date of the absence";
        value(
            absence,
            "ends_at",
            until,
            &format!("absences.ends_at of '1': '{until}' {rest}"),
        );
    }
}

#[test]
fn covers_in_a_circle_are_reported_once() {
    let rules = right()
        .agent("an")
        .agent("binh")
        .with("cover_id", "an")
        .agent("chi")
        .with("cover_id", "binh");
    assert_eq!(rules.compiled().problems, []);
    let circle = rules
        .agent("yen")
        .with("cover_id", "chi")
        .change_agent("an", "cover_id", "chi");
    warned(
        &circle,
        "agents.cover_id of 'an': 'chi' makes a circle of covers: an, chi, binh, an; \
         write NULL for one of them, or somebody outside of the circle",
    );
    warned(
        &right().agent("lan").with("cover_id", "lan"),
        "agents.cover_id of 'lan': 'lan' is the agent itself; write another agent, or NULL for none",
    );
}

#[test]
fn groups_are_judged() {
    let group = |rules: Rules| rules.group("care", "rotate");
    value(
        group,
        "id",
        NULL,
        "groups.id of 'NULL': NULL is missing; write a value",
    );
    value(
        group,
        "name",
        NULL,
        "groups.name of 'care': NULL is missing; write a value",
    );
    let rest = "is not known here; write one of: ordered, weighted, rotate, sticky, longest_idle, fewest_calls";
    value(
        group,
        "strategy",
        "random",
        &format!("groups.strategy of 'care': 'random' {rest}"),
    );
    value(
        group,
        "strategy",
        NULL,
        "groups.strategy of 'care': NULL is missing; write a value",
    );
}

#[test]
fn members_are_judged() {
    let member = |rules: Rules| rules.agent("lan").member("sales", "lan");
    let wrong = |column, cell: Cell, expected: &str| {
        value(member, column, cell, &format!("group_members.{expected}"));
    };
    wrong(
        "group_id",
        NULL,
        "group_id of 'NULL/lan': NULL is missing; write a value",
    );
    wrong(
        "agent_id",
        NULL,
        "agent_id of 'sales/NULL': NULL is missing; write a value",
    );
    wrong(
        "agent_id",
        7.into(),
        "agent_id of 'sales/7': 7 is not text; write it in quotes, as text",
    );
    let unknown =
        |table| format!("is no id in {table}; add it to {table} first, or write an id from there");
    wrong(
        "group_id",
        "care".into(),
        &format!("group_id of 'care/lan': 'care' {}", unknown("groups")),
    );
    wrong(
        "agent_id",
        "nam".into(),
        &format!("agent_id of 'sales/nam': 'nam' {}", unknown("agents")),
    );
    wrong(
        "schedule_id",
        "day".into(),
        &format!("schedule_id of 'sales/lan': 'day' {}", unknown("schedules")),
    );
    wrong(
        "agent_id",
        "hoa".into(),
        "agent_id of 'sales/hoa': 'hoa' is in this group twice; delete one of the two rows",
    );
    for (column, range, wrong_values) in [
        ("level", "1 to 9", [0, 10]),
        ("weight", "0 to 1000", [-1, 1001]),
        ("routing_type", "1 to 2", [0, 3]),
        ("answer_timeout", "3 to 120", [2, 121]),
    ] {
        for number in wrong_values {
            let rest = format!("is not a whole number from {range}; write such a number");
            wrong(
                column,
                number.into(),
                &format!("{column} of 'sales/lan': {number} {rest}"),
            );
        }
    }
    wrong(
        "level",
        NULL,
        "level of 'sales/lan': NULL is missing; write a whole number from 1 to 9",
    );
}

#[test]
fn callers_are_judged() {
    let caller = |rules: Rules| rules.caller("84779*");
    let wrong = |column, cell: Cell, expected: &str| {
        value(caller, column, cell, &format!("callers.{expected}"));
    };
    wrong(
        "number",
        NULL,
        "number of 'NULL': NULL is missing; write a value",
    );
    wrong(
        "number",
        " ".into(),
        "number of ' ': ' ' is empty; write a value",
    );
    wrong(
        "number",
        "()".into(),
        "number of '()': '()' is not a number; write digits such as '84986776777'",
    );
    wrong(
        "number",
        84_779.into(),
        "number of '84779': 84779 is not text; write it in quotes, as text",
    );
    let unknown = "is no id in agents; add it to agents first, or write an id from there";
    wrong(
        "owner_id",
        "nam".into(),
        &format!("owner_id of '84779*': 'nam' {unknown}"),
    );
    wrong(
        "owner_id",
        7.into(),
        "owner_id of '84779*': 7 is not text; write it in quotes, as text",
    );
    wrong(
        "tags",
        7.into(),
        "tags of '84779*': 7 is not text; write it in quotes, as text",
    );
    let rest = "is not a date; write it as year-month-day, e.g. '2027-02-05'";
    wrong(
        "expires_on",
        "2027".into(),
        &format!("expires_on of '84779*': '2027' {rest}"),
    );
}

#[test]
fn a_caller_written_twice_is_a_warning() {
    warned(
        &right().caller("0986 776 777"),
        "callers.number of '0986 776 777': '0986 776 777' is the same number as that of another row, 84986776777; \
         the row that comes first counts; delete one of the two rows",
    );
}

#[test]
fn a_hotline_written_twice_is_a_warning() {
    let mut rules = right();
    for number in ["02471001001", "+84 24 7100 1001"] {
        rules = (rules.row(Table::Hotlines).with("number", number)).with("name", number);
    }
    warned(
        &rules,
        "hotlines.number of '+84 24 7100 1001': '+84 24 7100 1001' is the same number as that of another row, 842471001001; \
         the row that comes first counts; delete one of the two rows",
    );
}

#[test]
fn no_tags_may_be_written_as_an_empty_text() {
    assert_eq!(
        right()
            .caller("84779*")
            .with("tags", "")
            .compiled()
            .problems,
        []
    );
}

#[test]
fn a_cell_that_somebody_emptied_is_not_null() {
    let agent = |rules: Rules| rules.agent("lan");
    let empty = "is empty; write a value, or NULL for none (DB Browser: Set as NULL)";
    let word = "is the word NULL, and not nothing; write a value, or NULL without quotes (DB Browser: Set as NULL)";
    for column in ["phone_number", "answer_timeout", "cover_id"] {
        for (typed, said) in [("", empty), (" ", empty), ("NULL", word), ("null", word)] {
            let expected = format!("agents.{column} of 'lan': '{typed}' {said}");
            value(agent, column, typed, &expected);
        }
    }
    let expected =
        "agents.cover_id of 'lan': 'hoa\\n' has a blank or a line end around it; write 'hoa'";
    value(agent, "cover_id", "hoa\n", expected);
}
