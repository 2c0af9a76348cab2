//! `[notices]`: who is told when somebody must look at the rules, and by which way.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Secret, parse};

/// The ways of a notice; each that is set gets every notice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoticesConfig {
    /// Minutes after a notice within which no second one of the same kind is sent, 1 to 1440. Default 15.
    ///
    /// The last one that was left out is sent when they are over, and says how many there were.
    #[serde(deserialize_with = "parse::within::<1, 1440, _, _>")]
    pub every_minutes: u64,
    /// An address that gets each notice as JSON. Default: none.
    ///
    /// After loading, that of `webhook_url_file` stands here.
    #[serde(deserialize_with = "parse::web_address")]
    pub webhook_url: Option<Secret>,
    /// A file that holds this address instead; blanks and the line end around the text are dropped. Default: none.
    pub webhook_url_file: Option<PathBuf>,
    /// The token of a Telegram bot. Default: none.
    ///
    /// After loading, that of `telegram_token_file` stands here.
    #[serde(deserialize_with = "parse::api_key_secret")]
    pub telegram_token: Option<Secret>,
    /// A file that holds the token instead. Default: none.
    pub telegram_token_file: Option<PathBuf>,
    /// The chat that the bot writes to: its number, or `@name` of a channel. Default: none.
    pub telegram_chat: Option<String>,
    /// Where Telegram's API is. Default `https://api.telegram.org`.
    #[serde(deserialize_with = "parse::base_url")]
    pub telegram_base_url: String,
    /// The mail server. Default: none.
    pub smtp_host: Option<String>,
    /// Its port. Default 587; with `smtp_encryption = "tls"` it is 465 as a rule.
    pub smtp_port: u16,
    /// How mails are kept from being read on their way. Default `starttls`.
    pub smtp_encryption: SmtpEncryption,
    /// The user's name there. Default: none, and then nobody signs in.
    pub smtp_user: Option<String>,
    /// The user's password. Default: none.
    ///
    /// After loading, that of `smtp_password_file` stands here.
    #[serde(deserialize_with = "parse::password")]
    pub smtp_password: Option<Secret>,
    /// A file that holds the password instead. Default: none.
    pub smtp_password_file: Option<PathBuf>,
    /// Who the mails are from: `router@example.com`, or `Router <router@example.com>`. Default: none.
    #[serde(deserialize_with = "parse::mailbox")]
    pub mail_from: Option<String>,
    /// Who gets them. Default: nobody.
    #[serde(deserialize_with = "parse::mailboxes")]
    pub mail_to: Vec<String>,
}

/// How mails are kept from being read on their way to the mail server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpEncryption {
    /// The connection is encrypted once the server has been greeted; one that cannot do that gets no mail.
    #[default]
    Starttls,
    /// It is encrypted from the beginning.
    Tls,
    /// Not at all: only for a mail server on this machine.
    None,
}

impl NoticesConfig {
    /// For how long no second notice of the same kind is sent.
    pub fn pause(&self) -> Duration {
        Duration::from_mins(self.every_minutes)
    }
}

impl Default for NoticesConfig {
    fn default() -> Self {
        Self {
            every_minutes: 15,
            webhook_url: None,
            webhook_url_file: None,
            telegram_token: None,
            telegram_token_file: None,
            telegram_chat: None,
            telegram_base_url: "https://api.telegram.org".to_owned(),
            smtp_host: None,
            smtp_port: 587,
            smtp_encryption: SmtpEncryption::default(),
            smtp_user: None,
            smtp_password: None,
            smtp_password_file: None,
            mail_from: None,
            mail_to: Vec::new(),
        }
    }
}
