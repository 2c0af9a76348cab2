//! The webhook: HTTP in, authenticate, parse, route, encode, out. The platform's JSON lives only here.
