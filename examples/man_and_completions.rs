//! Writes the man pages and the completions of bash, zsh and fish into a folder, laid out as under `/usr/share`.
//!
//! `cargo run --example man_and_completions -- FOLDER`

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap_complete::{Shell, generate_to};
use stringee_router::cli;

const NAME: &str = "stringee-router";

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).context("name a folder")?;
    let folder = Path::new(&folder);
    let man = folder.join("man/man1");
    fs::create_dir_all(&man)?;
    clap_mangen::generate_to(cli::command(), &man)?;
    // Where each shell looks for them, and by which name.
    for (shell, place, name) in [
        (Shell::Bash, "bash-completion/completions", NAME),
        (Shell::Zsh, "zsh/vendor-completions", "_stringee-router"),
        (
            Shell::Fish,
            "fish/vendor_completions.d",
            "stringee-router.fish",
        ),
    ] {
        let place = folder.join(place);
        fs::create_dir_all(&place)?;
        let written = generate_to(shell, &mut cli::command(), NAME, &place)?;
        fs::rename(written, place.join(name))?;
    }
    Ok(())
}
