//! Runs the storms of `client-core/docs/storms.md`, writes its numbers and draws its pictures.
//!
//! Layers, bottom up: svg -> scenes -> chart, table -> main.
#![expect(
    clippy::print_stderr,
    reason = "a program for a terminal, which names the files it writes"
)]

mod chart;
mod scenes;
mod svg;
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use scenes::{Scene, run_all};

/// Runs the storms, writes their numbers into `storms.md` and draws a picture of each.
#[derive(Parser)]
#[command(name = "storm", bin_name = "cargo xtask storm --")]
struct Options {
    /// The number of clients. The capacity of the server is in proportion.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=4_000_000))]
    clients: u32,
    /// The seed of all random numbers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder of `storms.md` and the pictures. [default: client-core/docs]
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
    let scenes = run_all(&scenes::all(options.clients as usize, options.seed));
    for scene in &scenes {
        let file = docs.join(scene.picture());
        std::fs::write(&file, chart::draw(scene))?;
        eprintln!("wrote {}", file.display());
    }
    let page = docs.join("storms.md");
    std::fs::write(&page, with_table(&page, &scenes)?)?;
    eprintln!("wrote {}", page.display());
    Ok(())
}

const BEGIN: &str = "<!-- numbers: written by cargo xtask storm -->\n";
const END: &str = "<!-- end of numbers -->\n";

/// Returns the page with new numbers between its two marks.
fn with_table(page: &Path, scenes: &[Scene]) -> Result<String, Box<dyn Error>> {
    let old = std::fs::read_to_string(page)?;
    let marks = old.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) =
        marks.ok_or("storms.md lacks the two comments that mark the numbers: add them")?;
    let table = table::write(scenes);
    Ok([before, BEGIN, &table, END, after].concat())
}
