//! The core: pure routing.

pub mod problem;
pub mod table;
