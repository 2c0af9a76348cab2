//! Everyday edits that pass, and slips that are held.

use std::time::Duration;

use jiff::Timestamp;

use super::Comparison;
use crate::store::{self, Content, Editor, Script, Writer};
use routing::compile::compile;
use routing::diagnosis::Coded as _;
use routing::language::Language;
use routing::snapshot::Snapshot;

/// When an edit is made, by the demo's clock: in the morning, at night, on a Saturday when only the duty is there.
const TIMES: [&str; 3] = [
    "2026-11-23T10:05+07:00",
    "2026-11-24T02:20+07:00",
    "2026-11-21T15:10+07:00",
];

/// The demo without the tests of its rules, which would refuse most slips by themselves.
const DEMO: &str = "delete from rule_tests";

/// The same, and nobody is rung where no rule finds anybody.
const WITHOUT_FALLBACK: &str =
    "delete from rule_tests; delete from settings where key = 'fallback_group'";

/// A shop: three agents by day, one at night, no hotline named.
const SHOP: &str = "
    delete from rule_tests; delete from rules; delete from settings where key = 'fallback_group';
    insert into groups (id, name, strategy) values ('day', 'Day', 'rotate'), ('night', 'Night', 'ordered');
    insert into group_members (group_id, agent_id)
      values ('day', 'hoa'), ('day', 'minh'), ('day', 'linh'), ('night', 'son');
    insert into rules (id, position, name, schedule_id, when_open)
      values (1, 10, 'Day', 'gio_lam_viec', 1), (2, 20, 'Night', 'gio_lam_viec', 0);
    insert into rule_steps (rule_id, step, group_id) values (1, 1, 'day'), (2, 1, 'night')";

/// A rules database that edits are tried on.
struct Fixture {
    directory: tempfile::TempDir,
    base: &'static str,
}

impl Fixture {
    async fn new(base: &'static str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        store::create(&path, Content::Demo).await.unwrap();
        Self { directory, base }
    }

    /// The rules after an edit, which is taken back.
    async fn after(&self, edit: &str) -> Snapshot {
        let path = self.directory.path().join("rules.db");
        let (actor, reason) = ("test", "a try");
        let mut writer = Writer::begin(&path, Editor { actor, reason })
            .await
            .unwrap();
        for text in [self.base, edit] {
            let script = Script::parse(text, &path).await.unwrap();
            for statement in script.statements() {
                let ran = writer.run(statement).await;
                ran.unwrap_or_else(|error| {
                    panic!("{statement}: {}", crate::telemetry::chain(&error))
                });
            }
        }
        let tables = writer.rule_set().await.unwrap().tables();
        writer.roll_back().await.unwrap();
        let compiled = compile(&tables);
        assert!(!compiled.has_errors(), "{edit}: {:?}", compiled.problems);
        compiled.snapshot
    }

    /// What the guard says of an edit at each of the times.
    async fn objections(&self, edit: &str) -> [String; 3] {
        let (before, after) = (self.after("").await, self.after(edit).await);
        TIMES.map(|now| {
            let comparison = Comparison {
                before: &before,
                after: &after,
                recent: &[],
                now: now.parse::<Timestamp>().unwrap(),
            };
            let objections = comparison.objections(&|| Duration::ZERO);
            let said = objections.iter().map(|why| why.said(Language::En));
            said.collect::<Vec<_>>().join("; ")
        })
    }

    async fn all_pass(&self, edits: &[&str]) {
        for edit in edits {
            let objections = self.objections(edit).await;
            assert_eq!(objections, ["", "", ""], "{edit}");
        }
    }

    async fn all_held(&self, edits: &[&str], sentence: &str) {
        let mut passed = Vec::new();
        for edit in edits {
            let objections = self.objections(edit).await;
            let wrong = objections
                .into_iter()
                .zip(TIMES)
                .filter(|(said, _)| !said.contains(sentence));
            passed.extend(wrong.map(|(said, now)| format!("{edit} at {now}: {said:?}")));
        }
        assert!(passed.is_empty(), "{passed:#?}");
    }
}

const EVERYDAY: [&str; 34] = [
    "update agents set note = 'moved to the second floor'",
    "insert into agents (id, name) values ('new', 'New');
     insert into group_members (group_id, agent_id) values ('kinh_doanh', 'new')",
    "insert into agents (id, name) values ('new', 'New');
     insert into group_members (group_id, agent_id, position) values ('cskh', 'new', 1)",
    "delete from agents where id = 'tuan'",
    "insert into absences (agent_id, starts_at, ends_at)
       values ('minh', '2026-11-20 08:00', '2026-12-10 08:00')",
    "delete from absences where agent_id = 'lan'",
    "update agents set enabled = 0 where id = 'quang'",
    "update group_members set position = 30 - position where group_id = 'cskh' and level = 1",
    "update agents set answer_timeout = 20",
    "update settings set value = '25' where key = 'answer_timeout'",
    "insert into rules (id, position, name, queue_id, to_number)
       values (90, 5, 'New', 'QU_TONGDAI', '024 7100 1004');
     insert into rule_steps (rule_id, step, group_id) values (90, 1, 'vip')",
    "insert into rules (id, position, name, queue_id, to_number)
       values (90, 5, 'New', 'QU_TONGDAI', '024 7100 1005');
     insert into rule_steps (rule_id, step, group_id) values (90, 1, 'ky_thuat')",
    "insert into rules (id, position, name, queue_id) values (90, 5, 'New', 'another');
     insert into rule_steps (rule_id, step, group_id) values (90, 1, 'ky_thuat')",
    "update groups set strategy = 'rotate' where id = 'cskh'",
    "update groups set strategy = 'ordered'",
    "update rule_steps set after_seconds = 15 where after_seconds = 20",
    "update group_members set agent_id = case agent_id when 'son' then 'quang' else 'vu' end
       where group_id = 'truc_dem'",
    "delete from group_members where group_id = 'truc_dem' and agent_id = 'son'",
    "update schedule_hours set end_time = '17:00' where end_time = '17:30'",
    "insert into schedule_hours (schedule_id, days, start_time, end_time)
       values ('gio_lam_viec', 'sun', '08:00', '12:00')",
    "insert into schedule_hours (schedule_id, date_from, date_to) values
       ('gio_lam_viec', '2026-11-25', '2026-11-25'), ('ca_sang', '2026-11-25', '2026-11-25'),
       ('ca_chieu', '2026-11-25', '2026-11-25')",
    "insert into rules (id, position, name, queue_id, from_number, action)
       values (90, 5, 'Blocked', 'QU_TONGDAI', '0977 000 123', 'nobody')",
    "insert into callers (number, name, owner_id) values ('0977 000 124', 'A caller', 'hoa')",
    "insert into callers (number, name, tags) values ('0977 000 124', 'A caller', 'vip')",
    "update agents set phone_number = '84903999999' where id = 'son'",
    "update agents set routing_type = 2 where id = 'hoa'",
    "update rules set split_percent = 30 where id = 6",
    "update rules set enabled = 0 where id = 6",
    "update rules set name = name || ' (2026)'",
    "update rule_steps set max_agents = 1 where max_agents is not null",
    "update group_members set weight = 50 where agent_id = 'hoa'",
    "update group_members set level = 1 where agent_id = 'huong' and group_id = 'cskh'",
    "update group_members set schedule_id =
       case schedule_id when 'ca_sang' then 'ca_chieu' else 'ca_sang' end
       where schedule_id is not null and group_id = 'cskh'",
    "update settings set value = 'ky_thuat' where key = 'fallback_group'",
];

/// Edits without a WHERE, or nearly.
const SLIPS: [&str; 24] = [
    "insert into absences (agent_id, starts_at) select id, '2026-11-01 08:00' from agents",
    "delete from schedule_hours",
    "update rules set when_open = 0 where schedule_id is not null",
    "update rules set caller_tag = 'x'",
    "update rules set from_number = '0999 000 111'",
    "update rules set to_number = '0999 000 111'",
    "update rules set queue_id = 'x'",
    "update rules set schedule_id = 'truc_tet'",
    "update rules set has_owner = 1",
    "update rules set enabled = 0",
    "delete from rules",
    "update rule_steps set after_seconds = 3600",
    "delete from rule_steps",
    "update group_members set schedule_id = 'truc_tet'",
    "delete from group_members",
    "update agents set enabled = 0",
    "delete from rule_steps where target = 'agent'; update callers set owner_id = null; delete from agents",
    "update agents set enabled = 0 where id <> 'tuan'",
    "insert into rules (id, position, name, action) values (90, 1, 'First', 'nobody')",
    "insert into rules (id, position, name, from_number, action) values (90, 1, 'First', '84*', 'nobody')",
    "insert into rules (id, position, name) values (90, 1, 'First');
     insert into rule_steps (rule_id, step, target, agent_id) values (90, 1, 'agent', 'sao_viet')",
    "update rule_steps set group_id = 'truc_tet' where target = 'group'",
    "update settings set value = '49' where key = 'country_code'",
    "update group_members set level = 9; update rule_steps set max_level = 1 where target = 'group'",
];

#[tokio::test]
async fn everyday_edits_pass() {
    Fixture::new(DEMO).await.all_pass(&EVERYDAY).await;
}

#[tokio::test]
async fn slips_are_held_though_the_fallback_answers() {
    Fixture::new(DEMO).await.all_held(&SLIPS, "would").await;
}

#[tokio::test]
async fn slips_that_leave_a_queue_with_nobody_say_so() {
    let fixture = Fixture::new(WITHOUT_FALLBACK).await;
    fixture.all_held(&SLIPS, "would").await;
    fixture
        .all_held(
            &SLIPS[3..8],
            "calls to 842471001001, 842471001002, 842471001003 and ",
        )
        .await;
}

#[tokio::test]
async fn all_agents_on_one_telephone_are_held() {
    let slips = [
        "update agents set phone_number = '84909000001'",
        "update agents set phone_number = '84909000001', routing_type = 2",
    ];
    Fixture::new(DEMO)
        .await
        .all_held(&slips, "would be rung on one, …001")
        .await;
}

#[tokio::test]
async fn a_shop_is_guarded_as_well() {
    let shop = Fixture::new(SHOP).await;
    let everyday = [
        "insert into absences (agent_id, starts_at, ends_at)
           values ('minh', '2026-11-20 08:00', '2026-12-10 08:00')",
        "update group_members set agent_id = 'thao' where group_id = 'night'",
        "delete from group_members where group_id = 'day' and agent_id = 'hoa'",
        "insert into group_members (group_id, agent_id) values ('day', 'an')",
        "update schedule_hours set end_time = '17:00' where end_time = '17:30'",
        "update rule_steps set answer_timeout = 30",
    ];
    shop.all_pass(&everyday).await;
    let slips = [
        "delete from schedule_hours",
        "update rules set when_open = 0",
        "update rules set caller_tag = 'x'",
        "update rules set to_number = '0999 000 111'",
        "delete from group_members where group_id = 'day' and agent_id <> 'hoa'",
        "update rule_steps set after_seconds = 3600",
        "insert into absences (agent_id, starts_at) select id, '2026-11-01 08:00' from agents",
    ];
    shop.all_held(&slips, "would").await;
}
