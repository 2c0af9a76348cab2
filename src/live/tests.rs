//! Tests of what becomes of a version.
