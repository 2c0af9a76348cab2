//! Users, the links that invite them, and their sessions.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::{ConsoleFile, StoreError, at, time};

/// A row of `users`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// As typed to sign in.
    pub name: String,
    /// For people.
    pub full_name: Option<String>,
    /// `viewer`, `supervisor` or `admin`.
    pub role: String,
    /// A supervisor's groups, with commas; `None`: all.
    pub group_ids: Option<String>,
    /// `vi` or `en`; `None`: as the browser asks.
    pub language: Option<String>,
    /// The password's hash; `None`: a proxy knows the user.
    pub password: Option<String>,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// The last sign-in.
    pub seen_at: Option<Timestamp>,
}

/// A row of `invites`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRow {
    /// Who is invited.
    pub user_name: String,
    /// What they may do.
    pub role: String,
    /// Who invites them.
    pub created_by: String,
    /// When the link is over.
    pub expires_at: Timestamp,
}

const USER: &str =
    "select name, full_name, role, group_ids, language, password, enabled, seen_at from users";

fn user(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    let seen_at: Option<String> = row.get(7)?;
    Ok(UserRow {
        name: row.get(0)?,
        full_name: row.get(1)?,
        role: row.get(2)?,
        group_ids: row.get(3)?,
        language: row.get(4)?,
        password: row.get(5)?,
        enabled: row.get(6)?,
        seen_at: seen_at.as_deref().map(at),
    })
}

impl ConsoleFile {
    /// Whether anybody could sign in.
    pub fn has_users(&self) -> Result<bool, StoreError> {
        self.ask("look for users", |connection| {
            let sql = "select exists (select 1 from users where enabled and password is not null)";
            connection.query_row(sql, [], |row| row.get(0))
        })
    }

    /// All users, by name.
    pub fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.ask("list the users", |connection| {
            let mut found = connection.prepare(&format!("{USER} order by name"))?;
            found.query_map([], user)?.collect()
        })
    }

    /// The user of this name.
    pub fn user(&self, name: &str) -> Result<Option<UserRow>, StoreError> {
        self.ask("look for a user", |connection| {
            let sql = format!("{USER} where name = ?1");
            connection.query_row(&sql, [name], user).optional()
        })
    }

    /// Notes a user whom a proxy names, so that they have a row to choose a language in.
    pub fn know_user(&self, name: &str, role: &str, now: Timestamp) -> Result<(), StoreError> {
        self.ask("note a user", |connection| {
            let sql = "insert into users (name, role, created_at) values (?1, ?2, ?3)
                on conflict (name) do update set role = excluded.role where role <> excluded.role";
            connection.execute(sql, params![name, role, time(now)])
        })
        .map(drop)
    }

    /// Chooses a user's language.
    pub fn set_language(&self, name: &str, language: &str) -> Result<(), StoreError> {
        self.ask("note a language", |connection| {
            let sql = "update users set language = ?2 where name = ?1";
            connection.execute(sql, params![name, language])
        })
        .map(drop)
    }

    /// Replaces a user's password; all of their sessions end.
    pub fn set_password(&self, name: &str, password: &str) -> Result<(), StoreError> {
        self.write("note a password", |connection| {
            let sql = "update users set password = ?2 where name = ?1";
            connection.execute(sql, params![name, password])?;
            connection.execute("delete from sessions where user_name = ?1", [name])
        })
        .map(drop)
    }

    /// What a user may do, and whether they may sign in; false if nobody would be left who lets people in.
    pub fn set_access(
        &self,
        name: &str,
        role: &str,
        group_ids: Option<&str>,
        enabled: bool,
    ) -> Result<bool, StoreError> {
        self.write("change a user", |connection| {
            let sql = "update users set role = ?2, group_ids = ?3, enabled = ?4 where name = ?1";
            let keeps = enabled && role == "admin" || has_other_admin(connection, name)?;
            if keeps {
                connection.execute(sql, params![name, role, group_ids, enabled])?;
                if !enabled {
                    connection.execute("delete from sessions where user_name = ?1", [name])?;
                }
            }
            Ok(keeps)
        })
    }

    /// Removes a user with their sessions and tokens; false if nobody would be left who lets people in.
    pub fn delete_user(&self, name: &str) -> Result<bool, StoreError> {
        self.write("remove a user", |connection| {
            let keeps = has_other_admin(connection, name)?;
            if keeps {
                connection.execute("delete from users where name = ?1", [name])?;
                connection.execute("delete from invites where user_name = ?1", [name])?;
            }
            Ok(keeps)
        })
    }

    /// Writes down a link; an older one for the same user is over.
    pub fn add_invite(&self, hash: &[u8], invite: &InviteRow) -> Result<(), StoreError> {
        self.write("write down an invitation", |connection| {
            connection.execute(
                "delete from invites where user_name = ?1",
                [&invite.user_name],
            )?;
            let sql = "insert into invites (hash, user_name, role, created_by, expires_at)
                values (?1, ?2, ?3, ?4, ?5)";
            connection.execute(
                sql,
                params![
                    hash,
                    invite.user_name,
                    invite.role,
                    invite.created_by,
                    time(invite.expires_at)
                ],
            )
        })
        .map(drop)
    }

    /// Invitations that are not used and not over, the newest first.
    pub fn invites(&self, now: Timestamp) -> Result<Vec<InviteRow>, StoreError> {
        self.ask("list the invitations", |connection| {
            let sql = "select user_name, role, created_by, expires_at from invites
                where expires_at > ?1 order by expires_at desc";
            let mut found = connection.prepare(sql)?;
            found.query_map([time(now)], invite)?.collect()
        })
    }

    /// The invitation of a link, unless it is over.
    pub fn invite(&self, hash: &[u8], now: Timestamp) -> Result<Option<InviteRow>, StoreError> {
        self.ask("look for an invitation", |connection| {
            let sql = "select user_name, role, created_by, expires_at from invites
                where hash = ?1 and expires_at > ?2";
            connection
                .query_row(sql, params![hash, time(now)], invite)
                .optional()
        })
    }

    /// Uses a link: the user is there with this password, and the link is gone. False if it was gone already.
    pub fn use_invite(
        &self,
        hash: &[u8],
        full_name: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write("use an invitation", |connection| {
            let sql = "insert into users (name, full_name, role, password, created_at)
                select user_name, nullif(:full_name, ''), role, :password, :now from invites
                where hash = :hash and expires_at > :now
                on conflict (name) do update set password = excluded.password, role = excluded.role,
                  full_name = coalesce(excluded.full_name, full_name), enabled = 1";
            let values = named_params! {
                ":hash": hash, ":full_name": full_name, ":password": password, ":now": time(now),
            };
            let made = connection.execute(sql, values)?;
            let of_user = "delete from sessions where user_name in (select user_name from invites where hash = ?1)";
            connection.execute(of_user, [hash])?;
            connection.execute("delete from invites where hash = ?1", [hash])?;
            Ok(made == 1)
        })
    }

    /// Begins a session.
    pub fn add_session(
        &self,
        hash: &[u8],
        user_name: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write("begin a session", |connection| {
            let sql = "insert into sessions (hash, user_name, created_at, seen_at, address)
                values (?1, ?2, ?3, ?3, ?4)";
            connection.execute(sql, params![hash, user_name, time(now), address])?;
            let sql = "update users set seen_at = ?2 where name = ?1";
            connection.execute(sql, params![user_name, time(now)])
        })
        .map(drop)
    }

    /// Whose session this is, unless it is over: begun before `born`, or not used since `idle`.
    pub fn session(
        &self,
        hash: &[u8],
        now: Timestamp,
        idle: Timestamp,
        born: Timestamp,
    ) -> Result<Option<UserRow>, StoreError> {
        self.ask("look for a session", |connection| {
            let sql = format!(
                "{USER} where enabled and name = (select user_name from sessions
                   where hash = ?1 and seen_at >= ?2 and created_at >= ?3)"
            );
            let values = params![hash, time(idle), time(born)];
            let found = connection.query_row(&sql, values, user).optional()?;
            if found.is_some() {
                // To the minute, so that hardly any request writes.
                let minute_ago = now - jiff::SignedDuration::from_mins(1);
                let sql = "update sessions set seen_at = ?2 where hash = ?1 and seen_at < ?3";
                connection.execute(sql, params![hash, time(now), time(minute_ago)])?;
            }
            Ok(found)
        })
    }

    /// Ends one session.
    pub fn end_session(&self, hash: &[u8]) -> Result<(), StoreError> {
        self.ask("end a session", |connection| {
            connection.execute("delete from sessions where hash = ?1", [hash])
        })
        .map(drop)
    }

    /// Removes what is over.
    pub fn forget_sessions(&self, idle: Timestamp, born: Timestamp) -> Result<(), StoreError> {
        self.write("remove old sessions", |connection| {
            let sql = "delete from sessions where seen_at < ?1 or created_at < ?2";
            connection.execute(sql, [time(idle), time(born)])
        })
        .map(drop)
    }
}

fn invite(row: &Row<'_>) -> rusqlite::Result<InviteRow> {
    let expires_at: String = row.get(3)?;
    Ok(InviteRow {
        user_name: row.get(0)?,
        role: row.get(1)?,
        created_by: row.get(2)?,
        expires_at: at(&expires_at),
    })
}

/// Whether an admin is left who can sign in, without this user.
fn has_other_admin(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from users where enabled and role = 'admin'
        and password is not null and name <> ?1)";
    connection.query_row(sql, [name], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const HASH: &[u8] = &[7; 32];

    fn now() -> Timestamp {
        "2026-11-23T03:00:00Z".parse().unwrap()
    }

    fn minutes(count: i64) -> SignedDuration {
        SignedDuration::from_mins(count)
    }

    fn file() -> (tempfile::TempDir, ConsoleFile) {
        let directory = tempfile::tempdir().unwrap();
        let file = ConsoleFile::open(&directory.path().join("console.db")).unwrap();
        (directory, file)
    }

    fn invited(file: &ConsoleFile, name: &str, role: &str) {
        let invite = InviteRow {
            user_name: name.to_owned(),
            role: role.to_owned(),
            created_by: "test".to_owned(),
            expires_at: now() + minutes(15),
        };
        file.add_invite(HASH, &invite).unwrap();
    }

    fn joined(file: &ConsoleFile, name: &str, role: &str) {
        invited(file, name, role);
        assert!(file.use_invite(HASH, "", "hash", now()).unwrap());
    }

    #[test]
    fn an_invitation_is_used_once() {
        let (_directory, file) = file();
        invited(&file, "hoa", "admin");
        assert!(file.invite(HASH, now()).unwrap().is_some());
        assert!(
            file.use_invite(HASH, "Nguyễn Thị Hoa", "hash", now())
                .unwrap()
        );
        assert!(!file.use_invite(HASH, "", "other", now()).unwrap());
        let user = file.user("HOA").unwrap().unwrap();
        assert_eq!(user.full_name.as_deref(), Some("Nguyễn Thị Hoa"));
        assert_eq!(
            (user.role.as_str(), user.password.as_deref()),
            ("admin", Some("hash"))
        );
    }

    #[test]
    fn an_invitation_is_over_in_time() {
        let (_directory, file) = file();
        invited(&file, "hoa", "admin");
        let later = now() + minutes(15);
        assert_eq!(file.invite(HASH, later).unwrap(), None);
        assert!(!file.use_invite(HASH, "", "hash", later).unwrap());
        assert!(!file.has_users().unwrap());
    }

    #[test]
    fn an_invitation_of_somebody_known_replaces_the_password_and_ends_their_sessions() {
        let (_directory, file) = file();
        joined(&file, "hoa", "admin");
        file.add_session(&[1], "hoa", "192.0.2.1", now()).unwrap();
        joined(&file, "hoa", "supervisor");
        let user = file.user("hoa").unwrap().unwrap();
        assert_eq!(user.role, "supervisor");
        assert_eq!(session(&file, 0), None);
    }

    fn session(file: &ConsoleFile, later: i64) -> Option<String> {
        let now = now() + minutes(later);
        let found = file.session(&[1], now, now - minutes(60), now - minutes(600));
        found.unwrap().map(|user| user.name)
    }

    #[test]
    fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
        let (_directory, file) = file();
        joined(&file, "hoa", "admin");
        file.add_session(&[1], "hoa", "192.0.2.1", now()).unwrap();
        for later in (0..=600).step_by(50) {
            assert_eq!(session(&file, later).as_deref(), Some("hoa"), "{later}");
        }
        assert_eq!(session(&file, 601), None, "it is old");
        file.add_session(&[2], "hoa", "192.0.2.1", now()).unwrap();
        assert_eq!(session(&file, 800), None, "it is idle");
    }

    #[test]
    fn a_session_that_is_only_looked_at_becomes_no_younger() {
        let (_directory, file) = file();
        joined(&file, "hoa", "admin");
        file.add_session(&[1], "hoa", "192.0.2.1", now()).unwrap();
        let idle = now() - minutes(10);
        let looked = file.session(&[1], idle, idle, idle).unwrap();
        assert!(looked.is_some());
        assert_eq!(session(&file, 61), None, "it is idle");
    }

    #[test]
    fn a_user_who_is_switched_off_or_chooses_a_password_is_signed_out() {
        let (_directory, file) = file();
        joined(&file, "hoa", "admin");
        joined(&file, "minh", "admin");
        file.add_session(&[1], "hoa", "192.0.2.1", now()).unwrap();
        file.set_password("hoa", "new").unwrap();
        assert_eq!(session(&file, 0), None);
        file.add_session(&[1], "hoa", "192.0.2.1", now()).unwrap();
        assert!(file.set_access("hoa", "admin", None, false).unwrap());
        assert_eq!(session(&file, 0), None);
    }

    #[test]
    fn the_last_admin_stays() {
        let (_directory, file) = file();
        joined(&file, "hoa", "admin");
        joined(&file, "minh", "supervisor");
        assert!(!file.delete_user("hoa").unwrap());
        assert!(!file.set_access("hoa", "viewer", None, true).unwrap());
        assert!(!file.set_access("hoa", "admin", None, false).unwrap());
        assert!(file.set_access("hoa", "admin", None, true).unwrap());
        assert!(file.delete_user("minh").unwrap());
        assert_eq!(file.users().unwrap().len(), 1);
    }
}
