//! Database to snapshot: notices edits, compiles, swaps, keeps the last good version.
