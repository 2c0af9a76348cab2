//! What no single setting can know: the contents of secret files, and whether the settings agree.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::{Config, ConfigError, ProjectConfig, Secret, SignatureMode, parse};

/// Reads one secret from a text; the error says what a fit one looks like.
type ParseSecret = fn(String) -> Result<Secret, &'static str>;

const BOTH_SECRETS: &str = "stringee: api_key_secret and api_key_secret_file are both set; keep the one that holds the secret in use";

/// Adds the secrets that stand in files to those that stand in settings.
pub(super) fn read_secret_files(config: &mut Config) -> Result<(), ConfigError> {
    let webhook = &mut config.webhook;
    webhook
        .secrets
        .extend(secrets_in(&webhook.secret_files, parse::path_secret)?);
    for project in &mut webhook.projects {
        project
            .signing_keys
            .extend(secrets_in(&project.signing_key_files, parse::signing_key)?);
    }
    let stringee = &mut config.stringee;
    if let Some(file) = &stringee.api_key_secret_file {
        if stringee.api_key_secret.is_some() {
            return Err(ConfigError::Invalid {
                faults: vec![BOTH_SECRETS.to_owned()],
            });
        }
        stringee.api_key_secret = Some(secret_in(file, parse::key_secret)?);
    }
    Ok(())
}

fn secrets_in(files: &[PathBuf], parse: ParseSecret) -> Result<Vec<Secret>, ConfigError> {
    files.iter().map(|file| secret_in(file, parse)).collect()
}

fn secret_in(file: &PathBuf, parse: ParseSecret) -> Result<Secret, ConfigError> {
    let text = fs::read_to_string(file).map_err(|source| ConfigError::Unreadable {
        path: file.clone(),
        source,
    })?;
    let invalid = |fault| ConfigError::Invalid {
        faults: vec![format!("{}: {fault}", file.display())],
    };
    parse(text.trim().to_owned()).map_err(invalid)
}

/// Whether the settings agree with each other.
pub(super) fn agreement(config: &Config) -> Result<(), ConfigError> {
    let mut known = BTreeSet::new();
    let projects = &config.webhook.projects;
    let mut faults: Vec<String> = projects.iter().filter_map(keyless).collect();
    faults.extend(
        projects
            .iter()
            .filter(|project| !known.insert(project.id))
            .map(listed_twice),
    );
    if faults.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::Invalid { faults })
    }
}

/// A mode that needs a key, in a project without one.
fn keyless(project: &ProjectConfig) -> Option<String> {
    let mode = match project.signature? {
        SignatureMode::Require => "require",
        SignatureMode::Observe => "observe",
        SignatureMode::Off => return None,
    };
    let fault = format!(
        "webhook.projects: project {} has signature = \"{mode}\" but no key; add signing_keys or write \"off\"",
        project.id
    );
    project.signing_keys.is_empty().then_some(fault)
}

fn listed_twice(project: &ProjectConfig) -> String {
    format!(
        "webhook.projects: project {} is listed twice; put all its signing_keys into one entry",
        project.id
    )
}
