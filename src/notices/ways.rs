//! The ways of a notice: a webhook, Telegram, mail. Everything here waits for others, and is called from aside.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport as _};
use serde_json::{Value, json};
use stringee::client::http_agent;

use super::NoticeMessage;
use crate::config::{Config, NoticesConfig, Secret, SmtpEncryption};

/// How long each way may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What has come of a notice, one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WayOutcome {
    pub(crate) way: &'static str,
    pub(crate) fault: Option<String>,
}

/// The ways that are configured.
#[derive(Debug)]
pub(crate) struct NoticeWays {
    config: NoticesConfig,
    /// Where the console is reached; empty if nobody has said.
    address: String,
}

impl NoticeWays {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            config: config.notices.clone(),
            address: config.console.public_url.clone(),
        }
    }

    /// Their names.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let ways = [
            ("webhook", self.config.webhook_url.is_some()),
            ("telegram", self.config.telegram_token.is_some()),
            ("mail", self.config.smtp_host.is_some()),
        ];
        let set = ways.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(name, _)| name).collect()
    }

    /// Whether nobody is told anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.names().is_empty()
    }

    /// Sends a notice each way, one after the other.
    pub(crate) fn send(&self, notice: &NoticeMessage) -> Vec<WayOutcome> {
        let send = |way| {
            let sent = match way {
                "webhook" => self.to_webhook(notice),
                "telegram" => self.to_telegram(notice),
                _ => self.by_mail(notice),
            };
            WayOutcome {
                way,
                fault: sent.err(),
            }
        };
        self.names().into_iter().map(send).collect()
    }

    fn to_webhook(&self, notice: &NoticeMessage) -> Result<(), String> {
        let url = self.config.webhook_url.as_ref().map(Secret::expose);
        post(url.unwrap_or_default(), &notice.json(&self.address))
    }

    fn to_telegram(&self, notice: &NoticeMessage) -> Result<(), String> {
        /// Telegram takes messages of 4096 characters.
        const MAX_CHARS: usize = 4000;
        let NoticesConfig {
            telegram_token,
            telegram_chat,
            telegram_base_url,
            ..
        } = &self.config;
        let token = telegram_token.as_ref().map(Secret::expose);
        let token = token.unwrap_or_default();
        let url = format!("{telegram_base_url}/bot{token}/sendMessage");
        let text: String = notice.text(&self.address).chars().take(MAX_CHARS).collect();
        let body = json!({
            "chat_id": telegram_chat,
            "text": text,
            "link_preview_options": {"is_disabled": true},
        });
        post(&url, &body)
    }

    fn by_mail(&self, notice: &NoticeMessage) -> Result<(), String> {
        let message = self.mail(notice).map_err(|error| error.to_string())?;
        let transport = self.transport().map_err(|error| error.to_string())?;
        let sent = transport.send(&message);
        sent.map(drop)
            .map_err(|error| crate::telemetry::chain(&error))
    }

    fn mail(&self, notice: &NoticeMessage) -> Result<Message, Box<dyn std::error::Error>> {
        let from = self.config.mail_from.as_deref().unwrap_or_default();
        let mut mail = Message::builder().from(from.parse::<Mailbox>()?);
        for to in &self.config.mail_to {
            mail = mail.to(to.parse::<Mailbox>()?);
        }
        let mail = mail
            .subject(format!("stringee-router: {}", notice.title))
            .header(ContentType::TEXT_PLAIN);
        Ok(mail.body(notice.text(&self.address))?)
    }

    fn transport(&self) -> Result<SmtpTransport, lettre::transport::smtp::Error> {
        let NoticesConfig {
            smtp_host,
            smtp_port,
            smtp_encryption,
            smtp_user,
            smtp_password,
            ..
        } = &self.config;
        let host = smtp_host.as_deref().unwrap_or_default();
        let tls = match smtp_encryption {
            SmtpEncryption::Starttls => Tls::Required(TlsParameters::new(host.to_owned())?),
            SmtpEncryption::Tls => Tls::Wrapper(TlsParameters::new(host.to_owned())?),
            SmtpEncryption::None => Tls::None,
        };
        let mut transport = SmtpTransport::builder_dangerous(host)
            .port(*smtp_port)
            .tls(tls)
            .timeout(Some(LIMIT));
        if let (Some(user), Some(password)) = (smtp_user, smtp_password) {
            let password = password.expose().to_owned();
            transport = transport.credentials(Credentials::new(user.clone(), password));
        }
        Ok(transport.build())
    }
}

/// Posts JSON. No fault repeats the address: it may hold a secret.
fn post(url: &str, body: &Value) -> Result<(), String> {
    let request = http_agent(LIMIT).post(url);
    let request = request.header("content-type", "application/json");
    let answer = request
        .send(body.to_string())
        .map_err(|error| match error {
            ureq::Error::Io(error) => format!("it cannot be reached: {error}"),
            ureq::Error::Timeout(_) => "it does not answer in time".to_owned(),
            ureq::Error::HostNotFound => "its host is not known".to_owned(),
            _ => "it cannot be asked".to_owned(),
        })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    Err(format!("it answers with status {}", status.as_u16()))
}
