//! Configuration: one documented struct, read from a file, the environment and flags.
