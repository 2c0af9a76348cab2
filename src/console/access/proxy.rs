//! Identity by a proxy that has asked the user.

use axum::http::HeaderMap;

use crate::config::{ConsoleConfig, Role};

/// Who a proxy says it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProxyUser {
    pub(super) name: String,
    /// `None`: neither the user nor a group of theirs has a role.
    pub(super) role: Option<Role>,
}

/// Whether a request brings identity headers at all.
pub(super) fn is_named(config: &ConsoleConfig, headers: &HeaderMap) -> bool {
    headers.contains_key(&config.proxy_user_header)
        || headers.contains_key(&config.proxy_groups_header)
}

/// Who the headers name; the highest of several roles. What stands there twice names nobody.
pub(super) fn named(config: &ConsoleConfig, headers: &HeaderMap) -> Option<ProxyUser> {
    let mut users = headers.get_all(&config.proxy_user_header).iter();
    let (Some(user), None) = (users.next(), users.next()) else {
        return None;
    };
    let name = str::from_utf8(user.as_bytes()).ok()?.trim();
    if !super::is_name(name) {
        return None;
    }
    let groups = headers
        .get_all(&config.proxy_groups_header)
        .iter()
        .filter_map(|value| str::from_utf8(value.as_bytes()).ok())
        .flat_map(|value| value.split(','));
    let role = groups
        .chain([name])
        .filter_map(|who| config.proxy_roles.get(who.trim()))
        .max();
    Some(ProxyUser {
        name: name.to_owned(),
        role: role.copied(),
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: Option<(&str, Option<Role>)>) {
        let roles = [
            ("hoa", Role::Supervisor),
            ("leads", Role::Supervisor),
            ("it", Role::Admin),
        ];
        let config = ConsoleConfig {
            proxy_roles: roles.map(|(who, role)| (who.to_owned(), role)).into(),
            ..ConsoleConfig::default()
        };
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let found = named(&config, &headers);
        let found = found.as_ref().map(|named| (&*named.name, named.role));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_highest_role_counts() {
        const USER: &str = "x-forwarded-user";
        const GROUPS: &str = "x-forwarded-groups";
        check(&[(USER, "hoa")], Some(("hoa", Some(Role::Supervisor))));
        check(
            &[(USER, "hoa"), (GROUPS, "x, it")],
            Some(("hoa", Some(Role::Admin))),
        );
        check(
            &[(USER, "minh"), (GROUPS, "leads")],
            Some(("minh", Some(Role::Supervisor))),
        );
        check(&[(USER, "minh")], Some(("minh", None)));
        check(&[(GROUPS, "it")], None);
        check(&[(USER, "")], None);
        check(&[(USER, "hoa"), (USER, "minh")], None);
    }
}
