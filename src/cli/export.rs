//! `export`: the whole rule set as files.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::edit::grouped;
use super::options::Sources;
use super::output::{Output, complain};
use super::rules::counted;
use crate::exchange::{self, Dialect, Exported, Format, TextFormat};
use crate::store;
use routing::table::Table;

/// Write the whole rule set to files, to be kept in version control or carried elsewhere.
///
/// A path that ends in .toml or .json becomes one file, one that ends in .csv takes the table it is named for, one without
/// an ending becomes a folder with a CSV file per table, and - prints TOML. All tables and columns are there, notes as well; the log of changes
/// is not. The same rows give the same bytes. What stands there is written over.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExportArguments {
    /// Where to; - is the standard output
    #[arg(value_name = "FOLDER|FILE|-")]
    path: PathBuf,
    /// Write CSV that Excel opens by a double click and saves without changing a number or a date; `import` reads both
    #[arg(long)]
    excel: bool,
    /// Leave tables out, such as callers; with commas
    #[arg(long, value_name = "TABLES", value_delimiter = ',', value_parser = exchange::table)]
    without: Vec<Table>,
    /// Rules database; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router export rules && git add rules
  stringee-router export rules.toml --without callers
  stringee-router export callers.csv --excel
  stringee-router export - | diff rules.toml -

Exit codes: 0 exported, 2 not exported (the message says why).";

pub(super) async fn run(
    arguments: ExportArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let ExportArguments {
        path,
        excel,
        without,
        rules,
    } = arguments;
    let prints = path.as_os_str() == "-";
    anyhow::ensure!(
        !excel || (!prints && Format::of(&path).is_csv()),
        "--excel is for CSV; name a folder, or a file that ends in .csv"
    );
    let rules = store::export(&sources.rules(rules)?).await?;
    let mut tables = Table::ALL.to_vec();
    tables.retain(|table| !without.contains(table));
    if prints {
        output.text(&exchange::to_text(&rules, &tables, TextFormat::Toml)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let dialect = if excel {
        Dialect::Excel
    } else {
        Dialect::Plain
    };
    let Exported { files, rows } = exchange::write(&path, &rules, &tables, dialect)?;
    output.line(format_args!(
        "{}: {} rows in {}",
        path.display(),
        grouped(rows),
        counted(files, "file")
    ))?;
    if Format::of(&path) == Format::Folder {
        for table in without {
            let left = path.join(format!("{}.csv", table.name()));
            if left.exists() {
                complain(format_args!(
                    "warning: {} is from another time, and an import would read it",
                    left.display()
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
