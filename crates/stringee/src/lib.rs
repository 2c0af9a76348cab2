//! The platform, in one place: no other member knows the names of Stringee's fields.
//!
//! * [`wire`] is what the service speaks: the webhook's question and answer, call events, signatures.
//! * [`client`] is a client of the REST API, for the commands `queues` and `pull`. It blocks.
//! * [`ask`] asks a webhook as Stringee does, and reads the answer as strictly as anybody may.
//!
//! What is documented, and what is only known from samples, stands with each type.

pub mod ask;
pub mod client;
mod secret;
pub mod wire;

pub use secret::Secret;
