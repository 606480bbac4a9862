//! The imports between the files of a Rust source tree.
//!
//! A file imports another if it names an item that the other one defines: in a `use` declaration, or in a path such as
//! `crate::time::Time`, `super::Session` or `wire::encode` (where `wire` is a module in scope). A name is followed through
//! re-exports to the file that defines the item, so `use crate::output::Event` imports `output/event.rs` and not
//! `output/mod.rs`.
//!
//! Not an import: a `mod x;` declaration, a re-export (`pub use`) of a name that the file itself does not use, and anything
//! under `#[cfg(test)]`. Method calls are not seen, because they name no file. Text in macros is read like other code.
//!
//! `proc-macro2` splits the source into tokens; clap's derive macros need it anyway. cargo-modules finds circles of modules,
//! too, but it compiles rust-analyzer's crates for that. cargo-cycles had two releases when this was written.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use proc_macro2::TokenStream;

use super::graph::Graph;
use super::module::{Declared, Module, ModuleId, is_test_file};
use crate::sh::Error;

/// The longest chain of re-exports that is followed. A longer one leads to itself.
const MAX_REEXPORTS: usize = 32;

/// Reads the imports of all files below `folder` that its crate roots reach: `lib.rs`, `main.rs`, and those of `bin`.
///
/// `crate_name` is the name under which programs import the library beside them.
pub(super) fn read(folder: &Path, crate_name: &str) -> Result<Graph, Error> {
    let mut tree = Tree {
        crate_name: crate_name.to_owned(),
        ..Tree::default()
    };
    for root in crate_roots(folder)? {
        tree.add_crate(folder, &root)?;
    }
    Ok(tree.graph())
}

/// Returns the crate roots below `folder`, the library first.
fn crate_roots(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut programs = Vec::new();
    let bin = folder.join("bin");
    if bin.exists() {
        for entry in fs::read_dir(&bin).map_err(Error::file(&bin))? {
            let path = Path::new("bin").join(entry.map_err(Error::file(&bin))?.file_name());
            programs.push(match path.extension() {
                Some(_) => path,
                None => path.join("main.rs"),
            });
        }
    }
    programs.sort();
    let mut roots = vec![PathBuf::from("lib.rs"), PathBuf::from("main.rs")];
    roots.append(&mut programs);
    roots.retain(|root| folder.join(root).exists());
    Ok(roots)
}

/// The modules of a source tree, of all its crates.
#[derive(Default)]
struct Tree {
    crate_name: String,
    modules: Vec<Module>,
}

/// The target of a path.
enum Target {
    Module(ModuleId),
    /// An item, in the module that defines it.
    Item(ModuleId),
}

impl Tree {
    fn add_crate(&mut self, folder: &Path, root: &Path) -> Result<(), Error> {
        let id = self.modules.len();
        let base = root.parent().unwrap_or(Path::new(""));
        self.modules.push(Module {
            root: id,
            ..Module::default()
        });
        self.read_file(id, folder, root, base)
    }

    /// Reads `file` as the module `id`; the files of its child modules are in `base`.
    fn read_file(
        &mut self,
        id: ModuleId,
        folder: &Path,
        file: &Path,
        base: &Path,
    ) -> Result<(), Error> {
        self.modules[id].file = display(file);
        let path = folder.join(file);
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let tokens = TokenStream::from_str(&text).map_err(|cause| {
            let what = format!("{} is not Rust ({cause})", path.display());
            Error::rule(what, "run `cargo check`")
        })?;
        match is_test_file(&tokens) {
            true => Ok(()),
            false => self.read_module(id, folder, tokens, base),
        }
    }

    /// Reads the tokens of the module `id`, and all modules that it declares.
    fn read_module(
        &mut self,
        id: ModuleId,
        folder: &Path,
        tokens: TokenStream,
        base: &Path,
    ) -> Result<(), Error> {
        for (name, declared) in self.modules[id].read(tokens) {
            let child = self.add_child(id, &name);
            let base = base.join(&name);
            match declared {
                Declared::Inline(body) => self.read_module(child, folder, body, &base)?,
                Declared::File => {
                    let candidates = [base.with_extension("rs"), base.join("mod.rs")];
                    let file = candidates.iter().find(|file| folder.join(file).exists());
                    self.read_file(child, folder, file.unwrap_or(&candidates[0]), &base)?;
                }
            }
        }
        Ok(())
    }

    fn add_child(&mut self, parent: ModuleId, name: &str) -> ModuleId {
        let id = self.modules.len();
        self.modules.push(Module {
            file: self.modules[parent].file.clone(),
            root: self.modules[parent].root,
            parent: Some(parent),
            ..Module::default()
        });
        self.modules[parent].children.insert(name.to_owned(), id);
        id
    }

    fn graph(&self) -> Graph {
        let mut graph = Graph::default();
        for (id, module) in self.modules.iter().enumerate() {
            graph.add_file(&module.file);
            for target in self.imports(id) {
                graph.add_import(&module.file, &self.modules[target].file);
            }
        }
        graph
    }

    /// Returns the modules whose items the module imports.
    fn imports(&self, id: ModuleId) -> Vec<ModuleId> {
        let module = &self.modules[id];
        let mut imports = Vec::new();
        for import in &module.uses {
            let is_passed_on = import.is_reexport && !module.words.contains(&import.name);
            match self.resolve(id, &import.path, 0) {
                _ if is_passed_on => {}
                Some(Target::Item(target)) => imports.push(target),
                Some(Target::Module(target)) if import.name == "*" => imports.push(target),
                // The paths that begin with the module's name say what is imported from it.
                Some(Target::Module(_)) | None => {}
            }
        }
        for path in &module.paths {
            if let Some(Target::Item(target)) = self.resolve(id, path, 0) {
                imports.push(target);
            }
        }
        imports
    }

    /// Returns the target of a path in a module, or `None` for an item of another crate.
    fn resolve(&self, from: ModuleId, path: &[String], depth: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => Target::Module(self.modules[from].root),
            "self" => Target::Module(from),
            "super" => Target::Module(self.modules[from].parent?),
            name => match self.find(from, name, rest.is_empty(), depth) {
                Some(target) => target,
                None if name == self.crate_name => Target::Module(0),
                None => return None,
            },
        };
        for (index, name) in rest.iter().enumerate() {
            let is_last = index + 1 == rest.len();
            target = match target {
                Target::Item(_) => break,
                Target::Module(id) if name == "super" => Target::Module(self.modules[id].parent?),
                Target::Module(id) => self.find(id, name, is_last, depth).or_else(|| {
                    // Made by a macro, or imported from another crate.
                    let is_foreign = self.modules[id].uses.iter().any(|it| it.name == *name);
                    (!is_foreign).then_some(Target::Item(id))
                })?,
            };
        }
        Some(target)
    }

    /// Returns the target of a name in a module. At the end of a path, an item comes before a module of the same name.
    fn find(&self, id: ModuleId, name: &str, is_last: bool, depth: usize) -> Option<Target> {
        if depth > MAX_REEXPORTS {
            return None;
        }
        let module = &self.modules[id];
        let child = module.children.get(name).copied().map(Target::Module);
        if child.is_some() && !is_last {
            return child;
        }
        if let Some(import) = module.uses.iter().find(|import| import.name == name) {
            return self.resolve(id, &import.path, depth + 1);
        }
        if child.is_some() {
            return child;
        }
        if module.items.contains(name) {
            return Some(Target::Item(id));
        }
        let globs = module.uses.iter().filter(|import| import.name == "*");
        globs
            .filter_map(|glob| self.resolve(id, &glob.path, depth + 1))
            .find_map(|target| match target {
                Target::Module(module) => self.find(module, name, is_last, depth + 1),
                Target::Item(_) => None,
            })
    }
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

    /// Reads a made-up source tree. Returns its imports, each as `from -> to`.
    fn imports(files: &[(&str, &str)]) -> Vec<String> {
        let folder = TestFolder::new(files);
        let graph = read(folder.path(), "demo").unwrap();
        let pairs = graph.imports();
        pairs.map(|(from, to)| format!("{from} -> {to}")).collect()
    }

    #[test]
    fn a_name_is_followed_through_reexports_to_its_file() {
        let found = imports(&[
            ("lib.rs", "mod output; mod user; pub use output::Event;"),
            (
                "output/mod.rs",
                "mod event; mod ids; pub use event::{Event, Kind as EventKind}; pub(crate) use ids::*;",
            ),
            (
                "output/event.rs",
                "use super::Id; pub enum Event { A(Id) } pub enum Kind {}",
            ),
            ("output/ids.rs", "pub struct Id;"),
            (
                "user.rs",
                "use crate::{Event, output::{self, EventKind}}; fn f(_: output::Id) {}",
            ),
        ]);
        let expected = [
            "output/event.rs -> output/ids.rs",
            "user.rs -> output/event.rs",
            "user.rs -> output/ids.rs",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_declaration_is_not_an_import_but_a_use_is() {
        let found = imports(&[
            (
                "lib.rs",
                "mod a; mod b; pub use a::A; pub use b::B; fn f(_: B) { a::run() }",
            ),
            ("a.rs", "pub struct A; pub fn run() {}"),
            ("b.rs", "pub struct B;"),
        ]);
        assert_eq!(found, ["lib.rs -> a.rs", "lib.rs -> b.rs"]);
    }

    #[test]
    fn parent_and_child_that_use_each_other_are_a_circle() {
        let folder = TestFolder::new(&[
            ("lib.rs", "mod driver;"),
            (
                "driver/mod.rs",
                "mod table; struct Driver { table: table::Table }",
            ),
            (
                "driver/table.rs",
                "pub struct Table; impl super::Driver { fn f() {} }",
            ),
        ]);
        let graph = read(folder.path(), "demo").unwrap();
        let circles = graph.circles();
        assert_eq!(circles[0].files, ["driver/mod.rs", "driver/table.rs"]);
    }

    #[test]
    fn paths_in_macros_and_functions_count_and_tests_do_not() {
        let found = imports(&[
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "pub fn go() {} pub mod inner { pub struct Deep; }"),
            (
                "b.rs",
                "fn f() { assert!(matches!(crate::a::go(), ())); }
                 #[cfg(test)] mod tests { use crate::c::C; }
                 #[cfg(test)] use crate::c::C;",
            ),
            (
                "c.rs",
                "fn f() { use super::a::inner; let x: Vec<inner::Deep>; } pub struct C;",
            ),
            (
                "d.rs",
                "// use crate::c::C;\nconst TEXT: &str = \"crate::c::C\"; use std::fmt; fn f(_: fmt::Error) {}",
            ),
        ]);
        assert_eq!(found, ["b.rs -> a.rs", "c.rs -> a.rs"]);
    }

    #[test]
    fn a_program_imports_the_library_beside_it_by_its_name() {
        let found = imports(&[
            ("lib.rs", "mod a; pub use a::A;"),
            ("a.rs", "pub struct A;"),
            ("main.rs", "use demo::A;"),
            ("bin/storm/main.rs", "mod page; fn main() { page::write() }"),
            ("bin/storm/page.rs", "use demo::A; pub fn write() {}"),
        ]);
        let expected = [
            "bin/storm/main.rs -> bin/storm/page.rs",
            "bin/storm/page.rs -> a.rs",
            "main.rs -> a.rs",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_function_named_as_its_module_is_found() {
        let found = imports(&[
            ("lib.rs", "mod util; mod user;"),
            ("util/mod.rs", "mod retry; pub use retry::retry;"),
            ("util/retry.rs", "pub fn retry() {}"),
            ("user.rs", "use crate::util::retry; fn f() { retry() }"),
        ]);
        assert_eq!(found, ["user.rs -> util/retry.rs"]);
    }

    #[test]
    fn items_of_other_crates_are_not_imports() {
        let found = imports(&[
            ("lib.rs", "mod error; mod a; pub use serde::Error;"),
            ("error.rs", "pub use other::Error;"),
            (
                "a.rs",
                "use crate::Error; use crate::error::Error as E; use ::error::X; use error::Y;",
            ),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }
}
