//! The metrics as a scraper reads them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use stringee_router::telemetry::{CallAnswer, Metrics, RejectionReason, SignatureResult};

#[track_caller]
fn check_line(metrics: &Metrics, line: &str) {
    let text = metrics.encode();
    assert!(
        text.lines().any(|found| found == line),
        "there is no {line} in\n{text}"
    );
}

#[test]
fn all_series_are_there_from_the_start() {
    let text = Metrics::new().encode();
    // The order of the series is left to chance.
    let mut lines: Vec<&str> = text.lines().map(without_reading).collect();
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"));
}

/// How the process stands is different each time.
fn without_reading(line: &str) -> &str {
    match line.split_once(' ') {
        Some((name, _)) if name.starts_with("process_") => name,
        _ => line,
    }
}

#[test]
fn the_process_is_measured() {
    let text = Metrics::new().encode();
    let reading = |name: &str| -> f64 {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap().parse().unwrap()
    };
    let megabyte = 1024.0 * 1024.0;
    assert!(reading("process_resident_memory_bytes") > megabyte);
    assert!(reading("process_virtual_memory_bytes") > reading("process_resident_memory_bytes"));
    assert!(reading("process_cpu_seconds_total") >= 0.0 && reading("process_threads") >= 1.0);
    assert!(reading("process_open_fds") >= 3.0);
    let age = clock::now().as_duration().as_secs_f64() - reading("process_start_time_seconds");
    assert!((-2.0..3600.0).contains(&age), "{age}");
}

#[test]
fn what_happens_is_counted_under_its_label() {
    let metrics = Metrics::new();
    metrics.webhook.answered(Duration::from_micros(30));
    metrics
        .webhook
        .rejected(RejectionReason::Unsigned, Duration::from_secs(9));
    metrics.webhook.calls.of(CallAnswer::Fallback).inc_by(3);
    metrics
        .webhook
        .signatures
        .of(SignatureResult::Invalid)
        .inc();
    metrics.admin.panics.inc();
    metrics.public.refused_by_address.inc();
    for line in [
        r#"stringee_router_webhook_requests_total{outcome="answered"} 1"#,
        r#"stringee_router_webhook_requests_total{outcome="rejected"} 1"#,
        r#"stringee_router_webhook_rejections_total{reason="unsigned"} 1"#,
        r#"stringee_router_webhook_rejections_total{reason="signature"} 0"#,
        r#"stringee_router_calls_total{answer="fallback"} 3"#,
        r#"stringee_router_observed_signatures_total{result="invalid"} 1"#,
        r#"stringee_router_panics_total{listener="admin"} 1"#,
        r#"stringee_router_panics_total{listener="public"} 0"#,
        r#"stringee_router_refused_connections_total{listener="public",cap="address"} 1"#,
        r#"stringee_router_webhook_request_duration_seconds_bucket{le="0.000025"} 0"#,
        r#"stringee_router_webhook_request_duration_seconds_bucket{le="0.00005"} 1"#,
        r#"stringee_router_webhook_request_duration_seconds_bucket{le="3.0"} 1"#,
        r#"stringee_router_webhook_request_duration_seconds_bucket{le="+Inf"} 2"#,
        "stringee_router_webhook_request_duration_seconds_count 2",
        "stringee_router_webhook_request_duration_seconds_sum 9.00003",
    ] {
        check_line(&metrics, line);
    }
}

#[test]
fn a_duration_on_a_bound_is_within_it() {
    let metrics = Metrics::new();
    metrics.webhook.answered(Duration::from_millis(1));
    check_line(
        &metrics,
        r#"stringee_router_webhook_request_duration_seconds_bucket{le="0.0005"} 0"#,
    );
    check_line(
        &metrics,
        r#"stringee_router_webhook_request_duration_seconds_bucket{le="0.001"} 1"#,
    );
}

#[test]
fn calls_are_counted_by_rule_and_keep_their_series_across_reloads() {
    let metrics = Metrics::new();
    metrics
        .rule_counter(10, "Tết \"duty\"")
        .fetch_add(2, Ordering::Relaxed);
    metrics
        .rule_counter(10, "Tết \"duty\"")
        .fetch_add(1, Ordering::Relaxed);
    check_line(
        &metrics,
        r#"stringee_router_calls_by_rule_total{rule="10",name="Tết \"duty\""} 3"#,
    );
    check_line(
        &metrics,
        r#"stringee_router_calls_by_rule_total{rule="other",name=""} 0"#,
    );
}

#[test]
fn no_more_than_a_thousand_rules_have_a_series_of_their_own() {
    let metrics = Metrics::new();
    let held: Vec<_> = (0..1_100)
        .map(|rule| metrics.rule_counter(rule, "a rule"))
        .collect();
    for counter in &held {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    let series = metrics
        .encode()
        .lines()
        .filter(|line| line.contains(r#"name="a rule""#))
        .count();
    assert_eq!(series, 1_000);
    check_line(
        &metrics,
        r#"stringee_router_calls_by_rule_total{rule="other",name=""} 100"#,
    );
}

#[test]
fn the_age_of_the_version_is_computed_at_the_scrape() {
    let metrics = Metrics::new();
    metrics
        .rules
        .went_live(7, clock::now() - Duration::from_secs(100));
    check_line(&metrics, "stringee_router_rules_version 7");
    let text = metrics.encode();
    let age = text
        .lines()
        .find_map(|line| line.strip_prefix("stringee_router_rules_age_seconds "));
    let age: f64 = age.expect("the age is shown").parse().unwrap();
    assert!((100.0..160.0).contains(&age), "{age}");
}

#[test]
fn a_clock_set_back_makes_no_negative_age() {
    let metrics = Metrics::new();
    metrics
        .rules
        .went_live(7, clock::now() + Duration::from_secs(100));
    check_line(&metrics, "stringee_router_rules_age_seconds 0.0");
}
