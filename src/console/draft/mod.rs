//! Edits that somebody prepares: noted with the rows that they were based on, tried in memory, committed as one
//! transaction.
//!
//! ```text
//! edit (table, key, set) + row it was based on -> overlay on the file's rows -> preview -> commit: the same writer as ever
//!                                                   `-> conflicts, column by column
//! ```
//!
//! While somebody looks, nothing is locked. A commit holds the lock only to look whether the rows are still those that the
//! preview was made of, and to write.

pub(crate) mod edit;
pub(crate) mod overlay;
pub(crate) mod preview;
pub(crate) mod calls;
pub(crate) mod holes;
pub(crate) mod commit;
pub(crate) mod trial;
pub(crate) mod kept;
pub(crate) mod times;
