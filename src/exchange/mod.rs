//! A rule set as files: a folder of CSV files, or one TOML or JSON file, to be kept in version control and carried from
//! one machine to another.
//!
//! All of it is plain data; nothing here knows a database. Three promises hold for every format:
//!
//! * **Nothing is lost.** Every column of every table is there, notes as well, and NULL is not the empty text.
//! * **The same rows give the same bytes.** Rows stand in the order of their keys, one to a line.
//! * **A mistake has a place.** Whatever is wrong with a file is said with its line, everything at once.
//!
//! A column that a row leaves out has the value that an `INSERT` would give it, so a file can be written by hand.

mod rule_set;
mod change_set;
mod value;
mod place;
mod draft;
mod csv;
mod json;
mod toml;
mod files;
mod agents;
mod callers;
mod sheet;
mod typed_times;
mod values;
mod headers;
mod owners;

pub use agents::{AGENT_FIELDS, AgentsDraft, AgentsFile};
pub use callers::{CallersDraft, CallersFile, EmptyCell, FileColumns, UnknownOwner};
pub use change_set::{AddedColumn, ChangeSet, RowEdit};
pub use draft::{Draft, Planned, table};
pub use files::{Dialect, Exported, Format, RuleFileError, TextFormat, read, to_text, write};
pub use place::{Fault, Place};
pub use rule_set::{Row, RuleSet, key_text};
pub use value::{Image, cell_of, image_of, json_value, row_of, with_values};
