//! `ask`: asks a running server about a call, as the platform does.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::http::{client, local_client, reachable};
use super::options::Sources;
use super::output::{Output, complain};
use super::queue_typed::queue_id_in;
use super::rules::country_code;
use crate::config::{Config, Secret};
use routing::number::{CallerPattern, CountryCode, plausible_text};
use stringee::ask::{WaitingCall, WaitingCalls};
use stringee::wire::signature::{SIGNATURE_HEADER, SigningKey};

/// Ask a running server about a call, as Stringee does.
///
/// Without --url the server of this configuration is asked, with its secret and with the signing key of the project:
/// better so than by options, which other users of the machine can see. The status goes to the standard error, so that
/// the answer alone can be piped on.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AskArguments {
    /// The queue in which the call waits: its queueId; of the server of this configuration also its name
    #[arg(long, value_name = "ID")]
    queue: String,
    /// Who calls; without it an anonymous caller
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// The number that was called
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// The call's id; without it a new one, so that the call has not waited yet
    #[arg(long, value_name = "ID")]
    call_id: Option<String>,
    /// The project (projectId); without it and without --url the first one configured
    #[arg(long, value_name = "ID")]
    project: Option<u64>,
    /// The webhook; without it e.g. http://127.0.0.1:8080/get_list_agents, as server.listen has it
    #[arg(long)]
    url: Option<String>,
    /// The secret at the end of the path (webhook.secrets)
    #[arg(long, value_parser = secret)]
    secret: Option<Secret>,
    /// The project's signing key; without any the request is not signed
    #[arg(long, value_name = "KEY", value_parser = secret)]
    signing_key: Option<Secret>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router ask --queue queue_1 --from 84986776777 --to 842473082666
  stringee-router ask --queue queue_1 --url https://example.com/get_list_agents --signing-key KEY

Exit codes: 0 answered with status 200, 1 with another status, 2 not answered.";

#[expect(
    clippy::unnecessary_wraps,
    reason = "clap wants a parser that can fail"
)]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

/// How long the server may take: as long as a platform might wait.
const LIMIT: Duration = Duration::from_secs(10);

pub(super) async fn run(
    mut arguments: AskArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    if let Ok(rules) = sources.rules(None) {
        say_what_is_implausible(&arguments, &country_code(&rules).await);
        if arguments.url.is_none() {
            arguments.queue = queue_id_in(&rules, &arguments.queue).await;
        }
    }
    let target = match &arguments.url {
        Some(url) => AskedWebhook::remote(url, &arguments),
        None => AskedWebhook::local(&sources.server_config()?, &arguments),
    };
    let mut response = target.ask(&arguments)?;
    complain(status_line(&response));
    let body = response
        .body_mut()
        .with_config()
        .lossy_utf8(true)
        .read_to_string()
        .context("cannot read the answer")?;
    output.line(pretty(&body))?;
    Ok(if response.status() == 200 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// It is asked all the same: so it is seen what becomes of such a number.
fn say_what_is_implausible(arguments: &AskArguments, country: &CountryCode) {
    let numbers = [("--from", &arguments.from), ("--to", &arguments.to)];
    for (option, number) in numbers {
        let number = number.as_deref().unwrap_or_default();
        if number.trim().is_empty() {
            continue;
        }
        // Whoever withholds their number calls as well.
        let is_anonymous = CallerPattern::parse(number, country) == Some(CallerPattern::Anonymous);
        if let Err(why) = plausible_text(number, country)
            && !is_anonymous
        {
            complain(format_args!("note: {option} '{number}' {why}"));
        }
    }
}

/// Whom to ask, and what proves that we may.
struct AskedWebhook {
    client: Agent,
    url: String,
    project: Option<u64>,
    secret: Option<Secret>,
    signing_key: Option<Secret>,
}

impl AskedWebhook {
    /// A server anywhere: nothing is known of it but what the arguments say.
    fn remote(url: &str, arguments: &AskArguments) -> Self {
        // A second installation, as in a test, changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        Self {
            client: client(LIMIT).tls_config(tls).build().new_agent(),
            url: url.to_owned(),
            project: arguments.project,
            secret: arguments.secret.clone(),
            signing_key: arguments.signing_key.clone(),
        }
    }

    /// The server that this configuration is for.
    fn local(config: &Config, arguments: &AskArguments) -> Self {
        let mut projects = config.webhook.projects.iter();
        let project = match arguments.project {
            Some(id) => projects.find(|project| project.id == id),
            None => projects.next(),
        };
        let keys = project.map_or(&[][..], |project| &project.signing_keys);
        let secret = arguments.secret.as_ref().or(config.webhook.secrets.first());
        let signing_key = arguments.signing_key.as_ref().or(keys.first());
        Self {
            client: local_client(LIMIT),
            url: format!("http://{}/get_list_agents", reachable(config.server.listen)),
            project: arguments.project.or(project.map(|project| project.id)),
            secret: secret.cloned(),
            signing_key: signing_key.cloned(),
        }
    }

    fn ask(&self, arguments: &AskArguments) -> anyhow::Result<Response<Body>> {
        let body = self.question(arguments)?;
        let url = match &self.secret {
            Some(secret) => format!("{}/{}", self.url.trim_end_matches('/'), secret.expose()),
            None => self.url.clone(),
        };
        let mut request = self
            .client
            .post(url)
            .header("content-type", "application/json");
        if let Some(key) = &self.signing_key {
            request = request.header(SIGNATURE_HEADER, SigningKey::new(key.expose()).sign(&body));
        }
        request
            .send(&body[..])
            .with_context(|| format!("no answer from {}", self.url))
    }

    fn question(&self, arguments: &AskArguments) -> serde_json::Result<Vec<u8>> {
        let call_id = match &arguments.call_id {
            Some(call_id) => call_id.clone(),
            None => format!("ask-{}", clock::now().as_millisecond()),
        };
        let call = WaitingCall {
            call_id: &call_id,
            from: arguments.from.as_deref().unwrap_or(""),
            to: arguments.to.as_deref().unwrap_or(""),
        };
        serde_json::to_vec(&WaitingCalls {
            queue_id: &arguments.queue,
            calls: vec![call],
            project_id: self.project,
        })
    }
}

fn status_line(response: &Response<Body>) -> String {
    if let Some(version) = response.headers().get("x-rules-version")
        && let Ok(version) = version.to_str()
    {
        return format!("{}, rules version {version}", response.status());
    }
    response.status().to_string()
}

/// JSON with indentation; anything else as it is.
fn pretty(body: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(body) {
        Ok(value) => format!("{value:#}"),
        Err(_) => body.trim_end().to_owned(),
    }
}
