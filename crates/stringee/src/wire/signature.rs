//! Stringee's signature: `X-STRINGEE-SIGNATURE: base64(HMAC-SHA1(project signing secret key, data))`.
//!
//! The data are the raw body of a `POST`, or path and query of a `GET`, as sent:
//! <https://developer.stringee.com/docs/validating-requests-are-coming-from-stringee>. There is no timestamp in it, so
//! a request that was recorded can be sent again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The header that holds the signature.
pub const SIGNATURE_HEADER: &str = "x-stringee-signature";

/// A project's signing secret key, ready to check with.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha1>);

/// What a request's signature is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Made with one of the project's keys.
    Valid,
    /// There is none.
    Missing,
    /// Not made with any of the project's keys, or not of this data.
    Invalid,
}

impl SigningKey {
    /// A key as the project's settings show it.
    pub fn new(secret: &str) -> Self {
        // A key of any length is right for HMAC; an empty one stands in for the error that cannot be.
        Self(
            Hmac::new_from_slice(secret.as_bytes())
                .unwrap_or_else(|_| Hmac::new(&Key::<Hmac<Sha1>>::default())),
        )
    }

    /// The header's value for some data.
    pub fn sign(&self, data: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(data);
        STANDARD.encode(mac.finalize().into_bytes())
    }

    /// Whether a decoded signature is this key's; takes the same time wherever it differs.
    fn verifies(&self, data: &[u8], signature: &[u8]) -> bool {
        let mut mac = self.0.clone();
        mac.update(data);
        mac.verify_slice(signature).is_ok()
    }
}

/// Checks the header's value against a project's keys.
pub fn verdict(keys: &[SigningKey], data: &[u8], header: Option<&[u8]>) -> Verdict {
    let header = header.unwrap_or_default().trim_ascii();
    if header.is_empty() {
        return Verdict::Missing;
    }
    match STANDARD.decode(header) {
        Ok(signature) if keys.iter().any(|key| key.verifies(data, &signature)) => Verdict::Valid,
        Ok(_) | Err(_) => Verdict::Invalid,
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202, test case 2.
    #[test]
    fn the_signature_is_base64_of_hmac_sha1() {
        let signature = SigningKey::new("Jefe").sign(b"what do ya want for nothing?");
        assert_eq!(signature, "7/zfauXrL6LSdBbV8YTfnCWafHk=");
    }

    #[test]
    fn only_a_signature_of_this_data_by_one_of_the_keys_is_valid() {
        let keys = [SigningKey::new("new"), SigningKey::new("old")];
        let check = |header: &str| verdict(&keys, b"data", Some(header.as_bytes()));
        let old = SigningKey::new("old").sign(b"data");
        assert_eq!(check(&old), Verdict::Valid);
        assert_eq!(check(&format!(" {old} ")), Verdict::Valid);
        assert_eq!(check(&SigningKey::new("new").sign(b"data")), Verdict::Valid);
        assert_eq!(
            check(&SigningKey::new("other").sign(b"data")),
            Verdict::Invalid
        );
        assert_eq!(
            check(&SigningKey::new("old").sign(b"other")),
            Verdict::Invalid
        );
        assert_eq!(check(old.strip_suffix('=').unwrap()), Verdict::Invalid);
        assert_eq!(check("not base64!"), Verdict::Invalid);
        assert_eq!(check(""), Verdict::Missing);
        assert_eq!(verdict(&keys, b"data", None), Verdict::Missing);
        assert_eq!(
            verdict(&[], b"data", Some(old.as_bytes())),
            Verdict::Invalid
        );
    }
}
