//! The proxies of `docs/proxy.md`, with the configurations that stand there: whoever asks through them is judged by the
//! address that the proxy saw, whatever else the request says.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs;
use std::io::BufReader;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::bed::say;
use crate::crowds::{ask, connect};
use crate::database::Database;
use crate::harness::{Running, wait_for};

const PAGE: &str = include_str!("../../docs/proxy.md");

/// Only this address may ask.
const PLATFORM: [u8; 4] = [127, 0, 0, 5];

const STRANGER: [u8; 4] = [127, 0, 0, 6];

const CONFIG: &str =
    "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[webhook]\nnetworks = [\"127.0.0.5\"]";

/// A proxy that ends with its test.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The block of the page in this language.
fn example(language: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let (_, rest) = PAGE.split_once(&begin).unwrap();
    rest.split_once("```").unwrap().0
}

/// A port that nobody listened on a moment ago, of an address that no other test uses.
fn free_address(host: [u8; 4]) -> SocketAddr {
    TcpListener::bind((std::net::IpAddr::from(host), 0))
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Starts the proxy of the page's example between an address of its own and a server; `arguments` name its file.
fn check(
    program: &str,
    host: [u8; 4],
    configuration: impl FnOnce(&str, SocketAddr) -> String,
    arguments: impl FnOnce(&Path, &mut Command),
) {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    if Command::new(program).arg("-v").output().is_err() {
        return say(program, "NOT RUN: it is not installed");
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(Database::ringing(&["hoa"]));
    let server = Running::on(&database.path(), CONFIG);
    let (address, upstream) = (free_address(host), server.webhook().to_string());
    let text = configuration(&upstream, address);
    assert!(
        text.contains(&upstream) && text.contains(&address.to_string()),
        "{text}"
    );
    let file = directory.path().join("proxy.conf");
    fs::write(&file, text).unwrap();
    arguments(&file, &mut command);
    command.env("HOME", directory.path());
    let (log, errors) = (
        directory.path().join("log"),
        directory.path().join("errors"),
    );
    command.stdout(fs::File::create(&log).unwrap());
    command.stderr(fs::File::create(&errors).unwrap());
    let mut proxy = Proxy(command.stdin(Stdio::null()).spawn().unwrap());
    let question = r#"{"queueId":"q","calls":[{"callId":"a","from":"","to":"1"}]}"#;
    let request = format!(
        "POST /get_list_agents HTTP/1.1\r\nhost: {address}\r\nx-forwarded-for: 127.0.0.5\r\ncontent-length: {}\r\n\r\n{question}",
        question.len()
    );
    let mut answer = |from| {
        let status = proxy.0.try_wait().unwrap();
        let said = fs::read_to_string(&errors).unwrap();
        assert!(status.is_none(), "{program} has ended: {said}");
        let stream = connect(from, address).ok()?;
        ask(&mut BufReader::new(stream), &request).ok()
    };
    let platform = wait_for(&format!("{program} to answer"), || answer(PLATFORM));
    let seen = (&platform, fs::read_to_string(&errors).unwrap_or_default());
    assert!(platform.starts_with("HTTP/1.1 200 "), "{seen:?}");
    let stranger = answer(STRANGER).unwrap();
    assert!(stranger.starts_with("HTTP/1.1 403 "), "{stranger}");
    say(
        program,
        "the platform is answered, a stranger who says that it is the platform is not",
    );
}

#[test]
fn nginx_as_documented() {
    let configuration = |upstream: &str, address: SocketAddr| {
        let example = example("nginx").replace("127.0.0.1:8080", upstream);
        let example = example.replace("listen 443 ssl;", &format!("listen {address};"));
        format!(
            "daemon off;\nmaster_process off;\nerror_log stderr;\npid /dev/null;\nevents {{}}\nhttp {{\naccess_log off;\n{example}\n}}\n"
        )
    };
    check("nginx", [127, 0, 0, 11], configuration, |file, command| {
        command.arg("-c").arg(file);
    });
}

#[test]
fn haproxy_as_documented() {
    let configuration = |upstream: &str, address: SocketAddr| {
        let example = example("haproxy").replace("127.0.0.1:8080", upstream);
        let bind = "bind :443 ssl crt /etc/haproxy/certs/";
        example.replace(bind, &format!("bind {address}"))
    };
    check(
        "haproxy",
        [127, 0, 0, 12],
        configuration,
        |file, command| {
            command.arg("-db").arg("-f").arg(file);
        },
    );
}

#[test]
fn caddy_as_documented() {
    let configuration = |upstream: &str, address: SocketAddr| {
        let example = example("caddy").replace("127.0.0.1:8080", upstream);
        let example = example.replace("router.example.com", &format!("http://{address}"));
        format!(
            "{{\n    admin off\n    default_bind {}\n}}\n{example}",
            address.ip()
        )
    };
    check("caddy", [127, 0, 0, 13], configuration, |file, command| {
        command.args(["run", "--adapter", "caddyfile", "--config"]);
        command.arg(file);
    });
}
