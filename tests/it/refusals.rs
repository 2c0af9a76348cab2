//! Bad edits, each with the sentence by which it is refused: of SQLite, and of PostgreSQL.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

/// A statement on the demo data, and what the refusal says.
pub(crate) type Refusal = (&'static str, &'static str);

/// All of them.
pub(crate) fn all() -> Vec<Refusal> {
    [
        settings(),
        queues_and_groups(),
        agents(),
        absences_and_stand_ins(),
        holidays_and_hotlines(),
        what_waits_together(),
        schedules(),
        every_other_week(),
        hours(),
        members(),
        callers(),
        rules(),
        steps(),
        tests_and_editor(),
        emptied_cells(),
    ]
    .concat()
}

fn settings() -> Vec<Refusal> {
    vec![
        (
            "insert into settings (key, value) values ('timezone', 'UTC')",
            "settings.key must be time_zone, country_code",
        ),
        (
            "update settings set value = '+84' where key = 'country_code'",
            "1 to 3 digits without a leading 0, such as 84",
        ),
        (
            "update settings set value = '084' where key = 'country_code'",
            "1 to 3 digits without a leading 0, such as 84",
        ),
        (
            "update settings set value = '2' where key = 'answer_timeout'",
            "answer_timeout must be 3 to 120 seconds",
        ),
        (
            "update settings set value = '15s' where key = 'answer_timeout'",
            "answer_timeout must be 3 to 120 seconds",
        ),
        (
            "update settings set value = '0' where key = 'max_agents'",
            "max_agents must be 1 to 100",
        ),
        (
            "update settings set value = '' where key = 'time_zone'",
            "delete the row to have the default",
        ),
        (
            "update settings set value = null where key = 'time_zone'",
            "NOT NULL constraint failed: settings.value",
        ),
        (
            "update settings set value = 'nobody' where key = 'fallback_group'",
            "settings.value of fallback_group must be the id of a row in groups: add that group first",
        ),
        (
            "update settings set key = 'fallback_group' where key = 'max_agents'",
            "settings.value of fallback_group must be the id of a row in groups",
        ),
    ]
}

fn queues_and_groups() -> Vec<Refusal> {
    vec![
        (
            "insert into queues (id, name) values ('QU_1,QU_2', 'Two')",
            "without commas or blanks around it",
        ),
        (
            "insert into queues (id, name) values ('QU_1' || char(13), 'Sales')",
            "without commas or blanks around it",
        ),
        (
            "insert into queues (id, name) values ('', 'Sales')",
            "queues.id must be the queueId as Stringee sends it",
        ),
        (
            "insert into queues (id, name) values (null, 'Sales')",
            "NOT NULL constraint failed: queues.id",
        ),
        (
            "insert into queues (id, name) values ('QU_1', ' ')",
            "queues.name must be text without NUL characters, not empty",
        ),
        (
            "insert into groups (id, name) values (' sales', 'Sales')",
            "groups.id must be a short word, such as sales",
        ),
        (
            "update groups set strategy = 'random' where id = 'cskh'",
            "groups.strategy must be ordered, weighted, rotate, sticky, longest_idle or fewest_calls",
        ),
        (
            "update groups set name = x'6869' where id = 'cskh'",
            "groups.name must be text without NUL characters",
        ),
        (
            "update groups set note = 'a' || char(0) where id = 'cskh'",
            "groups.note must be text without NUL characters",
        ),
        (
            "insert into groups (id, name) values ('cskh', 'Again')",
            "UNIQUE constraint failed: groups.id",
        ),
    ]
}

fn agents() -> Vec<Refusal> {
    let international = "agents.phone_number must be digits in international form without + or leading 0, such as 84909992666";
    vec![
        (
            "update agents set phone_number = '0909992666' where id = 'hoa'",
            international,
        ),
        (
            "update agents set phone_number = '+84909992666' where id = 'hoa'",
            international,
        ),
        (
            "update agents set phone_number = '84 909 992 666' where id = 'hoa'",
            international,
        ),
        (
            "update agents set phone_number = '' where id = 'hoa'",
            international,
        ),
        (
            "update agents set phone_number = '849099926661234' || '5' where id = 'hoa'",
            international,
        ),
        (
            "update agents set phone_number = '84909992666' || char(0) where id = 'hoa'",
            international,
        ),
        (
            "insert into agents (id, name, routing_type) values ('x', 'X', 2)",
            "agents.phone_number is needed with routing_type 2: write the number first, or routing_type 1",
        ),
        (
            "update agents set phone_number = null where id = 'son'",
            "agents.phone_number is needed with routing_type 2",
        ),
        (
            "update agents set routing_type = 3 where id = 'hoa'",
            "routing_type must be 1 (app or SIP phone) or 2 (phone_number)",
        ),
        (
            "update agents set routing_type = 'app' where id = 'hoa'",
            "routing_type must be 1 (app or SIP phone)",
        ),
        (
            "update agents set answer_timeout = 2 where id = 'hoa'",
            "agents.answer_timeout must be 3 to 120 seconds",
        ),
        (
            "update agents set answer_timeout = 121 where id = 'hoa'",
            "agents.answer_timeout must be 3 to 120 seconds",
        ),
        (
            "update agents set answer_timeout = 15.5 where id = 'hoa'",
            "agents.answer_timeout must be 3 to 120 seconds",
        ),
        (
            "update agents set answer_timeout = '15s' where id = 'hoa'",
            "agents.answer_timeout must be 3 to 120 seconds",
        ),
        (
            "update agents set enabled = 'no' where id = 'hoa'",
            "agents.enabled must be 1 (yes) or 0 (no)",
        ),
        (
            "update agents set cover_id = 'hoa' where id = 'hoa'",
            "agents.cover_id must be somebody else, or NULL",
        ),
        (
            "update agents set cover_id = 'nobody' where id = 'hoa'",
            "agents.cover_id must be the id of a row in agents: add that agent first, or write NULL",
        ),
        (
            "insert into agents (id, name) values ('hoa,minh', 'Two')",
            "agents.id must be the stringee_user_id, such as agent_1",
        ),
    ]
}

fn absences_and_stand_ins() -> Vec<Refusal> {
    let stand_in = "insert into stand_ins (agent_id, by_id, group_id, date_from, date_to) values ";
    let stand_in = |values: &str| -> &'static str { format!("{stand_in}{values}").leak() };
    vec![
        (
            "insert into absences (agent_id, starts_at) values ('nobody', '2027-02-01')",
            "absences.agent_id must be the id of a row in agents: add that agent first",
        ),
        (
            "update absences set cover_id = 'nobody'",
            "add that agent first, or write NULL (DB Browser: Set as NULL)",
        ),
        (
            "update absences set cover_id = ''",
            "add that agent first, or write NULL (DB Browser: Set as NULL)",
        ),
        (
            "update absences set cover_id = agent_id",
            "absences.cover_id must be somebody else, or NULL",
        ),
        (
            "update absences set starts_at = '2027-02-30 08:00'",
            "absences.starts_at must be a local date and time",
        ),
        (
            "update absences set starts_at = '01/02/2027'",
            "or a date such as 2027-02-01",
        ),
        (
            "update absences set starts_at = ''",
            "absences.starts_at must be a local date and time",
        ),
        (
            "update absences set ends_at = ''",
            "or NULL (DB Browser: Set as NULL)",
        ),
        (
            "update absences set ends_at = starts_at where id = 1",
            "absences.ends_at must lie after starts_at",
        ),
        (
            "update absences set ends_at = '2026-11-15' where id = 1",
            "absences.ends_at must lie after starts_at",
        ),
        (
            stand_in("('nobody', null, null, '2027-02-01', '2027-02-01')"),
            "stand_ins.agent_id must be the id",
        ),
        (
            stand_in("('hoa', 'nobody', null, '2027-02-01', '2027-02-01')"),
            "stand_ins.by_id must be the id",
        ),
        (
            stand_in("('hoa', 'minh', 'nobody', '2027-02-01', '2027-02-01')"),
            "stand_ins.group_id must be the id",
        ),
        (
            stand_in("('hoa', 'hoa', null, '2027-02-01', '2027-02-01')"),
            "stand_ins.by_id must be somebody else",
        ),
        (
            stand_in("('hoa', 'minh', null, '2027-02-02', '2027-02-01')"),
            "must not lie before date_from",
        ),
        (
            stand_in("('hoa', 'minh', null, '2027-02-29', '2027-03-01')"),
            "date_from must be a date such as",
        ),
        (
            "delete from agents where id = 'minh'",
            "this agent still owns callers (owner_id): give those another owner or NULL first",
        ),
    ]
}

fn holidays_and_hotlines() -> Vec<Refusal> {
    vec![
        (
            "update holidays set name = ''",
            "holidays.name must be text without NUL characters, not empty",
        ),
        (
            "update holidays set date_to = '2020-01-01'",
            "holidays.date_to must not lie before date_from",
        ),
        (
            "update holidays set date_from = '2027-02-29' where id = 1",
            "holidays.date_from must be a date such as",
        ),
        (
            "update holidays set every_year = 2",
            "holidays.every_year must be 1 (each later year as well) or 0",
        ),
        (
            "update holidays set date_to = '2027-01-01' where id = 1",
            "holidays with every_year 1 must be shorter than a year",
        ),
        (
            "insert into hotlines (number, name) values ('0247*', 'All')",
            "hotlines.number must be a number such as",
        ),
        (
            "insert into hotlines (number, name) values ('0247', '')",
            "hotlines.name must be text",
        ),
        (
            "update schedules set on_holidays = 'open'",
            "schedules.on_holidays must be usual, closed or sun",
        ),
    ]
}

fn what_waits_together() -> Vec<Refusal> {
    vec![
        (
            "update groups set spread = 2",
            "groups.spread must be 1 (calls that wait together begin with different agents)",
        ),
        (
            "update groups set spread = ''",
            "or NULL for the usual (DB Browser: Set as NULL)",
        ),
        (
            "update rules set priority = 10",
            "rules.priority must be 0 to 9; 9 chooses first",
        ),
        (
            "insert into settings (key, value) values ('missed_rings', '21')",
            "missed_rings must be 0 (never) to 20",
        ),
        (
            "insert into settings (key, value) values ('missed_rest_minutes', '0')",
            "must be 1 to 1440, such as 10",
        ),
    ]
}

fn schedules() -> Vec<Refusal> {
    vec![(
        "update schedules set time_zone = '' where id = 'ca_sang'",
        "or NULL for the one in settings",
    )]
}

fn every_other_week() -> Vec<Refusal> {
    let needs = "schedule_hours.every_weeks above 1 needs week_of: write a date in a week that counts first";
    vec![
        (
            "update schedule_hours set every_weeks = 2 where id = 1",
            needs,
        ),
        (
            "update schedule_hours set every_weeks = 53, week_of = '2026-11-28'",
            "must be 1 (each week) to 52",
        ),
        (
            "update schedule_hours set week_of = '2026-11-28' where days is null",
            "schedule_hours.every_weeks and week_of belong to weekly rows",
        ),
        (
            "update schedule_hours set week_of = '28/11/2026' where id = 1",
            "week_of must be a date such as 2026-11-28",
        ),
    ]
}

fn hours() -> Vec<Refusal> {
    let insert = "insert into schedule_hours (schedule_id, days, start_time, end_time) values ";
    let sql = |values: &str| -> &'static str { format!("{insert}{values}").leak() };
    let dated = "insert into schedule_hours (schedule_id, date_from, date_to, start_time, end_time) values ";
    let dated = |values: &str| -> &'static str { format!("{dated}{values}").leak() };
    vec![
        (
            sql("('noon', 'daily', '12:00', '13:00')"),
            "schedule_id must be the id of a row in schedules: add that schedule first",
        ),
        (
            sql("('ca_sang', '2-6', '08:00', '12:00')"),
            "days must be such as 'mon-fri', 'sat,sun' or 'daily'",
        ),
        (
            sql("('ca_sang', 'thứ 2', '08:00', '12:00')"),
            "days must be such as 'mon-fri', 'sat,sun' or 'daily'",
        ),
        (
            sql("('ca_sang', 'monday', '08:00', '12:00')"),
            "days must be such as 'mon-fri', 'sat,sun' or 'daily'",
        ),
        (
            sql("('ca_sang', 'daily', '8:00', '12:00')"),
            "start_time must be a time from 00:00 to 23:59, such as 08:00",
        ),
        (
            sql("('ca_sang', 'daily', '24:00', '12:00')"),
            "start_time must be a time from 00:00 to 23:59",
        ),
        (
            sql("('ca_sang', 'daily', '08:00:00', '12:00')"),
            "start_time must be a time from 00:00 to 23:59",
        ),
        (
            sql("('ca_sang', 'daily', 'now', '12:00')"),
            "start_time must be a time from 00:00 to 23:59",
        ),
        (
            sql("('ca_sang', 'daily', '08:00', '24:01')"),
            "end_time must be a time from 00:00 to 24:00, such as 17:30",
        ),
        (
            sql("('ca_sang', 'daily', '08:00', '12h')"),
            "end_time must be a time from 00:00 to 24:00",
        ),
        (
            sql("('ca_sang', 'daily', '08:00', null)"),
            "needs both start_time and end_time",
        ),
        (
            sql("('ca_sang', 'daily', null, null)"),
            "only a dated row may leave both NULL",
        ),
        (
            sql("('ca_sang', null, '08:00', '12:00')"),
            "needs either days (a weekly row) or both date_from and date_to",
        ),
        (
            dated("('ca_sang', '2027-02-05', null, null, null)"),
            "one day: both the same",
        ),
        (
            dated("('ca_sang', '2027-02-30', '2027-03-01', null, null)"),
            "date_from must be a date such as 2027-02-05",
        ),
        (
            dated("('ca_sang', '5/2/2027', '5/2/2027', null, null)"),
            "date_from must be a date such as 2027-02-05",
        ),
        (
            dated("('ca_sang', '2027-02-05', '2027-02-5', null, null)"),
            "date_to must be a date such as 2027-02-11",
        ),
        (
            dated("('ca_sang', '2027-02-05', '2027-02-04', null, null)"),
            "date_to must not lie before date_from",
        ),
    ]
}

fn members() -> Vec<Refusal> {
    vec![
        (
            "insert into group_members (group_id, agent_id) values ('sales', 'hoa')",
            "group_members.group_id must be the id of a row in groups: add that group first",
        ),
        (
            "insert into group_members (group_id, agent_id) values ('vip', 'nobody')",
            "group_members.agent_id must be the id of a row in agents: add that agent first",
        ),
        (
            "update group_members set schedule_id = 'noon' where agent_id = 'an'",
            "group_members.schedule_id must be the id of a row in schedules: add that schedule first, or write NULL",
        ),
        (
            "update group_members set level = 0",
            "group_members.level must be 1 (rung first) to 9",
        ),
        (
            "update group_members set level = 10",
            "group_members.level must be 1 (rung first) to 9",
        ),
        (
            "update group_members set weight = -1",
            "group_members.weight must be 0 (always last) to 1000",
        ),
        (
            "update group_members set weight = '20%'",
            "group_members.weight must be 0 (always last) to 1000",
        ),
        (
            "update group_members set position = 1.5",
            "group_members.position must be a whole number; lower is rung first",
        ),
        (
            "update group_members set routing_type = 0",
            "or NULL for the agent's own",
        ),
        (
            "update group_members set answer_timeout = 500",
            "group_members.answer_timeout must be 3 to 120 seconds",
        ),
    ]
}

fn callers() -> Vec<Refusal> {
    vec![
        (
            "insert into callers (number) values ('')",
            "callers.number must be a number such as 84986776777, or a prefix",
        ),
        (
            "insert into callers (number) values ('84*79*')",
            "or a prefix such as 84779*",
        ),
        (
            "insert into callers (number) values ('8490' || char(0))",
            "callers.number must be a number",
        ),
        (
            "insert into callers (number, tags) values ('84901', '')",
            "callers.tags must be words with commas, such as vip,en",
        ),
        (
            "insert into callers (number, expires_on) values ('84901', '31/12/2027')",
            "expires_on must be a date such as 2027-12-31",
        ),
        (
            "insert into callers (number, owner_id) values ('84901', 'nobody')",
            "callers.owner_id must be the id of a row in agents: add that agent first, or write NULL",
        ),
    ]
}

fn rules() -> Vec<Refusal> {
    vec![
        (
            "update rules set position = 'first'",
            "rules.position must be a whole number; lower is tried first",
        ),
        (
            "update rules set name = ''",
            "rules.name must be text without NUL characters, not empty",
        ),
        (
            "update rules set queue_id = ''",
            "with commas between them, or NULL for any",
        ),
        (
            "update rules set to_number = ' '",
            "rules.to_number must be numbers or prefixes such as 842473082666,0247*",
        ),
        (
            "update rules set from_number = '84' || char(0)",
            "rules.from_number must be numbers or prefixes",
        ),
        (
            "update rules set caller_tag = ''",
            "such as vip, or NULL for any",
        ),
        (
            "update rules set has_owner = 2",
            "rules.has_owner must be 1 (only with an owner), 0 (only without) or NULL",
        ),
        (
            "update rules set when_open = 2",
            "rules.when_open must be 1 (while the schedule is open) or 0",
        ),
        (
            "update rules set when_open = 0 where id = 1",
            "rules.when_open 0 needs a schedule_id: which schedule is to be closed?",
        ),
        (
            "update rules set split_percent = 100",
            "rules.split_percent must be 1 to 99 (percent of the calls), or NULL",
        ),
        (
            "update rules set split_percent = 0",
            "rules.split_percent must be 1 to 99 (percent of the calls), or NULL",
        ),
        (
            "update rules set action = 'drop'",
            "rules.action must be ring or nobody",
        ),
        (
            "update rules set schedule_id = 'noon'",
            "rules.schedule_id must be the id of a row in schedules",
        ),
        (
            "update rules set id = 99 where id = 2",
            "use rules.position to reorder rules",
        ),
    ]
}

fn steps() -> Vec<Refusal> {
    vec![
        (
            "insert into rule_steps (rule_id, step) values (7, 2)",
            "with target group need group_id and no agent_id",
        ),
        (
            "insert into rule_steps (rule_id, step, agent_id) values (7, 2, 'hoa')",
            "with target group need group_id and no agent_id (target agent rings one agent)",
        ),
        (
            "insert into rule_steps (rule_id, step, target) values (7, 2, 'agent')",
            "rule_steps with target agent need agent_id and no group_id",
        ),
        (
            "insert into rule_steps (rule_id, step, target, agent_id) values (7, 2, 'owner', 'hoa')",
            "rule_steps with target owner or last_agent take no agent_id: the caller says who it is",
        ),
        (
            "insert into rule_steps (rule_id, step, target, agent_id) values (7, 2, 'last_agent', 'hoa')",
            "rule_steps with target owner or last_agent take no agent_id: the caller says who it is",
        ),
        (
            "insert into settings (key, value) values ('last_agent_days', '0')",
            "settings.value of last_agent_days must be 1 to 365, such as 30",
        ),
        (
            "update rule_steps set target = 'all'",
            "rule_steps.target must be group, agent, owner or last_agent",
        ),
        (
            "update rule_steps set until_seconds = 20 where after_seconds = 20",
            "more than after_seconds, or NULL for no end",
        ),
        (
            "update rule_steps set after_seconds = -1",
            "rule_steps.after_seconds must be 0 to 86400 seconds of waiting",
        ),
        (
            "update rule_steps set step = 0 where rule_id = 7",
            "rule_steps.step must be a whole number from 1",
        ),
        (
            "update rule_steps set max_level = 10",
            "rule_steps.max_level must be 1 to 9, or NULL for all levels",
        ),
        (
            "update rule_steps set max_agents = 0",
            "rule_steps.max_agents must be 1 to 100, or NULL for all",
        ),
        (
            "update rule_steps set routing_type = 'mobile'",
            "or NULL for the member's own",
        ),
        (
            "update rule_steps set answer_timeout = 1",
            "rule_steps.answer_timeout must be 3 to 120 seconds",
        ),
        (
            "insert into rule_steps (rule_id, step, group_id) values (99, 1, 'vip')",
            "rule_steps.rule_id must be the id of a row in rules: add that rule first",
        ),
        (
            "update rule_steps set group_id = 'sales' where rule_id = 7",
            "rule_steps.group_id must be the id of a row in groups",
        ),
        (
            "update rule_steps set agent_id = 'x' where rule_id = 11",
            "rule_steps.agent_id must be the id of a row in agents",
        ),
        (
            "update rule_steps set and_group_id = 'x'",
            "rule_steps.and_group_id must be the id of a row in groups",
        ),
    ]
}

fn tests_and_editor() -> Vec<Refusal> {
    vec![
        (
            "update rule_tests set at = '10:00'",
            "rule_tests.at must be a local date and time such as 2026-11-23 10:00",
        ),
        (
            "update rule_tests set waited = -5",
            "rule_tests.waited must be 0 to 86400 seconds",
        ),
        (
            "update rule_tests set queue_id = ''",
            "rule_tests.queue_id must be one queueId",
        ),
        (
            "update rule_tests set from_number = ''",
            "or NULL for an anonymous caller",
        ),
        (
            "update rule_tests set expect_rule = null, expect_agents = null",
            "what is expected?",
        ),
        (
            "insert into editor (actor) values ('')",
            "editor.actor must be a name",
        ),
        (
            "insert into editor (actor) values ('a'), ('b')",
            "editor has a row already: DELETE FROM editor first",
        ),
    ]
}

fn emptied_cells() -> Vec<Refusal> {
    // What DB Browser writes where somebody empties a cell; its menu has "Set as NULL".
    let columns = [
        "schedules.time_zone",
        "schedule_hours.start_time",
        "schedule_hours.week_of",
        "agents.phone_number",
        "agents.answer_timeout",
        "agents.cover_id",
        "group_members.schedule_id",
        "group_members.routing_type",
        "group_members.answer_timeout",
        "callers.owner_id",
        "callers.tags",
        "callers.expires_on",
        "rules.queue_id",
        "rules.to_number",
        "rules.from_number",
        "rules.caller_tag",
        "rules.has_owner",
        "rules.schedule_id",
        "rules.split_percent",
        "rule_steps.until_seconds",
        "rule_steps.and_group_id",
        "rule_steps.max_level",
        "rule_steps.max_agents",
        "rule_steps.routing_type",
        "rule_steps.answer_timeout",
        "rule_tests.from_number",
        "rule_tests.to_number",
        "rule_tests.expect_rule",
    ];
    let emptied = |column: &str| -> Refusal {
        let (table, column) = column.split_once('.').unwrap();
        let sql = format!("update {table} set {column} = ''").leak();
        (sql, "(DB Browser: Set as NULL)")
    };
    columns.into_iter().map(emptied).collect()
}
