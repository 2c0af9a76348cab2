//! Texts that must never reach a log, a message or a page.

use std::fmt;

use subtle::ConstantTimeEq;

/// A secret: hidden in `Debug`, compared in constant time.
///
/// It has no `Display`, `Serialize` or `Deserialize`, so that no message shows one and showing one takes a deliberate [`Secret::expose`].
#[derive(Clone)]
pub struct Secret(Box<str>);

impl Secret {
    /// Takes the text as it stands; whether it is fit for its purpose is checked where the purpose is known.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// Whether `candidate` is this secret.
    ///
    /// The time taken tells the length at most, never at which byte the two part.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(candidate).into()
    }

    /// The text itself, for the one place that computes with it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.0.as_bytes())
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_text() {
        assert_eq!(
            format!("{:?}", Secret::new("correct-horse")),
            "Secret(hidden)"
        );
    }

    #[test]
    fn only_the_whole_text_matches() {
        let secret = Secret::new("correct-horse");
        assert!(secret.matches(b"correct-horse"));
        assert!(!secret.matches(b"correct-hors"));
        assert!(!secret.matches(b"correct-horsf"));
        assert!(!secret.matches(b""));
    }
}
