//! The file, read straight into [`Config`], so that each of its mistakes has its line and column.
//!
//! A setting that is not understood is taken out of the document, and what is left is read again: so all mistakes are
//! found at once.

use std::path::Path;

use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path as SettingPath, Segment};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer, Error as TomlError};

use super::Config;
use super::layers::ConfigError;
use super::overlay::Node;
use super::words::{NO_SUCH_SETTING, in_words};
use crate::files;

/// The longest file of a configuration, or of a secret.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// The configuration of a file, and the tree to lay the other layers over; both without what is wrong with it.
pub(super) fn read(
    path: &Path,
    faults: &mut Vec<ConfigError>,
) -> Result<(Config, Node), ConfigError> {
    let text = files::read_text(path, MAX_BYTES).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let malformed = |setting: &str, error: &TomlError| malformed(path, &text, setting, error);
    let mut document = DeTable::parse(&text).map_err(|error| malformed("", &error))?;
    let mut removed: Vec<String> = Vec::new();
    let config = loop {
        let error = match deserialize::<Config>(&document) {
            Ok(config) => break config,
            Err(error) => error,
        };
        let place = as_written(error.path(), &removed);
        // A setting that was taken out is missing only because of that.
        let is_consequence = error.inner().message().starts_with("missing field")
            && removed.iter().any(|gone| gone.starts_with(&place));
        if !is_consequence {
            let words = in_words(error.inner().message());
            faults.push(malformed(
                &setting(error.path(), &place, &words),
                error.inner(),
            ));
        }
        if !remove(&mut document, error.path()) {
            ConfigError::of(std::mem::take(faults))?;
        }
        removed.push(place);
    };
    faults.sort_by_key(ConfigError::place);
    let table = toml::Table::deserialize(Deserializer::from(document))
        .map_err(|error| malformed("", &error))?;
    Ok((config, Node::from_toml(toml::Value::Table(table))))
}

fn deserialize<T: DeserializeOwned>(
    document: &Spanned<DeTable<'_>>,
) -> Result<T, serde_path_to_error::Error<TomlError>> {
    serde_path_to_error::deserialize(Deserializer::from(document.clone()))
}

/// Where something stood before other entries of its list were taken out: an error is always in the first that is wrong.
fn as_written(path: &SettingPath, removed: &[String]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                let mut before = 0;
                for gone in removed {
                    let rest = gone.strip_prefix(&*text).unwrap_or_default();
                    if rest.starts_with('[') && rest.find(']') == Some(rest.len() - 1) {
                        before += 1;
                    }
                }
                text = format!("{text}[{}]", index + before);
            }
            key => {
                let dot = if text.is_empty() { "" } else { "." };
                text = format!("{text}{dot}{key}");
            }
        }
    }
    text
}

/// Takes a setting or an entry of a list out of the document; says whether there was anything to take out.
fn remove(document: &mut Spanned<DeTable<'_>>, path: &SettingPath) -> bool {
    let is_place =
        |segment: &&Segment| matches!(segment, Segment::Map { .. } | Segment::Seq { .. });
    let segments: Vec<&Segment> = path.iter().filter(is_place).collect();
    let Some((last, above)) = segments.split_last() else {
        return false;
    };
    let Some((first, above)) = above.split_first() else {
        return remove_from(document.get_mut(), last);
    };
    let Segment::Map { key } = first else {
        return false;
    };
    let mut value = document.get_mut().get_mut(key.as_str());
    for segment in above {
        value = match (value.map(Spanned::get_mut), segment) {
            (Some(DeValue::Table(table)), Segment::Map { key }) => table.get_mut(key.as_str()),
            (Some(DeValue::Array(items)), Segment::Seq { index }) => items.get_mut(*index),
            _ => None,
        };
    }
    match (value.map(Spanned::get_mut), last) {
        (Some(DeValue::Table(table)), last) => remove_from(table, last),
        (Some(DeValue::Array(items)), Segment::Seq { index }) if *index < items.len() => {
            let old = std::mem::replace(items, DeArray::new());
            for (at, item) in old.into_iter().enumerate() {
                if at != *index {
                    items.push(item);
                }
            }
            true
        }
        _ => false,
    }
}

fn remove_from(table: &mut DeTable<'_>, key: &Segment) -> bool {
    matches!(key, Segment::Map { key } if table.remove(key.as_str()).is_some())
}

/// The file's fault with its place, without the line itself: that may hold a secret.
fn malformed(path: &Path, text: &str, setting: &str, error: &TomlError) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let fault = in_words(error.message());
    ConfigError::Malformed {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
        fault: if setting.is_empty() {
            fault
        } else {
            format!("{setting}: {fault}")
        },
    }
}

/// The path of a setting as far as it is known; empty for the file as a whole.
///
/// A key that nobody knows may be a secret in the wrong place: the line tells where it is.
fn setting(path: &SettingPath, text: &str, fault: &str) -> String {
    match path.iter().next_back() {
        Some(unknown) if fault.starts_with(NO_SUCH_SETTING) => {
            let known = text.strip_suffix(&unknown.to_string()).unwrap_or_default();
            known.trim_end_matches('.').to_owned()
        }
        _ => text.to_owned(),
    }
}
