//! References hold with foreign keys off (a plain shell) and on (many tools) alike.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use routing::table::Tables;
use stringee_router::store::Reader;

use crate::database::{Database, Shell};

/// The demo database as a shell edits it, and as a tool does that switches foreign keys on.
async fn both() -> [(Database, Shell, &'static str); 2] {
    let (one, two) = (Database::demo().await, Database::demo().await);
    let (shell, tool) = (one.shell().await, two.tool().await);
    [
        (one, shell, "foreign keys off"),
        (two, tool, "foreign keys on"),
    ]
}

#[tokio::test]
async fn a_renamed_agent_is_renamed_everywhere() {
    for (_database, mut shell, keys) in both().await {
        shell.run("update agents set id = 'hoa2' where id = 'hoa'; update agents set id = 'partner' where id = 'sao_viet'").await;
        assert_eq!(
            shell
                .texts("select group_id from group_members where agent_id = 'hoa2'")
                .await,
            ["kinh_doanh"],
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select number from callers where owner_id = 'hoa2'")
                .await,
            ["0282220*"],
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select id from agents where cover_id = 'hoa2'")
                .await,
            ["lan"],
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select target from rule_steps where agent_id = 'partner'")
                .await,
            ["agent"],
            "{keys}"
        );
        assert_eq!(
            shell.texts("select problem from problems").await,
            [""; 0],
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select \"table\" from pragma_foreign_key_check")
                .await,
            [""; 0],
            "{keys}"
        );
    }
}

#[tokio::test]
async fn a_renamed_group_or_schedule_is_renamed_everywhere() {
    for (_database, mut shell, keys) in both().await {
        shell
            .run(
                "update groups set id = 'english' where id = 'tieng_anh';
                update groups set id = 'spare' where id = 'du_phong';
                update schedules set id = 'night' where id = 'truc_dem';
                update schedules set id = 'morning' where id = 'ca_sang'",
            )
            .await;
        assert_eq!(
            shell
                .texts("select value from settings where key = 'fallback_group'")
                .await,
            ["spare"],
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select target from rule_steps where and_group_id = 'english'")
                .await
                .len(),
            1,
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select target from rule_steps where group_id = 'english'")
                .await
                .len(),
            1,
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select agent_id from group_members where group_id = 'english'")
                .await
                .len(),
            3,
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select name from rules where schedule_id = 'night'")
                .await,
            ["Trực đêm"],
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select end_time from schedule_hours where days = 'sun'")
                .await,
            ["08:00"],
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select agent_id from group_members where schedule_id = 'morning'")
                .await
                .len(),
            3,
            "{keys}"
        );
        assert_eq!(
            shell.texts("select problem from problems").await,
            [""; 0],
            "{keys}"
        );
    }
}

#[tokio::test]
async fn a_deleted_agent_leaves_groups_covers_absences_and_stand_ins() {
    for (_database, mut shell, keys) in both().await {
        shell
            .run(
                "insert into absences (agent_id, starts_at, cover_id) values
                     ('hoa', '2027-03-01', null), ('minh', '2027-03-01', 'hoa');
                 insert into stand_ins (agent_id, by_id, group_id, date_from, date_to) values
                     ('hoa', 'minh', 'kinh_doanh', '2027-03-01', '2027-03-02'),
                     ('minh', 'hoa', 'kinh_doanh', '2027-03-01', '2027-03-02')",
            )
            .await;
        let owned = "delete from agents where id = 'hoa'";
        let refused = shell.attempt(owned).await.unwrap_err();
        assert!(refused.contains("still owns callers"), "{keys}: {refused}");
        shell
            .run("update callers set owner_id = null where owner_id = 'hoa'")
            .await;
        shell.run("delete from agents where id = 'hoa'").await;
        let absences = "select agent_id || coalesce(cover_id, '') from absences where starts_at = '2027-03-01'";
        assert_eq!(shell.texts(absences).await, ["minh"], "{keys}");
        let stand_ins =
            "select agent_id || coalesce(by_id, '-') from stand_ins where group_id = 'kinh_doanh'";
        assert_eq!(shell.texts(stand_ins).await, ["minh-"], "{keys}");
        assert_eq!(
            shell
                .texts("select group_id from group_members where agent_id = 'hoa'")
                .await,
            [""; 0],
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select coalesce(cover_id, 'nobody') from agents where id = 'lan'")
                .await,
            ["nobody"],
            "{keys}"
        );
        assert_eq!(
            shell.texts("select problem from problems").await,
            [""; 0],
            "{keys}"
        );
    }
}

#[tokio::test]
async fn deleting_a_rule_schedule_or_group_takes_its_own_rows_along() {
    for (_database, mut shell, keys) in both().await {
        shell
            .run(
                "delete from rule_tests;
                delete from rules where id in (2, 4);
                delete from schedules where id = 'truc_tet';
                delete from groups where id in ('truc_tet', 'tieng_anh')",
            )
            .await;
        assert_eq!(
            shell
                .texts("select target from rule_steps where rule_id in (2, 4)")
                .await,
            [""; 0],
            "{keys}"
        );
        assert_eq!(
            shell
                .texts("select note from schedule_hours where schedule_id = 'truc_tet'")
                .await,
            [""; 0],
            "{keys}"
        );
        let members =
            "select agent_id from group_members where group_id in ('truc_tet', 'tieng_anh')";
        assert_eq!(shell.texts(members).await, [""; 0], "{keys}");
        assert_eq!(
            shell.texts("select problem from problems").await,
            [""; 0],
            "{keys}"
        );
    }
}

#[tokio::test]
async fn what_is_still_used_is_not_deleted_and_the_refusal_says_by_whom() {
    let refusals = [
        (
            "delete from schedules where id = 'ca_sang'",
            "still the shift of group_members (schedule_id)",
        ),
        (
            "delete from schedules where id = 'truc_tet'",
            "still a condition of rules (schedule_id)",
        ),
        (
            "delete from agents where id = 'sao_viet'",
            "still rung by rule_steps (agent_id): change or delete those steps first",
        ),
        (
            "delete from agents",
            "this agent still owns callers (owner_id)",
        ),
        (
            "delete from groups where id = 'vip'",
            "still rung by rule_steps (group_id)",
        ),
        (
            "delete from groups where id = 'du_phong'",
            "still the fallback_group of settings: name another group there first",
        ),
        (
            "delete from rule_steps where rule_id = 4 and step = 2; delete from groups where id = 'tieng_anh'",
            "still asked for by rule_steps (and_group_id)",
        ),
    ];
    for (_database, mut shell, keys) in both().await {
        for (sql, sentence) in refusals {
            let message = shell.attempt(sql).await.unwrap_err();
            assert!(
                message.contains(sentence),
                "{keys}: {sql}\n  said:     {message}\n  expected: {sentence}"
            );
        }
    }
}

#[tokio::test]
async fn a_refused_edit_changes_nothing() {
    for (database, mut shell, keys) in both().await {
        let before = tables(&database).await;
        shell.attempt("delete from agents").await.unwrap_err();
        shell
            .attempt("update rules set id = id + 100")
            .await
            .unwrap_err();
        assert!(tables(&database).await == before, "{keys}");
    }
}

#[tokio::test]
async fn replacing_an_agent_in_a_plain_shell_leaves_no_loose_ends() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    shell
        .run("insert or replace into agents (id, name) values ('hoa', 'Hoa, anew')")
        .await;
    assert_eq!(
        shell
            .texts("select group_id from group_members where agent_id = 'hoa'")
            .await,
        ["kinh_doanh"]
    );
    assert_eq!(shell.texts("select problem from problems").await, [""; 0]);
}

async fn tables(database: &Database) -> Tables {
    Reader::open(&database.path())
        .await
        .unwrap()
        .load()
        .await
        .unwrap()
        .tables
}
