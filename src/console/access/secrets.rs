//! Random secrets that open a door, of which only a hash is kept.

use sha2::{Digest as _, Sha256};

/// What a token of the API begins with, so that it is found in logs and repositories.
pub(in crate::console) const TOKEN_PREFIX: &str = "srt_";

/// A secret of 256 random bits, in hexadecimal digits.
pub(in crate::console) struct Opener {
    /// What is handed out.
    pub(in crate::console) text: String,
    /// What is kept.
    pub(in crate::console) hash: Vec<u8>,
}

/// The system has no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers: {0}")]
pub struct NoRandomness(getrandom::Error);

impl Opener {
    pub(in crate::console) fn new(prefix: &str) -> Result<Self, NoRandomness> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        let mut text = prefix.to_owned();
        for byte in bytes {
            text.extend([byte >> 4, byte & 15].map(digit));
        }
        let hash = hash_of(&text);
        Ok(Self { text, hash })
    }
}

/// A hexadecimal digit of a number below 16.
fn digit(number: u8) -> char {
    char::from_digit(number.into(), 16).unwrap_or('0')
}

/// What is kept of a secret. It is random, so nobody can try all that have this hash.
pub(in crate::console) fn hash_of(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike() {
        let (one, other) = (Opener::new("srt_").unwrap(), Opener::new("srt_").unwrap());
        assert_ne!(one.text, other.text);
        assert_eq!(one.text.len(), 4 + 64);
        assert_eq!(one.hash, hash_of(&one.text));
        assert_eq!(one.hash.len(), 32);
    }
}
