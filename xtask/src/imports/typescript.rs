//! The imports between the files of a TypeScript source tree.
//!
//! A file imports another if a relative specifier leads to it: `from "./x.js"`, `import "./x.js"`, `import("./x.js")`.
//! Imports and re-exports of types alone count, too, because a reader follows them like any other.
//!
//! Lines are searched for these forms, which is enough for sources that a formatter writes. madge and dependency-cruiser
//! do the same with a parser, and bring many packages.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::graph::Graph;
use crate::sh::Error;

/// Reads the imports of all files below `folder`.
pub(super) fn read(folder: &Path) -> Result<Graph, Error> {
    let mut graph = Graph::default();
    for file in files(folder, Path::new(""))? {
        let path = folder.join(&file);
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        graph.add_file(&display(&file));
        let base = file.parent().unwrap_or(Path::new(""));
        for specifier in text.lines().filter_map(specifier) {
            if let Some(target) = find(folder, &normalize(&base.join(specifier))) {
                graph.add_import(&display(&file), &display(&target));
            }
        }
    }
    Ok(graph)
}

/// Returns the paths of all TypeScript files below `folder`, in order.
fn files(folder: &Path, within: &Path) -> Result<Vec<PathBuf>, Error> {
    let directory = folder.join(within);
    let mut found = Vec::new();
    for entry in fs::read_dir(&directory).map_err(Error::file(&directory))? {
        let path = within.join(entry.map_err(Error::file(&directory))?.file_name());
        if folder.join(&path).is_dir() {
            found.extend(files(folder, &path)?);
        } else if path.extension().is_some_and(|ending| ending == "ts") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the relative specifier of the import on a line.
fn specifier(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if line.starts_with("//") || line.starts_with('*') || line.starts_with("/*") {
        return None;
    }
    ["from \"", "import \"", "import(\""]
        .into_iter()
        .find_map(|form| {
            let (_, rest) = line.split_once(form)?;
            let (specifier, _) = rest.split_once('"')?;
            specifier.starts_with('.').then_some(specifier)
        })
}

/// Returns the file that a specifier means. Sources name the compiled file, `x.js`.
fn find(folder: &Path, path: &Path) -> Option<PathBuf> {
    let stem = path.with_extension("");
    let candidates = [
        path.to_owned(),
        path.with_extension("ts"),
        stem.with_extension("d.ts"),
        path.join("index.ts"),
    ];
    let is_source = |file: &PathBuf| folder.join(file).is_file() && !file.starts_with("..");
    candidates.into_iter().find(is_source)
}

fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// A path as it is shown, with `/` on every system.
fn display(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::test_folder::TestFolder;

    #[test]
    fn every_form_of_import_counts() {
        let folder = TestFolder::new(&[
            (
                "a.ts",
                "import type { B } from \"./b.js\";\nexport {\n  c,\n} from \"./node/c.js\";\nawait import(\"./d.js\");",
            ),
            (
                "b.ts",
                "// from \"./a.js\"\nimport * as fs from \"node:fs\";",
            ),
            (
                "node/c.ts",
                "import \"../b.js\";\nimport x from \"../../build/core.js\";",
            ),
            ("d.ts", "import { c } from \"./node/../node/c.js\";"),
        ]);
        let graph = read(folder.path()).unwrap();
        let expected = [
            ("a.ts", "b.ts"),
            ("a.ts", "d.ts"),
            ("a.ts", "node/c.ts"),
            ("d.ts", "node/c.ts"),
            ("node/c.ts", "b.ts"),
        ];
        assert_eq!(graph.imports().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn types_that_import_each_other_are_a_circle() {
        let folder = TestFolder::new(&[
            (
                "carriers.ts",
                "import type { Options } from \"./options.js\";",
            ),
            (
                "options.ts",
                "import type { Carrier } from \"./carriers.js\";",
            ),
        ]);
        let graph = read(folder.path()).unwrap();
        assert_eq!(graph.circles()[0].files, ["carriers.ts", "options.ts"]);
    }
}
