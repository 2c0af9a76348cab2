//! What the tables say to rows that they refuse, in Vietnamese.
//!
//! The names of constraints and the messages of triggers are sentences in English, which any tool shows. Our own commands and
//! the console add these beside them.

use routing::diagnosis::{column_label, table_label};

/// Code, what stands in the tables, what it means.
type Refusal = (&'static str, &'static str, &'static str);

const REFERENCE: &str = "must be the id of a row in ";

/// A line for each refusal. In the Vietnamese sentence of a column `{column}` stands for what the column is called.
const TABLE: &str = include_str!("refusals.txt");

/// All of them; a sentence of a column follows its name.
fn refusals() -> impl Iterator<Item = Refusal> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut parts = line.splitn(3, " | ");
        Some((parts.next()?, parts.next()?, parts.next()?))
    })
}

/// What a refusal means, with its code, if a text says one.
pub fn refusal_in_vietnamese(text: &str) -> Option<(&'static str, String)> {
    if let Some((before, rest)) = text.split_once(REFERENCE) {
        let table = rest.split(':').next().unwrap_or(rest);
        let label = table_label(table).unwrap_or(table);
        let column = column_before(before);
        let or_null = or_null(rest);
        let meaning = format!(
            "{column} phải là mã một dòng có trong bảng {label}{or_null}: hãy thêm dòng đó trước."
        );
        if !before.ends_with("fallback_group ") {
            return Some(("must_be_a_row", meaning));
        }
    }
    // One sentence is the beginning of another.
    let said = refusals().filter(|(_, said, _)| text.contains(said));
    let (code, said, meaning) = said.max_by_key(|(_, said, _)| said.len())?;
    let (before, rest) = text.split_once(said)?;
    let or_null = if meaning.contains("hoặc NULL") {
        ""
    } else {
        or_null(rest)
    };
    let meaning = meaning.replace("{column}", &column_before(before));
    Some((code, format!("{meaning}{or_null}.")))
}

fn or_null(rest: &str) -> &'static str {
    if ["or NULL", "or write NULL"]
        .iter()
        .any(|said| rest.contains(said))
    {
        ", hoặc NULL"
    } else {
        ""
    }
}

/// What the column is called whose name a text ends with.
fn column_before(text: &str) -> String {
    let name = text.trim_end().rsplit(char::is_whitespace).next();
    let name = name.unwrap_or_default();
    let label = name
        .split_once('.')
        .and_then(|(table, column)| column_label(table, column));
    label.unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use rusqlite::Connection;

    use super::*;
    use crate::store::{Content, create};

    /// The sentences that stand in the tables.
    fn sentences(database: &Connection) -> Vec<String> {
        let mut statement = database
            .prepare("select sql from sqlite_schema where sql is not null")
            .unwrap();
        let texts = statement.query_map((), |row| row.get(0)).unwrap();
        let texts: Vec<String> = texts.collect::<Result<_, _>>().unwrap();
        let mut sentences = Vec::new();
        for text in texts {
            let between = |begin: &str, end: char| {
                let parts = text.split(begin).skip(1);
                let parts = parts.map(|part| part.split(end).next().unwrap_or(part).to_owned());
                parts.collect::<Vec<String>>()
            };
            sentences.extend(between("CONSTRAINT \"", '"'));
            sentences.extend(between("RAISE(ABORT, '", '\''));
        }
        sentences.sort_unstable();
        sentences.dedup();
        sentences
    }

    #[tokio::test]
    async fn every_refusal_of_the_tables_has_a_vietnamese_sentence() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Empty).await.unwrap();
        let sentences = sentences(&Connection::open(&path).unwrap());
        assert!(sentences.len() > 100, "{sentences:?}");
        for sentence in sentences.iter().filter(|sentence| !sentence.is_empty()) {
            let (code, meaning) = refusal_in_vietnamese(sentence)
                .unwrap_or_else(|| panic!("{sentence:?} has no Vietnamese sentence"));
            assert!(
                meaning.contains(|c: char| c.is_alphabetic() && !c.is_ascii()),
                "{code}: {meaning}"
            );
            assert!(!meaning.contains('{'), "{code}: {meaning}");
            let may_be_null = sentence.contains("or NULL") || sentence.contains("or write NULL");
            assert_eq!(
                may_be_null,
                meaning.contains("hoặc NULL"),
                "{sentence}: {meaning}"
            );
        }
    }

    #[test]
    fn a_refusal_is_found_in_what_is_printed() {
        let check = |text: &str, meaning: &str| {
            assert_eq!(
                refusal_in_vietnamese(text).map(|(_, said)| said).as_deref(),
                Some(meaning)
            );
        };
        check(
            "error: CHECK constraint failed: agents.answer_timeout must be 3 to 120 seconds, or NULL for the one in settings",
            "Thời gian đổ chuông phải từ 3 đến 120 giây, hoặc NULL.",
        );
        check(
            "rules.db: cannot write: group_members.group_id must be the id of a row in groups: add that group first",
            "Nhóm phải là mã một dòng có trong bảng nhóm: hãy thêm dòng đó trước.",
        );
        assert_eq!(refusal_in_vietnamese("disk I/O error"), None);
    }

    #[test]
    fn the_page_of_codes_lists_refusals() {
        let mut table = "| Code | In English | In Vietnamese |\n|---|---|---|\n".to_owned();
        for (code, said, meaning) in refusals() {
            writeln!(table, "| `{code}` | {said} | {meaning} |").unwrap();
        }
        let page = include_str!("../../docs/codes.md");
        assert!(page.contains(&table), "docs/codes.md should say:\n{table}");
    }
}
