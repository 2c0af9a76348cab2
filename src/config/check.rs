//! What no single setting can know: the contents of secret files, and whether the settings agree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::file::MAX_BYTES;
use super::{
    Config, ConfigError, NoticesConfig, ProjectConfig, Secret, SignIn, SignatureMode, parse,
};
use crate::files;

/// Reads one secret from a text; the error says what a fit one looks like.
type ParseSecret = fn(String) -> Result<Secret, &'static str>;

const BOTH_SECRETS: &str = "stringee: api_key_secret and api_key_secret_file are both set; keep the one that holds the secret in use";

/// The mirror of the rules in PostgreSQL, in the state directory.
pub(super) const MIRROR_FILE: &str = "mirror.db";

const NO_SECRET_FILE: &str = "no such file is there, or in reach; write the path of a file that holds the secret, not the secret";

/// Adds the secrets that stand in files to those that stand in settings.
pub(super) fn read_secret_files(config: &mut Config, faults: &mut Vec<ConfigError>) {
    let webhook = &mut config.webhook;
    webhook.secrets.extend(secrets_in(
        "webhook.secret_files",
        &webhook.secret_files,
        parse::path_secret,
        faults,
    ));
    for project in &mut webhook.projects {
        project.signing_keys.extend(secrets_in(
            "webhook.projects: signing_key_files",
            &project.signing_key_files,
            parse::signing_key,
            faults,
        ));
    }
    read_postgres_urls(config, faults);
    read_notice_secrets(&mut config.notices, faults);
    let stringee = &mut config.stringee;
    let Some(file) = &stringee.api_key_secret_file else {
        return;
    };
    if stringee.api_key_secret.is_some() {
        faults.push(ConfigError::Invalid {
            faults: vec![BOTH_SECRETS.to_owned()],
        });
        return;
    }
    let setting = "stringee.api_key_secret_file";
    match secret_in(setting, file, parse::key_secret) {
        Ok(secret) => stringee.api_key_secret = Some(secret),
        Err(fault) => faults.push(fault),
    }
}

/// The secrets of notices that stand in files.
fn read_notice_secrets(notices: &mut NoticesConfig, faults: &mut Vec<ConfigError>) {
    let NoticesConfig {
        webhook_url,
        webhook_url_file,
        telegram_token,
        telegram_token_file,
        smtp_password,
        smtp_password_file,
        ..
    } = notices;
    let parse_url: ParseSecret = parse::address_on_the_web;
    let secrets = [
        ("webhook_url", webhook_url, webhook_url_file, parse_url),
        (
            "telegram_token",
            telegram_token,
            telegram_token_file,
            parse::key_secret,
        ),
        (
            "smtp_password",
            smtp_password,
            smtp_password_file,
            parse::some_password,
        ),
    ];
    for (setting, secret, file, parse) in secrets {
        let Some(file) = file else {
            continue;
        };
        if secret.is_some() {
            let fault = format!(
                "notices: {setting} and {setting}_file are both set; keep the one that holds the secret in use"
            );
            faults.push(ConfigError::Invalid {
                faults: vec![fault],
            });
            continue;
        }
        match secret_in(&format!("notices.{setting}_file"), file, parse) {
            Ok(read) => *secret = Some(read),
            Err(fault) => faults.push(fault),
        }
    }
}

/// With PostgreSQL the rules are read from its mirror.
fn read_postgres_urls(config: &mut Config, faults: &mut Vec<ConfigError>) {
    let database = &mut config.database;
    let file = database.url_file.as_deref();
    read_postgres_url("database", &mut database.url, file, faults);
    let cluster = &mut config.cluster;
    let file = cluster.url_file.as_deref();
    read_postgres_url("cluster", &mut cluster.url, file, faults);
    if database.url.is_some() {
        database.rules = database.state.join(MIRROR_FILE);
    }
}

fn read_postgres_url(
    section: &str,
    url: &mut Option<Secret>,
    file: Option<&Path>,
    faults: &mut Vec<ConfigError>,
) {
    let Some(file) = file else { return };
    if url.is_some() {
        faults.push(ConfigError::Invalid {
            faults: vec![format!(
                "{section}: url and url_file are both set; keep the one that holds the address in use"
            )],
        });
        return;
    }
    match secret_in(
        &format!("{section}.url_file"),
        file,
        parse::postgres_address,
    ) {
        Ok(address) => *url = Some(address),
        Err(fault) => faults.push(fault),
    }
}

fn secrets_in(
    setting: &str,
    files: &[PathBuf],
    parse: ParseSecret,
    faults: &mut Vec<ConfigError>,
) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for file in files {
        match secret_in(setting, file, parse) {
            Ok(secret) => secrets.push(secret),
            Err(fault) => faults.push(fault),
        }
    }
    secrets
}

fn secret_in(setting: &str, file: &Path, parse: ParseSecret) -> Result<Secret, ConfigError> {
    let invalid = |fault: String| ConfigError::Invalid {
        faults: vec![fault],
    };
    // A path that leads nowhere may be the secret itself, so only one of a file is shown.
    if !file.exists() {
        return Err(invalid(format!("{setting}: {NO_SECRET_FILE}")));
    }
    let text = files::read_text(file, MAX_BYTES).map_err(|source| ConfigError::Unreadable {
        path: file.to_owned(),
        source,
    })?;
    parse(text.trim().to_owned()).map_err(|fault| invalid(format!("{}: {fault}", file.display())))
}

/// Whether the settings agree with each other.
pub(super) fn agreement(config: &Config, faults: &mut Vec<ConfigError>) {
    let mut known = BTreeSet::new();
    let mut disagreements: Vec<String> = Vec::new();
    for project in &config.webhook.projects {
        disagreements.extend(keyless(project));
    }
    for project in &config.webhook.projects {
        if !known.insert(project.id) {
            disagreements.push(listed_twice(project));
        }
    }
    disagreements.extend(proxy_without_network(config));
    disagreements.extend(half_a_way(&config.notices));
    disagreements.extend(of_one_project(config));
    if !disagreements.is_empty() {
        faults.push(ConfigError::Invalid {
            faults: disagreements,
        });
    }
}

/// A mode that needs a key, in a project without one.
fn keyless(project: &ProjectConfig) -> Option<String> {
    let mode = match project.signature? {
        SignatureMode::Require => "require",
        SignatureMode::Observe => "observe",
        SignatureMode::Off => return None,
    };
    if !project.signing_keys.is_empty() {
        return None;
    }
    Some(format!(
        "webhook.projects: project {} has signature = \"{mode}\" but no key; add signing_keys or write \"off\"",
        project.id
    ))
}

/// Identity headers that nobody may send.
fn proxy_without_network(config: &Config) -> Option<String> {
    let is_proxy = config.console.enabled && config.console.sign_in == SignIn::Proxy;
    if !is_proxy || !config.admin.trusted_proxies.is_empty() {
        return None;
    }
    let fault = "console.sign_in is \"proxy\", but admin.trusted_proxies is empty; list the networks of the proxy that names the users";
    Some(fault.to_owned())
}

/// What can only be of one project, where several are served.
fn of_one_project(config: &Config) -> Vec<String> {
    let mut faults = Vec::new();
    if config.database.project.one().is_some() {
        return faults;
    }
    let several = "database.project names several projects";
    if config.database.url.is_none() {
        faults.push(format!(
            "{several}, which can only be in PostgreSQL: set database.url"
        ));
    }
    if config.notices != NoticesConfig::default() {
        faults.push(format!(
            "{several}, and notices are of one alone: set none here, and run a server of its own for a project that wants \
             them, to which no calls are sent, with one number in database.project"
        ));
    }
    faults
}

/// Ways of notices that lack a part.
fn half_a_way(notices: &NoticesConfig) -> Vec<String> {
    let mut faults = Vec::new();
    if notices.telegram_token.is_some() != notices.telegram_chat.is_some() {
        faults.push(
            "notices: Telegram needs both a token (telegram_token or telegram_token_file) and telegram_chat"
                .to_owned(),
        );
    }
    let has_mail = notices.mail_from.is_some() && !notices.mail_to.is_empty();
    if notices.smtp_host.is_some() != has_mail {
        faults.push("notices: mail needs smtp_host, mail_from and mail_to".to_owned());
    }
    if notices.smtp_user.is_some() != notices.smtp_password.is_some() {
        faults.push(
            "notices: smtp_user needs a password (smtp_password or smtp_password_file), and the password a user"
                .to_owned(),
        );
    }
    faults
}

fn listed_twice(project: &ProjectConfig) -> String {
    format!(
        "webhook.projects: project {} is listed twice; put all its signing_keys into one entry",
        project.id
    )
}
