//! `config`: prints the configuration in effect.

mod notices;

use std::fmt::{self, Display, Formatter};
use std::process::ExitCode;

use clap::Args;
use toml::Value;

use super::options::Sources;
use super::output::Output;
use crate::config::{
    AdminConfig, ClusterConfig, Config, ConsoleConfig, DatabaseConfig, JournalConfig, LogConfig,
    LogFormat, OnMissing, ProjectConfig, RuleTests, Secret, ServedProjects, ServerConfig, SignIn,
    SignatureMode, StringeeConfig, UnlistedProjects, WebhookConfig,
};

/// Print the configuration in effect.
///
/// Defaults, file, environment and options together, in the form of the file. Secrets are only counted.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct ConfigArguments {}

const EXIT_CODES: &str = "\
Exit codes: 0 printed, 2 the configuration is not right (the message says where).";

pub(super) fn run(
    _: &ConfigArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    output.line(ShownConfig(&sources.server_config()?))?;
    Ok(ExitCode::SUCCESS)
}

/// A configuration as a file would say it.
struct ShownConfig<'c>(&'c Config);

impl Display for ShownConfig<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Config {
            language,
            server,
            admin:
                AdminConfig {
                    listen,
                    hosts,
                    trusted_proxies,
                },
            console,
            database,
            cluster,
            webhook,
            stringee,
            notices,
            journal,
            log,
        } = self.0;
        write!(f, "language = {}\n\n", text(language.code()))?;
        write_server(f, server)?;
        write!(
            f,
            "\n\n[admin]\nlisten = {}\nhosts = {}\ntrusted_proxies = {}",
            text(listen),
            texts(hosts),
            texts(trusted_proxies)
        )?;
        write_console(f, console)?;
        write_database(f, database)?;
        write_cluster(f, cluster)?;
        write_webhook(f, webhook)?;
        write_stringee(f, stringee)?;
        notices::write(f, notices)?;
        let JournalConfig {
            enabled,
            retention_days,
            max_bytes,
            keep_free_bytes,
            mask_numbers,
            sample_percent,
        } = journal;
        write!(
            f,
            "\n\n[journal]\nenabled = {enabled}\nretention_days = {retention_days}"
        )?;
        write!(
            f,
            "\nmax_bytes = {max_bytes}\nkeep_free_bytes = {keep_free_bytes}\nmask_numbers = {mask_numbers}"
        )?;
        write!(f, "\nsample_percent = {sample_percent}")?;
        let LogConfig {
            format,
            filter,
            queue_bytes,
        } = log;
        write!(
            f,
            "\n\n[log]\nformat = {}\nfilter = {}\nqueue_bytes = {queue_bytes}",
            text(format_name(*format)),
            text(filter)
        )?;
        webhook
            .projects
            .iter()
            .try_for_each(|project| write_project(f, project))
    }
}

fn write_server(f: &mut Formatter<'_>, server: &ServerConfig) -> fmt::Result {
    let ServerConfig {
        listen,
        trusted_proxies,
        body_limit_bytes,
        first_head_timeout_seconds,
        header_timeout_seconds,
        request_timeout_seconds,
        answer_timeout_seconds,
        drain_seconds,
        max_connections,
        reserved_connections,
        max_connections_per_address,
        max_stranger_requests_per_second,
        max_stranger_requests_in_flight,
        max_bytes_in_flight,
    } = server;
    write!(
        f,
        "[server]\nlisten = {}\ntrusted_proxies = {}",
        text(listen),
        texts(trusted_proxies)
    )?;
    write!(
        f,
        "\nbody_limit_bytes = {body_limit_bytes}\nfirst_head_timeout_seconds = {first_head_timeout_seconds}"
    )?;
    write!(
        f,
        "\nheader_timeout_seconds = {header_timeout_seconds}\nrequest_timeout_seconds = {request_timeout_seconds}"
    )?;
    write!(
        f,
        "\nanswer_timeout_seconds = {answer_timeout_seconds}\ndrain_seconds = {drain_seconds}"
    )?;
    write!(
        f,
        "\nmax_connections = {max_connections}\nreserved_connections = {reserved_connections}"
    )?;
    write!(
        f,
        "\nmax_connections_per_address = {max_connections_per_address}"
    )?;
    write!(
        f,
        "\nmax_stranger_requests_per_second = {max_stranger_requests_per_second}"
    )?;
    write!(
        f,
        "\nmax_stranger_requests_in_flight = {max_stranger_requests_in_flight}"
    )?;
    write!(f, "\nmax_bytes_in_flight = {max_bytes_in_flight}")
}

fn write_console(f: &mut Formatter<'_>, console: &ConsoleConfig) -> fmt::Result {
    let ConsoleConfig {
        enabled,
        public_url,
        sign_in,
        proxy_user_header,
        proxy_groups_header,
        proxy_roles,
        session_hours,
        language,
    } = console;
    let sign_in = match sign_in {
        SignIn::Password => "password",
        SignIn::Proxy => "proxy",
    };
    write!(
        f,
        "\n\n[console]\nenabled = {enabled}\npublic_url = {}\nsign_in = {}",
        text(public_url),
        text(sign_in)
    )?;
    write!(
        f,
        "\nproxy_user_header = {}\nproxy_groups_header = {}",
        text(proxy_user_header),
        text(proxy_groups_header)
    )?;
    let mut roles = toml::Table::new();
    for (who, role) in proxy_roles {
        roles.insert(who.clone(), text(role.name()));
    }
    write!(
        f,
        "\nproxy_roles = {}\nsession_hours = {session_hours}\nlanguage = {}",
        Value::Table(roles),
        text(language.code())
    )
}

fn write_database(f: &mut Formatter<'_>, database: &DatabaseConfig) -> fmt::Result {
    let DatabaseConfig {
        rules,
        state,
        on_missing,
        rule_tests,
        hold_seconds,
        backups_kept,
        load_budget_mb,
        load_budget_rows,
        backups_days,
        backups_weeks,
        backups_max_bytes,
        changes_days,
        changes_lines,
        url,
        url_file,
        project,
    } = database;
    write!(
        f,
        "\n\n[database]\nrules = {}\nstate = {}",
        text(rules.display()),
        text(state.display())
    )?;
    if let Some(file) = url_file {
        write!(f, "\nurl_file = {}", text(file.display()))?;
    }
    if url.is_some() {
        write!(f, "\n# url is set, and not shown")?;
    }
    match project {
        ServedProjects::One(number) => write!(f, "\nproject = {number}")?,
        ServedProjects::List(numbers) => write!(f, "\nproject = {numbers:?}")?,
        ServedProjects::All => write!(f, "\nproject = {}", text("all"))?,
    }
    write!(f, "\non_missing = {}", text(on_missing_name(*on_missing)))?;
    let rule_tests = match rule_tests {
        RuleTests::Refuse => "refuse",
        RuleTests::Warn => "warn",
    };
    write!(
        f,
        "\nrule_tests = {}\nhold_seconds = {hold_seconds}\nbackups_kept = {backups_kept}",
        text(rule_tests)
    )?;
    write!(
        f,
        "\nload_budget_mb = {load_budget_mb}\nload_budget_rows = {load_budget_rows}"
    )?;
    write!(
        f,
        "\nbackups_days = {backups_days}\nbackups_weeks = {backups_weeks}\nbackups_max_bytes = {backups_max_bytes}"
    )?;
    write!(
        f,
        "\nchanges_days = {changes_days}\nchanges_lines = {changes_lines}"
    )
}

fn write_cluster(f: &mut Formatter<'_>, cluster: &ClusterConfig) -> fmt::Result {
    let ClusterConfig {
        share_calls,
        url,
        url_file,
        replica,
        exchange_ms,
        deadline_ms,
        start_patience_seconds,
    } = cluster;
    write!(
        f,
        "\n\n[cluster]\nshare_calls = {share_calls}\nreplica = {}",
        text(replica)
    )?;
    if let Some(file) = url_file {
        write!(f, "\nurl_file = {}", text(file.display()))?;
    }
    if url.is_some() {
        write!(f, "\n# url is set, and not shown")?;
    }
    write!(
        f,
        "\nexchange_ms = {exchange_ms}\ndeadline_ms = {deadline_ms}"
    )?;
    write!(f, "\nstart_patience_seconds = {start_patience_seconds}")
}

fn write_webhook(f: &mut Formatter<'_>, webhook: &WebhookConfig) -> fmt::Result {
    let WebhookConfig {
        secrets,
        secret_files,
        networks,
        unlisted_projects: _,
        max_calls,
        max_answer_bytes,
        projects: _,
    } = webhook;
    write!(f, "\n\n[webhook]\nnetworks = {}", texts(networks))?;
    write!(
        f,
        "\nsecret_files = {}",
        texts(secret_files.iter().map(|file| file.display()))
    )?;
    write_count(f, secrets, "secret")?;
    write!(
        f,
        "\nmax_calls = {max_calls}\nmax_answer_bytes = {max_answer_bytes}"
    )?;
    let unlisted = match webhook.unlisted_projects() {
        UnlistedProjects::Answer => "answer",
        UnlistedProjects::Refuse => "refuse",
    };
    write!(f, "\nunlisted_projects = {}", text(unlisted))
}

fn write_stringee(f: &mut Formatter<'_>, stringee: &StringeeConfig) -> fmt::Result {
    let StringeeConfig {
        base_url,
        api_key_sid,
        api_key_secret,
        api_key_secret_file,
        timeout_seconds,
    } = stringee;
    write!(f, "\n\n[stringee]\nbase_url = {}", text(base_url))?;
    if let Some(sid) = api_key_sid {
        write!(f, "\napi_key_sid = {}", text(sid))?;
    }
    if let Some(file) = api_key_secret_file {
        write!(f, "\napi_key_secret_file = {}", text(file.display()))?;
    }
    write_count(f, api_key_secret.as_slice(), "secret")?;
    write!(f, "\ntimeout_seconds = {timeout_seconds}")
}

fn write_project(f: &mut Formatter<'_>, project: &ProjectConfig) -> fmt::Result {
    let ProjectConfig {
        id,
        signing_keys,
        signing_key_files,
        signature: _,
    } = project;
    write!(f, "\n\n[[webhook.projects]]\nid = {id}")?;
    write!(
        f,
        "\nsigning_key_files = {}",
        texts(signing_key_files.iter().map(|file| file.display()))
    )?;
    write_count(f, signing_keys, "signing key")?;
    let mode = match project.signature_mode() {
        SignatureMode::Require => "require",
        SignatureMode::Observe => "observe",
        SignatureMode::Off => "off",
    };
    write!(f, "\nsignature = {}", text(mode))
}

fn write_count(f: &mut Formatter<'_>, secrets: &[Secret], noun: &str) -> fmt::Result {
    write!(
        f,
        "\n# {} in all, from here and from files",
        super::rules::counted(secrets.len(), noun)
    )
}

fn text(value: impl Display) -> Value {
    Value::String(value.to_string())
}

fn texts(values: impl IntoIterator<Item: Display>) -> Value {
    Value::Array(values.into_iter().map(text).collect())
}

const fn on_missing_name(on_missing: OnMissing) -> &'static str {
    match on_missing {
        OnMissing::Demo => "demo",
        OnMissing::Empty => "empty",
        OnMissing::Fail => "fail",
    }
}

const fn format_name(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Pretty => "pretty",
        LogFormat::Json => "json",
    }
}
