//! By what a request proves which project it is of.

use crate::config::SignatureMode;
use crate::store::ProjectRow;
use stringee::Secret;
use stringee::wire::signature::SigningKey;

/// A project's keys and secrets, as PostgreSQL has them.
#[derive(Debug, Default)]
pub struct ProjectKeys {
    /// What people call the project.
    pub name: String,
    /// Secrets that a path may end in, beside those of the configuration. With any, one of them is asked for.
    pub path_secrets: Vec<Secret>,
    /// Any of them may have signed.
    pub signing_keys: Vec<SigningKey>,
    /// What is made of a signature; `None`: what the configuration says.
    pub mode: Option<SignatureMode>,
    row: ProjectRow,
}

impl ProjectKeys {
    /// What a row says.
    pub fn new(row: &ProjectRow) -> Self {
        let keys = row.signing_keys.iter();
        Self {
            name: row.name.clone(),
            path_secrets: row.path_secrets.clone(),
            signing_keys: keys.map(|key| SigningKey::new(key.expose())).collect(),
            mode: match row.signature.as_deref() {
                Some("require") => Some(SignatureMode::Require),
                Some("observe") => Some(SignatureMode::Observe),
                Some("off") => Some(SignatureMode::Off),
                _ => None,
            },
            row: row.clone(),
        }
    }

    /// Whether that is what the row says.
    pub(super) fn is_of(&self, row: &ProjectRow) -> bool {
        self.row == *row
    }
}
