//! The reader of telephone numbers, as the platform sends them and as people type them.
#![no_main]

#[path = "../properties/number.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| property::holds(bytes));
