//! The accept loop: sockets, timers, limits, drain.
