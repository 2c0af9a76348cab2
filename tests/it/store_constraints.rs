//! A bad edit is refused, and the refusal says what to write instead. Tried with the defaults of a plain `sqlite3` shell.

use crate::database::Database;
use crate::refusals;

#[tokio::test]
async fn a_bad_edit_is_refused_with_a_sentence() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    for (sql, sentence) in refusals::all() {
        let answer = shell.attempt(sql).await;
        let said = answer.err().unwrap_or_else(|| "accepted".to_owned());
        assert!(
            said.contains(sentence),
            "{sql}\n  said:     {said}\n  expected: {sentence}"
        );
    }
}

#[tokio::test]
async fn database_browsers_can_read_the_texts_of_the_tables() {
    // DB Browser 3.12 takes these for the beginning of something else, unless they stand in quotes.
    const KEYWORDS: [&str; 8] = [
        "replace", "glob", "like", "match", "regexp", "if", "left", "right",
    ];
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    let texts = shell
        .texts("select sql from sqlite_master where type in ('table', 'index') and sql is not null")
        .await;
    assert!(texts.len() > 20);
    for text in texts {
        for before in text.split('(') {
            let word = before
                .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '"')
                .next();
            let word = word.unwrap_or_default().to_ascii_lowercase();
            assert!(!KEYWORDS.contains(&&*word), "{word}( in {text}");
        }
        for newer in [" STRICT", "->>", "GENERATED ALWAYS", "unixepoch"] {
            assert!(!text.contains(newer), "{newer} in {text}");
        }
    }
}

#[tokio::test]
async fn what_people_may_write_is_accepted() {
    let database = Database::demo().await;
    let mut shell = database.shell().await;
    shell
        .run(
            "insert into callers (number, name) values ('+84 (98) 677-67.77', 'any form'), ('anonymous', 'not a number');
            insert into callers (number, name) values ('84986776777', 'first')
                on conflict (number) do update set name = excluded.name;
            insert into callers (number, name) values ('84986776777', 'second')
                on conflict (number) do update set name = excluded.name;
            insert into schedule_hours (schedule_id, days, start_time, end_time) values ('ca_sang', 'Sat, Sun', '22:00', '06:00');
            insert into schedule_hours (schedule_id, days, start_time, end_time) values ('ca_sang', 'mon', '00:00', '24:00');
            insert into agents (id, name, answer_timeout) values ('nam@example.com', 'Nam', '30');
            insert into rule_steps (rule_id, step, target, group_id) values (3, 9, 'owner', 'vip');
            update settings set value = 'America/New_York' where key = 'time_zone';
            delete from settings where key = 'max_agents';",
        )
        .await;
    assert_eq!(
        shell
            .texts("select name from callers where number = '84986776777'")
            .await,
        ["second"]
    );
    assert_eq!(
        shell
            .texts("select typeof(answer_timeout) from agents where name = 'Nam'")
            .await,
        ["integer"]
    );
    assert_eq!(shell.texts("select problem from problems").await, [""; 0]);
}
