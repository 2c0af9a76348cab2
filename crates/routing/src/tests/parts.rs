//! What the next version takes over, and what it makes anew.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::fixture::Rules;
use crate::compile::{Unread, compile_after};
use crate::snapshot::Snapshot;
use crate::table::Table;

const LARGE: [Table; 4] = [
    Table::Agents,
    Table::GroupMembers,
    Table::Callers,
    Table::Rules,
];

fn rules() -> Rules {
    Rules::new()
        .team("sales", "an binh")
        .change_agent("an", "phone_number", "84901234567")
        .caller("84779123456")
        .with("owner_id", "an")
        .with("tags", "vip")
        .rule("all")
        .ring("sales")
}

/// The tables whose parts are not those of the version before; whether they are taken over without their rows as well.
#[track_caller]
fn made_anew(before: &Rules, after: &Rules) -> BTreeSet<Table> {
    let snapshot = before.compiled().snapshot;
    let compiled = compile_after(&after.tables(), &snapshot).unwrap().snapshot;
    let made = parts_made(&snapshot, &compiled);
    let mut tables = after.tables();
    let mut unread = BTreeSet::new();
    for table in LARGE.into_iter().chain([Table::RuleSteps]) {
        let mark = after.tables().mark(table);
        if mark == before.tables().mark(table) {
            tables.set_unread(mark);
            unread.insert(table);
        }
    }
    match compile_after(&tables, &snapshot) {
        Ok(lazily) => assert_eq!(parts_made(&snapshot, &lazily.snapshot), made),
        Err(Unread(needed)) => {
            assert!(needed.is_subset(&unread));
            // Without agents nobody knows whether what refers to them is the same.
            let are_agents_known = !needed.contains(&Table::Agents);
            for table in LARGE {
                let is_expected = made.contains(&table) && unread.contains(&table);
                let is_needed = needed.contains(&table);
                assert!(is_needed || !is_expected, "{table:?}");
                assert!(is_expected || !is_needed || !are_agents_known, "{table:?}");
            }
        }
    }
    made
}

fn parts_made(before: &Snapshot, after: &Snapshot) -> BTreeSet<Table> {
    let agents = after.agents.is_shared_with(&before.agents);
    let rules = after.rules.is_shared_with(&before.rules);
    assert_eq!(
        agents,
        Arc::ptr_eq(&after.by_telephone, &before.by_telephone)
    );
    assert_eq!(rules, Arc::ptr_eq(&after.index, &before.index));
    assert_eq!(rules, after.tags.is_shared_with(&before.tags));
    let taken_over = [
        agents,
        after.groups.is_shared_with(&before.groups),
        Arc::ptr_eq(&after.callers, &before.callers),
        rules,
    ];
    let parts = LARGE.into_iter().zip(taken_over);
    parts
        .filter(|(_, is_taken_over)| !is_taken_over)
        .map(|(table, _)| table)
        .collect()
}

#[test]
fn an_edit_makes_anew_what_is_made_of_it() {
    use Table::{Agents, Callers, GroupMembers, Rules as Routes};
    let edits = [
        (rules(), vec![]),
        (rules().setting("max_agents", "3"), vec![]),
        (
            rules().row(Table::Queues).with("id", "q").with("name", "q"),
            vec![],
        ),
        (rules().change_agent("an", "enabled", 0), vec![Agents]),
        (rules().change_agent("an", "cover_id", "binh"), vec![Agents]),
        (
            rules().agent("chi"),
            vec![Agents, GroupMembers, Callers, Routes],
        ),
        (
            rules().setting("country_code", "44"),
            vec![Agents, Callers, Routes],
        ),
        (
            rules()
                .member("sales", "an")
                .with("agent_id", "chi")
                .agent("chi"),
            vec![Agents, GroupMembers, Callers, Routes],
        ),
        (
            rules().group("empty", "ordered"),
            vec![GroupMembers, Routes],
        ),
        (
            rules().schedule("day").weekly("mon", "08:00", "17:00"),
            vec![GroupMembers, Routes],
        ),
        (rules().caller("84779123457"), vec![Callers]),
        (
            rules().caller("84779123457").with("tags", "new"),
            vec![Callers, Routes],
        ),
        (rules().rule("more").ring("sales"), vec![Routes]),
        (rules().step("group"), vec![Routes]),
    ];
    for (place, (after, expected)) in edits.iter().enumerate() {
        let expected: BTreeSet<Table> = expected.iter().copied().collect();
        assert_eq!(made_anew(&rules(), after), expected, "edit {place}");
    }
}

#[test]
fn parts_with_rows_in_error_are_made_anew_and_others_are_not() {
    let before = rules().member("sales", "nobody");
    assert_eq!(
        made_anew(&before, &before),
        BTreeSet::from([Table::GroupMembers])
    );
}

#[test]
fn a_table_that_is_not_read_is_asked_for_if_nothing_is_known_of_it() {
    let mut tables = rules().tables();
    for table in LARGE {
        tables.set_unread(tables.mark(table));
    }
    let Err(Unread(needed)) = compile_after(&tables, &Snapshot::default()) else {
        panic!("it is compiled without rows");
    };
    assert_eq!(needed, LARGE.into());
}
