//! One edit, as a program sends it and as it is noted.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::exchange::Image;
use routing::schema::{Absent, Column, Kind};
use routing::table::Table;

/// `{"table":"rule_steps","key":"8/2","set":{"after_seconds":10}}`, or `"add":{…}` without a key, or `"delete":true`.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditJson {
    pub(crate) table: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) set: Option<Image>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) add: Option<Image>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) delete: bool,
}

impl EditJson {
    /// A row that comes.
    pub(crate) fn add(table: &str, row: Value) -> Self {
        Self {
            table: table.to_owned(),
            key: None,
            set: None,
            add: Some(image_of(row)),
            delete: false,
        }
    }

    /// A row that gets other values.
    pub(crate) fn set(table: &str, key: String, values: Value) -> Self {
        Self {
            table: table.to_owned(),
            key: Some(key),
            set: Some(image_of(values)),
            add: None,
            delete: false,
        }
    }
}

fn image_of(values: Value) -> Image {
    match values {
        Value::Object(image) => image,
        _ => Image::new(),
    }
}

/// What is done to a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EditOp {
    /// A row with these values comes; what it does not name has its default.
    Add(Image),
    /// The row gets these values.
    Set(Image),
    /// The row goes.
    Delete,
}

/// An edit, and the row that it was based on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NotedEdit {
    pub(crate) table: Table,
    /// Empty for a row that is added.
    pub(crate) key: String,
    pub(crate) op: EditOp,
    /// `None`: it has not been looked up, or the row is added.
    pub(crate) base: Option<Image>,
}

/// An edit that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EditFault {
    /// No such table.
    #[error("there is no table '{0}'")]
    Table(String),
    /// No such column.
    #[error("the table {table} has no column '{column}'")]
    Column { table: &'static str, column: String },
    /// Keys stay.
    #[error(
        "{table}.{column} names the row and cannot be set; add another row and delete this one"
    )]
    Key {
        table: &'static str,
        column: &'static str,
    },
    /// Not what the column holds.
    #[error("{table}.{column} takes {wanted}, not {value}")]
    Value {
        table: &'static str,
        column: &'static str,
        wanted: &'static str,
        value: String,
    },
    /// A row without what it needs.
    #[error("a new row of {table} needs {column}")]
    Missing {
        table: &'static str,
        column: &'static str,
    },
    /// Neither, or more than one.
    #[error("an edit has a key and either 'set' or 'delete', or it has 'add' and no key")]
    Form,
}

impl EditFault {
    /// Its stable name.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Table(_) => "no_such_table",
            Self::Column { .. } => "no_such_column",
            Self::Key { .. } => "key_column",
            Self::Value { .. } => "not_this_kind",
            Self::Missing { .. } => "column_missing",
            Self::Form => "no_edit",
        }
    }
}

impl NotedEdit {
    /// The edit that a program has sent, with values of the kinds that the columns have.
    pub(crate) fn parse(json: &EditJson) -> Result<Self, EditFault> {
        let mut tables = Table::ALL.into_iter();
        let table = tables.find(|table| table.name() == json.table);
        let table = table.ok_or_else(|| EditFault::Table(json.table.clone()))?;
        let (key, op) = match (&json.key, &json.set, &json.add, json.delete) {
            (Some(key), Some(set), None, false) => (key.clone(), EditOp::Set(values(table, set)?)),
            (Some(key), None, None, true) => (key.clone(), EditOp::Delete),
            (None, None, Some(add), false) => (String::new(), EditOp::Add(values(table, add)?)),
            _ => return Err(EditFault::Form),
        };
        if let EditOp::Set(set) = &op {
            let named = table.key().iter().find(|name| set.contains_key(**name));
            if let Some(column) = named {
                let table = table.name();
                return Err(EditFault::Key { table, column });
            }
        }
        if let EditOp::Add(add) = &op {
            must_be_whole(table, add)?;
        }
        Ok(Self {
            table,
            key,
            op,
            base: None,
        })
    }

    /// As it was sent.
    pub(crate) fn json(&self) -> EditJson {
        let (set, add) = match &self.op {
            EditOp::Add(image) => (None, Some(image.clone())),
            EditOp::Set(image) => (Some(image.clone()), None),
            EditOp::Delete => (None, None),
        };
        EditJson {
            table: self.table.name().to_owned(),
            key: (!self.key.is_empty()).then(|| self.key.clone()),
            set,
            add,
            delete: self.op == EditOp::Delete,
        }
    }
}

fn must_be_whole(table: Table, add: &Image) -> Result<(), EditFault> {
    for column in table.columns() {
        let is_given = add.get(column.name).is_some_and(|value| !value.is_null());
        if column.absent == Absent::Refused && !is_given {
            return Err(EditFault::Missing {
                table: table.name(),
                column: column.name,
            });
        }
    }
    Ok(())
}

fn values(table: Table, image: &Image) -> Result<Image, EditFault> {
    let mut values = Image::new();
    for (name, value) in image {
        let Some(column) = table.column(name) else {
            return Err(EditFault::Column {
                table: table.name(),
                column: name.clone(),
            });
        };
        values.insert(name.clone(), value_of(column, value)?);
    }
    Ok(values)
}

/// A value as the column has it: forms send numbers as texts, and nothing as an empty text.
fn value_of(column: &'static Column, value: &Value) -> Result<Value, EditFault> {
    let refused = |wanted| EditFault::Value {
        table: column.table.name(),
        column: column.name,
        wanted,
        value: value.to_string(),
    };
    match (column.kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (_, Value::String(text)) if text.trim().is_empty() => Ok(Value::Null),
        (Kind::Text, Value::String(_)) => Ok(value.clone()),
        (Kind::Text, Value::Number(number)) => Ok(number.to_string().into()),
        (Kind::Text, _) => Err(refused("a text")),
        (Kind::Integer, Value::Bool(is)) => Ok(i64::from(*is).into()),
        (Kind::Integer, Value::Number(number)) if number.is_i64() => Ok(value.clone()),
        (Kind::Integer, Value::String(text)) => text
            .trim()
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_not_a_number| refused("a whole number")),
        (Kind::Integer, _) => Err(refused("a whole number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Result<&str, &str>) {
        let edit: EditJson = serde_json::from_str(json).unwrap();
        let parsed = NotedEdit::parse(&edit);
        let said = parsed.map(|edit| serde_json::to_string(&edit.json()).unwrap());
        let said = said.map_err(|fault| fault.code().to_owned());
        assert_eq!(said.as_deref().map_err(|code| &**code), expected, "{json}");
    }

    #[test]
    fn an_edit_sets_adds_or_deletes() {
        let set = r#"{"table":"rule_steps","key":"8/2","set":{"after_seconds":10}}"#;
        check(set, Ok(set));
        let add = r#"{"table":"agents","add":{"id":"lan","name":"Lan"}}"#;
        check(add, Ok(add));
        let delete = r#"{"table":"agents","key":"lan","delete":true}"#;
        check(delete, Ok(delete));
    }

    #[test]
    fn values_get_the_kind_of_their_column() {
        check(
            r#"{"table":"rule_steps","key":"8/2","set":{"after_seconds":" 10 ","until_seconds":""}}"#,
            Ok(
                r#"{"table":"rule_steps","key":"8/2","set":{"after_seconds":10,"until_seconds":null}}"#,
            ),
        );
        check(
            r#"{"table":"agents","key":"lan","set":{"phone_number":84909000001,"enabled":false}}"#,
            Ok(
                r#"{"table":"agents","key":"lan","set":{"phone_number":"84909000001","enabled":0}}"#,
            ),
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_code() {
        check(
            r#"{"table":"users","key":"a","delete":true}"#,
            Err("no_such_table"),
        );
        check(
            r#"{"table":"agents","key":"a","set":{"nme":"A"}}"#,
            Err("no_such_column"),
        );
        check(
            r#"{"table":"agents","key":"a","set":{"id":"b"}}"#,
            Err("key_column"),
        );
        check(
            r#"{"table":"agents","add":{"id":"b"}}"#,
            Err("column_missing"),
        );
        check(
            r#"{"table":"agents","add":{"id":"b","name":""}}"#,
            Err("column_missing"),
        );
        check(
            r#"{"table":"rule_steps","key":"8/2","set":{"after_seconds":"soon"}}"#,
            Err("not_this_kind"),
        );
        check(
            r#"{"table":"rule_steps","key":"8/2","set":{"after_seconds":1.5}}"#,
            Err("not_this_kind"),
        );
        check(r#"{"table":"agents","key":"a"}"#, Err("no_edit"));
        check(
            r#"{"table":"agents","key":"a","set":{},"delete":true}"#,
            Err("no_edit"),
        );
    }
}
