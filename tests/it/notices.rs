//! Notices: people are told by a webhook, Telegram and mail when they must look at the rules, and nobody waits for that.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use stringee_router::config::Role;

use crate::cli_program::{Program, Ran};
use crate::console_visitor::Visitor;
use crate::database::Database;
use crate::harness::{Running, wait_for};

/// How long a notice may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whatever is sent to an address on loopback.
struct Sink<T> {
    address: SocketAddr,
    arrived: Receiver<T>,
}

impl<T: Send + 'static> Sink<T> {
    /// Takes one connection after the other, each as `take` does.
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the test, and is no part of the program"
    )]
    fn new(take: impl Fn(TcpStream) -> Option<T> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, arrived): (Sender<T>, _) = channel();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if let Some(taken) = take(connection)
                    && sender.send(taken).is_err()
                {
                    return;
                }
            }
        });
        Self { address, arrived }
    }

    #[track_caller]
    fn next(&self) -> T {
        self.arrived.recv_timeout(PATIENCE).unwrap()
    }
}

/// What was posted: the path, and the body as JSON.
type Posted = (String, Value);

/// A server that answers every request with this status.
fn http_sink(status: &'static str) -> Sink<Posted> {
    Sink::new(move |connection| {
        let mut reader = BufReader::new(connection.try_clone().ok()?);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let path = line.split(' ').nth(1)?.to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(bytes) = header.strip_prefix("content-length:") {
                length = bytes.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        (&connection).write_all(answer.as_bytes()).ok()?;
        Some((path, serde_json::from_slice(&body).ok()?))
    })
}

/// A mail: to whom, and its text with its headers.
type Mail = (Vec<String>, String);

/// A mail server that takes everything.
fn smtp_sink() -> Sink<Mail> {
    Sink::new(|mut connection| {
        connection.write_all(b"220 sink ESMTP\r\n").ok()?;
        converse(&mut connection, false)
    })
}

/// A mail server that takes nothing before STARTTLS.
fn starttls_sink() -> Sink<Mail> {
    let certificate = include_bytes!("../fixtures/smtp/localhost.pem");
    let key = include_bytes!("../fixtures/smtp/key.pem");
    let chain = vec![CertificateDer::from_pem_slice(certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth();
    let config = Arc::new(config.with_single_cert(chain, key).unwrap());
    Sink::new(move |mut connection| {
        connection.write_all(b"220 sink ESMTP\r\n").ok()?;
        converse(&mut connection, true);
        let tls = ServerConnection::new(Arc::clone(&config)).ok()?;
        converse(&mut StreamOwned::new(tls, connection), false)
    })
}

/// A line without its end; byte by byte, because what follows may be another protocol.
fn line_of(stream: &mut impl Read) -> Option<String> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        match byte {
            [b'\n'] => break,
            [b'\r'] => {}
            [other] => line.push(other),
        }
    }
    String::from_utf8(line).ok()
}

/// Takes a mail; a server that wants STARTTLS goes no further than that.
fn converse(stream: &mut (impl Read + Write), wants_tls: bool) -> Option<Mail> {
    let (mut to, mut mail) = (Vec::new(), String::new());
    while let Some(line) = line_of(stream) {
        let verb = line.split(' ').next().unwrap_or_default();
        let answer = match &*verb.to_ascii_uppercase() {
            "EHLO" | "HELO" if wants_tls => "250-sink\r\n250 STARTTLS",
            "EHLO" | "HELO" => "250 sink",
            "STARTTLS" if wants_tls => "220 go on",
            "QUIT" => "221 bye",
            _ if wants_tls => "530 STARTTLS first",
            "DATA" => "354 go on",
            _ => "250 well",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
        match answer {
            "220 go on" => return None,
            "221 bye" => break,
            "354 go on" => {
                while let Some(text) = line_of(stream).filter(|text| text != ".") {
                    mail.push_str(&text);
                    mail.push_str("\r\n");
                }
                stream.write_all(b"250 taken\r\n").ok()?;
            }
            _ if verb.eq_ignore_ascii_case("RCPT") => to.push(line),
            _ => {}
        }
    }
    (!mail.is_empty()).then_some((to, mail))
}

#[test]
fn mail_goes_by_starttls_to_a_server_that_is_who_it_says() {
    let sink = starttls_sink();
    let program = Program::new();
    program.write("ca.pem", include_str!("../fixtures/smtp/ca.pem"));
    let config = |host: &str| {
        format!(
            "[notices]\nsmtp_host = '{host}'\nsmtp_port = {}\n\
             mail_from = 'router@example.com'\nmail_to = ['hoa@example.com']",
            sink.address.port()
        )
    };
    let test = |host: &str, authorities: &str| {
        program.write("config.toml", &config(host));
        let mut command = program.command(&["notices", "test"]);
        command.env("SSL_CERT_FILE", program.path(authorities));
        Ran::of(command.output().unwrap())
    };
    let sent = test("localhost", "ca.pem");
    assert_eq!(sent.output, "mail: sent\n", "{sent}");
    let (to, mail) = sink.next();
    assert_eq!(to, ["RCPT TO:<hoa@example.com>"]);
    assert!(mail.contains("From: router@example.com"), "{mail}");
    let other_name = test("127.0.0.1", "ca.pem");
    assert_eq!(other_name.code, Some(1), "{other_name}");
    let unknown = test("localhost", "nobody.pem");
    assert_eq!(unknown.code, Some(1), "{unknown}");
    assert!(sink.arrived.try_recv().is_err());
}

#[test]
fn a_test_goes_all_ways_that_are_configured() {
    let (webhook, telegram, mail) = (
        http_sink("204 No Content"),
        http_sink("200 OK"),
        smtp_sink(),
    );
    let program = Program::new();
    program.write("token", "123:abc\n");
    let config = format!(
        "[notices]\nwebhook_url = 'http://{}/hook/secret'\n\
         telegram_base_url = 'http://{}'\ntelegram_token_file = '{}'\ntelegram_chat = '-1001'\n\
         smtp_host = '127.0.0.1'\nsmtp_port = {}\nsmtp_encryption = 'none'\n\
         mail_from = 'Router <router@example.com>'\nmail_to = ['hoa@example.com', 'minh@example.com']\n\
         [console]\npublic_url = 'https://console.example.com'",
        webhook.address,
        telegram.address,
        program.path("token").display(),
        mail.address.port(),
    );
    program.write("config.toml", &config);
    let ran = program.run(&["notices", "test"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(ran.output, "webhook: sent\ntelegram: sent\nmail: sent\n");

    let (path, body) = webhook.next();
    assert_eq!((&*path, &body["kind"]), ("/hook/secret", &"test".into()));
    assert_eq!(
        (&body["left_out"], &body["language"]),
        (&0.into(), &"en".into())
    );
    let title = body["title"].as_str().unwrap().to_owned();
    let text = body["text"].as_str().unwrap().to_owned();
    assert_eq!(
        text,
        format!("{title}\nhttps://console.example.com/problems")
    );
    let (path, body) = telegram.next();
    assert_eq!(path, "/bot123:abc/sendMessage");
    assert_eq!(
        (&body["chat_id"], &body["text"]),
        (&"-1001".into(), &text.into())
    );
    let (to, mail) = mail.next();
    assert_eq!(to.len(), 2, "{to:?}");
    assert!(
        mail.contains(&format!("Subject: stringee-router: {title}")),
        "{mail}"
    );
    assert!(mail.contains("From: Router <router@example.com>"), "{mail}");
}

#[test]
fn a_way_that_fails_is_named_and_keeps_no_other_from_being_tried() {
    let (webhook, mail) = (http_sink("500 Broken"), smtp_sink());
    let program = Program::new();
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = format!(
        "[notices]\nwebhook_url = 'http://{}/hook/hush-hush'\n\
         telegram_base_url = 'http://{nobody}'\ntelegram_token = 'hush-hush'\ntelegram_chat = '@phuongnam'\n\
         smtp_host = '127.0.0.1'\nsmtp_port = {}\nsmtp_encryption = 'none'\n\
         mail_from = 'router@example.com'\nmail_to = ['hoa@example.com']",
        webhook.address,
        mail.address.port(),
    );
    program.write("config.toml", &config);
    let ran = program.run(&["notices", "test"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    let lines: Vec<&str> = ran.output.lines().collect();
    assert_eq!(lines[0], "webhook: not sent: it answers with status 500");
    assert!(
        lines[1].starts_with("telegram: not sent: it cannot be reached"),
        "{ran}"
    );
    assert_eq!(lines[2], "mail: sent");
    assert!(!ran.to_string().contains("hush-hush"), "{ran}");
    let none = Program::new().run(&["notices", "test"]);
    assert_eq!(none.code, Some(2), "{none}");
}

#[tokio::test]
async fn a_refused_edit_and_a_held_version_are_told() {
    let webhook = http_sink("200 OK");
    let database = Database::ringing(&["hoa", "lan", "minh"]).await;
    let state = database.directory().join("state");
    let config = format!(
        "language = 'vi'\n[database]\nhold_seconds = 3600\n[notices]\nwebhook_url = 'http://{}/'",
        webhook.address
    );
    let _server = Running::with_state(&database.path(), &state, &config);
    let mut shell = database.shell().await;
    shell.run("pragma ignore_check_constraints = on").await;
    shell
        .run("update agents set answer_timeout = 500 where id = 'hoa'")
        .await;
    let (_, body) = webhook.next();
    assert_eq!(body["kind"], "refused", "{body}");
    assert_eq!(body["problems"][0]["code"], "not_a_whole_number");
    let line = body["lines"][0].as_str().unwrap();
    assert!(
        line.ends_with("Thời gian đổ chuông phải từ 3 đến 120 giây."),
        "{line}"
    );

    shell.run("update agents set answer_timeout = null").await;
    shell
        .run("delete from group_members where agent_id <> 'hoa'")
        .await;
    let (_, body) = webhook.next();
    assert_eq!(body["kind"], "held", "{body}");
    assert_eq!(body["objections"][0]["code"], "other_people");
    assert!(
        body["title"]
            .as_str()
            .unwrap()
            .starts_with("Phiên bản mới đang chờ xác nhận đến ")
    );
}

#[tokio::test]
async fn hours_without_anybody_are_told_before_they_come() {
    let webhook = http_sink("200 OK");
    let database = Database::ringing(&["hoa"]).await;
    let mut shell = database.shell().await;
    // Closed all day, on every day.
    shell
        .run("insert into schedules (id, name) values ('never', 'Never')")
        .await;
    shell.run("update rules set schedule_id = 'never'").await;
    let state = database.directory().join("state");
    let config = format!("[notices]\nwebhook_url = 'http://{}/'", webhook.address);
    let server = Running::with_state(&database.path(), &state, &config);
    let (_, body) = webhook.next();
    assert_eq!(body["kind"], "hole", "{body}");
    assert_eq!(body["holes"][0]["queue"], "q");
    assert!(
        body["lines"][0]
            .as_str()
            .unwrap()
            .starts_with("queue q: nobody from "),
        "{body}"
    );
    wait_for("it to be counted", || {
        let metrics = server.admin("/metrics").body;
        metrics
            .contains("stringee_router_notices_sent_total 1")
            .then_some(())
    });
}

#[tokio::test]
async fn what_cannot_be_sent_is_counted_and_keeps_no_edit_waiting() {
    // It takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let database = Database::ringing(&["hoa"]).await;
    let state = database.directory().join("state");
    let address = silent.local_addr().unwrap();
    let config = format!("[notices]\nwebhook_url = 'http://{address}/'");
    let server = Running::with_state(&database.path(), &state, &config);
    let failed = |count: &str| {
        let line = format!("stringee_router_notices_failed_total {count}\n");
        let metrics = server.admin("/metrics").body;
        metrics.contains(&line).then_some(())
    };
    let mut shell = database.shell().await;
    shell.run("pragma ignore_check_constraints = on").await;
    shell.run("update agents set answer_timeout = 500").await;
    let (connection, _) = wait_for("the notice to be sent", || silent.accept().ok());
    shell.run("update agents set answer_timeout = 50").await;
    wait_for("the edit to be in force", || {
        let status = server.admin("/status").json();
        (status["edit_refused"] == false).then_some(())
    });
    assert_eq!(server.rung("q", "a", "1"), ["hoa"]);
    assert_eq!(failed("0"), Some(()), "the notice is still being sent");
    drop(connection);
    wait_for("the failure to be counted", || failed("1"));
}

#[tokio::test]
async fn an_admin_tries_notices_in_the_console_and_nobody_else() {
    let webhook = http_sink("200 OK");
    let database = Database::ringing(&["hoa"]).await;
    let state = database.directory().join("state");
    let config = format!("[notices]\nwebhook_url = 'http://{}/'", webhook.address);
    let server = Running::with_state(&database.path(), &state, &config);
    let mut admin = Visitor::signed_in(&server, &state, "hoa", Role::Admin);
    let mut supervisor = Visitor::signed_in(&server, &state, "minh", Role::Supervisor);
    assert!(
        !supervisor
            .get("/settings")
            .body
            .contains("/settings/notices")
    );
    assert_eq!(supervisor.post("/settings/notices", &[]).status, 403);
    assert!(admin.get("/settings").body.contains("/settings/notices"));
    let tried = admin.post("/settings/notices", &[]);
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert!(tried.body.contains("webhook: "), "{}", tried.body);
    assert_eq!(webhook.next().1["kind"], "test");
}
