//! `cargo xtask imports`, and the step `imports`: no file imports itself through other files.
//!
//! The files `rust.rs` and `typescript.rs` say what counts as an import.

mod fault;
mod graph;
mod layers;
mod module;
mod rust;
#[cfg(test)]
mod test_folder;
mod typescript;

use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::sh::{Error, root};
use fault::Fault;
use graph::{Circle, Graph};

/// A folder of sources whose files are checked against each other.
struct Tree {
    folder: &'static str,
    language: Language,
}

enum Language {
    /// Programs import the library beside them as `crate_name`.
    Rust {
        crate_name: &'static str,
    },
    TypeScript,
}

const TREES: [Tree; 13] = [
    rust("client-core/src", "tidewire_core"),
    rust("client-core/sim/src", "tidewire_sim"),
    rust("client-native/src", "tidewire"),
    rust("client-native/bench/src", "tidewire_bench"),
    rust("client-native/load/src", "tidewire_load"),
    rust("client-native/matrix/src", "tidewire_matrix"),
    rust("client-wasm/src", "tidewire_wasm"),
    rust("client-wasm/web/src", "tidewire_web"),
    Tree {
        folder: "client-wasm/npm/src",
        language: Language::TypeScript,
    },
    rust("server-testbed/src", "tidewire_testbed"),
    rust("server-testbed/cluster/src", "tidewire_cluster"),
    rust("xtask/src", "xtask"),
    Tree {
        folder: "www/src",
        language: Language::TypeScript,
    },
];

/// Trees that still have circles. If a listed tree has no circle, the step fails: remove its line.
const NOT_YET: &[&str] = &[];

const fn rust(folder: &'static str, crate_name: &'static str) -> Tree {
    Tree {
        folder,
        language: Language::Rust { crate_name },
    }
}

#[derive(Args)]
pub(crate) struct Options {
    /// Shows only these source trees.
    #[arg(value_name = "FOLDER", value_parser = PossibleValuesParser::new(TREES.map(|tree| tree.folder)))]
    folders: Vec<String>,
}

/// Prints the levels of each tree, bottom up.
pub(crate) fn run(options: &Options) -> Result<ExitCode, Error> {
    let wanted = |tree: &&Tree| {
        options.folders.is_empty() || options.folders.iter().any(|it| it == tree.folder)
    };
    for tree in TREES.iter().filter(wanted) {
        let graph = tree.read()?;
        println!("{}", summary(tree, &graph));
        let apart = graph.apart();
        for (number, files) in graph.levels().iter().enumerate() {
            let files = files.iter().filter(|file| !apart.contains(*file));
            println!("{:>4}  {}", number + 1, join(files));
        }
        if !apart.is_empty() {
            println!(
                "   -  {} (no imports; re-exports do not count)",
                join(&apart)
            );
        }
        print_circles(&graph);
        println!();
    }
    Ok(ExitCode::SUCCESS)
}

/// The step: fails on a circle, and on an import of the core that goes up.
pub(crate) fn check() -> Result<(), Error> {
    let mut faults = Vec::new();
    for tree in &TREES {
        let graph = tree.read()?;
        println!("{}", summary(tree, &graph));
        print_circles(&graph);
        faults.extend(fault(tree.folder, &graph.circles(), NOT_YET));
        if tree.folder == layers::CORE {
            faults.extend(layers::faults(&graph));
        }
    }
    for Fault { what, remedy } in &faults {
        println!("fault: {what}: {remedy}");
    }
    match &faults[..] {
        [] => Ok(()),
        [Fault { what, remedy }] => Err(Error::rule(what, *remedy)),
        faults => Err(Error::rule(
            format!("{} imports break a rule", faults.len()),
            "each line above that begins with `fault` says what to do",
        )),
    }
}

/// Returns the fault of a tree: a circle, or a place in `not_yet` without one.
fn fault(folder: &str, circles: &[Circle<'_>], not_yet: &[&str]) -> Option<Fault> {
    let first = circles.first();
    match (first, not_yet.contains(&folder)) {
        (Some(circle), false) => Some(Fault {
            what: format!("import circle in {folder}: {}", show(circle)),
            remedy: "let both files import a third one below them, or move the item to the file that uses it \
                (`cargo xtask imports` shows the levels)",
        }),
        (None, true) => Some(Fault {
            what: format!("{folder} has no import circle"),
            remedy: "remove it from NOT_YET in xtask/src/imports/mod.rs",
        }),
        (Some(_), true) | (None, false) => None,
    }
}

impl Tree {
    fn read(&self) -> Result<Graph, Error> {
        let folder = root().join(self.folder);
        match self.language {
            Language::Rust { crate_name } => rust::read(&folder, crate_name),
            Language::TypeScript => typescript::read(&folder),
        }
    }
}

fn summary(tree: &Tree, graph: &Graph) -> String {
    let (files, levels) = (graph.file_count(), graph.levels().len());
    format!("{}: {files} files on {levels} levels", tree.folder)
}

fn join<'a>(files: impl IntoIterator<Item = &'a &'a str>) -> String {
    files.into_iter().copied().collect::<Vec<_>>().join(", ")
}

fn print_circles(graph: &Graph) {
    for circle in graph.circles() {
        println!("      circle: {}", show(&circle));
        if circle.group > circle.files.len() {
            println!("      ({} files reach each other)", circle.group);
        }
    }
}

fn show(circle: &Circle<'_>) -> String {
    let back = circle.files.first();
    let files: Vec<&str> = circle.files.iter().chain(back).copied().collect();
    files.join(" -> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_a_fault_unless_its_tree_is_listed() {
        let circles = [Circle {
            files: vec!["a.rs", "b.rs"],
            group: 2,
        }];
        let expected = "import circle in x/src: a.rs -> b.rs -> a.rs";
        assert_eq!(fault("x/src", &circles, &[]).unwrap().what, expected);
        assert_eq!(fault("x/src", &circles, &["x/src"]), None);
        assert_eq!(fault("x/src", &[], &[]), None);
        let stale = fault("x/src", &[], &["x/src"]).unwrap();
        assert_eq!(stale.what, "x/src has no import circle");
    }
}
