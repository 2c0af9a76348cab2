//! Somebody's own SQL, cut into statements, of which only those are let through that read or write rows.
//!
//! The first word of a statement says what it does. SQLite's own hook for this cannot be had without unsafe code, and
//! would know more than is needed: whatever changes the tables themselves, opens other files or ends our transaction
//! begins with a word of its own.

/// Statements that may be run, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    statements: Vec<String>,
}

/// A statement that is not let through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word} {why}")]
pub struct Forbidden {
    /// Its first word, in capitals.
    pub word: String,
    why: &'static str,
}

/// First words of statements that write rows, or may.
const WRITING: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"];

/// First words of statements that only read.
const READING: [&str; 3] = ["SELECT", "VALUES", "EXPLAIN"];

impl Script {
    /// Cuts a text into its statements.
    ///
    /// # Errors
    /// One of them is not let through.
    pub fn parse(text: &str) -> Result<Self, Forbidden> {
        let statements: Vec<String> = cut(text).0.into_iter().map(str::to_owned).collect();
        for statement in &statements {
            let word = first_word(statement);
            if !WRITING.contains(&&*word) && !READING.contains(&&*word) {
                return Err(Forbidden {
                    why: why(&word),
                    word,
                });
            }
        }
        Ok(Self { statements })
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
    pub fn only_reads(&self) -> bool {
        self.statements
            .iter()
            .all(|statement| READING.contains(&&*first_word(statement)))
    }
}

/// Why a statement is not let through.
fn why(word: &str) -> &'static str {
    match word {
        "CREATE" | "ALTER" | "DROP" | "REINDEX" | "ANALYZE" => {
            "is not let through: the tables themselves are changed by `stringee-router init --upgrade` alone"
        }
        "BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => {
            "is not needed: everything runs in one transaction, which is committed once you have agreed"
        }
        "PRAGMA" => "is not let through: it can switch off what keeps the rules right",
        "ATTACH" | "DETACH" => "is not let through: only the rules database is edited here",
        "VACUUM" => {
            "is not let through: it cannot run in a transaction; `stringee-router history backup` makes a copy"
        }
        _ => "is not SQL that reads or writes rows: begin with SELECT, INSERT, UPDATE or DELETE",
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
fn first_word(statement: &str) -> String {
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

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(Script::parse(text).unwrap().statements(), expected);
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

    #[test]
    fn only_reading_is_known() {
        let only_reads = |text| Script::parse(text).unwrap().only_reads();
        assert!(only_reads(
            "select 1; VALUES (2); explain query plan select 1"
        ));
        assert!(!only_reads("select 1; delete from queues"));
        assert!(
            !only_reads("with a as (select 1) select * from a"),
            "it may write as well"
        );
    }

    #[track_caller]
    fn forbidden(text: &str, sentence: &str) {
        let error = Script::parse(text).unwrap_err().to_string();
        assert!(error.starts_with(sentence), "{error}");
    }

    #[test]
    fn what_does_more_than_read_or_write_rows_is_refused() {
        forbidden(
            "alter table agents add column x",
            "ALTER is not let through: the tables themselves",
        );
        forbidden(
            "/* a */ -- b\n DROP TABLE agents",
            "DROP is not let through: the tables themselves",
        );
        forbidden(
            "create temp trigger x after insert on agents begin select 1; end",
            "CREATE is not let through",
        );
        forbidden(
            "select 1; pragma foreign_keys = off",
            "PRAGMA is not let through: it can switch off",
        );
        forbidden(
            "attach 'other.db' as other",
            "ATTACH is not let through: only the rules database",
        );
        forbidden(
            "vacuum",
            "VACUUM is not let through: it cannot run in a transaction",
        );
        forbidden(
            "begin; update agents set enabled = 0; commit",
            "BEGIN is not needed: everything runs in one",
        );
        forbidden("savepoint a", "SAVEPOINT is not needed");
        forbidden(".tables", ". is not SQL that reads or writes rows");
        forbidden("('select')", "( is not SQL");
        forbidden("agents", "AGENTS is not SQL");
    }
}
