//! What is measured of each of several projects: a handful of values, so that their number times a thousand stays bounded.

use std::sync::Arc;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::metrics::{Metrics, PREFIX};

/// Projects with values of their own; those with higher numbers have none.
const MAX_PROJECTS: usize = 1_000;

/// How a project stands.
#[derive(Debug)]
pub struct ProjectFigures {
    /// Its number.
    pub project: i64,
    /// Whether its calls reach anybody.
    pub is_ready: bool,
    /// How many calls are remembered.
    pub calls: usize,
    /// What its rules and its journal count.
    pub metrics: Arc<Metrics>,
}

/// A value, and what it says.
type ProjectValue = (&'static str, &'static str, fn(&ProjectFigures) -> i64);

const VALUES: [ProjectValue; 10] = [
    (
        "project_ready",
        "1 while calls of the project reach somebody",
        |one| i64::from(one.is_ready),
    ),
    (
        "project_first_seen_calls",
        "Calls of the project whose first ask is remembered",
        |one| i64::try_from(one.calls).unwrap_or(i64::MAX),
    ),
    (
        "project_rules_version",
        "The version of the project's rules in force; 0 for none",
        |one| i64::try_from(one.metrics.rules.version()).unwrap_or(i64::MAX),
    ),
    (
        "project_rules_reloads",
        "Versions of the project's rules that went live since the start",
        |one| i64::try_from(one.metrics.rules.reloads.get()).unwrap_or(i64::MAX),
    ),
    (
        "project_rules_refused_reloads",
        "Versions of the project's rules that were refused since the start",
        |one| i64::try_from(one.metrics.rules.refused_reloads.get()).unwrap_or(i64::MAX),
    ),
    (
        "project_rules_errors",
        "Problems that keep a version of the project's rules from going live",
        |one| one.metrics.rules.errors.get(),
    ),
    (
        "project_rules_held",
        "1 while a version of the project's rules waits to be confirmed",
        |one| one.metrics.rules.held.get(),
    ),
    (
        "project_rules_degraded",
        "1 while something is wrong with the project",
        |one| one.metrics.rules.degraded.get(),
    ),
    (
        "project_journal_written",
        "New decisions of the project written to the journal since the start",
        |one| i64::try_from(one.metrics.journal.written.get()).unwrap_or(i64::MAX),
    ),
    (
        "project_journal_dropped",
        "Decisions of the project that the journal had no room for since the start",
        |one| i64::try_from(one.metrics.journal.dropped.get()).unwrap_or(i64::MAX),
    ),
];

/// A registry with a family for each value.
pub(super) fn registry(projects: &[ProjectFigures]) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    if projects.is_empty() {
        return registry;
    }
    for (name, help, value) in VALUES {
        let family = Family::<[(&str, String); 1], Gauge>::default();
        for one in projects.iter().take(MAX_PROJECTS) {
            let labels = [("project", one.project.to_string())];
            family.get_or_create(&labels).set(value(one));
        }
        registry.register(name, help, family);
    }
    registry
}
