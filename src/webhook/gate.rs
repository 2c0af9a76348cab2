//! Who may ask: source network, path secret, signature. Only what passes all three can be read as a question.
//!
//! ```text
//! head  -> network: the peer, or what a trusted proxy says of it   403
//!       -> secret: the last part of the path                       404, as if there were nothing
//! body  -> project: names the key                                  401 if it is not configured, and others are
//!       -> signature: HMAC-SHA1 of the body, by that key           401
//! ```
//!
//! The first two are looked at before the body is read, so a stranger makes the server read a head at most. Secrets and
//! signatures are compared in a time that does not tell how much of them was right.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use ipnet::IpNet;
use rustc_hash::FxBuildHasher;

use super::rejection::Rejection;
use crate::config::{Secret, SignatureMode, UnlistedProjects, WebhookConfig};
use stringee::wire::CallEvent;
use stringee::wire::Question;
use stringee::wire::signature::{SigningKey, Verdict, verdict};

/// The checks that the configuration asks for now. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<ArcSwap<Checks>>);

#[derive(Debug)]
struct Checks {
    networks: Vec<IpNet>,
    secrets: Vec<Secret>,
    /// The operator chose the keys: nobody makes them collide.
    projects: HashMap<u64, Project, FxBuildHasher>,
    unlisted: UnlistedProjects,
}

/// A project's signing keys and what is made of its signatures.
#[derive(Debug)]
struct Project {
    keys: Vec<SigningKey>,
    mode: SignatureMode,
}

/// A request that came from the right place; its body may be read.
///
/// It keeps what was right when it came: the gate may be renewed while the body is read.
#[derive(Debug)]
pub(super) struct Admitted(Guard<Arc<Checks>>);

/// What a request consists of once it has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'b> {
    /// Empty if there was none.
    pub(super) body: &'b [u8],
    /// Path and query as they were sent, of a `GET`; `None`: a `POST`.
    pub(super) path_and_query: Option<&'b str>,
    /// The value of the signature's header.
    pub(super) signature: Option<&'b [u8]>,
}

/// A question whose sender has been checked.
#[derive(Debug)]
pub(super) struct Authentic<'b> {
    pub(super) question: Question<'b>,
    /// What the signature was worth; `None` where nobody looks at it.
    pub(super) signature: Option<Verdict>,
}

impl Gate {
    /// The gate that a configuration describes.
    pub fn new(config: &WebhookConfig) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(Checks::new(config))))
    }

    /// From now on checks what this configuration describes.
    pub fn renew(&self, config: &WebhookConfig) {
        self.0.store(Arc::new(Checks::new(config)));
    }

    /// Whether where a request comes from, or the secret in its path, is what a stranger cannot have.
    pub(super) fn proves(&self, address: IpAddr, secret: Option<&str>) -> bool {
        let checks = self.0.load();
        let is_open = checks.networks.is_empty() && checks.secrets.is_empty();
        !is_open && checks.admit(address, secret).is_ok()
    }

    /// Checks what is known before the body is read: where the request comes from, and the path's secret.
    pub(super) fn admit(
        &self,
        address: IpAddr,
        secret: Option<&str>,
    ) -> Result<Admitted, Rejection> {
        let checks = self.0.load();
        checks.admit(address, secret)?;
        Ok(Admitted(checks))
    }
}

impl Checks {
    fn new(config: &WebhookConfig) -> Self {
        let mut projects = HashMap::default();
        for project in &config.projects {
            let keys = project.signing_keys.iter();
            let project_keys = Project {
                keys: keys.map(|key| SigningKey::new(key.expose())).collect(),
                mode: project.signature_mode(),
            };
            projects.insert(project.id, project_keys);
        }
        Self {
            networks: config.networks.clone(),
            secrets: config.secrets.clone(),
            projects,
            unlisted: config.unlisted_projects(),
        }
    }

    fn admit(&self, address: IpAddr, secret: Option<&str>) -> Result<(), Rejection> {
        if !self.networks.is_empty()
            && !self
                .networks
                .iter()
                .any(|network| network.contains(&address))
        {
            return Err(Rejection::Network);
        }
        let is_right = match secret {
            Some(secret) => self
                .secrets
                .iter()
                .any(|known| known.matches(secret.as_bytes())),
            None => self.secrets.is_empty(),
        };
        if is_right {
            Ok(())
        } else {
            Err(Rejection::PathSecret)
        }
    }
}

impl Admitted {
    /// Reads the question and checks its signature with the keys of the project that it names.
    pub(super) fn question<'b>(&self, sent: Sent<'b>) -> Result<Authentic<'b>, Rejection> {
        let question = sent.question().map_err(Rejection::NotAQuestion)?;
        let signature = self.signature(question.project_id, sent)?;
        Ok(Authentic {
            question,
            signature,
        })
    }

    /// Reads a call event and checks its signature alike.
    pub(super) fn event(&self, sent: Sent<'_>) -> Result<CallEvent, Rejection> {
        let event = CallEvent::from_json(sent.body).map_err(Rejection::NotAnEvent)?;
        self.signature(event.project_id, sent)?;
        Ok(event)
    }

    fn signature(
        &self,
        project: Option<u64>,
        sent: Sent<'_>,
    ) -> Result<Option<Verdict>, Rejection> {
        let Some(project) = project.and_then(|project| self.0.projects.get(&project)) else {
            return match self.0.unlisted {
                UnlistedProjects::Answer => Ok(None),
                UnlistedProjects::Refuse => Err(Rejection::UnlistedProject),
            };
        };
        let check = || verdict(&project.keys, sent.signed_data(), sent.signature);
        match project.mode {
            SignatureMode::Off => Ok(None),
            SignatureMode::Observe => Ok(Some(check())),
            SignatureMode::Require => match check() {
                Verdict::Valid => Ok(Some(Verdict::Valid)),
                Verdict::Missing => Err(Rejection::Unsigned),
                Verdict::Invalid => Err(Rejection::Signature),
            },
        }
    }
}

impl<'b> Sent<'b> {
    /// The body's question, or the query's if there is no body.
    fn question(&self) -> Result<Question<'b>, String> {
        let Some(sent) = self.path_and_query_alone() else {
            return Question::from_json(self.body);
        };
        let query = sent.split_once('?');
        Question::from_query(query.map_or("", |(_, query)| query))
    }

    /// What the signature has to cover: the part that is read. The platform signs path and query of a `GET`; a body
    /// beside them could be anybody's, so it needs a signature of its own.
    fn signed_data(&self) -> &'b [u8] {
        self.path_and_query_alone().map_or(self.body, str::as_bytes)
    }

    /// Path and query of a `GET` without a body.
    fn path_and_query_alone(&self) -> Option<&'b str> {
        if !self.body.trim_ascii().is_empty() {
            return None;
        }
        self.path_and_query
    }
}
