//! The token of a REST request: a JSON Web Token, HS256, signed with the secret of an API key.
//!
//! <https://developer.stringee.com/docs/rest-api-reference/icc-rest-api-authentication>. Signing is these few lines; a
//! library for it would bring RSA along.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::Secret;

/// How long a token is good for: long enough for a slow request and a clock that is some minutes wrong.
const LIFETIME_SECONDS: i64 = 3600;

/// An API key of a project: who asks, and the secret that proves it.
#[derive(Clone, Debug)]
pub struct ApiKey {
    sid: String,
    secret: Secret,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not three parts of base64 and JSON with the fields that Stringee documents.
    #[error("the token is not understood")]
    Malformed,
    /// Of another key.
    #[error("the token names another API key")]
    OtherKey,
    /// Not signed with this key's secret, or changed since.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// Too old.
    #[error("the token has expired")]
    Expired,
}

/// What stands before the signature, in Stringee's own order.
#[derive(Deserialize, Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    cty: &'a str,
}

#[derive(Deserialize, Serialize)]
struct Payload<'a> {
    jti: &'a str,
    iss: &'a str,
    exp: i64,
    rest_api: bool,
}

const HEADER: Header<'static> = Header {
    typ: "JWT",
    alg: "HS256",
    cty: "stringee-api;v=1",
};

impl ApiKey {
    /// A key as the project's console shows it.
    pub fn new(sid: impl Into<String>, secret: Secret) -> Self {
        Self {
            sid: sid.into(),
            secret,
        }
    }

    /// A token that is good from now on.
    pub fn token(&self, now: Timestamp) -> String {
        let jti = format!("{}-{}", self.sid, now.as_millisecond());
        let exp = now.as_second() + LIFETIME_SECONDS;
        let payload = Payload {
            jti: &jti,
            iss: &self.sid,
            exp,
            rest_api: true,
        };
        let signed = format!("{}.{}", encoded(&HEADER), encoded(&payload));
        let signature = signature(self.secret.expose().as_bytes(), signed.as_bytes()).finalize();
        format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(signature.into_bytes())
        )
    }

    /// Checks a token as Stringee would; the emulator does.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<(), TokenFault> {
        let (signed, proof) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload, proof) = (decoded(header)?, decoded(payload)?, decoded(proof)?);
        let header: Header<'_> =
            serde_json::from_slice(&header).map_err(|_fault| TokenFault::Malformed)?;
        let payload: Payload<'_> =
            serde_json::from_slice(&payload).map_err(|_fault| TokenFault::Malformed)?;
        if (header.typ, header.alg, header.cty) != (HEADER.typ, HEADER.alg, HEADER.cty)
            || !payload.rest_api
        {
            return Err(TokenFault::Malformed);
        }
        if payload.iss != self.sid {
            return Err(TokenFault::OtherKey);
        }
        let expected = signature(self.secret.expose().as_bytes(), signed.as_bytes());
        expected
            .verify_slice(&proof)
            .map_err(|_unequal| TokenFault::BadSignature)?;
        if payload.exp > now.as_second() {
            Ok(())
        } else {
            Err(TokenFault::Expired)
        }
    }
}

/// A part of the token.
fn encoded(part: &impl Serialize) -> String {
    // Texts and numbers always have a JSON form.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).unwrap_or_default())
}

fn decoded(part: &str) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_fault| TokenFault::Malformed)
}

/// HMAC-SHA256 over the two parts as they are sent.
fn signature(secret: &[u8], signed: &[u8]) -> Hmac<Sha256> {
    // A key of any length is right for HMAC; an empty one stands in for the error that cannot be.
    let mut mac =
        Hmac::new_from_slice(secret).unwrap_or_else(|_| Hmac::new(&Key::<Hmac<Sha256>>::default()));
    mac.update(signed);
    mac
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn key(secret: &str) -> ApiKey {
        ApiKey::new("SK.0.abc", Secret::new(secret))
    }

    /// RFC 7515, appendix A.1: the signature of the example.
    #[test]
    fn the_signature_is_hs256() {
        let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
             eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let mac = signature(&URL_SAFE_NO_PAD.decode(secret).unwrap(), signed.as_bytes());
        let encoded = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        assert_eq!(encoded, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn the_token_says_what_stringee_documents() {
        let token = key("secret").token(NOW);
        let part = |at: usize| -> Value {
            serde_json::from_slice(&decoded(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
        };
        let sample: Value = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/stringee/jwt-rest.json"
        ))
        .unwrap();
        assert_eq!(part(0), sample["header"]);
        let expected = json!({"jti": "SK.0.abc-1800000000000", "iss": "SK.0.abc", "exp": 1_800_003_600, "rest_api": true});
        assert_eq!(part(1), expected);
        let names = |value: &Value| {
            value
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(names(&part(1)), names(&sample["payload"]));
    }

    #[test]
    fn only_a_fresh_token_of_this_key_is_taken() {
        let token = key("secret").token(NOW);
        let check = |token: &str, now: i64| {
            key("secret").verify(token, Timestamp::from_second(now).unwrap())
        };
        assert_eq!(check(&token, 1_800_000_000), Ok(()));
        assert_eq!(check(&token, 1_800_003_599), Ok(()));
        assert_eq!(check(&token, 1_800_003_600), Err(TokenFault::Expired));
        assert_eq!(
            check(&key("other").token(NOW), 1_800_000_000),
            Err(TokenFault::BadSignature)
        );
        assert_eq!(
            check(&token.replacen('.', ".e30", 1), 1_800_000_000),
            Err(TokenFault::Malformed)
        );
        assert_eq!(check("", 1_800_000_000), Err(TokenFault::Malformed));
        let other = ApiKey::new("SK.0.xyz", Secret::new("secret")).token(NOW);
        assert_eq!(check(&other, 1_800_000_000), Err(TokenFault::OtherKey));
    }
}
