//! Copies of the rules database, made by SQLite itself: copying the file would drop SQLite's locks, and could catch
//! somebody else's commit half way.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;

use super::StoreError;
use super::connection::{self, within};

/// How long SQLite waits for somebody else's commit to end before a copy is given up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a copy may take: ten times what a million callers need on a slow disk.
const COPY_LIMIT: Duration = Duration::from_mins(1);

/// Writes what a rules database holds at one moment to a new file: `VACUUM INTO`.
///
/// The copy has no journal and is in no use, so it can be moved about like any file. It is not synced to the disk yet.
///
/// # Errors
/// `to` exists and is not empty, the database cannot be read, or the disk is full; what was written by then is left.
pub async fn copy(path: &Path, to: &Path) -> Result<(), StoreError> {
    connection::must_exist(path).await?;
    let doing = "copy the database";
    let name = to.to_string_lossy().into_owned();
    let options = connection::options(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
    let copied = async {
        let mut connection = connection::connect(&options).await?;
        sqlx::query("vacuum into $1").bind(name).persistent(false).execute(&mut connection).await?;
        connection.close().await
    };
    within(COPY_LIMIT, path, doing, copied).await
}
