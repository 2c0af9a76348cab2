//! `coverage`: who answers when, and where nobody does.

mod words;
mod ranges;
mod text;
mod svg;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::options::{LanguageOption, Sources};
use super::output::Output;
use super::queue_typed::queue_id;
use super::rules::snapshot;
use super::server::say_if_other_rules_are_served;
use super::times::TypedTime;
use crate::shown::coverage::{CoverageJson, Survey};
use routing::coverage::{Coverage, Question, coverage};
use routing::number::Number;
use routing::snapshot::Snapshot;

/// Show who answers when, and where nobody does.
///
/// For each queue and hotline that the rules name it asks every half hour who would be rung: by which rule, and who
/// first. The caller is one whom no rule and no row of callers names, unless --caller names one, and the call is in no
/// rule's split_percent. A ring that opens later, while the caller waits, counts as reached later.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CoverageArguments {
    /// How many days
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=92))]
    days: u16,
    /// The first date, such as '2027-02-01' or 'tomorrow'; without it today
    #[arg(long, value_name = "DATE")]
    from: Option<TypedTime>,
    /// Only this queue: its queueId, or its name in the table queues
    #[arg(long, value_name = "ID")]
    queue: Option<String>,
    /// Who calls: a VIP, or somebody who has an owner
    #[arg(long, value_name = "NUMBER")]
    caller: Option<String>,
    /// Rules database; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Also draw the week as a picture; what is worst on any date of a weekday shows
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    language: LanguageOption,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router coverage
  stringee-router coverage --from 2027-02-01 --days 14 --svg tet.svg
  stringee-router coverage --queue queue_1 --caller 0986776777

Exit codes: 0 somebody is rung at each half hour, be it the fallback, or a rule says nobody;
1 there are half hours at which nobody at all is rung; 2 the rules cannot be read.";

/// More lines than these nobody reads.
const MAX_LINES: usize = 500;

pub(super) async fn run(
    mut arguments: CoverageArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let installation = sources.installation(arguments.rules.clone())?;
    say_if_other_rules_are_served(&installation, !arguments.json, output).await?;
    let path = installation.rules;
    let snapshot = snapshot(&path).await?;
    arguments.queue = arguments.queue.map(|typed| queue_id(&snapshot, &typed));
    let question = arguments.question(&snapshot)?;
    let coverage = coverage(&snapshot, &question);
    check_size(&coverage, &question)?;
    let file = path.display().to_string();
    let survey = Survey {
        file: &file,
        snapshot: &snapshot,
        question: &question,
        coverage: &coverage,
        language: arguments.language.chosen(sources),
    };
    if let Some(path) = &arguments.svg {
        let drawn = tokio::fs::write(path, svg::draw(&survey)).await;
        drawn.with_context(|| format!("cannot write {}", path.display()))?;
    }
    if arguments.json {
        output.line(serde_json::to_string_pretty(&CoverageJson::of(&survey))?)?;
    } else {
        output.line(text::CoverageText(&survey))?;
    }
    Ok(if survey.counts().has_nobody() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl CoverageArguments {
    fn question<'a>(&'a self, snapshot: &Snapshot) -> anyhow::Result<Question<'a>> {
        let caller = self.caller.as_deref();
        let zone = &snapshot.settings.time_zone;
        let from = TypedTime::or_now(self.from, zone)?;
        Ok(Question {
            from: from.to_zoned(zone.clone()).date(),
            days: self.days,
            queue: self.queue.as_deref(),
            caller: caller
                .and_then(|caller| Number::from_table(caller, &snapshot.settings.country_code)),
        })
    }
}

fn check_size(coverage: &Coverage<'_>, question: &Question<'_>) -> anyhow::Result<()> {
    let lines = coverage.lines.len();
    if let Some(queue) = question.queue
        && lines == 0
    {
        anyhow::bail!("no rule and no row of queues names the queue {queue}");
    }
    if lines > MAX_LINES {
        anyhow::bail!(
            "the rules name {lines} queues and hotlines, more than anybody reads; choose one with --queue"
        );
    }
    Ok(())
}
