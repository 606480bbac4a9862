//! Plays the storms of `client-core/docs/storms.md`, writes its numbers and draws its pictures.
//!
//! Layers, bottom up: svg -> scenes -> chart, table -> main.
#![expect(
    clippy::print_stderr,
    reason = "a program for a terminal: what it has written where"
)]

mod chart;
mod scenes;
mod svg;
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use scenes::{Scene, play};

/// Plays the storms, writes their numbers into `storms.md` and draws a picture of each.
#[derive(Parser)]
#[command(name = "storm", bin_name = "cargo xtask storm --")]
struct Options {
    /// How many clients there are. The server's strength is in proportion.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=4_000_000))]
    clients: u32,
    /// From which everything by chance is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where `storms.md` and the pictures are. [default: client-core/docs]
    #[arg(long)]
    docs: Option<PathBuf>,
}

fn main() -> ExitCode {
    match write(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(options: &Options) -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let docs = options.docs.as_deref().unwrap_or(&here);
    let scenes = play(&scenes::all(options.clients as usize, options.seed));
    for scene in &scenes {
        let file = docs.join(scene.picture());
        std::fs::write(&file, chart::draw(scene))?;
        eprintln!("written: {}", file.display());
    }
    let page = docs.join("storms.md");
    std::fs::write(&page, with_table(&page, &scenes)?)?;
    eprintln!("written: {}", page.display());
    Ok(())
}

const BEGIN: &str = "<!-- numbers: written by cargo xtask storm -->\n";
const END: &str = "<!-- end of numbers -->\n";

/// The page with the numbers between its two marks written anew.
fn with_table(page: &Path, scenes: &[Scene]) -> Result<String, Box<dyn Error>> {
    let old = std::fs::read_to_string(page)?;
    let marks = old.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = marks.ok_or("storms.md has no place for the numbers")?;
    let table = table::write(scenes);
    Ok([before, BEGIN, &table, END, after].concat())
}
