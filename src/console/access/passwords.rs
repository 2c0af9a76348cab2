//! Passwords: argon2id with 19 MiB and two passes, as OWASP asks for.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

/// The fewest characters; longer is what makes a password good.
pub(in crate::console) const MIN_PASSWORD_CHARS: usize = 10;

/// Longer ones are refused: nobody types them, and a hash takes longer for them.
const MAX_PASSWORD_BYTES: usize = 1024;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// What is verified for a name that nobody has, so that it takes as long as for one that somebody has.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$c3RyaW5nZWUtcm91dGVy$\
                       mKTgsfdxRZfAkTPnGgKWJPv2qhSBJAq5Hf9HCvOxLFs";

/// A password as typed. It is never shown.
pub(in crate::console) struct Password(String);

impl Password {
    /// The typed text; `None` if it is too short or too long.
    pub(in crate::console) fn chosen(text: String) -> Option<Self> {
        let is_fit = text.chars().count() >= MIN_PASSWORD_CHARS && text.len() <= MAX_PASSWORD_BYTES;
        is_fit.then_some(Self(text))
    }

    /// What is kept of it; takes some 20 ms.
    pub(in crate::console) fn hash(&self) -> Option<String> {
        let hash = hasher()?.hash_password(self.0.as_bytes()).ok()?;
        Some(hash.to_string())
    }
}

/// Whether it is this password; takes as long for a user that does not exist.
pub(super) fn is_right(typed: &str, kept: Option<&str>) -> bool {
    let is_known = kept.is_some();
    let (Ok(hash), Some(hasher)) = (PasswordHash::new(kept.unwrap_or(NOBODYS)), hasher()) else {
        return false;
    };
    let typed = typed.as_bytes();
    let is_short = typed.len() <= MAX_PASSWORD_BYTES;
    let verified = is_short && hasher.verify_password(typed, &hash).is_ok();
    verified && is_known
}

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let password = Password::chosen("mười ký tự trở lên".to_owned()).unwrap();
        let kept = password.hash().unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(is_right("mười ký tự trở lên", Some(&kept)));
        assert!(!is_right("mười ký tự trở lê", Some(&kept)));
        assert!(!is_right("mười ký tự trở lên", None));
        assert_ne!(password.hash().unwrap(), kept, "each has a salt of its own");
    }

    #[test]
    fn nobodys_hash_can_be_verified() {
        assert!(PasswordHash::new(NOBODYS).is_ok());
    }

    #[test]
    fn short_ones_and_endless_ones_are_refused() {
        let is_fit = |text: &str| Password::chosen(text.to_owned()).is_some();
        assert!(!is_fit("123456789"));
        assert!(is_fit("1234567890"));
        assert!(!is_fit("mười ký t"), "characters count, not bytes");
        assert!(!is_fit(&"a".repeat(1025)));
    }
}
