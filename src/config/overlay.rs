//! A tree of settings in which a value is either TOML or a text as somebody typed it into a variable or a flag.
//!
//! What a typed text means depends on the field it is for: `12345` is a number for a limit, but a text for a secret.
//! So the text is kept as it is until the field asks for a type, instead of guessing one beforehand.

use std::collections::BTreeMap;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use toml::Value;

/// One setting, or a table of them.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A section.
    Table(BTreeMap<String, Node>),
    /// A value from the file.
    Toml(Value),
    /// A text as typed: TOML syntax, or a plain text without quotes, or several with commas where a list belongs.
    Typed(String),
}

/// The error of both kinds of value.
type TomlError = toml::de::Error;

impl Node {
    /// A tree of the file's tables; lists, also those of tables, stay whole.
    pub(super) fn from_toml(value: Value) -> Self {
        let Value::Table(table) = value else {
            return Self::Toml(value);
        };
        let mut tree = BTreeMap::new();
        for (key, value) in table {
            tree.insert(key, Self::from_toml(value));
        }
        Self::Table(tree)
    }

    /// Puts a typed text at a path, in place of whatever was there.
    pub(super) fn set(&mut self, path: &[&str], text: &str) {
        let Some((key, rest)) = path.split_first() else {
            *self = Self::Typed(text.to_owned());
            return;
        };
        if let Self::Table(table) = self {
            table
                .entry((*key).to_owned())
                .or_insert_with(|| Self::Table(BTreeMap::new()))
                .set(rest, text);
        }
    }
}

impl IntoDeserializer<'_, TomlError> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Node {
    type Error = TomlError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TomlError> {
        match self {
            Self::Table(table) => visitor.visit_map(MapDeserializer::new(table.into_iter())),
            Self::Toml(value) => value.deserialize_any(visitor),
            Self::Typed(text) => toml_value(&text)
                .unwrap_or(Value::String(text))
                .deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TomlError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TomlError> {
        match self {
            Self::Typed(text) => visitor.visit_string(plain_text(text)),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TomlError> {
        match self {
            Self::Typed(text) => match toml_value(&text) {
                Some(Value::Array(values)) => Value::Array(values).deserialize_seq(visitor),
                _ if is_array(&text) => Err(TomlError::custom(
                    "the list is not valid TOML; write [\"one\", \"two\"]",
                )),
                _ => visitor.visit_seq(SeqDeserializer::new(items(&text).into_iter())),
            },
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TomlError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TomlError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TomlError> {
        match self {
            Self::Typed(text) => {
                Value::String(plain_text(text)).deserialize_enum(name, variants, visitor)
            }
            Self::Toml(value) => value.deserialize_enum(name, variants, visitor),
            Self::Table(_) => Err(TomlError::custom(format!(
                "a table where one of {variants:?} belongs"
            ))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char
        bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

/// The text as a TOML value, if it is one.
fn toml_value(text: &str) -> Option<Value> {
    // A line end could smuggle in a second key.
    let line = format!("value = {}", text.trim());
    let mut table = parse::<toml::Table>(&line)?;
    if table.len() != 1 {
        return None;
    }
    table.remove("value")
}

fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    toml::from_str(text).ok()
}

/// The text without the quotes it may have.
fn plain_text(text: String) -> String {
    match toml_value(&text) {
        Some(Value::String(unquoted)) => unquoted,
        _ => text,
    }
}

/// The parts between commas; an empty text is an empty list.
fn items(text: &str) -> Vec<Node> {
    let mut items = Vec::new();
    for part in text.split(',') {
        let part = part.trim();
        if !part.is_empty() {
            items.push(Node::Typed(part.to_owned()));
        }
    }
    items
}

fn is_array(text: &str) -> bool {
    text.trim_start().starts_with('[')
}
