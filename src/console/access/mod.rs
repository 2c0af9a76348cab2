//! Who it is that asks: by a session, a token or a proxy; and what they may do.

mod cookies;
mod invitations;
mod passwords;
mod proxy;
pub(super) mod roles;
mod secrets;
mod sessions;
mod user;

pub(super) use cookies::named;
pub use invitations::{Invitation, InviteError, invite};
pub(super) use invitations::{MAX_NAME_CHARS, invited, is_name, join};
pub(super) use passwords::{MIN_PASSWORD_CHARS, Password};
pub use secrets::NoRandomness;
pub(super) use secrets::{Opener, TOKEN_PREFIX, hash_of};
pub(super) use sessions::{SignInRefusal, SignedIn, change_password, end, sign_in};
pub(super) use user::{TurnedAway, User, Way};
