//! The operator's listener: status and metrics.
