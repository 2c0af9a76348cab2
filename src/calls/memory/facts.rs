//! What is learned of calls, as bytes: since when each waits in its queue.
//!
//! ```text
//! file = MAGIC seed row*      row = length checksum body      body = FORMAT written_at section*
//! section = kind length facts                                 fact (kind 1) = hash of queue and call, age when written
//! ```
//!
//! Numbers are little-endian. Kinds that are not known are skipped. A fact has an age instead of a time, so that a clock
//! that is set changes nothing but the age of the row. Facts are a set: of two about the same call the elder counts, so
//! it does not matter in which order they come, or how often.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What such a file begins with.
const MAGIC: [u8; 8] = *b"SRCALLS1";

/// The only format of bodies so far.
const FORMAT: u8 = 1;

/// The kind of [`WaitingCall`].
const WAITING: u8 = 1;

/// Bytes of a [`WaitingCall`], of what stands before a section, and before a row.
const WAITING_BYTES: usize = 12;
const SECTION_BYTES: usize = 5;
const ROW_BYTES: usize = 12;

/// A call waits in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingCall {
    /// The hash of queue and call, with the file's seed.
    pub key: u64,
    /// For how long, when that was written: milliseconds.
    pub age_ms: u32,
}

/// What a file has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// With which hashes are made.
    pub seed: u64,
    /// When each row was written, in milliseconds since 1970, and what it has.
    pub rows: Vec<(i64, Vec<WaitingCall>)>,
    /// From which byte on it cannot be read, if it is not whole.
    pub damaged_at: Option<usize>,
}

/// The beginning of a file.
pub(super) fn header(seed: u64) -> Vec<u8> {
    [MAGIC, seed.to_le_bytes()].concat()
}

/// A row to be added.
pub(super) fn row(seed: u64, written_at_ms: i64, facts: &[WaitingCall]) -> Vec<u8> {
    let length = facts.len() * WAITING_BYTES;
    let mut body = Vec::with_capacity(1 + 8 + SECTION_BYTES + length);
    body.push(FORMAT);
    body.extend(written_at_ms.to_le_bytes());
    section(&mut body, facts);
    let mut row = Vec::with_capacity(ROW_BYTES + body.len());
    row.extend(length_bytes(body.len()));
    row.extend(xxh3_64_with_seed(&body, seed).to_le_bytes());
    row.extend(body);
    row
}

/// What other servers are told: the format, and a section.
pub fn encode(facts: &[WaitingCall]) -> Vec<u8> {
    let mut body = vec![FORMAT];
    section(&mut body, facts);
    body
}

/// What another server has told, as far as this version understands it.
pub fn decode(body: &[u8]) -> Vec<WaitingCall> {
    let mut rest = body;
    let mut facts = Vec::new();
    if take(&mut rest) == Some([FORMAT]) {
        // Of a body that is cut, what is whole.
        take_sections(&mut rest, &mut facts).unwrap_or_default();
    }
    facts
}

fn section(body: &mut Vec<u8>, facts: &[WaitingCall]) {
    body.push(WAITING);
    body.extend(length_bytes(facts.len() * WAITING_BYTES));
    for fact in facts {
        body.extend(fact.key.to_le_bytes());
        body.extend(fact.age_ms.to_le_bytes());
    }
}

fn take_sections(body: &mut &[u8], facts: &mut Vec<WaitingCall>) -> Option<()> {
    while !body.is_empty() {
        let [kind] = take(body)?;
        let length = take_length(body)?;
        let (mut section, others) = body.split_at_checked(length)?;
        *body = others;
        while kind == WAITING && !section.is_empty() {
            facts.push(WaitingCall {
                key: u64::from_le_bytes(take(&mut section)?),
                age_ms: u32::from_le_bytes(take(&mut section)?),
            });
        }
    }
    Some(())
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

fn take_row(rest: &mut &[u8], seed: u64) -> Option<(i64, Vec<WaitingCall>)> {
    let length = take_length(rest)?;
    let checksum = u64::from_le_bytes(take(rest)?);
    let (mut body, others) = rest.split_at_checked(length)?;
    if xxh3_64_with_seed(body, seed) != checksum {
        return None;
    }
    *rest = others;
    let [format] = take(&mut body)?;
    let written_at_ms = i64::from_le_bytes(take(&mut body)?);
    let mut facts = Vec::new();
    // Of a later format nothing is known but that it is whole.
    if format == FORMAT {
        take_sections(&mut body, &mut facts)?;
    }
    Some((written_at_ms, facts))
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

    const SEED: u64 = 7;

    fn rows() -> impl Strategy<Value = Vec<(i64, Vec<WaitingCall>)>> {
        let fact =
            (any::<u64>(), any::<u32>()).prop_map(|(key, age_ms)| WaitingCall { key, age_ms });
        prop::collection::vec((any::<i64>(), prop::collection::vec(fact, 0..5)), 0..5)
    }

    fn file(rows: &[(i64, Vec<WaitingCall>)]) -> Vec<u8> {
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
        fn what_was_told_is_heard(rows in rows(), cut in any::<prop::sample::Index>()) {
            for (_, facts) in rows {
                let body = encode(&facts);
                prop_assert_eq!(decode(&body), &facts[..]);
                let cut = decode(&body[..cut.index(body.len())]);
                prop_assert_eq!(&cut[..], &facts[..cut.len()]);
            }
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let learned = read(&[header(SEED), bytes.clone()].concat());
            prop_assert_eq!(learned.seed, SEED);
            prop_assert!(decode(&bytes).len() <= bytes.len());
        }
    }

    #[test]
    fn what_a_later_version_writes_is_skipped() {
        let waiting = WaitingCall { key: 1, age_ms: 2 };
        let mut later = vec![FORMAT];
        later.extend(5_i64.to_le_bytes());
        later.extend([9, 3, 0, 0, 0, 1, 2, 3]);
        later.extend([WAITING, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]);
        let mut bytes = header(SEED);
        bytes.extend(length_bytes(later.len()));
        bytes.extend(xxh3_64_with_seed(&later, SEED).to_le_bytes());
        bytes.extend(later);
        assert_eq!(read(&bytes).rows, [(5, vec![waiting])]);
    }
}
