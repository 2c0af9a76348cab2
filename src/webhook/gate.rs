//! Who may ask: source network, path secret, signature. Only what passes all three can be read as a question.
//!
//! ```text
//! head  -> network: the peer, or what a trusted proxy says of it   403
//!       -> secret: the last part of the path                       404, as if there were nothing
//! body  -> project: names the rules, and the key                   401 if it is not configured, and others are
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
use crate::projects::{Project, Projects};
use stringee::wire::CallEvent;
use stringee::wire::Question;
use stringee::wire::signature::{SigningKey, Verdict, verdict};

/// The checks that the configuration asks for now. Clones are the same gate.
///
/// Of several projects each has keys and secrets of its own beside those of the configuration, which are right for all.
#[derive(Clone, Debug)]
pub struct Gate {
    checks: Arc<ArcSwap<Checks>>,
    projects: Arc<Projects>,
}

#[derive(Debug)]
struct Checks {
    networks: Vec<IpNet>,
    secrets: Vec<Secret>,
    /// The operator chose the keys: nobody makes them collide.
    projects: HashMap<u64, KeyedProject, FxBuildHasher>,
    unlisted: UnlistedProjects,
    /// Of one of several projects that has no key: it answers for its own rules alone, so that naming it is no way round
    /// another one's key.
    keyless: UnlistedProjects,
}

/// A project's signing keys and what is made of its signatures.
#[derive(Debug)]
struct KeyedProject {
    keys: Vec<SigningKey>,
    mode: SignatureMode,
}

/// A request that came from the right place; its body may be read.
///
/// It keeps what was right when it came: the gate may be renewed while the body is read.
#[derive(Debug)]
pub(super) struct Admitted<'g> {
    checks: Guard<Arc<Checks>>,
    projects: &'g Projects,
    proof: PathProof,
}

/// What the path says of who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PathProof {
    /// There is no secret in it, and the configuration has none.
    Bare,
    /// A secret of the configuration.
    Ours,
    /// The secret of this project.
    Of(i64),
}

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
    /// By whose rules it is answered.
    pub(super) project: Arc<Project>,
    /// What the signature was worth; `None` where nobody looks at it.
    pub(super) signature: Option<Verdict>,
}

impl Gate {
    /// The gate that a configuration describes.
    pub fn new(config: &WebhookConfig, projects: Arc<Projects>) -> Self {
        Self {
            checks: Arc::new(ArcSwap::from_pointee(Checks::new(config))),
            projects,
        }
    }

    /// From now on checks what this configuration describes.
    pub fn renew(&self, config: &WebhookConfig) {
        self.checks.store(Arc::new(Checks::new(config)));
    }

    /// Whether where a request comes from, or the secret in its path, is what a stranger cannot have.
    pub(super) fn proves(&self, address: IpAddr, secret: Option<&str>) -> bool {
        let checks = self.checks.load();
        match checks.admit(address, secret, &self.projects) {
            Ok(PathProof::Bare) => !checks.networks.is_empty(),
            Ok(PathProof::Ours | PathProof::Of(_)) => true,
            Err(_) => false,
        }
    }

    /// Checks what is known before the body is read: where the request comes from, and the path's secret.
    pub(super) fn admit(
        &self,
        address: IpAddr,
        secret: Option<&str>,
    ) -> Result<Admitted<'_>, Rejection> {
        let checks = self.checks.load();
        let proof = checks.admit(address, secret, &self.projects)?;
        Ok(Admitted {
            checks,
            projects: &self.projects,
            proof,
        })
    }
}

impl Checks {
    fn new(config: &WebhookConfig) -> Self {
        let mut projects = HashMap::default();
        for project in &config.projects {
            let keys = project.signing_keys.iter();
            let project_keys = KeyedProject {
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
            keyless: config.unlisted_projects.unwrap_or(UnlistedProjects::Answer),
        }
    }

    fn admit(
        &self,
        address: IpAddr,
        secret: Option<&str>,
        projects: &Projects,
    ) -> Result<PathProof, Rejection> {
        if !self.networks.is_empty()
            && !self
                .networks
                .iter()
                .any(|network| network.contains(&address))
        {
            return Err(Rejection::Network);
        }
        let Some(secret) = secret else {
            let is_open = self.secrets.is_empty();
            return is_open
                .then_some(PathProof::Bare)
                .ok_or(Rejection::PathSecret);
        };
        if self
            .secrets
            .iter()
            .any(|known| known.matches(secret.as_bytes()))
        {
            return Ok(PathProof::Ours);
        }
        let of = match projects {
            Projects::One(_) => None,
            Projects::Several(several) => several.of_secret(secret),
        };
        of.map(PathProof::Of).ok_or(Rejection::PathSecret)
    }
}

impl Admitted<'_> {
    /// Reads the question and checks its signature with the keys of the project that it names.
    pub(super) fn question<'b>(&self, sent: Sent<'b>) -> Result<Authentic<'b>, Rejection> {
        let question = sent.question().map_err(Rejection::NotAQuestion)?;
        let (project, signature) = self.project(question.project_id, sent)?;
        Ok(Authentic {
            question,
            project,
            signature,
        })
    }

    /// Reads a call event and checks its signature alike.
    pub(super) fn event(&self, sent: Sent<'_>) -> Result<(CallEvent, Arc<Project>), Rejection> {
        let event = CallEvent::from_json(sent.body).map_err(Rejection::NotAnEvent)?;
        let (project, _) = self.project(event.project_id, sent)?;
        Ok((event, project))
    }

    /// Whose it is, and what its signature is worth.
    fn project(
        &self,
        named: Option<u64>,
        sent: Sent<'_>,
    ) -> Result<(Arc<Project>, Option<Verdict>), Rejection> {
        let several = match self.projects {
            Projects::One(project) => {
                let signature = self.signature_of_one(named, sent)?;
                return Ok((Arc::clone(project), signature));
            }
            Projects::Several(_) => self.projects,
        };
        // A number beyond all that PostgreSQL counts is nobody's.
        let named = named.map(|named| i64::try_from(named).unwrap_or(-1));
        let number = match (named, self.proof) {
            (Some(named), PathProof::Of(project)) if named != project => {
                return Err(Rejection::PathSecret);
            }
            (Some(named), _) => named,
            (None, PathProof::Of(project)) => project,
            (None, PathProof::Bare | PathProof::Ours) => return Err(Rejection::UnnamedProject),
        };
        let project = several
            .get(number)
            .ok_or(Rejection::UnknownProject(number))?;
        let keys = project.keys.load();
        if self.proof == PathProof::Bare && !keys.path_secrets.is_empty() {
            return Err(Rejection::PathSecret);
        }
        let configured = u64::try_from(number).ok();
        let configured = configured.and_then(|number| self.checks.projects.get(&number));
        let mut signing_keys = keys.signing_keys.clone();
        signing_keys.extend(configured.iter().flat_map(|project| project.keys.clone()));
        let mode = match (keys.mode, configured) {
            (Some(mode), _) => mode,
            (None, Some(configured)) if keys.signing_keys.is_empty() => configured.mode,
            (None, _) if !signing_keys.is_empty() => SignatureMode::Require,
            (None, _) if self.checks.keyless == UnlistedProjects::Refuse => {
                return Err(Rejection::UnlistedProject);
            }
            (None, _) => SignatureMode::Off,
        };
        let signature = judged(mode, &signing_keys, sent)?;
        Ok((project, signature))
    }

    fn signature_of_one(
        &self,
        project: Option<u64>,
        sent: Sent<'_>,
    ) -> Result<Option<Verdict>, Rejection> {
        let Some(project) = project.and_then(|project| self.checks.projects.get(&project)) else {
            return match self.checks.unlisted {
                UnlistedProjects::Answer => Ok(None),
                UnlistedProjects::Refuse => Err(Rejection::UnlistedProject),
            };
        };
        judged(project.mode, &project.keys, sent)
    }
}

/// What a signature is worth; an error if it had to be right.
fn judged(
    mode: SignatureMode,
    keys: &[SigningKey],
    sent: Sent<'_>,
) -> Result<Option<Verdict>, Rejection> {
    let check = || verdict(keys, sent.signed_data(), sent.signature);
    match mode {
        SignatureMode::Off => Ok(None),
        SignatureMode::Observe => Ok(Some(check())),
        SignatureMode::Require => match check() {
            Verdict::Valid => Ok(Some(Verdict::Valid)),
            Verdict::Missing => Err(Rejection::Unsigned),
            Verdict::Invalid => Err(Rejection::Signature),
        },
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
