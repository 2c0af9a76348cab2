//! Somebody's own SQL, cut into statements, of which only those are let through that read or write rows.

use std::path::Path;

use super::super::StoreError;
use super::super::reader::Reader;

/// Statements that may be run, in their order.
#[derive(Clone, Debug)]
pub struct Script {
    statements: Vec<String>,
    only_reads: bool,
}

impl Script {
    /// Cuts a text into its statements, and asks SQLite what they would do to this database.
    ///
    /// # Errors
    /// One of them is not let through, or is no SQL for these tables; or the database cannot be read.
    pub async fn parse(text: &str, path: &Path) -> Result<Self, StoreError> {
        let statements: Vec<String> = cut(text).0.into_iter().map(str::to_owned).collect();
        let mut reader = Reader::open_patiently(path).await?;
        let mut only_reads = true;
        for (place, statement) in statements.iter().enumerate() {
            match reader.may_write(statement).await {
                Ok(may_write) => only_reads &= !may_write,
                Err(error) if statements.len() > 1 => return Err(error.of_statement(place + 1)),
                Err(error) => return Err(error),
            }
        }
        reader.close().await?;
        Ok(Self {
            statements,
            only_reads,
        })
    }

    /// Whether a text ends where a statement does, so that nothing more need be waited for.
    pub fn is_complete(text: &str) -> bool {
        cut(text).1
    }

    /// The statements.
    pub fn statements(&self) -> &[String] {
        &self.statements
    }

    /// Whether it can only read.
    pub const fn only_reads(&self) -> bool {
        self.only_reads
    }
}

/// The statements of a text, and whether the last one is ended by a semicolon. Those without a word are left out.
fn cut(text: &str) -> (Vec<&str>, bool) {
    let mut statements = Vec::new();
    let (mut begin, mut rest) = (0, text);
    let mut is_open = false;
    while let Some(token) = Token::first(rest) {
        let end = text.len() - rest.len() + token.length;
        match token.kind {
            TokenKind::Semicolon => {
                if is_open {
                    statements.extend(text.get(begin..end).map(trimmed));
                }
                (begin, is_open) = (end, false);
            }
            TokenKind::Blank => {}
            TokenKind::Other => is_open = true,
        }
        rest = rest.get(token.length..).unwrap_or_default();
    }
    if is_open {
        statements.extend(text.get(begin..).map(trimmed));
    }
    (statements, !is_open)
}

fn trimmed(statement: &str) -> &str {
    statement.trim_matches(is_blank)
}

/// Blanks, and the mark that some editors put before UTF-8.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// The first word of a statement, in capitals; comments before it do not count.
pub(super) fn first_word(statement: &str) -> String {
    let mut rest = statement;
    while let Some(Token {
        length,
        kind: TokenKind::Blank,
    }) = Token::first(rest)
    {
        rest = rest.get(length..).unwrap_or_default();
    }
    let word: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    // What begins with a sign is no word; it is named as it stands.
    if word.is_empty() {
        rest.chars().take(1).collect()
    } else {
        word.to_uppercase()
    }
}

/// A piece of SQL, as far as it matters where a statement ends.
struct Token {
    /// In bytes; never 0.
    length: usize,
    kind: TokenKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    Semicolon,
    /// Blanks and comments.
    Blank,
    Other,
}

impl Token {
    /// The token that a text begins with; `None` at its end.
    fn first(text: &str) -> Option<Self> {
        let first = text.chars().next()?;
        let (length, kind) = match first {
            ';' => (1, TokenKind::Semicolon),
            '-' if text.starts_with("--") => (
                text.find('\n').map_or(text.len(), |end| end + 1),
                TokenKind::Blank,
            ),
            '/' if text.starts_with("/*") => (quoted(text, 2, "*/"), TokenKind::Blank),
            '\'' => (quoted(text, 1, "'"), TokenKind::Other),
            '"' => (quoted(text, 1, "\""), TokenKind::Other),
            '`' => (quoted(text, 1, "`"), TokenKind::Other),
            '[' => (quoted(text, 1, "]"), TokenKind::Other),
            first if is_blank(first) => (first.len_utf8(), TokenKind::Blank),
            first => (first.len_utf8(), TokenKind::Other),
        };
        Some(Self { length, kind })
    }
}

/// The length of a piece in quotes or of a comment. A doubled quote ends it here and begins the next one, which comes to
/// the same. Without an end it goes on to the end of the text.
fn quoted(text: &str, from: usize, end: &str) -> usize {
    let ended = text.get(from..).and_then(|inner| inner.find(end));
    ended.map_or(text.len(), |at| from + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Content, create};

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(cut(text).0, expected);
    }

    #[test]
    fn a_statement_ends_at_a_semicolon_outside_of_quotes_and_comments() {
        check("", &[]);
        check(" ;; -- nothing\n; /* ; */", &[]);
        check("select 1", &["select 1"]);
        check("select 1; select 2;", &["select 1;", "select 2;"]);
        check(
            "select ';', \";\", `;`, [;] ; delete from queues",
            &["select ';', \";\", `;`, [;] ;", "delete from queues"],
        );
        check(
            "select 'it''s; fine';select 2",
            &["select 'it''s; fine';", "select 2"],
        );
        check(
            "-- why; because\nupdate agents set enabled = 0;",
            &["-- why; because\nupdate agents set enabled = 0;"],
        );
        check(
            "\u{feff}select 1; select '\u{feff}'",
            &["select 1;", "select '\u{feff}'"],
        );
        check("select 1 /* ; */ + 1", &["select 1 /* ; */ + 1"]);
        check(
            "select 'không; đâu' ; values (1)",
            &["select 'không; đâu' ;", "values (1)"],
        );
    }

    #[test]
    fn what_is_not_ended_wants_more() {
        for text in ["", "select 1;", "select ';';", "select 1; -- done", " ; "] {
            assert!(Script::is_complete(text), "{text}");
        }
        for text in [
            "select 1",
            "select 1; select",
            "select 'a;",
            "update agents -- why;",
            "\"a;",
        ] {
            assert!(!Script::is_complete(text), "{text}");
        }
    }

    /// Of these statements, as SQLite sees them in the demo data.
    async fn parsed(text: &str) -> Result<Script, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Demo).await.unwrap();
        match Script::parse(text, &path).await {
            Ok(script) => Ok(script),
            Err(StoreError::Refused { reason, .. }) => Err(reason),
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn only_reading_is_known() {
        for text in [
            "select 1; VALUES (2); explain query plan select 1",
            "with a as (select 1) select * from a",
            "select * from agents natural join group_members; -- and no more",
            "with recursive n (i) as (select 1 union all select i + 1 from n limit 3) select i from n",
        ] {
            assert!(parsed(text).await.unwrap().only_reads(), "{text}");
        }
        for text in [
            "select 1; delete from queues",
            "with a as (select 'hoa' as id) update agents set enabled = 0 where id in (select id from a)",
            "insert into settings (key, value) values ('a', 'b') returning key",
            "replace into settings (key, value) values ('a', 'b')",
        ] {
            assert!(!parsed(text).await.unwrap().only_reads(), "{text}");
        }
    }

    #[tokio::test]
    async fn what_does_more_than_read_or_write_rows_is_refused() {
        for (text, sentence) in [
            (
                "alter table agents add column x",
                "ALTER is not let through: the tables themselves",
            ),
            (
                "/* a */ -- b\n DROP TABLE agents",
                "DROP is not let through: the tables themselves",
            ),
            (
                "create temp trigger x after insert on agents begin select 1; end",
                "statement 1: CREATE is not let through",
            ),
            ("create temp table x (a)", "CREATE is not let through"),
            ("reindex", "REINDEX is not let through: the tables"),
            ("analyze", "ANALYZE is not let through: the tables"),
            (
                "select 1; pragma foreign_keys = off",
                "statement 2: PRAGMA is not let through: it can switch off",
            ),
            (
                "attach 'other.db' as other",
                "ATTACH is not let through: only the rules database",
            ),
            (
                "select load_extension('x')",
                "SELECT is not let through: only the rules database",
            ),
            (
                "vacuum",
                "VACUUM is not let through: it cannot run in a transaction",
            ),
            ("vacuum into 'copy.db'", "VACUUM is not let through"),
            ("explain vacuum", "EXPLAIN is not SQL that reads or writes"),
            (
                "begin; update agents set enabled = 0; commit",
                "statement 1: BEGIN is not needed: everything runs in one",
            ),
            ("savepoint a", "SAVEPOINT is not needed"),
            (".tables", ". is not SQL that reads or writes rows"),
            ("('select')", "( is not SQL"),
            ("agents", "AGENTS is not SQL"),
            ("select * from nowhere", "no such table: nowhere"),
            ("update agents set naem = 'Hoa'", "no such column: naem"),
        ] {
            let error = parsed(text).await.unwrap_err();
            assert!(error.starts_with(sentence), "{text}: {error}");
        }
    }
}
