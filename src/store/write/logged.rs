//! What the log of changes has from edits that were made for one reason.

use super::super::connection::within;
use super::{LIMIT, StoreError, Writer};

/// A row of `changes`: table, key, and the row before and after as JSON objects.
pub type LoggedEdit = (String, String, Option<String>, Option<String>);

/// Why a pull edits; a reason of its own may stand behind a colon.
pub const PULL: &str = "pull";

impl Writer {
    /// The edits for this reason, which may go on behind a colon; the oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn logged_for(&mut self, reason: &str) -> Result<Vec<LoggedEdit>, StoreError> {
        let edits = "
            select table_name, row_key, before, after from changes
            where reason = ?1 or substr(reason, 1, length(?1) + 1) = ?1 || ':'
            order by id";
        let edits = sqlx::query_as(edits).bind(reason).persistent(false);
        let read = edits.fetch_all(&mut self.connection);
        within(LIMIT, &self.path, "read the log of changes", read).await
    }
}
