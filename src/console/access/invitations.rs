//! Links by which somebody chooses a password: the first admin's from the command line, the others' from the console.

use std::sync::Arc;

use axum::http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use super::Password;
use super::secrets::{NoRandomness, Opener, hash_of};
use super::sessions::{SignedIn, begin, is_secure};
use crate::config::Role;
use crate::console::Desk;
use crate::console::desk::DeskError;
use crate::server::ClientAddress;
use crate::store::{ConsoleFile, InviteRow, StoreError};

/// The first admin sits before the screen that shows the link.
const FIRST_LASTS: SignedDuration = SignedDuration::from_mins(15);
/// The others get it by mail or chat.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 3);
/// The longest name of a user.
pub(in crate::console) const MAX_NAME_CHARS: usize = 64;

/// A link that works once.
#[derive(Debug)]
pub struct Invitation {
    /// What follows the console's address: `/invite/...`.
    pub path: String,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// Why nobody is invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// The name cannot be a user's.
    #[error(
        "a user's name is 1 to {MAX_NAME_CHARS} letters, digits, dots, dashes and underscores, such as hoa or hoa.nguyen"
    )]
    Name,
    /// The console's file.
    #[error(transparent)]
    File(#[from] StoreError),
    /// No secret can be made.
    #[error(transparent)]
    Secret(#[from] NoRandomness),
}

/// Whether a text can be a user's name. It stands in `changes.actor`, so that it has no blanks.
pub(in crate::console) fn is_name(text: &str) -> bool {
    let is_fit = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+');
    (1..=MAX_NAME_CHARS).contains(&text.chars().count()) && text.chars().all(is_fit)
}

/// Invites somebody; with the name of a user, the link replaces their password.
///
/// # Errors
/// The name is none, or the console's file cannot be written.
pub fn invite(
    file: &ConsoleFile,
    name: &str,
    role: Role,
    by: &str,
) -> Result<Invitation, InviteError> {
    if !is_name(name) {
        return Err(InviteError::Name);
    }
    let lasts = if file.has_users()? {
        LASTS
    } else {
        FIRST_LASTS
    };
    let secret = Opener::new("")?;
    let invite = InviteRow {
        user_name: name.to_owned(),
        role: role.name().to_owned(),
        created_by: by.to_owned(),
        expires_at: clock::now() + lasts,
    };
    file.add_invite(&secret.hash, &invite)?;
    Ok(Invitation {
        path: format!("/invite/{}", secret.text),
        expires_at: invite.expires_at,
    })
}

/// Who is invited by a link, unless it is used or over.
pub(in crate::console) async fn invited(
    desk: &Arc<Desk>,
    secret: &str,
) -> Result<Option<InviteRow>, DeskError> {
    let hash = hash_of(secret);
    desk.filed(move |file| file.invite(&hash, clock::now()))
        .await
}

/// Uses a link: the user has this password from now on, and is signed in. `None` if the link is used or over.
pub(in crate::console) async fn join(
    desk: &Arc<Desk>,
    headers: &HeaderMap,
    client: ClientAddress,
    secret: &str,
    full_name: String,
    password: Password,
) -> Result<Option<SignedIn>, DeskError> {
    let hash = hash_of(secret);
    let secure = is_secure(&desk.config, headers);
    let address = client.neighbourhood().to_string();
    let _alone = desk.hashing.acquire().await.ok();
    let joining = desk.work(move |desk| {
        let (file, now) = (desk.file()?, clock::now());
        let (Some(invite), Some(password)) = (file.invite(&hash, now)?, password.hash()) else {
            return Ok(None);
        };
        if !file.use_invite(&hash, full_name.trim(), &password, now)? {
            return Ok(None);
        }
        let name = invite.user_name;
        tracing::info!(
            user = name,
            role = invite.role,
            by = invite.created_by,
            "joined"
        );
        begin(&file, &name, &address, now, secure).map(Some)
    });
    joining.await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_link_is_short_lived() {
        let directory = tempfile::tempdir().unwrap();
        let file = ConsoleFile::open(&directory.path().join("console.db")).unwrap();
        let lasts = |name: &str| {
            let invitation = invite(&file, name, Role::Admin, "test").unwrap();
            let secret = invitation.path.strip_prefix("/invite/").unwrap().to_owned();
            (secret, invitation.expires_at - clock::now())
        };
        let (secret, first) = lasts("hoa");
        assert!(first.get_hours() == 0 && first.get_minutes() <= 15);
        assert!(
            file.use_invite(&hash_of(&secret), "", "hash", clock::now())
                .unwrap()
        );
        let (_, later) = lasts("minh");
        assert!(later.total(jiff::Unit::Hour).unwrap() > 71.0);
    }

    #[test]
    fn a_name_has_no_blanks() {
        for fit in ["hoa", "hoa.nguyen", "hoa@example.com", "Thùy"] {
            assert!(is_name(fit), "{fit}");
        }
        for unfit in ["", "hoa nguyen", "hoa\n", "<b>", "a/b", &"a".repeat(65)] {
            assert!(!is_name(unfit), "{unfit}");
        }
    }
}
