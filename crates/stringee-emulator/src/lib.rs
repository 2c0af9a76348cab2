//! An emulator of Stringee, for tests and for trying things out without an account.
//!
//! * [`Api`] serves the REST API from a small JSON file, with the odd answers that the real one is known to give.
//! * [`play`] plays a contact center on emulated time: callers arrive and lose patience, webhooks are asked, agents are
//!   rung, pick up or miss. It checks what every webhook must keep to, and is the same again with the same seed.
//!
//! Stringee does not document how often it asks, whether it asks again, or how it rings. Each such assumption is a field
//! of [`Assumptions`] with its default named there.

mod state;
mod sample;
mod collection;
mod api;
mod options;
mod odds;
mod people;
mod floor;
mod call_event;
mod check;
mod summary;
mod play;

pub use api::Api;
pub use check::{Broken, Invariant};
pub use options::{Assumptions, Behaviour, Kept, OnEmptyList, Play, Ringing, WhenRung, WhichCalls};
pub use play::{PlayError, play};
pub use sample::Sample;
pub use state::{SharedState, State, StateError};
pub use summary::Summary;
