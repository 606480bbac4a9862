//! The names, `use` declarations and paths of one Rust module, read from its tokens.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Keywords that stand before the name of an item.
const ITEM_KEYWORDS: [&str; 8] = [
    "const", "enum", "fn", "static", "struct", "trait", "type", "union",
];

/// The index of a module in its tree.
pub(super) type ModuleId = usize;

/// A module, in a file of its own or inline.
#[derive(Default)]
pub(super) struct Module {
    pub(super) file: String,
    /// The module `crate` of its paths.
    pub(super) root: ModuleId,
    pub(super) parent: Option<ModuleId>,
    pub(super) children: BTreeMap<String, ModuleId>,
    /// The names of items that the module defines.
    pub(super) items: BTreeSet<String>,
    pub(super) uses: Vec<Use>,
    /// Paths in the code, of two or more parts.
    pub(super) paths: Vec<Vec<String>>,
    /// All identifiers outside of `use` declarations.
    pub(super) words: BTreeSet<String>,
}

/// One name that a `use` declaration brings into scope.
pub(super) struct Use {
    /// `*` for everything in the module.
    pub(super) name: String,
    pub(super) path: Vec<String>,
    pub(super) is_reexport: bool,
}

/// How a module is declared.
pub(super) enum Declared {
    /// `mod x;`
    File,
    /// `mod x { .. }`
    Inline(TokenStream),
}

impl Module {
    /// Reads the tokens of the module. Returns the modules that it declares, by name.
    pub(super) fn read(&mut self, tokens: TokenStream) -> Vec<(String, Declared)> {
        let mut reader = Reader {
            module: self,
            declared: Vec::new(),
        };
        reader.read(tokens);
        reader.declared
    }
}

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

/// Returns the index after an attribute, or after its item if that is only for tests.
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
pub(super) fn is_test_file(tokens: &TokenStream) -> bool {
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
