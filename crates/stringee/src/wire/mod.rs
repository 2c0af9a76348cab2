//! What goes over the webhook and the event URL: JSON in both directions, and who signed it.

pub mod answer;
mod event;
mod json;
mod plain;
mod question;
mod repair;
pub mod signature;
mod value;

pub use event::{CallEvent, Happened, Status};
pub use json::{push_number, push_text};
pub use question::{AskedCall, Question};
