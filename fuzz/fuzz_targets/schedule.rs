//! Opening hours.
#![no_main]

#[path = "../properties/schedule.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| property::holds(bytes));
