//! Who signed in, and who tried to.

use jiff::Timestamp;
use rusqlite::params;

use super::{ConsoleFile, StoreError, at, time};

/// A row of `sign_ins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    /// When.
    pub at: Timestamp,
    /// The name that was typed.
    pub user_name: String,
    /// From where.
    pub address: String,
    /// `signed_in`, `refused` or `invited`.
    pub outcome: String,
}

/// How often a sign-in was refused of late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// To this user since the last time that it was not.
    pub of_user: u32,
    /// To this address.
    pub of_address: u32,
}

/// How many rows are kept, whatever strangers do.
const MAX_ROWS: i64 = 100_000;

impl ConsoleFile {
    /// Writes down a sign-in, and forgets those from before `oldest`.
    pub fn note_sign_in(&self, sign_in: &SignInRow, oldest: Timestamp) -> Result<(), StoreError> {
        self.write("note a sign-in", |connection| {
            let sql =
                "insert into sign_ins (at, user_name, address, outcome) values (?1, ?2, ?3, ?4)";
            let SignInRow {
                at,
                user_name,
                address,
                outcome,
            } = sign_in;
            connection.execute(sql, params![time(*at), user_name, address, outcome])?;
            let sql =
                "delete from sign_ins where at < ?1 or id <= (select max(id) from sign_ins) - ?2";
            connection.execute(sql, params![time(oldest), MAX_ROWS])
        })
        .map(drop)
    }

    /// How often it was refused since then.
    pub fn failures(
        &self,
        user_name: &str,
        address: &str,
        since: Timestamp,
    ) -> Result<Failures, StoreError> {
        self.ask("count sign-ins", |connection| {
            let sql = "select
                count(*) filter (where user_name = ?1 and at > coalesce((select max(at) from sign_ins
                  where user_name = ?1 and outcome <> 'refused'), '')),
                count(*) filter (where address = ?2)
              from sign_ins where at >= ?3 and outcome = 'refused'";
            connection.query_row(sql, params![user_name, address, time(since)], |row| {
                Ok(Failures {
                    of_user: row.get(0)?,
                    of_address: row.get(1)?,
                })
            })
        })
    }

    /// The last of them, the newest first.
    pub fn sign_ins(&self, limit: usize) -> Result<Vec<SignInRow>, StoreError> {
        self.ask("list sign-ins", |connection| {
            let sql =
                "select at, user_name, address, outcome from sign_ins order by id desc limit ?1";
            let mut found = connection.prepare(sql)?;
            let rows = found.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                let text: String = row.get(0)?;
                Ok(SignInRow {
                    at: at(&text),
                    user_name: row.get(1)?,
                    address: row.get(2)?,
                    outcome: row.get(3)?,
                })
            })?;
            rows.collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_user_and_address_until_somebody_gets_in() {
        let directory = tempfile::tempdir().unwrap();
        let file = ConsoleFile::open(&directory.path().join("console.db")).unwrap();
        let second = |second: i64| Timestamp::from_second(1_000_000 + second).unwrap();
        let note = |at: i64, user_name: &str, address: &str, outcome: &str| {
            let row = SignInRow {
                at: second(at),
                user_name: user_name.to_owned(),
                address: address.to_owned(),
                outcome: outcome.to_owned(),
            };
            file.note_sign_in(&row, second(0)).unwrap();
        };
        let failures = |since: i64| {
            let Failures {
                of_user,
                of_address,
            } = file.failures("hoa", "192.0.2.1", second(since)).unwrap();
            (of_user, of_address)
        };
        note(1, "hoa", "192.0.2.1", "refused");
        note(2, "Hoa", "192.0.2.2", "refused");
        note(3, "minh", "192.0.2.1", "refused");
        assert_eq!(failures(0), (2, 2));
        assert_eq!(failures(2), (1, 1));
        note(4, "hoa", "192.0.2.9", "signed_in");
        assert_eq!(failures(0), (0, 2));
        note(5, "hoa", "192.0.2.9", "refused");
        assert_eq!(failures(0), (1, 2));
        assert_eq!(file.sign_ins(2).unwrap().len(), 2);
    }
}
