//! `[console]`: pages and an API for supervisors and admins, on the admin listener.

use std::collections::BTreeMap;

use routing::language::Language;
use serde::Deserialize;

use super::parse;

/// The console.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleConfig {
    /// Whether there is one. Default true: nobody gets in without an invitation.
    pub enabled: bool,
    /// Where people reach it, e.g. `https://console.example.com`. Default: empty, which means only as the admin listener
    /// is reached.
    ///
    /// Requests by this name get the console and nothing else, never `/status`, `/metrics` or `/accept`.
    #[serde(deserialize_with = "parse::public_url")]
    pub public_url: String,
    /// How people say who they are. Default `password`.
    pub sign_in: SignIn,
    /// With `sign_in = "proxy"`: the header in which a proxy of `admin.trusted_proxies` names the user. Default
    /// `X-Forwarded-User`.
    #[serde(deserialize_with = "parse::header_name")]
    pub proxy_user_header: String,
    /// The same for the user's groups, parted by commas. Default `X-Forwarded-Groups`.
    #[serde(deserialize_with = "parse::header_name")]
    pub proxy_groups_header: String,
    /// Which user, or group, has which role: `{ hoa = "admin", supervisors = "supervisor" }`. Default: nobody.
    ///
    /// Whoever has several has the highest.
    pub proxy_roles: BTreeMap<String, Role>,
    /// Hours without a request after which one has to sign in again, 1 to 336. Default 12; after 14 days in any case.
    #[serde(deserialize_with = "parse::within::<1, 336, _, _>")]
    pub session_hours: u32,
    /// The language of whoever has not chosen one, and whose browser asks for none of them. Default `vi`.
    #[serde(deserialize_with = "parse::language")]
    pub language: Language,
}

impl Default for ConsoleConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            public_url: String::new(),
            sign_in: SignIn::default(),
            proxy_user_header: "x-forwarded-user".to_owned(),
            proxy_groups_header: "x-forwarded-groups".to_owned(),
            proxy_roles: BTreeMap::new(),
            session_hours: 12,
            language: Language::Vi,
        }
    }
}

impl ConsoleConfig {
    /// The host of `public_url`, without its port.
    pub fn public_host(&self) -> Option<&str> {
        let (_, host) = self.public_url.split_once("://")?;
        host.split(':').next()
    }
}

/// How people say who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// By name and password, after an invitation.
    #[default]
    Password,
    /// A proxy has asked them, and names them in a header.
    Proxy,
}

/// What somebody may do; each may do what those before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, drafts and looks at what a draft would do.
    Viewer,
    /// Edits people's time, groups and callers.
    Supervisor,
    /// Edits everything, and lets people in.
    Admin,
}

impl Role {
    /// All, the lowest first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Supervisor, Self::Admin];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}
