//! Which files a rule set stands in, reading them and writing them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::draft::{Draft, table};
use super::place::Place;
use super::rule_set::{RuleSet, key_text};
use super::{csv, json, toml};
use crate::files;
use routing::schema::Kind;
use routing::table::{Cell, Table};

/// How a rule set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A folder with a CSV file per table.
    Folder,
    /// A CSV file of one table, which its name says.
    Csv,
    /// One TOML file.
    Toml,
    /// One JSON file.
    Json,
}

/// Why there is nothing to import, or nothing could be exported.
#[derive(Debug, thiserror::Error)]
pub enum RuleFileError {
    /// The file system refused.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A file whose name has none of the endings.
    #[error("{} is neither a folder nor a file that ends in .csv, .toml or .json", path.display())]
    OtherEnding {
        /// The file.
        path: PathBuf,
    },
    /// An export to a file whose name has none of the endings.
    #[error(
        "no format has the ending of {path}; write a name that ends in .toml, .json or .csv, or {path}/ for a folder",
        path = path.display()
    )]
    UnknownEnding {
        /// The file.
        path: PathBuf,
    },
    /// A folder in which no file is a table's.
    #[error("{} has no file of a table, such as agents.csv", path.display())]
    NoTables {
        /// The folder.
        path: PathBuf,
    },
    /// A CSV file with another name than those of the tables.
    #[error("{}: {what}", path.display())]
    OtherName {
        /// The file.
        path: PathBuf,
        /// What the names are.
        what: String,
    },
    /// A value that no column wants, left by somebody who switched the constraints off.
    #[error(
        "{table}.{column} of '{key}' holds a value that cannot be exported; `stringee-router check` says what to write"
    )]
    Unexportable {
        /// The table.
        table: &'static str,
        /// The row.
        key: String,
        /// The column.
        column: &'static str,
    },
    /// The CSV library refused.
    #[error("cannot write {}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: ::csv::Error,
    },
}

impl Format {
    /// The format that a path stands for, by its ending.
    pub fn of(path: &Path) -> Self {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        match extension.to_str() {
            Some("toml") => Self::Toml,
            Some("json") => Self::Json,
            Some("csv") => Self::Csv,
            _ => Self::Folder,
        }
    }

    /// Whether it is what spreadsheets read.
    pub const fn is_csv(self) -> bool {
        matches!(self, Self::Folder | Self::Csv)
    }
}

/// How CSV is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// With commas, each text as it is.
    #[default]
    Plain,
    /// For Excel in Vietnamese: semicolons, a mark of UTF-8, and no text that it would take for a number or a date.
    Excel,
}

/// How much was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Files.
    pub files: usize,
    /// Rows in all of them.
    pub rows: usize,
}

/// Writes tables to a path, whose ending says how.
///
/// Each file is put in place when it is complete. A CSV file takes the table that it is named for.
///
/// # Errors
/// A value that cannot be written, or whatever the file system says.
pub fn write(
    path: &Path,
    rules: &RuleSet,
    tables: &[Table],
    dialect: Dialect,
) -> Result<Exported, RuleFileError> {
    must_have_an_ending(path)?;
    let write_table = |file: &Path, table| write_table(file, rules, table, dialect);
    let named = match Format::of(path) {
        Format::Csv => vec![only_table_of(path)?],
        Format::Folder | Format::Toml | Format::Json => tables.to_vec(),
    };
    for table in &named {
        must_be_exportable(rules, *table)?;
    }
    match Format::of(path) {
        Format::Toml => put(path, toml::encode(rules, &named).as_bytes())?,
        Format::Json => put(path, json::encode(rules, &named).as_bytes())?,
        Format::Csv => {
            for table in &named {
                write_table(path, *table)?;
            }
        }
        Format::Folder => {
            must_be_no_file(path)?;
            fs::create_dir_all(path).map_err(|source| failed(path, "create", source))?;
            for table in &named {
                write_table(&file_of(path, *table), *table)?;
            }
        }
    }
    let files = if Format::of(path) == Format::Folder {
        named.len()
    } else {
        1
    };
    Ok(Exported {
        files,
        rows: named.iter().map(|table| rules.rows(*table).len()).sum(),
    })
}

/// How tables stand in one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFormat {
    /// One text with all tables.
    Toml,
    /// The same as JSON.
    Json,
    /// One table.
    Csv,
}

/// Tables as one text; of several the first, if it is CSV.
///
/// # Errors
/// A value that cannot be written.
pub fn to_text(
    rules: &RuleSet,
    tables: &[Table],
    format: TextFormat,
) -> Result<String, RuleFileError> {
    tables
        .iter()
        .try_for_each(|table| must_be_exportable(rules, *table))?;
    Ok(match (format, tables) {
        (TextFormat::Toml, _) => toml::encode(rules, tables),
        (TextFormat::Json, _) => json::encode(rules, tables),
        (TextFormat::Csv, [table, ..]) => {
            let encoded = csv::encode(*table, rules.rows(*table), Dialect::default());
            let encoded = encoded.map_err(|source| RuleFileError::Csv {
                path: file_of(Path::new(""), *table),
                source,
            })?;
            // What it is made of are texts.
            String::from_utf8_lossy(&encoded).into_owned()
        }
        (TextFormat::Csv, []) => String::new(),
    })
}

/// Reads the tables that stand at a path. What is wrong with them is kept in the draft.
///
/// # Errors
/// There is nothing to read.
pub fn read(path: &Path) -> Result<Draft, RuleFileError> {
    let mut draft = Draft::default();
    match Format::of(path) {
        Format::Folder => {
            must_be_no_file(path)?;
            read_folder(&mut draft, path)?;
        }
        Format::Csv => read_table(&mut draft, only_table_of(path)?, path)?,
        format @ (Format::Toml | Format::Json) => {
            let (file, bytes): (Arc<Path>, _) = (path.into(), read_bytes(path)?);
            match (csv::text(csv::without_mark(&bytes)), format) {
                (Ok(text), Format::Toml) => toml::decode(&mut draft, &file, text),
                (Ok(text), _) => json::decode(&mut draft, &file, text),
                (Err(_), _) => draft.refuse(Place { file, line: 1 }.fault("the file is not UTF-8")),
            }
        }
    }
    Ok(draft)
}

/// Reads every CSV file of a folder. One that is named for no table is a slip of the pen; other files are not ours.
fn read_folder(draft: &mut Draft, folder: &Path) -> Result<(), RuleFileError> {
    let unreadable = |source| failed(folder, "read", source);
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        files.push(entry.map_err(unreadable)?.path());
    }
    files.retain(|file| Format::of(file) == Format::Csv);
    files.sort();
    if files.is_empty() {
        return Err(RuleFileError::NoTables {
            path: folder.to_owned(),
        });
    }
    for file in files {
        match table_of(&file) {
            Ok(table) => read_table(draft, table, &file)?,
            Err(what) => draft.refuse(
                Place {
                    file: file.into(),
                    line: 1,
                }
                .fault(what),
            ),
        }
    }
    Ok(())
}

/// `rules.xlsx` is not meant to be the name of a folder, unless it is there or says so.
fn must_have_an_ending(path: &Path) -> Result<(), RuleFileError> {
    let says_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    let has_other = path.extension().is_some() && Format::of(path) == Format::Folder;
    if has_other && !says_folder && !path.is_dir() {
        return Err(RuleFileError::UnknownEnding {
            path: path.to_owned(),
        });
    }
    Ok(())
}

fn must_be_no_file(path: &Path) -> Result<(), RuleFileError> {
    if path.is_file() {
        Err(RuleFileError::OtherEnding {
            path: path.to_owned(),
        })
    } else {
        Ok(())
    }
}

fn read_table(draft: &mut Draft, table: Table, file: &Path) -> Result<(), RuleFileError> {
    csv::decode(draft, table, &file.into(), &read_bytes(file)?);
    Ok(())
}

fn read_bytes(file: &Path) -> Result<Vec<u8>, RuleFileError> {
    files::read(file, files::MAX_BYTES).map_err(|source| failed(file, "read", source))
}

fn write_table(
    file: &Path,
    rules: &RuleSet,
    table: Table,
    dialect: Dialect,
) -> Result<(), RuleFileError> {
    match csv::encode(table, rules.rows(table), dialect) {
        Ok(encoded) => put(file, &encoded),
        Err(source) => Err(RuleFileError::Csv {
            path: file.to_owned(),
            source,
        }),
    }
}

fn file_of(folder: &Path, table: Table) -> PathBuf {
    folder.join(format!("{}.csv", table.name()))
}

/// The table that a CSV file is named for; else what the names are.
fn table_of(file: &Path) -> Result<Table, String> {
    table(&file.file_stem().unwrap_or_default().to_string_lossy())
}

/// The same for a file that stands alone.
fn only_table_of(file: &Path) -> Result<Table, RuleFileError> {
    table_of(file).map_err(|what| RuleFileError::OtherName {
        path: file.to_owned(),
        what,
    })
}

/// Writes a file in place of the one that may stand there, so that nobody finds half of it.
fn put(file: &Path, bytes: &[u8]) -> Result<(), RuleFileError> {
    files::write(file, bytes).map_err(|error| failed(&error.path, error.doing, error.source))
}

/// Refuses values that are neither what their column is for nor NULL.
fn must_be_exportable(rules: &RuleSet, table: Table) -> Result<(), RuleFileError> {
    for row in rules.rows(table) {
        let wrong = table
            .columns()
            .iter()
            .zip(row.iter())
            .find(|(column, cell)| match cell {
                Cell::Null => false,
                Cell::Text(_) => column.kind != Kind::Text,
                Cell::Integer(_) => column.kind != Kind::Integer,
                Cell::Real(_) | Cell::Blob(_) => true,
            });
        if let Some((column, _)) = wrong {
            let (key, column) = (key_text(table, row), column.name);
            return Err(RuleFileError::Unexportable {
                table: table.name(),
                key,
                column,
            });
        }
    }
    Ok(())
}

fn failed(path: &Path, doing: &'static str, source: io::Error) -> RuleFileError {
    RuleFileError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}
