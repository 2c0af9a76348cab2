//! What is shipped beside the program fits it: units, manifests, alerts and the image name only what there is.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot be set up fails there and then"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use stringee_router::config::Config;
use stringee_router::telemetry::Metrics;

use crate::cli_program::{Program, Ran};
use crate::console::Reader;

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn yaml(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(path)).unwrap()
}

#[track_caller]
fn at<'v>(value: &'v Value, place: &str) -> &'v Value {
    value
        .pointer(place)
        .unwrap_or_else(|| panic!("there is no {place} in {value:#}"))
}

#[track_caller]
fn word<'v>(value: &'v Value, place: &str) -> &'v str {
    at(value, place).as_str().unwrap()
}

fn list<'v>(value: &'v Value, place: &str) -> &'v [Value] {
    value
        .pointer(place)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// One server, and three on one PostgreSQL.
const KUBERNETES: [&str; 2] = [
    "packaging/kubernetes/stringee-router.yaml",
    "packaging/kubernetes/cluster.yaml",
];

/// The manifest of a kind; there is one of each in a file.
fn manifest(path: &str, kind: &str) -> Value {
    let mut manifests = yaml(path).into_iter();
    manifests
        .find(|manifest| word(manifest, "/kind") == kind)
        .unwrap()
}

fn container(set: &Value) -> &Value {
    at(set, "/spec/template/spec/containers/0")
}

/// The container's port of a name.
fn port(set: &Value, name: &str) -> u64 {
    let port = list(container(set), "/ports")
        .iter()
        .find(|port| word(port, "/name") == name);
    at(
        port.unwrap_or_else(|| panic!("no port is named {name}")),
        "/containerPort",
    )
    .as_u64()
    .unwrap()
}

/// The port of a listener in a configuration that the program takes.
fn listens(config: &str, section: &str) -> u64 {
    Reader::new().configure(config);
    let config: toml::Table = config.parse().unwrap();
    let listen = config.get(section).unwrap().get("listen").unwrap();
    let (_, port) = listen.as_str().unwrap().rsplit_once(':').unwrap();
    port.parse().unwrap()
}

#[test]
fn every_configuration_that_is_shipped_is_taken() {
    for path in [
        "config.toml",
        "packaging/config.toml",
        "packaging/cluster/config.toml",
    ] {
        Reader::new().configure(&text(path));
    }
    // Each line that is there to be uncommented, as well.
    let debian = text("packaging/debian/config.toml");
    let uncommented = debian
        .replace("# secret_files", "secret_files")
        .replace("/run/credentials/stringee-router.service/", "/run/secrets/");
    assert_ne!(uncommented, debian);
    Reader::new().configure(&uncommented);
    for path in KUBERNETES {
        let config = manifest(path, "ConfigMap");
        Reader::new().configure(word(&config, "/data/config.toml"));
    }
}

#[test]
fn kubernetes_asks_the_ports_that_the_configuration_opens() {
    for path in KUBERNETES {
        let (set, config) = (manifest(path, "StatefulSet"), manifest(path, "ConfigMap"));
        let config = word(&config, "/data/config.toml");
        assert_eq!(port(&set, "webhook"), listens(config, "server"));
        assert_eq!(port(&set, "admin"), listens(config, "admin"));
        for kind in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let probe = at(container(&set), &format!("/{kind}/httpGet"));
            port(&set, word(probe, "/port"));
            let answer = Reader::with_server().gets(word(probe, "/path"));
            assert_eq!(answer.status, 200, "{probe}");
        }
        let service = manifest(path, "Service");
        for reached in list(&service, "/spec/ports") {
            port(&set, word(reached, "/targetPort"));
        }
        for rule in list(&manifest(path, "NetworkPolicy"), "/spec/ingress") {
            for reached in list(rule, "/ports") {
                port(&set, word(reached, "/port"));
            }
        }
        let scraped = at(&set, "/spec/template/metadata/annotations")
            .get("prometheus.io/port")
            .unwrap();
        assert_eq!(scraped, &port(&set, "admin").to_string());
    }
}

#[test]
fn kubernetes_selects_the_pods_that_it_makes() {
    for path in KUBERNETES {
        let set = manifest(path, "StatefulSet");
        let labels = at(&set, "/spec/template/metadata/labels");
        assert_eq!(at(&set, "/spec/selector/matchLabels"), labels);
        assert_eq!(at(&manifest(path, "Service"), "/spec/selector"), labels);
        let policy = manifest(path, "NetworkPolicy");
        assert_eq!(at(&policy, "/spec/podSelector/matchLabels"), labels);
        // SQLite has one writer.
        let config = manifest(path, "ConfigMap");
        let is_shared = word(&config, "/data/config.toml").contains("url_file");
        assert_eq!(at(&set, "/spec/replicas"), if is_shared { 3 } else { 1 });
    }
}

#[test]
fn kubernetes_sets_what_the_program_knows() {
    for path in KUBERNETES {
        let (set, program) = (manifest(path, "StatefulSet"), Program::new());
        let mut command = program.command(&["config"]);
        for variable in list(container(&set), "/env") {
            let (name, value) = (word(variable, "/name"), word(variable, "/value"));
            if name == "STRINGEE_ROUTER_CONFIG" {
                let mounted = Path::new(value).parent().unwrap().to_str().unwrap();
                assert_eq!(mount(&set, "config"), mounted);
            } else {
                command.env(name, value);
            }
        }
        let ran = Ran::of(command.output().unwrap());
        assert!(ran.code == Some(0) && ran.complaints.is_empty(), "{ran}");
    }
}

/// Where a volume of the pod is mounted.
fn mount<'s>(set: &'s Value, name: &str) -> &'s str {
    let mount = list(container(set), "/volumeMounts")
        .iter()
        .find(|mount| word(mount, "/name") == name);
    word(mount.unwrap(), "/mountPath")
}

#[test]
fn kubernetes_mounts_what_there_is_where_the_configuration_says() {
    for path in KUBERNETES {
        let set = manifest(path, "StatefulSet");
        let volumes = list(&set, "/spec/template/spec/volumes");
        let claims = list(&set, "/spec/volumeClaimTemplates");
        let names: BTreeSet<&str> = volumes
            .iter()
            .map(|volume| word(volume, "/name"))
            .chain(claims.iter().map(|claim| word(claim, "/metadata/name")))
            .collect();
        let mounted: BTreeSet<&str> = list(container(&set), "/volumeMounts")
            .iter()
            .map(|mount| word(mount, "/name"))
            .collect();
        assert_eq!(names, mounted);
        let config = manifest(path, "ConfigMap");
        let config: toml::Table = word(&config, "/data/config.toml").parse().unwrap();
        let setting =
            |section: &str, key: &str| config.get(section).unwrap().get(key).unwrap().clone();
        let database = config.get("database").unwrap().as_table().unwrap();
        for file in ["rules", "state"]
            .iter()
            .filter_map(|key| database.get(*key))
        {
            let file = file.as_str().unwrap();
            assert!(Path::new(file).starts_with(mount(&set, "data")), "{file}");
        }
        if let Some(url) = database.get("url_file") {
            assert!(Path::new(url.as_str().unwrap()).starts_with(mount(&set, "secrets")));
        }
        let secrets = setting("webhook", "secret_files");
        let secret = secrets.get(0).unwrap().as_str().unwrap();
        assert!(Path::new(secret).starts_with(mount(&set, "secrets")));
    }
}

#[test]
fn the_image_and_its_users_agree_on_who_runs_it() {
    let dockerfile = text("Dockerfile");
    let user = dockerfile
        .lines()
        .find_map(|line| line.strip_prefix("USER "))
        .unwrap();
    let set = manifest(KUBERNETES[0], "StatefulSet");
    let context = at(&set, "/spec/template/spec/securityContext");
    let (uid, gid) = (at(context, "/runAsUser"), at(context, "/runAsGroup"));
    assert_eq!(user, format!("{uid}:{gid}"));
    let exposed = dockerfile
        .lines()
        .find_map(|line| line.strip_prefix("EXPOSE "))
        .unwrap();
    let config = text("packaging/config.toml");
    let listened = ["server", "admin"].map(|section| listens(&config, section).to_string());
    assert_eq!(exposed, listened.join(" "));
    let compose = yaml("compose.yaml");
    for published in list(&compose[0], "/services/router/ports") {
        let (_, port) = published.as_str().unwrap().rsplit_once(':').unwrap();
        assert!(listened.iter().any(|one| one == port), "{published}");
    }
    assert_eq!(at(&compose[0], "/services/router/read_only"), true);
}

#[test]
fn several_servers_stop_and_move_one_after_the_other() {
    let path = KUBERNETES[1];
    let set = manifest(path, "StatefulSet");
    let budget = manifest(path, "PodDisruptionBudget");
    assert_eq!(at(&budget, "/spec/maxUnavailable"), 1);
    let labels = at(&set, "/spec/template/metadata/labels");
    assert_eq!(at(&budget, "/spec/selector/matchLabels"), labels);
    let sleep = at(container(&set), "/lifecycle/preStop/sleep/seconds");
    let grace = at(&set, "/spec/template/spec/terminationGracePeriodSeconds");
    let drain = Config::default().server.drain().as_secs();
    assert!(sleep.as_u64().unwrap() + drain < grace.as_u64().unwrap());
}

#[test]
fn the_proxy_of_several_servers_knows_those_that_are_composed() {
    let compose = yaml("packaging/cluster/compose.yaml");
    let services = at(&compose[0], "/services").as_object().unwrap();
    let proxy = text("packaging/cluster/haproxy.cfg");
    let listened = listens(&text("packaging/cluster/config.toml"), "server");
    let mut volumes = BTreeSet::new();
    for name in services.keys().filter(|name| name.starts_with("router-")) {
        let line = format!("server {name} {name}:{listened} check");
        assert_eq!(proxy.matches(&line).count(), 2, "{line}");
        let service = &services[name];
        assert_eq!(at(service, "/read_only"), true);
        volumes.extend(list(service, "/volumes").iter().map(Value::to_string));
    }
    // The configuration is one, the directories are each one's own.
    assert_eq!(volumes.len(), 3, "{volumes:?}");
    for asked in ["/readyz?shared", "/readyz"] {
        assert!(proxy.contains(&format!("httpchk GET {asked}\n")));
        assert_eq!(Reader::with_server().gets(asked).status, 200);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/cluster");
    let haproxy = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"];
    let Some(haproxy) = haproxy.iter().find(|path| Path::new(path).exists()) else {
        println!("not run: HAProxy is not installed, so nobody has checked haproxy.cfg");
        return;
    };
    let checked = Command::new(haproxy)
        .args(["-c", "-f"])
        .arg(folder.join("haproxy.cfg"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{said}");
}

/// The image is built from what the Dockerfile copies, and nothing else.
#[test]
fn the_image_is_built_from_all_that_the_program_includes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (dockerfile, ignored) = (text("Dockerfile"), text(".dockerignore"));
    let copied: BTreeSet<&str> = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .flat_map(|line| line.split(' '))
        .filter(|path| !path.starts_with(['.', '/']) && root.join(path).exists())
        .collect();
    for path in &copied {
        assert!(
            ignored
                .lines()
                .filter_map(|line| line.strip_prefix('!'))
                .any(|kept| Path::new(path).starts_with(kept)),
            ".dockerignore keeps {path} away"
        );
    }
    let mut folders = vec![root.join("src"), root.join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                for included in included(&path) {
                    let included = included.strip_prefix(root).unwrap();
                    assert!(
                        copied.iter().any(|path| included.starts_with(path)),
                        "{} includes {}, which the Dockerfile does not copy",
                        path.display(),
                        included.display()
                    );
                }
            }
        }
    }
}

/// The files that a source includes, those of its tests aside.
fn included(source: &Path) -> Vec<PathBuf> {
    let code = fs::read_to_string(source).unwrap();
    let code = code.split("#[cfg(test)]").next().unwrap();
    if source
        .iter()
        .any(|part| part == "tests" || part == "tests.rs")
    {
        return Vec::new();
    }
    let mut files = Vec::new();
    for place in ["include_str!", "include_bytes!"] {
        for rest in code.split(place).skip(1) {
            if let Some(name) = rest.split('"').nth(1) {
                let file = source.parent().unwrap().join(name);
                files.extend(file.canonicalize());
            }
        }
    }
    files
}

/// The metrics that a text names, as `name` or `name{label="value"`.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for prefix in ["stringee_router_", "process_"] {
        for (place, _) in text.match_indices(prefix) {
            let is_apart = !text
                .get(..place)
                .unwrap()
                .ends_with(|before: char| before.is_alphanumeric() || before == '_');
            let name: String = text
                .get(place..)
                .unwrap()
                .chars()
                .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                .collect();
            let is_whole = !name.ends_with('_');
            if is_apart && is_whole {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn alerts_and_dashboards_name_metrics_that_there_are() {
    let encoded = Metrics::new().encode();
    let there: BTreeSet<&str> = encoded
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    for path in [
        "packaging/prometheus/alerts.yaml",
        "packaging/prometheus/alerts.test.yaml",
        "packaging/grafana/stringee-router.json",
        "docs/monitoring.md",
    ] {
        let named = metrics_in(&text(path));
        assert!(named.len() > 2, "{path} names {named:?}");
        // A page may speak of a family, whose samples have an ending of their own.
        let missing: Vec<&String> = named
            .iter()
            .filter(|name| !there.contains(name.as_str()))
            .filter(|name| {
                !path.starts_with("docs/") || !encoded.contains(&format!("# TYPE {name} "))
            })
            .collect();
        assert!(missing.is_empty(), "{path} names {missing:?}");
    }
}

/// `label="value"` of a selector stands in the metrics, or in what a scraper adds.
#[test]
fn alerts_select_labels_that_there_are() {
    let encoded = Metrics::new().encode();
    let alerts = yaml("packaging/prometheus/alerts.yaml");
    let mut selected = 0;
    for rule in list(&alerts[0], "/groups/0/rules") {
        let expression = word(rule, "/expr");
        for (before, rest) in expression
            .match_indices('{')
            .map(|(place, _)| expression.split_at(place))
        {
            let name = before.rsplit([' ', '(']).next().unwrap();
            let labels = rest.trim_start_matches('{').split('}').next().unwrap();
            for label in labels.split(',') {
                let is_there = encoded
                    .lines()
                    .any(|line| line.starts_with(&format!("{name}{{")) && line.contains(label));
                assert!(is_there, "{name} has no {label}");
                selected += 1;
            }
        }
    }
    assert!(selected > 2);
}

#[test]
fn the_dashboard_can_be_imported() {
    let dashboard: Value =
        serde_json::from_str(&text("packaging/grafana/stringee-router.json")).unwrap();
    let mut ids = BTreeSet::new();
    for panel in list(&dashboard, "/panels") {
        assert!(ids.insert(at(panel, "/id").as_u64().unwrap()), "{panel}");
        for target in list(panel, "/targets") {
            assert!(word(target, "/expr").contains("$instance"), "{target}");
        }
    }
    assert!(ids.len() > 10);
}
