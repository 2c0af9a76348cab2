//! The section `[notices]`.

use std::fmt::{self, Formatter};

use toml::Value;

use super::{text, texts};
use crate::config::{NoticesConfig, SmtpEncryption};

pub(super) fn write(f: &mut Formatter<'_>, notices: &NoticesConfig) -> fmt::Result {
    let NoticesConfig {
        every_minutes,
        webhook_url,
        webhook_url_file,
        telegram_token,
        telegram_token_file,
        telegram_chat,
        telegram_base_url,
        smtp_host,
        smtp_port,
        smtp_encryption,
        smtp_user,
        smtp_password,
        smtp_password_file,
        mail_from,
        mail_to,
    } = notices;
    let encryption = match smtp_encryption {
        SmtpEncryption::Starttls => "starttls",
        SmtpEncryption::Tls => "tls",
        SmtpEncryption::None => "none",
    };
    write!(f, "\n\n[notices]\nevery_minutes = {every_minutes}")?;
    let file = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| text(path.display()));
    let word = |word: &Option<String>| word.as_ref().map(text);
    let settings: [(&str, Option<Value>); 11] = [
        ("webhook_url_file", file(webhook_url_file)),
        ("telegram_token_file", file(telegram_token_file)),
        ("telegram_chat", word(telegram_chat)),
        ("telegram_base_url", Some(text(telegram_base_url))),
        ("smtp_host", word(smtp_host)),
        ("smtp_port", Some(Value::Integer((*smtp_port).into()))),
        ("smtp_encryption", Some(text(encryption))),
        ("smtp_user", word(smtp_user)),
        ("smtp_password_file", file(smtp_password_file)),
        ("mail_from", word(mail_from)),
        ("mail_to", Some(texts(mail_to))),
    ];
    for (setting, value) in settings {
        if let Some(value) = value {
            write!(f, "\n{setting} = {value}")?;
        }
    }
    let secrets = [
        ("webhook_url", webhook_url),
        ("telegram_token", telegram_token),
        ("smtp_password", smtp_password),
    ];
    for (setting, secret) in secrets {
        if secret.is_some() {
            write!(f, "\n# {setting} is set, and not shown")?;
        }
    }
    Ok(())
}
