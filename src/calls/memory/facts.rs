//! What is learned of calls, as a file: since when each waits in its queue, its tickets, with whom it begins.
//!
//! ```text
//! file = MAGIC seed row*      row = length checksum body      body = FORMAT written_at section*
//! ```
//!
//! Numbers are little-endian; the sections are those that servers tell each other ([`crate::facts`]). A fact has an age instead
//! of a time, so that a clock that is set changes nothing but the age of the row.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::facts::{SharedFact, push_sections, take_sections};

/// What such a file begins with.
const MAGIC: [u8; 8] = *b"SRCALLS1";

/// The only format of bodies so far.
const FORMAT: u8 = 1;

/// Bytes before a row.
const ROW_BYTES: usize = 12;

/// What a file has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// With which hashes are made.
    pub seed: u64,
    /// When each row was written, in milliseconds since 1970, and what it has.
    pub rows: Vec<(i64, Vec<SharedFact>)>,
    /// From which byte on it cannot be read, if it is not whole.
    pub damaged_at: Option<usize>,
}

/// The beginning of a file.
pub(super) fn header(seed: u64) -> Vec<u8> {
    [MAGIC, seed.to_le_bytes()].concat()
}

/// A row to be added.
pub(super) fn row(seed: u64, written_at_ms: i64, facts: &[SharedFact]) -> Vec<u8> {
    let mut body = vec![FORMAT];
    body.extend(written_at_ms.to_le_bytes());
    push_sections(&mut body, facts);
    let mut row = Vec::with_capacity(ROW_BYTES + body.len());
    row.extend(length_bytes(body.len()));
    row.extend(xxh3_64_with_seed(&body, seed).to_le_bytes());
    row.extend(body);
    row
}

/// Reads a file as far as it is whole.
pub(super) fn read(bytes: &[u8]) -> Learned {
    let mut rest = bytes;
    let (magic, seed) = (take::<8>(&mut rest), take::<8>(&mut rest));
    let (Some(MAGIC), Some(seed)) = (magic, seed) else {
        return Learned {
            damaged_at: Some(0),
            ..Learned::default()
        };
    };
    let mut learned = Learned {
        seed: u64::from_le_bytes(seed),
        ..Learned::default()
    };
    while !rest.is_empty() {
        let place = bytes.len() - rest.len();
        let Some(row) = take_row(&mut rest, learned.seed) else {
            learned.damaged_at = Some(place);
            break;
        };
        learned.rows.push(row);
    }
    learned
}

fn take_row(rest: &mut &[u8], seed: u64) -> Option<(i64, Vec<SharedFact>)> {
    let length = take_length(rest)?;
    let checksum = u64::from_le_bytes(take(rest)?);
    let (mut body, others) = rest.split_at_checked(length)?;
    if xxh3_64_with_seed(body, seed) != checksum {
        return None;
    }
    *rest = others;
    let [format] = take(&mut body)?;
    let written_at_ms = i64::from_le_bytes(take(&mut body)?);
    // Of a later format nothing is known but that it is whole.
    if format != FORMAT {
        return Some((written_at_ms, Vec::new()));
    }
    let (facts, is_whole) = take_sections(body);
    is_whole.then_some((written_at_ms, facts))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, others) = rest.split_first_chunk()?;
    *rest = others;
    Some(*taken)
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(take(rest)?)).ok()
}

fn length_bytes(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::facts::FactOfCalls;
    use crate::facts::tests::fact;

    const SEED: u64 = 7;

    /// Rows as they are read: each has its facts by their kinds.
    fn rows() -> impl Strategy<Value = Vec<(i64, Vec<SharedFact>)>> {
        let facts = prop::collection::vec(fact(), 0..5).prop_map(|mut facts| {
            facts.sort_by_key(|fact| fact.what.kind());
            facts
        });
        prop::collection::vec((any::<i64>(), facts), 0..5)
    }

    fn file(rows: &[(i64, Vec<SharedFact>)]) -> Vec<u8> {
        let mut file = header(SEED);
        for (at, facts) in rows {
            file.extend(row(SEED, *at, facts));
        }
        file
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(rows in rows()) {
            prop_assert_eq!(read(&file(&rows)), Learned { seed: SEED, rows, damaged_at: None });
        }

        #[test]
        fn a_file_that_is_cut_is_read_as_far_as_it_is_whole(rows in rows(), cut in any::<prop::sample::Index>()) {
            let whole = file(&rows);
            let cut = cut.index(whole.len());
            let learned = read(&whole[..cut]);
            prop_assert_eq!(&learned.rows[..], &rows[..learned.rows.len()]);
            let read_bytes = file(&learned.rows).len();
            prop_assert_eq!(learned.damaged_at, if cut < 16 { Some(0) } else { Some(read_bytes).filter(|read| *read < cut) });
        }

        /// Up to the row that is damaged all is read, and from there on nothing.
        #[test]
        fn a_damaged_row_is_noticed(rows in rows(), place in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let mut damaged = file(&rows);
            let place = place.index(damaged.len());
            damaged[place] ^= 1 << bit;
            let learned = read(&damaged);
            prop_assert!(learned.damaged_at.is_some_and(|at| at <= place) || place < 16);
            prop_assert!(learned.rows.len() < rows.len() || rows.is_empty() || place < 16);
            prop_assert_eq!(&learned.rows[..], &rows[..learned.rows.len()]);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let learned = read(&[header(SEED), bytes.clone()].concat());
            prop_assert_eq!(learned.seed, SEED);
        }
    }

    #[test]
    fn what_a_later_version_writes_is_skipped() {
        let what = FactOfCalls::Waits(1);
        let waiting = SharedFact { age_ms: 2, what };
        let mut later = vec![FORMAT];
        later.extend(5_i64.to_le_bytes());
        later.extend([9, 3, 0, 0, 0, 1, 2, 3]);
        later.extend([1, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]);
        let mut bytes = header(SEED);
        bytes.extend(length_bytes(later.len()));
        bytes.extend(xxh3_64_with_seed(&later, SEED).to_le_bytes());
        bytes.extend(later);
        assert_eq!(read(&bytes).rows, [(5, vec![waiting])]);
    }
}
