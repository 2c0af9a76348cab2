//! `select * from problems` tells an admin in a shell what is wrong, also with what slipped past constraints and triggers.

use routing::table::Table;

use crate::database::Database;

/// Switches off what would refuse the damage.
const UNGUARDED: &str = "
    pragma ignore_check_constraints = 1;
    drop trigger settings_reference_update; drop trigger agents_reference_update; drop trigger rules_reference_update;
    drop trigger group_members_reference_insert; drop trigger callers_reference_update;
    drop trigger schedule_hours_reference_update; drop trigger rule_steps_reference_update;
    drop trigger agents_updated;";

/// What the view says after some damage to the demo data: one line per problem.
async fn problems_after(damage: &str) -> Vec<String> {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    shell.run(UNGUARDED).await;
    shell.run(damage).await;
    shell
        .texts(
            "select severity || ': ' || table_name || '.' || column_name || ' of ' || row_key || ': '
                || coalesce(value, 'NULL') || ' ' || problem || '; ' || remedy
            from problems order by table_name, row_key, column_name",
        )
        .await
}

/// Each damage must be named by exactly the lines beside it.
async fn check(cases: &[(&str, &[&str])]) {
    for (damage, expected) in cases {
        assert_eq!(problems_after(damage).await, *expected, "{damage}");
    }
}

#[tokio::test]
async fn nothing_is_wrong_with_the_demo_data() {
    check(&[("select 1", &[])]).await;
}

#[tokio::test]
async fn values_of_the_wrong_form_are_named() {
    check(&[
        (
            "update agents set answer_timeout = 'soon' where id = 'hoa'",
            &["error: agents.answer_timeout of hoa: soon has the wrong form; write a whole number from 3 to 120, or NULL"],
        ),
        (
            "update agents set phone_number = '0903 100 001' where id = 'hoa'",
            &["error: agents.phone_number of hoa: 0903 100 001 has the wrong form; \
                write digits in international form, such as 84909992666, or NULL"],
        ),
        (
            "update agents set name = x'00ff' where id = 'hoa'",
            &["error: agents.name of hoa: X'00FF' is not text; write a text without NUL characters"],
        ),
        (
            "update groups set name = 'a' || char(0) || 'b' where id = 'vip'",
            &["error: groups.name of vip: a\0b contains a NUL character; write a text without NUL characters"],
        ),
        (
            "update queues set id = 'queue_1,queue_2' where id = 'queue_1'",
            &["error: queues.id of queue_1,queue_2: queue_1,queue_2 has the wrong form; \
                write a word without commas or blanks around it"],
        ),
        (
            "update queues set name = '' where id = 'queue_1'",
            &["error: queues.name of queue_1:  is empty; write a text without NUL characters"],
        ),
        (
            "update absences set ends_at = '2026-11-31 08:00' where id = 1",
            &["error: absences.ends_at of 1: 2026-11-31 08:00 has the wrong form; \
                write a local date and time such as 2027-02-05 08:00, or a date such as 2027-02-05, or NULL"],
        ),
        (
            "update absences set ends_at = '2026-11-15' where id = 1",
            &["error: absences.ends_at of 1: 2026-11-15 does not lie after starts_at; \
                write a later date, the same date for a single day, or NULL for until further notice"],
        ),
        (
            "insert into stand_ins (agent_id, by_id, date_from, date_to) values ('son', 'vu', '2026-12-01', '2026-12-31')",
            &["error: stand_ins.agent_id of 3: son has another row for the same group and date; \
                delete one of the two, or give them dates that do not overlap"],
        ),
        (
            "update schedule_hours set every_weeks = 2 where id = 1",
            &["error: schedule_hours.week_of of 1: NULL does not fit every_weeks; \
                with every_weeks above 1 write a date in a week that counts; on a dated row leave 1 and NULL"],
        ),
        (
            "update schedule_hours set start_time = '24:00' where days = 'sun'",
            &["error: schedule_hours.start_time of 7: 24:00 has the wrong form; write a time such as 08:00, or NULL"],
        ),
        (
            "update rules set split_percent = 0 where id = 6",
            &["error: rules.split_percent of 6: 0 has the wrong form; write a whole number from 1 to 99, or NULL"],
        ),
        (
            "update rule_steps set target = 'everybody' where rule_id = 7",
            &["error: rule_steps.target of 7/1: everybody has the wrong form; write group, agent, owner or last_agent"],
        ),
        (
            "update settings set value = '1' where key = 'answer_timeout'",
            &["error: settings.value of answer_timeout: 1 is not a number of seconds from 3 to 120; write such as 15"],
        ),
        (
            "update settings set value = '+84' where key = 'country_code'",
            &["error: settings.value of country_code: +84 is not a country code; write 1 to 3 digits, such as 84"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn references_to_nothing_are_named() {
    check(&[
        (
            "update agents set cover_id = 'nobody' where id = 'hoa'",
            &["error: agents.cover_id of hoa: nobody is not the id of a row in agents; \
                add that row to agents, or change this one"],
        ),
        (
            "update callers set owner_id = 'nobody' where number = '0912 000 111'",
            &["error: callers.owner_id of 0912 000 111: nobody is not the id of a row in agents; \
                add that row to agents, or change this one"],
        ),
        (
            "insert into group_members (group_id, agent_id) values ('vip', 'nobody')",
            &["error: group_members.agent_id of vip/nobody: nobody is not the id of a row in agents; \
                add that row to agents, or change this one"],
        ),
        (
            "update settings set value = 'nobody' where key = 'fallback_group'",
            &["error: settings.value of fallback_group: nobody is not the id of a row in groups; \
                add that row to groups, or change this one"],
        ),
        (
            "update rule_steps set group_id = 'nobody' where rule_id = 7",
            &["error: rule_steps.group_id of 7/1: nobody is not the id of a row in groups; \
                add that row to groups, or change this one"],
        ),
        (
            "update rules set schedule_id = 'never' where id = 7",
            &["error: rules.schedule_id of 7: never is not the id of a row in schedules; \
                add that row to schedules, or change this one"],
        ),
        (
            "update rule_tests set expect_rule = 'Hotline' where id = 1",
            &["error: rule_tests.expect_rule of 1: Hotline is not the name of a rule; write a name from rules"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn rows_that_contradict_themselves_are_named() {
    check(&[
        (
            "update agents set phone_number = null where id = 'sao_viet'",
            &["error: agents.phone_number of sao_viet: NULL is missing, and routing_type is 2; \
                write the number in international form, such as 84909992666, or set routing_type to 1"],
        ),
        (
            "update agents set cover_id = 'lan' where id = 'hoa'",
            &[
                "warning: agents.cover_id of hoa: lan leads back to this agent; \
                    let somebody outside this circle cover for one of them",
                "warning: agents.cover_id of lan: hoa leads back to this agent; \
                    let somebody outside this circle cover for one of them",
            ],
        ),
        (
            "update rule_steps set agent_id = 'hoa' where rule_id = 7",
            &["error: rule_steps.target of 7/1: group does not fit group_id and agent_id; \
                group needs group_id and no agent_id, agent needs agent_id and no group_id, owner and last_agent take no agent_id"],
        ),
        (
            "update rule_steps set until_seconds = 20 where rule_id = 8 and step = 2",
            &["error: rule_steps.until_seconds of 8/2: 20 is not more than after_seconds; \
                write more than after_seconds, or NULL for no end"],
        ),
        (
            "update schedule_hours set end_time = null where days = 'sun'",
            &["error: schedule_hours.start_time of 7: 08:00 is half a window; \
                fill both start_time and end_time; only a dated row may leave both NULL (closed)"],
        ),
        (
            "update schedule_hours set days = null where days = 'sun'",
            &["error: schedule_hours.days of 7: NULL is neither a weekly row nor a dated one; \
                fill either days or both date_from and date_to"],
        ),
        (
            "update rules set when_open = 0 where id = 1",
            &["error: rules.when_open of 1: 0 asks for a closed schedule but names none; \
                fill schedule_id, or set when_open to 1"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_legal_but_surprising_is_a_warning() {
    check(&[
        (
            "delete from rule_steps where rule_id = 9",
            &["warning: rules.action of 9: ring has no steps: it never rings anybody; \
                add rule_steps, or write nobody to answer an empty list"],
        ),
        (
            "delete from group_members where group_id = 'du_phong'",
            &["warning: settings.value of fallback_group: du_phong has no members; add group_members to this group"],
        ),
        (
            "delete from group_members where group_id = 'tieng_anh'",
            &[
                "warning: rule_steps.and_group_id of 4/1: tieng_anh has no members; add group_members to this group",
                "warning: rule_steps.group_id of 4/2: tieng_anh has no members; add group_members to this group",
            ],
        ),
        (
            "update agents set phone_number = null where id = 'dung'",
            &["warning: rule_steps.routing_type of 8/3: 2 rings a telephone, and dung has no phone_number; \
                fill agents.phone_number"],
        ),
        (
            "update agents set phone_number = null where id = 'vu'",
            &["warning: group_members.routing_type of truc_tet/vu: 2 rings a telephone, and the agent has no phone_number; \
                fill agents.phone_number"],
        ),
        (
            "delete from schedule_hours where schedule_id = 'truc_tet'",
            &["warning: schedules.id of truc_tet: truc_tet has no hours: it is always closed; add schedule_hours"],
        ),
        (
            "update rules set name = 'Trực đêm' where id = 1; delete from rule_tests",
            &[
                "warning: rules.name of 1: Trực đêm is the name of another rule too; give each rule its own name",
                "warning: rules.name of 10: Trực đêm is the name of another rule too; give each rule its own name",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn every_column_of_every_table_is_looked_at() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    let view = shell
        .texts("select sql from sqlite_schema where name = 'problems'")
        .await
        .remove(0);
    for table in Table::ALL.map(Table::name) {
        let columns = shell
            .texts(&format!(
                "select name from pragma_table_info('{table}') where pk = 0"
            ))
            .await;
        for column in columns {
            let looked_at = view
                .lines()
                .any(|line| line.contains(&format!(", '{column}', {column} FROM {table}")));
            assert!(looked_at, "{table}.{column}");
        }
    }
}
