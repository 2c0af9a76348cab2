//! The compiler of the rules, and the answers by what it makes of them.
#![no_main]

#[path = "../properties/compile.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| property::holds(bytes));
