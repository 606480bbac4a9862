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
//! `proc-macro2` splits the source into tokens; clap's derive macros need it anyway. cargo-modules finds circles, too, but
//! it compiles rust-analyzer, and it counts `mod x;` together with `use super::Y` as a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::graph::Graph;
use crate::sh::Error;

/// Keywords that stand before the name of an item.
const ITEM_KEYWORDS: [&str; 8] = [
    "const", "enum", "fn", "static", "struct", "trait", "type", "union",
];

/// A chain of re-exports longer than this is one that leads to itself.
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

type ModuleId = usize;

/// A module, in a file of its own or inline.
#[derive(Default)]
struct Module {
    file: String,
    /// The module `crate` of its paths.
    root: ModuleId,
    parent: Option<ModuleId>,
    children: BTreeMap<String, ModuleId>,
    /// The names of items that the module defines.
    items: BTreeSet<String>,
    uses: Vec<Use>,
    /// Paths in the code, of two or more parts.
    paths: Vec<Vec<String>>,
    /// All identifiers outside of `use` declarations.
    words: BTreeSet<String>,
}

/// One name that a `use` declaration brings into scope.
struct Use {
    /// `*` for everything in the module.
    name: String,
    path: Vec<String>,
    is_reexport: bool,
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
        let base = root.parent().unwrap_or(Path::new("")).to_owned();
        self.modules.push(Module {
            file: display(root),
            root: id,
            ..Module::default()
        });
        self.read_file(id, folder, root, &base)
    }

    /// Reads `file` as the module `id`; its child modules are in `base`.
    fn read_file(
        &mut self,
        id: ModuleId,
        folder: &Path,
        file: &Path,
        base: &Path,
    ) -> Result<(), Error> {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let tokens = TokenStream::from_str(&text).map_err(|cause| {
            let what = format!("{} is not Rust ({cause})", path.display());
            Error::rule(what, "run `cargo check`")
        })?;
        if is_test_file(&tokens) {
            return Ok(());
        }
        for (name, declared) in self.read_tokens(id, tokens) {
            let child = self.add_child(id, &name);
            let base = base.join(&name);
            match declared {
                Declared::Inline(body) => {
                    self.modules[child].file = self.modules[id].file.clone();
                    let nested = self.read_tokens(child, body);
                    // A file below an inline module would need a base of its own; there is none.
                    debug_assert!(
                        nested
                            .iter()
                            .all(|(_, it)| matches!(it, Declared::Inline(_)))
                    );
                    self.add_inline(child, nested);
                }
                Declared::File => {
                    let file = [base.with_extension("rs"), base.join("mod.rs")]
                        .into_iter()
                        .find(|file| folder.join(file).exists())
                        .unwrap_or_else(|| base.with_extension("rs"));
                    self.modules[child].file = display(&file);
                    self.read_file(child, folder, &file, &base)?;
                }
            }
        }
        Ok(())
    }

    fn add_inline(&mut self, parent: ModuleId, modules: Vec<(String, Declared)>) {
        for (name, declared) in modules {
            let child = self.add_child(parent, &name);
            self.modules[child].file = self.modules[parent].file.clone();
            if let Declared::Inline(body) = declared {
                let nested = self.read_tokens(child, body);
                self.add_inline(child, nested);
            }
        }
    }

    fn add_child(&mut self, parent: ModuleId, name: &str) -> ModuleId {
        let id = self.modules.len();
        self.modules.push(Module {
            root: self.modules[parent].root,
            parent: Some(parent),
            ..Module::default()
        });
        self.modules[parent].children.insert(name.to_owned(), id);
        id
    }

    /// Reads the tokens of a module. Returns the modules that it declares.
    fn read_tokens(&mut self, id: ModuleId, tokens: TokenStream) -> Vec<(String, Declared)> {
        let mut reader = Reader {
            module: &mut self.modules[id],
            declared: Vec::new(),
        };
        reader.read(tokens);
        reader.declared
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

/// How a module is declared.
enum Declared {
    /// `mod x;`
    File,
    /// `mod x { .. }`
    Inline(TokenStream),
}

/// Reads the tokens of one module.
struct Reader<'a> {
    module: &'a mut Module,
    declared: Vec<(String, Declared)>,
}

impl Reader<'_> {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at = match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => skip_attribute(&tokens, at),
                TokenTree::Group(group) => {
                    self.read(group.stream());
                    at + 1
                }
                TokenTree::Ident(ident) => self.read_word(&tokens, at, &ident.to_string()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => at + 1,
            };
        }
    }

    /// Reads the code that begins with an identifier or keyword. Returns the index after it.
    fn read_word(&mut self, tokens: &[TokenTree], at: usize, word: &str) -> usize {
        match (word, tokens.get(at + 1)) {
            // Else it is the `use<..>` of a type.
            ("use", Some(next)) if !is_punct(next, '<') => return self.read_use(tokens, at),
            ("mod", Some(TokenTree::Ident(name))) => {
                let declared = match tokens.get(at + 2) {
                    Some(TokenTree::Group(body)) => Declared::Inline(body.stream()),
                    _ => Declared::File,
                };
                self.declared.push((name.to_string(), declared));
                return at + 3;
            }
            (keyword, Some(TokenTree::Ident(name))) if ITEM_KEYWORDS.contains(&keyword) => {
                self.module.items.insert(name.to_string());
            }
            _ => {}
        }
        let (path, end) = read_path(tokens, at);
        if path.len() > 1 && !is_continued(tokens, at) {
            self.module.paths.push(path.clone());
        }
        self.module.words.extend(path);
        end
    }

    fn read_use(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let rest = tokens[at + 1..].iter();
        let tree: Vec<TokenTree> = rest
            .take_while(|token| !is_punct(token, ';'))
            .cloned()
            .collect();
        let end = at + 2 + tree.len();
        // A path that begins with `::` names another crate.
        if !tree.first().is_some_and(|token| is_punct(token, ':')) {
            self.read_use_tree(&tree, &[], is_public(&tokens[..at]));
        }
        end
    }

    fn read_use_tree(&mut self, tree: &[TokenTree], prefix: &[String], is_reexport: bool) {
        let mut path = prefix.to_vec();
        let mut alias = None;
        let mut tokens = tree.iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) if ident == "as" => {
                    alias = tokens.next().map(ToString::to_string);
                }
                TokenTree::Ident(ident) => path.push(ident.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == '*' => alias = Some("*".to_owned()),
                TokenTree::Group(group) => {
                    let parts: Vec<TokenTree> = group.stream().into_iter().collect();
                    for part in parts.split(|token| is_punct(token, ',')) {
                        self.read_use_tree(part, &path, is_reexport);
                    }
                    return;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        // `{self}` names the module before the brace.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let Some(last) = path.last().filter(|_| !tree.is_empty()) else {
            return;
        };
        let name = alias.unwrap_or_else(|| last.clone());
        self.module.uses.push(Use {
            name,
            path,
            is_reexport,
        });
    }
}

/// Returns the index after an attribute, or after the attribute's item if that is only for tests.
fn skip_attribute(tokens: &[TokenTree], at: usize) -> usize {
    let Some(TokenTree::Group(attribute)) = tokens.get(at + 1) else {
        return at + 1;
    };
    if !is_cfg_test(attribute) {
        return at + 2;
    }
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(token, ';'),
    };
    let rest = tokens.iter().skip(at + 2);
    at + 3 + rest.take_while(|token| !is_end(token)).count()
}

/// Whether the file begins with `#![cfg(test)]`.
fn is_test_file(tokens: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    tokens.windows(3).any(|three| match three {
        [hash, bang, TokenTree::Group(attribute)] => {
            is_punct(hash, '#') && is_punct(bang, '!') && is_cfg_test(attribute)
        }
        _ => false,
    })
}

/// Whether an attribute leaves the item to tests: `[cfg(test)]`, `[cfg(all(test, ..))]`.
fn is_cfg_test(attribute: &Group) -> bool {
    let text: String = attribute.to_string().split_whitespace().collect();
    text == "[cfg(test)]" || text.starts_with("[cfg(all(test,")
}

/// Whether a `use` after these tokens is a re-export: `pub`, or `pub(..)`.
fn is_public(before: &[TokenTree]) -> bool {
    let is_pub = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "pub");
    match before {
        [.., token, TokenTree::Group(_)] if is_pub(token) => true,
        [.., token] => is_pub(token),
        [] => false,
    }
}

/// Whether the token at `at` continues a path or a method call: `Vec::<u8>::new`, `.len()`.
fn is_continued(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|index| tokens.get(index));
    let two_before = at.checked_sub(2).and_then(|index| tokens.get(index));
    let is = |token: Option<&TokenTree>, sign| token.is_some_and(|token| is_punct(token, sign));
    is(before, '.') || (is(before, ':') && is(two_before, ':'))
}

/// Reads `a::b::c`. Returns its parts and the index after it.
fn read_path(tokens: &[TokenTree], start: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut at = start;
    while let Some(TokenTree::Ident(part)) = tokens.get(at) {
        path.push(part.to_string());
        at += 1;
        match tokens.get(at..at + 3) {
            Some([first, second, TokenTree::Ident(_)])
                if is_punct(first, ':') && is_punct(second, ':') =>
            {
                at += 2;
            }
            _ => break,
        }
    }
    (path, at)
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
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
