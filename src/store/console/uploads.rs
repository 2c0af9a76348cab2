//! Files of callers that were sent, until somebody has made a draft of them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{ConsoleFile, StoreError, at, time};

/// A file that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    /// Given by SQLite; 0 for a new one.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub user_name: String,
    /// As the browser or the program calls it.
    pub file_name: String,
    /// What it holds.
    pub content: Vec<u8>,
    /// `reading`, `read`, `failed` or `applied`.
    pub state: String,
    /// What was found in it, as JSON.
    pub found: Option<String>,
}

impl ConsoleFile {
    /// Keeps a file; says its id. Those from before `oldest` go.
    pub fn add_upload(&self, new: &UploadRow, oldest: Timestamp) -> Result<i64, StoreError> {
        self.write("keep a file", |connection| {
            connection.execute("delete from uploads where at < ?1", [time(oldest)])?;
            let sql = "insert into uploads (at, user_name, file_name, content, state, found)
                values (?1, ?2, ?3, ?4, ?5, ?6)";
            let UploadRow {
                user_name,
                file_name,
                content,
                state,
                found,
                ..
            } = new;
            let values = params![time(new.at), user_name, file_name, content, state, found];
            connection.execute(sql, values)?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// Notes what has come of a file.
    pub fn set_upload(&self, id: i64, state: &str, found: Option<&str>) -> Result<(), StoreError> {
        self.ask("note what a file holds", |connection| {
            let sql = "update uploads set state = ?2, found = coalesce(?3, found) where id = ?1";
            connection.execute(sql, params![id, state, found])
        })
        .map(drop)
    }

    /// A file that was sent.
    pub fn upload(&self, id: i64) -> Result<Option<UploadRow>, StoreError> {
        self.ask("read a file", |connection| {
            let sql = "select id, at, user_name, file_name, content, state, found from uploads where id = ?1";
            let found = connection.query_row(sql, [id], |row| {
                let sent: String = row.get(1)?;
                Ok(UploadRow {
                    id: row.get(0)?,
                    at: at(&sent),
                    user_name: row.get(2)?,
                    file_name: row.get(3)?,
                    content: row.get(4)?,
                    state: row.get(5)?,
                    found: row.get(6)?,
                })
            });
            found.optional()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_for_a_while() {
        let directory = tempfile::tempdir().unwrap();
        let file = ConsoleFile::open(&directory.path().join("console.db")).unwrap();
        let second = |second| Timestamp::from_second(second).unwrap();
        let new = UploadRow {
            id: 0,
            at: second(100),
            user_name: "hoa".to_owned(),
            file_name: "crm.csv".to_owned(),
            content: b"Phone\n".to_vec(),
            state: "reading".to_owned(),
            found: None,
        };
        let id = file.add_upload(&new, second(0)).unwrap();
        file.set_upload(id, "read", Some("{}")).unwrap();
        file.set_upload(id, "applied", None).unwrap();
        let kept = file.upload(id).unwrap().unwrap();
        assert_eq!(
            (&*kept.state, kept.found.as_deref()),
            ("applied", Some("{}"))
        );
        let later = UploadRow {
            at: second(300),
            ..new
        };
        file.add_upload(&later, second(200)).unwrap();
        assert_eq!(file.upload(id).unwrap(), None);
    }
}
