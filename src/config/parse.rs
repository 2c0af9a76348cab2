//! Reads the fields whose mistakes deserve a sentence of their own.
//!
//! No sentence repeats what was typed: it may be a secret in the wrong place.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{Language, Secret, ServedProjects};

/// An address with its port.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let address = text.parse();
    address.map_err(|_unread| D::Error::custom(not_an_address(&text)))
}

/// What to write instead, guessed from what there is.
fn not_an_address(text: &str) -> String {
    let instead = match (
        text.parse::<u16>(),
        text.parse::<IpAddr>(),
        text.strip_prefix("localhost:"),
    ) {
        (Ok(port), _, _) => format!("0.0.0.0:{port}"),
        (_, Ok(ip), _) => SocketAddr::new(ip, 8080).to_string(),
        (_, _, Some(port)) => format!("127.0.0.1:{port}"),
        _ => "0.0.0.0:8080".to_owned(),
    };
    format!("not an address and a port; write '{instead}'")
}

/// Networks in CIDR notation; a bare address is the network of itself alone.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let networks = Vec::<Network>::deserialize(deserializer)?;
    let networks = networks.into_iter();
    Ok(networks.map(|Network(network)| network).collect())
}

/// One of a list, so that each wrong one is named.
struct Network(IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(address.into()));
        }
        match text.parse() {
            Ok(network) => Ok(Self(network)),
            Err(_) => Err(D::Error::custom(NOT_A_NETWORK)),
        }
    }
}

const NOT_A_NETWORK: &str = "not a network; write it like '203.0.113.0/24' or '203.0.113.7'";

/// Names of hosts, in small letters.
pub(super) fn host_names<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_name = |name: &String| !name.is_empty() && name.bytes().all(fit);
    if names.iter().all(is_name) {
        return Ok(names.iter().map(|name| name.to_ascii_lowercase()).collect());
    }
    Err(D::Error::custom(
        "not names of hosts; write them without scheme and port, like 'router.example.com'",
    ))
}

/// A number from `MIN` to `MAX`.
pub(super) fn within<'de, const MIN: u64, const MAX: u64, T, D>(
    deserializer: D,
) -> Result<T, D::Error>
where
    T: TryFrom<u64>,
    D: Deserializer<'de>,
{
    let number = u64::deserialize(deserializer)?;
    if (MIN..=MAX).contains(&number)
        && let Ok(number) = T::try_from(number)
    {
        return Ok(number);
    }
    let fault = format!("out of bounds; write {MIN} to {MAX}");
    Err(D::Error::custom(fault))
}

/// The code of a language.
pub(super) fn language<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Language, D::Error> {
    let code = String::deserialize(deserializer)?;
    Language::of_code(&code)
        .ok_or_else(|| D::Error::custom("not a language; write \"vi\" or \"en\""))
}

/// Directives of the log filter.
pub(super) fn filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_understood = EnvFilter::builder().parse(&text).is_ok();
    if is_understood && text.split(',').all(is_level_or_more) {
        return Ok(text);
    }
    Err(D::Error::custom(
        "not a log filter; write 'info', or 'warn,stringee_router::rules=debug'",
    ))
}

/// `tracing` takes a lone word that is no level for the name of a module, and then logs nothing at all. No module has a
/// hyphen in its name, as the program has.
fn is_level_or_more(directive: &str) -> bool {
    let directive = directive.trim();
    let target = directive.split(['=', '[']).next().unwrap_or_default();
    if target.contains('-') {
        return false;
    }
    directive.is_empty()
        || directive.contains(['=', ':', '['])
        || directive.parse::<LevelFilter>().is_ok()
}

/// The beginning of an address on the web: scheme and host, without a path.
pub(super) fn base_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let base = text.trim_end_matches('/');
    if let Some(host) = host_of(base)
        && !host.contains(['/', '?', '#', '@', ' '])
    {
        return Ok(base.to_owned());
    }
    Err(D::Error::custom(
        "not a scheme and a host; write 'https://icc-api.stringee.com'",
    ))
}

/// The address of the console as people write it; empty for none.
pub(super) fn public_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let base = text.trim_end_matches('/').to_ascii_lowercase();
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    let is_right = match host_of(&base) {
        Some(host) => host.bytes().all(fit),
        None => base.is_empty(),
    };
    if is_right {
        return Ok(base);
    }
    Err(D::Error::custom(
        "not a scheme and a host; write 'https://console.example.com', without a path",
    ))
}

/// What follows the scheme of an address on the web, if anything does.
fn host_of(base: &str) -> Option<&str> {
    let host = match base.strip_prefix("https://") {
        Some(host) => host,
        None => base.strip_prefix("http://")?,
    };
    if host.is_empty() {
        return None;
    }
    Some(host)
}

pub(super) fn header_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !text.is_empty() && text.bytes().all(fit) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(D::Error::custom(
        "not the name of a header; write it like 'X-Forwarded-User'",
    ))
}

/// An address on the web with its path, which may hold a secret.
#[expect(
    clippy::map_err_ignore,
    reason = "serde's message repeats the value it did not expect, and this one is secret"
)]
pub(super) fn web_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret>, D::Error> {
    let text = String::deserialize(deserializer)
        .map_err(|_| D::Error::custom("not a text; write '...'"))?;
    address_on_the_web(text).map(Some).map_err(D::Error::custom)
}

/// One such address.
pub(super) fn address_on_the_web(text: String) -> Result<Secret, &'static str> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_fit = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_fit
        .then(|| Secret::new(text))
        .ok_or("not an address on the web; write it like 'https://example.com/hook'")
}

/// A password: any text.
#[expect(
    clippy::map_err_ignore,
    reason = "serde's message repeats the value it did not expect, and this one is secret"
)]
pub(super) fn password<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret>, D::Error> {
    let text = String::deserialize(deserializer)
        .map_err(|_| D::Error::custom("not a text; write '...'"))?;
    some_password(text).map(Some).map_err(D::Error::custom)
}

/// One password.
pub(super) fn some_password(text: String) -> Result<Secret, &'static str> {
    let is_fit = !text.is_empty();
    is_fit
        .then(|| Secret::new(text))
        .ok_or("a password must not be empty")
}

/// An address of mail.
pub(super) fn mailbox<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    fit_mailbox(text).map(Some).map_err(D::Error::custom)
}

/// Several addresses of mail.
pub(super) fn mailboxes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let boxes: Result<Vec<String>, _> = texts.into_iter().map(fit_mailbox).collect();
    boxes.map_err(D::Error::custom)
}

fn fit_mailbox(text: String) -> Result<String, &'static str> {
    let is_fit = text.parse::<lettre::message::Mailbox>().is_ok();
    is_fit
        .then_some(text)
        .ok_or("not an address of mail; write it like 'hoa@example.com' or 'Hoa <hoa@example.com>'")
}

/// The secret of an API key.
#[expect(
    clippy::map_err_ignore,
    reason = "serde's message repeats the value it did not expect, and this one is secret"
)]
pub(super) fn api_key_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret>, D::Error> {
    let text = String::deserialize(deserializer)
        .map_err(|_| D::Error::custom("not a text; write '...'"))?;
    match key_secret(text) {
        Ok(secret) => Ok(Some(secret)),
        Err(fault) => Err(D::Error::custom(fault)),
    }
}

/// One secret of an API key as the platform's console shows it.
pub(super) fn key_secret(text: String) -> Result<Secret, &'static str> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            "an API key's secret must not be empty nor hold blanks or letters outside ASCII",
        );
    }
    Ok(Secret::new(text))
}

/// An address of PostgreSQL.
#[expect(
    clippy::map_err_ignore,
    reason = "serde's message repeats the value it did not expect, and this one is secret"
)]
pub(super) fn postgres_url<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret>, D::Error> {
    let text = String::deserialize(deserializer)
        .map_err(|_| D::Error::custom("not a text; write '...'"))?;
    match postgres_address(text) {
        Ok(secret) => Ok(Some(secret)),
        Err(fault) => Err(D::Error::custom(fault)),
    }
}

/// One project by its number, several, or all of them.
pub(super) fn served_projects<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ServedProjects, D::Error> {
    const FAULT: &str = "not a project; write its number, like 7, several like [7, 9], or 'all'";
    let number = |text: &str| text.trim().parse().ok().filter(|number: &i64| *number >= 0);
    let numbers = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) if text.trim() == "all" => return Ok(ServedProjects::All),
        toml::Value::String(text) if !text.contains(',') => {
            let one = number(&text).ok_or_else(|| D::Error::custom(FAULT))?;
            return Ok(ServedProjects::One(one));
        }
        toml::Value::Integer(one) if one >= 0 => return Ok(ServedProjects::One(one)),
        toml::Value::String(text) => text.split(',').map(number).collect(),
        toml::Value::Array(values) => {
            let numbers = values.iter().map(toml::Value::as_integer);
            numbers.map(|one| one.filter(|one| *one >= 0)).collect()
        }
        _ => None,
    };
    let mut numbers: Vec<i64> = numbers.ok_or_else(|| D::Error::custom(FAULT))?;
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Err(D::Error::custom(FAULT));
    }
    Ok(ServedProjects::List(numbers))
}

/// One address of PostgreSQL. What is wrong behind its beginning shows when it is used.
pub(super) fn postgres_address(text: String) -> Result<Secret, &'static str> {
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err(
            "not an address of PostgreSQL; write it like 'postgres://user:password@host:5432/database'",
        );
    }
    Ok(Secret::new(text))
}

/// Secrets that stand in a path.
pub(super) fn path_secrets<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Secret>, D::Error> {
    secrets(deserializer, path_secret)
}

/// Keys that sign requests.
pub(super) fn signing_keys<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Secret>, D::Error> {
    secrets(deserializer, signing_key)
}

/// One secret for a path: long enough not to be guessed, and never in need of escaping.
pub(super) fn path_secret(text: String) -> Result<Secret, &'static str> {
    const SHORTEST_CHARS: usize = 16;
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if text.len() < SHORTEST_CHARS || !text.bytes().all(safe) {
        return Err("a secret must be 16 or more characters of A-Z a-z 0-9 _ -");
    }
    Ok(Secret::new(text))
}

/// One key as the platform's console shows it; a blank in it is a slip of the clipboard.
pub(super) fn signing_key(text: String) -> Result<Secret, &'static str> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a signing key must not be empty nor hold blanks or letters outside ASCII");
    }
    Ok(Secret::new(text))
}

/// A list of secrets; no message repeats what stands in it.
#[expect(
    clippy::map_err_ignore,
    reason = "serde's message repeats the value it did not expect, and this one is secret"
)]
fn secrets<'de, D: Deserializer<'de>>(
    deserializer: D,
    parse: fn(String) -> Result<Secret, &'static str>,
) -> Result<Vec<Secret>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)
        .map_err(|_| D::Error::custom("not a list of texts; write ['...']"))?;
    let mut secrets = Vec::new();
    let mut faults = Vec::new();
    for (at, text) in texts.into_iter().enumerate() {
        match parse(text) {
            Ok(secret) => secrets.push(secret),
            Err(fault) => faults.push(format!("[{at}]: {fault}")),
        }
    }
    if faults.is_empty() {
        Ok(secrets)
    } else {
        Err(D::Error::custom(faults.join("; ")))
    }
}
