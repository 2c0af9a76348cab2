//! Which tables hold what they held when they were read last: they need not be read again.
//!
//! A table and its indexes are trees of pages. Where the schema is the same, each tree has the same first page, and what
//! stands on a page says which ones come next. So if all pages that a tree had have the bytes that they had, no other page
//! belongs to it, and its rows are the same. That is looked up in the copies that are read, whoever has edited the database
//! by whatever means; nothing is concluded from counters and triggers, which can be got past.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use rusqlite::Connection;
use xxhash_rust::xxh3::Xxh3;

use routing::table::{RowsMark, Table};

/// The tables that can be large. To read the others takes no time.
const LARGE: [Table; 5] = [
    Table::Agents,
    Table::GroupMembers,
    Table::Callers,
    Table::Rules,
    Table::RuleSteps,
];

/// On which pages of a copy the large tables stand, and with which bytes.
#[derive(Debug)]
pub struct TablePages {
    layout: Layout,
    /// For each page the place in [`LARGE`] of the table that it belongs to.
    owners: Vec<Option<usize>>,
    /// The tables whose pages are all known.
    known: BTreeMap<Table, KnownTable>,
}

/// How the pages of a file are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    page_bytes: usize,
    /// Of the schema, with each tree's first page, and of what the head of the file says of its pages and texts.
    digest: u128,
}

#[derive(Clone, Copy, Debug)]
struct KnownTable {
    /// Of the bytes on its pages.
    digest: u128,
    rows: RowsMark,
}

/// Why nothing is known of the pages. Then all tables are read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unknown {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl TablePages {
    /// Those of a copy, whose tables have these rows. What is known of an earlier copy saves looking for them.
    pub(super) fn of(
        connection: &Connection,
        file: &File,
        rows: &[RowsMark],
        before: Option<&Self>,
    ) -> Result<Self, Unknown> {
        let layout = Layout::of(connection, file)?;
        let mut found = Self {
            owners: vec![None; count(connection, "pragma page_count")?],
            layout,
            known: BTreeMap::new(),
        };
        let unchanged = match before {
            Some(before) => before.unchanged(connection, file)?,
            None => Vec::new(),
        };
        let mut sound = Vec::new();
        for (owner, table) in LARGE.into_iter().enumerate() {
            let Some(rows) = rows.iter().find(|rows| rows.table == table) else {
                continue;
            };
            let is_sound = match before {
                Some(before) if unchanged.contains(rows) => {
                    for (page, known) in found.owners.iter_mut().zip(&before.owners) {
                        *page = if *known == Some(owner) { *known } else { *page };
                    }
                    true
                }
                _ => found.find_pages(connection, table, owner)?,
            };
            if is_sound {
                sound.push((owner, *rows));
            }
        }
        let digests = digests(file, layout.page_bytes, &found.owners)?;
        for (owner, rows) in sound {
            if let Some(digest) = digests.get(owner).copied() {
                found.known.insert(rows.table, KnownTable { digest, rows });
            }
        }
        Ok(found)
    }

    /// The rows of the tables that stand in another copy as they did in this one.
    pub(super) fn unchanged(
        &self,
        connection: &Connection,
        file: &File,
    ) -> Result<Vec<RowsMark>, Unknown> {
        let mut unchanged = Vec::new();
        if Layout::of(connection, file)? != self.layout {
            return Ok(unchanged);
        }
        let digests = digests(file, self.layout.page_bytes, &self.owners)?;
        for (table, digest) in LARGE.into_iter().zip(digests) {
            if let Some(known) = self.known.get(&table)
                && known.digest == digest
            {
                unchanged.push(known.rows);
            }
        }
        Ok(unchanged)
    }

    /// Notes the pages of a table and its indexes. Returns whether these are all: what is damaged has others.
    fn find_pages(
        &mut self,
        connection: &Connection,
        table: Table,
        owner: usize,
    ) -> rusqlite::Result<bool> {
        let trees = "select name, type = 'table' from sqlite_schema
            where tbl_name = ?1 collate nocase and type in ('table', 'index') and rootpage > 0";
        let pages = "select pageno, pagetype from dbstat where name = ?1";
        let mut trees = connection.prepare(trees)?;
        let mut trees = trees.query([table.name()])?;
        let mut has_table = false;
        while let Some(tree) = trees.next()? {
            let name: String = tree.get(0)?;
            has_table |= tree.get::<_, bool>(1)?;
            let mut pages = connection.prepare(pages)?;
            let mut pages = pages.query([name])?;
            while let Some(page) = pages.next()? {
                let number: u32 = page.get(0)?;
                let kind: String = page.get(1)?;
                let is_sound = matches!(&*kind, "internal" | "leaf" | "overflow");
                // Pages count from 1.
                let place = usize::try_from(number)
                    .unwrap_or(usize::MAX)
                    .wrapping_sub(1);
                match self.owners.get_mut(place) {
                    Some(page) if is_sound && page.is_none() => *page = Some(owner),
                    _ => return Ok(false),
                }
            }
        }
        Ok(has_table)
    }
}

impl Layout {
    fn of(connection: &Connection, file: &File) -> Result<Self, Unknown> {
        const SCHEMA: &str =
            "select coalesce(group_concat(quote(type) || quote(name) || quote(tbl_name)
            || quote(rootpage) || quote(sql), ';'), '') from sqlite_schema";
        let mut head = [0; 64];
        file.read_exact_at(&mut head, 0)?;
        let schema: String = connection.query_row(SCHEMA, (), |row| row.get(0))?;
        let mut state = Xxh3::new();
        for (place, byte) in head.iter().enumerate() {
            // Bytes of a page and bytes of it that are not used; the schema's format; the encoding of texts, and the
            // version of the tables. All else changes with each commit, or says nothing of how pages are read.
            if matches!(place, 16..=17 | 20 | 44..=47 | 56..=63) {
                state.update(&[*byte]);
            }
        }
        state.update(schema.as_bytes());
        Ok(Self {
            page_bytes: count(connection, "pragma page_size")?,
            digest: state.digest128(),
        })
    }
}

fn count(connection: &Connection, pragma: &str) -> rusqlite::Result<usize> {
    let count: u32 = connection.query_row(pragma, (), |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Of the bytes on each table's pages, by its place in [`LARGE`].
fn digests(file: &File, page_bytes: usize, owners: &[Option<usize>]) -> io::Result<Vec<u128>> {
    /// How many pages are read in one go: a megabyte of usual ones.
    const PAGES: usize = 256;
    let mut states = LARGE.map(|_| Xxh3::new());
    let mut bytes = vec![0; PAGES * page_bytes];
    let mut place = 0;
    for owners in owners.chunks(PAGES) {
        let read = read_at_most(file, &mut bytes, place)?;
        place += u64::try_from(read).unwrap_or_default();
        let pages = bytes.get(..read).unwrap_or_default().chunks(page_bytes);
        for (page, owner) in pages.zip(owners) {
            if let Some(state) = owner.and_then(|owner| states.get_mut(owner)) {
                state.update(page);
            }
        }
    }
    Ok(states.iter().map(Xxh3::digest128).collect())
}

/// Fills a buffer as far as the file goes.
fn read_at_most(file: &File, bytes: &mut [u8], place: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..)
        && !rest.is_empty()
    {
        let read = file.read_at(rest, place + u64::try_from(filled).unwrap_or_default())?;
        if read == 0 {
            break;
        }
        filled += read;
    }
    Ok(filled)
}

#[cfg(test)]
mod tests;
