//! Who may ask, and how that is proven.
//!
//! Projects that are not listed are refused as soon as one project requires a signature: otherwise naming another project
//! would be a way round it.

use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;
use stringee::Secret;

use super::parse;

/// Who may ask, and how that is proven. The three ways add up: a request has to pass each one that is set.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// Secrets for the last segment of the path: `/get_list_agents/{secret}`, `/events/{secret}`. Default: none.
    ///
    /// Each is at least 16 characters of `A-Z a-z 0-9 _ -`. Any of them opens, so that two can be valid while one
    /// replaces the other. With any set, the bare `/get_list_agents` is not found. After loading, those of
    /// `secret_files` stand here too.
    #[serde(deserialize_with = "parse::path_secrets")]
    pub secrets: Vec<Secret>,
    /// Files that hold one such secret each. Default: none.
    ///
    /// For mounted secrets of a container engine; blanks and the line end around the text are dropped.
    pub secret_files: Vec<PathBuf>,
    /// Networks that may ask, e.g. `203.0.113.0/24`. Default: none listed, which means all.
    #[serde(deserialize_with = "parse::networks")]
    pub networks: Vec<IpNet>,
    /// What to do with a request that names a project not listed below, or none. Default: see
    /// [`WebhookConfig::unlisted_projects`].
    pub unlisted_projects: Option<UnlistedProjects>,
    /// The most calls that one question may ask about, 1 to 100000. Default 2000.
    ///
    /// About as many as a body of 256 KiB holds. A question about more is answered with 413.
    #[serde(deserialize_with = "parse::within::<1, 100000, _, _>")]
    pub max_calls: usize,
    /// The longest answer in bytes, 65536 to 16777216. Default 8388608 (8 MiB).
    ///
    /// 2,000 calls that ring 20 agents each take 4 MB. What would be longer is answered with 413, and none of its calls.
    #[serde(deserialize_with = "parse::within::<65536, 16777216, _, _>")]
    pub max_answer_bytes: usize,
    /// The Stringee projects whose signatures are checked. Default: none.
    pub projects: Vec<ProjectConfig>,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            secret_files: Vec::new(),
            networks: Vec::new(),
            unlisted_projects: None,
            max_calls: 2_000,
            max_answer_bytes: 8 * 1024 * 1024,
            projects: Vec::new(),
        }
    }
}

impl WebhookConfig {
    /// What to do with a request that names a project not listed, or none.
    ///
    /// Unless set, it is refused as soon as any listed project requires a signature. The project is named by the
    /// request itself: if unlisted ones were answered, a stranger would only have to name another project. Without
    /// such a requirement there is nothing to get around, and everybody is answered.
    pub fn unlisted_projects(&self) -> UnlistedProjects {
        let required = self
            .projects
            .iter()
            .any(|project| project.signature_mode() == SignatureMode::Require);
        let unset = if required {
            UnlistedProjects::Refuse
        } else {
            UnlistedProjects::Answer
        };
        self.unlisted_projects.unwrap_or(unset)
    }
}

impl WebhookConfig {
    /// Whether anybody who reaches the webhook is answered.
    ///
    /// Signatures keep strangers out only if no project is answered without one: the request itself names its project.
    pub fn is_open(&self) -> bool {
        let needs_signature = self.unlisted_projects() == UnlistedProjects::Refuse
            && self
                .projects
                .iter()
                .all(|project| project.signature_mode() == SignatureMode::Require);
        self.secrets.is_empty() && self.networks.is_empty() && !needs_signature
    }
}

/// What to do with a request of a project that is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnlistedProjects {
    /// Answer it without looking at its signature.
    Answer,
    /// Refuse it as if its signature were wrong.
    Refuse,
}

/// One Stringee project.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectConfig {
    /// The project's number, sent as `projectId`.
    pub id: u64,
    /// The project's signing secret keys (not the secrets of its API keys). Default: none.
    ///
    /// A signature by any of them is valid, so that a key can be replaced without an outage. After loading, those of
    /// `signing_key_files` stand here too.
    #[serde(default, deserialize_with = "parse::signing_keys")]
    pub signing_keys: Vec<Secret>,
    /// Files that hold one such key each; blanks and the line end around the text are dropped. Default: none.
    #[serde(default)]
    pub signing_key_files: Vec<PathBuf>,
    /// What a signature is for. Default: `require` with a key, `off` without.
    #[serde(default)]
    pub signature: Option<SignatureMode>,
}

impl ProjectConfig {
    /// What a signature is for in this project.
    pub fn signature_mode(&self) -> SignatureMode {
        let has_key = !self.signing_keys.is_empty() || !self.signing_key_files.is_empty();
        let unset = if has_key {
            SignatureMode::Require
        } else {
            SignatureMode::Off
        };
        self.signature.unwrap_or(unset)
    }
}

/// What a request's signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureMode {
    /// Refuse a request without a valid one.
    Require,
    /// Answer all the same, but count and log: to find out whether the platform signs before requiring it.
    Observe,
    /// Do not look at it.
    Off,
}
