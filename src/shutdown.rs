//! Signals and the tasks that must end before the process does.
