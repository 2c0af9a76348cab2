//! What a rollback journal that lies beside a database says of it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Whether the commit that a journal is of has ended: where the mode is PERSIST, the journal stays, and its head is cleared.
///
/// Nobody locks a journal, so this file may be opened.
pub fn is_cleared_journal(journal: &Path) -> bool {
    /// The part of a journal's head that SQLite clears (`zeroJournalHdr`). While a commit is under way it holds the size of
    /// the pages.
    const HEAD_BYTES: usize = 28;
    let mut head = [1; HEAD_BYTES];
    let read = File::open(journal).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == [0; HEAD_BYTES]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_that_stays_after_its_commit_is_told_from_one_of_an_open_edit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        let journal = directory.path().join("rules.db-journal");
        let editor = rusqlite::Connection::open(&path).unwrap();
        for mode in ["delete", "persist"] {
            let script = format!(
                "pragma journal_mode = {mode}; create table if not exists t (x); begin; insert into t values (1)"
            );
            editor.execute_batch(&script).unwrap();
            assert!(journal.metadata().unwrap().len() > 0, "{mode}");
            assert!(!is_cleared_journal(&journal), "{mode}: an open edit");
            editor.execute_batch("commit").unwrap();
            assert_eq!(is_cleared_journal(&journal), mode == "persist");
        }
    }
}
