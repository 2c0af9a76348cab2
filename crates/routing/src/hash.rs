//! The one hash: XXH3, 64 bit, seed 0.
//!
//! Call ids of one server are consecutive numbers, and a weak hash over them sends long runs of calls to one agent.
//! XXH3 mixes its result to the last bit, is the same on every machine and replica, and has published test vectors.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Hashes of many texts, each joined with the same salt: `hash(&[text, salt])` without copying the salt each time.
#[derive(Debug)]
pub struct Salted<'t> {
    salt: &'t str,
    /// The text ends, and a NUL byte and the salt begin, at [`SALT_AT`].
    joined: [u8; SALT_AT + SALT_BYTES],
}

/// Room for a text. Agent ids fit; longer ones take another way, which gives the same hash.
const SALT_AT: usize = 80;

/// Room for a NUL byte and a salt. Call ids and numbers fit.
const SALT_BYTES: usize = 80;

impl<'t> Salted<'t> {
    /// Hashes with this salt.
    pub fn new(salt: &'t str) -> Self {
        let mut joined = [0; SALT_AT + SALT_BYTES];
        if let Some(space) = joined.get_mut(SALT_AT + 1..SALT_AT + 1 + salt.len()) {
            space.copy_from_slice(salt.as_bytes());
        }
        Self { salt, joined }
    }

    /// The hash of a text and the salt joined by a NUL byte.
    pub fn hash(&mut self, text: &str) -> u64 {
        let begin = SALT_AT.checked_sub(text.len());
        let end = SALT_AT + 1 + self.salt.len();
        let joined = begin.and_then(|begin| self.joined.get_mut(begin..end));
        let Some((space, _)) = joined.and_then(|joined| joined.split_at_mut_checked(text.len()))
        else {
            return hash(&[text, self.salt]);
        };
        space.copy_from_slice(text.as_bytes());
        begin
            .and_then(|begin| self.joined.get(begin..end))
            .map_or(0, xxh3_64)
    }
}

/// The hash of the parts joined by a NUL byte, as UTF-8.
pub fn hash(parts: &[&str]) -> u64 {
    /// Agent id and call id fit; longer parts take the streaming way, which gives the same hash.
    const JOINED_BYTES: usize = 160;
    let mut joined = [0; JOINED_BYTES];
    let mut end = 0;
    for (at, part) in parts.iter().enumerate() {
        end += usize::from(at > 0);
        let Some(space) = joined.get_mut(end..end + part.len()) else {
            return hash_long(parts);
        };
        space.copy_from_slice(part.as_bytes());
        end += part.len();
    }
    joined.get(..end).map_or_else(|| hash_long(parts), xxh3_64)
}

/// A hash as a fraction: evenly spread, above 0 and at most 1.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "53 bits are exact in an f64"
)]
pub fn fraction(hash: u64) -> f64 {
    const STEPS: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    (numerator(hash) as f64 + 0.5) / STEPS
}

/// The part of a hash that its fraction depends on: the greater it is, the greater is the fraction.
pub const fn numerator(hash: u64) -> u64 {
    const SPARE_BITS: u32 = u64::BITS - f64::MANTISSA_DIGITS;
    hash >> SPARE_BITS
}

fn hash_long(parts: &[&str]) -> u64 {
    let mut state = Xxh3::new();
    for (at, part) in parts.iter().enumerate() {
        state.update(if at > 0 { b"\0" } else { b"" });
        state.update(part.as_bytes());
    }
    state.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by the reference implementation in C (xxHash 0.8), through its Python binding.
    #[test]
    fn test_vectors_hold() {
        const CALL: &str = "call-vn-1-EHHC6JW1LT-1534145391502";
        assert_eq!(hash(&[]), 0x2d06_8005_38d3_94c2);
        assert_eq!(hash(&["a"]), 0xe6c6_32b6_1e96_4e1f);
        assert_eq!(hash(&["agent_1", CALL]), 0x1654_18bd_1ab1_f871);
        assert_eq!(hash(&["split", "7", CALL]), 0xcd9e_fb28_146c_0328);
        assert_eq!(hash(&["hoà", "84986776777"]), 0xf09e_5c7b_2b0c_1a7e);
    }

    #[test]
    fn fraction_vectors_hold() {
        assert!((fraction(0x1654_18bd_1ab1_f871) - 0.087_220_712_821_995_45).abs() < 1e-16);
        assert!((fraction(0xf09e_5c7b_2b0c_1a7e) - 0.939_916_400_976_514_9).abs() < 1e-16);
    }

    #[test]
    fn parts_are_joined_by_a_nul_byte() {
        assert_eq!(hash(&["a", "b"]), xxh3_64(b"a\0b"));
        assert_ne!(hash(&["a", "b"]), hash(&["ab"]));
        assert_ne!(hash(&["a", ""]), hash(&["a"]));
    }

    #[test]
    fn long_parts_hash_like_short_ones() {
        for length in [0, 1, 158, 159, 160, 161, 500] {
            let long = "x".repeat(length);
            let joined = format!("{long}\0y");
            assert_eq!(hash(&[&long, "y"]), xxh3_64(joined.as_bytes()), "{length}");
        }
    }

    #[test]
    fn a_salted_hash_is_the_hash_of_both_parts() {
        for salt in [0, 1, 78, 79, 80, 200].map(|length| "s".repeat(length)) {
            let mut salted = Salted::new(&salt);
            for text in [5, 0, 79, 80, 81, 3, 300].map(|length| "t".repeat(length)) {
                assert_eq!(
                    salted.hash(&text),
                    hash(&[&text, &salt]),
                    "{} {}",
                    text.len(),
                    salt.len()
                );
            }
        }
    }

    #[test]
    fn a_fraction_has_a_finite_logarithm() {
        assert!(fraction(0) > 0.0);
        assert!(fraction(u64::MAX) <= 1.0);
        assert!((fraction(1 << 63) - 0.5).abs() < 1e-9);
    }
}
