//! `console`: lets people into the console.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::http::reachable;
use super::options::Sources;
use super::output::{Output, complain};
use crate::config::{Config, Role, SignIn};
use crate::console::invite;
use crate::store::{CONSOLE_FILE, ConsoleFile};

/// Let people into the console.
///
/// The console is the pages for supervisors and admins on the admin listener. Nobody gets in without an invitation.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ConsoleArguments {
    #[command(subcommand)]
    action: ConsoleAction,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router console invite hoa --role admin
  stringee-router console invite minh --role supervisor

Exit codes: 0 done, 2 it could not be done.";

#[derive(Debug, Subcommand)]
enum ConsoleAction {
    /// Print a link by which somebody chooses a password; it works once
    ///
    /// With the name of somebody who has a password already, the link replaces it. The first link is over after 15
    /// minutes, later ones after 3 days.
    Invite {
        /// The name to sign in with: letters, digits, dots, dashes and underscores
        name: String,
        /// What they may do
        #[arg(long, value_enum)]
        role: RoleName,
    },
}

/// A role as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    /// Reads, and prepares edits
    Viewer,
    /// Edits people's time, groups and callers
    Supervisor,
    /// Edits everything, and lets people in
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Supervisor => Self::Supervisor,
            RoleName::Admin => Self::Admin,
        }
    }
}

pub(super) fn run(
    arguments: ConsoleArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let ConsoleAction::Invite { name, role } = arguments.action;
    let config = sources.config()?;
    if config.console.sign_in == SignIn::Proxy {
        bail!(
            "people sign in at a proxy (console.sign_in), so there is nothing to choose a password for; give them a role \
             in console.proxy_roles"
        );
    }
    if !config.console.enabled {
        complain("warning: console.enabled is false, so the link leads nowhere");
    }
    let path = config.database.state.join(CONSOLE_FILE);
    let file = ConsoleFile::open(&path).context("nobody is invited")?;
    let invitation = invite(&file, &name, role.into(), sources.user())?;
    output.line(format_args!("{}{}", base(&config), invitation.path))?;
    output.line(format_args!(
        "It works once, until {:.0}.",
        invitation.expires_at
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Where the console is reached.
fn base(config: &Config) -> String {
    if config.console.public_url.is_empty() {
        format!("http://{}", reachable(config.admin.listen))
    } else {
        config.console.public_url.clone()
    }
}
