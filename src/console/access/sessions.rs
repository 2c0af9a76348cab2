//! Signing in and out.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};

use super::secrets::Opener;
use super::user::host;
use super::{Password, cookies, passwords};
use crate::config::ConsoleConfig;
use crate::console::Desk;
use crate::console::desk::DeskError;
use crate::server::ClientAddress;
use crate::store::{ConsoleFile, Failures, SignInRow, StoreError};

/// Sign-ins that are refused in this time count.
const FAILURES_COUNT_FOR: SignedDuration = SignedDuration::from_mins(15);
/// So many to one user, and then everybody waits who types that name.
const MAX_FAILURES_OF_USER: u32 = 5;
/// So many from one address, whatever the name.
const MAX_FAILURES_OF_ADDRESS: u32 = 20;
/// The longest life of a session.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How long sign-ins are kept.
const SIGN_INS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Which sessions count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) now: Timestamp,
    /// Those used since.
    pub(super) idle: Timestamp,
    /// Those begun since.
    pub(super) born: Timestamp,
}

impl Bounds {
    pub(super) fn new(config: &ConsoleConfig, now: Timestamp) -> Self {
        let idle = SignedDuration::from_hours(i64::from(config.session_hours));
        Self {
            now,
            idle: now - idle,
            born: now - MAX_AGE,
        }
    }

    /// A session that is only looked at becomes no younger: none that counts was seen before this.
    pub(super) fn for_a_look(self) -> Self {
        Self {
            now: self.idle,
            ..self
        }
    }
}

/// A session has begun.
pub(in crate::console) struct SignedIn {
    /// What the browser shows from now on.
    pub(in crate::console) cookie: Option<HeaderValue>,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub(in crate::console) enum SignInRefusal {
    /// Nobody has this name, or another password.
    #[error("the name or the password is wrong")]
    Wrong,
    /// There were too many failures of late.
    #[error("too many failures")]
    TooMany,
    /// The console's own fault.
    #[error(transparent)]
    Broken(#[from] DeskError),
}

impl From<StoreError> for SignInRefusal {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.into())
    }
}

/// Whether a request came by the public `https` URL.
pub(super) fn is_secure(config: &ConsoleConfig, headers: &HeaderMap) -> bool {
    config.public_url.starts_with("https://")
        && host(headers).is_some_and(|host| config.public_host() == Some(&host))
}

/// Begins a session for whoever knows the password.
pub(in crate::console) async fn sign_in(
    desk: &Arc<Desk>,
    headers: &HeaderMap,
    client: ClientAddress,
    name: String,
    password: String,
) -> Result<SignedIn, SignInRefusal> {
    let secure = is_secure(&desk.config, headers);
    let address = client.neighbourhood().to_string();
    let _alone = desk.hashing.acquire().await.ok();
    let trying = desk.work(move |desk| {
        let (file, now) = (desk.file()?, clock::now());
        let attempt = SignInAttempt {
            name: &name,
            address: &address,
            now,
        };
        check(&file, &attempt, &password)?;
        begin_with(desk, &file, &attempt, secure)
    });
    trying.await?
}

/// One try to sign in.
struct SignInAttempt<'a> {
    name: &'a str,
    address: &'a str,
    now: Timestamp,
}

impl SignInAttempt<'_> {
    fn note(&self, file: &ConsoleFile, outcome: &str) -> Result<(), StoreError> {
        let row = SignInRow {
            at: self.now,
            user_name: self.name.chars().take(64).collect(),
            address: self.address.to_owned(),
            outcome: outcome.to_owned(),
        };
        file.note_sign_in(&row, self.now - SIGN_INS_KEPT)
    }
}

fn check(
    file: &ConsoleFile,
    attempt: &SignInAttempt<'_>,
    password: &str,
) -> Result<(), SignInRefusal> {
    let since = attempt.now - FAILURES_COUNT_FOR;
    let Failures {
        of_user,
        of_address,
    } = file.failures(attempt.name, attempt.address, since)?;
    if of_user >= MAX_FAILURES_OF_USER || of_address >= MAX_FAILURES_OF_ADDRESS {
        return Err(SignInRefusal::TooMany);
    }
    let user = file.user(attempt.name)?.filter(|user| user.enabled);
    let kept = user.as_ref().and_then(|user| user.password.as_deref());
    if !passwords::is_right(password, kept) {
        attempt.note(file, "refused")?;
        // What was typed as a name may be a password.
        let known = user.map_or_else(|| "nobody's".to_owned(), |user| user.name);
        tracing::warn!(user = known, address = attempt.address, "sign-in refused");
        return Err(SignInRefusal::Wrong);
    }
    Ok(())
}

fn begin_with(
    desk: &Desk,
    file: &ConsoleFile,
    attempt: &SignInAttempt<'_>,
    secure: bool,
) -> Result<SignedIn, SignInRefusal> {
    let Bounds { idle, born, .. } = Bounds::new(&desk.config, attempt.now);
    file.forget_sessions(idle, born)?;
    let cookie = begin(file, attempt.name, attempt.address, attempt.now, secure)?;
    attempt.note(file, "signed_in")?;
    tracing::info!(user = attempt.name, address = attempt.address, "signed in");
    Ok(cookie)
}

/// Begins a session of somebody who has shown who they are.
pub(in crate::console) fn begin(
    file: &ConsoleFile,
    name: &str,
    address: &str,
    now: Timestamp,
    secure: bool,
) -> Result<SignedIn, DeskError> {
    let secret = Opener::new("")?;
    file.add_session(&secret.hash, name, address, now)?;
    Ok(SignedIn {
        cookie: cookies::keep(&secret.text, secure),
    })
}

/// Ends a session; the browser forgets its cookie.
pub(in crate::console) async fn end(
    desk: &Arc<Desk>,
    headers: &HeaderMap,
    hash: Vec<u8>,
) -> Result<SignedIn, DeskError> {
    desk.filed(move |file| file.end_session(&hash)).await?;
    Ok(SignedIn {
        cookie: cookies::keep("", is_secure(&desk.config, headers)),
    })
}

/// Replaces the password of somebody who knows the old one; their sessions end, and a new one begins here.
pub(in crate::console) async fn change_password(
    desk: &Arc<Desk>,
    headers: &HeaderMap,
    client: ClientAddress,
    name: String,
    old: String,
    new: Password,
) -> Result<SignedIn, SignInRefusal> {
    let secure = is_secure(&desk.config, headers);
    let address = client.neighbourhood().to_string();
    let _alone = desk.hashing.acquire().await.ok();
    let changing = desk.work(move |desk| {
        let (file, now) = (desk.file()?, clock::now());
        let attempt = SignInAttempt {
            name: &name,
            address: &address,
            now,
        };
        check(&file, &attempt, &old)?;
        let hash = new.hash().ok_or(SignInRefusal::Wrong)?;
        file.set_password(&name, &hash)?;
        tracing::info!(user = name, address, "password changed");
        begin_with(desk, &file, &attempt, secure)
    });
    changing.await?
}
