//! The reader of the platform's questions.
#![no_main]

#[path = "../properties/wire.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| property::holds(bytes));
