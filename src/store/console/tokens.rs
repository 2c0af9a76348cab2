//! Tokens by which programs use the API.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{ConsoleFile, StoreError, at, time};

/// A row of `tokens`, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Given by SQLite.
    pub id: i64,
    /// Whose it is.
    pub user_name: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: String,
    /// When it is over.
    pub expires_at: Timestamp,
    /// When it was last shown.
    pub used_at: Option<Timestamp>,
}

/// A token to be.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'t> {
    /// SHA-256 of it.
    pub hash: &'t [u8],
    /// Whose it is.
    pub user_name: &'t str,
    /// What it is for.
    pub name: &'t str,
    /// What it may do.
    pub role: &'t str,
    /// When it is made.
    pub created_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
}

const TOKEN: &str = "select id, user_name, name, role, expires_at, used_at from tokens";

fn token(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    let expires_at: String = row.get(4)?;
    let used_at: Option<String> = row.get(5)?;
    Ok(TokenRow {
        id: row.get(0)?,
        user_name: row.get(1)?,
        name: row.get(2)?,
        role: row.get(3)?,
        expires_at: at(&expires_at),
        used_at: used_at.as_deref().map(at),
    })
}

impl ConsoleFile {
    /// Writes down a token.
    pub fn add_token(&self, new: &NewToken<'_>) -> Result<(), StoreError> {
        self.ask("write down a token", |connection| {
            let sql = "insert into tokens (hash, user_name, name, role, created_at, expires_at)
                values (?1, ?2, ?3, ?4, ?5, ?6)";
            let (created_at, expires_at) = (time(new.created_at), time(new.expires_at));
            let values = params![
                new.hash,
                new.user_name,
                new.name,
                new.role,
                created_at,
                expires_at
            ];
            connection.execute(sql, values)
        })
        .map(drop)
    }

    /// The token of this hash, unless it is over; notes to the minute that it was used.
    pub fn token(&self, hash: &[u8], now: Timestamp) -> Result<Option<TokenRow>, StoreError> {
        self.ask("look for a token", |connection| {
            let sql = format!("{TOKEN} where hash = ?1 and expires_at > ?2");
            let found = connection
                .query_row(&sql, params![hash, time(now)], token)
                .optional()?;
            let minute_ago = now - jiff::SignedDuration::from_mins(1);
            let is_noted = |row: &TokenRow| row.used_at.is_some_and(|used| used > minute_ago);
            if found.as_ref().is_some_and(|row| !is_noted(row)) {
                let sql = "update tokens set used_at = ?2 where hash = ?1";
                connection.execute(sql, params![hash, time(now)])?;
            }
            Ok(found)
        })
    }

    /// All tokens of a user; of everybody without a name.
    pub fn tokens(&self, user_name: Option<&str>) -> Result<Vec<TokenRow>, StoreError> {
        self.ask("list the tokens", |connection| {
            let sql = format!("{TOKEN} where ?1 is null or user_name = ?1 order by id");
            let mut found = connection.prepare(&sql)?;
            found.query_map([user_name], token)?.collect()
        })
    }

    /// Removes a token; of whichever user without a name.
    pub fn delete_token(&self, id: i64, user_name: Option<&str>) -> Result<bool, StoreError> {
        self.ask("remove a token", |connection| {
            let sql = "delete from tokens where id = ?1 and (?2 is null or user_name = ?2)";
            let removed = connection.execute(sql, params![id, user_name])?;
            Ok(removed == 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_until_it_is_over_or_removed() {
        let directory = tempfile::tempdir().unwrap();
        let file = ConsoleFile::open(&directory.path().join("console.db")).unwrap();
        let second = |second: i64| Timestamp::from_second(second).unwrap();
        file.know_user("hoa", "supervisor", second(0)).unwrap();
        let new = NewToken {
            hash: &[9],
            user_name: "hoa",
            name: "ci",
            role: "viewer",
            created_at: second(0),
            expires_at: second(1000),
        };
        file.add_token(&new).unwrap();
        let found = file.token(&[9], second(500)).unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.used_at), ("ci", None));
        assert_eq!(
            file.tokens(Some("hoa")).unwrap()[0].used_at,
            Some(second(500))
        );
        assert_eq!(file.token(&[9], second(1000)).unwrap(), None, "it is over");
        assert!(!file.delete_token(found.id, Some("minh")).unwrap());
        assert!(file.delete_token(found.id, Some("hoa")).unwrap());
        assert_eq!(
            file.token(&[9], second(500)).unwrap(),
            None,
            "it is removed"
        );
    }
}
