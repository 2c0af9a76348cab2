//! Takes a contact center over from Stringee into our tables.
//!
//! ```text
//! stringee::Center -> wanted rows -> edits, against the rows as they stand and as they were last pulled -> ChangeSet
//! ```
//! A value that an admin has changed since it was last pulled is the admin's from then on, and so is a row that they have
//! removed. Everything else follows Stringee whenever it is pulled again.

mod basis;
mod plan;
mod wanted;

pub use basis::{Basis, PULLED, PulledEdit, RowKey, pulled_columns};
pub use plan::{Remark, Takeover};

use stringee::client::Center;

/// What our tables cannot take from Stringee.
#[derive(Clone, Copy, Debug)]
pub struct Choices {
    /// From which second of waiting on the groups that are not primary are rung. Stringee rings them once nobody of the
    /// primary groups is free, which nobody here can know.
    pub others_after_seconds: u32,
}

/// Plans the edits that bring our tables to what stands at Stringee.
pub fn plan(center: &Center, choices: Choices, basis: &Basis) -> Takeover {
    let wanted = wanted::Wanted::of(center, choices, basis);
    Takeover::new(wanted, basis)
}
