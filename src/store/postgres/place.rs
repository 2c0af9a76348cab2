//! Where a PostgreSQL is: an address with one host or several.

use std::fmt;
use std::str::FromStr;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use super::PostgresError;

/// An address, as `postgres://user:password@one:5432,two:5432/database?sslmode=verify-full` says it.
///
/// The driver knows one host, so the address is taken apart here. Of several hosts the first that can be written to is
/// used, which is what `target_session_attrs=read-write` asks for elsewhere; so that parameter is taken and dropped.
#[derive(Clone)]
pub struct PostgresPlace {
    hosts: Vec<PgConnectOptions>,
}

impl PostgresPlace {
    /// One set of options per host, in the order of the address.
    pub(super) fn hosts(&self) -> &[PgConnectOptions] {
        &self.hosts
    }
}

/// Host, port and database, as messages name them.
pub(super) fn named(options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    format!("{host}/{}", options.get_database().unwrap_or_default())
}

impl fmt::Debug for PostgresPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.hosts.iter().map(named).collect();
        formatter.write_str(&hosts.join(", "))
    }
}

impl FromStr for PostgresPlace {
    type Err = PostgresError;

    fn from_str(address: &str) -> Result<Self, PostgresError> {
        let fault = |fault: &str| PostgresError::Address {
            fault: fault.to_owned(),
        };
        let (scheme, rest) = address
            .trim()
            .split_once("://")
            .filter(|(scheme, _)| ["postgres", "postgresql"].contains(scheme))
            .ok_or_else(|| fault("does not begin with postgres://"))?;
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = before.split_once('/').unwrap_or((before, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let is_for_driver = |pair: &&str| {
            let name = pair.split('=').next();
            !matches!(name, Some("target_session_attrs" | "connect_timeout" | ""))
        };
        let query: Vec<&str> = query.split('&').filter(is_for_driver).collect();
        let query = query.join("&");
        let mut found = Vec::new();
        for host in hosts.split(',') {
            let one = format!("{scheme}://{user}{host}/{database}?{query}");
            let options = PgConnectOptions::from_str(&one)
                .map_err(|error| fault(&format!("cannot be read ({error})")))?;
            // A pooler refuses what it cannot set for each of its connections.
            found.push(options.extra_float_digits(None).disable_statement_logging());
        }
        Ok(Self { hosts: found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expected: &str) {
        let place = PostgresPlace::from_str(address).unwrap();
        assert_eq!(format!("{place:?}"), expected);
    }

    #[test]
    fn hosts_are_taken_apart() {
        check("postgres://a:b@one:5433/rules", "one:5433/rules");
        check(
            "postgresql://a:p%2Cw@one,two:6000/rules?sslmode=disable&target_session_attrs=read-write",
            "one:5432/rules, two:6000/rules",
        );
        check("postgres:///rules?host=/var/run&user=a", "/var/run/rules");
    }

    #[test]
    fn a_fault_does_not_tell_the_password() {
        for address in [
            "mysql://a:geheim@one/rules",
            "postgres://a:geheim@one:port/rules",
        ] {
            let said = PostgresPlace::from_str(address).unwrap_err().to_string();
            assert!(!said.contains("geheim"), "{said}");
            assert!(said.contains("postgres://user:password@host"), "{said}");
        }
    }
}
